"""Choose the columns of policy, which decide who is invited: status, employment dates, types, directory switches.

The module ``column_roles`` chooses the columns of addresses, ids and names. The job reads all columns of a role, and
calls them ``status``, ``status 2``, and so on.

The job reads a column with an unmistakable name even if the words in its cells are unknown; the job then holds the rows
for a person. The job reads a column with an ambiguous name only if the cells fit. For example, ``Estado`` may also be a
federal state, so at least one cell must be a known status. ``Type`` may be a type of address, user or employment, so at
least half of the filled cells must be known words for one of these types. The module ``unnamed_policy`` asks the user
about other columns.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from onboarding.exports.layout.column_names import compact_name
from onboarding.exports.layout.named_columns import columns_called, find_named_column, listed_columns
from onboarding.exports.layout.policy_cells import ColumnCells, cells_of
from onboarding.exports.layout.policy_names import POLICY_NAMES, PolicyWord, policy_words
from onboarding.exports.tables import Unreadable
from onboarding.exports.words.codes import CodeSystem, NameOfCodes, code_system
from onboarding.exports.words.meanings import WordKind, own_meanings
from onboarding.model.choices import ColumnOptions
from onboarding.model.values import dataclass

STATUS, STARTS_ON, ENDS_ON, BLOCKED = "status", "starts_on", "ends_on", "blocked"
ADDRESS_TYPE, ACCOUNT_CONTROL = "address_type", "account_control"

SAP_KEY = "stat2"
"""The compact name of SAP's field for the status of an employment."""

SURE = ("employment_type", STARTS_ON, ENDS_ON, ADDRESS_TYPE, "user_type", "enabled", BLOCKED)
"""The roles that a known name of a column proves, whatever the cells contain."""

FLAGS = {STATUS: "--status-column", STARTS_ON: "--start-column", ENDS_ON: "--end-column"}
"""The options with which the user names the columns of a role."""

SAYS_WHO_LEFT = (STATUS, ENDS_ON, "enabled", BLOCKED, ACCOUNT_CONTROL)
"""The roles of columns that can say that a person left."""

TYPES = (WordKind.ADDRESS_TYPE, WordKind.USER_TYPE, WordKind.EMPLOYMENT_TYPE)
"""The possible kinds of words in a column called ``type``.

If the words of the column fit two kinds equally well, the job takes the earlier kind in this tuple.
"""

HALF = 0.5
"""The least share of known words or dates in a column with an ambiguous name, or in a further column of a role."""


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """The index of each chosen column of policy, and its code system if it contains codes.

    The keys of ``columns`` and ``codes`` are columns' names in a frame. ``notes`` are sentences about unsure choices.
    """

    columns: Mapping[str, int]
    codes: Mapping[str, CodeSystem]
    notes: tuple[str, ...] = ()


class PolicyTable:
    """The header and the first records of a table, in which the module looks for columns of policy.

    ``taken`` are the indices of the columns with another role. ``addresses`` are the indices of the columns that
    contain addresses.
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        taken: Collection[int],
        options: ColumnOptions,
        *,
        addresses: Collection[int] = (),
    ) -> None:
        self.header = header
        self.rows = rows
        self.options = options
        self.own = own_meanings(options.status_words)
        ignored = {at for name in options.ignored for at in _columns_named(header, name)}
        self.free = [at for at in range(len(header)) if at not in taken and at not in ignored]
        self.addresses = addresses
        self._cells: dict[int, ColumnCells] = {}

    def cells(self, index: int) -> ColumnCells:
        """Return the first cells of a column."""
        if index not in self._cells:
            self._cells[index] = cells_of(self.rows, index, self.own)
        return self._cells[index]

    @cached_property
    def named(self) -> Mapping[str, list[int]]:
        """The columns that the user named, by role. Raises ``Unreadable`` if none of a role's columns exists."""
        wanted = {STATUS: self.options.status, STARTS_ON: self.options.starts_on, ENDS_ON: self.options.ends_on}
        return {role: columns_named(self.header, names, flag=FLAGS[role]) for role, names in wanted.items() if names}

    def listed(self, *columns: int) -> str:
        """Return the names of some columns as a text for a message."""
        return listed_columns(self.header, columns)


