"""Files that appear whole or not at all survive a power cut, too."""

import os
from pathlib import Path

from onboarding.runtime.files import atomic_write


class Syncs:
    """Sync as the system does, and note what was synced, and whether the file had its name by then."""

    def __init__(self, path: Path) -> None:
        self.seen: list[tuple[str, bool]] = []
        self._path = path

    def __call__(self, descriptor: int) -> None:
        os.fsync(descriptor)
        status = os.fstat(descriptor)
        is_folder = os.path.samestat(status, self._path.parent.stat())
        self.seen.append(("folder" if is_folder else f"{status.st_size} bytes", self._path.exists()))


def test_file_is_on_disk_before_it_is_renamed(tmp_path):
    """Otherwise a power cut may leave the name on a file without content."""
    path = tmp_path / "report.csv"
    syncs = Syncs(path)

    with atomic_write(path, fsync=syncs) as file:
        file.write(b"all the rows")

    assert ("12 bytes", False) in syncs.seen


def test_folder_is_on_disk_after_the_file_is_renamed(tmp_path):
    """Otherwise a power cut may take the name away again."""
    path = tmp_path / "report.csv"
    syncs = Syncs(path)

    with atomic_write(path, fsync=syncs) as file:
        file.write(b"all the rows")

    assert syncs.seen[-1] == ("folder", True)
