"""The Dask engine gives the same answer as the local engine, however the input is cut."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import FakeWorkers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.exports import open_exports
from onboarding.exports.blank_runs import LONGEST_SHORT_RUN
from onboarding.model.choices import USUAL_FOOTPRINT, USUAL_SUSPICIONS
from onboarding.model.errors import InputRefused
from onboarding.preparing import EngineContext, Rules, choose_engine
from onboarding.preparing.dask import engine
from onboarding.preparing.policy import Policy

RULES = Rules(Policy(today=date(2026, 11, 27)), USUAL_SUSPICIONS)
SAMPLES = sorted(
    path
    for path in (Path(__file__).parents[3] / "sample_data").rglob("*")
    if path.is_file() and path.suffix in {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet", ".gz", ".zip"}
)
PEOPLE = st.sampled_from(
    [
        *("ana@example.com", "Ana@Example.com", " ana@example.com ", "bo@example.com", "cy@exampel.com"),
        *("dee@example.com", "", "nobody", "b\u00f6@example.com", "eve@corp.example.com", "Total: 3", "a@b@c"),
    ]
)
RECORDS = st.tuples(PEOPLE, st.sampled_from(["", "1", "2", "3", "n/a"]), st.sampled_from(["Active", "Terminated", ""]))
FILES = st.lists(st.lists(RECORDS, min_size=1, max_size=40), min_size=1, max_size=3)


def here(files, scratch, footprint=USUAL_FOOTPRINT):
    prepare = choose_engine("local", None)
    return answer(lambda exports: prepare(exports, RULES, EngineContext(scratch, footprint)), files, footprint)


def by_workers(files, part_bytes):
    return answer(
        lambda exports: engine.prepare_on_workers(exports, RULES, FakeWorkers(), part_bytes=part_bytes), files
    )


def answer(prepare, files, footprint=USUAL_FOOTPRINT):
    """Return all decided rows and the facts of each export, or the refusal."""
    try:
        exports = open_exports([str(file) for file in files], footprint=footprint)
        rows = pd.concat(prepare(exports))
    except InputRefused as error:
        return str(error)
    return rows, [export.facts for export in exports]


def same(one, other):
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one[0].equals(other[0]) and one[1] == other[1]


def written(file, records):
    lines = [",".join(f'"{cell}"' if cell.startswith(" ") else cell for cell in record) for record in records]
    file.write_text("\n".join(["email,employee id,status", *lines]) + "\n", encoding="utf-8")
    return file


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, st.integers(1, 400))
def test_same_answer_however_the_input_is_cut(tmp_path, files, part_bytes):
    paths = [written(tmp_path / f"{number}.csv", records) for number, records in enumerate(files)]

    assert same(by_workers(paths, part_bytes), here(paths, tmp_path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(FILES, st.integers(1, 4), st.integers(16, 400))
def test_same_answer_however_many_threads_read(tmp_path, files, threads, block_bytes):
    """Also the same refusal, with the same row."""
    paths = [written(tmp_path / f"{number}.csv", records) for number, records in enumerate(files)]
    footprint = replace(USUAL_FOOTPRINT, threads=threads, block_bytes=block_bytes)

    assert same(here(paths, tmp_path, footprint), here(paths, tmp_path))


@pytest.mark.soak
@pytest.mark.parametrize(
    "part_bytes", [pytest.param(500, marks=pytest.mark.soak), 4000, pytest.param(2**20, marks=pytest.mark.soak)]
)
def test_same_answer_for_all_samples_together(tmp_path, part_bytes):
    assert len(SAMPLES) > 10
    assert same(by_workers(SAMPLES, part_bytes), here(SAMPLES, tmp_path))


def test_row_that_is_refused_is_named_by_its_number_in_the_whole_file(tmp_path):
    """A part does not know how many rows come before it, so it is read again when that is known."""
    people = [f"person{number}@example.com,{number},2026-12-25" for number in range(200)]
    people[150] = "late@example.com,150,03/04/2027"
    people[151] = "later@example.com,151,04/03/2027"
    people = [line.replace("2026-12-25", "05/06/2027") if at < 2 else line for at, line in enumerate(people)]
    file = tmp_path / "staff.csv"
    file.write_text("\n".join(["email,id,hire date", *people]), encoding="utf-8")

    assert same(by_workers([file], 500), here([file], tmp_path))


def test_cell_that_never_ends_is_refused_with_its_row(tmp_path):
    file = tmp_path / "staff.csv"
    rows = [f"person{number}@example.com,{number}" for number in range(200_000)]
    rows[150_000] = 'broken@example.com,"150000'
    file.write_text("\n".join(["email,id", *rows]), encoding="utf-8")

    refused = by_workers([file], 2**20)

    assert refused == here([file], tmp_path)
    assert "row 150002:" in refused


@pytest.mark.parametrize("blank", ["\n", ",\n", ' ,""\r\n', "\u00a0,\n"])
def test_long_run_of_blank_rows_is_one_row_wherever_the_input_is_cut(tmp_path, blank):
    """Rows that follow the run have the same numbers and places with both engines."""
    file = tmp_path / "staff.csv"
    people = ["ana@example.com,1\n", "bo@example.com,2\n", "ana@example.com,3\n"]
    runs = [blank * (LONGEST_SHORT_RUN + 1), blank * (LONGEST_SHORT_RUN + 2), blank * 40]
    text = "".join(one + other for one, other in zip(people, runs, strict=True))
    file.write_text(f"email,employee id\n{text}cy@example.com,4\n", encoding="utf-8")

    found = by_workers([file], 5_000)

    assert len(found[0]) == 4 + 2 + 40
    assert same(found, here([file], tmp_path))


@pytest.mark.soak
@pytest.mark.parametrize("rows_of_a_group", [1000, 100_000])
def test_parquet_is_cut_between_row_groups(tmp_path, rows_of_a_group):
    file = tmp_path / "staff.parquet"
    people = [f"person{number % 150_000}@example.com" for number in range(200_000)]
    table = pa.table({"email": people, "employee id": [str(number) for number in range(200_000)]})
    pq.write_table(table, file, row_group_size=rows_of_a_group)

    assert len(open_exports([str(file)])[0].parts(1, (), ())) > 1
    assert same(by_workers([file], 1), here([file], tmp_path))


def test_exports_without_a_row_are_refused(tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("email,employee id\n", encoding="utf-8")

    assert by_workers([file], 10) == here([file], tmp_path)


def test_exports_of_a_partial_roster_may_have_no_row(tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("email,employee id\n", encoding="utf-8")
    exports, rules = open_exports([str(file)]), replace(RULES, may_be_empty=True)

    assert list(engine.prepare_on_workers(exports, rules, FakeWorkers(), part_bytes=10)) == []
    assert list(choose_engine("local", None)(exports, rules, EngineContext(tmp_path))) == []


def test_bug_of_a_task_is_reported_without_its_message():
    """Dask would write the message to a log, and it may quote a cell."""

    def fail(_value):
        raise ValueError("ana@example.com")

    from onboarding.preparing.dask.workers import run_task  # noqa: PLC0415 - to see the value that comes back

    failed = run_task(fail, 1)

    assert "ana" not in repr(failed)
    assert "ValueError at test_dask_engine.py" in str(failed.error)
    assert run_task(len, [failed]) is failed
