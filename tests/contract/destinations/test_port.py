"""The contract that every destination keeps, and so does the fake that stands in for them.

``given`` opens a destination with a service that answers as the test says, in the words of the fake: ``answers``
for its first requests, addresses ``refused`` with their request, ``receipts`` for single addresses, None for one that
is left out. Another destination joins with a function in ``DESTINATIONS``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

import pytest
from fakes import FakeDestination, chunk

from onboarding.destinations import InviteService, Member, MemberPage, Receipt, Refused, Throttled, Unconfirmed
from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.account import ChimeDestination, open_chime
from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.destinations.wickr.network import WickrDestination, open_wickr
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.runtime.aws import Access
from onboarding.sandbox import Fault, FaultKind, Refusal, Sandbox

ANA, BO, CY = "Ana.Ruiz@example.com", "bo@EXAMPLE.com", "cy@example.com"
ERRORS = {
    "InviteUsers": {Throttled: "ThrottledClientException", DestinationClosed: "ForbiddenException"},
    "BatchCreateUser": {Throttled: "RateLimitError", DestinationClosed: "ForbiddenError"},
}
"""What the services call their errors, by the operation that invites people."""


@dataclass(frozen=True)
class GivenDestination:
    """A destination, and what its service knows: the keys it invited, and how many requests it got."""

    destination: InviteService
    invited: Callable[[], set[str]]
    requests: Callable[[], int]


def given_fake(
    _stack: ExitStack,
    *answers: Exception,
    refused: Collection[str] = (),
    receipts: Mapping[str, Receipt | None] | None = None,
    knows_tokens: bool = False,
) -> GivenDestination:
    """Open the fake."""
    fake = FakeDestination(*answers, refused=refused, receipts=receipts, knows_tokens=knows_tokens)
    return GivenDestination(fake, lambda: {address.casefold() for address in fake.invited}, lambda: len(fake.requests))


def given_chime(
    stack: ExitStack,
    *answers: Exception,
    refused: Collection[str] = (),
    receipts: Mapping[str, Receipt | None] | None = None,
) -> GivenDestination:
    """Open Chime's adapter over boto3 and HTTP, with the sandbox behind it."""
    sandbox, access = scripted_sandbox(stack, "InviteUsers", answers, refused, receipts or {})
    client = stack.enter_context(closing(open_chime(access)))
    return GivenDestination(
        ChimeDestination(client, TEAM_ACCOUNT),
        lambda: set(sandbox.mails()),
        lambda: sum(sandbox.counts().requests.get("InviteUsers", {}).values()),
    )


def given_wickr(
    stack: ExitStack,
    *answers: Exception,
    refused: Collection[str] = (),
    receipts: Mapping[str, Receipt | None] | None = None,
) -> GivenDestination:
    """Open Wickr's adapter over boto3 and HTTP, with the sandbox behind it."""
    sandbox, access = scripted_sandbox(stack, "BatchCreateUser", answers, refused, receipts or {})
    client = stack.enter_context(closing(open_wickr(access)))
    return GivenDestination(
        WickrDestination(client, WICKR_NETWORK),
        lambda: set(sandbox.mails()),
        lambda: sum(sandbox.counts().requests.get("wickr.BatchCreateUser", {}).values()),
    )


def scripted_sandbox(
    stack: ExitStack,
    operation: str,
    answers: Collection[Exception],
    refused: Collection[str],
    receipts: Mapping[str, Receipt | None],
) -> tuple[Sandbox, Access]:
    """Start a sandbox with these answers for the operation that invites people."""
    sandbox = stack.enter_context(Sandbox())
    for answer in answers:
        error = ERRORS[operation].get(type(answer), "")
        sandbox.faults.add(Fault(FaultKind.ERROR if error else FaultKind.RESET, operation, error=error))
    for address in refused:
        sandbox.refuse(address, Refusal.REQUEST)
    for address, receipt in receipts.items():
        if receipt is None:
            sandbox.faults.add(Fault(FaultKind.ACT_THEN_OMIT, operation))
        else:
            sandbox.refuse(address, Refusal.ENTRY)
    access = Access(
        endpoint_url=sandbox.url,
        region="us-east-1",
        access_key="any",
        secret_key="any",  # noqa: S106 - it takes any
    )
    return sandbox, access


DESTINATIONS = {
    "chime": given_chime,
    "wickr": given_wickr,
    "fake": given_fake,
    "fake with tokens": partial(given_fake, knows_tokens=True),
}


@pytest.fixture(params=DESTINATIONS)
def given(request) -> Iterator[Callable[..., GivenDestination]]:
    """Return what opens a destination of each kind."""
    with ExitStack() as stack:
        yield partial(DESTINATIONS[request.param], stack)


def test_account_that_takes_invites_tells_its_name(given):
    """For the report."""
    assert given().destination.check() != ""


def test_every_address_of_a_chunk_gets_a_receipt_by_key(given):
    """However the address is spelled."""
    service = given()

    receipts = service.destination.invite(chunk([ANA, BO, CY]))

    assert receipts.keys() == {ANA.casefold(), BO.casefold(), CY.casefold()} == service.invited()
    assert all(receipt.invite_id and receipt.invite_status for receipt in receipts.values())
    assert {receipt.error for receipt in receipts.values()} == {""}


