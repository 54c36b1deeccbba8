"""Read the exclusion lists, and find the entries of the lists that matched no row of the exports.

An entry that matched no row may contain a mistake. If so, the run invites the person whom the entry means.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import normalise, respelled_keys
from onboarding.exports import read_lists
from onboarding.model.columns import Mask, as_array, as_mask
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import InputRefused
from onboarding.model.plan import ExclusionFigures
from onboarding.model.rows import TEXT, keys_of_employees
from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_PLACES = 5
"""The most entries without a match whose places the reports name."""

_PLACE = ["source", "sheet", "row"]
_ENTRY = [*_PLACE, "key", "employee_id"]


def _no_text() -> pa.Array:
    return pa.array([], pa.string())


@dataclass(frozen=True, slots=True, eq=False)
class ListedPlaces:
    """The places of the entries of the exclusion lists: for each key, the file and the row of its first entry."""

    keys: pa.Array = field(default_factory=_no_text, repr=False)
    places: pa.Array = field(default_factory=_no_text, repr=False)

    def details(self, keys: pa.Array) -> pa.Array:
        """Return a detail for each key: the list and the row of the key's entry, if they are known."""
        places = pc.take(self.places, pc.index_in(keys, self.keys))
        return pc.fill_null(pc.binary_join_element_wise("Listed in ", places, ".", ""), "On the exclusion list.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """The people who must not be invited, by the keys of their addresses or of their employee ids.

    ``spellings`` has the spelling (``addresses.spellings``) of each address key that differs from its spelling.
    ``key_places`` and ``employee_places`` have the places of the entries.
    """

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    spellings: frozenset[str] = field(default=frozenset(), repr=False)
    employee_ids: frozenset[str] = field(default=frozenset(), repr=False)
    key_places: ListedPlaces = field(default_factory=ListedPlaces, repr=False)
    employee_places: ListedPlaces = field(default_factory=ListedPlaces, repr=False)

    def in_another_spelling(self, keys: pa.Array) -> Mask:
        """Return a mask of the address keys that may be another spelling of a listed key."""
        is_odd, spellings = respelled_keys(keys)
        where = as_mask(pc.is_in(keys, pa.array(self.spellings, pa.string()))).copy()
        where[is_odd] = [spelling in self.keys or spelling in self.spellings for spelling in spellings]
        return where

    def with_other_zeros(self, ids: pa.Array) -> Mask:
        """Return a mask of the employee keys that differ from a listed id only in zeros at the start.

        A spreadsheet may have removed the zeros from the export or from the list.
        """
        listed = _without_zeros(pa.array(self.employee_ids, pa.string()))
        where: Mask = as_mask(pc.is_in(_without_zeros(ids), listed.drop_null()))
        return where & ~as_mask(pc.is_in(ids, pa.array(self.employee_ids, pa.string())))


@dataclass(slots=True)
class ExclusionLists:
    """The exclusion lists of a run, and their entries that have matched a row so far.

    ``listed`` is None if the run has no lists. Otherwise it has a row for each entry. Its columns are ``source``,
    ``sheet``, ``row``, ``key`` and ``employee_id``. ``key`` has the key of the address, and ``employee_id`` has the key
    of the id. If a list is a report of this program, an entry may have several rows, since a report can be read in two
    ways.
    """

    exclusions: Exclusions = field(default_factory=Exclusions)
    listed: pd.DataFrame | None = field(default=None, repr=False)
    _found: dict[str, set[str]] = field(default_factory=lambda: {"key": set(), "employee_id": set()}, repr=False)

    @classmethod
    def read(cls, locations: Sequence[str], *, s3: "Callable[[], S3Client]") -> Self:
        """Read the addresses and employee ids in the files at the given locations.

        Raises ``InputRefused`` if a file cannot be read, or if an entry has an address that cannot be used. Without
        this error, the run would invite the person whom the entry means.
        """
        if not locations:
            return cls()
        found = []
        for frame in read_lists(locations, s3=s3):
            listed = normalise(frame)
            unusable = listed["disposition"].isin([Disposition.REJECTED, Disposition.HELD])
            bad = listed[unusable & (listed["reason"] != Reason.MISSING)]
            if len(bad):
                place = place_of(bad.iloc[0])
                raise InputRefused(f"{place}: no usable address; mend or delete it, or the person it means is invited")
            listed = listed.assign(employee_id=keys_of_employees(listed))
            found.append(listed.loc[(listed["key"] != "") | (listed["employee_id"] != ""), _ENTRY])
        entries = pd.concat(found, ignore_index=True) if found else pd.DataFrame({name: [] for name in _ENTRY})
        keys, employee_ids = (frozenset(entries[name]) - {""} for name in ("key", "employee_id"))
        _, spellings = respelled_keys(pa.array(keys, pa.string()))
        exclusions = Exclusions(
            keys=keys,
            spellings=frozenset(spellings),
            employee_ids=employee_ids,
            key_places=_places(entries, "key"),
            employee_places=_places(entries, "employee_id"),
        )
        return cls(exclusions, entries)

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Record the entries that match the rows of frames, and yield the frames unchanged.

        Frames have the columns of ``rows.AS_READ``, and also ``key``. The method compares all rows, even rows that are
        already decided.
        """
        for frame in rows:
            if self.exclusions.keys:
                self._note("key", as_array(frame["key"]), self.exclusions.keys)
            if self.exclusions.employee_ids:
                keys = employee_keys(as_array(frame["employee_id"]))
                self._note("employee_id", keys, self.exclusions.employee_ids)
            yield frame

    def figures(self) -> ExclusionFigures | None:
        """Return the numbers of all entries and of unmatched entries, or None if the run has no lists.

        Call this method after the last row.
        """
        listed = self.listed
        if listed is None:
            return None
        matched = listed["key"].isin(self._found["key"]) | listed["employee_id"].isin(self._found["employee_id"])
        entries = matched.groupby([listed[name] for name in _PLACE], sort=False).any()
        places = entries[~entries].index[:MOST_PLACES].to_frame()
        named = tuple(place_of(place) for _, place in places.iterrows())
        return ExclusionFigures(len(entries), int((~entries).sum()), named)

    def _note(self, column: str, values: pa.Array, listed: frozenset[str]) -> None:
        hits = values.filter(pc.is_in(values, pa.array(listed, pa.string())))
        self._found[column].update(hits.unique().to_pylist())


def _without_zeros(ids: pa.Array) -> pa.Array:
    """Return ids without zeros at the start. An id that is no number becomes null."""
    return pc.if_else(pc.ascii_is_decimal(ids), pc.ascii_ltrim(ids, "0"), None)


def _places(entries: pd.DataFrame, column: str) -> ListedPlaces:
    """Return the place of the first entry for each key in a column of entries."""
    first = entries[entries[column] != ""].drop_duplicates(column)
    if first.empty:
        return ListedPlaces()
    sheets = ('sheet "' + first["sheet"] + '": ').where(first["sheet"] != "", "")
    places = first["source"] + ": " + sheets + "row " + first["row"].astype("int64[pyarrow]").astype(TEXT)
    return ListedPlaces(as_array(first[column]), as_array(places))


def place_of(row: pd.Series) -> str:
    """Return the file, the sheet and the number of a row, for a message."""
    sheet = f'sheet "{row["sheet"]}": ' if row["sheet"] else ""
    return f"{row['source']}: {sheet}row {row['row']}"
