"""Find domain typos: domains of an export that are one letter away from a domain that the writer probably meant.

The module counts the rows of each domain and compares the domains. The module ``suspicious`` holds the rows.

Two domains are one letter apart if they differ by one added, missing or replaced letter, or by two swapped neighbours
(optimal string alignment). The job corrects no domain, since the domain may belong to a different company, and only a
person can know that. A domain counts as a typo in three cases:

1. The domain's last label does not exist and is one letter away from a familiar label: ``corp.con``.
2. The domain is one letter away from the domain of a big public mail provider: ``gmial.com``.
3. The domain is one letter away from a common domain of the same export, and is too rare to be a department's domain. A
   rare domain has at most ``RARE_ROWS`` rows, or at most the share ``RARE_SHARE`` of the common domain's rows. The
   common domain has at least ``COMMON_ROWS`` rows and ``COMMON_RATIO`` times the rows of the rare domain. If the two
   domains may be sisters, the rare domain has one row, and the common domain has at least ``SISTERS_RATIO`` rows.

Sisters are domains of one employer that differ only in digits, hyphens and dots, or in a short label. Examples of such
labels are ``us.`` and ``uk.``, ``.de`` and ``.dk``, ``.com`` and ``.co``. A domain that fills an export of the run
(``FULL_SHARE``) is never a typo if its last label exists, since the authors of that export know their domain.

The rules about sisters were tried on the 26,919 domains of universities: 107 pairs of domains of one university are one
letter apart, and 84 of these pairs are sisters.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

RARE_ROWS = 3
RARE_SHARE = 0.01
COMMON_ROWS = 6
COMMON_RATIO = 6
SISTERS_RATIO = 1000

FULL_SHARE = 0.05
"""A domain fills an export if it has more than this share of the export's rows, and more than ``RARE_ROWS`` rows."""

SHORT_LABEL = 3
"""The most characters of a short label. Two domains that differ in a short label may both be right."""

LONGEST_DOMAIN = 64
"""The longest domain that the job compares with other domains, in characters.

No employer has a longer domain, and a comparison takes four times as long for a domain of twice the length.
"""

MOST_DOMAINS = 100_000
"""The most domains that the job counts in an export. So many domains take 20 MB, and two seconds to compare."""

MOST_COMMON = 1000
"""The most domains that the job compares with an export's other domains: the domains with the most rows."""

PROVIDERS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "protonmail.com"),
    *("yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "comcast.net", "laposte.net", "libero.it", "t-online.de"),
)
"""The domains of big public mail providers. They are so long that a domain one letter away is surely a typo."""

GENUINE = frozenset({"mail.com", "email.com", "ymail.com", "qmail.com", "cloud.com", "pcloud.com", *PROVIDERS})
"""Domains that are no typos: providers' domains, and real mail domains one letter away from a provider's domain."""

A_LABEL = "xn--"
"""The beginning of an A-label: the form in which the domain name system writes a label with letters beyond ASCII."""

FAMILIAR_LAST_LABELS = ("com", "net", "org", "edu", "gov")

RESERVED_LABELS = frozenset({"example", "invalid", "localhost", "test"})
"""The last labels that RFC 2606 reserves. email-validator refuses all of them but ``example``."""

_SURE_LABELS = frozenset(
    {
        *("", *FAMILIAR_LAST_LABELS, *RESERVED_LABELS),
        *("at", "au", "be", "br", "ca", "ch", "cn", "de", "dk", "es", "eu", "fr", "in", "it", "jp", "nl", "pl", "uk"),
    }
)
"""Frequent last labels that exist. The job checks these labels without the list of all labels."""

_NO_PART_OF_A_NAME = str.maketrans("", "", "0123456789-.")


