"""A reconciliation is read as the run wrote it, and refused if anything else has written it since."""

import io
import tempfile
from pathlib import Path

import pytest
from frames import decided, outcomes
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import InputRefused
from onboarding.reports import ReportContext, open_reconciliation, read_reconciliation, reconcile
from onboarding.reports.folder import LocalFolder

RUN = ReportContext("r1", "chime", "account-1", "noon", Disposition.DEFERRED)
NAMES = ["Ana", "Bo, Jr.", "'Cy", "=Di\r", "O'Hara"]

cell = st.text(st.sampled_from("=+-@\t\r\n\0＝＋－＠|'\",; aé<r>"), max_size=6)


def written(names, addresses=()) -> bytes:
    """Return a report with a line for each name."""
    given_addresses = list(addresses) or [f"p{at}@x.example" for at in range(len(names))]
    with tempfile.TemporaryDirectory() as temporary:
        folder = LocalFolder(Path(temporary))
        with open_reconciliation(folder) as report:
            report.append(reconcile(decided(given_addresses, name=names), outcomes({}), RUN))
        return (folder.path / "reconciliation.csv").read_bytes()


def read(report: bytes) -> list[dict[str, str]]:
    return list(read_reconciliation("r.csv", io.BytesIO(report)))


def saved(report: bytes, old: str, new: str) -> bytes:
    text = report.decode()
    assert old in text
    return text.replace(old, new).encode()


@given(st.lists(cell, max_size=6))
@example(["'=1", "=1", "''=1", "<r>", "'a"])
def test_every_cell_is_read_as_it_was_before_it_was_written(names):
    assert [line["name"] for line in read(written(names))] == names


def test_addresses_are_read_with_their_own_apostrophes_only():
    addresses = ["-o@example.com", "'-o@example.com", "'t.hof@example.com", "o'hara@example.com"]

    assert [line["email"] for line in read(written(["x"] * 4, addresses))] == addresses


REPORT = written(NAMES, ["-o@example.com", "'+p@example.com", "é@example.com", "q@example.com", "r@example.com"])


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(saved(REPORT, "'-o@", "-o@"), id="apostrophe lost"),
        pytest.param(saved(REPORT, ",", ";"), id="other separator"),
        pytest.param(saved(REPORT, ",", "\t"), id="tabs"),
        pytest.param(saved(REPORT, "\n", "\r\n"), id="other line ends"),
        pytest.param(b"\xef\xbb\xbf" + REPORT, id="byte order mark"),
        pytest.param(REPORT.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(REPORT.decode().encode("cp1252"), id="other encoding"),
        pytest.param(saved(REPORT, "q@example.com", '"q@example.com"'), id="needless quotes"),
        pytest.param(saved(REPORT, "q@example.com,", "q@example.com"), id="cell lost"),
        pytest.param(REPORT[:-1], id="torn"),
        pytest.param(REPORT[:-9], id="torn in a cell"),
    ],
)
def test_report_that_a_spreadsheet_saved_is_refused_in_a_plain_line(report):
    with pytest.raises(InputRefused, match=r"^r\.csv: the report is not as the run wrote it") as refused:
        read(report)

    assert "\n" not in str(refused.value)


def test_refusal_names_the_command_that_writes_the_report_again():
    with pytest.raises(InputRefused, match='write it again with "onboard report r1", or list the addresses'):
        read(saved(REPORT, "'-o@", "-o@"))


@pytest.mark.parametrize(
    "content", [b"", b"Email\nana@example.com\n", b"\xff\xfe\0", b"email,disposition\na@x.example,invited\n"]
)
def test_other_file_is_no_reconciliation(content):
    with pytest.raises(InputRefused, match="--move-from takes an account, or a reconciliation"):
        read(content)


def test_report_without_some_of_its_lines_is_read():
    """A person may take lines out of a report with an editor that changes nothing else."""
    *lines, last = REPORT.decode().splitlines(keepends=True)

    assert [line["email"] for line in read("".join([*lines[:2], last]).encode())] == ["-o@example.com", "r@example.com"]
