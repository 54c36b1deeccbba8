"""The verdict about a run: a headline, its meaning, and the next steps of the operator and of HR.

The screen, the page and the notices all show this verdict.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from onboarding.model.amounts import duration, people, people_invited, with_noun
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.reports.concerns import Concern, concerns_about, doubtful_exports, what_to_do_about_exports
from onboarding.reports.words import DISPOSITION_WORDS, EXIT_CODE_WORDS, TO_LOOK_AT, count_rows
from onboarding.settings.next_command import with_pipe_step

if TYPE_CHECKING:
    from onboarding.reports.summary import Summary

NOTHING = "Nothing"
"""The next step after a run in which no row and no export needs attention."""

UNSENT = "nothing was sent"


class Tone(StrEnum):
    """The mood of a verdict: all is well, a person should look, or something went wrong."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


class VerdictKind(StrEnum):
    """The kinds of endings of a run, as people would tell them apart."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    PLANNED = "planned"
    WAVE = "wave"
    NEEDS = "needs"
    STOPPED = "stopped"
    UNFINISHED = "unfinished"
    INTERRUPTED = "interrupted"
    IN_DOUBT = "in_doubt"
    REFUSED = "refused"
    FAILED = "failed"


_TONES: Mapping[VerdictKind, Tone] = MappingProxyType(
    {
        **dict.fromkeys(VerdictKind, Tone.BAD),
        **dict.fromkeys(
            (VerdictKind.DONE, VerdictKind.NOTHING_TO_DO, VerdictKind.PLANNED, VerdictKind.WAVE), Tone.GOOD
        ),
        VerdictKind.NEEDS: Tone.LOOK,
    }
)

_KINDS: Mapping[ExitCode, VerdictKind] = MappingProxyType(
    {
        ExitCode.INTERNAL: VerdictKind.FAILED,
        ExitCode.USAGE: VerdictKind.REFUSED,
        ExitCode.INPUT_REFUSED: VerdictKind.REFUSED,
        ExitCode.GUARD: VerdictKind.STOPPED,
        ExitCode.IN_DOUBT: VerdictKind.IN_DOUBT,
        ExitCode.CLOSED: VerdictKind.REFUSED,
        ExitCode.STOPPED: VerdictKind.UNFINISHED,
        ExitCode.HELD: VerdictKind.REFUSED,
        ExitCode.INTERRUPTED: VerdictKind.INTERRUPTED,
        ExitCode.TERMINATED: VerdictKind.INTERRUPTED,
    }
)
"""The kinds of verdicts for the exit codes that alone decide the kind."""


_BEGINNINGS: Mapping[VerdictKind, str] = MappingProxyType(
    {
        VerdictKind.STOPPED: "Stopped by a guard",
        VerdictKind.UNFINISHED: "Not finished",
        VerdictKind.INTERRUPTED: "Interrupted",
        VerdictKind.IN_DOUBT: "In doubt",
        VerdictKind.FAILED: "Something failed",
    }
)
"""The first words of the headlines of some kinds of verdicts. In a headline, numbers of people follow these words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunVerdict:
    """The verdict about a run.

    ``headline`` is one short line, and ``sentence`` explains the headline in a few sentences. ``next_step`` is the
    operator's next step, and ``Summary.next_command`` is the command for this step. ``hr_step`` says how HR gets the
    rows that a person must correct, and ``Summary.hr_command`` is the command for this step. A step or a command may be
    empty. ``concerns`` are the reasons for a person to look at the run.
    """

    kind: VerdictKind
    tone: Tone
    headline: str
    sentence: str
    next_step: str
    hr_step: str
    concerns: tuple[Concern, ...]


def verdict_of(summary: "Summary") -> RunVerdict:
    """Return the verdict about a run."""
    kind = _kind(summary)
    return RunVerdict(
        kind=kind,
        tone=_TONES[kind],
        headline=_headline(summary, kind),
        sentence=" ".join(_sentences(summary)),
        next_step=with_pipe_step(_next_step(summary), summary.next_command),
        hr_step=_hr_step(summary),
        concerns=tuple(concerns_about(summary)),
    )


