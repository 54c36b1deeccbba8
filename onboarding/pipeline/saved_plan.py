"""How is a plan kept until somebody has approved it, so that exactly that is sent or nothing?

A plan file is one line of JSON that a person can read, and the decided rows behind it as an Arrow stream. The line has
the SHA-256 of the rows, and a seal over itself that only the ledger which made the plan can make, so that a plan that
was edited is found out, and so is one that belongs to another ledger.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Self

import pandas as pd
import pyarrow as pa
from pydantic import TypeAdapter

from onboarding.exports import file_digests
from onboarding.model.columns import as_array
from onboarding.model.errors import ConfigurationError, InputRefused
from onboarding.model.plan import Scope
from onboarding.model.rows import DECIDED, TEXT, check_schema
from onboarding.runtime.files import atomic_write, is_own
from onboarding.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


FORMAT = 1
LONGEST_LINE = 16_000_000
"""In bytes; a plan of thousands of exports stays far below it."""


_SCHEMA = pa.schema(
    [
        ("position", pa.int64()),
        *((name, pa.string() if dtype == TEXT else pa.int64()) for name, dtype in DECIDED.items()),
    ]
)
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a plan says of itself.

    ``inputs`` are what was read, ``lists`` the SHA-256 of the lists of exclusions, ``settings`` those of the run that
    made it, ``invites`` how many people are to be invited in ``requests`` requests, which take about ``seconds`` at the
    rate that was last seen, if any was. ``guards`` are those that were hit, as ``guards.Hit`` has them.
    """

    run_id: str
    made_at: str
    version: str
    destination: str
    account: str
    endpoint: str
    account_name: str
    invites: int
    requests: int
    seconds: float | None
    counts: Mapping[str, int]
    guards: Sequence[Mapping[str, str]]
    confirmed: bool
    inputs: Sequence[Mapping[str, object]]
    lists: Mapping[str, str]
    settings: Mapping[str, object]
    rows_sha256: str = ""
    format: int = FORMAT
    seal: str = ""

    @property
    def exports(self) -> list[str]:
        """What was named as exports."""
        return self._named("exports")

    @property
    def exclude(self) -> list[str]:
        """What was named as lists of exclusions."""
        return self._named("exclude")

    def _named(self, setting: str) -> list[str]:
        named = self.settings.get(setting)
        return [str(one) for one in named] if isinstance(named, list) else []

    def sealed(self, secret: bytes) -> Self:
        """Return it with the seal of the ledger that has this secret."""
        text = json.dumps(asdict(replace(self, seal="")), sort_keys=True)
        return replace(self, seal=hmac.new(secret, text.encode(), hashlib.sha256).hexdigest())


class PlanRows:
    """Set the decided rows of a plan aside while they pass by. A context manager; ``scratch`` is a folder with room."""

    def __init__(self, scratch: Path) -> None:
        self._file = TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield frames with the columns of ``rows.DECIDED`` as they are, having set them aside."""
        with pa.ipc.new_stream(pa.PythonFile(self._file, "w"), _SCHEMA, options=_COMPRESSED) as writer:
            for frame in rows:
                columns = [pa.array(frame.index), *(as_array(frame[name]) for name in DECIDED)]
                writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))
                yield frame

    def write(self, path: Path, header: Header, secret: bytes) -> None:
        """Write the plan, whole or not at all, readable by its owner alone. Raises ``ReportNotWritten``."""
        self._file.seek(0)
        header = replace(header, rows_sha256=hashlib.file_digest(self._file, "sha256").hexdigest())
        self._file.seek(0)
        with atomic_write(path) as file:
            file.write(json.dumps(asdict(header.sealed(secret)), ensure_ascii=True).encode() + b"\n")
            copyfileobj(self._file, file)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan that nobody has changed."""

    header: Header
    file: BinaryIO

    def rows(self) -> Iterator[pd.DataFrame]:
        """Yield its decided rows, as frames with the columns of ``rows.DECIDED``. Call it once."""
        with pa.ipc.open_stream(pa.PythonFile(self.file, "r")) as stream:
            for batch in stream:
                frame = batch.to_pandas(types_mapper={pa.string(): TEXT}.get).set_index("position")
                first = int(frame.index[0])
                frame.index = pd.RangeIndex(first, first + len(frame))
                yield check_schema(frame, DECIDED)


