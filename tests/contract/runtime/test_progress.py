"""What a person at a terminal sees of a run that gets on."""

import re
import sys
import time
from contextlib import suppress

import pytest
from fakes import FakeTime
from terminals import terminal

from onboarding.runtime.progress import progress_bars


def last_screen(seen: str) -> list[str]:
    """Return the last lines that a terminal shows, without styles and moves of the cursor."""
    screen = re.split(r"\x1b\[2K", seen)[-1].replace("\r", "").splitlines()
    return [line for line in (re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line).strip() for line in screen) if line]


def seen_until(read, text: str) -> str:
    """Return what a terminal shows, as soon as it shows ``text``."""
    seen, until = "", time.monotonic() + 30
    while text not in seen and time.monotonic() < until:
        seen += read()
    return seen


def test_bar_with_a_total_shows_the_count_and_the_total():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            advance = shown.bar("inviting", 1200)
            advance(500, "2.0% throttled")
            advance(700, "1.5% throttled")

        seen = read()

    assert "1,200/1,200" in seen
    assert "1.5% throttled" in seen


def test_bar_without_a_total_shows_the_count():
    with terminal() as read, progress_bars(enabled=True) as shown:
        shown.bar("reading")(3000, "people.csv")
        seen = seen_until(read, "people.csv")

    assert "reading" in seen
    assert "3,000 rows" in seen
    assert "people.csv" in seen


def test_bar_that_never_moved_is_not_shown():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("asking who is there")
            shown.bar("inviting", 5)

        seen = read()

    assert "inviting" in seen
    assert "asking" not in seen


@pytest.mark.parametrize("enabled", [True, False])
def test_bars_are_silent_elsewhere(capsys, enabled):
    with progress_bars(enabled=enabled) as shown:
        shown.bar("inviting", 100)(50, "2.0% throttled")

    assert capsys.readouterr() == ("", "")


def test_bars_are_silent_where_they_are_unwanted():
    with terminal() as read:
        with progress_bars(enabled=False) as shown:
            shown.bar("inviting", 100)(50, "2.0% throttled")
        sys.stderr.write("end\n")

        assert read() == "end\r\n"


def test_bars_of_finished_steps_stay_and_are_full():
    """A step that counts without a total is done when the run ends well."""
    with terminal(columns=80) as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("reading")(1, "people.csv")
            shown.bar("inviting", 2)(2, "")
        seen = read()

    reading, inviting = last_screen(seen)
    assert reading == "reading  ━━━━━━━━ 1 row"
    assert inviting == "inviting ━━━━━━━━ 2/2   in 0.0 s"


def test_steps_before_sending_are_full_while_sending_goes_on():
    """A bar that still moves beside them would say that the run still reads."""
    with terminal(columns=80) as read, progress_bars(enabled=True) as shown:
        shown.bar("reading")(688, "people.csv")
        shown.bar("inviting", 200)(50, "")
        seen = seen_until(read, "50/200")

        assert last_screen(seen)[0] == "reading  ━━━━━━━━ 688 rows"


def test_bar_of_a_stopped_step_stays_where_it_was():
    with terminal(columns=80) as read:
        with suppress(KeyboardInterrupt), progress_bars(enabled=True) as shown:
            shown.bar("reading")(3, "people.csv")
            shown.bar("inviting", 100)(50, "")
            raise KeyboardInterrupt
        seen = read()

    assert "50/100" in seen
    assert "in 0.0 s" not in seen


def test_step_without_anything_to_do_has_no_bar():
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("inviting", 0)(0, "")

        assert "inviting" not in read()


def test_bar_says_the_time_left_the_rate_and_the_share_of_throttled_requests():
    clock = FakeTime()
    with terminal(columns=80) as read, progress_bars(enabled=True, clock=clock.clock) as shown:
        advance = shown.bar("inviting", 10_000)
        for _ in range(4):
            clock.now += 6
            advance(50, "2.1% throttled")

        assert "20 min left, 8.3/s, 2.1% throttled" in seen_until(read, "200/10,000 20 min")


def test_wait_is_counted_down_until_it_is_over():
    clock = FakeTime()
    with terminal(columns=80) as read, progress_bars(enabled=True, clock=clock.clock) as shown:
        shown.announce("5 invitations are in doubt: asking the service again", 42.0)
        assert "5 invitations are in doubt: asking the service again in 42 s" in read()

        clock.now += 30
        assert "asking the service again in 12 s" in seen_until(read, "12 s")

        clock.now += 12
        read()
        shown.bar("inviting", 7)(7, "")
        assert "asking" not in seen_until(read, "7/7").rpartition("\x1b[2K")[2]


def test_wait_that_ends_first_is_shown():
    """Several threads wait for the same service."""
    with terminal(columns=80) as read, progress_bars(enabled=True, clock=FakeTime().clock) as shown:
        shown.announce("the service throttles: sending again", 60.0)
        shown.announce("the service throttles: sending again", 20.0)
        read()
        shown.announce("the service throttles: sending again", 40.0)

        assert "in 20 s" in read()


def test_wait_that_is_over_at_once_is_not_shown():
    with terminal(columns=80) as read:
        with progress_bars(enabled=True) as shown:
            shown.announce("sending again", 0.4)

        assert "sending again" not in read()
