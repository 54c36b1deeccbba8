"""The faults that the sandbox simulates on demand, and the checks of JSON documents in control requests.

The body of a control request is a JSON document, such as the description of a fault.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from threading import Lock
from typing import Protocol, TypeVar

from onboarding.model.values import dataclass
from onboarding.sandbox.simulation.behaviour import EntryNames
from onboarding.sandbox.simulation.shapes import Document

Alteration = Callable[[Callable[[Document], Document], Document], Document]
"""A function that replaces an operation and returns the result for the client.

The function has two parameters: the operation, as a function, and the parameters for this operation.
"""


class FaultKind(StrEnum):
    """What happens to a request that meets a fault.

    In these names, to "act" is to carry out the request, mails included. ``DENIED`` and ``EXPIRED`` answer as AWS does
    if the credentials lack the permission or have expired. Such a request does not reach the service. Only tests in
    Python can use ``ALTER``. The function ``alter`` of the fault then carries out the operation and returns another
    result.
    """

    ERROR = "error"
    RESET = "reset"
    ACT_THEN_RESET = "act_then_reset"
    ACT_THEN_FAIL = "act_then_fail"
    ACT_THEN_HANG = "act_then_hang"
    ACT_LATE = "act_late"
    ACT_THEN_OMIT = "act_then_omit"
    ACT_THEN_DROP_STATUS = "act_then_drop_status"
    ACT_THEN_TRUNCATE = "act_then_truncate"
    ACT_THEN_BREAK_OFF = "act_then_break_off"
    DENIED = "denied"
    EXPIRED = "expired"
    ALTER = "alter"


class LostAnswer(StrEnum):
    """How the client loses the answer to a request: by a reset, by silence and then a reset, or by a 500."""

    RESET = "reset"
    HANG = "hang"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in the list of faults: first some requests pass, and then some requests meet the fault.

    - ``kind``: what happens to a request that meets the fault.
    - ``operation``: the operation that the fault is for; empty for all operations.
    - ``service``: the service that the fault is for, since two services may have the same operation; empty for all
      services.
    - ``after``: how many matching requests pass first.
    - ``count``: how many matching requests meet the fault afterwards.
    - ``error``: for ``ERROR``, the error's name in the service model. Only a service that has this error meets the
      fault.
    - ``seconds``: for ``ACT_THEN_HANG``, the silence before the reset; for ``ACT_LATE``, the time until the act.
    - ``entries``: for ``ACT_THEN_OMIT`` and ``ACT_THEN_DROP_STATUS``, how many entries of the answer change.
    - ``loss``: for ``ACT_LATE``, how the client loses the answer.
    - ``alter``: for ``ALTER``, the function that carries out the operation; None for all other kinds.

    Raises ``ValueError`` if the fields contradict each other, or if a number is out of its range.
    """

    kind: FaultKind
    operation: str = ""
    count: int = 1
    after: int = 0
    error: str = ""
    seconds: float = 60
    entries: int = 1
    loss: LostAnswer = LostAnswer.RESET
    service: str = ""
    alter: Alteration | None = None

    def __post_init__(self) -> None:
        if (self.kind is FaultKind.ERROR) != bool(self.error):
            raise ValueError("error names the modelled error of a fault of kind error, and of no other kind")
        if (self.kind is FaultKind.ALTER) != bool(self.alter):
            raise ValueError("alter is for tests in Python, and goes with a fault of kind alter alone")
        if self.count < 1 or self.after < 0 or self.entries < 1 or not 0 < self.seconds <= MAX_SECONDS:
            raise ValueError(
                f"count and entries start at 1, after at 0, and seconds lie above 0 and up to {MAX_SECONDS}"
            )

    @classmethod
    def from_document(cls, document: object) -> "Fault":
        """Return the fault that a decoded JSON document describes.

        Raises ``ValueError`` for an unknown field, for a field of the wrong type, and for fields that ``Fault``
        refuses.
        """
        fields = check_fields(document, _FIELD_TYPES)
        kind = word_of(_KINDS_IN_DOCUMENTS, "kind", fields.get("kind"))
        loss = word_of(LostAnswer, "loss", fields.get("loss", LostAnswer.RESET))
        return cls(**{**fields, "kind": kind, "loss": loss})  # type: ignore[arg-type]  # checked above, by name