def sentence_for_notices(summary: "Summary") -> str:
    """Return the sentence of the verdict about a run, without the names of exports."""
    return " ".join(_sentences(summary, names_exports=False))


def _kind(summary: "Summary") -> VerdictKind:
    counts, code = summary.counts, ExitCode(summary.exit_code)
    if code in _KINDS:
        return _KINDS[code]
    for disposition, kind in (
        (Disposition.DEFERRED, VerdictKind.UNFINISHED),
        (Disposition.IN_DOUBT, VerdictKind.IN_DOUBT),
    ):
        if disposition in summary.for_a_person and counts.get(disposition):
            return kind
    if counts.get(Disposition.PLANNED):
        return VerdictKind.PLANNED
    if summary.wave and summary.wave.left:
        return VerdictKind.WAVE
    if count_rows(counts, summary.for_a_person):
        return VerdictKind.NEEDS
    return VerdictKind.DONE if counts.get(Disposition.INVITED) else VerdictKind.NOTHING_TO_DO


def _headline(summary: "Summary", kind: VerdictKind) -> str:
    line = _line(summary, kind)
    if not summary.is_rehearsal or summary.command == "plan" or line.endswith(f"{UNSENT}."):
        return line
    sign = "," if kind in _BEGINNINGS or kind is VerdictKind.REFUSED else ":"
    return f"Rehearsal{sign} {line[0].lower()}{line[1:]}"


def _line(summary: "Summary", kind: VerdictKind) -> str:
    if kind in _BEGINNINGS:
        return f"{_BEGINNINGS[kind]}: {_sent(summary)}."
    if kind is VerdictKind.REFUSED:
        is_closed = summary.exit_code == ExitCode.CLOSED
        meaning = EXIT_CODE_WORDS[ExitCode(summary.exit_code)].meaning.removesuffix(".")
        return f"{'Refused by the service' if is_closed else meaning}: {_sent(summary)}."
    waiting = f", {words}" if (words := rows_for_a_person(summary)) else ""
    if kind is VerdictKind.WAVE:
        invited = people_invited(summary.counts.get(Disposition.INVITED, 0), summary.invited_again, "invited so far")
        return f"{str(summary.wave).capitalize()} sent: {invited}{waiting}."
    if not summary.rows_read:
        return "The exports have no rows."
    doubtful = doubtful_exports(summary).items()
    exports = "".join(f", {with_noun(number, 'export is', 'exports are')} {kind}" for kind, number in doubtful)
    return f"{_invited(summary)}{exports}{waiting}."


def _invited(summary: "Summary") -> str:
    if planned := summary.counts.get(Disposition.PLANNED):
        return people_invited(planned, summary.planned.again if summary.planned else 0, "would be invited")
    invited, failed = (summary.counts.get(each, 0) for each in (Disposition.INVITED, Disposition.FAILED))
    refused = f", {failed:,} refused" if failed else ""
    if not invited:
        return f"Nobody invited{refused}" if refused else "Nobody new to invite"
    return f"{people_invited(invited, summary.invited_again)}{refused}"


def rows_for_a_person(summary: "Summary") -> str:
    """Return a clause about the rows that a person must act on, and how many of them are new.

    The clause is empty if there are no such rows.
    """
    rows = count_rows(summary.counts, TO_LOOK_AT)
    new = summary.news.totals["new"] if summary.news else rows
    if not rows:
        return ""
    if not new and rows == count_rows(summary.counts, TO_CORRECT):
        return f"{with_noun(rows, 'row still waits', 'rows still wait')} for a person"
    some_new = f", {new:,} of them new" if 0 < new < rows else ""
    return f"{with_noun(rows, 'row needs', 'rows need')} a person{some_new}"


