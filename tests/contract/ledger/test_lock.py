"""A run keeps other runs from its destination, and frees it when it dies."""

import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from holders import other_process_holds
from sqlalchemy import create_engine, text

from onboarding.ledger import Ledger, find_holder
from onboarding.model.errors import ConfigurationError, DestinationHeld, HoldLost
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.model.run import Run

START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
CHIME = Scope("chime", "account-1")

LOCKS = """
FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
END_SESSIONS = f"SELECT pg_terminate_backend(pid, 10000) {LOCKS}"
SESSIONS = f"SELECT count(DISTINCT pid) {LOCKS}"


@pytest.fixture
def ledger(ledger_url):
    """Open a ledger."""
    with Ledger.open(ledger_url, clock=lambda: START) as opened:
        yield opened


@pytest.fixture
def ledger_file(tmp_path):
    """Name a ledger on SQLite."""
    return tmp_path / "ledger.db"


def run(scope=CHIME) -> Run:
    """Return a run that has begun."""
    return Run(run_id="mine", scope=scope, command="run", version="1.0", started_at=START)


def person(number) -> Chunk:
    """Return a chunk of one person."""
    return Chunk(number, (Invitee(number, f"person{number}@example.com", f"person{number}@example.com"),))


def end_sessions_with_locks(url) -> None:
    """End the sessions that hold a destination, as an administrator or a failing network would."""
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text(END_SESSIONS)).scalars().all() == [True]
    engine.dispose()


def sessions_with_locks(url) -> int:
    """Count the sessions that hold a destination."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(SESSIONS)).scalar()
    engine.dispose()
    return found


