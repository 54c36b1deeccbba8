"""Choose the column for each role in an export or a list, such as address, employee id, name and status.

The module ``column_names`` contains the known names of columns. The module ``policy_columns`` chooses the columns that
decide who is invited.

A column's name claims a role for the column, and the column's cells confirm the claim. Some names say that the
addresses are private, additional or another person's. The user must name these columns; the job never chooses them. If
the claims of two columns are equally good, the job refuses the file and asks the user to choose.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

import pyarrow as pa

from onboarding.exports.layout.address_choice import EMAIL_FLAG, AddressChoice, choice_of_named, choose_addresses
from onboarding.exports.layout.address_columns import AddressColumn, FirstRows, consider_columns
from onboarding.exports.layout.column_names import NAMES, compact_name, plain_words
from onboarding.exports.layout.corrections import REPORTED, answer_columns, correction_columns
from onboarding.exports.layout.name_words import NameClaim
from onboarding.exports.layout.named_columns import find_named_column
from onboarding.exports.layout.policy_columns import PolicyTable, columns_named
from onboarding.exports.layout.unnamed_policy import policy_choice
from onboarding.exports.tables import Unreadable
from onboarding.exports.words.codes import CodeSystem
from onboarding.model.blank import BLANK
from onboarding.model.choices import NO_OPTIONS, ColumnOptions
from onboarding.model.employees import employee_keys
from onboarding.model.values import dataclass

FEW_IDS = 10
"""The least number of ids in a column from which the job judges whether the ids repeat too often for employee ids."""

ROWS_A_PERSON = 3
"""The most rows that share an employee id, on average. If more rows share an id, the id may be a manager's."""


class Role(StrEnum):
    """The use of a column. Further columns for the same use have a number, such as ``status 2`` and ``status 3``.

    ``EMAIL_FALLBACK`` fills empty cells of ``EMAIL``. ``EMAIL_AGAIN`` repeats the addresses of ``EMAIL``.
    ``EMAIL_BEFORE`` contains the wrong addresses that ``EMAIL`` corrects. A hand-off workbook contains HR's ``ANSWER``
    to a ``QUESTION``, HR's ``COMMENT``, and the address that the job suggested (``SUGGESTION``).
    """

    EMAIL = "email"
    EMAIL_FALLBACK = "email_fallback"
    EMAIL_AGAIN = "email_again"
    EMAIL_BEFORE = "email_before"
    ANSWER = "answer"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    COMMENT = "comment"
    EMPLOYEE_ID = "employee_id"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    STATUS = "status"
    EMPLOYMENT_TYPE = "employment_type"
    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"
    ADDRESS_TYPE = "address_type"
    USER_TYPE = "user_type"
    ENABLED = "enabled"
    BLOCKED = "blocked"
    ACCOUNT_CONTROL = "account_control"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The index of the column for each role, with the reasons.

    Some columns contain codes, such as ``t`` and ``f``; ``codes`` maps the roles of these columns to the code system.
    ``notes`` are sentences about uncertain choices. ``address_columns`` are the columns that may contain addresses,
    each with the reason why the job reads or ignores the column.
    """

    columns: Mapping[str, int]
    notes: tuple[str, ...] = ()
    address_columns: tuple[AddressColumn, ...] = ()
    codes: Mapping[str, CodeSystem] = field(default_factory=dict)


def choose_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, email_column: str | None
) -> Mapping[str, int]:
    """Return the index of the column for each role that the job finds; ``Role.EMAIL`` is always among the roles.

    ``rows`` are the first records after the header. ``email_column`` is the name, letter or number of the column of
    addresses; with ``None``, the job chooses the column. Raises ``Unreadable`` if it is unclear which column contains
    the addresses.
    """
    return column_choice(header, rows, email_column=email_column).columns


def column_choice(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    email_column: str | None,
    labels: Sequence[str] = (),
    options: ColumnOptions = NO_OPTIONS,
) -> ColumnChoice:
    """Return the columns by role, with the reasons; ``Role.EMAIL`` is always among the roles.

    ``rows`` are the first records after the header. ``labels`` is a second row of names, or empty. ``email_column`` is
    the name, letter or number of the column of addresses; with ``None``, the job chooses the column. ``options`` names
    the columns for other roles.

    Raises ``Unreadable`` for a report of this job, or if the header lacks a column that the user named. Also raises
    ``Unreadable`` if it is unclear which column contains the addresses, or whether a column says who has left. The
    error names these columns.
    """
    if REPORTED.issubset(header):
        raise Unreadable("this is a report of onboard and no export; name the exports that it reports on")
    corrections = correction_columns(header, wanted=email_column)
    if corrections is not None:  # an earlier run has applied policy to these people
        found = dict(zip((Role.EMAIL, Role.EMAIL_BEFORE), corrections, strict=True))
        answers = {Role(name): index for name, index in answer_columns(header).items()}
        return ColumnChoice(_by_name(found | answers | _about_the_person(header, rows, taken=found.values())))
    first = FirstRows(header, rows, _people(header, rows), labels)
    choice = _addresses(first, email_column)
    found = _by_role(choice)
    found |= _about_the_person(header, rows, taken=found.values())
    found = _as_named(header, found, options)
    beside = _type_beside(header, choice.email)
    taken = {*found.values(), *beside.values()}
    addresses = {column.index for column in choice.considered}
    by_policy = policy_choice(PolicyTable(header, rows, taken, options, addresses=addresses))
    columns = {**_by_name(found), **by_policy.columns, **_by_name(beside)}
    return ColumnChoice(columns, (*choice.notes, *by_policy.notes), choice.considered, by_policy.codes)


def _by_name(columns: Mapping[Role, int]) -> dict[str, int]:
    return dict(columns.items())


def _as_named(header: Sequence[str], found: Mapping[Role, int], options: ColumnOptions) -> dict[Role, int]:
    """Return the columns by role. ``found`` are the columns that the job found.

    If the user named a column of ids or names in ``options``, this column replaces the column that the job found.
    Raises ``Unreadable`` if the user named columns for a role, and the header contains none of these columns.
    """
    columns = dict(found)
    if options.employee_id:
        columns[Role.EMPLOYEE_ID] = columns_named(header, options.employee_id, flag="--id-column")[0]
    if options.name:
        named = columns_named(header, options.name, flag="--name-column")
        columns = {role: index for role, index in columns.items() if role not in _NAME_ROLES}
        columns |= zip(_NAME_ROLES[1:] if len(named) > 1 else _NAME_ROLES, named, strict=False)
    return columns


def choose_list_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping[Role, int]:
    """Return the indices of the columns of addresses and of employee ids in a list of people, by role.

    A column that the list lacks is left out. ``header`` contains the names of the columns, and ``rows`` are the first
    records. Raises ``Unreadable`` if several columns may contain the addresses.
    """
    first = FirstRows(header, rows)
    found: dict[Role, int] = {}
    columns = consider_columns(first)
    holding = [column for column in columns if column.holds_addresses]
    if len(holding) == 1 and holding[0].claim is not NameClaim.NOT_THEIRS:
        found[Role.EMAIL] = holding[0].index  # a list may contain a person twice
    elif holding or any(column.claim >= NameClaim.MAIL for column in columns):
        try:
            found[Role.EMAIL] = choose_addresses(first).email
        except Unreadable as error:
            raise Unreadable("which of its columns holds the addresses is not clear; leave one of them") from error
    about = _about_the_person(header, rows, taken=found.values())
    return found | {role: index for role, index in about.items() if role is Role.EMPLOYEE_ID}


def _addresses(first: FirstRows, email_column: str | None) -> AddressChoice:
    if email_column is None:
        return choose_addresses(first)
    return choice_of_named(first, find_named_column(first.header, email_column, flag=EMAIL_FLAG))


def _by_role(choice: AddressChoice) -> dict[Role, int]:
    roles = {
        Role.EMAIL: choice.email,
        Role.EMAIL_FALLBACK: choice.fallback,
        Role.EMAIL_AGAIN: choice.again,
    }
    return {role: index for role, index in roles.items() if index is not None}


def _people(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the cells of the columns that tell people apart: a list of the ids, and a list of the whole names."""
    about = _about_the_person(header, rows, taken=())
    names = [about[role] for role in (Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME) if role in about]
    groups = [[index] for role, index in about.items() if role is Role.EMPLOYEE_ID] + ([names] if names else [])
    return [
        [" ".join(row[index].strip(BLANK) for index in group if index < len(row)).strip() for row in rows]
        for group in groups
    ]


