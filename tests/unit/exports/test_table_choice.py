"""The right sheet of a workbook is read, and no sheet of people is left out without a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import Sheet
from soak import examples

from onboarding.exports.layout.column_roles import Role
from onboarding.exports.layout.table_choice import readable_table
from onboarding.exports.tables import Unreadable

PEOPLE = [["Name", "Email"], ["Ana", "ana@corp.example"], ["Ben", "ben@corp.example"]]
TEMPLATE = [["Name", "Email"], ["", ""]]
HOW_TO = [["How to read this file"], [], ["Ask HR for help, or mail", "hr at corp.example"]]
MANAGERS = [["Team", "Manager Email"], ["Sales", "head@corp.example"]]


@pytest.mark.parametrize("others", [[], [HOW_TO], [TEMPLATE], [MANAGERS], [HOW_TO, TEMPLATE, MANAGERS, []]])
def test_the_sheet_with_addresses_is_read(others):
    """Instructions, empty forms and lists of something else are passed over."""
    sheets = [Sheet(f"Sheet{number}", rows) for number, rows in enumerate(others)]

    table, layout = readable_table([*sheets, Sheet("Staff", PEOPLE)], email_column=None)

    assert table.sheet == "Staff"
    assert layout.columns[Role.EMAIL] == 1


def test_several_sheets_of_people_must_be_told_apart():
    """One of them may list people who left."""
    sheets = [Sheet("Staff", PEOPLE), Sheet("How To", HOW_TO), Sheet("Left", PEOPLE)]

    with pytest.raises(Unreadable, match='sheets "Staff", "Left" may each be meant; choose with --sheet'):
        readable_table(sheets, email_column=None)


def test_a_column_that_is_named_tells_the_sheets_apart_too():
    """Only one of them has it."""
    other = [["Name", "Wohin"], ["Ana", "ana@corp.example"]]

    table, _ = readable_table([Sheet("Staff", PEOPLE), Sheet("Other", other)], email_column="Wohin")

    assert table.sheet == "Other"


def test_message_says_why_each_sheet_cannot_be_read():
    """The message is one line."""
    sheets = [Sheet("How To", HOW_TO), Sheet("Empty", []), Sheet("Managers", MANAGERS)]

    with pytest.raises(Unreadable, match=r'no sheet can be read \("How To": .*; "Empty": .*; "Managers": .*\)'):
        readable_table(sheets, email_column=None)


@pytest.mark.parametrize("sheet", ["Leavers 2025", "Ausgeschieden", "退職者"])
def test_a_lone_sheet_of_people_who_left_is_refused(sheet):
    """Without a column of statuses, nothing else would keep these people from an invitation."""
    with pytest.raises(Unreadable, match="the name of the sheet says that all these people have left"):
        readable_table([Sheet(sheet, PEOPLE)], email_column=None)


@pytest.mark.parametrize("title", ["Leavers", "Former staff", "Terminated employees 2025", "Ehemalige"])
def test_a_title_above_people_who_left_is_refused(title):
    """The error has the title's row."""
    with pytest.raises(Unreadable, match="this title says that all these people have left") as refusal:
        readable_table([Sheet("Sheet1", [["HR"], [title, ""], *PEOPLE])], email_column=None)

    assert refusal.value.records == 1


@pytest.mark.parametrize("title", ["Employees", "New hires 2027", "Left to do", "Staff list"])
def test_other_titles_and_tables_with_a_status_are_read(title):
    """New hires may be invited before their first day."""
    with_status = [["Name", "Email", "Status"], ["Ana", "ana@corp.example", "Terminated"]]

    readable_table([Sheet(title, [[title], *PEOPLE])], email_column=None)
    readable_table([Sheet("Leavers", [["Leavers"], *with_status])], email_column=None)


def test_message_names_the_only_sheet():
    """The user may not know this sheet."""
    with pytest.raises(Unreadable, match='sheet "Managers": no column of work addresses'):
        readable_table([Sheet("Managers", MANAGERS)], email_column=None)


TWO_MAILS = [
    ["ID", "Name", "Email 1", "Email 2"],
    ["1", "Ana", "ana@corp.example", "a@corp.example"],
    ["2", "Ben", "ben@corp.example", "b@corp.example"],
]
PRIVATE = [["Name", "Home Email"], ["Ana", "ana@home.example"], ["Ben", "ben@home.example"]]
HEADLESS = [["1", "Ana", "ana@corp.example"], ["2", "Ben", "ben@corp.example"]]
UNREADABLE = {"two columns": TWO_MAILS, "private": PRIVATE, "no header": HEADLESS}


@pytest.mark.parametrize("rows", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("place", [0, 1])
def test_sheet_of_people_that_cannot_be_read_is_not_dropped_for_another(rows, place):
    """The other sheet may list those who left."""
    sheets = [Sheet("Leavers 2025", PEOPLE)]
    sheets.insert(place, Sheet("Staff", rows))

    with pytest.raises(Unreadable) as refusal:
        readable_table(sheets, email_column=None)

    assert refusal.value.why.startswith('sheet "Leavers 2025" can be read, but people may also be in "Staff": ')
    assert refusal.value.why.endswith("; choose the right sheet with --sheet")


def test_sheets_that_were_passed_over_are_said_once():
    sheets = [Sheet("How To", HOW_TO), Sheet("Empty", []), Sheet("Staff", PEOPLE), Sheet("New", TEMPLATE)]

    _, layout = readable_table(sheets, email_column=None)

    assert layout.notes == ('The sheets "How To", "New" were not read, since another sheet has the addresses.',)


def test_instructions_that_mention_an_address_are_no_people():
    how_to = [["How to"], ["Read this first"], ["Ask us"], ["help@vendor.example"], ["Then go on"]]

    table, _ = readable_table([Sheet("How To", how_to), Sheet("Staff", PEOPLE)], email_column=None)

    assert table.sheet == "Staff"


KINDS = {"people": PEOPLE, "how to": HOW_TO, "empty": [], "template": TEMPLATE, "managers": MANAGERS, **UNREADABLE}


@examples(0.5)
@given(kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
def test_a_table_is_read_only_if_no_other_sheet_may_list_people(kinds):
    """Whatever the order of the sheets, either the only sheet of people is read, or the file is refused."""
    sheets = [Sheet(f"Sheet{number}", KINDS[kind]) for number, kind in enumerate(kinds)]
    of_people = [number for number, kind in enumerate(kinds) if kind == "people" or kind in UNREADABLE]
    try:
        table, layout = readable_table(sheets, email_column=None)
    except Unreadable:
        assert [kinds[number] for number in of_people] != ["people"]
        return

    if of_people:
        assert [table.sheet] == [f"Sheet{number}" for number in of_people]
    assert layout.columns[Role.EMAIL] == 1
