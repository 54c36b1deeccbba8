"""Check values against the types (shapes) in botocore's service model, and convert values from text and to JSON."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

Document = Mapping[str, Any]
"""The parameters or the result of an operation. Only the service model knows the keys and the types of the values."""


_TYPES: Mapping[str, type] = {
    "structure": dict,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}


class InvalidShape(Exception):
    """The error for a value that does not fit the model.

    Its message names the place, and never the value, which may be an address.
    """


def from_text(shape: Shape, text: str, where: str) -> Any:
    """Convert the text of a parameter in a path, a query or a header to the type of the parameter's shape.

    ``where`` is the parameter's name, for the error's message. Raises ``InvalidShape`` if the text does not fit the
    type.
    """
    match shape.type_name:
        case "integer" | "long" if re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case "string":
            return text
        case _:
            raise InvalidShape(f"{where} is not of type {shape.type_name}.")


def check_shape(shape: Shape, value: Any, where: str = "") -> None:
    """Check a value and its content against the model: types, required members, sizes, patterns, enumerations.

    The value may have unknown members, as with the real services. Raises ``InvalidShape`` at the first value that does
    not fit. ``where`` is the place of the value, for the error's message.
    """
    if not _is_of_type(value, shape.type_name):
        raise InvalidShape(f"{where or 'The input'} is not of type {shape.type_name}.")
    _check_size(shape, value, where)
    if isinstance(shape, StructureShape):
        _check_members(shape, value, where)
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            check_shape(shape.member, item, f"{where}[{index}]")
    elif isinstance(value, str):
        _check_text(shape, value, where)


def as_json(shape: Shape, value: Any) -> Any:
    """Return a result in the types of JSON, without members that are None.

    Raises ``KeyError`` for an unknown member.
    """
    if isinstance(shape, StructureShape):
        return {name: as_json(shape.members[name], item) for name, item in value.items() if item is not None}
    if isinstance(shape, ListShape):
        return [as_json(shape.member, item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _is_of_type(value: Any, type_name: str) -> bool:
    # In Python, not in the model, a bool is an int.
    return isinstance(value, _TYPES[type_name]) and (type_name == "boolean" or not isinstance(value, bool))


def _check_size(shape: Shape, value: Any, where: str) -> None:
    size = value if isinstance(value, int) else len(value)
    low, high = shape.metadata.get("min", size), shape.metadata.get("max", size)
    if not low <= size <= high:
        unit = "" if isinstance(value, int) else " characters" if isinstance(value, str) else " items"
        limit = f"at most {high}" if size > high else f"at least {low}"
        raise InvalidShape(f"{where} is {size}{unit}; {limit} allowed.")


def _check_members(shape: StructureShape, value: Mapping[str, Any], where: str) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            raise InvalidShape(f"{_member(where, name)} is required.")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            check_shape(member, value[name], _member(where, name))


def _check_text(shape: Shape, text: str, where: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidShape(f"{where} is not valid Unicode.")
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        raise InvalidShape(f"{where} does not match the pattern {pattern}")
    if "enum" in shape.metadata and text not in shape.metadata["enum"]:
        raise InvalidShape(f"{where} is not one of {', '.join(shape.metadata['enum'])}.")


def _member(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
