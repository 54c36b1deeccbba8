"""Making items ahead changes nothing but the time that it takes."""

import threading
from itertools import count

import pytest

from onboarding.runtime.prefetch import prefetch


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
