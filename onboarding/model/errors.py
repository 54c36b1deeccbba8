"""Which failure ends a run, and with which exit code?

Everything that a user may see as one plain line is an ``OnboardingError``; anything else is a bug (exit 1)::

    OnboardingError           1   as LedgerFailed, ReportNotWritten, NoScratch or BooksDoNotBalance
    ├── ConfigurationError    2   a wrong flag, setting, variable or file of settings
    ├── InputRefused          4   an export that cannot be read safely; nothing was sent
    ├── GuardHit              5   a guard stopped the run; nothing was sent
    ├── DestinationClosed     7   not authorised, wrong account type, unknown account, or the service is gone
    ├── AccessRefused         7   S3 lets nobody read or write there with these credentials (in ``s3``)
    ├── StillThrottled        8   the service did not get to the first question (in ``sending.question``)
    ├── DestinationHeld      11   another run holds this destination
    └── Interrupted    130, 143   a signal came before anything was sent

What a single request may answer lives with the port it belongs to, in ``destinations.base``: those errors end
a chunk, never a run. Codes 3, 6, 130 and 143, and 8 once something was sent, are not errors; they say how a run that
worked has ended.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells the shell; other people's scripts rely on these numbers."""

    SETTLED = 0
    INTERNAL = 1
    USAGE = 2
    PARTIAL = 3
    INPUT_REFUSED = 4
    GUARD = 5
    IN_DOUBT = 6
    CLOSED = 7
    STOPPED = 8
    HELD = 11
    INTERRUPTED = 130
    TERMINATED = 143


class OnboardingError(Exception):
    """Carry one plain line for the user: what is wrong, where, and what to do about it."""

    exit_code: ExitCode = ExitCode.INTERNAL


class ConfigurationError(OnboardingError):
    """A flag, a setting, an environment variable or a file of settings is wrong."""

    exit_code = ExitCode.USAGE


class InputRefused(OnboardingError):
    """An export cannot be read safely. Raised before anything is sent."""

    exit_code = ExitCode.INPUT_REFUSED


class GuardHit(OnboardingError):
    """A guard stopped the run. Raised before anything is sent."""

    exit_code = ExitCode.GUARD


class DestinationClosed(OnboardingError):
    """The destination will take nothing from this run: credentials, account type, account, or its very end."""

    exit_code = ExitCode.CLOSED


class Interrupted(OnboardingError):
    """A signal asked the run to stop, and it has sent nothing yet."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__("Stopped by a signal before anything was sent; run again.")
        self.exit_code = exit_code


class DestinationHeld(OnboardingError):
    """Another run holds this destination."""

    exit_code = ExitCode.HELD


class NothingToResume(OnboardingError):
    """No run was interrupted. That is no failure."""

    exit_code = ExitCode.SETTLED


class ReportNotWritten(OnboardingError):
    """A report could not be written to its end. What was sent is in the ledger."""


class LedgerFailed(OnboardingError):
    """The ledger could not be read or written. Never carries what a statement held, since that is an address."""


class ConstraintViolated(LedgerFailed):
    """The database refused a row that contradicts another row of the ledger."""


class AlreadyClaimed(LedgerFailed):
    """An address of a chunk is claimed or invited already."""


class IllegalStep(LedgerFailed):
    """An outcome does not follow from the state before."""
