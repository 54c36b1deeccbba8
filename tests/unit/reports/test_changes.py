"""Dispositions of people are compared with those of an earlier run."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import decided

from onboarding.model.changes import NEW, DispositionChange
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.plan import Scope
from onboarding.model.run import Run
from onboarding.pipeline.report_lines import context_of
from onboarding.reports import reconcile
from onboarding.reports.changes import EarlierRun

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RUN = Run(run_id="r2", scope=Scope("chime", "a"), command="run", version="1", started_at=NOW)


def lines(people: dict[str, str], **ids: str) -> pd.DataFrame:
    """Return lines of a report: dispositions by address, and employee ids by the part before the @."""
    frame = decided(list(people), employee_id=[ids.get(address.split("@")[0], "") for address in people])
    frame["disposition"] = text_array(list(people.values()))
    return reconcile(frame, pd.DataFrame(), context_of(RUN, rest=Disposition.DEFERRED, decided_at=NOW))


def compared(before: pd.DataFrame, now: pd.DataFrame):
    """Return the earlier disposition on each of the later lines, and all changes."""
    earlier = EarlierRun("r1")
    earlier.note(before)
    compared_lines = earlier.compare(now)
    return compared_lines["before"].tolist(), earlier.changes()


def test_only_changed_dispositions_are_marked():
    marked, changes = compared(
        lines({"ada@example.com": "held", "bob@example.com": "failed"}),
        lines({"ada@example.com": "invited", "bob@example.com": "failed"}),
    )

    assert marked == ["held", ""]
    assert changes.moves == (DispositionChange("held", "invited", 1),)
    assert (changes.since, changes.gone) == ("r1", 0)


def test_change_from_invited_to_already_is_not_reported():
    marked, _ = compared(lines({"ada@example.com": "invited"}), lines({"ada@example.com": "already"}))

    assert marked == [""]


def test_new_people_are_marked_and_people_who_left_are_counted():
    marked, changes = compared(lines({"ada@example.com": "already"}), lines({"bob@example.com": "invited"}))

    assert marked == [NEW]
    assert changes.gone == 1


def test_employee_whose_address_was_corrected_is_the_same_person():
    before = lines({"ada@exmaple.com": "held"}, ada="E7")

    marked, changes = compared(before, lines({"ada@example.com": "invited"}, ada="e7 "))

    assert marked == ["held"]
    assert changes.gone == 0


@pytest.mark.parametrize("spelling", SPELLINGS_OF_AN_ID)
def test_all_spellings_of_an_id_are_one_employee(spelling):
    before = lines({"ada@exmaple.com": "held"}, ada="Äb7")

    marked, _ = compared(before, lines({"ada@example.com": "invited"}, ada=spelling))

    assert marked == ["held"]


def test_rows_that_are_not_people_are_left_out():
    marked, changes = compared(
        lines({"ada@example.com": "duplicate"}), lines({"ada@example.com": "ignored", "bob@example.com": "duplicate"})
    )

    assert marked == ["", ""]
    assert (changes.moves, changes.gone) == ((), 0)


def test_id_is_never_taken_for_an_address():
    before = lines({"x@example.com": "held"}, x="ada@example.com")

    marked, _ = compared(before, lines({"ada@example.com": "invited"}))

    assert marked == [NEW]
