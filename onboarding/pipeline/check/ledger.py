"""Can what is sent be recorded, and is nobody else sending there now?"""

import stat
from pathlib import Path

from onboarding.ledger import find_holder, inspect_ledger
from onboarding.model.errors import OnboardingError
from onboarding.model.plan import Scope
from onboarding.pipeline.check.finding import Check, Finding, bad, ok, refused, skipped, warn
from onboarding.settings.settings import Settings

OTHERS = 0o077
"""What group and others may do; of a ledger, which holds addresses, nothing."""


def ledger(settings: Settings) -> Finding:
    """Tell how the ledger is, which is not made."""
    try:
        found = inspect_ledger(settings.ledger_place())
    except OnboardingError as error:
        return refused(Check.LEDGER, error, otherwise="see to it, or name another with --ledger")
    if not found.is_there:
        return ok(Check.LEDGER, f"none yet; the first run makes it: {found.name}")
    if found.file and (open_to_others := _open_to_others(found.file)):
        return warn(Check.LEDGER, f"others may get at {open_to_others}", "take it from them with chmod go=")
    last = f"last good run {found.last_good:%Y-%m-%d %H:%M} UTC" if found.last_good else "no good run yet"
    return ok(Check.LEDGER, f"{found.name}; {last}")


def lock(settings: Settings, scope: Scope | None) -> Finding:
    """Tell whether a run would get hold of its destination, or who has it; it is not taken."""
    try:
        if scope is None:  # with no ledger, there has been no run that could hold anything
            is_there = inspect_ledger(settings.ledger_place()).is_there
            why = "each account has its own" if settings.by_account else "the destination is not known"
            return skipped(Check.LOCK, why) if is_there else ok(Check.LOCK, "free")
        holder = find_holder(settings.ledger_place(), scope)
    except OnboardingError:
        return skipped(Check.LOCK, "the ledger cannot be used")
    if holder is None:
        return ok(Check.LOCK, "free")
    return bad(Check.LOCK, f"held by another run: {holder}", "wait until it has ended, or stop it")


def _open_to_others(file: Path) -> str:
    for path in (file, file.parent):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            return f"{path} (mode {mode:04o})"
    return ""
