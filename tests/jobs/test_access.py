"""Nights on which AWS refuses access: each message names the call or the session, and what to do about it."""

import hashlib
import json
import sys
from pathlib import Path

import pytest
from workspace import ONE_AT_A_TIME, account_flags, finish

from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.sandbox import Fault, FaultKind

NIGHTLY = Path(__file__).parent.parent.parent / "jobs" / "nightly.py"
GRANT = (
    "grant {} in IAM to the user or role of the credentials from the environment, and check that the account is theirs."
)
START_URL = "https://sso.example.com/start"
SSO = f"""
[profile ops]
sso_start_url = {START_URL}
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Inviter
"""


def sign_on(workspace) -> None:
    """Write a profile with single sign-on, and an expired session as ``aws sso login`` caches it."""
    cache = workspace.folder / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    workspace.write(".aws/config", SSO)
    session = {"startUrl": START_URL, "region": "eu-central-1", "accessToken": "any"}
    name = hashlib.sha1(START_URL.encode()).hexdigest()  # noqa: S324 - the name is botocore's
    (cache / f"{name}.json").write_text(json.dumps({**session, "expiresAt": "2020-01-01T00:00:00Z"}))


def nightly(workspace, people, sandbox, receiver, *lines) -> str:
    """Write the settings of a nightly job that is told about."""
    settings = [
        f'exports = "{people}"',
        'account_id = "sandbox-team"',
        f'endpoint_url = "{sandbox.url}"',
        f'notify = "{receiver.url}/hook"',
        *lines,
    ]
    return workspace.write("nightly.toml", "\n".join(settings))


def last_notice(receiver) -> dict:
    return json.loads([body for path, body in receiver.got if path == "/hook"][-1])


def page(workspace) -> str:
    (folder,) = workspace.runs()
    return (folder / "report.html").read_text(encoding="utf-8")


def test_missing_permission_to_invite_is_named_on_screen_page_and_notice(workspace, sandbox, receiver):
    """7, and the night after it is granted invites everybody."""
    config = nightly(workspace, workspace.export(60), sandbox, receiver)
    sandbox.refuse_access(["chime:InviteUsers"])

    first = workspace.onboard("nightly", config)
    shown, notice = page(workspace), last_notice(receiver)
    sandbox.faults.clear()
    second = workspace.onboard("nightly", config)

    line = f"Chime answers 403 AccessDeniedException to InviteUsers; {GRANT.format('chime:InviteUsers')}"
    assert (first.code, second.code) == (7, 0)
    assert line in first.err
    assert line in shown
    assert line in notice["text"]
    assert notice["exit_code"] == 7
    assert notice["counts"] == {"deferred": 60}
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.soak
def test_missing_permission_to_list_the_members_defers_all_rows(workspace, sandbox):
    """7: the rows were read, so they are in the report."""
    people = workspace.export(3)
    sandbox.refuse_access(["chime:ListUsers"])

    first = workspace.onboard("run", people, *account_flags(sandbox))
    counts = workspace.summary()["counts"]
    checked = workspace.onboard("check", *account_flags(sandbox))
    sandbox.faults.clear()
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, checked.code, second.code) == (7, 7, 0)
    assert first.messages == [
        f"onboard: Chime answers 403 AccessDeniedException to ListUsers; {GRANT.format('chime:ListUsers')}"
    ]
    assert counts == {"deferred": 3}
    assert " resume " not in first.err
    assert "Chime answers 403 AccessDeniedException to ListUsers; grant chime:ListUsers in IAM" in checked.out
    assert workspace.summary()["counts"] == {"invited": 3}


def test_missing_permission_of_wickr_is_named(workspace, sandbox):
    sandbox.refuse_access(["wickr:BatchCreateUser"])
    flags = ["--destination", "wickr", "--network-id", WICKR_NETWORK, "--endpoint-url", sandbox.url]

    done = workspace.onboard("run", workspace.export(3), *flags, AWS_REGION="eu-central-1")

    assert done.code == 7
    assert done.messages == [
        f"onboard: Wickr answers 403 AccessDeniedException to BatchCreateUser; {GRANT.format('wickr:BatchCreateUser')}"
    ]


def test_expired_session_names_the_command_that_renews_it(workspace, sandbox, receiver):
    """7: in a process of its own, since botocore looks for sessions in the home of the process that loads it."""
    sign_on(workspace)
    config = nightly(workspace, workspace.export(3), sandbox, receiver, 'profile = "ops"')

    first = finish(workspace.start_command([sys.executable, str(NIGHTLY), config]))
    checked = workspace.onboard("check", "--config", config)
    workspace.write(".aws/config", "[profile ops]\naws_access_key_id = renewed\naws_secret_access_key = renewed\n")
    second = workspace.onboard("nightly", config)

    problem = "single sign-on session of the AWS profile 'ops' has expired (UnauthorizedSSOTokenError)"
    line = f"The {problem}; run aws sso login --profile ops."
    assert [ended.code for ended in (first, checked, second)] == [7, 7, 0]
    assert f"onboard: {line}" in first.err.splitlines()
    assert line in json.loads(receiver.got[0][1])["text"]
    assert "; run aws sso login --profile ops\n" in checked.out
    assert workspace.summary()["counts"] == {"invited": 3}


def test_missing_session_is_told_for_exports_in_s3_too(workspace, receiver):
    """The notice says it without the name of the export."""
    (workspace.folder / ".aws").mkdir()
    workspace.write(".aws/config", SSO)

    done = workspace.onboard(
        "run", "s3://example-hr/staff.csv", "--sandbox", "--profile", "ops", "--notify", receiver.url
    )

    assert done.code == 7
    (message,) = done.messages
    assert message == (
        "onboard: s3://example-hr/staff.csv: the single sign-on session of the AWS profile 'ops' cannot be read"
        " (SSOTokenLoadError); run aws sso login --profile ops"
    )
    notice = json.loads(receiver.got[0][1])["text"]
    assert "cannot be read (SSOTokenLoadError); run aws sso login --profile ops." in notice
    assert "s3://" not in notice


def test_keys_that_expire_midway_defer_the_rest(workspace, sandbox):
    """7: the message says which variables to set. Nobody is in doubt, and the next run goes on."""
    people = workspace.export(120)
    sandbox.faults.add(Fault(FaultKind.EXPIRED, "InviteUsers", after=1))

    first = workspace.onboard("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    counts = workspace.summary()["counts"]
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (7, 0)
    (message,) = first.messages
    assert message == (
        "onboard: The AWS credentials from the environment have expired (403 ExpiredTokenException); set new ones in"
        " AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
    )
    assert counts == {"invited": 50, "deferred": 70}
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.soak
def test_sandbox_of_the_command_line_refuses_access_on_request(workspace):
    """As an operator rehearses it."""
    service = workspace.serve("--deny", "chime:InviteUsers", "--deny", "ListUsers", "--expired-credentials")
    there = ["--account-id", "sandbox-team", "--endpoint-url", service.url]

    done = workspace.onboard("run", workspace.export(3), *there)

    assert done.code == 7
    assert "have expired (403 ExpiredTokenException)" in done.messages[0]


def test_sandbox_refuses_an_unknown_permission(workspace):
    done = workspace.onboard("sandbox", "--port", "0", "--deny", "chime:Invite")

    assert done.code == 2
    assert done.err.startswith("onboard: The permission 'chime:Invite' is unknown: operation is none of ")
