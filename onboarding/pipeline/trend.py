"""Add to a run's summary: the waves of the run, the run with which it was compared, and the last runs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from onboarding.ledger import RunHistory
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.leg import Leg, LegFigures
from onboarding.model.run import Run
from onboarding.model.story import ComparedRun, SentWave, TrendPoint
from onboarding.pipeline.history import counts_now
from onboarding.preparing.guards import GuardVerdict
from onboarding.reports import Summary

MOST_RUNS = 14
"""The most runs of a trend, this run included."""


def with_story(
    summary: Summary, history: RunHistory, *, verdict: GuardVerdict | None = None, figures: LegFigures | None = None
) -> Summary:
    """Return the summary of a run with its waves, the run with which it was compared, and the last runs.

    ``verdict`` is the verdict of the guards, or None if the guards did not check the run. ``figures`` are the figures
    of this process, or None if the ledger already contains these figures.
    """
    run = history.find_run(summary.run_id)
    if run is None:
        return summary
    return replace(
        summary,
        waves=tuple(_waves(summary, run, history.figures_of_legs(run.run_id), figures)),
        compared_with=_compared(history, verdict) if verdict else None,
        trend=(*_earlier(history, run.run_id), _point(run, summary.counts, summary)),
    )


def _waves(
    summary: Summary, run: Run, figures: Mapping[int, LegFigures], of_this_leg: LegFigures | None
) -> Iterator[SentWave]:
    """Yield the figures of what each leg (process) of a run sent. A leg that was refused sent nothing, and is left out.

    ``figures`` has the figures of each leg on record. ``of_this_leg`` has the figures of this process, or is None if
    the ledger already contains these figures.
    """
    if summary.wave is None and len(run.legs) == 1 and run.legs[0].wave is None:
        return
    before = 0
    for recorded in run.legs:
        is_this = of_this_leg is not None and recorded.number == run.leg
        leg = _ended(recorded, summary) if is_this else recorded
        sent = of_this_leg if is_this else figures.get(leg.number)
        if leg.exit_code is not None and sent is None:
            continue
        invited = leg.counts.get(Disposition.INVITED, before)
        yield SentWave(
            leg=leg.number,
            command=leg.command,
            began_at=leg.began_at,
            ended_at=leg.ended_at,
            exit_code=leg.exit_code,
            wave=leg.wave,
            people=max(0, invited - before),
            requests=sent.requests if sent else None,
            throttled=sent.throttled if sent else None,
        )
        before = invited


def _ended(leg: Leg, summary: Summary) -> Leg:
    """Return the leg of this process, in the form that the ledger records at the end of the run."""
    return replace(
        leg,
        ended_at=summary.ended_at,
        exit_code=int(summary.exit_code),
        counts={str(disposition): rows for disposition, rows in summary.counts.items()},
        wave=summary.wave,
    )


def _compared(history: RunHistory, verdict: GuardVerdict) -> ComparedRun:
    earlier = history.find_run(verdict.compared_with) if verdict.compared_with else None
    if earlier is None:
        return ComparedRun(why_none=verdict.not_compared)
    return ComparedRun(earlier.run_id, earlier.started_at, earlier.guards.people if earlier.guards else 0)


def _earlier(history: RunHistory, run_id: str) -> Iterator[TrendPoint]:
    for run in reversed(history.runs_before(run_id, most=MOST_RUNS - 1)):
        counts = counts_now(history, run)
        yield _point(run, {each: counts.get(each, 0) for each in Disposition})


def _point(run: Run, counts: Mapping[Disposition, int], summary: Summary | None = None) -> TrendPoint:
    """Return the figures of a run as a point of the trend.

    ``summary`` is the summary of the run if the ledger does not have the end of the run yet.
    """
    ends_a_wave = summary.wave is not None if summary else bool(run.legs and run.legs[-1].wave)
    waiting = (*TO_CORRECT, Disposition.IN_DOUBT, *(() if ends_a_wave else (Disposition.DEFERRED,)))
    return TrendPoint(
        run_id=run.run_id,
        started_at=run.started_at,
        command=summary.command if summary else run.command,
        exit_code=int(summary.exit_code) if summary else run.exit_code,
        invited=counts.get(Disposition.INVITED, 0),
        for_a_person=sum(counts.get(each, 0) for each in waiting),
        rows=sum(counts.values()),
    )
