"""The people whom the operator's exclusion lists keep out."""

from dataclasses import replace
from datetime import date

import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import rows

from onboarding.addresses import normalise
from onboarding.model.errors import InputRefused
from onboarding.model.plan import ExclusionFigures
from onboarding.preparing.exclusions import ExclusionLists
from onboarding.preparing.policy import Policy, decide_candidates

LIST = {"ana@corp.example", "ben@corp.example"}


def no_s3():
    raise AssertionError("nothing here is in S3")


@pytest.fixture
def excluded(tmp_path):
    """Write lists and return the keys and the ids in them."""

    def read(*contents: str | bytes) -> tuple[set[str], set[str]]:
        paths = [tmp_path / f"list{number}.csv" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        exclusions = ExclusionLists.read([str(path) for path in paths], s3=no_s3).exclusions
        return set(exclusions.keys), set(exclusions.employee_ids)

    return read


def test_no_list_excludes_no_row(excluded):
    assert excluded() == (set(), set())


@pytest.mark.parametrize(
    "content",
    [
        "ana@corp.example\nBEN@Corp.example\n",
        "Email\nana@corp.example\n\nben@corp.example",
        "Do not invite\r\nana@corp.example\r\nmailto:ben@corp.example\r\n",
        "Name;Work Email;Home Email\nAna;ana@corp.example;a@home.example\nBen;ben@corp.example;b@home.example\n",
        "Email,Manager Email\nana@corp.example,x@corp.example\nben@corp.example,x@corp.example\n,x@corp.example\n",
        "\ufeffana@corp.example\nben@corp.example\n".encode("utf-16"),
        "Email\nana@corp.example\n—\nn.a.\nben@corp.example\n(blank)\n",
    ],
)
def test_addresses_are_found_with_and_without_a_header(excluded, content):
    """A list may look like any export, and the address of a manager is never taken."""
    keys, _ = excluded(content)

    assert keys == LIST


@pytest.mark.parametrize("content", ["00042\n E7 \n", "Employee ID\n00042\nE7\n0\nn/a\n"])
def test_column_without_addresses_is_one_of_ids(excluded, content):
    """Placeholders are no ids."""
    keys, employee_ids = excluded(content)

    assert keys == set()
    assert employee_ids - {"employee id"} == {"00042", "e7"}


def test_all_spellings_of_an_id_on_a_list_are_one_employee(excluded):
    assert excluded("Employee ID\n" + "\n".join(SPELLINGS_OF_AN_ID)) == (set(), {"äb7"})


def test_one_column_may_have_both(excluded):
    assert excluded("ana@corp.example\nE7\n") == ({"ana@corp.example"}, {"e7"})


def test_one_person_may_be_listed_by_both(excluded):
    """In a file with a name for each column."""
    keys, employee_ids = excluded("Employee ID,Name,Email\n1,Ana,ana@corp.example\n2,Ben,\n,Ben,ben@corp.example\n")

    assert (keys, employee_ids) == (LIST, {"1", "2"})


def test_ids_may_stand_beside_names(excluded):
    assert excluded("Personalnummer;Nachname\nP1;Ruiz\nP2;Okafor\n") == (set(), {"p1", "p2"})


def test_several_lists_add_up(excluded):
    assert excluded("ana@corp.example\n", "ben@corp.example\n")[0] == LIST


def test_address_that_cannot_be_used_is_refused(excluded):
    """The person it means would be invited."""
    with pytest.raises(InputRefused, match=r"list0.csv: row 3: no usable address; mend or delete it") as refusal:
        excluded("Email\nana@corp.example\nben@@corp.example\n")

    assert "ben" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Town,Street\nBern,Main\n", "no column of addresses or employee ids; call one Email or Employee ID"),
        ("Email,E-mail\na@x.example,b@x.example\n", "which of its columns holds the addresses is not clear"),
    ],
)
def test_list_without_a_clear_column_is_refused(excluded, content, why):
    with pytest.raises(InputRefused, match=f"list0.csv: {why}"):
        excluded(content)


