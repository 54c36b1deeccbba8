"""No answer, however odd, makes either adapter say more than the answer says for certain."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from fakes import chunk
from hostile import WICKR_GROUP, WORDS, HostileService, Words, hostile_service, opened
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from onboarding.addresses import keys_of
from onboarding.destinations import InviteService, Receipt, Refused, Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus

ANA, BO, CY = "ana.ruiz@example.com", "bo@example.com", "cy@example.com"
NO_DOCUMENTS = {
    "nothing": b"",
    "html": b"<html>proxy</html>",
    "half": b'{"Users": [], "users": [], "Invites": [',
    "list": b"[]",
    "text": b'"Users"',
    "number": b"7",
    "null": b"null",
    "empty": b"{}",
    "two members of one name": b'{"Users": [7], "Users": [], "users": [7], "users": [], "failed": [], "failed": []}',
    "utf-16": '{"Users": [], "users": [], "Invites": []}'.encode("utf-16"),
    "deep": b"[" * 100_000,
}
ILL_TYPED = ("", {}, None, 7, True, "none", {"0": {}}, [None], [7], ["x"], [[]], [{}], 1e400)


@dataclass(frozen=True)
class Case:
    """A destination, the service behind it, and the words of that service."""

    destination: InviteService
    service: HostileService
    words: Words


@pytest.fixture(scope="module")
def cases() -> Iterator[dict[str, Case]]:
    """Open each destination once, since a client takes a while."""
    with hostile_service() as service, ExitStack() as stack:
        yield {
            name: Case(stack.enter_context(opened(name, service.url)), service, words) for name, words in WORDS.items()
        }


def usual(case: Case) -> Case:
    """Return a case whose service answers as usual again."""
    case.service.answers.clear()
    case.service.asked.clear()
    return case


@pytest.fixture(scope="module", params=WORDS)
def any_case(request, cases) -> Case:
    return cases[request.param]


@pytest.fixture
def case(any_case) -> Case:
    return usual(any_case)


@pytest.fixture
def chime(cases) -> Case:
    return usual(cases["chime"])


@pytest.fixture
def wickr(cases) -> Case:
    return usual(cases["wickr"])


def invite(case: Case, *entries: Any, people=(ANA, BO, CY), **more: Any):
    """Invite people, and have the service answer with these entries."""
    case.service.answers[case.words.invite] = {case.words.invites: list(entries), **more}
    return case.destination.invite(chunk(list(people)))


@pytest.mark.parametrize("body", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
@pytest.mark.parametrize("ask", ["page", "look_up", "invite", "check"])
def test_answer_that_is_no_document_of_the_model_is_no_answer(case, ask, body):
    """Neither an empty list, nor receipts for no person, nor leave to send."""
    for operation in (case.words.invite, case.words.list, "GetAccount", "GetNetwork"):
        case.service.answers[operation] = body
    questions = {
        "page": lambda: case.destination.page(""),
        "look_up": lambda: case.destination.look_up(ANA),
        "invite": lambda: case.destination.invite(chunk([ANA])),
        "check": case.destination.check,
    }

    with pytest.raises(Unconfirmed):
        questions[ask]()


@pytest.mark.parametrize("users", ILL_TYPED, ids=repr)
def test_list_of_a_wrong_type_never_means_that_people_are_absent(case, users):
    case.service.answers[case.words.list] = {case.words.users: users}

    with pytest.raises(Unconfirmed):
        case.destination.page("")
    with pytest.raises(Unconfirmed):
        case.destination.look_up(ANA)


@pytest.mark.parametrize("value", [7, True, [ANA], {"a": ANA}], ids=repr)
def test_listed_user_with_an_address_of_a_wrong_type_is_an_error(case, value):
    """The user may be the person whom the run is about to invite."""
    user = case.words.user(ANA) | {case.words.look_up_address: value}
    case.service.answers[case.words.list] = case.words.page(case.words.user(BO), user)

    with pytest.raises(Unconfirmed, match=r"UnfitAnswer \((Users.PrimaryEmail|users.username)\)"):
        case.destination.page("")


def without_address(case: Case, *, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """Return a listed user without an address, and without the members that ``leave_out`` names in either service."""
    return {
        name: value
        for name, value in case.words.user(ANA).items()
        if name not in (case.words.look_up_address, *leave_out)
    }


@pytest.mark.parametrize("address", [None, "", " "], ids=repr)
def test_listed_user_without_an_address_is_counted_and_hides_nobody(case, address):
    """A person without an address is nobody whom a run could mail, and must not stop all runs."""
    user = without_address(case) | {case.words.look_up_address: address}
    case.service.answers[case.words.list] = case.words.page(without_address(case), case.words.user(BO), user)

    page = case.destination.page("")

    assert ([member.address for member in page.members], page.without_address) == ([BO], 2)
    assert case.destination.look_up(BO).address == BO


def test_look_up_that_finds_a_user_without_an_address_says_nothing(case):
    """The user may be the person who is looked for."""
    case.service.answers[case.words.list] = case.words.page(without_address(case))

    with pytest.raises(Refused, match="UserWithoutAddress"):
        case.destination.look_up(ANA)


@pytest.mark.parametrize(
    "lacking",
    [("UserId", "userId"), ("UserRegistrationStatus", "UserInvitationStatus", "status")],
    ids=["id", "status"],
)
def test_listed_user_without_an_address_and_without_more_is_an_error(case, lacking):
    user = without_address(case, leave_out=lacking)
    case.service.answers[case.words.list] = case.words.page(case.words.user(BO), user)

    with pytest.raises(Unconfirmed):
        case.destination.page("")


@pytest.mark.parametrize(("following", "users"), [("", 1), ("", 2), ("2", 2)])
def test_page_on_which_no_user_has_an_address_never_means_that_people_are_absent(case, following, users):
    case.service.answers[case.words.list] = case.words.page(*[without_address(case)] * users)

    with pytest.raises(Unconfirmed, match=r"UnfitAnswer \(no address\)"):
        case.destination.page(following)


def test_last_page_may_have_a_single_user_without_an_address(case):
    """Otherwise the size of an account would decide whether runs go on."""
    case.service.answers[case.words.list] = case.words.page(without_address(case))

    assert case.destination.page("2").without_address == 1


@pytest.mark.parametrize("value", [True, "soon", [], {}, -1, 1e300], ids=repr)
def test_listed_user_with_an_unfit_date_is_there_without_the_date(chime, value):
    """Only the renewal of an invitation needs the date."""
    chime.service.answers["chime.ListUsers"] = {"Users": [chime.words.user(ANA, InvitedOn=value)]}

    (member,) = chime.destination.page("").members

    assert (member.address, member.invited_on) == (ANA, None)


@pytest.mark.parametrize("name", ["no address", "\x00\x1b[2J", "x" * 300, "\ud800@example.com", f"{BO}, {CY}"])
def test_listed_user_with_an_odd_name_hides_nobody(case, name):
    case.service.answers[case.words.list] = case.words.page(case.words.user(name), case.words.user(ANA))

    assert len(case.destination.page("").members) == 2
    assert case.destination.look_up(ANA).address == ANA
    assert case.destination.look_up(BO) is None


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("josé@example.com", "JOSE\u0301@EXAMPLE.COM"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("ana@xn--mnchen-3ya.example", "Ana@MÜNCHEN.example"),
        ("Ana.Ruiz@example.com", "ANA.ruiz@Example.COM"),
        ("straße@example.com", "STRASSE@example.com"),
        ("strasse@example.com", "straße@example.com"),
    ],
)
def test_respelled_address_is_the_same_person(case, asked, listed):
    """In a receipt and in a list: taken for another person, it would be mailed again and again."""
    (key,) = keys_of([asked])
    of_two = chunk([asked, BO])
    of_two = replace(of_two, invitees=(of_two.invitees[0]._replace(key=key), of_two.invitees[1]))
    case.service.answers[case.words.list] = case.words.page(case.words.user(listed))
    case.service.answers[case.words.invite] = {case.words.invites: [case.words.invited(listed)]}

    assert case.destination.look_up(asked).address == listed
    assert case.destination.invite(of_two).keys() == {key}


def test_entries_for_one_address_that_contradict_each_other_are_no_receipt(case):
    """Whichever comes last."""
    other = {"Status": "Failed", "EmailStatus": "NotSent"} if case.words.invite == "InviteUsers" else {"status": 2}
    contradiction = case.words.invited(ANA.upper(), **other)

    for entries in ([case.words.invited(ANA), contradiction], [contradiction, case.words.invited(ANA)]):
        assert invite(case, *entries, case.words.invited(BO)).keys() == {BO}


def test_entry_that_does_not_fit_contradicts_another_entry_for_its_address(case):
    unfit = case.words.invited(ANA) | {"Status": "Unheard of", "status": 99}

    assert invite(case, case.words.invited(ANA), unfit, case.words.invited(BO)).keys() == {BO}


def test_entries_that_agree_are_one_receipt(case):
    assert invite(case, case.words.invited(ANA), case.words.invited(ANA)).keys() == {ANA}


def test_entries_that_fit_count_beside_entries_that_do_not(case):
    """An address whose entry does not fit has no receipt."""
    receipts = invite(case, None, 7, {}, "x", case.words.invited(ANA), case.words.invited("stranger@example.com"))

    assert receipts.keys() == {ANA}


@pytest.mark.parametrize("value", ["x\x00y", "x\x1b]0;title\x07", "x" * 5000, "\ud800", 7, ["x"], {"a": 1}])
def test_receipt_holds_short_printable_texts_only(case, value):
    """The ledger refuses some characters, and a person may read the rest on a terminal."""
    for name in case.words.invited(ANA).keys() & {"InviteId", "Status", "EmailStatus", "userId", "status"}:
        assert invite(case, case.words.invited(ANA) | {name: value}, case.words.invited(BO)).keys() == {BO}


@pytest.mark.parametrize("value", ["x\x00y", "x\x1b]0;title\x07", "x" * 5000, "\ud800", 7, ["x"], {"a": 1}, None])
@pytest.mark.parametrize(("status", "expected"), [(400, Refused), (429, Throttled), (500, Unconfirmed)])
def test_error_means_what_its_status_says_whatever_its_body(case, status, expected, value):
    for name in ("__type", "code", "message"):
        case.service.answers[case.words.invite] = (status, {name: value})

        with pytest.raises(expected) as raised:
            case.destination.invite(chunk([ANA]))

        texts = [text for text in vars(raised.value).values() if isinstance(text, str)]
        assert all(text.isprintable() and len(text) <= 250 for text in texts)


@pytest.mark.parametrize("body", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_error_without_a_document_means_what_its_status_says(case, body):
    for status, expected in (
        (300, Unconfirmed),
        (302, Unconfirmed),
        (400, Refused),
        (429, Throttled),
        (503, Unconfirmed),
    ):
        case.service.answers[case.words.invite] = (status, body)

        with pytest.raises(expected):
            case.destination.invite(chunk([ANA]))


@pytest.mark.parametrize("operation", ["GetAccount", "GetNetwork", "ListSecurityGroups"])
def test_check_that_the_service_refuses_closes_the_destination(cases, operation):
    case = usual(cases["chime" if operation == "GetAccount" else "wickr"])
    case.service.answers[operation] = (400, {"__type": "BadRequestError"})

    with pytest.raises(DestinationClosed, match="BadRequestError"):
        case.destination.check()


def test_list_whose_token_comes_again_ends_with_an_error(case):
    """Every page of it is one request, and there are two of them."""
    case.service.answers[case.words.list] = case.words.page(token="again")  # noqa: S106 - of a page

    with pytest.raises(DestinationClosed, match="never ends"):
        case.destination.look_up(ANA)
    assert len(case.service.asked) == 2


def test_look_up_that_the_service_does_not_narrow_is_refused(case):
    """The lookup then reads the whole list once."""
    numbers = count()
    case.service.answers[case.words.list] = lambda: case.words.page(case.words.user(BO), token=str(next(numbers)))

    with pytest.raises(Refused, match="TooManyPages"):
        case.destination.look_up(ANA)
    assert len(case.service.asked) == 20


def test_each_request_of_a_question_is_asked_through_the_policy(case):
    """Also the second page of a look-up."""
    tokens = iter(["more", "yet more", ""])
    case.service.answers[case.words.list] = lambda: case.words.page(token=next(tokens))
    requests = []

    def ask(request):
        requests.append(request)
        return request()

    assert case.destination.look_up(ANA, ask) is None
    case.destination.check(ask)
    assert len(requests) == len(case.service.asked)
    assert len(requests) in {4, 5}


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=8) | st.sampled_from(["\x00", "a" * 9000])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))
SPELLINGS = st.sampled_from([ANA, ANA.upper(), BO, f" {BO}", CY, "stranger@example.com", f"{ANA}, {BO}", ""])
STATUSES = st.sampled_from(["Pending", "Accepted", "Failed", "Sent", "NotSent", "PENDING", "Unheard of", 1, 2, 3])


@st.composite
def odd_entries(draw, words: Words) -> list[Any]:
    """Draw entries of an answer: respelled, reordered, repeated, incomplete, of wrong types."""
    entries = []
    for address in draw(st.lists(SPELLINGS, max_size=6)):
        entry = words.invited(address)
        for name in draw(st.sets(st.sampled_from(sorted(entry)), max_size=2)):
            entry[name] = draw(VALUES | STATUSES)
        for name in draw(st.sets(st.sampled_from(sorted(entry)), max_size=1)):
            del entry[name]
        entries.append(draw(st.just(entry) | VALUES) if draw(st.booleans()) else entry)
    return entries


def said_of(key: str, entries: list[Any], words: Words) -> list[dict[str, Any]]:
    """Return the entries about a person, by a rule of the test's own."""
    named = [(entry, entry.get(words.address)) for entry in entries if isinstance(entry, dict)]
    return [entry for entry, name in named if isinstance(name, str) and key == name.strip().casefold()]


