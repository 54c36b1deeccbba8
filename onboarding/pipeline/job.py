"""What does a run need, and in which order is it opened?

Cheapest refusal first: the destination's name, the ledger, the hold on the destination, and only then a question to the
service. What an earlier run left in doubt is settled before anything is decided.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import structlog

from onboarding import __version__
from onboarding.destinations import InviteService, OpenedDestination, open_destination
from onboarding.ledger import Ledger
from onboarding.model.columns import as_array, text_array
from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.outcomes import State
from onboarding.model.plan import Again, Scope
from onboarding.model.rows import is_open
from onboarding.model.run import Run, now, timestamp
from onboarding.model.sent import SettledDoubts
from onboarding.pipeline.saved_plan import Header
from onboarding.preparing import Census, Guarded, mark_known
from onboarding.reports import PresenceFigures
from onboarding.runtime.signals import StopSignal
from onboarding.runtime.terminal import ProgressBars, progress_bars
from onboarding.sending import (
    QUESTION_BUDGET_SECONDS,
    REQUEST_BUDGET_SECONDS,
    DoubtSettler,
    MemberLookup,
    Pace,
    Questions,
    RateLimited,
    RateLimiter,
    Replay,
    Resend,
    RetryPolicy,
)
from onboarding.settings.settings import Settings
from onboarding.settings.values import read_duration

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = structlog.get_logger()


FIRST_QUESTIONS = 100.0
"""So many a second are allowed before the first 429: one is asked after the other's answer, so they hurry nobody."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A run with everything it needs, open, and what is to be said of it in the end."""

    run: Run
    command: str
    settings: Settings
    s3: Callable[[], "S3Client"]
    ledger: Ledger
    opened: OpenedDestination
    account_name: str
    stop: StopSignal
    policy: RetryPolicy
    """For questions; it ends with the run's deadline at the latest."""
    limiter: RateLimiter
    """Of questions."""
    presence: MemberLookup
    pace: Pace
    """Of requests that mail people; the service may count the others apart."""
    bars: ProgressBars
    not_in_ledger: int = 0
    not_shown: int = 0
    confirmed: SettledDoubts = field(default_factory=SettledDoubts)
    census: Census = field(default_factory=Census)
    guarded: Guarded | None = None
    """What the guards said, once the census was complete."""
    approved: Header | None = None
    """What the saved plan says of itself that this run is to send."""
    counts: dict[str, int] = field(default_factory=dict)
    """Of rows by disposition, once all are told."""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def sends(self) -> bool:
        """Whether people are mailed; False where the path stops after the plan."""
        return self.command != "plan"

    @property
    def sending_policy(self) -> RetryPolicy:
        """For requests that mail people."""
        return replace(self.policy, budget_seconds=REQUEST_BUDGET_SECONDS)

    @property
    def known(self) -> PresenceFigures:
        """What was found out about those who are there."""
        return PresenceFigures(self.presence.pages, self.presence.look_ups, self.not_in_ledger, self.not_shown)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Note how long a phase takes."""
        begun = time.monotonic()
        yield
        self.seconds[phase] = round(self.seconds.get(phase, 0) + time.monotonic() - begun, 3)

    def remember_rate(self) -> None:
        """Departure to the next run what the service allows, if it was found out."""
        if self.pace.learnt is not None:
            log.info("pace.learnt", per_second=round(self.pace.learnt, 2))
            self.ledger.remember_rate(self.run.scope, self.pace.learnt)

    def leave_out_known(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return decided rows without the candidates whom the ledger or the service knows.

        Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
        """
        self.stop.raise_if_stopped()
        candidates = pa.array(is_open(frame))
        emails, keys = (as_array(frame[name]).filter(candidates) for name in ("email", "key"))
        remembered = self.ledger.live_invites(self.run.scope, pd.Series(text_array(keys)))
        there = self.presence.memberships(emails, keys)
        if remembered.empty and not there:
            return frame
        invited = set(remembered.loc[remembered["state"] == State.INVITED, "key"])
        self.not_in_ledger += len(there.keys() - invited)
        self.not_shown += len(invited - there.keys())
        return mark_known(frame, remembered, there, again=self._again())

    def _again(self) -> Again | None:
        """Return who may be invited again, if anybody may: also in a run that is resumed, as it was told at first."""
        told = self.run.settings
        if not (after := told.get("reinvite_after")):
            return None
        before = self.run.started_at - read_duration(str(after), flag="--reinvite-after")
        return Again(before=timestamp(before), times=int(str(told["reinvite_times"])))

    def asking(self, service: InviteService) -> InviteService:
        """Return a service as questions reach it: at their rate, and again as the policy says."""
        return Questions(RateLimited(service, self.limiter), self.policy)

    def settle_doubts(self) -> SettledDoubts:
        """Ask the service about everything that is in doubt."""
        confirmer = DoubtSettler(
            self.asking(self.opened.destination),
            self.ledger,
            self.policy,
            now=now,
            settle_seconds=self.settings.settle_seconds,
            resend=Resend(self.settings.resend_unconfirmed),
            replay=Replay(self.asking(self.opened.destination), self.ledger),
        )
        with self.timed("confirm"):
            confirmed = confirmer.confirm(self.run.scope)
        self.confirmed += confirmed
        return confirmed


