"""Marking people whom the ledger or the service knows, and cutting the others into chunks."""

import pandas as pd
import pytest
from frames import decided, known, people
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Reason
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.plan import CHUNK_SIZE, Chunk, Invitee, ReinviteRule, Renewal
from onboarding.model.rows import DECIDED, check_schema, is_open
from onboarding.preparing.known import hold_respelled, make_chunks, mark_known

KEYS = [f"person{number}@example.com" for number in range(3)]

LONG_AGO, LIMIT, LATELY = (f"2026-03-{day}T08:30:00.250000+00:00" for day in ("01", "15", "29"))
ONCE_MORE = ReinviteRule(before=LIMIT, times=1)

live = st.sampled_from([InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED])


def sent(states, *, decided_at=LONG_AGO, times=1) -> pd.DataFrame:
    """Return what the ledger remembers of keys: when they were sent, and how often."""
    return known(states).assign(decided_at=text_array([decided_at] * len(states)), times=times, unknown_times=0)


@pytest.mark.parametrize(
    ("there", "ending"),
    [
        ({}, ", but the service does not show the address; not sent again."),
        ({"person8@example.com": MembershipStatus.PENDING}, "; the service shows the address as pending."),
    ],
)
def test_person_whom_the_ledger_has_invited_is_not_invited_again(there, ending):
    """It does not matter whether the service shows the address."""
    frame = mark_known(people(2, start=7), known({"person8@example.com": InviteState.INVITED}), there)

    assert frame["disposition"].tolist() == ["", "already"]
    assert frame["reason"].tolist() == ["", "invited_earlier"]
    assert frame["detail"].tolist() == ["", f"Invited by run r0 at noon{ending}"]


def test_known_person_keeps_what_hr_answered():
    """The answer of a hand-off workbook names the row of the export."""
    said = "HR answered on 2026-11-29: address corrected (staff.csv#5)."
    frame = people(2).assign(reason=text_array(["answered"] * 2), detail=text_array([said] * 2))

    found = mark_known(frame, known({"person1@example.com": InviteState.INVITED}), {})

    assert found["detail"].tolist()[0] == said
    assert found["detail"].tolist()[1].endswith(f"; not sent again. {said}")


@pytest.mark.parametrize("membership", MembershipStatus)
def test_person_whom_the_service_shows_is_already_there_whatever_the_ledger_says(membership):
    """Another program may have invited the person, or the outcome never reached this ledger."""
    frame = mark_known(
        people(3), known({"person1@example.com": InviteState.IN_DOUBT}), dict.fromkeys(KEYS[:2], membership)
    )

    assert frame["disposition"].tolist() == ["already", "already", ""]
    assert frame["reason"].tolist() == [membership, membership, ""]
    assert all(frame["detail"].iloc[:2])


@pytest.mark.parametrize("state", [InviteState.IN_FLIGHT, InviteState.IN_DOUBT])
def test_person_with_an_unknown_outcome_is_in_doubt(state):
    """A mail may have been sent, so no second mail is sent."""
    frame = mark_known(people(2), known({"person0@example.com": state}), {})

    assert frame["disposition"].tolist() == ["in_doubt", ""]
    assert frame["reason"].tolist() == ["", ""]
    assert "run r0" in frame["detail"].iloc[0]


def test_person_who_has_not_accepted_for_long_is_invited_again():
    """The row stays open and says why."""
    there = dict.fromkeys(KEYS[:2], MembershipStatus.PENDING)

    frame = mark_known(people(3), sent({KEYS[0]: InviteState.INVITED}), there, again=ONCE_MORE)

    assert frame["disposition"].tolist() == ["", "already", ""]
    assert frame["reason"].tolist() == ["again", "pending", ""]
    assert frame["detail"].iloc[0] == (
        "Invited by run r0 at 2026-03-01 08:30 UTC; the service still shows the address as pending, so it is due again."
    )


