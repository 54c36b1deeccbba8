"""People who never accepted are invited again as often as the operator wants, and no more often."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier
from uuid import uuid4

import pytest
from fakes import FakeDestination, FakeMachine, FakeRepetitions, FakeTime
from frames import people
from hypothesis import given
from hypothesis import strategies as st
from ledgers import CHIME, NOW, chunk, key, outcome, run, states
from sqlalchemy import event, text

from onboarding.ledger import Ledger
from onboarding.model.errors import AlreadyClaimed, IllegalStep, LedgerFailed
from onboarding.model.outcomes import InviteState, MembershipStatus
from onboarding.model.plan import ReinviteRule, Scope
from onboarding.preparing.known import make_chunks, mark_known
from onboarding.sending import DoubtSettler, Questions, Resend, RetryPolicy

LATER = NOW + timedelta(days=20)
MOMENT = "2026-03-01T08:30:00.250000+00:00"
SENT = {InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED, InviteState.RENEWED}
NOT_SENT = {InviteState.FAILED, InviteState.RELEASED, InviteState.THERE}


def invite(ledger, first, last, run_id="first") -> None:
    """Let a run invite people."""
    ledger.claim(run_id, CHIME, chunk(first, last))
    ledger.settle(run_id, [outcome(n, InviteState.INVITED) for n in range(first, last + 1)])


def renew(ledger, run_id, *, settled=None, people=1) -> None:
    """Let a later run invite people again, the first at position 1."""
    if ledger.find_run(run_id) is None:
        ledger.begin(run(run_id, started_at=LATER))
    ledger.claim(run_id, CHIME, chunk(1, people, again=range(99)))
    if settled:
        ledger.settle(run_id, [outcome(n, settled) for n in range(1, people + 1)])


def known(ledger, number=1) -> tuple[str, str, int]:
    """Return the state of a person's invite, its run, and how often the person was sent."""
    (row,) = ledger.live_invites(CHIME, [key(number)]).itertuples()
    return row.state, row.run_id, row.times


def test_earlier_invite_is_renewed_by_the_claim(ledger):
    """New people in the same chunk are claimed with it."""
    ledger.begin(run("second", started_at=LATER))
    invite(ledger, 1, 2)

    ledger.claim("second", CHIME, chunk(1, 4, again={1, 2, 3}))

    assert (states(ledger), states(ledger, "second")) == (["renewed"] * 2, ["in_flight"] * 4)
    assert [known(ledger, n) for n in (1, 2, 3, 4)] == [
        ("in_flight", "second", 2),
        ("in_flight", "second", 2),
        ("in_flight", "second", 1),
        ("in_flight", "second", 1),
    ]


def test_renewed_invite_keeps_its_outcome(ledger):
    """The report of its own run stays as it was."""
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle(
        "first", [outcome(1, InviteState.INVITED, invite_id="i-1", invite_status="Pending", email_status="Sent")]
    )
    before = ledger.outcomes("first", 0, 9).drop(columns="state").to_dict()

    renew(ledger, "second", settled=InviteState.INVITED)

    after = ledger.outcomes("first", 0, 9)
    assert after["state"].tolist() == ["renewed"]
    assert after.drop(columns="state").to_dict() == before


def test_person_is_not_invited_again_unasked(ledger):
    """The rest of the chunk is not claimed either, though other people in it are due."""
    ledger.begin(run("second", started_at=LATER))
    invite(ledger, 1, 3)

    with pytest.raises(AlreadyClaimed, match=r"run first has 1 .* as invited"):
        ledger.claim("second", CHIME, chunk(1, 4, again={1, 3}))

    assert (states(ledger), states(ledger, "second")) == (["invited"] * 3, [])


@pytest.mark.parametrize("state", [InviteState.IN_FLIGHT, InviteState.IN_DOUBT])
def test_person_whose_invite_is_unsettled_is_not_invited_again(ledger, state):
    """The mail may have left a moment ago."""
    ledger.begin(run("second", started_at=LATER))
    ledger.claim("first", CHIME, chunk(1, 1))
    if state is InviteState.IN_DOUBT:
        ledger.settle("first", [outcome(1, state)])

    with pytest.raises(AlreadyClaimed, match=f"as {state}"):
        ledger.claim("second", CHIME, chunk(1, 1, again={1}))


