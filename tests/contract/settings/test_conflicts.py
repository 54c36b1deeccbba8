"""Settings of several sources that do not go together: which of them counts, and what the message says."""

import pytest
from environments import mistake, without_settings

from onboarding.settings.config_file import find_config
from onboarding.settings.conflicts import without_rehearsal
from onboarding.settings.loading import load_settings
from onboarding.settings.options import PREFIX


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Give the test an environment without settings, and a state folder of its own."""
    return without_settings(monkeypatch, tmp_path)


@pytest.mark.parametrize("name", ["endpoint_url", "ledger"])
def test_sandbox_outranks_an_endpoint_and_a_ledger_of_a_less_important_source(environment, tmp_path, name):
    value = "sqlite:///real.db" if name == "ledger" else "http://real.example"
    path = tmp_path / "onboard.toml"
    path.write_text(f'{name} = "{value}"\n', encoding="utf-8")

    in_file = load_settings({"sandbox": True}, config=path)
    environment.setenv(f"{PREFIX}{name.upper()}", value)
    in_variable = load_settings({"sandbox": True})

    assert (getattr(in_file, name), getattr(in_variable, name)) == (None, None)
    assert getattr(load_settings({"sandbox": False}, config=path), name) == value


def test_conflict_with_a_found_file_names_the_file_and_the_ways_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onboard.toml").write_text("sandbox = true\n", encoding="utf-8")
    (tmp_path / "onboard.toml").chmod(0o600)

    line = mistake({"endpoint_url": "http://x.example"}, find_config())

    assert line.endswith(
        " onboard.toml sets sandbox: switch it off with --no-sandbox, or leave the file out with --no-config."
    )


def test_typed_account_alone_overrides_the_destination_of_a_file(environment, tmp_path):
    path = tmp_path / "wickr.toml"
    path.write_text('destination = "wickr"\n', encoding="utf-8")
    both = tmp_path / "both.toml"
    both.write_text('destination = "wickr"\naccount_id = "a"\n', encoding="utf-8")

    assert load_settings({"account_id": "a"}, config=path).destination == "chime"
    assert mistake({}, both) == f"{both}: account_id is for destination chime; drop it or name that destination."
    assert "--destination chime" in mistake({"account_id": "a", "destination": "wickr"}, path)
    environment.setenv(f"{PREFIX}ACCOUNT_ID", "a")
    assert "ONBOARD_ACCOUNT_ID is for destination chime" in mistake({}, path)


def test_conflict_names_each_place_that_is_not_the_command_line(environment, tmp_path):
    both = tmp_path / "both.toml"
    both.write_text('sandbox = true\nendpoint_url = "http://x.example"\n', encoding="utf-8")

    within_file = mistake({}, both)
    environment.setenv(f"{PREFIX}SANDBOX", "yes")

    assert within_file == f"{both}: sandbox brings its own endpoint; drop it or endpoint_url."
    assert mistake({"ledger": "sqlite:///x"}) == (
        "ONBOARD_SANDBOX keeps its own ledger; drop it or --ledger."
        " ONBOARD_SANDBOX sets sandbox: switch it off with --no-sandbox."
    )


def test_found_file_gives_up_its_sandbox_and_keeps_its_other_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onboard.toml").write_text("sandbox = true\nwave = 5\n", encoding="utf-8")
    (tmp_path / "onboard.toml").chmod(0o600)

    found, named = find_config(), find_config(tmp_path / "onboard.toml")
    overridden = load_settings({}, config=without_rehearsal(found, "--network-id"))

    assert (overridden.sandbox, overridden.wave) == (False, 5)
    assert without_rehearsal(named, "--network-id") == named
    (tmp_path / "onboard.toml").write_text("wave = 5\n", encoding="utf-8")
    assert without_rehearsal(found, "--network-id") == found


@pytest.mark.parametrize(("word", "destination"), [("--endpoint-url", "wickr"), ("first.plan", "chime")])
def test_endpoint_keeps_the_destination_of_a_found_rehearsal(tmp_path, monkeypatch, word, destination):
    """An endpoint does not say which service is meant, and nobody may be invited to another one. A plan says it."""
    monkeypatch.chdir(tmp_path)
    found = tmp_path / "onboard.toml"
    found.write_text('sandbox = true\ndestination = "wickr"\nroutes = "routes.csv"\n', encoding="utf-8")
    found.chmod(0o600)
    typed = without_rehearsal(find_config(), "--endpoint-url")

    settings = load_settings({"endpoint_url": "http://x.example"}, config=without_rehearsal(typed, word))

    assert (settings.sandbox, settings.destination) == (False, destination)
