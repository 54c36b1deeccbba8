"""Checks of the way to the service: credentials, region, endpoint, clock, and whether the account accepts invites.

The checks show only the last letters of an access key's id. ``check`` has all other checks.
"""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound, SSLError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from onboarding.destinations import destination_type, open_destination
from onboarding.model.errors import ConfigurationError
from onboarding.model.plan import Scope
from onboarding.model.run import now
from onboarding.model.values import dataclass
from onboarding.pipeline.check.accounts import check_account, check_accounts
from onboarding.pipeline.check.findings import Check, CheckStatus, Finding, bad, ok, refused, skipped, warn
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_access import explain_missing_credentials
from onboarding.runtime.aws_errors import read_error
from onboarding.runtime.aws_session import REGION_VARIABLES, aws_session
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.runtime.limited_clients import watch
from onboarding.runtime.request_limits import Exchange, RequestLimits, call_within
from onboarding.runtime.s3 import SCHEME
from onboarding.settings.options import account_flag
from onboarding.settings.settings import Settings

KEY_LETTERS = 4
"""How many letters of an access key's id are shown, if the id has at least 16 letters like ids of AWS."""

SHORTEST_KEY = 16

CREDENTIAL_SOURCES = {
    "assume-role": "a role that the profile assumes",
    "assume-role-with-web-identity": "a role assumed with a web identity",
    "config-file": "AWS's config file",
    "container-role": "the container's role",
    "custom-process": "the profile's credential process",
    "env": "the environment",
    "iam-role": "the machine's role",
    "login": "aws login",
    "shared-credentials-file": "AWS's credentials file",
    "sso": "single sign-on (aws sso login)",
}
"""The meanings of botocore's names for sources of credentials. A name that is not in this table is shown unchanged."""

TIMEOUT_SECONDS = 10
"""The longest wait for a connection, in seconds. It is also the longest wait for an answer."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""The largest difference between two clocks at which AWS still accepts a signed request."""


@dataclass(frozen=True, slots=True)
class CheckedService:
    """The findings about the service, and the scope of a run: its destination, account and endpoint.

    ``scope`` is None if a part of the scope is not known.
    """

    findings: Sequence[Finding]
    scope: Scope | None = None


def uses_s3(settings: Settings) -> bool:
    """Return whether a run reads or writes anything in S3."""
    return any(place.startswith(SCHEME) for place in (*settings.exports, *settings.exclude, settings.out))


def check_credentials(settings: Settings) -> Finding:
    """Return a finding that says which credentials boto3 finds, and whether they can be loaded."""
    if settings.sandbox and not uses_s3(settings):
        return ok(Check.CREDENTIALS, "none needed: the sandbox takes any")
    described = destinations()[settings.destination]
    if not described.takes_aws_credentials and not uses_s3(settings):
        return ok(Check.CREDENTIALS, f"none of AWS needed: {described.title} takes others")
    advice = "set them, or name a profile with --profile"
    session = None
    try:
        session = aws_session(settings.profile)
        found = session.get_credentials()
        if found is None:
            return bad(Check.CREDENTIALS, "there are no AWS credentials", advice)
        # Only this call makes botocore ask a role or a single sign-on.
        key = found.get_frozen_credentials().access_key or ""
    except ProfileNotFound as error:
        message = f"the AWS profile {error.kwargs['profile']!r} is not in the AWS configuration"
        return bad(Check.CREDENTIALS, message, "name another with --profile")
    except (BotoCoreError, ClientError, OSError, ValueError) as error:  # their text may quote a file
        why = explain_missing_credentials(error, session)
        return bad(Check.CREDENTIALS, why.problem, why.advice)
    ending = f", the key ends with {key[-KEY_LETTERS:]}" if len(key) >= SHORTEST_KEY else ""
    return ok(Check.CREDENTIALS, f"from {CREDENTIAL_SOURCES.get(found.method, found.method)}{ending}")


def check_region(settings: Settings) -> Sequence[Finding]:
    """Return a finding that says which region a run uses for S3, or no finding if the run does not use S3."""
    if not uses_s3(settings):
        return ()
    try:
        found = settings.region or aws_session(settings.profile).get_config_variable("region")
    except BotoCoreError:  # the finding about credentials says more
        found = None
    if found:
        return (ok(Check.REGION, f"{found}{'' if settings.region else ', by the AWS configuration'}"),)
    advice = f"name the bucket's with --region or {REGION_VARIABLES[0]}"
    return (warn(Check.REGION, "no region is named for S3", advice),)


def check_service(settings: Settings, credentials: Finding, accounts: Sequence[str] = ()) -> CheckedService:
    """Check endpoint, clock and account. The check mails no person, and neither makes nor removes the sandbox.

    ``credentials`` is the finding about credentials. ``accounts`` are the accounts of a run to many accounts. There are
    none if the accounts are not known, or if the run is to one account.
    """
    return _check_sandbox(settings) if settings.sandbox else _check_real_service(settings, credentials, accounts)


