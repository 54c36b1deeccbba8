"""Find objects in S3 and read them as sources. If a connection breaks, the source reads on with a new connection.

The module ``runtime/s3`` parses URIs and translates errors of S3. A source keeps the ETag of its object from the time
when the job found the object. Each request asks for that version of the object.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from onboarding.exports.sources.local_files import CHANGED, SUFFIXES, WILDCARDS, is_skipped, note_of_rest, with_digest
from onboarding.exports.sources.source import Digest
from onboarding.model.errors import AccessRefused, DeadlinePassed, ExitCode, InputRefused, Interrupted
from onboarding.model.values import dataclass
from onboarding.runtime.aws import OpenS3
from onboarding.runtime.request_limits import RequestCut
from onboarding.runtime.s3 import S3Failed, Uri, s3_errors
from onboarding.runtime.scratch import file_with_path

if TYPE_CHECKING:
    from botocore.response import StreamingBody

INTERRUPTIONS = 5
"""The source gives up if this many connections, one after another, break before a whole block has arrived."""

COPY_BLOCK_BYTES = 4 * 2**20

_INTERRUPTED = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object in S3, as a ``Source``. ``etag`` identifies the object's version, and ``size`` is in bytes.

    ``modified_at`` is the time at which this version came into the bucket.
    """

    uri: Uri
    size: int
    etag: str
    modified_at: datetime
    s3: OpenS3 = field(repr=False, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The object's URI."""
        return str(self.uri)

    @property
    def identity(self) -> Hashable:
        """The object's URI, since an object has only one name."""
        return self.uri

    def head(self, size: int) -> bytes:
        """Return the first bytes: ``size`` bytes, or fewer at the end of the object."""
        return b"".join(self.span(0, size, size))

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of at most ``size`` bytes, and add each block to the digest first."""
        return with_digest(self.span(0, self.size, size), digest)

    def span(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``stop`` or the object's end, in blocks of at most ``size`` bytes.

        If a connection breaks, the method reads on after the last yielded byte with a new connection. Raises
        ``InputRefused`` if too many connections break (``INTERRUPTIONS``), or if the object changed or arrived damaged.
        Raises ``AccessRefused`` if S3 refuses access.
        """
        stop = min(stop, self.size)
        chances = INTERRUPTIONS
        while start < stop:
            if not chances:
                raise InputRefused(f"{self.name}: the connection broke {INTERRUPTIONS} times; run again")
            chances -= 1
            try:
                with suppress(*_INTERRUPTED), self._open(start, stop) as body:
                    while block := self._read(body, size):
                        yield block
                        start += len(block)
                        chances = INTERRUPTIONS if len(block) == size else chances
            except FlexibleChecksumError:
                raise InputRefused(f"{self.name}: arrived damaged, by its checksum; run again") from None

    def _read(self, body: "StreamingBody", size: int) -> bytes:
        try:
            return body.read(size)
        except RequestCut:
            with _refusing_s3_errors(self.name), s3_errors():
                raise

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """Return a context with the path of a copy of the object on a local disk.

        The copy is in the folder for temporary files. The end of the ``with`` block removes the copy
        (``file_with_path``). Raises ``InputRefused`` if the object cannot be read or copied.
        """
        with ExitStack() as stack:
            try:
                copy, path = stack.enter_context(file_with_path())
                for block in self.span(0, self.size, COPY_BLOCK_BYTES):
                    copy.write(block)
                copy.flush()
            except OSError as error:
                raise InputRefused(
                    f"{self.name}: cannot be copied to the folder for temporary files: {error.strerror}"
                ) from error
            yield path

    def _open(self, offset: int, stop: int) -> "closing[StreamingBody]":
        bucket, key = self.uri.bucket, self.uri.key
        client = self.s3()
        with _refusing_s3_errors(self.name):
            if (offset, stop) == (0, self.size):
                # S3 sends a checksum with a whole object, and botocore compares it.
                answer = client.get_object(Bucket=bucket, Key=key, IfMatch=self.etag)
            else:
                span = f"bytes={offset}-{stop - 1}"
                answer = client.get_object(Bucket=bucket, Key=key, IfMatch=self.etag, Range=span)
        if answer["ContentLength"] != stop - offset:
            raise InputRefused(f"{self.name}: {CHANGED}")
        return closing(answer["Body"])


def objects_at(location: str, s3: OpenS3) -> list[S3Object]:
    """Return the objects at a location, sorted by key.

    A location is the URI of an object, of a folder (the URI ends with ``/``), or of a pattern such as
    ``s3://bucket/*.csv``. Raises ``InputRefused`` if there is no object or an object is empty, and ``AccessRefused`` if
    S3 refuses access.
    """
    try:
        uri = Uri.of(location)
    except ValueError as error:
        raise InputRefused(f"{location}: {error}") from None
    with _refusing_s3_errors(location):
        if not WILDCARDS.isdisjoint(uri.key):
            return _matching(uri, s3)
        return _in_folder(uri, s3) if uri.key.endswith("/") or not uri.key else [_object(uri, s3)]


def _object(uri: Uri, s3: OpenS3) -> S3Object:
    # A refused HeadObject neither says what is missing nor that an object is archived. GetObject says both.
    answer = s3().get_object(Bucket=uri.bucket, Key=uri.key, Range="bytes=0-0")
    with closing(answer["Body"]) as body:
        body.read()
    return S3Object(uri, int(answer["ContentRange"].rpartition("/")[2]), answer["ETag"], answer["LastModified"], s3)


def _in_folder(folder: Uri, s3: OpenS3) -> list[S3Object]:
    objects, rest = [], []
    for found in _listed(folder.bucket, folder.key, s3, delimiter="/"):
        name = found.uri.key.removeprefix(folder.key)
        if PurePosixPath(name).suffix.lower() in SUFFIXES and not is_skipped(name):
            objects.append(found)
        elif name:
            rest.append(name)
    if not objects:
        raise InputRefused(f"{folder}: the folder holds no {', '.join(sorted(SUFFIXES))} object")
    first, *others = _not_empty(objects)
    return [replace(first, notes=note_of_rest(rest)), *others]


def _matching(pattern: Uri, s3: OpenS3) -> list[S3Object]:
    prefix = "".join(takewhile(lambda character: character not in WILDCARDS, pattern.key))
    wild = pattern.key.removeprefix(prefix)
    listed = list(_listed(pattern.bucket, prefix, s3, delimiter="" if "/" in wild or "**" in wild else "/"))
    objects = [found for found in listed if found.uri == pattern]
    objects = objects or [found for found in listed if _is_meant(found.uri.key.split("/"), pattern.key.split("/"))]
    if not objects:
        raise InputRefused(f"{pattern}: no object matches")
    return _not_empty(objects)


def _listed(bucket: str, prefix: str, s3: OpenS3, *, delimiter: str) -> Iterator[S3Object]:
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter=delimiter)
    for page in pages:
        for found in page.get("Contents", ()):
            yield S3Object(Uri(bucket, found["Key"]), found["Size"], found["ETag"], found["LastModified"], s3)


