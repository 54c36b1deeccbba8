"""Refuse a ledger that lacks the people whom another run from this machine has just mailed.

The service may not list these people yet, so that a run could mail them again.
"""

from onboarding.ledger import UnknownRequest
from onboarding.model.errors import LedgerBehind
from onboarding.pipeline.endings import words_for_after


def check_ledger_age(unknown: UnknownRequest, shown_after_seconds: float) -> None:
    """Raise ``LedgerBehind`` if a request is so young that the service may still hide its people.

    ``unknown`` is a request of this machine that the ledger does not contain. The service certainly shows its people
    when the request is ``shown_after_seconds`` old.
    """
    seconds, after_boot = (shown_after_seconds - age for age in (unknown.age_seconds, unknown.age_after_boot_seconds))
    if seconds <= 0:
        return
    if unknown.is_own:
        why, advice = "the ledger is an older copy, as of a backup,", "restore the latest copy"
    else:
        why, advice = "the last run from this machine used another ledger,", "let all runs share one ledger (--ledger)"
    raise LedgerBehind(
        f"Nothing was sent: {why} and the service may not show yet whom the later runs mailed; run again"
        f"{words_for_after(seconds, after_boot)}, or {advice}."
    )