def _sent(summary: "Summary") -> str:
    """Return a clause that counts people: invited, left for later and in doubt, or to be invited by a plan."""
    counts = summary.counts
    if summary.command == "plan" and summary.exit_code == ExitCode.GUARD:
        return "a run would send nothing"
    if not count_rows(counts, (Disposition.INVITED, Disposition.FAILED, Disposition.IN_DOUBT)):
        return UNSENT
    if summary.command == "plan":  # the people in doubt are from earlier runs
        return _would_be_sent(summary)
    invited = counts.get(Disposition.INVITED, 0)
    parts = [people_invited(invited, summary.invited_again) if invited else "nobody invited"]
    parts += [f"{counts[Disposition.DEFERRED]:,} left"] if counts.get(Disposition.DEFERRED) else []
    parts += [f"{counts[Disposition.IN_DOUBT]:,} not known"] if counts.get(Disposition.IN_DOUBT) else []
    return ", ".join(parts)


def _would_be_sent(summary: "Summary") -> str:
    if summary.exit_code != ExitCode.IN_DOUBT:
        return UNSENT
    planned, in_doubt = (summary.counts.get(each, 0) for each in (Disposition.PLANNED, Disposition.IN_DOUBT))
    return f"{people(planned) if planned else 'nobody'} would be invited, {in_doubt:,} not known"


def _sentences(summary: "Summary", *, names_exports: bool = True) -> Iterator[str]:
    """Yield sentences that explain the headline: the message of the run, or else the meaning of its exit code."""
    if summary.is_rehearsal and summary.command != "plan":
        yield "A rehearsal: nobody was mailed."
    code = ExitCode(summary.exit_code)
    if code is ExitCode.GUARD and summary.guards:
        yield summary.guards.stopped_because if names_exports else summary.guards.stopped_in_notices
    elif summary.message:
        yield summary.message
    elif code is ExitCode.SETTLED and summary.counts.get(Disposition.PLANNED):
        yield "This is a plan: nothing was sent."
        if planned := summary.planned:
            about = f", about {duration(planned.seconds)}" if planned.seconds else ""
            yield f"Sending takes {with_noun(planned.requests, 'request', 'requests')}{about}."
    elif code is ExitCode.SETTLED and count_rows(summary.counts, TO_CORRECT):
        yield "Nothing is left to send."
    else:
        yield EXIT_CODE_WORDS[code].meaning
    if code is ExitCode.SETTLED:
        yield from summary.news_in_words


def _next_step(summary: "Summary") -> str:
    code = ExitCode(summary.exit_code)
    if code is ExitCode.GUARD and summary.guards:
        return summary.guards.remedy
    if code is not ExitCode.SETTLED:
        return EXIT_CODE_WORDS[code].remedy
    if summary.counts.get(Disposition.PLANNED):
        return DISPOSITION_WORDS[Disposition.PLANNED].remedy
    look = _look(summary)
    if not summary.counts.get(Disposition.DEFERRED):
        return look
    look = f"{NOTHING} now." if look == f"{NOTHING}." else look
    return f"{look} " + ("The next wave is sent by:" if summary.next_command else "Resume the run for the next wave.")


def _look(summary: "Summary") -> str:
    """Return the next step after a run that went well: look at the exports, and at rows that a person must correct."""
    rows, feeds = count_rows(summary.counts, TO_CORRECT), what_to_do_about_exports(summary)
    new = summary.news.totals["new"] if summary.news else rows
    if not rows:
        return feeds or f"{NOTHING}."
    if new:
        which = "new row" if summary.news else "row"
        return f"Look at {with_noun(new, which, f'{which}s')}. {feeds}".rstrip()
    return f"{feeds or f'{NOTHING} new.'} {with_noun(rows, 'row still waits', 'rows still wait')} for a person."


def _hr_step(summary: "Summary") -> str:
    if summary.hr_file:
        read = "When HR has filled it in, read the answers:" if summary.hr_command else "Read it after the last wave."
        return f"Give {summary.hr_file} to HR. {read}"
    return "Make a workbook of these rows for HR:" if summary.hr_command else ""