@given(data=st.data())
def test_receipt_is_given_only_to_people_whom_the_answer_names_for_certain(any_case, data):
    """Whatever the answer is, no exception comes but the port's."""
    words = any_case.words
    entries = data.draw(odd_entries(words))
    failed = data.draw(st.lists(st.fixed_dictionaries({"userId": st.just("0"), "reason": VALUES}) | VALUES, max_size=3))
    any_case.service.answers[words.invite] = {words.invites: entries, "failed": failed}

    receipts = any_case.destination.invite(chunk([ANA, BO, CY]))

    for key, receipt in receipts.items():
        about = said_of(key, entries, words)
        assert key in {ANA, BO, CY}
        assert all(text.isprintable() and len(text) <= 256 for text in receipt[:4])
        if words.invite == "InviteUsers" or not receipt.error:
            assert about
        if not receipt.error:
            assert all(_is_taken(entry) for entry in about)


def _is_taken(entry: dict[str, Any]) -> bool:
    """Say whether an entry says of its person that the service took them."""
    if "EmailAddress" in entry:
        return entry["Status"] in {"Pending", "Accepted"} and entry["EmailStatus"] in {"Sent", "NotSent"}
    return entry.get("status") in {None, 1, 2}


@given(data=st.data())
def test_page_shows_all_people_of_the_answer_or_is_an_error(any_case, data):
    """A person whom the page names somehow is never absent, other than by the service's own word."""
    words = any_case.words
    change = st.dictionaries(st.sampled_from(sorted(words.user(ANA))), VALUES, max_size=1)
    people = data.draw(st.lists(st.sampled_from([ANA, BO, CY]), max_size=4))
    entries = [words.user(person) | data.draw(change) for person in people]
    users = data.draw(st.just(entries) | VALUES) if data.draw(st.booleans()) else entries
    any_case.service.answers[words.list] = {words.users: users}

    try:
        page = any_case.destination.page("")
    except Unconfirmed:
        return

    assert isinstance(users, list)
    assert len(page.members) + page.without_address == len(users)


