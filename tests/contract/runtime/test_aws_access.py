"""Refused access names the profile that an operator must renew, as botocore reads profiles."""

import pytest
from botocore.exceptions import LoginRefreshRequired, TokenRetrievalError
from botocore.handlers import BUILTIN_HANDLERS

from onboarding.runtime.aws_access import explain_missing_credentials
from onboarding.runtime.aws_session import aws_session

PROFILES = """
[sso-session corp]
sso_start_url = https://sso.example.com/start
sso_region = eu-central-1

[profile "corporate staff"]
sso_session = corp

[profile inviter]
role_arn = arn:aws:iam::123456789012:role/Inviter
source_profile = corporate staff

[profile loop]
source_profile = loop
"""
EXPIRED = TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed")


@pytest.mark.parametrize(
    ("profile", "error", "advice"),
    [
        ("inviter", EXPIRED, "run aws sso login --profile 'corporate staff'"),
        ("loop", EXPIRED, "run aws sso login --profile loop"),
        ("inviter", LoginRefreshRequired(), "run aws login --profile inviter"),
    ],
)
def test_session_to_renew_is_that_of_the_profile_that_signs_on(tmp_path, monkeypatch, profile, error, advice):
    """A profile that assumes a role has no session of its own."""
    (tmp_path / "config").write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    refused = explain_missing_credentials(error, aws_session(profile))

    assert refused.advice == advice
    assert f"session of the AWS profile '{profile}' has expired" in refused.problem


def test_session_has_the_handlers_that_a_library_adds_to_botocore_later():
    """Moto answers requests so, from the moment when it is imported."""
    seen = []
    aws_session()
    BUILTIN_HANDLERS.append(("a-new-event", lambda **_: seen.append("sent")))
    try:
        aws_session().get_component("event_emitter").emit("a-new-event")
    finally:
        BUILTIN_HANDLERS.pop()

    aws_session().get_component("event_emitter").emit("a-new-event")
    assert seen == ["sent"]
