"""Wickr alone: tokens, security groups, names, and failures without names."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from fakes import chunk

from onboarding.destinations import Refused, RequestError, Throttled, Unconfirmed
from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP
from onboarding.destinations.wickr.failures import ALREADY_EXISTS
from onboarding.destinations.wickr.network import WickrDestination, open_wickr
from onboarding.model.errors import ConfigurationError, DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk
from onboarding.runtime.aws import Access
from onboarding.sandbox import Fault, FaultKind, Refusal, Registration, Sandbox

OPERATIONS = ("BatchCreateUser", "BatchReinviteUser", "ListUsers", "GetNetwork", "ListSecurityGroups")
ANA, BO, CY, DI = (f"{name}@example.com" for name in ("ana", "bo", "cy", "di"))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


TODAY, TOMORROW = date(2026, 11, 29), date(2026, 11, 30)


@contextmanager
def network(sandbox: Sandbox, network_id: str = WICKR_NETWORK, **more: str | date) -> Iterator[WickrDestination]:
    access = Access(endpoint_url=sandbox.url, region="us-east-1", access_key="any", secret_key="any")  # noqa: S106
    with closing(open_wickr(access)) as client:
        yield WickrDestination(client, network_id, **more)


@pytest.fixture
def wickr(sandbox) -> Iterator[WickrDestination]:
    with network(sandbox) as destination:
        yield destination


def errors(receipts) -> dict[str, tuple[str, bool]]:
    return {key: (receipt.error, receipt.is_member) for key, receipt in receipts.items()}


@pytest.mark.parametrize("group", [None, WICKR_GROUP, WICKR_OTHER_GROUP])
def test_network_with_the_group_takes_invites(sandbox, group):
    with network(sandbox, security_group=group) as destination:
        assert destination.check()
        assert destination.invite(chunk([ANA])).keys() == {ANA}


@pytest.mark.parametrize(
    ("network_id", "group", "message"),
    [
        (WICKR_NETWORK_WITHOUT_DEFAULT, None, "no default security group"),
        (WICKR_NETWORK, "absent", "no security group 'absent'"),
        ("99999999", None, "Wickr knows no network 99999999 here; check --network-id"),
    ],
)
def test_network_that_takes_no_invites_says_what_to_do(sandbox, network_id, group, message):
    with network(sandbox, network_id, security_group=group) as destination, pytest.raises(DestinationClosed) as raised:
        destination.check()

    assert message in str(raised.value)


def test_network_without_a_default_group_takes_people_whose_rows_name_one(sandbox):
    with network(sandbox, WICKR_NETWORK_WITHOUT_DEFAULT, groups_in_rows=True) as destination:
        assert destination.check()
        unknown = destination.unknown_groups(["Only", ""])
        receipts = destination.invite(in_groups("Only"))

    assert receipts.keys() == {"person0@example.com"}
    assert unknown.keys() == {""}
    assert "no default security group; name one of its groups with --security-group: Only." in unknown[""]


def test_region_is_part_of_where_it_is():
    with pytest.raises(ConfigurationError, match="--region"):
        open_wickr(Access(access_key="any", secret_key="any"))  # noqa: S106


def test_refusal_that_the_service_remembers_ends_with_the_day(sandbox):
    """The service repeats its answer to a token, whatever has changed since. The next night's run has another token."""
    sandbox.refuse(ANA, Refusal.ENTRY)
    with network(sandbox, today=TODAY) as today, network(sandbox, today=TOMORROW) as tomorrow:
        refused = today.invite(chunk([ANA]))
        sandbox.refuse(ANA, None)

        again, next_day = today.invite(chunk([ANA])), tomorrow.invite(chunk([ANA]))

    assert [bool(receipts[ANA].error) for receipts in (refused, again, next_day)] == [True, True, False]


def test_request_keeps_its_token_after_midnight(sandbox):
    """So that it can be repeated, and the service acts once on it."""
    with network(sandbox, today=TODAY) as today, network(sandbox, today=TOMORROW) as tomorrow:
        sent = replace(chunk([ANA]), token=today.token(chunk([ANA])))
        today.invite(sent)

        assert tomorrow.token(sent) == sent.token
        assert tomorrow.invite(sent).keys() == {ANA}
    assert sandbox.times_mailed() == {1: 1}


