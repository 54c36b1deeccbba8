"""The words of all reports for dispositions, reasons, exit codes and numbers, and the groups and order of dispositions.

Each report, notification and summary takes its words from here.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.presence import NotInExports
from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from onboarding.model.news import News

FOR_A_PERSON = (
    Disposition.IN_DOUBT,
    Disposition.FAILED,
    Disposition.HELD,
    Disposition.REJECTED,
    Disposition.DEFERRED,
)
"""The dispositions of rows that a person has to act on, the most urgent first."""

TO_LOOK_AT = tuple(each for each in FOR_A_PERSON if each is not Disposition.DEFERRED)
"""The dispositions of rows that a person has to look at one by one. Deferred rows are sent by the next command."""

LEFT_OUT = (Disposition.DUPLICATE, Disposition.EXCLUDED, Disposition.IGNORED)
"""The dispositions of rows for which the run rightly sent nothing."""

ORDER = (Disposition.INVITED, Disposition.PLANNED, Disposition.ALREADY, *LEFT_OUT, *FOR_A_PERSON)
"""All dispositions in the order of the page: settled rows, rows left out, rows to act on."""

UNFINISHED = (Disposition.FAILED, Disposition.IN_DOUBT, Disposition.DEFERRED)
"""The dispositions of people whom the run should have invited, but did not invite or may not have invited."""


@dataclass(frozen=True, slots=True)
class DispositionWords:
    """A disposition in plain words: its name, its meaning, and advice to a person."""

    label: str
    meaning: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ExitCodeWords:
    """An exit code in plain words: how the run ended, and the operator's next step."""

    meaning: str
    remedy: str = ""


SEE_TO_FEED = "see that the job in the HR system writes it again"
"""The advice about an export that is missing, or that has had the same bytes for many nights."""

_AGAIN = "Run again: nothing is lost, and no person is invited twice."
_RESUME = "Resume the run: nothing is lost, and no person is invited twice."

DISPOSITION_WORDS: Mapping[Disposition, DispositionWords] = MappingProxyType(
    {
        Disposition.INVITED: DispositionWords("Invited", "The service took the invitation in this run."),
        Disposition.ALREADY: DispositionWords(
            "Already there", "Nothing was sent: the person is there, or was invited before."
        ),
        Disposition.DUPLICATE: DispositionWords("Duplicate", "Nothing was sent: another row has the same address."),
        Disposition.EXCLUDED: DispositionWords("Excluded", "Nothing was sent: the settings exclude this person."),
        Disposition.REJECTED: DispositionWords(
            "Rejected",
            "Nothing was sent: the row has no usable address.",
            "Correct the address in the HR system, then run again.",
        ),
        Disposition.HELD: DispositionWords(
            "Held",
            "Nothing was sent: the row looks wrong, and only a person can tell.",
            "Correct the row in the HR system, then run again.",
        ),
        Disposition.IGNORED: DispositionWords("Ignored", "The row is not a record: it is blank, a footer or the like."),
        Disposition.FAILED: DispositionWords(
            "Failed",
            "The service refused the address.",
            "Correct the address, or look up the error code with the service; then run again.",
        ),
        Disposition.IN_DOUBT: DispositionWords(
            "In doubt",
            "It was sent, but whether the service took it is not known.",
            "There is nothing to correct: resume the run. It asks the service, and repeats only what never arrived.",
        ),
        Disposition.DEFERRED: DispositionWords("Deferred", "Not sent this time.", _AGAIN),
        Disposition.PLANNED: DispositionWords(
            "To be invited",
            "Nothing was sent: this was a plan.",
            "Look at the report; nothing is sent before you run the command for that.",
        ),
    }
)

