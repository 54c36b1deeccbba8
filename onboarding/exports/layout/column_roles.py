"""Choose the column for each role in an export or a list, such as address, employee id, name and status.

``column_names`` has the known names of columns. ``policy_columns`` chooses the columns that decide who is invited.

A column's name makes a claim (``NameClaim``), and the column's cells confirm the claim. Some names say that the
addresses are private, additional or another person's. The job chooses a column with such a name only if the user names
the column. If two columns have equally good claims, the job refuses the file and asks the user to choose.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.column_names import (
    DIRECTORY_MAIL,
    NAMES,
    USER_PRINCIPAL,
    compact_name,
    plain_words,
)
from onboarding.exports.layout.corrections import REPORTED, correction_columns
from onboarding.exports.layout.name_words import NameClaim, name_claim
from onboarding.exports.layout.policy_columns import UNMISTAKABLE, policy_columns
from onboarding.exports.tables import Unreadable
from onboarding.model.employees import BLANK, employee_keys

EMAIL_FLAG = "--email-column"
FEW_IDS = 10
"""If a column has fewer ids, the job does not judge whether the ids repeat too often to be employee ids."""

ROWS_A_PERSON = 3
"""The most rows, on average, that share an employee id. More rows share a manager or a department."""

NAMES_SHOWN = 12
"""The most column names that a message lists."""


class Role(StrEnum):
    """The use of a column. ``EMAIL_FALLBACK`` fills empty cells of ``EMAIL``; ``EMAIL_BEFORE`` has wrong addresses."""

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


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """What the first rows show about a column.

    ``filled`` is the number of filled cells. ``share`` is the share of filled cells that look like addresses.
    ``unique`` is the number of distinct addresses divided by the number of cells that look like addresses.
    """

    index: int
    name: str
    claim: NameClaim
    filled: int
    share: float
    unique: float

    @property
    def holds_addresses(self) -> bool:
        """Whether at least half of the filled cells look like addresses."""
        return self.share >= 0.5  # noqa: PLR2004 half is half


def choose_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, email_column: str | None
) -> Mapping[Role, int]:
    """Return the index of the column for each role that the header has; ``Role.EMAIL`` is always among them.

    ``rows`` are the first records after the header. ``email_column`` is the name of the column of addresses; ``None``
    lets the job choose the column. Raises ``Unreadable``, naming the columns in question, if the job is not sure which
    column holds the addresses.
    """
    if REPORTED.issubset(header):
        raise Unreadable("this is a report of onboard and no export; name the exports that it reports on")
    corrections = correction_columns(header, wanted=email_column)
    if corrections is not None:
        found = dict(zip((Role.EMAIL, Role.EMAIL_BEFORE), corrections, strict=True))
    elif email_column is not None:
        found = {Role.EMAIL: find_named_column(header, email_column, flag=EMAIL_FLAG)}
    else:
        found = _addresses(header, rows)
    found |= _about_the_person(header, rows, taken=found.values())
    if corrections is not None:  # an earlier run has applied policy to these people
        return found
    by_policy = policy_columns(header, rows, taken=found.values())
    return {**found, **{Role(name): index for name, index in by_policy.items()}}


def choose_list_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping[Role, int]:
    """Return the indices of a list's columns by role: the column of addresses and the column of employee ids, if any.

    Raises ``Unreadable`` if several columns may hold the addresses.
    """
    columns = _samples(header, rows)
    found: dict[Role, int] = {}
    if any(column.holds_addresses or column.claim >= NameClaim.MAIL for column in columns):
        try:
            found[Role.EMAIL] = _addresses(header, rows)[Role.EMAIL]
        except Unreadable as error:
            raise Unreadable("which of its columns holds the addresses is not clear; leave one of them") from error
    about = _about_the_person(header, rows, taken=found.values())
    return found | {role: index for role, index in about.items() if role is Role.EMPLOYEE_ID}


def find_named_column(header: Sequence[str], wanted: str, *, flag: str) -> int:
    """Return the index of the column that the user named (``wanted``).

    ``flag`` is the option with which the user named the column, for the error's message. Raises ``Unreadable`` if no
    column or more than one column has the name.
    """
    exact = [index for index, name in enumerate(header) if name.strip(BLANK) == wanted.strip(BLANK)]
    alike = [index for index, name in enumerate(header) if plain_words(name) == plain_words(wanted)]
    match exact or alike:
        case [index]:
            return index
        case []:
            raise Unreadable(f'no column "{_shortened(wanted)}" ({flag}); {_seen(header)}')
        case [first, second, *_]:
            both = f'columns {first + 1} and {second + 1} are both "{_shortened(wanted)}"'
            raise Unreadable(f"{both} ({flag}); rename one")
    raise AssertionError  # pragma: no cover  the three patterns cover every list


def count_known_names(header: Sequence[str]) -> int:
    """Return how many names in a header are known names of columns in HR systems."""
    return sum(
        compact_name(name) in _KNOWN or name_claim(name) in (NameClaim.MAIL, NameClaim.WORK_MAIL) for name in header
    )


def best_address_share(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of cells that look like addresses, from the column in which this share is highest."""
    header = [""] * max(map(len, rows), default=0)
    return max((column.share for column in _samples(header, rows)), default=0.0)


def quoted_names(names: Sequence[str]) -> str:
    """Return a text for a message: the first few names in quotes, and the number of names that the text leaves out."""
    shown = ", ".join(f'"{name}"' for name in names[:NAMES_SHOWN])
    return shown + (f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else "")


