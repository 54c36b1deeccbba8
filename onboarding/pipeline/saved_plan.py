"""The plan file of ``onboard plan --save``: write, seal, open and check a plan that waits for approval.

``onboard apply`` then sends exactly this plan, or nothing. ``planned_settings`` has the settings for ``onboard apply``.

A plan file begins with one line of JSON that a person can read. The decided rows follow as an Arrow stream. The first
line contains the SHA-256 of the rows, and a seal over the line itself. Only the ledger that made the plan can make this
seal. So ``onboard apply`` refuses an edited plan, and a plan of another ledger.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from io import BufferedRandom
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Self

import pandas as pd
import pyarrow as pa
from pydantic import TypeAdapter

from onboarding.model.columns import as_array
from onboarding.model.errors import ConfigurationError, InputRefused
from onboarding.model.mistyped import blaming
from onboarding.model.rows import DECIDED, TEXT, check_schema
from onboarding.model.values import dataclass
from onboarding.preparing.guards import ApprovedPlan, HitGuard
from onboarding.runtime.files import atomic_write, open_regular, similar_path
from onboarding.settings.options import flag_of

FORMAT = 1
LONGEST_LINE = 16_000_000
"""The most bytes in the first line of a plan file. Even a plan of thousands of exports needs far fewer."""

_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """One account in a plan for many accounts: the number of people to invite, and the guards that stop the account."""

    account: str
    invites: int
    guards: tuple[HitGuard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a plan file: the origin of the plan, and the effects of sending it.

    ``settings`` are the settings of the run that made the plan, and ``inputs`` are the facts of the exports that this
    run read. ``lists`` has the SHA-256 of each list of exclusions. ``invites`` is the number of people to invite, and
    ``requests`` the number of requests for these people. ``seconds`` is an estimate of how long the requests take, by
    the rate in the ledger. None means that the ledger has no rate. ``guards`` are the guards that stop a run with these
    people. ``confirmed`` says whether the operator has confirmed the number of people. A plan for many accounts has an
    empty ``account``, and has an entry for each account in ``accounts``.
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
    guards: tuple[HitGuard, ...]
    confirmed: bool
    inputs: Sequence[Mapping[str, object]]
    lists: Mapping[str, str]
    settings: Mapping[str, object]
    accounts: tuple[PlannedAccount, ...] = ()
    rows_sha256: str = ""
    format: int = FORMAT
    seal: str = ""

    def named(self, setting: str) -> list[str]:
        """Return the names of the files that ``setting`` named in the run that made the plan.

        ``setting`` is ``exports``, ``exclude`` or ``routes``.
        """
        names = self.settings.get(setting) or []
        return [str(name) for name in names] if isinstance(names, list) else [str(names)]

    def approved(self, account: str = "") -> ApprovedPlan:
        """Return this plan as an ``ApprovedPlan``: the number of people, and the guards that would stop the plan.

        If ``account`` is not empty, the result is about this account only.
        """
        if not account:
            return ApprovedPlan(self.invites, self.guards, self.confirmed)
        found = next((each for each in self.accounts if each.account == account), PlannedAccount(account, 0, ()))
        return ApprovedPlan(found.invites, found.guards, self.confirmed)

    def sealed(self, secret: bytes) -> Self:
        """Return the header with the seal of a ledger. ``secret`` is the secret of that ledger."""
        text = json.dumps(asdict(replace(self, seal="")), sort_keys=True)
        return replace(self, seal=hmac.new(secret, text.encode(), hashlib.sha256).hexdigest())


class PlanRows:
    """Collect the decided rows of a plan in a scratch file, and then write them to the plan file.

    ``file`` is the scratch file, open for reading and writing. ``columns`` are the columns of the rows.
    """

    def __init__(self, file: BufferedRandom, columns: Sequence[str] = tuple(DECIDED)) -> None:
        self._file = file
        types = {name: pa.string() if DECIDED.get(name, TEXT) == TEXT else pa.int64() for name in columns}
        self._schema = pa.schema({"position": pa.int64(), **types})

    def over(self, rows: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Write each frame into the scratch file, and then yield the frame unchanged."""
        with pa.ipc.new_stream(pa.PythonFile(self._file, "w"), self._schema, options=_COMPRESSED) as writer:
            for frame in rows:
                columns = [pa.array(frame.index), *(as_array(frame[name]) for name in self._schema.names[1:])]
                writer.write_batch(pa.record_batch(columns, schema=self._schema))
                yield frame

    def write(self, path: Path, header: Header, secret: bytes) -> None:
        """Write the header and the collected rows to the plan file. Raises ``ReportNotWritten``.

        The folder shows a whole file or no file, and only the file's owner can read it. ``secret`` is the secret of the
        ledger, which makes the seal of the plan.
        """
        self._file.seek(0)
        header = replace(header, rows_sha256=hashlib.file_digest(self._file, "sha256").hexdigest())
        self._file.seek(0)
        with atomic_write(path) as file:
            file.write(json.dumps(asdict(header.sealed(secret)), ensure_ascii=True).encode() + b"\n")
            copyfileobj(self._file, file)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """An open plan file with a valid seal. The seal proves that the plan has not changed since it was made."""

    header: Header
    file: BinaryIO

    def rows(self) -> Iterator[pd.DataFrame]:
        """Yield the decided rows of the plan, as frames with the columns of ``rows.DECIDED``. Call this method once.

        The frames of a plan for many accounts also have the column ``account``.
        """
        with pa.ipc.open_stream(pa.PythonFile(self.file, "r")) as stream:
            for batch in stream:
                frame = batch.to_pandas(types_mapper={pa.string(): TEXT}.get).set_index("position")
                first = int(frame.index[0])
                frame.index = pd.RangeIndex(first, first + len(frame))
                yield check_schema(frame, DECIDED)