@given(data=st.data())
def test_no_answer_at_all_gets_past_the_ports_errors(any_case, data):
    body = data.draw(VALUES | st.binary(max_size=40))
    for operation in (any_case.words.invite, any_case.words.list, "GetAccount", "GetNetwork"):
        any_case.service.answers[operation] = body
    destination = any_case.destination

    for ask in (
        lambda: destination.invite(chunk([ANA])),
        lambda: destination.page(""),
        lambda: destination.look_up(ANA),
        destination.check,
    ):
        with pytest.raises(Unconfirmed):
            ask()


FAILURE = {"userId": "0", "field": "username", "reason": "The username is not allowed"}


def test_lists_without_entries_leave_everybody_in_doubt(wickr):
    assert invite(wickr, failed=[]) == {}


@pytest.mark.parametrize(
    "failed",
    [
        [FAILURE],
        [FAILURE] * 3,
        [FAILURE, None],
        [FAILURE, {**FAILURE, "reason": None}],
        [FAILURE, {**FAILURE, "reason": ""}],
        [FAILURE, {"userId": "0"}],
        [FAILURE, {**FAILURE, "userId": None}],
        [FAILURE, {**FAILURE, "userId": 0}],
        [FAILURE, {**FAILURE, "reason": 7}],
    ],
)
def test_failures_count_only_if_all_fit_and_there_is_one_for_each_other_user(wickr, failed):
    assert invite(wickr, wickr.words.invited(ANA), failed=failed).keys() == {ANA}


