"""A purge takes out names and addresses, and lets no person be invited twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from secrets import token_hex

import pandas as pd
import pyarrow as pa
import pytest
from ledgers import CHIME, NOW, chunk, frame, key, outcome, run, states
from sqlalchemy import event, text

from onboarding.ledger import Ledger, Purged
from onboarding.ledger.bulk import VALUES_A_STATEMENT
from onboarding.model.columns import text_array as as_text
from onboarding.model.errors import AlreadyClaimed, DestinationHeld, LedgerFailed
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Invitee, Scope

LATER = NOW + timedelta(microseconds=1)
PERSONAL = ["email", "email_as_given", "name", "family_name", "employee_id", "detail", "key"]


def invite(ledger, first, last, run_id="first") -> None:
    """Let a run invite people and end."""
    ledger.claim(run_id, CHIME, chunk(first, last))
    ledger.settle(run_id, [outcome(n, InviteState.INVITED) for n in range(first, last + 1)])
    ledger.end(run_id, exit_code=0, counts={})


def addresses(ledger) -> list[str]:
    """Return the addresses that are still in the ledger's record of invites."""
    with ledger._database.reading() as connection:  # noqa: SLF001 - what is in the database is the point
        return connection.scalars(text("SELECT address FROM invites WHERE address <> '' ORDER BY address")).all()


@contextmanager
def emptied(ledger) -> Iterator[list[int]]:
    """Count the addresses that each statement empties inside the block."""
    counts = []

    def note(_connection, cursor, statement, *_):
        if statement.startswith("UPDATE invites SET address="):
            counts.append(cursor.rowcount)

    engine = ledger._database.engine  # noqa: SLF001 - what a transaction takes is nothing that anybody could ask for
    event.listen(engine, "after_cursor_execute", note)
    yield counts
    event.remove(engine, "after_cursor_execute", note)


def test_person_is_not_invited_twice_after_a_purge(ledger):
    """The ledger recognises people whom it cannot name any more."""
    invite(ledger, 1, 3)

    assert ledger.purge(LATER) == Purged(runs=1, addresses=3)

    ledger.begin(run("second"))
    assert addresses(ledger) == []
    assert sorted(ledger.live_invites(CHIME, [key(n) for n in range(9)])["key"]) == [key(1), key(2), key(3)]
    with pytest.raises(AlreadyClaimed):
        ledger.claim("second", CHIME, chunk(3, 4))


def test_words_of_the_service_are_gone_after_a_purge(ledger):
    """A reason may name the person. A row in doubt loses it when it is settled."""
    reason = f"{key(1)} exists already"
    ledger.claim("first", CHIME, chunk(1, 3))
    ledger.settle("first", [outcome(n, InviteState.FAILED, error=reason) for n in (1, 2)])
    ledger.settle("first", [outcome(3, InviteState.IN_DOUBT, error=reason)])
    ledger.end("first", exit_code=6, counts={})

    ledger.purge(LATER)
    purged = ledger.outcomes("first", 0, 9)["error"].tolist()
    ledger.settle("first", [outcome(3, InviteState.FAILED, error=reason)])

    assert purged == ["", "", reason]
    assert ledger.outcomes("first", 0, 9)["error"].tolist() == ["", "", ""]
    assert states(ledger) == ["failed"] * 3


def test_every_row_keeps_its_disposition_after_a_purge(ledger):
    """The row keeps its source and its outcome, and loses the person."""
    ledger.keep("first", 0, frame(0, ["Ada", "Grace"]))
    ledger.keep("first", 1, frame(2, ["Joan"]))
    invite(ledger, 0, 2)
    before = pd.concat(ledger.rows("first"))

    ledger.purge(LATER)

    after = pd.concat(ledger.rows("first"))
    assert set(after[PERSONAL].to_numpy().ravel()) == {""}
    pd.testing.assert_frame_equal(after.drop(columns=PERSONAL), before.drop(columns=PERSONAL))
    assert states(ledger) == ["invited"] * 3


def test_second_purge_finds_nothing_to_do(ledger):
    """The run keeps the time of its first purge."""
    invite(ledger, 1, 3)
    ledger.purge(LATER)

    assert ledger.purge(LATER) == Purged(runs=0, addresses=0)
    assert ledger.find_run("first").purged_at == NOW


@pytest.mark.parametrize("again", [False, True])
def test_run_is_purged_by_its_last_sign_of_life(ledger_url, again):
    """The last sign of life is the end of the run, or its latest start if it died."""
    hours = iter(NOW + timedelta(hours=n) for n in range(9))
    with Ledger.open(ledger_url, clock=lambda: next(hours)) as ledger:
        ledger.begin(run("ended", started_at=NOW - timedelta(days=9)))
        ledger.begin(run("died", started_at=NOW - timedelta(days=9)))
        ledger.end("ended", exit_code=0, counts={})
        if again:
            ledger.reopen("died")

        ledger.purge(NOW + timedelta(hours=1))

        assert {past.run_id for past in ledger.runs() if past.purged_at} == (set() if again else {"died"})


