"""Bad answers: how they differ from the truth in what they say, by the models of botocore, and in how they are sent.

An answer is a sequence of parts: bytes to send, seconds to wait, and at its end nothing, ``ENDED`` or ``RESET``.
"""

import gzip
import json
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, partial
from random import Random
from typing import Any

from botocore.model import ListShape, Shape, StructureShape
from botocore.session import get_session

ENDED = "ended"
RESET = "reset"
Answer = Iterator[bytes | float | str]

ODD_VALUES = (
    *(None, 7, -1, True, 2.5, 10**40, "", "x\x00y", "\x1b[2J", "\ud800", "x" * 9_000, "Unheard of"),
    *([], {}, [None], {"a": 1}, ["x"], [[[]]]),
)
ODD_RETRY_AFTER = ("0", "1", "-1", "nan", "1e9", "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "\xff")
ODD_BODIES = (b"", b"<html>proxy</html>", b"[]", b"null", b"7", b"{}", b'"text"', b"\xff\xfe", b"[" * 50_000)
ADDRESSES = ("EmailAddress", "PrimaryEmail", "username")
TOKENS = ("NextToken", "nextToken")
LARGE_BYTES = 12_000_000


def head(status: int, size: int | None, *headers: str) -> bytes:
    """Return the head of an answer."""
    lines = [f"HTTP/1.1 {status} Answer", "Content-Type: application/json", *headers]
    lines += [] if size is None else [f"Content-Length: {size}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def encoded(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def http(status: int, document: Any, *headers: str) -> Answer:
    """Answer well-formed HTTP at once."""
    body = encoded(document)
    yield head(status, len(body), *headers) + body


def throttled(random: Random) -> Answer:
    """Answer 429, with or without a ``Retry-After``."""
    after = [f"Retry-After: {random.choice(ODD_RETRY_AFTER)}"] if random.random() < 0.7 else []
    return http(429, random.choice(ODD_BODIES), *after)


def silence() -> Answer:
    """Never answer."""
    while True:
        yield 0.05


def endless(
    beginning: Callable[[int, bytes], bytes], drop: bytes, status: int, document: Any, _random: Random
) -> Answer:
    """Begin an answer, and drip for ever."""
    yield beginning(status, encoded(document))
    while True:
        yield drop
        yield 0.02


def slow(status: int, document: Any, random: Random) -> Answer:
    """Answer the truth in a few pieces, or late."""
    whole = b"".join(part for part in http(status, document) if isinstance(part, bytes))
    yield random.choice([0.0, 0.3, 1.5, 4.0])
    at = random.randrange(len(whole))
    yield whole[:at]
    yield 0.1
    yield whole[at:]


def cut(status: int, document: Any, random: Random) -> Answer:
    """Answer a part of the truth, and end or reset the connection."""
    whole = b"".join(part for part in http(status, document) if isinstance(part, bytes))
    yield whole[: random.randrange(len(whole))]
    yield random.choice([ENDED, RESET])


def silent_after(_status: int, _document: Any, _random: Random) -> Answer:
    return silence()


def reset_after(_status: int, _document: Any, _random: Random) -> Answer:
    return iter([RESET])


def failed_after(_status: int, document: Any, random: Random) -> Answer:
    """Answer with an error or a redirection, although all was done."""
    status = random.choice([300, 302, 307, 500, 502, 503, 504, 599, 408])
    yield from http(status, random.choice([document, *ODD_BODIES]), "Location: /elsewhere")


def odd_success(_status: int, document: Any, random: Random) -> Answer:
    """Answer with another status of success. 204 has no content."""
    status = random.choice([200, 201, 202, 203, 204, 205, 206, 299])
    yield from http(status, b"" if status == 204 else random.choice([document, *ODD_BODIES]))


def continued(status: int, document: Any, random: Random) -> Answer:
    """Send interim answers before the truth."""
    interim = random.choice(["100 Continue", "102 Processing", "103 Early Hints"])
    yield f"HTTP/1.1 {interim}\r\n\r\n".encode() * random.choice([1, 3, 200])
    yield from http(status, document)


def odd_length(status: int, document: Any, random: Random) -> Answer:
    """Say a wrong length of the truth, or none that can be read."""
    body = encoded(document)
    said = random.choice([len(body) - 1, len(body) // 2, len(body) + 7, 0, -5, 10**30, "x", "1, 2"])
    yield head(status, None, f"Content-Length: {said}") + body
    yield ENDED


def chunked(status: int, document: Any, random: Random) -> Answer:
    """Send the truth in chunks, well or badly."""
    body = encoded(document)
    yield head(status, None, "Transfer-Encoding: chunked")
    yield f"{len(body):x}\r\n".encode() + body + random.choice([b"\r\n0\r\n\r\n", b"\r\n", b"0\r\n", b"\r\nzz\r\n"])
    yield ENDED


def compressed(status: int, document: Any, random: Random) -> Answer:
    """Send the truth compressed, well or badly, or bytes that become too many."""
    whole = gzip.compress(encoded(document))
    body = random.choice([whole, whole[:-9], encoded(document), gzip.compress(b" " * 10 * LARGE_BYTES, 1)])
    yield from http(status, body, "Content-Encoding: gzip")


def twice(status: int, document: Any, _random: Random) -> Answer:
    """Send the truth two times in a row."""
    yield b"".join(part for part in http(status, document) if isinstance(part, bytes)) * 2


def without_http(_status: int, document: Any, random: Random) -> Answer:
    """Send the truth by no protocol, or by an old one."""
    yield random.choice([b"", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n", b"\x00\x01"]) + encoded(document)
    yield ENDED


def huge(status: int, document: Any, random: Random) -> Answer:
    """Send the truth among very many bytes, headers or entries."""
    body = encoded(document)
    kind = random.randrange(4)
    if kind == 0:
        yield from http(status, body + b" " * LARGE_BYTES)
    elif kind == 1:
        yield from http(status, body, *(f"X-{number}: x" for number in range(500)))
    elif kind == 2:
        yield from http(status, {**json.loads(body), "extra": "x" * LARGE_BYTES})
    else:
        lists = {name: value * 30 for name, value in json.loads(body).items() if isinstance(value, list)}
        yield from http(status, {**json.loads(body), **lists})


def odd_body(status: int, _document: Any, random: Random) -> Answer:
    """Say nothing that makes sense."""
    yield from http(status, random.choice(ODD_BODIES))


DRIPS = {
    "drips its status": partial(endless, lambda _status, _body: b"HTTP/1.1 ", b"2"),
    "drips a header": partial(endless, lambda status, _body: head(status, None)[:-2] + b"X-Long: ", b"x"),
    "drips headers": partial(endless, lambda status, _body: head(status, None)[:-2], b"X-More: 1\r\n"),
    "continues for ever": partial(endless, lambda _status, _body: b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips spaces": partial(endless, lambda status, body: head(status, 10**6) + body, b" "),
    "drips chunks": partial(
        endless, lambda status, _body: head(status, None, "Transfer-Encoding: chunked"), b"1\r\n \r\n"
    ),
    "drips trailers": partial(
        endless, lambda status, _body: head(status, None, "Transfer-Encoding: chunked") + b"0\r\n", b"X-More: 1\r\n"
    ),
}
ANSWERS: dict[str, Callable[[int, Any, Random], Answer]] = {
    **DRIPS,
    **{
        answer.__name__.replace("_", " "): answer
        for answer in (
            *(slow, cut, silent_after, reset_after, failed_after, odd_success, continued, odd_length, chunked),
            *(compressed, twice, without_http, huge, odd_body),
        )
    },
}
"""The ways to send an answer to a request that was carried out."""


@cache
def _output_of(service: str, operation: str) -> Shape:
    return get_session().get_service_model(service).operation_model(operation.rpartition(".")[2]).output_shape


def altered(truth: dict[str, Any], service: str, operation: str, random: Random) -> bytes:
    """Return the truth with members that the model allows, and with one to five changes that it forbids or not.

    Something in it is missing, extra, wrong-typed, respelled, repeated, reordered or renamed then.
    """
    document = json.loads(json.dumps(truth))
    _fill(document, _output_of(service, operation), random)
    for _ in range(random.randint(1, 5)):
        if not (places := list(_places(document))):
            break
        container, name = random.choice(places)
        _change(container, name, random, is_list_of_people=operation.endswith("ListUsers"))
    return encoded(document)


def _fill(document: Any, shape: Shape, random: Random) -> None:
    """Add some of the members of the service model that a document lacks."""
    if isinstance(shape, ListShape):
        for entry in document:
            _fill(entry, shape.member, random)
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in document:
                _fill(document[name], member, random)
            elif name not in TOKENS and random.random() < 0.2:
                document[name] = _made(member, random)


def _made(shape: Shape, random: Random) -> Any:
    """Return a value of a shape."""
    if isinstance(shape, StructureShape):
        return {name: _made(shape.members[name], random) for name in shape.required_members}
    if shape.type_name == "string":
        return random.choice(shape.enum or ["text"])
    values = {"list": [], "map": {}, "timestamp": "2026-01-01T00:00:00Z", "boolean": random.random() < 0.5}
    return values.get(shape.type_name, random.randint(0, 9))


def _places(container: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all places of a document: a container, and a name or a number in it."""
    for name in container if isinstance(container, dict) else range(len(container)):
        yield container, name
        if isinstance(container[name], dict | list):
            yield from _places(container[name])


def _change(container: Any, name: Any, random: Random, *, is_list_of_people: bool) -> None:
    """Change what stands at one place of a document."""
    value = container[name]
    if name in TOKENS:  # a token that is missing would make the list shorter
        container[name] = random.choice([value, 7, [], {}, True, "0"])
        return
    match random.choice(list(_kinds(container, name, value, is_list_of_people=is_list_of_people))):
        case "wrong type":
            container[name] = random.choice([odd for odd in ODD_VALUES if _differs(odd, value)])
        case "extra":
            _add(container, random)
        case "respelled":
            container[name] = random.choice(RESPELLINGS)(value)
        case "odd":
            container[name] = random.choice([odd for odd in ODD_VALUES if isinstance(odd, str)])
        case "reordered":
            random.shuffle(value)
        case "repeated":
            value.append(_again(random.choice(value), random))
        case "missing":
            del container[name]
        case "renamed":
            container[random.choice([name.upper(), name.swapcase(), f"{name} "])] = container.pop(name)


def _again(entry: Any, random: Random) -> Any:
    """Return a copy of an entry, which may contradict the entry."""
    again = json.loads(json.dumps(entry))
    if isinstance(again, dict) and again and random.random() < 0.5:
        _change(again, random.choice(sorted(again)), random, is_list_of_people=True)
    return again


def _kinds(container: Any, name: Any, value: Any, *, is_list_of_people: bool) -> Iterator[str]:
    yield from ("wrong type", "extra")
    if isinstance(value, str):
        yield from ("respelled",) * 3 if name in ADDRESSES else ("odd",)
    if isinstance(value, list) and value and name != "failed":
        yield from ("reordered", "repeated")
    if isinstance(container, dict):
        yield from ("missing", "renamed")
    elif not is_list_of_people:
        yield "missing"


def _differs(odd: Any, value: Any) -> bool:
    """Say whether a value is of another JSON type than a list or a text that stands there, and so cannot be a lie."""
    return not isinstance(odd, type(value))


def _add(container: Any, random: Random) -> None:
    odd = random.choice(ODD_VALUES)
    if isinstance(container, dict):
        container["Unheard"] = odd
    else:
        container.insert(random.randint(0, len(container)), odd)


def _other_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    other = domain.encode("idna").decode() if not domain.isascii() else domain.encode().decode("idna")
    return f"{local}@{other}"


RESPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.title,
    str.swapcase,
    partial(unicodedata.normalize, "NFD"),
    partial(unicodedata.normalize, "NFC"),
    _other_domain,
)
