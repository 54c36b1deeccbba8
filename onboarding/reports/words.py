"""How is what became of the rows said in plain words?"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.reports.summary import Summary

FOR_A_PERSON = (
    Disposition.IN_DOUBT,
    Disposition.FAILED,
    Disposition.HELD,
    Disposition.REJECTED,
    Disposition.DEFERRED,
)
"""What somebody has to see to, the most pressing first."""


LEFT_OUT = (Disposition.DUPLICATE, Disposition.EXCLUDED, Disposition.IGNORED)
"""To whom nothing was sent, for a good reason."""

ORDER = (Disposition.INVITED, Disposition.PLANNED, Disposition.ALREADY, *LEFT_OUT, *FOR_A_PERSON)
"""All dispositions as the page shows them: what is done, what was left out, what is to be done."""

LABELS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.INVITED: "Invited",
        Disposition.PLANNED: "Would be invited",
        Disposition.ALREADY: "Already there",
        Disposition.DUPLICATE: "Duplicate",
        Disposition.EXCLUDED: "Excluded",
        Disposition.IGNORED: "Not a record",
        Disposition.IN_DOUBT: "In doubt",
        Disposition.FAILED: "Refused by the service",
        Disposition.HELD: "Held for a look",
        Disposition.REJECTED: "No usable address",
        Disposition.DEFERRED: "Not sent this time",
    }
)

MEANINGS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.INVITED: "The service took the invitation in this run.",
        Disposition.PLANNED: "Nothing was sent; a run with the same exports would invite them.",
        Disposition.ALREADY: "Nothing was sent, because they are there or were invited before.",
        Disposition.DUPLICATE: "An earlier row has the same address.",
        Disposition.EXCLUDED: "A person, but the policy says no.",
        Disposition.IGNORED: "Blank rows, footers and the like.",
        Disposition.IN_DOUBT: "Sent, but whether the service took it is not known.",
        Disposition.FAILED: "Sent, and the service does not want the address.",
        Disposition.HELD: "Nothing was sent: the row looks wrong, and only a person can tell.",
        Disposition.REJECTED: "Nothing was sent: there is no address to send to.",
        Disposition.DEFERRED: "The run ended before their turn came.",
    }
)

REMEDIES: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.IN_DOUBT: "Run “onboard resume”: it asks the service, and sends again only what never arrived.",
        Disposition.FAILED: "Look the code up with the service, mend the address in the HR system, and run again.",
        Disposition.HELD: "Mend the row in the HR system, or let its reason pass with “--no-hold”, and run again.",
        Disposition.REJECTED: "Mend the address in the HR system and run again.",
        Disposition.DEFERRED: "Run again, and they will be invited; nothing is lost.",
    }
)
"""What a person can do about rows that need one."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        Reason.AGAIN: "invited before, and again on request",
        Reason.INVITED_EARLIER: "invited by an earlier run",
        Reason.PENDING: "invited, not registered yet",
        Reason.REGISTERED: "registered",
        Reason.SUSPENDED: "suspended there",
        Reason.SAME_ADDRESS: "same address",
        Reason.SAME_ADDRESS_OTHER_EMPLOYEE: "same address, another employee",
        Reason.SAME_EMPLOYEE_OTHER_ADDRESS: "same employee, another address",
        Reason.NOT_A_PERSON: "not a person",
        Reason.INACTIVE: "inactive",
        Reason.NOT_STARTED: "has not started yet",
        Reason.ENDED: "has left",
        Reason.PRIVATE_ADDRESS: "private address",
        Reason.DOMAIN_NOT_ALLOWED: "domain not allowed",
        Reason.ON_EXCLUSION_LIST: "on the exclusion list",
        Reason.MISSING: "no address",
        Reason.INVALID_SYNTAX: "not an address",
        Reason.SEVERAL_ADDRESSES: "several addresses",
        Reason.CONTRADICTING_STATUS: "status columns contradict each other",
        Reason.UNKNOWN_STATUS: "unknown status",
        Reason.UNKNOWN_ADDRESS_TYPE: "unknown type of address",
        Reason.UNREADABLE_DATE: "unreadable date",
        Reason.NO_ACCOUNT: "no account known",
        Reason.UNUSUAL_CHARACTERS: "unusual characters",
        Reason.LOOK_ALIKE: "looks like another address",
        Reason.MIXED_SCRIPT: "letters of several scripts",
        Reason.DISPOSABLE_DOMAIN: "disposable domain",
        Reason.ROLE_ADDRESS: "a role, not a person",
        Reason.NEAR_MISS_DOMAIN: "domain nearly like a common one",
        Reason.BLANK_ROW: "blank",
        Reason.FOOTER: "footer",
        Reason.REPEATED_HEADER: "header repeated",
        Reason.EXAMPLE_ROW: "example",
    }
)

