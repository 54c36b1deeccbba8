"""Domain typos: domains of an export that are one letter away from the domain that was probably meant.

Two domains are one letter apart if one has a letter more, a letter less, another letter, or two letters that changed
places (optimal string alignment). The job corrects nothing: the domain may belong to a different company, and only a
person can tell. A domain counts as a typo

1. if its last label does not exist and is one letter away from a familiar label: ``corp.con``;
2. if it is one letter away from the domain of a big public mail provider: ``gmial.com``;
3. if it is one letter away from a domain that is common in the same export, and too rare to be a department's: it has
   at most ``RARE_ROWS`` rows, and the common domain has ``COMMON_RATIO`` times as many. If the two may well be sisters,
   it has one row, and the common domain has at least ``SISTERS_RATIO``.

Sisters are domains of one employer that differ only in digits, hyphens and dots, or in a short label, such as ``us.``
and ``uk.``, ``.de`` and ``.dk``, ``.com`` and ``.co``. Among 26,919 domains of universities, 107 pairs of one
university are one letter apart, and 84 of these pairs differ so. A domain that fills an export of the run is never a
typo: the authors of that export know better.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

RARE_ROWS = 3
COMMON_ROWS = 10
COMMON_RATIO = 10
SISTERS_RATIO = 1000

FULL_SHARE = 0.05
"""A domain fills an export if it has more than this share of the export's rows, and more than ``RARE_ROWS`` rows."""

SHORT_LABEL = 3
"""Characters. A different letter in such a short label proves no typo."""

LONGEST_DOMAIN = 64
"""Characters. No employer has a longer domain, and the time grows with the square of the length."""

MOST_DOMAINS = 100_000
"""The most domains of an export that are counted: 20 MB, and at most two seconds to compare them."""

MOST_COMMON = 1000
"""The most common domains that other domains are compared with: those with the most rows."""

PROVIDERS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "protonmail.com"),
    *("yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "comcast.net", "laposte.net", "libero.it", "t-online.de"),
)
"""Big public mail providers whose names are long enough to be unmistakable."""

GENUINE = frozenset({"mail.com", "email.com", "ymail.com", "qmail.com", "cloud.com", "pcloud.com", *PROVIDERS})
"""Domains that are one letter away from a provider's and give addresses to people too."""

FAMILIAR_LAST_LABELS = ("com", "net", "org", "edu", "gov")

_NO_PART_OF_A_NAME = str.maketrans("", "", "0123456789-.")


class TypoFinder:
    """The finder of domain typos, which first counts the rows of each domain, export by export.

    At most ``most`` domains of an export are counted.
    """

    def __init__(self, most: float = MOST_DOMAINS) -> None:
        self._most = most
        self._export = ""
        self._rows: dict[str, int] = {}
        self._typos: dict[str, dict[str, str]] = {}
        self._full_of: set[str] = set()

    def note(self, export: str, domains: Sequence[str], rows: Sequence[int]) -> None:
        """Add the rows of some domains, which come in the order in which they first appear in the export.

        Domains are A-labels; an empty text is no domain. All calls for one export follow each other.
        """
        if export != self._export:
            self._end()
            self._export = export
        for domain, count in zip(domains, rows, strict=True):
            if domain and (domain in self._rows or len(self._rows) < self._most):
                self._rows[domain] = self._rows.get(domain, 0) + count

    @property
    def counted(self) -> Mapping[str, int]:
        """The rows of each domain of the latest export, in the order in which they first appear."""
        return self._rows

    def find(self) -> dict[str, dict[str, str]]:
        """Return the ``domain_typos`` of each export, without the domains that fill another export."""
        self._end()
        return {
            export: {domain: sentence for domain, sentence in typos.items() if domain not in self._full_of}
            for export, typos in self._typos.items()
        }

    def _end(self) -> None:
        most = _most_rows_of_a_typo(self._rows)
        self._full_of.update(domain for domain, rows in self._rows.items() if rows > most)
        if self._rows:
            self._typos[self._export] = domain_typos(self._rows)
            self._rows = {}


def domain_typos(rows: Mapping[str, int]) -> dict[str, str]:
    """Return one sentence for each domain that is probably a typo.

    ``rows`` has the rows of each domain in one export. Domains are A-labels, in the answer too.
    """
    common = [domain for domain in rows if rows[domain] >= COMMON_ROWS]
    common = [domain for domain in common if not _last_label_meant(domain.rpartition(".")[2])]
    common.sort(key=rows.__getitem__, reverse=True)
    known = dict.fromkeys(PROVIDERS, 0) | {_readable(domain): rows[domain] for domain in common[:MOST_COMMON]}
    neighbours = _Neighbours(known)
    most = _most_rows_of_a_typo(rows)
    found = {domain: _typo(_readable(domain), rows[domain], neighbours) for domain in rows if rows[domain] <= most}
    return {domain: sentence for domain, sentence in found.items() if sentence}