def hold_within(ledger, seconds) -> bool:
    """Return whether the destination is free within some seconds. PostgreSQL needs a moment to notice a dead client."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with ledger.hold(run()):
                return True
        except DestinationHeld:
            continue
    return False


def test_second_run_of_one_process_is_refused(ledger):
    """Two threads count as two runs."""
    with ledger.hold(run()), pytest.raises(DestinationHeld, match="chime account-1 is held"), ledger.hold(run()):
        pass


def test_second_process_is_refused_with_the_name_of_the_holder(ledger, ledger_url):
    """The operator can find the process and wait for it, or stop it."""
    with other_process_holds(ledger_url, CHIME) as other:
        with pytest.raises(DestinationHeld) as refused, ledger.hold(run()):
            pass

        host = socket.gethostname()[:17]
        assert f"process {other.pid} on {host}" in str(refused.value)
        assert "since 2026-02-28T23:15:00Z" in str(refused.value)


def test_destination_of_a_killed_holder_is_free(ledger, ledger_url):
    """SIGKILL leaves no time to clean up, so the kernel does it."""
    with other_process_holds(ledger_url, CHIME) as other:
        other.kill()
        other.join()

        assert hold_within(ledger, seconds=60)


def test_destination_is_free_after_the_run(ledger):
    """The lock ends with the block."""
    with ledger.hold(run()):
        pass

    with ledger.hold(run()):
        pass


def test_destination_is_free_after_a_failed_run(ledger):
    """It does not matter how the block ends."""
    with pytest.raises(ZeroDivisionError), ledger.hold(run()):
        _ = 1 / 0

    with ledger.hold(run()):
        pass


@pytest.mark.parametrize(
    "other", [Scope("chime", "account-2"), Scope("wickr", "account-1"), Scope("chime", "account-1", "http://x")]
)
def test_other_destinations_stay_free(ledger, other):
    """Each destination has its own lock."""
    with ledger.hold(run()), ledger.hold(run(other)):
        pass


def test_ledger_can_be_written_while_held(ledger):
    """The lock does not lock the ledger."""
    with ledger.hold(run()):
        ledger.begin(run())

    assert [past.run_id for past in ledger.runs()] == ["mine"]


def test_chunk_is_claimed_while_the_destination_is_held(ledger):
    """The lock is held, so the claim is made."""
    ledger.begin(run())

    with ledger.hold(run()):
        ledger.claim("mine", CHIME, person(1))
        ledger.claim("mine", CHIME, person(2))

    assert len(ledger.outcomes("mine", 0, 10)) == 2


def test_nothing_is_claimed_after_the_lock_was_lost(new_database):
    """The lock is lost with its connection, and another run may send from then on. A second try fails, too."""
    url = new_database()
    with Ledger.open(url, clock=lambda: START) as ledger:
        ledger.begin(run())
        with ledger.hold(run()):
            ledger.claim("mine", CHIME, person(1))
            end_sessions_with_locks(url)

            for _ in range(2):
                with pytest.raises(HoldLost, match="holds chime account-1: the database ended the connection"):
                    ledger.claim("mine", CHIME, person(2))

        assert ledger.outcomes("mine", 0, 10).index.tolist() == [1]


def test_all_locks_of_a_ledger_take_one_connection(new_database):
    """A run to hundreds of accounts has no connections to spare."""
    url = new_database()
    with Ledger.open(url, clock=lambda: START) as ledger, ExitStack() as held:
        for number in range(20):
            held.enter_context(ledger.hold(run(Scope("chime", f"account-{number}"))))
        during = sessions_with_locks(url)
        with pytest.raises(DestinationHeld), ledger.hold(run(Scope("chime", "account-7"))):
            pass
        held.close()

        assert during == 1
        assert sessions_with_locks(url) == 0


def test_second_holder_of_one_process_is_refused_though_the_lock_of_the_first_was_lost(new_database):
    """The first run may have requests under way until it notices the loss."""
    url = new_database()
    with Ledger.open(url, clock=lambda: START) as ledger:
        with ledger.hold(run()):
            ledger.begin(run())
            end_sessions_with_locks(url)
            with pytest.raises(DestinationHeld), ledger.hold(run()):
                pass
            with pytest.raises(HoldLost, match="no longer holds chime account-1"):
                ledger.claim("mine", CHIME, person(1))

        with ledger.hold(run()):
            ledger.claim("mine", CHIME, person(1))


def test_lock_taken_after_a_loss_belongs_to_another_connection(new_database):
    url = new_database()
    other = replace(run(Scope("chime", "account-2")), run_id="other")
    with Ledger.open(url, clock=lambda: START) as ledger:
        with ledger.hold(run()):
            ledger.begin(run())
            end_sessions_with_locks(url)
            with ledger.hold(other):
                ledger.begin(other)
                with pytest.raises(HoldLost, match="no longer holds chime account-1"):
                    ledger.claim("mine", CHIME, person(1))
                ledger.claim("other", other.scope, person(1))
                assert sessions_with_locks(url) == 1
        assert sessions_with_locks(url) == 0


def test_ledger_goes_on_after_a_lost_lock(new_database):
    """Outcomes are still settled, and the next run holds the destination."""
    url = new_database()
    with Ledger.open(url, clock=lambda: START) as ledger:
        with ledger.hold(run()):
            end_sessions_with_locks(url)

        with ledger.hold(run()):
            ledger.begin(run())
            ledger.claim("mine", CHIME, person(1))

        assert len(ledger.outcomes("mine", 0, 10)) == 1


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": 1}', "\x00"])
def test_garbled_note_of_the_holder_does_no_harm(ledger_file, note):
    """The note is for people; the lock decides."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger, ledger.hold(run()):
        next(ledger_file.parent.glob("*.holder.json")).write_text(note)

        with pytest.raises(DestinationHeld, match="another run, which has only just begun"), ledger.hold(run()):
            pass


def test_missing_note_of_the_holder_does_no_harm(ledger_file):
    """The holder may not have written it yet."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger, ledger.hold(run()):
        next(ledger_file.parent.glob("*.holder.json")).unlink()

        with pytest.raises(DestinationHeld, match="another run, which has only just begun"), ledger.hold(run()):
            pass


def test_note_that_cannot_be_written_does_no_harm(ledger_file):
    """The lock holds without its note."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger:
        with ledger.hold(run()):
            lock = next(ledger_file.parent.glob("*.lock"))
        lock.with_suffix(".holder.json").mkdir()

        with ledger.hold(run()), pytest.raises(DestinationHeld, match="only just begun"), ledger.hold(run()):
            pass


