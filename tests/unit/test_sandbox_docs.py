"""The README's table of faults says what the code has."""

import re
from dataclasses import fields
from pathlib import Path

from onboarding.sandbox import Fault, Kind, Loss

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("\n### Talk to the sandbox yourself\n")[1].split("\n## ")[0]


def rows():
    """Return the cells of the table of faults."""
    lines = [line for line in SECTION.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_kind_of_fault_is_in_the_readme():
    """In the order of the code."""
    assert [row[0].strip("`") for row in rows()] == list(Kind)


def test_every_field_of_a_fault_is_in_the_readme():
    """And every word that a field takes."""
    named = set(re.findall(r"`(\w+)`", SECTION))

    assert {field.name for field in fields(Fault)} - {"kind"} <= named
    assert set(Loss) <= named