def failed_user(number: int, reason: str = FAILURE["reason"]) -> dict[str, str]:
    """Return an item of the list of failures about the user with this number."""
    return {**FAILURE, "userId": str(number), "reason": reason}


def test_user_whose_id_is_among_those_who_failed_is_in_doubt(wickr):
    """The answer says of Bo that it was created, and that it was not: nothing of that is certain."""
    entries = [wickr.words.invited(ANA, userId="1"), wickr.words.invited(BO, userId="2")]

    with capture_logs() as logs:
        receipts = invite(wickr, *entries, failed=[failed_user(2), failed_user(3)])

    assert receipts.keys() == {ANA}
    assert [line["uncertain"] for line in logs if line["event"] == "answer.unclear"] == [1]


@pytest.mark.parametrize(
    "failed", [[failed_user(7)], [failed_user(7), failed_user(8)], [failed_user(7), {"userId": "8"}, None]]
)
def test_more_results_than_people_leave_everybody_in_doubt(wickr, failed):
    """Somebody was taken and refused, and the answer does not say who."""
    entries = [wickr.words.invited(person, userId=str(at)) for at, person in enumerate((ANA, BO, CY), start=1)]

    assert invite(wickr, *entries, failed=failed) == {}


def test_several_failures_of_one_user_are_not_more_results_than_people(wickr):
    """As where two fields of the user are wrong. The answer still tells for certain who was created."""
    entries = [wickr.words.invited(ANA, userId="1"), wickr.words.invited(BO, userId="2")]
    failed = [failed_user(0, "The username is not allowed"), failed_user(0, "The name is too long")]

    assert invite(wickr, *entries, failed=failed).keys() == {ANA, BO}


