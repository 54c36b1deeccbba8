"""Which rows are duplicates, of which row, and why."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import once, rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.addresses.normalise import normalise
from onboarding.addresses.spellings import spelling_of
from onboarding.model.choices import USUAL_FOOTPRINT
from onboarding.model.rows import DECIDED, check_schema, is_open
from onboarding.preparing.duplicates import DuplicateFinder
from onboarding.preparing.repeats import FEWEST_SHARING, MOST_ADDRESSES, join_pairs, match_addresses, pair_by_employee


def marked(*frames, budget_bytes=USUAL_FOOTPRINT.noted_bytes) -> pd.DataFrame:
    """Return the frames with their duplicates marked, in one."""
    return pd.concat(once(*map(normalise, frames), budget_bytes=budget_bytes))


def fates(frame) -> list[tuple[str, str, str]]:
    """Return disposition, reason and original of each row."""
    return list(frame[["disposition", "reason", "duplicate_of"]].itertuples(index=False, name=None))


OPEN = ("", "", "")


def test_first_row_is_kept_and_later_ones_point_at_it():
    frame = marked(rows(["ana@x.example", "ben@x.example", "ANA@x.example", "ana@X.example"]))

    assert fates(frame) == [OPEN, OPEN, *[("duplicate", "same_address", "staff.csv#2")] * 2]
    check_schema(frame, DECIDED)


RESPELLED = ("held", "look_alike", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("strasse@x.example", "straße@x.example"),
        ("straße@x.example", "STRASSE@x.example"),
        ("\u017ftraße@x.example", "straße@x.example"),
        ("ana@straße.example.com", "ana@strasse.example.com"),
    ],
)
def test_spellings_that_may_be_meant_for_one_address_are_not_both_invited(one, other):
    """Nor is either of them taken for a duplicate of the other: they may belong to two people."""
    frame = marked(rows(["ben@x.example", one]), rows([other, one, other, "ben@x.example"], start=2, source="us.csv"))

    assert fates(frame) == [
        OPEN,
        OPEN,
        RESPELLED,
        ("duplicate", "same_address", "staff.csv#3"),
        ("duplicate", "same_address", "us.csv#2"),
        ("duplicate", "same_address", "staff.csv#2"),
    ]
    assert "address in staff.csv#3 (such as ss for ß)" in frame["detail"].iloc[2]


def test_spelling_that_policy_has_excluded_holds_no_row():
    frame = normalise(rows(["strasse@x.example", "straße@x.example"]))
    frame.loc[0, "disposition"] = "excluded"

    assert once(frame)[0]["disposition"].tolist() == ["excluded", ""]


def test_duplicate_in_another_export_names_the_export():
    frame = marked(
        rows(["ben@x.example", "ana@x.example"], source="emea.csv", first_row=4),
        rows(["ana@x.example", "cem@x.example"], source="us.csv", start=2),
        rows(["cem@x.example", "ana@x.example"], source="apac.csv", start=4),
    )

    assert frame["duplicate_of"].tolist() == ["", "", "emea.csv#5", "", "us.csv#3", "emea.csv#5"]


def test_duplicate_in_a_workbook_names_the_sheet():
    frame = marked(
        rows(["ana@x.example"], source="staff.xlsx", sheet="Berlin"),
        rows(["ana@x.example", "ben@x.example"], source="staff.xlsx", sheet="Paris", start=1),
        rows(["ben@x.example"], source="staff.xlsx", sheet="Rome", start=3),
    )

    assert frame["duplicate_of"].tolist() == ["", "staff.xlsx#Berlin#2", "", "staff.xlsx#Paris#3"]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("1", "1", "same_address"),
        ("1", "2", "same_address_other_employee"),
        ("", "2", "same_address"),
        ("1", "", "same_address"),
        ("", "", "same_address"),
        ("1", "01", "same_address_other_employee"),
    ],
)
def test_other_employee_with_the_same_address_has_a_reason_of_its_own(first, second, reason):
    """Two known and different numbers are two people, or a mistake in the export. An unknown number proves nothing."""
    frame = marked(rows(["ana@x.example", "ana@x.example"], employee_id=[first, second]))

    assert frame["reason"].tolist() == ["", reason]


def test_reason_compares_with_the_row_that_was_kept():
    frame = marked(rows(["ana@x.example"] * 3, employee_id=["1", "2", "1"]))

    assert frame["reason"].tolist() == ["", "same_address_other_employee", "same_address"]


@pytest.mark.parametrize(
    ("names", "source", "disposition"),
    [
        (["Ana Ruiz", "Ben Roe"], "staff.csv", "held"),
        (["Ana Ruiz", ""], "staff.csv", "held"),
        (["Ana Ruiz", "Ana Ruiz"], "staff.csv", "duplicate"),
        (["Ana Ruiz", "Ruiz, Ana"], "slack.csv", "duplicate"),
    ],
)
def test_employee_at_the_address_of_another_employee_is_held_and_not_lost(names, source, disposition):
    """One person may have several positions, each with an id, and another system has other ids and names."""
    first = normalise(rows(["ana@x.example"], employee_id=["1"], name=names[:1]))
    second = normalise(rows(["ANA@x.example"], employee_id=["2"], name=names[1:], source=source, first_row=3, start=1))

    found = once(first, second)[1]

    assert fates(found) == [
        (disposition, "same_address_other_employee", "" if disposition == "held" else "staff.csv#2")
    ]
    detail = found["detail"].iloc[0]
    assert ("The address is that of another employee in staff.csv#2" in detail) == (disposition == "held")
    assert ("id than in staff.csv#2. If these are two people, enter " in detail) == (disposition == "duplicate")


def test_answer_of_hr_stays_beside_the_question_about_another_employee():
    first = normalise(rows(["ana@x.example"], employee_id=["1"]))
    second = normalise(rows(["ana@x.example"], employee_id=["2"], source="slack.csv", start=1))
    second["detail"] = "HR says it is right."

    found = once(first, second)[1]

    assert found["detail"].iloc[0].endswith("enter each person's own address. HR says it is right.")


def test_two_employees_at_one_address_may_pass_on_request(tmp_path):
    frame = normalise(rows(["ana@x.example"] * 2, employee_id=["1", "2"]))
    with DuplicateFinder(tmp_path, holds=()) as duplicates:
        duplicates.note(duplicates.records_of(frame))

        found = duplicates.find().mark(frame)

    assert fates(found) == [OPEN, ("duplicate", "same_address_other_employee", "staff.csv#2")]


PEOPLE = {"employee_id": ["1", "2", "3", "4"], "name": ["Ann Lee", "Bob Roe", "Cy Fox", "Di Orr"]}


@pytest.mark.parametrize("columns", [["employee_id"], ["name"], ["employee_id", "name"]])
def test_address_of_many_employees_is_held_in_all_its_rows(columns):
    cells = ["noemail@x.example", "NoEmail@x.example", "di@x.example", "noemail@x.example"]

    frame = marked(rows(cells, **{name: PEOPLE[name] for name in columns}))

    assert fates(frame) == [*[("held", "shared_address", "")] * 2, ("", "", ""), ("held", "shared_address", "")]
    assert frame["detail"].iloc[0] == "3 employees have this address; enter the one of each person."


@pytest.mark.parametrize(
    "people",
    [
        {"employee_id": ["1", "1", "1"]},
        {"name": ["Ann Lee", "Ann Lee", "Ann Lee"]},
        {"employee_id": ["1", "2", "3"], "name": ["Ann Lee", "Ann Lee", "Ann Lee"]},
        {"name": ["Ann Lee", "Bob Lee", "Ann Lee"]},
        {},
    ],
)
def test_address_of_one_person_is_invited_once(people):
    """One person may have several positions, with an id for each."""
    frame = marked(rows(["ana@x.example"] * 3, **people))

    assert frame["disposition"].tolist() == ["", "duplicate", "duplicate"]


def test_address_of_many_employees_is_found_across_exports():
    frames = [
        normalise(rows(["no@x.example"], start=at, source=f"{at}.csv", employee_id=[str(at)])) for at in (1, 2, 3)
    ]

    assert fates(pd.concat(once(*frames))) == [("held", "shared_address", "")] * 3


def test_shared_addresses_may_pass_on_request(tmp_path):
    frame = normalise(rows(["no@x.example"] * 4, **PEOPLE))
    with DuplicateFinder(tmp_path, holds=()) as duplicates:
        duplicates.note(duplicates.records_of(frame))

        found = duplicates.find().mark(frame)

    assert found["disposition"].tolist() == ["", *["duplicate"] * 3]


def test_excluded_row_never_stands_in_for_another():
    """An inactive record must not keep a colleague's second, active record from being invited."""
    frame = rows(["ana@x.example"] * 3, disposition=["excluded", "", ""], reason=["inactive", "", ""])

    assert fates(marked(frame)) == [("excluded", "inactive", ""), OPEN, ("duplicate", "same_address", "staff.csv#3")]


