"""The summary of a run: its JSON document, and its table at a terminal."""

import json
import re

import pytest
from hostile_names import recorded_terminal
from summaries import summary_of

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.presence import PresenceFigures
from onboarding.reports import SendingEstimate, Summary
from onboarding.reports.folder import LocalFolder
from onboarding.reports.summary_table import SOURCES_AT_TERMINAL
from onboarding.sandbox import SandboxCounts


def summary(folder, **other) -> Summary:
    """Return the summary of a small run."""
    counts = {Disposition.REJECTED: 1, Disposition.INVITED: 2}
    fields = {
        "counts_by_source": {"staff.csv": counts},
        "inputs": [{"source": "staff.csv", "sha256": "ab" * 32, "columns": {"email": "Email"}}],
        "requests": 1,
        "throttled": 0,
        "seconds": {"send": 0.5},
        "settings": {"out": "reports"},
        "folder": str(folder),
        "files": ("reconciliation.csv",),
    }
    return summary_of(**{"counts": counts} | fields | other)


@pytest.fixture
def shown(capsys):
    """Return what a summary prints to stdout."""

    def show(given) -> str:
        given.show()
        return capsys.readouterr().out

    return show


def test_document_is_json_that_a_script_can_read(tmp_path):
    summary(tmp_path).write(LocalFolder(tmp_path))

    document = json.loads((tmp_path / "summary.json").read_bytes())

    assert document["exit_code"] == 0
    assert document["counts"] == {"rejected": 1, "invited": 2}
    assert document["counts_by_source"] == {"staff.csv": {"rejected": 1, "invited": 2}}
    assert document["started_at"] == "2026-03-01T08:30:00+00:00"
    assert document["folder"] == str(tmp_path)
    assert document["inputs"][0]["sha256"] == "ab" * 32
    assert document["inputs"][0]["columns"] == {"email": "Email"}
    assert document["rehearsal"] is None


def test_document_has_the_keys_that_scripts_know():
    assert json.loads(summary("reports").as_json()).keys() == {
        *("schema", "run_id", "command", "version", "started_at", "ended_at", "exit_code", "message", "next_command"),
        *("hr_command", "hr_file", "verdict", "destination", "account", "account_name", "endpoint", "rows_read"),
        *("counts", "counts_by_source", "inputs", "requests", "throttled", "rate", "presence", "not_in_exports"),
        *("exclusions", "filters", "invited_again"),
        *("confirmed", "guards", "planned", "course", "changes", "news", "unchanged", "legs", "wave", "seconds"),
        *("settings", "folder", "files", "rehearsal", "waves", "compared_with", "trend", "accounts", "moved"),
    }


def test_names_stay_readable_in_the_document(tmp_path):
    assert "Größe" in summary(tmp_path, account_name="Größe").as_json()


def test_table_adds_up(tmp_path, shown):
    """The table has a line for each source, a line for all, and no column for a disposition without rows."""
    lines = [line.split() for line in shown(summary(tmp_path)).splitlines()]

    assert ["Export", "Addresses", "from", "Invited", "Rejected", "Rows"] in lines
    assert ["staff.csv", "Email", "2", "1", "3"] in lines
    assert ["All", "2", "1", "3"] in lines


def test_exports_of_one_folder_go_by_their_names(tmp_path, shown):
    counts = {f"hr/exports/{name}.csv": {Disposition.INVITED: 1} for name in ("emea", "apac")}

    assert "hr/exports" not in shown(summary(tmp_path, counts_by_source=counts))


def test_exports_of_several_folders_keep_them(tmp_path, shown):
    """Two files of the same name in two folders stay apart."""
    counts = {f"{folder}/staff.csv": {Disposition.INVITED: 1} for folder in ("emea", "apac")}

    text = shown(summary(tmp_path, counts_by_source=counts))

    assert "emea/staff.csv" in text
    assert "apac/staff.csv" in text


def test_report_is_named_in_one_piece(tmp_path, shown):
    """A long path can be copied from the terminal."""
    folder = tmp_path / ("long " * 40) / "[run]"

    assert f"Every row: {folder}/reconciliation.csv\n" in shown(summary(folder))


@pytest.mark.parametrize("name", ["Acme [/red]", "Acme [bold]", "[link=http://x.example]Acme"])
def test_names_with_brackets_are_shown_as_they_are(tmp_path, shown, name):
    """Rich takes brackets for markup, and a wrong markup for an error, after everything was sent."""
    counts = {"exports/[bold] staff.csv": {Disposition.INVITED: 2}}

    text = shown(summary(tmp_path, account_name=name, counts_by_source=counts))

    assert name in text
    assert "[bold] staff.csv" in text


def test_how_exports_were_read_is_shown(tmp_path, shown):
    text = shown(summary(tmp_path))

    assert re.search(r"^ staff.csv +Email +2 ", text, re.MULTILINE)
    assert "staff.csv: No column says who has left.\n" in text


def test_many_sources_are_shortened(tmp_path, shown):
    counts = {f"{number}.csv": {Disposition.INVITED: 1} for number in range(SOURCES_AT_TERMINAL + 3)}

    text = shown(summary(tmp_path, counts_by_source=counts, counts={Disposition.INVITED: len(counts)}))

    assert f"{SOURCES_AT_TERMINAL - 1}.csv" in text
    assert f"{SOURCES_AT_TERMINAL}.csv" not in text
    assert "and 3 more" in text


def test_rehearsal_is_marked(tmp_path, shown):
    text = shown(
        summary(
            tmp_path,
            rehearsal=SandboxCounts({}, users=9, mails=8, addresses_mailed=7, addresses_mailed_more_than_once=1),
        )
    )

    assert "A rehearsal: nobody was mailed." in text
    assert "taken invitations to 7 addresses so far, to 1 of them more than once" in text
    assert "A rehearsal" not in shown(summary(tmp_path))