def meant_provider(domain: str) -> str:
    """Return the public mail provider that was probably meant, one letter away, or ``""``."""
    near = (provider for provider in PROVIDERS if _is_a_letter_away(domain, provider))
    return "" if domain in GENUINE else next(near, "")


def _most_rows_of_a_typo(rows: Mapping[str, int]) -> float:
    """Return how many rows a domain may have before it fills the export."""
    return max(RARE_ROWS, FULL_SHARE * sum(rows.values()))


class _Neighbours:
    """An index of known domains that finds the domains one letter away from a domain.

    The time of a search depends on the length of the domain, not on the number of known domains.

    Two texts that are one letter apart become equal when each loses at most one letter; few other texts do. ``rows``
    has the rows of each known domain. Of two known domains that become equal, the index keeps the one with more rows.
    """

    def __init__(self, rows: Mapping[str, int]) -> None:
        self.rows = rows
        self._lengths = {len(domain) + more for domain in rows for more in (-1, 0, 1)}
        self._by_variant: dict[str, str] = {}
        for domain in sorted(rows, key=rows.__getitem__, reverse=True):
            for variant in _variants(domain):
                self._by_variant.setdefault(variant, domain)

    def of(self, domain: str) -> list[str]:
        """Return known domains one letter away, those with the most rows first."""
        if len(domain) not in self._lengths:
            return []
        near = {self._by_variant[variant] for variant in _variants(domain) if variant in self._by_variant}
        near = {other for other in near if _is_a_letter_away(domain, other)}
        return sorted(near, key=lambda other: (-self.rows[other], other))


def _typo(domain: str, rows: int, neighbours: _Neighbours) -> str:
    if domain in GENUINE:
        return ""
    name, _, last = domain.rpartition(".")
    last_meant = _last_label_meant(last)
    for other in neighbours.of(domain):
        other_rows = neighbours.rows[other]
        if last_meant or other in PROVIDERS or _is_rare(rows, other_rows, sisters=_are_sisters(domain, other)):
            counts = f" It is in {other_rows:,} rows of this export, {domain} in {rows:,}." if other_rows else ""
            return f"Did you mean {other}?{counts}"
    return f"Did you mean {name}.{last_meant}? No domain ends in .{last}." if last_meant else ""


def _is_rare(rows: int, other_rows: int, *, sisters: bool) -> bool:
    if sisters:
        return rows == 1 and other_rows >= SISTERS_RATIO
    return rows <= RARE_ROWS and other_rows >= COMMON_RATIO * rows


def _are_sisters(domain: str, other: str) -> bool:
    """Say whether one employer may well own both domains."""
    if domain.translate(_NO_PART_OF_A_NAME) == other.translate(_NO_PART_OF_A_NAME):
        return True
    labels, other_labels = domain.split("."), other.split(".")
    if labels[-1] != other_labels[-1] and not _exists(labels[-1]):
        return False
    differ = ((one, two) for one, two in zip(labels, other_labels, strict=False) if one != two)
    return any(min(len(one), len(two)) <= SHORT_LABEL for one, two in differ)


def _is_a_letter_away(domain: str, other: str) -> bool:
    return OSA.distance(domain, other, score_cutoff=1) == 1


def _variants(domain: str) -> Iterator[str]:
    """Yield a domain, and the domain without each of its letters; nothing if it is too long."""
    if len(domain) <= LONGEST_DOMAIN:
        yield domain
        for at in range(len(domain)):
            yield domain[:at] + domain[at + 1 :]


@lru_cache(maxsize=4096)
def _last_label_meant(last_label: str) -> str:
    """Return the familiar label that is one letter away from a label that does not exist, or ``""``."""
    meant = next((label for label in FAMILIAR_LAST_LABELS if _is_a_letter_away(last_label, label)), "")
    return "" if meant and _exists(last_label) else meant


@lru_cache(maxsize=4096)
def _exists(last_label: str) -> bool:
    return _public_suffixes().publicsuffix(last_label) is not None


@cache
def _public_suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - it takes a while to read, and few exports need it

    return PublicSuffixList(accept_unknown=False)


def _readable(domain: str) -> str:
    """Return a domain without A-labels: the A-labels of two names one letter apart have little in common."""
    if "xn--" not in domain:
        return domain
    labels = domain.split(".")
    return ".".join(label[4:].encode().decode("punycode") if label.startswith("xn--") else label for label in labels)