def test_link_to_a_ledger_leads_to_the_same_lock(tmp_path, ledger_file):
    """A ledger has one lock for a destination, under whichever name the ledger was opened."""
    link = tmp_path / "link.db"
    link.symlink_to(ledger_file)

    with (
        Ledger.open(ledger_file, clock=lambda: START) as one,
        Ledger.open(link, clock=lambda: START) as other,
        one.hold(run()),
        pytest.raises(DestinationHeld),
        other.hold(run()),
    ):
        pass


def test_note_of_a_dead_holder_is_replaced(ledger_file):
    """The operator would look for a process that is gone."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger:
        with other_process_holds(f"sqlite:///{ledger_file}", CHIME) as other:
            other.kill()
            other.join()

        with ledger.hold(run()), pytest.raises(DestinationHeld, match="since 2026-03-01T08:30:00Z"), ledger.hold(run()):
            pass


def test_files_of_the_lock_are_private_and_do_not_name_the_account(ledger_file):
    """A list of the folder reveals nothing."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger, ledger.hold(run()):
        files = [path for path in ledger_file.parent.iterdir() if ".lock" in path.name or ".holder" in path.name]

        assert len(files) == 2
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
        assert not any("account-1" in path.name for path in files)


def test_place_without_locks_is_refused_by_name(ledger_file):
    """The run needs a lock."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger:
        with ledger.hold(run()):
            lock = next(ledger_file.parent.glob("*.lock"))
        lock.unlink()
        lock.mkdir()

        with pytest.raises(ConfigurationError, match=str(lock)), ledger.hold(run()):
            pass


def test_free_destination_has_no_holder(ledger, ledger_url):
    """The answer is the same before the first run and after it."""
    before = find_holder(ledger_url, CHIME)
    with ledger.hold(run()):
        pass

    assert (before, find_holder(ledger_url, CHIME)) == (None, None)


def test_holder_is_found_without_taking_its_lock(ledger, ledger_url):
    """The holder goes on holding the destination."""
    with other_process_holds(ledger_url, CHIME) as other:
        told = find_holder(ledger_url, CHIME)

        assert told == f"process {other.pid} on {socket.gethostname()[:17]} since 2026-02-28T23:15:00Z"
        with pytest.raises(DestinationHeld), ledger.hold(run()):
            pass


@pytest.mark.parametrize(
    "other", [Scope("chime", "account-2"), Scope("wickr", "account-1"), Scope("chime", "account-1", "http://x")]
)
def test_holder_of_one_destination_holds_no_other(ledger, ledger_url, other):
    with ledger.hold(run()):
        assert find_holder(ledger_url, other) is None


def test_looking_for_the_holder_keeps_no_run_out(ledger, ledger_url):
    """Many processes may look while a run begins."""
    assert find_holder(ledger_url, CHIME) is None

    with ledger.hold(run()):
        assert find_holder(ledger_url, CHIME) is not None


def test_holder_in_another_database_of_the_server_is_not_found(new_database):
    """It belongs to another ledger, whose locks have the same numbers."""
    one, two = new_database(), new_database()
    with Ledger.open(one, clock=lambda: START) as ledger, ledger.hold(run()):
        assert find_holder(one, CHIME) is not None
        assert find_holder(two, CHIME) is None


def test_killed_holder_is_not_found(ledger_file):
    """Its note is still there, but its lock is free."""
    url = f"sqlite:///{ledger_file}"
    with other_process_holds(url, CHIME) as other:
        other.kill()
        other.join()

        assert list(ledger_file.parent.glob("*.holder.json"))
        assert find_holder(url, CHIME) is None


def test_holder_with_a_garbled_note_is_found_without_its_name(ledger_file):
    """The important answer is that the destination is held."""
    with Ledger.open(ledger_file, clock=lambda: START) as ledger, ledger.hold(run()):
        next(ledger_file.parent.glob("*.holder.json")).write_text("{")

        assert find_holder(ledger_file, CHIME) == "a process without a name"
