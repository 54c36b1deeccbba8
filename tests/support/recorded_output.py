"""What a person sees of ``onboard run sample_data --sandbox`` and of the plan, at two widths, with and without colours.

``python tests/support/recorded_output.py`` writes the texts again. Read the difference before you commit it.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hostile_names import recorded_terminal
from workspace import Workspace

from onboarding.cli.output import print_summary
from onboarding.pipeline import run as pipeline
from onboarding.reports import Summary
from onboarding.runtime import logs
from onboarding.settings.invocation import this_invocation
from onboarding.settings.loading import load_settings
from onboarding.settings.settings import Settings

FOLDER = Path(__file__).parent.parent / "jobs" / "recorded"
COMMANDS = ("run", "plan")
COLUMNS = (80, 140)
STYLES = {"plain": "NO_COLOR", "colour": "FORCE_COLOR"}
"""The environment variable for each way to show a text."""

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def rehearsed(workspace: Workspace, command: str, exports: str) -> tuple[Settings, Summary]:
    """Rehearse on exports in a workspace, and return the settings and the summary."""
    with workspace.entered({}):
        logs.configure(level="error", log_format="json")
        settings = load_settings({"exports": (exports,), "sandbox": True, "no_progress": True}, config=None)
        called = this_invocation(command, {"sandbox": True}, [exports], None)
        called = replace(called, program=("onboard",), folder="")
        return settings, pipeline.run(settings, stop_after_plan=command == "plan", invocation=called)


def screens(workspace: Workspace, command: str, settings: Settings, summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield what terminals show at the end of a command, each with a name."""
    for columns in COLUMNS:
        for name, variable in STYLES.items():
            with workspace.entered({"COLUMNS": str(columns), variable: "1"}), recorded_terminal() as recording:
                print_summary(settings, summary)
            yield f"{command}-{columns}-{name}.txt", as_recorded(recording.raw.decode())


def as_recorded(text: str) -> str:
    """Return what a terminal shows, with the same run id for all runs, and without the folder of a workspace's locks.

    ``␛`` stands for an escape, and lines have no spaces at their ends.
    """
    text = RUN_ID.sub("20260301T083000Z-0a1b2c", text.replace("\r", "")).replace("\x1b", "␛")
    text = re.sub(r" --locks \S+", "", text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


if __name__ == "__main__":
    for each in COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            place = Workspace(Path(folder))
            for name, text in screens(place, each, *rehearsed(place, each, place.copy_samples())):
                (FOLDER / name).write_text(text, encoding="utf-8")
