"""Which column holds what?

The header makes a claim, the content confirms it. A column that says it is somebody else's, or a private or spare
address, is never chosen unless the user names it; and where two columns have equally good claims, nobody guesses.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import pyarrow as pa

from onboarding.exports.layout import aliases
from onboarding.exports.layout.aliases import compact_name, plain_words
from onboarding.exports.layout.corrections import correction_columns, is_correction_column
from onboarding.exports.layout.policy_aliases import NAMES
from onboarding.exports.layout.policy_columns import policy_columns
from onboarding.exports.tables import Unreadable
from onboarding.model.employees import BLANK, employee_keys

FLAG = "--email-column"
FEW = 10
"""Ids; of fewer, nobody can say whether they repeat."""

ROWS_A_PERSON = 3
"""A column of ids has no more rows for each of them than this; a manager's or a department's has."""

SHOWN = 12
"""How many column names a message lists, at most."""

_ADDRESS = re.compile(r"(?:[^<>]*<|mailto:)?\s*[^@\s<>;,]+@[^@\s<>;,]+\.[^@\s<>;,]{2,}\s*>?[.;]?", re.IGNORECASE)
_LONGEST_ADDRESS_CELL = 500
_HARMLESS_NOTE = re.compile(r"[\[(]\s*(?:personal profile|required|optional|upload only)\s*[\])]", re.IGNORECASE)


class Role(StrEnum):
    """What a column is used for."""

    EMAIL = "email"
    EMAIL_FALLBACK = "email_fallback"
    EMAIL_BEFORE = "email_before"
    EMPLOYEE_ID = "employee_id"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    STATUS = "status"
    LIFECYCLE_STATUS = "lifecycle_status"
    EMPLOYMENT_TYPE = "employment_type"
    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"
    ADDRESS_TYPE = "address_type"
    USER_TYPE = "user_type"
    ENABLED = "enabled"
    BLOCKED = "blocked"


class NameClaim(IntEnum):
    """What a column's name says about the addresses in it; a higher one wins."""

    ANOTHER = -1
    NONE = 0
    PERHAPS = 1
    MAIL = 2
    WORK_MAIL = 3


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """A column as far as it was looked at: ``share`` of its filled cells are addresses, ``unique`` of these differ."""

    index: int
    name: str
    claim: NameClaim
    filled: int
    share: float
    unique: float

    @property
    def holds_addresses(self) -> bool:
        """Whether at least half of what is in it are addresses."""
        return self.share >= 0.5  # noqa: PLR2004 half is half


REPORTED = frozenset({"run_id", "email_as_given", "disposition", "duplicate_of"})
"""What the header of a reconciliation has. It names people whom policy left out, beside addresses that are fine."""


def choose_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, email_column: str | None
) -> Mapping[Role, int]:
    """Return the index of the column for each role that the header has; ``Role.EMAIL`` is always among them.

    ``rows`` are the first records after the header. Raises ``Unreadable`` if no column can safely be taken for the
    address, naming those in question.
    """
    if REPORTED.issubset(header):
        raise Unreadable("this is a report of onboard and no export; name the exports that it tells of")
    if (corrections := correction_columns(header, wanted=email_column)) is not None:
        found = dict(zip((Role.EMAIL, Role.EMAIL_BEFORE), corrections, strict=True))
        # Who is invited was decided before: a column that somebody has added decides nothing.
        return found | _about_the_person(header, rows, taken=found.values())
    found = (
        _addresses(header, rows)
        if email_column is None
        else {Role.EMAIL: find_named_column(header, email_column, flag=FLAG)}
    )
    found |= _about_the_person(header, rows, taken=found.values())
    by_policy = policy_columns(header, rows, taken=found.values())
    return {**found, **{Role(name): index for name, index in by_policy.items()}}


