"""One run of a machine sends to a destination, whatever ledger it uses, and no file that others plant is followed."""

import json
import os
from contextlib import ExitStack

import pytest
from ledgers import CHIME, NOW, chunk, run, states

from onboarding.ledger import Ledger, find_holder_beside
from onboarding.model.errors import ConfigurationError, DestinationHeld, ExitCode, HoldLost
from onboarding.model.plan import Scope


@pytest.fixture
def locks(tmp_path):
    """Make a folder that all users may use."""
    folder = tmp_path / "locks"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@pytest.fixture
def ledgers(tmp_path):
    """Open the ledgers of two users."""
    with ExitStack() as opened:
        yield [opened.enter_context(Ledger.open(tmp_path / f"{user}.db", clock=lambda: NOW)) for user in ("one", "two")]


@pytest.fixture
def path(ledgers, locks):
    """Return the path of the lock of the machine, where nothing is yet."""
    with ledgers[0].hold(run("first"), locks=locks):
        (path,) = locks.iterdir()
    path.unlink()
    return path


def test_run_with_another_ledger_is_refused(ledgers, locks):
    one, two = ledgers

    with (
        one.hold(run("first"), locks=locks),
        pytest.raises(DestinationHeld, match="held by another run with another ledger: process") as refused,
    ):
        two.hold(run("second"), locks=locks).__enter__()

    assert refused.value.exit_code == ExitCode.HELD
    assert str(refused.value).endswith("let all runs to one account share one ledger (--ledger)")


def test_refused_run_does_not_keep_its_own_ledger_locked(ledgers, locks):
    one, two = ledgers
    with one.hold(run("first"), locks=locks), pytest.raises(DestinationHeld):
        two.hold(run("second"), locks=locks).__enter__()

    with two.hold(run("second"), locks=locks):
        pass


@pytest.mark.parametrize("other", [Scope("chime", "account-2"), Scope("chime", "account-1", "http://x.example")])
def test_another_destination_is_free(ledgers, locks, other):
    one, two = ledgers

    with one.hold(run("first"), locks=locks), two.hold(run("second", scope=other), locks=locks):
        pass


def test_lock_of_the_machine_is_open_to_all_users_and_names_no_account(ledgers, locks):
    before = os.umask(0o077)
    try:
        with ledgers[0].hold(run("first"), locks=locks):
            (path,) = locks.iterdir()
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o666
    assert "account-1" not in path.name + path.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_lock_of_another_user_can_be_taken(ledgers, locks, path):
    """The kernel may refuse to create a file that is there already in such a folder."""
    path.write_text("")
    path.chmod(0o666)
    os.chown(path, 65534, 65534)

    with ledgers[0].hold(run("first"), locks=locks) as hold:
        assert not hold.is_outdated


def plant_link(path, victim) -> None:
    path.symlink_to(victim)


def plant_second_name(path, victim) -> None:
    os.link(victim, path)


def plant_pipe(path, _victim) -> None:
    os.mkfifo(path)


def plant_folder(path, _victim) -> None:
    path.mkdir()


@pytest.mark.parametrize("plant", [plant_link, plant_second_name, plant_pipe, plant_folder])
def test_planted_file_is_refused_and_left_alone(ledgers, locks, path, tmp_path, plant):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    plant(path, victim)

    with pytest.raises(ConfigurationError, match="--locks"):
        ledgers[0].hold(run("first"), locks=locks).__enter__()

    assert victim.read_text() == "precious"
    assert find_holder_beside(tmp_path / "one.db", CHIME, locks) is None


