"""The guide's table of faults says what the code has."""

import re
from dataclasses import fields

from onboarding.cli.guide import text_of
from onboarding.destinations.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP
from onboarding.sandbox import Fault, FaultKind, LostAnswer, SandboxSettings

SECTION = text_of("sandbox")


def rows():
    """Return the cells of the table of faults."""
    table = SECTION.split("\n| kind |")[1]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_kind_of_fault_is_in_the_guide():
    """The guide lists them in the order of the code."""
    assert [row[0].strip("`") for row in rows()] == [kind for kind in FaultKind if kind is not FaultKind.ALTER]


def test_every_field_of_a_fault_is_in_the_guide():
    """The guide also lists every word that a field takes."""
    named = set(re.findall(r"`(\w+)`", SECTION))

    assert {field.name for field in fields(Fault)} - {"kind", "alter"} <= named
    assert set(LostAnswer) <= named
    assert {"chime", "wickr"} <= named


def test_every_setting_is_in_the_guide():
    """These are the settings that may change while the sandbox runs."""
    named = set(re.findall(r"`(\w+)`", SECTION))

    assert {field.name for field in fields(SandboxSettings)} <= named


def test_what_is_there_is_in_the_guide():
    """The guide names the ids that a client needs."""
    there = {TEAM_ACCOUNT, ENTERPRISE_ACCOUNT, WICKR_NETWORK, WICKR_NETWORK_WITHOUT_DEFAULT, WICKR_OTHER_GROUP}

    assert there | {WICKR_GROUP} <= set(re.findall(r"`([\w-]+)`", SECTION))
