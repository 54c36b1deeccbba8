"""Whatever answer the service models permit, or almost permit, an adapter takes it for what it says, and for no more.

What an answer says is decided here by a plain reading of its document, without the job's own models. The fast suite
takes every seventh answer, and the soak takes all of them: each answer is one request.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from fakes import chunk
from hostile import HostileService, hostile_service, opened
from model_answers import ModelAnswer, answers_of, entry_of, errors_of
from structlog.testing import capture_logs

from onboarding.destinations import InviteService, Receipt, Refused, RequestError, Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Invitee

ANA, BO, CY = "ana@example.com", "bo@example.com", "cy@example.com"
REASON = "The username is not allowed"
SHARE = 7
"""The fast suite takes one answer of this many."""

GROUP = entry_of("wickr", "SecurityGroup", id="group", name="Default", isDefault=True)
CREATED = [entry_of("wickr", "User", username=who, userId=str(at), status=1) for at, who in enumerate((ANA, BO), 1)]
NOT_CREATED = [entry_of("wickr", "BatchUserErrorResponseItem", userId="9", field="username", reason=REASON)]
AGAIN = [entry_of("wickr", "BatchUserSuccessResponseItem", userId=number) for number in ("1", "2")]
NOT_AGAIN = [entry_of("wickr", "BatchUserErrorResponseItem", userId="3", field="userId", reason=REASON)]
INVITES = [
    entry_of("chime", "Invite", EmailAddress=who, Status=status, EmailStatus=sent)
    for who, status, sent in ((CY, "Failed", "NotSent"), (ANA, "Pending", "Sent"), (BO, "Pending", "Sent"))
]
LISTED = {
    "wickr": [entry_of("wickr", "User", username=who, userId=str(at), status=2) for at, who in enumerate((ANA, BO), 1)],
    "chime": [
        entry_of(
            "chime", "User", PrimaryEmail=who, UserRegistrationStatus="Registered", UserInvitationStatus="Accepted"
        )
        for who in (ANA, BO)
    ],
}
INVITATION = {"wickr": "BatchCreateUser", "chime": "InviteUsers"}
CHECKS = ("GetNetwork", "ListSecurityGroups", "GetAccount")
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "GetNetwork": {"networkName": "Example"},
    "ListSecurityGroups": {"securityGroups": [GROUP], "nextToken": ""},
    "GetAccount": {"Name": "Example", "AccountType": "Team"},
    "BatchCreateUser": {"successful": CREATED, "failed": NOT_CREATED},
    "BatchReinviteUser": {"successful": AGAIN, "failed": NOT_AGAIN},
    "InviteUsers": {"Invites": INVITES},
    "wickr.ListUsers": {"users": LISTED["wickr"], "nextToken": ""},
    "chime.ListUsers": {"Users": LISTED["chime"], "NextToken": ""},
}
"""The values of the whole answers, by operation as ``HostileService`` names it."""


def again(invitee: Invitee, member_id: str) -> Invitee:
    """Return a person who is invited once more, by the service's id."""
    return invitee._replace(again=True, times=2, member_id=member_id)


NEW = chunk([ANA, BO, CY])
PEOPLE = {
    "InviteUsers": NEW,
    "BatchCreateUser": NEW,
    "BatchReinviteUser": replace(NEW, invitees=tuple(map(again, NEW.invitees, ("1", "2", "3")))),
}
"""The people of the requests that mail people, by operation."""

EVERY = pytest.mark.parametrize("every", [SHARE, pytest.param(1, marks=pytest.mark.soak)])
SERVICES = pytest.mark.parametrize("service", ["wickr", "chime"])


@pytest.fixture(scope="module")
def stub() -> Iterator[HostileService]:
    with hostile_service() as served:
        yield served


@pytest.fixture(scope="module")
def destinations(stub: HostileService) -> Iterator[dict[str, InviteService]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(opened(name, stub.url)) for name in INVITATION}


@pytest.fixture(autouse=True)
def usual(stub: HostileService) -> None:
    stub.answers.clear()


