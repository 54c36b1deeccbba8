"""Making items ahead changes nothing but the time that it takes."""

import threading
from itertools import count

import pytest

from onboarding.runtime.prefetch import map_ahead, prefetch


class Broken(Exception):
    """An error in making an item."""


def breaking_after(size):
    """Yield ``size`` numbers, and then raise."""
    yield from range(size)
    raise Broken


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3], [None, (), 0]])
def test_all_items_come_in_order(items):
    """Items that are false or None come, too."""
    assert list(prefetch(items)) == items


def test_next_item_is_made_while_one_is_worked_on():
    """The next item is there before the caller asks for it."""
    made = [threading.Event() for _ in range(3)]

    def make(number) -> int:
        made[number].set()
        return number

    coming = prefetch(map(make, range(3)))

    assert next(coming) == 0
    assert made[1].wait(timeout=60)


def test_no_more_than_one_item_waits():
    """Memory stays bounded, however slowly the caller works."""
    made = []
    coming = prefetch(map(made.append, count()))

    for _ in range(5):
        next(coming)
    coming.close()

    assert len(made) == 6


def test_what_making_an_item_raises_comes_after_the_items_before_it():
    """The error is the one that was raised."""
    coming = prefetch(breaking_after(2))

    assert [next(coming), next(coming)] == [0, 1]
    with pytest.raises(Broken):
        next(coming)


def test_thread_ends_with_the_items_and_when_the_caller_stops():
    """A run that is refused half-way leaves no thread behind."""
    before = threading.active_count()
    coming = prefetch(range(10))
    next(coming)

    coming.close()
    list(prefetch(range(3)))

    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("after_first", [False, True])
def test_results_of_all_items_come_in_order(threads, after_first):
    """However many threads make them."""
    assert list(map_ahead(str, range(20), threads=threads, after_first=after_first)) == list(map(str, range(20)))
    assert list(map_ahead(str, [], threads=threads, after_first=after_first)) == []


def test_several_results_are_made_at_the_same_time():
    """Each waits for the other."""
    both = threading.Barrier(2)

    assert sorted(map_ahead(lambda _: both.wait(timeout=60), range(2), threads=2)) == [0, 1]


def test_no_more_results_than_threads_and_one_wait():
    """Memory stays bounded, however slowly the caller works."""
    taken = []
    coming = map_ahead(str, (taken.append(number) or number for number in count()), threads=3)

    for _ in range(5):
        next(coming)
    coming.close()

    assert len(taken) == 8


def test_first_result_may_come_before_any_other_item_is_taken():
    """Many callers need only the first block of a file."""
    taken = []
    items = (taken.append(number) or number for number in count())

    assert next(map_ahead(str, items, threads=3, after_first=True)) == "0"
    assert taken == [0]


def test_error_of_an_item_or_of_the_function_comes_in_its_place():
    """What was made before it comes first."""
    for coming in (
        map_ahead(str, breaking_after(2), threads=3),
        map_ahead(lambda number: str(1 // (2 - number) and number), range(9), threads=3),
    ):
        assert [next(coming), next(coming)] == ["0", "1"]
        with pytest.raises((Broken, ZeroDivisionError)):
            next(coming)


def test_no_thread_is_left_when_the_caller_stops():
    """A run that is refused half-way ends at once."""
    before = threading.active_count()
    coming = map_ahead(str, count(), threads=3)
    next(coming)

    coming.close()

    assert threading.active_count() == before
