"""All columns of a role are read, codes by all their values, and the operator's answers to questions work."""

import pytest
from policy_fates import TODAY, export_of_text, fates_of_export, fates_of_text

from onboarding.exports.tables import Unreadable
from onboarding.model.choices import ColumnOptions, StatusWords
from onboarding.model.errors import InputRefused

PAST = "2024-06-30"


def table(header, *rows):
    """Return a table as CSV, with an address in front of each row."""
    lines = [f"Email,{header}", *(f"p{number}@corp.example,{row}" for number, row in enumerate(rows))]
    return "\n".join(lines) + "\n"


def options(**named):
    return ColumnOptions(today=TODAY, **named)


def test_any_status_that_says_gone_counts_and_a_contradiction_is_held():
    text = table(
        "Status,Employment Status,HR Status",
        "Active,Full-Time,A",
        "Active,Active,T",
        "Inactive,Terminated,",
        ",,Terminated",
        ",,",
    )

    fates = fates_of_text(text)

    assert fates == ["planned", "contradicting_status", "inactive", "inactive", "unknown_status"]


def test_any_last_day_that_has_passed_counts():
    text = table("End Date,LWD,Exit Date", ",,", f",,{PAST}", f"2027-01-01,{PAST},", "2027-01-01,,2028-01-01")

    assert fates_of_text(text) == ["planned", "ended", "ended", "planned"]


@pytest.mark.parametrize(
    ("hired", "rehired", "end", "fate"),
    [
        ("2015-03-01", "", PAST, "ended"),
        ("2015-03-01", "2025-01-01", PAST, "planned"),
        ("2015-03-01", "2027-01-01", PAST, "not_started"),
        ("2015-03-01", "2027-01-01", "", "planned"),
        ("", "2027-01-01", "", "not_started"),
        ("2204-03-01", "", "", "unreadable_date"),
        ("15.03.2567", "", "", "unreadable_date"),
        ("2015-03-01", "", "2567-03-15", "unreadable_date"),
        ("2015-03-01", "", "9999-12-31", "planned"),
        ("2015-03-01", "", "31.12.4712", "planned"),
    ],
)
def test_first_days_and_last_days_together(hired, rehired, end, fate):
    """A later first day means that the person came back. A day centuries ahead is a slip."""
    assert fates_of_text(table("Hire Date,Rehire Date,Termination Date", f"{hired},{rehired},{end}")) == [fate]


@pytest.mark.parametrize(
    ("name", "cells", "fates"),
    [
        ("Status", "t f t", ["planned", "inactive", "planned"]),
        ("Status", "A L T", ["planned", "planned", "inactive"]),
        ("Active", "T T T", ["planned", "planned", "planned"]),
        ("Status", "1 0 1", ["planned", "inactive", "planned"]),
        ("Employment Status", "3 0 1", ["planned", "inactive", "inactive"]),
        ("STAT2", "3 3 0", ["planned", "planned", "inactive"]),
        ("Status", "3 0 1", ["unknown_status"] * 3),
        ("Status", "1 2 1", ["unknown_status"] * 3),
        ("Employment Status", "1 2 3", ["unknown_status"] * 3),
        ("Employment Status", "1 3 1", ["unknown_status"] * 3),
        ("Status", "W L W", ["unknown_status"] * 3),
        ("Suspended", "t f f", ["inactive", "planned", "planned"]),
        ("userAccountControl", "512 514 66050", ["planned", "inactive", "inactive"]),
    ],
)
def test_codes_are_read_by_all_values_of_their_column(name, cells, fates):
    assert fates_of_text(table(name, *cells.split())) == fates


@pytest.mark.parametrize(("first", "later"), [(["t", "f"] * 600, "A"), (["1", "0"] * 600, "3")])
def test_code_that_comes_late_and_fits_no_longer_is_refused(first, later):
    """The rows above were read in another way than the column means."""
    with pytest.raises(InputRefused, match=r"row 1202: .*status_words"):
        fates_of_text(table("Status", *first, later))


def test_words_of_the_operator_come_before_the_known_ones():
    words = StatusWords(active=frozenset({"3", "frei"}), inactive=frozenset({"1", "weg"}))
    text = table("Status", "3", "1", "Frei", "Weg", "Active")

    assert fates_of_text(text, options(status_words=words)) == [
        *("planned", "inactive", "planned", "inactive", "planned"),
    ]


UNKNOWN = table("Fallout,Town", "Active,Bern", "Terminated,Oslo", "Active,Rome")


