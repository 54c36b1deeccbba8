"""Move many people once: ``python jobs/migration.py migration.toml``, repeated until all people are invited.

The first time, the job makes a plan, saves the plan and says how many people the plan would invite. ``--confirm N``
approves that number and sends the first wave. Each later time, the job sends the next wave, or finishes a wave that was
interrupted. The job also sends the notices.
"""

import sys
from dataclasses import replace
from pathlib import Path

from onboarding.cli.output import print_message, run_to_exit_code
from onboarding.model.errors import ConfigurationError, NothingToResume
from onboarding.pipeline import run as pipeline
from onboarding.reports import Summary
from onboarding.reports.notify import notifier_for
from onboarding.runtime import logs
from onboarding.settings.loading import load_settings
from onboarding.settings.settings import Settings


def main(arguments: list[str]) -> int:
    """Make a plan, send the approved plan, or continue with the next wave."""
    match arguments:
        case [config]:
            flags: dict[str, object] = {}
        case [config, "--confirm", number]:
            flags = {"confirm": number}
        case _:
            raise ConfigurationError("name one TOML file: python jobs/migration.py migration.toml [--confirm N]")
    chosen = load_settings({"save": "migration.plan"} | flags, config=Path(config))
    logs.configure(level=chosen.log_level or "warning", log_format=chosen.log_format)
    with notifier_for(chosen, "apply") as notifier:
        summary = _step(chosen)
        if summary.planned:  # this job approves the plan, with the job's settings
            summary = replace(summary, planned=replace(summary.planned, saved=""))
        summary.show()
        if summary.message:
            print_message(summary.message)
        elif summary.planned:
            invites = summary.planned.invites
            approve = f"approve with: python jobs/migration.py {config} --confirm {invites}"
            print_message(approve if invites else "all people are invited already")
        notifier.ended(summary)
    return summary.exit_code


def _step(chosen: Settings) -> Summary:
    if chosen.confirm is not None:
        return pipeline.apply(chosen, str(chosen.save))
    try:
        return pipeline.resume(chosen, of_command="apply")
    except NothingToResume:
        return pipeline.run(chosen, stop_after_plan=True)


if __name__ == "__main__":
    sys.exit(run_to_exit_code(lambda: main(sys.argv[1:])))