def service_of(operation: str) -> str:
    return "chime" if operation in ("GetAccount", "InviteUsers", "chime.ListUsers") else "wickr"


def answers(operation: str) -> list[ModelAnswer]:
    return list(answers_of(service_of(operation), operation.rpartition(".")[2], GIVEN[operation]))


def errors(operation: str) -> list[ModelAnswer]:
    return list(errors_of(service_of(operation), operation.rpartition(".")[2]))


def result_of(call: Callable[[], Any]) -> Any:
    """Return what a call returns or raises, among the errors that the port has."""
    try:
        return call()
    except (RequestError, DestinationClosed) as error:
        return error


def wrong_among(
    taken: Iterable[ModelAnswer], call: Callable[[ModelAnswer], Any], is_right: Callable[[ModelAnswer, Any], bool]
) -> list[str]:
    """Return the names of the answers for which a call does not end as the answer says, with what came instead."""
    found = [(answer, result_of(lambda answer=answer: call(answer))) for answer in taken]
    return [f"{answer} gives {result!r}" for answer, result in found if not is_right(answer, result)]


def test_there_are_enough_answers_at_each_place_of_the_models():
    """Otherwise a change of the models could leave the tests below without a subject."""
    made = {operation: [*answers(operation), *errors(operation)] for operation in GIVEN}
    of_wickr = [
        answer for operation in GIVEN if service_of(operation) == "wickr" for answer in made[operation][::SHARE]
    ]

    assert len(of_wickr) >= 200
    assert {answer.fits for answer in of_wickr} == {True, False}
    assert all(len(set(map(str, some))) == len(some) for some in made.values())


def is_known(status: Any) -> bool:
    return status is None or (status in (1, 2) and isinstance(status, int) and not isinstance(status, bool))


def entries_about(person: str, entries: Any, field: str) -> list[dict[str, Any]]:
    named = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [entry for entry in named if entry.get(field) == person]


def is_id(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 256 and value.isprintable())


def said_by_wickr(document: dict[str, Any]) -> dict[str, str]:
    """Return what an answer to ``BatchCreateUser`` says for certain: who was taken, and who was refused and why."""
    created, failed = document.get("successful"), document.get("failed")
    taken = {
        person: ""
        for person in (ANA, BO, CY)
        if (about := entries_about(person, created, "username"))
        and all(is_known(entry.get("status")) and is_id(entry.get("userId")) for entry in about)
    }
    others = [person for person in (ANA, BO, CY) if not entries_about(person, created, "username")]
    is_clear = len(taken) + len(others) == 3 and len(created or ()) == len(taken)
    reasons = [
        item["reason"]
        for item in failed or ()
        if isinstance(item, dict)
        and isinstance(item.get("userId"), str)
        and is_id(item["userId"])
        and isinstance(item.get("reason"), str)
        and item["reason"]
        and (item.get("field") is None or isinstance(item["field"], str))
    ]
    if is_clear and len(reasons) == len(failed or ()) == len(others):
        taken |= dict.fromkeys(others, "refused")
    return taken


def said_by_chime(document: dict[str, Any]) -> dict[str, str]:
    """Return what an answer to ``InviteUsers`` says for certain: who was taken, and who was refused and why."""
    said = {}
    for person in (ANA, BO, CY):
        for entry in entries_about(person, document.get("Invites"), "EmailAddress"):
            match entry.get("Status"), entry.get("EmailStatus"), is_id(entry.get("InviteId")):
                case ("Pending" | "Accepted", "Sent" | "NotSent", True):
                    said[person] = ""
                case ("Failed", "NotSent" | "Failed", True) | ("Pending", "Failed", True):
                    said[person] = "refused"
    return said


def said_of_again(document: dict[str, Any]) -> dict[str, str]:
    """Return what an answer to ``BatchReinviteUser`` says for certain: who was mailed, and who was not."""
    said: dict[str, set[str]] = {}
    for word, name in (("", "successful"), ("refused", "failed")):
        for entry in document.get(name) or ():
            user = entry.get("userId") if isinstance(entry, dict) else None
            is_fit = name == "successful" or isinstance(entry.get("reason"), str | None) if user else False
            if isinstance(user, str):
                said.setdefault(user, set()).add(word if is_fit else "unclear")
    people = {"1": ANA, "2": BO, "3": CY}
    words = {people[user]: next(iter(words)) for user, words in said.items() if len(words) == 1 and user in people}
    return {person: word for person, word in words.items() if word != "unclear"}


