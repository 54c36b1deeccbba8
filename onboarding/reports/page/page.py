"""How does the page come into being that tells a run at one glance, in any browser, without a network?

It is one file. Its content security policy lets it load nothing and run nothing but the style and the script that are
in it, whatever an export holds.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from onboarding.reports.csv import RECONCILIATION
from onboarding.reports.folder import Folder
from onboarding.reports.page.figures import PageFigures
from onboarding.reports.page.view import PageView, view_of
from onboarding.reports.summary import Summary

PAGE = "report.html"

_PACKAGE = "onboarding.reports"
_TEMPLATES = "templates"


class ReportPage:
    """Count lines while they pass by, and make a page of what was counted."""

    def __init__(self, reconciliation: str = RECONCILIATION) -> None:
        self._reconciliation = reconciliation
        self.text: bytes | None = None
        """The page, once it is finished."""
        self._figures = PageFigures()

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them."""
        self._figures.add(lines)

    def finish(self, summary: Summary) -> None:
        """Make the page."""
        page = _rendered(summary, view_of(summary, self._figures), self._reconciliation)
        # The name of a file may be no text, and must not be what the page fails at.
        self.text = page.encode("utf-8", "backslashreplace")


@contextmanager
def open_page(folder: Folder) -> Iterator[ReportPage]:
    """Take in lines; the page appears when the block ends well and it was finished. Raises ``ReportNotWritten``."""
    page = ReportPage(folder.called(RECONCILIATION))
    yield page
    if page.text is not None:
        with folder.atomic_write(PAGE) as file:
            file.write(page.text)


def _rendered(summary: Summary, view: PageView, reconciliation: str) -> str:
    style, script = _part("report.css"), _part("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hashed(style)}'; script-src '{_hashed(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        policy=policy, style=style, script=script, summary=summary, view=view, reconciliation=reconciliation
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _part(name: str) -> str:
    return (files(_PACKAGE) / _TEMPLATES / name).read_text("utf-8")


def _hashed(text: str) -> str:
    """Return how a content security policy names a text that is in the page."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