@pytest.mark.parametrize("stranger", [None, {}, {"username": "stranger@example.com"}])
def test_failures_do_not_count_beside_an_entry_that_may_be_about_one_of_the_users(wickr, stranger):
    created = [wickr.words.invited(ANA), stranger]

    assert invite(wickr, *created, failed=[FAILURE, FAILURE]).keys() == {ANA}


def test_reason_of_a_failure_is_a_short_printable_line(wickr):
    reason = "no\x00\x1b[2J" + "x" * 5000

    receipts = invite(wickr, failed=[{**FAILURE, "reason": reason}] * 3)

    assert {receipt.error for receipt in receipts.values()} == {rf"no\x00\x1b[2J{'x' * 187}"}


def test_user_with_a_status_that_no_document_names_is_there(wickr):
    """And is never mailed again, as a person who has not accepted may be."""
    for status in (99, 0, -1, None):
        wickr.service.answers["wickr.ListUsers"] = {"users": [wickr.words.user(ANA, status=status)]}
        assert wickr.destination.look_up(ANA).membership is MembershipStatus.OTHER


@pytest.mark.parametrize("groups", [*ILL_TYPED, [{**WICKR_GROUP, "isDefault": "no"}], [{**WICKR_GROUP, "id": 7}]])
def test_groups_that_do_not_fit_are_no_groups(wickr, groups):
    wickr.service.answers["ListSecurityGroups"] = {"securityGroups": groups}

    with pytest.raises(Unconfirmed):
        wickr.destination.check()


