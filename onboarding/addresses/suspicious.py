"""Hold rows for a person to look at: rows with a usable but suspicious address, and rows whose domain has a typo.

The operator chooses the reasons for holding rows. An open row, which has no disposition yet, gets the first chosen
reason of this table that applies. The run ignores rows that policy has excluded.

==  ======================  ==========================================================================================
    reason                  applies to
==  ======================  ==========================================================================================
 1  ``damaged_text``        letters that a wrong encoding has damaged: ``josÃ©@…``, ``j?rgen@…``
 2  ``unusual_characters``  another form of usual characters in the local part: ``ａｎａ@example.com``, ``ﬁona@…``;
                            an apostrophe at the start; a sign that may separate cells: ``1001~ana@…``
 3  ``look_alike``          letters of another script that look Latin: ``аna@example.com`` with a Cyrillic ``а``
 4  ``mixed_script``        a local part or label in scripts that no language writes together
 5  ``disposable_domain``   a domain that gives throw-away addresses
 6  ``no_such_domain``      a domain whose last label does not exist: ``corp.lan``
 7  ``role_address``        the address of an office instead of a person, such as ``info@``; only on request
 8  ``near_miss_domain``    a domain that is probably another domain with a typo: ``typos`` has the rules
==  ======================  ==========================================================================================

The modules ``damaged_text`` and ``homoglyphs`` have the checks for reasons 1 to 4. The module ``typos`` finds the
domains for reasons 6 and 8. This module applies the checks to frames of rows.

Reasons 1 to 7 depend on the address alone. So the run holds these rows before it searches for duplicates, and the
search ignores held rows. Reason 8 needs the whole export, so the run applies it after the search. The run then holds
the row that the search kept. In the report, each duplicate of this row still names this row.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.damaged_text import damaged_text
from onboarding.addresses.disposable import is_disposable
from onboarding.addresses.homoglyphs import EUROPEAN, look_alike, mixed_script, unusual_characters
from onboarding.addresses.joined_cells import SEPARATED, SEPARATING_SIGNS, joined_cells
from onboarding.addresses.normalise import (
    MOST_INTERNATIONAL_DOMAINS,
    DomainCodes,
    domains_of,
    too_many_international_domains,
)
from onboarding.addresses.offices import OFFICE_ADDRESS
from onboarding.addresses.typos import (
    MOST_DOMAINS,
    TypoFinder,
    familiar_label_meant,
    last_label_exists,
    meant_provider,
)
from onboarding.model.columns import as_array, as_mask, contains_any, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import is_open, source_spans
from onboarding.model.values import dataclass

Suspicion = tuple[Reason, str]
"""The reason for holding a row, and one sentence of advice for a person."""

_LETTER_CHECKS: Mapping[Reason, Callable[[str], str]] = MappingProxyType(
    {
        Reason.DAMAGED_TEXT: damaged_text,
        Reason.UNUSUAL_CHARACTERS: unusual_characters,
        Reason.LOOK_ALIKE: look_alike,
        Reason.MIXED_SCRIPT: mixed_script,
    }
)
_APOSTROPHE: Suspicion = (
    Reason.UNUSUAL_CHARACTERS,
    "The address begins with an apostrophe, which a spreadsheet may have added; remove it if it is not the person's.",
)
_ABOUT_DOMAINS = frozenset({Reason.DISPOSABLE_DOMAIN, Reason.NO_SUCH_DOMAIN, Reason.NEAR_MISS_DOMAIN})


@dataclass(frozen=True, slots=True)
class DomainRows:
    """The number of rows of each domain in a frame, for one sheet.

    ``rows`` contains the number of rows for each of the ``domains``, in their order.
    """

    source: str
    sheet: str
    domains: Sequence[str]
    rows: Sequence[int]


class SuspicionScan:
    """The scan that holds suspicious rows, frame by frame, and counts domains to find domain typos at the end.

    The scan holds rows only for the reasons in ``holds``. If the operator has listed ``allowed_domains``, the scan
    holds no row because of the row's domain. The scan counts at most ``most_domains`` domains of an export.
    """

    def __init__(
        self, holds: Collection[Reason], *, allowed_domains: Collection[str] = (), most_domains: float = MOST_DOMAINS
    ) -> None:
        self._holds = frozenset(holds) - (_ABOUT_DOMAINS if allowed_domains else frozenset())
        self._counts = TypoFinder(most_domains)

    def hold(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[DomainRows, ...]]:
        """Hold the open rows to which one of reasons 1 to 7 applies; return the frame, and the domains for ``count``.

        The frame has the columns of ``rows.AS_READ``, and also ``email`` and ``key``. It may contain rows of several
        exports. The method does not change the scan, so several threads may call the method at the same time.
        """
        emails = as_array(frame["email"])
        frame = _hold(frame, *self._by_letters(emails))
        if Reason.DAMAGED_TEXT in self._holds and contains_any(emails, "?"):
            frame = _hold(frame, [(Reason.DAMAGED_TEXT, damaged_text("?@"))], _codes(pc.match_substring(emails, "?")))
        if Reason.UNUSUAL_CHARACTERS in self._holds:
            if contains_any(emails, SEPARATING_SIGNS):
                frame = _hold(frame, [(Reason.UNUSUAL_CHARACTERS, SEPARATED)], _codes(joined_cells(emails)))
            if contains_any(emails, "'"):
                frame = _hold(frame, [_APOSTROPHE], _codes(pc.starts_with(emails, "'")))
        counts: tuple[DomainRows, ...] = ()
        if len(frame) and self._holds & _ABOUT_DOMAINS:
            domains, codes = domains_of(as_array(frame["key"]))
            frame = _hold(frame, [self._disposable(domain) or self._no_domain(domain) for domain in domains], codes)
            counts = tuple(_counts_of(frame, domains, codes))
        if Reason.ROLE_ADDRESS in self._holds:
            advice = "The address is an office's; enter the person's own."
            role = _codes(as_array(frame["key"].str.match(OFFICE_ADDRESS)))
            frame = _hold(frame, [(Reason.ROLE_ADDRESS, advice)], role)
        return frame, counts

    def count(self, counts: Iterable[DomainRows]) -> None:
        """Add the domain counts of the next frame of the run.

        The caller passes the counts of all frames of a sheet one after another. Raises ``InputRefused`` if an export
        has too many international domains.
        """
        for one in counts:
            self._add_counts(one.source, one.sheet, one.domains, one.rows)

    @property
    def domain_counts(self) -> Mapping[str, int]:
        """The number of rows of each domain in the latest export, for ``add_domain_counts`` of another scan."""
        return self._counts.counted

    def add_domain_counts(self, source: str, sheet: str, domains: Mapping[str, int]) -> None:
        """Add the domain counts of another scan, which has counted the next frames of the run.

        ``source`` and ``sheet`` are the values of these columns in the other scan's frames. ``domains`` has the number
        of rows of each domain, in the order in which the domains first appear. The caller makes all calls for a sheet
        one after another. Raises ``InputRefused`` if an export has too many international domains.
        """
        self._add_counts(source, sheet, list(domains), list(domains.values()))

    def find(self) -> "DomainTypos":
        """Return the domain typos of all exports that the scan counted.

        The result is empty if the scan does not hold rows for the reason ``near_miss_domain``.
        """
        return DomainTypos(self._counts.find() if Reason.NEAR_MISS_DOMAIN in self._holds else {})

    def _add_counts(self, source: str, sheet: str, domains: Sequence[str], rows: Sequence[int]) -> None:
        self._counts.add_counts(f"{source}#{sheet}", domains, rows)
        if self._counts.international > MOST_INTERNATIONAL_DOMAINS:
            raise too_many_international_domains(source)

    def _by_letters(self, emails: pa.Array) -> tuple[list[Suspicion | None], DomainCodes]:
        """Check each distinct address that is not ASCII. Return the list of suspicions, and a code for each row.

        A suspicion is ``None`` for an address that passes. The code is the index of the row's suspicion in the list, or
        -1 for an ASCII address.
        """
        # Arrow does the work, since the method reads all rows. Arrow reads each byte once to find the ASCII cells.
        is_odd = pc.invert(pc.string_is_ascii(emails))
        encoded = emails.filter(is_odd).dictionary_encode()
        codes = np.full(len(emails), -1, np.int32)
        codes[as_mask(is_odd)] = encoded.indices.to_numpy()
        return [self._letters(email) for email in encoded.dictionary.to_pylist()], codes

    def _letters(self, email: str) -> Suspicion | None:
        if EUROPEAN.fullmatch(email):
            return None
        found = ((reason, check(email)) for reason, check in _LETTER_CHECKS.items() if reason in self._holds)
        return next((suspicion for suspicion in found if suspicion[1]), None)

    def _disposable(self, domain: str) -> Suspicion | None:
        """Return the suspicion for a domain on the list of disposable domains, or ``None`` for any other domain.

        The list also has misspelt domains of mail providers. For such a domain, the suspicion is a domain typo.
        """
        if Reason.DISPOSABLE_DOMAIN not in self._holds or not is_disposable(domain):
            return None
        if Reason.NEAR_MISS_DOMAIN in self._holds and (provider := meant_provider(domain)):
            return Reason.NEAR_MISS_DOMAIN, f"Did you mean {provider}?"
        return Reason.DISPOSABLE_DOMAIN, f"{domain} gives throw-away addresses; enter a lasting one."

    def _no_domain(self, domain: str) -> Suspicion | None:
        """Return the suspicion for a domain whose last label does not exist, or ``None`` for any other domain.

        A typo of a familiar label, such as ``con`` for ``com``, is a domain typo, and the module ``typos`` gives better
        advice about it. So if the scan holds rows for domain typos, also return ``None`` for a typo of a familiar
        label.
        """
        last = domain.rpartition(".")[2]
        if Reason.NO_SUCH_DOMAIN not in self._holds or last_label_exists(last):
            return None
        if Reason.NEAR_MISS_DOMAIN in self._holds and familiar_label_meant(last):
            return None
        return Reason.NO_SUCH_DOMAIN, f"No domain ends in .{last}; enter the address that people outside write to."


class DomainTypos:
    """The domain typos of a whole run, and the method that holds rows with a domain typo.

    ``typos`` maps each export and sheet to its typos, and each typo to one sentence of advice.
    """

    def __init__(self, typos: Mapping[str, Mapping[str, str]]) -> None:
        self._typos = typos

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold each open row whose domain is a typo, and return the frame.

        The scan must have counted the domains of the frame.
        """
        typos = {
            (start, stop): found
            for source, sheet, start, stop in _spans_of(frame)
            if (found := self._typos.get(f"{source}#{sheet}"))
        }
        if not typos:
            return frame
        domains, codes = domains_of(as_array(frame["key"]))
        suspicions: list[Suspicion | None] = [None]
        by_row = np.zeros(len(frame), np.int32)
        for (start, stop), found in typos.items():
            numbers = {domain: len(suspicions) + at for at, domain in enumerate(found)}
            suspicions += [(Reason.NEAR_MISS_DOMAIN, advice) for advice in found.values()]
            by_row[start:stop] = np.array([numbers.get(domain, 0) for domain in domains], np.int32)[codes[start:stop]]
        return _hold(frame, suspicions, by_row)


