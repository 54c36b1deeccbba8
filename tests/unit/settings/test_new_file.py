"""A new file of settings loads as it is, and so does each line of it that a person switches on."""

import re
import tomllib

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.settings.new_file import EXAMPLES, SECTIONS, new_settings_file
from onboarding.settings.settings import NAMES, Settings

WICKR = {"destination": "wickr", "network_id": "10203040", "exports": ("hr/*.csv",)}
CHIME = {"account_id": "team", "exports": ("hr/*.csv",)}
REHEARSAL = {"sandbox": True, "exports": ("hr/*.csv",)}
ODD = ["a b", "100%", "it's", 'say "hi"', "back\\slash\\", "\u00e9\u00a0\U0001f600", "#x", "$HOME", "\U000e0041", "{a}"]


def settings_off(text: str) -> dict[str, str]:
    """Return the lines that are switched off in a file, without their signs, by the names of the settings."""
    return {line[1:].partition(" = ")[0]: line[1:] for line in re.findall(r"^#[a-z_]+ = .*", text, re.MULTILINE)}


@pytest.mark.parametrize("chosen", [WICKR, CHIME, REHEARSAL])
def test_new_file_says_what_was_chosen(chosen):
    assert Settings(**tomllib.loads(new_settings_file(chosen))) == Settings(**chosen)


@pytest.mark.parametrize("chosen", [WICKR, CHIME])
def test_each_line_can_be_switched_on(chosen):
    text = new_settings_file(chosen)

    for name, line in settings_off(text).items():
        values = Settings(**tomllib.loads(f"{text}{line}\n"))
        assert name in EXAMPLES or values == Settings(**chosen), name


def test_file_of_a_rehearsal_becomes_that_of_a_real_run_by_its_own_lines():
    text = new_settings_file(REHEARSAL).replace("\nsandbox =", "\n#sandbox =")
    lines = settings_off(text)

    real = "\n".join([text, 'destination = "wickr"', lines["network_id"], lines["region"]])

    assert Settings(**tomllib.loads(real)).account == EXAMPLES["network_id"]


def test_file_explains_settings_that_exist():
    named = {name for section in SECTIONS for name in section.names}

    assert (named | EXAMPLES.keys()) - NAMES == set()


@pytest.mark.parametrize("path", ODD)
def test_odd_text_is_read_back(path):
    assert tomllib.loads(new_settings_file({"exports": (path,)}))["exports"] == [path]


@pytest.mark.parametrize("path", ["a\nsandbox = true", "a\rb", "a\x1b[31m", "a\u2028b", "a\udcff"])
def test_text_that_cannot_stand_on_a_line_is_refused(path):
    with pytest.raises(ConfigurationError, match=r"^exports: "):
        new_settings_file({"exports": (path,)})
