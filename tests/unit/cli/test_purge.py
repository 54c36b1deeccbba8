"""What a purge says before it begins."""

from pathlib import Path

import pytest
from ledgers import NOW

from onboarding.cli.purge import lines_about_forecast
from onboarding.pipeline.purging import PurgeForecast
from onboarding.pipeline.retention import OldReports

FOLDER = Path("reports", "20260101T000000Z-abcdef")


@pytest.mark.parametrize(
    ("reports", "asked", "line"),
    [
        (
            OldReports((FOLDER,), (Path("a.plan"),)),
            True,
            f"It deletes 1 folder of reports and 1 saved plan (the first is {FOLDER}), with all files in them.",
        ),
        (
            OldReports((FOLDER,) * 1_200),
            False,
            f"--reports deletes them too: 1,200 folders of reports (the first is {FOLDER}).",
        ),
        (
            OldReports(in_s3=("s3://hr/r1", "s3://hr/r2")),
            True,
            "In S3, 2 folders of reports may keep names (s3://hr/r1): let a lifecycle rule of the bucket delete them.",
        ),
    ],
)
def test_purge_says_what_it_will_do_and_what_stays(reports, asked, line):
    first, *others = lines_about_forecast(PurgeForecast(NOW, 3, reports), reports=asked)

    assert first.startswith("This removes the names and addresses of 3 runs that ended before 2026-03-01 08:30 UTC")
    assert others == [line]
