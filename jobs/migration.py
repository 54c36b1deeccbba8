"""Move many people once: ``python jobs/migration.py migration.toml``, repeated until all people are invited.

The first time, the job makes and saves a plan, and says how many people it would invite. ``--confirm N`` approves that
number and sends the first wave. Each later time, the job sends the next wave, or finishes one that was interrupted.
"""

import sys
from pathlib import Path

from onboarding.cli.output import print_command, print_message, run_to_exit_code, without_settings
from onboarding.model.errors import NothingToResume
from onboarding.pipeline import run as pipeline
from onboarding.pipeline.news import note_told
from onboarding.reports import Summary
from onboarding.reports.notify import notifier_for
from onboarding.runtime import logs
from onboarding.settings.invocation import Invocation, job_invocation
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
            return without_settings(__file__)
    started = job_invocation(__file__, config, command="plan", is_whole_job=True)
    return run_to_exit_code(lambda: _migrate(Path(config), flags, started), started)


def _migrate(config: Path, flags: dict[str, object], started: Invocation) -> int:
    chosen = load_settings(flags, config=config)
    chosen = chosen if chosen.save else chosen.with_values({"save": str(config.with_name("migration.plan"))})
    logs.configure(level=chosen.log_level or "warning", log_format=chosen.log_format)
    with notifier_for(chosen, "apply", started) as notifier:
        summary = _step(chosen, started)
        summary.show()
        if message := summary.message or ("approve the plan with:" if summary.next_command else ""):
            print_message(message)
        print_command(summary.next_command, summary.exit_code)
        note_told(chosen, summary, has_arrived=notifier.ended(summary))
    return summary.exit_code


def _step(chosen: Settings, started: Invocation) -> Summary:
    if chosen.confirm is not None:
        return pipeline.apply(chosen, str(chosen.save), invocation=started)
    try:
        return pipeline.resume(chosen, of_command="apply", invocation=started)
    except NothingToResume:
        return pipeline.run(chosen, stop_after_plan=True, invocation=started)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