def test_second_address_of_an_employee_is_held_and_names_the_first():
    frame = marked(rows(["ana@x.example", "ben@x.example", "ana@home.example"], employee_id=["1", "2", " 1"]))

    assert frame["reason"].tolist() == ["", "", "same_employee_other_address"]
    assert frame["disposition"].iloc[2] == "held"
    assert frame["detail"].iloc[2] == "The employee has another address in staff.csv#2; remove the wrong one."


@pytest.mark.parametrize("spelling", SPELLINGS_OF_AN_ID)
def test_all_spellings_of_an_id_are_one_employee(spelling):
    frame = marked(rows(["ana@x.example", "ana@home.example"], employee_id=["äb7", spelling]))

    assert frame["reason"].tolist() == ["", "same_employee_other_address"]


def test_same_number_in_two_exports_is_two_people():
    """Two companies count their people from 1, each in its own system."""
    frame = marked(
        rows(["ana@x.example"], source="north.csv", employee_id=["1"]),
        rows(["ben@x.example"], source="south.csv", employee_id=["1"], start=1),
    )

    assert frame["disposition"].tolist() == ["", ""]


def test_address_of_another_employee_comes_before_a_second_address_of_the_same_employee():
    frame = marked(rows(["ana@x.example", "ben@x.example", "ben@x.example"], employee_id=["1", "2", "1"]))

    assert frame["reason"].tolist() == ["", "", "same_address_other_employee"]
    assert frame["detail"].iloc[2] == "The address is that of another employee in staff.csv#3; enter the person's own."