def test_fifty_are_one_request(given):
    """The whole of a chunk."""
    service = given()

    receipts = service.destination.invite(chunk([f"person{number}@example.com" for number in range(50)]))

    assert len(receipts) == 50
    assert service.requests() == 1


def test_address_that_the_answer_leaves_out_has_no_receipt(given):
    """The service may have invited it all the same."""
    service = given(receipts={CY: None})

    receipts = service.destination.invite(chunk([ANA, BO, CY]))

    assert receipts.keys() == {ANA.casefold(), BO.casefold()}


def test_address_that_fails_alone_has_a_receipt_with_an_error(given):
    """Its colleagues have theirs without."""
    service = given(receipts={BO: Receipt(error="InviteFailed")})

    receipts = service.destination.invite(chunk([ANA, BO, CY]))

    assert [key for key, receipt in receipts.items() if receipt.error] == [BO.casefold()]
    assert len(receipts) == 3


def test_refused_request_invites_no_person(given):
    """One address in it may be the reason."""
    service = given(refused=[BO])

    with pytest.raises(Refused):
        service.destination.invite(chunk([ANA, BO, CY]))

    assert service.invited() == set()
    assert service.destination.invite(chunk([ANA, CY])).keys() == service.invited()


@pytest.mark.parametrize("answer", [Throttled(), DestinationClosed("closed")], ids=["throttled", "closed"])
def test_negative_answer_invites_no_person(given, answer):
    """So that it is safe to send the same again."""
    service = given(answer)

    with pytest.raises(type(answer)):
        service.destination.invite(chunk([ANA]))

    assert service.invited() == set()
    assert service.destination.invite(chunk([ANA])).keys() == service.invited() == {ANA.casefold()}


@pytest.mark.parametrize(
    "answer", [Throttled(), Unconfirmed("reset"), DestinationClosed("closed")], ids=["throttled", "reset", "closed"]
)
def test_request_is_sent_once_whatever_comes_back(given, answer):
    """Whether it is sent again is for the retry policy to say."""
    service = given(answer)

    with pytest.raises(type(answer)):
        service.destination.invite(chunk([ANA, BO]))

    assert service.requests() == 1


@pytest.mark.parametrize("answer", [Throttled(), Unconfirmed("reset"), Refused("BadRequestException")])
def test_error_has_no_address(given, answer):
    """It may end up in a log."""
    service = given(refused=[ANA]) if isinstance(answer, Refused) else given(answer)

    with pytest.raises(type(answer)) as raised:
        service.destination.invite(chunk([ANA, BO]))

    said = f"{raised.value!r} {raised.value}".casefold()
    assert not any(word in said for word in ("ana.ruiz", "bo@", "example.com"))


def all_members(destination) -> list[Member]:
    """Return all that the pages show, in their order."""
    members, following = [], ""
    while True:
        page = destination.page(following)
        members += page.members
        if not (following := page.following):
            return members


def test_invited_person_is_shown_by_look_up_and_on_a_page(given):
    """As a person who has not accepted yet, however the address is spelled."""
    destination = given().destination

    destination.invite(chunk([ANA, BO]))

    found = [destination.look_up(address) for address in (ANA.upper(), BO)]
    assert [member.address.casefold() for member in found] == [ANA.casefold(), BO.casefold()]
    assert {member.membership for member in found} == {MembershipStatus.PENDING}
    assert {member.address for member in all_members(destination)} == {member.address for member in found}


def test_absent_person_has_no_member(given):
    """An answer, not a failure; a longer or shorter address belongs to another person."""
    destination = given().destination
    destination.invite(chunk([ANA]))

    assert [destination.look_up(address) for address in (BO, f"x{ANA}", ANA[1:])] == [None] * 3


def test_empty_account_has_one_empty_page(given):
    """So that it is known to be empty."""
    assert given().destination.page("") == MemberPage((), "")


def test_pages_together_show_every_member_once(given):
    """More than the largest page holds."""
    destination = given().destination
    people = [f"person{number}@example.com" for number in range(450)]
    for start in range(0, 450, 50):
        destination.invite(chunk(people[start : start + 50], start=start))

    assert [member.address for member in all_members(destination)] == people


def test_member_is_named_by_no_repr(given):
    """It may end up in a log."""
    destination = given().destination
    destination.invite(chunk([ANA]))

    said = f"{destination.look_up(ANA)!r} {destination.page('')!r}".casefold()

    assert "ana.ruiz" not in said


def test_scope_is_the_same_for_as_long_as_the_destination_lives(given):
    """It is half of the ledger's key."""
    destination = given().destination

    before = destination.scope
    destination.invite(chunk([ANA]))

    assert destination.scope == before
    assert before.destination
    assert before.account


def test_same_chunk_has_the_same_token_and_others_have_others(given):
    """Or none has one, where the service knows no request from another."""
    destination = given().destination
    chunks = [chunk([ANA, BO]), chunk([BO, ANA]), chunk([ANA])]

    tokens = [destination.token(one) for one in chunks]

    assert tokens == [destination.token(one) for one in chunks]
    assert len(set(tokens)) == (3 if any(tokens) else 1)


def test_request_that_comes_again_with_its_token_invites_no_person_again(given):
    """And gets the same answer."""
    service = given()
    destination, of_two = service.destination, chunk([ANA, BO])
    if not destination.token(of_two):
        pytest.skip("the service knows no request from another, so that this must never be tried")

    first = destination.invite(of_two)

    assert destination.invite(of_two) == first
    assert service.requests() == 2
