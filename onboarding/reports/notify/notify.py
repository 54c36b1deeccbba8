"""Tell other systems that a run began and how it ended, without ever failing the run.

A delivery that fails is one line of the log, ``notification.failed``, with its kind and the type of the error. All
deliveries together delay the end of the run by at most ``DeliveryLimits.total_seconds``.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import structlog

from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.run import now
from onboarding.reports.notify.delivery import (
    BackgroundDelivery,
    DeliveryLimits,
    end_ping_url,
    post,
    start_ping_url,
)
from onboarding.reports.notify.message import (
    Notification,
    message_text,
    metrics_line,
    one_line,
    ping_body,
    subject,
    webhook_payload,
)
from onboarding.runtime.aws import Access, open_sns
from onboarding.settings.values import Topic, Webhook, receiver

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings

log = structlog.get_logger()

TEXT_TYPE = "text/plain; charset=utf-8"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyOptions:
    """Where notifications go, and what the run is, for a run that ends before it has a summary.

    ``notify`` holds ARNs of topics and URLs of webhooks, as ``Settings`` has checked them. These URLs and ``ping_url``
    are secrets.
    """

    notify: tuple[str, ...] = field(default=(), repr=False)
    notify_when: Literal["always", "needed"] = "always"
    ping_url: str | None = field(default=None, repr=False)
    metric_namespace: str | None = None
    profile: str | None = None
    command: str = "run"
    destination: str = ""
    account: str = ""
    is_rehearsal: bool = False
    limits: DeliveryLimits = field(default=DeliveryLimits())

    @property
    def receivers(self) -> tuple[Topic | Webhook, ...]:
        """The topics and webhooks that get a notification."""
        return tuple(receiver(value) for value in self.notify)


class Notifier:
    """Tell other systems that a run began, and once how it ended."""

    def __init__(
        self,
        options: NotifyOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = now,
        write: Callable[[str], None] | None = None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._now = now
        self._write = write or _to_stderr
        self._rid = uuid4()
        self._began = clock()
        self._start_ping: BackgroundDelivery | None = None
        self._has_ended = False

    def started(self) -> None:
        """Ping the monitor while the run begins."""
        if self._options.ping_url:
            url = start_ping_url(self._options.ping_url, self._rid)
            with _never_failing():
                self._start_ping = BackgroundDelivery("ping", partial(post, url, b"", TEXT_TYPE, self._options.limits))

    def ended(self, summary: "Summary") -> None:
        """Notify of the end of a run that has a summary."""
        with _never_failing(run_id=summary.run_id):
            self._notify(Notification.of(summary, seconds=self._clock() - self._began, ended_at=self._now()))

    def failed(self, exit_code: int, line: str) -> None:
        """Notify of the end of a run without a summary. ``line`` is the one line that its user saw."""
        options = self._options
        with _never_failing():
            self._notify(
                Notification(
                    command=options.command,
                    exit_code=int(exit_code),
                    line=one_line(line),
                    destination=one_line(options.destination),
                    account=one_line(options.account),
                    is_rehearsal=options.is_rehearsal,
                    seconds=self._clock() - self._began,
                    ended_at=self._now(),
                )
            )

    def _notify(self, notification: Notification) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        if self._options.metric_namespace:
            self._write(metrics_line(notification, self._options.metric_namespace))
        until = self._clock() + self._options.limits.total_seconds
        under_way = [] if self._start_ping is None else [self._start_ping]
        under_way += self._deliveries(notification)
        for delivery in under_way:
            delivery.wait(max(0.0, until - self._clock()))
            if delivery.error:
                log.warning("notification.failed", kind=delivery.kind, error=delivery.error, run_id=notification.run_id)

    def _deliveries(self, notification: Notification) -> Iterator[BackgroundDelivery]:
        """Start the deliveries."""
        options = self._options
        if options.ping_url:
            yield BackgroundDelivery("ping", partial(self._ping_end, options.ping_url, notification))
        if options.notify_when == "needed" and not notification.needs_attention:
            return
        for each in options.receivers:
            match each:
                case Topic():
                    yield BackgroundDelivery("sns", partial(_publish, each, notification, options.profile))
                case Webhook(url):
                    payload = webhook_payload(notification)
                    yield BackgroundDelivery("webhook", partial(post, url, payload, JSON_TYPE, options.limits))

    def _ping_end(self, ping_url: str, notification: Notification) -> None:
        if self._start_ping:
            self._start_ping.wait()  # a monitor that gets the end first would wait for another end
        url = end_ping_url(ping_url, self._rid, notification.exit_code)
        post(url, ping_body(notification), TEXT_TYPE, self._options.limits)


@contextmanager
def notifying(options: NotifyOptions) -> Iterator[Notifier]:
    """Notify that a run begins, and that it failed if the block raises. A block that ends well calls ``ended``."""
    notifier = Notifier(options)
    notifier.started()
    try:
        yield notifier
    except (Exception, KeyboardInterrupt) as error:
        notifier.failed(*_exit_of(error))
        raise


def notifier_for(settings: "Settings", command: str) -> AbstractContextManager[Notifier]:
    """Notify as the settings say. A monitor is not told of a plan, since it waits for a run that sends."""
    sends = command != "plan"
    return notifying(
        NotifyOptions(
            notify=settings.notify,
            notify_when=settings.notify_when,
            ping_url=settings.ping_url if sends else None,
            metric_namespace=settings.metric_namespace if sends else None,
            profile=settings.profile,
            command=command,
            destination=settings.destination,
            account=settings.account or "",
            is_rehearsal=settings.sandbox,
        )
    )


def _publish(topic: Topic, notification: Notification, profile: str | None) -> None:
    with closing(open_sns(Access(profile=profile, region=topic.region))) as client:
        client.publish(TopicArn=topic.arn, Subject=subject(notification), Message=message_text(notification))


def _exit_of(error: BaseException) -> tuple[ExitCode, str]:
    """Return the exit code and the plain line that the command line makes of an error (``cli.exits``)."""
    match error:
        case OnboardingError():
            return error.exit_code, str(error)
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "Interrupted before anything was sent."
        case _:
            return ExitCode.INTERNAL, f"Internal error ({type(error).__name__}). What was sent is in the ledger."


def _to_stderr(line: str) -> None:
    with suppress(OSError, ValueError):  # stderr is closed
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - where the log goes


@contextmanager
def _never_failing(run_id: str = "") -> Iterator[None]:
    """Let no error out. An interruption ends the waiting, not the run, which is over by then."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - see above
        log.warning("notification.failed", kind="notifier", error=type(error).__name__, run_id=run_id)