def test_token_says_network_group_people_names_and_order(sandbox, wickr):
    of_two = chunk([ANA, BO])
    named = replace(of_two, invitees=tuple(one._replace(name="Ada Lovelace") for one in of_two.invitees))
    with network(sandbox, security_group=WICKR_OTHER_GROUP) as other_group:
        tokens = [
            wickr.token(of_two),
            wickr.token(named),
            wickr.token(chunk([BO, ANA])),
            other_group.token(of_two),
        ]

    assert len(set(tokens)) == 4
    assert all(len(token) == 64 for token in tokens)


def test_names_go_along(sandbox, wickr):
    sent = chunk([ANA])

    wickr.invite(replace(sent, invitees=(sent.invitees[0]._replace(name="Lovelace, Ada"),)))

    with closing(
        open_wickr(Access(endpoint_url=sandbox.url, region="us-east-1", access_key="a", secret_key="b"))  # noqa: S106
    ) as aws:
        (user,) = aws.list_users(networkId=WICKR_NETWORK)["users"]
    assert (user["firstName"], user["lastName"]) == ("Ada", "Lovelace")


def test_member_has_a_receipt_that_says_so(sandbox, wickr):
    sandbox.add_users([BO], Registration.REGISTERED, service="wickr")

    receipts = wickr.invite(chunk([ANA, BO]))

    assert errors(receipts) == {ANA: ("", False), BO: (ALREADY_EXISTS, True)}


def test_several_members_have_receipts_that_say_so(sandbox, wickr):
    sandbox.add_users([BO, CY], service="wickr")

    receipts = wickr.invite(chunk([ANA, BO, CY]))

    assert errors(receipts) == {ANA: ("", False), BO: (ALREADY_EXISTS, True), CY: (ALREADY_EXISTS, True)}


def test_reasons_of_two_kinds_are_attributed_by_looking_up(sandbox, wickr):
    sandbox.add_users([BO], service="wickr")
    sandbox.refuse(CY, Refusal.ENTRY)

    receipts = wickr.invite(chunk([ANA, BO, CY]))

    assert errors(receipts)[BO] == (ALREADY_EXISTS, True)
    assert errors(receipts)[CY][0] not in ("", ALREADY_EXISTS)
    assert not errors(receipts)[CY][1]


def test_uncertain_reasons_are_named_together(sandbox, wickr):
    """New members cannot be looked up yet, since the list shows them late."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3600)
    wickr.invite(chunk([BO]))
    sandbox.refuse(CY, Refusal.ENTRY)

    receipts = wickr.invite(chunk([ANA, BO, CY]))

    found = errors(receipts)
    assert found[ANA] == ("", False)
    assert found[BO] == found[CY]
    assert found[BO][0].startswith("one of: ")


def test_membership_is_read_from_status(sandbox, wickr):
    sandbox.add_users([ANA], Registration.REGISTERED, service="wickr")
    sandbox.add_users([BO], Registration.SUSPENDED, service="wickr")
    sandbox.add_users([CY], service="wickr")

    found = [wickr.look_up(address).membership for address in (ANA, BO, CY)]

    assert found == [MembershipStatus.REGISTERED, MembershipStatus.SUSPENDED, MembershipStatus.PENDING]


def test_look_up_finds_the_address_among_many_that_contain_it(sandbox, wickr):
    """The service's filter may match a part of the name."""
    sandbox.add_users([f"x{number}{ANA}" for number in range(150)], service="wickr")
    sandbox.add_users([ANA], service="wickr")

    assert wickr.look_up(ANA.upper()).address == ANA
    assert wickr.look_up(f"y{ANA}") is None


def test_invite_code_is_read_nowhere(wickr, caplog):
    """With the code a stranger could take a new user's place."""
    with caplog.at_level(logging.WARNING):
        receipts = wickr.invite(chunk([ANA]))
        members = wickr.page("").members

    said = f"{receipts} {members} {caplog.text}"
    assert "canary" not in said
    assert ANA in receipts


