"""Who is left out since the ledger knows them, and how the rest is cut into chunks."""

import pandas as pd
import pytest
from frames import decided, known, people
from hypothesis import given
from hypothesis import strategies as st

from onboarding.outcomes import Membership, State
from onboarding.plan import CHUNK_SIZE, Chunk, Invitee, cut, leave_out_known
from onboarding.rows import DECIDED, check, is_open

KEYS = [f"person{number}@example.com" for number in range(3)]

live = st.sampled_from([State.IN_FLIGHT, State.IN_DOUBT, State.INVITED])


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({}, ", but the service does not show the address; not sent again."),
        ({"person8@example.com": Membership.PENDING}, "; the service shows the address as pending."),
    ],
)
def test_whom_the_ledger_has_as_invited_is_not_invited_again(there, told):
    """Whether the service shows them or not."""
    frame = leave_out_known(people(2, start=7), known({"person8@example.com": State.INVITED}), there)

    assert frame["disposition"].tolist() == ["", "already"]
    assert frame["reason"].tolist() == ["", "invited_earlier"]
    assert frame["detail"].tolist() == ["", f"Invited by run r0 at noon{told}"]


@pytest.mark.parametrize("membership", Membership)
def test_who_is_there_is_there_whatever_the_ledger_says(membership):
    """Somebody else has invited them, or this ledger did not get to know."""
    frame = leave_out_known(
        people(3), known({"person1@example.com": State.IN_DOUBT}), dict.fromkeys(KEYS[:2], membership)
    )

    assert frame["disposition"].tolist() == ["already", "already", ""]
    assert frame["reason"].tolist() == [membership, membership, ""]
    assert all(frame["detail"].iloc[:2])


@pytest.mark.parametrize("state", [State.IN_FLIGHT, State.IN_DOUBT])
def test_whom_nobody_knows_about_is_in_doubt(state):
    """They may have been mailed, so they are not mailed again."""
    frame = leave_out_known(people(2), known({"person0@example.com": state}), {})

    assert frame["disposition"].tolist() == ["in_doubt", ""]
    assert frame["reason"].tolist() == ["", ""]
    assert "run r0" in frame["detail"].iloc[0]


@given(
    st.lists(st.sampled_from(["ana@x.example", "Ben@x.example", "cem@x.example", "", "no address"]), max_size=9),
    st.dictionaries(st.sampled_from(["ana@x.example", "ben@x.example", "dea@x.example"]), live),
    st.dictionaries(st.sampled_from(["ana@x.example", "cem@x.example", "fay@x.example"]), st.sampled_from(Membership)),
    st.integers(0, 1000),
)
def test_only_open_rows_whose_key_is_known_are_touched(cells, states, there, start):
    frame = decided(cells, start=start)
    touched = is_open(frame) & frame["key"].isin(states.keys() | there.keys())

    after = leave_out_known(frame, known(states), there)

    check(after, DECIDED)
    pd.testing.assert_frame_equal(after[~touched], frame[~touched])
    assert not is_open(after[touched]).any()
    unchanged = ["email", "key", "row", "source", "duplicate_of"]
    pd.testing.assert_frame_equal(after[unchanged], frame[unchanged])


def test_frame_that_was_given_stays_as_it_was():
    frame = people(1)

    leave_out_known(frame, known({"person0@example.com": State.INVITED}), {})

    assert frame["disposition"].tolist() == [""]


def test_chunk_is_full_across_frames():
    """Every request costs the same, so only the last may carry fewer."""
    frames = [people(30), people(45, start=30), people(26, start=75)]

    chunks = list(cut(frames))

    assert [len(chunk.invitees) for chunk in chunks] == [50, 50, 1]
    assert [chunk.number for chunk in chunks] == [1, 2, 3]


def test_chunk_carries_the_spelling_and_the_key():
    assert list(cut([decided(["", "Ana@Example.com"], start=4)])) == [
        Chunk(1, (Invitee(5, "Ana@example.com", "ana@example.com"),))
    ]


def test_chunks_are_numbered_on_from_those_before():
    """A run that goes on after an interruption, or sends once more."""
    assert [chunk.number for chunk in cut([people(60)], after=7)] == [8, 9]


@pytest.mark.parametrize("frames", [[], [people(0)], [decided(["", "no address"])]])
def test_nobody_to_invite_makes_no_chunk(frames):
    assert list(cut(frames)) == []


@given(st.lists(st.lists(st.booleans(), max_size=130), max_size=4))
def test_chunks_one_after_the_other_are_the_candidates_in_order(parts):
    frames, start = [], 0
    for part in parts:
        cells = [f"p{start + at}@x.example" if is_candidate else "" for at, is_candidate in enumerate(part)]
        frames.append(decided(cells, start=start))
        start += len(part)
    candidates = [position for frame in frames for position in frame.index[is_open(frame)]]

    chunks = list(cut(frames))

    assert [invitee.position for chunk in chunks for invitee in chunk.invitees] == candidates
    assert all(len(chunk.invitees) == CHUNK_SIZE for chunk in chunks[:-1])
    assert all(0 < len(chunk.invitees) <= CHUNK_SIZE for chunk in chunks)


def test_frames_are_taken_as_they_are_needed():
    """A plan of millions must not be in memory at once."""
    taken = []

    def frames():
        for part in range(3):
            taken.append(part)
            yield people(CHUNK_SIZE, start=part * CHUNK_SIZE)

    next(cut(frames()))

    assert taken == [0]


def test_invitee_never_shows_the_address():
    """A chunk may end up in a log or a traceback."""
    assert "ana" not in repr(Chunk(1, (Invitee(5, "ana@example.com", "ana@example.com"),)))