REASON_PHRASES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.AGAIN: "invited before, and again on request",
        Reason.ANSWERED: "HR has confirmed the address",
        Reason.INVITED_EARLIER: "invited by an earlier run",
        Reason.OTHER_ACCOUNT: "invited to another account by an earlier run",
        Reason.PENDING: "invited, not registered yet",
        Reason.REGISTERED: "registered there",
        Reason.SUSPENDED: "suspended there by an administrator",
        Reason.OTHER_STATUS: "there, with a status that is not clear",
        Reason.SAME_ADDRESS: "same address as another row",
        Reason.SAME_ADDRESS_OTHER_EMPLOYEE: "same address as another employee, so look which of the two is right",
        Reason.SAME_EMPLOYEE_OTHER_ADDRESS: "same employee as another row, with another address",
        Reason.NOT_A_PERSON: "a guest, device, room or shared account, not a person",
        Reason.INACTIVE: "left the company, or the account is switched off",
        Reason.NOT_STARTED: "has not started yet",
        Reason.ENDED: "the last day has passed",
        Reason.NOT_SELECTED: "not chosen by the rules of --only",
        Reason.SKIPPED_BY_RULE: "left out by a rule of --skip",
        Reason.PRIVATE_ADDRESS: "private address",
        Reason.DOMAIN_NOT_ALLOWED: "domain not allowed",
        Reason.DOMAIN_DENIED: "domain denied",
        Reason.ON_EXCLUSION_LIST: "on the exclusion list",
        Reason.LEFT_OUT: "HR answered to leave the person out",
        Reason.MISSING: "no address",
        Reason.INVALID_SYNTAX: "not an address",
        Reason.SEVERAL_ADDRESSES: "several addresses in one cell",
        Reason.CONTRADICTING_ADDRESSES: "two columns of addresses differ",
        Reason.CONTRADICTING_STATUS: "status columns contradict each other",
        Reason.UNKNOWN_STATUS: "unknown employment status",
        Reason.UNKNOWN_ADDRESS_TYPE: "unknown type of address",
        Reason.UNREADABLE_DATE: "unreadable date",
        Reason.MISALIGNED_ROW: "cells do not line up with the header",
        Reason.GUESSED_ENCODING: "address depends on a guess of the encoding",
        Reason.HIDDEN_ROW: "the row is hidden in the workbook",
        Reason.UNDECIDED_RULE: "a rule of --only or --skip cannot be decided",
        Reason.UNCLEAR_ANSWER: "HR's answer in the hand-off workbook is unclear",
        Reason.NO_ACCOUNT: "no account known",
        Reason.UNKNOWN_GROUP: "no such security group",
        Reason.DAMAGED_TEXT: "letters damaged by a wrong encoding",
        Reason.UNUSUAL_CHARACTERS: "unusual characters in the address",
        Reason.LOOK_ALIKE: "looks like another address",
        Reason.MIXED_SCRIPT: "letters of several scripts",
        Reason.DISPOSABLE_DOMAIN: "throw-away address",
        Reason.NO_SUCH_DOMAIN: "domain that does not exist",
        Reason.ROLE_ADDRESS: "address of an office, not of a person",
        Reason.SHARED_ADDRESS: "one address for many employees",
        Reason.NEW_DOMAIN: "new domain, at which no run has invited people",
        Reason.NEAR_MISS_DOMAIN: "domain that seems misspelt",
        Reason.REFUSED_REPEATEDLY: "refused by the service on several days",
        Reason.BLANK_ROW: "blank row",
        Reason.FOOTER: "footer below the records",
        Reason.REPEATED_HEADER: "header repeated",
        Reason.EXAMPLE_ROW: "example row of a form",
        Reason.HINT_ROW: "hints how to fill in the columns",
    }
)

EXIT_CODE_WORDS: Mapping[ExitCode, ExitCodeWords] = MappingProxyType(
    {
        ExitCode.SETTLED: ExitCodeWords("Every row is settled."),
        ExitCode.INTERNAL: ExitCodeWords(
            "An internal error ended the run.",
            "Run again, which invites no person twice. If it ends the same way, report the log as a bug.",
        ),
        ExitCode.USAGE: ExitCodeWords(
            "The settings are wrong.", "Nothing was sent. Correct the settings, then run again."
        ),
        ExitCode.PARTIAL: ExitCodeWords(
            "The service refused some addresses.",
            "Look up the failed rows in the report, correct their addresses in the HR system, then run again.",
        ),
        ExitCode.INPUT_REFUSED: ExitCodeWords(
            "The input was refused.",
            "Nothing was sent. Correct the export, or the setting that says how to read it, then run again.",
        ),
        ExitCode.GUARD: ExitCodeWords(
            "A guard stopped the run.",
            "Nothing was sent. Look at the report; if it is right, confirm the number of people.",
        ),
        ExitCode.IN_DOUBT: ExitCodeWords("Some outcomes are in doubt.", _RESUME),
        ExitCode.CLOSED: ExitCodeWords(
            "The service takes nothing from this run.",
            "Mend what the message names (credentials, permissions, account or service), then go on.",
        ),
        ExitCode.STOPPED: ExitCodeWords("The run stopped before its end.", _AGAIN),
        ExitCode.HELD: ExitCodeWords(
            "Another run holds the destination.",
            "Nothing was sent. Wait until the other run has ended, then run again.",
        ),
        ExitCode.INTERRUPTED: ExitCodeWords("The run was interrupted.", _RESUME),
        ExitCode.TERMINATED: ExitCodeWords("The run was terminated.", _RESUME),
    }
)


