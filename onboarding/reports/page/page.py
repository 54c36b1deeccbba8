"""The writer of ``report.html``, with the headline, the facts and the settings of the run in words.

The file shows a run in any browser, without a network. ``view`` makes the tables and lists of rows. Whatever an export
holds, the page loads nothing, and uses only the style and the script in the file: its content security policy says so.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from onboarding.model.amounts import duration, people, with_noun
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ExitCode
from onboarding.reports.csv import RECONCILIATION
from onboarding.reports.folder import Folder
from onboarding.reports.page.figures import PageFigures
from onboarding.reports.page.view import SOURCES_OPEN, PageView, view_of
from onboarding.reports.reading import lines_about_unchanged
from onboarding.reports.run_figures import SendingEstimate
from onboarding.reports.summary import Summary
from onboarding.reports.words import EXIT_CODE_WORDS, count_rows, percentage

PAGE = "report.html"

_PACKAGE = "onboarding.reports"
_TEMPLATES = "templates"


class ReportPage:
    """The page as a ``Report``: it takes in lines frame by frame, and writes ``report.html`` at the end."""

    name = PAGE

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._figures = PageFigures()

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them."""
        self._figures.add(lines)

    def finish(self, summary: Summary) -> None:
        """Write the page. Raises ``ReportNotWritten``."""
        page = _rendered(summary, view_of(summary, self._figures), self._folder.path_of(RECONCILIATION))
        with self._folder.atomic_write(PAGE) as file:
            # The name of a file may hold bytes that are no text. The page must not fail because of such a name.
            file.write(page.encode("utf-8", "backslashreplace"))


@contextmanager
def open_page(folder: Folder) -> Iterator[ReportPage]:
    """Yield a page that takes in lines. The folder shows the page only if ``finish`` returns without an error."""
    yield ReportPage(folder)


def _rendered(summary: Summary, view: PageView, reconciliation: str) -> str:
    style, script = _part("report.css"), _part("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hashed(style)}'; script-src '{_hashed(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        policy=policy,
        style=style,
        script=script,
        headline=_headline(summary),
        ending=_ending(summary),
        summary=summary,
        view=view,
        sources_open=SOURCES_OPEN,
        facts=_facts(summary),
        settings={name: text for name, value in summary.settings.items() if (text := _as_text(value))},
        reconciliation=reconciliation,
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
    """Return the hash by which a content security policy allows a style or script that is in the page."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _headline(summary: Summary) -> str:
    """Return in one or two sentences how many people were invited, and how many rows need a person."""
    if not summary.rows_read:
        return "The exports have no rows."
    to_do = count_rows(summary.counts, summary.for_a_person)
    new = summary.news.totals["new"] if summary.news else None
    how_new = "" if new is None else f" ({new:,} new)" if new else " (none new)"
    rest = f"{with_noun(to_do, 'row needs', 'rows need')} a person{how_new}." if to_do else "No row needs a person."
    return f"{_invited(summary)}. {rest}"


def _invited(summary: Summary) -> str:
    is_plan = summary.command == "plan"
    invited = summary.counts.get(Disposition.PLANNED if is_plan else Disposition.INVITED, 0)
    already = summary.counts.get(Disposition.ALREADY, 0)
    who = with_noun(invited, "person", "people") if invited else "Nobody"
    rehearsed = " in a rehearsal" if summary.is_rehearsal and not is_plan else ""
    were_invited = f"{'would be' if is_plan else 'were' if invited > 1 else 'was'} invited{rehearsed}"
    were_there = f", {with_noun(already, *(('is', 'are') if is_plan else ('was', 'were')))} there already"
    return f"{who} {were_invited}{were_there if already else ''}"


def _ending(summary: Summary) -> str:
    """Return how the run ended: the message of the run, or else the meaning of its exit code."""
    if summary.message:
        return summary.message
    if summary.command == "plan" and summary.exit_code == ExitCode.SETTLED:
        return "This is a plan: nothing was sent."
    if summary.exit_code == ExitCode.SETTLED and count_rows(summary.counts, TO_CORRECT):
        return " ".join(("Nothing is left to send.", *summary.news_in_words))
    words = EXIT_CODE_WORDS[ExitCode(summary.exit_code)]
    return f"{words.meaning} {words.remedy}".rstrip()


def _facts(summary: Summary) -> Mapping[str, str]:
    """Return facts about the run by their names; an unknown fact is empty."""
    account = summary.scope.account
    took = (summary.ended_at - summary.started_at).total_seconds()
    return {
        "Destination": summary.scope.destination.capitalize(),
        "Account": f"{summary.account_name} ({account})" if summary.account_name else account,
        "Endpoint": summary.scope.endpoint,
        "Run": summary.run_id,
        "Command": f"onboard {summary.command}",
        "Exit code": f"{int(summary.exit_code)}: {_ending(summary)}",
        "Unchanged": " ".join(lines_about_unchanged(summary.unchanged)),
        "Missing": summary.guards.missing_in_words if summary.guards else "",
        "Left out before": summary.guards.stopped_before if summary.guards else "",
        "Rows read": f"{summary.rows_read:,} from {with_noun(len(summary.counts_by_source), 'export', 'exports')}",
        "Began": f"{summary.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "Ended": f"{summary.ended_at:%Y-%m-%d %H:%M:%S %Z}, after {duration(took)}",
        "Time": ", ".join(f"{phase} {duration(seconds)}" for phase, seconds in summary.seconds.items()),
        "Resumed": with_noun(summary.legs - 1, "time", "times") if summary.legs > 1 else "",
        "Waves": f"{summary.wave.number:,} of {summary.wave.of:,} sent" if summary.wave else "",
        **_facts_of_sending(summary),
        "Version": f"onboarding {summary.version}",
    }


def _facts_of_sending(summary: Summary) -> Mapping[str, str]:
    sending, rehearsal = summary.sending, summary.rehearsal
    requests, throttled = sending.requests, sending.throttled or 0
    not_shown = summary.presence.not_shown if summary.presence else 0
    return {
        "Requests": "" if requests is None else f"{requests:,}",
        "Throttled": f"{throttled:,} of them ({percentage(throttled, requests)})" if requests else "",
        "Rate": f"the service allows {sending.told_rate:.1f} requests a second" if sending.told_rate else "",
        "Not shown by the service": f"{people(not_shown)} whom earlier runs invited" if not_shown else "",
        "To be sent": _estimated(summary.planned) if summary.planned else "",
        "Sandbox": f"has mailed {with_noun(rehearsal.addresses_mailed, 'address', 'addresses')} so far, "
        f"{rehearsal.addresses_mailed_more_than_once:,} of them more than once"
        if rehearsal
        else "",
    }


def _estimated(estimate: SendingEstimate) -> str:
    about = "" if estimate.seconds is None else f", in about {duration(estimate.seconds)}"
    requests = with_noun(estimate.requests, "request", "requests")
    return f"{with_noun(estimate.invites, 'address', 'addresses')} in {requests}{about}"


def _as_text(value: object) -> str:
    """Return a setting in words, or the empty text for a setting that is off or has no value."""
    match value:
        case None | False | "":
            return ""
        case True:
            return "yes"
        case str():
            return value
        case Sequence():
            return ", ".join(map(str, value))
        case _:
            return str(value)
