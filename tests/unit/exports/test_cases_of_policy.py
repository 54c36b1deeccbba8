"""Exports as people hand them in: who has left is not planned, under any name of the columns that say so."""

from pathlib import Path

import pytest
from policy_fates import export_of_text, fates_of_export

CASES = Path(__file__).parents[2] / "cases" / "exports"

OPEN, GONE, ENDED, LATER = "planned", "inactive", "ended", "not_started"


@pytest.mark.parametrize(
    ("case", "fates"),
    [
        ("employeehrstatus", [OPEN, GONE, OPEN]),
        ("company_exit_date", [OPEN, ENDED]),
        ("date_hired", [OPEN, ENDED, LATER]),
        ("status_code", [OPEN, GONE]),
        ("three_ends", [OPEN, ENDED, ENDED]),
        ("gam_archived", [OPEN, GONE, GONE]),
        ("gitlab_blocked", [OPEN, GONE, GONE, GONE, GONE]),
        ("sap_stat2", [OPEN, GONE, GONE, GONE]),
        ("sf_status_t", [OPEN, GONE, OPEN]),
        ("person_type", [OPEN, GONE, GONE, LATER]),
        ("buddhist_year", ["unreadable_date", "unreadable_date"]),
        ("psoft_busn", ["private_address", OPEN, GONE]),
        ("jde_type", [OPEN, OPEN, "invalid_syntax"]),
        ("outlook_type", [OPEN, OPEN, "invalid_syntax"]),
        ("leavers_cn", [OPEN, GONE, OPEN]),
        ("leavers_cz", [OPEN, GONE]),
        ("leavers_jp", [OPEN, GONE, OPEN]),
        ("leavers_no", [OPEN, ENDED]),
        ("leavers_ru", [OPEN, GONE]),
        ("leavers_tr", [OPEN, GONE]),
    ],
)
def test_people_who_have_left_are_not_planned(case, fates):
    export = export_of_text((CASES / f"{case}.csv").read_bytes())

    assert fates_of_export(export) == fates