@pytest.mark.parametrize("position", [1, 9])
def test_run_does_not_renew_its_own_invite(ledger, position):
    """A run mails a person once."""
    renew(ledger, "second", settled=InviteState.INVITED)

    with pytest.raises(AlreadyClaimed, match=r"run second has 1 .* as invited"):
        ledger.claim("second", CHIME, chunk(1, 1, position=position, again={1}))


def test_invite_that_is_younger_than_the_run_is_not_renewed(ledger):
    """Two runs were at work, which the lock should prevent, and both found the same people due."""
    for run_id in ("second", "third"):
        ledger.begin(run(run_id, started_at=NOW))
    invite(ledger, 1, 1, run_id="second")

    with pytest.raises(AlreadyClaimed, match=r"run second has 1 .* as invited"):
        ledger.claim("third", CHIME, chunk(1, 1, again={1}))

    assert states(ledger, "second") == ["invited"]


def test_resumed_run_renews_what_is_older_than_its_resumption(ledger_url):
    """The resumed run decides again who is due. Invites of other runs may be old by then."""
    days = (NOW + timedelta(days=number) for number in count())
    with Ledger.open(ledger_url, clock=lambda: next(days)) as ledger:
        ledger.begin(run("interrupted"))
        ledger.begin(run("first"))
        invite(ledger, 1, 1)
        with pytest.raises(AlreadyClaimed):
            ledger.claim("interrupted", CHIME, chunk(1, 1, again={1}))

        ledger.reopen("interrupted")
        ledger.claim("interrupted", CHIME, chunk(1, 1, again={1}))

        assert known(ledger) == ("in_flight", "interrupted", 2)


@pytest.mark.parametrize(
    "steps",
    [[InviteState.FAILED], [InviteState.RELEASED], [InviteState.IN_DOUBT, InviteState.RELEASED]],
    ids=lambda steps: steps[-1],
)
def test_renewal_that_was_not_sent_leaves_the_earlier_invite(ledger, steps):
    """A later run does not mail the person as if new, and may try the renewal again."""
    invite(ledger, 1, 2)
    renew(ledger, "second", people=2)

    for step in steps:
        ledger.settle("second", [outcome(1, step)])

    assert ledger.live_invites(CHIME, [key(1)]).to_dict("records") == [
        {"key": key(1), "state": "invited", "run_id": "first", "decided_at": MOMENT, "times": 1, "unknown_times": 0}
    ]
    assert (states(ledger), states(ledger, "second")) == (["invited", "renewed"], [steps[-1], "in_flight"])
    ledger.begin(run("third", started_at=LATER))
    with pytest.raises(AlreadyClaimed):
        ledger.claim("third", CHIME, chunk(1, 1))
    ledger.claim("third", CHIME, chunk(1, 1, again={1}))
    assert known(ledger) == ("in_flight", "third", 2)


def test_people_are_counted_as_often_as_they_were_sent(ledger):
    """A renewal that was not sent does not count, and the latest invite that was sent counts again."""
    invite(ledger, 1, 1)

    renew(ledger, "second", settled=InviteState.RELEASED)
    renew(ledger, "third", settled=InviteState.INVITED)
    assert known(ledger) == ("invited", "third", 2)
    renew(ledger, "fourth", settled=InviteState.FAILED)
    assert known(ledger) == ("invited", "third", 2)
    renew(ledger, "fifth", settled=InviteState.IN_DOUBT)
    assert known(ledger) == ("in_doubt", "fifth", 3)

    assert [states(ledger, run_id) for run_id in ("first", "second", "third", "fourth", "fifth")] == [
        ["renewed"],
        ["released"],
        ["renewed"],
        ["failed"],
        ["in_doubt"],
    ]


def test_run_claims_again_what_it_did_not_get_to_renew(ledger):
    """The run does so after a 429, or when it is resumed. Other people in the released chunk are new."""
    invite(ledger, 1, 2)
    renew(ledger, "second", settled=InviteState.RELEASED, people=4)

    ledger.claim("second", CHIME, chunk(1, 5, number=2, again={1, 2}))

    assert (states(ledger), states(ledger, "second")) == (["renewed"] * 2, ["in_flight"] * 5)
    assert [known(ledger, n)[2] for n in range(1, 6)] == [2, 2, 1, 1, 1]
    assert ledger.outcomes("second", 1, 5)["attempts"].tolist() == [1] * 4