def choose_policy(table: PolicyTable) -> tuple[Mapping[str, list[int]], tuple[str, ...]]:
    """Return the columns of policy by role, the best column first, and sentences about uncertain choices."""
    named = table.named
    spoken_for = {at for columns in named.values() for at in columns}
    found: dict[str, list[int]] = {}
    unsure: list[int] = []
    for index in table.free:
        if index in spoken_for or not (role := _Claim(table, index).role()):
            continue
        found.setdefault(role.name, []).append(index)
        unsure += [] if role.is_certain else [index]
    chosen = {role: _best(table, role, columns) for role, columns in found.items()} | dict(named)
    used = {at for columns in chosen.values() for at in columns}
    notes = [f"{table.listed(at)} was used, since its cells fit; its name is not known." for at in unsure if at in used]
    return {role: columns for role, columns in chosen.items() if columns}, tuple(notes)


def as_choice(table: PolicyTable, found: Mapping[str, list[int]], notes: Sequence[str]) -> PolicyChoice:
    """Return the columns in ``found``, each with its name in a frame and its code system."""
    columns = {
        role if number == 1 else f"{role} {number}": index
        for role, indices in found.items()
        for number, index in enumerate(indices, 1)
    }
    systems = {name: _codes(table, name, index) for name, index in columns.items()}
    codes = {name: system for name, system in systems.items() if system}
    return PolicyChoice(columns, codes, (*notes, *_about_codes(table, columns, codes)))


def _about_codes(table: PolicyTable, columns: Mapping[str, int], codes: Mapping[str, CodeSystem]) -> Iterator[str]:
    for name, system in codes.items():
        listed = table.listed(columns[name])
        if system is CodeSystem.UNCLEAR:
            yield f"The numbers of {listed} may mean anything, so their rows are held; list them in status_words."
        elif system in (CodeSystem.SAP, CodeSystem.TRUE_FALSE):
            yield f"The codes of {listed} are read as {system}."


def _codes(table: PolicyTable, name: str, index: int) -> CodeSystem | None:
    role = name.partition(" ")[0]
    if role not in (STATUS, ADDRESS_TYPE):
        return None
    cells = table.cells(index)
    codes = [cell for cell in cells.filled if not cells.is_own(cell)]
    return code_system(codes, WordKind(role), _name_of_codes(table.header[index]))


def _name_of_codes(name: str) -> NameOfCodes:
    compact = compact_name(name)
    if compact == SAP_KEY:
        return NameOfCodes.STAT2
    if compact in POLICY_NAMES["sap_status"]:
        return NameOfCodes.EMPLOYMENT
    is_question = compact in POLICY_NAMES["active"] or PolicyWord.ACTIVE in policy_words(name)
    return NameOfCodes.QUESTION if is_question else NameOfCodes.ANY


def _best(table: PolicyTable, role: str, columns: Sequence[int]) -> list[int]:
    """Return the columns whose cells fit the role, the best name first. If no column fits, return the first column."""
    order = (*POLICY_NAMES.get(role, ()), *(POLICY_NAMES["active"] if role == STATUS else ()))
    ranks = {name: rank for rank, name in enumerate(order)}
    by_name = sorted(columns, key=lambda at: ranks.get(compact_name(table.header[at]), len(order)))
    if role == ADDRESS_TYPE:
        return by_name[:1]
    fitting = [at for at in by_name if _fits(table, role, at)]
    return fitting or by_name[:1]


def _fits(table: PolicyTable, role: str, index: int) -> bool:
    cells = table.cells(index)
    if not cells.filled:
        return True
    if role == STATUS:
        return cells.known_share(WordKind.STATUS) >= HALF or _codes(table, role, index) is not None
    if role in (STARTS_ON, ENDS_ON):
        return cells.date_share(table.options.today) >= HALF
    return True


@dataclass(frozen=True, slots=True)
class _Role:
    """A possible role of a column. ``is_certain`` is true if the column's name alone proves the role."""

    name: str
    is_certain: bool = True


