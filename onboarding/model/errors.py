"""The errors that end a run, the exit codes of the process, and a tree of every error in the package.

An ``OnboardingError`` ends a run with one plain line for the user and an exit code. All such errors are defined here::

    OnboardingError                   1
    ├── ConfigurationError            2         a flag, a setting, a variable or a file of settings is wrong
    │   ├── OutRefused                2         no report can be written to the folder that ``--out`` names
    │   ├── UnknownRun                2         the ledger has no run with the id that the operator named
    │   └── SeveralInterrupted        2         several runs were interrupted, and the operator must name one of them
    ├── InputRefused                  4         an export cannot be read safely; nothing was sent
    ├── GuardHit                      5         a guard stopped the run; nothing was sent
    ├── DestinationClosed             7         not authorised, wrong account type, or the service is gone
    ├── AccessRefused                 7         S3 or Secrets Manager refuses these credentials
    ├── StillThrottled                8         the service throttled a question for too long; nothing was sent
    ├── LedgerBehind                  8         the ledger lacks requests of this machine; nothing was sent
    ├── DeadlinePassed                8         the deadline came before a reading or a sending; nothing was sent
    ├── DestinationHeld               11        another run holds this destination
    ├── HoldLost                      11        this run held the destination and has lost it; nothing more is sent
    ├── Interrupted                   130, 143  a signal came before anything was sent
    ├── NothingToResume               0         no run was interrupted, which is no failure
    │   └── RunToBeginAgain           8         the run has sent nothing and must begin again (5 after a guard)
    ├── ReportNotWritten              1         a report could not be written completely
    ├── ReconciliationFailed          1         rows read and rows reported differ, which is a bug
    ├── ScratchFailed                 1         temporary files could not be written; nothing was sent
    ├── ThreadsExhausted              1         the system gives the process no thread to send with
    ├── MemoryExhausted               1         the system gives the process too little memory for any run
    ├── ClusterLost                   1         a Dask cluster cannot go on with its work
    ├── WorkerFailed                  1         the work for a part of the input or for one account failed: a bug
    └── LedgerFailed                  1         the ledger could not be read or written
        ├── LedgerBusy                8         another process keeps the file of the ledger locked
        ├── LedgerDisconnected        8         the connection to the database of the ledger was lost
        ├── ConstraintViolated        1         the database refused a contradictory row
        ├── AlreadyClaimed            1         an address of a chunk is claimed or invited already
        └── IllegalStep               1         an invite cannot go from its state to an outcome

Other errors never reach the user. The package that defines an error, or a caller of the package, turns the error into
an outcome, a row's reason or an ``OnboardingError``. An error that is missing here is a bug, with exit code 1::

    RequestError                      destinations.port            a request to the service did not succeed
    ├── Refused                       destinations.port            a definite 4xx; nothing was applied
    ├── Throttled                     destinations.port            429; nothing was applied
    ├── Unreachable                   destinations.port            no connection was made; nothing was applied
    │   └── ClaimExpired              sending.departure            the request did not leave, since its claim took long
    └── Unconfirmed                   destinations.port            the request may have been applied
    TurnMissed                        sending.retry                the run ended before the rate allowed a request
    RefusedThroughout                 sending.deliver              the service refuses every request of the run
    Unreadable                        exports.tables               a file cannot be read safely
    └── NotCorrectable                exports.layout.corrections   a workbook has no column of corrections
    UndecodableText                   exports.text.encoding        a text is not in its encoding
    SheetXmlTooLong                   exports.sheet_xml            a row of a sheet is longer than any real row
    NotText                           exports.parquet_text         a column's values cannot be written into cells
    FailedCall                        runtime.aws_access           never raised: the cause of an error of botocore
    RequestCut                        runtime.request_limits      a call took too long, or the run ends
    UnusableDestination               runtime.destination_registry  an added folder is no destination
    S3Failed                          runtime.s3                   a request to S3 failed
    NotDelivered                      runtime.apprise_services     Apprise could not deliver a message
    DeliveryFailed                    reports.notify.delivery      a notification did not arrive
    Rejection                         sandbox.simulation.protocol  the sandbox refuses a request
    InvalidShape                      sandbox.simulation.shapes    a request to the sandbox breaks the service model
    NoAnswer                          sandbox.services             the sandbox resets a connection

Exit codes 3 and 6 are no errors, and code 8 is no error if the run has sent something. A run with one of these codes
has worked, and the code says how it ended.
"""

from collections.abc import Mapping
from enum import IntEnum

from onboarding.model.mistyped import Mistyped


class ExitCode(IntEnum):
    """The exit code of the process. Other people's scripts rely on these numbers."""

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
    """An error whose text is one plain line for the user: what is wrong, where, and what to do about it."""

    exit_code: ExitCode = ExitCode.INTERNAL
    quotes_input: bool = False
    """Whether the text may quote a path, a header or a cell of an export. No notification repeats such a text."""
    notice: str = ""
    """The text for notifications in place of an error text that may quote an export. It may be empty."""
    run_id: str = ""
    """The run that the error has ended, or empty if no run is on record."""
    remedy_flags: tuple[str, ...] = ()
    """The words to add to the command line so that the same command works, or empty without such words."""
    mistyped: Mistyped | None = None
    """The mistyped word that may have caused the error, on the command line or in a file of settings."""
    next_command: str | None = None
    """The shell command that helps. With None, the class of the error decides which command helps."""