class TypoFinder:
    """The finder of domain typos: it counts the rows of each domain, export by export, and then finds the typos.

    The finder counts only the first ``most_domains`` domains of each export.
    """

    def __init__(self, most_domains: float = MOST_DOMAINS) -> None:
        self.international = 0
        """The number of A-labelled domains among the counted domains of the latest export."""
        self._most_domains = most_domains
        self._export = ""
        self._rows: dict[str, int] = {}
        self._typos: dict[str, dict[str, str]] = {}
        self._full_of: set[str] = set()

    def add_counts(self, export: str, domains: Sequence[str], rows: Sequence[int]) -> None:
        """Add the counts of the next rows of an export: for each domain, the number of its rows (``rows``).

        The domains are in A-labels, in the order in which they first appear in the export. The empty text means no
        domain, and the finder skips it. The caller makes all calls for an export one after another.
        """
        if export != self._export:
            self._end()
            self._export = export
        for domain, count in zip(domains, rows, strict=True):
            if domain in self._rows:
                self._rows[domain] += count
            elif domain and len(self._rows) < self._most_domains:
                self._rows[domain] = count
                self.international += A_LABEL in domain

    @property
    def counted(self) -> Mapping[str, int]:
        """The number of rows of each domain of the latest export, in the order in which the domains first appear."""
        return self._rows

    def find(self) -> dict[str, dict[str, str]]:
        """Return the ``domain_typos`` of each export. A domain that fills any export of the run is no typo."""
        self._end()
        return {
            export: {domain: sentence for domain, sentence in typos.items() if domain not in self._full_of}
            for export, typos in self._typos.items()
        }

    def _end(self) -> None:
        most = _most_rows_of_a_typo(self._rows)
        self._full_of.update(domain for domain, rows in self._rows.items() if rows > most and _may_exist(domain))
        if self._rows:
            self._typos[self._export] = domain_typos(self._rows)
            self._rows = {}
        self.international = 0


def domain_typos(rows: Mapping[str, int]) -> dict[str, str]:
    """Return a mapping from each domain that is probably a typo to one sentence of advice.

    ``rows`` contains the number of rows of each domain in one export. All domains are in A-labels (``xn--…``).
    """
    common = [domain for domain in rows if rows[domain] >= COMMON_ROWS]
    common = [domain for domain in common if _may_exist(domain)]
    common.sort(key=rows.__getitem__, reverse=True)
    known = dict.fromkeys(PROVIDERS, 0) | {_readable(domain): rows[domain] for domain in common[:MOST_COMMON]}
    neighbours = _Neighbours(known)
    most = _most_rows_of_a_typo(rows)
    suspects = [domain for domain in rows if rows[domain] <= most or not _may_exist(domain)]
    found = {domain: _typo(_readable(domain), rows[domain], neighbours) for domain in suspects}
    return {domain: sentence for domain, sentence in found.items() if sentence}


def meant_provider(domain: str) -> str:
    """Return the mail provider's domain that is one letter away from a domain, or ``""`` if there is no such domain."""
    near = (provider for provider in PROVIDERS if _is_a_letter_away(domain, provider))
    return "" if domain in GENUINE else next(near, "")


@lru_cache(maxsize=4096)
def familiar_label_meant(last_label: str) -> str:
    """Return the familiar label that is one letter away from a last label.

    Return ``""`` if no familiar label is one letter away, or if the last label exists.
    """
    meant = next((label for label in FAMILIAR_LAST_LABELS if _is_a_letter_away(last_label, label)), "")
    return "" if meant and last_label_exists(last_label) else meant


@lru_cache(maxsize=4096)
def last_label_exists(last_label: str) -> bool:
    """Say whether a domain's last label exists. The answer is yes for labels that RFC 2606 reserves for tests."""
    return last_label in _SURE_LABELS or _public_suffixes().publicsuffix(last_label) is not None


def _may_exist(domain: str) -> bool:
    return not familiar_label_meant(domain.rpartition(".")[2])


def _most_rows_of_a_typo(rows: Mapping[str, int]) -> float:
    """Return the most rows of a domain that does not fill the export (``FULL_SHARE``).

    ``rows`` contains the number of rows of each domain in the export.
    """
    return max(RARE_ROWS, FULL_SHARE * sum(rows.values()))


