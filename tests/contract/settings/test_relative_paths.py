"""Relative paths in a file of settings are relative to that file, and to nothing else."""

import glob
import json

import pytest

from onboarding.settings.loading import load_settings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder for files of settings, whose name looks like a pattern, and work in another folder."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "set [up]").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in ("EXPORTS", "OUT", "LOCKS", "CONFIG"):
        monkeypatch.delenv(f"ONBOARD_{name}", raising=False)
    return tmp_path / "set [up]"


def loaded(folder, flags=(), **values):
    lines = (f"{name} = {json.dumps(value)}" for name, value in values.items())
    (folder / "n.toml").write_text("\n".join(lines), encoding="utf-8")
    return load_settings(dict(flags), config=folder / "n.toml")


@pytest.mark.parametrize("name", ["out", "save", "routes", "locks"])
def test_path_is_relative_to_the_file(folder, name):
    more = {"engine": "dask", "ledger": "postgresql://db.example/l"} if name == "routes" else {}

    assert getattr(loaded(folder, **{name: "a/b"}, **more), name) == str(folder / "a/b")


@pytest.mark.parametrize("name", ["exports", "exclude"])
def test_list_of_paths_is_relative_to_the_file(folder, name):
    given = ["a.csv", "sub/", "/srv/b.csv", "s3://bucket/c.csv", "../d.csv"]

    assert getattr(loaded(folder, **{name: given}), name) == (
        *(f"{folder}/a.csv", f"{folder}/sub/", "/srv/b.csv", "s3://bucket/c.csv", f"{folder.parent}/d.csv"),
    )


def test_steps_up_from_a_folder_that_is_a_link_are_those_from_its_target(folder):
    link = folder / "link"
    link.symlink_to(folder.parent, target_is_directory=True)

    assert loaded(link, exports=["../d.csv", "../*.csv"]).exports == (
        f"{link}/../d.csv",
        f"{glob.escape(str(link))}/../*.csv",
    )
    assert loaded(folder, exports=["../../*.csv"]).exports == (f"{glob.escape(str(folder.parent.parent))}/*.csv",)


def test_standard_input_stays(folder):
    assert loaded(folder, exports="-").exports == ("-",)


def test_pattern_finds_files_beside_the_settings_whatever_the_folder_is_called(folder):
    (pattern,) = loaded(folder, exports=["2026-*.csv"]).exports

    assert pattern.endswith("/set [[]up]/2026-*.csv")


def test_file_whose_name_looks_like_a_pattern_is_that_file(folder):
    (folder / "staff [1].csv").touch()

    assert loaded(folder, exports=["staff [1].csv"]).exports == (f"{folder}/staff [1].csv",)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sqlite:///l.sqlite3", "sqlite:///{folder}/l.sqlite3"),
        ("sqlite:///../l.sqlite3", "sqlite:///{folder.parent}/l.sqlite3"),
        ("sqlite+pysqlite:///a/l.db?timeout=5", "sqlite+pysqlite:///{folder}/a/l.db?timeout=5"),
        ("sqlite:////srv/l.sqlite3", "sqlite:////srv/l.sqlite3"),
        ("postgresql://db.example/l", "postgresql://db.example/l"),
    ],
)
def test_ledger_in_a_file_is_relative_to_the_settings(folder, given, expected):
    assert loaded(folder, ledger=given).ledger == expected.format(folder=folder)


def test_report_to_move_from_is_a_path_and_an_account_is_none(folder):
    (folder / "reconciliation.csv").touch()
    to_wickr = {"destination": "wickr", "network_id": "12345678"}

    assert loaded(folder, move_from="reconciliation.csv", **to_wickr).move_from == f"{folder}/reconciliation.csv"
    assert loaded(folder, move_from="sandbox-team", **to_wickr).move_from == "sandbox-team"


def test_flags_and_variables_stay_relative_to_the_current_folder(folder, monkeypatch):
    monkeypatch.setenv("ONBOARD_LOCKS", "locks")

    settings = loaded(folder, {"exports": ("a.csv",)}, exports=["b.csv"], locks="other", out="out")

    assert (settings.exports, settings.locks, settings.out) == (("a.csv",), "locks", f"{folder}/out")


def test_file_named_by_a_relative_path_gives_absolute_paths(folder, monkeypatch):
    """So that the same settings name the same exports, wherever a run is started."""
    loaded(folder, out="out")
    monkeypatch.chdir(folder)

    assert load_settings({}, config=(folder / "n.toml").relative_to(folder)).out == f"{folder}/out"
