"""Which requests shall go wrong, and how? A script of faults, each for a number of requests."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Protocol

from onboarding.sandbox.documents import check_fields, word_of


class Kind(StrEnum):
    """What happens to a request. "Act" is what the service does for the request, mails included."""

    ERROR = "error"
    RESET = "reset"
    ACT_THEN_RESET = "act_then_reset"
    ACT_THEN_FAIL = "act_then_fail"
    ACT_THEN_HANG = "act_then_hang"
    ACT_LATE = "act_late"
    ACT_THEN_OMIT = "act_then_omit"
    ACT_THEN_REORDER = "act_then_reorder"
    ACT_THEN_RECASE = "act_then_recase"
    ACT_THEN_ADD = "act_then_add"
    ACT_THEN_DROP_STATUS = "act_then_drop_status"
    ACT_THEN_CONTRADICT = "act_then_contradict"
    ACT_THEN_TRUNCATE = "act_then_truncate"
    ACT_THEN_BREAK_OFF = "act_then_break_off"
    ACT_THEN_MOVE = "act_then_move"
    ACT_THEN_REPEAT = "act_then_repeat"


class Loss(StrEnum):
    """How the answer is lost to a request on which the service acts late."""

    RESET = "reset"
    HANG = "hang"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script: let ``after`` requests pass, then do ``kind`` to ``count`` requests.

    ``operation`` limits it to one operation and ``service`` to one service, which matters where both have one of that
    name; empty means any. ``error`` is the modelled name for ``ERROR``, met only by the service that has such an error,
    ``seconds`` how long ``ACT_THEN_HANG`` keeps silent before it resets the connection, or after which time
    ``ACT_LATE`` acts, ``entries`` how many entries of the answer are odd, ``loss`` what ``ACT_LATE`` answers with at
    once: a reset, silence until it acts, or a 500. Raises ``ValueError`` on a senseless one.
    """

    kind: Kind
    operation: str = ""
    count: int = 1
    after: int = 0
    error: str = ""
    seconds: float = 60
    entries: int = 1
    loss: Loss = Loss.RESET
    service: str = ""

    def __post_init__(self) -> None:
        if (self.kind is Kind.ERROR) != bool(self.error):
            raise ValueError("error names the modelled error of a fault of kind error, and of no other kind")
        if self.kind in PAGING_KINDS and self.operation != "ListUsers":
            raise ValueError(f"{self.kind} is about pages: operation must be ListUsers")
        if self.count < 1 or self.after < 0 or self.entries < 1 or not 0 < self.seconds <= MAX_SECONDS:
            raise ValueError(
                f"count and entries start at 1, after at 0, and seconds lie above 0 and up to {MAX_SECONDS}"
            )

    @classmethod
    def from_document(cls, document: object) -> "Fault":
        """Read a fault from JSON; raises ``ValueError`` on an unknown field or a wrong type."""
        fields = check_fields(document, _FIELD_TYPES)
        kind = word_of(Kind, "kind", fields.get("kind"))
        loss = word_of(Loss, "loss", fields.get("loss", Loss.RESET))
        return cls(**{**fields, "kind": kind, "loss": loss})  # type: ignore[arg-type]  # checked above, by name


PAGING_KINDS = frozenset({Kind.ACT_THEN_MOVE, Kind.ACT_THEN_REPEAT})
"""Those that only a listing can meet."""

MAX_SECONDS = 600
"""No request is held longer than this, nor acted on later, whatever a fault says."""

_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    "kind": (str,),
    "operation": (str,),
    "count": (int,),
    "after": (int,),
    "error": (str,),
    "seconds": (int, float),
    "entries": (int,),
    "loss": (str,),
    "service": (str,),
}


class Offers(Protocol):
    """What a service has that a fault may name."""

    @property
    def operations(self) -> Collection[str]:
        """The names of its operations."""

    @property
    def errors(self) -> Collection[str]:
        """The names of its errors."""


class Faults:
    """Hold the script and say which fault a request meets. Usable from any thread."""

    def __init__(self, services: Mapping[str, Offers]) -> None:
        self._services = services
        self._lines: list[_Line] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault behind those already there. Raises ``ValueError`` if it names nothing that the services have."""
        services = _having(self._services, "service", fault.service, lambda name: {name})
        services = _having(services, "operation", fault.operation, lambda name: self._services[name].operations)
        services = _having(services, "error", fault.error, lambda name: self._services[name].errors)
        with self._lock:
            self._lines.append(_Line(fault, frozenset(services), fault.after, fault.count))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._lines.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """Return the fault that the next request meets: the first line that is due. Later lines see it pass."""
        due = None
        with self._lock:
            for line in self._lines:
                if service not in line.services or line.fault.operation not in {"", operation}:
                    continue
                if line.to_pass:
                    line.to_pass -= 1
                elif due is None:
                    line.to_hit -= 1
                    due = line.fault
            self._lines = [line for line in self._lines if line.to_hit]
        return due


@dataclass(slots=True)
class _Line:
    fault: Fault
    services: frozenset[str]
    to_pass: int
    to_hit: int


def _having(
    services: Collection[str], field: str, word: str, words_of: Callable[[str], Collection[str]]
) -> Collection[str]:
    """Return those of the services that have the word of a fault's field, if it has one."""
    having = [service for service in services if not word or word in words_of(service)]
    if not having:
        known = {known for service in services for known in words_of(service)}
        raise ValueError(f"{field} is none of {', '.join(sorted(known))}")
    return having
