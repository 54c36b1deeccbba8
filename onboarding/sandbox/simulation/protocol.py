"""The protocol of the sandbox: HTTP requests become operations, and results and errors become HTTP answers.

The module also has the types of HTTP requests and answers, and ``Rejection``, with which a service refuses a request.
The protocol follows botocore's service model (rest-json). So any client of the same model can talk to the sandbox. The
model of an operation says which error belongs to an HTTP status. The folders of the destinations have the operations
themselves.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from botocore.model import OperationModel, ServiceModel, Shape, StringShape, StructureShape

from onboarding.model.values import dataclass
from onboarding.runtime.service_models import data_loader
from onboarding.sandbox.simulation.shapes import Document, InvalidShape, as_json, check_shape, from_text


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request without its connection. Names of headers are in lower case. The path is still percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer with a JSON body, without its connection.

    ``promised_bytes`` is the value of the header Content-Length. If it is None, the header has the length of the body.
    If the header promises more bytes than the body has, the connection breaks off after the body.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    promised_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The operation that a request calls, and the labels in the request's path: parameters such as the account id."""

    operation: str
    labels: Mapping[str, str]


class Rejection(Exception):
    """The error by which a service refuses a request, with a status and a message.

    The message and the reasons contain no address.

    The answer contains the ``reasons`` if the error's model has a field for them.
    """

    def __init__(self, status: HTTPStatus, message: str, reasons: Sequence[Document] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.reasons = reasons


class ServiceApi:
    """The protocol of one service, for the operations that the sandbox offers.

    ``model`` is the service model as a document in botocore's format ``service-2``. None means botocore's own model of
    the service. The model of each operation has errors for the statuses 401, 429 and 500. Each operation has a path for
    each of the ``prefixes``: the prefix, followed by the operation's path in the model.
    """

    def __init__(
        self,
        service: str,
        operations: Iterable[str],
        *,
        prefixes: Iterable[str] = ("",),
        model: Document | None = None,
    ) -> None:
        found = ServiceModel(model or data_loader(None).load_service_model(service, "service-2"), service)
        self.service = service
        self._operations = {name: found.operation_model(name) for name in operations}
        self._routes = [_Route(operation, prefix) for operation in self._operations.values() for prefix in prefixes]

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that the sandbox offers."""
        return frozenset(self._operations)

    @property
    def errors(self) -> Mapping[str, HTTPStatus]:
        """The HTTP status of each error in the model, by the error's name."""
        shapes = (shape for operation in self._operations.values() for shape in operation.error_shapes)
        return {shape.name: _status(shape) for shape in shapes}

    def match(self, request: HttpRequest) -> Call | None:
        """Return the call that a request makes, or None if no offered operation has its method, path and query."""
        for route in self._routes:
            labels = route.match(request)
            if labels is not None:
                return Call(route.operation, labels)
        return None

    def parameters(self, call: Call, request: HttpRequest) -> Document:
        """Return the parameters of a request, from its path, query, headers and body, after a check against the model.

        Raises ``Rejection`` if the body is not JSON, or if a parameter is not valid.
        """
        shape = self._operations[call.operation].input_shape
        if shape is None:
            return {}
        try:
            parameters = _parameters(shape, call, request)
            check_shape(shape, parameters)
        except InvalidShape as problem:
            raise Rejection(HTTPStatus.BAD_REQUEST, str(problem)) from None
        return parameters

    def success(self, call: Call, result: Document) -> HttpAnswer:
        """Return the answer with the result of an operation, and with the status that the model has for success."""
        operation = self._operations[call.operation]
        shape = operation.output_shape
        return _answer(operation.http.get("responseCode", HTTPStatus.OK), as_json(shape, result) if shape else {})

    def refusal(self, call: Call, rejection: Rejection) -> HttpAnswer:
        """Return the answer for a rejection."""
        return self.error(call, rejection.status, str(rejection), reasons=rejection.reasons)

    def denied(self, call: Call) -> HttpAnswer:
        """Return the answer of AWS to a request whose credentials lack the permission for the request."""
        caller = "User: arn:aws:iam::000000000000:user/sandbox"
        message = f"{caller} is not authorized to perform: {self.service}:{call.operation}"
        return _front_end_error("AccessDeniedException", message)

    def error(
        self,
        call: Call,
        status: HTTPStatus,
        message: str,
        headers: Mapping[str, str] | None = None,
        reasons: Sequence[Document] = (),
    ) -> HttpAnswer:
        """Return the answer with the error that the operation's model has for this status.

        The answer has the further ``headers``. It also has the ``reasons`` if the error's model has a field for them.
        """
        shapes = self._operations[call.operation].error_shapes
        shape = next(shape for shape in shapes if isinstance(shape, StructureShape) and _status(shape) == status)
        named = {"x-amzn-ErrorType": shape.name}
        return _answer(status, _error_document(shape, message, reasons), named | dict(headers or {}))


def unknown_operation() -> HttpAnswer:
    """Return the answer 404 to a request that calls none of the offered operations."""
    document = {"Message": "The sandbox offers no operation with this method, path and query."}
    return _answer(HTTPStatus.NOT_FOUND, document, {"x-amzn-ErrorType": "UnknownOperationException"})


def expired_credentials() -> HttpAnswer:
    """Return the answer of AWS to a request whose temporary credentials have expired."""
    return _front_end_error("ExpiredTokenException", "The security token included in the request is expired")


def _front_end_error(name: str, message: str) -> HttpAnswer:
    """Return an answer with an error of AWS itself, which answers before the request reaches the service."""
    return _answer(HTTPStatus.FORBIDDEN, {"Message": message}, {"x-amzn-ErrorType": name})


class _Route:
    """The HTTP method, path and fixed query that a request for one operation has."""

    def __init__(self, operation: OperationModel, prefix: str) -> None:
        self.operation = operation.name
        self._method = operation.http["method"]
        path, _, query = operation.http["requestUri"].partition("?")
        self._path = re.compile(re.escape(prefix) + _pattern(path))
        self._query = dict(pair.split("=") for pair in query.split("&") if pair).items()

    def match(self, request: HttpRequest) -> Mapping[str, str] | None:
        """Return the decoded parameters in the path, or None if the request is not for this operation."""
        path = self._path.fullmatch(request.path)
        if path is None or request.method != self._method or not self._query <= request.query.items():
            return None
        return {name: unquote(label) for name, label in path.groupdict().items()}


def _pattern(path: str) -> str:
    literals_and_labels = re.split(r"\{(\w+)\}", path)
    return "".join(
        f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(literals_and_labels)
    )


def _parameters(shape: StructureShape, call: Call, request: HttpRequest) -> Document:
    body = _body(request.body)
    texts = {"uri": call.labels, "querystring": request.query, "header": request.headers}
    parameters = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location", "")
        given_name = str(member.serialization.get("name", name))
        if location:
            text = texts[location].get(given_name.lower() if location == "header" else given_name)
            value = None if text is None else from_text(member, text, name)
        else:
            value = body.get(given_name)
        if value is not None:
            parameters[name] = value
    return parameters


def _body(body: bytes) -> Document:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise InvalidShape("The request body is not valid JSON.") from None
    if not isinstance(document, dict):
        raise InvalidShape("The request body is not a JSON object.")
    return document


def _status(error: Shape) -> HTTPStatus:
    return HTTPStatus(error.metadata["error"]["httpStatusCode"])


def _error_document(shape: StructureShape, message: str, reasons: Sequence[Document]) -> Document:
    document: dict[str, Any] = {name: message for name in shape.members if name in {"Message", "message"}}
    if "reasons" in shape.members:
        document["reasons"] = list(reasons)
    code = shape.members.get("Code")
    if isinstance(code, StringShape):
        # BadRequestException is BadRequest in the model's list of codes, ThrottledClientException is Throttled.
        document["Code"] = next(name for name in code.enum if shape.name.startswith(name))
    return document


def _answer(status: int, document: Document, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    always = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid4())}
    return HttpAnswer(int(status), json.dumps(document).encode(), always | dict(headers or {}))
