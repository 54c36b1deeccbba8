"""Runs against services whose answers respell, or never end."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from hostile import WORDS, hostile_service
from model_answers import entry_of
from workspace import account_flags

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.sandbox import Fault, FaultKind
from onboarding.sandbox.simulation.shapes import Document

PEOPLE = ("José.Núñez@example.com", "Åsa@bücher.example", "Ana.Ruiz@EXAMPLE.com", "zoë@xn--mnchen-3ya.example")


def wickr_flags(url: str) -> list[str]:
    return [
        *("--destination", "wickr", "--network-id", WICKR_NETWORK),
        *("--endpoint-url", url, "--region", "eu-west-1"),
    ]


@pytest.mark.parametrize("name", WORDS)
def test_list_that_never_ends_ends_the_run_with_one_line(workspace, name):
    """After two pages of it, and before anybody is invited."""
    with hostile_service() as service:
        words = WORDS[name]
        service.answers[words.list] = words.page(words.user("stranger@example.com"), token="again")  # noqa: S106
        flags = ["--account-id", "team", "--endpoint-url", service.url] if name == "chime" else wickr_flags(service.url)

        done = workspace.onboard("run", workspace.export(20), *flags)

    assert done.code == 7
    assert [line for line in done.messages if "never ends" in line]
    assert service.asked.count(words.list) == 2
    assert words.invite not in service.asked


def respelled(address: str) -> str:
    """Return an address as another system may spell it: decomposed, in capitals, and with the other form of domain."""
    local, _, domain = address.rpartition("@")
    other = domain.encode("idna") if not domain.isascii() else domain.encode().decode("idna").encode()
    return f"{unicodedata.normalize('NFD', local).upper()}@{other.decode()}"


def respelling(act: Callable[[Document], Document], parameters: Document) -> Document:
    """Carry an operation out, and respell the addresses in its result."""
    names = ("EmailAddress", "PrimaryEmail", "username")
    return {
        name: [{key: respelled(said) if key in names else said for key, said in entry.items()} for entry in value]
        if isinstance(value, list)
        else value
        for name, value in act(parameters).items()
    }


@pytest.mark.parametrize("service", ["chime", "wickr"])
def test_people_whom_the_service_respells_are_mailed_once(workspace, sandbox, service):
    """Although its list shows them late: the answer to the invitation names them."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=400)
    for operation in ("InviteUsers", "BatchCreateUser", "ListUsers"):
        sandbox.faults.add(Fault(FaultKind.ALTER, operation, count=1000, alter=respelling))
    flags = account_flags(sandbox) if service == "chime" else wickr_flags(sandbox.url)
    workspace.write("people.csv", "\n".join(["Email", *PEOPLE]))

    codes = [workspace.exit_code("run", "people.csv", *flags) for _ in range(2)]

    assert codes == [0, 0]
    assert {line["disposition"] for line in workspace.report()} == {"already"}
    assert sandbox.times_mailed() == {1: len(PEOPLE)}


def with_unknown_statuses(act: Callable[[Document], Document], parameters: Document) -> Document:
    """List the users of Chime with a status that its model does not know."""
    result = act(parameters)
    return {**result, "Users": [{**user, "UserRegistrationStatus": "Archived"} for user in result["Users"]]}


def test_member_with_a_status_that_nobody_knows_is_there_and_is_moved_only_by_a_person(workspace, sandbox):
    """The person is not mailed again, however old the invitation is."""
    sandbox.add_users(["person0@example.com"])
    sandbox.faults.add(Fault(FaultKind.ALTER, "ListUsers", service="chime", count=1000, alter=with_unknown_statuses))

    there = workspace.onboard("run", workspace.export(1), *account_flags(sandbox))
    moved = workspace.onboard(
        "run", *wickr_flags(sandbox.url), "--move-from", TEAM_ACCOUNT, AWS_ENDPOINT_URL_CHIME=sandbox.url
    )

    assert (there.code, moved.code) == (0, 0)
    assert sorted((line["disposition"], line["reason"]) for line in all_lines(workspace)) == [
        ("already", "other_status"),
        ("held", "unknown_status"),
    ]
    assert sandbox.mails() == {}