@pytest.mark.parametrize("employee_id", ["", "0", "n/a", "NO_MANAGER"])
def test_placeholder_is_no_employee_id(employee_id):
    frame = marked(rows(["ana@x.example", "ben@x.example"], employee_id=[employee_id] * 2))

    assert frame["disposition"].tolist() == ["", ""]


def test_number_that_many_rows_share_is_no_employee_id():
    """A department's number in place of the employee's must not hold back all of its people but the first."""
    cells = [f"person{number}@x.example" for number in range(MOST_ADDRESSES + 1)]

    frame = marked(rows(cells, employee_id=["7"] * len(cells)))

    assert frame["disposition"].tolist() == [""] * len(cells)


def test_rows_without_an_address_are_no_duplicates_of_each_other():
    frame = marked(rows(["", "", "n/a"]))

    assert frame["reason"].tolist() == ["missing"] * 3
    assert frame["duplicate_of"].tolist() == [""] * 3


@pytest.mark.parametrize("disposition", [[], ["ignored", "ignored"]])
def test_frame_without_a_candidate_passes(disposition):
    frame = marked(rows(["ana@x.example"] * len(disposition), start=5, disposition=disposition))

    assert frame["disposition"].tolist() == disposition
    check_schema(frame, DECIDED)


def test_frame_that_was_given_stays_as_it_was():
    frame = normalise(rows(["ana@x.example", "ana@x.example"]))
    before = frame.copy(deep=True)

    once(frame)

    pd.testing.assert_frame_equal(frame, before)


people = st.lists(
    st.tuples(
        st.sampled_from(["ana@x.example", "Ana@X.example", "ben@x.example", "josé@x.example", "jose\u0301@x.example"])
        | st.sampled_from(["", "no address"]),
        st.sampled_from(["", "1", "2"]),
        st.sampled_from(["", "", "excluded"]),
    ),
    max_size=12,
)
exports = st.lists(people, min_size=1, max_size=3)


