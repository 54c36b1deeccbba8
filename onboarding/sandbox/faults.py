"""Which requests shall go wrong, and how?

Two sources of trouble: a token bucket that throttles whoever is too fast, and a script of faults, each for a number
of requests.
"""

import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from onboarding.errors import ConfigurationError
from onboarding.sandbox.documents import check_fields


class Kind(StrEnum):
    """What happens to a request. "Act" is what the service does for the request, mails included."""

    ERROR = "error"
    RESET = "reset"
    ACT_THEN_RESET = "act_then_reset"
    ACT_THEN_FAIL = "act_then_fail"
    ACT_THEN_HANG = "act_then_hang"
    ACT_THEN_OMIT = "act_then_omit"


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script: let ``after`` requests pass, then do ``kind`` to ``count`` requests.

    ``operation`` limits it to one operation; empty means any. ``error`` is the modelled name for ``ERROR``,
    ``seconds`` how long ``ACT_THEN_HANG`` keeps silent before it resets the connection, ``entries`` how many
    entries at the end of the answer's lists ``ACT_THEN_OMIT`` leaves out. Raises ``ValueError`` on a senseless one.
    """

    kind: Kind
    operation: str = ""
    count: int = 1
    after: int = 0
    error: str = ""
    seconds: float = 60
    entries: int = 1

    def __post_init__(self) -> None:
        if (self.kind is Kind.ERROR) != bool(self.error):
            raise ValueError("error names the modelled error of a fault of kind error, and of no other kind")
        if self.count < 1 or self.after < 0 or self.entries < 1 or not 0 < self.seconds <= MAX_HANG_SECONDS:
            raise ValueError(
                f"count and entries start at 1, after at 0, and seconds lie above 0 and up to {MAX_HANG_SECONDS}"
            )

    @classmethod
    def from_document(cls, document: object) -> "Fault":
        """Read a fault from JSON; raises ``ValueError`` on an unknown field or a wrong type."""
        fields = check_fields(document, _FIELD_TYPES)
        if fields.get("kind") not in set(Kind):
            raise ValueError(f"kind is none of {', '.join(Kind)}")
        return cls(**{**fields, "kind": Kind(fields["kind"])})  # type: ignore[arg-type]  # checked above, by name


MAX_HANG_SECONDS = 600
"""No request is held longer than this, whatever a fault says."""

_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    "kind": (str,),
    "operation": (str,),
    "count": (int,),
    "after": (int,),
    "error": (str,),
    "seconds": (int, float),
    "entries": (int,),
}


class Faults:
    """Hold the script and say which fault a request meets. Usable from any thread."""

    def __init__(self, *, operations: Collection[str], errors: Collection[str]) -> None:
        self._operations = operations
        self._errors = errors
        self._lines: list[_Line] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault behind those already there. Raises ``ValueError`` if it names nothing that the service has."""
        if fault.operation and fault.operation not in self._operations:
            raise ValueError(f"operation is none of {', '.join(sorted(self._operations))}")
        if fault.error and fault.error not in self._errors:
            raise ValueError(f"error is none of {', '.join(sorted(self._errors))}")
        with self._lock:
            self._lines.append(_Line(fault, fault.after, fault.count))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._lines.clear()

    def take(self, operation: str) -> Fault | None:
        """Return the fault that the next request meets: the first line that is due. Later lines see it pass."""
        due = None
        with self._lock:
            for line in self._lines:
                if line.fault.operation not in {"", operation}:
                    continue
                if line.to_pass:
                    line.to_pass -= 1
                elif due is None:
                    line.to_hit -= 1
                    due = line.fault
            self._lines = [line for line in self._lines if line.to_hit]
        return due


class TokenBucket:
    """Let ``rate`` requests a second through, and ``burst`` at once after a rest."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        if not 0 < rate < math.inf or burst < 1:
            raise ConfigurationError("The sandbox's rate must be above 0 requests a second, and its burst at least 1.")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()
        self._lock = Lock()

    def take(self) -> float:
        """Take a token and return 0, or take none and return the seconds until there is one."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens < 1:
                return (1 - self._tokens) / self._rate
            self._tokens -= 1
            return 0.0


@dataclass(slots=True)
class _Line:
    fault: Fault
    to_pass: int
    to_hit: int
