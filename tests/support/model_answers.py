"""Answers that a service may give by botocore's model of it, made from the model alone.

``answers_of`` starts from a whole answer to an operation, and changes one thing at a time at each place of the model:
a field is missing, null, of another type or at an extreme, a status is unknown, a field is new.
``errors_of`` makes the answers of each error that the model has, and of errors that it lacks. No answer depends on
chance, on the sandbox, or on the job's own models.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

Path = tuple[str | int, ...]

TEXTS = {
    "empty": "",
    "one letter": "x",
    "number": "7",
    "long": "x" * 10_000,
    "control characters": "a\x00b\x1b[2J",
    "half of a surrogate pair": "\ud800",
    "other script": "Łódź – 東京",
}
INTEGERS = {
    "zero": 0,
    "negative": -1,
    "unknown": 3,
    "greatest of 32 bits": 2**31 - 1,
    "least of 32 bits": -(2**31),
    "beyond 64 bits": 2**64,
}
EXTREMES: Mapping[str, Mapping[str, Any]] = {
    "string": TEXTS,
    "integer": INTEGERS,
    "long": INTEGERS,
    "boolean": {"true": True, "false": False},
    "list": {"empty": []},
    "structure": {"empty": {}},
    "timestamp": {"epoch": "1970-01-01T00:00:00Z", "far": "9999-12-31T23:59:59.999Z", "zone": "2026-01-02T03:04:05+14"},
}
"""Values of the model's types, by what is special about them."""

FOREIGN: Mapping[str, Mapping[str, Any]] = {
    "string": {"integer": 7, "list": ["x"], "structure": {"a": "b"}, "boolean": True},
    "integer": {"text": "1", "fraction": 1.5, "infinite": float("inf"), "boolean": True, "list": [1]},
    "boolean": {"text": "true", "integer": 1},
    "list": {"text": "x", "structure": {}, "list of nothing": [None], "list of numbers": [7]},
    "structure": {"text": "x", "list": [], "number": 7},
    "timestamp": {"text": "soon", "boolean": True, "structure": {}},
}
FOREIGN = {**FOREIGN, "long": FOREIGN["integer"]}
"""Values that are of none of the model's types, by the type that the model asks for."""

ORDINARY = {
    "string": "10203040",  # the form of ids, which have a pattern
    "timestamp": "2026-01-02T03:04:05.678Z",
    "boolean": False,
    "integer": 1,
    "long": 1,
}
NEW_FIELD = ("aFieldOfNextYear", {"value": ["x", 1, None]})
FOREIGN_STATUSES = (300, 302, 402, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 451, 501, 502, 504, 529, 599)
"""Statuses that no error of the models has."""


@dataclass(frozen=True)
class ModelAnswer:
    """An answer to an operation: its status, its body, and what was changed at which place of the whole answer.

    ``fits`` says whether the body is one that the service's model permits.
    """

    operation: str
    place: Path
    change: str
    status: int
    body: bytes
    fits: bool

    def __str__(self) -> str:
        """Return the answer's name, for the message of a test."""
        return f"{self.operation} {self.status} {'.'.join(map(str, self.place))}: {self.change}"

    @property
    def document(self) -> Any:
        """The document in the body."""
        return json.loads(self.body)

    @property
    def answer(self) -> tuple[int, bytes]:
        """The status and the body, as ``HostileService`` takes them."""
        return self.status, self.body