def suspended_too(act: Callable[[Document], Document], parameters: Document) -> Document:
    """List each user of Chime once more, as suspended."""
    result = act(parameters)
    users = [{**user, "UserRegistrationStatus": "Suspended"} for user in result["Users"]]
    return {**result, "Users": [*result["Users"], *users]}


def test_member_whom_the_list_shows_with_two_statuses_is_moved_only_by_a_person(workspace, sandbox):
    """One entry would move the person, and the other entry would not."""
    sandbox.add_users(["person0@example.com"])
    sandbox.faults.add(Fault(FaultKind.ALTER, "ListUsers", service="chime", count=1000, alter=suspended_too))

    done = workspace.onboard(
        "run", *wickr_flags(sandbox.url), "--move-from", TEAM_ACCOUNT, AWS_ENDPOINT_URL_CHIME=sandbox.url
    )

    assert done.code == 0
    assert [(line["disposition"], line["reason"]) for line in workspace.report()] == [("held", "unknown_status")]
    assert sandbox.mails() == {}


def all_lines(workspace) -> list[dict[str, str]]:
    """Return the lines of all reports."""
    return [line for run in workspace.runs() for line in workspace.report(run)]


def created_by_model(*, statuses: list[object], reasons: list[str | None]) -> dict[str, object]:
    """Return an answer to ``BatchCreateUser`` with all fields of its model, and with a field of next year everywhere.

    The first people of an export have these statuses. The people after them were not created, for these reasons.
    """
    users = [
        entry_of("wickr", "User", username=f"person{number}@example.com", userId=str(number + 1), status=status)
        for number, status in enumerate(statuses)
    ]
    failed = [entry_of("wickr", "BatchUserErrorResponseItem", userId="90", reason=reason) for reason in reasons]
    later = {"aFieldOfNextYear": [{}]}
    return {
        "message": "done",
        "successful": [user | later for user in users],
        "failed": [i | later for i in failed],
    } | later


@pytest.mark.parametrize(
    ("answer", "code", "fates"),
    [
        ((200, created_by_model(statuses=[1, 2], reasons=["Too long"])), 3, ["invited", "invited", "failed"]),
        ((200, created_by_model(statuses=[1, 3, True], reasons=[])), 6, ["invited", "in_doubt", "in_doubt"]),
        ((200, created_by_model(statuses=[1], reasons=["Too long", None])), 6, ["invited", "in_doubt", "in_doubt"]),
        ((422, {"__type": "ValidationError", "reasons": [{"field": None}]}), 3, ["failed"] * 3),
        ((451, {"__type": "ErrorOfNextYear", "aFieldOfNextYear": True}), 3, ["failed"] * 3),
        ((200, {"message": None, "successful": "all", "failed": None}), 6, ["in_doubt"] * 3),
    ],
    ids=["new fields", "unknown statuses", "no reason", "error without its fields", "unknown error", "no lists"],
)
def test_run_gives_each_person_the_fate_that_the_answer_says_for_certain(workspace, answer, code, fates):
    """The answers are made from botocore's model of Wickr, and a service of its own gives them."""
    with hostile_service() as service:
        listed = {"users": [entry_of("wickr", "User", username="stranger@example.com", status=7)], "nextToken": None}
        service.answers |= {"wickr.ListUsers": listed, "BatchCreateUser": answer}

        done = workspace.onboard("run", workspace.export(3), *wickr_flags(service.url), "--settle-seconds", "0")

    assert "Traceback" not in "\n".join(done.messages)
    assert [line["disposition"] for line in workspace.report()] == fates
    assert done.code == code
    assert all(line["detail"] for line in workspace.report() if line["disposition"] != "invited")