def test_resumed_run_renews_people_whom_it_had_released_as_new(ledger_url):
    """Another run has invited them since. That invite counts again if this run does not get to its renewal."""
    days = (NOW + timedelta(days=number) for number in count())
    with Ledger.open(ledger_url, clock=lambda: next(days)) as ledger:
        for run_id in ("interrupted", "first"):
            ledger.begin(run(run_id))
        ledger.claim("interrupted", CHIME, chunk(1, 1))
        ledger.settle("interrupted", [outcome(1, InviteState.RELEASED)])
        invite(ledger, 1, 1)
        ledger.reopen("interrupted")

        ledger.claim("interrupted", CHIME, chunk(1, 1, again={1}))
        assert known(ledger) == ("in_flight", "interrupted", 2)
        ledger.settle("interrupted", [outcome(1, InviteState.RELEASED)])

        assert known(ledger) == ("invited", "first", 1)


def test_run_resumed_without_the_option_does_not_renew_what_it_released(ledger):
    invite(ledger, 1, 1)
    renew(ledger, "second", settled=InviteState.RELEASED)

    with pytest.raises(AlreadyClaimed, match=r"run first has 1 .* as invited"):
        ledger.claim("second", CHIME, chunk(1, 1))

    assert known(ledger) == ("invited", "first", 1)


@pytest.mark.parametrize("after", InviteState)
def test_renewed_invite_takes_no_outcome(ledger, after):
    """It has an outcome already."""
    invite(ledger, 1, 1)
    renew(ledger, "second")

    with pytest.raises(IllegalStep, match=f"position 1 as renewed: it cannot be {after}"):
        ledger.settle("first", [outcome(1, after)])

    assert states(ledger) == ["renewed"]


def test_one_of_two_runs_that_find_a_person_due_invites_the_person(ledger, ledger_url):
    """They try at the same time, over two connections."""
    invite(ledger, 1, 50)
    for run_id in ("second", "third"):
        ledger.begin(run(run_id, started_at=LATER))
    ready = Barrier(2)

    def claim(run_id) -> bool:
        with Ledger.open(ledger_url, clock=lambda: LATER) as own:
            ready.wait()
            try:
                own.claim(run_id, CHIME, chunk(1, 50, again=range(51)))
                own.settle(run_id, [outcome(n, InviteState.INVITED) for n in range(1, 51)])
            except AlreadyClaimed:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        won = dict(zip(("second", "third"), threads.map(claim, ("second", "third")), strict=True))

    assert sorted(won.values()) == [False, True]
    assert [len(states(ledger, run_id)) for run_id in won] == [50 * did for did in won.values()]
    assert {known(ledger, n)[2] for n in range(1, 51)} == {2}


DYING = """if True:
    import json, os, signal, sys
    from datetime import datetime, UTC
    from sqlalchemy import event
    from onboarding.ledger import Ledger
    from onboarding.model.outcomes import Outcome, InviteState
    from onboarding.model.plan import Chunk, Invitee, Scope

    def live(person, die_at, settles):
        key, said = f"person{person}@example.com", 0
        with Ledger.open(sys.argv[1], clock=lambda: datetime.now(UTC)) as ledger:
            def note(*_):
                nonlocal said
                said += 1
                if said == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
            if not settles:
                event.listen(ledger._database.engine, "before_cursor_execute", note)
                event.listen(ledger._database.engine, "commit", note)
            ledger.claim("second", Scope("chime", "account-1"), Chunk(1, (Invitee(person, key, key, again=True),)))
            if settles:
                event.listen(ledger._database.engine, "before_cursor_execute", note)
                event.listen(ledger._database.engine, "commit", note)
                ledger.settle("second", [Outcome(person, key, InviteState.RELEASED, attempts=1)])
        os._exit(0)

    died = {True: [], False: []}
    person = 0
    for settles in died:
        for die_at in range(1, 99):
            if (process := os.fork()) == 0:
                live(person, die_at, settles)
            person += 1
            _, status = os.waitpid(process, 0)
            died[settles].append(os.WIFSIGNALED(status))
            if not os.WIFSIGNALED(status):
                break
    print(json.dumps([*died.values()]))
"""


