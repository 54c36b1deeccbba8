"""Tests which files a location stands for, and which locations are refused before any file is read."""

import hashlib
import os
from pathlib import Path

import pytest

from onboarding.exports.open_tables import find_sources
from onboarding.exports.sources.local_files import SUFFIXES
from onboarding.model.errors import ConfigurationError, InputRefused


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with some files, one of them further down."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hr" / "old").mkdir(parents=True)
    for name in ("b.csv", "a.TSV", "c.txt", "notes.md", ".hidden.csv", "old/d.csv"):
        (tmp_path / "hr" / name).write_text("email\n")
    return tmp_path / "hr"


def found(*locations):
    """Return the files at the locations; none of them is in S3."""
    return find_sources(locations, lambda: pytest.fail("S3 is not needed"))


def names(*locations):
    """Return what the files at the locations are called, in order."""
    return [file.name for file in found(*locations)]


@pytest.mark.usefixtures("folder")
def test_folder_stands_for_the_exports_directly_in_it():
    """The files are sorted, without hidden files, other files and files in folders below."""
    assert names("hr") == ["hr/a.TSV", "hr/b.csv", "hr/c.txt"]


def test_rest_of_a_folder_is_said_once(folder):
    """Hidden files, and files that a system leaves in each folder, are not worth a word."""
    for name in ("form.xltx", "Thumbs.db", "of ana@corp.example.pdf", "~$b.xlsx", "macros.xlsm"):
        (folder / name).write_text("x")

    first, *others = found("hr")

    assert first.notes == ('In the folder of this file, these were passed over: "form.xltx", "notes.md", "…", "old/".',)
    assert {file.notes for file in others} == {()}
    assert names("hr") == ["hr/a.TSV", "hr/b.csv", "hr/c.txt", "hr/macros.xlsm"]


@pytest.mark.usefixtures("folder")
def test_folder_may_end_with_a_slash():
    """Shells complete names of folders with a slash."""
    assert names("hr/") == names("hr")


def test_lock_of_an_open_workbook_is_no_export(folder):
    """Excel keeps a lock file there while it has the workbook open."""
    (folder / "staff.xlsx").write_bytes(b"PK")
    (folder / "~$staff.xlsx").write_bytes(b"lock")

    assert names("hr/*.xlsx") == names("hr")[3:] == ["hr/staff.xlsx"]


@pytest.mark.usefixtures("folder")
def test_pattern_may_go_down_folders():
    """The matches are sorted, without hidden files."""
    assert names("hr/**/*.csv") == ["hr/b.csv", "hr/old/d.csv"]
    assert names("hr/[bc].*") == ["hr/b.csv", "hr/c.txt"]


def test_pattern_may_be_absolute(folder):
    """Cron jobs use absolute paths."""
    assert names(f"{folder}/*.csv") == [f"{folder.as_posix()}/b.csv"]


def test_pattern_may_go_up(folder, monkeypatch):
    """The parent folder is not hidden."""
    monkeypatch.chdir(folder / "old")

    assert names("../*.csv") == ["../b.csv"]


@pytest.mark.usefixtures("folder")
def test_named_file_may_be_called_anything():
    """A hidden file, and a file without a suffix, is read if the user names it."""
    assert names("hr/.hidden.csv", "hr/notes.md") == ["hr/.hidden.csv", "hr/notes.md"]


def test_file_with_brackets_in_its_name_is_that_file(folder):
    """Browsers call a second download ``staff[1].csv``."""
    (folder / "staff[1].csv").write_text("email\n")

    assert names("hr/staff[1].csv") == ["hr/staff[1].csv"]


def test_file_reached_twice_is_read_once(folder):
    """The file may be reached by its name, its folder, a pattern or a link."""
    (folder / "z.csv").symlink_to(folder / "b.csv")

    assert names("hr/b.csv", "hr", "hr/*.csv", "./hr/b.csv") == ["hr/b.csv", "hr/a.TSV", "hr/c.txt"]


def test_links_in_a_circle_end(folder):
    """Two links to folders in each other would keep a simple walk busy for ever."""
    (folder / "old" / "up").symlink_to(folder)
    (folder / "old" / "again").symlink_to(folder)

    assert names("hr/**/*.csv") == ["hr/b.csv", "hr/old/d.csv"]


