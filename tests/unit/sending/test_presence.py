"""The lookup finds the people who are there already, with few questions."""

from itertools import permutations

import pyarrow as pa
import pytest
from fakes import FakeDestination, FakeTime
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from onboarding.destinations import Member, MemberPage, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.outcomes import MembershipStatus
from onboarding.sending import MemberLookup, Questions, RetryPolicy
from onboarding.sending.retry import TurnMissed

PENDING, REGISTERED = MembershipStatus.PENDING, MembershipStatus.REGISTERED


def people(*numbers) -> list[str]:
    """Return the addresses of these people, which are their keys too."""
    return [f"person{number}@example.com" for number in numbers]


def presence(service, **policy) -> MemberLookup:
    """Return a lookup with a service, on a clock that moves only during sleep."""
    time = FakeTime()
    return MemberLookup(Questions(service, RetryPolicy(time.clock, time.sleep, budget_seconds=30, **policy)))


def memberships(known, addresses, keys=None) -> dict[str, MembershipStatus]:
    """Return who of these is there."""
    return known.memberships(pa.array(addresses, pa.string()), pa.array(keys or addresses, pa.string()))


def test_people_who_are_there_come_with_their_membership():
    service = FakeDestination(members={"Person1@Example.com": PENDING, "person3@example.com": REGISTERED})

    there = memberships(presence(service), people(1, 2, 3))

    assert there == {"person1@example.com": PENDING, "person3@example.com": REGISTERED}


def test_ids_are_remembered_of_pending_members_alone():
    """A person with two statuses or two ids on the list has no certain id."""

    class Listed(FakeDestination):
        def page(self, _following: str) -> MemberPage:
            shown = [(1, PENDING, "0012"), (2, PENDING, ""), (3, REGISTERED, "13"), (4, PENDING, "14")]
            shown += [
                (4, REGISTERED, ""),
                (5, PENDING, "15"),
                (5, PENDING, "16"),
                (6, PENDING, "17"),
                (6, PENDING, "17"),
            ]
            return MemberPage(tuple(Member(*people(number), how, id=its_id) for number, how, its_id in shown), "")

    known = presence(Listed())

    memberships(known, people(*range(1, 8)))

    assert known.ids_of_pending(pa.array(people(*range(1, 8)))) == {
        "person1@example.com": "0012", "person6@example.com": "17"
    }  # fmt: skip


def test_members_without_an_address_are_counted_and_told_once():
    service = FakeDestination(members=dict.fromkeys(people(1, 2, 3), PENDING), page_size=1, without_address=2)
    known = presence(service)

    with capture_logs() as logs:
        there = memberships(known, people(*range(1, 9)))

    assert there.keys() == set(people(1, 2, 3))
    assert known.without_address == 6
    assert [line["log_level"] for line in logs if line["event"] == "presence.without_address"] == ["warning"]


def test_no_people_take_no_question():
    service = FakeDestination(members=dict.fromkeys(people(1, 2), PENDING))

    assert memberships(presence(service), []) == {}
    assert service.questions == []


def test_few_people_are_looked_up_in_a_large_account():
    """After as many pages as there are people: the account may have turned out to be small."""
    service = FakeDestination(members=dict.fromkeys(people(*range(100)), PENDING))

    known = presence(service)

    there = memberships(known, people(98, 99, 100))

    assert there.keys() == set(people(98, 99))
    assert service.questions == ["page"] * 3 + ["look_up"] * 3
    assert (known.pages, known.look_ups) == (3, 3)


def test_small_account_is_listed_once():
    """Later people take no more questions."""
    service = FakeDestination(members=dict.fromkeys(people(*range(7)), PENDING))
    known = presence(service)

    assert memberships(known, people(0, 5, 9)).keys() == set(people(0, 5))
    assert memberships(known, people(6)).keys() == set(people(6))
    assert service.questions == ["page"] * 3
    assert (known.pages, known.look_ups) == (3, 0)


def test_person_on_a_page_is_not_looked_up():
    service = FakeDestination(members=dict.fromkeys(people(*range(100)), PENDING))
    known = presence(service)

    memberships(known, people(0, 50))

    assert service.questions == ["page"] * 2 + ["look_up"]


