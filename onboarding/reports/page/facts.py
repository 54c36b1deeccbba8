"""What is true of a run as a whole, and what was it told to do?"""

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.model.errors import ExitCode
from onboarding.reports.summary import SendingEstimate, Summary
from onboarding.reports.words import EXIT_CODES, counted, duration, share


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true of the run."""

    name: str
    value: str


def facts_of(summary: Summary) -> tuple[Fact, ...]:
    """Return what is known of a run."""
    return tuple(Fact(name, value) for name, value in _facts(summary).items() if value)


def ending_of(summary: Summary) -> str:
    """Return how the run ended, in the run's own words if it has any."""
    if summary.message:
        return summary.message
    is_good_plan = summary.command == "plan" and summary.exit_code == ExitCode.SETTLED
    words = EXIT_CODES[ExitCode(summary.exit_code)]
    return "This is a plan: nothing was sent." if is_good_plan else f"{words.meaning} {words.remedy}".rstrip()


def settings_of(summary: Summary) -> tuple[Fact, ...]:
    """Return the settings that were made."""
    return tuple(Fact(name, _told(value)) for name, value in summary.settings.items() if _told(value))


def _facts(summary: Summary) -> dict[str, str]:
    """Return what is true of the run by its name; what is not known is empty."""
    requests, throttled, rehearsal = summary.requests, summary.throttled, summary.rehearsal
    took = (summary.ended_at - summary.started_at).total_seconds()
    presence, planned = summary.presence, summary.planned
    return {
        "Destination": summary.destination.capitalize(),
        "Account": f"{summary.account_name} ({summary.account})" if summary.account_name else summary.account,
        "Endpoint": summary.endpoint,
        "Run": summary.run_id,
        "Command": f"onboard {summary.command}",
        "Exit code": f"{int(summary.exit_code)}: {ending_of(summary)}",
        "Rows read": f"{summary.rows_read:,} from {counted(len(summary.counts_by_source), 'export', 'exports')}",
        "Began": f"{summary.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "Ended": f"{summary.ended_at:%Y-%m-%d %H:%M:%S %Z}, after {duration(took)}",
        "Time": ", ".join(f"{phase} {duration(seconds)}" for phase, seconds in summary.seconds.items()),
        "Requests": "" if requests is None else f"{requests:,}",
        "Throttled": "" if not requests else f"{throttled or 0:,} of them ({share(throttled or 0, requests)})",
        "Rate": f"the service allows {summary.rate:.1f} requests a second" if summary.rate else "",
        "Not shown by the service": f"{presence.not_shown:,} whom earlier runs invited"
        if presence and presence.not_shown
        else "",
        "To be sent": _planned(planned) if planned else "",
        "Sandbox": f"has mailed {rehearsal.addresses_mailed:,} addresses so far, "
        f"{rehearsal.addresses_mailed_more_than_once:,} of them more than once"
        if rehearsal
        else "",
        "Version": f"onboarding {summary.version}",
    }


def _planned(planned: SendingEstimate) -> str:
    about = "" if planned.seconds is None else f", in about {duration(planned.seconds)}"
    requests = counted(planned.requests, "request", "requests")
    return f"{counted(planned.invites, 'address', 'addresses')} in {requests}{about}"


def _told(value: object) -> str:
    match value:
        case None | False | "":
            return ""
        case True:
            return "yes"
        case str():
            return value
        case Sequence():
            return ", ".join(str(each) for each in value)
        case _:
            return str(value)
