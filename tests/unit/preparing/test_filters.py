"""Filters: whom the rules of ``--only`` and ``--skip`` choose, and what they say about each row."""

from datetime import date, datetime
from fnmatch import fnmatchcase

import pytest
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.choices import DateOrder
from onboarding.model.columns import text_array
from onboarding.model.errors import InputRefused
from onboarding.model.filters import Filters
from onboarding.model.rows import FILTER_PREFIX
from onboarding.preparing.filters import FilterMatches, choose_people

TODAY = date(2026, 11, 22)
OPEN, OTHERS, SKIPPED = ("", ""), ("excluded", "not_selected"), ("excluded", "skipped_by_rule")
UNDECIDED = ("held", "undecided_rule")

FULL_WIDTH = "\uff24\uff25"
TEXTS = ["DE", " de ", "de", FULL_WIDTH, "AT", "Berlin", "BERLIN Mitte", "Straße", "STRASSE", "R&D, North", "", "  "]
DAYS = ["2026-12-01", "01.12.2026", "2026-11-30", "30 Nov 2026", "2020-01-01", "", "soon", "n/a"]
VALUES = ["DE", "de", "AT", "Berlin", "Berlin*", "*", "b*n*e", "strasse", '"R&D, North"', ""]
LIMITS = ["2026-12-01", "2026-11-30", "2020-01-01", "2021-01-01"]

WORDS = st.builds("{}={}".format, st.sampled_from(["Country", "Unit"]), st.sampled_from(VALUES))
SPANS = st.builds("Start{}{}".format, st.sampled_from([">=", ">", "<=", "<"]), st.sampled_from(LIMITS))
RULES = st.lists(st.one_of(WORDS, WORDS, SPANS, st.just("Start="), st.just("Start=soon")), max_size=3)
TABLE = st.lists(
    st.fixed_dictionaries(
        {"Country": st.sampled_from(TEXTS), "Unit": st.sampled_from(TEXTS), "Start": st.sampled_from(DAYS)}
    ),
    min_size=1,
    max_size=6,
)


def frame_of(*table, **given):
    """Return rows with these cells in the columns that rules may name."""
    frame = rows([f"p{number}@corp.example" for number in range(len(table))], **given)
    columns = {name: text_array([row[name] for row in table]) for name in table[0]}
    return frame.assign(**{FILTER_PREFIX + name: cells for name, cells in columns.items()})


def chosen(frame, *, only=(), skip=(), order=None, matches=None):
    """Return the frame after the rules have decided about it, and the undecided rows are held."""
    filters = Filters.of(only, skip)
    frame, doubts = choose_people(frame, filters, order, today=TODAY, matches=matches or FilterMatches())
    return doubts.settle(frame)


def fates(*args, **kwargs):
    frame = chosen(*args, **kwargs)
    return list(zip(frame["disposition"], frame["reason"], strict=True))


def plain_fate(row, only, skip):
    """Return what a person would say who reads the rules and one row of the table."""
    fits = {flag: {} for flag in ("only", "skip")}
    for flag, rules in (("only", only), ("skip", skip)):
        for column in {rule.split("=")[0].split("<")[0].split(">")[0] for rule in rules}:
            fits[flag][column] = plain_fit(row[column], [rule for rule in rules if rule.startswith(column)])
    if False in fits["only"].values():
        return OTHERS
    if True in fits["skip"].values():
        return SKIPPED
    return UNDECIDED if None in (*fits["only"].values(), *fits["skip"].values()) else OPEN


def plain_fit(cell, rules):
    """Return whether a cell fits the rules about its column, or None if a cell that is no date decides."""
    plain = cell.strip().replace(FULL_WIDTH, "DE").replace("ß", "ss").lower()
    signs = [rule for rule in rules if "<" in rule or ">" in rule]
    for rule in rules:
        value = rule.partition("=")[2].strip('"').replace("ß", "ss").lower()
        if rule not in signs and (plain == value or ("*" in value and plain and fnmatchcase(plain, value))):
            return True
    if not signs:
        return False
    day = plain_day(plain)
    if isinstance(day, str):
        return None
    text = f"{day:%Y-%m-%d}" if day else ""
    asked = {">=": lambda limit: text >= limit, "<=": lambda limit: text <= limit}
    asked |= {">": lambda limit: text > limit, "<": lambda limit: text < limit}
    return bool(text) and all(asked[rule[5:-10]](rule[-10:]) for rule in signs)


