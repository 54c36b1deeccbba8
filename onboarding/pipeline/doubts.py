"""The doubts of a run: settle them with the service, and advise the operator about people who stay in doubt.

``sending.doubts`` has the rules by which doubts are settled.
"""

import pandas as pd

from onboarding.model.amounts import with_noun
from onboarding.model.sent import SettledDoubts
from onboarding.pipeline.endings import RESUME, words_for_after
from onboarding.pipeline.job import Job
from onboarding.sending import MOST_LOSSES, DoubtSettler, Replays, Resend


def settle_doubts(job: Job, *, may_release: bool, may_send: bool = True) -> SettledDoubts:
    """Settle all invites in doubt with the service, and return how they were settled. A plan settles nothing.

    With ``may_release``, old invites that the service never showed are released, so that they can be sent again. If
    ``may_send`` is false, no request is repeated. Before the guards have checked a run, the run must not send. Raises
    ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
    """
    if not job.sends:
        return SettledDoubts()
    with job.timer.phase("confirm"):
        return _settler(job).settle(job.run.scope, may_release=may_release, may_send=may_send)


def can_repeat_requests(job: Job) -> bool:
    """Return whether ``settle_doubts`` would repeat a request that an earlier run has left in doubt."""
    return job.sends and _settler(job).can_repeat(job.run.scope)


def _settler(job: Job) -> DoubtSettler:
    return DoubtSettler(
        job.questions.to(job.account.destination),
        job.ledger,
        job.questions.policy,
        Replays(job.account.destination, job.ledger, job.questions.limiter, job.settings.concurrency),
        settle_seconds=job.settings.settle_seconds,
        resend_after_seconds=job.settings.resend_after_seconds,
        resend=Resend(job.settings.resend_unconfirmed),
    )


def doubt_advice(job: Job) -> str:
    """Return advice for the operator about people who are in doubt now: what to do, and when.

    The text is empty if no person is in doubt.
    """
    doubts = job.ledger.doubts(job.run.scope)
    if doubts.empty:
        return ""
    if Resend(job.settings.resend_unconfirmed) is Resend.NEVER:
        return f"{RESUME} to ask the service again; --resend-unconfirmed never keeps it from sending them again."
    to_be_sent = doubts.loc[doubts["losses"] < MOST_LOSSES]
    given_up = len(doubts) - len(to_be_sent)
    again = f"{RESUME}{_when_old_enough(to_be_sent, job.settings.resend_after_seconds)}." if len(to_be_sent) else ""
    # The doubts of earlier runs are included, so there may be more people than the run itself has in doubt.
    by_hand = (
        f"{with_noun(given_up, 'person', 'people')} of this account got {MOST_LOSSES + 1} invitations, and the service"
        " never showed them: check these addresses by hand, or leave them out with --exclude."
    )
    return " ".join(filter(None, (again, by_hand if given_up else "")))


def _when_old_enough(doubts: pd.DataFrame, seconds: float) -> str:
    """Return words for the moment from which the invites of all these doubts may be sent again.

    An invite in doubt may be sent again when it is ``seconds`` old. The text is empty if that moment has come.
    """
    ages = doubts[["age_seconds", "age_after_boot_seconds"]].min()
    return words_for_after(*(seconds - ages))
