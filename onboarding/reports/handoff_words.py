"""In which words is a person in HR told what became of a row, and why?"""

from collections.abc import Mapping
from types import MappingProxyType

from onboarding.rows import Disposition, Reason

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