MAX_SECONDS = 600
"""The longest time, in seconds, for which a fault may keep a client waiting, or may delay the act of a service."""

EVERY_REQUEST = 10**9
"""The ``count`` of a fault that all requests meet."""

_KINDS_IN_DOCUMENTS = tuple(kind for kind in FaultKind if kind is not FaultKind.ALTER)

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


def apply_fault(fault: Fault, act: Callable[[Document], Document], parameters: Document, names: EntryNames) -> Document:
    """Carry out an operation by a call of ``act``, and return the result with the changes of the fault.

    ``parameters`` are the parameters of the operation. ``names`` are the names of lists and statuses in the service's
    results.
    """
    if fault.alter:
        return fault.alter(act, parameters)
    result, count = act(parameters), fault.entries
    match fault.kind:
        case FaultKind.ACT_THEN_OMIT:
            changed = {name: entries[:-count] for name, entries in result.items() if name in names.lists}
        case FaultKind.ACT_THEN_DROP_STATUS:
            changed = {
                name: [*entries[:-count], *(_without(names.statuses, entry) for entry in entries[-count:])]
                for name, entries in result.items()
                if name in names.lists
            }
        case _:
            changed = {}
    return {**result, **changed}


def _without(names: frozenset[str], entry: Document) -> Document:
    return {name: value for name, value in entry.items() if name not in names}


class Operations(Protocol):
    """The names of a service's operations and errors. A fault may use only these names."""

    @property
    def operations(self) -> Collection[str]:
        """The names of the service's operations."""

    @property
    def errors(self) -> Collection[str]:
        """The names of the service's errors."""


class Faults:
    """The script of faults, which is a list of faults. It says for each request which fault the request meets, if any.

    Any thread may use the script. ``services`` has the operations and errors of each service, by the service's name.
    """

    def __init__(self, services: Mapping[str, Operations]) -> None:
        self._services = services
        self._lines: list[_ScriptLine] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault to the end of the script.

        Raises ``ValueError`` if the fault uses a name that no service has.
        """
        services = _having(self._services, "service", fault.service, lambda name: {name})
        services = _having(services, "operation", fault.operation, lambda name: self._services[name].operations)
        services = _having(services, "error", fault.error, lambda name: self._services[name].errors)
        with self._lock:
            self._lines.append(_ScriptLine(fault, frozenset(services), fault.after, fault.count))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._lines.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """Return the fault that a new request for the operation meets, or None if it meets no fault.

        Each fault first lets ``after`` requests pass. The request meets the first fault for its operation that lets no
        more requests pass. Each fault for the operation that still lets requests pass counts the request.
        """
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
class _ScriptLine:
    fault: Fault
    services: frozenset[str]
    to_pass: int
    to_hit: int


def _having(
    services: Collection[str], field: str, word: str, words_of: Callable[[str], Collection[str]]
) -> Collection[str]:
    """Return the services among ``services`` that have the name ``word``, such as the name of an operation.

    An empty word means all services. ``field`` is the field of the fault that contains the word. ``words_of`` returns
    the names that a service has for this field. Raises ``ValueError`` if no service has the name.
    """
    having = [service for service in services if not word or word in words_of(service)]
    if not having:
        known = {known for service in services for known in words_of(service)}
        raise ValueError(f"{field} is none of {', '.join(sorted(known))}")
    return having


_Word = TypeVar("_Word", bound=StrEnum)


def check_fields(document: object, types: Mapping[str, tuple[type, ...]]) -> dict[str, object]:
    """Check the names and types of a document's fields, and return the document.

    ``types`` has the allowed types of each known field. Raises ``ValueError`` for an unknown field or a wrong type. The
    error's message names the field, and never quotes the value, since a value may be an address.
    """
    if not isinstance(document, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - callers catch ValueError
    for name, value in document.items():
        if type(value) not in types.get(name, ()):  # not isinstance: in Python, not in JSON, a bool is an int
            raise ValueError(f"{name} is unknown or of the wrong type; fields are {', '.join(types)}")
    return document


def word_of(words: Iterable[_Word], name: str, value: object) -> _Word:
    """Return the member of an enumeration with the given value. Raises ``ValueError`` if no member has this value.

    ``words`` are the allowed members. ``name`` is the field's name, for the error's message.
    """
    for word in words:
        if word == value:
            return word
    raise ValueError(f"{name} is none of {', '.join(words)}")
