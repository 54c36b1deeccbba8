"""The end of a run or plan: write its reports, summary and plan file, check the sums, and record the end in the ledger.

The sums are right if the report has, for each source, as many rows as the run has read from this source.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from onboarding import __version__
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import OnboardingError
from onboarding.model.leg import LegFigures
from onboarding.model.run import now
from onboarding.model.sent import Ending
from onboarding.pipeline.doubts import doubt_advice
from onboarding.pipeline.job import Job
from onboarding.pipeline.news import NewsCounter, news_of, remember_news
from onboarding.pipeline.not_in_exports import report_not_in_exports
from onboarding.pipeline.plan_saving import header_of_plan
from onboarding.pipeline.report_lines import (
    context_of,
    figures_of_run,
    finished,
    optional_reports,
    plain_counts,
    sending_figures,
    summarise,
    with_next_command,
    workbook_of,
    write_lines,
)
from onboarding.pipeline.review_result import ReviewResult
from onboarding.pipeline.saved_plan import PlanRows
from onboarding.pipeline.send import SendingResult
from onboarding.pipeline.trend import with_story
from onboarding.reports import (
    Folder,
    OptionalReport,
    ReportContext,
    SendingEstimate,
    Summary,
    Tally,
)
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.scratch import unnamed_file

DOMAINS_NAMED = 5
"""The most domains that a plan names with their numbers of people."""


def close(job: Job, folder: Folder, reviewed: ReviewResult, sending: SendingResult) -> Summary:
    """Write the reports of a run from the rows in the ledger, check that each row is counted once, and record the end.

    Raises ``ReconciliationFailed`` and ``ReportNotWritten``.
    """
    context = context_of(job.run, decided_at=now(), advice=doubt_advice(job))
    if reviewed.is_stopped_by_guard:
        context = context.stopped_by_guard()
    news = news_of(job.ledger, job.run)
    with optional_reports(job.settings, folder) as extras:
        tally = _write(job, folder, extras, job.ledger.rows(job.run.run_id), context, news)
        with _failure_on_record(job, tally, reviewed.stopped):
            not_in_exports = report_not_in_exports(job, folder, reviewed.inputs)
            summary = _summary_of(job, folder, tally, reviewed, sending, advice=context.advice)
            summary = replace(summary, not_in_exports=not_in_exports, news=news.news().after(summary.exit_code))
            summary = _finished(job, summary, extras, folder, can_be_resumed=reviewed.unasked is None)
            summary.write(folder)
    if not reviewed.stopped:
        job.ledger.remember_domains(job.run.scope, reviewed.census.domains)
    job.ledger.end(
        job.run.run_id,
        exit_code=summary.exit_code,
        counts=plain_counts(summary.counts),
        wave=summary.wave,
        figures=_figures_of_leg(job, sending),
    )
    remember_news(job.ledger, job.run, news)
    return summary


def close_plan(job: Job, folder: Folder, rows: Iterable[pd.DataFrame], review: Callable[[], ReviewResult]) -> Summary:
    """Write the reports of a plan, save the plan if the settings ask for that, and record the end of the plan.

    ``rows`` are the frames of the review. ``review`` returns the result of the review, and is called after the last
    frame. Raises ``ReconciliationFailed`` and ``ReportNotWritten``.
    """
    context = context_of(job.run, rest=Disposition.PLANNED, decided_at=now())
    with ExitStack() as stack:
        extras = stack.enter_context(optional_reports(job.settings, folder))
        saved = None
        if job.settings.save:
            scratch = make_private_folder(job.settings.state_folder())
            saved = PlanRows(stack.enter_context(unnamed_file(scratch)))
        news = news_of(job.ledger, job.run)
        tally = _write(job, folder, extras, saved.over(rows) if saved else rows, context, news)
        with _failure_on_record(job, tally, None):
            reviewed = review()
            summary = _summary_of(job, folder, tally, reviewed, SendingResult())
            summary = replace(
                summary,
                planned=_planned(job, reviewed),
                not_in_exports=report_not_in_exports(job, folder, reviewed.inputs),
                news=news.news().after(summary.exit_code),
            )
            summary = _finished(job, summary, extras, folder)
            summary.write(folder)
            if saved:
                header = header_of_plan(summary, job.settings, job.s3)
                saved.write(Path(str(job.settings.save)), header, job.ledger.secret)
    job.ledger.end(job.run.run_id, exit_code=summary.exit_code, counts=plain_counts(summary.counts))
    return summary


def _write(
    job: Job,
    folder: Folder,
    extras: Sequence[OptionalReport],
    rows: Iterable[pd.DataFrame],
    context: ReportContext,
    news: NewsCounter,
) -> Tally:
    """Write the lines of all reports, and return the counts of the rows."""
    with job.timer.phase("report"):
        outcomes, advance = job.ledger if job.sends else None, job.bars.bar("reporting")
        return write_lines(rows, folder, context, outcomes=outcomes, extras=extras, news=news, advance=advance)


@contextmanager
def _failure_on_record(job: Job, tally: Tally, stopped: Ending | None) -> Iterator[None]:
    """If the block fails, record the end of the run, with the counts and an exit code.

    If a guard has stopped the run, ``stopped`` is the ending, and its exit code is recorded. Otherwise the exit code of
    the error is recorded.
    """
    try:
        yield
    except OnboardingError as error:
        exit_code = stopped.exit_code if stopped else error.exit_code
        job.ledger.end(job.run.run_id, exit_code=exit_code, counts=plain_counts(tally.total()))
        raise


def _summary_of(
    job: Job, folder: Folder, tally: Tally, reviewed: ReviewResult, sending: SendingResult, *, advice: str = ""
) -> Summary:
    """Return the summary of a run that this process has carried out.

    If this process has resumed the run, the summary also counts what earlier processes sent.

    Raises ``ReconciliationFailed``.
    """
    of_this_leg = _figures_of_leg(job, sending)
    figures = figures_of_run(job.ledger, job.run, of_this_leg)
    summary = replace(
        summarise(job.run, tally, reviewed.inputs, folder, reviewed.stopped or sending.sent.ending, advice=advice),
        command=job.command,
        version=__version__,
        ended_at=now(),
        account_name=job.account.name,
        sending=sending_figures(figures, rate=job.pace.learnt),
        presence=reviewed.presence,
        exclusions=reviewed.exclusions,
        filters=reviewed.filters,
        guards=reviewed.verdict,
        unchanged=reviewed.unchanged,
        seconds=figures.seconds,
        legs=job.run.leg,
        settings=job.settings.public(),
        rehearsal=job.account.sandbox.counts() if job.account.sandbox else None,
    )
    return with_story(summary, job.ledger, verdict=reviewed.verdict, figures=of_this_leg)


def _figures_of_leg(job: Job, sending: SendingResult) -> LegFigures:
    """Return the figures of what this process has sent."""
    sent = sending.sent
    return LegFigures(
        requests=sent.requests,
        throttled=sent.throttled,
        settled_doubts=sending.settled,
        progress=sent.progress.moments,
        seconds=job.timer.seconds,
    )


def _finished(
    job: Job, summary: Summary, extras: Sequence[OptionalReport], folder: Folder, *, can_be_resumed: bool = True
) -> Summary:
    """Complete the optional reports, and return the summary with the names of all reports and the next command."""
    if job.invocation is None:
        return finished(summary, extras, folder)
    commands = partial(
        with_next_command,
        invocation=job.invocation,
        settings=job.run.settings if job.command in ("apply", "resume") else None,
    )
    summary = commands(summary, can_be_resumed=can_be_resumed, workbook=workbook_of(extras, folder))
    summary = finished(summary, extras, folder)
    lacks_a_report = any(extra.failure for extra in extras)
    return commands(summary, lacks_a_report=True, workbook=workbook_of(extras, folder)) if lacks_a_report else summary


def _planned(job: Job, reviewed: ReviewResult) -> SendingEstimate:
    """Return how many requests and how much time a plan needs, with its people by domain and its rows by reason.

    The result has no duration if the ledger has no rate.
    """
    census = reviewed.census
    requests = -(-census.invites // destinations()[job.run.scope.destination].most_in_request)
    rate = job.ledger.rate(job.run.scope)
    invited_at = Counter({domain: number for domain, number in census.domains.items() if number})
    reasons: dict[str, dict[str, int]] = {}
    for (disposition, reason), number in census.reasons.most_common():
        reasons.setdefault(disposition or Disposition.PLANNED, {})[reason] = number
    return SendingEstimate(
        census.invites,
        census.again,
        requests,
        seconds=round(requests / rate, 1) if rate else None,
        saved=job.settings.save or "",
        rate=round(rate, 2) if rate else None,
        by_domain=dict(invited_at.most_common(DOMAINS_NAMED)),
        domains=len(invited_at),
        reasons=reasons,
    )
