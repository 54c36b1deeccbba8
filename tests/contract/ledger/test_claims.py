"""Claims and outcomes of invites, on every database."""

import signal
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pandas as pd
import pyarrow as pa
import pytest
from ledgers import CHIME, chunk, key, outcome, run, states

from onboarding.model.errors import AlreadyClaimed, IllegalStep, LedgerFailed
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.model.rows import TEXT

STEPS = {
    InviteState.IN_FLIGHT: [],
    InviteState.INVITED: [InviteState.INVITED],
    InviteState.FAILED: [InviteState.FAILED],
    InviteState.RELEASED: [InviteState.RELEASED],
    InviteState.IN_DOUBT: [InviteState.IN_DOUBT],
    InviteState.THERE: [InviteState.THERE],
}
LEGAL = {
    (InviteState.IN_FLIGHT, InviteState.INVITED),
    (InviteState.IN_FLIGHT, InviteState.FAILED),
    (InviteState.IN_FLIGHT, InviteState.RELEASED),
    (InviteState.IN_FLIGHT, InviteState.IN_DOUBT),
    (InviteState.IN_DOUBT, InviteState.INVITED),
    (InviteState.IN_DOUBT, InviteState.RELEASED),
    (InviteState.IN_FLIGHT, InviteState.THERE),
    (InviteState.IN_DOUBT, InviteState.THERE),
    (InviteState.IN_DOUBT, InviteState.FAILED),  # the service repeats its earlier answer
}


def test_claimed_address_is_found(ledger):
    """The next run learns at once which addresses are in flight."""
    ledger.claim("first", CHIME, chunk(1, 2))

    found = ledger.live_invites(CHIME, [key(1), key(3)])

    assert found.to_dict("records") == [
        {"key": key(1), "state": "in_flight", "run_id": "first", "decided_at": "", "times": 1, "unknown_times": 0}
    ]
    assert found.dtypes.tolist() == [TEXT, TEXT, TEXT, TEXT, "int64", "int64"]


@pytest.mark.parametrize("state", [InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED])
def test_chunk_is_refused_as_a_whole_if_one_address_is_live(ledger, state):
    """A chunk is sent as a whole or not at all."""
    ledger.begin(run("second"))
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, step) for step in STEPS[state]])

    with pytest.raises(AlreadyClaimed, match=f"chunk 7 of run second .* run first has 1 .* as {state}"):
        ledger.claim("second", CHIME, chunk(0, 3, number=7))

    assert states(ledger, "second") == []


@pytest.mark.parametrize("state", [InviteState.FAILED, InviteState.RELEASED])
def test_address_that_was_not_invited_may_be_claimed_by_a_later_run(ledger, state):
    """The first attempt stays on record."""
    ledger.begin(run("second"))
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, state)])

    ledger.claim("second", CHIME, chunk(1, 1))

    assert (states(ledger, "first"), states(ledger, "second")) == ([state], ["in_flight"])


@pytest.mark.parametrize(
    "other", [Scope("wickr", "account-1"), Scope("chime", "account-2"), Scope("chime", "account-1", "http://x")]
)
def test_invite_counts_in_its_own_scope_only(ledger, other):
    """A rehearsal makes no real run believe that people were invited."""
    ledger.begin(run("elsewhere", scope=other))
    ledger.claim("first", CHIME, chunk(1, 2))

    ledger.claim("elsewhere", other, chunk(1, 1))

    assert ledger.live_invites(other, [key(1), key(2)])["run_id"].tolist() == ["elsewhere"]


def test_chunk_with_an_address_twice_is_refused(ledger):
    """The database refuses what deduplication let through."""
    twice = Chunk(1, (*chunk(1, 1).invitees, *chunk(1, 1, position=2).invitees))

    with pytest.raises(LedgerFailed, match="contradicts"):
        ledger.claim("first", CHIME, twice)

    assert states(ledger) == []


def test_chunk_of_a_run_that_never_began_is_refused(ledger):
    """Every invite belongs to a run."""
    with pytest.raises(LedgerFailed, match="contradicts"):
        ledger.claim("unknown", CHIME, chunk(1, 1))


def test_refusal_shows_no_address(ledger):
    """PostgreSQL quotes the row that it refuses; the ledger does not."""
    ledger.claim("first", CHIME, chunk(1, 1))

    with pytest.raises(AlreadyClaimed) as refused:
        ledger.claim("first", CHIME, chunk(1, 1, position=9))

    assert "example.com" not in "".join(traceback.format_exception(refused.value)).casefold()


