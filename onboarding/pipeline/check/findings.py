"""Findings: the answer of each check, how they are shown, and the exit code that they lead to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from onboarding.model.errors import ExitCode, OnboardingError


class Check(StrEnum):
    """What is checked, in the order in which it is shown."""

    CONFIGURATION = "configuration"
    CREDENTIALS = "credentials"
    REGION = "region"
    ENDPOINT = "endpoint"
    CLOCK = "clock"
    ACCOUNT = "account"
    LEDGER = "ledger"
    LOCK = "lock"
    OUTPUT = "output"
    ROUTES = "routes"
    EXPORTS = "exports"
    EXCLUSIONS = "exclusions"


class CheckStatus(StrEnum):
    """Whether a run would work, as far as one check can tell."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"
    """Not checked, because something else is bad."""


EXIT_CODES: Mapping[Check, ExitCode] = MappingProxyType(
    {
        Check.CONFIGURATION: ExitCode.USAGE,
        Check.LEDGER: ExitCode.USAGE,
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
"""The exit code of a run if a check is bad. Where several are bad, the first in this order counts."""

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
    """The answer of one check. ``advice`` says what to do about it, and is empty where nothing is to be done."""

    check: Check
    status: CheckStatus
    message: str
    advice: str = ""


def ok(check: Check, message: str) -> Finding:
    """Return that a run would find what it needs."""
    return Finding(check, CheckStatus.OK, message)


def warn(check: Check, message: str, advice: str) -> Finding:
    """Return that a run would work, and that the operator should see to something all the same."""
    return Finding(check, CheckStatus.WARN, message, advice)


def bad(check: Check, message: str, advice: str) -> Finding:
    """Return that a run would not work."""
    return Finding(check, CheckStatus.BAD, message, advice)


def skipped(check: Check, because: str) -> Finding:
    """Return that this was not checked, and why."""
    return Finding(check, CheckStatus.SKIPPED, f"because {because}")


def refused(check: Check, error: OnboardingError, *, otherwise: str) -> Finding:
    """Return what an error says: what is wrong, and after its last semicolon what to do, or ``otherwise``."""
    message, _, advice = str(error).removesuffix(".").rpartition("; ")
    return bad(check, message, advice) if message else bad(check, advice, otherwise)


def show(findings: Sequence[Finding]) -> None:
    """Print a line for each finding to stdout, coloured where colour is wanted."""
    console = Console(highlight=False)
    for finding in findings:
        text = "; ".join(filter(None, (finding.message, finding.advice)))
        line = Text.assemble(
            (f"{finding.status:{_widest(CheckStatus)}}", STYLES[finding.status]),
            f"  {finding.check:{_widest(Check)}}  {_on_one_line(text)}",
        )
        console.print(line, soft_wrap=True)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as one JSON document: a list of objects with check, status, message and advice."""
    text = json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"
    # The name of a file may be no text; its stray bytes are written as JSON escapes them.
    return text.encode("utf-8", "backslashreplace").decode()


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """Return 0 if nothing is bad, else the exit code of the worst bad check."""
    found = {finding.check for finding in findings if finding.status is CheckStatus.BAD}
    return next((code for check, code in EXIT_CODES.items() if check in found), ExitCode.SETTLED)


def _widest(words: type[Check] | type[CheckStatus]) -> int:
    return max(map(len, words))


def _on_one_line(text: str) -> str:
    # The service names the account, and a file name may hold anything: neither may steer the terminal.
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
