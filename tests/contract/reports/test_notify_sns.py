"""Notifications to a topic of SNS, on moto's server; a queue that subscribes to it shows what was published."""

import json
from contextlib import AbstractContextManager, closing
from uuid import uuid4

import boto3
import pytest
from buckets import REGION
from environments import with_aws_endpoint
from moto_service import served_by_moto
from structlog.testing import capture_logs
from summaries import summary_of

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.reports import Summary
from onboarding.reports.notify import DeliveryLimits, Notifier, notifier_for
from onboarding.reports.notify.delivery import USUAL_LIMITS
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_sns
from onboarding.settings.settings import Settings


@pytest.fixture(scope="module")
def endpoint():
    """Serve SNS and SQS."""
    with served_by_moto() as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, endpoint):
    """Remove this machine's own AWS settings, and name the endpoint as for any boto3 program."""
    return with_aws_endpoint(monkeypatch, tmp_path, "sns", endpoint)


@pytest.fixture
def sns():
    with closing(open_sns(Access(region=REGION))) as client:
        yield client


@pytest.fixture
def topic(sns) -> str:
    return sns.create_topic(Name=f"onboarding-{uuid4().hex}")["TopicArn"]


@pytest.fixture
def published(sns, topic, endpoint):
    """Return a function that returns the messages published to the topic."""
    with closing(boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)) as sqs:
        url = sqs.create_queue(QueueName=topic.rpartition(":")[2])["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        yield lambda: [
            json.loads(one["Body"])
            for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
        ]


def summary(**other) -> Summary:
    """Return the summary of a run with a refused address."""
    counts = {Disposition.INVITED: 2, Disposition.FAILED: 1}
    fields = {"counts": counts, "exit_code": ExitCode.PARTIAL, "folder": "s3://reports/r1"}
    return summary_of(**fields | other)


def notified_by(*, limits=USUAL_LIMITS, **settings) -> AbstractContextManager[Notifier]:
    """Return a notifier of a run with these settings."""
    return notifier_for(Settings(**settings), "run", limits=limits)


def tell(notified: AbstractContextManager[Notifier], **other) -> list[dict]:
    """Notify of a run, and return the log lines."""
    with capture_logs() as lines, notified as notifier:
        notifier.ended(summary(**other))
    return lines


def test_topic_gets_a_subject_and_a_message(topic, published):
    """The test reads them as a mail shows them."""
    lines = tell(notified_by(notify=(topic,)))

    (notice,) = published()
    assert notice["TopicArn"] == topic
    assert (
        notice["Subject"] == "onboard run: 2 people invited, 1 refused, 1 row needs a person (exit 3) - chime account-1"
    )
    assert "  Invited: 2\n  Failed: 1\n" in notice["Message"]
    assert "Report: s3://reports/r1\n" in notice["Message"]
    assert lines == []


def test_topic_gets_no_address(topic, published):
    """The rule holds wherever a summary has an address."""
    canary = "canary＠example.com"

    tell(notified_by(notify=(topic,)), account=f"of {canary}\n", message=canary, folder=canary, account_name=canary)

    (notice,) = published()
    assert "canary" not in json.dumps(notice, ensure_ascii=False)
    assert "of [masked]" in notice["Subject"]


def test_topic_gets_nothing_if_no_person_is_needed(topic, published):
    notified = notified_by(notify=(topic,), notify_when="needed")

    tell(notified, exit_code=ExitCode.SETTLED, counts={Disposition.INVITED: 3})

    assert published() == []


def test_topic_is_asked_in_its_own_region(topic, published, environment):
    """The region of the run does not matter."""
    environment.setenv("AWS_DEFAULT_REGION", "us-west-2")

    assert tell(notified_by(notify=(topic,))) == []

    assert len(published()) == 1


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"notify": (f"arn:aws:sns:{REGION}:123456789012:no-such-topic",)}, "NotFoundException"),
        ({"profile": "nobody"}, "ConfigurationError"),
    ],
)
def test_topic_that_fails_is_one_line_of_the_log(topic, broken, error):
    """The line has the type of the error."""
    lines = tell(notified_by(**{"notify": (topic,)} | broken))

    assert lines == [
        {"event": "notification.failed", "log_level": "warning", "kind": "sns", "error": error},
    ]


def test_topic_that_cannot_be_reached_is_one_line_of_the_log(topic, environment):
    """No server listens on port 1. botocore itself would try for longer than people want to wait."""
    environment.setenv("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:1")

    (line,) = tell(notified_by(notify=(topic,), limits=DeliveryLimits(total_seconds=0.01)))

    assert (line["kind"], line["error"]) == ("sns", "TimeoutError")


def test_client_does_not_repeat_for_long():
    """The client itself has the bounds, too."""
    with closing(open_sns(Access(region=REGION))) as client:
        config = client.meta.config

    assert config.retries["total_max_attempts"] == 3
    assert config.connect_timeout == config.read_timeout == 3


def test_client_of_an_unknown_profile_is_refused():
    with pytest.raises(ConfigurationError, match="'nobody' is not in the AWS configuration"):
        open_sns(Access(profile="nobody", region=REGION))
