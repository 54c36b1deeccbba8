"""The notifier of a run: it pings a monitor, sends notices to receivers, and writes a line of metrics.

A receiver is a topic of SNS, a webhook, or a service of apprise such as e-mail. ``message`` has the texts, ``payloads``
the forms of webhooks, and ``delivery`` the threads and HTTP posts. After a failed delivery, the log has a line
``notification.failed`` with the kind of the delivery and the type of the error. All deliveries together delay the end
of the run by at most ``DeliveryLimits.total_seconds``. The notifier never makes a run fail.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.run import now
from onboarding.reports.notify.delivery import (
    USUAL_LIMITS,
    BackgroundDelivery,
    DeliveryLimits,
    end_ping_url,
    post,
    start_ping_url,
    unlogged,
)
from onboarding.reports.notify.message import (
    Notification,
    masked_line,
    message_text,
    ping_body,
    subject,
    unmasked_command,
)
from onboarding.reports.notify.metrics import metrics_line
from onboarding.reports.notify.payloads import payload_for
from onboarding.runtime.apprise_services import send_to_service
from onboarding.runtime.aws import Access
from onboarding.runtime.logs import get_logger
from onboarding.settings.next_command import command_after_error
from onboarding.settings.receivers import AppriseService, Topic, Webhook, check_services, parse_receiver

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.invocation import Invocation
    from onboarding.settings.settings import Settings

log = get_logger()

TEXT_TYPE = "text/plain; charset=utf-8"
JSON_TYPE = "application/json"

PRINTED = "The run printed which file or setting it is, and why."
"""The line in a notification that replaces a message that may quote an export."""


class Notifier:
    """The notifier of one run: it tells other systems that the run began, and later how the run ended.

    Only the first call of ``ended`` or ``failed`` has an effect. The notifier does not ping the monitor about a plan,
    since the monitor waits for a run that sends. ``write`` writes the line of metrics. By default, the line goes to
    stderr.
    """

    def __init__(
        self,
        settings: "Settings",
        command: str,
        invocation: "Invocation | None" = None,
        *,
        limits: DeliveryLimits,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = now,
        write: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._command = command
        self._invocation = invocation
        self._limits = limits
        self._ping_url = settings.ping_url if command != "plan" else None
        self._clock = clock
        self._now = now
        self._write = write or _to_stderr
        self._rid = uuid4()
        self._began = clock()
        self._start_ping: BackgroundDelivery | None = None
        self._has_ended = False

    def started(self, deliver: Callable[[str, Callable[[], None]], BackgroundDelivery] = BackgroundDelivery) -> None:
        """Ping the monitor to say that the run begins, on a thread beside the run. ``deliver`` starts the thread.

        The method does not catch ``KeyboardInterrupt``, since Ctrl-C is meant for the run.
        """
        if self._ping_url:
            url = start_ping_url(self._ping_url, self._rid)
            with _never_failing(Exception):
                self._start_ping = deliver("ping", partial(post, url, b"", TEXT_TYPE, self._limits))

    def ended(self, summary: "Summary") -> bool:
        """Notify other systems that a run with a summary has ended, and return whether all notices have arrived."""
        with _never_failing(Exception, KeyboardInterrupt):
            seconds, ended_at = self._clock() - self._began, self._now()
            return self._notify(Notification.of(summary, seconds=seconds, ended_at=ended_at))
        return False

    def failed(self, error: BaseException) -> None:
        """Notify other systems that an error has ended a run without a summary."""
        settings = self._settings
        exit_code, line = _exit_of(error)
        next_command = command_after_error(error, self._invocation) if self._invocation else ""
        # A command with exports may name the export that the line must not name.
        names_exports = bool(self._invocation and self._invocation.exports)
        is_secret = names_exports and isinstance(error, OnboardingError) and error.quotes_input
        with _never_failing(Exception, KeyboardInterrupt):
            self._notify(
                Notification(
                    command=self._command,
                    exit_code=int(exit_code),
                    line=masked_line(line),
                    next_command="" if is_secret else unmasked_command(next_command),
                    is_command_printed=bool(next_command),
                    run_id=error.run_id if isinstance(error, OnboardingError) else "",
                    destination=masked_line(settings.destination),
                    account=masked_line(settings.account or ""),
                    is_rehearsal=settings.sandbox,
                    seconds=self._clock() - self._began,
                    ended_at=self._now(),
                )
            )

    def _notify(self, notification: Notification) -> bool:
        """Notify other systems, and return whether all notices have arrived. Pings of a monitor are no notices."""
        if self._has_ended:
            return True
        self._has_ended = True
        if self._settings.metric_namespace and self._command != "plan":
            self._write(metrics_line(notification, self._settings.metric_namespace))
        until = self._clock() + self._most_seconds(notification)
        under_way = [] if self._start_ping is None else [self._start_ping]
        under_way += self._deliveries(notification)
        for delivery in under_way:
            delivery.wait(max(0.0, until - self._clock()))
            if delivery.error:
                log.warning("notification.failed", kind=delivery.kind, error=delivery.error)
        return not any(delivery.error for delivery in under_way if delivery.kind != "ping")

    def _most_seconds(self, notification: Notification) -> float:
        """Return how long all deliveries may delay the end of the process."""
        limits, deadline = self._limits, self._settings.deadline
        is_late = deadline is not None and self._clock() - self._began >= deadline.total_seconds()
        is_stopped = notification.exit_code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED)
        return limits.last_seconds if is_stopped or is_late else limits.total_seconds

    def _deliveries(self, notification: Notification) -> Iterator[BackgroundDelivery]:
        """Start and yield each delivery that the settings ask for."""
        if self._ping_url:
            yield BackgroundDelivery("ping", partial(self._ping_end, self._ping_url, notification))
        if self._settings.notify_when == "needed" and not notification.needs_attention:
            return
        for value in self._settings.notify:
            match parse_receiver(value):
                case Topic() as topic:
                    yield BackgroundDelivery("sns", partial(_publish, topic, notification, self._settings.profile))
                case Webhook(url, form):
                    payload = payload_for(form, notification)
                    yield BackgroundDelivery("webhook", partial(post, url, payload, JSON_TYPE, self._limits))
                case AppriseService(url):
                    yield BackgroundDelivery("apprise", partial(_send_with_apprise, url, notification))

    def _ping_end(self, ping_url: str, notification: Notification) -> None:
        if self._start_ping:
            self._start_ping.wait()  # a monitor that gets the end before the start would wait for a second end
        url = end_ping_url(ping_url, self._rid, notification.exit_code)
        post(url, ping_body(notification), TEXT_TYPE, self._limits)


@contextmanager
def notifier_for(
    settings: "Settings",
    command: str,
    invocation: "Invocation | None" = None,
    *,
    limits: DeliveryLimits = USUAL_LIMITS,
) -> Iterator[Notifier]:
    """Yield the notifier of a run, after it has told other systems that the run begins.

    ``limits`` are the limits of time for deliveries. ``invocation`` says how the operator started the run. With None,
    notices of errors suggest no command. If the block raises an error, the notifier says that the run failed. If not,
    the block must call ``Notifier.ended``. Raises ``ConfigurationError`` if apprise does not know a receiver.
    """
    check_services(settings.notify)
    notifier = Notifier(settings, command, invocation, limits=limits)
    try:
        notifier.started()
        yield notifier
    except (Exception, KeyboardInterrupt) as error:
        notifier.failed(error)
        raise


def _send_with_apprise(url: str, notification: Notification) -> None:
    with unlogged():
        send_to_service(url, title=subject(notification), body=message_text(notification))


def _publish(topic: Topic, notification: Notification, profile: str | None) -> None:
    from onboarding.runtime.aws_clients import open_sns  # noqa: PLC0415 - loads boto3

    with closing(open_sns(Access(profile=profile, region=topic.region))) as client:
        client.publish(TopicArn=topic.arn, Subject=subject(notification), Message=message_text(notification))


def _exit_of(error: BaseException) -> tuple[ExitCode, str]:
    """Return the exit code and a plain line for an error, similar to those of the command line (``cli.output``)."""
    match error:
        case OnboardingError():
            return error.exit_code, error.notice or (PRINTED if error.quotes_input else str(error))
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "Interrupted before anything was sent."
        case _:
            return ExitCode.INTERNAL, f"Internal error ({type(error).__name__}). What was sent is in the ledger."


def _to_stderr(line: str) -> None:
    with suppress(OSError, ValueError):  # stderr is closed
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - where the log goes


@contextmanager
def _never_failing(*errors: type[BaseException]) -> Iterator[None]:
    """If the block raises one of ``errors``, log the error, and do not raise it.

    After the run has ended, Ctrl-C is one of these errors: it ends only the wait for deliveries. Before that, Ctrl-C
    ends the run.
    """
    try:
        yield
    except errors as error:
        log.warning("notification.failed", kind="notifier", error=type(error).__name__)