@pytest.mark.parametrize("ledger_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_process_that_dies_in_a_claim_or_a_settlement_has_done_all_of_it_or_nothing(ledger, ledger_url):
    """The process is killed before each of its statements and before it commits, one person at a time."""
    invite(ledger, 0, 49)
    ledger.begin(run("second", started_at=LATER))

    done = subprocess.run([sys.executable, "-c", DYING, ledger_url], check=True, capture_output=True)

    of_settling, of_claiming = json.loads(done.stdout)
    assert len(of_settling) > 4
    assert len(of_claiming) > 4
    seen = [known(ledger, n) for n in range(len(of_settling) + len(of_claiming))]
    in_flight, as_before = ("in_flight", "second", 2), ("invited", "first", 1)
    assert seen[: len(of_settling)] == [in_flight if died else as_before for died in of_settling]
    assert seen[len(of_settling) :] == [as_before if died else in_flight for died in of_claiming]


def test_renewal_is_still_known_after_a_purge(ledger):
    """All addresses are gone, also the renewed ones. States, counts and renewals stay."""
    invite(ledger, 1, 3)
    renew(ledger, "second", people=3)
    ledger.settle(
        "second", [outcome(1, InviteState.INVITED), outcome(2, InviteState.IN_DOUBT), outcome(3, InviteState.IN_DOUBT)]
    )

    ledger.purge(LATER + timedelta(days=1))

    with ledger._database.reading() as connection:  # noqa: SLF001 - what is in the database is the point
        left = connection.scalars(text("SELECT address FROM invites WHERE address <> '' ORDER BY address")).all()
    assert left == ["Person2@example.com", "Person3@example.com"]
    ledger.settle("second", [outcome(2, InviteState.INVITED), outcome(3, InviteState.RELEASED)])
    assert [known(ledger, n) for n in (1, 2, 3)] == [
        ("invited", "second", 2),
        ("invited", "second", 2),
        ("invited", "first", 1),
    ]
    renew(ledger, "third", people=3)
    assert [known(ledger, n)[2] for n in (1, 2, 3)] == [3, 3, 2]


@pytest.mark.parametrize(("days", "state"), [(20, "invited"), (0, "released")], ids=["renewed", "as before"])
def test_renewal_in_doubt_is_settled_by_the_date_that_the_service_shows(ledger_url, days, state):
    """The service shows the person as pending since the first mail in both cases."""
    machine = FakeMachine()
    begun = machine.wall()
    with Ledger.open(ledger_url, clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
        ledger.begin(run("first"))
        invite(ledger, 1, 1)
        machine.pass_time(20 * 86_400)
        ledger.begin(run("second", started_at=machine.wall()))
        ledger.claim("second", CHIME, chunk(1, 1, again={1}))
        ledger.doubt(CHIME)
        machine.pass_time(3600)
        time = FakeTime()
        service = FakeDestination(members={"person1@example.com": MembershipStatus.PENDING})
        service.invited_on = begun + timedelta(days=days)
        policy = RetryPolicy(time.clock, time.sleep, budget_seconds=30)
        settler = DoubtSettler(
            Questions(service, policy),
            ledger,
            policy,
            FakeRepetitions(),
            settle_seconds=60,
            resend_after_seconds=3600,
            resend=Resend.CONFIRMED_ABSENT,
        )

        settler.settle(CHIME, may_release=True)

        assert states(ledger, "second") == [state]
        assert known(ledger) == (("invited", "second", 2) if state == "invited" else ("invited", "first", 1))


def test_plan_finds_people_to_invite_again_and_the_claim_takes_them(ledger):
    """The ledger's answer feeds the ledger's claim, with the types of each database."""
    invite(ledger, 1, 2)
    renew(ledger, "second", settled=InviteState.INVITED)
    ledger.begin(run("third", started_at=LATER))
    there = {key(n): MembershipStatus.PENDING for n in (1, 2)}
    again = ReinviteRule(before=LATER.isoformat(timespec="microseconds"), times=1)

    frame = people(3, start=1)
    (found,) = make_chunks([mark_known(frame, ledger.live_invites(CHIME, frame["key"]), there, again=again)])

    assert [(one.position, one.again) for one in found.invitees] == [(2, True), (3, False)]
    ledger.claim("third", CHIME, found)
    assert [known(ledger, n) for n in (1, 2, 3)] == [
        ("invited", "second", 2),
        ("in_flight", "third", 2),
        ("in_flight", "third", 1),
    ]


def test_usual_settlement_needs_one_query(ledger):
    """Earlier invites are looked up only if a renewal was not sent."""
    ledger.claim("first", CHIME, chunk(1, 3))
    said = []
    event.listen(ledger._database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))  # noqa: SLF001 - what is sent to the database is the point

    ledger.settle(
        "first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.FAILED), outcome(3, InviteState.RELEASED)]
    )

    words = [statement.split()[0] for statement in said if not statement.startswith("BEGIN")]
    assert words == ["SELECT", "UPDATE", "UPDATE"]


@pytest.mark.soak
def test_renewed_invites_are_found_by_their_index(ledger):
    """Both databases are asked for their query plan, so the number of invites does not matter."""
    ledger.begin(run("second", started_at=LATER))
    for first in range(0, 20_000, 5_000):
        invite(ledger, first, first + 4_999)
    said = []
    store = ledger._database  # noqa: SLF001 - how the database looks things up is the point
    event.listen(store.engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3], told[5])))

    ledger.claim("second", CHIME, chunk(1, 50, again=range(51)))
    ledger.settle("second", [outcome(n, InviteState.RELEASED) for n in range(1, 51)])

    about = {statement: values[0] if many else values for statement, values, many in said if "invites" in statement}
    looked = [(statement, values) for statement, values in about.items() if not statement.startswith("INSERT")]
    with store.reading() as connection:
        explain = "EXPLAIN QUERY PLAN" if store.file else "EXPLAIN"
        plans = [str(connection.exec_driver_sql(f"{explain} {asked}", values).all()) for asked, values in looked]
    indexes = [name for plan in plans for name in ("invited_once", "renewed_once") if name in plan]
    assert sorted(indexes) == ["invited_once", "invited_once", "renewed_once"]
    assert not [plan for plan in plans if "SCAN invites" in plan or "Seq Scan on invites" in plan]


