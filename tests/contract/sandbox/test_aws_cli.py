"""The sandbox as the real AWS CLI meets it."""

import json

import pytest
from clients import aws_cli

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox


@pytest.fixture
def sandbox():
    """Serve an empty account, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def aws(sandbox, tmp_path):
    """Return a function that runs ``aws chime`` against the sandbox, with no other settings."""
    return aws_cli(tmp_path, "us-east-1", url=sandbox.url, service="chime", account=("--account-id", TEAM_ACCOUNT))


def people(count):
    """Return ``count`` addresses."""
    return [f"person{number}@example.com" for number in range(count)]


def test_the_aws_cli_invites_users(sandbox, aws):
    """The CLI prints the service's answer."""
    done = aws("invite-users", "--user-email-list", *people(3))

    assert (done.returncode, done.stderr) == (0, "")
    assert [invite["EmailAddress"] for invite in json.loads(done.stdout)["Invites"]] == people(3)
    assert sandbox.mails() == dict.fromkeys(people(3), 1)


@pytest.mark.soak
def test_the_aws_cli_lists_users_page_by_page(sandbox, aws):
    """The CLI follows the tokens by itself."""
    aws("invite-users", "--user-email-list", *people(5))

    done = aws("list-users", "--page-size", "2")

    assert [user["PrimaryEmail"] for user in json.loads(done.stdout)["Users"]] == people(5)
    assert sandbox.counts().requests["ListUsers"] == {"200": 3}


@pytest.mark.soak
def test_the_aws_cli_finds_one_user(aws):
    """The filter is the service's."""
    aws("invite-users", "--user-email-list", *people(2))

    done = aws("list-users", "--user-email", "PERSON1@example.com")

    assert [user["PrimaryEmail"] for user in json.loads(done.stdout)["Users"]] == ["person1@example.com"]


@pytest.mark.soak
def test_the_aws_cli_reads_the_account(aws):
    """The answer includes dates."""
    account = json.loads(aws("get-account").stdout)["Account"]

    assert (account["Name"], account["AccountType"]) == ("Sandbox Team", "Team")
    assert account["CreatedTimestamp"].startswith("2018-05-01T00:00:00")


@pytest.mark.soak
def test_the_aws_cli_gets_400_for_51_addresses(sandbox, aws):
    """The reference promises this status, and no person is mailed."""
    refused = aws("invite-users", "--user-email-list", *people(51))

    assert refused.returncode != 0
    assert "(BadRequestException)" in refused.stderr
    assert sandbox.counts().requests == {"InviteUsers": {"400": 1}}
    assert sandbox.mails() == {}
