"""News: new rows that a person must correct, old rows that earlier runs have reported, and people who are gone.

Two runs have the same row if its disposition, its reason, its person and its address are the same. The row number may
differ, since rows move. The employee id identifies a person. If the row has no id, the address identifies the person.
If the row has no usable address either, the content of the address cell and the name identify the person.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.ledger import Ledger
from onboarding.model.columns import Mask, as_array, as_mask
from onboarding.model.dispositions import TO_CORRECT, Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import OnboardingError
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.hr_answers import LEFT_EMPTY
from onboarding.model.news import NEW_COLUMN, EarlierRows, Hashes, News, OpenRows, are_among, merged
from onboarding.model.run import Run
from onboarding.pipeline.record import open_ledger
from onboarding.reports import Summary
from onboarding.runtime.logs import get_logger
from onboarding.settings.settings import Settings

log = get_logger()

_LEFT_EMPTY = pa.array(sorted(LEFT_EMPTY), pa.string())

_BY_RULES = pa.array([Reason.NOT_SELECTED, Reason.SKIPPED_BY_RULE], pa.string())

_COMPARED = ["employee_id", "name", "email_as_given", "disposition", "reason", "detail"]

_BETWEEN = "\n"
"""The sign between the parts of a text to hash. An employee id begins with a tab, so that it is never an address."""


class NewsCounter:
    """Mark the new rows among the lines of a run's report, and count the news.

    ``earlier`` are the rows that earlier runs have reported. ``seed`` is made from the ledger's secret, and is the same
    in each run.
    """

    def __init__(self, earlier: EarlierRows, seed: Seed) -> None:
        self._earlier = earlier
        self._seed = seed.short
        self._rows: dict[Disposition, list[Hashes]] = {disposition: [] for disposition in TO_CORRECT}
        self._people: dict[Disposition, list[Hashes]] = {disposition: [] for disposition in TO_CORRECT}
        self._new: Counter[Disposition] = Counter()
        self._old: Counter[Disposition] = Counter()
        self._nameless: Counter[str] = Counter()
        self._outside: list[Hashes] = []
        """The people whom the rules of --only and --skip leave out. Their rows are neither corrected nor gone."""

    def mark(self, lines: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
        """Return lines of the report with the column ``NEW_COLUMN``, and count the rows to correct.

        ``keys`` are the address keys of the lines. If the lines have no row to correct, return the lines unchanged.
        """
        dispositions = as_array(lines["disposition"]).dictionary_encode()
        self._note_people_outside(lines, keys)
        is_open = _is_among(dispositions, TO_CORRECT)
        if not is_open.any():
            return lines
        to_correct = {name: _texts(lines[name], is_open) for name in _COMPARED}
        rows, people = self._hashes(to_correct, _texts(keys, is_open))
        # A row that HR has left empty in a workbook was reported by the run that wrote the workbook.
        is_left_empty = as_mask(pc.is_in(to_correct["detail"], _LEFT_EMPTY))
        is_new = ~are_among(rows, self._earlier.rows) & ~is_left_empty
        of_each = dispositions.filter(pa.array(is_open))
        for disposition in TO_CORRECT:
            here = _is_among(of_each, (disposition,))
            self._rows[disposition].append(np.unique(rows[here]))
            self._people[disposition].append(np.unique(people[here]))
            self._new[disposition] += int((is_new & here).sum())
            self._old[disposition] += int((~is_new & here).sum())
        marks = np.zeros(len(lines), np.bool_)
        marks[is_open] = is_new
        return lines.assign(**{NEW_COLUMN: marks})

    def _note_people_outside(self, lines: pd.DataFrame, keys: pd.Series) -> None:
        """Remember the people whom a rule leaves out, if the last run has reported any rows."""
        if not any(map(len, self._earlier.last.values())):
            return
        is_outside = as_mask(pc.is_in(as_array(lines["reason"]), _BY_RULES))
        if is_outside.any():
            texts = {name: _texts(lines[name], is_outside) for name in _COMPARED}
            self._outside.append(np.unique(self._hashes(texts, _texts(keys, is_outside))[1]))

    def rows(self) -> dict[Disposition, OpenRows]:
        """Return the hashes of all rows to correct, by disposition. Each disposition to correct has an entry."""
        return {each: OpenRows(merged(self._rows[each]), merged(self._people[each])) for each in TO_CORRECT}

    def news(self) -> News:
        """Return the news. Call this method after ``mark`` was called with all lines."""
        waiting = merged([hashes for of_each in self._people.values() for hashes in of_each] + self._outside)
        last = self._earlier.last.items()
        gone = {each: int((~are_among(people, waiting)).sum()) for each, people in last}
        return News(dict(+self._new), dict(+self._old), dict(+Counter(gone)))

    def _hashes(self, lines: Mapping[str, pa.Array], key: pa.Array) -> tuple[Hashes, Hashes]:
        """Return the hashes of the rows and of their people, in the order of the lines.

        ``lines`` has the columns ``_COMPARED`` of some lines, and ``key`` the address keys of these lines.
        """
        ids = employee_keys(lines["employee_id"])
        name, given = (pc.utf8_trim_whitespace(lines[each]) for each in ("name", "email_as_given"))
        kinds = pc.binary_join_element_wise(lines["disposition"], lines["reason"], _BETWEEN)
        address = pc.if_else(pc.equal(key, ""), given, key)
        person = pc.if_else(pc.equal(key, ""), pc.binary_join_element_wise(given, name, _BETWEEN), key)
        person = pc.if_else(pc.equal(ids, ""), person, pc.binary_join_element_wise("\t", ids, ""))
        person = self._told_apart(person, kinds)
        row = pc.binary_join_element_wise(kinds, person, address, _BETWEEN)
        return fingerprints(row, self._seed)[:, 0], fingerprints(person, self._seed)[:, 0]

    def _told_apart(self, person: pa.Array, kinds: pa.Array) -> pa.Array:
        """Return the texts that identify people. If nothing identifies a person, make a text for the row.

        This text has the row's disposition, its reason and a number. So if there is one row more than before, one row
        counts as new.
        """
        is_nameless = as_mask(pc.equal(person, _BETWEEN))
        if not is_nameless.any():
            return person
        texts = []
        for kind in kinds.filter(pa.array(is_nameless)).to_pylist():
            self._nameless[kind] += 1
            texts.append(f"{_BETWEEN}{kind}{_BETWEEN}{self._nameless[kind]}")
        return pc.replace_with_mask(person, pa.array(is_nameless), pa.array(texts, pa.string()))


def news_of(ledger: Ledger, run: Run, *, before: datetime | None = None) -> NewsCounter:
    """Return a counter that counts and marks the new rows of a run. A row is new if no earlier run has reported it.

    With ``before``, rows that were reported at or after this moment are new, too.
    """
    return NewsCounter(ledger.earlier_rows(run, before=before), Seed.of(ledger.secret, "rows to correct"))


def note_told(settings: Settings, summary: Summary, *, has_arrived: bool) -> None:
    """Record that notices have told people the news of a run, so that its rows are not new in later runs.

    ``has_arrived`` says whether all notices of the run have arrived. Otherwise, nothing is recorded. If the ledger
    cannot record this, the log gets a line, and the rows stay new: a row is better reported twice than never.
    """
    if summary.news is None or summary.command == "plan" or not has_arrived:
        return
    # A saved plan says itself whether it was a rehearsal, and a rehearsal has a ledger of its own.
    place = settings.model_copy(update={"sandbox": bool(summary.settings.get("sandbox"))})
    try:
        with open_ledger(place) as ledger:
            ledger.note_told(summary.run_id)
    except OnboardingError as error:
        log.warning("news.not_recorded", error=type(error).__name__)


def remember_news(ledger: Ledger, run: Run, news: NewsCounter) -> None:
    """Record the rows to correct that a run has reported. Record nothing for a plan: few people may see its report."""
    if run.command != "plan":
        ledger.remember_rows(run, news.rows())


def _is_among(column: pa.DictionaryArray, words: tuple[Disposition, ...]) -> Mask:
    """Return a mask of the rows whose disposition is in ``words``. ``column`` contains the dispositions."""
    found: Mask = np.array([word in words for word in column.dictionary.to_pylist()], np.bool_)[
        column.indices.to_numpy()
    ]
    return found


def _texts(column: pd.Series, rows: Mask) -> pa.Array:
    """Return the texts of the marked rows."""
    array = as_array(column).filter(pa.array(rows))
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
