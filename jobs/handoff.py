"""Hand the results of runs to HR: ``python jobs/handoff.py handoff.toml [RUN_ID…]``.

The job writes one workbook and one page about the named runs, or about the latest run if no run is named. Workbook and
page show what changed since the run before. The job prints where these files are. HR corrects addresses in the
workbook, and ``onboard run handoff.xlsx`` reads the corrected addresses.
"""

import sys
from pathlib import Path

from onboarding.cli.output import run_to_exit_code, without_settings
from onboarding.model.errors import ExitCode
from onboarding.pipeline.past_reports import hand_off
from onboarding.runtime import logs
from onboarding.settings.invocation import job_invocation
from onboarding.settings.loading import load_settings


def main(arguments: list[str]) -> int:
    """Write the workbook and the page, and print where these files are."""
    match arguments:
        case [config, *run_ids]:
            return run_to_exit_code(lambda: _hand_off(Path(config), run_ids))
        case _:
            return without_settings(__file__)


def _hand_off(config: Path, run_ids: list[str]) -> int:
    chosen = load_settings({}, config=config)
    logs.configure(level=chosen.log_level or "warning", log_format=chosen.log_format)
    hand_off(chosen, run_ids, invocation=job_invocation(__file__, str(config), command="handoff")).show()
    return ExitCode.SETTLED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
