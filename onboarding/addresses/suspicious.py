"""Which usable addresses must a person look at before anybody is invited there?

A row whose fate is open after policy gets the first reason of this table that holds and that the run was told to hold
for. Whoever is excluded already needs nobody's look.

==  ======================  ==========================================================================================
    reason                  where
==  ======================  ==========================================================================================
 1  ``unusual_characters``  the local part has another form of usual characters: ``ａｎａ@example.com``, ``ﬁona@…``
 2  ``look_alike``          letters of another script look like Latin ones: ``аna@example.com`` with a Cyrillic ``а``
 3  ``mixed_script``        a local part or label is in scripts that no language writes together
 4  ``disposable_domain``   the domain gives throw-away addresses to anybody
 5  ``role_address``        the address is an office's and nobody's own, such as ``info@``; only on demand
 6  ``near_miss_domain``    the domain was probably meant to be another: ``domain_typos`` says when
==  ======================  ==========================================================================================

All but the last tell by the address alone. They come before duplicates are looked for, so that a row held for them
never stands in for another one: every spelling of its address is held for itself, or is invited. The last needs the
whole export, and comes after: the row that was kept is held then, and its duplicates point at it, whose domain is
theirs.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses.homoglyphs import EUROPEAN, look_alike, mixed_script, unusual_characters
from onboarding.addresses.normalise import DomainCodes, domains_of
from onboarding.addresses.odd_cells import CASE_INSENSITIVE
from onboarding.addresses.typos import MOST_DOMAINS, DomainCounts, meant_provider
from onboarding.model.columns import as_array, as_mask, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import is_open

# ruff: noqa: SIM905  words in a row read better than as many quoted ones

ROLES = frozenset(CASE_INSENSITIVE) | frozenset(
    """
    accounting accounts admin administrator billing careers contact do-not-reply donotreply enquiries facilities
    feedback finance frontdesk hello help helpdesk hr humanresources it jobs legal mail mailbox no-reply noreply office
    orders payroll personnel press privacy purchasing reception recruiting recruitment root service servicedesk team
    training
    bewerbung bewerbungen buchhaltung datenschutz einkauf empfang karriere kontakt kundenservice personal
    personalabteilung poststelle rechnung rechnungen sekretariat vertrieb verwaltung zentrale
    accueil achats comptabilite comptabilité direction facturation formation ne-pas-repondre nepasrepondre paie
    recrutement rh secretariat ventes
    administracion administración atencionalcliente compras contabilidad contacto empleo facturacion facturación
    no-responder nominas nóminas noresponder recepcion recepción recursoshumanos rrhh secretaria soporte
    """.split()
)
"""Local parts that are nobody's own: those of RFC 2142, and the offices of a company in English, German, French and
Spanish, as its website and its telephone list name them."""

Suspicion = tuple[Reason, str]
"""What a row is held for, and one sentence for a person."""

_OF_LETTERS: Mapping[Reason, Callable[[str], str]] = MappingProxyType(
    {
        Reason.UNUSUAL_CHARACTERS: unusual_characters,
        Reason.LOOK_ALIKE: look_alike,
        Reason.MIXED_SCRIPT: mixed_script,
    }
)
_OF_DOMAINS = frozenset({Reason.DISPOSABLE_DOMAIN, Reason.NEAR_MISS_DOMAIN})
_ROLE = rf"^(?:{'|'.join(map(re.escape, sorted(ROLES)))})(?:\+[^@]*)?@"


class SuspicionScan:
    """Hold what is suspicious by itself, frame by frame, and then say what is suspicious among the rest.

    ``holds`` are the reasons to hold rows for. Whoever names the ``allowed_domains`` has looked at domains already.
    ``most_domains`` is how many of an export are counted.
    """

    def __init__(
        self,
        holds: Collection[Reason],
        *,
        allowed_domains: Collection[str] = (),
        most_domains: float = MOST_DOMAINS,
    ) -> None:
        self._holds = frozenset(holds) - (_OF_DOMAINS if allowed_domains else frozenset())
        self._counts = DomainCounts(most_domains)

    def note(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with those of its open rows ``held`` that are suspicious by themselves.

        The frame has the columns of ``rows.AS_READ``, ``email`` and ``key``. It holds rows of one sheet of one export,
        and all frames of it follow each other.
        """
        frame = _held(frame, *self._by_letters(as_array(frame["email"])))
        keys = as_array(frame["key"])
        if len(frame) and self._holds & _OF_DOMAINS:
            domains, codes = domains_of(keys)
            frame = _held(frame, [self._disposable(domain) for domain in domains], codes)
            self._counts.note(_export_of(frame), domains, np.bincount(codes).tolist())
        if Reason.ROLE_ADDRESS in self._holds:
            advice = "The address is an office's; enter the person's own."
            is_role = as_mask(pc.match_substring_regex(keys, _ROLE))
            frame = _held(frame, [(Reason.ROLE_ADDRESS, advice)], np.where(is_role, 0, -1).astype(np.int32))
        return frame

    @property
    def domains(self) -> Mapping[str, int]:
        """The rows of each domain noted of one export, for another's ``take``."""
        return self._counts.counted

    def take(self, source: str, sheet: str, domains: Mapping[str, int]) -> None:
        """Take in the domains that were noted elsewhere of the next frames of an export."""
        self._counts.note(_name(source, sheet), list(domains), list(domains.values()))

    def find(self) -> "FoundTypos":
        """Return what is suspicious among the other rows, over all frames noted."""
        return FoundTypos(self._counts.find() if Reason.NEAR_MISS_DOMAIN in self._holds else {})

    def _by_letters(self, emails: pa.Array) -> tuple[list[Suspicion | None], DomainCodes]:
        """Judge each distinct address that is not plain ASCII; the rows of all others have the code -1."""
        is_odd = pc.invert(pc.string_is_ascii(emails))
        encoded = emails.filter(is_odd).dictionary_encode()
        codes = np.full(len(emails), -1, np.int32)
        codes[as_mask(is_odd)] = encoded.indices.to_numpy()
        return [self._of_letters(email) for email in encoded.dictionary.to_pylist()], codes

    def _of_letters(self, email: str) -> Suspicion | None:
        if EUROPEAN.fullmatch(email):
            return None
        told = ((reason, tell(email)) for reason, tell in _OF_LETTERS.items() if reason in self._holds)
        return next((verdict for verdict in told if verdict[1]), None)

    def _disposable(self, domain: str) -> Suspicion | None:
        """Judge a domain; misspelt names of providers are on the list too, and are told as what they are."""
        if Reason.DISPOSABLE_DOMAIN not in self._holds or not _is_disposable(domain):
            return None
        if Reason.NEAR_MISS_DOMAIN in self._holds and (provider := meant_provider(domain)):
            return Reason.NEAR_MISS_DOMAIN, f"Did you mean {provider}?"
        return Reason.DISPOSABLE_DOMAIN, f"{domain} gives throw-away addresses to anybody; enter a lasting one."


