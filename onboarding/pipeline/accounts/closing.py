"""The end of a run to many accounts: the sums over the parts of its report, its page, its summary and its exit code.

Each account has one part of the report, such as ``reconciliation/part-00017.csv``. Part 0 of the report has the rows
without an account. ``reports.parts`` has the files of these parts.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from onboarding.model.amounts import with_noun
from onboarding.model.news import News
from onboarding.model.plan import NO_ENTRIES, EntryFigures
from onboarding.model.run import now
from onboarding.model.story import AccountEnd
from onboarding.pipeline.baseline import Inputs
from onboarding.pipeline.closing import DOMAINS_NAMED
from onboarding.pipeline.endings_of_accounts import ending_of_parts
from onboarding.pipeline.plan_saving import NOT_SAVED, may_be_saved
from onboarding.pipeline.report_lines import (
    finished,
    optional_reports,
    plain_counts,
    summarise,
    with_hr_command,
    with_next_command,
    workbook_of,
)
from onboarding.pipeline.trend import with_story
from onboarding.preparing.guards import GuardVerdict
from onboarding.reports import (
    SendingEstimate,
    SendingFigures,
    Summary,
    Tally,
)
from onboarding.reports.parts import write_manifest
from onboarding.settings.invocation import Invocation

if TYPE_CHECKING:
    from onboarding.pipeline.accounts.job import AccountsJob


def close_accounts(
    job: "AccountsJob",
    summaries: Mapping[int, Summary],
    inputs: Inputs,
    *,
    verdict: GuardVerdict | None = None,
    entries: EntryFigures = NO_ENTRIES,
    moved: int = 0,
    can_be_resumed: bool = False,
) -> Summary:
    """Check the sums over the report's parts, write the files about all parts, and record the end of the whole run.

    The files about all parts are the manifest, the page, the summary and, if the settings ask for it, one file of all
    lines. ``summaries`` has the summary of each part by the part's number. ``verdict`` is the verdict of the guards on
    the whole run, or None if they did not check it. ``entries`` has the figures of exclusion lists and rules. ``moved``
    is how many people stay in another account. ``can_be_resumed`` says whether ``onboard resume`` can send the
    remaining rows.
    """
    summary = _summary_of(job, summaries, inputs, verdict)
    summary = replace(summary, exclusions=entries.exclusions, filters=entries.filters, moved=moved)
    summary = with_story(summary, job.ledger, verdict=verdict)
    with optional_reports(job.settings, job.folder) as extras:
        if job.invocation:
            workbook = workbook_of(extras, job.folder)
            summary = _with_commands(job, job.invocation, summary, workbook, can_be_resumed=can_be_resumed)
        for frame in summary.row_chunks() if extras else ():
            for report in extras:
                report.append(frame)
        summary = finished(summary, extras, job.folder)
    summary.write(job.folder)
    if job.command != "report":
        job.ledger.end(job.run.run_id, exit_code=summary.exit_code, counts=plain_counts(summary.counts))
    return summary


def _summary_of(
    job: "AccountsJob", summaries: Mapping[int, Summary], inputs: Inputs, verdict: GuardVerdict | None
) -> Summary:
    """Write the manifest, and return the summary of the whole run, from the summaries of its parts."""
    parts = [summary for _, summary in sorted(summaries.items())]
    tally = Tally.joined([part.counts_by_source for part in parts], [str(facts["source"]) for facts in inputs])
    recorded = summarise(job.run, tally, inputs, job.folder)
    stopped = verdict.ending if verdict else None
    exit_code, message = ending_of_parts(
        parts, recorded.counts, signalled=job.stop.exit_code, stopped=stopped, is_partial=job.run.is_partial
    )
    wanted = job.settings.save if job.command == "plan" else None
    saved = wanted if may_be_saved(recorded.counts) else None
    if wanted and not saved:
        message = f"{message} {NOT_SAVED}"
    estimates = [part.planned for part in parts if part.planned]
    summary = replace(recorded, message="")
    if job.command != "report":  # a report says how the run ended then
        summary = replace(recorded, command=job.command, ended_at=now(), exit_code=exit_code, message=message)
    return replace(
        summary,
        scope=replace(job.run.scope, account=with_noun(len(parts) - 1, "account", "accounts")),
        sending=SendingFigures(
            requests=sum(part.sending.requests or 0 for part in parts),
            throttled=sum(part.sending.throttled or 0 for part in parts),
        ),
        unchanged=tuple({export.source: export for part in parts for export in part.unchanged}.values()),
        news=sum((part.news for part in parts if part.news), News()),
        guards=verdict,
        planned=SendingEstimate.of_all(estimates, domains_named=DOMAINS_NAMED, saved=saved or ""),
        files=write_manifest(job.folder, summaries, one_file=job.settings.one_file),
        accounts=tuple(map(_end_of, parts[1:])),
        invited_again=sum(part.invited_again for part in parts),
    )


def _end_of(part: Summary) -> AccountEnd:
    page = next((name for name in part.files if name.endswith(".html")), "")
    return AccountEnd(part.scope.account, part.run_id, part.counts, part.exit_code, part.message, page)


def _with_commands(
    job: "AccountsJob", invocation: Invocation, summary: Summary, workbook: str, *, can_be_resumed: bool
) -> Summary:
    """Return the summary with the next shell commands. ``workbook`` is the hand-off workbook, or empty."""
    if job.command == "report":
        return with_hr_command(summary, invocation, job.run.settings, workbook=workbook)
    return with_next_command(
        summary,
        invocation,
        remedy_flags=summary.guards.remedy_flags if summary.guards else (),
        settings=job.run.settings if job.command in ("apply", "resume") else None,
        can_be_resumed=can_be_resumed,
        workbook=workbook,
    )
