"""Texts whose cells are hard to tell apart, and files that are no table of text, as people hand them in."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from onboarding.pipeline.inspecting import InspectedExport, inspect_exports
from onboarding.settings.settings import Settings

CASES = Path(__file__).parents[2] / "cases" / "exports"

ANN, BOB, CY = (f"{name}@example.com" for name in ("ann.lee", "bob.roe", "cy.fox"))


def inspected(case) -> InspectedExport:
    """Return what an inspection says of a case."""
    (export,) = inspect_exports(Settings(exports=(str(CASES / case),)))
    return export


def people(names) -> Sequence[str]:
    """Return the addresses of people at one employer."""
    return [f"{name}@example.com" for name in names]


@pytest.mark.parametrize(
    ("case", "planned"),
    [
        ("delimiter_caret.csv", people(["ana", "ben", "cem", "dana", "eva", "fred"])),
        ("delimiter_tilde.csv", people(["ana", "ben", "cem", "dana", "eva", "fred"])),
        ("caret.txt", [ANN]),
        ("comma_in_name_manager.csv", ["pat.moss@example.com", CY]),
        ("comma_in_name_private.csv", [ANN, CY]),
        ("ragged_more.csv", people(f"p{number}" for number in (0, 1, 2, 3, 4, 6, 7, 8, 9))),
        ("ragged_less.csv", people(f"p{number}" for number in (0, 1, 2, 3, 4, 6, 7, 8, 9))),
        ("second_header_swallows_row.csv", people(f"p{number}" for number in range(5))),
        ("hint_rows.csv", [ANN]),
        ("address_list.txt", ['"Lee, Ann" <ann.lee@example.com>', '"Roe, Bob" <bob.roe@example.com>']),
    ],
)
def test_people_are_planned_at_their_own_addresses(case, planned):
    assert [row.email_as_given for row in inspected(case).rows if row.disposition == "planned"] == planned


@pytest.mark.parametrize("case", ["comma_in_name_manager.csv", "comma_in_name_private.csv", "ragged_more.csv"])
def test_a_row_with_a_comma_too_many_is_held(case):
    (held,) = (row for row in inspected(case).rows if row.disposition == "held")

    assert held.reason == "misaligned_row"
    assert held.email_as_given == ""


def test_every_row_has_a_fate():
    first, *_ = inspected("second_header_swallows_row.csv").rows

    assert (first.row, first.disposition, first.reason) == (2, "rejected", "missing")


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("delimiter_brokenbar.csv", "its cells seem to be separated by '¦'"),
        ("delimiter_multichar.csv", "its cells seem to be separated by '~|~'"),
        ("comma_space_quotes.csv", "most rows have 5 cells, and the header in row 1 names 4 columns"),
        ("r_write_table.csv", "most rows have 5 cells, and the header in row 1 names 4 columns"),
        ("r_write_table_one_mail.csv", "most rows have 4 cells, and the header in row 1 names 3 columns"),
        ("header_one_short.csv", "most rows have 5 cells, and the header in row 1 names 4 columns"),
        ("stacked_header.csv", "row 3: another header stands here"),
        ("sections.csv", "row 6: a heading stands between the rows"),
        ("fixed_width.txt", "columns of fixed width"),
        ("html_div.xls", "this is a web page"),
        ("html_style.xls", "this is a web page"),
        ("json_pretty.json", "this is JSON"),
        ("ldif.ldif", "this is LDIF"),
        ("spreadsheetml.xls", "XML"),
        ("spreadsheetml_utf16.xls", "this is XML"),
        ("whole_line_quoted.csv", "each row is one cell"),
        ("whole_line_quoted_doubled.csv", "each row is one cell"),
        ("whole_line_quoted_rows.csv", "each row is one cell"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_by_its_name(case, says):
    assert says in inspected(case).refused
