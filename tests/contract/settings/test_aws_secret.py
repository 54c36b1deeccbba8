"""Settings in a secret of AWS Secrets Manager, on moto's server."""

import json
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from buckets import REGION
from environments import mistake, with_aws_endpoint, without_settings
from hostile_http import answering, hostile_server
from moto_service import served_by_moto

from onboarding.model.errors import AccessRefused, ExitCode, StillThrottled
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_secrets_manager
from onboarding.runtime.aws_errors import AwsError, AwsErrorType
from onboarding.settings.aws_secret import secret_error
from onboarding.settings.invocation import this_invocation
from onboarding.settings.loading import load_settings, load_with_origins

SECRET = "swordfish"  # noqa: S105 - made up
LEDGER = f"postgresql://onboarding:{SECRET}@db.example/ledger"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Serve Secrets Manager."""
    with served_by_moto() as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, endpoint):
    """Give the test an environment without settings, in which boto3 finds the endpoint and the region."""
    without_settings(monkeypatch, tmp_path)
    with_aws_endpoint(monkeypatch, tmp_path, "secrets_manager", endpoint)
    monkeypatch.setenv("AWS_REGION", REGION)
    return monkeypatch


@pytest.fixture
def secret():
    """Store a secret, and return its ARN and its name."""

    def store(content: object, **more) -> tuple[str, str]:
        text = content if isinstance(content, str) else json.dumps(content)
        with closing(open_secrets_manager(Access(region=REGION))) as client:
            name = f"onboarding/{uuid4().hex}"
            stored = client.create_secret(Name=name, **({"SecretString": text} | more))
            return stored["ARN"], name

    return store


def test_secret_comes_after_flags_variables_and_before_the_file(environment, secret, tmp_path):
    content = {"ledger": LEDGER, "rate": "2.5", "notify": ["https://a.example/x"], "region": "secret", "out": "secret"}
    _, name = secret(content)
    (tmp_path / "job.toml").write_text(f'aws_secret = "{name}"\nledger = "sqlite:///file.db"\nwave = 5')
    environment.setenv("ONBOARD_REGION", REGION)

    loaded = load_with_origins({"out": "flag"}, config=tmp_path / "job.toml")

    chosen = loaded.settings
    assert (chosen.ledger, chosen.rate, chosen.region, chosen.out, chosen.wave) == (LEDGER, 2.5, REGION, "flag", 5)
    assert {name: origin for name, origin in loaded.origins.items() if origin == "secret"}.keys() == {
        *("ledger", "rate", "notify")
    }
    assert SECRET not in f"{chosen!r}{chosen.public()}"


def test_region_of_an_arn_is_asked(environment, secret):
    arn, _ = secret({"ledger": LEDGER})
    environment.delenv("AWS_REGION")

    assert load_settings({"aws_secret": arn}).ledger == LEDGER
    assert load_settings({"aws_secret": arn, "region": "us-west-2"}).ledger == LEDGER


def test_rehearsal_and_commands_that_ask_no_service_leave_the_secret_unread(environment):
    environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    environment.setenv("ONBOARD_AWS_SECRET", "any")

    assert load_settings({"sandbox": True}).ledger is None
    assert load_settings({}, names={"state_dir"}).aws_secret is None


UNREACHABLE = "--aws-secret: Secrets Manager cannot be reached (503 ServiceUnavailable); check the network, --region"
NOT_JSON = (
    'ONBOARD_AWS_SECRET: the secret is not a JSON object of settings; write one such as {"ledger": "postgresql://…"}.'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SECRET, NOT_JSON),
        (f'"{SECRET}"', NOT_JSON),
        ("[" * 60_000, NOT_JSON),
        ({"ledgr": SECRET}, "ONBOARD_AWS_SECRET: no setting is called as its key 'ledgr'. Did you mean 'ledger'?"),
        ({"rate": SECRET}, "ONBOARD_AWS_SECRET: its key rate: write a number."),
        (
            {"aws_secret": SECRET},
            "ONBOARD_AWS_SECRET: a secret cannot name another secret; drop its key aws_secret.",
        ),
    ],
)
def test_wrong_secret_is_refused_without_its_text(environment, secret, content, said):
    environment.setenv("ONBOARD_AWS_SECRET", secret(content)[1])

    assert mistake() == said


@pytest.mark.parametrize("text", [LEDGER, json.dumps({"ledger": LEDGER}), "x" * 3000, ""])
def test_text_of_a_secret_in_place_of_its_name_is_refused_and_not_shown(environment, text):
    """ECS puts the text into a variable where an operator may have meant the name. The service is not asked."""
    environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    environment.setenv("ONBOARD_AWS_SECRET", text)

    assert mistake().startswith("ONBOARD_AWS_SECRET: write ")
    assert SECRET not in this_invocation("run", {}, [], None).again()
    assert SECRET not in this_invocation("run", {"aws_secret": text}, [], None).again()


def test_secret_without_text_is_refused(environment):
    with closing(open_secrets_manager(Access(region=REGION))) as client:
        client.create_secret(Name="bytes", SecretBinary=b"\0")
    environment.setenv("ONBOARD_AWS_SECRET", "bytes")

    assert mistake() == NOT_JSON


def test_missing_secret_and_missing_region_are_said(environment, tmp_path):
    (tmp_path / "job.toml").write_text('aws_secret = "none"')
    missing = mistake(path=tmp_path / "job.toml")
    environment.delenv("AWS_REGION")

    assert missing == (
        f"{tmp_path}/job.toml: aws_secret: Secrets Manager does not give this secret (404 ResourceNotFoundException);"
        " check its name, and --region or AWS_REGION."  # AWS itself answers 400, which means the same
    )
    assert mistake({"aws_secret": "any"}) == (
        "The AWS settings cannot be used (You must specify a region.); check --region or AWS_REGION, and"
        " AWS_ENDPOINT_URL_SECRETS_MANAGER."
    )


def test_refused_access_is_one_plain_line(environment):
    body = json.dumps({"__type": "AccessDeniedException", "message": SECRET}).encode()
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with hostile_server(answering(answer)) as server:
        environment.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url)

        with pytest.raises(AccessRefused) as caught:
            load_settings({"aws_secret": "any"})

    assert caught.value.exit_code is ExitCode.CLOSED
    assert str(caught.value) == (
        "--aws-secret: Secrets Manager answers 400 AccessDeniedException to GetSecretValue; grant"
        " secretsmanager:GetSecretValue in IAM to the user or role of the credentials from the environment, and check"
        " that the account is theirs."
    )


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            AwsError(AwsErrorType.THROTTLED, "400 ThrottlingException"),
            StillThrottled,
            "--aws-secret: Secrets Manager throttles this request (400 ThrottlingException); run again later.",
        ),
        (
            AwsError(AwsErrorType.UNCONFIRMED, "503 ServiceUnavailable"),
            AccessRefused,
            f"{UNREACHABLE} or AWS_REGION, and AWS_ENDPOINT_URL_SECRETS_MANAGER.",
        ),
    ],
)
def test_service_without_an_answer_is_said(error, kind, said):
    found = secret_error(error, "--aws-secret")

    assert (type(found), str(found)) == (kind, said)