def as_frames(exports) -> list[pd.DataFrame]:
    """Return one frame for each export, at consecutive positions."""
    frames, start = [], 0
    for number, records in enumerate(exports):
        cells, employees, dispositions, *names = zip(*records, strict=True) if records else ((), (), ())
        first_row = 2 + number
        source = f"{number}.csv"
        also = {"name": names[0]} if names else {}
        frame = rows(cells, start=start, source=source, first_row=first_row, employee_id=employees, **also)
        frames.append(frame.assign(disposition=rows(cells, disposition=dispositions)["disposition"].array))
        start += len(records)
    return frames


@given(exports, st.data())
def test_answer_is_the_same_however_the_input_is_cut(exports, data):
    """A batch may end anywhere, even before its first row."""
    whole = as_frames(exports)
    pieces = []
    for frame in whole:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(frame)), max_size=4)))
        pieces += [frame.iloc[a:b] for a, b in zip([0, *cuts], [*cuts, len(frame)], strict=True)]

    assert fates(marked(*pieces)) == fates(marked(*whole))


@given(exports)
def test_answer_is_the_same_in_memory_and_in_files(exports):
    frames = as_frames(exports)

    assert fates(marked(*frames, budget_bytes=0)) == fates(marked(*frames))


@given(exports)
def test_every_key_has_one_open_row_and_it_is_the_first(exports):
    """The row that a duplicate names is open or held, comes earlier, and has the same key."""
    frame = marked(*as_frames(exports))
    named = {f"{row.source}#{row.row}": row for row in frame.itertuples()}

    assert frame.loc[is_open(frame), "key"].is_unique
    for row in frame[frame["disposition"] == "duplicate"].itertuples():
        original = named[row.duplicate_of]
        assert original.disposition in ("", "held")
        assert original.key == row.key
        assert original.Index < row.Index


def test_records_stay_in_memory_as_long_as_they_fit(tmp_path):
    """Half of the budget is for addresses, 32 bytes a row, and half for employees, 24 bytes a row."""
    frame = normalise(rows(["ana@x.example", "ben@x.example"], employee_id=["1", "2"]))
    with DuplicateFinder(tmp_path / "missing", budget_bytes=64) as duplicates:
        duplicates.note(duplicates.records_of(frame[:1]))

        with pytest.raises(FileNotFoundError):
            duplicates.note(duplicates.records_of(frame[1:]))


def test_records_of_addresses_go_to_the_scratch_folder(tmp_path):
    frame = normalise(rows(["ana@x.example"]))

    with DuplicateFinder(tmp_path / "missing", budget_bytes=0) as duplicates, pytest.raises(FileNotFoundError):
        duplicates.note(duplicates.records_of(frame))