def test_invite_in_doubt_keeps_its_address_until_it_is_settled(ledger):
    """The run still has to ask the service about it."""
    ledger.claim("first", CHIME, chunk(1, 4))
    ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.IN_DOUBT)])

    ledger.purge(LATER)

    assert addresses(ledger) == ["Person2@example.com", "Person3@example.com", "Person4@example.com"]
    ledger.doubt(CHIME)
    ledger.settle("first", [outcome(2, InviteState.INVITED), outcome(3, InviteState.RELEASED)])
    assert ledger.doubts(CHIME)["address"].tolist() == addresses(ledger) == ["Person4@example.com"]


def test_purge_of_one_run_leaves_all_others_as_they_are(ledger_url):
    """The runs have rows and addresses at the same positions."""
    hours = (NOW + timedelta(hours=n) for n in count())
    with Ledger.open(ledger_url, clock=lambda: next(hours)) as ledger:
        for run_id, first in (("first", 1), ("second", 5)):
            ledger.begin(run(run_id))
            ledger.keep(run_id, 0, frame(0, [run_id]))
            ledger.claim(run_id, CHIME, chunk(first, first, position=0))
            ledger.settle(run_id, [Outcome(0, key(first), InviteState.INVITED, attempts=1)])
            ledger.end(run_id, exit_code=0, counts={})

        assert ledger.purge(ledger.find_run("second").ended_at) == Purged(runs=1, addresses=1)

        assert addresses(ledger) == ["Person5@example.com"]
        assert [part["name"].tolist() for part in ledger.rows("first")] == [[""]]
        assert [part["name"].tolist() for part in ledger.rows("second")] == [["second"]]


def test_run_is_purged_while_its_own_destination_is_held(ledger, ledger_url):
    """A run to another destination may be under way."""
    elsewhere = Scope("chime", "account-2")
    ledger.begin(run("elsewhere", scope=elsewhere))
    with Ledger.open(ledger_url, clock=lambda: NOW) as other, other.hold(run("at work", scope=elsewhere)):
        with pytest.raises(DestinationHeld):
            ledger.purge(LATER)

        assert {past.run_id: past.purged_at is not None for past in ledger.runs()} == {
            "first": True,
            "elsewhere": False,
        }


def test_purged_run_is_not_resumed(ledger):
    """Its open rows have no address any more."""
    ledger.purge(LATER)

    with pytest.raises(LedgerFailed, match="run first was purged at 2026-03-01T08:30:00"):
        ledger.reopen("first")


def test_runs_of_all_destinations_are_purged(ledger):
    """The purge includes destinations that no run sends to any more."""
    for number in range(3):
        ledger.begin(run(f"run-{number}", scope=Scope("chime", f"account-{number}")))

    assert ledger.purge(LATER).runs == 4


@pytest.mark.soak
def test_many_addresses_are_emptied_a_batch_at_a_time(ledger):
    """A transaction does not grow with the run."""
    people = tuple(Invitee(n, key(n), key(n)) for n in range(VALUES_A_STATEMENT * 2 + 1))
    ledger.claim("first", CHIME, Chunk(1, people))
    ledger.settle("first", [outcome(n, InviteState.RELEASED) for n in range(len(people))])

    with emptied(ledger) as counts:
        assert ledger.purge(LATER) == Purged(runs=1, addresses=len(people))

    assert counts == [VALUES_A_STATEMENT, VALUES_A_STATEMENT, 1]
    assert addresses(ledger) == []


@pytest.mark.soak
def test_batches_of_one_run_do_not_depend_on_those_of_another(ledger):
    """One of two runs in a ledger has many more people."""
    ledger.begin(run("second"))
    for run_id, size in (("first", VALUES_A_STATEMENT + 2), ("second", VALUES_A_STATEMENT - 1)):
        people = tuple(Invitee(n, f"{run_id}{n}", f"{run_id}{n}") for n in range(size))
        ledger.claim(run_id, CHIME, Chunk(1, people))
        ledger.settle(run_id, [Outcome(n, f"{run_id}{n}", InviteState.RELEASED, attempts=1) for n in range(size)])

    with emptied(ledger) as counts:
        assert ledger.purge(LATER) == Purged(runs=2, addresses=VALUES_A_STATEMENT * 2 + 1)

    assert counts == [VALUES_A_STATEMENT, 2, VALUES_A_STATEMENT - 1]