def _check_sandbox(settings: Settings) -> CheckedService:
    if not os.path.exists(settings.service_state()):  # noqa: PTH110 - a Path raises an error if a folder may not be read
        # The embedded service is not started, because that would make its file.
        there = destinations()[settings.destination].sandbox_account
        account = settings.account or there
        endpoint = ok(Check.ENDPOINT, "the embedded service; the first rehearsal makes its state")
        if account == there:
            return CheckedService((endpoint, ok(Check.ACCOUNT, f"{account}, the sandbox's own")))
        message = f"the sandbox has no account {account!r}"
        advice = f"drop {account_flag(settings.destination)}, or name {there}"
        return CheckedService((endpoint, bad(Check.ACCOUNT, message, advice)))
    try:
        with open_destination(settings.model_copy(update={"fresh": False})) as opened:
            destination = opened.destination
            endpoint = ok(Check.ENDPOINT, "the embedded service, with what earlier rehearsals left")
            account_finding = check_account(destination, account_flag(settings.destination))
            return CheckedService((endpoint, account_finding), destination.scope)
    except ConfigurationError as error:
        endpoint = refused(Check.ENDPOINT, error, otherwise="remove that file, and the next rehearsal makes it anew")
        return CheckedService((endpoint, skipped(Check.ACCOUNT, "the sandbox does not start")))


def _check_real_service(settings: Settings, credentials: Finding, accounts: Sequence[str]) -> CheckedService:
    findings = _check_endpoint(settings, credentials)
    why_not = _why_not_ask(findings[0], credentials)
    if settings.is_to_many_accounts:
        return CheckedService((*findings, *check_accounts(settings, accounts, why_not)))
    if settings.account is None:
        return CheckedService((*findings, skipped(Check.ACCOUNT, "none is named")))
    try:
        with open_destination(settings) as opened:
            destination = opened.destination
            flag = account_flag(settings.destination)
            account = skipped(Check.ACCOUNT, why_not) if why_not else check_account(destination, flag)
            return CheckedService((*findings, account), destination.scope)
    except ConfigurationError:
        return CheckedService((*findings, skipped(Check.ACCOUNT, "the endpoint could not be asked")))


def _check_endpoint(settings: Settings, credentials: Finding) -> Sequence[Finding]:
    """Return a finding about the endpoint, and a finding about the clock if the endpoint's answer has a time."""
    try:
        access = Access(profile=settings.profile, region=settings.region, endpoint_url=settings.endpoint_url)
        return _reach(destination_type(settings.destination).find_endpoint(access), settings)
    except ConfigurationError as error:
        # No client opens if its profile is missing; the finding about credentials then says why.
        if credentials.status is CheckStatus.BAD:
            return (skipped(Check.ENDPOINT, "the AWS configuration cannot be used"),)
        return (refused(Check.ENDPOINT, error, otherwise="check --endpoint-url and --region"),)


def _why_not_ask(endpoint: Finding, credentials: Finding) -> str:
    if endpoint.status is not CheckStatus.OK:
        return "the endpoint does not answer"
    return "there are no credentials to ask with" if credentials.status is CheckStatus.BAD else ""


def _reach(url: str, settings: Settings) -> Sequence[Finding]:
    """Send a request without credentials, and return findings. Any answer shows that the endpoint can be reached.

    If the vendor has ended the service, the vendor's own endpoint gets no request.
    """
    # No client opens with a user, a password or a query in its URL, so the URL may be shown.
    described = destinations()[settings.destination]
    if described.ended_on and not foreign_endpoint(url):
        return (
            bad(
                Check.ENDPOINT,
                f"{url} is the vendor's own, and {described.full_title} ended on {described.ended_on}",
                "rehearse with --sandbox, or name an endpoint that still answers with --endpoint-url or "
                f"{described.endpoint_variable}",
            ),
        )
    try:
        date = _date_of_answer(url, settings.profile)
    except SSLError:
        return (bad(Check.ENDPOINT, f"the certificate of {url} is not trusted", "name its authority: AWS_CA_BUNDLE"),)
    except (BotoCoreError, ValueError) as error:
        advice = f"check --endpoint-url, {described.endpoint_variable} and the network"
        return (bad(Check.ENDPOINT, f"{url} cannot be reached ({read_error(error).cause})", advice),)
    return (ok(Check.ENDPOINT, f"{url} answers"), *_check_clock(date))


def _date_of_answer(url: str, profile: str | None) -> str | None:
    # botocore's own session, so that the check uses the same proxies and certificates as the run.
    verify = aws_session(profile).get_config_variable("ca_bundle") or True
    session = URLLib3Session(verify=verify, proxies=get_environ_proxies(url), timeout=TIMEOUT_SECONDS)
    request = AWSRequest(method="GET", url=url).prepare()
    with closing(watch(session)):
        answer = call_within(Exchange(RequestLimits(TIMEOUT_SECONDS)), partial(session.send, request))
    date: str | None = answer.headers.get("date")
    return date


def _check_clock(date: str | None) -> Sequence[Finding]:
    """Return a finding about this machine's clock, or no finding if ``date`` gives no time.

    ``date`` is the date header of the service's answer. None means that the answer has no such header.
    """
    try:
        off = abs(now() - parsedate_to_datetime(date or ""))
    except (TypeError, ValueError):
        return ()
    if off <= CLOCK_TOLERANCE:
        return (ok(Check.CLOCK, "agrees with the service's"),)
    minutes = off // timedelta(minutes=1)
    return (warn(Check.CLOCK, f"{minutes} minutes off the service's", "set it; AWS refuses what it signs"),)
