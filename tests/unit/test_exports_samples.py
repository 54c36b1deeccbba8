"""The sample exports are what their generator writes, and are read without a flag."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from onboarding.exports import open_exports

GENERATOR = runpy.run_path(str(Path(__file__).parents[1] / "make_samples.py"))
FOLDER, SAMPLES, Person = GENERATOR["FOLDER"], GENERATOR["samples"](), GENERATOR["Person"]


@pytest.fixture(scope="module")
def exports():
    """Return what the folder holds, by file name, with all rows."""
    return {Path(export.source).name: (export, pd.concat(export.batches(0))) for export in open_exports([str(FOLDER)])}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_what_the_generator_writes(name):
    """Change the generator, not the file."""
    assert (FOLDER / name).read_bytes() == SAMPLES[name]


def test_every_sample_is_read_and_nothing_else(exports):
    """The folder's README is no export."""
    assert sorted(exports) == sorted(SAMPLES)


@pytest.mark.parametrize(
    ("name", "column", "people", "blank"),
    [
        ("workday_emea.csv", "Email - Primary Work", 151, 2),
        ("personio_de.csv", "E-Mail", 110, 2),
        ("bamboohr_us.csv", "Work Email", 81, 0),
        ("okta_contractors.tsv", "email", 63, 0),
    ],
)
def test_sample_yields_the_people_put_in(exports, name, column, people, blank):
    """Nothing lost, nobody invented."""
    export, frame = exports[name]

    assert export.facts.columns["email"] == column
    assert (frame["disposition"] == "").sum() == people
    assert (frame["reason"] == "blank_row").sum() == blank


def test_addresses_are_as_their_generator_typed_them(exports):
    """Case, space and invisible characters are the next room's business."""
    _, frame = exports["personio_de.csv"]
    people = frame[frame["disposition"] == ""]

    assert people["email_as_given"].tolist() == [Person(n, "de.example.org").as_typed for n in range(150, 260)]


def test_no_decoy_address_is_read(exports):
    """Home, second and managers' addresses stay where they are."""
    given = pd.concat(frame["email_as_given"] for _, frame in exports.values()).str.lower()

    assert not given.str.contains("home.example|managers.example").any()
