"""S3 for tests: a server on loopback, empty buckets, and a connection that breaks on demand."""

import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit
from uuid import uuid4

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto_service import served_by_moto

from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "eu-central-1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that closes a connection with a reset instead of an orderly end."""


@dataclass(frozen=True)
class Bucket:
    """A bucket of one test, with nothing in it."""

    client: "S3Client"
    name: str = field(default_factory=lambda: f"hr-{uuid4().hex}")

    @property
    def uri(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, content: str | bytes, **more) -> str:
        """Put an object and return its URI."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content, **more)
        return f"{self.uri}/{key}"

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def about(self, key: str) -> dict:
        return self.client.head_object(Bucket=self.name, Key=key)

    def grow_old(self, key: str, age: timedelta) -> None:
        """Make an object look as if it was put here so long ago."""
        stored = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[self.name].keys[key]
        stored.last_modified = datetime.now(UTC).replace(tzinfo=None) - age

    def list(self) -> Sequence[str]:
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]


@contextmanager
def serve_s3() -> "Iterator[S3Client]":
    """Serve S3 on loopback; yield a client of it that may do everything."""
    with served_by_moto() as endpoint:
        access = Access(region=REGION, endpoint_url=endpoint, access_key="keeper", secret_key="keeper")  # noqa: S106 - not one
        with closing(open_s3(access)) as client:
            yield client


def new_bucket(client: "S3Client") -> Bucket:
    """Make a bucket that no other test uses."""
    bucket = Bucket(client)
    client.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket


class Wire:
    """Relay connections to an endpoint.

    Each of ``cuts`` is a number of bytes after which an answer breaks off. ``spoilt`` is the text that arrives damaged.
    """

    def __init__(self, endpoint: str, cuts: Sequence[int] = (), *, resets: bool = False, spoilt: bytes = b"") -> None:
        self.cuts = list(cuts)
        self._spoilt = spoilt
        self._near: list[socket.socket] = []
        self._resets = resets
        self._to = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._accepting = Thread(target=self._accept)

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self._listening.getsockname())

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        for near in self._near:
            with suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()

    def _accept(self) -> None:
        relays = []
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                self._near.append(near)
                far = socket.create_connection(self._to)
                relays += [Thread(target=self._ask, args=(near, far)), Thread(target=self._answer, args=(near, far))]
                for relay in relays[-2:]:
                    relay.start()
        for relay in relays:
            relay.join()

    @staticmethod
    def _ask(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(2**16):
                far.sendall(data)
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _answer(self, near: socket.socket, far: socket.socket) -> None:
        left = None
        with near, far, suppress(OSError):
            while data := far.recv(2**16):
                if left is None and self.cuts:
                    left = self.cuts.pop(0)
                near.sendall(self._as_sent(data)[:left])
                if left is not None and (left := left - len(data)) <= 0:
                    break
            if self._resets:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            near.shutdown(socket.SHUT_RD if self._resets else socket.SHUT_RDWR)  # and wake up its reader

    def _as_sent(self, data: bytes) -> bytes:
        return data.replace(self._spoilt, self._spoilt.swapcase()) if self._spoilt else data