@contextmanager
def open_plan(path: Path, secret: bytes) -> Iterator[SavedPlan]:
    """Open a saved plan. Raises ``InputRefused`` if it is none, was changed, or was made with another ledger."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            header = _header(path, file.readline(LONGEST_LINE))
            begin = file.tell()
            rows_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(begin)
        except OSError as error:
            raise InputRefused(f"{path}: the plan cannot be read ({error.strerror}).") from None
        genuine = header.sealed(secret).seal.encode()
        if not hmac.compare_digest(genuine, header.seal.encode()) or header.rows_sha256 != rows_sha256:
            raise InputRefused(
                f"{path}: the plan was changed since it was made, or was made with another ledger; make a new one."
            )
        yield SavedPlan(header, file)


def check_savable(path: Path) -> None:
    """Raise ``ConfigurationError`` if a plan cannot be saved there, or would replace a file that is none."""
    try:
        if path.exists():
            header_of(path)
        elif not path.parent.is_dir():
            raise ConfigurationError(f"--save: there is no folder {str(path.parent)!r}; make it, or name another one.")
    except (InputRefused, OSError):
        raise ConfigurationError(f"--save: {str(path)!r} is there already and is no plan; name another file.") from None


def header_of(path: Path) -> Header:
    """Return what a plan says of itself, unproven: ``open_plan`` proves it. Raises ``InputRefused`` if it is none."""
    try:
        with path.open("rb") as file:
            return _header(path, file.readline(LONGEST_LINE))
    except OSError as error:
        raise InputRefused(f"{path}: the plan cannot be read ({error.strerror}).") from None


def _header(path: Path, line: bytes) -> Header:
    try:
        told = json.loads(line)
        if told["format"] == FORMAT:
            return TypeAdapter(Header).validate_python(told)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputRefused(
            f"{path}: this is no plan that onboard plan --save has written, or it was changed."
        ) from None
    raise InputRefused(f"{path}: the plan was made by another version of onboarding; make a new one.")


PLACE = (
    *("destination", "account_id", "user_type", "network_id", "security_group", "region"),
    *("sandbox", "endpoint_url"),
)
"""The settings that say whom a plan mails, and from where."""


AS_APPROVED = ("exports", "exclude", "allow_domain", "reinvite_after", "reinvite_times")
"""Those that say who is in it, as far as that is asked again."""

NARROWER = ("max_invites",)
"""Those that may be set otherwise, since that can only keep a plan from being sent."""


def as_planned(settings: Settings, path: Path) -> Settings:
    """Return the settings with the destination and the exports of a saved plan.

    Raises ``InputRefused`` if a flag, a variable or a file of settings names another destination.
    """
    planned = header_of(path).settings
    for name in PLACE:
        if name in settings.model_fields_set and getattr(settings, name) != planned.get(name):
            raise InputRefused(
                f"{path}: the plan is for another {name}, and a plan is sent as it was approved; make a new one or drop"
                f" --{name.replace('_', '-')}."
            )
    wanted = {name: planned.get(name) for name in (*PLACE, *AS_APPROVED)}
    wanted |= {name: planned.get(name) for name in NARROWER if name not in settings.model_fields_set}
    return settings.with_values(wanted)


def check_scope(header: Header, scope: Scope) -> None:
    """Raise ``InputRefused`` if the plan is for another destination, account or endpoint than is reached now."""
    if Scope(header.destination, header.account, header.endpoint) != scope:
        raise InputRefused(
            f"The plan is for {header.destination} {header.account} at {header.endpoint or 'AWS'}, and what is reached "
            f"now is {scope.destination} {scope.account} at {scope.endpoint or 'AWS'}; make a new plan."
        )


def check_inputs(header: Header, s3: "Callable[[], S3Client]") -> None:
    """Raise ``InputRefused`` if what the plan was made from is not what is there now."""
    named = [*header.exports, *header.exclude]
    now = file_digests(named, s3) if named else {}
    told = {str(one["source"]): one["sha256"] for one in header.inputs} | dict(header.lists)
    # What the planning run made for itself was there for it alone.
    then = {source: sha256 for source, sha256 in told.items() if source in now or not is_own(source)}
    changed = [source for source in then.keys() | now.keys() if then.get(source) != now.get(source)]
    if changed:
        raise InputRefused(f"{min(changed)}: this is not what the plan was made from; make a new plan.")
