"""Find out how many cores this process may use, heeding CPU affinity and the CPU limits of Linux control groups.

A container may show all cores of its machine, and yet may use only a few of them. More threads than cores would only
take more memory.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
"""The folder in which Linux shows the control groups. Version 2 has one tree, version 1 a tree for each controller."""

OWN_CGROUPS = Path("/proc/self/cgroup")
"""The file in which Linux shows to which control groups this process belongs."""


def usable_cores(*, cgroups: Path = CGROUPS, own_cgroups: Path = OWN_CGROUPS) -> int:
    """Return the number of cores that this process may use, at least 1.

    The process may run on the cores of its affinity. The number is smaller if a control group of the process, or a
    group around this group, limits the CPU time. A part of a core counts as a whole core. The arguments are the places
    where Linux shows its control groups; on other systems these do not exist.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *map(ceil, _limits(cgroups, own_cgroups))]))


def _limits(cgroups: Path, own_cgroups: Path) -> Iterator[float]:
    """Yield the limits of the control groups of this process, in cores."""
    for folder in _folders(cgroups, own_cgroups):
        for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
            with suppress(OSError, ValueError, ZeroDivisionError):
                quota, period = " ".join((folder / name).read_text() for name in names).split()
                if quota not in ("max", "-1"):
                    yield int(quota) / int(period)


def _folders(cgroups: Path, own_cgroups: Path) -> Iterator[Path]:
    """Yield the folders of the CPU groups of this process, and of all groups around them.

    Inside a container, Linux may show the group's path on the host. The folders of this path are then missing, and the
    root folder has the limits.
    """
    with suppress(OSError):
        for line in own_cgroups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                root = cgroups / controllers if controllers else cgroups
                inside = PurePosixPath(path.lstrip("/"))
                yield from (root / group for group in (inside, *inside.parents))
