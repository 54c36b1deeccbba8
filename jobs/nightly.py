"""Invite the new people in tonight's exports: ``python jobs/nightly.py nightly.toml``.

The TOML file holds the settings of ``onboard run``. If the run went well and a person has nothing new to do, the job
prints nothing. So cron mails only what a person must see. The job sends the notices of the run, and ends with the exit
code of ``onboard run``.
"""

import sys
from pathlib import Path

from onboarding.cli.output import print_command, print_message, run_to_exit_code, without_settings
from onboarding.pipeline import run as pipeline
from onboarding.pipeline.news import note_told
from onboarding.reports.notify import notifier_for
from onboarding.runtime import logs
from onboarding.settings.invocation import Invocation, job_invocation
from onboarding.settings.loading import load_settings


def main(arguments: list[str]) -> int:
    """Do what ``onboard run`` does, with the settings of one TOML file, and return the exit code."""
    match arguments:
        case [config]:
            started = job_invocation(__file__, config, command="run")
            return run_to_exit_code(lambda: _tonight(Path(config), started), started)
        case _:
            return without_settings(__file__)


def _tonight(config: Path, started: Invocation) -> int:
    tonight = load_settings({}, config=config)
    logs.configure(level=tonight.log_level or "warning", log_format=tonight.log_format)
    with notifier_for(tonight, "run", started) as notifier:
        summary = pipeline.run(tonight, invocation=started)
        if summary.needs_attention:
            summary.show(said=summary.attention_in_words)
            print_message(summary.attention_in_words)
            print_command(summary.next_command, summary.exit_code)
        note_told(tonight, summary, has_arrived=notifier.ended(summary))
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
