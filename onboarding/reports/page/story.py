"""The waves of a run and the last runs to the same account, as tables of the page with a bar for each number."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from onboarding.model.errors import ExitCode
from onboarding.model.story import SentWave, TrendPoint
from onboarding.model.values import dataclass
from onboarding.reports.words import EXIT_CODE_WORDS

FULL = 100.0
LEAST = 1.0
"""The least width of a bar in per cent, so that even the bar of one person can be seen."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, and the width of its bar in per cent of the largest number. ``number`` is None if it is not known."""

    number: int | None
    width: float


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave, or a leg of a run without waves: when it began, how it ended, and how much it sent."""

    name: str
    began_at: datetime
    ended: str
    people: Amount
    requests: int | None
    throttled: int | None


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One of the last runs. ``is_this`` says whether the page is about this run."""

    run_id: str
    started_at: datetime
    is_this: bool
    ended: str
    is_settled: bool
    rows: int
    invited: Amount
    for_a_person: Amount


def wave_rows(waves: Sequence[SentWave]) -> Sequence[WaveRow]:
    """Return a row for each wave of a run, the first wave first."""
    amounts = _amounts([wave.people for wave in waves])
    return [
        WaveRow(
            str(wave.wave).capitalize() if wave.wave else ("Resumed" if wave.leg > 1 else "Begun"),
            wave.began_at,
            "Sent as planned" if wave.wave and wave.exit_code == ExitCode.SETTLED else _ended(wave.exit_code),
            people,
            wave.requests,
            wave.throttled,
        )
        for wave, people in zip(waves, amounts, strict=True)
    ]


def trend_rows(trend: Sequence[TrendPoint], run_id: str) -> Sequence[TrendRow]:
    """Return a row for each of the last runs, the newest first. If the run of the page is the only run, return none."""
    if not any(point.run_id != run_id for point in trend):
        return ()
    invited = _amounts([point.invited for point in trend])
    for_a_person = _amounts([point.for_a_person for point in trend])
    rows = [
        TrendRow(
            point.run_id,
            point.started_at,
            point.run_id == run_id,
            _ended(point.exit_code),
            point.exit_code == ExitCode.SETTLED,
            point.rows,
            *amounts,
        )
        for point, *amounts in zip(trend, invited, for_a_person, strict=True)
    ]
    return rows[::-1]


def _amounts(numbers: Sequence[int]) -> Iterator[Amount]:
    most = max(numbers, default=0) or 1
    return (Amount(number, round(max(FULL * number / most, LEAST), 2) if number else 0.0) for number in numbers)


def _ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "No end is recorded"
    return EXIT_CODE_WORDS[ExitCode(exit_code)].meaning.removesuffix(".")
