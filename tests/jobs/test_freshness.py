"""Nights on which an export is old, or has the same bytes as on earlier nights."""

import json
import os
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from buckets import REGION, new_bucket, serve_s3
from workspace import account_flags


def pass_a_day(workspace) -> None:
    """Make all runs in the ledger a day older."""
    ledger = sqlite3.connect(workspace.folder / "state" / "onboarding" / "ledger.sqlite3")
    with ledger:
        for run_id, started_at in ledger.execute("SELECT run_id, started_at FROM runs").fetchall():
            earlier = (datetime.fromisoformat(started_at) - timedelta(days=1)).isoformat(timespec="microseconds")
            ledger.execute("UPDATE runs SET started_at = ? WHERE run_id = ?", (earlier, run_id))
    ledger.close()


def grow_old(workspace, name, *, hours) -> None:
    """Make a file look as if it was last written so many hours ago."""
    moment = time.time() - 3600 * hours
    os.utime(workspace.folder / name, (moment, moment))


@pytest.fixture
def night(workspace, sandbox, receiver):
    """Return a function that runs the nightly job with a few more settings."""

    def run(*lines):
        settings = [
            'exports = "staff.csv"',
            'account_id = "sandbox-team"',
            f'endpoint_url = "{sandbox.url}"',
            f'notify = "{receiver.url}/hook"',
            'notify_when = "needed"',
        ]
        return workspace.onboard("nightly", workspace.write("nightly.toml", "\n".join([*settings, *lines])))

    return run


@pytest.mark.soak
def test_feed_that_dies_is_told_once_and_stops_the_nights_in_the_end(workspace, night, receiver):
    """0 in silence, 0 with a warning, 5 with one line, then 0 if confirmed, 0 in silence, and 0 with a living feed.

    The lines at night name the export, and notices count the exports.
    """
    workspace.export(3, "staff.csv")
    settings = ("same_bytes_warning = 1", "max_same_bytes = 2")

    nights, pages = [], []
    for confirm in ([], [], [], ["confirm = 0"], []):
        nights.append(night(*settings, *confirm))
        pages.append((workspace.runs()[-1] / "report.html").read_text(encoding="utf-8"))
        if len(nights) != 3:  # the operator confirms in the morning after the same night
            pass_a_day(workspace)
    unchanged = workspace.summary()["unchanged"]
    workspace.export(4, "staff.csv")
    corrected = night(*settings)

    assert [done.code for done in (*nights, corrected)] == [0, 0, 5, 0, 0, 0]
    assert [bool(done.out) for done in (*nights, corrected)] == [False, True, True, True, False, False]
    assert "staff.csv has had the same bytes for 1 night, since 2" in nights[1].err
    assert [("the same bytes" in page) for page in pages] == [False, True, True, True, True]
    assert "staff.csv has had the same bytes for 2 nights, since 2" in nights[2].out
    said = "staff.csv has had the same bytes for 2 nights, since 2"
    assert "Stopped, nothing sent: " in nights[2].err
    assert said in nights[2].err
    assert said in pages[2]
    assert (Path(unchanged[0]["source"]).name, unchanged[0]["nights"]) == ("staff.csv", 3)
    warning, stop, _ = (json.loads(body) for _, body in receiver.got)
    assert (warning["exit_code"], stop["exit_code"]) == (0, 5)
    assert (
        "1 export has had the same bytes for 1 night: see that the job in the HR system writes it again."
        in warning["text"]
    )
    assert "1 export has had the same bytes for 2 nights." in stop["text"]
    assert all(b"staff.csv" not in body for _, body in receiver.got)
    assert workspace.summary()["counts"] == {"already": 3, "invited": 1}


def test_old_export_is_refused_and_on_record(workspace, night, receiver):
    """4: with its name and age, before anything is sent. The night after the file was written, all are invited."""
    workspace.export(3, "staff.csv")
    grow_old(workspace, "staff.csv", hours=41)
    limit = 'max_export_age = "36h"'

    old = night(limit)
    checked = workspace.onboard("check", "--config", "nightly.toml")
    listed = workspace.onboard("runs", "--json").out
    grow_old(workspace, "staff.csv", hours=35)
    fresh = night(limit)

    assert (old.code, fresh.code) == (4, 0)
    assert "/staff.csv: last written at 2" in old.err
    assert "which is 41 h 00 min ago, and --max-export-age is 36h; see that the job in the HR system" in old.err
    assert "staff.csv: last written at" in checked.out
    assert [run["exit_code"] for run in json.loads(listed)["runs"]] == [4]
    notice = json.loads(receiver.got[0][1])
    assert (notice["exit_code"], "staff.csv" in notice["text"]) == (4, False)
    assert "An export was last written 41 h 00 min ago, and --max-export-age is 36h; see that the job" in notice["text"]
    assert workspace.summary()["counts"] == {"invited": 3}
    assert workspace.summary()["inputs"][0]["modified_at"].endswith("+00:00")


@pytest.mark.parametrize("limit", ["0s", "soon", "staff.csv=", "=36"])
def test_age_that_nobody_can_mean_is_refused(workspace, limit):
    done = workspace.onboard("run", workspace.export(1), "--sandbox", "--max-export-age", limit)

    assert done.code == 2
    assert done.err.startswith("onboard: --max-export-age: write a ")


def test_night_without_new_people_is_no_dead_feed(workspace, night):
    """An export of the new people alone may be empty for weeks. The same new people for two nights are a mistake."""
    settings = ('roster = "partial"', "max_same_bytes = 1")
    workspace.write("staff.csv", "Name,Work Email\n")

    empty = []
    for _ in range(2):
        empty.append(night(*settings))
        pass_a_day(workspace)
    workspace.export(1, "staff.csv")
    stuck = []
    for _ in range(2):
        stuck.append(night(*settings))
        pass_a_day(workspace)

    assert [(done.code, done.out) for done in empty] == [(0, "")] * 2
    assert [done.code for done in stuck] == [0, 5]
    assert "staff.csv has had the same bytes for 1 night, since 2" in stuck[1].messages[0]


@pytest.mark.soak
def test_old_workbook_of_corrections_is_read(workspace, sandbox):
    """People in HR may take their time to answer."""
    people = workspace.write("people.csv", "Name,Email\nAna,ana at example\nBo,bo@example.com\n")
    workspace.onboard("run", people, *account_flags(sandbox), "--handoff")
    workbook = str(workspace.runs()[-1] / "handoff.xlsx")
    grow_old(workspace, workbook, hours=100)

    done = workspace.onboard("plan", workbook, *account_flags(sandbox), "--max-export-age", "36h")

    assert "last written" not in done.err


def test_old_object_in_s3_is_refused(workspace):
    """By the time at which it was put there. A folder names the time as well."""
    with serve_s3() as client:
        bucket = new_bucket(client)
        uri = bucket.put("hr/staff.csv", "Name,Email\nAna,ana@example.com\n")
        bucket.grow_old("hr/staff.csv", timedelta(hours=41))
        aws = {"AWS_ENDPOINT_URL_S3": client.meta.endpoint_url, "AWS_REGION": REGION}

        ends = [
            workspace.onboard("run", place, "--sandbox", "--max-export-age", age, **aws)
            for place, age in ((uri, "36h"), (f"{bucket.uri}/hr/", "36h"))
        ]

    assert [done.code for done in ends] == [4, 4]
    for refused in ends:
        assert refused.messages[0].startswith(f"onboard: {uri}: last written at ")
        assert "41 h 00 min ago" in refused.messages[0]
