"""The file of settings that is found without being named, and who may have written it."""

import os
from pathlib import Path

import pytest
from environments import mistake, without_settings

from onboarding.settings.config_file import ConfigFile, find_config
from onboarding.settings.loading import load_settings, load_with_origins

ANOTHER_USER = 12345


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Return the current folder of a user who has a home and no settings."""
    without_settings(monkeypatch, tmp_path)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def write(path: Path, text: str = 'account_id = "file"\n', mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_file_is_looked_for_here_and_then_in_the_users_folder(folder, monkeypatch):
    nowhere = find_config()
    in_home = write(folder.parent / "home/.config/onboarding/onboard.toml")
    of_user = find_config()
    elsewhere = write(folder.parent / "xdg/onboarding/onboard.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent / "xdg"))
    of_variable = find_config()
    write(folder / "onboard.toml")

    assert nowhere is None
    assert of_user == ConfigFile(in_home, is_found=True)
    assert of_variable == ConfigFile(elsewhere, is_found=True)
    assert find_config() == ConfigFile(Path("onboard.toml"), is_found=True)


def test_file_that_is_named_comes_before_one_that_is_found(folder, monkeypatch):
    write(folder / "onboard.toml")
    monkeypatch.setenv("ONBOARD_CONFIG", "variable.toml")

    assert find_config() == ConfigFile(Path("variable.toml"))
    assert find_config(Path("flag.toml")) == ConfigFile(Path("flag.toml"))


def test_settings_of_a_found_file_are_used_and_relative_to_it(folder):
    write(folder / "onboard.toml", 'out = "reports"\n', 0o644)

    loaded = load_with_origins({}, config=find_config())

    assert loaded.settings.out == str(folder / "reports")
    assert loaded.origins == {"out": "onboard.toml"}


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_found_file_that_others_may_write_is_refused(folder, mode):
    write(folder / "onboard.toml", mode=mode)

    said = mistake(path=find_config())

    assert said == (
        "onboard.toml: other users may write this file of settings; run chmod go-w onboard.toml, or if it is right,"
        " name it with --config onboard.toml, or leave it out with --no-config."
    )
    assert load_settings({}, config=find_config(Path("onboard.toml"))).account_id == "file"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("is_link", [False, True])
def test_found_file_of_another_user_is_refused(folder, is_link):
    """So is a link of another user that leads to a file of this user."""
    planted = folder / "onboard.toml"
    if is_link:
        planted.symlink_to(write(folder / "mine.toml"))
    else:
        write(planted)
    os.lchown(planted, ANOTHER_USER, ANOTHER_USER)

    said = mistake(path=find_config())

    assert said.startswith("onboard.toml: this file of settings belongs to another user; if it is right, name it with")
    assert load_settings({}, config=find_config(Path("onboard.toml"))).account_id == "file"


def test_folder_in_place_of_the_file_is_said(folder):
    (folder / "onboard.toml").mkdir()

    assert mistake(path=find_config()) == "onboard.toml: the file of settings cannot be read (not a regular file)."
