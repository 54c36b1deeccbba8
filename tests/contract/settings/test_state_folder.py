"""Where the state folder is, by the settings, the environment and the user's home."""

import os
import traceback

import pytest
from environments import without_settings

from onboarding.model.errors import ConfigurationError
from onboarding.settings.config_file import find_config
from onboarding.settings.loading import load_settings
from onboarding.settings.state_folder import default_state_folder

NO_HOME = (
    "This user has no home folder (HOME), so there is no place for the ledger; name a folder with --state-dir or"
    " ONBOARD_STATE_DIR."
)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Give the test a user with a home, whose environment names no state folder."""
    without_settings(monkeypatch, tmp_path)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("HOME", "/home/ana")
    return monkeypatch


def test_each_place_that_names_a_state_folder_comes_before_the_next(environment, tmp_path):
    """Flag, variable, file of settings, systemd, XDG, home."""
    (tmp_path / "job.toml").write_text('state_dir = "of file"')
    found = [load_settings({}).state_folder()]
    environment.setenv("XDG_STATE_HOME", "/xdg")
    found.append(load_settings({}).state_folder())
    environment.setenv("STATE_DIRECTORY", "/var/lib/onboarding:/var/lib/other")
    found.append(load_settings({}).state_folder())
    found.append(load_settings({}, config=tmp_path / "job.toml").state_folder())
    environment.setenv("ONBOARD_STATE_DIR", "/of/variable")
    found.append(load_settings({}, config=tmp_path / "job.toml").state_folder())
    found.append(load_settings({"state_dir": "/of/flag"}, config=tmp_path / "job.toml").state_folder())

    assert list(map(str, found)) == [
        *("/home/ana/.local/state/onboarding", "/xdg/onboarding", "/var/lib/onboarding"),
        *(str(tmp_path / "of file"), "/of/variable", "/of/flag"),
    ]


def test_all_that_is_kept_is_in_the_named_folder(environment, tmp_path):
    """A ledger that is named lies elsewhere."""
    environment.chdir(tmp_path)
    real = load_settings({"state_dir": "state"})
    rehearsal = load_settings({"state_dir": "state", "sandbox": True})

    assert real.ledger_place() == tmp_path / "state/ledger.sqlite3"
    assert rehearsal.ledger_place() == tmp_path / "state/sandbox/ledger.sqlite3"
    assert rehearsal.service_state() == tmp_path / "state/sandbox/service.sqlite3"
    assert load_settings({"state_dir": "state", "ledger": "sqlite:////l.db"}).ledger_place() == "sqlite:////l.db"


def test_relative_folder_of_a_service_is_refused(environment):
    """It would be another ledger in each current folder."""
    environment.setenv("STATE_DIRECTORY", "lib:/var/lib/onboarding")

    with pytest.raises(ConfigurationError, match="so there is no place for the ledger; name a folder with --state-"):
        default_state_folder()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user whom the system does not know")
def test_unknown_user_without_a_home_is_told_what_to_do(environment, tmp_path):
    environment.chdir(tmp_path)
    environment.delenv("HOME")
    environment.setenv("ONBOARD_STATE_DIR", "/srv/state")
    reading, writing = os.pipe()

    if not (child := os.fork()):
        try:
            os.setuid(54321)
            os.write(writing, f"{load_settings({}).state_folder()}\n{find_config()}\n".encode())
            default_state_folder()
        except ConfigurationError as error:
            os.write(writing, str(error).encode())
        except BaseException:  # noqa: BLE001 - what the parent then finds is no message
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="utf-8") as said:  # noqa: PTH123 - a descriptor is no path
        assert said.read().splitlines() == ["/srv/state", "None", NO_HOME]