def _is_meant(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    # A key that ends with a slash is an empty folder object that a console made.
    named = set(pattern)
    return bool(parts[-1]) and _fits(parts, pattern) and not any(is_skipped(part) for part in {*parts} - named)


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    match pattern:
        case []:
            return not parts
        case ["**", *rest]:
            return any(_fits(parts[skipped:], rest) for skipped in range(len(parts) + 1))
        case [first, *rest]:
            return bool(parts) and fnmatchcase(parts[0], first) and _fits(parts[1:], rest)
    raise AssertionError  # pragma: no cover  the three patterns cover every list


def _not_empty(objects: Iterable[S3Object]) -> list[S3Object]:
    found = sorted(objects, key=lambda each: each.uri.key)
    for each in found:
        if not each.size:
            raise InputRefused(f"{each.name}: the object is empty")
    return found


@contextmanager
def _refusing_s3_errors(name: str) -> Iterator[None]:
    try:
        with s3_errors():
            yield
    except S3Failed as error:
        if error.run_ends is ExitCode.STOPPED:
            raise DeadlinePassed(f"{name}: not read when the deadline came; nothing was sent; run again.") from None
        if error.run_ends:
            raise Interrupted(error.run_ends) from None
        refused = (AccessRefused if error.is_access else InputRefused)(f"{name}: {error.why}")
        if error.is_access:
            refused.notice = f"An export in S3 cannot be read: {error.why}."
        raise refused from None
