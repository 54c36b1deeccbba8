"""A message that names a setting by its flag says how the file of settings writes it."""

from pathlib import Path

import pytest

from onboarding.settings.names_in_file import names_in_file

FILE = Path("nightly.toml")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("name a profile with --profile.", "In nightly.toml, --profile is the setting profile."),
        ("(--state-dir)", "In nightly.toml, --state-dir is the setting state_dir."),
        ("check --endpoint-url and --region.", "In nightly.toml, these are the settings endpoint_url and region."),
        ("Let them pass with --no-hold new_domain.", "In nightly.toml, --no-hold is the setting no_hold."),
    ],
)
def test_flags_have_their_names_in_the_file(message, said):
    assert names_in_file(message, FILE) == said


@pytest.mark.parametrize(
    "message",
    [
        "run aws sso login --profile ops.",
        "this is no plan that onboard plan --save has written, or it was changed.",
        "accept it in one run with --confirm 0.",
        "--no-such-flag is unknown",
        "look at the report",
    ],
)
def test_flags_of_commands_and_for_one_run_are_no_settings_of_the_file(message):
    assert names_in_file(message, FILE) == ""


def test_flag_after_the_command_of_another_program_is_a_setting():
    message = "the profile is signed off; run aws sso login --profile ops, or name another with --profile."

    assert names_in_file(message, FILE) == "In nightly.toml, --profile is the setting profile."
