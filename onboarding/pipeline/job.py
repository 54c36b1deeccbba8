"""The job: all that one run works with, how it is opened, and the record of the run's start and failure.

A job has the ledger, account, pace, S3 client, stop signal and timer of its run. This module also makes new runs.

``open_job`` makes the cheapest checks first: the destination's name, then the ledger, then the hold on the destination,
and last a question to the service. A job does not change during the run. What a run finds out on its way is in the
values that its steps return.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from secrets import token_hex

import structlog

from onboarding import __version__
from onboarding.destinations import InviteService, open_destination
from onboarding.ledger import Ledger, UnknownRequest
from onboarding.model.errors import HoldLost, LedgerBehind, LedgerDisconnected, OnboardingError
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.endings import words_for_after
from onboarding.reports import remove_unfinished_reports
from onboarding.runtime.aws import Access, LazyS3Client, lazy_s3_client
from onboarding.runtime.scratch import remove_dead_scratch
from onboarding.runtime.signals import StopSignal
from onboarding.runtime.terminal import ProgressBars, progress_bars
from onboarding.sandbox import Sandbox
from onboarding.sending import (
    QUESTION_BUDGET_SECONDS,
    MemberLookup,
    Pace,
    Questions,
    RateLimited,
    RateLimiter,
    RetryPolicy,
)
from onboarding.settings.settings import Settings

FIRST_QUESTIONS = 100.0
"""How many questions a second a run may ask until the first 429.

Each question waits for the answer to the one before.
"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """The account that people are invited to: its service, its display name and the lookup of its members.

    ``sandbox`` is the embedded service in a rehearsal, and None outside a rehearsal.
    """

    destination: InviteService
    name: str
    members: MemberLookup
    sandbox: Sandbox | None = None


@dataclass(frozen=True, slots=True)
class QuestionRules:
    """The rate and the retries of a run's questions to a service. Retries end with the run's deadline at the latest."""

    policy: RetryPolicy
    limiter: RateLimiter

    def to(self, service: InviteService) -> InviteService:
        """Return the service in a wrapper that keeps questions to the rate, and asks again as the policy says."""
        return Questions(RateLimited(service, self.limiter), self.policy)


class PhaseTimer:
    """Measure how many seconds each phase of a run takes. If a phase is entered again, its times add up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the seconds that the block takes to the phase ``name``."""
        begun = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0) + time.monotonic() - begun, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that one run works with, open until the run ends.

    ``run`` is the run as the ledger records it. ``command`` is what this process does with the run: ``resume``
    continues a run that another command began. ``pace`` is the pace of requests that mail people; questions have a pace
    of their own.
    """

    run: Run
    command: str
    settings: Settings
    ledger: Ledger
    account: Account
    questions: QuestionRules
    pace: Pace
    s3: LazyS3Client
    stop: StopSignal
    bars: ProgressBars
    timer: PhaseTimer = field(default_factory=PhaseTimer)
    is_outdated: bool = False
    """Whether the ledger is an older copy, as from a backup. If so, only the service knows whom later runs invited."""

    @property
    def sends(self) -> bool:
        """Whether the command mails people. A plan mails no person."""
        return self.command != "plan"


def open_job(
    settings: Settings,
    stack: ExitStack,
    *,
    command: str,
    s3: LazyS3Client,
    choose: Callable[[Ledger, Scope], Run] | None = None,
    stop: StopSignal | None = None,
    ledger: Ledger | None = None,
) -> Job:
    """Hold the destination, ask the service for the account, and open all that a job has, until ``stack`` closes.

    A plan does not hold the destination. ``choose`` finds the earlier run to continue; with None, a new run is made.
    ``stop`` says when to stop; with None, a signal to the process stops the run. ``ledger`` is a ledger that is open
    already, and that stays open after ``stack`` closes. With None, this function opens the ledger that the settings
    name. Raises an ``OnboardingError`` if the run cannot begin; in that case nothing was sent.
    """
    deadline = time.monotonic() + settings.deadline.total_seconds() if settings.deadline else inf
    stop = s3.cut = stop or StopSignal()
    stop.ends_at = deadline
    opened = stack.enter_context(open_destination(settings, cut=stop))
    ledger = ledger or stack.enter_context(Ledger.open(settings.ledger_place(), clock=now))
    scope = opened.destination.scope
    run = choose(ledger, scope).resumed() if choose else new_run(scope, command, settings)
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run.run_id))
    is_outdated = command != "plan" and _hold(ledger, run, settings, stack)
    stack.enter_context(stop)
    shown = stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress)))
    questions = _question_rules(settings, stop, deadline)
    service = questions.to(opened.destination)
    members = MemberLookup(service, advance=shown.bar("asking who is there"))
    return Job(
        run=run,
        command=command,
        is_outdated=is_outdated,
        settings=settings,
        ledger=ledger,
        account=Account(opened.destination, service.check(), members, opened.sandbox),
        questions=questions,
        pace=Pace(known=ledger.rate(scope), ceiling=settings.rate or inf),
        s3=s3,
        stop=stop,
        bars=shown,
    )


