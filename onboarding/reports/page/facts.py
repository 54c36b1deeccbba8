"""The facts and the settings of the run in words, for the end of the page."""

from collections.abc import Mapping, Sequence

from onboarding.model.amounts import duration, people, with_noun
from onboarding.model.presence import NotInExports
from onboarding.reports.run_figures import SendingEstimate
from onboarding.reports.summary import Summary
from onboarding.reports.words import people_in_no_export, percentage


def facts_of(summary: Summary) -> Mapping[str, str]:
    """Return facts about the run by their names. An unknown fact is empty."""
    account = summary.scope.account
    took = (summary.ended_at - summary.started_at).total_seconds()
    return {
        "Destination": summary.scope.destination.capitalize(),
        "Account": f"{summary.account_name} ({account})" if summary.account_name else account,
        "Endpoint": summary.scope.endpoint,
        "Run": summary.run_id,
        "Command": f"onboard {summary.command}",
        "Exit code": f"{int(summary.exit_code)}: {summary.verdict.sentence}",
        "Rows read": f"{summary.rows_read:,} from {with_noun(len(summary.counts_by_source), 'export', 'exports')}",
        "Began": f"{summary.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "Ended": f"{summary.ended_at:%Y-%m-%d %H:%M:%S %Z}, after {duration(took)}",
        "Time": ", ".join(f"{phase} {duration(seconds)}" for phase, seconds in summary.seconds.items()),
        "Resumed": with_noun(summary.legs - 1, "time", "times") if summary.legs > 1 else "",
        "Waves": f"{summary.wave.number:,} of {summary.wave.of:,} sent" if summary.wave else "",
        **_facts_of_sending(summary),
        "Version": f"onboarding {summary.version}",
    }


def _facts_of_sending(summary: Summary) -> Mapping[str, str]:
    sending, rehearsal = summary.sending, summary.rehearsal
    requests, throttled = sending.requests, sending.throttled or 0
    not_shown = summary.presence.not_shown if summary.presence else 0
    return {
        "Requests": "" if requests is None else f"{requests:,}",
        "Throttled": f"{throttled:,} of them ({percentage(throttled, requests)})" if requests else "",
        "Rate": f"the service allows {sending.told_rate:.1f} requests a second" if sending.told_rate else "",
        "Not shown by the service": f"{people(not_shown)} whom earlier runs invited" if not_shown else "",
        "In no export": _in_no_export(summary.not_in_exports) if summary.not_in_exports else "",
        "To be sent": _estimated(summary.planned) if summary.planned else "",
        "Sandbox": f"has taken invitations to {with_noun(rehearsal.addresses_mailed, 'address', 'addresses')} so far, "
        f"to {rehearsal.addresses_mailed_more_than_once:,} of them more than once"
        if rehearsal
        else "",
    }


def _in_no_export(members: NotInExports) -> str:
    if members.people is None:
        return f"not known, since {members.why_unknown}"
    by_runs = f"; {members.invited_by_runs:,} of them were invited by earlier runs" if members.invited_by_runs else ""
    return f"{people_in_no_export(members)}{by_runs}" if members.people else "no member of the account"


def _estimated(estimate: SendingEstimate) -> str:
    about = "" if estimate.seconds is None else f", in about {duration(estimate.seconds)}"
    requests = with_noun(estimate.requests, "request", "requests")
    return f"{with_noun(estimate.invites, 'address', 'addresses')} in {requests}{about}"


def settings_of(summary: Summary) -> Mapping[str, str]:
    """Return the settings of the run in words, except settings that are off or have no value."""
    return {name: text for name, value in summary.settings.items() if (text := _as_text(value))}


def _as_text(value: object) -> str:
    """Return a setting in words, or the empty text for a setting that is off or has no value."""
    match value:
        case None | False | "":
            return ""
        case True:
            return "yes"
        case str():
            return value
        case Sequence():
            return ", ".join(map(str, value))
        case _:
            return str(value)
