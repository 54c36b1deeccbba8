"""Tests that a roster has the same rows in every dialect of text."""

import csv
import io
from itertools import cycle, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from in_memory import read

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import SECOND_BYTES
from onboarding.exports.text.guessing import PRIORS
from onboarding.model.errors import InputRefused

# ruff: noqa: RUF001  names of people in their own letters

HEADER = ["Employee ID", "Name", "Work Email", "Location"]
LABELS = ["Employee Number", "Full Name", "E-Mail", "Location"]
DELIMITERS = [",", ";", "\t", "|"]
LINE_ENDS = ["\n", "\r\n", "\r", "mixed"]
NAMES = {
    "utf-8": "Jürgen Weiß, 山田太郎, Łukasz Żółć",
    "utf-8-sig": "Jürgen Weiß, 山田太郎, Łukasz Żółć",
    "utf-16": "Jürgen Weiß, 山田太郎, Łukasz Żółć",
    "utf-16-le": "Jürgen Weiß, Иван Петров, Łukasz Żółć",
    "utf-16-be": "Jürgen Weiß, Иван Петров, Łukasz Żółć",
    "utf-32": "Jürgen Weiß, 山田太郎, Łukasz Żółć",
    "cp1252": "Jürgen Weiß, Zoë Núñez, Hélène D’Été",
    "cp1250": "Łukasz Wiśniewski, Věra Nováková, Győző Őrsi",
    "cp1251": "Иван Петров, Мария Сидорова, Алексей",
    "cp1254": "Gülşen Yıldız, İbrahim Şahin, Ayşe Doğan",
    "cp932": "山田太郎, 鈴木花子, ポール ソー",
    "mac-roman": "Jürgen Weiß, Zoë Núñez, Hélène D’Été",
}
PREAMBLES = {
    "none": [HEADER],
    "titles": [["Employee list", "", "", ""], ["Company: Corp"], [], HEADER],
    "run stamp": [["Run: 01/09/2026 07:15"], HEADER],
    "version": [["version:v1.0"], HEADER],
    "two header rows": [HEADER, LABELS],
    "sep": None,
}
FOOTERS = [[["Total", "3"]], [["Count: 3"]], [["Page 1 of 1"], ["Report generated 09/01/2026 by Ana Ruiz"]]]


def written(records, delimiter, line_end, *, quoting=csv.QUOTE_MINIMAL, quote='"'):
    """Return the text of records; mixed line ends take turns."""
    ends = ["\n", "\r\n", "\r"] if line_end == "mixed" else [line_end]
    lines = []
    for record in records:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, quoting=quoting, quotechar=quote).writerow(record)
        line = text.getvalue().removesuffix("\r\n")
        # A line end that begins with \n after a bare \r would join with it into one.
        joins = not line and lines and lines[-1].endswith("\r")
        lines.append(line + ("\r" if joins else ends[len(lines) % len(ends)]))
    return "".join(lines)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        pytest.param(encoding, delimiter, marks=[] if encoding == "utf-8" or delimiter == ";" else pytest.mark.soak)
        for encoding in NAMES
        for delimiter in DELIMITERS
    ],
)
def test_addresses_are_the_same_in_every_dialect(encoding, delimiter, soak):
    """Line ends, titles above the records and footers below them make no difference."""
    names = NAMES[encoding].split(", ")
    people = [[str(n), name, f"p{n}@corp.example", f"x{delimiter}y\nz"] for n, name in enumerate(names)]
    # Japanese with | between the cells has to be told; see below.
    told = "cp932" if (encoding, delimiter) == ("cp932", "|") else None

    for line_end, preamble in product(LINE_ENDS, PREAMBLES) if soak else zip(cycle(LINE_ENDS), PREAMBLES):
        above = PREAMBLES[preamble] or [[f"sep={delimiter}"], HEADER]
        footer = FOOTERS[len(preamble) % 3]
        text = written([*above, *people, [], *footer], delimiter, line_end)
        if preamble == "sep":
            text = text.replace(f'"sep={delimiter}"', f"sep={delimiter}")

        rows, facts = read(text.encode(encoding), encoding=told)

        records = rows[rows["disposition"] == ""]
        first = len(above) + (0 if preamble == "sep" else 1)
        assert records["email_as_given"].tolist() == [f"p{n}@corp.example" for n in range(3)], (line_end, preamble)
        assert records["name"].tolist() == names, (line_end, preamble)
        assert records["row"].tolist() == [first, first + 1, first + 2], (line_end, preamble)
        assert facts.guessed == (encoding in PRIORS and told is None)
        assert facts.delimiter == delimiter


@pytest.mark.parametrize("name", ["Weiß", "陳育仁", "Ёлкин"])
def test_letters_beyond_ascii_beside_a_bar_are_no_signs(name):
    """A bar beside a sign may be half of a longer delimiter; a bar beside a letter is not."""
    rows, facts = read(f"Name|Work Email|Private Email\n{name}|w@corp.example|h@home.example\n")

    assert (rows["name"].tolist(), rows["email_as_given"].tolist()) == ([name], ["w@corp.example"])
    assert facts.delimiter == "|"


