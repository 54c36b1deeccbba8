"""Columns that the rules of ``--only`` and ``--skip`` name: found, missing or ambiguous, and read by both engines."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from fakes import FakeWorkers

from onboarding.exports import open_exports
from onboarding.model.choices import NO_OPTIONS
from onboarding.model.errors import InputRefused
from onboarding.model.filters import Filters
from onboarding.preparing import EngineContext, Rules, choose_engine, prepare_on_workers
from onboarding.preparing.policy import Policy

HEADER = "Employee ID,Email,Country,Hired On"
PEOPLE = f"{HEADER}\n1,ana@corp.example,DE,03/04/2026\n2,ben@corp.example,FR,25/04/2026\n3,,FR,\n"


@pytest.fixture
def file(tmp_path):
    def write(name: str, text: str | bytes = PEOPLE) -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def opened(files, only=(), skip=()):
    filters = Filters.of(only, skip)
    return open_exports(files, columns=replace(NO_OPTIONS, filters=filters)), Policy(
        today=date(2026, 11, 22), filters=filters
    )


def refusal(*files, only=(), skip=()) -> str:
    with pytest.raises(InputRefused) as refused:
        opened(files, only, skip)
    return str(refused.value)


def fates(prepare, policy) -> tuple[list[tuple[str, str]], set[int]]:
    """Return the disposition and detail of each row, and the numbers of the rules that fit a row."""
    rows = pd.concat(prepare(Rules(policy, frozenset())))
    return list(zip(rows["disposition"], rows["reason"], strict=True)), policy.matches.numbers


@pytest.mark.parametrize("column", ["Country", "country", "C", "3"])
def test_column_is_found_by_header_letter_and_number_in_both_engines(file, tmp_path, column):
    files, only = [file("a.csv"), file("b.csv")], [f"{column}=de,AT"]

    exports, policy = opened(files, only)
    here = fates(lambda rules: choose_engine("local", None)(exports, rules, EngineContext(tmp_path)), policy)
    exports, policy = opened(files, only)
    there = fates(lambda rules: prepare_on_workers(exports, rules, FakeWorkers(), part_bytes=40), policy)

    left_out = ("excluded", "not_selected")
    assert here == there
    assert here == ([("", ""), left_out, left_out, ("duplicate", "same_address"), left_out, left_out], {0})


def test_dates_of_a_compared_column_show_the_order_of_day_and_month(file, tmp_path):
    """Only the second row shows that the day comes first."""
    exports, policy = opened([file("a.csv", PEOPLE.replace("Hired On", "Badge"))], ["Badge>=2026-04-03"])

    found, _ = fates(lambda rules: choose_engine("local", None)(exports, rules, EngineContext(tmp_path)), policy)

    assert found == [("", ""), ("", ""), ("excluded", "not_selected")]


def test_column_in_no_export_is_refused_with_the_nearest_header(file):
    said = refusal(file("a.csv"), only=["Countri=DE"])

    assert 'a.csv: no column "Countri" (--only Countri=DE)' in said
    assert said.endswith('. Did you mean "Country"?')
    assert '"Hired On"' in said


def test_export_without_the_column_is_refused_unless_the_rule_names_its_file(file, tmp_path):
    files = [file("a.csv"), file("b.csv", PEOPLE.replace("Country", "Land"))]

    said = refusal(*files, skip=["Country=FR"])
    assert 'b.csv: no column "Country" (--skip Country=FR); for a rule that leaves out nobody of this file' in said
    advice = said.partition("it is for: --skip ")[2]
    exports, policy = opened(files, skip=[advice])

    found, _ = fates(lambda rules: choose_engine("local", None)(exports, rules, EngineContext(tmp_path)), policy)
    skipped = ("excluded", "skipped_by_rule")
    assert found == [("", ""), skipped, skipped, ("duplicate", "same_address"), ("", ""), ("rejected", "missing")]


def test_two_columns_with_the_name_are_refused_with_their_letters(file):
    said = refusal(file("a.csv", PEOPLE.replace("Employee ID", "Country")), only=["Country=DE"])

    assert said.endswith('columns A and C are both "Country"; choose with --only A=DE or --only C=DE')


def test_one_column_by_two_names_is_refused(file):
    said = refusal(file("a.csv"), only=["Country=DE", "C=AT"])

    assert 'call one column "Country" and "C"; write the same name in each rule' in said


def test_header_that_may_be_a_persons_record_is_not_shown(file):
    said = refusal(file("a.csv", "ana@corp.example\nben@corp.example\n"), only=["Country=DE"])

    assert "ana" not in said


def test_cell_that_depends_on_a_guess_of_the_encoding_holds_the_row(file, tmp_path):
    people = "City,Email\nXøla Xørbæ,x@corp.example\nOslo,ann@corp.example\n".encode("mac-roman")
    exports, policy = opened([file("a.csv", people)], skip=["City=Xøla Xørbæ"])

    found, _ = fates(lambda rules: choose_engine("local", None)(exports, rules, EngineContext(tmp_path)), policy)

    assert found == [("held", "undecided_rule"), ("", "")]
