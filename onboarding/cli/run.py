"""Which commands send, or say what they would send?"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from onboarding.cli.exits import exit_code_of
from onboarding.cli.output import chosen_by, summarised
from onboarding.settings.options import Given, taking

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings

PLACES = (
    *("destination", "account_id", "user_type", "network_id", "security_group"),
    *("sandbox", "endpoint_url", "profile", "region", "ledger", "out"),
)
REPORTS = ("handoff", "no_page")
WHO = (
    *("email_column", "sheet", "encoding", "allow_domain", "exclude", "starts_before", "date_order", "hold", "no_hold"),
    *("move_from", "carry_over", "reinvite_after", "reinvite_times", "low_memory", "engine", "scheduler"),
    *("account_column", "routes", "one_file"),
)
GUARDS = ("max_invites", "confirm")
SENDING = ("wave", "rate", "concurrency", "deadline", "settle_seconds", "resend_unconfirmed")
WATCHING = ("notify", "notify_when", "ping_url", "metric_namespace")
SHOWING = ("json", "quiet", "no_progress", "log_format", "log_level")


@taking("exports", *PLACES, "fresh", *WHO, *GUARDS, *SENDING, *REPORTS, *WATCHING, *SHOWING)
def run(given: Given) -> int:
    """Read, decide, send, report."""
    return _carried_out(given, "run", _path_of)


@taking("exports", *PLACES, "fresh", *WHO, *GUARDS, *SENDING, "save", *REPORTS, *WATCHING, *SHOWING)
def plan(given: Given) -> int:
    """Do the same without sending: report who would be invited."""
    return _carried_out(given, "plan", lambda chosen: _path_of(chosen, stop_after_plan=True))


@taking(
    *(*PLACES, *GUARDS, *SENDING, *REPORTS, *WATCHING, *SHOWING),
    file=Annotated[str, typer.Argument(metavar="PLAN", help="The file that onboard plan --save has written.")],
)
def apply(given: Given, file: str) -> int:
    """Send exactly what a saved plan says, or refuse."""
    from onboarding.pipeline import run as pipeline

    return _carried_out(given, "apply", lambda chosen: pipeline.apply(chosen, file))


@taking(
    *(*PLACES, *SENDING, *REPORTS, *WATCHING, *SHOWING),
    run_id=Annotated[
        str | None, typer.Argument(help="The run. [default: the latest, if it was interrupted]", metavar="[RUN_ID]")
    ],
)
def resume(given: Given, run_id: str | None) -> int:
    """Settle what is in doubt, and finish what an interrupted run left."""
    from onboarding.pipeline import run as pipeline

    return _carried_out(given, "resume", lambda chosen: pipeline.resume(chosen, run_id))


def _path_of(chosen: "Settings", *, stop_after_plan: bool = False) -> "Summary":
    """Walk the one path, or that of many accounts."""
    from onboarding.pipeline import accounts
    from onboarding.pipeline import run as pipeline

    walk = accounts.run if chosen.by_account else pipeline.run
    return walk(chosen, stop_after_plan=stop_after_plan)


def _carried_out(given: Given, command: str, work: "Callable[[Settings], Summary]") -> int:
    from onboarding.reports.notify import attended

    def carry_out() -> int:
        chosen = chosen_by(given)
        with attended(chosen, command) as watching:
            summary = work(chosen)
            code = summarised(chosen, summary)
            watching.ended(summary)
        return code

    return exit_code_of(carry_out)
