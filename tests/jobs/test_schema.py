"""``onboard schema`` prints the schemas that the documents of real runs fit."""

import json
import tomllib
from pathlib import Path

import pytest
from documents import checked, validator
from jsonschema import Draft202012Validator
from workspace import account_flags

from onboarding.model.documents import SCHEMA_VERSIONS, DocumentKind
from onboarding.pipeline.schemas import SCHEMAS

JOBS = Path(__file__).parent.parent.parent / "jobs"


def test_printed_schema_is_that_of_the_document(workspace, rehearsal):
    done = workspace.onboard("schema", "summary")

    Draft202012Validator(json.loads(done.out)).validate(rehearsal["first"].summary)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("run", ["plan", "first", "second"])
def test_json_of_a_run_is_its_summary_and_fits_the_schema(rehearsal, run):
    document = checked("summary", rehearsal[run].done.out)

    assert document["schema"] == SCHEMA_VERSIONS[DocumentKind.SUMMARY]
    assert document == rehearsal[run].summary
    assert not [*validator("settings").iter_errors(document["settings"])]


def test_unknown_schema_is_a_wrong_command_line(workspace):
    done = workspace.onboard("schema", "people")

    assert done.code == 2
    assert "'people' is not one of 'summary', 'manifest', 'settings'" in done.err


@pytest.mark.parametrize("name", ["nightly.toml", "migration.toml", "handoff.toml"])
def test_sample_files_of_settings_fit_the_schema(name):
    """An editor that knows the schema finds nothing wrong with them."""
    settings = tomllib.loads((JOBS / name).read_text(encoding="utf-8"))

    assert [error.message for error in validator("settings").iter_errors(settings)] == []


@pytest.mark.parametrize(
    "line",
    [
        'deadline = "2 hours"',
        'max_gone = "a fifth"',
        "wave = 0",
        'destination = "teams"',
        'colour = "red"',
        'json = "y"',
    ],
)
def test_wrong_setting_does_not_fit_the_schema(line):
    assert not validator("settings").is_valid(tomllib.loads(line))


@pytest.mark.parametrize(
    "line",
    [
        'max_export_age = "36h"',
        'max_export_age = {"*" = "36h", "contractors*" = "8d"}',
        'exports = "hr, it"',
        'status_words = {active = ["Frei"]}',
        'starts_before = "2026-12-01"',
        'notify = ["mailto://a:b@mail.example", "https://hooks.example/1"]',
    ],
)
def test_other_spellings_of_a_setting_fit_the_schema(line):
    assert validator("settings").is_valid(tomllib.loads(line))


def test_every_kind_of_document_has_a_schema():
    assert SCHEMAS.keys() == set(DocumentKind)


def test_runs_and_who_and_answers_and_check_fit_their_schemas(workspace, sandbox):
    flags = account_flags(sandbox)
    workspace.onboard("run", workspace.export(3), *flags)

    assert len(checked("runs", workspace.onboard("runs", "--json").out)["runs"]) == 1
    assert len(checked("who", workspace.onboard("who", "person1@example.com", "--json").out)["rows"]) == 1
    assert checked("answers", workspace.onboard("answers", "--json").out)["answers"] == []
    assert checked("check", workspace.onboard("check", *flags, "--json").out)["findings"]
