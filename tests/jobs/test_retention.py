"""A purge that takes reports along: what it says, what it asks, and what is left on the disk."""

import json
import os
import pty
import sys

import pytest
from workspace import Finished, account_flags

PURGE = ("purge", "--older-than", "0d")


@pytest.fixture
def reported(workspace, sandbox):
    """Leave reports of a run, a hand-off, a plan and a forgotten rehearsal, and a folder of somebody else."""
    people, flags = workspace.export(3), account_flags(sandbox)
    workspace.onboard("run", people, *flags)
    (run,) = workspace.runs()
    (run / "answered by HR.xlsx").write_bytes(b"person1@example.com")
    workspace.onboard("plan", people, *flags, "--save", "people.plan")
    run.with_name(f"handoff-{run.name}").mkdir()
    forgotten = run.with_name("20200101T000000Z-abcdef")
    forgotten.mkdir()
    summary = {"run_id": forgotten.name, "ended_at": "2020-01-01T00:00:01+00:00"}
    (forgotten / "summary.json").write_text(json.dumps(summary))
    run.with_name("minutes of meetings").mkdir()
    run.with_name("20200101T000000Z-fedcba").symlink_to(workspace.folder)
    return workspace


STAYS = ["20200101T000000Z-fedcba", "minutes of meetings"]
"""A link that is named like a run, and a folder that is not."""


def left(workspace) -> list[str]:
    return sorted(path.name for path in (workspace.folder / "onboarding-reports").iterdir())


def test_purge_with_reports_deletes_the_folders_of_old_runs_and_their_plans(reported):
    """Also those of a rehearsal that no ledger knows any more; and nothing that is not a run's."""
    done = reported.onboard(*PURGE, "--reports", "--yes")

    assert (done.code, done.err) == (0, "")
    assert "removes the names and addresses of 2 runs that ended before " in done.out
    assert "It deletes 4 folders of reports and 1 saved plan (the first is onboarding-reports/" in done.out
    assert "Purged 2 runs and 3 addresses." in done.out
    assert left(reported) == STAYS
    assert not (reported.folder / "people.plan").exists()
    again = reported.onboard(*PURGE, "--reports", "--yes")
    assert "Purged 0 runs and 0 addresses." in again.out
    assert "It deletes" not in again.out


def test_purge_keeps_reports_that_are_recent_or_that_nobody_said_to_delete(reported):
    """A cron job is not asked, and goes on as before. It is told which reports keep their names."""
    before = left(reported)

    refused = reported.onboard(*PURGE, "--reports")
    (sent,) = (path.parent.name for path in reported.folder.glob("onboarding-reports/*Z-*/*.xlsx"))
    rewritten = reported.onboard("report", sent)
    recent = reported.onboard("purge", "--older-than", "2000d", "--reports", "--yes")
    plain = reported.onboard(*PURGE)

    assert (refused.code, rewritten.code, recent.code, plain.code) == (2, 0, 0, 0)
    assert refused.messages == ["onboard: --reports deletes files for good, and nobody can be asked here; add --yes."]
    assert "It deletes 1 folder of reports (the first is onboarding-reports/20200101T000000Z-abcdef)" in recent.out
    assert "--reports deletes them too: 3 folders of reports and 1 saved plan" in plain.out
    assert set(before) - set(left(reported)) == {"20200101T000000Z-abcdef"}


def test_purge_asks_on_a_terminal(reported, monkeypatch):
    before = left(reported)

    no, yes = (answer_purge(reported, monkeypatch, answer) for answer in (b"n\n", b"y\n"))

    assert "Go on? [y/N]" in no.out
    assert "Nothing was purged." in no.out
    assert "Purged 2 runs and 3 addresses." in yes.out
    assert (no.code, yes.code) == (0, 0)
    assert before != left(reported) == STAYS


def answer_purge(workspace, monkeypatch, answer: bytes) -> Finished:
    """Run a purge with a terminal as its stdin, and give an answer there."""
    master, slave = pty.openpty()
    os.write(master, answer)
    with os.fdopen(slave) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        done = workspace.onboard(*PURGE, "--reports")
    os.close(master)
    return done