@pytest.mark.parametrize(
    "shape",
    sorted(
        {
            shape.name
            for operation in OPERATIONS
            for shape in ServiceModel(Loader().load_service_model("wickr", "service-2"))
            .operation_model(operation)
            .error_shapes
        }
    ),
)
def test_every_modelled_error_has_a_meaning(sandbox, wickr, shape):
    sandbox.faults.add(Fault(FaultKind.ERROR, "BatchCreateUser", error=shape))
    expected = {
        "ValidationError": Refused, "BadRequestError": Refused, "ResourceNotFoundError": DestinationClosed,
        "ForbiddenError": DestinationClosed, "UnauthorizedError": DestinationClosed,
        "InternalServerError": Unconfirmed, "RateLimitError": Throttled,
    }  # fmt: skip
    wickr.check()

    with pytest.raises((RequestError, DestinationClosed)) as raised:
        wickr.invite(chunk([ANA]))

    assert type(raised.value) is expected[shape]


def pending(sandbox, wickr, *addresses: str, times: int = 2) -> Chunk:
    """Add pending users, and return the chunk that invites them again."""
    sandbox.add_users(addresses, service="wickr")
    return renewals(wickr, *addresses, times=times)


def renewals(wickr, *addresses: str, times: int = 2) -> Chunk:
    """Return the chunk that invites users of the network again."""
    one = chunk(list(addresses))
    people = (
        invitee._replace(again=True, times=times, member_id=wickr.look_up(invitee.address).id)
        for invitee in one.invitees
    )
    return replace(one, invitees=tuple(people))


def test_pending_users_are_mailed_again_by_their_ids(sandbox, wickr):
    receipts = wickr.invite(pending(sandbox, wickr, ANA, BO))

    assert {key: (receipt.invite_status, receipt.error) for key, receipt in receipts.items()} == {
        ANA: ("Pending", ""), BO: ("Pending", "")
    }  # fmt: skip
    assert sandbox.mails() == {ANA: 1, BO: 1}


def test_user_who_accepted_in_the_meantime_is_a_member_and_a_refused_user_has_the_reason(sandbox, wickr):
    """Both are in the list ``failed``, under their ids. The list of members tells them apart."""
    asked = pending(sandbox, wickr, ANA, BO, CY)
    sandbox.add_users([BO], Registration.REGISTERED, service="wickr")
    sandbox.refuse(CY, Refusal.ENTRY)

    receipts = wickr.invite(asked)

    assert errors(receipts) == {
        ANA: ("", False), BO: ("User is not pending", True), CY: ("The username is not allowed", False)
    }  # fmt: skip


def test_look_up_that_fails_leaves_the_reason_of_the_service(sandbox, wickr):
    """The service has said for certain that it did not mail the person."""
    asked = pending(sandbox, wickr, ANA)
    sandbox.add_users([ANA], Registration.REGISTERED, service="wickr")
    sandbox.faults.add(Fault(FaultKind.ERROR, "ListUsers", error="InternalServerError"))

    assert errors(wickr.invite(asked)) == {ANA: ("User is not pending", False)}


@pytest.mark.parametrize(
    ("successful", "failed", "certain"),
    [
        (["A"], ["A", "B"], {BO}),
        (["A", "A", "99"], [], {ANA}),
        (["B"], ["99"], {BO}),
        ([], [], set()),
    ],
    ids=["contradiction", "repetition", "stranger", "nothing"],
)
def test_only_what_the_answer_says_for_certain_of_an_id_has_a_receipt(sandbox, wickr, successful, failed, certain):
    asked = pending(sandbox, wickr, ANA, BO)
    ids = dict(zip("AB", asked.member_ids, strict=True))
    lists = {"successful": successful, "failed": failed}
    answer = {name: [{"userId": ids.get(one, one)} for one in named] for name, named in lists.items()}
    sandbox.faults.add(Fault(FaultKind.ALTER, "BatchReinviteUser", alter=lambda _act, _parameters: answer))

    assert wickr.invite(asked).keys() == certain


def test_answer_without_lists_is_no_answer(sandbox, wickr):
    asked = pending(sandbox, wickr, ANA)
    sandbox.faults.add(Fault(FaultKind.ALTER, "BatchReinviteUser", alter=lambda _act, _parameters: {"message": "ok"}))

    with pytest.raises(Unconfirmed):
        wickr.invite(asked)


