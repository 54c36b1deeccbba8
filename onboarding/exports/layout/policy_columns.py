"""Which columns decide who is invited?

A name that leaves no doubt is taken at its word, even if nobody knows what stands in the column: then its rows are held
for a person. A name that may mean something else needs its content: ``Estado``, which is a federal state as well, a
single known status, and ``Type`` half of its words of one kind.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from onboarding.exports.layout import policy_aliases as aliases
from onboarding.exports.layout.aliases import compact_name
from onboarding.exports.words.meanings import WordKind, WordMeaning, is_placeholder, word_meaning

SURE: Mapping[str, tuple[str, ...]] = {
    "employment_type": aliases.EMPLOYMENT_TYPE,
    "starts_on": aliases.STARTS_ON,
    "ends_on": aliases.ENDS_ON,
    "address_type": aliases.ADDRESS_TYPE,
    "user_type": aliases.USER_TYPE,
    "enabled": aliases.ENABLED,
    "blocked": aliases.BLOCKED,
}

TYPES = {
    "address_type": WordKind.ADDRESS_TYPE,
    "user_type": WordKind.USER_TYPE,
    "employment_type": WordKind.EMPLOYMENT_TYPE,
}
"""What a column that is called a type may be; the first wins where its words are known in several."""

HALF = 0.5
"""Of the words in a column with a doubtful name, this share must be known."""


def policy_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, taken: Collection[int]
) -> Mapping[str, int]:
    """Return the index of the column for each of ``rows.POLICY_COLUMNS`` that the header has.

    ``rows`` are the first records after the header; the columns ``taken`` hold something else.
    """
    names = {index: compact_name(name) for index, name in enumerate(header) if index not in taken}
    found = _statuses(names, rows)
    for role, known in SURE.items():
        for index in _called(names, known)[:1]:
            found[role] = index
    for index in _called(names, (*aliases.TYPE, *aliases.ADDRESS_TYPE_PERHAPS)):
        kinds = ("address_type",) if names[index] in aliases.ADDRESS_TYPE_PERHAPS else tuple(TYPES)
        for role in _types(_words(rows, index), kinds):
            found.setdefault(role, index)
    return found


def _statuses(names: Mapping[int, str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    sure = _called(names, (*aliases.STATUS, *aliases.ACTIVE))
    perhaps = [i for i in _called(names, aliases.STATUS_PERHAPS) if _known(_words(rows, i), WordKind.STATUS) > 0]
    first, *others = [*sure, *perhaps, None]
    second = next(iter(_called(names, aliases.LIFECYCLE)), others[0] if others else None)
    found = {"status": first, "lifecycle_status": second}
    return {role: index for role, index in found.items() if index is not None}


def _called(names: Mapping[int, str], known: Sequence[str]) -> list[int]:
    """Return the columns with a known name, the best name first."""
    return sorted(
        (index for index, name in names.items() if name in known), key=lambda index: known.index(names[index])
    )


def _types(words: Sequence[str], kinds: Iterable[str]) -> list[str]:
    """Return the kind of type in whose words most of a column is written, if at least half of it is."""
    shares = {role: _known(words, TYPES[role]) for role in kinds}
    best = max(shares, key=lambda role: shares[role])
    return [best] if shares[best] >= HALF else []


def _known(words: Sequence[str], kind: WordKind) -> float:
    return sum(word_meaning(word, kind) is not WordMeaning.UNKNOWN for word in words) / len(words) if words else 0.0


def _words(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    cells = (row[index] for row in rows if index < len(row))
    return [cell for cell in cells if not is_placeholder(cell)]
