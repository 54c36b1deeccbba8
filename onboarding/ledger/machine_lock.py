"""The lock of a destination for all users and all ledgers of a machine, with a note about its last holder.

A run does not see the locks beside another ledger. So it also locks a file in a folder that all users may use, such as
``/var/tmp``. Each user may lock, read and write this file. So the file holds no secret, and no run trusts what it says.
The worst that a user can do there is to keep runs out.

The note stays when a run ends. It names the ledger by a keyed hash, and has the number of the hold (see ``hold``). So
the next run sees that another ledger was used meanwhile, or that its own ledger is an older copy.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from onboarding.ledger.file_lock import identity_of, is_locked, locked_file
from onboarding.ledger.holders import describe_holder, digest_of, hold_lost, started_at
from onboarding.model.errors import ConfigurationError, DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run

_LONGEST_NOTE = 1_000  # bytes
_LONGEST_TEXT = 64  # characters of a host or a time


@dataclass(frozen=True, slots=True)
class LastHolder:
    """The last holder of a destination on this machine, as its note says. ``ledger`` is the id of its ledger.

    ``generation`` is the number of its hold. ``noted_at`` is when the note was written, in seconds since 1970. ``name``
    describes the process, and is empty if the hold has ended.
    """

    ledger: str
    generation: int
    noted_at: float
    name: str = ""


class MachineLock:
    """The lock of a destination on this machine while it is held.

    ``last`` is the previous holder, or None if no note names one.
    """

    def __init__(self, path: Path, descriptor: int, scope: Scope) -> None:
        self._path = path
        self._descriptor = descriptor
        self._scope = scope
        self.last = _read_note(descriptor)

    def raise_if_lost(self) -> None:
        """Raise ``HoldLost`` if the file of the lock is no longer in its place."""
        if not identity_of(os.fstat(self._descriptor)).is_at(self._path):
            raise hold_lost(self._scope, f"the lock {self._path} was moved or removed")

    def note(self, ledger: str, generation: int, run: Run | None) -> None:
        """Write a note that says who holds the destination. ``run`` is None when the hold ends. Raises ``OSError``.

        ``ledger`` is the id of the run's ledger, and ``generation`` the number of the hold.
        """
        holder = {"pid": run.pid, "host": run.host[:_LONGEST_TEXT], "started_at": started_at(run)} if run else {}
        text = json.dumps({"ledger": ledger, "generation": generation} | holder).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


@contextmanager
def hold_on_machine(folder: Path, run: Run, ledger: str) -> Iterator[MachineLock]:
    """Keep other runs of this machine from a destination inside the block, whatever ledger they use.

    ``folder`` is the folder of the locks, and ``ledger`` the id of this run's ledger. Raises ``DestinationHeld`` with a
    description of the holder, and ``ConfigurationError`` if the folder cannot be used.
    """
    path = _path(folder, run.scope)
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked_file(path, mode=0o666))
        except OSError as error:
            raise _unusable(path, error) from None
        if descriptor is None:
            raise _held(run.scope, _read(path), ledger)
        yield MachineLock(path, descriptor, run.scope)


def last_holder_on_machine(folder: Path, scope: Scope) -> LastHolder | None:
    """Return the last holder of a destination on this machine, or None if no note names one. This takes no lock."""
    path = _path(folder, scope)
    found = _read(path)
    # Without a note about a holder the lock is not tested: a test shares it for an instant.
    if found and found.name and not is_locked(path):  # the holder died
        return replace(found, name="")
    return found


def check_folder(folder: Path) -> None:
    """Raise ``ConfigurationError`` if locks cannot be made in a folder."""
    if not os.path.isdir(folder):  # noqa: PTH112 - a Path raises an error if a folder may not be read
        raise ConfigurationError(f"locks {folder}: not a folder; name one that all users of this machine may write")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"locks {folder}: may not be written; name another folder with --locks")


def _path(folder: Path, scope: Scope) -> Path:
    return folder / f"onboard-{digest_of(scope).hex()}.lock"


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    advice = "see to it, or name another folder with --locks, the same for all users of this machine"
    return ConfigurationError(f"lock {path}: {error.strerror}; {advice}")


def _held(scope: Scope, holder: LastHolder | None, ledger: str) -> DestinationHeld:
    who = f": {holder.name}" if holder and holder.name else ", which has only just begun"
    which = " with another ledger" if holder and holder.ledger != ledger else ""
    return DestinationHeld(
        f"{scope.destination} {scope.account} is held by another run{which}{who}; wait until it has ended, and let all"
        " runs to one account share one ledger (--ledger)"
    )


def _read(path: Path) -> LastHolder | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _read_note(descriptor)
    finally:
        os.close(descriptor)


def _read_note(descriptor: int) -> LastHolder | None:
    try:
        note = json.loads(os.pread(descriptor, _LONGEST_NOTE, 0))
        noted_at = os.fstat(descriptor).st_mtime
        found = LastHolder(str(note["ledger"])[:_LONGEST_TEXT], int(note["generation"]), noted_at)
        if "pid" not in note:
            return found
        host, started = (str(note[name])[:_LONGEST_TEXT] for name in ("host", "started_at"))
        return replace(found, name=describe_holder(int(note["pid"]), host, started))
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        return None
