"""Tests how a table of routes is read."""

import pytest
from openpyxl import Workbook

from onboarding.exports import read_routes
from onboarding.model.errors import InputRefused
from onboarding.model.routes import Route


def read(tmp_path, text):
    file = tmp_path / "routes.csv"
    file.write_text(text, encoding="utf-8")
    return read_routes(str(file), s3=lambda: None)


def test_each_row_is_a_route(tmp_path):
    routes = read(tmp_path, "Country,Unit,Account\nDE, Labs ,a-1\n\nDE,,a-2\n")

    assert routes.columns == ("Country", "Unit")
    assert routes.table == (Route(("de", "labs"), "a-1"), Route(("de", ""), "a-2"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Country\nDE\n", "row 1: its first row must name"),
        ("Country,Country,Account\nDE,FR,a\n", "row 1: its first row must name"),
        ("Country,,Account\nDE,FR,a\n", "row 1: its first row must name"),
        ("Country,Account\nDE,a\nFR,\n", "row 3: no account"),
        ("Country,Account\nDE,a\nFR,b\n de,c\n", "row 4: the same cells as row 2"),
        ("Country,Account\n", "there is no row after the first"),
        ("", "the file is empty"),
        ("A,B,Account\n1,,a\n2,2,b\n1,2,c\n", "row 4: row 2 fits all that this one fits; put this one above it"),
        ("Country,Account\nDE,a\nCongo, Rep.,b\n", "row 3: more cells than the first row; quote a cell that has"),
        ("Country,Account\nDE,cy@example.com\n", "row 2: no account's name in its last cell"),
    ],
)
def test_table_that_cannot_be_followed_is_refused_with_its_row(tmp_path, text, why):
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, text)

    assert str(refused.value).startswith(f"{tmp_path}/routes.csv: {why}")


def test_workbook_with_nothing_in_it_is_refused(tmp_path):
    Workbook().save(tmp_path / "routes.xlsx")

    with pytest.raises(InputRefused, match=r"routes\.xlsx: "):
        read_routes(str(tmp_path / "routes.xlsx"), s3=lambda: None)


def test_several_files_are_refused(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("Country,Account\nDE,a\n", encoding="utf-8")

    with pytest.raises(InputRefused, match="2 files; name the one"):
        read_routes(str(tmp_path), s3=lambda: None)
