"""Whether the cells of a record line up with the header."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.layout.layout import layout_of
from onboarding.exports.record_shape import CellKind, RecordShape, shape_of
from onboarding.exports.tables import Unreadable

HEADER = ["Employee ID", "Name", "Home Email", "Work Email", "Dept", "Hired", "Left"]
PEOPLE = [
    [f"E{n}", f"Ana Ruiz {n}", f"home{n}@home.example", f"ana{n}@example.com", "Sales", "2019-03-15", left]
    for n, left in enumerate(["", "", "2020-01-31", "", "2021-12-31"])
]
SHAPE = RecordShape(7, 7, shape_of(HEADER, PEOPLE).kinds, frozenset({3, 5, 6}))


@pytest.mark.parametrize(
    "record",
    [
        ["E9", "Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", ""],
        ["E9", "Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15"],
        ["E9", "Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", "", "", ""],
        ["E9", "Ruiz", " Ana", "no address", "Sales"],
        ["Total: 5"],
        [],
    ],
)
def test_records_that_line_up(record):
    assert SHAPE.fits(record)


@pytest.mark.parametrize(
    "record",
    [
        ["E9", "Ruiz", " Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", ""],
        ["E9", "Ruiz", " Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15"],
        ["E9 Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", ""],
        ["E9", "Ana", "a@example.com", "Sales", "2019-03-15", ""],
        ["E9", "Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", "2020-01-31", "x"],
    ],
)
def test_records_that_do_not_line_up(record):
    assert not SHAPE.fits(record) or len(record) == len(HEADER)


def test_split_row_is_no_sign_of_what_its_columns_hold():
    split = ["E9", "Ruiz", " Ana", "a@home.example", "a@example.com", "Sales", "2019-03-15", ""]

    shape = shape_of(HEADER, [*PEOPLE, split])

    assert not shape.fits(split)


def test_a_lost_date_is_not_taken_for_a_missing_one_at_the_end():
    """Without "Hired", the last day would stand under "Hired", and a person who left would be invited."""
    people = [[f"E{n}", f"a{n}@example.com", "" if n % 2 else "2019-01-01", "2020-01-01"] for n in range(4)]
    shape = shape_of(["Employee ID", "Email", "Hired", "Left"], people)

    decides = RecordShape(shape.width, shape.names, shape.kinds, frozenset({1, 2, 3}))

    assert not decides.fits(["E9", "a@example.com", "2020-01-01"])


EMPTY_TAILS = [
    [f"E{n}", f"Ana {n}", f"home{n}@home.example" if n % 4 else "", f"ana{n}@example.com", "Sales", "2019-03-15", left]
    for n, left in enumerate(["", "2020-01-31", "", "", "2021-12-31", "", "2022-05-31", "", "", ""] * 4)
]
"""People whose last cell is mostly empty, since most of them have not left."""


def without_tail(record):
    return record[: max(at + 1 for at, cell in enumerate(record) if cell)]


def decided_by(people):
    shape = shape_of(HEADER, people)
    return replace(shape, decisive=frozenset({3, 5, 6}))


def test_writer_that_leaves_out_empty_cells_at_the_end_of_each_row_is_understood():
    people = list(map(without_tail, EMPTY_TAILS))

    shape = decided_by(people)

    assert all(map(shape.fits, people))


@pytest.mark.parametrize(
    "record",
    [
        ["E9", "Lee", " Ann", "h@home.example", "ann@example.com", "Sales", "2019-03-15"],  # as long as the header
        ["E9", "Ann", "ann@example.com", "Sales", "2019-03-15"],  # lost an empty cell
        ["E9", "Lee", " Ann", "h@home.example", "ann@example.com", "Sales", "2019-03-15", "2020-01-31"],
    ],
)
def test_damaged_row_is_held_beside_rows_without_their_tails(record):
    shape = decided_by([*map(without_tail, EMPTY_TAILS), record])

    assert not shape.fits(record)


def test_few_short_rows_do_not_show_that_a_writer_leaves_out_empty_cells():
    """Without "Hired", the last day would stand under "Hired", and a person who left would be invited."""
    people = [[*record[:6], "9999-12-31"] for record in EMPTY_TAILS * 2]
    damaged = [[*record[:5], "2020-01-31"] for record in EMPTY_TAILS[:3]]

    shape = decided_by([*people, *damaged])

    assert not any(map(shape.fits, damaged))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("E1,Lee,Ann,h@home.example,w@example.com", "most rows have 5 cells, and the header in row 1 names 4 columns"),
        ("E1,h@home.example,w@example.com", "most rows have 3 cells, and the header in row 1 names 4 columns"),
    ],
)
def test_a_file_whose_records_do_not_line_up_is_refused_with_both_numbers(rows, says):
    table = [HEADER[:4], *[rows.split(",")] * 3]

    with pytest.raises(Unreadable, match=says):
        layout_of(table, email_column=None)


ADDRESSES = st.integers(0, 99).map(lambda n: f"p{n}@example.com")


@given(
    st.lists(st.tuples(ADDRESSES, st.booleans(), st.booleans()), min_size=3, max_size=8),
    st.permutations(range(len(HEADER))),
    st.integers(0, 7),
    st.integers(0, 6),
    st.sampled_from(["split", "lost", "joined"]),
)
def test_no_damage_to_a_record_moves_another_address_to_the_work_column(people, order, victim, place, damage):
    """A cell is split at a comma, lost, or joined with its neighbour: the record is whole, or it does not fit."""
    header = [HEADER[index] for index in order]
    table = [
        [
            [
                f"E{n}",
                f"Ruiz {n}",
                f"h{n}@home.example",
                work,
                "Sales",
                "" if young else "2019-03-15",
                "2020-01-31" if old else "",
            ][i]
            for i in order
        ]
        for n, (work, young, old) in enumerate(people)
    ]
    decisive = frozenset(header.index(name) for name in ("Work Email", "Hired", "Left"))
    shape = shape_of(header, table)
    shape = RecordShape(shape.width, shape.names, shape.kinds, decisive)
    good = table[victim % len(table)]
    bad = {
        "split": [*good[:place], *(f"{good[place]}, Dr".split(",")), *good[place + 1 :]],
        "lost": [*good[:place], *good[place + 1 :]],
        "joined": [*good[:place], " ".join(good[place : place + 2]), *good[place + 2 :]],
    }[damage]

    fits = shape.fits(bad)

    # A last cell that is sometimes empty may be missing; nobody can see whether it was lost.
    same = all(bad[at].strip() == good[at] if at < len(bad) else CellKind.EMPTY in shape.kinds[at] for at in decisive)
    assert not fits or same or "@" not in "".join(bad)
