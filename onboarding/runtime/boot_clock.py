"""The boot clock: the seconds since the machine's boot. No person and no time server can set this clock.

The clock goes on while the machine is suspended. All processes on the machine read the same clock until the next boot.
So a process can find out how long ago another process did something.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from uuid import uuid4

from onboarding.model.values import dataclass

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_NAMESPACE = "/proc/self/ns/time"


@dataclass(frozen=True, slots=True)
class BootClock:
    """A clock that began at a boot. Only the times of clocks with the same ``boot_id`` can be compared.

    ``seconds`` returns the time since the boot, or since another fixed moment. ``is_shared`` is true if all processes
    of the machine read the same clock.
    """

    boot_id: str
    seconds: Callable[[], float]
    is_shared: bool = True


@cache  # the job reads the clock at each request, and the id of the boot never changes
def this_boot_clock() -> BootClock:
    """Return the boot clock of this machine.

    Only Linux has an id for each boot. On other systems, the clock is not shared with other processes.
    """
    boottime, gettime = getattr(time, "CLOCK_BOOTTIME", None), getattr(time, "clock_gettime", None)
    with suppress(OSError):
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        if boot_id and boottime is not None and gettime is not None:
            return BootClock(boot_id + _time_namespace(), partial(gettime, boottime))
    return BootClock(f"process {uuid4()}", time.monotonic, is_shared=False)


def _time_namespace() -> str:
    """Return the id of the process's time namespace, or an empty text on an old kernel.

    In another time namespace, such as that of a container, the boot clock may show another time.
    """
    with suppress(OSError):
        return f" {os.readlink(_TIME_NAMESPACE)}"  # noqa: PTH115 - the link names no path
    return ""