def _spans_of(frame: pd.DataFrame) -> Iterator[tuple[str, str, int, int]]:
    """Yield the export, the sheet, the start and the stop of each span of rows of one sheet (``source_spans``)."""
    source, sheet = (as_array(frame[name]) for name in ("source", "sheet"))
    for start, stop in source_spans(frame):
        yield source[start].as_py(), sheet[start].as_py(), start, stop


def _counts_of(frame: pd.DataFrame, domains: Sequence[str], codes: DomainCodes) -> Iterator[DomainRows]:
    """Yield the number of rows of each domain, sheet by sheet. ``codes`` contains each row's index in ``domains``."""
    for source, sheet, start, stop in _spans_of(frame):
        # ``bincount`` is fast for a whole frame, and ``Counter`` for the few rows of a small export.
        is_whole = stop - start == len(frame)
        rows = dict(enumerate(np.bincount(codes).tolist())) if is_whole else Counter(codes[start:stop].tolist())
        yield DomainRows(source, sheet, [domains[code] for code in rows], list(rows.values()))


def _hold(frame: pd.DataFrame, suspicions: Sequence[Suspicion | None], codes: DomainCodes) -> pd.DataFrame:
    """Return the frame with its suspicious open rows ``held``.

    ``codes`` contains each row's index in ``suspicions``. The code -1 and the suspicion ``None`` mean no suspicion.
    """
    if not any(suspicions):
        return frame
    held = np.array([suspicion is not None for suspicion in (*suspicions, None)])[codes] & is_open(frame).to_numpy()
    if not held.any():
        return frame
    reasons, details = zip(*(suspicion or ("", "") for suspicion in suspicions), strict=True)
    here = pa.array(codes[held])
    values = {
        "disposition": pa.repeat(Disposition.HELD.value, len(here)),
        "reason": pa.array(reasons, pa.string()).take(here),
        "detail": pa.array(details, pa.string()).take(here),
    }
    columns = {name: replace_where(as_array(frame[name]), (held, value)) for name, value in values.items()}
    return frame.assign(**{name: text_array(column) for name, column in columns.items()})


def _codes(suspicious: pa.Array) -> DomainCodes:
    """Return a code for each row: 0 where the mask ``suspicious`` is true, and -1 elsewhere."""
    return np.where(as_mask(suspicious), 0, -1).astype(np.int32)