def test_question_can_be_answered_with_the_column_or_with_nothing():
    with pytest.raises(Unreadable, match='"Fallout" may say who has left'):
        fates_of_text(UNKNOWN)

    assert fates_of_text(UNKNOWN, options(status=("Fallout",))) == ["planned", "inactive", "planned"]
    assert fates_of_text(UNKNOWN, options(status=("B",))) == ["planned", "inactive", "planned"]
    assert fates_of_text(UNKNOWN, options(ignored=("Fallout",))) == ["planned"] * 3


def test_option_may_name_columns_of_several_exports():
    named = options(status=("Statut X", "Fallout"), ends_on=("Town",))

    assert export_of_text(UNKNOWN, named).facts.columns["status"] == "Fallout"
    with pytest.raises(Unreadable, match=r'no column "Wibble" \(--end-column\)'):
        export_of_text(UNKNOWN, options(ends_on=("Wibble",), status=("Fallout",)))


def test_named_columns_of_ids_and_names_are_read():
    text = table("Kürzel,Erster,Zweiter,Name", "7,Ana,Ruiz,Sales", "8,Ben,Roe,IT")

    export = export_of_text(text, options(employee_id=("Kürzel",), name=("Erster", "Zweiter")))
    (frame,) = export.batches(0)

    assert frame["employee_id"].tolist() == ["7", "8"]
    assert frame["name"].tolist() == ["Ana Ruiz", "Ben Roe"]


@pytest.mark.parametrize(
    ("second", "is_asked"),
    [("Terminated", True), ("Active", False)],
)
def test_unknown_name_beside_a_status_is_asked_about_only_if_it_says_more(second, is_asked):
    text = table("Status,Fallout", "Active,Active", f"Active,{second}", "Terminated,Terminated")

    if is_asked:
        with pytest.raises(Unreadable, match="--ignore-column"):
            fates_of_text(text)
    else:
        assert fates_of_text(text) == ["planned", "planned", "inactive"]


@pytest.mark.parametrize("name", ["Termination Reason", "Exit", "Austrittsgrund"])
def test_reason_for_leaving_says_that_a_person_left(name):
    """It is empty for people at work. A reason that no list has is held."""
    export = export_of_text(table(name, "Resigned", "", "Retirement", "Better offer"))

    assert fates_of_export(export) == ["inactive", "planned", "inactive", "unknown_status"]
    assert export.facts.notes == (f'Who has a word in "{name}" counts as gone.',)


@pytest.mark.parametrize(
    ("name", "cells", "fates"),
    [
        ("Leaver", ["Yes", "", "No"], ["inactive", "planned", "planned"]),
        ("Left", ["", PAST, ""], ["planned", "ended", "planned"]),
        ("Disabled", ["", "TRUE", ""], ["planned", "inactive", "planned"]),
        ("AccountExpirationDate", ["", PAST, "1/1/1601"], ["planned", "ended", "planned"]),
        ("deletedDateTime", ["", "2024-06-30T10:00:00Z", ""], ["planned", "ended", "planned"]),
        ("accountExpires", ["", PAST, ""], ["planned", "ended", "planned"]),
        ("Contract Expiry", ["", PAST, ""], ["planned", "ended", "planned"]),
        ("Currently Employed", ["Y", "N", "Y"], ["planned", "inactive", "planned"]),
        ("Still employed?", ["yes", "no", "yes"], ["planned", "inactive", "planned"]),
        ("On Payroll", ["Yes", "No", "Yes"], ["planned", "inactive", "planned"]),
        ("Noch beschäftigt", ["ja", "nein", "ja"], ["planned", "inactive", "planned"]),
        ("is_alumni", ["f", "t", "f"], ["planned", "inactive", "planned"]),
        ("Visa Expiry", ["", PAST, ""], ["planned"] * 3),
        ("Last Day of Leave", ["", PAST, ""], ["planned"] * 3),
        ("Termination Eligible", ["Yes", "No", ""], ["planned"] * 3),
    ],
)
def test_cells_decide_what_a_name_without_a_kind_means(name, cells, fates):
    assert fates_of_text(table(name, *cells)) == fates


def test_file_that_says_nothing_about_leavers_names_the_columns_that_were_not_used():
    export = export_of_text(table("Name,Town,Floor", "Ana,Bern,1", "Ben,Oslo,2"))

    assert export.facts.notes == ('Columns that were not used: "Town", "Floor".',)
