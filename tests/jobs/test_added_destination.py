"""A destination is one folder: a folder on Python's path adds a destination to every command, and nothing else changes.

These tests start real processes, since a process looks for destinations once, when it begins.
"""

import json
import sys
from pathlib import Path

from workspace import Finished, finish

ADDED = Path(__file__).parents[1] / "support" / "added_destination"


ONE_AFTER_THE_OTHER = """
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from onboarding.cli.app import exit_code_of
ends = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = exit_code_of(words)
    ends.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(ends))
"""


def ends_of(workspace, *lines, path=ADDED) -> list[Finished]:
    """Carry out commands in one process, which takes longer to start than any of them."""
    command = [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps(lines)]
    done = finish(workspace.start_command(command, PYTHONPATH=str(path)))
    assert done.code == 0, done.err
    return [Finished(*end) for end in json.loads(done.out)]


def add_folder(workspace, name, description) -> Path:
    """Add the folder of a destination with this module ``description``, and return what to put on Python's path."""
    folder = workspace.folder / "added" / "onboarding" / "destinations" / name
    folder.mkdir(parents=True)
    (folder / "description.py").write_text(description)
    return workspace.folder / "added"


def test_added_folder_is_a_destination_in_every_command(workspace):
    """It has a client, a simulation and credentials of its own, and its service knows nothing of AWS."""
    people = workspace.export(3)
    server = workspace.start("sandbox", "--port", "0", PYTHONPATH=str(ADDED))
    started = server.stdout.readline()
    url = started.split(" answers at ")[1].split(" ")[0]
    to = ("--board", "sandbox-board", "--endpoint-url", url)

    shown, checked, planned, sent = ends_of(
        workspace,
        ("run", "--help-all"),
        ("check", people, *to),
        ("plan", people, *to, "--shelf", "lift"),
        ("run", people, *to, "--shelf", "lift"),
    )
    plan, report = (workspace.report(run) for run in workspace.runs())

    assert (shown.code, checked.code, planned.code, sent.code) == (0, 0, 0, 0)
    assert "The service: bulletin, chime or wickr." in " ".join(shown.out.split())
    assert "--shelf WORD" in shown.out
    assert "Bulletin Boards" in started
    assert "none of AWS needed: Bulletin takes others" in checked.out
    assert "Sandbox Board (sandbox-board) takes invites" in checked.out
    assert {line["disposition"] for line in plan} == {"planned"}
    places = {(line["disposition"], line["destination"], line["account"], line["invite_id"]) for line in report}
    assert places == {("invited", "bulletin", "sandbox-board", "lift-pin")}
    assert [line["chunk"] for line in report] == ["1", "1", "2"]  # two people are the most of one request


REFUSED = {
    ("--board", "Not A Board"): "--board: write the board's name in small letters.",
    ("--board", "hall", "--network-id", "10203040"): "--board is for Bulletin and --network-id is for Wickr; drop one",
    ("--board", "hall", "--reinvite-after", "14d"): "--reinvite-after is for --destination chime or wickr; drop it or",
    ("--account-id", "a", "--shelf", "hall"): "--shelf is for --destination bulletin; drop it or name that destination",
}


def test_settings_of_an_added_destination_are_checked_as_all_are(workspace):
    refused = ends_of(workspace, *(["plan", "people.csv", *words] for words in REFUSED))

    for end, said in zip(refused, REFUSED.values(), strict=True):
        assert said in " ".join(end.err.split())


def test_folder_that_is_broken_or_takes_the_place_of_a_destination_is_left_out_and_said(workspace):
    source = (ADDED / "onboarding" / "destinations" / "bulletin" / "description.py").read_text()
    add_folder(workspace, "broken", "import no_such_module_anywhere\n")
    path = add_folder(workspace, "bulletin", source.replace('name="board"', 'name="network_id"'))

    done = finish(workspace.start("runs", "--sandbox", PYTHONPATH=str(path)))

    assert done.code == 0
    broken, second = done.messages[:2]
    assert broken == (
        "onboard: The added destination 'broken' is left out (ModuleNotFoundError); mend or remove its folder."
    )
    assert "'bulletin' is left out (another destination has the setting network_id)" in second


def test_other_copy_of_the_package_adds_nothing(workspace):
    path = add_folder(workspace, "bulletin", "import no_such_module_anywhere\n")
    (path / "onboarding" / "__init__.py").write_text("")
    script = "import sys; sys.path.append(sys.argv[1]); from onboarding.cli.app import main; main('runs', '--sandbox')"

    done = finish(workspace.start_command([sys.executable, "-c", script, str(path)]))

    assert (done.code, done.messages) == (0, [])
