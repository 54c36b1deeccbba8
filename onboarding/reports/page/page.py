"""The writer of ``report.html``: one file that shows a run in any browser, without a network.

``view`` and ``worklist`` make the tables and lists of rows. ``lookup`` makes the list of rows that people can look up.
An export may contain any text. Still the page loads nothing, and uses only the style and the script in the file,
because its content security policy forbids all else.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from onboarding.reports.folder import Folder
from onboarding.reports.page.compiled_templates import CompiledTemplates
from onboarding.reports.page.facts import facts_of, settings_of
from onboarding.reports.page.figures import PageFigures
from onboarding.reports.page.lookup import RowsToLookUp
from onboarding.reports.page.opening import comparison_in_words, further_concerns, step_for_hr
from onboarding.reports.page.view import SOURCES_OPEN, view_of
from onboarding.reports.reading import short_names
from onboarding.reports.report import PAGE, RECONCILIATION
from onboarding.reports.summary import Summary

_PACKAGE = "onboarding.reports"
_TEMPLATES = "templates"
_STYLES = ("base.css", "tables.css", "charts.css", "narrow.css", "print.css")
_SCRIPTS = ("shared.js", "worklist.js", "lookup.js")


class ReportPage:
    """The page as a ``Report``: it collects lines frame by frame, and writes ``report.html`` at the end."""

    name = PAGE

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._figures = PageFigures()
        self._to_look_up = RowsToLookUp()

    def append(self, lines: pd.DataFrame) -> None:
        """Add the lines of one frame, which ``reconcile`` has returned."""
        self._figures.add(lines)
        self._to_look_up.add(lines)

    def finish(self, summary: Summary) -> None:
        """Write the page. Raises ``ReportNotWritten``."""
        page = self._rendered(summary)
        with self._folder.atomic_write(PAGE) as file:
            # The name of a file may contain bytes that are no text. The page must not fail because of such a name.
            file.write(page.encode("utf-8", "backslashreplace"))

    def _rendered(self, summary: Summary) -> str:
        verdict = summary.verdict
        style, script = _joined(_STYLES), _joined(_SCRIPTS)
        rows, rows_to_look_up = self._to_look_up.document(short_names(summary.counts_by_source))
        policy = (
            f"default-src 'none'; style-src '{_hashed(style)}'; script-src '{_hashed(script)}'; "
            "base-uri 'none'; form-action 'none'"
        )
        return _template().render(
            policy=policy,
            style=style,
            script=script,
            rows=rows,
            rows_to_look_up=rows_to_look_up,
            lines=self._to_look_up.lines,
            verdict=verdict,
            also=further_concerns(verdict),
            step_for_hr=step_for_hr(summary),
            compared=comparison_in_words(summary.compared_with),
            summary=summary,
            view=view_of(summary, self._figures),
            sources_open=SOURCES_OPEN,
            facts=facts_of(summary),
            settings=settings_of(summary),
            reconciliation=self._folder.path_of(RECONCILIATION),
        )


@contextmanager
def open_page(folder: Folder) -> Iterator[ReportPage]:
    """Yield an empty page. The folder shows the page only if ``finish`` returns without an error."""
    yield ReportPage(folder)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    options = (environment.autoescape, environment.trim_blocks, environment.lstrip_blocks)
    environment.bytecode_cache = CompiledTemplates(Path(str(files(_PACKAGE) / _TEMPLATES)), repr(options))
    environment.filters["breakable"] = _breakable
    return environment.get_template("report.html")


def _breakable(text: str, sign: str) -> Markup:
    """Return HTML in which a browser may break a line before each ``sign``."""
    return (Markup("<wbr>") + sign).join(text.split(sign))


@cache
def _joined(names: tuple[str, ...]) -> str:
    """Return the joined text of some files in the folder of the page's templates."""
    return "\n".join((files(_PACKAGE) / _TEMPLATES / name).read_text("utf-8") for name in names)


def _hashed(text: str) -> str:
    """Return the hash of a style or script in the page. With this hash, a content security policy allows it."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
