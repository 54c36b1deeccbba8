"""The topic of the guide about each error, and about each exit code of a run."""

from collections.abc import Mapping
from types import MappingProxyType

from onboarding.model.errors import (
    AccessRefused,
    ConfigurationError,
    DeadlinePassed,
    DestinationClosed,
    DestinationHeld,
    ExitCode,
    GuardHit,
    HoldLost,
    InputRefused,
    Interrupted,
    LedgerBehind,
    LedgerFailed,
    MemoryExhausted,
    NothingToResume,
    OutRefused,
    ReportNotWritten,
    RunToBeginAgain,
    StillThrottled,
    ThreadsExhausted,
)

OTHERWISE = "troubleshooting"
"""The topic that explains all errors without a topic of their own, such as a bug."""

NO_TOPIC = ""

TOPIC_OF_ERROR: Mapping[type[BaseException], str] = MappingProxyType(
    {
        ConfigurationError: "settings",
        OutRefused: OTHERWISE,
        InputRefused: "exports-and-policy",
        GuardHit: "safety-and-ledger",
        DestinationClosed: "destinations-and-permissions",
        AccessRefused: "destinations-and-permissions",
        StillThrottled: "exit-codes",
        DeadlinePassed: "exit-codes",
        LedgerBehind: "safety-and-ledger",
        DestinationHeld: "safety-and-ledger",
        HoldLost: "safety-and-ledger",
        LedgerFailed: "safety-and-ledger",
        Interrupted: "exit-codes",
        KeyboardInterrupt: "exit-codes",
        NothingToResume: NO_TOPIC,
        RunToBeginAgain: "safety-and-ledger",
        ReportNotWritten: "reports-and-schemas",
        MemoryExhausted: "performance",
        MemoryError: "performance",
        ThreadsExhausted: "performance",
    }
)
"""The topic of each class of errors. A class that is not listed takes the topic of its base class, or ``OTHERWISE``."""

TOPIC_OF_CODE: Mapping[int, str] = MappingProxyType(
    {
        ExitCode.SETTLED: NO_TOPIC,
        ExitCode.INTERNAL: OTHERWISE,
        ExitCode.USAGE: "settings",
        ExitCode.PARTIAL: "exit-codes",
        ExitCode.INPUT_REFUSED: "exports-and-policy",
        ExitCode.GUARD: "safety-and-ledger",
        ExitCode.IN_DOUBT: "safety-and-ledger",
        ExitCode.CLOSED: "destinations-and-permissions",
        ExitCode.STOPPED: "exit-codes",
        ExitCode.HELD: "safety-and-ledger",
        ExitCode.INTERRUPTED: "exit-codes",
        ExitCode.TERMINATED: "exit-codes",
    }
)
"""The topic that explains each exit code of a run with a summary."""


def topic_of(error: BaseException) -> str:
    """Return the topic of the guide that explains an error, or an empty text if the operator can mend nothing."""
    kinds = (TOPIC_OF_ERROR[kind] for kind in type(error).__mro__ if kind in TOPIC_OF_ERROR)
    return next(kinds, OTHERWISE)
