"""The day that a cell names is read, or the cell counts as unreadable."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.words.dates import date_order_evidence, read_dates
from onboarding.model.choices import DateOrder
from onboarding.model.columns import text_array

# ruff: noqa: SIM905  dates in a row read better than as many quoted ones

TODAY = date(2026, 11, 22)
DAY = date(2019, 3, 15)
DAYS = st.dates(date(1956, 1, 1), date(2036, 12, 31))

FORMS = {
    DateOrder.DAY_FIRST: "{day:02}/{month:02}/{year}",
    DateOrder.MONTH_FIRST: "{month:02}/{day:02}/{year}",
    DateOrder.YEAR_FIRST: "{short:02}-{month:02}-{day:02}",
}


def written(day: date, order: DateOrder) -> str:
    return FORMS[order].format(day=day.day, month=day.month, year=day.year, short=day.year % 100)


def read(*cells: str, order: DateOrder | None = None) -> list[date | str | None]:
    """Return the day of each cell, both days if it may name two, or ``unreadable``."""
    dates = read_dates(pd.Series(text_array(cells)), order, today=TODAY)
    pairs = zip(dates.day_first.tolist(), dates.month_first.tolist(), strict=True)
    days = [first if first == second else (first, second) for first, second in pairs]
    return ["unreadable" if bad else day for day, bad in zip(days, dates.unreadable, strict=True)]


@pytest.mark.parametrize(
    "cell",
    """2019-03-15|2019/3/15|2019-03-15T00:00:00.000Z|2019-03-15 10:11:12|2019-03-15-08:00|20190315|20190315000000Z
    |03/15/2019|3/15/19|3/15/2019 0:00|3/15/2019 12:00:00 AM|15/03/2019|15-03-19|15-Mar-2019|15-MAR-19|Mar 15, 2019
    |March 15th, 2019|15 March 2019|Fri, 15 Mar 2019|15.03.2019|15.3.19|2019. 03. 15.|15. März 2019|15 mars 2019
    |15 de marzo de 2019|15 marzo 2019|15 maart 2019|15 mar. 2019|15. maaliskuuta 2019|15 de março de 2019
    |15 marca 2019|15. března 2019|15 марта 2019|15 Mart 2019|15 Μαρτίου 2019|15 martie 2019
    |2019年3月15日|2019년 3월 15일
    |43539|43539.5|43539,0""".split("|"),
)
def test_every_form_names_its_day(cell):
    """Each cell can be read in one way only."""
    assert read(cell.strip()) == [DAY]


@pytest.mark.parametrize(
    "cell",
    ["", " ", "n/a", "-", "0", "00/00/0000", "0000-00-00", "1/1/0001", "12/30/1899", "1/1/1900"],
)
def test_placeholder_is_no_date(cell):
    """It is not unreadable either."""
    assert read(cell) == [None]


@pytest.mark.parametrize(
    "cell",
    ["soon", "13/13/2019", "2019-15-03", "29/02/2019", "3/15/219", "1019-03-15", "150319", "5", "123456", "March 2019"],
)
def test_anything_else_is_unreadable(cell):
    assert read(cell) == ["unreadable"]


def test_date_with_interchangeable_day_and_month_is_two_dates():
    assert read("03/04/2019", "3-4-19", "05/05/2019") == [
        (date(2019, 4, 3), date(2019, 3, 4)),
        (date(2019, 4, 3), date(2019, 3, 4)),
        date(2019, 5, 5),
    ]


def test_dots_mean_day_first_unless_that_cannot_be():
    assert read("03.04.2019", "03.15.2019") == [date(2019, 4, 3), DAY]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (DateOrder.DAY_FIRST, [date(2003, 4, 1), "unreadable"]),
        (DateOrder.MONTH_FIRST, [date(2003, 1, 4), DAY]),
        (DateOrder.YEAR_FIRST, [date(2001, 4, 3), "unreadable"]),
    ],
)
def test_known_order_settles_it(order, expected):
    """A person must look at cells that contradict it."""
    assert read("01/04/03", "03/15/2019", order=order) == expected


def test_known_order_does_not_change_unmistakable_dates():
    assert read("2019-03-15", "15-Mar-19", "43539", order=DateOrder.MONTH_FIRST) == [DAY] * 3


@pytest.mark.parametrize(
    ("cell", "year"), [("1/1/26", 2026), ("1/1/36", 2036), ("1/1/37", None), ("1/1/65", 1965), ("1/1/99", 1999)]
)
def test_short_year_is_near(cell, year):
    """It lies from 89 years back to 10 ahead, and a day before 1940 is a slip."""
    assert read(cell) == ([date(year, 1, 1)] if year else ["unreadable"])


def test_far_future_is_a_date():
    """Oracle uses such a day as the end of time."""
    assert read("31-Dec-4712", "9999-12-31") == [date(4712, 12, 31), date(9999, 12, 31)]


@pytest.mark.parametrize(
    ("cells", "order", "matters"),
    [
        ([], None, False),
        (["2019-03-15", "15.03.2019"], DateOrder.DAY_FIRST, False),
        (["03/04/2019"], None, True),
        (["03/04/2019", "15/03/2019"], DateOrder.DAY_FIRST, True),
        (["03/04/2019", "03/15/2019"], DateOrder.MONTH_FIRST, True),
        (["15/03/2019", "03/15/2019", "03/04/2019"], None, True),
        (["99-12-31", "19-03-15"], DateOrder.YEAR_FIRST, False),
        (["15/03/19"], DateOrder.DAY_FIRST, False),
        (["05/05/2019", "soon", ""], None, False),
    ],
)
def test_one_cell_settles_the_order_of_a_file(cells, order, matters):
    evidence = date_order_evidence(cells, today=TODAY)

    assert (evidence.order, evidence.matters) == (order, matters)


@given(st.lists(DAYS, min_size=1), st.sampled_from([DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST]))
def test_a_day_after_the_twelfth_makes_a_column_readable(days, order):
    """The rest of the column does not matter."""
    cells = [written(day, order) for day in [*days, DAY]]

    evidence = date_order_evidence(cells, today=TODAY)

    assert evidence.order is order
    assert read(*cells, order=evidence.order) == [*days, DAY]


@given(DAYS, st.sampled_from(list(DateOrder)))
def test_day_is_read_back_in_the_order_it_was_written(day, order):
    assert read(written(day, order), order=order) == [day]


@given(st.lists(st.lists(DAYS)), st.sampled_from(list(DateOrder)))
def test_evidence_of_parts_is_the_evidence_of_the_whole(parts, order):
    """The parts may be cut anywhere."""
    cut = [[written(day, order) for day in days] for days in parts]

    together = date_order_evidence([], today=TODAY)
    for cells in cut:
        together &= date_order_evidence(cells, today=TODAY)

    assert together == date_order_evidence([cell for cells in cut for cell in cells], today=TODAY)


@given(st.integers(20_000, 79_999))
def test_spreadsheet_counts_days(count):
    assert read(str(count)) == [date(1899, 12, 30) + timedelta(days=count)]


@given(st.text(alphabet="0123456789-/. :TZabmr", max_size=20))
def test_any_text_is_read_as_something(cell):
    dates = read_dates(pd.Series(text_array([cell])), None, today=TODAY)

    assert not (dates.unreadable[0] and not np.isnat(dates.day_first[0]))
