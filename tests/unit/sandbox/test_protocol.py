"""The sandbox's protocol, driven by the service model, without HTTP."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from onboarding.sandbox.simulation.protocol import Call, HttpRequest, Rejection, ServiceApi, unknown_operation

CHIME = ServiceApi("chime", ["GetAccount", "InviteUsers", "ListUsers"], prefixes=("", "/console"))
WICKR = ServiceApi("wickr", ["BatchCreateUser", "ListUsers"])
INVITE = Call("InviteUsers", {"accountId": "team"})
LIST = Call("ListUsers", {"accountId": "team"})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["UserEmailList", "UserType"]), inner),
)


def invite_body(addresses, **members):
    """Return the body of an InviteUsers request."""
    return json.dumps({"UserEmailList": addresses, **members}).encode()


def refusal_of(call, request):
    """Return the message with which a request is refused as a bad one."""
    with pytest.raises(Rejection) as refused:
        CHIME.parameters(call, request)
    assert refused.value.status == HTTPStatus.BAD_REQUEST
    return str(refused.value)


def read_by_botocore(operation, answer):
    """Return an answer as botocore's own parser reads it."""
    model = ServiceModel(Loader().load_service_model("chime", "service-2"), "chime").operation_model(operation)
    response = {"status_code": answer.status, "headers": {k.lower(): v for k, v in answer.headers.items()}}
    return create_parser("rest-json").parse({**response, "body": answer.body}, model.output_shape)


@pytest.mark.parametrize("prefix", ["", "/console"])
def test_both_paths_of_the_reference_call_invite_users(prefix):
    """Today's SDKs leave out what the older reference text puts before the path."""
    call = CHIME.match(HttpRequest("POST", f"{prefix}/accounts/some%20team/users", {"operation": "add"}))

    assert call == Call("InviteUsers", {"accountId": "some team"})


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", "/accounts/team/users"),
        HttpRequest("POST", "/accounts/team/users", {"operation": "suspend"}),
        HttpRequest("PUT", "/accounts/team/users", {"operation": "add"}),
        HttpRequest("GET", "/accounts/team/users/more"),
        HttpRequest("GET", "/accounts//users"),
        HttpRequest("GET", "/"),
    ],
)
def test_a_request_that_is_no_offered_operation_matches_none(request_):
    """Method, path and fixed query must all agree."""
    assert CHIME.match(request_) is None


def test_parameters_come_from_path_and_query():
    """Integers are parsed from text."""
    query = {"max-results": "20", "next-token": "x", "user-email": "a@example.com"}

    parameters = CHIME.parameters(LIST, HttpRequest("GET", "/", query))

    assert parameters == {"AccountId": "team", "MaxResults": 20, "NextToken": "x", "UserEmail": "a@example.com"}


def test_parameters_come_from_path_and_body():
    """Unknown members are dropped, as the services do; a null member counts as absent."""
    body = invite_body(["a@example.com"], UserType=None, Surprise=1)

    assert CHIME.parameters(INVITE, HttpRequest("POST", "/", body=body)) == {
        "AccountId": "team",
        "UserEmailList": ["a@example.com"],
    }


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "UserEmailList is required"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (invite_body(None), "UserEmailList is required"),
        (invite_body("a@example.com"), "UserEmailList is not of type list"),
        (invite_body([1]), "UserEmailList[0] is not of type string"),
        (invite_body(["a@example.com"] * 51), "UserEmailList is 51 items; at most 50"),
        (invite_body(["a@example.com", "nobody"]), "UserEmailList[1] does not match the pattern"),
        (invite_body(["a\ud800@example.com"]), "UserEmailList[0] is not valid Unicode"),
        (invite_body(["a@example.com"], UserType="Robot"), "UserType is not one of PrivateUser, SharedDevice"),
    ],
)
def test_a_body_that_the_model_forbids_is_refused_by_its_place(body, place):
    """The place is named, so that a person can find it."""
    assert place in refusal_of(INVITE, HttpRequest("POST", "/", body=body))


@pytest.mark.parametrize("number", ["0", "201", "-1", "1.0", "many", "", "٣"])
def test_max_results_outside_the_model_is_refused(number):
    """The model allows 1 to 200, in ASCII digits."""
    assert "MaxResults" in refusal_of(LIST, HttpRequest("GET", "/", {"max-results": number}))


def test_an_account_id_of_blanks_is_refused():
    """The pattern of the reference asks for something that is not white space."""
    assert "AccountId" in refusal_of(Call("ListUsers", {"accountId": "  "}), HttpRequest("GET", "/"))


def test_a_refusal_never_holds_the_address():
    """Clients log answers."""
    message = refusal_of(INVITE, HttpRequest("POST", "/", body=invite_body(["secret-person"])))

    assert "secret" not in message


def test_a_request_shows_no_address_in_its_repr():
    """Queries and bodies hold addresses."""
    request = HttpRequest("GET", "/", {"user-email": "secret@example.com"}, {"x": "secret"}, b"secret")

    assert "secret" not in repr(request)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_body_gives_parameters_or_a_refusal(body):
    """There is no third result, and so no traceback."""
    try:
        CHIME.parameters(INVITE, HttpRequest("POST", "/", body=body))
    except Rejection as refused:
        assert refused.status == HTTPStatus.BAD_REQUEST  # noqa: PT017 - a refusal is one of two right ways out


