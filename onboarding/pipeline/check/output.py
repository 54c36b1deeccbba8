"""Will the reports find a place?"""

import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from onboarding.model.errors import OnboardingError
from onboarding.pipeline.check.finding import Check, Finding, ok, refused
from onboarding.reports import open_folder
from onboarding.runtime.s3 import SCHEME
from onboarding.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def output(settings: Settings, s3: "Callable[[], S3Client]") -> Finding:
    """Prove that reports can be written by making a folder and removing it again; none that lie above it are made."""
    out = settings.out
    place = out if out.startswith(SCHEME) else str(_nearest(Path(out)))
    try:
        with open_folder(place, f"check-{token_hex(3)}", s3):
            pass
    except OnboardingError as error:
        return refused(Check.OUTPUT, error, otherwise="name another folder with --out")
    if place in (out, str(Path(out))):
        return ok(Check.OUTPUT, f"{out} takes reports")
    return ok(Check.OUTPUT, f"none yet; the first run makes it: {out}")


def _nearest(folder: Path) -> Path:
    """Return the folder, or where it is not there what the first run would make it in."""
    # A link that leads nowhere is there: no folder can be made in its place.
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