class FoundTypos:
    """What is suspicious among the rows of a whole run: by export and domain, the sentence for a person."""

    def __init__(self, typos: Mapping[str, Mapping[str, str]]) -> None:
        self._typos = typos

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame that was noted, with its suspicious open rows ``held``."""
        told = self._typos.get(_export_of(frame)) if len(frame) else None
        if not told:
            return frame
        domains, codes = domains_of(as_array(frame["key"]))
        verdicts = [(Reason.NEAR_MISS_DOMAIN, told[domain]) if domain in told else None for domain in domains]
        return _held(frame, verdicts, codes)


def _held(frame: pd.DataFrame, verdicts: Sequence[Suspicion | None], codes: DomainCodes) -> pd.DataFrame:
    """Return the frame with its open rows ``held`` for the verdict that their code points at; -1 points at none."""
    if not any(verdicts):
        return frame
    suspicious = np.array([verdict is not None for verdict in (*verdicts, None)])[codes]
    suspicious &= is_open(frame).to_numpy()
    told = pa.array(codes[suspicious])
    reasons, details = zip(*(verdict or ("", "") for verdict in verdicts), strict=True)
    values = {
        "disposition": pa.repeat(Disposition.HELD.value, len(told)),
        "reason": pa.array(reasons, pa.string()).take(told),
        "detail": pa.array(details, pa.string()).take(told),
    }
    columns = {name: replace_where(as_array(frame[name]), (suspicious, value)) for name, value in values.items()}
    return frame.assign(**{name: text_array(column) for name, column in columns.items()})


def _is_disposable(domain: str) -> bool:
    """Say whether a domain, or one that it is part of, is on the list."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - ten thousand domains

    while "." in domain:
        if domain in blocklist:
            return True
        domain = domain.partition(".")[2]
    return False


def _export_of(frame: pd.DataFrame) -> str:
    """Return the name of the export, and of its sheet, whose rows a frame holds."""
    return _name(frame["source"].iloc[0], frame["sheet"].iloc[0])


def _name(source: str, sheet: str) -> str:
    return f"{source}#{sheet}"