@cache
def model_of(service: str) -> ServiceModel:
    """Return botocore's model of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def answers_of(service: str, operation: str, given: Mapping[str, Any]) -> Iterator[ModelAnswer]:
    """Yield the answers to an operation: whole, without anything optional, and changed at each place of the model.

    ``given`` has the values that a test needs at certain fields, by the names of the fields.
    """
    model = model_of(service).operation_model(operation)
    status = model.http.get("responseCode", 200)
    whole = whole_value(model.output_shape, given)
    changes = [((), "whole", whole, True), ((), "least", least_value(model.output_shape, whole), True)]
    for place, change, body, fits in [*changes, *_changed(model.output_shape, whole)]:
        yield ModelAnswer(operation, place, change, status, _encoded(body), fits)


def entry_of(service: str, shape: str, **given: Any) -> dict[str, Any]:
    """Return an entry of a list with all fields that the shape has. ``given`` has the values of some of them."""
    entry: dict[str, Any] = whole_value(model_of(service).shape_for(shape), given)
    return entry


def errors_of(service: str, operation: str) -> Iterator[ModelAnswer]:
    """Yield error answers to an operation: each error of the model in several forms, and errors of no model."""
    for shape in model_of(service).operation_model(operation).error_shapes:
        status = shape.metadata["error"]["httpStatusCode"]
        whole = {"__type": shape.name, **whole_value(shape, {})}
        yield ModelAnswer(operation, (shape.name,), "whole", status, _encoded(whole), fits=True)
        yield ModelAnswer(operation, (shape.name,), "without a body", status, b"", fits=False)
        for place, change, body, fits in _changed(shape, whole):
            yield ModelAnswer(operation, (shape.name, *place), change, status, _encoded(body), fits)
    for status in FOREIGN_STATUSES:
        body = _encoded({"__type": "ErrorOfNextYear", "message": "no model has this error"})
        yield ModelAnswer(operation, ("error of no model",), str(status), status, body, fits=False)


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def whole_value(shape: Shape, given: Mapping[str, Any], name: str = "") -> Any:
    """Return a value of a shape with all its fields. ``given`` has values for the fields with these names."""
    if name in given:
        return copy.deepcopy(given[name])
    if shape.type_name == "structure":
        return {member: whole_value(inner, given, member) for member, inner in shape.members.items()}
    if shape.type_name == "list":
        return [whole_value(shape.member, given)]
    return next(iter(getattr(shape, "enum", ())), ORDINARY[shape.type_name])


def least_value(shape: Shape, whole: Any) -> Any:
    """Return a whole value without what the model lets a service leave out, but for lists, structures and addresses.

    Without its address, an entry is about nobody. Other answers lack an address, a list or a structure.
    """
    if shape.type_name == "list":
        return [least_value(shape.member, entry) for entry in whole]
    if shape.type_name != "structure":
        return whole
    kept = {*shape.required_members, "username", "EmailAddress", "PrimaryEmail"}
    return {
        name: least_value(shape.members[name], value)
        for name, value in whole.items()
        if name in kept or isinstance(value, list | dict)
    }


def _changed(shape: Shape, whole: Any) -> Iterator[tuple[Path, str, Any, bool]]:
    """Yield place, change and document for each change of a whole document, and whether the model permits it."""
    for place, inner, is_required in _places(shape, whole, ()):
        for change, value in EXTREMES[inner.type_name].items():
            yield place, change, _with(whole, place, value), _permits(inner, value)
        for change, value in FOREIGN[inner.type_name].items():
            yield place, f"of another type ({change})", _with(whole, place, value), False
        yield place, "null", _with(whole, place, None), not is_required
        if isinstance(place[-1], str):
            yield place, "missing", _without(whole, place), not is_required
        if inner.type_name == "structure":
            name, value = NEW_FIELD
            yield (*place, name), "new", _with(whole, (*place, name), value), True
    yield NEW_FIELD[:1], "new", {**whole, NEW_FIELD[0]: NEW_FIELD[1]}, True


def _permits(shape: Shape, value: Any) -> bool:
    if getattr(shape, "enum", None):
        return value in shape.enum
    if isinstance(value, dict):
        return not shape.required_members
    if value == TEXTS["half of a surrogate pair"]:
        return False  # no document in UTF-8 has it
    if isinstance(value, str) and "min" in shape.metadata:
        return shape.metadata["min"] <= len(value) <= shape.metadata["max"] and value.isdecimal()
    return not (isinstance(value, int) and abs(value) > 2**63)


def _places(shape: Shape, value: Any, at: Path) -> Iterator[tuple[Path, Shape, bool]]:
    """Yield the places of a document at which the model has a shape, each with its shape and whether it is required.

    In a list of several entries, only the places in the last entry are yielded.
    """
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            if name in value:
                yield (*at, name), inner, name in shape.required_members
                yield from _places(inner, value[name], (*at, name))
    elif shape.type_name == "list" and value:
        last = len(value) - 1
        yield (*at, last), shape.member, True
        yield from _places(shape.member, value[last], (*at, last))


def _with(whole: Any, place: Path, value: Any) -> Any:
    changed = copy.deepcopy(whole)
    _owner(changed, place)[place[-1]] = value
    return changed


def _without(whole: Any, place: Path) -> Any:
    changed = copy.deepcopy(whole)
    del _owner(changed, place)[place[-1]]
    return changed


def _owner(document: Any, place: Path) -> Any:
    for step in place[:-1]:
        document = document[step]
    return document
