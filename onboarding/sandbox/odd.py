"""How may an answer be odd, although the service did what it was asked?

Each oddity is well-formed by the service model. Most concern the last entries of an answer; strangers come first, so
that whoever takes the first entry for the one that was asked for is found out. What is about nobody in particular,
as a failed item that names no user, is turned round with the rest and else left alone.
"""

from collections.abc import Callable, Mapping, Sequence

from onboarding.sandbox.chime import CHIME_FORMS
from onboarding.sandbox.entries import Form, Forms
from onboarding.sandbox.faults import PAGING_KINDS, Fault, Kind
from onboarding.sandbox.protocol import Document
from onboarding.sandbox.wickr_entries import WICKR_FORMS

Act = Callable[[Document], Document]
"""What carries an operation out."""

Entries = Sequence[Document]


def act_oddly(fault: Fault, operation: str, act: Act, parameters: Document) -> Document:
    """Carry an operation out, and return what it gives, odd as the fault has it. What has no entries stays as it is."""
    result = act(parameters)
    if fault.kind in PAGING_KINDS:
        return _paged_oddly(fault, act, parameters, result)
    if fault.kind is Kind.ACT_THEN_REORDER:
        return {name: value[::-1] if isinstance(value, list) else value for name, value in result.items()}
    oddity = _ODDITIES[fault.kind]
    return {
        name: oddity(value, fault.entries, _FORMS[operation, name]) if (operation, name) in _FORMS else value
        for name, value in result.items()
    }


def _paged_oddly(fault: Fault, act: Act, parameters: Document, page: Document) -> Document:
    # Each service spells these three in its own way.
    users, size, token = next(names for names in _PAGES if names[0] in page)
    # A listing changes nothing, so it may be asked twice.
    shorter = act({**parameters, size: max(1, len(page[users]) - fault.entries)})
    return shorter if fault.kind is Kind.ACT_THEN_MOVE else {**page, token: shorter.get(token)}


_PAGES = (("Users", "MaxResults", "NextToken"), ("users", "maxResults", "nextToken"))


def _omitted(given: Entries, entries: int, _form: Form) -> Entries:
    return given[:-entries]


def _recased(given: Entries, entries: int, form: Form) -> Entries:
    return [*given[:-entries], *({**entry, form.address: _swapped(entry[form.address])} for entry in given[-entries:])]


def _joined(given: Entries, entries: int, form: Form) -> Entries:
    return [*(form.stranger(f"stranger{number}@sandbox.example") for number in range(entries)), *given]


def _silenced(given: Entries, entries: int, form: Form) -> Entries:
    return [*given[:-entries], *(_without(form.statuses, entry) for entry in given[-entries:])]


def _contradicted(given: Entries, entries: int, form: Form) -> Entries:
    return [*given, *(form.contradiction(entry) for entry in given[-entries:])]


_ODDITIES: Mapping[Kind, Callable[[Entries, int, Form], Entries]] = {
    Kind.ACT_THEN_OMIT: _omitted,
    Kind.ACT_THEN_RECASE: _recased,
    Kind.ACT_THEN_ADD: _joined,
    Kind.ACT_THEN_DROP_STATUS: _silenced,
    Kind.ACT_THEN_CONTRADICT: _contradicted,
}

_FORMS: Forms = {**CHIME_FORMS, **WICKR_FORMS}


def _swapped(address: str) -> str:
    # ASCII alone: beyond it, a letter in another case may be several letters, or another one on the way back.
    return "".join(letter.swapcase() if letter.isascii() else letter for letter in address)


def _without(names: frozenset[str], entry: Document) -> Document:
    return {name: value for name, value in entry.items() if name not in names}
