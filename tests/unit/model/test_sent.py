"""The progress of sending is short, and its sums are right."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.sent import FIRST_STEP_SECONDS, MOST_MOMENTS, Moment, Progress, ProgressRecorder, Sent

BEGAN = 1000.0

gap = st.one_of(st.just(0.0), st.floats(1e-3, 1.0), st.floats(1.0, 5000.0))
notes = st.lists(st.tuples(gap, st.integers(0, 50), st.integers(0, 2), st.integers(0, 1)), max_size=600)


def progress_of(noted, *, began=BEGAN) -> Progress:
    """Return the progress of a sending with these notes, each with the seconds since the note before."""
    recorder, now = ProgressRecorder(began), began
    for seconds, addresses, requests, throttled in noted:
        now += seconds
        recorder.note(now, addresses=addresses, requests=requests, throttled=throttled)
    return recorder.progress()


def sums(noted) -> tuple[int, int, int]:
    """Return how many addresses, requests and throttled requests were noted together."""
    return tuple(sum(column) for column in list(zip(*noted, strict=True))[1:]) if noted else (0, 0, 0)


def totals(progress) -> tuple[int, int, int]:
    """Return the sums at the end of a progress."""
    last = progress.moments[-1]
    return last.addresses, last.requests, last.throttled


def is_rising(progress) -> bool:
    """Say whether no moment is earlier than the moment before it, and no sum is smaller."""
    figures = [(moment.seconds, moment.addresses, moment.requests, moment.throttled) for moment in progress.moments]
    return all(
        earlier <= later for before, after in pairwise(figures) for earlier, later in zip(before, after, strict=True)
    )


@given(notes)
def test_progress_is_short_begins_at_nothing_and_ends_with_the_sums(noted):
    progress = progress_of(noted)

    assert len(progress.moments) <= MOST_MOMENTS
    assert progress.moments[0] == Moment()
    assert totals(progress) == sums(noted)
    assert is_rising(progress)


def test_progress_without_notes_is_its_beginning():
    assert progress_of([]).moments == (Moment(),)


def test_notes_within_one_step_are_one_moment():
    within = FIRST_STEP_SECONDS / 4

    progress = progress_of([(within, 50, 1, 0), (within, 0, 1, 1), (within, 50, 1, 0)])

    assert progress.moments == (Moment(), Moment(round(3 * within, 3), 100, 3, 1))


def test_long_run_has_moments_evenly_spread():
    """The step doubles when there are too many moments, and always leaves more than a few of them."""
    progress = progress_of([(1.0, 50, 1, 0)] * 10_000)

    gaps = {round(b.seconds - a.seconds, 3) for a, b in pairwise(progress.moments)}
    assert MOST_MOMENTS / 2 <= len(progress.moments) <= MOST_MOMENTS
    assert max(gaps) <= 2 * 10_000 / MOST_MOMENTS + 1


@given(notes, notes, st.floats(0, 1000))
def test_progress_of_sendings_in_a_row_joins(first, second, pause):
    """A run sends again what turned out not to have arrived."""
    earlier = progress_of(first)
    began = BEGAN + sum(seconds for seconds, *_ in first) + pause
    later = progress_of(second, began=began)

    both = earlier + later

    assert both.began == BEGAN
    assert len(both.moments) <= MOST_MOMENTS
    assert totals(both) == tuple(one + other for one, other in zip(sums(first), sums(second), strict=True))
    assert both.moments[-1].seconds == pytest.approx(began - BEGAN + later.moments[-1].seconds, abs=0.01)
    assert is_rising(both)


def test_nothing_was_sent_between_two_sendings():
    """The line is flat while the run waits to ask about a lost request."""
    joined = progress_of([(1.0, 50, 1, 0)]) + progress_of([(1.0, 50, 1, 0)], began=BEGAN + 60)

    assert joined.moments == (Moment(), Moment(1, 50, 1), Moment(60, 50, 1), Moment(61, 100, 2))


def test_empty_progress_joins_with_any():
    progress = progress_of([(1.0, 50, 1, 0)])

    assert Progress() + progress == progress + Progress() == progress
    assert (Sent() + Sent(progress=progress) + Sent(chunks=1)).progress == progress
