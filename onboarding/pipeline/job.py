"""The job: all things that one run uses, the function that opens them, and the record of the run's failure.

A job has the ledger, account, pace, S3 client, stop signal and timer of its run. ``record`` has opened the destination
and the ledger. ``open_job`` then holds the destination, and asks the service for the account. A job does not change
during the run. The steps of the run return what they find.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import field
from math import inf

from onboarding.destinations import InviteService
from onboarding.ledger import Ledger
from onboarding.model.errors import StillThrottled
from onboarding.model.plan import ReinviteRule
from onboarding.model.run import Run, timestamp
from onboarding.model.sent import Ending
from onboarding.model.values import dataclass
from onboarding.pipeline.endings import ending_unasked
from onboarding.pipeline.ledger_age import check_ledger_age
from onboarding.pipeline.record import BegunRun, refusal_on_record
from onboarding.reports import remove_unfinished_reports
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.logs import get_logger
from onboarding.runtime.progress import ProgressBars, progress_bars
from onboarding.runtime.scratch import remove_dead_scratch
from onboarding.runtime.signals import StopSignal
from onboarding.sandbox import Sandbox
from onboarding.sending import (
    QUESTION_BUDGET_SECONDS,
    MemberLookup,
    Pace,
    Questions,
    RateLimited,
    RateLimiter,
    RetryPolicy,
    listed_members,
)
from onboarding.settings.invocation import Invocation
from onboarding.settings.settings import Settings
from onboarding.settings.values import read_duration

FIRST_QUESTIONS = 100.0
"""How many questions a second a run may ask until the first 429.

Each question waits for the answer to the question before.
"""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """The account to which people are invited: its service, its display name and the lookup of its members.

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
        """Return the service in a wrapper that limits the rate of questions, and repeats them by the policy."""
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
    """All things that one run uses, open until the run ends.

    ``run`` is the run in the ledger. ``command`` is the command of this process: ``resume`` continues a run that
    another command began. ``pace`` is the pace of requests that mail people. Questions have their own pace.
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
    unasked: Ending | None = None
    """The reason why the service could not be asked about its account, or None. With a reason, nothing is sent."""
    invocation: Invocation | None = None
    """How the operator started the run. With None, the run is part of a larger run, and suggests no command."""

    @property
    def sends(self) -> bool:
        """Whether the command mails people. A plan mails no person."""
        return self.command != "plan"

    def reinvite_rule(self) -> ReinviteRule | None:
        """Return the rule by which the run invites people again, or None if it invites people only once.

        A resumed run uses the settings with which it began. If a ledger was restored from a backup, the ledger lacks
        the invites of runs after the backup. These invites are older than the moment at which a run noticed this. So
        the result is None until people who were invited at that moment may be invited again.
        """
        if not (after := self.run.settings.get("reinvite_after")):
            return None
        before = timestamp(self.run.started_at - read_duration(str(after), flag="--reinvite-after"))
        if self.ledger.outdated_at(self.run.scope) >= before:
            return None
        return ReinviteRule(before=before, times=int(str(self.run.settings["reinvite_times"])))


def open_job(
    begun: BegunRun, settings: Settings, stack: ExitStack, s3: LazyS3Client, *, keeps_members: bool = False
) -> Job:
    """Hold the destination, ask the service for the account, and open all parts of a job, until ``stack`` closes.

    ``keeps_members`` says whether to keep the members that the service lists, for ``report_not_in_exports``. A plan
    does not hold the destination. If the service only throttles, or the deadline comes first, a run goes on without an
    answer, and reports its rows. Raises an ``OnboardingError`` if the run cannot go on. In that case, nothing was sent.
    """
    s3.cut = stop = begun.stop
    run, ledger, opened = begun.run, begun.ledger, begun.opened
    if begun.command != "plan":
        _hold(ledger, run, settings, stack)
    stack.enter_context(stop)
    shown = stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress)))
    questions = _question_rules(settings, stop, begun.ends_at, shown)
    service = questions.to(opened.destination)
    members = MemberLookup(
        service,
        advance=shown.bar("asking who is there", unit=("request", "requests")),
        listed=stack.enter_context(listed_members(settings.state_folder())) if keeps_members else None,
    )
    name, unasked = _name_of(service, begun.command)
    return Job(
        run=run,
        command=begun.command,
        unasked=unasked,
        settings=settings,
        ledger=ledger,
        account=Account(opened.destination, name, members, opened.sandbox),
        questions=questions,
        pace=Pace(known=ledger.rate(run.scope), ceiling=settings.rate or inf),
        s3=s3,
        stop=stop,
        bars=shown,
    )


def _name_of(service: InviteService, command: str) -> tuple[str, Ending | None]:
    """Return the display name of the account, or the ending that says why the service could not be asked."""
    try:
        return service.check(), None
    except StillThrottled as error:
        return "", ending_unasked(command, error)


def _hold(ledger: Ledger, run: Run, settings: Settings, stack: ExitStack) -> None:
    """Hold the destination until ``stack`` closes.

    If a dead run left invites in flight, the function puts these invites in doubt. If the ledger is an older copy, the
    log gets a warning.

    A run always asks the service about each person before it sends, but a service may show new people late. An older
    copy of the ledger does not know the people whom the last run from this machine mailed. If the service may still
    hide these people, the function raises ``LedgerBehind``.
    """
    hold = stack.enter_context(ledger.hold(run, locks=settings.lock_folder()))
    ledger.doubt(run.scope)
    if hold.unknown:
        check_ledger_age(hold.unknown, settings.resend_after_seconds)
    if hold.unknown and hold.unknown.is_own:
        log.warning("ledger.outdated", mend="restore the latest copy, if there is one; the service is asked first")


@contextmanager
def on_record(job: Job) -> Iterator[None]:
    """Record in the ledger that an earlier run is resumed, and record the end of any run if the block fails.

    First remove temporary files of killed runs. If an end is on record already, it does not change: a run that a guard
    has stopped is never resumed, even if a later step fails. After ``HoldLost``, no end is recorded.
    """
    remove_dead_scratch(job.settings.state_folder())
    remove_unfinished_reports(job.settings.out)
    if job.command == "resume":
        job.ledger.reopen(job.run.run_id, leg=job.run.leg)
    with refusal_on_record(job.ledger, job.run):
        yield


def _question_rules(settings: Settings, stop: StopSignal, deadline: float, bars: ProgressBars) -> QuestionRules:
    policy = RetryPolicy(
        time.monotonic,
        stop.sleep,
        deadline=deadline,
        budget_seconds=QUESTION_BUDGET_SECONDS,
        is_stopping=stop.is_requested,
        raise_if_stopped=stop.raise_if_stopped,
        announce=bars.announce,
    )
    return QuestionRules(policy, RateLimiter(Pace(first=FIRST_QUESTIONS, ceiling=settings.rate or inf), policy))
