"""One run of a machine sends to a destination, whatever ledger it uses, and no file that others plant is followed."""

import json
import os
import sqlite3
from contextlib import ExitStack, closing
from datetime import timedelta
from math import inf

import pytest
from fakes import FakeMachine
from ledgers import CHIME, NOW, chunk, outcome, run, states

from onboarding.ledger import Ledger, UnknownRequest, find_unknown_use
from onboarding.model.errors import ConfigurationError, DestinationHeld, ExitCode, HoldLost
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Scope
from onboarding.model.run import timestamp
from onboarding.runtime.boot_clock import this_boot_clock

DAY = 86_400.0


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
        assert hold.unknown is None


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
    assert find_unknown_use(tmp_path / "one.db", CHIME, locks) is None


def test_dangling_link_creates_nothing(ledgers, locks, path, tmp_path):
    path.symlink_to(tmp_path / "made")

    with pytest.raises(ConfigurationError):
        ledgers[0].hold(run("first"), locks=locks).__enter__()

    assert not (tmp_path / "made").exists()


_STAMP = {"boot_id": this_boot_clock().boot_id, "boot_seconds": 1e12, "left_at": NOW.timestamp()}


def _planted(**fields) -> bytes:
    """Return a note of a request that never left."""
    last = {"ledger": "x", "run_id": "y", "chunk": 1, "departed": _STAMP, "left": _STAMP} | fields
    return json.dumps({"last": last}).encode()


@pytest.mark.parametrize(
    "note",
    [
        *(b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"\x00" * 5000, b"[" * 900, b'{"ledger": 1}', b"9" * 990),
        *(b'{"ledger": {}, "pid": "\\u001b[2J", "host": 1, "started_at": 2}', b"x" * 2_000_000, b'{"last": []}'),
        *(_planted(**fields) for fields in ({}, {"chunk": 10**30}, {"run_id": "\0"}, {"left": []}, {"ledger": {}})),
        *(_planted(left=_STAMP | {"boot_seconds": seconds}) for seconds in (1e12, float("nan"), float("-inf"), {})),
        *(_planted(left=_STAMP | {"boot_id": "another", "left_at": seconds}) for seconds in (1e12, -1e12)),
    ],
)
def test_garbled_note_does_no_harm(ledgers, locks, path, tmp_path, note):
    """Every user may write there."""
    path.write_bytes(note)
    path.chmod(0o666)

    found = find_unknown_use(tmp_path / "one.db", CHIME, locks)
    with ledgers[0].hold(run("first"), locks=locks) as hold:
        assert hold.unknown is None or 0 <= hold.unknown.age_seconds < 60
        assert json.loads(path.read_bytes()[:2000])["ledger"] == ledgers[0].id

    assert found is None or found.holder == ""


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


def send(ledger, locks, run_id="first", first=1) -> UnknownRequest | None:
    """Hold the destination as a run that claims one chunk. Return the request that the ledger did not know of."""
    with ledger.hold(run(run_id), locks=locks) as hold:
        ledger.begin(run(run_id))
        ledger.claim(run_id, CHIME, chunk(first, first))
    return hold.unknown


def look(ledger, locks) -> UnknownRequest | None:
    """Hold the destination without sending, and return the request that the ledger does not know of."""
    with ledger.hold(run("looks"), locks=locks) as hold:
        return hold.unknown


def test_copy_of_a_ledger_counts_one_invite_more_of_everybody_once(ledgers, locks, tmp_path):
    """The count outlasts a further invite, and the request that puts the copy's own work on the machine's record."""
    later = NOW + timedelta(days=20)
    send(ledgers[0], locks)
    ledgers[0].settle("first", [outcome(1, InviteState.INVITED)])
    with closing(sqlite3.connect(tmp_path / "one.db")) as ledger, closing(sqlite3.connect(tmp_path / "3.db")) as copy:
        ledger.backup(copy)
    send(ledgers[0], locks, "second", 2)

    with Ledger.open(tmp_path / "3.db", clock=lambda: NOW) as copy:
        before = copy.outdated_at(CHIME)
        unknown = [look(copy, locks), look(copy, locks), send(copy, locks, "third", 3), look(copy, locks)]
        copy.begin(run("fourth", started_at=later))
        copy.claim("fourth", CHIME, chunk(1, 1, again={1}))
        found = copy.live_invites(CHIME, [f"person{number}@example.com" for number in (1, 3)]).set_index("key")

        assert [one is not None for one in unknown] == [True, True, True, False]
        assert (before, copy.outdated_at(CHIME)) == ("", timestamp(NOW))
        assert found["times"].to_dict() == {"person1@example.com": 2, "person3@example.com": 1}
        assert found["unknown_times"].to_dict() == {"person1@example.com": 1, "person3@example.com": 0}


def test_holder_with_another_ledger_is_found(ledgers, locks, tmp_path):
    two = tmp_path / "two.db"
    with ledgers[0].hold(run("first"), locks=locks):
        during = find_unknown_use(two, CHIME, locks)
    without_request = find_unknown_use(two, CHIME, locks)
    send(ledgers[0], locks)
    after = find_unknown_use(two, CHIME, locks)

    assert during.holder.startswith(f"process {os.getpid()} on ")
    assert without_request is None
    assert (after.holder, after.request.is_own) == ("", False)
    assert find_unknown_use(tmp_path / "one.db", CHIME, locks) is None
    without_ledger = find_unknown_use(tmp_path / "none.db", CHIME, locks)
    assert not without_ledger.request.is_own
    assert 0 <= after.request.age_seconds <= without_ledger.request.age_seconds < 60


