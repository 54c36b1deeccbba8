"""Does the service answer where people are to be invited, and will its account take them?"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.utils import get_environ_proxies

from onboarding.destinations import DESTINATION_TYPES, Destination, RequestError, Throttled, open_destination
from onboarding.model.errors import ConfigurationError, DestinationClosed
from onboarding.model.plan import Scope
from onboarding.pipeline.check.finding import Check, Finding, Status, bad, ok, refused, skipped, warn
from onboarding.runtime.aws import Access, foreign_endpoint, open_chime, open_wickr
from onboarding.settings.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_chime import ChimeClient
    from mypy_boto3_wickr import WickrAdminAPIClient

TIMEOUT_SECONDS = 10
"""How long to wait for a connection, and again for an answer."""

MOST_ASKED = 50
"""So many accounts are asked about where there are many."""

TOLERATED = timedelta(minutes=5)
"""AWS refuses a request that was signed by a clock which is further off."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was found out about the service, and where its invites would count if that is known."""

    findings: Sequence[Finding]
    scope: Scope | None = None


def target(settings: Settings, credentials: Finding, accounts: Sequence[str] = ()) -> Target:
    """Look at endpoint, clock and account, or ``accounts``; nobody is mailed, no rehearsal is begun or forgotten."""
    return _rehearsal(settings) if settings.sandbox else _service(settings, credentials, accounts)


def _rehearsal(settings: Settings) -> Target:
    if not settings.service_state().exists():
        # To start the embedded service would make its file.
        kind = DESTINATION_TYPES[settings.destination]
        account = settings.account or kind.sandbox_account
        endpoint = ok(Check.ENDPOINT, "the embedded service; the first rehearsal makes its state")
        if account == kind.sandbox_account:
            return Target((endpoint, ok(Check.ACCOUNT, f"{account}, the sandbox's own")))
        message = f"the sandbox has no account {account!r}"
        return Target((endpoint, bad(Check.ACCOUNT, message, f"drop {kind.flag}, or name {kind.sandbox_account}")))
    try:
        with open_destination(settings.model_copy(update={"fresh": False})) as opened:
            destination = opened.destination
            endpoint = ok(Check.ENDPOINT, "the embedded service, with what earlier rehearsals left")
            return Target(
                (endpoint, _account(destination, DESTINATION_TYPES[settings.destination].flag)), destination.scope
            )
    except ConfigurationError as error:
        endpoint = refused(Check.ENDPOINT, error, otherwise="remove that file, and the next rehearsal makes it anew")
        return Target((endpoint, skipped(Check.ACCOUNT, "the sandbox does not start")))


def _service(settings: Settings, credentials: Finding, accounts: Sequence[str]) -> Target:
    flag = DESTINATION_TYPES[settings.destination].flag
    try:
        with closing(_client(settings)) as client:
            findings = _reach(client.meta.endpoint_url, settings)
    except ConfigurationError as error:
        # Without its profile no client opens, and the credentials have told why.
        findings = [
            skipped(Check.ENDPOINT, "the AWS configuration cannot be used")
            if credentials.status is Status.BAD
            else refused(Check.ENDPOINT, error, otherwise="check --endpoint-url and --region")
        ]
    if settings.by_account:
        return Target((*findings, *_accounts(settings, accounts, _why_not_ask(findings[0], credentials))))
    if settings.account is None:
        return Target((*findings, skipped(Check.ACCOUNT, "none is named")))
    try:
        with open_destination(settings) as opened:
            destination = opened.destination
            why = _why_not_ask(findings[0], credentials)
            account = skipped(Check.ACCOUNT, why) if why else _account(destination, flag)
            return Target((*findings, account), destination.scope)
    except ConfigurationError:
        return Target((*findings, skipped(Check.ACCOUNT, "the endpoint could not be asked")))


