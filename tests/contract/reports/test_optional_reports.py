"""Reports beside the reconciliation may fail without failing the run."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from browser import NOW, lines_of, summary_of

from onboarding.model.errors import ExitCode, ReportNotWritten
from onboarding.pipeline.report_lines import finished
from onboarding.reports import Tally
from onboarding.reports.folder import LocalFolder
from onboarding.reports.report import open_optional_reports


class FullFolder(LocalFolder):
    """A folder without room for some files."""

    full = frozenset()

    @contextmanager
    def atomic_write(self, name):
        if name in self.full:
            raise ReportNotWritten(f"{name} could not be written (No space left on device).")
        with super().atomic_write(name) as file:
            yield file


def write(path, *full, exit_code=ExitCode.SETTLED):
    """Write both reports beside a reconciliation of one line, without room for some; return the summary."""
    folder, tally, lines = FullFolder(path), Tally(), lines_of(["ada@example.com"])
    FullFolder.full = frozenset(full)
    with open_optional_reports(folder, path, page=True, handoff=True) as extras:
        for extra in extras:
            extra.append(lines)
        tally.add(lines)
        return finished(summary_of(tally, exit_code=exit_code, ended_at=NOW), extras, folder)


def test_all_are_there_and_named(tmp_path):
    summary = write(tmp_path)

    assert summary.files == ("reconciliation.csv", "report.html", "handoff.xlsx")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "handoff.xlsx"}
    assert summary.exit_code == ExitCode.SETTLED


@pytest.mark.parametrize(("full", "other"), [("report.html", "handoff.xlsx"), ("handoff.xlsx", "report.html")])
def test_failed_report_is_in_the_message_and_costs_no_other_report(tmp_path, full, other):
    summary = write(tmp_path, full)

    assert summary.files == ("reconciliation.csv", other)
    assert full in summary.message
    assert summary.exit_code == ExitCode.INTERNAL


def test_nothing_is_written_where_the_run_fails_before(tmp_path):
    with pytest.raises(KeyError), open_optional_reports(LocalFolder(tmp_path), tmp_path, page=True, handoff=True):
        raise KeyError

    assert list(tmp_path.iterdir()) == []


@pytest.mark.soak
def test_libraries_of_reports_load_only_when_the_report_is_wanted():
    script = (
        "import sys, onboarding.pipeline.run\n"
        "from onboarding.reports import open_optional_reports\n"
        "with open_optional_reports(None, None, page=False, handoff=False): pass\n"
        "assert not {'jinja2', 'xlsxwriter'} & set(sys.modules)\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True)