def choose_list_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping[Role, int]:
    """Return the index of the column of addresses and of that of employee ids, as far as there are such.

    Raises ``Unreadable`` where several may be meant.
    """
    columns = [_look(name, index, rows) for index, name in enumerate(header)]
    found: dict[Role, int] = {}
    if any(column.holds_addresses or column.claim >= NameClaim.MAIL for column in columns):
        try:
            found[Role.EMAIL] = _addresses(header, rows)[Role.EMAIL]
        except Unreadable as error:
            raise Unreadable("which of its columns holds the addresses is not clear; leave one of them") from error
    about = _about_the_person(header, rows, taken=found.values())
    return found | {role: index for role, index in about.items() if role is Role.EMPLOYEE_ID}


def looks_like_address(cell: str) -> bool:
    """Say whether a cell looks like one address, odd spellings included; whether it is valid is not asked here."""
    if ("@" not in cell and "\uff20" not in cell) or len(cell) > _LONGEST_ADDRESS_CELL:
        return False
    return _ADDRESS.fullmatch(unicodedata.normalize("NFKC", cell).strip(BLANK)) is not None


def count_known_names(header: Sequence[str]) -> int:
    """Count the columns whose names an HR system would give them."""
    return sum(compact_name(name) in _KNOWN or _claim(name) in (NameClaim.MAIL, NameClaim.WORK_MAIL) for name in header)


