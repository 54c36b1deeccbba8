"""A run has a folder of its own on the disk, private and proven to be writable."""

import stat

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.reports.folder import local_folder


def test_run_has_a_folder_of_its_own(tmp_path):
    with local_folder(str(tmp_path / "reports" / "of march"), "r1") as folder, folder.atomic_write("a.csv") as file:
        file.write(b"new")

    assert folder.name == f"{tmp_path}/reports/of march/r1"
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert (folder.path / "a.csv").read_bytes() == b"new"
    assert [file.name for file in folder.path.iterdir()] == ["a.csv"]


def test_folder_that_stays_empty_is_removed(tmp_path):
    with pytest.raises(KeyError), local_folder(str(tmp_path), "r1"):
        raise KeyError

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["a file", "/proc/nowhere", "/dev/null/reports"])
def test_place_that_cannot_be_written_to_is_refused(tmp_path, out):
    (tmp_path / "a file").touch()

    with pytest.raises(ConfigurationError, match="--out") as caught, local_folder(str(tmp_path / out), "r1"):
        pass

    assert repr(str(tmp_path / out)) in str(caught.value)


def test_folder_of_a_run_may_be_written_to_again(tmp_path):
    """A resumed run writes its report again, and the old report stays until the new one is whole."""
    for text in (b"old", b"new"):
        with local_folder(str(tmp_path), "r1") as folder, folder.atomic_write("summary.json") as file:
            file.write(text)
            assert (tmp_path / "r1" / "summary.json").exists() == (text == b"new")

    assert (tmp_path / "r1" / "summary.json").read_bytes() == b"new"