_NAME_ROLES = (Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME)


def _type_beside(header: Sequence[str], email: int) -> dict[Role, int]:
    """Return the column with the type of each address, such as ``Home``, as in exports of Google and Outlook.

    ``E-mail 1 - Label`` belongs to ``E-mail 1 - Value``, ``E-mail 2 Type`` to ``E-mail 2 Address``, and ``Email Label``
    to ``Email``.
    """
    words = plain_words(header[email]).split()
    stem = [word for word in words if word not in ("value", "address")]
    is_numbered = "value" in words or any(map(str.isdigit, words))
    types = ([*stem, "label"], [*stem, "type"]) if is_numbered else ([*stem, "label"],)
    found = [at for at, name in enumerate(header) if plain_words(name).split() in types]
    return {Role.ADDRESS_TYPE: found[0]} if found else {}


def _about_the_person(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, taken: Collection[int]
) -> dict[Role, int]:
    """Return the column of the employee id, and the column or the two columns of the name, by role.

    ``rows`` are the first records, and ``taken`` are the columns of other roles.
    """
    names = {compact_name(name): index for index, name in reversed(list(enumerate(header))) if index not in taken}
    ids = (names[name] for name in NAMES["employee_id"] if name in names)
    employee_id = next((index for index in ids if _may_be_ids(rows, index)), None)
    wanted = {Role.EMPLOYEE_ID: employee_id, **_name_columns(names)}
    return {role: index for role, index in wanted.items() if index is not None}


def _name_columns(names: Mapping[str, int]) -> dict[Role, int | None]:
    given, family = _first(names, NAMES["given_name"]), _first(names, NAMES["family_name"])
    full = _first(names, NAMES["full_name"])
    has_both_parts = given is not None and family is not None
    if full is None or (has_both_parts and full in (given, family)):
        return {Role.GIVEN_NAME: given, Role.FAMILY_NAME: family}
    return {Role.NAME: full}


def _may_be_ids(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Say whether a column may contain employee ids: on average, at most ``ROWS_A_PERSON`` rows share an id."""
    if len(rows) < FEW_IDS:
        return True
    cells = pa.array([row[index] for row in rows if index < len(row)], pa.string())
    ids = list(filter(None, employee_keys(cells).to_pylist()))
    return len(ids) < FEW_IDS or len(set(ids)) * ROWS_A_PERSON >= len(ids)


def _first(names: Mapping[str, int], known: Sequence[str]) -> int | None:
    return next((names[name] for name in known if name in names), None)
