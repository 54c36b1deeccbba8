"""Put refused access to AWS into words: the refused call, the reason, and advice for the operator.

AWS refuses a call for one of five reasons: no credentials, expired credentials, unknown credentials, a wrong signature,
or a missing permission. The module ``aws_errors`` reads all other errors of AWS.
"""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.exceptions import (
    CredentialRetrievalError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    SSOTokenLoadError,
    TokenRetrievalError,
)

from onboarding.model.values import dataclass
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.shell import quoted

if TYPE_CHECKING:
    from botocore.session import Session

NO_CREDENTIALS = (
    CredentialRetrievalError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
"""The errors of botocore for missing or unusable credentials."""

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
UNKNOWN_KEY_CODES = frozenset(
    {"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "MissingAuthenticationToken"}
    | {"UnrecognizedClientException"}
)
SIGNATURE_CODES = frozenset(
    {"IncompleteSignature", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
    | {"SignatureDoesNotMatch"}
)
"""The codes for a wrong signature. The cause is a wrong secret key, or a wrong clock on this machine."""
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException"})

CREDENTIAL_CODES = EXPIRED_CODES | UNKNOWN_KEY_CODES | SIGNATURE_CODES | DENIED_CODES
"""The codes of refused access. AWS front ends send some of these codes with status 400."""

_PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "CompleteMultipartUpload": "s3:PutObject",
        "CreateMultipartUpload": "s3:PutObject",
        "GetObject": "s3:GetObject and s3:ListBucket",
        "HeadObject": "s3:GetObject and s3:ListBucket",
        "ListObjectsV2": "s3:ListBucket",
        "UploadPart": "s3:PutObject",
    }
)
"""The permissions for each operation of S3.

An operation is missing here if its permission has the same name.
"""

_SERVICES: Mapping[str, str] = MappingProxyType({"s3": "S3", "secretsmanager": "Secrets Manager", "sns": "SNS"})

_WITHOUT_PROFILE: Mapping[str, str] = MappingProxyType(
    {
        "container-role": " of the container's role",
        "env": " from the environment",
        "explicit": "",
        "iam-role": " of the machine's role",
    }
)
"""Words for sources of credentials outside of profiles, by botocore's name for the source."""

_RENEWALS: Mapping[str, str] = MappingProxyType(
    {
        "config-file": "get new ones for that profile",
        "custom-process": "see to the credential process of that profile",
        "env": "set new ones in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        "explicit": "get new ones, or name a profile with --profile",
        "shared-credentials-file": "get new ones for that profile",
    }
)
"""Advice to renew expired credentials, by botocore's name for the source of the credentials.

``_renewal`` gives the advice for single sign-on and login. botocore renews all other credentials itself.
"""


@dataclass(frozen=True, slots=True)
class RefusedAccess:
    """The reason for refused access to AWS (``problem``), and advice for the operator (``advice``).

    Neither text ends with a full stop.
    """

    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.problem[0].upper()}{self.problem[1:]}; {self.advice}."


class FailedCall(Exception):
    """The failed call of a client. No code raises this error; it is the ``__cause__`` of botocore's error.

    botocore's error names neither the service nor the profile. ``session`` contains the profile and the credentials.
    ``endpoint`` is the URL of the client, or empty if the URL is unknown.
    """

    def __init__(self, service: str, operation: str, session: "Session | None", endpoint: str = "") -> None:
        super().__init__(service, operation)
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.session = session


_UNKNOWN_CALL = FailedCall("", "", None)


def explain_missing_credentials(error: Exception, session: "Session | None" = None) -> RefusedAccess:
    """Return the reason for missing credentials. ``error`` is botocore's error from the search for credentials.

    ``session`` is botocore's session for the search; None means the session of the failed call.
    """
    session, name = session or _call_of(error).session, type(error).__name__
    named = f"the AWS profile {_profile_of(session)!r}"
    if isinstance(error, SSOError | TokenRetrievalError):
        fate = "cannot be read" if isinstance(error, SSOTokenLoadError) else "has expired"
        return RefusedAccess(
            f"the single sign-on session of {named} {fate} ({name})",
            f"run aws sso login --profile {_signing_on(session)}",
        )
    if isinstance(error, LoginError):
        advice = f"run aws login --profile {quoted(_profile_of(session))}"
        return RefusedAccess(f"the session of {named} has expired ({name})", advice)
    return RefusedAccess(f"there are no usable AWS credentials ({name})", "set them, or name a profile with --profile")


def explain_refused_answer(error: Exception, *, cause: str, code: str) -> RefusedAccess:
    """Return the reason why AWS refused a call. ``cause`` is the status with the ``code`` of the answer."""
    call = _call_of(error)
    source = _source_of(call.session)
    whose = _WITHOUT_PROFILE.get(source, f" of the AWS profile {_profile_of(call.session)!r}")
    if code in EXPIRED_CODES:
        return RefusedAccess(f"the AWS credentials{whose} have expired ({cause})", _renewal(source, call.session))
    if code in UNKNOWN_KEY_CODES:
        advice = "check them, or name another profile with --profile"
        return RefusedAccess(f"AWS does not know the credentials{whose} ({cause})", advice)
    if code in SIGNATURE_CODES:
        problem = f"AWS does not accept the signature made with the credentials{whose} ({cause})"
        return RefusedAccess(problem, "check the secret key, and the clock of this machine")
    described = destinations().get(call.service)
    service = described.title if described else _SERVICES.get(call.service, "the service")
    permission = _PERMISSIONS.get(call.operation, f"{call.service}:{call.operation}" if call.operation else "access")
    grant = f"grant {permission} in IAM to the user or role of the credentials{whose}"
    problem = f"{service} answers {cause} to {call.operation or 'this request'}"
    return RefusedAccess(problem, f"{grant}, and check that the account is theirs")


def called_endpoint(error: Exception) -> str:
    """Return the URL of the call that failed with a botocore error, or an empty text if the URL is unknown."""
    return _call_of(error).endpoint


def _call_of(error: Exception) -> FailedCall:
    return error.__cause__ if isinstance(error.__cause__, FailedCall) else _UNKNOWN_CALL


def _source_of(session: "Session | None") -> str:
    """Return botocore's name for the source of a session's credentials."""
    with suppress(Exception):  # after any error here, the operator must still see the refusal itself
        if session and (found := session.get_credentials()):
            return str(found.method)
    return "explicit"


def _profile_of(session: "Session | None") -> str:
    return (session and session.profile) or "default"


def _renewal(source: str, session: "Session | None") -> str:
    if source == "login":
        return f"run aws login --profile {quoted(_profile_of(session))}"
    if source == "sso" or (source == "assume-role" and _sso_profile(session)):
        return f"run aws sso login --profile {_signing_on(session)}"
    return _RENEWALS.get(source, "check the clock of this machine")


def _signing_on(session: "Session | None") -> str:
    """Return the profile with which the operator must sign on again, in quotes if a shell needs quotes."""
    return quoted(_sso_profile(session) or _profile_of(session))


def _sso_profile(session: "Session | None") -> str:
    """Return the profile of single sign-on that provides a session's credentials, or an empty text.

    A profile that assumes a role may take the credentials for the role from another profile (``source_profile``).
    """
    profiles = session.full_config.get("profiles", {}) if session else {}
    name, seen = _profile_of(session), set[str]()
    while name in profiles and name not in seen:
        seen.add(name)
        if {"sso_session", "sso_start_url"} & profiles[name].keys():
            return name
        name = str(profiles[name].get("source_profile", ""))
    return ""
