"""How old each doubt is, whatever the clocks do, and how often addresses were lost before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import FakeMachine
from ledgers import CHIME, NOW, chunk, key, outcome, run, states
from sqlalchemy import event

from onboarding.ledger import Ledger
from onboarding.model.errors import AlreadyClaimed
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Chunk, Scope
from onboarding.runtime.boot_clock import this_boot_clock

HOUR, DAY = 3600.0, 86_400.0
LATER = NOW + timedelta(days=20)


@pytest.fixture
def machine() -> FakeMachine:
    """Return a machine with clocks that a test moves."""
    return FakeMachine()


@pytest.fixture
def opened(tmp_path, machine) -> Callable[[], Ledger]:
    """Return what opens a ledger in a file as a new process does; the first one has a person in doubt."""

    def open_ledger() -> Ledger:
        return Ledger.open(tmp_path / "ledger.db", clock=machine.wall, boot_clock=machine.boot_clock)

    with open_ledger() as ledger:
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, chunk(1, 1))
        ledger.settle("first", [outcome(1, InviteState.IN_DOUBT)])
    return open_ledger


def age(ledger: Ledger) -> float:
    """Return the age of the only doubt, as a process sees it that begins now."""
    ledger.doubt(CHIME)
    (seconds,) = ledger.doubts(CHIME)["age_seconds"]
    return seconds


@pytest.mark.parametrize("jump", [HOUR, 400 * DAY, -HOUR, -30 * DAY], ids=lambda jump: f"{jump / HOUR:.0f} hours")
def test_wall_clock_that_jumps_makes_a_doubt_neither_older_nor_younger(opened, machine, jump):
    machine.pass_time(90)

    machine.wall.advance(jump)

    with opened() as ledger:
        assert age(ledger) == 90.0


def test_doubt_of_an_earlier_boot_is_a_day_younger_than_the_wall_clock_says(opened, machine):
    """The wall clock may have been set by up to a day. From then on the age counts by the boot clock."""
    machine.boot(seconds=DAY + HOUR)
    with opened() as ledger:
        assert age(ledger) == HOUR

    machine.pass_time(60)
    machine.wall.advance(DAY)

    with opened() as ledger:
        assert age(ledger) == HOUR + 60


@pytest.mark.parametrize("passed", [HOUR, DAY - 1, -DAY, 4000 * DAY])
def test_age_that_the_wall_clock_does_not_prove_counts_from_now(opened, machine, passed):
    machine.boot(seconds=passed)
    with opened() as ledger:
        assert age(ledger) == 0.0

    machine.pass_time(70)

    with opened() as ledger:
        assert age(ledger) == 70.0


def test_doubt_gets_old_also_where_each_run_has_a_boot_of_its_own(opened, machine):
    """Otherwise the people would be forgotten."""
    ages = []
    for _night in range(3):
        machine.boot(seconds=DAY - 60)
        with opened() as ledger:
            ages.append(age(ledger))

    assert ages == [0.0, DAY - 120, 2 * DAY - 180]


def test_age_that_a_boot_would_leave_of_a_doubt_is_known_before(opened, machine):
    """The operator is told when the people can be sent to, also if the machine is booted before."""
    machine.pass_time(HOUR)
    with opened() as ledger:
        ledger.doubt(CHIME)
        before = ledger.doubts(CHIME)["age_after_boot_seconds"].item()
    machine.boot(seconds=DAY)

    with opened() as ledger:
        assert age(ledger) == before + DAY == HOUR


def test_clock_of_the_server_counts_on_another_machine(new_database, machine):
    """The wall clocks of the two machines may differ by hours."""
    place = new_database()
    with Ledger.open(place, clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, chunk(1, 1))
    machine.boot(seconds=5 * HOUR)

    with Ledger.open(place, clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
        assert 0 <= age(ledger) < HOUR


def test_age_counts_from_the_claim_if_the_process_died_and_else_from_the_lost_answer(ledger_url, machine):
    with Ledger.open(ledger_url, clock=machine.wall, boot_clock=machine.boot_clock) as ledger:
        ledger.begin(run("first"))
        ledger.claim("first", CHIME, chunk(1, 1))
        ledger.claim("first", CHIME, chunk(2, 2, number=2))
        machine.pass_time(50)
        ledger.settle("first", [outcome(2, InviteState.IN_DOUBT)])
        machine.pass_time(10)

        ledger.doubt(CHIME)

        assert ledger.doubts(CHIME)["age_seconds"].tolist() == [60.0, 10.0]


def test_second_process_that_dies_before_it_asks_makes_no_doubt_younger(opened, machine):
    """Otherwise the third process would wait anew."""
    machine.pass_time(40)
    with opened() as ledger:
        ledger.doubt(CHIME)
    machine.pass_time(40)

    with opened() as ledger:
        assert age(ledger) == 80.0


def lose(ledger, run_id: str, number: int = 1) -> None:
    """Let a run send a person, be in doubt about the person, and find that the person is not there."""
    if ledger.find_run(run_id) is None:
        ledger.begin(run(run_id, started_at=LATER))
    ledger.claim(run_id, CHIME, chunk(number, number, again={number}))
    ledger.settle(run_id, [outcome(number, InviteState.IN_DOUBT)])
    ledger.settle(run_id, [outcome(number, InviteState.RELEASED)])


def test_losses_of_an_address_are_counted_over_runs(ledger):
    """A run that is resumed claims the same row again. A request that surely was not sent is no loss."""
    lose(ledger, "first")
    lose(ledger, "first")
    lose(ledger, "second")
    ledger.claim("second", CHIME, chunk(2, 2))
    ledger.settle("second", [outcome(2, InviteState.RELEASED)])

    assert ledger.losses(CHIME, [key(1), key(2), key(3)]) == {key(1): 3}
    assert ledger.losses(Scope("chime", "another"), [key(1)]) == {}
    ledger.begin(run("third"))
    ledger.claim("third", CHIME, chunk(1, 1))
    ledger.settle("third", [outcome(1, InviteState.IN_DOUBT)])
    assert ledger.doubts(CHIME)["losses"].tolist() == [3]


def test_losses_before_the_last_invite_do_not_count(ledger):
    """A person who was invited in the end may be invited again later like any other."""
    lose(ledger, "first")
    ledger.claim("first", CHIME, chunk(1, 1))
    ledger.settle("first", [outcome(1, InviteState.INVITED)])
    assert ledger.losses(CHIME, [key(1)]) == {}

    lose(ledger, "second")

    assert ledger.losses(CHIME, [key(1)]) == {key(1): 1}
    ledger.begin(run("third", started_at=LATER))
    ledger.claim("third", CHIME, chunk(1, 1, again={1}))
    ledger.doubt(CHIME)
    (found,) = ledger.doubts(CHIME).itertuples()
    assert (found.losses, found.earlier_at) == (1, NOW.isoformat(timespec="microseconds"))


def test_scope_without_losses_is_asked_once(ledger):
    ledger.claim("first", CHIME, chunk(1, 50))
    said = []
    event.listen(ledger._database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))  # noqa: SLF001 - what is sent to the database is the point

    assert ledger.losses(CHIME, [key(n) for n in range(1, 51)]) == {}

    assert sum("invites" in statement for statement in said) == 1


def sent_with(name: str, people: Chunk) -> Chunk:
    """Return a chunk whose request has a token."""
    return replace(people, token=name)


def test_request_with_a_token_is_claimed_again_while_it_is_in_flight(ledger):
    """The service acts once on the token. Each departure is counted."""
    sent = sent_with("a token", chunk(1, 3))
    ledger.claim("first", CHIME, sent)

    ledger.claim("first", CHIME, sent)

    assert states(ledger) == ["in_flight"] * 3
    ledger.doubt(CHIME)
    assert ledger.doubts(CHIME)["departures"].tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    "other",
    [
        sent_with("another token", chunk(1, 3)),
        chunk(1, 3),
        sent_with("a token", chunk(1, 2)),
        sent_with("a token", chunk(1, 3, number=2)),
    ],
    ids=["another token", "no token", "a piece of it", "another chunk"],
)
def test_other_request_is_not_claimed_while_the_people_are_in_flight(ledger, other):
    ledger.claim("first", CHIME, sent_with("a token", chunk(1, 3)))

    with pytest.raises(AlreadyClaimed):
        ledger.claim("first", CHIME, other)


def test_request_whose_people_are_in_doubt_is_not_claimed_again(ledger):
    sent = sent_with("a token", chunk(1, 2))
    ledger.claim("first", CHIME, sent)
    ledger.settle("first", [outcome(1, InviteState.IN_DOUBT)])

    with pytest.raises(AlreadyClaimed):
        ledger.claim("first", CHIME, sent)


def test_request_that_was_surely_not_sent_is_no_departure(ledger):
    """After a 429 the same request leaves as if for the first time."""
    sent = sent_with("a token", chunk(1, 2))
    for _ in range(5):
        ledger.claim("first", CHIME, sent)
        ledger.settle("first", [outcome(1, InviteState.RELEASED), outcome(2, InviteState.RELEASED)])

    ledger.claim("first", CHIME, sent)

    ledger.doubt(CHIME)
    assert ledger.doubts(CHIME)["departures"].tolist() == [1, 1]


def test_token_is_in_use_since_its_request_left_first(opened, machine):
    """The service remembers a token for some time only. A repetition makes the doubt younger, and not the token."""
    with opened() as ledger:
        ledger.begin(run("second"))
        sent = sent_with("a token", chunk(2, 2))
        ledger.claim("second", CHIME, sent)
        machine.pass_time(100)
        ledger.claim("second", CHIME, sent)
        machine.pass_time(20)
        ledger.settle("second", [outcome(2, InviteState.IN_DOUBT)])
        machine.pass_time(3)
        ledger.repeat("second", 1)
        machine.pass_time(0.5)

        found = ledger.doubts(CHIME).set_index("run_id").loc["second"]

        assert found[["age_seconds", "token_seconds", "departures"]].tolist() == [0.5, 123.5, 3]


def test_repetition_that_was_not_taken_is_taken_back(opened):
    """A request that was answered with 429 is no departure."""
    with opened() as ledger:
        ledger.begin(run("second"))
        ledger.claim("second", CHIME, sent_with("a token", chunk(2, 2)))
        ledger.settle("second", [outcome(2, InviteState.IN_DOUBT)])
        ledger.repeat("second", 1)

        ledger.repeat("second", 1, is_taken_back=True)

        found = ledger.doubts(CHIME).set_index("run_id").loc["second"]
        assert found["departures"] == 1


def test_token_of_an_earlier_boot_is_trusted_no_more(opened, machine):
    with opened() as ledger:
        ledger.begin(run("second"))
        ledger.claim("second", CHIME, sent_with("a token", chunk(2, 2)))
    machine.boot(seconds=60)

    with opened() as ledger:
        ledger.doubt(CHIME)
        assert ledger.claimed("second", 1) is None


def test_clock_of_this_machine_goes_forward():
    clock, again = this_boot_clock(), this_boot_clock()

    first = clock.seconds()

    assert again.seconds() >= first > 0
    assert clock.boot_id