@pytest.mark.parametrize(("times", "most"), [(2, 1), (3, 1), (3, 2), (1, 0)])
def test_person_is_not_invited_again_more_often_than_the_limit(times, most):
    known_ones = sent({KEYS[0]: InviteState.INVITED}, times=times)

    frame = mark_known(people(1), known_ones, {KEYS[0]: MembershipStatus.PENDING}, again=ReinviteRule(LIMIT, most))

    assert frame["reason"].tolist() == ["invited_earlier"]


@pytest.mark.parametrize(("most", "reason"), [(1, "invited_earlier"), (2, "again")])
def test_second_invite_that_the_ledger_may_lack_counts_against_the_limit(most, reason):
    known_ones = sent({KEYS[0]: InviteState.INVITED}).assign(unknown_times=1)

    frame = mark_known(people(1), known_ones, {KEYS[0]: MembershipStatus.PENDING}, again=ReinviteRule(LIMIT, most))

    assert frame["reason"].tolist() == [reason]


@pytest.mark.parametrize("decided_at", [LIMIT, LATELY])
def test_person_is_not_invited_again_too_soon(decided_at):
    known_ones = sent({KEYS[0]: InviteState.INVITED}, decided_at=decided_at)

    frame = mark_known(people(1), known_ones, {KEYS[0]: MembershipStatus.PENDING}, again=ONCE_MORE)

    assert frame["reason"].tolist() == ["invited_earlier"]


@pytest.mark.parametrize("there", [{}, {KEYS[0]: MembershipStatus.REGISTERED}, {KEYS[0]: MembershipStatus.SUSPENDED}])
def test_person_who_is_not_pending_is_not_invited_again(there):
    """The person has accepted, or an administrator has removed the person from the account."""
    frame = mark_known(people(1), sent({KEYS[0]: InviteState.INVITED}), there, again=ONCE_MORE)

    assert frame["disposition"].tolist() == ["already"]
    assert frame["reason"].tolist() == ["invited_earlier"]


@pytest.mark.parametrize("state", [InviteState.IN_FLIGHT, InviteState.IN_DOUBT])
@pytest.mark.parametrize(("there", "disposition"), [({}, "in_doubt"), ({KEYS[0]: MembershipStatus.PENDING}, "already")])
def test_person_with_an_unknown_outcome_is_not_invited_again(state, there, disposition):
    frame = mark_known(people(1), sent({KEYS[0]: state}), there, again=ONCE_MORE)

    assert frame["disposition"].tolist() == [disposition]


@pytest.mark.parametrize("state", [InviteState.IN_FLIGHT, InviteState.IN_DOUBT])
@pytest.mark.parametrize(
    ("rule", "shown", "disposition"),
    [
        (ONCE_MORE, MembershipStatus.PENDING, "in_doubt"),
        (ONCE_MORE, MembershipStatus.REGISTERED, "already"),
        (None, MembershipStatus.PENDING, "already"),
    ],
)
def test_person_whose_second_invite_is_in_doubt_is_not_settled_by_being_pending(state, rule, shown, disposition):
    """The person is pending since the first invite."""
    frame = mark_known(people(1), sent({KEYS[0]: state}, times=2), {KEYS[0]: shown}, again=rule)

    assert frame["disposition"].tolist() == [disposition]


def test_person_is_not_invited_again_without_the_option():
    frame = mark_known(people(1), sent({KEYS[0]: InviteState.INVITED}), {KEYS[0]: MembershipStatus.PENDING})

    assert frame["reason"].tolist() == ["invited_earlier"]


def test_row_that_was_due_again_is_already_invited_without_the_option():
    """A resumed run reads its rows as they were kept."""
    known_ones, there = sent({KEYS[0]: InviteState.INVITED}), {KEYS[0]: MembershipStatus.PENDING}
    due = mark_known(people(1), known_ones, there, again=ONCE_MORE)

    frame = mark_known(due, known_ones, there)

    assert frame["disposition"].tolist() == ["already"]
    assert frame["reason"].tolist() == ["invited_earlier"]


