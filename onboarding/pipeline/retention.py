"""Old reports: find the report folders and saved plans of old runs, and delete them.

The name of a report folder is the id of its run. The name of a hand-off's folder is ``handoff-`` and this id. The
ledger says when the run ended. If the ledger does not know the run, as after ``--fresh``, the summary in the folder has
the end of the run. Nothing in S3 is deleted, since a bucket may keep old versions: the user gets a list of the reports
there.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from onboarding.model.errors import InputRefused, ReportNotWritten
from onboarding.model.run import Run
from onboarding.model.values import dataclass
from onboarding.pipeline.saved_plan import header_of
from onboarding.runtime.s3 import SCHEME

_RUN_FOLDER = re.compile(r"(?:handoff-)?(?P<run_id>[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6})")
_SUMMARY = "summary.json"


@dataclass(frozen=True, slots=True)
class OldReports:
    """The reports of old runs: folders on a disk, saved plans, and the URIs of folders in S3."""

    folders: tuple[Path, ...] = ()
    plans: tuple[Path, ...] = ()
    in_s3: tuple[str, ...] = ()

    def delete(self) -> None:
        """Delete the folders with all files in them, and the plans. Reports in S3 stay.

        Raises ``ReportNotWritten`` if a file cannot be deleted. All other files are deleted first.
        """
        failures = []
        for path in (*self.folders, *self.plans):
            try:
                if path in self.plans:
                    path.unlink(missing_ok=True)
                else:
                    shutil.rmtree(path)
            except OSError as error:
                failures.append(f"{str(path)!r} ({error.strerror})")
        if failures:
            raise ReportNotWritten(f"These reports could not be deleted: {', '.join(failures)}.")


def find_old_reports(out: str, runs: Sequence[Run], before: datetime) -> OldReports:
    """Return the reports of runs whose last event (beginning, resumption or end) was before the moment ``before``.

    ``out`` is the folder for the reports of all runs. The folders that the settings of ``runs`` name are searched too.
    """
    seen = {run.run_id: run.last_sign_of_life for run in runs}
    old = [run for run in runs if run.last_sign_of_life < before]
    outs = {out, *(str(run.settings["out"]) for run in runs if run.settings.get("out"))}
    folders = [
        folder
        for place in sorted(outs)
        if not place.startswith(SCHEME)
        for folder, run_id in _run_folders(Path(place))
        if (ended := seen.get(run_id) or _end_in_summary(folder)) and ended < before
    ]
    saved = {run.run_id: Path(str(run.settings["save"])) for run in old if run.settings.get("save")}
    remote = [f"{run.settings['out']}/{run.run_id}" for run in old if _is_in_s3(run)]
    return OldReports(tuple(folders), tuple(_still_there(saved)), tuple(remote))


def _run_folders(out: Path) -> Iterator[tuple[Path, str]]:
    """Yield the folders in ``out`` that are named after a run, with the run's id. Links are left out."""
    with suppress(OSError):
        for path in sorted(out.iterdir()):
            found = _RUN_FOLDER.fullmatch(path.name)
            if found and path.is_dir() and not path.is_symlink():
                yield path, found["run_id"]


def _end_in_summary(folder: Path) -> datetime | None:
    """Return the end of a run from the summary in its folder, or None if the folder has no summary of the run."""
    try:
        summary = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
        return datetime.fromisoformat(summary["ended_at"]) if summary["run_id"] == folder.name else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _still_there(saved: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the saved plans that no newer plan has replaced. ``saved`` has the plans by the ids of their runs."""
    for run_id, path in saved.items():
        with suppress(InputRefused, OSError):
            if header_of(path).run_id == run_id:
                yield path


def _is_in_s3(run: Run) -> bool:
    return str(run.settings.get("out", "")).startswith(SCHEME)