ENDINGS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.SETTLED: "The run is complete; every row is accounted for.",
        ExitCode.INTERNAL: "An internal error ended the run.",
        ExitCode.PARTIAL: "The service refused some addresses.",
        ExitCode.INPUT_REFUSED: "The input was refused; nothing was sent.",
        ExitCode.GUARD: "A guard stopped the run; nothing was sent.",
        ExitCode.IN_DOUBT: "Whether some people were invited is not known; run onboard resume.",
        ExitCode.CLOSED: "The service takes nothing from this run.",
        ExitCode.STOPPED: "The run was stopped early; run again, nothing is lost.",
        ExitCode.INTERRUPTED: "The run was interrupted; run again, nothing is lost.",
        ExitCode.TERMINATED: "The run was interrupted; run again, nothing is lost.",
    }
)
"""How a run ended, where it has no message of its own."""


def headline(summary: Summary) -> str:
    """Return what happened, in one or two sentences."""
    if not summary.rows_read:
        return "The exports have no rows."
    to_do = sum_of(summary.counts, FOR_A_PERSON)
    rest = f"{counted(to_do, 'row needs', 'rows need')} a person." if to_do else "No row needs a person."
    return f"{_invited(summary)}. {rest}"


def ending(summary: Summary) -> str:
    """Return how the run ended, in one sentence."""
    if summary.message:
        return summary.message
    if summary.command == "plan" and summary.exit_code == ExitCode.SETTLED:
        return "This is a plan: nothing was sent."
    return ENDINGS.get(ExitCode(summary.exit_code), "")


def sum_of(counts: Mapping[Disposition, int], dispositions: Iterable[Disposition]) -> int:
    """Return how many rows have one of these dispositions."""
    return sum(counts.get(disposition, 0) for disposition in dispositions)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def share(part: int, whole: int) -> str:
    """Return a share in per cent; what is not nothing and not all is never said to be."""
    if not part or part == whole:
        return "100%" if part else "0%"
    per_cent = 100 * part / whole
    if per_cent < 0.1:  # noqa: PLR2004 - the least that is shown
        return "<0.1%"
    return f"{min(per_cent, 99.9):.1f}%"


def duration(seconds: float) -> str:
    """Return how long something took, in the two units that matter."""
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to a minute is one
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _invited(summary: Summary) -> str:
    is_plan = summary.command == "plan"
    invited = summary.counts.get(Disposition.PLANNED if is_plan else Disposition.INVITED, 0)
    already = summary.counts.get(Disposition.ALREADY, 0)
    who = counted(invited, "person", "people") if invited else "Nobody"
    verb = "would be" if is_plan else "were" if invited > 1 else "was"
    rehearsed = " in a rehearsal" if summary.is_rehearsal and not is_plan else ""
    if not already:
        return f"{who} {verb} invited{rehearsed}"
    there = ("is" if already == 1 else "are") if is_plan else ("was" if already == 1 else "were")
    return f"{who} {verb} invited{rehearsed}, {already:,} {there} there already"


