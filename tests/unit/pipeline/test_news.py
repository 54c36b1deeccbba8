"""Which rows are news for a person."""

import pandas as pd
import pytest
from frames import decided, outcomes

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.fingerprints import Seed
from onboarding.model.news import NEW_COLUMN, NO_HASHES, EarlierRows, News, merged
from onboarding.model.rows import decide
from onboarding.pipeline.news import NewsCounter
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.words import news_in_words

RUN = ReportContext("r1", "chime", "account-1", "noon", Disposition.DEFERRED)
SEED = Seed.random()
FIRST_NIGHT = EarlierRows(NO_HASHES, {})
NIA, MAX = ("7", "Nia Okafor", ""), ("8", "Max Weber", "max@")


def night(*people, earlier=FIRST_NIGHT, hold=None, left_out=None) -> tuple[NewsCounter, list[bool]]:
    """Read a roster of people, each an id, a name and a cell. Return the news and the marks of the rows.

    ``hold`` is the reason for which all rows are held, and ``left_out`` the rule that leaves them out; with None, they
    are decided as usual.
    """
    ids, names, cells = zip(*people, strict=True) if people else ((), (), ())
    frame = decided(list(cells), employee_id=list(ids), name=list(names))
    if why := hold or left_out:
        fate = Disposition.HELD if hold else Disposition.EXCLUDED
        decide(frame, pd.Series(data=True, index=frame.index), fate, why)
    counter = NewsCounter(earlier, SEED)
    lines = counter.mark(reconcile(frame, outcomes({}), RUN), frame["key"])
    return counter, lines[NEW_COLUMN].tolist() if NEW_COLUMN in lines else [False] * len(lines)


def after(*counters) -> EarlierRows:
    """Return what these nights have reported, the last night last."""
    rows = [of.rows for counter in counters for of in counter.rows().values()]
    return EarlierRows(merged(rows), {each: of.people for each, of in counters[-1].rows().items()})


def test_everything_is_new_on_the_first_night():
    counter, marks = night(NIA, MAX, ("9", "Ana Ruiz", "ana@example.com"))

    assert marks == [True, True, False]
    assert counter.news() == News(new={Disposition.REJECTED: 2})


def test_rows_of_an_earlier_night_are_old_wherever_they_stand():
    first, _ = night(NIA, MAX)

    counter, marks = night(("10", "Ida", ""), MAX, NIA, earlier=after(first))

    assert marks == [True, False, False]
    assert counter.news() == News({Disposition.REJECTED: 1}, {Disposition.REJECTED: 2}, {})


def test_rows_that_are_no_longer_open_are_gone():
    """Whether they were corrected, or left the export."""
    first, _ = night(NIA, MAX)

    counter, _ = night(("7", "Nia Okafor", "nia@example.com"), earlier=after(first))

    assert counter.news() == News(gone={Disposition.REJECTED: 2})


@pytest.mark.parametrize("rule", [Reason.NOT_SELECTED, Reason.SKIPPED_BY_RULE])
def test_people_whom_a_rule_leaves_out_are_not_gone(rule):
    """Their rows are still there, and nobody has corrected them."""
    first, _ = night(NIA, MAX, ("", "Ida", ""))

    counter, _ = night(NIA, MAX, ("", "Ida", ""), earlier=after(first), left_out=rule)

    assert counter.news() == News()


def test_row_that_comes_back_is_not_new():
    first, _ = night(NIA)
    second, _ = night(MAX, earlier=after(first))

    counter, marks = night(NIA, earlier=after(first, second))

    assert marks == [False]
    assert counter.news() == News({}, {Disposition.REJECTED: 1}, {Disposition.REJECTED: 1})


def test_row_with_another_reason_is_new_and_its_person_is_not_gone():
    first, _ = night(NIA)

    counter, marks = night(NIA, earlier=after(first), hold=Reason.UNREADABLE_DATE)

    assert marks == [True]
    assert counter.news() == News(new={Disposition.HELD: 1})


def test_wrong_correction_is_new():
    first, _ = night(MAX)

    counter, _ = night(("8", "Max Weber", "max@@example.com"), earlier=after(first))

    assert counter.news() == News(new={Disposition.REJECTED: 1})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("007", "Nia", ""), ('="007"', "Nia O.", "  ")),
        (("", "Nia", "nia@"), ("", " Nia ", "nia@ ")),
    ],
)
def test_person_is_known_by_the_id_else_by_cell_and_name(before, now):
    first, _ = night(before)

    assert night(now, earlier=after(first))[1] == [False]


def test_person_without_an_id_is_known_by_the_address():
    first, _ = night(("", "Nia", "Nia@Example.com"), hold=Reason.ROLE_ADDRESS)

    assert night(("", "N. Okafor", "nia@example.com"), earlier=after(first), hold=Reason.ROLE_ADDRESS)[1] == [False]


def test_rows_without_anything_that_identifies_a_person_are_counted():
    """One more such row is new, even if no report can say which."""
    nobody = ("", "", "-")
    first, _ = night(("", "", ""), ("", "", ""))

    counter, marks = night(("", "", ""), ("", "", ""), ("", "", ""), nobody, earlier=after(first))

    assert marks == [False, False, True, True]
    assert counter.news() == News({Disposition.REJECTED: 2}, {Disposition.REJECTED: 2}, {})


def test_news_of_accounts_add_up():
    one, other = (
        News({Disposition.HELD: 1}, {}, {Disposition.HELD: 2}),
        News({Disposition.HELD: 3}, {Disposition.FAILED: 1}),
    )

    both = one + other

    assert both == News({Disposition.HELD: 4}, {Disposition.FAILED: 1}, {Disposition.HELD: 2})
    assert both.totals == {"new": 4, "old": 1, "gone": 2}
    assert news_in_words(both) == (
        "4 rows need a person for the first time (4 held).",
        "1 row still waits for a person.",
        "2 rows that were open are corrected or gone.",
    )
