"""Tell other systems that a run began and how it ended, without ever failing the run.

What goes wrong here is one line of the log, ``notification.failed``, with the kind of delivery and the type of the
error. All deliveries together delay the end of the run by at most ``DeliveryLimits.total_seconds``.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal
from uuid import UUID, uuid4

import structlog

from onboarding.model.errors import ConfigurationError, ExitCode, OnboardingError
from onboarding.reports.notify import message as notices
from onboarding.reports.notify import metrics, pings
from onboarding.reports.notify.background import BackgroundDelivery, Delivery
from onboarding.reports.notify.message import Notification, one_line
from onboarding.reports.notify.webhook import DeliveryLimits, post
from onboarding.runtime.aws import Access, open_sns
from onboarding.settings.values import Topic, Webhook, check_namespace, check_url, receiver

if TYPE_CHECKING:
    from onboarding.reports import Summary

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.settings.settings import Settings


log = structlog.get_logger()

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyOptions:
    """Who is told of a run, and what it is; the latter for a run that ends before it could say so itself.

    ``notify`` holds ARNs of topics and URLs of webhooks. Its URLs and ``ping_url`` are secrets. Raises
    ``ConfigurationError`` for what is neither.
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

    def __post_init__(self) -> None:
        with _named("--notify"):
            _ = self.receivers
        with _named("--ping-url"):
            check_url(self.ping_url or "http://unused.example")
        with _named("--metric-namespace"):
            check_namespace(self.metric_namespace or "unused")

    @property
    def receivers(self) -> tuple[Topic | Webhook, ...]:
        """Who gets a notice."""
        return tuple(receiver(value) for value in self.notify)


class Notifier:
    """Tell that a run began, and once how it ended."""

    def __init__(
        self,
        watch: NotifyOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        write: Callable[[str], None] | None = None,
    ) -> None:
        self._watch = watch
        self._clock = clock
        self._now = now
        self._write = write or _to_stderr
        self._rid = uuid4()
        self._begun = clock()
        self._start: BackgroundDelivery | None = None
        self._is_told = False

    def started(self) -> None:
        """Tell that the run begins, which it does meanwhile."""
        if self._watch.ping_url:
            url = pings.start_url(self._watch.ping_url, self._rid)
            with _never_failing():
                self._start = BackgroundDelivery(Delivery("ping", partial(post, url, b"", TEXT, self._watch.limits)))

    def ended(self, summary: "Summary") -> None:
        """Tell how it ended, by its own account of it."""
        with _never_failing(run_id=summary.run_id):
            self._tell(Notification.of(summary, seconds=self._clock() - self._begun, ended_at=self._now()))

    def failed(self, exit_code: int, line: str) -> None:
        """Tell that it ended without an account of it, with the one line that its user is told."""
        watch = self._watch
        with _never_failing():
            self._tell(
                Notification(
                    command=watch.command,
                    exit_code=int(exit_code),
                    line=one_line(line),
                    destination=one_line(watch.destination),
                    account=one_line(watch.account),
                    is_rehearsal=watch.is_rehearsal,
                    seconds=self._clock() - self._begun,
                    ended_at=self._now(),
                )
            )

    def _tell(self, told: Notification) -> None:
        if self._is_told:
            return
        self._is_told = True
        if self._watch.metric_namespace:
            self._write(metrics.line(told, self._watch.metric_namespace))
        until = self._clock() + self._watch.limits.total_seconds
        under_way = [BackgroundDelivery(errand) for errand in _errands(self._watch, told, self._rid, self._start)]
        for one in [self._start, *under_way] if self._start else under_way:
            one.wait(max(0.0, until - self._clock()))
            if one.error:
                log.warning("notification.failed", kind=one.kind, error=one.error, run_id=told.run_id)


@contextmanager
def notifying(watch: NotifyOptions) -> Iterator[Notifier]:
    """Tell that a run begins, and that it failed if the block raises; how it ended is for the block to tell."""
    notifier = Notifier(watch)
    notifier.started()
    try:
        yield notifier
    except (Exception, KeyboardInterrupt) as error:
        notifier.failed(*_as_told(error))
        raise


def _errands(
    watch: NotifyOptions, told: Notification, rid: UUID, start: BackgroundDelivery | None
) -> Iterator[Delivery]:
    if watch.ping_url:
        yield Delivery(
            "ping", partial(_ping_end, pings.end_url(watch.ping_url, rid, told.exit_code), told, watch, start)
        )
    if watch.notify_when == "needed" and not told.needs_attention:
        return
    for one in watch.receivers:
        match one:
            case Topic():
                yield Delivery("sns", partial(_publish, one, told, watch))
            case Webhook(url):
                yield Delivery("webhook", partial(post, url, notices.payload(told), JSON, watch.limits))


def _ping_end(url: str, told: Notification, watch: NotifyOptions, start: BackgroundDelivery | None) -> None:
    if start:
        start.wait()  # else a monitor may hear of the end first, and wait for another
    post(url, pings.body(told), TEXT, watch.limits)


def _publish(topic: Topic, told: Notification, watch: NotifyOptions) -> None:
    with closing(open_sns(Access(profile=watch.profile, region=topic.region))) as client:
        client.publish(TopicArn=topic.arn, Subject=notices.subject(told), Message=notices.text(told))


def _as_told(error: BaseException) -> tuple[ExitCode, str]:
    """Return the exit code and the plain line that the command line makes of an error (``exits``)."""
    match error:
        case OnboardingError():
            return error.exit_code, str(error)
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "Interrupted before anything was sent."
        case _:
            return ExitCode.INTERNAL, f"Internal error ({type(error).__name__}). What was sent is in the ledger."


def _to_stderr(line: str) -> None:
    with suppress(OSError, ValueError):  # closed by whoever read it
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - where the log goes


@contextmanager
def _never_failing(**known: str) -> Iterator[None]:
    """Let nothing out. An interruption ends the waiting, not the run, which is over by then."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - see above
        log.warning("notification.failed", kind="notifier", error=type(error).__name__, **known)


@contextmanager
def _named(flag: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(f"{flag}: {error}.") from None


def notifier_for(settings: "Settings", command: str) -> AbstractContextManager[Notifier]:
    """Tell that a run begins, and how it ends if the block raises; a block that ends well says so itself.

    A monitor hears nothing of a plan: it waits for a run that sends.
    """
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
