"""An export is unchanged if each run of the last nights has read the same bytes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledgers import NOW, run

from onboarding.model.run import GuardFigures
from onboarding.model.unchanged import UnchangedExport, unchanged_exports

STAFF = {"source": "staff.csv", "sha256": "aa", "rows": 7, "columns": {}}
THIS = replace(run("tonight"), settings={"exports": ["staff.csv"]})


def night(days_ago, sha256="aa", **changes):
    """Return a run of an earlier night."""
    facts = {**STAFF, "sha256": sha256}
    began = NOW - timedelta(days=days_ago)
    return replace(THIS, run_id=f"night {days_ago}", started_at=began, inputs=(facts,), **changes)


def found(*nights, inputs=(STAFF,), most=3, guard="") -> list[UnchangedExport]:
    return list(unchanged_exports(inputs, nights, THIS, nights=most, guard=guard))


def day(days_ago) -> str:
    return (NOW - timedelta(days=days_ago)).astimezone().date().isoformat()


def test_export_is_unchanged_after_as_many_nights_as_the_operator_says():
    nights = [night(1), night(2), night(3), night(4)]

    assert found(*nights[:2]) == []
    assert found(*nights[:3]) == [UnchangedExport("staff.csv", 3, day(3), is_news=True)]
    assert found(*nights) == [UnchangedExport("staff.csv", 4, day(4), is_news=False)]


def test_several_runs_of_one_day_count_once():
    """An operator who runs again and again is not told that the feed is dead."""
    assert found(night(0), night(1), night(1), night(1), night(2)) == []


def test_other_bytes_begin_a_new_count():
    assert found(night(1), night(2), night(3, "bb"), night(4), night(5)) == []


def test_night_that_an_operator_confirmed_begins_a_new_count_for_the_guard():
    """But the export has been the same for all these nights. A night that the guard stopped begins no count."""
    stopped, confirmed = (replace(night(ago), guards=GuardFigures(hits=("same_bytes",))) for ago in (5, 4))
    nights = [night(1), night(2), night(3), replace(confirmed, exit_code=0), replace(stopped, exit_code=5), night(6)]

    assert found(*nights[2:], guard="same_bytes") == []
    assert [export.nights for export in found(*nights[1:], guard="same_bytes")] == [5]
    assert [export.nights for export in found(*nights[2:])] == [4]


@pytest.mark.parametrize(
    "other",
    [
        {"command": "plan"},
        {"settings": {"exports": ["contractors.csv"]}, "inputs": ({**STAFF, "source": "contractors.csv"},)},
        {"inputs": None},
    ],
    ids=["plan", "other exports", "refused"],
)
def test_runs_that_say_nothing_about_the_feed_do_not_count(other):
    between = replace(night(1, "bb"), **other)

    assert [export.nights for export in found(between, night(1), night(2), night(3))] == [3]


def test_export_counts_under_the_name_of_each_night():
    """Exports with a date in their names are unchanged, too."""
    dated = [replace(night(ago), settings={"exports": [f"staff-2026-11-{20 - ago}.csv"]}) for ago in (1, 2, 3)]
    tonight = replace(THIS, settings={"exports": ["staff-2026-11-20.csv"]})

    (unchanged,) = unchanged_exports([{**STAFF, "source": "staff-2026-11-20.csv"}], dated, tonight, nights=3)

    assert unchanged.source == "staff-2026-11-20.csv"


@pytest.mark.parametrize(
    "facts",
    [{"rows": 0}, {"sha256": None}, {"columns": {"email_before": "Address in the export"}}],
    ids=["no rows", "not read", "corrections"],
)
def test_files_that_may_stay_as_they_are_do_not_count(facts):
    assert found(night(1), night(2), night(3), inputs=[STAFF | facts]) == []


def test_zero_nights_turn_it_off():
    assert found(night(1), night(2), most=0) == []