@given(
    st.dictionaries(st.sampled_from(KEYS), st.tuples(live, st.sampled_from([LONG_AGO, LATELY]), st.integers(1, 3))),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(MembershipStatus)),
    st.integers(0, 3),
)
def test_option_changes_only_the_rows_that_are_due_again_or_were_sent_again(about, there, times):
    known_ones = sent({key: state for key, (state, _, _) in about.items()})
    known_ones["decided_at"] = text_array([decided_at for _, decided_at, _ in about.values()])
    known_ones["times"] = [sent_so_far for _, _, sent_so_far in about.values()]
    without = mark_known(people(3), known_ones, there)

    after = mark_known(people(3), known_ones, there, again=ReinviteRule(LIMIT, times))

    due = after["reason"] == Reason.AGAIN
    sent_again = after["key"].isin(
        [key for key, (state, _, sent_so_far) in about.items() if state is not InviteState.INVITED and sent_so_far > 1]
    )
    pd.testing.assert_frame_equal(after[~due & ~sent_again], without[~due & ~sent_again])
    assert after.loc[due, "disposition"].eq("").all()
    assert set(after.loc[due, "key"]) == {
        key
        for key, (state, decided_at, sent_so_far) in about.items()
        if state is InviteState.INVITED
        and there.get(key) is MembershipStatus.PENDING
        and decided_at == LONG_AGO
        and sent_so_far <= times
    }


@given(
    st.lists(st.sampled_from(["ana@x.example", "Ben@x.example", "cem@x.example", "", "no address"]), max_size=9),
    st.dictionaries(st.sampled_from(["ana@x.example", "ben@x.example", "dea@x.example"]), live),
    st.dictionaries(
        st.sampled_from(["ana@x.example", "cem@x.example", "fay@x.example"]), st.sampled_from(MembershipStatus)
    ),
    st.integers(0, 1000),
)
def test_only_open_rows_whose_key_is_known_are_touched(cells, states, there, start):
    frame = decided(cells, start=start)
    touched = is_open(frame) & frame["key"].isin(states.keys() | there.keys())

    after = mark_known(frame, known(states), there)

    check_schema(after, DECIDED)
    pd.testing.assert_frame_equal(after[~touched], frame[~touched])
    assert not is_open(after[touched]).any()
    unchanged = ["email", "key", "row", "source", "duplicate_of"]
    pd.testing.assert_frame_equal(after[unchanged], frame[unchanged])


def test_given_frame_is_not_changed():
    frame = people(1)

    mark_known(frame, known({"person0@example.com": InviteState.INVITED}), {})

    assert frame["disposition"].tolist() == [""]


def test_chunk_is_full_across_frames():
    """Every request costs the same, so only the last may carry fewer."""
    frames = [people(30), people(45, start=30), people(26, start=75)]

    chunks = list(make_chunks(frames))

    assert [len(chunk.invitees) for chunk in chunks] == [50, 50, 1]
    assert [chunk.number for chunk in chunks] == [1, 2, 3]


def test_chunk_carries_the_spelling_and_the_key():
    assert list(make_chunks([decided(["", "Ana@Example.com"], start=4)])) == [
        Chunk(1, (Invitee(5, "Ana@example.com", "ana@example.com"),))
    ]


def test_chunk_says_who_is_invited_again():
    """Only the reason ``again`` counts, not any other reason of an open row."""
    frame = people(3)
    frame["reason"] = text_array(["", "again", "invited_earlier"])

    (chunk,) = make_chunks([frame])

    assert [invitee.again for invitee in chunk.invitees] == [False, True, False]
    assert not Invitee(0, KEYS[0], KEYS[0]).again


def sizes_and_losses(chunks) -> list[tuple[int, list[int]]]:
    """Return the size of each chunk, and how often answers for its people were lost."""
    return [(len(chunk.invitees), sorted({invitee.losses for invitee in chunk.invitees})) for chunk in chunks]