def _accounts(settings: Settings, accounts: Sequence[str], why_not: str) -> Iterator[Finding]:
    """Ask about the first of many accounts; tell of each that takes no invites, or how many do."""
    if why_not or not accounts:
        unknown = "the exports name them" if settings.account_column else "the table of routes cannot be read"
        yield skipped(Check.ACCOUNT, why_not or unknown)
        return
    asked = accounts[:MOST_ASKED]
    trouble = []
    for account in asked:
        with open_destination(settings.to(account)) as opened:
            found = _account(opened.destination, "the table of routes")
        if found.status is not Status.OK:
            trouble.append(replace(found, message=f"{account}: {found.message}"))
    of_all = f" of {len(accounts):,}; the others were not asked" if len(asked) < len(accounts) else ""
    told = f"{len(asked)} accounts take" if len(asked) > 1 else f"{asked[0]} takes"
    yield from trouble or [ok(Check.ACCOUNT, f"{told} invites{of_all}")]


def _why_not_ask(endpoint: Finding, credentials: Finding) -> str:
    if endpoint.status is not Status.OK:
        return "the endpoint does not answer"
    return "there are no credentials to ask with" if credentials.status is Status.BAD else ""


def _client(settings: Settings) -> "ChimeClient | WickrAdminAPIClient":
    access = Access(profile=settings.profile, region=settings.region, endpoint_url=settings.endpoint_url)
    return open_wickr(access) if settings.destination == "wickr" else open_chime(access)


def _reach(url: str, settings: Settings) -> list[Finding]:
    """Ask the endpoint for anything, without credentials: whatever it answers, it is there."""
    name = _shown(url)
    if settings.destination == "chime" and not foreign_endpoint(url):
        return [
            bad(
                Check.ENDPOINT,
                f"{name} is the vendor's own, and Amazon Chime ended on 2026-02-20",
                "rehearse with --sandbox, or name an endpoint that still answers with --endpoint-url or "
                "AWS_ENDPOINT_URL_CHIME",
            )
        ]
    try:
        date = _date_of_answer(url, settings.profile)
    except SSLError:
        return [bad(Check.ENDPOINT, f"the certificate of {name} is not trusted", "name its authority: AWS_CA_BUNDLE")]
    except (BotoCoreError, ValueError) as error:
        advice = f"check --endpoint-url, AWS_ENDPOINT_URL_{settings.destination.upper()} and the network"
        return [bad(Check.ENDPOINT, f"{name} cannot be reached ({type(error).__name__})", advice)]
    return [ok(Check.ENDPOINT, f"{name} answers"), *_clock(date)]


def _date_of_answer(url: str, profile: str | None) -> str | None:
    # botocore's own session, so that proxies and certificates count here as they will in the run.
    verify = Session(profile=profile).get_config_variable("ca_bundle") or True
    session = URLLib3Session(verify=verify, proxies=get_environ_proxies(url), timeout=TIMEOUT_SECONDS)
    with closing(session):
        answer = session.send(AWSRequest(method="GET", url=url).prepare())
    date: str | None = answer.headers.get("date")
    return date


def _clock(date: str | None) -> Sequence[Finding]:
    """Compare the clocks, if the service tells what its own says."""
    try:
        off = abs(datetime.now(UTC) - parsedate_to_datetime(date or ""))
    except (TypeError, ValueError):
        return ()
    if off <= TOLERATED:
        return (ok(Check.CLOCK, "agrees with the service's"),)
    minutes = off // timedelta(minutes=1)
    return (warn(Check.CLOCK, f"{minutes} minutes off the service's", "set it; AWS refuses what it signs"),)


def _account(destination: Destination, flag: str) -> Finding:
    account_id = destination.scope.account
    try:
        name = destination.check()
    except DestinationClosed as error:
        return refused(Check.ACCOUNT, error, otherwise=f"name another account with {flag}")
    except Throttled:
        return warn(Check.ACCOUNT, "the service is throttling, so nothing is known", "check again later")
    except RequestError as error:
        told = str(error).removesuffix(".")
        return bad(Check.ACCOUNT, f"the service gives no answer ({told})", "check the endpoint and the network")
    return ok(Check.ACCOUNT, f"{name} ({account_id}) takes invites" if name else f"{account_id} takes invites")


def _shown(url: str) -> str:
    """Return a URL without what may be a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
