"""A run that has lost its hold on a destination claims nothing, and settles nothing once another run holds it."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from ledgers import CHIME, NOW, chunk, outcome, run, states
from sqlalchemy import create_engine, make_url, text

from onboarding.ledger import Ledger
from onboarding.model.errors import ExitCode, HoldLost, LedgerDisconnected
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Scope

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
LOCKS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
OTHERS = f"{END_SESSIONS} AND pid NOT IN ({LOCKS})"


def lose_lock(url) -> None:
    """Take the lock from its holder, as administrators do: end all sessions, or delete the files of the lock."""
    if url.startswith("postgresql"):
        administrate(url, END_SESSIONS)
    else:
        for file in folder_of(url).glob("*.lock"):
            file.unlink()


def administrate(url, statement) -> None:
    """Carry out a statement in a database."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def folder_of(url):
    """Return the folder of a ledger on SQLite."""
    return Path(url.removeprefix("sqlite:///")).parent


@contextmanager
def second_run(url):
    """Take the destination over in a ledger of its own, as another process does."""
    with Ledger.open(url, clock=lambda: NOW) as other, other.hold(run("second")):
        other.begin(run("second"))
        yield other


def test_run_that_was_taken_over_claims_nothing(ledger, ledger_url):
    """The second run may send the same people by now."""
    with ledger.hold(run("first")):
        lose_lock(ledger_url)
        with second_run(ledger_url) as other:
            other.claim("second", CHIME, chunk(1, 3))

            with pytest.raises(HoldLost, match="no longer holds chime account-1") as lost:
                ledger.claim("first", CHIME, chunk(4, 6))

    assert lost.value.exit_code == ExitCode.HELD
    assert states(ledger, "first") == []
    assert states(ledger, "second") == ["in_flight"] * 3


def test_run_that_was_taken_over_repeats_no_request(ledger, ledger_url):
    """The next holder may have found the people absent, and sent to them."""
    ledger.claim("first", CHIME, chunk(1, 3))
    with ledger.hold(run("first")):
        ledger.repeat("first", 1)
        lose_lock(ledger_url)
        with second_run(ledger_url), pytest.raises(HoldLost):
            ledger.repeat("first", 1)

    ledger.doubt(CHIME)
    assert ledger.doubts(CHIME)["departures"].tolist() == [2] * 3


@pytest.mark.parametrize("late", [InviteState.INVITED, InviteState.FAILED, InviteState.RELEASED, InviteState.IN_DOUBT])
def test_late_outcome_of_a_run_that_was_taken_over_is_not_settled(ledger, ledger_url, late):
    """The next holder has put the rows in doubt and settles them. It may have settled them already."""
    with ledger.hold(run("first")):
        ledger.claim("first", CHIME, chunk(1, 2))
        lose_lock(ledger_url)
        with second_run(ledger_url) as other:
            assert other.doubt(CHIME) == 2
            other.settle("first", [outcome(1, InviteState.INVITED)])

            for number in (1, 2):
                with pytest.raises(HoldLost):
                    ledger.settle("first", [outcome(number, late)])

    assert states(ledger) == ["invited", "in_doubt"]


def test_run_that_was_taken_over_puts_nothing_in_doubt(ledger, ledger_url):
    with ledger.hold(run("first")):
        lose_lock(ledger_url)
        with second_run(ledger_url) as other:
            other.claim("second", CHIME, chunk(1, 2))

            with pytest.raises(HoldLost):
                ledger.doubt(CHIME)

    assert states(ledger, "second") == ["in_flight"] * 2


def test_hold_stays_lost_after_the_next_holder_has_ended(ledger, ledger_url):
    """The number of the hold never comes back."""
    with ledger.hold(run("first")):
        lose_lock(ledger_url)
        with second_run(ledger_url):
            pass

        with pytest.raises(HoldLost):
            ledger.claim("first", CHIME, chunk(1, 2))


def test_run_that_lost_its_lock_settles_what_it_sent_while_nobody_took_over(ledger, ledger_url):
    """What is known is on record. Nothing more is sent, since anybody may take the lock at any moment."""
    with ledger.hold(run("first")):
        ledger.claim("first", CHIME, chunk(1, 2))
        lose_lock(ledger_url)

        with pytest.raises(HoldLost, match="run onboard resume"):
            ledger.claim("first", CHIME, chunk(3, 4))
        ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.IN_DOUBT)])

    assert states(ledger) == ["invited", "in_doubt"]


def test_destination_can_be_held_again_after_a_lost_hold(ledger, ledger_url):
    with ledger.hold(run("first")):
        lose_lock(ledger_url)

    with ledger.hold(run("first")):
        ledger.claim("first", CHIME, chunk(1, 2))

    assert states(ledger) == ["in_flight"] * 2


def move(folder) -> None:
    folder.rename(folder.with_name("moved"))


def replace(folder) -> None:
    """Put a copy in the place of the ledger, as one who restores a backup does."""
    shutil.copytree(folder, folder.with_name("copy"))
    move(folder)
    folder.with_name("copy").rename(folder)


def replace_file(folder) -> None:
    shutil.copy(folder / "ledger.db", folder / "copy.db")
    (folder / "copy.db").replace(folder / "ledger.db")


