"""Texts whose cells no usual delimiter separates are read, or refused by the name of what separates them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.dialects import dialect_of
from onboarding.exports.text.encoding import Encoding
from onboarding.exports.text.unusual_delimiters import unusual_delimiter

HEADERS = (
    ["Employee ID", "Name", "Email"],
    ["Personalnummer", "Name", "E-Mail-Adresse", "Status"],
    ["Matricule", "Prénom", "Nom", "Adresse e-mail"],
)


def text_of(header, delimiter, rows=6):
    """Return a roster with cells like ``E0``, ``Ana 0`` and ``ana0@example.com``."""
    people = [[f"ana{n}@example.com" if "mail" in name.lower() else f"Ana {n}" for name in header] for n in range(rows)]
    return "".join(f"{delimiter.join(line)}\n" for line in [header, *people])


@given(st.sampled_from(HEADERS), st.sampled_from("~^#!*=&%$+?:\\`{}<>\x01\x1f_"))
def test_a_sign_that_cuts_all_lines_evenly_is_the_delimiter(header, sign):
    text = text_of(header, sign)

    assert dialect_of(text.encode(), Encoding("utf-8"), whole=True).dialect.delimiter == sign


@given(st.sampled_from(HEADERS), st.sampled_from(["¦", "~|~", "§", "::", "|~", "<>", "^|^", "\0", "—"]))
def test_other_signs_are_refused_by_name(header, sign):
    text = text_of(header, sign)

    with pytest.raises(Unreadable, match="its cells seem to be separated by"):
        unusual_delimiter(text, columns=2)


def test_signs_that_do_not_cut_all_lines_are_refused():
    text = text_of(HEADERS[0], "~") + "E7~Ana@example.com\n" * 9

    with pytest.raises(Unreadable, match="but not in all rows"):
        unusual_delimiter(text, columns=2)


def test_columns_of_fixed_width_are_refused():
    text = "EMPLID    NAME          EMAIL\n00001     Lee, Ann      ann@example.com\n"

    with pytest.raises(Unreadable, match="columns of fixed width"):
        dialect_of(text.encode(), Encoding("utf-8"), whole=True)


@pytest.mark.parametrize(
    "text",
    [
        "Email\nann-lee@example.com\nbob-roe@example.com\n",
        "E-Mail\nann-lee@example.com\nbob_roe@example.com\n",
        "Work_Email\nann_lee@example.com\n",
        "ann~lee@example.com\nbob.roe@example.com\n",
        'Email\n="ann@example.com"\n="bob@example.com"\n',
        "Name|#|Email\nAnn|1|ann@example.com\n",
        "",
    ],
)
def test_lists_and_usual_tables_have_no_unusual_delimiter(text):
    columns = 3 if "|" in text else 2

    assert unusual_delimiter(text, columns=columns) is None


@pytest.mark.parametrize("cell", ["En congé", "Corp Inc.", "+", "-"])
def test_pipe_beside_another_sign_is_a_delimiter(cell):
    text = "Name|Company|Email\n" + "".join(f"Ana|{cell}|ana{number}@example.com\n" for number in range(5))

    assert dialect_of(text.encode(), Encoding("utf-8"), whole=True).dialect.delimiter == "|"


@given(st.sampled_from("~^#!*&%$?`{}/="), st.booleans())
def test_cells_without_a_known_header_are_no_addresses(sign, has_header):
    lines = [f"E{number}{sign}Ana{sign}ana{number}@example.com" for number in range(5)]
    text = "\n".join([*[f"Zorg{sign}Zit{sign}Zap"] * has_header, *lines])

    with pytest.raises(Unreadable, match="as if that separated cells"):
        dialect_of(text.encode(), Encoding("utf-8"), whole=True)