@contextmanager
def open_plan(path: Path, secret: bytes) -> Iterator[SavedPlan]:
    """Open a saved plan and check its seal. ``secret`` is the secret of the ledger.

    Raises ``InputRefused`` for a file that is no plan, a changed plan, or a plan of another ledger.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open_regular(path))
            header = _header(path, file.readline(LONGEST_LINE))
            begin = file.tell()
            rows_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(begin)
        except OSError as error:
            raise _unreadable(path, error) from None
        genuine = header.sealed(secret).seal.encode()
        if not hmac.compare_digest(genuine, header.seal.encode()) or header.rows_sha256 != rows_sha256:
            message = (
                f"{path}: the plan was changed since it was made, or was made with another ledger; make a new one."
            )
            raise blaming(InputRefused(message, plan_settings={}), flag_of("ledger"))
        yield SavedPlan(header, file)


def check_savable(path: Path) -> None:
    """Raise ``ConfigurationError`` if a plan cannot be saved at ``path``.

    The folder of ``path`` must exist, and a file that is there already must be a plan.
    """
    try:
        if path.exists():
            header_of(path)
        elif not path.parent.is_dir():
            raise ConfigurationError(f"--save: there is no folder {str(path.parent)!r}; make it, or name another one.")
    except (InputRefused, OSError):
        raise ConfigurationError(f"--save: {str(path)!r} is there already and is no plan; name another file.") from None


def header_of(path: Path) -> Header:
    """Return the header of a plan without a check of its seal. Raises ``InputRefused`` for a file that is no plan."""
    try:
        with open_regular(path) as file:
            return _header(path, file.readline(LONGEST_LINE))
    except OSError as error:
        raise _unreadable(path, error) from None


def is_for_many_accounts(path: Path) -> bool:
    """Return whether a file is a plan for many accounts. The seal is not checked."""
    with suppress(InputRefused):
        return not header_of(path).account
    return False


def _unreadable(path: Path, error: OSError) -> InputRefused:
    is_missing = isinstance(error, FileNotFoundError)
    meant = similar_path(path) if is_missing else None
    first = f"did you mean {meant}? If not, " if meant else ""
    advice = f"{first}make the plan first" if is_missing else "see that this user may read the file"
    message = f"{path}: the plan cannot be read ({error.strerror}); {advice}."
    refused = InputRefused(message, plan_settings={} if is_missing else None)
    return blaming(refused, str(path), str(meant)) if meant else refused


NO_PLAN = "this is no plan that onboard plan --save has written, or it was changed."
"""The end of a message about a file that is no plan."""


def _header(path: Path, line: bytes) -> Header:
    try:
        document = json.loads(line)
        if document["format"] == FORMAT:
            return TypeAdapter(Header).validate_python(document)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputRefused(f"{path}: {NO_PLAN}", plan_settings={}) from None
    message = f"{path}: the plan was made by another version of onboarding; make a new one."
    raise InputRefused(message, plan_settings={})