@pytest.mark.parametrize("disturb", [move, replace, replace_file, shutil.rmtree])
def test_nothing_is_claimed_in_a_ledger_that_is_no_longer_in_its_place(tmp_path, disturb):
    """A second run would open another file there, and another lock."""
    folder = tmp_path / "state"
    with Ledger.open(folder / "ledger.db", clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
        with ledger.hold(run("first")):
            ledger.claim("first", CHIME, chunk(1, 2))
            disturb(folder)

            with pytest.raises(HoldLost, match=r"ledger\.db was moved, removed or replaced; put it back"):
                ledger.claim("first", CHIME, chunk(3, 4))


def test_note_of_the_next_holder_stays(tmp_path):
    """A run whose lock was deleted must not delete the note of the run that took over."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url, clock=lambda: NOW) as ledger, Ledger.open(url, clock=lambda: NOW) as other:
        with ledger.hold(run("first")):
            lose_lock(url)
            taken = other.hold(run("second"))
            taken.__enter__()

        assert list(tmp_path.glob("*.holder.json"))
        taken.__exit__(None, None, None)
        assert not list(tmp_path.glob("*.holder.json"))


def test_holds_of_one_destination_do_not_disturb_another(ledger, ledger_url):
    elsewhere = run("third", scope=Scope("chime", "account-2"))
    with ledger.hold(run("first")), Ledger.open(ledger_url, clock=lambda: NOW) as other, other.hold(elsewhere):
        other.begin(elsewhere)
        other.claim("third", elsewhere.scope, chunk(1, 2))
        ledger.claim("first", CHIME, chunk(1, 2))
        ledger.settle("first", [outcome(1, InviteState.INVITED)])

    assert states(ledger) == ["invited", "in_flight"]


def test_server_that_ends_idle_sessions_ends_no_hold(new_database):
    """A run waits for the service for minutes, and its lock with it."""
    url = new_database()
    administrate(url, f"ALTER DATABASE {make_url(url).database} SET idle_session_timeout = '400ms'")
    with Ledger.open(url, clock=lambda: NOW) as ledger, ledger.hold(run("first")):
        ledger.begin(run("first"))
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        patient = {"autocommit": True, "options": "-c idle_session_timeout=0"}
        with psycopg.connect(plain, application_name="idle"), psycopg.connect(plain, **patient) as watcher:
            while (
                watcher.execute("SELECT FROM pg_stat_activity WHERE application_name = 'idle'").fetchone() is not None
            ):
                pass

        ledger.claim("first", CHIME, chunk(1, 2))

        assert states(ledger) == ["in_flight"] * 2


def test_hold_survives_a_connection_of_the_pool_that_was_ended(new_database):
    """Only the session of the lock is the hold. For each other connection there is a new one."""
    url = new_database()
    with Ledger.open(url, clock=lambda: NOW) as ledger, ledger.hold(run("first")):
        ledger.begin(run("first"))
        administrate(url, OTHERS)

        ledger.claim("first", CHIME, chunk(1, 2))

        assert states(ledger) == ["in_flight"] * 2


def claim_in_hold(ledger, granted) -> None:
    """Hold the destination and claim a chunk. ``granted`` is called in the transaction."""
    with ledger.hold(run("first")):
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, chunk(1, 2), granted=granted)


def test_connection_that_ends_in_a_claim_ends_the_run_with_8(new_database):
    """The transaction leaves no trace, and the request does not leave."""
    url = new_database()
    with Ledger.open(url, clock=lambda: NOW) as ledger:
        with pytest.raises(LedgerDisconnected) as lost:
            claim_in_hold(ledger, lambda: administrate(url, OTHERS))

        assert lost.value.exit_code == ExitCode.STOPPED
        assert str(lost.value).endswith(
            ": the database ended the connection (SQLSTATE 57P01); run the command again, nothing is lost"
        )
        assert states(ledger) == []
        with ledger.hold(run("first")):
            ledger.claim("first", CHIME, chunk(1, 2))


class Ending:
    """A clock. Once a statement is set, it is carried out when the clock is read, in the middle of a transaction."""

    statement = ""

    def __init__(self, url) -> None:
        self.url = url

    def __call__(self):
        if statement := self.statement:
            self.statement = ""
            administrate(self.url, statement)
        return NOW


def settle_in_hold(ledger, clock) -> None:
    """Hold the destination, claim a chunk, and lose all sessions while its outcomes are recorded."""
    with ledger.hold(run("first")):
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, chunk(1, 2))
        clock.statement = END_SESSIONS
        ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.FAILED)])


def test_connections_that_end_with_the_lock_in_an_outcome_end_the_run_with_11(new_database):
    """What the request has done is in doubt."""
    clock = Ending(new_database())
    with Ledger.open(clock.url, clock=clock) as ledger:
        with pytest.raises(HoldLost, match="the database ended the connection that held it; run onboard resume"):
            settle_in_hold(ledger, clock)

        assert ledger.doubt(CHIME) == 2


def test_connection_that_ends_while_the_ledger_is_opened_is_no_wrong_setting(new_database):
    clock = Ending(new_database())
    clock.statement = END_SESSIONS

    with pytest.raises(LedgerDisconnected):
        Ledger.open(clock.url, clock=clock)
