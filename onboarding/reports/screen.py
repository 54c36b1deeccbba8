"""What a person sees at the terminal after a run: the table of exports, what people need to know, and the reports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from onboarding.model.amounts import duration, people, with_noun
from onboarding.reports.reading import lines_about_reading, lines_about_unchanged, short_names
from onboarding.reports.summary_table import print_summary_table
from onboarding.runtime.terminal import PlainConsole

if TYPE_CHECKING:
    from onboarding.reports.summary import Summary


def show_summary(summary: "Summary", *, said: str = "") -> None:
    """Print to stdout the numbers of rows for each export, what people need to know, and where the reports are.

    ``said`` is what stderr says. No line of it is repeated.
    """
    console = PlainConsole()
    console.print_line(summary.account_in_words)
    print_summary_table(console, summary.counts, summary.counts_by_source)
    lines = (
        *lines_about_reading(summary.inputs, short_names(summary.counts_by_source)),
        *lines_about_unchanged(summary.unchanged),
        *_about_people(summary),
        *_about_the_plan(summary),
        *_about_the_guards(summary),
        *_about_sending(summary),
        *summary.news_in_words,
    )
    for line in (line for line in lines if line not in said):
        console.print_line(line)
    for name in summary.files:
        console.print(f"Report: {summary.folder}/{name}", soft_wrap=True)  # in one piece, to be copied


def _about_people(summary: "Summary") -> Iterator[str]:
    if summary.presence and summary.presence.not_shown:
        yield (
            f"The service does not list {people(summary.presence.not_shown)} whom earlier runs invited; nothing was "
            "sent to them again."
        )
    if summary.presence and (count := summary.presence.without_address):
        members = with_noun(count, "member", "members")
        yield f"The service lists {members} without an address; nobody can say who they are."
    if summary.exclusions and (count := summary.exclusions.unmatched):
        entries = with_noun(summary.exclusions.entries, "entry", "entries")
        places = "; ".join(summary.exclusions.places) + (" …" if count > len(summary.exclusions.places) else "")
        yield f"{count:,} of {entries} of --exclude matched nobody in the exports: {places}."


def _about_the_plan(summary: "Summary") -> Iterator[str]:
    """Yield what a person who approves the plan needs to know."""
    if (planned := summary.planned) is not None:
        takes = f", about {duration(planned.seconds)} at the rate that was last seen" if planned.seconds else ""
        again = f", {planned.again:,} of them again" if planned.again else ""
        requests = with_noun(planned.requests, "request", "requests")
        yield f"{people(planned.invites)} would be invited{again}: {requests}{takes}."


def _about_the_guards(summary: "Summary") -> Iterator[str]:
    if summary.guards is not None:
        yield from summary.guards.lines()


def _about_sending(summary: "Summary") -> Iterator[str]:
    sending = summary.sending
    if sending.rate and sending.requests and sending.throttled:
        if sending.told_rate:
            yield f"The service allows {sending.told_rate:.1f} requests a second."
        requests = with_noun(sending.requests, "request", "requests")
        yield f"Of {requests} it throttled {sending.throttled:,} ({sending.throttled / sending.requests:.1%})."
    if summary.legs > 1 and sending.requests is not None:
        times = with_noun(summary.legs - 1, "time", "times")
        requests = with_noun(sending.requests, "request", "requests")
        yield f"This run was resumed {times}; all in all it sent {requests}, {sending.throttled or 0:,} throttled."
    if summary.rehearsal:
        yield (
            "A rehearsal: nobody was mailed. By the sandbox's own count it has mailed "
            f"{with_noun(summary.rehearsal.addresses_mailed, 'address', 'addresses')} so far, "
            f"{summary.rehearsal.addresses_mailed_more_than_once:,} of them more than once."
        )