@st.composite
def rosters(draw):
    """Draw records of people with and without an address, and blank rows between them."""
    cell = st.text(st.sampled_from("ab ,;|'\"\n\r\téß–Ж山🙂\u00a0"), max_size=8)
    people = draw(st.lists(st.tuples(cell, st.booleans(), cell, st.booleans()), min_size=1, max_size=12))
    rows = [["0", "x", "p0@corp.example", ""]]
    for number, (name, has_address, place, blank_before) in enumerate(people, 1):
        rows += [["", "", "", ""]] if blank_before else []
        rows.append([str(number), name, f"p{number}@corp.example" if has_address else "", place])
    return rows


@st.composite
def texts(draw):
    """Draw a roster in a dialect, with its encoding, and the row of each address."""
    delimiter = draw(st.sampled_from(DELIMITERS))
    quote = draw(st.sampled_from("\"'"))
    quoting = csv.QUOTE_ALL if quote == "'" else draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    above = draw(st.sampled_from([above for above in PREAMBLES.values() if above]))
    roster = draw(rosters())
    footer = draw(st.sampled_from([[], *FOOTERS]))
    text = written(
        [*above, *roster, *footer], delimiter, draw(st.sampled_from(LINE_ENDS)), quoting=quoting, quote=quote
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]))
    addresses = {row: cells[2] for row, cells in enumerate(roster, len(above) + 1) if cells[2]}
    return text.encode(encoding), addresses


@given(texts())
def test_any_roster_in_any_dialect_is_read_back(text):
    """The addresses and their row numbers are those that were written."""
    content, addresses = text

    rows, _ = read(content)

    read_back = rows[rows["email_as_given"].str.contains("@")]
    assert dict(zip(read_back["row"], read_back["email_as_given"], strict=True)) == addresses
    assert (read_back["disposition"] == "").all()


@given(
    st.lists(st.binary(max_size=6).map(lambda name: bytes(0x80 | code for code in name)), min_size=1, max_size=6),
    st.sampled_from(DELIMITERS),
    st.sampled_from(sorted(PRIORS)),
    st.sampled_from(sorted(PRIORS)),
)
@example([b"\xe9", b"\x83"], ",", "cp932", "cp1252")
@example([b"", b"\xd9"], ";", "big5hkscs", "johab")
def test_addresses_do_not_depend_on_the_guess(names, delimiter, one, other):
    """However the bytes of a name are decoded, no ASCII address appears, vanishes or changes."""
    lines = [f"Employee ID{delimiter}Name{delimiter}Email".encode()]
    lines += [
        delimiter.encode().join([str(number).encode(), name, f"p{number}@corp.example".encode()])
        for number, name in enumerate(names)
    ]
    content = b"\r\n".join(lines)

    found = []
    for encoding in (one, other):
        try:
            found.append(set(read(content, encoding=encoding)[0]["email_as_given"]))
        except (InputRefused, Unreadable):
            continue

    expected = {f"p{number}@corp.example" for number in range(len(names))}
    may_hide = any(ord(delimiter) in SECOND_BYTES.get(encoding, ()) for encoding in (one, other))
    assert may_hide or all(addresses == expected for addresses in found)


@pytest.mark.parametrize(
    ("first_line", "delimiter"),
    [("sep=;", ";"), ('"sep=;"', ";"), ("SEP=,", ","), ("sep=\t", "\t"), ("sep=^", "^"), ("sep=;;;", ";")],
)
def test_line_that_names_the_delimiter_is_no_row(first_line, delimiter):
    """Spreadsheets swallow this line and count rows from the next one. Its delimiter is used, whatever it is."""
    rows, facts = read(f'{first_line}\nName{delimiter}Email\n"Ana, Dr; Ruiz"{delimiter}a@corp.example\n')

    assert (facts.delimiter, facts.header_row, rows["row"].tolist()) == (delimiter, 1, [2])


SINGLE_QUOTED = {
    "all": ("'Name';'Email'\n'Ruiz; Ana';'a@corp.example'\n'O''Neill';'b@corp.example'\n", "'"),
    "where needed": ("Name;Email\n'Ruiz; Ana';a@corp.example\nBen;b@corp.example\n", "'"),
    "a name": ("Name;Email\n't Hooft;a@corp.example\nO'Neill;b@corp.example\n", '"'),
    "two names": ("Name;Email\n't Hooft;a@corp.example\n's Gravenhage;b@corp.example\n", '"'),
    "an open one at the end": ("Name;Email\nAna;a@corp.example\n't Hooft;b@corp.example\n", '"'),
    "a nickname": ("Name;Email\n'Bo';a@corp.example\nCem;b@corp.example\nDi;c@corp.example\n", '"'),
    "beside real quotes": ("Name;Email\n\"'t Hooft; Bo\";a@corp.example\n'Di';b@corp.example\n", '"'),
}


@pytest.mark.parametrize(("text", "quote"), SINGLE_QUOTED.values(), ids=SINGLE_QUOTED.keys())
def test_single_quote_encloses_cells_only_where_that_explains_more(text, quote):
    """UKG encloses cells in single quotes; in Dutch names a single quote is part of the name."""
    rows, facts = read(text)

    assert facts.quote == quote
    assert rows["email_as_given"].str.fullmatch("[abc]@corp.example").all()
    assert len(rows) == text.count("@")
