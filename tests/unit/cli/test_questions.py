"""What a person types at a question of ``onboard init`` is read as it was meant."""

import pytest

from onboarding.cli.questions import complete, read_place, read_places
from onboarding.model.choices import Schedule
from onboarding.model.errors import ConfigurationError

WICKR = {"network_id": "10203040", "exports": ("staff.csv",)}


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("staff.csv", ("staff.csv",)),
        ("hr/*.csv, s3://bucket/hr/", ("hr/*.csv", "s3://bucket/hr/")),
        ("'my staff.csv'", ("my staff.csv",)),
        ("my staff.csv", ("my staff.csv",)),
        (' "a.csv" ,b.csv,', ("a.csv", "b.csv")),
        ("~/hr/", ("/home/it/hr/",)),
    ],
)
def test_typed_places_are_read(typed, places, monkeypatch):
    monkeypatch.setenv("HOME", "/home/it")

    assert read_places(typed) == places


def test_account_says_which_destination_is_meant():
    assert complete(WICKR, None, None, asks=False).settings["destination"] == "wickr"


def test_schedule_is_what_was_named_and_needs_a_time():
    assert complete(WICKR, "02:15", "systemd", asks=False).schedule is Schedule.SYSTEMD
    assert complete(WICKR, "once", "none", asks=False).schedule is Schedule.NONE
    with pytest.raises(ConfigurationError, match="--schedule cron needs a time"):
        complete(WICKR, "once", "cron", asks=False)


def test_standard_input_cannot_be_read_later():
    with pytest.raises(ConfigurationError, match="standard input"):
        complete({**WICKR, "exports": ("-",)}, None, None, asks=False)


@pytest.mark.parametrize("typed", ["rehearse", "Sandbox", "--sandbox", "r"])
def test_rehearsal_has_the_name_of_its_flag_too(typed):
    assert read_place(typed) == "rehearse"


def test_region_is_one_of_aws():
    assert complete({**WICKR, "region": "us-gov-west-1"}, None, None, asks=False).settings["region"] == "us-gov-west-1"
    with pytest.raises(ConfigurationError, match=r"'eu-centrl-1' is no region .*; did you mean eu-central-1\?"):
        complete({**WICKR, "region": "eu-centrl-1"}, None, None, asks=False)
