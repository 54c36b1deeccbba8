"""Which objects in S3 hold the exports, and how are they read to the end, whatever the connection does?

An object's ETag is noted when it is found, and every request asks for that version of it and no other.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from botocore.exceptions import (
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from onboarding.exports.sources.local_files import CHANGED, SUFFIXES, WILDCARDS, Digest, is_passed_over
from onboarding.model.errors import InputRefused
from onboarding.runtime.s3 import AccessRefused, Trouble, Uri, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

INTERRUPTIONS = 5
"""How often in a row a connection may break before it has brought a whole block."""

COPIED_AT_A_TIME = 4 * 2**20
"""Bytes."""

_INTERRUPTED = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object in S3; ``etag`` tells its versions apart."""

    uri: Uri
    size: int
    etag: str
    s3: Callable[[], "S3Client"] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Its URI."""
        return str(self.uri)

    @property
    def identity(self) -> Hashable:
        """Its URI: an object has one name."""
        return self.uri

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes."""
        return b"".join(self._read(size, 0, min(size, self.size)))

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of at most ``size``, each of them taken into the digest first."""
        for block in self._read(size, 0, self.size):
            digest.update(block)
            yield block

    def span(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``stop``, or to the end, in blocks of at most ``size``."""
        return self._read(size, start, min(stop, self.size))

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """Give a copy in the folder for temporary files, for its owner alone and as long as it is needed."""
        with ExitStack() as stack:
            try:
                suffix = PurePosixPath(self.uri.key).suffix
                copy = stack.enter_context(NamedTemporaryFile(prefix="onboard-", suffix=suffix))
                for block in self._read(COPIED_AT_A_TIME, 0, self.size):
                    copy.write(block)
                copy.flush()
            except OSError as error:
                raise InputRefused(
                    f"{self.name}: cannot be copied to the folder for temporary files: {error.strerror}"
                ) from error
            yield Path(copy.name)

    def _read(self, size: int, offset: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes between two offsets in blocks; where a connection breaks, go on there with another."""
        chances = INTERRUPTIONS
        while offset < stop:
            if not chances:
                raise InputRefused(f"{self.name}: the connection broke {INTERRUPTIONS} times; run again")
            chances -= 1
            with suppress(*_INTERRUPTED), self._open(offset, stop) as body, _undamaged(self.name):
                while block := body.read(size):
                    yield block
                    offset += len(block)
                    chances = INTERRUPTIONS if len(block) == size else chances

    def _open(self, offset: int, stop: int) -> "closing[StreamingBody]":
        bucket, key = self.uri.bucket, self.uri.key
        client = self.s3()
        with _plainly(self.name):
            if (offset, stop) == (0, self.size):
                # Asked for as a whole, it comes with a checksum, which botocore compares.
                answer = client.get_object(Bucket=bucket, Key=key, IfMatch=self.etag)
            else:
                span = f"bytes={offset}-{stop - 1}"
                answer = client.get_object(Bucket=bucket, Key=key, IfMatch=self.etag, Range=span)
        if answer["ContentLength"] != stop - offset:
            raise InputRefused(f"{self.name}: {CHANGED}")
        return closing(answer["Body"])


def objects_at(location: str, s3: Callable[[], "S3Client"]) -> list[S3Object]:
    """Return the objects at a location, sorted by key: an object's URI, a folder's that ends with ``/``, a pattern.

    Folders and patterns mean what they mean for files (``sources.files_at``). Raises ``InputRefused``, and
    ``AccessRefused`` where S3 does.
    """
    try:
        uri = Uri.of(location)
    except ValueError as error:
        raise InputRefused(f"{location}: {error}") from None
    with _plainly(location):
        if not WILDCARDS.isdisjoint(uri.key):
            return _matching(uri, s3)
        return _in_folder(uri, s3) if uri.key.endswith("/") or not uri.key else [_object(uri, s3)]


def _object(uri: Uri, s3: Callable[[], "S3Client"]) -> S3Object:
    # Not HeadObject: its refusals do not say what is missing, nor that an object is archived.
    answer = s3().get_object(Bucket=uri.bucket, Key=uri.key, Range="bytes=0-0")
    with closing(answer["Body"]) as body:
        body.read()
    return S3Object(uri, int(answer["ContentRange"].rpartition("/")[2]), answer["ETag"], s3)


def _in_folder(folder: Uri, s3: Callable[[], "S3Client"]) -> list[S3Object]:
    objects = []
    for found in _listed(folder.bucket, folder.key, s3, delimiter="/"):
        name = found.uri.key.removeprefix(folder.key)
        if PurePosixPath(name).suffix.lower() in SUFFIXES and not is_passed_over(name):
            objects.append(found)
    if not objects:
        raise InputRefused(f"{folder}: the folder holds no {', '.join(sorted(SUFFIXES))} object")
    return _not_empty(objects)


def _matching(pattern: Uri, s3: Callable[[], "S3Client"]) -> list[S3Object]:
    begin = min(pattern.key.index(wildcard) for wildcard in WILDCARDS if wildcard in pattern.key)
    goes_down = any(below in pattern.key[begin:] for below in ("/", "**"))
    listed = list(_listed(pattern.bucket, pattern.key[:begin], s3, delimiter="" if goes_down else "/"))
    objects = [found for found in listed if found.uri == pattern]
    objects = objects or [found for found in listed if _is_meant(found.uri.key.split("/"), pattern.key.split("/"))]
    if not objects:
        raise InputRefused(f"{pattern}: no object matches")
    return _not_empty(objects)


def _listed(bucket: str, prefix: str, s3: Callable[[], "S3Client"], *, delimiter: str) -> Iterator[S3Object]:
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter=delimiter)
    for page in pages:
        for found in page.get("Contents", ()):
            yield S3Object(Uri(bucket, found["Key"]), found["Size"], found["ETag"], s3)


def _is_meant(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    # A key that ends with a slash is a folder, made by a console.
    named = set(pattern)
    return bool(parts[-1]) and _fits(parts, pattern) and not any(is_passed_over(part) for part in {*parts} - named)


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
def _undamaged(name: str) -> Iterator[None]:
    try:
        yield
    except FlexibleChecksumError:
        raise InputRefused(f"{name}: arrived damaged, by its checksum; run again") from None


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    try:
        with translated():
            yield
    except Trouble as trouble:
        raise (AccessRefused if trouble.is_access else InputRefused)(f"{name}: {trouble.why}") from None
