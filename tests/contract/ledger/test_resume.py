"""A resumed run sends what it deferred, and finds what is in doubt."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import CHIME, chunk, key, outcome, run, states
from sqlalchemy import event, insert

from onboarding.ledger.schema import invites
from onboarding.ledger.settling import ALLOWED_EARLIER_STATES
from onboarding.model.errors import AlreadyClaimed, LedgerFailed
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.model.rows import TEXT

TEXTS = ("address", "invite_id", "invite_status", "email_status", "error", "claimed_at", "decided_at", "member_id")
LIVE = {InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED}


def defer(ledger, first, last, run_id="first") -> None:
    """Claim people in a run and release them."""
    ledger.claim(run_id, CHIME, chunk(first, last))
    ledger.settle(
        run_id, [outcome(n, InviteState.RELEASED, attempts=4, error="Throttled") for n in range(first, last + 1)]
    )


def test_run_claims_again_what_it_released(ledger):
    """The chunk gets a new number, and earlier attempts still count."""
    defer(ledger, 1, 2)

    ledger.claim("first", CHIME, chunk(1, 3, number=8))

    found = ledger.outcomes("first", 0, 10)
    assert found["state"].tolist() == ["in_flight"] * 3
    assert found["chunk"].tolist() == [8] * 3
    assert found["attempts"].tolist() == [4, 4, 0]
    assert set(found["error"]) == set(found["decided_at"]) == {""}


def test_chunk_of_released_people_alone_is_claimed_again(ledger):
    """No person in it is new. Its attempts add up."""
    defer(ledger, 1, 2)

    ledger.claim("first", CHIME, chunk(1, 2))
    ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.INVITED)])

    assert states(ledger) == ["invited"] * 2
    assert ledger.outcomes("first", 0, 10)["attempts"].tolist() == [5, 5]
    assert sorted(ledger.live_invites(CHIME, [key(1), key(2)])["key"]) == [key(1), key(2)]


@pytest.mark.parametrize(
    "state", [InviteState.IN_FLIGHT, InviteState.FAILED, InviteState.INVITED, InviteState.IN_DOUBT]
)
def test_address_that_was_not_released_is_not_claimed_again(ledger, state):
    """The rest of its chunk is not claimed either. A refusal is final within a run."""
    defer(ledger, 1, 1)
    ledger.claim("first", CHIME, chunk(2, 2))
    if state is not InviteState.IN_FLIGHT:
        ledger.settle("first", [outcome(2, state)])

    with pytest.raises(AlreadyClaimed, match=f"chunk 5 of run first .* run first has 1 .* as {state}"):
        ledger.claim("first", CHIME, chunk(1, 3, number=5))

    assert states(ledger) == ["released", state]


def test_address_that_another_run_gave_up_may_be_claimed(ledger):
    """The address may have failed years ago."""
    ledger.begin(run("second"))
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, InviteState.FAILED)])
    ledger.claim("second", CHIME, chunk(1, 2))
    ledger.settle("second", [outcome(1, InviteState.RELEASED), outcome(2, InviteState.RELEASED)])

    ledger.claim("second", CHIME, chunk(1, 2, number=2))

    assert states(ledger, "second") == ["in_flight"] * 2


def test_released_person_is_not_claimed_again_while_another_run_has_claimed_the_person(ledger):
    """The later run may have mailed the person."""
    defer(ledger, 1, 2)
    ledger.begin(run("second"))
    ledger.claim("second", CHIME, chunk(2, 2))

    with pytest.raises(AlreadyClaimed, match="run second has 1 of its addresses or positions as in_flight"):
        ledger.claim("first", CHIME, chunk(1, 2))

    assert states(ledger) == ["released", "released"]


@pytest.mark.parametrize("moved", [chunk(1, 1, position=2), chunk(7, 7, position=1)])
def test_released_person_is_claimed_again_at_the_same_position_only(ledger, moved):
    """Another position is another row, which may be another person."""
    defer(ledger, 1, 2)

    with pytest.raises(AlreadyClaimed, match="as released"):
        ledger.claim("first", CHIME, moved)

    assert states(ledger) == ["released", "released"]


def test_usual_claim_looks_nothing_up(ledger):
    """The first chunk looks up its scope. After that a claim is one insert of invites, and one of the request."""
    ledger.claim("first", CHIME, chunk(1, 50))
    said = []
    event.listen(ledger._database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))  # noqa: SLF001 - what is sent to the database is the point

    ledger.claim("first", CHIME, chunk(51, 100, number=2))

    assert [
        " ".join(statement.split()[:3]) for statement in said if "invites" in statement or "requests" in statement
    ] == [
        "INSERT INTO invites",
        "INSERT INTO requests",
    ]


def test_doubts_have_their_addresses(ledger):
    """Each doubt has all that a question to the service needs."""
    ledger.begin(run("a run before"))
    ledger.claim("first", CHIME, chunk(1, 4, number=6))
    ledger.settle(
        "first", [outcome(3, InviteState.IN_DOUBT), outcome(1, InviteState.IN_DOUBT), outcome(2, InviteState.INVITED)]
    )
    ledger.claim("a run before", CHIME, chunk(9, 9))
    ledger.settle("a run before", [outcome(9, InviteState.IN_DOUBT)])

    found = ledger.doubts(CHIME)

    assert found[["run_id", "position", "chunk", "address"]].to_numpy().tolist() == [
        ["a run before", 9, 1, "Person9@example.com"],
        ["first", 1, 6, "Person1@example.com"],
        ["first", 3, 6, "Person3@example.com"],
    ]
    assert set(found["claimed_at"]) == {"2026-03-01T08:30:00.250000+00:00"}
    assert {name: found[name].dtype for name in ("run_id", "address", "claimed_at")} == dict.fromkeys(
        ("run_id", "address", "claimed_at"), TEXT
    )
    assert [found[name].dtype for name in ("position", "chunk")] == ["int64"] * 2


@pytest.mark.parametrize("other", [Scope("chime", "account-2"), Scope("chime", "never seen")])
def test_doubts_of_other_destinations_are_left_out(ledger, other):
    """The empty answer has its columns, too."""
    ledger.begin(run("elsewhere", scope=Scope("chime", "account-2")))
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, InviteState.IN_DOUBT)])

    found = ledger.doubts(other)

    assert found.empty
    assert found.dtypes.to_dict() == ledger.doubts(CHIME).dtypes.to_dict()


def test_settled_doubt_is_no_longer_in_doubt(ledger):
    """It is settled like any other row."""
    ledger.claim("first", CHIME, chunk(1, 2))
    ledger.doubt(CHIME)

    ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.RELEASED)])

    assert ledger.doubts(CHIME).empty


@pytest.mark.soak
def test_unsettled_invites_are_found_by_their_index(ledger):
    """Both databases are asked for their query plan, so the number of invites does not matter."""
    settled = dict.fromkeys(TEXTS, "")
    settled |= {
        "run_id": "first",
        "scope_id": 1,
        "chunk": 1,
        "address": "",
        "state": "invited",
        "live": 1,
        "attempts": 1,
        "times": 1,
        "losses": 0,
    }
    store = ledger._database  # noqa: SLF001 - how the database looks things up is the point
    with store.writing() as connection:
        rows = [{**settled, "position": n, "address_hash": n.to_bytes(16, "big")} for n in range(20_000)]
        connection.execute(insert(invites), rows)
    said = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
    ledger.doubts(CHIME)
    ledger.doubt(CHIME)
    about = [(statement, values) for statement, values in said if "invites" in statement]

    with store.reading() as connection:
        explain = "EXPLAIN QUERY PLAN" if store.file else "EXPLAIN"
        plans = [str(connection.exec_driver_sql(f"{explain} {statement}", values).all()) for statement, values in about]

    assert len(plans) == (3 if store.file else 2)
    assert all("unsettled" in plan for plan in plans)


@given(steps=st.lists(st.tuples(st.booleans(), st.sampled_from([*InviteState, None])), max_size=12))
def test_person_is_never_live_twice_whatever_happens(steps, any_ledger):
    """Compare one person in two runs, which claim, settle and die, with a model."""
    scope = Scope("chime", uuid4().hex)
    names = {which: uuid4().hex for which in (False, True)}
    for name in names.values():
        any_ledger.begin(run(name, scope=scope))
    had: dict[bool, InviteState | None] = {False: None, True: None}
    person = Chunk(1, (Invitee(0, "a@example.com", "a"),))

    for which, step in steps:
        try:
            if step is None:
                any_ledger.doubt(scope)
                had = {
                    one: InviteState.IN_DOUBT if state is InviteState.IN_FLIGHT else state for one, state in had.items()
                }
            elif step is InviteState.IN_FLIGHT:
                may = had[which] in {None, InviteState.RELEASED} and had[not which] not in LIVE
                any_ledger.claim(names[which], scope, person)
                had[which] = step
                assert may
            else:
                may = step is not InviteState.RENEWED and had[which] in ALLOWED_EARLIER_STATES[step]
                any_ledger.settle(names[which], [Outcome(0, "a", step, attempts=1)])
                had[which] = step
                assert may
        except LedgerFailed:
            assert not may
        live = [(names[one], str(state)) for one, state in had.items() if state in LIVE]
        found = any_ledger.live_invites(scope, ["a"])
        assert [*zip(found["run_id"], found["state"], strict=True)] == live
        assert len(any_ledger.doubts(scope)) == sum(state is InviteState.IN_DOUBT for state in had.values())
