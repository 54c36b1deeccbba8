"""Invite the new people in tonight's exports: ``python jobs/nightly.py nightly.toml``.

The TOML file holds the settings of ``onboard run``. If the run went well and no row needs a person for the first time,
the job prints nothing, so that cron mails only what a person must see. The job sends the notices of the run, and ends
with the exit code of ``onboard run``.
"""

import sys
from pathlib import Path

from onboarding.cli.output import print_message, run_to_exit_code
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.pipeline import run as pipeline
from onboarding.reports.notify import notifier_for
from onboarding.runtime import logs
from onboarding.settings.loading import load_settings


def main(arguments: list[str]) -> int:
    """Do what ``onboard run`` does, with the settings of one TOML file, and return the exit code."""
    if len(arguments) != 1:
        raise ConfigurationError("name one TOML file of settings: python jobs/nightly.py nightly.toml")
    tonight = load_settings({}, config=Path(arguments[0]))
    logs.configure(level=tonight.log_level or "warning", log_format=tonight.log_format)
    with notifier_for(tonight, "run") as notifier:
        summary = pipeline.run(tonight)
        if summary.needs_attention:
            summary.show()
            print_message(
                summary.message or next(iter(summary.news_in_words), "") or "some rows need a person; see the report"
            )
        if summary.exit_code == ExitCode.GUARD:
            print_message(f"by hand, after a look at the report: onboard run --config {arguments[0]} --confirm N")
        notifier.ended(summary)
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(run_to_exit_code(lambda: main(sys.argv[1:])))