def label_of(disposition: str, reason: str = "", detail: str = "") -> str:
    """Return the name that reports show for a disposition.

    If the reason or the detail of a row is given, the explanation of the row's disposition follows the name.
    """
    label = DISPOSITION_WORDS[Disposition(disposition)].label
    why = explain_disposition(disposition, reason, detail) if reason or detail else ""
    return f"{label}. {why}" if why else label


def meaning_of(disposition: str) -> str:
    """Return a sentence that explains a disposition."""
    return DISPOSITION_WORDS[Disposition(disposition)].meaning


def explain_disposition(
    disposition: str, reason: str, detail: str, *, translate: Callable[[str], str] = lambda sentence: sentence
) -> str:
    """Return one or more sentences that explain a row's disposition, or the empty text without a reason.

    The detail of a row replaces the general words about its reason, since the detail says how to correct this row.
    There are two exceptions. A row in doubt gets only the general words. The detail of an excluded row follows the
    general words, since the detail only names the cell that decided. ``translate`` returns a sentence in the reader's
    language, or the empty text for a detail that it cannot translate.
    """
    words = DISPOSITION_WORDS[Disposition(disposition)]
    phrase = translate(as_sentence(REASON_PHRASES[Reason(reason)])) if reason else ""
    match disposition:
        case Disposition.FAILED:
            return f"{(translate(detail) or translate(words.meaning)).removesuffix('.')}. {translate(words.remedy)}"
        case Disposition.IN_DOUBT:
            return f"{translate(words.meaning)} {translate(words.remedy)}"
        case Disposition.EXCLUDED:
            return f"{phrase} {translate(detail)}".strip()
        case _:
            return translate(detail) or phrase


def as_sentence(phrase: str) -> str:
    """Return a phrase with a capital letter and a full stop."""
    return f"{phrase[0].upper()}{phrase[1:]}." if phrase else ""


def count_rows(counts: Mapping[Disposition, int], dispositions: Iterable[Disposition]) -> int:
    """Return how many rows have one of these dispositions."""
    return sum(counts.get(disposition, 0) for disposition in dispositions)


def news_in_words(news: "News") -> tuple[str, ...]:
    """Return up to three sentences: about the new, the old and the gone rows that a person must correct."""
    new, old, gone = news.totals["new"], news.totals["old"], news.totals["gone"]
    kinds = ", ".join(f"{number:,} {label_of(disposition).lower()}" for disposition, number in news.new.items())
    sentences = (
        (new, f"{with_noun(new, 'row needs', 'rows need')} a person for the first time ({kinds})."),
        (old, f"{with_noun(old, 'row still waits', 'rows still wait')} for a person."),
        (gone, f"{with_noun(gone, 'row that was open is', 'rows that were open are')} corrected or gone."),
    )
    return tuple(sentence for number, sentence in sentences if number)


def percentage(part: int, whole: int) -> str:
    """Return ``part`` as a percentage of ``whole``, as text. Only a part of 0 is 0%, and only the whole is 100%."""
    if not part or part == whole:
        return "100%" if part else "0%"
    per_cent = 100 * part / whole
    if per_cent < 0.1:  # noqa: PLR2004 - the least that is shown
        return "<0.1%"
    return f"{min(per_cent, 99.9):.1f}%"


def people_in_no_export(members: NotInExports) -> str:
    """Return a clause: how many members of the account are in no export, and how many of them have each status."""
    statuses = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in members.by_status.items())
    are = with_noun(members.people or 0, "member of the account is", "members of the account are")
    return f"{are} in no export of this run ({statuses})"


def moved_in_words(rows: int) -> str:
    """Return a sentence about the rows of people whom an earlier run invited to another account."""
    lead = with_noun(rows, "row leads", "rows lead")
    return f"{lead} to another account than before; nothing was sent for them (other_account)."