def is_list_or_missing(value: Any) -> bool:
    return value is None or isinstance(value, list)


def is_right_receipt(answer: ModelAnswer, result: Any) -> bool:
    """Say whether the receipts are exactly what the answer says for certain. An answer of no form may be an error."""
    document = answer.document
    if answer.operation == "InviteUsers":
        said, is_readable = said_by_chime(document), isinstance(document.get("Invites"), list)
    else:
        lists = document.get("successful"), document.get("failed")
        is_readable = all(map(is_list_or_missing, lists)) and lists != (None, None)
        read = said_of_again if answer.operation == "BatchReinviteUser" else said_by_wickr
        said = read(document) if is_readable else {}
    if not is_readable:
        return isinstance(result, Unconfirmed) and result.cause.startswith("UnfitAnswer (")
    return {who: "refused" if receipt.error else "" for who, receipt in result.items()} == said


@EVERY
@pytest.mark.parametrize("operation", PEOPLE)
def test_answer_about_people_gives_the_receipts_that_it_says_and_no_others(stub, destinations, operation, every):
    """A person without a receipt is in doubt, and the log says how many there are."""
    destination = destinations[service_of(operation)]
    destination.invite(chunk([ANA]))

    def invite(answer: ModelAnswer) -> Mapping[str, Receipt]:
        stub.answers[operation] = answer.answer
        with capture_logs() as logs:
            receipts = destination.invite(PEOPLE[operation])
        said = [line["people"] for line in logs if line["event"] == "answer.incomplete"]
        assert said == [number for number in (3 - len(receipts),) if number], str(answer)
        return receipts

    assert wrong_among(answers(operation)[::every], invite, is_right_receipt) == []


STATUSES = {
    "wickr": {1: MembershipStatus.PENDING, 2: MembershipStatus.REGISTERED},
    "chime": {
        "Unregistered": MembershipStatus.PENDING,
        "Registered": MembershipStatus.REGISTERED,
        "Suspended": MembershipStatus.SUSPENDED,
    },
}
WORDS = {
    "wickr": ("users", "username", "status", "nextToken"),
    "chime": ("Users", "PrimaryEmail", "UserRegistrationStatus", "NextToken"),
}


def membership_in(user: dict[str, Any], service: str) -> MembershipStatus:
    if user.get("suspended") is True:
        return MembershipStatus.SUSPENDED
    status = user.get(WORDS[service][2])
    return STATUSES[service].get(status, MembershipStatus.OTHER)


def is_right_page(answer: ModelAnswer, result: Any, service: str) -> bool:
    """Say whether a page shows each user as the answer does. An answer that the model does not permit may be an error.

    So may a user without an address and without all that shows it to be a user, and a token or id of absurd length.
    """
    users, address, _, token = WORDS[service]
    document = answer.document
    given = document.get(users)
    if isinstance(result, Unconfirmed):
        is_absurd = answer.change in ("empty", "long", "control characters", "missing", "null")
        is_read = answer.place[-1:] in ((users,), (address,), (token,), ("UserId",), (1,))
        return result.cause.startswith("UnfitAnswer (") and (not answer.fits or (is_absurd and is_read))
    shown = {user[address]: membership_in(user, service) for user in given if _has_text(user.get(address))}
    is_same = {member.address: member.membership for member in result.members} == {
        who.encode("utf-8", "replace").decode(): status for who, status in shown.items()
    }
    return (
        is_same
        and result.following == (document.get(token) or "")
        and len(shown) + result.without_address == len(given)
    )


def _has_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


