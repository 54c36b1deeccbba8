"""Print the end of a run at the terminal: the table of exports, sentences for people, and the places of the reports."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from onboarding.model.amounts import people, with_noun
from onboarding.model.errors import ExitCode
from onboarding.model.printable import printable
from onboarding.reports.concerns import cut_off_before
from onboarding.reports.plan_lines import PlanBlock, plan_blocks
from onboarding.reports.reading import (
    LINES_AT_MOST,
    address_columns,
    lines_about_reading,
    lines_about_unchanged,
    short_names,
)
from onboarding.reports.report import PAGE, RECONCILIATION
from onboarding.reports.summary_table import OF_ACCOUNTS, print_summary_table
from onboarding.reports.verdict import Tone, rows_for_a_person
from onboarding.reports.words import EXIT_CODE_WORDS, moved_in_words, people_in_no_export
from onboarding.runtime.terminal import PlainConsole

if TYPE_CHECKING:
    from onboarding.reports.summary import Summary

NOTES_AT_TERMINAL = 6
"""The most lines at a terminal about how exports were read. Output to a file or a mail has more lines."""

STYLES: Mapping[Tone, str] = {Tone.GOOD: "bold green", Tone.LOOK: "bold yellow", Tone.BAD: "bold red"}

SIGN_STYLES = {"+": "bold green", "~": "bold yellow"}
"""The colours of the signs before the blocks of a plan. Other signs have no colour."""


def show_summary(summary: "Summary", *, said: str = "") -> None:
    """Print the numbers of rows of each export to stdout, then sentences for people, and last the verdict.

    ``said`` is the text on stderr. The output leaves out each line that ``said`` contains.
    """
    console, names = PlainConsole(), short_names(summary.counts_by_source)
    console.print_line(summary.account_in_words)
    print_summary_table(console, summary.counts, summary.counts_by_source, address_columns(summary.inputs))
    if summary.accounts:
        _print_accounts(console, summary)
    if summary.planned:
        _print_plan(console, plan_blocks(summary, summary.planned))
    notes = NOTES_AT_TERMINAL if console.is_terminal else LINES_AT_MOST
    lines = (
        *lines_about_reading(summary.inputs, names, most=notes, details=_page(summary, "exports") or "summary.json"),
        *lines_about_unchanged(summary.unchanged),
        *_about_people(summary),
        *_about_the_guards(summary),
        *_about_sending(summary),
        *(summary.news_in_words if said or summary.message else ()),  # otherwise the verdict has them
    )
    for line in (line for line in lines if line not in said):
        console.print_line(line)
    if lines:
        console.print()
    _print_verdict(console, summary, is_said=bool(said or summary.message))


def _print_accounts(console: PlainConsole, summary: "Summary") -> None:
    """Print the numbers of rows for each account, and how its run ended. Accounts that did not end well come first."""
    ends = sorted(summary.accounts, key=lambda end: end.exit_code == ExitCode.SETTLED)
    counts = {end.account: end.counts for end in ends}
    of_all = Counter(summary.counts)
    for of_account in counts.values():
        of_all.subtract(of_account)
    if of_none := +of_all:
        counts["no account"] = of_none
    meanings = {end.account: EXIT_CODE_WORDS[ExitCode(end.exit_code)].meaning.removesuffix(".") for end in ends}
    print_summary_table(console, summary.counts, counts, meanings, headings=OF_ACCOUNTS)


def _print_plan(console: PlainConsole, blocks: Iterable[PlanBlock]) -> None:
    for block in blocks:
        console.print_line(
            Text.assemble((f" {block.sign} ", SIGN_STYLES.get(block.sign, "")), (printable(block.title), "bold"))
        )
        for line in block.lines:
            console.print_line(f"      {line}")
    console.print()


def _print_verdict(console: PlainConsole, summary: "Summary", *, is_said: bool) -> None:
    """Print the ending of the run, the places of the reports, and the next steps.

    The message of the run and the next command go to stderr (``cli.output``). ``is_said`` says whether stderr has a
    line about the run. If so, only the headline of the verdict is printed.
    """
    verdict = summary.verdict
    console.print_line(Text(printable(verdict.headline), style=STYLES[verdict.tone]))
    if not is_said:
        console.print_line(verdict.sentence)
    for line in _about_reports(summary):
        console.print(line, soft_wrap=True)  # in one piece, to be copied
    if verdict.hr_step:
        console.print_line(verdict.hr_step)
    if summary.hr_command:
        console.print(f"    {summary.hr_command}", soft_wrap=True)
    if summary.next_command and not is_said:
        console.print_line(verdict.next_step)


def _about_reports(summary: "Summary") -> Iterator[str]:
    """Yield a line with the path of each report. The link to the page opens at the rows that need a person."""
    rows = rows_for_a_person(summary)
    others = summary.not_in_exports.file if summary.not_in_exports else ""
    for name in sorted((name for name in summary.files if name != others), key=lambda name: name != PAGE):
        path = f"{summary.folder}/{name}"
        if name == PAGE and rows:
            yield f"{rows}: {path}#needs-you"
        else:
            yield f"{'Every row' if name == RECONCILIATION else 'Report'}: {path}"


def _page(summary: "Summary", anchor: str) -> str:
    """Return the link to a part of the page, or an empty text if the run has no page."""
    return f"{summary.folder}/{PAGE}#{anchor}" if PAGE in summary.files else ""


def _about_people(summary: "Summary") -> Iterator[str]:
    if summary.presence and summary.presence.not_shown:
        yield (
            f"The service does not list {people(summary.presence.not_shown)} whom earlier runs invited; nothing was "
            "sent to them again."
        )
    if summary.presence and (count := summary.presence.without_address):
        members = with_noun(count, "member", "members")
        yield f"The service lists {members} without an address; nobody can say who they are."
    if summary.moved:
        yield moved_in_words(summary.moved)
    if (others := summary.not_in_exports) and others.people:
        yield f"{people_in_no_export(others)}; see {summary.folder}/{others.file}."
    if summary.exclusions and (count := summary.exclusions.unmatched):
        entries = with_noun(summary.exclusions.entries, "entry", "entries")
        places = "; ".join(summary.exclusions.places) + (" …" if count > len(summary.exclusions.places) else "")
        yield f"{count:,} of {entries} of --exclude matched nobody in the exports: {places}."
    if summary.filters and (count := summary.filters.unmatched):
        values = with_noun(summary.filters.entries, "value", "values")
        rules = "; ".join(summary.filters.rules) + (" …" if count > len(summary.filters.rules) else "")
        yield f"{count:,} of {values} of --only and --skip fit no row of the exports: {rules}."


def _about_the_guards(summary: "Summary") -> Iterator[str]:
    if summary.guards is not None:
        yield from summary.guards.lines()


def _about_sending(summary: "Summary") -> Iterator[str]:
    sending = summary.sending
    if words := cut_off_before(summary):
        yield words
    if sending.rate and sending.requests and sending.throttled:
        if sending.told_rate:
            yield f"The service allows {sending.told_rate:.1f} requests a second."
        requests = with_noun(sending.requests, "request", "requests")
        yield f"The service throttled {sending.throttled:,} of {requests} ({sending.throttled / sending.requests:.1%})."
    if summary.legs > 1 and sending.requests is not None:
        times = with_noun(summary.legs - 1, "time", "times")
        requests = with_noun(sending.requests, "request", "requests")
        yield f"This run was resumed {times}; all in all it sent {requests}, {sending.throttled or 0:,} throttled."
    if summary.rehearsal and summary.command != "plan":
        yield (
            f"By its own count, the sandbox has taken invitations to "
            f"{with_noun(summary.rehearsal.addresses_mailed, 'address', 'addresses')} so far, "
            f"to {summary.rehearsal.addresses_mailed_more_than_once:,} of them more than once."
        )