@given(st.text(min_size=1))
def test_any_account_id_survives_the_path(account_id):
    """Clients percent-encode the id."""
    call = CHIME.match(HttpRequest("GET", f"/accounts/{quote(account_id, safe='')}"))

    assert call == Call("GetAccount", {"accountId": account_id})


@pytest.mark.parametrize("name", sorted(CHIME.errors))
@pytest.mark.parametrize("operation", sorted(CHIME.operations))
def test_every_modelled_error_is_read_by_botocore(operation, name):
    """The status gives the name; the code in the body is from the model's own list."""
    answer = CHIME.error(Call(operation, {}), CHIME.errors[name], "why")

    error = read_by_botocore(operation, answer)

    assert error["Error"] == {"Code": name, "Message": "why"}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == CHIME.errors[name]
    assert name.startswith(json.loads(answer.body)["Code"])


def test_an_unknown_operation_is_read_by_botocore():
    """The answer is 404, with the name that AWS front ends use."""
    error = read_by_botocore("ListUsers", unknown_operation())

    assert error["Error"]["Code"] == "UnknownOperationException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_result_is_read_by_botocore():
    """Timestamps are ISO 8601 in this service, and members without a value are left out."""
    moment = datetime(2026, 2, 20, 12, 30, tzinfo=UTC)
    result = {"Users": [{"UserId": "1", "InvitedOn": moment, "RegisteredOn": None}], "NextToken": None}

    answer = CHIME.success(LIST, result)

    read = read_by_botocore("ListUsers", answer)
    assert read["Users"] == [{"UserId": "1", "InvitedOn": moment}]
    assert "NextToken" not in read
    assert b'"2026-02-20T12:30:00.000Z"' in answer.body


def test_invite_users_answers_201():
    """The status is the model's."""
    assert CHIME.success(INVITE, {"Invites": []}).status == 201


def test_a_result_that_the_model_does_not_know_is_a_bug():
    """The sandbox cannot answer what the service could not."""
    with pytest.raises(KeyError):
        CHIME.success(INVITE, {"Surprise": 1})


def test_another_service_speaks_the_same_protocol():
    """Wickr puts a parameter into a header and writes its errors differently."""
    call = WICKR.match(HttpRequest("POST", "/networks/12345678/users"))
    body = json.dumps({"users": [{"username": "a@example.com", "securityGroupIds": ["group"]}]}).encode()

    parameters = WICKR.parameters(call, HttpRequest("POST", "/", headers={"x-client-token": "t"}, body=body))
    error = WICKR.error(call, HTTPStatus.TOO_MANY_REQUESTS, "slow down")

    assert parameters["clientToken"] == "t"
    assert parameters["networkId"] == "12345678"
    assert error.headers["x-amzn-ErrorType"] == "RateLimitError"
    assert json.loads(error.body) == {"message": "slow down"}


def test_the_reasons_of_a_rejection_are_read_by_botocore():
    """The model of the error has a place for them."""
    reasons = [{"field": "users", "reason": "too many"}]
    call = Call("BatchCreateUser", {})

    answer = WICKR.refusal(call, Rejection(HTTPStatus.UNPROCESSABLE_ENTITY, "why", reasons))
    plain = WICKR.refusal(call, Rejection(HTTPStatus.BAD_REQUEST, "why", reasons))

    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (422, "ValidationError")
    assert json.loads(answer.body) == {"message": "why", "reasons": reasons}
    assert json.loads(plain.body) == {"message": "why"}


@given(st.binary() | json_values.map(lambda value: json.dumps({"users": value}).encode()))
def test_any_body_gives_users_or_a_refusal(body):
    """The bodies hold structures in lists."""
    try:
        WICKR.parameters(Call("BatchCreateUser", {"networkId": "12345678"}), HttpRequest("POST", "/", body=body))
    except Rejection as refused:
        assert refused.status == HTTPStatus.BAD_REQUEST  # noqa: PT017 - a refusal is one of two right ways out


@pytest.mark.parametrize("token", ["", "a b", "t" * 65, "é"])
def test_a_client_token_outside_the_model_is_refused(token):
    """The model allows 1 to 64 letters, digits and a few signs."""
    request = HttpRequest("POST", "/", headers={"x-client-token": token}, body=b'{"users": []}')

    with pytest.raises(Rejection, match="clientToken"):
        WICKR.parameters(Call("BatchCreateUser", {"networkId": "12345678"}), request)


def test_a_missing_member_deep_inside_is_refused_by_its_place():
    """Structures inside lists are checked too."""
    body = json.dumps({"users": [{"username": "a@example.com"}]}).encode()

    with pytest.raises(Rejection, match=r"users\[0\]\.securityGroupIds is required"):
        WICKR.parameters(Call("BatchCreateUser", {"networkId": "12345678"}), HttpRequest("POST", "/", body=body))
