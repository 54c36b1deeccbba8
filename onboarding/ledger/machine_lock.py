"""The lock of a destination for all users and all ledgers of a machine, with a note about the last request that left.

The locks beside a ledger do not stop runs with other ledgers. So a run also locks a file in a folder that all users may
use, such as ``/var/tmp``. Each user may lock, read and write this file. So the file contains no secret, and no run
trusts its text. The most harm that a user can do with the file is to stop runs from starting.

The note names the holder. It also names the last request that left from this machine, and this part stays when a run
ends. A run records each request in its ledger first, and in the note afterwards. So if a ledger lacks the request in
the note, this ledger does not know which people the last run mailed. Either this ledger is an older copy, or the last
run used another ledger.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from math import inf, isfinite
from pathlib import Path
from typing import Self

from onboarding.ledger.file_lock import identity_of, is_locked, locked_file
from onboarding.ledger.holders import describe_holder, digest_of, hold_lost, started_at
from onboarding.ledger.stamps import Stamp
from onboarding.model.errors import ConfigurationError, DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run
from onboarding.model.values import dataclass
from onboarding.runtime.descriptors import open_unlinked, read_start, write_start

_NOTE_BYTES = 2_000  # the size of a note, filled up with spaces
_LONGEST_TEXT = 64  # characters of a host or a time
_MOST_CHUNKS = 2**31  # more than a database has numbers for
_GARBLED = (OSError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class LastRequest:
    """The last request to a destination that left from this machine: the id of its ledger, its run and its chunk.

    ``departed`` is the stamp of the request in that ledger. ``left`` is a stamp of this boot: it says when the
    request left, by the clocks of this machine.
    """

    ledger: str
    run_id: str
    chunk: int
    departed: Stamp
    left: Stamp

    def carried_into(self, now: Stamp) -> Self:
        """Return the request with a stamp of this boot, by the stamp of this moment."""
        return replace(self, left=now.carry_into_boot(self.left))

    def seconds_ago(self, now: Stamp) -> tuple[float, float]:
        """Return two ages of the request, in seconds: by the clock of this boot, and by the time of day.

        The request is at least as old as each age. The second age is a day too short, in case the clock is wrong, so it
        may be negative.
        """
        return now.seconds_since(self.left), now.seconds_across_boots(self.left)


@dataclass(frozen=True, slots=True)
class MachineNote:
    """The note of this machine about one destination: the process that holds it, and the last request that left.

    ``holder`` describes the process that holds the destination, and is empty if the destination is free. ``ledger`` is
    the id of the holder's ledger, or empty. ``last`` is the last request that left, or None if no request is known.
    """

    holder: str = ""
    ledger: str = ""
    last: LastRequest | None = None


class MachineLock:
    """The lock of a destination on this machine while it is held.

    ``found`` is the last request that left before this hold, with a stamp of this boot, or None. ``ledger`` is the id
    of the holder's ledger, and ``clock`` returns the stamp of this moment. Any thread may use the lock.
    """

    def __init__(self, path: Path, descriptor: int, run: Run, *, ledger: str, clock: Callable[[], Stamp]) -> None:
        self._path = path
        self._descriptor = descriptor
        self._run = run
        self._ledger = ledger
        self._clock = clock
        last = _read_note(descriptor).last
        self.found = last.carried_into(clock()) if last else None
        self._last = self.found
        self._note(is_held=True)

    def raise_if_lost(self) -> None:
        """Raise ``HoldLost`` if the file of the lock is no longer in its place."""
        if not identity_of(os.fstat(self._descriptor)).is_at(self._path):
            raise hold_lost(self._run.scope, f"the lock {self._path} was moved or removed")

    def found_seconds_ago(self) -> tuple[float, float]:
        """Return the two ages of the request ``found`` in seconds, or infinite ages if no request was found."""
        return self.found.seconds_ago(self._clock()) if self.found else (inf, inf)

    def note_request(self, run_id: str, chunk: int, departed: Stamp) -> None:
        """Write into the note that the request of a chunk leaves now. The ledger must have the chunk's claim already.

        ``departed`` is the stamp of the request in the ledger.
        """
        self._last = LastRequest(self._ledger, run_id, chunk, departed, self._clock())
        self._note(is_held=True)

    def note_end(self) -> None:
        """Write into the note that the hold has ended. The last request stays in the note."""
        self._note(is_held=False)

    def _note(self, *, is_held: bool) -> None:
        run, last = self._run, self._last
        host = run.host[:_LONGEST_TEXT]
        holder = {"ledger": self._ledger, "pid": run.pid, "host": host, "started_at": started_at(run)}
        note = (holder if is_held else {}) | ({"last": asdict(last)} if last else {})
        # A process may die, and another process may read, at any moment. So one write replaces the whole note.
        with suppress(OSError):  # the lock works without its note
            write_start(self._descriptor, json.dumps(note).encode().ljust(_NOTE_BYTES))


@contextmanager
def hold_on_machine(folder: Path, run: Run, ledger: str, clock: Callable[[], Stamp]) -> Iterator[MachineLock]:
    """Keep all other runs on this machine away from a destination until the block ends, even runs with another ledger.

    ``folder`` is the folder of the locks. ``ledger`` is the id of this run's ledger. ``clock`` returns the stamp of
    this moment. Raises ``DestinationHeld`` with a description of the holder, and ``ConfigurationError`` if the folder
    cannot be used.
    """
    path = _path(folder, run.scope)
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(locked_file(path, mode=0o666))
        except OSError as error:
            raise _unusable(path, error) from None
        if descriptor is None:
            raise _held(run.scope, _read(path), ledger)
        lock = MachineLock(path, descriptor, run, ledger=ledger, clock=clock)
        stack.callback(lock.note_end)
        yield lock


def note_on_machine(folder: Path, scope: Scope) -> MachineNote:
    """Return the note of a destination on this machine, without taking a lock.

    If the holder in the note has died, the result names no holder.
    """
    path = _path(folder, scope)
    found = _read(path)
    # Without a note about a holder the lock is not tested: a test shares it for an instant.
    if found.holder and not is_locked(path):  # the holder died
        return MachineNote(last=found.last)
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


def _held(scope: Scope, note: MachineNote, ledger: str) -> DestinationHeld:
    who = f": {note.holder}" if note.holder else ", which has only just begun"
    which = " with another ledger" if note.ledger not in ("", ledger) else ""
    return DestinationHeld(
        f"{scope.destination} {scope.account} is held by another run{which}{who}; wait until it has ended, and let all"
        " runs to one account share one ledger (--ledger)"
    )


def _read(path: Path) -> MachineNote:
    try:
        descriptor = open_unlinked(path, os.O_RDONLY)
    except OSError:
        return MachineNote()
    try:
        return _read_note(descriptor)
    finally:
        os.close(descriptor)


def _read_note(descriptor: int) -> MachineNote:
    """Return the note in a file. Any user may have written the file, so the note is empty if the text is garbled."""
    with suppress(*_GARBLED):
        note = json.loads(read_start(descriptor, _NOTE_BYTES))
        return MachineNote(*_holder(note), last=_last_request(note))
    return MachineNote()


def _holder(note: Mapping[str, object]) -> tuple[str, str]:
    with suppress(*_GARBLED):
        ledger, host, started = (str(note[name])[:_LONGEST_TEXT] for name in ("ledger", "host", "started_at"))
        return describe_holder(int(str(note["pid"])), host, started), ledger
    return "", ""


def _last_request(note: Mapping[str, object]) -> LastRequest | None:
    with suppress(*_GARBLED):
        last = _fields(note["last"])
        run_id, chunk = str(last["run_id"]), int(str(last["chunk"]))
        if run_id.isprintable() and 0 <= chunk < _MOST_CHUNKS:
            return LastRequest(str(last["ledger"]), run_id, chunk, _stamp(last["departed"]), _stamp(last["left"]))
    return None


def _stamp(value: object) -> Stamp:
    stamp = _fields(value)
    boot_seconds, left_at = (float(str(stamp[name])) for name in ("boot_seconds", "left_at"))
    if not isfinite(boot_seconds) or not isfinite(left_at):
        raise ValueError
    return Stamp(str(stamp["boot_id"]), boot_seconds, left_at)


def _fields(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError
    return value
