"""A program that uses the package with strict types: mypy checks this module, and nothing runs it.

An ``ignore`` that mypy does not need is an error. So each of them proves that a mistake of a program is found.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import assert_type

import pandas as pd

import onboarding


def rehearse(export: Path) -> int:
    """Rehearse with an export, and return the number of people who would be invited."""
    summary = onboarding.run(export, "more/*.csv", sandbox=True, fresh=True, out=Path("reports"), hold=["role_address"])

    assert_type(summary, onboarding.Summary)
    assert_type(summary.counts, dict[onboarding.Disposition, int])
    assert_type(summary.verdict.headline, str)
    assert_type(summary.paths, Mapping[str, str])
    assert_type(summary.exit_code, int)
    assert_type(summary.rows(), pd.DataFrame)
    assert_type(summary.row_chunks(10), Iterator[pd.DataFrame])
    return summary.counts[onboarding.Disposition.INVITED]


def plan_and_apply(network: str) -> onboarding.Summary | None:
    """Send a plan, unless a guard stops it."""
    settings = onboarding.make_settings(
        destination="wickr",
        network_id=network,
        deadline=timedelta(hours=2),
        starts_before=date(2026, 12, 1),
        max_export_age={"*": "36h"},
        status_words={"active": ["Frei"], "inactive": ["Weg"]},
        exclude=["left.csv", Path("also.csv")],
        rate=None,
    )
    assert_type(settings, onboarding.Settings)
    planned = onboarding.plan("staff.csv", settings=settings, save="first.plan", wave=100)
    if planned.exit_code != onboarding.ExitCode.SETTLED:
        return None
    try:
        return onboarding.apply(Path("first.plan"), settings=settings)
    except onboarding.OnboardingError as error:
        assert_type(error.exit_code, onboarding.ExitCode)
        return onboarding.resume(error.run_id, settings=onboarding.load_settings("onboard.toml", no_page=True))


def look(export: str) -> tuple[str, ...]:
    """Return the notes about an export."""
    (found,) = onboarding.inspect(export)
    assert_type(found, onboarding.InspectedExport)
    return found.notes


def make_mistakes() -> None:
    """Give what no call takes."""
    onboarding.run("staff.csv", netwrk_id="10203040")  # type: ignore[call-arg]
    onboarding.run("staff.csv", engine="zoom")  # type: ignore[arg-type]
    onboarding.run("staff.csv", deadline=7200)  # type: ignore[arg-type]
    onboarding.run("staff.csv", quiet=True)  # type: ignore[call-arg]
    onboarding.run("staff.csv", save="a.plan")  # type: ignore[call-arg]
    onboarding.run(7)  # type: ignore[arg-type]
    onboarding.no_such_function()  # type: ignore[attr-defined]
