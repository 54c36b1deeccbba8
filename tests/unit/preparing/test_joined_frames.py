"""Small frames of neighbouring exports share a frame, in the order in which they came."""

import pandas as pd
import pytest
from frames import hold_and_count, rows

from onboarding.addresses import SuspicionScan
from onboarding.addresses.normalise import normalise
from onboarding.exports.words.codes import CodeSystem
from onboarding.model.choices import DateOrder
from onboarding.model.dispositions import Reason
from onboarding.model.errors import InputRefused
from onboarding.model.rows import source_spans
from onboarding.preparing.joined_frames import FEW_ROWS, MOST_ROWS, FrameAsRead, join_small_frames
from onboarding.preparing.wording import Wording

EMAIL = {"email": "Work Email"}


WORDING = Wording(names=EMAIL)


def read(cells, *, start, source, wording=WORDING, **more):
    return FrameAsRead(rows(cells, start=start, source=source, **more), wording, source)


def many(count, size, **more):
    """Return the frames of as many exports, each with ``size`` rows."""
    return [
        read([f"p{at}.{row}@x.example" for row in range(size)], start=at * size, source=f"{at}.csv", **more)
        for at in range(count)
    ]


def test_small_frames_of_one_layout_share_a_frame():
    """Each frame takes as much time as two thousand rows."""
    frames = many(300, 3)

    (joined,) = join_small_frames(frames)

    pd.testing.assert_frame_equal(joined.frame, pd.concat([one.frame for one in frames]), check_index_type=False)
    assert joined.frame.index.equals(pd.RangeIndex(900))
    assert joined.source == "299.csv"


def test_joined_frame_has_a_bounded_number_of_rows():
    joined = list(join_small_frames(many(20, FEW_ROWS)))

    assert [len(one.frame) for one in joined] == [8_000, 8_000, 4_000]
    assert max(len(one.frame) for one in joined) <= MOST_ROWS


def test_large_frame_stays_by_itself():
    frames = [*many(2, 1), read(["a@x.example"] * (FEW_ROWS + 1), start=2, source="big.csv")]
    last = read(["b@x.example"], start=3 + FEW_ROWS, source="z.csv")

    assert [len(one.frame) for one in join_small_frames([*frames, last])] == [2, FEW_ROWS + 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        Wording(names={"email": "Mail"}),
        Wording(names=EMAIL, date_order=DateOrder.DAY_FIRST),
        Wording(names=EMAIL, codes={"status": CodeSystem.TRUE_FALSE}),
    ],
    ids=["other texts in the header", "another order of dates", "other codes"],
)
def test_exports_of_another_layout_get_a_frame_of_their_own(other):
    frames = [*many(2, 1), read(["b@x.example"], start=2, source="z.csv", wording=other)]

    assert [len(one.frame) for one in join_small_frames(frames)] == [2, 1]


def test_error_comes_after_the_rows_before_it():
    """An earlier row may be refused, and then that refusal is the one that the operator sees."""

    def frames():
        yield from many(2, 1)
        raise InputRefused("c.csv: damaged")

    joined = join_small_frames(frames())

    assert len(next(joined).frame) == 2
    with pytest.raises(InputRefused, match="damaged"):
        next(joined)


def test_span_ends_with_its_sheet_its_export_and_where_row_numbers_skip():
    one = rows(["a@x.example"] * 2)
    frames = [
        one,
        rows(["b@x.example"], start=2, source="b.csv"),
        rows(["c@x.example"], start=3, source="b.csv", sheet="S"),
        rows(["d@x.example"], start=4, source="b.csv", sheet="S", first_row=9),
    ]

    assert source_spans(one) == [(0, 2)]
    assert source_spans(pd.concat(frames)) == [(0, 2), (2, 3), (3, 4), (4, 5)]
    assert source_spans(one.iloc[:0]) == []


def test_domain_typos_of_a_joined_frame_are_those_of_each_export():
    """A domain that is rare in one export may be the only domain of another."""
    cells = (["a@corporate.example"] * 30 + ["b@corprate.example"], ["c@corprate.example"], ["d@corporate.example"] * 2)
    frames = [
        normalise(rows(some, start=start, source=f"{start}.csv"))
        for start, some in zip((0, 31, 32), cells, strict=True)
    ]

    def advice(*given):
        scan = SuspicionScan({Reason.NEAR_MISS_DOMAIN})
        held = [hold_and_count(scan, frame) for frame in given]
        typos = scan.find()
        return pd.concat(list(map(typos.mark, held)))[["disposition", "reason", "detail"]]

    pd.testing.assert_frame_equal(advice(pd.concat(frames)), advice(*frames))
    assert (advice(*frames)["disposition"] == "held").sum() == 1