@pytest.mark.parametrize(("answer", "error"), [((429, b""), Throttled), ((403, b""), DestinationClosed)])
def test_invitation_that_does_not_leave_for_want_of_a_group_is_not_in_doubt(wickr, answer, error):
    """As where no check came before it."""
    wickr.service.answers["ListSecurityGroups"] = answer
    with opened("wickr", wickr.service.url) as unchecked, pytest.raises(error):
        unchecked.invite(chunk([ANA]))

    assert wickr.service.asked == ["ListSecurityGroups"]


def test_list_of_groups_whose_token_comes_again_ends_with_an_error(wickr):
    wickr.service.answers["ListSecurityGroups"] = {"securityGroups": [WICKR_GROUP], "nextToken": "again"}

    with pytest.raises(DestinationClosed, match="never ends"):
        wickr.destination.check()
    assert wickr.service.asked.count("ListSecurityGroups") == 2


STATUSES_OF_CHIME = {
    ("Pending", "Sent"): "",
    ("Pending", "NotSent"): "",
    ("Pending", "Failed"): "EmailFailed",
    ("Accepted", "Sent"): "",
    ("Accepted", "NotSent"): "",
    ("Accepted", "Failed"): None,
    ("Failed", "Sent"): None,
    ("Failed", "NotSent"): "InviteFailed",
    ("Failed", "Failed"): "InviteFailed",
}
"""What each pair of statuses says: the receipt's error, or None if it contradicts itself."""


@pytest.mark.parametrize("status", ["Pending", "Accepted", "Failed", "pending", "Queued", "", None])
def test_only_statuses_of_the_model_that_agree_make_a_receipt(chime, status):
    for email_status in ("Sent", "NotSent", "Failed", "sent", "Bounced", "", None):
        error = STATUSES_OF_CHIME.get((status, email_status))

        receipts = invite(chime, chime.words.invited(ANA, Status=status, EmailStatus=email_status))

        assert receipts == ({} if error is None else {ANA: Receipt("i-1", status, email_status, error)})


@pytest.mark.parametrize("account_type", [None, 7, ""])
def test_account_without_a_type_is_no_team_account(chime, account_type):
    account = {"AwsAccountId": "1", "AccountId": "team", "Name": "Team", "AccountType": account_type}
    chime.service.answers["GetAccount"] = {"Account": account}

    with pytest.raises(Unconfirmed):
        chime.destination.check()


@pytest.mark.parametrize(
    ("registration", "is_there"),
    [("Unregistered", False), ("Registered", True), ("Suspended", True), ("Unheard of", True), (None, True)],
)
def test_person_is_absent_only_if_the_service_says_failed_and_unregistered(chime, registration, is_there):
    user = chime.words.user(ANA, UserInvitationStatus="Failed", UserRegistrationStatus=registration)
    chime.service.answers["chime.ListUsers"] = {"Users": [user]}

    assert (chime.destination.look_up(ANA) is not None) is is_there


@pytest.mark.parametrize(
    ("given_on", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678000+00:00"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        (1767323045, "2026-01-02T03:04:05+00:00"),
        (None, None),
    ],
)
def test_member_says_when_the_service_last_invited_them(chime, given_on, moment):
    chime.service.answers["chime.ListUsers"] = {"Users": [chime.words.user(ANA, InvitedOn=given_on)]}

    invited_on = chime.destination.look_up(ANA).invited_on

    assert (invited_on and invited_on.isoformat()) == moment
