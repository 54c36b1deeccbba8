"""The sandbox's Wickr network as the real AWS CLI meets it."""

import json

import pytest
from clients import aws_cli

from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK
from onboarding.sandbox import Sandbox


@pytest.fixture
def sandbox():
    """Serve an empty network, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def aws(sandbox, tmp_path):
    """Return a function that runs ``aws wickr`` against the sandbox, with no other settings."""
    return aws_cli(tmp_path, "eu-central-1", url=sandbox.url, service="wickr", account=("--network-id", WICKR_NETWORK))


def people(count):
    """Return ``count`` addresses."""
    return [f"person{number}@example.com" for number in range(count)]


def create(aws, *addresses):
    """Create users in the network's default group."""
    users = [{"username": address, "securityGroupIds": [WICKR_GROUP]} for address in addresses]
    return aws("batch-create-user", "--users", json.dumps(users), "--client-token", "token")


@pytest.mark.soak
def test_the_aws_cli_creates_users_once(sandbox, aws):
    """The CLI prints the service's answer. The same token gets the same answer again."""
    first, again = create(aws, *people(3)), create(aws, *people(3))

    assert (first.returncode, first.stderr) == (0, "")
    assert [user["username"] for user in json.loads(first.stdout)["successful"]] == people(3)
    assert again.stdout == first.stdout
    assert sandbox.mails() == dict.fromkeys(people(3), 1)


@pytest.mark.soak
def test_the_aws_cli_lists_users_page_by_page(sandbox, aws):
    """The CLI follows the tokens by itself."""
    create(aws, *people(5))

    done = aws("list-users", "--page-size", "2")

    assert [user["username"] for user in json.loads(done.stdout)["users"]] == people(5)
    assert sandbox.counts().requests["wickr.ListUsers"] == {"200": 3}


@pytest.mark.soak
def test_the_aws_cli_finds_users_by_a_part_of_the_name(aws):
    """The service's filter may do so, too."""
    create(aws, *people(2))

    done = aws("list-users", "--username", "SON1@")

    assert [user["username"] for user in json.loads(done.stdout)["users"]] == ["person1@example.com"]


@pytest.mark.soak
def test_the_aws_cli_gets_422_for_51_users(sandbox, aws):
    """The service mails no person."""
    refused = create(aws, *people(51))

    assert refused.returncode != 0
    assert "(ValidationError)" in refused.stderr
    assert sandbox.counts().requests == {"wickr.BatchCreateUser": {"422": 1}}
    assert sandbox.mails() == {}