def test_dangling_link_creates_nothing(ledgers, locks, path, tmp_path):
    path.symlink_to(tmp_path / "made")

    with pytest.raises(ConfigurationError):
        ledgers[0].hold(run("first"), locks=locks).__enter__()

    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "note",
    [
        *(b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"\x00" * 5000, b"[" * 900, b'{"ledger": 1}', b"9" * 990),
        *(b'{"ledger": "x", "generation": "y"}', b'{"ledger": "x", "generation": 1e999}'),
        *(b'{"ledger": {}, "generation": 1, "pid": "\\u001b[2J", "host": 1, "started_at": 2}', b"x" * 2_000_000),
    ],
)
def test_garbled_note_does_no_harm(ledgers, locks, path, tmp_path, note):
    """Every user may write there."""
    path.write_bytes(note)
    path.chmod(0o666)

    found = find_holder_beside(tmp_path / "one.db", CHIME, locks)
    with ledgers[0].hold(run("first"), locks=locks) as hold:
        assert not hold.is_outdated
        assert json.loads(path.read_bytes())["generation"] == hold.generation

    assert found is None or found.name == ""


def test_missing_folder_of_locks_is_refused(ledgers, tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere.*--locks"):
        ledgers[0].hold(run("first"), locks=tmp_path / "nowhere").__enter__()


def test_nothing_is_claimed_after_the_lock_of_the_machine_was_removed(ledgers, locks):
    one, _ = ledgers
    one.begin(run("first"))
    with one.hold(run("first"), locks=locks):
        one.claim("first", CHIME, chunk(1, 2))
        for path in locks.iterdir():
            path.unlink()

        with pytest.raises(HoldLost, match=r"the lock .* was moved or removed"):
            one.claim("first", CHIME, chunk(3, 4))

    assert states(one) == ["in_flight"] * 2


def test_holder_with_another_ledger_is_found(ledgers, locks, tmp_path):
    two = tmp_path / "two.db"
    with ledgers[0].hold(run("first"), locks=locks):
        during = find_holder_beside(two, CHIME, locks)
    after = find_holder_beside(two, CHIME, locks)

    assert during.name.startswith(f"process {os.getpid()} on ")
    assert (after.name, after.ledger) == ("", ledgers[0].id)
    assert find_holder_beside(tmp_path / "one.db", CHIME, locks) is None
    assert find_holder_beside(tmp_path / "none.db", CHIME, locks) == after


def restored(ledger, locks, tmp_path, runs, *, is_killed):
    """Copy a ledger before its last run, and return what a hold by the copy knows."""
    file = tmp_path / "one.db"
    for _ in range(runs):
        with ledger.hold(run("first"), locks=locks):
            pass
    copy = tmp_path / "copy.db"
    copy.write_bytes(file.read_bytes())
    holding = ledger.hold(run("first"), locks=locks)
    holding.__enter__()
    if is_killed:
        for path in locks.iterdir():
            note = path.read_bytes()
    holding.__exit__(None, None, None)
    if is_killed:
        path.write_bytes(note)
    with Ledger.open(copy, clock=lambda: NOW) as old, old.hold(run("second"), locks=locks) as hold:
        return hold


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("runs", [1, 3])
def test_older_copy_of_a_ledger_is_known(locks, tmp_path, runs, is_killed):
    with Ledger.open(tmp_path / "one.db", clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
        ledger._database.engine.dispose()  # noqa: SLF001 - so that the file has all that was written
        hold = restored(ledger, locks, tmp_path, runs, is_killed=is_killed)

    assert hold.is_outdated
    assert not hold.follows_other_ledger(since=0)


def test_ledger_is_not_outdated_after_runs_that_ended_or_died(ledgers, locks):
    one, two = ledgers
    for _ in range(3):
        with one.hold(run("first"), locks=locks) as hold:
            assert not hold.is_outdated
    with one.hold(run("first")):  # as a purge does
        pass
    with one.hold(run("first"), locks=locks) as hold:
        assert not hold.is_outdated
        assert not hold.follows_other_ledger(since=0)
    with two.hold(run("second"), locks=locks) as hold:
        assert not hold.is_outdated
        assert hold.follows_other_ledger(since=0)
        assert not hold.follows_other_ledger(since=2e10)