NAMES = ("one", "two", "three")


@given(
    steps=st.lists(st.tuples(st.sampled_from(NAMES), st.booleans(), st.sampled_from([*InviteState, None])), max_size=16)
)
def test_earlier_invite_is_never_forgotten_whatever_happens(steps, any_ledger):
    """Compare one person in three runs, which claim, settle and die, with a model."""
    scope = Scope("chime", uuid4().hex)
    ids = {name: uuid4().hex for name in NAMES}
    for run_id in ids.values():
        any_ledger.begin(run(run_id, scope=scope, started_at=LATER))
    had: dict[str, InviteState] = {}
    renewed: dict[str, str] = {}  # for each run, the run whose invite it renews

    for name, again, step in steps:
        live = next((one for one in had if had[one] in SENT - {InviteState.RENEWED}), None)
        may = True
        try:
            if step is None:
                any_ledger.doubt(scope)
                had = {
                    one: InviteState.IN_DOUBT if state is InviteState.IN_FLIGHT else state for one, state in had.items()
                }
            elif step is InviteState.IN_FLIGHT:
                renews = again and live not in (None, name) and had[live] is InviteState.INVITED
                may = had.get(name) in (None, InviteState.RELEASED) and (live is None or renews)
                any_ledger.claim(ids[name], scope, chunk(1, 1, again={1} if again else ()))
                if renews:
                    had[live], renewed[name] = InviteState.RENEWED, live
                had[name] = step
            else:
                from_doubt = step in (InviteState.INVITED, *NOT_SENT) and had.get(name) is InviteState.IN_DOUBT
                may = step is not InviteState.RENEWED and (had.get(name) is InviteState.IN_FLIGHT or from_doubt)
                any_ledger.settle(ids[name], [outcome(1, step)])
                had[name] = step
                if step in NOT_SENT and name in renewed:
                    had[renewed.pop(name)] = InviteState.INVITED
            assert may
        except LedgerFailed:
            assert not may
        found = any_ledger.live_invites(scope, [key(1)])
        sent = sum(state in SENT for state in had.values())
        assert [*found[["run_id", "state", "times"]].itertuples(index=False, name=None)] == [
            (ids[one], str(state), sent) for one, state in had.items() if state in SENT - {InviteState.RENEWED}
        ]
        assert {one: states(any_ledger, ids[one]) for one in NAMES} == {
            one: [str(had[one])] if one in had else [] for one in NAMES
        }