@given(
    there=st.lists(st.integers(0, 60), unique=True),
    asked=st.lists(st.lists(st.integers(0, 60), unique=True, max_size=20), max_size=4),
    page_size=st.integers(1, 10),
)
def test_answer_is_right_and_takes_at_most_twice_the_better_way(there, asked, page_size):
    """However people are asked about in turns."""
    service = FakeDestination(members=dict.fromkeys(people(*there), PENDING), page_size=page_size)
    known = presence(service)

    for some in asked:
        assert memberships(known, people(*some)).keys() == set(people(*(set(some) & set(there))))

    one_by_one, listing = sum(map(len, asked)), max(1, -(-len(there) // page_size))
    assert len(service.questions) <= 2 * min(one_by_one, listing)


def test_addresses_are_compared_by_key():
    """As the service spells them, and as the job does."""
    service = FakeDestination(members={"JOSE\u0301@EXAMPLE.COM": PENDING})

    assert memberships(presence(service), ["josé@example.com"]) == {"josé@example.com": PENDING}


class Listed(FakeDestination):
    """A service that lists these pages, whatever else it knows."""

    def __init__(self, *pages: list[Member]) -> None:
        super().__init__()
        self.pages = pages

    def page(self, following: str) -> MemberPage:
        number = int(following or 0)
        return MemberPage(tuple(self.pages[number]), str(number + 1) if number + 1 < len(self.pages) else "")


@pytest.mark.parametrize("order", list(permutations([PENDING, REGISTERED, PENDING])))
@pytest.mark.parametrize("page_size", [1, 3])
def test_person_listed_with_different_statuses_is_there_with_a_status_that_is_not_known(order, page_size):
    """On one page or on several pages, and whichever status comes last. Other people keep their statuses."""
    named = [Member("person0@example.com", status) for status in order]
    pages = [[*named[at : at + page_size], Member(f"person{at + 1}@example.com", PENDING)] for at in (0, 1, 2)]

    there = memberships(presence(Listed(*pages[: 3 // page_size])), people(*range(5)))

    assert there.pop("person0@example.com") is MembershipStatus.OTHER
    assert set(there.values()) == {PENDING}


def test_statuses_are_compared_after_each_answer_too():
    """The later pages are read for people whom the run asks about later."""
    known = presence(Listed([Member("person0@example.com", PENDING)], [Member("PERSON0@example.com", REGISTERED)]))

    early = memberships(known, people(0))
    late = memberships(known, people(0))

    assert early == {"person0@example.com": PENDING}
    assert late == {"person0@example.com": MembershipStatus.OTHER}


def test_person_listed_twice_with_one_status_keeps_the_status():
    assert memberships(presence(Listed([Member("person0@example.com", PENDING)] * 2)), people(0)) == {
        "person0@example.com": PENDING
    }


def test_list_that_leads_back_to_an_earlier_page_is_an_error():
    """Whether it is read for its own sake or instead of a look-up that the service refuses."""

    class Endless(FakeDestination):
        def page(self, following: str) -> MemberPage:
            super().page("")
            return MemberPage((), "second" if following == "first" else "first")

    listed, refused = Endless(), Endless(refused=people(0))

    with pytest.raises(DestinationClosed, match="never ends"):
        memberships(presence(listed), people(*range(50)))
    with pytest.raises(DestinationClosed, match="never ends"):
        memberships(presence(refused), people(0))
    assert listed.questions == ["page"] * 3
    assert refused.questions == ["page", "look_up", "page", "page"]


def test_refused_look_up_is_no_answer():
    """The list is read instead."""
    service = FakeDestination(members=dict.fromkeys(people(*range(100)), PENDING), refused=people(99))

    there = memberships(presence(service), people(99, 100))

    assert there.keys() == set(people(99))
    assert service.questions.count("page") == 34


def test_service_that_refuses_to_tell_who_is_there_is_an_error():
    """A job that may not list the members must not take the account for empty."""
    service = FakeDestination(Refused("BadRequestException"), members=dict.fromkeys(people(1), PENDING))

    with pytest.raises(DestinationClosed, match=r"refuses to tell who is there \(BadRequestException\)"):
        memberships(presence(service), people(1))


@pytest.mark.parametrize("error", [Throttled(), Unreachable("refused"), Unconfirmed("reset")])
def test_failed_question_is_asked_again(error):
    service = FakeDestination(error, members=dict.fromkeys(people(1), PENDING))

    assert memberships(presence(service), people(1)) == dict.fromkeys(people(1), PENDING)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (Throttled(3600), StillThrottled),
        (Unconfirmed("reset"), DestinationClosed),
        (DestinationClosed("gone"), DestinationClosed),
    ],
)
@pytest.mark.parametrize("questions_before", [0, 2])
def test_question_without_an_answer_is_an_error(error, raised, questions_before):
    """Never an empty answer: members would be mailed again."""
    answers = [None] * questions_before + [error] * 1000
    service = FakeDestination(*answers, members=dict.fromkeys(people(*range(100)), PENDING))
    known = presence(service)

    with pytest.raises(raised):
        memberships(known, people(98, 99))


def test_signal_ends_the_questions():
    stopped = Interrupted(ExitCode.TERMINATED)

    def raise_if_stopped() -> None:
        if len(service.questions) == 2:
            raise stopped

    service = FakeDestination(members=dict.fromkeys(people(*range(100)), PENDING))
    known = presence(service, raise_if_stopped=raise_if_stopped)

    with pytest.raises(Interrupted) as raised:
        memberships(known, people(*range(50)))
    assert raised.value.exit_code == 143


def test_pages_are_weighed_against_all_people_until_now():
    """One person after the other costs no more questions than all at once."""
    service = FakeDestination(members=dict.fromkeys(people(*range(8)), PENDING))
    known = presence(service)

    for number in (100, 101, 102):
        memberships(known, people(number))

    assert service.questions == ["page", "look_up", "page", "look_up", "page"]


def test_question_that_missed_its_turn_is_never_an_empty_answer():
    """As when the deadline comes first, or a signal."""
    stop = Interrupted(ExitCode.TERMINATED)

    def raise_if_stopped():
        raise stop

    with pytest.raises(StillThrottled, match="deadline came before"):
        memberships(presence(FakeDestination(TurnMissed())), people(1))
    with pytest.raises(Interrupted):
        memberships(presence(FakeDestination(TurnMissed()), raise_if_stopped=raise_if_stopped), people(1))


@pytest.mark.parametrize("members", [3, 100])
def test_members_under_another_spelling_are_found_apart(members):
    """In a list of all members, and by looking people up."""
    spelled = ["straße@example.com", "weiss@example.com", "ana@example.com"]
    service = FakeDestination(members=dict.fromkeys([*people(*range(members)), *spelled], PENDING))
    known = presence(service)
    wanted = ["strasse@example.com", "weiß@example.com", "ana@example.com"]

    assert memberships(known, wanted).keys() == {"ana@example.com"}

    assert known.respelled(pa.array(wanted, pa.string())) == dict.fromkeys(wanted[:2], PENDING)