def test_requests_of_another_ledger_are_unknown_until_this_ledger_sends(ledgers, locks):
    """Then they are unknown to the other one. A run that sends nothing changes nothing."""
    one, two = ledgers
    send(one, locks)

    assert look(one, locks) is None
    assert [look(two, locks).is_own for _ in range(2)] == [False, False]
    assert look(one, locks) is None
    assert not send(two, locks, "second").is_own
    assert look(two, locks) is None
    assert not look(one, locks).is_own


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("holds", [0, 3])
def test_older_copy_of_a_ledger_is_known_however_often_it_was_used(locks, tmp_path, holds, is_killed):
    """A purge holds the destination, too, without the lock of the machine."""
    file, copy = tmp_path / "one.db", tmp_path / "copy.db"
    with Ledger.open(file, clock=lambda: NOW) as ledger:
        send(ledger, locks)
    copy.write_bytes(file.read_bytes())
    with Ledger.open(file, clock=lambda: NOW) as ledger, ledger.hold(run("first"), locks=locks):
        ledger.claim("first", CHIME, chunk(2, 2, number=2))
        (path,) = locks.iterdir()
        note = path.read_bytes()
    if is_killed:
        path.write_bytes(note)
    inspected = find_unknown_use(copy, CHIME, locks)

    with Ledger.open(copy, clock=lambda: NOW) as old:
        for _ in range(holds):
            with old.hold(run("")):
                pass
        found = [look(old, locks) for _ in range(2)]

    assert (inspected.holder, inspected.request.is_own) == ("", True)
    assert [unknown.is_own for unknown in found] == [True, True]


def test_older_copy_is_known_though_it_has_an_earlier_request_of_the_last_chunk(locks, tmp_path):
    """A chunk that was throttled is sent last. The copy has it from its first time, and not the chunks in between."""
    file, copy = tmp_path / "one.db", tmp_path / "copy.db"
    with Ledger.open(file, clock=lambda: NOW) as ledger:
        send(ledger, locks)
        ledger.settle("first", [outcome(1, InviteState.RELEASED)])
    copy.write_bytes(file.read_bytes())
    with Ledger.open(file, clock=lambda: NOW) as ledger, ledger.hold(run("first"), locks=locks):
        for number in (2, 1):
            ledger.claim("first", CHIME, chunk(number, number, number=number))
            ledger.settle("first", [outcome(number, InviteState.IN_DOUBT)])

    with Ledger.open(copy, clock=lambda: NOW) as old, Ledger.open(file, clock=lambda: NOW) as latest:
        assert look(old, locks).is_own
        assert look(latest, locks) is None


def test_repeated_request_is_noted(ledgers, locks):
    """It may mail people as well."""
    one, two = ledgers
    one.begin(run("first"))
    one.claim("first", CHIME, chunk(1, 1))
    with one.hold(run("first"), locks=locks):
        one.repeat("first", 1)

    assert look(two, locks) is not None


def test_request_that_was_taken_back_makes_no_ledger_look_old(tmp_path, locks):
    """The note keeps the time at which the request left, as the ledger does."""
    machine = FakeMachine()
    with Ledger.open(tmp_path / "one.db", clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
        send(ledger, locks)
        with ledger.hold(run("first"), locks=locks):
            ledger.repeat("first", 1)
            machine.pass_time(60)
            ledger.repeat("first", 1, is_taken_back=True)

        assert look(ledger, locks) is None


def test_unknown_request_gets_old_by_the_boot_clock_and_across_boots_by_the_wall_clock_less_a_day(tmp_path, locks):
    machine = FakeMachine()

    def ages(user) -> tuple[float, float]:
        place = tmp_path / f"{user}.db"
        with Ledger.open(place, clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
            unknown = send(ledger, locks) if user == "one" else look(ledger, locks)
        return (unknown.age_seconds, unknown.age_after_boot_seconds) if unknown else (inf, inf)

    ages("one")
    machine.pass_time(60)
    assert ages("two") == (60, 60 - DAY)
    machine.wall.advance(9 * DAY)
    assert ages("two")[0] == 60
    machine.wall.advance(-9 * DAY)

    machine.boot(seconds=40)
    assert ages("two") == (0, 100 - DAY)
    machine.pass_time(50)
    assert ages("two") == (50, 150 - DAY)
    machine.boot(seconds=2 * DAY)
    assert ages("two") == (DAY + 150, DAY + 150)
    machine.boot(seconds=-9 * DAY)
    machine.pass_time(70)
    assert ages("two")[0] == 0
    machine.pass_time(30)
    assert ages("two")[0] == 30


def test_request_in_doubt_stays_known_to_its_ledger_after_boots(tmp_path, locks):
    """The ledger gives such a request a new stamp after a boot, and so does the note."""
    machine = FakeMachine()

    def open_ledger() -> Ledger:
        return Ledger.open(tmp_path / "one.db", clock=machine.wall, boot_clock=machine.boot_clock)

    with open_ledger() as ledger:
        send(ledger, locks)
    found = []
    for seconds in (40, 2 * DAY, -9 * DAY, 40):
        machine.boot(seconds=seconds)
        with open_ledger() as ledger:
            ledger.doubt(CHIME)
            machine.pass_time(1)
            found += [look(ledger, locks), look(ledger, locks)]

    assert found == [None] * 8
