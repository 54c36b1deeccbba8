"""Find out how many cores this process may use, from its CPU affinity and the CPU limits of Linux control groups.

A container may show all cores of its machine, but may use only a few of them. More threads than cores would only need
more memory.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
"""The folder of control groups in Linux. Version 2 is one tree of folders; version 1 is a tree for each controller."""

OWN_CGROUPS = Path("/proc/self/cgroup")
"""The file in which Linux lists the control groups of this process."""


def usable_cores(*, cgroups: Path = CGROUPS, own_cgroups: Path = OWN_CGROUPS) -> int:
    """Return the number of cores that this process may use, at least 1.

    The process may run on the cores of its affinity. The number is smaller if a control group of the process, or a
    group around this group, limits the CPU time. The function rounds a part of a core up. The arguments are Linux's
    paths of control groups, which do not exist on other systems.
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

    Inside a container, the path of a group may be its path on the host. The folders of this path are then missing, and
    the root folder contains the limits.
    """
    with suppress(OSError):
        for line in own_cgroups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                root = cgroups / controllers if controllers else cgroups
                inside = PurePosixPath(path.lstrip("/"))
                yield from (root / group for group in (inside, *inside.parents))