def test_one_of_two_simultaneous_claims_wins(ledger):
    """The index decides, not a query beforehand."""
    ready = Barrier(2)

    def claim(position) -> bool:
        ready.wait()
        try:
            ledger.claim("first", CHIME, chunk(1, 50, position=position))
        except AlreadyClaimed:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        won = list(threads.map(claim, [0, 100]))

    assert sorted(won) == [False, True]
    assert len(states(ledger)) == 50


def test_threads_share_a_ledger(ledger):
    """The dispatcher sends from several threads."""

    def invite(number) -> None:
        first = number * 10
        ledger.claim("first", CHIME, chunk(first, first + 9, number=number))
        ledger.settle("first", [outcome(n, InviteState.INVITED) for n in range(first, first + 10)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(invite, range(40)))

    assert states(ledger) == ["invited"] * 400


def test_claim_outlives_a_killed_process(ledger, ledger_url):
    """What was claimed was on disk before the request could leave."""
    program = """if True:
        import os, signal, sys
        from datetime import datetime, UTC
        from onboarding.model.plan import Scope
        from onboarding.ledger import Ledger
        from onboarding.model.plan import Chunk, Invitee
        ledger = Ledger.open(sys.argv[1], clock=lambda: datetime.now(UTC))
        ledger.claim("first", Scope("chime", "account-1"), Chunk(1, (Invitee(0, "a@example.com", "a@example.com"),)))
        os.kill(os.getpid(), signal.SIGKILL)
    """

    died = subprocess.run([sys.executable, "-c", program, ledger_url], check=False)

    assert died.returncode == -signal.SIGKILL
    assert states(ledger) == ["in_flight"]


@pytest.mark.parametrize("after", InviteState)
@pytest.mark.parametrize("before", STEPS)
def test_only_the_steps_of_the_contract_are_taken(ledger, before, after):
    """Try every pair of states. No outcome leads to ``renewed``."""
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, step) for step in STEPS[before]])

    try:
        ledger.settle("first", [outcome(1, after)])
    except IllegalStep:
        assert states(ledger) == [before]
        assert (before, after) not in LEGAL
    else:
        assert states(ledger) == [after]
        assert (before, after) in LEGAL


def test_one_illegal_step_leaves_the_whole_batch_undone(ledger):
    """A batch is one transaction."""
    ledger.claim("first", CHIME, chunk(1, 2))
    ledger.settle("first", [outcome(2, InviteState.FAILED)])

    with pytest.raises(IllegalStep, match="position 2 as failed: it cannot be invited"):
        ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.INVITED)])

    assert states(ledger) == ["in_flight", "failed"]


def test_two_outcomes_of_one_address_must_follow_one_another(ledger):
    """A batch is checked outcome by outcome."""
    ledger.claim("first", CHIME, chunk(1, 1))

    with pytest.raises(IllegalStep, match="as invited: it cannot be released"):
        ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(1, InviteState.RELEASED)])

    assert states(ledger) == ["in_flight"]


def test_attempts_add_up(ledger):
    """The row tells how often its address was sent, in doubt or not."""
    ledger.claim("first", CHIME, chunk(1, 1))

    ledger.settle("first", [outcome(1, InviteState.IN_DOUBT, attempts=3)])
    ledger.settle("first", [outcome(1, InviteState.INVITED, attempts=2)])

    assert ledger.outcomes("first", 1, 2)["attempts"].tolist() == [5]


@pytest.mark.parametrize(
    "wrong", [outcome(2, InviteState.INVITED), Outcome(1, key(2), InviteState.INVITED, attempts=1)]
)
def test_outcome_of_an_address_never_claimed_is_refused(ledger, wrong):
    """Position and address must both be those of the claim."""
    ledger.claim("first", CHIME, chunk(1, 1))

    with pytest.raises(IllegalStep, match="never claimed"):
        ledger.settle("first", [wrong])

    assert states(ledger) == ["in_flight"]


def test_empty_batch_changes_nothing(ledger):
    ledger.claim("first", CHIME, chunk(1, 1))

    ledger.settle("first", [])

    assert states(ledger) == ["in_flight"]


def test_only_invites_in_flight_come_into_doubt(ledger):
    """A settled invite stays settled."""
    ledger.claim("first", CHIME, chunk(1, 3))
    ledger.settle("first", [outcome(2, InviteState.INVITED)])

    assert ledger.doubt(CHIME) == 2

    found = ledger.outcomes("first", 0, 10)
    assert found["state"].tolist() == ["in_doubt", "invited", "in_doubt"]
    assert found["error"].tolist() == ["interrupted", "", "interrupted"]