class ConfigurationError(OnboardingError):
    """A flag, a setting, an environment variable or a file of settings is wrong."""

    exit_code = ExitCode.USAGE
    quotes_input = True

    def __init__(self, message: str, *, remedy_flags: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.remedy_flags = remedy_flags


class OutRefused(ConfigurationError):
    """No report can be written to the folder that ``--out`` names. Nothing was sent."""


class UnknownRun(ConfigurationError):
    """The ledger has no run with the id that the operator named."""


class SeveralInterrupted(ConfigurationError):
    """Several runs were interrupted, and the operator must name the run. ``run_id`` is the id of one of these runs."""


class InputRefused(OnboardingError):
    """An export cannot be read safely. The run raises this error before it sends anything."""

    exit_code = ExitCode.INPUT_REFUSED
    quotes_input = True

    def __init__(self, message: str, *, plan_settings: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.plan_settings = plan_settings
        """The changed settings of a plan that must be made again; ``{}`` if they are not known, None without a plan."""


class GuardHit(OnboardingError):
    """A guard stopped the run. The run raises this error before it sends anything."""

    exit_code = ExitCode.GUARD


class DestinationClosed(OnboardingError):
    """The destination accepts nothing from this run: wrong credentials or account, or the service is gone."""

    exit_code = ExitCode.CLOSED


class AccessRefused(OnboardingError):
    """S3 or Secrets Manager refuses these credentials, there are no credentials, or a secret cannot be fetched."""

    exit_code = ExitCode.CLOSED
    quotes_input = True


class StillThrottled(OnboardingError):
    """The service throttled a question for too long, or the deadline came before the answer. Nothing was sent."""

    exit_code = ExitCode.STOPPED


class DeadlinePassed(OnboardingError):
    """The deadline came before an export in S3 was read, or before an account's turn. Nothing was sent."""

    exit_code = ExitCode.STOPPED


class LedgerBehind(OnboardingError):
    """The ledger lacks the last requests of this machine. The service may not list the people in these requests yet.

    The ledger is an older copy, or another ledger contains the requests. Nothing was sent.
    """

    exit_code = ExitCode.STOPPED


class DestinationHeld(OnboardingError):
    """Another run holds this destination."""

    exit_code = ExitCode.HELD


class HoldLost(OnboardingError):
    """The run has lost the lock on its destination. It sends and records nothing more.

    The ledger contains the record of all sent requests. Requests without an answer yet are in doubt.
    """

    exit_code = ExitCode.HELD


class Interrupted(OnboardingError):
    """A signal asked the run to stop before it had sent anything."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__("Stopped by a signal before anything was sent; run again.")
        self.exit_code = exit_code


class NothingToResume(OnboardingError):
    """The operator asked to resume a run, but no run was interrupted. This is no failure."""

    exit_code = ExitCode.SETTLED


class RunToBeginAgain(NothingToResume):
    """The operator asked to resume a run that has sent nothing. The operator must begin the run again.

    ``run_id`` is the id of the run, and ``command`` the command that began the run. ``settings`` are the settings of
    the run, in the form of JSON. If a guard stopped the run, the exit code is ``GUARD``.
    """

    exit_code = ExitCode.STOPPED

    def __init__(self, message: str, *, run_id: str, command: str, settings: Mapping[str, object]) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.command = command
        self.settings = settings


class ReportNotWritten(OnboardingError):
    """A report could not be written completely, or could not be read again. The ledger contains all sent requests."""


class ReconciliationFailed(OnboardingError):
    """The numbers of rows read and rows reported differ. This difference is a bug, and stops the run."""


class ScratchFailed(OnboardingError):
    """The temporary files of rows could not be written. Nothing was sent."""


class MemoryExhausted(OnboardingError):
    """The system gives this process too little memory for any run. Nothing was read or sent."""


class ThreadsExhausted(OnboardingError):
    """The system gives this process no thread for sending. Nothing was claimed."""


class ClusterLost(OnboardingError):
    """A Dask cluster cannot go on with its work."""


class WorkerFailed(OnboardingError):
    """The work for a part of the input or for one of many accounts failed, which is a bug. The text quotes no data."""


class LedgerFailed(OnboardingError):
    """The ledger could not be read or written. The text quotes no values of SQL, since they may be addresses."""


class LedgerBusy(LedgerFailed):
    """Another process kept the file of the ledger locked for too long. A later run settles what this run has sent."""

    exit_code = ExitCode.STOPPED


class LedgerDisconnected(LedgerFailed):
    """The connection to the ledger's database was lost. The run sends nothing more; a later run settles the rest."""

    exit_code = ExitCode.STOPPED


class ConstraintViolated(LedgerFailed):
    """The database refused a record that contradicts another record of the ledger."""


class AlreadyClaimed(LedgerFailed):
    """An address of a chunk is claimed or invited already."""


class IllegalStep(LedgerFailed):
    """An invite cannot go from its state in the ledger to an outcome."""
