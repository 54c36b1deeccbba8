"""Exports with several columns of addresses, as people hand them in: the right people, or a question."""

from pathlib import Path

import pytest

from onboarding.pipeline.inspecting import inspect_exports
from onboarding.settings.settings import Settings

CASES = Path(__file__).parents[2] / "cases" / "exports"

ANN, BOB, CY, DEE, EVE = (f"{name}@example.com" for name in ("ann.lee", "bob.roe", "cy.fox", "dee.kim", "eve.ray"))


def inspected(case, **settings):
    (export,) = inspect_exports(Settings(exports=(str(CASES / case),), **settings))
    return export


@pytest.mark.parametrize(
    ("case", "planned"),
    [
        ("hrbp.csv", [ANN, BOB, CY, DEE, EVE]),
        ("compliance_officer.csv", [ANN, BOB, CY]),
        ("arbeitgeber.csv", [ANN, BOB, CY]),
        ("confirm.csv", [ANN]),
        ("get_mailbox.csv", [ANN, BOB]),
        ("google_contacts.csv", [ANN, CY]),
        ("workemail_if_different.csv", [ANN, BOB, CY]),
    ],
)
def test_only_the_people_themselves_are_planned(case, planned):
    export = inspected(case)

    assert [row.email_as_given for row in export.rows if row.disposition == "planned"] == planned


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("leadonly.csv", "Team Lead Email"),
        ("leder_no.csv", "Leders e-post"),
        ("jp_kojin.csv", "個人メールアドレス"),
        ("pt_pessoal.csv", "E-mail pessoal"),
        ("same_header_twice.csv", "--email-column C or --email-column E"),
    ],
)
def test_export_that_may_have_only_addresses_of_others_is_asked_about(case, named):
    export = inspected(case)

    assert named in export.refused
    assert "--email-column" in export.refused


def test_records_one_cell_longer_than_the_header_are_asked_about():
    """R's ``write.table`` names no column of row names."""
    assert inspected("r_write_table_one_mail.csv").refused


@pytest.mark.parametrize(
    ("letter", "planned"), [("C", [ANN, BOB]), ("5", ["annlee@home.example", "bobroe@home.example"])]
)
def test_advice_of_the_question_works(letter, planned):
    export = inspected("same_header_twice.csv", email_column=letter)

    assert [row.email_as_given for row in export.rows if row.disposition == "planned"] == planned


def test_inspection_says_why_each_column_of_addresses_is_used_or_not():
    own, partner = inspected("hrbp.csv").address_columns

    assert own == (
        '"Email": 100% addresses, 100% of them different; chosen, since its name means the people\'s addresses'
    )
    assert partner == (
        '"HR Business Partner Email": 100% addresses, 40% of them different; '
        "not used, since its name says that the addresses are private, spare or somebody else's"
    )