def test_purge_is_refused_while_a_run_is_under_way(ledger, ledger_url):
    """The run still needs its rows."""
    with (
        Ledger.open(ledger_url, clock=lambda: NOW) as other,
        other.hold(run("other")),
        pytest.raises(DestinationHeld),
    ):
        ledger.purge(LATER)

    assert ledger.find_run("first").purged_at is None


def test_run_that_holds_the_destination_may_purge(ledger):
    """The run keeps its lock meanwhile."""
    with ledger.hold(run("second")):
        assert ledger.purge(LATER).runs == 1

        with pytest.raises(DestinationHeld), ledger.hold(run("third")):
            pass


def test_purge_that_was_cut_short_is_finished_by_the_next(ledger):
    """An unreadable part ends the first purge. The next one does not count what is emptied already."""
    ledger.keep("first", 0, frame(0, ["Ada"]))
    invite(ledger, 1, 3)
    with ledger._database.writing() as connection:  # noqa: SLF001 - damage comes from outside
        whole = connection.scalar(text("SELECT frame FROM parts"))
        connection.execute(text("UPDATE parts SET frame = :none"), {"none": b""})
    with pytest.raises(pa.ArrowInvalid):
        ledger.purge(LATER)
    assert (addresses(ledger), ledger.find_run("first").purged_at) == ([], None)
    with ledger._database.writing() as connection:  # noqa: SLF001 - and is mended from outside
        connection.execute(text("UPDATE parts SET frame = :whole"), {"whole": whole})

    assert ledger.purge(LATER) == Purged(runs=1, addresses=0)

    assert [part["name"].tolist() for part in ledger.rows("first")] == [[""]]


def packed(ledger) -> list[bytes]:
    """Return the packed bytes of the one part that is kept, in pieces, since packed names do not look like names."""
    with ledger._database.reading() as connection:  # noqa: SLF001 - see above
        frame = connection.scalar(text("SELECT frame FROM parts"))
    return [frame[start : start + 64] for start in range(0, len(frame), 64)]


def in_files(folder, something) -> bool:
    """Return whether any file of a folder holds these bytes."""
    return any(something in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_no_file_of_sqlite_holds_an_address_after_a_purge(tmp_path):
    """No free page, abandoned page or log holds an address, even while the ledger is open."""
    with Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
        ledger.keep("first", 0, frame(0, ["x"] * 2_000).assign(email=as_text(token_hex(9) for _ in range(2_000))))
        for first in range(0, 5_000, 50):
            ledger.claim("first", CHIME, chunk(first, first + 49))
            told = [outcome(n, InviteState.INVITED, invite_id="i" * (n % 60)) for n in range(first, first + 50)]
            ledger.settle("first", told)
        before = packed(ledger)
        assert in_files(tmp_path, b"@example.com")

        ledger.purge(LATER)

        assert not in_files(tmp_path, b"@example.com")
        emptied = [piece for piece in before if piece not in b"".join(packed(ledger))]
        assert len(emptied) > 100
        assert not any(in_files(tmp_path, piece) for piece in emptied)


def test_files_are_scrubbed_by_the_next_purge_if_another_process_reads_them(tmp_path):
    """A reader keeps the log from being emptied, and the error line says so."""
    file = tmp_path / "ledger.db"
    with Ledger.open(file, clock=lambda: NOW) as ledger, closing(sqlite3.connect(file)) as reader:
        ledger.begin(run("first"))
        invite(ledger, 1, 3)
        reader.isolation_level = None
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM invites").fetchall()
        with pytest.raises(LedgerFailed, match="another process reads what was purged; purge again later"):
            ledger.purge(LATER)
        assert in_files(tmp_path, b"Person1@example.com")
        reader.execute("COMMIT")

        assert ledger.purge(LATER) == Purged(runs=0, addresses=0)

        assert not in_files(tmp_path, b"@example.com")


def test_purge_holds_each_destination_in_turn(ledger):
    """The purge empties the runs of all destinations."""
    elsewhere = [
        Scope("chime", "account-2"),
        Scope("chime", "account-1", "http://127.0.0.1:1"),
        Scope("wickr", "account-1"),
    ]
    for number, scope in enumerate(elsewhere):
        run_id = f"run{number}"
        ledger.begin(run(run_id, scope=scope))
        ledger.claim(run_id, scope, chunk(1, 2))
        ledger.settle(run_id, [outcome(n, InviteState.INVITED) for n in (1, 2)])
        ledger.end(run_id, exit_code=0, counts={})
    ledger.end("first", exit_code=0, counts={})

    assert ledger.purge(LATER) == Purged(runs=4, addresses=6)

    assert addresses(ledger) == []
