"""After SIGKILL, names stay in no file that the next run or a purge does not find."""

import signal
from pathlib import Path

import pytest
from workspace import Workspace, account_flags

from onboarding.sandbox import Fault, FaultKind, Refusal

CANARY = "canary@example.com"


@pytest.fixture
def killed(workspace, sandbox) -> Workspace:
    """Kill a run that has the people of an earlier run in temporary files, and leave an unfinished report beside it."""
    sandbox.refuse(CANARY, Refusal.REQUEST)
    export = workspace.write("people.csv", f"Name,Work Email\nXantippe,{CANARY}\n")
    other = workspace.write("others.csv", "Name,Work Email\nAda,ada@example.com\n")
    assert workspace.onboard("run", export, *account_flags(sandbox)).code == 3
    sandbox.refuse(CANARY, None)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=600))
    run = workspace.fork("run", other, *account_flags(sandbox), "--carry-over")
    workspace.wait_until(lambda: sandbox.counts().mails == 2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    (workspace.runs()[-1] / ".onboarding-0123456789abcdef.tmp").write_text(CANARY)
    assert len(with_names(workspace)) == 2
    return workspace


def with_names(workspace: Workspace) -> list[Path]:
    """Return the temporary files that hold a name."""
    files = [path for path in workspace.folder.rglob("*") if path.is_file()]
    hidden = [path for path in files if path.name.startswith((".onboarding", "carried-over", "roster"))]
    return [path for path in hidden if CANARY.encode() in path.read_bytes()]


@pytest.mark.parametrize("command", ["run", pytest.param("purge", marks=pytest.mark.soak)])
def test_names_in_files_of_a_killed_run_are_removed(killed, sandbox, command):
    account = account_flags(sandbox)
    arguments = {"run": ["others.csv", *account], "purge": ["--older-than", "90d"]}[command]

    done = killed.onboard(command, *arguments)

    assert done.code in (0, 6), done.err
    assert with_names(killed) == []
    assert not [path for path in killed.folder.joinpath("state", "onboarding").iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    ("destination", "flags"),
    [
        ("chime", []),
        pytest.param("chime", ["--sandbox"], marks=pytest.mark.soak),
        pytest.param("wickr", [], marks=pytest.mark.soak),
        ("wickr", ["--sandbox"]),
    ],
)
def test_purge_takes_names_out_of_old_rehearsals(workspace, destination, flags):
    export = workspace.write("people.csv", f"Name,Work Email\nXantippe Quisling,{CANARY}\n")
    rehearse = ["run", export, "--sandbox", "--destination", destination]
    assert workspace.onboard(*rehearse).code == 0
    assert found_in(workspace.folder / "state")

    usual = {} if flags else {"ONBOARD_ENDPOINT_URL": "http://chime.example", "ONBOARD_LEDGER": "sqlite:///ledger.db"}

    early = workspace.onboard("purge", "--older-than", "1d", *flags, **usual)
    kept = found_in(workspace.folder / "state")
    done = workspace.onboard("purge", "--older-than", "0d", *flags, **usual)

    assert (early.code, done.code) == (0, 0), done.err
    assert kept
    assert "The sandbox forgot 1 person." in done.out
    assert not found_in(workspace.folder / "state")
    assert workspace.onboard(*rehearse).code == 0
    assert [line["disposition"] for line in workspace.report()] == ["already"]


def found_in(folder: Path) -> list[Path]:
    """Return the files below a folder that hold the person's name or address."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if b"Quisling" in path.read_bytes() or CANARY.encode() in path.read_bytes()]


@pytest.mark.soak
def test_files_of_a_dask_cluster_whose_run_was_killed_are_removed(workspace, sandbox):
    export = workspace.export(10)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=600))
    run = workspace.start("run", export, *account_flags(sandbox), "--engine", "dask")
    state = workspace.folder / "state" / "onboarding"
    workspace.wait_until(lambda: workspace.holds("state/onboarding", "onboarding-*/*"))
    run.send_signal(signal.SIGKILL)
    run.wait()

    assert workspace.onboard("purge", "--older-than", "90d").code == 0

    assert list(state.glob("onboarding-*")) == []