def test_id_that_the_service_does_not_know_is_about_its_person_and_not_about_the_network(sandbox, wickr):
    """So the halves of the request find the person, and the run goes on."""
    asked = pending(sandbox, wickr, ANA)
    sandbox.faults.add(Fault(FaultKind.ERROR, "BatchReinviteUser", error="ResourceNotFoundError"))

    with pytest.raises(Refused, match="ResourceNotFoundError"):
        wickr.invite(asked)


def test_token_says_how_often_people_were_invited(sandbox, wickr):
    """So a third invite on the day of the second mails the people, and a repetition of the second does not."""
    second = pending(sandbox, wickr, ANA, BO)
    for asked in (second, second, renewals(wickr, ANA, BO, times=3)):
        wickr.invite(asked)

    assert sandbox.mails() == {ANA: 2, BO: 2}
    assert wickr.token(second) != wickr.token(chunk([ANA, BO]))


def test_user_with_an_odd_id_is_not_invited_by_it(sandbox, wickr):
    """The service's model would refuse the whole request."""
    sandbox.add_users([ANA], service="wickr")

    def odd(act, parameters):
        return {"users": [{**user, "userId": "12-ab"} for user in act(parameters)["users"]]}

    sandbox.faults.add(Fault(FaultKind.ALTER, "ListUsers", alter=odd))

    assert wickr.look_up(ANA).id == ""


def in_groups(*groups: str) -> Chunk:
    """Return a chunk with one person for each group."""
    one = chunk([f"person{number}@example.com" for number in range(len(groups))])
    people = (person._replace(group=group) for person, group in zip(one.invitees, groups, strict=True))
    return replace(one, invitees=tuple(people))


def test_each_user_joins_the_group_of_the_row(sandbox, wickr):
    """The group is named by its id or by its name, and without a group it is the usual one."""
    sent = in_groups("", "Other", "DEFAULT", WICKR_OTHER_GROUP)

    wickr.invite(sent)

    assert [*sandbox.groups().values()] == [WICKR_GROUP, WICKR_OTHER_GROUP, WICKR_GROUP, WICKR_OTHER_GROUP]
    assert wickr.token(sent) != wickr.token(in_groups("", "Other", "DEFAULT", ""))
    assert wickr.token(sent) == wickr.token(in_groups("Default", WICKR_OTHER_GROUP, WICKR_GROUP, "other"))


def listed(sandbox, *groups: tuple[str, str]) -> None:
    """Let the network have these groups, each with an id and a name, one on each page. The first is the default."""
    entries = [
        {
            "id": group_id,
            "name": name,
            "isDefault": not at,
            "activeMembers": 0,
            "botMembers": 0,
            "modified": 1_525_132_800,
            "securityGroupSettings": {},
        }
        for at, (group_id, name) in enumerate(groups)
    ]

    def page(_act, parameters):
        at = int(parameters.get("nextToken", 0))
        return {"securityGroups": entries[at : at + 1], "nextToken": str(at + 1) if at + 1 < len(entries) else None}

    sandbox.faults.add(Fault(FaultKind.ALTER, "ListSecurityGroups", alter=page, count=1000))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sales", ""),
        ("Sales", ""),
        ("sales ", ""),
        ("c", ""),
        ("Twins", '2 security groups named "Twins"'),
        ("nowhere", 'no security group "nowhere"'),
        ("a\nb", 'no security group "a\\nb"'),
    ],
)
def test_group_that_cannot_be_found_out_is_named_with_the_groups_there_are(sandbox, wickr, name, said):
    """Case tells two groups apart if both spellings exist. Each page of the list is read, once for all questions."""
    listed(sandbox, ("a", "sales"), ("b", "Sales"), ("c", "Support"), ("d", "Twins"), ("e", "Twins"))
    wickr.check()

    found = wickr.unknown_groups(["support", name])

    assert {each: what.partition(";")[0] for each, what in found.items()} == (
        {name: f"The network has {said}"} if said else {}
    )
    assert all(what.endswith("its groups are: Sales, Support, Twins, Twins, sales.") for what in found.values())
    assert sandbox.counts().requests["wickr.ListSecurityGroups"] == {"200": 5}