def _hold(ledger: Ledger, run: Run, settings: Settings, stack: ExitStack) -> bool:
    """Hold the destination until ``stack`` closes, and return whether the ledger is an older copy.

    If a dead run left invites in flight, this puts these invites in doubt. If the ledger is an older copy, this logs a
    warning.

    A run always asks the service about each person before it sends, but a service may show new people late. So this
    raises ``LedgerBehind`` if the ledger does not know whom the last run from this machine mailed. Once the service
    surely shows those people, this no longer raises the error.
    """
    hold = stack.enter_context(ledger.hold(run, locks=settings.lock_folder()))
    ledger.doubt(run.scope)
    if hold.unknown:
        _check_age(hold.unknown, settings.resend_after_seconds)
    is_outdated = hold.unknown is not None and hold.unknown.is_own
    if is_outdated:
        log.warning("ledger.outdated", mend="restore the latest copy, if there is one; the service is asked first")
    return is_outdated


def _check_age(unknown: UnknownRequest, shown_after_seconds: float) -> None:
    """Raise ``LedgerBehind`` if it is not certain yet that the service shows the people of a request.

    It is certain when the request is ``shown_after_seconds`` old.
    """
    seconds, after_boot = (shown_after_seconds - age for age in (unknown.age_seconds, unknown.age_after_boot_seconds))
    if seconds <= 0:
        return
    if unknown.is_own:
        why, advice = "the ledger is an older copy, as of a backup,", "restore the latest copy"
    else:
        why, advice = "the last run from this machine used another ledger,", "let all runs share one ledger (--ledger)"
    raise LedgerBehind(
        f"Nothing was sent: {why} and the service may not show yet whom the later runs mailed; run again"
        f"{words_for_after(seconds, after_boot)}, or {advice}."
    )


@contextmanager
def on_record(job: Job) -> Iterator[None]:
    """Record in the ledger that the run has begun or is resumed, and record its end if the block fails.

    Temporary files of killed runs are removed first. If an end is on record already, it stays: a run that a guard has
    stopped is never resumed, whatever fails afterwards. After ``HoldLost``, no end is recorded. If the end cannot be
    recorded either, this raises the first error.
    """
    remove_dead_scratch(job.settings.state_folder())
    remove_unfinished_reports(job.settings.out)
    if job.command == "resume":
        job.ledger.reopen(job.run.run_id)
    else:
        job.ledger.begin(job.run)
    try:
        yield
    except (HoldLost, LedgerDisconnected):
        raise  # the run ends like one that died: the ledger may be another run's by now, or gone
    except OnboardingError as error:
        with suppress(OnboardingError):
            recorded = job.ledger.find_run(job.run.run_id)
            if recorded is None or recorded.exit_code is None:
                job.ledger.end(job.run.run_id, exit_code=error.exit_code, counts={})
        raise


def s3_of(settings: Settings) -> AbstractContextManager[LazyS3Client]:
    """Return a context manager that gives the run's ``LazyS3Client``, and closes the client at the end of the block."""
    return lazy_s3_client(Access(profile=settings.profile, region=settings.region))


def _question_rules(settings: Settings, stop: StopSignal, deadline: float) -> QuestionRules:
    policy = RetryPolicy(
        time.monotonic,
        stop.sleep,
        deadline=deadline,
        budget_seconds=QUESTION_BUDGET_SECONDS,
        is_stopping=stop.is_requested,
        raise_if_stopped=stop.raise_if_stopped,
    )
    return QuestionRules(policy, RateLimiter(Pace(first=FIRST_QUESTIONS, ceiling=settings.rate or inf), policy))


def new_run(scope: Scope, command: str, settings: Settings) -> Run:
    """Return a run that begins now, with a new id."""
    return Run(
        run_id=f"{now():%Y%m%dT%H%M%SZ}-{token_hex(3)}",
        scope=scope,
        command=command,
        version=__version__,
        started_at=now(),
        settings=settings.public(),
    )


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name. Raises ``ConfigurationError``."""
    return Ledger.open(settings.ledger_place(), clock=now)
