"""Findings of ``onboard check``: the names and statuses of checks, their output as text or JSON, and the exit code.

The checks themselves are in ``check`` and ``service``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from types import MappingProxyType

from rich.text import Text

from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.printable import json_document, printable
from onboarding.model.values import dataclass
from onboarding.runtime.terminal import PlainConsole


class Check(StrEnum):
    """The names of the checks, in the order in which their findings are shown."""

    CONFIGURATION = "configuration"
    CREDENTIALS = "credentials"
    REGION = "region"
    ENDPOINT = "endpoint"
    CLOCK = "clock"
    ACCOUNT = "account"
    LEDGER = "ledger"
    LOCK = "lock"
    SCHEDULER = "scheduler"
    OUTPUT = "output"
    ROUTES = "routes"
    EXPORTS = "exports"
    EXCLUSIONS = "exclusions"


class CheckStatus(StrEnum):
    """The result of one check: whether a run would work."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"
    """The check was not made, because another finding is bad."""


EXIT_CODES: Mapping[Check, ExitCode] = MappingProxyType(
    {
        Check.CONFIGURATION: ExitCode.USAGE,
        Check.LEDGER: ExitCode.USAGE,
        Check.SCHEDULER: ExitCode.USAGE,
        Check.OUTPUT: ExitCode.USAGE,
        Check.ROUTES: ExitCode.INPUT_REFUSED,
        Check.EXPORTS: ExitCode.INPUT_REFUSED,
        Check.EXCLUSIONS: ExitCode.INPUT_REFUSED,
        Check.CREDENTIALS: ExitCode.CLOSED,
        Check.REGION: ExitCode.CLOSED,
        Check.ENDPOINT: ExitCode.CLOSED,
        Check.CLOCK: ExitCode.CLOSED,
        Check.ACCOUNT: ExitCode.CLOSED,
        Check.LOCK: ExitCode.HELD,
    }
)
"""The exit code for a bad finding of each check. If several findings are bad, the first check in this order decides."""

STYLES: Mapping[CheckStatus, str] = MappingProxyType(
    {
        CheckStatus.OK: "green",
        CheckStatus.WARN: "yellow",
        CheckStatus.BAD: "bold red",
        CheckStatus.SKIPPED: "dim",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check. ``advice`` says what the operator can do, and is empty if there is nothing to do."""

    check: Check
    status: CheckStatus
    message: str
    advice: str = ""


def ok(check: Check, message: str) -> Finding:
    """Return the finding that a run would work. ``message`` is the sentence about it."""
    return Finding(check, CheckStatus.OK, message)


def warn(check: Check, message: str, advice: str) -> Finding:
    """Return the finding that a run would work, but that the operator should follow ``advice``."""
    return Finding(check, CheckStatus.WARN, message, advice)


def bad(check: Check, message: str, advice: str) -> Finding:
    """Return the finding that a run would not work. ``advice`` says what the operator can do."""
    return Finding(check, CheckStatus.BAD, message, advice)


def skipped(check: Check, because: str) -> Finding:
    """Return the finding that a check was not made. ``because`` is the reason."""
    return Finding(check, CheckStatus.SKIPPED, f"because {because}")


def refused(check: Check, error: OnboardingError, *, otherwise: str) -> Finding:
    """Return a bad finding from the text of an error.

    The text after the last semicolon becomes the advice. If the text has no semicolon, ``otherwise`` is the advice.
    """
    message, _, advice = str(error).removesuffix(".").rpartition("; ")
    return bad(check, message, advice) if message else bad(check, advice, otherwise)


def show(findings: Sequence[Finding]) -> None:
    """Print a line for each finding to stdout, in colour if the terminal shows colour."""
    console = PlainConsole()
    for finding in findings:
        text = "; ".join(filter(None, (finding.message, finding.advice)))
        status, check = f"{finding.status:{_widest(CheckStatus)}}", f"  {finding.check:{_widest(Check)}}  "
        line = Text.assemble((status, STYLES[finding.status]), check, printable(text))
        console.print_line(line, indent=len(status) + len(check))


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as one JSON document. Each finding has check, status, message and advice."""
    return json_document(versioned(DocumentKind.CHECK, {"findings": [asdict(finding) for finding in findings]}))


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """Return 0 if no finding is bad, else the exit code of the first check in ``EXIT_CODES`` with a bad finding."""
    found = {finding.check for finding in findings if finding.status is CheckStatus.BAD}
    return next((code for check, code in EXIT_CODES.items() if check in found), ExitCode.SETTLED)


def _widest(words: type[Check] | type[CheckStatus]) -> int:
    return max(map(len, words))