WHAT: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.INVITED: "Invited",
        Disposition.ALREADY: "Already there",
        Disposition.DUPLICATE: "Merged with another row",
        Disposition.EXCLUDED: "Not to be invited",
        Disposition.REJECTED: "No usable address",
        Disposition.HELD: "Somebody must look",
        Disposition.IGNORED: "Not a record",
        Disposition.FAILED: "Refused by the service",
        Disposition.IN_DOUBT: "Not known yet",
        Disposition.DEFERRED: "Not sent yet",
        Disposition.PLANNED: "To be invited",
    }
)
"""What became of a row."""

WHY: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.AGAIN: "The person was invited before, and is invited again on request.",
        Reason.INVITED_EARLIER: "An earlier run invited this address.",
        Reason.PENDING: "The person has been invited and has not accepted yet.",
        Reason.REGISTERED: "The person has an account there.",
        Reason.SUSPENDED: "The account's administrators have suspended the person.",
        Reason.SAME_ADDRESS: "Another row has the same address.",
        Reason.SAME_ADDRESS_OTHER_EMPLOYEE: "Another employee has the same address; one of the two may be wrong.",
        Reason.SAME_EMPLOYEE_OTHER_ADDRESS: "The employee has another address in another row; enter the right one.",
        Reason.NOT_A_PERSON: "The entry is a guest, a device, a room or an account that is no person's.",
        Reason.INACTIVE: "The person has left, or the account is switched off.",
        Reason.NOT_STARTED: "The person has not started yet.",
        Reason.ENDED: "The person's last day has passed.",
        Reason.PRIVATE_ADDRESS: "The address is a private one.",
        Reason.DOMAIN_NOT_ALLOWED: "Nobody is invited at addresses of this domain.",
        Reason.ON_EXCLUSION_LIST: "The person is on the list of those who must not be invited.",
        Reason.MISSING: "The row has no address; enter one.",
        Reason.INVALID_SYNTAX: "This is no address; enter the right one.",
        Reason.SEVERAL_ADDRESSES: "The cell holds several addresses; enter the one to invite.",
        Reason.CONTRADICTING_STATUS: "One column says that the person works here, another one that they left.",
        Reason.UNKNOWN_STATUS: "Whether the person works here is not clear from the status.",
        Reason.UNKNOWN_ADDRESS_TYPE: "Whether the address is a work address is not clear.",
        Reason.UNREADABLE_DATE: "A date in the row cannot be read.",
        Reason.NO_ACCOUNT: "Nobody knows to which account the person is to be invited.",
        Reason.UNUSUAL_CHARACTERS: "The address has unusual characters; enter it again with usual ones.",
        Reason.LOOK_ALIKE: "The address has letters that only look like the usual ones; enter it again.",
        Reason.MIXED_SCRIPT: "The address mixes scripts that do not belong together; enter it again.",
        Reason.DISPOSABLE_DOMAIN: "The address is a throw-away one; enter a lasting one.",
        Reason.ROLE_ADDRESS: "The address is an office's; enter the person's own.",
        Reason.NEAR_MISS_DOMAIN: "The part after the @ seems to be misspelt; enter the address again.",
        Reason.BLANK_ROW: "The row is blank.",
        Reason.FOOTER: "The row stands below the records, as a total does.",
        Reason.REPEATED_HEADER: "The row repeats the names of the columns.",
        Reason.EXAMPLE_ROW: "The row is a form's example.",
    }
)
"""Why, where the report has no sentence of its own."""

_REFUSED = "Enter another address, or ask IT."
_NOT_KNOWN = "Whether the invitation arrived is not known yet. Nothing to correct: the next run asks the service."


def what(disposition: str) -> str:
    """Return what became of a row."""
    return WHAT[Disposition(disposition)]


def why(disposition: str, reason: str, detail: str) -> str:
    """Return why, as a sentence for a person, or nothing where there is nothing to say.

    The report's own sentence comes first: it says how to mend this very row.
    """
    match disposition:
        case Disposition.FAILED:
            return f"{detail.removesuffix('.')}. {_REFUSED}" if detail else _REFUSED
        case Disposition.IN_DOUBT:
            return _NOT_KNOWN
        case _:
            return detail or (WHY[Reason(reason)] if reason else "")
