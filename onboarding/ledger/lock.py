"""Which run may send to a destination now?

The kernel frees a file lock, and PostgreSQL an advisory lock, when the process that holds it dies. What is told of
the holder is for people to read: nothing is decided by it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import func, select, text

from onboarding.errors import ConfigurationError, DestinationHeld
from onboarding.ledger.run import Run
from onboarding.ledger.store import Store
from onboarding.plan import Scope

_LONGEST_HOST = 17  # letters of a host's name in PostgreSQL's application name, which is cut after 63 bytes
_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = :number"
)


def hold(store: Store, run: Run) -> AbstractContextManager[None]:
    """Keep every other run from this run's destination inside the block.

    Raises ``DestinationHeld`` naming the process, host and start of the run that holds it.
    """
    return _hold_file(store.file, run) if store.file else _hold_advisory(store, run)


@contextmanager
def _hold_file(ledger: Path, run: Run) -> Iterator[None]:
    path = ledger.with_name(f"{ledger.name}.{_digest(run.scope).hex()}.lock")
    note = path.with_suffix(".holder.json")
    with _lock_file(path, run.scope, note):
        with suppress(OSError):  # the lock holds without its note
            note.unlink(missing_ok=True)
            _write_note(note, run)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def _lock_file(path: Path, scope: Scope, note: Path) -> Iterator[None]:
    # Never filelock's fallback for file systems without locks: such a lock would outlive its process.
    lock = FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise _held(scope, _read_note(note)) from None
    except OSError as error:
        raise ConfigurationError(f"lock {path}: {error.strerror}; keep the ledger on a disk of this machine") from None
    try:
        yield
    finally:
        lock.release()


def _write_note(note: Path, run: Run) -> None:
    told = {"pid": run.pid, "host": run.host, "started_at": _started(run)}
    draft = note.with_suffix(".tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(note)


def _read_note(note: Path) -> str:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return _told(told["pid"], told["host"], told["started_at"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


@contextmanager
def _hold_advisory(store: Store, run: Run) -> Iterator[None]:
    number = int.from_bytes(_digest(run.scope), signed=True)
    told = _told(run.pid, run.host[:_LONGEST_HOST], _started(run))
    with store.session() as connection:
        connection.execute(select(func.set_config("application_name", told, False)))  # noqa: FBT003 - SQL's own order
        if not connection.scalar(select(func.pg_try_advisory_lock(number))):
            raise _held(run.scope, connection.scalar(_HOLDER, {"number": number}) or "")
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(number)))


def _held(scope: Scope, holder: str) -> DestinationHeld:
    who = f": {holder}" if holder else ", which has only just begun"
    return DestinationHeld(f"{scope.destination} {scope.account} is held by another run{who}; wait until it has ended")


def _told(pid: object, host: object, started: object) -> str:
    return f"process {pid} on {host} since {started}"


def _started(run: Run) -> str:
    return f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _digest(scope: Scope) -> bytes:
    # Of fixed length and without the account's id, which has no place in a file's name.
    told = json.dumps([scope.destination, scope.account, scope.endpoint])
    return hashlib.blake2b(told.encode(), digest_size=8).digest()
