"""The behaviour of the sandbox's Wickr network, without HTTP."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest
from fakes import WallClock
from hypothesis import given
from hypothesis import strategies as st

from onboarding.destinations.wickr.simulated_networks import (
    WICKR_GROUP,
    WICKR_NETWORK,
    WICKR_NETWORK_WITHOUT_DEFAULT,
    WICKR_OTHER_GROUP,
)
from onboarding.destinations.wickr.simulation import OPERATIONS, Wickr
from onboarding.sandbox.backend import Backend, SandboxStore
from onboarding.sandbox.simulation.people import Registration
from onboarding.sandbox.simulation.protocol import Rejection
from onboarding.sandbox.simulation.records import MailCounts
from onboarding.sandbox.simulation.refusals import Refusal, Refusals
from onboarding.sandbox.simulation.traffic import SandboxSettings, Traffic

EXISTS = {"userId": "0", "field": "username", "reason": "User already exists"}
MINUTE = timedelta(seconds=60)
NOT_ALLOWED = {"userId": "0", "field": "username", "reason": "The username is not allowed"}


class Network:
    """The network, called in the way in which the service calls it."""

    def __init__(self, **settings):
        self.clock = WallClock()
        self.store = SandboxStore()
        self.traffic = Traffic(SandboxSettings(**settings))
        self.refusals = Refusals()
        self.backend = Backend(self.store, {"wickr": Wickr(self.traffic, self.refusals)}, now=self.clock)

    def call(self, operation, **parameters):
        """Return the result of an operation on the network, or on the network in ``networkId``."""
        return self.backend.act("wickr", operation, {"networkId": WICKR_NETWORK, **parameters})

    def create(self, *addresses, **parameters):
        """Return the answer to a request for these users."""
        return self.call("BatchCreateUser", users=[item(address) for address in addresses], **parameters)

    def add(self, address, registration=Registration.UNREGISTERED):
        """Add a person whom another sender has invited."""
        self.backend.add_users("wickr", [address], registration)

    def usernames(self, **parameters):
        """Return the usernames on one page of the listing."""
        return [user["username"] for user in self.call("ListUsers", **parameters)["users"]]

    def mails(self):
        """Return the number of mails by address."""
        with self.store.transaction() as records:
            return records.mails()


def item(address, group=WICKR_GROUP, **names):
    """Return an item of ``users``."""
    return {"username": address, "securityGroupIds": [group], **names}


def people(count, start=0):
    """Return ``count`` addresses."""
    return [f"person{number}@example.com" for number in range(start, start + count)]


@pytest.fixture
def network():
    """Return an empty network of its own for each test."""
    network = Network()
    yield network
    network.store.close()


def reason_of(network, operation, **parameters):
    """Return the one reason for which a request is invalid, after checking that the reason names no person."""
    with pytest.raises(Rejection) as refused:
        network.call(operation, **parameters)
    assert refused.value.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "example" not in f"{refused.value}{refused.value.reasons}"
    ((field, _),) = [(reason["field"], reason["reason"]) for reason in refused.value.reasons]
    return field


def test_a_created_user_is_pending_and_mailed(network):
    """The entry has all that a client may want to read, and the code that a client must not keep."""
    users = [item("Ada@example.com", firstName="Ada", lastName="Example"), item("bo@example.com", WICKR_OTHER_GROUP)]

    answer = network.call("BatchCreateUser", users=users)

    ada, bo = answer["successful"]
    assert (ada["username"], ada["firstName"], ada["lastName"]) == ("Ada@example.com", "Ada", "Example")
    assert [user["securityGroups"] for user in (ada, bo)] == [[WICKR_GROUP], [WICKR_OTHER_GROUP]]
    assert {user["status"] for user in (ada, bo)} == {1}
    assert ada["userId"].isdecimal()
    assert len({ada["userId"], bo["userId"], "0"}) == 3
    assert ada["inviteCode"].startswith("canary-invite-code-")
    assert answer["failed"] == []
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 1}


@pytest.mark.parametrize("registration", Registration)
def test_an_existing_user_fails_without_a_name(network, registration):
    """The rule holds for any case of the address and any state; no person is mailed again."""
    network.add("ada@example.com", registration)

    answer = network.create("ADA@example.com", "bo@example.com")

    assert [user["username"] for user in answer["successful"]] == ["bo@example.com"]
    assert answer["failed"] == [EXISTS]
    assert network.mails() == {"bo@example.com": 1}


def test_an_address_twice_in_one_request_fails_the_second_time(network):
    """The service handles the items one after another."""
    answer = network.create("ada@example.com", "Ada@example.com")

    assert [user["username"] for user in answer["successful"]] == ["ada@example.com"]
    assert answer["failed"] == [EXISTS]
    assert network.mails() == {"ada@example.com": 1}


def test_an_entry_can_be_refused_alone(network):
    """The failed item does not say which address failed."""
    network.refusals.add("Bad@example.com", Refusal.ENTRY)

    answer = network.create("bad@example.com", "good@example.com")

    assert [user["username"] for user in answer["successful"]] == ["good@example.com"]
    assert answer["failed"] == [NOT_ALLOWED]
    assert network.usernames() == ["good@example.com"]


def test_one_address_can_spoil_the_whole_request(network):
    """The service creates no user of that request."""
    network.refusals.add("bad@example.com", Refusal.REQUEST)

    field = reason_of(network, "BatchCreateUser", users=[item("good@example.com"), item("bad@example.com")])

    assert (field, network.mails()) == ("username", {})


@pytest.mark.parametrize(
    ("users", "field"),
    [
        ([], "users"),
        ([item(address) for address in people(51)], "users"),
        ([item("nobody")], "username"),
        ([item("")], "username"),
        ([{"username": "ada@example.com", "securityGroupIds": []}], "securityGroupIds"),
        ([{"username": "ada@example.com", "securityGroupIds": [WICKR_GROUP, WICKR_OTHER_GROUP]}], "securityGroupIds"),
        ([item("ada@example.com", "sandbox-only-group")], "securityGroupIds"),
    ],
)
def test_what_the_model_leaves_open_is_checked(network, users, field):
    """The reason names the field. The service creates no user, not even for good items."""
    assert reason_of(network, "BatchCreateUser", users=users and [item("bo@example.com"), *users]) == field
    assert network.mails() == {}


def test_fifty_are_allowed(network):
    """One is allowed, too."""
    assert len(network.create(*people(50))["successful"]) == 50
    assert len(network.create("ada@example.com")["successful"]) == 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_network_is_not_found(network, operation):
    """The rule holds for every operation."""
    with pytest.raises(Rejection) as refused:
        network.call(operation, networkId="99999999", users=[item("ada@example.com")], userIds=["1"])

    assert refused.value.status == HTTPStatus.NOT_FOUND


def test_networks_have_users_of_their_own(network):
    """The same address may be in both networks."""
    network.create("ada@example.com")
    other = [item("ada@example.com", "sandbox-only-group")]

    answer = network.call("BatchCreateUser", networkId=WICKR_NETWORK_WITHOUT_DEFAULT, users=other)

    assert len(answer["successful"]) == 1
    with network.store.transaction() as records:
        assert records.counts() == MailCounts(2, 2, addresses_mailed=2, addresses_mailed_more_than_once=0)


def test_a_network_lists_its_groups(network):
    """The default group is not the first group."""
    network.add("ada@example.com", Registration.REGISTERED)
    network.add("bo@example.com")

    groups = network.call("ListSecurityGroups")["securityGroups"]

    assert [(group["id"], group["isDefault"]) for group in groups] == [(WICKR_OTHER_GROUP, False), (WICKR_GROUP, True)]
    assert [group["activeMembers"] for group in groups] == [0, 1]


def test_a_network_may_have_no_default_group(network):
    """Then the operator must name a group."""
    groups = network.call("ListSecurityGroups", networkId=WICKR_NETWORK_WITHOUT_DEFAULT)["securityGroups"]

    assert [group["isDefault"] for group in groups] == [False]


def test_groups_come_in_pages(network):
    """A client that reads only the first page may miss the default group."""
    first = network.call("ListSecurityGroups", maxResults=1)
    rest = network.call("ListSecurityGroups", maxResults=1, nextToken=first["nextToken"])

    assert [group["id"] for page in (first, rest) for group in page["securityGroups"]] == [
        WICKR_OTHER_GROUP,
        WICKR_GROUP,
    ]
    assert rest["nextToken"] is None


def test_a_page_holds_ten_by_default(network):
    """A page holds at most a hundred users."""
    network.create(*people(50))
    network.create(*people(50, start=50))
    network.create("late@example.com")

    first = network.call("ListUsers")
    full = network.call("ListUsers", maxResults=100)

    assert [user["username"] for user in first["users"]] == people(10)
    assert len(full["users"]) == 100
    assert network.usernames(nextToken=full["nextToken"]) == ["late@example.com"]


@pytest.mark.parametrize("operation", ["ListUsers", "ListSecurityGroups"])
@pytest.mark.parametrize("size", [0, -1, 101])
def test_another_page_size_is_invalid(network, operation, size):
    """The model allows it, but its prose does not."""
    assert reason_of(network, operation, maxResults=size) == "maxResults"


@pytest.mark.parametrize("operation", ["ListUsers", "ListSecurityGroups"])
def test_a_made_up_token_of_a_page_is_a_bad_request(network, operation):
    """Starting from the front instead would loop for ever."""
    with pytest.raises(Rejection, match="NextToken") as refused:
        network.call(operation, nextToken="????")

    assert refused.value.status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("ada@example.com", ["Ada@example.com", "granada@example.com.example"]),
        ("ADA@", ["Ada@example.com", "granada@example.com.example"]),
        ("_d_@example.com", []),
        ("%", []),
        ("", ["Ada@example.com", "granada@example.com.example", "bo@example.com"]),
    ],
)
def test_a_username_is_found_by_any_part_of_it(network, part, found):
    """The case does not matter, and no sign is a wildcard. So a client that looks a person up has to compare."""
    network.create("Ada@example.com", "granada@example.com.example", "bo@example.com")

    assert network.usernames(username=part) == found


def test_users_are_found_by_their_status(network):
    """A suspended user has accepted once."""
    network.add("pending@example.com")
    network.add("active@example.com", Registration.REGISTERED)
    network.add("suspended@example.com", Registration.SUSPENDED)

    assert network.usernames(status=1) == ["pending@example.com"]
    assert network.usernames(status=2) == ["active@example.com", "suspended@example.com"]
    assert network.usernames(status=2, username="SUSP") == ["suspended@example.com"]
    assert [user["suspended"] for user in network.call("ListUsers")["users"]] == [False, False, True]


@pytest.mark.parametrize(
    "asked", [{"status": 3}, {"firstName": "Ada"}, {"groupId": WICKR_GROUP}, {"sortFields": "username"}]
)
def test_the_listing_refuses_filters_that_it_lacks(network, asked):
    """The alternative would be to show all users as if the request had no filter."""
    assert reason_of(network, "ListUsers", **asked) in asked


def test_a_new_user_shows_after_the_delay(network):
    """The user appears on pages and in a search by name. A second request knows the user even before."""
    network.traffic.settings = replace(network.traffic.settings, list_delay_seconds=30)
    network.create("ada@example.com")

    before = network.usernames(), network.usernames(username="ada"), network.create("ada@example.com")["failed"]
    network.clock.advance(30)

    assert before == ([], [], [EXISTS])
    assert network.usernames() == ["ada@example.com"]


def test_the_pending_are_mailed_again_on_demand(network):
    """The request names their ids, and no other person is mailed."""
    ada, bo = (user["userId"] for user in network.create("ada@example.com", "bo@example.com")["successful"])
    network.add("bo@example.com", Registration.REGISTERED)

    answer = network.call("BatchReinviteUser", userIds=[ada, bo, "7"])

    assert answer["successful"] == [{"userId": ada}]
    assert [(failed["userId"], failed["reason"]) for failed in answer["failed"]] == [
        (bo, "User is not pending"),
        ("7", "User not found"),
    ]
    assert network.mails() == {"ada@example.com": 2, "bo@example.com": 1}


def test_an_address_is_refused_when_its_user_is_invited_again_too(network):
    """The sandbox refuses the entry, or the request, or fails, as it does for new users."""
    ada, bo = (user["userId"] for user in network.create("ada@example.com", "bo@example.com")["successful"])
    network.refusals.add("ada@example.com", Refusal.ENTRY)

    answer = network.call("BatchReinviteUser", userIds=[ada, bo])

    assert [failed["userId"] for failed in answer["failed"]] == [ada]
    network.refusals.add("ada@example.com", Refusal.REQUEST)
    assert reason_of(network, "BatchReinviteUser", userIds=[bo, ada]) == "userIds"
    network.refusals.add("ada@example.com", Refusal.FAIL)
    with pytest.raises(Rejection, match="fails at one of the addresses"):
        network.call("BatchReinviteUser", userIds=[ada])
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 2}


@pytest.mark.parametrize("count", [0, 51])
def test_a_batch_of_ids_has_bounds_too(network, count):
    assert reason_of(network, "BatchReinviteUser", userIds=["1000000001"] * count) == "userIds"


def test_a_token_gives_its_answer_again(network):
    """The rule holds whatever has happened since; no user is created or mailed."""
    first = network.create("ada@example.com", "bo@example.com", "ada@example.com", clientToken="t")
    network.add("ada@example.com", Registration.REGISTERED)

    again = network.create("ada@example.com", "bo@example.com", "ada@example.com", clientToken="t")

    assert again == first
    assert (len(again["successful"]), again["failed"]) == (2, [EXISTS])
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 1}


@pytest.mark.parametrize(
    "users",
    [
        [item("ada@example.com")],
        [item("bo@example.com"), item("ada@example.com")],
        [item("ada@example.com"), item("bo@example.com", firstName="Bo")],
        [item("ada@example.com"), item("bo@example.com", WICKR_OTHER_GROUP)],
    ],
)
def test_a_token_is_good_for_one_payload(network, users):
    """The payload includes the order, the names and the groups."""
    network.create("ada@example.com", "bo@example.com", clientToken="t")

    with pytest.raises(Rejection, match="used for another request") as refused:
        network.call("BatchCreateUser", users=users, clientToken="t")

    assert refused.value.status == HTTPStatus.BAD_REQUEST
    assert network.mails() == {"ada@example.com": 1, "bo@example.com": 1}


def test_a_token_is_good_for_one_operation(network):
    """It is also good for one network only."""
    network.create("ada@example.com", clientToken="t")

    with pytest.raises(Rejection, match="used for another request"):
        network.call("BatchReinviteUser", userIds=["1000000001"], clientToken="t")
    users = [item("ada@example.com", "sandbox-only-group")]
    other = network.call("BatchCreateUser", networkId=WICKR_NETWORK_WITHOUT_DEFAULT, users=users, clientToken="t")

    assert len(other["successful"]) == 1


def test_a_rejected_request_uses_no_token_up(network):
    """The request did nothing that could be repeated."""
    network.refusals.add("ada@example.com", Refusal.REQUEST)
    with pytest.raises(Rejection):
        network.create("ada@example.com", clientToken="t")
    network.refusals.add("ada@example.com", None)

    assert len(network.create("ada@example.com", clientToken="t")["successful"]) == 1


def test_a_token_is_forgotten_after_its_time(network):
    """Then the request counts as new and finds users who are there. Its answer replaces the earlier answer."""
    network.create("ada@example.com", clientToken="t")

    network.clock.advance(86_399.999)
    known = network.create("ada@example.com", clientToken="t")
    network.clock.advance(0.001)
    forgotten = network.create("ada@example.com", clientToken="t")
    network.clock.advance(1)
    known_again = network.create("ada@example.com", clientToken="t")

    assert (len(known["successful"]), known["failed"]) == (1, [])
    assert forgotten == known_again == {"successful": [], "failed": [EXISTS]}
    assert network.mails() == {"ada@example.com": 1}


def test_how_long_a_token_is_known_may_change(network):
    """The time counts from the request."""
    network.create("ada@example.com", clientToken="t")
    network.clock.advance(60)

    network.traffic.settings = replace(network.traffic.settings, token_seconds=60)

    assert network.create("ada@example.com", clientToken="t")["failed"] == [EXISTS]


def test_a_token_is_known_for_no_time_at_all(network):
    """Zero is the least that a service may promise."""
    network.traffic.settings = replace(network.traffic.settings, token_seconds=0)
    network.create("ada@example.com", clientToken="t")

    assert network.create("ada@example.com", clientToken="t")["failed"] == [EXISTS]


ADDRESSES = st.sampled_from(["ada@example.com", "ADA@example.com", "bo@example.com", "cy@example.com"])
REQUESTS = st.tuples(
    st.sampled_from([None, "t", "u"]), st.lists(ADDRESSES, min_size=1, max_size=4), st.sampled_from([0, 30, 60])
)


@given(st.lists(REQUESTS, max_size=12))
def test_no_person_is_mailed_twice_whatever_is_sent_again(requests):
    """Every item has its outcome. For a minute, a repeated request with the same token gets the same outcomes."""
    network = Network(token_seconds=60)
    answers = {}

    for token, addresses, pause_seconds in requests:
        network.clock.advance(pause_seconds)
        known = {token: answer for token, answer in answers.items() if network.clock.moment - answer[0] < MINUTE}
        try:
            answer = network.create(*addresses, **({"clientToken": token} if token else {}))
        except Rejection:
            assert known[token][1] != addresses
            continue
        assert len(answer["successful"]) + len(answer["failed"]) == len(addresses)
        if token in known:
            assert known[token][1:] == (addresses, answer)
        elif token:
            answers[token] = (network.clock.moment, addresses, answer)

    assert set(network.mails().values()) <= {1}
    network.store.close()
