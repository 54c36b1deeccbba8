"""The values of the settings that name where notifications go."""

import pytest

from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.settings.loading import load_settings
from onboarding.settings.receivers import AppriseService, Topic, Webhook, WebhookForm, parse_receiver
from onboarding.settings.settings import Settings

ARN = "arn:aws:sns:eu-central-1:123456789012:onboarding"
SECRET = "https://hooks.example/services/hunter2"  # noqa: S105 - it is nobody's


@pytest.mark.parametrize("arn", [ARN, ARN.replace("aws:", "aws-cn:", 1), ARN.replace("aws:", "aws-us-gov:", 1)])
def test_topic_is_known_by_its_arn(arn):
    """The region of a topic is in its ARN."""
    topic = parse_receiver(arn)

    assert topic == Topic(arn)
    assert topic.region == "eu-central-1"


@pytest.mark.parametrize("url", [SECRET, "http://127.0.0.1:8065/hooks/hunter2?x=1"])
def test_webhook_is_known_by_its_url(url):
    assert parse_receiver(url) == Webhook(url)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://chat.googleapis.com/v1/spaces/A/messages?key=1&token=2", WebhookForm.GOOGLE_CHAT),
        ("https://prod-23.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke", WebhookForm.TEAMS),
        ("https://default1.09.environment.api.powerplatform.com:443/powerautomate/automations", WebhookForm.TEAMS),
        ("https://example.webhook.office.com/webhookb2/1", WebhookForm.TEAMS),
        ("https://hooks.slack.com/services/1/2/3", WebhookForm.JSON),
        ("https://chat.googleapis.com.example/v1", WebhookForm.JSON),
        ("https://logic.azure.com.example/workflows", WebhookForm.JSON),
    ],
)
def test_form_of_a_webhook_follows_from_its_host(url, form):
    assert parse_receiver(url) == Webhook(url, form)


@pytest.mark.parametrize("form", WebhookForm)
def test_form_of_a_webhook_can_be_written_before_its_url(form):
    """A company may have a relay of its own before the chat."""
    assert parse_receiver(f"{form}+{SECRET}") == Webhook(SECRET, form)


@pytest.mark.parametrize("url", ["mailto://job:hunter2@example.com", "DISCORD://1/hunter2"])
def test_all_other_urls_are_for_apprise(url):
    assert parse_receiver(url) == AppriseService(url)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"notify": (SECRET, "hunter2")},
            "--notify: write the ARN of an SNS topic, a URL that begins with https:// or http://, or one of apprise",
        ),
        ({"notify": (f"hunter+{SECRET}",)}, "--notify: write one of json, google-chat, teams before +https://, or"),
        ({"notify": ("https://hunter2.example:0",)}, "--notify: write a URL with a host, without spaces"),
        ({"ping_url": "hc.example/hunter2"}, "--ping-url: write a URL that begins with https:// or http://."),
        ({"endpoint_url": "https://hc.example/hunter2 b"}, "--endpoint-url: write a URL without spaces, in ASCII"),
        ({"notify": ("https://user:hunter2@hooks.example",)}, "--notify: leave out the user and password."),
        ({"notify": (f"{ARN}hunter2.fifo",)}, "--notify: write the ARN of a standard topic like " + ARN + "."),
        ({"notify": ("arn:aws:sqs:eu-central-1:123456789012:hunter2",)}, "--notify: write the ARN of a standard"),
        ({"ping_url": "https://:hunter2"}, "--ping-url: write a URL with a host, without spaces"),
        ({"ping_url": "https://hc.example:hunter2/"}, "--ping-url: write a URL with a host, without spaces"),
        ({"ping_url": "https://[hunter2/"}, "--ping-url: write a URL with a host, without spaces"),
        ({"ping_url": "https://hc.example/hunter2\n"}, "--ping-url: write a URL with a host, without spaces"),
        ({"metric_namespace": "AWS/hunter2"}, "--metric-namespace: write letters, digits and"),
        ({"metric_namespace": "hunter2" * 40}, "--metric-namespace: write letters, digits and"),
    ],
)
def test_bad_value_is_refused_without_being_quoted(settings, line):
    """The value may be a secret with one character too many."""
    with pytest.raises(ConfigurationError) as refusal:
        load_settings(settings)

    assert str(refusal.value).startswith(line)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__
    assert refusal.value.exit_code is ExitCode.USAGE


def test_secrets_are_not_shown():
    mail = "mailto://job:hunter2@example.com"
    settings = Settings(notify=(SECRET, mail), ping_url=SECRET, metric_namespace="HR/Onboarding")

    assert "hunter2" not in repr(settings) + repr(parse_receiver(SECRET)) + repr(parse_receiver(mail))
