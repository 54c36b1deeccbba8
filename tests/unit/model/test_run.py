"""The names of exports without what differs from day to day, and the choice of a run with the same exports."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from onboarding.model.plan import Scope
from onboarding.model.run import Run, have_same_exports, latest_of_same_exports, without_dates


def run(run_id, *exports):
    """Return a run of these exports."""
    began = datetime(2026, 3, 1, tzinfo=UTC)
    settings = {"exports": list(exports)}
    return Run(
        run_id=run_id, scope=Scope("chime", "a"), command="run", version="1", started_at=began, settings=settings
    )


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        ("hr/staff-2026-11-29.csv", "hr/staff-2026-11-30.csv"),
        ("staff_20261129.csv", "staff_20261201.csv"),
        ("staff_20261129T220005Z.csv", "staff_20261130T220107Z.csv"),
        ("staff 2026-11-29 22.05.csv", "staff 2026-11-30 22.07.csv"),
        ("staff_29.11.2026.xlsx", "staff_01.12.2026.xlsx"),
        ("s3://hr/dt=2026-11-29/part-0-0f0e5c1a-1111-4222-8333-aabbccddeeff.csv",
         "s3://hr/dt=2026-11-30/part-0-11fe5c1a-1234-4222-9333-aabbccdd0011.csv"),
        ("export-1764453600.csv", "export-1764540000.csv"),
        ("staff-2026-11.csv", "staff-2026-12.csv"),
    ],
)  # fmt: skip
def test_export_of_each_day_has_one_name(today, tomorrow):
    assert without_dates(today) == without_dates(tomorrow) != today


@pytest.mark.parametrize("name", ["site2.csv", "people.csv", "plant-0123.csv", "a1/b2.csv"])
def test_numbers_that_tell_exports_apart_stay(name):
    assert without_dates(name) == name


def test_run_of_the_same_exports_on_another_day_is_found():
    runs = [run("other", "interns.csv"), run("yesterday", "staff-2026-11-28.csv")]

    assert latest_of_same_exports(runs, run("tonight", "staff-2026-11-29.csv")).run_id == "yesterday"
    assert latest_of_same_exports(runs, run("tonight", "new.csv")).run_id == "other"


def test_folder_and_the_names_of_its_files_are_the_same_exports():
    files = [{"source": "hr/berlin-2026-11-29.csv"}, {"source": "hr/oslo.csv"}, {"source": "carried over from run r9"}]
    later = [{"source": "hr/oslo.csv"}, {"source": "hr/berlin-2026-11-30.csv"}]
    folder, fewer = (replace(run(name, "hr"), inputs=tuple(read)) for name, read in (("r1", files), ("r2", later[:1])))
    named = replace(run("r3", "hr/berlin-2026-11-30.csv", "hr/oslo.csv"), inputs=tuple(later))

    assert have_same_exports(folder, named)
    assert not have_same_exports(fewer, named)
    assert latest_of_same_exports([fewer, folder], named) is folder
    assert not have_same_exports(run("r4", "a.csv"), run("r5", "b.csv"))