def _samples(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnSample]:
    return [_sample(index, name, rows) for index, name in enumerate(header)]


def _sample(index: int, name: str, rows: Sequence[Sequence[str]]) -> ColumnSample:
    cells = [cell for row in rows if index < len(row) and (cell := row[index].strip(BLANK))]
    found = [cell.casefold() for cell in cells if looks_like_address(cell)]
    share = len(found) / len(cells) if cells else 0.0
    unique = len(set(found)) / len(found) if found else 0.0
    return ColumnSample(index, name, name_claim(name), len(cells), share, unique)


def _addresses(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Role, int]:
    """Return the column of work addresses, and the fallback column if any. Raises ``Unreadable`` if that is unclear."""
    columns = _samples(header, rows)
    holding = [column for column in columns if column.holds_addresses]
    claimants = [column for column in columns if _is_claimant(column, any_holds=bool(holding))]
    if not claimants:
        return {Role.EMAIL: _by_content(holding, header)}
    best = max(claimants, key=lambda column: (column.claim, column.share * column.unique))
    fallback = _fallback(best, holding)
    _refuse_rivals(best, [column for column in claimants if column not in (best, fallback)])
    return {Role.EMAIL: best.index} | ({Role.EMAIL_FALLBACK: fallback.index} if fallback else {})


def _fallback(mail: ColumnSample, holding: Sequence[ColumnSample]) -> ColumnSample | None:
    """Return the column that fills empty cells of the column ``mail`` from Microsoft's directory, or ``None``.

    Only the column of user principal names can do this, if it is among the columns that hold addresses (``holding``).
    """
    if compact_name(mail.name) != DIRECTORY_MAIL:
        return None
    return next((column for column in holding if compact_name(column.name) in USER_PRINCIPAL), None)


def _is_claimant(column: ColumnSample, *, any_holds: bool) -> bool:
    if column.claim >= NameClaim.MAIL:
        # A column called Email is taken even if no column holds an address: the report then rejects its rows.
        return column.share > 0 or not column.filled or not any_holds
    return column.claim is NameClaim.PERHAPS and column.holds_addresses


def _refuse_rivals(best: ColumnSample, others: Sequence[ColumnSample]) -> None:
    if rivals := [column for column in others if _is_close(column, best)]:
        raise Unreadable(f"{_listed([best, *rivals])} may each hold the work address; choose with {EMAIL_FLAG}")


def _is_close(column: ColumnSample, best: ColumnSample) -> bool:
    if column.claim == best.claim:
        return 2 * column.share * column.unique >= best.share * best.unique
    return column.share > 0 and not best.filled


def _by_content(holding: Sequence[ColumnSample], header: Sequence[str]) -> int:
    """Return the index of the only column that holds addresses, and raise ``Unreadable`` if the choice is unsafe.

    The choice is safe if at least 80% of the addresses differ and the column's name does not claim ``NOT_THEIRS``.
    """
    match holding:
        case [only] if only.claim is not NameClaim.NOT_THEIRS and only.unique >= 0.8:  # noqa: PLR2004 a few repeat
            return only.index
        case []:
            raise Unreadable(f"no column of addresses; {_seen(header)}; name it with {EMAIL_FLAG}")
    raise Unreadable(
        f"no column of work addresses, but of other ones: {_listed(holding)}; name the right one with {EMAIL_FLAG}"
    )


def _about_the_person(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, taken: Collection[int]
) -> dict[Role, int]:
    """Return the column of the employee id, and the column or the two columns of the name."""
    names = {compact_name(name): index for index, name in reversed(list(enumerate(header))) if index not in taken}
    differing = {name: index for name, index in names.items() if _may_be_ids(rows, index)}
    wanted = {Role.EMPLOYEE_ID: _first(differing, NAMES["employee_id"]), **_name_columns(names)}
    return {role: index for role, index in wanted.items() if index is not None}


def _name_columns(names: Mapping[str, int]) -> dict[Role, int | None]:
    given, family = _first(names, NAMES["given_name"]), _first(names, NAMES["family_name"])
    full = _first(names, NAMES["full_name"])
    has_both_parts = given is not None and family is not None
    if full is None or (has_both_parts and full in (given, family)):
        return {Role.GIVEN_NAME: given, Role.FAMILY_NAME: family}
    return {Role.NAME: full}


def _may_be_ids(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Say whether a column may hold employee ids: on average, at most ``ROWS_A_PERSON`` rows share an id."""
    cells = pa.array([row[index] for row in rows if index < len(row)], pa.string())
    ids = list(filter(None, employee_keys(cells).to_pylist()))
    return len(ids) < FEW_IDS or len(set(ids)) * ROWS_A_PERSON >= len(ids)


def _first(names: Mapping[str, int], known: Sequence[str]) -> int | None:
    return next((names[name] for name in known if name in names), None)


def _seen(header: Sequence[str]) -> str:
    """Return the column names for a message, or no names if all are unknown: they may be cells of a person's record."""
    if not count_known_names(header):
        return "the first row with anything in it does not look like column names"
    return f"the columns are {quoted_names(list(map(_shortened, header)))}"


def _listed(columns: Sequence[ColumnSample]) -> str:
    return quoted_names([_shortened(column.name) for column in columns])


def _shortened(name: str) -> str:
    """Return a column's name for a message: cut to one short line, and without addresses that it may hold."""
    text = " ".join("…" if "@" in word else word for word in name.split())
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 enough to recognise it


_KNOWN = UNMISTAKABLE.union(
    *(NAMES[kind] for kind in ("account", "employee_id", "full_name", "given_name", "family_name"))
)
