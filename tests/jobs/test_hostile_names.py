"""Names of files, columns, sheets and cells that attack a terminal reach it only as text that can be seen."""

import csv
import io
import json

import pytest
from hostile_names import HOSTILE, Recording, recorded_terminal
from workbooks import write_xlsx
from workspace import Workspace, account_flags, finish

ADDRESSES = [f"person{number}@example.com" for number in range(len(HOSTILE))]


def record(workspace: Workspace, *arguments: str) -> tuple[int, Recording]:
    """Run a command on a real terminal. Return its exit code, and what the terminal got."""
    with recorded_terminal() as recording:
        code = workspace.exit_code(*arguments)
    assert recording.hidden == set()
    assert "Traceback" not in recording.text
    assert "this is a bug" not in recording.text
    return code, recording


def write_export(workspace, name, header, *rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path = workspace.folder / name
    path.write_bytes(text.getvalue().encode(errors="surrogateescape"))
    return name


@pytest.fixture
def hostile_parts(soak) -> list[str]:
    """Return parts of hostile names: all in a soak, by default every fourth."""
    return HOSTILE if soak else HOSTILE[::4]


@pytest.fixture
def exports(workspace, hostile_parts) -> str:
    """Return a folder of exports with hostile names, headers and cells."""
    (workspace.folder / "exports").mkdir()
    for number, hostile in enumerate(hostile_parts):
        header = ["Work Email", hostile, "Name"]
        row = [f"person{number}@example.com", hostile, f"Person{hostile}"]
        write_export(workspace, f"exports/{number}{hostile.replace('/', '_')}.csv", header, row)
    return "exports"


def test_plan_run_check_and_list_of_hostile_exports_show_only_visible_text(workspace, exports, hostile_parts, sandbox):
    account = account_flags(sandbox)

    planned = record(workspace, "plan", exports, *account, "--log-level", "info", "--save", "p\x1b[2J.plan")
    done = record(workspace, "run", exports, *account, "--log-level", "debug", "--out", "out[/]\x9b")
    again = record(workspace, "run", exports, *account, "--json")
    checked = record(workspace, "check", exports, *account)
    listed = record(workspace, "runs", *account)

    assert [code for code, _ in (planned, done, again, checked, listed)] == [0, 0, 0, 0, 0]
    assert sandbox.counts().users == len(hostile_parts)
    assert r"0\x1b[2J.csv" in planned[1].text
    assert r"p\x1b[2J.plan" in planned[1].text
    assert r"out[/]\x9b" in done[1].text


@pytest.mark.parametrize(
    "hostile",
    ["".join(HOSTILE[first::2]) for first in range(2)]
    + [pytest.param(name, marks=pytest.mark.soak) for name in HOSTILE],
    ids=ascii,
)
def test_error_about_a_hostile_name_shows_only_visible_text(workspace, sandbox, hostile):
    name = f"x{hostile.replace('/', '_')}.csv"
    account = account_flags(sandbox)
    workspace.folder.joinpath(name).write_bytes(b"")
    ambiguous = write_export(
        workspace, "y.csv", [f"Email {hostile}", f"Mail {hostile}"], ["a@example.com", "b@example.com"]
    )

    codes = [
        record(workspace, *arguments)[0]
        for arguments in (
            ["plan", name, *account],
            ["plan", f"missing{name}", *account],
            ["plan", ambiguous, *account],
            ["plan", ambiguous, *account, "--email-column", hostile],
            ["plan", ambiguous, *account, "--encoding", hostile],
            ["plan", "--config", name],
            ["apply", name],
            ["report", hostile, "--sandbox"],
            ["resume", hostile, *account],
            ["purge", "--older-than", hostile],
            ["who", hostile],
            ["check", name, *account],
            ["run", f"--{hostile}"],
            ["runs", hostile],
            [f"x{hostile}"],
            ["run", "--date-order", hostile],
        )
    ]

    assert set(codes) <= {0, 2, 4}


def test_sheets_with_hostile_names_are_shown_as_text(workspace, sandbox):
    rows = [["Work Email", "Name"], ["ada@example.com", "Ada"]]
    names = [hostile for hostile in HOSTILE if hostile.encode(errors="ignore").decode() == hostile]
    write_xlsx(workspace.folder / "book.xlsx", dict.fromkeys(names, rows))

    code, recording = record(workspace, "plan", "book.xlsx", "--sheet", "\x1b[2J!", *account_flags(sandbox))

    assert code == 4
    assert "no sheet" in recording.text


@pytest.mark.soak
def test_stdout_without_a_letter_gets_an_escape_that_is_right_in_json(workspace):
    name = write_export(workspace, "中😀.csv", ["Work Email"], ["ada@example.com"])

    done = finish(workspace.start("plan", name, "--sandbox", "--json", PYTHONIOENCODING="latin-1"))

    assert done.code == 0
    assert done.out.isascii()
    assert name in json.loads(done.out)["counts_by_source"]
