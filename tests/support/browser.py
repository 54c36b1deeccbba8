"""A real browser for tests, and the report pages that tests open in it."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
import summaries
from frames import decided, outcomes
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from summaries import NOW

from onboarding.model.dispositions import Disposition
from onboarding.model.outcomes import InviteState
from onboarding.reports import ReportContext, Summary, Tally, reconcile
from onboarding.reports.csv import open_reconciliation
from onboarding.reports.folder import LocalFolder
from onboarding.reports.page.page import open_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
QUIETLY = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)


@contextmanager
def browser(*, scripts: bool = True) -> Iterator[Chrome]:
    """Start a headless browser on a profile of its own. Skip if there is none, except on a build server."""
    program, driver = next(filter(None, map(shutil.which, BROWSERS)), None), shutil.which(DRIVER)
    if not (program and driver):
        missing = "There is no Chromium with its driver here (Debian: apt-get install chromium chromium-driver)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = program
        for argument in (*QUIETLY, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        window = Chrome(options, Service(driver))
        try:
            yield window
        finally:
            window.quit()


def lines_of(
    cells: Sequence[str],
    *,
    start: int = 0,
    source: str = "staff.csv",
    sent: dict[int, InviteState] | None = None,
    error: str = "",
    command: str = "run",
    **columns: Sequence[str],
) -> pd.DataFrame:
    """Return lines of a report for rows with these addresses; ``sent`` are states by position, the rest is deferred."""
    frame = decided(cells, start=start, source=source, **columns)
    rest = Disposition.PLANNED if command == "plan" else Disposition.DEFERRED
    return reconcile(frame, outcomes(sent or {}, error=error), ReportContext("r1", "chime", "account-1", "noon", rest))


def typical_lines(**columns: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lines of two exports, with nearly every disposition."""
    cells = [
        "ana@example.com",
        "bo@example.com",
        "cy@example.org",
        "",
        "nobody",
        "ana@example.com",
        "a@x.example; b@x.example",
    ]
    names = ["Ana", "Bo Weiß", "Çy Łomża", "Dee Moreau", "Eve", "Ana", "Gil"]
    sent = {0: InviteState.INVITED, 1: InviteState.FAILED, 2: InviteState.IN_DOUBT}
    return (
        lines_of(cells, sent=sent, error="EmailInvalid", **{"name": names, **columns}),
        lines_of(["hal@example.com", ""], start=len(cells), source="late.csv", name=["Hal", "Ida"]),
    )


def open_at(window: Chrome, path: Path, *, scheme: str = "light", width: int = 1280) -> None:
    """Show a page to a reader who prefers it light or dark."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    window.get(path.as_uri())


def texts(window: Chrome, selector: str) -> list[str]:
    """Return the texts of the elements, shown or not."""
    return [element.get_property("textContent").strip() for element in window.find_elements(By.CSS_SELECTOR, selector)]


def visible_texts(window: Chrome, selector: str) -> list[str]:
    """Return the texts of the elements that are shown."""
    script = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.offsetParent).map((e) => e.innerText)"
    return window.execute_script(script, selector)


def write_page(path: Path, *frames: pd.DataFrame, **other: object) -> Path:
    """Write the page and the CSV of these lines; ``other`` are fields of the summary. Return the page's path."""
    folder, tally = LocalFolder(path), Tally()
    with open_reconciliation(folder) as table, open_page(folder) as page:
        for lines in frames:
            for report in (table, page):
                report.append(lines)
            tally.add(lines)
        page.finish(summary_of(tally, **other))
    return path / "report.html"


def summary_of(tally: Tally, **other: object) -> Summary:
    """Return the summary of a run with these lines."""
    fields = {
        "ended_at": NOW.replace(minute=42),
        "counts_by_source": tally.by_source(),
        "requests": 12,
        "throttled": 3,
        "seconds": {"send": 71.5},
        "settings": {"out": "reports", "deadline": None, "allow_domain": ["example.com", "example.org"]},
    }
    return summaries.summary_of(**{"counts": tally.total()} | fields | other)