def test_records_of_employees_go_to_the_scratch_folder_too(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    frame = normalise(rows(["ana@x.example", "ben@x.example"], employee_id=["", "2"]))
    with DuplicateFinder(scratch, budget_bytes=0) as duplicates:
        duplicates.note(duplicates.records_of(frame[:1]))
        scratch.rmdir()

        with pytest.raises(FileNotFoundError):
            duplicates.note(duplicates.records_of(frame[1:]))


def people_with(key, rows_of_it) -> int:
    """Return how many people surely have an address: as many as have different ids, and different names."""
    having = [row for row in rows_of_it if row.key == key]
    kinds = ({row.employee_id for row in having} - {""}, {row.name for row in having} - {""})
    return min((len(kind) for kind in kinds if kind), default=0)


def resolved_by_hand(frame) -> list[tuple[str, str, str]]:
    """Return the fates of normalised rows, found one row at a time with nothing but dictionaries."""
    rows_of_it = [row for row in frame.itertuples() if row.disposition == ""]
    first, spelled, addresses = {}, {}, {}
    for row in rows_of_it:
        first.setdefault(row.key, row)
        spelled.setdefault(spelling_of(row.key), row)
        if row.employee_id:
            addresses.setdefault((row.source, row.employee_id), []).append(row.key)
    fate = {row.Index: (row.disposition, row.reason, "") for row in frame.itertuples()}
    for row in rows_of_it:
        original = first[row.key]
        others = addresses.get((row.source, row.employee_id), [row.key])
        if row is not original:
            is_other = original.employee_id and row.employee_id and original.employee_id != row.employee_id
            reason = "same_address_other_employee" if is_other else "same_address"
            fate[row.Index] = ("duplicate", reason, f"{original.source}#{original.row}")
            if is_other and row.source == original.source and (row.name != original.name or not row.name):
                fate[row.Index] = ("held", reason, "")
        elif row.key != others[0] and len(set(others)) <= MOST_ADDRESSES:
            fate[row.Index] = ("held", "same_employee_other_address", "")
        elif row.key != spelled[spelling_of(row.key)].key:
            fate[row.Index] = RESPELLED
        if people_with(row.key, rows_of_it) >= FEWEST_SHARING:
            fate[row.Index] = ("held", "shared_address", "")
    return [fate[position] for position in frame.index]


many = st.tuples(
    st.sampled_from([f"{name}@x.example" for name in ("a", "b", "c", "ß", "ss", "S\u017f")]),
    st.sampled_from(["", "1", "1", "2", "3"]),
    st.sampled_from(["", "", "", "excluded"]),
    st.sampled_from(["", "Ana Ruiz", "Ana Ruiz", "Ben", "Christopher Montgomery-Smith"]),
)


@given(
    st.lists(st.lists(many, max_size=20), min_size=1, max_size=2),
    st.sampled_from([0, 200, USUAL_FOOTPRINT.noted_bytes]),
)
def test_answer_is_that_of_one_row_at_a_time(exports, budget_bytes):
    frames = list(map(normalise, as_frames(exports)))

    assert fates(pd.concat(once(*frames, budget_bytes=budget_bytes))) == resolved_by_hand(pd.concat(frames))


few_numbers = st.integers(0, 2)
TWIN = 2**63
"""A hash that several keys share in these tests."""


def pairs(found) -> list[tuple[int, int, bool]]:
    assert found.row.dtype == found.first.dtype == np.int64
    return list(zip(found.row.tolist(), found.first.tolist(), found.other.tolist(), strict=True))


@given(st.lists(st.tuples(few_numbers, few_numbers, few_numbers), min_size=1, max_size=30), st.randoms())
def test_records_of_an_address_are_paired_with_its_first(keys_and_employees, random):
    """Where 64 bits of two addresses are equal, the other 64 bits tell them apart, in any order of records."""
    given = [(TWIN + one, other, who << 32, at) for at, (one, other, who) in enumerate(keys_and_employees)]
    records = np.array(random.sample(given, len(given)), np.uint64)

    found = pairs(join_pairs([match_addresses(records)[0]]))

    expected, first = [], {}
    for one, other, who, at in given:
        original, its_employee = first.setdefault((one, other), (at, who))
        if original != at:
            expected.append((at, original, bool(who and its_employee and who != its_employee)))
    assert found == expected


@given(st.lists(st.tuples(few_numbers, st.integers(0, 5)), min_size=1, max_size=30), st.randoms())
def test_records_of_an_employee_are_paired_with_the_first_if_addresses_differ(employees_and_keys, random):
    given = [(TWIN + who, key, at) for at, (who, key) in enumerate(employees_and_keys)]
    records = np.array(random.sample(given, len(given)), np.uint64)

    found = pairs(join_pairs([pair_by_employee(records)]))

    expected = []
    for who, key, at in given:
        _, first_key, first_at = next(record for record in given if record[0] == who)
        if key != first_key and len({record[1] for record in given if record[0] == who}) <= MOST_ADDRESSES:
            expected.append((at, first_at, False))
    assert found == expected


def test_parts_are_resolved_in_any_order():
    """Which hash falls into which part is chance, and must decide nothing."""
    part = [[(number, 1, 0, number), (number, 1, 0, 10 - number)] for number in range(4)]
    resolved = [match_addresses(np.array(records, np.uint64))[0] for records in part]

    orders = {tuple(pairs(join_pairs(order))) for order in permutations(resolved)}

    assert orders == {((7, 3, False), (8, 2, False), (9, 1, False), (10, 0, False))}
