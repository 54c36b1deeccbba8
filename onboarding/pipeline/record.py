"""The record of a run in the ledger from its first moment, so that refused runs are on record, too.

``begun_run`` first opens the destination and the ledger of a run. Then it records that the run has begun, and records
the end if the run is refused. ``job`` opens all other things, and records later failures.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from math import inf
from secrets import token_hex

from onboarding import __version__
from onboarding.destinations import OpenedDestination, open_destination
from onboarding.ledger import Ledger
from onboarding.model.errors import ExitCode, HoldLost, LedgerBusy, LedgerDisconnected, OnboardingError
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.model.values import dataclass
from onboarding.runtime.logs import name_run
from onboarding.runtime.signals import StopSignal
from onboarding.settings.next_command import NO_ORIGIN
from onboarding.settings.settings import Settings

ChooseRun = Callable[[Ledger, Scope], Run]
"""A function that finds the earlier run to continue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRun:
    """A run that has begun, with its open ledger and destination.

    ``stop`` says when to stop the run, and ``ends_at`` is the run's deadline (``time.monotonic``). The other fields are
    explained in ``Job``.
    """

    run: Run
    command: str
    ledger: Ledger
    opened: OpenedDestination
    stop: StopSignal
    ends_at: float


@contextmanager
def begun_run(
    settings: Settings,
    command: str,
    *,
    choose: ChooseRun | None = None,
    stop: StopSignal | None = None,
    origin: Mapping[str, str] = NO_ORIGIN,
) -> Iterator[BegunRun]:
    """Open the destination and the ledger of a run for the length of the block, and record that the run has begun.

    ``command`` is the command of this process. If ``choose`` is None, the run is new. Otherwise, this process resumes
    the earlier run that ``choose`` finds. ``stop`` says when to stop the run. With None, a signal to the process does
    so. If the block fails before it has recorded an end, this function records the end. ``origin`` is recorded among
    the settings of a new run (``next_command.origin_of`` explains an origin). Raises ``ConfigurationError`` if the
    destination or the ledger cannot be opened. Also raises the errors of ``choose``.
    """
    with ExitStack() as stack:
        begun = open_run(settings, stack, command, choose=choose, stop=stop)
        name_run(begun.run.run_id)
        if choose is None:
            begun = replace(begun, run=replace(begun.run, settings={**begun.run.settings, **origin}))
            begun.ledger.begin(begun.run)
        else:
            begun = replace(begun, run=begun.ledger.begin_leg(begun.run, command))
        stack.enter_context(refusal_on_record(begun.ledger, begun.run))
        yield begun


def open_run(
    settings: Settings,
    stack: ExitStack,
    command: str,
    *,
    choose: ChooseRun | None = None,
    stop: StopSignal | None = None,
    ledger: Ledger | None = None,
) -> BegunRun:
    """Open the destination and the ledger of a run, until ``stack`` closes. Nothing is recorded.

    ``command`` is the command of this process. ``choose`` finds the earlier run to resume. With None, the run is new.
    ``stop`` says when to stop the run. With None, a signal to the process does so. ``ledger`` is an open ledger, which
    stays open after ``stack`` closes. With None, the function opens the ledger that the settings name. Raises
    ``ConfigurationError`` if the destination or the ledger cannot be opened. Also raises the errors of ``choose``.
    """
    stop = stop or StopSignal()
    stop.ends_at = time.monotonic() + settings.deadline.total_seconds() if settings.deadline else inf
    opened = stack.enter_context(open_destination(settings, cut=stop))
    ledger = ledger or stack.enter_context(open_ledger(settings))
    scope = opened.destination.scope
    run = choose(ledger, scope).resumed() if choose else new_run(scope, command, settings)
    return BegunRun(run=run, command=command, ledger=ledger, opened=opened, stop=stop, ends_at=stop.ends_at)


@contextmanager
def refusal_on_record(ledger: Ledger, run: Run) -> Iterator[None]:
    """If the block fails before an end is on record, record the exit code of the error as the end.

    The function records the end of this process's work on the run. If the block lost the ledger or the hold on the
    destination, no end is recorded, as if the process had been killed. If the end cannot be recorded, the function
    still raises the error of the block.
    """
    try:
        yield
    except (HoldLost, LedgerBusy, LedgerDisconnected) as error:
        error.run_id = run.run_id
        raise  # the run ends as if its process had died: another run may use the ledger, or nobody can write to it
    except (OnboardingError, KeyboardInterrupt) as error:
        exit_code = ExitCode.INTERRUPTED
        if isinstance(error, OnboardingError):
            error.run_id, exit_code = run.run_id, error.exit_code
        with suppress(OnboardingError):
            ledger.fail(run.run_id, leg=run.leg, exit_code=exit_code)
        raise


def record_refusal(settings: Settings, command: str, error: OnboardingError) -> None:
    """Record a run that was refused with ``error`` before its settings were complete.

    If the settings do not name the destination of the run, nothing is recorded.
    """
    with suppress(OnboardingError), begun_run(settings, command):
        raise error


def new_run(scope: Scope, command: str, settings: Settings) -> Run:
    """Return a run that begins now, with a new id. ``command`` is the command of this process."""
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
