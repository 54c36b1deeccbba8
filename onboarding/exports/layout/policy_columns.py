"""Choose the columns of policy, which decide who is invited: status, dates of employment, types and flags of accounts.

``column_roles`` chooses the columns of addresses, ids and names. ``words.meanings`` has the meanings of the words.

A column with an unmistakable name is taken even if its words are unknown; the run then holds its rows for a person. A
column with an ambiguous name is taken only if its cells fit. ``Estado`` may also be a federal state, so at least one of
its cells must be a known status. ``Type`` may mean a type of address, of user or of employment. So at least half of its
filled cells must be known words for one of these types.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from onboarding.exports.layout.column_names import compact_name, read_names
from onboarding.exports.words.meanings import WordKind, WordMeaning, is_placeholder, word_meaning

NAMES = read_names(Path(__file__).with_suffix(".toml"))
"""The lists of known names of columns of policy. ``policy_columns.toml`` says what each list is for."""

SURE = ("employment_type", "starts_on", "ends_on", "address_type", "user_type", "enabled", "blocked")
"""The roles of columns whose names are unmistakable or nearly so. The first column with such a name is taken."""

UNMISTAKABLE = frozenset({"accountenabled", "blocksignin"}).union(
    *(NAMES[kind] for kind in ("status", "lifecycle", *SURE) if kind not in ("enabled", "blocked"))
)
"""Texts that can only be the name of a column, and never the content of a cell."""

TYPES = (WordKind.ADDRESS_TYPE, WordKind.USER_TYPE, WordKind.EMPLOYMENT_TYPE)
"""The kinds of words that a column called ``type`` may hold.

If the words of the column fit two kinds equally well, the job takes the kind that stands first here.
"""

HALF = 0.5
"""The least share of known words in a column with an ambiguous name."""


def policy_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, taken: Collection[int]
) -> Mapping[str, int]:
    """Return the indices of the columns of policy that the header has, by the value of their ``Role``.

    ``rows`` are the first records after the header. ``taken`` are the indices of columns that already have another
    role.
    """
    names = {index: compact_name(name) for index, name in enumerate(header) if index not in taken}
    found = _statuses(names, rows)
    for role in SURE:
        for index in _called(names, NAMES[role])[:1]:
            found[role] = index
    for index in _called(names, (*NAMES["type"], *NAMES["address_type_perhaps"])):
        kinds = TYPES[:1] if names[index] in NAMES["address_type_perhaps"] else TYPES
        for kind in _best_kind(_words(rows, index), kinds):
            found.setdefault(kind, index)
    return found


def _statuses(names: Mapping[int, str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    sure = _called(names, (*NAMES["status"], *NAMES["active"]))
    perhaps = [at for at in _called(names, NAMES["status_perhaps"]) if _known_share(_words(rows, at), WordKind.STATUS)]
    first, *others = [*sure, *perhaps, None]
    second = next(iter(_called(names, NAMES["lifecycle"])), others[0] if others else None)
    found = {"status": first, "lifecycle_status": second}
    return {role: index for role, index in found.items() if index is not None}


def _called(names: Mapping[int, str], known: Sequence[str]) -> list[int]:
    """Return the indices of the columns with a name in ``known``, in the order of ``known``: the best name first."""
    return sorted((index for index, name in names.items() if name in known), key=lambda at: known.index(names[at]))


def _best_kind(words: Sequence[str], kinds: Iterable[WordKind]) -> list[WordKind]:
    """Return a list of one kind: the kind that gives a meaning to most of a column's words.

    The list is empty if that kind gives a meaning to less than half of the words.
    """
    shares = {kind: _known_share(words, kind) for kind in kinds}
    best = max(shares, key=lambda kind: shares[kind])
    return [best] if shares[best] >= HALF else []


def _known_share(words: Sequence[str], kind: WordKind) -> float:
    return sum(word_meaning(word, kind) is not WordMeaning.UNKNOWN for word in words) / len(words) if words else 0.0


def _words(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    cells = (row[index] for row in rows if index < len(row))
    return [cell for cell in cells if not is_placeholder(cell)]