def test_people_whose_answers_were_lost_share_smaller_requests():
    """So an address at which the service always fails is alone at its third request."""
    frames = [people(60), people(60, start=60)]
    lost = dict.fromkeys([f"person{at}@example.com" for at in range(3, 119, 4)], 1)
    lost |= {"person10@example.com": 2, "person20@example.com": 5}

    chunks = list(make_chunks(frames, losses_of=lambda keys: {key: lost[key] for key in keys if key in lost}))

    assert sorted(sizes_and_losses(chunks)) == [
        (1, [1]),
        (1, [2]),
        (1, [5]),
        *[(7, [1])] * 4,
        (39, [0]),
        (50, [0]),
    ]
    assert [chunk.number for chunk in chunks] == list(range(1, len(chunks) + 1))
    sent = [invitee.position for chunk in chunks for invitee in chunk.invitees]
    assert sorted(sent) == list(range(120))


def test_losses_are_asked_for_by_the_keys_of_open_rows():
    frame = decided(["Ana@Example.com", "", "bo@example.com"])
    asked = []

    list(make_chunks([frame], losses_of=lambda keys: asked.append(list(keys)) or {}))

    assert asked == [["ana@example.com", "bo@example.com"]]


def test_people_whom_the_service_invites_again_by_their_ids_share_no_chunk_with_others():
    """They go into another request. People without an id go with the new people, and so the chunks stay full."""
    frame = people(120)
    frame["reason"] = text_array(["again" if at % 2 else "" for at in range(120)])
    asked = []

    def renewals_of(keys):
        asked.append(len(keys))
        return {key: Renewal(times=3, member_id="" if key == "person1@example.com" else "12") for key in keys}

    chunks = list(make_chunks([frame], renewals_of=renewals_of))

    assert asked == [60]
    assert sorted((len(chunk.invitees), chunk.member_ids) for chunk in chunks) == [
        (9, ("12",) * 9),
        (11, ()),
        (50, ()),
        (50, ("12",) * 50),
    ]
    assert [len({one.member_id for one in chunk.invitees}) for chunk in chunks] == [1] * 4
    assert {(one.again, one.times) for chunk in chunks for one in chunk.invitees} == {(False, 1), (True, 3)}


def test_chunks_are_numbered_on_from_those_before():
    """A run that goes on after an interruption, or sends once more."""
    assert [chunk.number for chunk in make_chunks([people(60)], after=7)] == [8, 9]


@pytest.mark.parametrize("frames", [[], [people(0)], [decided(["", "no address"])]])
def test_frames_without_open_rows_make_no_chunk(frames):
    assert list(make_chunks(frames)) == []


@given(st.lists(st.lists(st.booleans(), max_size=130), max_size=4))
def test_chunks_one_after_the_other_are_the_candidates_in_order(parts):
    frames, start = [], 0
    for part in parts:
        cells = [f"p{start + at}@x.example" if is_candidate else "" for at, is_candidate in enumerate(part)]
        frames.append(decided(cells, start=start))
        start += len(part)
    candidates = [position for frame in frames for position in frame.index[is_open(frame)]]

    chunks = list(make_chunks(frames))

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

    next(make_chunks(frames()))

    assert taken == [0]


def test_invitee_never_shows_the_address():
    """A chunk may end up in a log or a traceback."""
    assert "ana" not in repr(Chunk(1, (Invitee(5, "ana@example.com", "ana@example.com"),)))


def test_outcome_never_shows_the_address():
    assert "ana" not in f"{Outcome(5, 'ana@example.com', InviteState.INVITED, 1)}"


def test_person_who_may_be_known_under_another_spelling_is_held():
    """Unless the person is known under this spelling too."""
    marked = mark_known(people(3), known({KEYS[0]: InviteState.INVITED}), {})

    frame = hold_respelled(marked, set(KEYS[:2]))

    assert frame["disposition"].tolist() == ["already", "held", ""]
    assert frame["reason"].tolist() == ["invited_earlier", "look_alike", ""]
    assert "another spelling" in frame["detail"].iloc[1]
