"""Advice to HR, and to the operator of the job, about the rows that need a person.

The page groups its work list by this advice. ``words`` has the names of dispositions and reasons.
"""

from collections.abc import Mapping
from types import MappingProxyType

from onboarding.model.choices import SUSPICIONS
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.reports.words import DISPOSITION_WORDS, EXIT_CODE_WORDS


@dataclass(frozen=True, slots=True)
class Remedy:
    """Advice about rows: a text for HR, and a text for the operator. A text is empty if this reader can do nothing."""

    hr: str = ""
    operator: str = ""


_RESUME = Remedy(operator="Resume the run. It asks the service, and repeats only what never arrived.")
_AGAIN = Remedy(operator=DISPOSITION_WORDS[Disposition.DEFERRED].remedy)
_STOPPED = Remedy(operator=EXIT_CODE_WORDS[ExitCode.GUARD].remedy)
_REFUSED = Remedy(
    "Check that the address is right and that its mailbox exists.",
    "Look up the error code with the service. The next run tries again.",
)
_ENTER = "Correct the address in the HR system."

_OF_REASON: Mapping[Reason, Remedy] = MappingProxyType(
    {
        Reason.MISSING: Remedy("Enter the work address in the HR system."),
        Reason.INVALID_SYNTAX: Remedy(_ENTER),
        Reason.SEVERAL_ADDRESSES: Remedy("Keep the one address to invite."),
        Reason.SAME_EMPLOYEE_OTHER_ADDRESS: Remedy(
            "Say which of the two addresses is right, and correct the other row."
        ),
        Reason.SAME_ADDRESS_OTHER_EMPLOYEE: Remedy("Enter the person's own address in the HR system."),
        Reason.CONTRADICTING_ADDRESSES: Remedy("Say which of the two columns is right."),
        Reason.CONTRADICTING_STATUS: Remedy("Correct the status column that is wrong."),
        Reason.UNKNOWN_STATUS: Remedy("Write a status that says whether the person works for the company."),
        Reason.UNKNOWN_ADDRESS_TYPE: Remedy("Say whether it is a work address or a private one."),
        Reason.UNREADABLE_DATE: Remedy("Write the date like 2026-03-15."),
        Reason.MISALIGNED_ROW: Remedy("Correct the row in the HR system, or have the export written with quotes."),
        Reason.GUESSED_ENCODING: Remedy(
            "Export the file as UTF-8.", "Name the encoding of the file with --encoding, then run again."
        ),
        Reason.HIDDEN_ROW: Remedy(
            "Show the row in the workbook, or delete it there.", "Or read all hidden rows: --hidden-rows read."
        ),
        Reason.UNDECIDED_RULE: Remedy(
            "Correct the cell that the rule reads.", "Or change the rule of --only or --skip, then run again."
        ),
        Reason.UNCLEAR_ANSWER: Remedy("Answer again in the workbook, one answer to a row."),
        Reason.NO_ACCOUNT: Remedy(operator="Add a line that fits them to the file of accounts, then run again."),
        Reason.UNKNOWN_GROUP: Remedy(operator="Make the group in the account, or correct the cell, then run again."),
        Reason.DAMAGED_TEXT: Remedy("Export the file again as UTF-8, or type the address again."),
        Reason.UNUSUAL_CHARACTERS: Remedy("Type the address again."),
        Reason.LOOK_ALIKE: Remedy("Say whether the address is right; if not, type it again."),
        Reason.MIXED_SCRIPT: Remedy("Type the address again in one script."),
        Reason.DISPOSABLE_DOMAIN: Remedy("Enter the work address in the HR system."),
        Reason.NO_SUCH_DOMAIN: Remedy(_ENTER),
        Reason.ROLE_ADDRESS: Remedy("Enter the person's own address, or say that this one is right."),
        Reason.SHARED_ADDRESS: Remedy("Enter each person's own address in the HR system."),
        Reason.NEAR_MISS_DOMAIN: Remedy("Correct the domain, or say that it is right."),
        Reason.NEW_DOMAIN: Remedy("Say whether the company uses this domain."),
        Reason.ON_EXCLUSION_LIST: Remedy("Say whether this is the person on the exclusion list."),
        Reason.REFUSED_REPEATEDLY: Remedy("Check that the address is right and that its mailbox exists."),
    }
)


def remedy_of(disposition: Disposition, reason: str, exit_code: int) -> Remedy:
    """Return the advice about rows with this disposition and reason, after a run with this exit code."""
    match disposition:
        case Disposition.IN_DOUBT:
            return _RESUME
        case Disposition.FAILED:
            return _REFUSED
        case Disposition.DEFERRED:
            return _STOPPED if exit_code == ExitCode.GUARD else _AGAIN
        case _:
            remedy = _OF_REASON.get(Reason(reason), Remedy()) if reason else Remedy()
    if disposition is Disposition.HELD and reason in SUSPICIONS:
        return Remedy(remedy.hr, f"Where such rows are right, let them pass: --no-hold {reason}.")
    return remedy
