"""The settings ``only``, ``skip`` and ``deny_domain``: how they are written, and what is refused."""

import tomllib

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.model.filters import Filters
from onboarding.settings.loading import load_settings


def settings(toml):
    return load_settings(tomllib.loads(toml))


def mistake(**flags) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(flags)
    return str(refused.value)


@pytest.mark.parametrize(
    "toml",
    [
        'only = ["Country=DE,AT", "Start>=2026-12-01"]',
        'only = "Country=DE,AT; Start>=2026-12-01"',
        'only = {Country = ["DE", "AT"], Start = ">=2026-12-01"}',
        '[only]\nCountry = ["DE", "AT"]\nStart = [">=2026-12-01"]',
    ],
)
def test_rules_are_a_list_a_text_or_a_table(toml):
    assert settings(toml).only == ("Country=DE,AT", "Start>=2026-12-01")


def test_table_keeps_commas_quotes_and_signs_of_values():
    found = settings("""[skip]\nTeam = ['Sales, North', 'the "A" team', '=1', 7]\n"hr/*.csv:Type" = 'x;y'""")

    (team, kind) = found.filters().rules
    assert team.values == ("Sales, North", 'the "A" team', "=1", "7")
    assert (kind.file, kind.column, kind.values) == ("hr/*.csv", "Type", ("x;y",))


def test_variable_has_semicolons_between_rules(monkeypatch):
    monkeypatch.setenv("ONBOARD_SKIP", 'Type=Contractor,Intern; Team="R;D"')

    assert load_settings({}).skip == ("Type=Contractor,Intern", 'Team="R;D"')


@pytest.mark.parametrize(
    ("rule", "file", "column", "values"),
    [
        ("Country = DE , AT", "", "Country", ("DE", "AT")),
        ("Type=", "", "Type", ("",)),
        ('Team="Sales, North",x', "", "Team", ("Sales, North", "x")),
        ("staff*.csv:Type=x", "staff*.csv", "Type", ("x",)),
        ("contractors*:Type=x", "contractors*", "Type", ("x",)),
        ("s3://hr/day=1/staff.csv:Type=x", "s3://hr/day=1/staff.csv", "Type", ("x",)),
        (r"C:\hr\staff.csv:Type=x", r"C:\hr\staff.csv", "Type", ("x",)),
        ("Status: now=x", "", "Status: now", ("x",)),
        ("Note=see a.b:c=d", "", "Note", ("see a.b:c=d",)),
    ],
)
def test_rule_has_a_file_a_column_and_values(rule, file, column, values):
    (found,) = Filters.of([rule]).rules

    assert (found.file, found.column, found.values) == (file, column, values)


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ("Country", "write COLUMN=VALUE, as in Country=DE, or COLUMN>=DAY, as in Start>=2026-12-01."),
        ("=DE", "write COLUMN=VALUE"),
        ("", "write COLUMN=VALUE"),
        ("Country!=DE", "to say what a cell must not be, use --skip."),
        ("Country==DE", "put quotes around a value that begins with such a sign."),
        ("Start=>2026-12-01", "put quotes around a value that begins with such a sign."),
        ('Team="Sales', "close the quotes around the value"),
        ("Start>=", "write a day like 2026-12-01 after the sign."),
        ("Start>=1.12.2026", "write a day like 2026-12-01 after the sign."),
        ("Start>=2026-02-30", "write a day that exists, like 2026-12-01, after the sign."),
    ],
)
def test_text_that_is_no_rule_is_refused_with_advice(rule, advice):
    said = mistake(only=[rule])

    assert said.startswith("--only: ")
    assert advice in said


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        (
            {"only": ["Start>=2026-12-01", "Start<2026-12-01"]},
            'no day fits all comparisons of --only with "Start"; drop one.',
        ),
        ({"skip": ["Start>2026-12-01", "Start<2026-12-02"]}, "the days between two days are for --only."),
        (
            {"only": ["Type=x,Y"], "skip": ["type=y"]},
            '--only and --skip have the same value of "type"; drop it from one.',
        ),
        ({"allow_domain": ["a.example"], "deny_domain": ["A.example"]}, "both name a.example; drop it from one."),
        ({"only": ["Country=DE"], "move_from": "abc", "network_id": "10203040"}, "'staff.csv:Country=DE'"),
    ],
)
def test_rules_that_contradict_each_other_are_refused(flags, advice):
    assert advice in mistake(**flags)


@pytest.mark.parametrize("toml", ["only = {Country = []}", "only = {Country = true}", "only = {Country = {x = 1}}"])
def test_table_of_other_values_is_refused(toml):
    with pytest.raises(ConfigurationError, match="write a table like"):
        settings(toml)


def test_span_of_days_and_rules_of_two_files_are_no_contradiction():
    load_settings({"only": ["Start>=2026-12-01", "Start<=2026-12-01", "a.csv:End<2026-01-01", "b.csv:End>2027-01-01"]})


def test_no_value_of_a_rule_is_in_a_repr():
    """A value may be a person's name."""
    found = load_settings({"skip": ["Manager=Ana Ruiz"]})

    assert "Ana" not in repr(found) + repr(found.filters()) + repr(found.filters().entries)
