"""The settings that a Python program gives as keyword arguments."""

from datetime import date, timedelta
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.settings.keywords import KEYWORDS, SettingValues, check_alone, settings_of
from onboarding.settings.options import PATHS
from onboarding.settings.settings import NAMES, Settings

OF_THE_COMMAND_LINE = {"json", "quiet", "no_progress", "log_format", "log_level"}
LOADED = {"aws_secret"}
"""The settings that name other settings. Only ``load_settings`` reads these, from the environment or a file."""
PARAMETERS = {"exports", "save"}
"""The settings that are parameters of their own where a function takes them."""

HINTS = get_type_hints(SettingValues)


def test_every_setting_is_a_keyword_but_those_of_what_the_command_line_prints():
    assert NAMES - KEYWORDS == OF_THE_COMMAND_LINE | LOADED | PARAMETERS
    assert NAMES >= KEYWORDS


@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_keyword_has_the_type_of_its_setting(name):
    """It may be None where the setting may. A switch is a switch, and a path may be a ``Path``."""
    field = Settings.model_fields[name]
    types = get_args(HINTS[name]) or (HINTS[name],)

    assert (NoneType in types) == (NoneType in get_args(field.annotation))
    assert (bool in types) == (field.annotation is bool)
    if name in PATHS - {"ledger"}:
        assert any("PathLike" in str(each) for each in types)


def test_values_come_as_python_has_them():
    settings = settings_of(
        {"exports": (Path("a.csv"), "b.csv"), "out": Path("reports"), "deadline": timedelta(hours=2)}
        | {"starts_before": date(2026, 12, 1), "exclude": [Path("left.txt")], "max_export_age": {"*": "36h"}}
    )

    assert (settings.exports, settings.out, settings.exclude) == (("a.csv", "b.csv"), "reports", ("left.txt",))
    assert (settings.deadline, settings.starts_before) == (timedelta(hours=2), date(2026, 12, 1))
    assert settings.max_export_age == ("*=36h",)


def test_values_of_a_call_come_before_those_of_its_settings():
    base = settings_of({"sandbox": True, "wave": 5, "out": "x"})

    settings = settings_of({"wave": 7}, base)

    assert (settings.sandbox, settings.wave, settings.out, base.wave) == (True, 7, "x", 5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"network_id": "hunter2"}, "network_id: write the 8 digits of the network's id."),
        ({"rate": "hunter2"}, "rate: write a number."),
        ({"ping_url": "ftp://hunter2"}, "ping_url: write a URL that begins with https:// or http://."),
        ({"exclude": [7]}, "exclude: write a text."),
        ({"netwrk_id": "hunter2"}, "There is no setting 'netwrk_id' for Python programs. Did you mean 'network_id'?"),
        ({"quiet": True}, "There is no setting 'quiet' for Python programs."),
        ({"fresh": True}, "--fresh empties the sandbox; add --sandbox or drop it."),
    ],
)
def test_mistake_is_one_plain_line_with_the_keyword_and_without_the_value(values, message):
    with pytest.raises(ConfigurationError) as refused:
        settings_of(values)

    assert str(refused.value) == message
    assert "hunter2" not in str(refused.value)


def test_value_is_checked_alone_before_a_file_completes_it():
    """A file may name the destination of this network."""
    check_alone({"network_id": "10203040"})

    with pytest.raises(ConfigurationError, match=r"^wave: write a whole number\.$"):
        check_alone({"network_id": "10203040", "wave": "many"})