def best_address_share(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of addresses in the column that is fullest of them."""
    width = max(map(len, rows), default=0)
    return max((_look("", index, rows).share for index in range(width)), default=0.0)


def find_named_column(header: Sequence[str], wanted: str, *, flag: str) -> int:
    """Return the index of the column that the user names with ``flag``. Raises ``Unreadable``."""
    exact = [index for index, name in enumerate(header) if name.strip(BLANK) == wanted.strip(BLANK)]
    alike = [index for index, name in enumerate(header) if plain_words(name) == plain_words(wanted)]
    match exact or alike:
        case [index]:
            return index
        case []:
            raise Unreadable(f'no column "{_short(wanted)}" ({flag}); {_seen(header)}')
        case [first, second, *_]:
            raise Unreadable(f'columns {first + 1} and {second + 1} are both "{_short(wanted)}" ({flag}); rename one')
    raise AssertionError  # pragma: no cover  the three patterns cover every list


def _addresses(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Role, int]:
    columns = [_look(name, index, rows) for index, name in enumerate(header)]
    holding = [column for column in columns if column.holds_addresses]
    # Where nothing in the file is an address, what calls itself one still is: its rows are rejected one by one.
    claimants = [c for c in columns if _is_claimant(c) or (not holding and c.claim >= NameClaim.MAIL)]
    if not claimants:
        return {Role.EMAIL: _by_content(holding, header)}
    best = max(claimants, key=lambda column: (column.claim, column.share * column.unique))
    rivals = [column for column in claimants if column is not best and _is_close(column, best)]
    fallback = _fallback(best, holding)
    if any(column is not fallback for column in rivals):
        raise Unreadable(f"{_list([best, *rivals])} may each hold the work address; choose with {FLAG}")
    return {Role.EMAIL: best.index} | ({Role.EMAIL_FALLBACK: fallback.index} if fallback else {})


def _fallback(mail: ColumnSample, holding: Sequence[ColumnSample]) -> ColumnSample | None:
    """Return the column that holds the address where a directory's ``mail`` is empty."""
    if compact_name(mail.name) != aliases.DIRECTORY_MAIL:
        return None
    return next((column for column in holding if compact_name(column.name) in aliases.USER_PRINCIPAL), None)


def _is_claimant(column: ColumnSample) -> bool:
    if column.claim >= NameClaim.MAIL:
        return column.share > 0 or not column.filled
    return column.claim is NameClaim.PERHAPS and column.holds_addresses


def _is_close(column: ColumnSample, best: ColumnSample) -> bool:
    if column.claim == best.claim:
        return 2 * column.share * column.unique >= best.share * best.unique
    return column.share > 0 and not best.filled


def _by_content(holding: Sequence[ColumnSample], header: Sequence[str]) -> int:
    """Take a column with an unknown name only if it alone holds addresses, and a different one in each row."""
    match holding:
        case [only] if only.claim is not NameClaim.ANOTHER and only.unique >= 0.8:  # noqa: PLR2004 a few repeats are usual
            return only.index
        case []:
            raise Unreadable(f"no column of addresses; {_seen(header)}; name it with {FLAG}")
    raise Unreadable(
        f"no column of work addresses, but of other ones: {_list(holding)}; name the right one with {FLAG}"
    )


def _look(name: str, index: int, rows: Sequence[Sequence[str]]) -> ColumnSample:
    cells = [cell for row in rows if index < len(row) and (cell := row[index].strip(BLANK))]
    found = [cell.casefold() for cell in cells if looks_like_address(cell)]
    share = len(found) / len(cells) if cells else 0.0
    unique = len(set(found)) / len(found) if found else 0.0
    return ColumnSample(index, name, _claim(name), len(cells), share, unique)


def _claim(name: str) -> NameClaim:
    words = plain_words(_HARMLESS_NOTE.sub(" ", name)).split()
    mail = any(word.startswith("email") or word.endswith("mail") or word in aliases.MAIL for word in words)
    if aliases.NOT_THEIRS_AT_WORK_WORDS.intersection(words) or _has(words, aliases.NOT_THEIRS_AT_WORK):
        return NameClaim.ANOTHER
    if (mail and _has(words, aliases.WORK)) or is_correction_column(name):
        return NameClaim.WORK_MAIL
    if compact_name(name) in aliases.EMAIL:
        return NameClaim.MAIL
    return NameClaim.PERHAPS if mail or compact_name(name) in aliases.ACCOUNT else NameClaim.NONE


def _has(words: Sequence[str], parts: Sequence[str]) -> bool:
    return any(part in word for word in words for part in parts)


def _about_the_person(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, taken: Collection[int]
) -> dict[Role, int]:
    names = {compact_name(name): index for index, name in reversed(list(enumerate(header))) if index not in taken}
    given, family = _first(names, aliases.GIVEN_NAME), _first(names, aliases.FAMILY_NAME)
    full = _first(names, aliases.FULL_NAME)
    if full in (given, family) and given is not None and family is not None:
        full = None
    parts = {Role.GIVEN_NAME: given, Role.FAMILY_NAME: family} if full is None else {Role.NAME: full}
    differing = {name: index for name, index in names.items() if _tells_people_apart(rows, index)}
    wanted = {Role.EMPLOYEE_ID: _first(differing, aliases.EMPLOYEE_ID), **parts}
    return {role: index for role, index in wanted.items() if index is not None}


def _tells_people_apart(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Say whether what stands in a column may be ids: several rows may be one person's, but most are another's."""
    cells = pa.array([row[index] for row in rows if index < len(row)], pa.string())
    ids = list(filter(None, employee_keys(cells).to_pylist()))
    return len(ids) < FEW or len(set(ids)) * ROWS_A_PERSON >= len(ids)


def _first(names: Mapping[str, int], known: Sequence[str]) -> int | None:
    return next((names[name] for name in known if name in names), None)


def _seen(header: Sequence[str]) -> str:
    """List the columns, unless none has a known name: then it may be a person's record."""
    if not count_known_names(header):
        return "the first row with anything in it does not look like column names"
    return f"the columns are {_list([ColumnSample(i, name, NameClaim.NONE, 0, 0, 0) for i, name in enumerate(header)])}"


def _list(columns: Sequence[ColumnSample]) -> str:
    shown = ", ".join(f'"{_short(column.name)}"' for column in columns[:SHOWN])
    return shown + (f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else "")


def _short(name: str) -> str:
    # An address in a header is nobody's business, and a message is one line.
    text = " ".join("…" if "@" in word else word for word in name.split())
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 enough to recognise it


_KNOWN = frozenset(
    (*aliases.ACCOUNT, *aliases.EMPLOYEE_ID, *aliases.FULL_NAME, *aliases.GIVEN_NAME, *aliases.FAMILY_NAME, *NAMES)
)
