"""Every night by Airflow (3.2 or newer): run ``onboard nightly``, and do for each exit code what helps.

The worker has ``onboard`` installed, in an environment of its own. Its folder of state lasts, or the ledger is in
PostgreSQL.
"""

import logging
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PROGRAM = "/srv/onboarding/.venv/bin/onboard"
SETTINGS = "/etc/onboarding/onboard.toml"
SECONDS_TO_STOP = 120

WARN = {3}
"""The service refused some addresses. The others are invited, and a person looks later."""

TRY_LATER = {6, 8, 11, 130, 143, -9, -15}
"""Answers are in doubt, the service throttled, another run was there, or the run was stopped or killed."""


@task(retries=5, retry_delay=timedelta(minutes=20))
def invite() -> int:
    """Run the job, and return its exit code if the night is over.

    Raises ``AirflowException`` if a later try helps, and ``AirflowFailException`` if a person must help first.
    """
    process = subprocess.Popen([PROGRAM, "nightly", SETTINGS])  # noqa: S603 - both are constants
    try:
        code = process.wait()
    finally:  # Airflow stops the task: let the run write its report
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS_TO_STOP)
    if code in TRY_LATER:
        raise AirflowException(f"onboard ended with {code}; a later try goes on where it stopped")
    if code in WARN:
        logging.getLogger(__name__).warning("onboard ended with %d: look at the addresses that were refused", code)
    elif code:
        raise AirflowFailException(f"onboard ended with {code}: see onboard guide exit-codes")
    return code


@dag(schedule="15 2 * * *", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, max_active_runs=1)
def onboarding() -> None:
    """Invite the new people in the exports of HR, every night."""
    invite()


onboarding()