def test_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no such file or folder"):
        ExclusionLists.read([str(tmp_path / "nobody.csv")], s3=no_s3)


def test_report_on_the_list_is_read_back(excluded):
    """A spreadsheet may have taken an apostrophe away, so both readings are excluded."""
    header = "run_id,employee_id,email_as_given,email,disposition,duplicate_of\n"

    keys, employee_ids = excluded(header + "r1,'-7,-o@example.com,'-o@example.com,invited,\n")

    assert keys == {"-o@example.com", "'-o@example.com"}
    assert employee_ids == {"-7"}


def test_list_that_is_no_report_keeps_its_apostrophes(excluded):
    assert excluded("Email\n'-o@example.com\n") == ({"'-o@example.com"}, set())


@pytest.mark.parametrize(
    ("listed", "cell", "found"),
    [
        ("strasse@x.example", "straße@x.example", ("held", "look_alike")),
        ("straße@x.example", "strasse@x.example", ("held", "look_alike")),
        ("stra\u017f\u017fe@x.example", "straße@x.example", ("held", "look_alike")),
        ("straße@x.example", "Straße@x.example", ("excluded", "on_exclusion_list")),
        ("straße@x.example", "ana@x.example", ("", "")),
    ],
)
def test_person_who_may_be_on_the_list_under_another_spelling_is_held(tmp_path, listed, cell, found):
    """The list does not exclude the person: there may be two people."""
    (tmp_path / "list.csv").write_text(f"Email\n{listed}\n", encoding="utf-8")
    policy = Policy(
        today=date(2026, 12, 1), exclusions=ExclusionLists.read([str(tmp_path / "list.csv")], s3=no_s3).exclusions
    )

    frame = decide_candidates(normalise(rows([cell])), policy)
    on_wish = decide_candidates(normalise(rows([cell])), replace(policy, holds_spellings=False))

    assert (frame["disposition"].iloc[0], frame["reason"].iloc[0]) == found
    assert on_wish["disposition"].iloc[0] == ("" if found[0] == "held" else found[0])


def figures_of(path, *frames) -> ExclusionFigures:
    """Return how many entries of a list matched nobody in frames."""
    lists = ExclusionLists.read([str(path)], s3=no_s3)
    passed = list(lists.over(map(normalise, frames)))
    assert len(passed) == len(frames)
    return lists.figures()


def test_entries_that_matched_nobody_are_counted_and_named_by_their_row(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Email,Employee ID\nana@x.example,\nzoe@x.example,\n,00123\n,999\nben@x.example,998\n,\n")

    found = figures_of(path, rows(["ANA@x.example"]), rows(["ben@x.example", "none"], employee_id=["", '="00123"']))

    assert found == ExclusionFigures(5, 2, (f"{path}: row 3", f"{path}: row 5"))


def test_only_the_first_entries_without_a_match_are_named(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(f"p{number}@x.example" for number in range(30)))

    found = figures_of(path, rows(["p0@x.example"]))

    assert (found.entries, found.unmatched, len(found.places)) == (30, 29, 5)
    assert found.places[0] == f"{path}: row 2"


def test_both_readings_of_a_report_are_one_entry(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "run_id,employee_id,email_as_given,email,disposition,duplicate_of\nr1,,-o@x.example,'-o@x.example,invited,\n"
    )

    assert figures_of(path, rows(["-o@x.example"])) == ExclusionFigures(1, 0)
    assert figures_of(path, rows(["p@x.example"])) == ExclusionFigures(1, 1, (f"{path}: row 2",))


def test_runs_without_lists_have_no_entries():
    assert ExclusionLists.read([], s3=no_s3).figures() is None


def test_entry_with_two_addresses_is_refused(excluded):
    """It would exclude nobody without a word."""
    with pytest.raises(InputRefused, match="row 2: no usable address"):
        excluded("Email\nana@x.example / ben@x.example\n")