def plain_day(text):
    if text in ("", "n/a"):
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a day
        except ValueError:
            pass
    return text


@given(TABLE, RULES, RULES)
def test_rules_decide_as_a_person_would_who_reads_the_table(table, only, skip):
    expected = [plain_fate(row, only, skip) for row in table]

    assert fates(frame_of(*table), only=only, skip=skip) == expected


def test_detail_says_which_rule_left_the_row_out():
    frame = frame_of(
        {"Country": "FR", "Unit": "x"}, {"Country": "de", "Unit": "Berlin Mitte"}, {"Country": "", "Unit": ""}
    )

    found = chosen(frame, only=["Country=DE,AT"], skip=["Unit=Paris,Berlin*"])

    assert found["detail"].tolist() == [
        'By --only Country=DE,AT: the cell says "FR".',
        'By --skip Unit=Berlin*: the cell says "Berlin Mitte".',
        "By --only Country=DE,AT: the cell is empty.",
    ]


def test_detail_has_no_address_and_one_short_line():
    frame = frame_of({"Manager": f"ben@corp.example\n{'x' * 90}"})

    (detail,) = chosen(frame, only=["Manager=ana@corp.example"])["detail"]

    assert detail == f'By --only …: the cell says "… {"x" * 37}…".'


def test_rows_without_a_usable_address_and_held_rows_are_left_out_too():
    table = [{"Country": "FR"}] * 4
    before = {"disposition": ["rejected", "held", "held", "ignored"]}
    frame = frame_of(*table, **before, reason=["missing", "hidden_row", "misaligned_row", "footer"])

    kept = [("held", "misaligned_row"), ("ignored", "footer")]
    assert fates(frame, only=["Country=DE"]) == [OTHERS, OTHERS, *kept]


@pytest.mark.parametrize(
    ("order", "expected"), [(DateOrder.DAY_FIRST, [OPEN, OTHERS]), (DateOrder.MONTH_FIRST, [OTHERS, OTHERS])]
)
def test_order_of_day_and_month_decides(order, expected):
    frame = frame_of({"Start": "03/04/2026"}, {"Start": "01/01/2025"})

    assert fates(frame, only=["Start>=2026-04-01"], order=order) == expected


def test_export_is_refused_if_an_unknown_order_decides():
    frame = frame_of({"Start": "01/01/2025"}, {"Start": "03/04/2026"})

    with pytest.raises(InputRefused, match=r'staff.csv: row 3: .* first in "Start", .*--date-order dmy'):
        chosen(frame, only=["Start>=2026-04-01"])


def test_unknown_order_is_no_question_if_another_rule_leaves_the_row_out():
    frame = frame_of({"Start": "03/04/2026", "Country": "FR"})

    assert fates(frame, only=["Start>=2026-04-01", "Country=DE"]) == [OTHERS]


def test_letter_that_a_guess_of_the_encoding_may_get_wrong_holds_the_row():
    frame = frame_of({"City": "K\ufffdln"}, {"City": "Berlin"}, {"City": "Bonn \ufffd"})

    assert fates(frame, skip=["City=Köln"]) == [UNDECIDED, OPEN, UNDECIDED]
    assert fates(frame, skip=["City=Bonn*"]) == [OPEN, OPEN, SKIPPED]


def test_rule_with_a_file_is_for_this_file_alone():
    frame = frame_of({"Country": "FR"}, {"Country": "FR"})
    frame["source"] = text_array(["hr/a.csv", "hr/b.csv"])

    assert fates(frame, only=["a*.csv:Country=DE"]) == [OTHERS, OPEN]
    assert fates(frame, only=["a.csv:Country=DE", "Country=FR"]) == [OPEN, OPEN]


def test_values_that_fit_no_row_are_named():
    filters = Filters.of(["Country=DE,Austria", "Start>=2026-01-01"], ["Unit=Sales*", "Country="])
    matches = FilterMatches()
    frame = frame_of(
        {"Country": "de", "Unit": "x", "Start": "2025-01-01"}, {"Country": "", "Unit": "sales", "Start": ""}
    )

    choose_people(frame, filters, None, today=TODAY, matches=matches)

    figures = matches.figures(filters)
    assert (figures.entries, figures.unmatched) == (5, 2)
    assert figures.rules == ("--only Country=Austria", "--only Start>=2026-01-01")


def test_run_without_rules_has_no_figures():
    assert FilterMatches().figures(Filters()) is None
