"""Settings from files, beside those from flags and variables, and the line about a mistake in them."""

from pathlib import Path

import pytest
from environments import mistake, without_settings
from hypothesis import strategies as st

from onboarding.model.choices import SUSPICIONS
from onboarding.settings.loading import load_settings, load_with_origins

SECRET = "swordfish"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Give the test an environment without settings, and a state folder of its own."""
    return without_settings(monkeypatch, tmp_path)


@pytest.fixture
def config(tmp_path):
    """Write a file of settings."""

    def write(content) -> Path:
        path = tmp_path / "onboard.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_flag_beats_variable_beats_file_beats_default(environment, config):
    path = config('account_id = "file"\nprofile = "file"\nuser_type = "PrivateUser"')
    environment.setenv("ONBOARD_ACCOUNT_ID", "variable")
    environment.setenv("ONBOARD_PROFILE", "variable")

    settings = load_settings({"account_id": "flag"}, config=path)

    assert (settings.account_id, settings.profile, settings.user_type) == ("flag", "variable", "PrivateUser")
    assert settings.log_format == "auto"


labels = st.text(st.sampled_from("aeßäå\u0131\u03c3\u03c20-"), min_size=1, max_size=6)


def test_suspicions_are_set_by_variable_and_file_too(environment, config):
    environment.setenv("ONBOARD_NO_HOLD", "look_alike,mixed_script")

    settings = load_settings({}, config=config('hold = ["role_address"]\nno_hold = ["near_miss_domain"]'))

    assert settings.suspicions() == set(SUSPICIONS) - {"look_alike", "mixed_script"}
    assert settings.public()["hold"] == ["role_address"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('acount_id = "x"', "there is no setting 'acount_id'. Did you mean 'account_id'?"),
        ("zebra = 1", "there is no setting 'zebra'."),
        ("json_ = true", "there is no setting 'json_'. Did you mean 'json'?"),
        ('config = "x"', "there is no setting 'config'. Did you mean 'confirm'?"),
        ("[account_id]\nx = 1", "account_id: write a text."),
        ("allow_domain = [1]", "allow_domain: write a text."),
        ("exports = 5", "exports: write a list of texts."),
        (
            'account_id = ""',
            "account_id: write the account's id alone, without spaces.",
        ),
        ('destination = "slack"', "destination: write chime or wickr."),
        ("account_id =", "this is not TOML (Invalid value (at end of document))."),
    ],
)
def test_mistake_in_the_file_names_the_file_and_the_setting(config, content, expected):
    path = config(content)

    assert mistake(path=path) == f"{path}: {expected}"


@pytest.mark.parametrize("content", [b"\x00", b'account_id = "\xe9"', b"a = 1\na = 2"])
def test_file_that_is_no_toml_is_refused(config, content):
    path = config(content)

    assert mistake(path=path).startswith(f"{path}: this is not TOML (")


@pytest.mark.parametrize("name", ["missing.toml", ""])
def test_file_that_cannot_be_read_is_refused(tmp_path, name):
    assert mistake(path=tmp_path / name).startswith(f"{tmp_path / name}: the file of settings cannot be read (")


def test_mistake_never_shows_the_value(environment, config):
    """It may be a password that was put into the wrong variable."""
    environment.setenv("ONBOARD_LOG_LEVEL", SECRET)
    by_variable = mistake()
    environment.delenv("ONBOARD_LOG_LEVEL")

    assert SECRET not in by_variable
    assert SECRET not in mistake(path=config(f'deadline = "{SECRET}"'))
    assert SECRET not in mistake({"allow_domain": [SECRET]})


def test_origins_say_where_each_setting_comes_from(tmp_path, environment):
    config = tmp_path / "job.toml"
    config.write_text('region = "eu-west-1"\nout = "there"\nrate = 3\n')
    environment.setenv("ONBOARD_OUT", "elsewhere")

    found = load_with_origins({"rate": 5.0}, config=config)

    assert found.origins == {"region": str(config), "out": "environment", "rate": "flag"}