class _Neighbours:
    """An index of known domains. It finds the known domains that are one letter away from a given domain.

    The index contains each known domain, whole and without each of its letters in turn. Two domains that are one letter
    apart have one of these texts in common. So more known domains make a search no slower.

    ``rows`` contains the number of rows of each known domain. If two known domains have a text in common, the index
    keeps the domain with more rows.
    """

    def __init__(self, rows: Mapping[str, int]) -> None:
        self.rows = rows
        self._lengths = {len(domain) + more for domain in rows for more in (-1, 0, 1)}
        self._by_variant: dict[str, str] = {}
        for domain in sorted(rows, key=rows.__getitem__, reverse=True):
            for variant in _variants(domain):
                self._by_variant.setdefault(variant, domain)

    def of(self, domain: str) -> list[str]:
        """Return the known domains that are one letter away from a domain, the domain with the most rows first."""
        if len(domain) not in self._lengths:
            return []
        near = {self._by_variant[variant] for variant in _variants(domain) if variant in self._by_variant}
        near = {other for other in near if _is_a_letter_away(domain, other)}
        return sorted(near, key=lambda other: (-self.rows[other], other))


def _typo(domain: str, rows: int, neighbours: _Neighbours) -> str:
    if domain in GENUINE:
        return ""
    name, _, last = domain.rpartition(".")
    last_meant = familiar_label_meant(last)
    for other in neighbours.of(domain):
        other_rows = neighbours.rows[other]
        if last_meant or other in PROVIDERS or _is_rare(rows, other_rows, sisters=_are_sisters(domain, other)):
            counts = f" It is in {other_rows:,} rows of this export, {domain} in {rows:,}." if other_rows else ""
            return f"Did you mean {other}?{counts}"
    return f"Did you mean {name}.{last_meant}? No domain ends in .{last}." if last_meant else ""


def _is_rare(rows: int, other_rows: int, *, sisters: bool) -> bool:
    if sisters:
        return rows == 1 and other_rows >= SISTERS_RATIO
    return rows <= max(RARE_ROWS, RARE_SHARE * other_rows) and other_rows >= COMMON_RATIO * rows


def _are_sisters(domain: str, other: str) -> bool:
    """Say whether two domains are sisters: they differ only in digits, hyphens and dots, or in a short label."""
    if domain.translate(_NO_PART_OF_A_NAME) == other.translate(_NO_PART_OF_A_NAME):
        return True
    labels, other_labels = domain.split("."), other.split(".")
    if labels[-1] != other_labels[-1] and not last_label_exists(labels[-1]):
        return False
    differ = ((one, two) for one, two in zip(labels, other_labels, strict=False) if one != two)
    return any(min(len(one), len(two)) <= SHORT_LABEL for one, two in differ)


def _is_a_letter_away(domain: str, other: str) -> bool:
    return OSA.distance(domain, other, score_cutoff=1) == 1


def _variants(domain: str) -> Iterator[str]:
    """Yield a domain, and then the domain without its first letter, without its second letter, and so on.

    A domain longer than ``LONGEST_DOMAIN`` yields nothing.
    """
    if len(domain) <= LONGEST_DOMAIN:
        yield domain
        for at in range(len(domain)):
            yield domain[:at] + domain[at + 1 :]


@cache
def _public_suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - it takes a while to read, and few exports need it

    return PublicSuffixList(accept_unknown=False)


def _readable(domain: str) -> str:
    """Return a domain in its own script instead of A-labels.

    The finder compares letters, and the A-labels of two domains that are one letter apart have little in common.
    """
    if A_LABEL not in domain:
        return domain
    labels = domain.split(".")
    return ".".join(
        label[len(A_LABEL) :].encode().decode("punycode") if label.startswith(A_LABEL) else label for label in labels
    )
