"""Put refused access to AWS into words: which call AWS refused, the reason, and what the operator can do about it.

AWS refuses a call for one of five reasons. There are no credentials, or the credentials have expired, or AWS does not
know them, or their signature does not fit, or they lack a permission. The module ``aws_errors`` has all other errors of
AWS.
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
"""The errors with which botocore says that there are no usable credentials."""

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
UNKNOWN_KEY_CODES = frozenset(
    {"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "MissingAuthenticationToken"}
    | {"UnrecognizedClientException"}
)
SIGNATURE_CODES = frozenset(
    {"IncompleteSignature", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
    | {"SignatureDoesNotMatch"}
)
"""The codes for a signature that does not fit. The reason is a wrong secret key, or a wrong clock on this machine."""
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
"""The permissions that operations of S3 need, by operation.

If a permission has the name of its operation, the operation needs no entry here.
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
"""Words for the sources of credentials that belong to no profile, by botocore's name for the source."""

_RENEWALS: Mapping[str, str] = MappingProxyType(
    {
        "config-file": "get new ones for that profile",
        "custom-process": "see to the credential process of that profile",
        "env": "set new ones in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        "explicit": "get new ones, or name a profile with --profile",
        "shared-credentials-file": "get new ones for that profile",
    }
)
"""How to renew expired credentials, by botocore's name for the source of the credentials.

For single sign-on and login, ``_renewal`` says how to sign on again. botocore renews all other credentials without
help.
"""


@dataclass(frozen=True, slots=True)
class RefusedAccess:
    """Why AWS refused access (``problem``), and what to do about it (``advice``).

    The two texts have no full stop at the end.
    """

    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.problem[0].upper()}{self.problem[1:]}; {self.advice}."


class FailedCall(Exception):
    """The call of a client that failed. No code raises this error; it is the ``__cause__`` of botocore's error.

    An error of botocore names neither its service nor the profile. ``session`` has the profile and the credentials.
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
    """Return why there are no usable credentials. ``error`` is botocore's error from the search for credentials.

    ``session`` is botocore's session for the search. None means the session of the call that failed.
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
    """Return why AWS answered a call with a refusal. ``cause`` is the status with the ``code`` of the answer."""
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
    """Return the URL to which the failed call of an error of botocore went, or an empty text if the URL is unknown."""
    return _call_of(error).endpoint


def _call_of(error: Exception) -> FailedCall:
    return error.__cause__ if isinstance(error.__cause__, FailedCall) else _UNKNOWN_CALL


def _source_of(session: "Session | None") -> str:
    """Return botocore's name for the source of a session's credentials."""
    with suppress(Exception):  # whatever hides the source, the operator must see the refusal itself
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
    """Return the profile with which the operator must sign on, in quotes if a shell needs quotes."""
    return quoted(_sso_profile(session) or _profile_of(session))


def _sso_profile(session: "Session | None") -> str:
    """Return the profile whose single sign-on gives a session its credentials, or an empty text.

    A profile that assumes a role may get the credentials for the role from another profile (``source_profile``).
    """
    profiles = session.full_config.get("profiles", {}) if session else {}
    name, seen = _profile_of(session), set[str]()
    while name in profiles and name not in seen:
        seen.add(name)
        if {"sso_session", "sso_start_url"} & profiles[name].keys():
            return name
        name = str(profiles[name].get("source_profile", ""))
    return ""
