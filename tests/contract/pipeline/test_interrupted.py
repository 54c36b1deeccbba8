"""A run is resumed where it went, as its record in the ledger says."""

from dataclasses import replace

import pytest
from ledgers import NOW, run

from onboarding.ledger import RunHistory
from onboarding.model.errors import ConfigurationError, NothingToResume, RunToBeginAgain
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures
from onboarding.pipeline.history import list_runs
from onboarding.pipeline.interrupted import as_interrupted, to_name_again
from onboarding.settings.settings import Settings

WICKR = Scope("wickr", "10203040")
REHEARSAL = Scope("wickr", "10203040", "http://127.0.0.1:9")
CHIME = Scope("chime", "account-1")
RECORDED = {"region": "eu-west-2", "profile": "hr", "security_group": "all", "user_type": None, "endpoint_url": None}


@pytest.fixture(autouse=True)
def no_endpoints(monkeypatch):
    """Hide endpoints that the variables of the machine name."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_WICKR", "AWS_ENDPOINT_URL_CHIME", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(ledger=f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
def history(settings):
    with RunHistory.open(settings.ledger, clock=lambda: NOW) as opened:
        yield opened


def record(history, run_id, scope, exit_code=None, recorded=RECORDED) -> None:
    """Record a run that was ready to send, and that has this exit code, or was killed if there is none."""
    history.begin(replace(run(run_id, scope=scope), settings=recorded))
    history.record_inputs(run_id, [{"source": "staff.csv"}], GuardFigures())
    if exit_code is not None:
        history.end(run_id, exit_code=exit_code, counts={})


@pytest.mark.parametrize("run_id", [None, "dead"])
def test_killed_run_gives_the_settings_that_say_where_it_went(history, settings, run_id):
    record(history, "dead", WICKR)

    found, chosen = as_interrupted(settings, run_id)

    assert chosen.run_id == "dead"
    assert (found.destination, found.network_id, found.region) == ("wickr", "10203040", "eu-west-2")
    assert (found.profile, found.security_group, found.endpoint_url) == ("hr", "all", None)


def test_setting_of_the_operator_stays(history, settings):
    record(history, "dead", WICKR)

    found, _ = as_interrupted(settings.with_values({"region": "us-east-1", "profile": "admin"}), None)

    assert (found.region, found.profile, found.network_id) == ("us-east-1", "admin", "10203040")


def test_run_to_a_destination_that_is_no_longer_installed_is_refused(history, settings):
    record(history, "dead", Scope("bulletin", "hall"))

    with pytest.raises(ConfigurationError, match="'bulletin', which is not installed here"):
        as_interrupted(settings, None)


def test_endpoint_of_a_variable_is_named_again(history, settings):
    """Without the variable, the run would otherwise go to the vendor."""
    record(history, "dead", REHEARSAL)

    found, _ = as_interrupted(settings, None)

    assert found.endpoint_url == REHEARSAL.endpoint


@pytest.mark.parametrize(
    "named",
    [
        {"account_id": "account-2"},
        {"destination": "chime"},
        {"destination": "wickr", "network_id": "99999999"},
        {"endpoint_url": "http://127.0.0.1:8"},
    ],
)
def test_run_that_went_elsewhere_is_not_resumed(history, settings, named):
    record(history, "dead", REHEARSAL)

    with pytest.raises(ConfigurationError, match=r"Run dead went to wickr 10203040 http://127\.0\.0\.1:9; name that"):
        as_interrupted(settings.with_values(named), "dead")


def test_run_at_another_endpoint_is_not_meant_where_the_account_has_runs_of_its_own(history, settings):
    record(history, "rehearsal", REHEARSAL)
    record(history, "night", WICKR, 0)
    nightly = settings.with_values({"destination": "wickr", "network_id": "10203040"})

    assert as_interrupted(nightly, None) == (nightly, None)


def test_one_of_several_interrupted_runs_must_be_named(history, settings):
    record(history, "first", CHIME, recorded={"region": "us-east-1"})
    record(history, "second", REHEARSAL)

    with pytest.raises(ConfigurationError) as refused:
        as_interrupted(settings, None)

    assert str(refused.value) == (
        "Several runs were interrupted; name one of them: second (wickr 10203040 at http://127.0.0.1:9), first (chime"
        " account-1)."
    )
    assert refused.value.run_id == "second"
    assert as_interrupted(settings.with_values({"destination": "chime"}), None)[1].run_id == "first"


def test_settled_run_leaves_nothing_to_resume(history, settings):
    record(history, "night", WICKR, 0)

    with pytest.raises(NothingToResume, match="No run to wickr 10203040 was interrupted"):
        as_interrupted(settings, None)


def test_only_the_latest_run_of_an_account_is_listed_as_one_to_resume(history, settings):
    record(history, "old", WICKR)
    record(history, "new", WICKR)
    record(history, "settled", CHIME, 0)

    assert [past.run.run_id for past in list_runs(settings) if past.can_be_resumed] == ["new"]


def test_run_that_died_before_it_was_ready_waits_though_a_later_run_elsewhere_went_well(history, settings):
    history.begin(run("dead", scope=WICKR))
    record(history, "night", CHIME, 0)

    with pytest.raises(RunToBeginAgain, match="Run dead ended before it was ready to send"):
        as_interrupted(settings, None)

    assert [past.run.run_id for past in list_runs(settings) if past.must_begin_again] == ["dead"]


def test_run_that_a_later_run_has_made_good_has_no_command(history, settings):
    history.begin(run("dead", scope=WICKR))
    record(history, "night", WICKR, 0)

    assert [(past.run.run_id, past.must_begin_again, past.is_made_good) for past in list_runs(settings)] == [
        ("night", False, False),
        ("dead", False, True),
    ]


def test_command_that_begins_a_run_again_names_only_what_it_lacks(settings):
    recorded = settings.with_values({"max_invites": 9, "region": "eu-west-2", "email_column": "Mail"}).public()

    assert to_name_again(recorded, settings.with_values({"region": "eu-west-2"})) == {
        "max_invites": 9,
        "email_column": "Mail",
    }