@EVERY
@SERVICES
def test_page_of_members_shows_everybody_as_the_answer_does(stub, destinations, service, every):
    operation = f"{service}.ListUsers"

    def page(answer: ModelAnswer) -> Any:
        stub.answers[operation] = answer.answer
        return destinations[service].page("")

    def is_right(answer: ModelAnswer, result: Any) -> bool:
        return is_right_page(answer, result, service)

    assert wrong_among(answers(operation)[::every], page, is_right) == []


@EVERY
@SERVICES
def test_look_up_finds_whom_the_answer_shows_and_never_takes_another_for_absent(stub, destinations, service, every):
    users, address, _, token = WORDS[service]
    operation = f"{service}.ListUsers"

    def look_up(answer: ModelAnswer) -> Any:
        pages = iter([answer.answer])
        # A second page is empty, so that a token leads somewhere.
        stub.answers[operation] = lambda: next(pages, {users: []})
        return destinations[service].look_up(BO)

    def is_right(answer: ModelAnswer, result: Any) -> bool:
        if isinstance(result, Exception):
            return not answer.fits or answer.place[-1:] in ((users,), (address,), (token,), ("UserId",), (1,))
        names = [user.get(address) for user in answer.document[users]]
        return (result is not None) == (BO in names) and (result is not None or all(map(_has_text, names)))

    assert wrong_among(answers(operation)[::every], look_up, is_right) == []


READ_BY_CHECK = {
    "networkName",
    "securityGroups",
    "name",
    "id",
    "isDefault",
    "nextToken",
    "Account",
    "Name",
    "AccountType",
}


@EVERY
@pytest.mark.parametrize("operation", CHECKS)
def test_check_reads_what_the_model_permits_and_names_what_it_cannot_read(stub, destinations, operation, every):
    destination = destinations[service_of(operation)]

    def check(answer: ModelAnswer) -> str:
        pages = iter([answer.answer])
        stub.answers[operation] = lambda: next(pages, {"securityGroups": []})
        return destination.check()

    def is_right(answer: ModelAnswer, result: Any) -> bool:
        if isinstance(result, str):
            return bool(result) and result.isprintable() and len(result) <= 200
        is_read = bool(READ_BY_CHECK & set(map(str, answer.place)))
        return len(str(result)) > 10 and (not answer.fits or is_read or answer.change == "least")

    assert wrong_among(answers(operation)[::every], check, is_right) == []


def expected_of(status: int) -> type[Exception]:
    """Return what an error answer means by its status alone."""
    if status == 429:
        return Throttled
    if status in (401, 403, 404, 405, 410):
        return DestinationClosed
    return Refused if 400 <= status < 500 and status != 408 else Unconfirmed


CALLS: Mapping[str, Callable[[InviteService], Any]] = {
    "InviteUsers": lambda destination: destination.invite(NEW),
    "BatchCreateUser": lambda destination: destination.invite(NEW),
    "BatchReinviteUser": lambda destination: destination.invite(PEOPLE["BatchReinviteUser"]),
    "chime.ListUsers": lambda destination: destination.page(""),
    "wickr.ListUsers": lambda destination: destination.page(""),
    **dict.fromkeys(CHECKS, lambda destination: destination.check()),
}


@EVERY
@pytest.mark.parametrize("operation", GIVEN)
def test_error_means_what_its_status_says_in_whatever_form_it_comes(stub, destinations, operation, every):
    destination = destinations[service_of(operation)]

    def call(answer: ModelAnswer) -> Any:
        stub.answers[operation] = answer.answer
        return CALLS[operation](destination)

    def is_right(answer: ModelAnswer, result: Any) -> bool:
        expected = expected_of(answer.status)
        if operation in CHECKS and expected is Refused:
            expected = DestinationClosed
        if operation == "BatchReinviteUser" and answer.place[:1] == ("ResourceNotFoundError",):
            expected = (DestinationClosed, Refused)  # the network or one of the ids is not known
        texts = map(str, [result, *vars(result).values()])
        return isinstance(result, expected) and all(text.isprintable() and len(text) <= 400 for text in texts)

    destinations["wickr"].invite(chunk([ANA]))
    assert wrong_among(errors(operation)[::every], call, is_right) == []
