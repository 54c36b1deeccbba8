"""Translate the services' errors, read the services' answers strictly, and find the certain results in an answer.

botocore's own parser accepts too much. It reads a page of HTML or half a document as an answer without fields. It reads
``""`` as an empty list, 7 as a text, and ``"no"`` as false. So ``keep_bodies`` hides the bodies of answers from the
parser, and ``read_answer`` reads the bodies with the models of ``answer_models``. If an answer does not fit its model,
the job does not know whether the service applied the request.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar

from botocore.client import BaseClient
from pydantic import BaseModel, TypeAdapter, ValidationError

from onboarding import addresses
from onboarding.destinations.paging import UNFIT
from onboarding.destinations.port import Receipt, Refused, RequestError, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed
from onboarding.model.plan import Chunk, Invitee
from onboarding.model.values import dataclass
from onboarding.runtime.aws_errors import AwsError, AwsErrorType, read_error
from onboarding.runtime.logs import get_logger

log = get_logger()

_BODY = "Body"
_ERROR_FIELDS = ("__type", "code", "Code", "message", "Message")
_FIRST_ERROR_STATUS = 300

Model = TypeVar("Model", bound=BaseModel)

_CLOSED_STATUSES = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


@contextmanager
def request_errors(
    words: Mapping[str, str] = MappingProxyType({}), *, about_content: Collection[str] = ()
) -> Iterator[None]:
    """Translate botocore's exceptions from the ``with`` block into a ``RequestError`` or ``DestinationClosed``.

    ``words`` maps error codes that mean a missing account to the text of ``DestinationClosed``. ``about_content`` are
    error codes about the people of a request. These codes mean ``Refused``, a subclass of ``RequestError``, whatever
    the status of the answer is. Only ``Refused`` keeps the service's message. All other errors drop the message, since
    it may quote a request.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - an answer that does not fit the model makes botocore raise anything
        found = read_error(error)
        if found.type is AwsErrorType.REFUSED and found.code in words:
            raise DestinationClosed(words[found.code]) from None
        if found.type is AwsErrorType.REFUSED and found.code in about_content:
            raise Refused(found.code, found.message) from None
        raise _request_error(found) from None


def _request_error(error: AwsError) -> RequestError | DestinationClosed:
    if error.refused:
        return DestinationClosed(str(error.refused))
    match error.type:
        case AwsErrorType.NOT_CONNECTED:
            return Unreachable(error.cause, endpoint=error.endpoint)
        case AwsErrorType.THROTTLED:
            return Throttled(error.retry_after)
        case AwsErrorType.REFUSED if error.status not in _CLOSED_STATUSES:
            return Refused(error.code, error.message)
        case AwsErrorType.REFUSED:
            advice = "check the account, the endpoint and the AWS profile"
            return DestinationClosed(f"The service answered {error.cause}; {advice}.")
        case _:
            return Unconfirmed(error.cause, endpoint=error.endpoint)


def keep_bodies(client: BaseClient) -> None:
    """Make a client return the bodies of answers unparsed. ``read_answer`` reads the bodies later.

    botocore still raises exceptions for error answers. It reads only the error's name and message from a body, so an
    odd body cannot confuse botocore. The status of the answer decides about the error.
    """
    client.meta.events.register("before-parse", _keep_body, unique_id="onboarding-keep-body")


def _keep_body(
    response_dict: dict[str, object], customized_response_dict: dict[str, object], **_others: object
) -> None:
    status, body = response_dict["status_code"], response_dict["body"]
    if not isinstance(status, int) or not isinstance(body, bytes):
        raise TypeError("botocore hands over no status and body")
    if status < _FIRST_ERROR_STATUS:
        customized_response_dict[_BODY] = body
        response_dict["body"] = b""
    else:
        response_dict["body"] = _error_body(body)


def _error_body(body: bytes) -> bytes:
    """Return a JSON body with only the error's name and message, or an empty body if neither is a text."""
    try:
        document = _decode(body)
    except ValueError:
        return b""
    named = document if isinstance(document, dict) else {}
    texts = {name: named[name] for name in _ERROR_FIELDS if isinstance(named.get(name), str)}
    return json.dumps(texts).encode() if texts else b""


