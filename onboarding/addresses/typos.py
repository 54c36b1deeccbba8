"""Which domains of an export were probably meant to be another, a letter away?

A letter away is one letter more, less or other, or two that changed places (optimal string alignment). Nothing is
corrected: the domain may be somebody else's, and only a person can say whose. A domain is told of

1. if its last label is none that exists, and a letter away from a familiar one: ``corp.con``;
2. if it is a letter away from a big public mail provider's: ``gmial.com``;
3. if it is a letter away from one that is common in the same export, and so rare there that no department can have it:
   it has at most ``RARE_ROWS`` rows, the other one ``COMMON_RATIO`` times as many. Where the two may well be sisters,
   one row against ``SISTERS_RATIO``.

Sisters are domains that differ in digits, hyphens and dots only, or in a short label, such as ``us.`` and ``uk.``,
``.de`` and ``.dk``, ``.com`` and ``.co``. Among 26,919 domains of universities 107 pairs are a letter apart and of one
university, and 84 of them differ so. Of a domain that an export of the run is full of, nothing is told: whoever made
that knows better.
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
"""The share of an export's rows, if they are more than ``RARE_ROWS``, that makes it full of a domain."""

SHORT_LABEL = 3
"""Characters. That labels as short as that differ in one says nothing."""

LONGEST = 64
"""Characters. Longer domains are nobody's, and would take their time, which grows with the square of the length."""

MOST_DOMAINS = 100_000
"""How many domains of an export are counted, the first ones: 20 MB, and two seconds to compare them at the worst."""

MOST_COMMON = 1000
"""How many domains others are compared with, those with the most rows."""

PROVIDERS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "protonmail.com"),
    *("yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "comcast.net", "laposte.net", "libero.it", "t-online.de"),
)
"""Big public mail providers with names that are long enough to be told from others."""

GENUINE = frozenset({"mail.com", "email.com", "ymail.com", "qmail.com", "cloud.com", "pcloud.com", *PROVIDERS})
"""Domains that people do have addresses at, a letter away from a provider's."""

FAMILIAR_LAST_LABELS = ("com", "net", "org", "edu", "gov")

_NO_PART_OF_A_NAME = str.maketrans("", "", "0123456789-.")