class _Claim:
    """The evidence for a column's role: its name and its cells."""

    def __init__(self, table: PolicyTable, index: int) -> None:
        self._compact = compact_name(table.header[index])
        self._words = policy_words(table.header[index])
        self._today = table.options.today
        self._cells = table.cells(index)

    def role(self) -> _Role | None:
        """Return the role of the column, or ``None`` if the column has nothing to do with policy."""
        return self._by_known_name() or (None if PolicyWord.OTHER in self._words else self._by_words())

    def _by_known_name(self) -> _Role | None:
        if self._compact == "useraccountcontrol":
            return _Role(ACCOUNT_CONTROL)
        if any(self._compact in POLICY_NAMES[kind] for kind in ("status", "active", "lifecycle")):
            return _Role(STATUS)
        for role in SURE:
            if self._compact in POLICY_NAMES[role]:
                return _Role(ENDS_ON if role == BLOCKED and self._has_dates() else role)
        return self._by_type()

    def _by_type(self) -> _Role | None:
        perhaps_address = self._compact in POLICY_NAMES["address_type_perhaps"]
        if not perhaps_address and self._compact not in POLICY_NAMES["type"]:
            return None
        kinds = TYPES[:1] if perhaps_address else TYPES
        best = max(kinds, key=self._cells.known_share)
        return _Role(best) if self._cells.filled and self._cells.known_share(best) >= HALF else None

    def _by_words(self) -> _Role | None:
        words = self._words
        if PolicyWord.STATUS in words or PolicyWord.PERHAPS_STATUS in words:
            return self._status()
        if PolicyWord.ACTIVE in words:
            return _Role(STATUS) if words <= {PolicyWord.ACTIVE, PolicyWord.GONE, PolicyWord.NEUTRAL} else None
        is_end = not words.isdisjoint((PolicyWord.END, PolicyWord.GONE))
        if is_end and PolicyWord.START not in words:
            return self._end()
        if PolicyWord.START in words and not is_end:
            is_sure = PolicyWord.DATE in words and self._is_clear
            return _Role(STARTS_ON, self._is_clear) if is_sure or self._has_dates() else None
        return None

    def _status(self) -> _Role | None:
        share = self._cells.known_share(WordKind.STATUS)
        if self._words <= {PolicyWord.STATUS, PolicyWord.PERHAPS_STATUS, PolicyWord.NEUTRAL}:
            is_sure = PolicyWord.STATUS in self._words or self._cells.telling_share() > 0 or share >= HALF
            return _Role(STATUS) if is_sure else None
        return _Role(STATUS, is_certain=False) if share >= HALF else None

    def _end(self) -> _Role | None:
        if not self._has_dates() and self._cells.filled and self._cells.known_share(WordKind.BLOCKED) >= HALF:
            return _Role(BLOCKED, self._is_clear) if self._cells.telling_share() < HALF else None
        if self._has_dates() or (PolicyWord.DATE in self._words and self._is_clear):
            return _Role(ENDS_ON, self._is_clear)
        if self._cells.filled:
            return None
        if PolicyWord.END in self._words or PolicyWord.DATE in self._words:
            return _Role(ENDS_ON)
        return _Role(BLOCKED) if self._is_clear else None

    @property
    def _is_clear(self) -> bool:
        return PolicyWord.UNKNOWN not in self._words

    def _has_dates(self) -> bool:
        return bool(self._cells.filled) and self._cells.date_share(self._today) >= HALF


def columns_named(header: Sequence[str], names: Sequence[str], *, flag: str) -> list[int]:
    """Return the indices of the columns that the user named with the option ``flag``, if they are in the header.

    One option may name columns of several exports, so each export needs only one of these columns. Raises
    ``Unreadable`` if the header contains none of these columns.
    """
    found = [at for name in names for at in _columns_named(header, name)]
    return list(dict.fromkeys(found)) or [find_named_column(header, names[0], flag=flag)]


def _columns_named(header: Sequence[str], wanted: str) -> Iterable[int]:
    """Return the indices of the columns with this name, letter or number. The list is empty if no column fits."""
    if called := columns_called(header, wanted):
        return called
    try:
        return [find_named_column(header, wanted, flag="")]
    except Unreadable:
        return []