def _decode(body: bytes) -> object:
    """Return the document in a JSON body.

    Raises ``ValueError`` if the body is no JSON, or if an object in the body has two fields of the same name.
    """
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unambiguous)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unambiguous(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def read_answer(answer: Mapping[str, object], model: type[Model]) -> Model:
    """Return the body of a client's answer as an instance of its model.

    Raises ``Unconfirmed`` if the body does not fit the model. The error names the wrong field, and never its value.
    """
    body = answer.get(_BODY)
    try:
        document = _decode(body if isinstance(body, bytes) else b"")
    except ValueError:
        raise Unconfirmed(f"{UNFIT} (no JSON)") from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        place = ".".join(part for part in error.errors()[0]["loc"] if isinstance(part, str))
        raise Unconfirmed(f"{UNFIT} ({place})" if place else UNFIT) from None


def read_entries(entries: Sequence[object] | None, *models: type[Model]) -> list[Model | None]:
    """Return each entry of an answer as an instance of the first model that fits, or None if no model fits.

    If the answer contains no list of entries, ``entries`` is None.
    """
    if not entries:
        return []
    try:
        # Most answers fit the first model throughout. To read them at once takes a third of the time.
        return list(_list_of(models[0]).validate_python(entries))
    except ValidationError:
        return [_read_entry(entry, *models) for entry in entries]


@cache
def _list_of(model: type[Model]) -> TypeAdapter[list[Model]]:
    return TypeAdapter(list[model])  # type: ignore[valid-type]  # the type is known at run time only


def _read_entry(entry: object, *models: type[Model]) -> Model | None:
    for model in models:
        try:
            return model.model_validate(entry)
        except ValidationError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The meaning of an answer for each person of a chunk.

    ``receipts`` maps each address key to its receipt, if the answer is certain about the person. ``unnamed`` are the
    people whom the answer does not name. ``is_clear`` is true if each entry of the answer means one person of the chunk
    and contradicts no other entry.
    """

    receipts: dict[str, Receipt]
    unnamed: tuple[Invitee, ...]
    is_clear: bool


def attribute(chunk: Chunk, entries: Iterable[tuple[str, Receipt | None]]) -> Attribution:
    """Find the result of each person of a chunk (the people of one request) in the entries of an answer.

    Each entry is an address as in the answer (``""`` if it is missing) and a receipt (None if nothing is certain). The
    function compares addresses by key. If the key of a person is missing in the answer, the function compares spellings
    (``spelling_of``), since a service may write ss for ß. If several entries for one person contradict each other, the
    person gets no receipt. The function ignores entries for people outside the chunk.
    """
    of_key: dict[str, list[Receipt | None]] = {}
    given = list(entries)
    for key, (_, receipt) in zip(_keys(chunk, [address for address, _ in given]), given, strict=True):
        of_key.setdefault(key, []).append(receipt)
    ours = {invitee.key: of_key.pop(invitee.key) for invitee in chunk.invitees if invitee.key in of_key}
    if of_key:
        ours |= _respelled(of_key, [invitee.key for invitee in chunk.invitees if invitee.key not in ours])
    receipts = {key: said[0] for key, said in ours.items() if said[0] and said.count(said[0]) == len(said)}
    strangers, uncertain = sum(map(len, of_key.values())), len(ours) - len(receipts)
    if strangers or uncertain:
        log.warning("answer.unclear", chunk=chunk.number, strangers=strangers, uncertain=uncertain)
    unnamed = tuple(invitee for invitee in chunk.invitees if invitee.key not in ours)
    return Attribution(receipts, unnamed, is_clear=not strangers and not uncertain)


def warn_of_missing(chunk: Chunk, receipts: dict[str, Receipt]) -> dict[str, Receipt]:
    """Return the receipts unchanged. If receipts for people of the chunk are missing, log how many."""
    missing = len(chunk.invitees) - len(receipts)
    if missing:
        log.warning("answer.incomplete", chunk=chunk.number, people=missing)
    return receipts


def _respelled(strangers: dict[str, list[Receipt | None]], unnamed: Sequence[str]) -> dict[str, list[Receipt | None]]:
    """Move the entries with another spelling of a person's address from ``strangers`` to the result, by address key.

    ``strangers`` are the entries without a person, by key. ``unnamed`` are the keys of the people without an entry. An
    entry that may mean several people stays in ``strangers``.
    """
    people = Counter(map(addresses.spelling_of, unnamed))
    person_of = {spelling: key for key in unnamed if people[spelling := addresses.spelling_of(key)] == 1}
    found: dict[str, list[Receipt | None]] = {}
    for key in [key for key in strangers if addresses.spelling_of(key) in person_of]:
        found.setdefault(person_of[addresses.spelling_of(key)], []).extend(strangers.pop(key))
    return found


def _keys(chunk: Chunk, given: Sequence[str]) -> list[str]:
    """Return the key of each address. For an address that the chunk contains, take the key from the chunk."""
    known = {invitee.address: invitee.key for invitee in chunk.invitees}
    others = list({address for address in given if address not in known})
    known |= dict(zip(others, addresses.keys_of(others), strict=True)) if others else {}
    return [known[address] for address in given]