@pytest.mark.parametrize("other", [Scope("chime", "account-2"), Scope("chime", "never seen")])
def test_doubt_stays_in_its_scope(ledger, other):
    """Runs of other destinations may be at work."""
    ledger.begin(run("elsewhere", scope=Scope("chime", "account-2")))
    ledger.claim("first", CHIME, chunk(1, 1))

    assert ledger.doubt(other) == 0

    assert states(ledger) == ["in_flight"]


def test_outcomes_of_a_range_are_indexed_by_position(ledger):
    """Reconciliation joins them to a frame of the same positions."""
    ledger.claim("first", CHIME, chunk(1, 9, number=3))
    told = outcome(5, InviteState.INVITED, invite_id="i-5", invite_status="Pending", email_status="Sent")
    ledger.settle("first", [told, outcome(6, InviteState.FAILED, error="Forbidden")])

    found = ledger.outcomes("first", 5, 8)

    assert found.index.tolist() == [5, 6, 7]
    assert found.loc[5].to_dict() == {
        "chunk": 3,
        "state": "invited",
        "attempts": 1,
        "invite_id": "i-5",
        "invite_status": "Pending",
        "email_status": "Sent",
        "error": "",
        "decided_at": "2026-03-01T08:30:00.250000+00:00",
    }
    assert found["error"].tolist() == ["", "Forbidden", ""]


def test_outcomes_keep_their_dtypes_when_there_are_none(ledger):
    """A part without sent rows is joined like any other part."""
    none = ledger.outcomes("first", 0, 100)
    ledger.claim("first", CHIME, chunk(1, 1))
    some = ledger.outcomes("first", 0, 100)

    assert none.empty
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert some["state"].dtype == TEXT


@pytest.mark.soak
@pytest.mark.parametrize("as_asked", [list, pd.Series])
def test_more_keys_than_a_statement_has_values_are_looked_up(ledger, as_asked):
    ledger.claim("first", CHIME, chunk(24_990, 25_039))
    keys = [key(n) for n in range(25_000)] * 2

    found = ledger.live_invites(CHIME, as_asked(keys))

    assert sorted(found["key"]) == [key(n) for n in range(24_990, 25_000)]


@pytest.mark.parametrize("keys", [[], ["stranger@example.com"], ["it's\u00fcmlaut%_\"@example.com"]])
def test_address_that_was_never_claimed_is_not_found(ledger, keys):
    """The empty answer has its columns, too."""
    found = ledger.live_invites(CHIME, keys)

    assert found.columns.tolist() == ["key", "state", "run_id", "decided_at", "times", "unknown_times"]
    assert found.empty


def test_doubts_come_in_the_order_of_the_rows(ledger):
    """The order of the claims does not matter."""
    ledger.claim("first", CHIME, chunk(5, 6, number=2))
    ledger.claim("first", CHIME, chunk(1, 2, number=1))

    ledger.doubt(CHIME)

    assert ledger.doubts(CHIME)["position"].tolist() == [1, 2, 5, 6]


def test_rate_is_remembered_for_each_account(ledger):
    """The last rate counts, and an account without one has none."""
    assert ledger.rate(CHIME) is None
    assert ledger.rate(Scope("chime", "another account")) is None

    ledger.remember_rate(CHIME, 12.5)
    ledger.remember_rate(CHIME, 49.75)

    assert ledger.rate(CHIME) == 49.75
    assert ledger.rate(Scope("chime", "account-1", "http://127.0.0.1:1")) is None


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("straße", {"strasse"}),
        ("strasse", {"straße", "\u017ftraße"}),
        ("\u017ftraße", {"strasse", "straße"}),
        ("ana", set()),
    ],
)
def test_invite_under_another_spelling_is_found(ledger, sent, found):
    person = Invitee(0, f"{sent}@example.com", f"{sent}@example.com")
    asked = [f"{name}@example.com" for name in (*sorted(found), sent, "ben")]
    ledger.claim("first", CHIME, Chunk(1, (person,)))

    assert ledger.respelled(CHIME, pa.array(asked, pa.string())) == {f"{name}@example.com" for name in found}

    ledger.settle("first", [Outcome(0, person.key, InviteState.FAILED, 1)])
    assert ledger.respelled(CHIME, pa.array(asked, pa.string())) == set()
