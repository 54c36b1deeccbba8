"""Headers of two rows, titles of groups and names below, are joined, and no address of somebody else is taken."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from soak import examples

from onboarding.exports.layout.column_roles import Role
from onboarding.exports.layout.layout import layout_of
from onboarding.exports.tables import Unreadable

PEOPLE = ("ana", "ben", "cem", "dee")


def layout(titles, names, *, merged=(), above=()):
    """Return the layout of a roster, in which each column called like mail holds addresses of its own domain."""
    width = max(len(titles), len(names))
    rows = [
        [f"{who}{at}@c{at}.example" if at in mails(titles, names) else who for at in range(width)] for who in PEOPLE
    ]
    for number, row in enumerate(rows):
        row[0] = str(number)
    header = [*above, titles, names]
    spans = [(len(above), left, right) for left, right in merged]
    return layout_of([*header, *rows], email_column=None, merged=spans)


def mails(titles, names):
    """Return the columns that hold addresses: those with a word for mail in the title or the name."""
    found, title = set(), ""
    for at, name in enumerate(names):
        title = (titles[at] if at < len(titles) else "") or title
        own = titles[at] if at < len(titles) else ""
        if "mail" in name.lower() or "mail" in own.lower() or (name in HALVES and "mail" in title.lower()):
            found.add(at)
    return found


HALVES = ("privat", "dienstlich", "Work", "Personal", "Private", "Home")


def test_names_below_a_merged_title_are_joined_with_it():
    titles = ["Personalnummer", "Name", "E-Mail", "", "Status"]

    found = layout(titles, ["", "", "privat", "dienstlich"], merged=[(2, 3)])

    assert found.header.names == ("Personalnummer", "Name", "E-Mail privat", "E-Mail dienstlich", "Status")
    assert (found.header.at, found.header.second, found.header.first_record) == (0, 1, 2)
    assert found.columns[Role.EMAIL] == 3


def test_names_that_fill_up_titles_need_no_merged_cells():
    """Merged cells are lost when a workbook becomes a text file."""
    found = layout(["Nr", "Name", "E-Mail", "", "Status"], ["", "", "privat", "dienstlich", ""])

    assert found.columns[Role.EMAIL] == 3


def test_title_of_somebody_else_is_joined_with_the_names_below_it():
    found = layout(
        ["", "", "", "Line Manager", ""], ["ID", "Name", "Email", "Name", "Email"], merged=[(3, 4)], above=[["Staff"]]
    )

    assert found.header.names == ("ID", "Name", "Email", "Line Manager Name", "Line Manager Email")
    assert found.columns[Role.EMAIL] == 2


def test_only_addresses_below_the_title_of_somebody_else_are_no_work_addresses():
    with pytest.raises(Unreadable, match='of other ones: "Line Manager Email"'):
        layout(["", "", "Line Manager"], ["ID", "Name", "Email"])


def test_groups_that_cover_all_columns_are_certain_in_a_text_too():
    titles = ["Employee", "", "", "Manager", "", ""]

    found = layout(titles, ["ID", "Name", "Email", "ID", "Name", "Email"])

    assert found.columns[Role.EMAIL] == 2
    assert found.header.names[3:] == ("Manager ID", "Manager Name", "Manager Email")


def test_title_whose_end_is_unclear_is_asked_about():
    """The last status may be the manager's or the person's own."""
    with pytest.raises(Unreadable, match=r'"Line Manager" stands above .* unclear which of "Name", "Email", "Status"'):
        layout(["", "", "", "Line Manager"], ["ID", "Name", "Email", "Name", "Email", "Status"])


@pytest.mark.parametrize(
    "titles",
    [
        ["Employee", "", "Contact"],
        ["Employee", "", "Contact details"],
        ["Staff of Acme", "", "", ""],
        ["Staff", "", "", "As of 2026-01-01"],
        ["Run by: Manager Ann", "", "", "Confidential"],
        ["", "", "", "Page 1"],
    ],
)
def test_other_rows_above_a_header_change_no_name(titles):
    found = layout(titles, ["Employee ID", "Name", "Email", "Status"])

    assert found.header.names == ("Employee ID", "Name", "Email", "Status")
    assert found.header.at == 1


@pytest.mark.parametrize(
    "record",
    [
        ["5", "Eve", "", "Active"],
        ["", "Eve", "", ""],
        ["Eve", "Eve", "-", "Eve"],
        ["", "", "none", ""],
        ["x", "x", "x", "x"],
    ],
)
@pytest.mark.parametrize("header", [["ID", "Name", "Email", "Status"], ["ID", "Name", "", "Email"]])
def test_record_without_an_address_is_no_second_row_of_the_header(header, record):
    found = layout_of([header, record, ["1", "Ana", "ana@c.example", "a@c.example"]], email_column="Email")

    assert found.header.first_record == 1


OWN = (("", "Work Email"), ("", "Email"), ("E-Mail", "dienstlich"), ("Email", "Work"))
OTHERS = (
    ("Line Manager", "Email"),
    ("HR Business Partner", "E-Mail"),
    ("Private", "Email"),
    ("Email", "Private"),
    ("E-Mail", "privat"),
    ("Emergency Contact", "Email"),
    ("Vorgesetzter", "E-Mail"),
)
PLAIN = (("", "Department"), ("", "City"), ("", "Status"), ("Line Manager", "Name"), ("Private", "Phone"))


@examples(0.5)
@given(
    columns=st.permutations([("", "Employee ID"), ("", "Name")]).flatmap(
        lambda first: st.lists(st.sampled_from(OTHERS + PLAIN), max_size=5, unique=True).map(
            lambda rest: [*first, *rest]
        )
    ),
    own=st.sampled_from(OWN),
    place=st.integers(2, 7),
    is_merged=st.booleans(),
)
def test_only_the_column_with_the_persons_own_addresses_is_read(columns, own, place, is_merged):
    """Wherever the columns stand, the job reads the person's own addresses or asks."""
    columns = [*columns[:place], own, *columns[place:]]
    columns.sort(key=lambda column: (column[0] != "", column[0]))
    assume(is_merged or len({title for title, _ in columns}) > 1)
    titles = [title if at == 0 or columns[at - 1][0] != title else "" for at, (title, _) in enumerate(columns)]
    merged = [
        (at, max(last for last, column in enumerate(columns) if column[0] == title))
        for at, title in enumerate(titles)
        if title
    ]
    wide = [(left, right) for left, right in merged if right > left]
    assume(wide or not is_merged)
    rows = [
        [
            f"{who}{at}@c{at}.example" if "mail" in " ".join(column).lower() else f"{who}{at}"
            for at, column in enumerate(columns)
        ]
        for who in PEOPLE
    ]
    names = [name for _, name in columns]
    try:
        found = layout_of(
            [titles, names, *rows], email_column=None, merged=[(0, *span) for span in wide] if is_merged else ()
        )
    except Unreadable:
        return

    assert columns[found.columns[Role.EMAIL]] == own
    assert found.header.first_record == 2
