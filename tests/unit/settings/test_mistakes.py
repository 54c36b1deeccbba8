"""A mistyped word of the command line is replaced by the word that was meant, or no command is offered."""

from dataclasses import replace

import pytest

from onboarding.model.errors import ConfigurationError, InputRefused
from onboarding.model.mistyped import Mistyped, blaming, most_similar
from onboarding.settings.invocation import Invocation
from onboarding.settings.mistakes import corrected, is_typed
from onboarding.settings.next_command import command_after_error, needs_no_step

STARTED = Invocation(
    arguments=("staf.csv",),
    options={
        "config": ("--config", "n.toml"),
        "status_column": ("--status-column", "Statsu", "--status-column", "-x"),
        "only": ("--only", "Contry=DE,AT"),
        "email_column": ("--email-column=-Mial",),
        "id_column": ("--id-column", "Nummer,Numer"),
    },
)


@pytest.mark.parametrize(
    ("word", "meant", "found"),
    [
        ("staf.csv", "staff.csv", "run staff.csv "),
        ("Statsu", "Status", "--status-column Status --status-column -x"),
        ("Contry=DE,AT", "Country=DE,AT", "--only Country=DE,AT"),
        ("-Mial", "-Mail", "--email-column=-Mail"),
        ("Numer", "Number", "--id-column Nummer,Number"),
    ],
)
def test_word_is_replaced_where_it_stands(word, meant, found):
    error = blaming(InputRefused("no such thing"), word, meant)

    assert is_typed(word, STARTED)
    assert needs_no_step(error, STARTED)
    assert found in command_after_error(error, STARTED)


def test_word_without_a_better_one_has_no_command():
    assert corrected(STARTED, Mistyped("Statsu")) is None
    assert command_after_error(blaming(ConfigurationError("--rate: write a number"), "--status-column"), STARTED) == ""


def test_word_that_a_file_of_settings_has_leads_to_the_same_command_again():
    """The operator corrects the file, and then runs again."""
    error = blaming(InputRefused("no column"), "Emial", "Email")

    assert command_after_error(error, STARTED) == command_after_error(InputRefused("no column"), STARTED)
    assert not needs_no_step(error, STARTED)


def test_mistyped_file_of_settings_of_a_job_is_corrected():
    job = replace(STARTED, options={"config": ("--config", "n.tml")}, job=("onboard", "nightly", "n.tml"))

    assert command_after_error(blaming(ConfigurationError("x"), "n.tml", "n.toml"), job) == "onboard nightly n.toml"


def test_most_similar_word_is_found_whatever_its_case():
    assert most_similar("WORK EMIAL", ["Work Email", "Name"]) == "Work Email"
    assert most_similar("Department", ["Country", "Name"]) == ""
