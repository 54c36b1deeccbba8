"""Settings from flags and variables, and the line about a mistake in them."""

import json
import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from environments import mistake, without_settings
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.addresses.normalise import normalise
from onboarding.model.choices import SUSPICIONS, USUAL_SUSPICIONS, DateOrder, StatusWords
from onboarding.model.errors import ConfigurationError
from onboarding.settings.destination_options import DESTINATIONS_OF
from onboarding.settings.loading import load_settings
from onboarding.settings.options import OPTIONS, PREFIX
from onboarding.settings.settings import NAMES, Settings

SECRET = "swordfish"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Give the test an environment without settings, and a state folder of its own."""
    return without_settings(monkeypatch, tmp_path)


def test_missing_settings_have_their_defaults():
    settings = load_settings({})

    assert (settings.destination, settings.exports, settings.sandbox) == ("chime", (), False)
    assert str(settings.out) == "onboarding-reports"


def test_settings_never_change():
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).quiet = True


ASKS_A_SERVICE = {"aws_secret"}
"""The settings with which loading asks a service. The contract tests of these settings try their values."""


@pytest.mark.parametrize("name", sorted(NAMES - ASKS_A_SERVICE))
def test_every_setting_has_its_variable(environment, name):
    """The variable counts, or the line names it if its value does not fit. No variable is passed over."""
    if name in ("account_column", "routes", "one_file"):
        environment.setenv("ONBOARD_ENGINE", "dask")
        environment.setenv("ONBOARD_LEDGER", "postgresql://db.example/onboarding")
    environment.setenv(f"{PREFIX}{name.upper()}", "1")

    try:
        outcome = f"{load_settings({}).model_dump(by_alias=True, exclude_unset=True)}"
    except ConfigurationError as error:
        outcome = str(error)

    assert any(
        spelling in outcome for spelling in (f"'{name}'", f"--{name.replace('_', '-')}", f"{PREFIX}{name.upper()}")
    )


def test_settings_read_no_variable_unless_they_are_loaded(environment):
    """A Python program that makes settings has said all that it means."""
    environment.setenv("ONBOARD_RATE", "5")

    assert (Settings().rate, Settings().with_values({"wave": 3}).rate, load_settings({}).rate) == (None, None, 5)


def test_lists_are_comma_separated_in_variables(environment):
    environment.setenv("ONBOARD_EXPORTS", "emea.csv, us.csv,")
    environment.setenv("ONBOARD_ALLOW_DOMAIN", "x.example,y.example")

    assert load_settings({}).exports == ("emea.csv", "us.csv")
    assert load_settings({}).allow_domain == ("x.example", "y.example")


@pytest.mark.parametrize(
    ("given", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("1h30m", 5400)]
)
def test_deadline_is_a_duration(given, seconds):
    assert load_settings({"deadline": given}).deadline == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given", ["", "2", "2 h", "h", "-2h", "1h-30m", "2h!", "0s", "0h0m", 0, -5, "9" * 30 + "d", "9" * 5000 + "s"]
)
def test_text_that_is_no_deadline_is_refused(given):
    """A run without a deadline leaves it out; a deadline that has passed would send nothing."""
    assert mistake({"deadline": given}).startswith("--deadline: ")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 3600),
        ({"settle_seconds": 90}, 5400),
        ({"settle_seconds": 0}, 0),
        ({"resend_after": "2h"}, 7200),
        ({"settle_seconds": 0, "resend_after": "0s"}, 0),
    ],
)
def test_people_are_sent_to_again_after_sixty_times_the_settle_delay_by_default(given, seconds):
    assert load_settings(given).resend_after_seconds == seconds


@pytest.mark.parametrize(
    "given",
    [{"resend_after": "59s"}, {"settle_seconds": 7200, "resend_after": "1h"}, {"resend_after": "31d"}],
    ids=["shorter than the default delay", "shorter than the delay", "longer than a month"],
)
def test_resend_delay_that_makes_no_sense_is_refused(given):
    assert "--resend-after" in mistake(given)


@pytest.mark.parametrize("given", ["2026-12-01", date(2026, 12, 1), "20261201"])
def test_starts_before_is_a_day(given):
    """The day is text, or a date of TOML."""
    assert load_settings({"starts_before": given}).starts_before == date(2026, 12, 1)


@pytest.mark.parametrize("given", ["", "tomorrow", "01/12/2026", "2026-13-01", 1_764_547_200, True])
def test_starts_before_that_is_no_day_is_refused(given):
    assert mistake({"starts_before": given}) == "--starts-before: write a day like 2026-12-01."


def test_date_order_is_one_of_three():
    assert load_settings({"date_order": "dmy"}).date_order is DateOrder.DAY_FIRST
    assert mistake({"date_order": "day"}) == "--date-order: write dmy, mdy or ymd."


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ("example.com", "example.com"),
        ("@Example.COM.", "example.com"),
        ("exämple.com", "xn--exmple-cua.com"),
        ("EXÄMPLE.com", "xn--exmple-cua.com"),
        ("straße.example", "xn--strae-oqa.example"),
    ],
)
def test_allowed_domain_is_kept_as_keys_have_it(given, domain):
    assert load_settings({"allow_domain": [given]}).allow_domain == (domain,)


labels = st.text(st.sampled_from("aeßäå\u0131\u03c3\u03c20-"), min_size=1, max_size=6)


@given(labels)
def test_address_of_an_allowed_domain_is_allowed(label):
    """Both ask email-validator, which tells two spellings of a domain apart that older rules took for the same."""
    key = normalise(rows([f"ana@{label}.example"])).iloc[0]["key"]

    try:
        assert load_settings({"allow_domain": [f"{label}.example"]}).allow_domain == (key.partition("@")[2],)
    except ConfigurationError:
        assert key == ""


@pytest.mark.parametrize(
    "given", ["", "example", "a..b", "*.example.com", "ana@example.com", "a b.example", "a" * 64 + ".example"]
)
def test_allowed_domain_that_no_address_has_is_refused(given):
    """Such a domain would exclude all people, and the operator would notice only when no one was invited."""
    assert mistake({"allow_domain": [given]}) == "--allow-domain: write whole domains like example.com."


def test_rows_are_held_for_the_usual_suspicions_by_default():
    assert load_settings({}).suspicions() == USUAL_SUSPICIONS
    assert load_settings({"hold": ["role_address"]}).suspicions() == set(SUSPICIONS)
    assert load_settings({"no_hold": ["look_alike", "mixed_script"]}).suspicions() == USUAL_SUSPICIONS - {
        "look_alike",
        "mixed_script",
    }


@pytest.mark.parametrize("flag", ["hold", "no_hold"])
@pytest.mark.parametrize("given", ["", "rolle", "unknown_status", "ROLE_ADDRESS"])
def test_unknown_suspicion_is_refused_with_the_list_of_known_ones(flag, given):
    """Statuses and dates are no suspicions: the run holds rows for them in any case."""
    assert mistake({flag: [given]}) == f"--{flag.replace('_', '-')}: write one of {', '.join(SUSPICIONS)}."


@pytest.mark.parametrize("given", ["ftp://x.example", "x.example", "http://", "http://[::1", "https:x"])
def test_endpoint_that_is_no_url_is_refused(given):
    assert mistake({"endpoint_url": given}).startswith("--endpoint-url: ")


@pytest.mark.parametrize("given", ["http://127.0.0.1:8765", "https://chime.example/path", "HTTPS://x.example"])
def test_endpoint_is_a_url(given):
    assert load_settings({"endpoint_url": given}).endpoint_url == given


def test_endpoint_with_a_password_is_refused_without_showing_it():
    """The reports and the ledger name the endpoint."""
    line = mistake({"endpoint_url": f"https://ana:{SECRET}@x.example"})

    assert line.startswith("--endpoint-url: ")
    assert SECRET not in line


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"sandbox": True, "endpoint_url": "http://x.example"}, "--endpoint-url"),
        ({"sandbox": True, "ledger": "sqlite:///x"}, "--ledger"),
        ({"fresh": True}, "--sandbox"),
        ({"hold": ["look_alike"], "no_hold": ["mixed_script", "look_alike"]}, "look_alike; drop it from one"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(flags, named):
    assert named in mistake(flags)


@pytest.mark.parametrize(
    ("flags", "destination"),
    [
        ({"network_id": "10203040"}, "wickr"),
        ({"account_id": "team"}, "chime"),
        ({"network_id": "10203040", "destination": "wickr"}, "wickr"),
        ({"account_id": None, "network_id": "10203040"}, "wickr"),
    ],
)
def test_account_says_which_destination_is_meant(flags, destination):
    assert load_settings(flags).destination == destination


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"network_id": "10203040", "destination": "chime"}, "--network-id is for --destination wickr"),
        ({"account_id": "team", "destination": "wickr"}, "--account-id is for --destination chime"),
        ({"account_id": "team", "network_id": "10203040"}, "drop one of them"),
    ],
)
def test_account_of_another_destination_is_refused(flags, named):
    assert named in mistake(flags)


@pytest.mark.parametrize("name", ["ONBOARD_ACOUNT_ID", "onboard_acount_id", "Onboard_Json_"])
def test_unknown_variable_is_refused(environment, name):
    environment.setenv(name, "x")

    assert mistake().startswith(f"There is no setting for the variable {name}.")


@pytest.mark.parametrize("name", ["ONBOARD_SANDBOX", "onboard_sandbox"])
def test_mistake_in_a_variable_names_the_variable(environment, name):
    environment.setenv(name, "maybe")

    assert mistake() == f"{name}: write true or false."


def test_ledgers_url_is_shown_nowhere():
    """The URL may hold a password."""
    settings = load_settings({"ledger": f"postgresql://ana:{SECRET}@x.example/ledger"})

    assert SECRET not in repr(settings)
    assert SECRET not in json.dumps(settings.public())
    assert settings.ledger_place() == f"postgresql://ana:{SECRET}@x.example/ledger"


def test_public_settings_are_json_by_their_own_names():
    public = load_settings({"json": True, "deadline": "2h", "allow_domain": ["x.example"]}).public()

    assert set(public) == NAMES - {"ledger", "notify", "ping_url"}
    assert json.loads(json.dumps(public)) == public
    assert (public["json"], public["deadline"], public["allow_domain"]) == (True, "7200s", ["x.example"])


def test_rehearsal_keeps_its_state_apart(tmp_path):
    """A rehearsal never touches the real record."""
    real, rehearsal = load_settings({}), load_settings({"sandbox": True})

    assert real.ledger_place() == tmp_path / "state/onboarding/ledger.sqlite3"
    assert rehearsal.ledger_place() == tmp_path / "state/onboarding/sandbox/ledger.sqlite3"
    assert rehearsal.service_state().parent == rehearsal.state_folder() != real.state_folder()


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    "flags",
    [
        {"notify": ["mailto:ops"]},
        {"notify": ["arn:aws:sqs:eu-central-1:123456789012:queue"]},
        {"notify": ["https://user:hidden@chat.example/hook"]},
        {"ping_url": "monitor.example/ping"},
        {"ping_url": "https://user:hidden@monitor.example/ping"},
        {"ping_url": "https://hidden monitor.example/ping"},
        {"ping_url": "https://monitor.example:0/hidden"},
        {"notify": ["https://chat.example:0/hidden"]},
        {"notify": ["arn:aws:sns:eu-central-1:123456789012:" + "a" * 257]},
        {"endpoint_url": "http://chime.example:0"},
        {"endpoint_url": "http://chime.example:hidden"},
        {"endpoint_url": "https://chime.example/a b"},
        {"endpoint_url": "https://chime.example/\x07"},
        {"metric_namespace": "AWS/Lambda"},
        {"metric_namespace": "Onboarding!"},
        {"max_invites": -1},
        {"wave": 0},
        {"reinvite_after": "0s"},
    ],
)
def test_bad_value_is_named_by_its_flag_and_never_shown(flags):
    with pytest.raises(ConfigurationError) as told:
        load_settings(flags)

    (name,) = flags
    assert str(told.value).startswith(f"--{name.replace('_', '-')}: ")
    assert "hidden" not in str(told.value)


def test_receivers_of_notices_are_shown_nowhere():
    chosen = load_settings(
        {"notify": [f"https://chat.example/hook/{SECRET}"], "ping_url": f"https://monitor.example/{SECRET}"}
    )

    assert SECRET not in repr(chosen)
    assert SECRET not in json.dumps(chosen.public())


@pytest.mark.parametrize("rate", [0, -1, 1e-320, 1e-4, 10_001, 1e300, float("inf"), float("nan")])
def test_rate_at_which_nothing_would_be_sent_is_refused(rate):
    assert mistake({"rate": rate}).startswith("--rate: ")


HOSTILE = (
    *("", " ", "\x1b[2Jx\x07", "a\udcff", "x" * 10_000, "-", "--", "-x", "-1", "1e400", "1e-400", "nan", "inf"),
    *("9" * 5_000, "é\u202e", "../..", "%00", "{}", "[/]", "\n", "a\nb", "1_000", "²", "٣d", "\0"),
)


@pytest.mark.parametrize(
    "name", [name for name, option in OPTIONS.items() if option.value_type is not bool and name not in ASKS_A_SERVICE]
)
def test_hostile_value_is_taken_or_refused_in_a_plain_line_of_our_own(name, soak):
    """The line names the flag, quotes no value, and has no words of a library."""
    option, refused = OPTIONS[name], 0
    more = {"destination": DESTINATIONS_OF[name][0]} if name in DESTINATIONS_OF else {}
    for value in HOSTILE if soak else HOSTILE[len(name) % 3 :: 3]:
        with suppress(ValueError):  # click refuses what is no number before
            flags = more | {name: (value,) if option.is_repeatable else option.value_type(value)}
            try:
                load_settings(flags)
            except ConfigurationError as error:
                refused += 1
                line = str(error)
                assert line.isprintable()
                assert len(line) < 300
                assert not re.search("Input|String|should have|should be|not valid", line), line

    assert refused or not soak


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        ({"max_invites": -1}, "--max-invites: write at least 0."),
        ({"rate": float("nan")}, "--rate: write at most 10000."),
        ({"concurrency": 300}, "--concurrency: write at most 256."),
        ({"destination": "wickr", "network_id": "1"}, "--network-id: write the 8 digits of the network's id."),
        ({"destination": "wickr", "network_id": "١٢٣٤٥٦٧٨"}, "--network-id: write the 8 digits of the network's id."),
        ({"profile": ""}, "--profile: write a text that is not empty, or leave it out."),
        ({"user_type": "x"}, "--user-type: write PrivateUser or SharedDevice."),
        ({"deadline": "0s"}, "--deadline: write a time longer than 0s."),
        ({"deadline": "٣d"}, "--deadline: write a duration like 90s, 30m, 2h or 90d."),
        ({"out": "a\udcff"}, "--out: write text in UTF-8."),
    ],
)
def test_line_about_a_mistake_says_what_to_write_instead(flags, advice):
    assert mistake(flags) == advice


def test_status_words_reach_the_columns():
    words = {"active": ["Frei ", "3"], "inactive": ["WEG"]}

    settings = load_settings({"status_words": words, "status_column": ("S",)})
    columns = settings.columns(date(2026, 11, 22))

    assert columns.status_words == StatusWords(frozenset({"frei", "3"}), frozenset({"weg"}))
    assert columns.status == ("S",)
    assert settings.with_values({"sandbox": True}).status_words == settings.status_words
    assert settings.public()["status_words"] == {"active": ["3", "frei"], "inactive": ["weg"]}


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ({"active": ["Weg"], "inactive": ["weg"]}, "active and inactive have the same word; drop it from one"),
        ({"gone": ["Weg"]}, "write a table like"),
        (["Weg"], "write a table like"),
        ({"active": "Weg"}, "write a list of words"),
        ({"active": ["?"]}, "write a list of words"),
        ({"active": [3]}, "write a list of words"),
    ],
)
def test_status_words_that_do_not_fit_are_refused(words, advice):
    assert advice in mistake({"status_words": words})


def test_status_words_have_no_variable(monkeypatch):
    monkeypatch.setenv("ONBOARD_STATUS_WORDS", "{}")

    with pytest.raises(ConfigurationError, match="ONBOARD_STATUS_WORDS: write status_words in the file of settings"):
        load_settings({})


def test_name_has_at_most_two_columns():
    assert mistake({"name_column": ("A", "B", "C")}).startswith("--name-column: name one column")