def open_job(
    settings: Settings,
    stack: ExitStack,
    *,
    command: str,
    s3: Callable[[], "S3Client"],
    choose: Callable[[Ledger, Scope], Run] | None = None,
    stop: StopSignal | None = None,
    shared: AbstractContextManager[Ledger] | None = None,
) -> Job:
    """Open all that a run needs, for as long as the stack. ``choose`` finds the earlier run that is to be continued.

    ``stop`` says when to stop; without one, the process's signals do. ``shared`` is the ledger
    that the settings name, if others in this process have it open.
    Raises an ``OnboardingError`` where it cannot begin; nothing was sent then.
    """
    deadline = time.monotonic() + settings.deadline.total_seconds() if settings.deadline else inf
    opened = stack.enter_context(open_destination(settings))
    ledger = stack.enter_context(shared or Ledger.open(settings.ledger_place(), clock=now))
    scope = opened.destination.scope
    run = choose(ledger, scope).resumed() if choose else _new_run(scope, command, settings)
    stack.enter_context(structlog.contextvars.bound_contextvars(run_id=run.run_id))
    if command != "plan":
        stack.enter_context(ledger.hold(run))
        ledger.doubt(scope)
    ceiling = settings.rate or inf
    stop = stack.enter_context(stop or StopSignal())
    shown = stack.enter_context(progress_bars(enabled=not (settings.quiet or settings.no_progress)))
    policy = _retry_policy(stop, deadline)
    limiter = RateLimiter(Pace(first=FIRST_QUESTIONS, ceiling=ceiling), policy)
    service = Questions(RateLimited(opened.destination, limiter), policy)
    job = Job(
        run=run,
        command=command,
        settings=settings,
        s3=s3,
        ledger=ledger,
        opened=opened,
        account_name=service.check(),
        stop=stop,
        policy=policy,
        limiter=limiter,
        presence=MemberLookup(service, advance=shown.bar("asking who is there")),
        pace=Pace(known=ledger.rate(scope), ceiling=ceiling),
        bars=shown,
    )
    if job.sends:
        job.settle_doubts()
    return job


@contextmanager
def on_record(job: Job) -> Iterator[None]:
    """Record in the ledger that the run has begun, and how it ends if it fails."""
    if job.command == "resume":
        job.ledger.reopen(job.run.run_id)
    else:
        job.ledger.begin(job.run)
    try:
        yield
    except OnboardingError as error:
        # That a guard has stopped the run holds whatever fails then, since such a run is never resumed.
        is_stopped = job.guarded is not None and job.guarded.is_stopped
        job.ledger.end(job.run.run_id, exit_code=ExitCode.GUARD if is_stopped else error.exit_code, counts=job.counts)
        raise


def _retry_policy(stop: StopSignal, deadline: float) -> RetryPolicy:
    return RetryPolicy(
        time.monotonic,
        stop.sleep,
        deadline=deadline,
        budget_seconds=QUESTION_BUDGET_SECONDS,
        is_stopping=stop.is_requested,
        raise_if_stopped=stop.raise_if_stopped,
    )


def _new_run(scope: Scope, command: str, settings: Settings) -> Run:
    return Run(
        run_id=f"{now():%Y%m%dT%H%M%SZ}-{token_hex(3)}",
        scope=scope,
        command=command,
        version=__version__,
        started_at=now(),
        settings=settings.public(),
    )