class DomainCounts:
    """Count the rows of each domain, export by export, and then say which domains were meant to be another.

    ``most`` is how many domains of an export are counted.
    """

    def __init__(self, most: float = MOST_DOMAINS) -> None:
        self._most = most
        self._export = ""
        self._rows: dict[str, int] = {}
        self._near: dict[str, dict[str, str]] = {}
        self._vouched_for: set[str] = set()

    def note(self, export: str, domains: Sequence[str], rows: Sequence[int]) -> None:
        """Take in how many rows some domains have, in the order in which they first appear in the export.

        Domains are A-labels; an empty one is none. All calls for one export follow each other.
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
        """Return, by export, what ``domain_typos`` tells of it, but for the domains that another export vouches for."""
        self._end()
        return {
            export: {domain: told for domain, told in near.items() if domain not in self._vouched_for}
            for export, near in self._near.items()
        }

    def _end(self) -> None:
        most = _not_full(self._rows)
        self._vouched_for.update(domain for domain, rows in self._rows.items() if rows > most)
        if self._rows:
            self._near[self._export] = domain_typos(self._rows)
            self._rows = {}


def domain_typos(rows: Mapping[str, int]) -> dict[str, str]:
    """Return one sentence for each domain that was probably meant to be another.

    ``rows`` says how many rows of one export each domain has. Domains are A-labels, in the answer too.
    """
    common = [domain for domain in rows if rows[domain] >= COMMON_ROWS]
    common = [domain for domain in common if not _last_label_meant(domain.rpartition(".")[2])]
    common.sort(key=rows.__getitem__, reverse=True)
    known = dict.fromkeys(PROVIDERS, 0) | {_readable(domain): rows[domain] for domain in common[:MOST_COMMON]}
    neighbours = _Neighbours(known)
    most = _not_full(rows)
    told = {domain: _near_miss(_readable(domain), rows[domain], neighbours) for domain in rows if rows[domain] <= most}
    return {domain: sentence for domain, sentence in told.items() if sentence}


def meant_provider(domain: str) -> str:
    """Return the public mail provider a letter away that was probably meant, or ``""``."""
    near = (provider for provider in PROVIDERS if _is_a_letter_away(domain, provider))
    return "" if domain in GENUINE else next(near, "")


def _not_full(rows: Mapping[str, int]) -> float:
    """Return how many rows a domain may have without the export being full of it."""
    return max(RARE_ROWS, FULL_SHARE * sum(rows.values()))


class _Neighbours:
    """Find known domains a letter away, in time that depends on a domain's length and not on how many are known.

    Two texts a letter apart, and few others, become equal when each loses one letter or none. ``rows`` says how many
    rows each known domain has; where two become equal, the one with more is found.
    """

    def __init__(self, rows: Mapping[str, int]) -> None:
        self.rows = rows
        self._lengths = {len(domain) + more for domain in rows for more in (-1, 0, 1)}
        self._by_variant: dict[str, str] = {}
        for domain in sorted(rows, key=rows.__getitem__, reverse=True):
            for variant in _variants(domain):
                self._by_variant.setdefault(variant, domain)

    def of(self, domain: str) -> list[str]:
        """Return known domains a letter away, those with the most rows first."""
        if len(domain) not in self._lengths:
            return []
        near = {self._by_variant[variant] for variant in _variants(domain) if variant in self._by_variant}
        near = {other for other in near if _is_a_letter_away(domain, other)}
        return sorted(near, key=lambda other: (-self.rows[other], other))


def _near_miss(domain: str, rows: int, neighbours: _Neighbours) -> str:
    if domain in GENUINE:
        return ""
    name, _, last = domain.rpartition(".")
    last_meant = _last_label_meant(last)
    for other in neighbours.of(domain):
        other_rows = neighbours.rows[other]
        if last_meant or other in PROVIDERS or _is_rare(rows, other_rows, sisters=_are_sisters(domain, other)):
            told = f" It is in {other_rows:,} rows of this export, {domain} in {rows:,}." if other_rows else ""
            return f"Did you mean {other}?{told}"
    return f"Did you mean {name}.{last_meant}? No domain ends in .{last}." if last_meant else ""


def _is_rare(rows: int, other_rows: int, *, sisters: bool) -> bool:
    if sisters:
        return rows == 1 and other_rows >= SISTERS_RATIO
    return rows <= RARE_ROWS and other_rows >= COMMON_RATIO * rows


def _are_sisters(domain: str, other: str) -> bool:
    """Say whether one employer may well have both domains."""
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
    """Yield a domain, and it without each of its letters; nothing of one that is too long."""
    if len(domain) <= LONGEST:
        yield domain
        for at in range(len(domain)):
            yield domain[:at] + domain[at + 1 :]


@lru_cache(maxsize=4096)
def _last_label_meant(last_label: str) -> str:
    """Return the familiar last label a letter away from one that does not exist, or ``""``."""
    meant = next((label for label in FAMILIAR_LAST_LABELS if _is_a_letter_away(last_label, label)), "")
    return "" if meant and _exists(last_label) else meant


@lru_cache(maxsize=4096)
def _exists(last_label: str) -> bool:
    return _public_suffixes().publicsuffix(last_label) is not None


@cache
def _public_suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - takes a while to read, and few exports need it

    return PublicSuffixList(accept_unknown=False)


def _readable(domain: str) -> str:
    """Return a domain without A-labels: those of two names a letter apart have little in common."""
    if "xn--" not in domain:
        return domain
    labels = domain.split(".")
    return ".".join(label[4:].encode().decode("punycode") if label.startswith("xn--") else label for label in labels)
