"""What was found out about one thing that a run needs, and what is to be done about it?"""

from dataclasses import dataclass
from enum import StrEnum

from onboarding.model.errors import OnboardingError


class Check(StrEnum):
    """What is looked at, in the order in which it is told."""

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


class Status(StrEnum):
    """Whether a run would work, as far as one check can tell."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"
    """Nobody looked, because something else is bad."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check. ``advice`` says what to do about it, and is empty where nothing is to be done."""

    check: Check
    status: Status
    message: str
    advice: str = ""


def ok(check: Check, message: str) -> Finding:
    """Return that a run would find what it needs."""
    return Finding(check, Status.OK, message)


def warn(check: Check, message: str, advice: str) -> Finding:
    """Return that a run would work, and that somebody should see to something all the same."""
    return Finding(check, Status.WARN, message, advice)


def bad(check: Check, message: str, advice: str) -> Finding:
    """Return that a run would not work."""
    return Finding(check, Status.BAD, message, advice)


def skipped(check: Check, because: str) -> Finding:
    """Return that nobody looked, and why."""
    return Finding(check, Status.SKIPPED, f"because {because}")


def refused(check: Check, error: OnboardingError, *, otherwise: str) -> Finding:
    """Return what an error says: what is wrong, and after its last semicolon what to do, or ``otherwise``."""
    message, _, advice = str(error).removesuffix(".").rpartition("; ")
    return bad(check, message, advice) if message else bad(check, advice, otherwise)
