"""The locks that let one run at a time use a destination: files beside SQLite, or advisory locks in PostgreSQL.

When the process that holds a lock dies, the kernel frees a file lock, and PostgreSQL frees an advisory lock. Each lock
has a note that names its holder. The note is only for people: the lock alone decides who the holder is. A living
process may lose its lock: the connection to PostgreSQL breaks, or someone removes or moves the files. So the process
that takes a lock also gets a function to call, which raises ``HoldLost`` if the lock was lost. ``advisory_lock`` has
the locks in PostgreSQL.
"""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from onboarding.ledger.advisory_lock import AdvisoryLocks, holder_in_database
from onboarding.ledger.database import Database
from onboarding.ledger.file_lock import FileIdentity, identity_of, is_locked, locked_file
from onboarding.ledger.holders import (
    UNNAMED_HOLDER,
    RaiseIfLost,
    describe_holder,
    destination_held,
    digest_of,
    hold_lost,
    started_at,
)
from onboarding.model.errors import ConfigurationError
from onboarding.model.plan import Scope
from onboarding.model.run import Run
from onboarding.runtime.scratch import new_unfinished, put_in_place


class Locks:
    """The locks that this process holds in one ledger. Any thread may take a lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._advisory = AdvisoryLocks(database)

    def hold(self, run: Run) -> AbstractContextManager[RaiseIfLost]:
        """Keep other runs away from the destination of this run until the block ends.

        The context yields a function that raises ``HoldLost`` if the lock was lost. Raises ``DestinationHeld`` with the
        process, host and start of the run that holds the destination. Raises ``ConfigurationError`` if no lock can be
        made.
        """
        if self._database.file:
            return _hold_file(self._database, self._database.file, run)
        return self._advisory.hold(run)


def holder_of(database: Database, scope: Scope) -> str | None:
    """Return the process, host and start of the run that holds a destination, or None if the destination is free.

    This function takes no lock.
    """
    return _holder_of_file(database.file, scope) if database.file else holder_in_database(database, scope)


def _holder_of_file(ledger: Path, scope: Scope) -> str | None:
    path, note = _paths(ledger, scope)
    # The holder leaves a note beside its lock, a moment after it took the lock. Without a note this function does not
    # touch the lock. A test of the lock shares it for an instant, and a run that begins in that instant would find the
    # lock held.
    if not os.path.exists(note) or not is_locked(path):  # noqa: PTH110 - a Path raises an error if a folder may not be read
        return None
    return _read_note(note) or UNNAMED_HOLDER


@contextmanager
def _hold_file(database: Database, ledger: Path, run: Run) -> Iterator[RaiseIfLost]:
    path, note = _paths(ledger, run.scope)
    with _lock_beside(path, run.scope, note) as lock:

        def raise_if_lost() -> None:
            if not database.is_in_place():
                why = f"the ledger {ledger} was moved, removed or replaced"
                raise hold_lost(run.scope, why, advice="put it back and run onboard resume, or start the run again")
            if not lock.is_at(path):
                raise hold_lost(run.scope, f"the lock {path} was moved or removed")

        with suppress(OSError):  # the lock works without its note
            note.unlink(missing_ok=True)
            _write_note(note, run)
        try:
            yield raise_if_lost
        finally:
            if lock.is_at(path):  # otherwise the note may be from the next holder
                with suppress(OSError):
                    note.unlink(missing_ok=True)


@contextmanager
def _lock_beside(path: Path, scope: Scope, note: Path) -> Iterator[FileIdentity]:
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked_file(path, mode=0o600))
        except OSError as error:
            advice = "keep the ledger on a disk of this machine"
            raise ConfigurationError(f"lock {path}: {error.strerror}; {advice}") from None
        if descriptor is None:
            raise destination_held(scope, _read_note(note))
        yield identity_of(os.fstat(descriptor))


def _write_note(note: Path, run: Run) -> None:
    holder = {"pid": run.pid, "host": run.host, "started_at": started_at(run)}
    draft, descriptor = new_unfinished(note)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor is no path
        file.write(json.dumps(holder))
        file.flush()
        put_in_place(draft, file, note)


def _read_note(note: Path) -> str:
    try:
        holder = json.loads(note.read_text(encoding="utf-8"))
        return describe_holder(holder["pid"], holder["host"], holder["started_at"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _paths(ledger: Path, scope: Scope) -> tuple[Path, Path]:
    """Return the path of a destination's lock, and the path of the note about its holder.

    Both files are beside the ledger.
    """
    path = ledger.with_name(f"{ledger.name}.{digest_of(scope).hex()}.lock")
    return path, path.with_suffix(".holder.json")