def test_table_in_a_mail_from_cron_cuts_no_word_and_no_number(tmp_path, shown):
    """Ten dispositions are wider than 80 characters, so it counts groups of them."""
    counts = {each: 234_567 for each in Disposition if each is not Disposition.PLANNED}

    text = shown(summary(tmp_path, counts=counts, counts_by_source={"staff.csv": counts}))
    table = text[: text.index("All ") + 80].splitlines()

    assert "…" not in text
    assert max(map(len, table)) <= 80
    for words in ("Invited", "Already there", "Left out", "For a person", "Rows", "234,567", "2,345,670"):
        assert words in text


def test_numbers_and_nouns_have_one_form(tmp_path, shown):
    presence = PresenceFigures(not_shown=1966)
    estimate = SendingEstimate(invites=1966, again=1200, requests=1, seconds=None)
    sandbox = SandboxCounts({}, users=1, mails=1, addresses_mailed=1, addresses_mailed_more_than_once=0)

    text = shown(summary(tmp_path, presence=presence, planned=estimate, rehearsal=sandbox))

    assert "1966" not in text
    assert " + 1,966 people to invite, 1,200 of them again\n      1 request; " in text
    assert "does not list 1,966 people whom" in text
    assert "taken invitations to 1 address so far" in text


def test_plan_says_whom_it_invites_who_waits_and_which_rows_it_leaves_out(tmp_path, shown):
    counts = {
        Disposition.PLANNED: 498,
        Disposition.HELD: 19,
        Disposition.EXCLUDED: 106,
        Disposition.DUPLICATE: 12,
        Disposition.ALREADY: 1,
    }
    estimate = SendingEstimate(
        invites=498,
        again=0,
        requests=10,
        seconds=72.0,
        rate=8.3,
        by_domain={"example.com": 310, "example.org": 95},
        domains=9,
        reasons={
            Disposition.HELD: {Reason.LOOK_ALIKE: 15, Reason.MIXED_SCRIPT: 4},
            Disposition.DUPLICATE: {Reason.SAME_ADDRESS: 12},
        },
    )

    text = shown(summary(tmp_path, command="plan", counts=counts, planned=estimate))

    assert (
        """
 + 498 people to invite
      example.com 310; example.org 95; 7 more domains 93
      10 requests, about 1 min 12 s at the rate that was last seen, 8.3 requests a second
 ~ 19 rows wait for a person
      Held 19: looks like another address 15; letters of several scripts 4
 - 118 rows left out
      Duplicate 12: same address as another row
      Excluded 106
 = 1 row of a person who is there already
      Already there 1
"""
        in text
    )


@pytest.mark.parametrize(
    ("fields", "style"),
    [
        ({}, "1;33"),
        ({"counts": {Disposition.INVITED: 2}}, "1;32"),
        ({"exit_code": ExitCode.STOPPED}, "1;31"),
    ],
    ids=["needs a person", "done", "stopped"],
)
def test_verdict_comes_last_and_its_colour_says_how_it_went(tmp_path, shown, monkeypatch, fields, style):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    given = summary(tmp_path, files=("reconciliation.csv", "report.html"), **fields)

    lines = shown(given).splitlines()

    assert f"\x1b[{style}m{given.verdict.headline}\x1b[0m" in lines[-5:]


def test_rows_for_a_person_are_told_with_their_place_on_the_page(shown):
    needed = shown(summary("r1", files=("reconciliation.csv", "report.html")))
    fine = shown(summary("r1", files=("reconciliation.csv", "report.html"), counts={Disposition.INVITED: 2}))

    assert "1 row needs a person: r1/report.html#needs-you\nEvery row: r1/reconciliation.csv\n" in needed
    assert "\nReport: r1/report.html\nEvery row: r1/reconciliation.csv\n" in fine


def test_rows_that_the_next_command_sends_need_no_person(shown):
    counts = {Disposition.INVITED: 2, Disposition.DEFERRED: 5}

    text = shown(summary("r1", files=("report.html",), counts=counts, exit_code=ExitCode.INTERRUPTED))

    assert "Report: r1/report.html\n" in text


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_table_fits_the_terminal_and_keeps_names_apart(tmp_path, monkeypatch, columns):
    """The names of exports begin alike and end alike."""
    monkeypatch.setenv("COLUMNS", str(columns))
    counts = dict.fromkeys((Disposition.INVITED, Disposition.HELD, Disposition.EXCLUDED), 12_345)
    sources = {f"in/2026-11-{day}-workday-{country}.csv": counts for day in (28, 29) for country in ("emea", "apac")}
    inputs = [{"source": source, "columns": {"email": "Work Contact: Work Email"}} for source in sources]
    given = summary(tmp_path, counts=dict.fromkeys(counts, 49_380), counts_by_source=sources, inputs=inputs)

    with recorded_terminal() as recording:
        given.show()

    table = recording.plain[: recording.plain.index(" All ")].splitlines()
    names = {line.split()[0] for line in table if ".csv" in line}
    assert max(map(len, table)) <= columns
    assert len(names) == 4


@pytest.mark.parametrize(("requests", "says"), [(3, False), (400, True)])
def test_rate_is_told_only_after_enough_answers(tmp_path, shown, requests, says):
    text = shown(summary(tmp_path, rate=3.8, requests=requests, throttled=1))

    assert ("The service allows 3.8 requests a second" in text) is says
    assert "The service throttled 1 of" in text
