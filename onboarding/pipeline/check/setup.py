"""Where do the settings come from, and which credentials and region does boto3 find?

Values of settings are never told: a ledger's URL may hold a password. Of a key no more is told than its last letters.
"""

from collections.abc import Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.session import Session

from onboarding.pipeline.check.finding import Check, Finding, bad, ok, warn
from onboarding.runtime.s3 import SCHEME
from onboarding.settings.settings import Settings

KEY_LETTERS = 4
"""So many of a key's id are told, of ids that are long enough (AWS's have 16 letters at least)."""

SHORTEST_KEY = 16

PLACES = {"flag": "flags", "environment": "the environment", "file": "the file of settings"}
"""What the origins of settings are called; one that is not here is a file's name."""

DEFAULT = "default"

SOURCES = {
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
"""What botocore's names of them mean; one that is not here is told as it is."""


def uses_s3(settings: Settings) -> bool:
    """Say whether a run reads or writes anything in S3."""
    return any(place.startswith(SCHEME) for place in (*settings.exports, *settings.exclude, settings.out))


def configuration(settings: Settings, origins: Mapping[str, str]) -> Finding:
    """Tell which settings come from where."""
    told = [
        f"{', '.join(sorted(names))} from {PLACES.get(origin, origin)}"
        for origin in dict.fromkeys([*PLACES, *sorted(origins.values())])
        if origin != DEFAULT and (names := [name for name, found in origins.items() if found == origin])
    ]
    message = "; ".join([*told, "the rest are defaults"] if told else ["all settings are defaults"])
    if settings.account is None and not settings.sandbox and not settings.by_account:
        return bad(
            Check.CONFIGURATION,
            f"no account is named ({message})",
            "name it with --account-id (Chime) or --network-id (Wickr), or add --sandbox",
        )
    return ok(Check.CONFIGURATION, message)


def credentials(settings: Settings) -> Finding:
    """Tell which credentials boto3 finds, and prove that they can be had."""
    if settings.sandbox and not uses_s3(settings):
        return ok(Check.CREDENTIALS, "none needed: the sandbox takes any")
    advice = "set them, or name a profile with --profile"
    try:
        found = Session(profile=settings.profile).get_credentials()
        if found is None:
            return bad(Check.CREDENTIALS, "there are no AWS credentials", advice)
        # A role or a single sign-on is asked only now.
        key = found.get_frozen_credentials().access_key or ""
    except ProfileNotFound as error:
        message = f"the AWS profile {error.kwargs['profile']!r} is not in the AWS configuration"
        return bad(Check.CREDENTIALS, message, "name another with --profile")
    except (BotoCoreError, ClientError, OSError, ValueError) as error:  # their text may quote a file
        return bad(Check.CREDENTIALS, f"there are no usable AWS credentials ({type(error).__name__})", advice)
    ending = f", the key ends with {key[-KEY_LETTERS:]}" if len(key) >= SHORTEST_KEY else ""
    return ok(Check.CREDENTIALS, f"from {SOURCES.get(found.method, found.method)}{ending}")


def region(settings: Settings) -> Sequence[Finding]:
    """Tell in which region S3 is asked, if it is."""
    if not uses_s3(settings):
        return ()
    try:
        found = settings.region or Session(profile=settings.profile).get_config_variable("region")
    except BotoCoreError:  # which the credentials tell better
        found = None
    if found:
        return (ok(Check.REGION, f"{found}{'' if settings.region else ', by the AWS configuration'}"),)
    return (warn(Check.REGION, "no region is named for S3", "name the bucket's with --region or AWS_DEFAULT_REGION"),)
