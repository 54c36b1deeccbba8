"""The number of cores heeds the limits of control groups, in both of their versions."""

import os

import pytest

from onboarding.runtime.cores import usable_cores

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
V1 = "4:cpu,cpuacct:/docker/ab\n3:memory:/docker/ab\n"
V2 = "0::/system.slice/job.service\n"


@pytest.mark.parametrize(
    ("groups", "limits", "cores"),
    [
        (V2, {"system.slice/job.service/cpu.max": "50000 100000"}, 1),
        (V2, {"system.slice/cpu.max": "100000 100000", "system.slice/job.service/cpu.max": "max 100000"}, 1),
        (V2, {"cpu.max": "1000 100000"}, 1),  # in a container, the root has the limits
        (V2, {"cpu.max": "99900000 100000"}, CORES),
        (V2, {"cpu.max": "max 100000"}, CORES),
        (V2, {"cpu.max": "anything"}, CORES),
        (V1, {"cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "80000"}, CORES),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, CORES),
        (V1, {f"cpu,cpuacct/docker/ab/cpu.cfs_{name}_us": "100000" for name in ("quota", "period")}, 1),
        ("", {"cpu.max": "1000 100000"}, CORES),
    ],
)
def test_limits_of_control_groups_count(tmp_path, groups, limits, cores):
    """A limit may be set for the group of the process, or for any group around it."""
    own = tmp_path / "own"
    own.write_text(groups)
    for name, text in limits.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    assert usable_cores(cgroups=tmp_path / "cgroup", own_cgroups=own) == cores


def test_system_without_control_groups_shows_its_cores(tmp_path):
    assert usable_cores(cgroups=tmp_path / "none", own_cgroups=tmp_path / "nothing") == CORES
