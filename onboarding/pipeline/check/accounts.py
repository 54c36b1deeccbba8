"""The questions of ``onboard check`` to the service: whether one account, or each of many accounts, accepts invites."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from onboarding.destinations import InviteService, RequestError, Throttled, open_destination
from onboarding.model.errors import DestinationClosed
from onboarding.pipeline.check.findings import Check, CheckStatus, Finding, bad, ok, refused, skipped, warn
from onboarding.settings.many_accounts import settings_of_account
from onboarding.settings.settings import Settings

MOST_ASKED = 200
"""The most accounts about which one check asks the service."""

ASKED_AT_A_TIME = 8
"""How many accounts the check asks about at a time."""


def check_accounts(settings: Settings, accounts: Sequence[str], why_not: str) -> Iterator[Finding]:
    """Ask the service whether the accounts accept invites. Ask about the first ``MOST_ASKED`` accounts only.

    Yield a finding for each account that accepts no invites. If all accept invites, yield one finding with their
    number. ``why_not`` is the reason why the service cannot be asked, or empty.
    """
    if why_not or not accounts:
        unknown = "the exports name them" if settings.account_column else "the table of routes cannot be read"
        yield skipped(Check.ACCOUNT, why_not or unknown)
        return
    asked = accounts[:MOST_ASKED]
    with ThreadPoolExecutor(ASKED_AT_A_TIME, "check") as pool:
        answers = zip(asked, pool.map(partial(_check_one_of_many, settings), asked), strict=True)
        trouble = [
            replace(found, message=f"{account}: {found.message}")
            for account, found in answers
            if found.status is not CheckStatus.OK
        ]
    of_all = f" of {len(accounts):,}; the others were not asked" if len(asked) < len(accounts) else ""
    names = f"{len(asked)} accounts take" if len(asked) > 1 else f"{asked[0]} takes"
    yield from trouble or [ok(Check.ACCOUNT, f"{names} invites{of_all}")]


def _check_one_of_many(settings: Settings, account: str) -> Finding:
    with open_destination(settings_of_account(settings, account)) as opened:
        return check_account(opened.destination, "the table of routes")


def check_account(destination: InviteService, flag: str) -> Finding:
    """Ask for the account and for the first page of its members, as a run does before it sends."""
    account_id = destination.scope.account
    try:
        name = destination.check()
        destination.page("")
        groups = destination.group_names()
    except DestinationClosed as error:
        return refused(Check.ACCOUNT, error, otherwise=f"name another account with {flag}")
    except Throttled:
        return warn(Check.ACCOUNT, "the service is throttling, so nothing is known", "check again later")
    except RequestError as error:
        cause = str(error).removesuffix(".")
        return bad(Check.ACCOUNT, f"the service gives no answer ({cause})", "check the endpoint and the network")
    names = f", to its groups {', '.join(groups)}" if groups else ""
    account = f"{name} ({account_id})" if name else account_id
    return ok(Check.ACCOUNT, f"{account} takes invites{names}")