@pytest.mark.usefixtures("folder")
def test_name_that_is_not_text_is_shown():
    """File names are bytes; a report is UTF-8."""
    Path(os.fsdecode(b"hr/caf\xe9.csv")).write_text("email\n")

    assert names("hr/caf*.csv") == ["hr/caf\\udce9.csv"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("nowhere.csv", "nowhere.csv: no such file or folder"),
        ("hr/b.csv/x", "hr/b.csv/x: no such file or folder"),
        ("hr/*.ods", "hr/*.ods: no file matches"),
        ("empty.csv", "empty.csv: the file is empty"),
        (
            "bare",
            f"bare: the folder holds no {', '.join(sorted(SUFFIXES))} file",
        ),
        (
            "https://user:secret@hr.example.com/a.csv?token=secret",
            "https://hr.example.com/…: web addresses are not read; download the file, and name it or pipe it in",
        ),
        (
            "gs://bucket/a.csv",
            "gs://bucket/…: of places elsewhere, only s3:// is read; copy the file here, and name it",
        ),
        ("loop.csv", "loop.csv: cannot be read: Too many levels of symbolic links"),
        ("pipe", "pipe: not a regular file"),
        ("broken.csv", "broken.csv: a link to a file that is not there"),
        ("links", "links/staff.csv: a link to a file that is not there"),
        ("hr/a\0.csv", "hr/a\0.csv: no such file or folder"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_location_that_cannot_be_an_export_is_refused_in_one_line(location, message):
    """The line names the location as the user gave it."""
    Path("empty.csv").touch()
    Path("bare").mkdir()
    Path("loop.csv").symlink_to("loop.csv")
    os.mkfifo("pipe")
    Path("broken.csv").symlink_to("nowhere")
    Path("links").mkdir()
    Path("links", "staff.csv").symlink_to("nowhere")

    with pytest.raises(InputRefused) as refusal:
        found(location)

    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


def test_no_location_is_refused():
    """Without a refusal, a run that does nothing would look like success."""
    with pytest.raises(ConfigurationError, match="no export was named"):
        found()


def test_blocks_are_the_file_and_its_digest(folder):
    """The digest is that of the bytes that were read."""
    (folder / "b.csv").write_bytes(bytes(range(256)) * 10)
    digest = hashlib.sha256()

    blocks = list(found("hr/b.csv")[0].blocks(1000, digest))

    assert [len(block) for block in blocks] == [1000, 1000, 560]
    assert digest.hexdigest() == hashlib.sha256((folder / "b.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize("change", ["append", "rewrite", "replace"])
def test_file_that_changes_while_being_read_is_refused(folder, change):
    """Its rows would be neither the old file's nor the new one's."""
    path = folder / "b.csv"
    path.write_text("email\n" * 100)
    blocks = found("hr/b.csv")[0].blocks(10, hashlib.sha256())
    if change == "replace":
        (folder / "new.csv").write_text("email\n" * 100)
        (folder / "new.csv").replace(path)
    else:
        next(blocks)
        path.write_text("EMAIL\n" * (101 if change == "append" else 100))
        os.utime(path, ns=(1, 1))

    with pytest.raises(InputRefused, match=r"hr/b.csv: changed while being read"):
        list(blocks)


@pytest.mark.parametrize("when", ["before", "while"])
def test_file_that_changes_while_another_reader_has_it_is_refused(folder, when):
    """The reader may have mixed the old file with the new one."""
    file = found("hr/b.csv")[0]
    giving = file.as_file()
    if when == "while":
        giving.__enter__()
    (folder / "b.csv").write_text("email\n" * 100)

    with pytest.raises(InputRefused, match=r"hr/b.csv: changed while being read"):
        giving.__enter__() if when == "before" else giving.__exit__(None, None, None)


def test_reader_that_must_seek_gets_the_file_itself(folder):
    """A local file needs no copy."""
    with found("hr/b.csv")[0].as_file() as path:
        assert path.samefile(folder / "b.csv")


def test_file_that_is_gone_is_refused(folder):
    """The file was there when it was found."""
    file = found("hr/b.csv")[0]
    (folder / "b.csv").unlink()

    with pytest.raises(InputRefused, match=r"hr/b.csv: cannot be read: No such file"):
        file.head(10)
