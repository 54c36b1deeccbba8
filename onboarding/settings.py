"""What was this run told to do? One frozen object from flags, environment, a TOML file and defaults, in that order."""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

from onboarding.dates import Order
from onboarding.errors import ConfigurationError
from onboarding.footprint import SMALL, USUAL, Footprint
from onboarding.rows import Reason
from onboarding.suspicions import SUSPICIONS, USUAL_SUSPICIONS

PREFIX = "ONBOARD_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    """Read ``90s``, ``30m``, ``2h``, ``1d`` and sums like ``1h30m``."""
    if isinstance(value, timedelta):
        return value
    parts = re.findall(r"(\d+)([smhd])", value) if isinstance(value, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError("write a duration like 90s, 30m, 2h or 1h30m")
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError("that is longer than a run can last") from None


def _several(value: object) -> object:
    """Read a comma-separated list, as environment variables have it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _domain(value: str) -> str:
    """Return a domain as the keys of addresses have it, by asking the authority that those ask."""
    domain = value.removeprefix("@").rstrip(".")
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("write whole domains like example.com") from None
    return str(valid.ascii_domain)


def _day(value: object) -> object:
    """Read ``2026-12-01``; a number would pass for seconds since 1970."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("write a day like 2026-12-01") from None


def _suspicion(value: str) -> Reason:
    if value not in SUSPICIONS:
        raise ValueError(f"write one of {', '.join(SUSPICIONS)}")
    return Reason(value)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a URL like http://127.0.0.1:8765")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password; the endpoint is named in reports")
    return value


Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_several)]
Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], NoDecode, BeforeValidator(_several)]
Suspected = Annotated[tuple[Annotated[str, AfterValidator(_suspicion)], ...], NoDecode, BeforeValidator(_several)]
Day = Annotated[date, BeforeValidator(_day)]
Url = Annotated[str, AfterValidator(_url)]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(lambda value: f"{value.total_seconds():g}s", return_type=str)
]


class Settings(BaseSettings):
    """Every option of the command line, by its long name with ``_`` for ``-``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_prefix_target="all",
        alias_generator=lambda name: name.rstrip("_"),
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    exports: Several = Field((), description="Files, folders, globs or s3:// URIs to read.")
    destination: Literal["chime"] = Field("chime", description="The service that invites people.")
    account_id: str | None = Field(None, description="The Chime account to invite people to.", min_length=1)
    user_type: Literal["PrivateUser", "SharedDevice"] | None = Field(None, description="The type of the new users.")
    sandbox: bool = Field(default=False, description="Rehearse against the embedded service; mails nobody.")
    fresh: bool = Field(default=False, description="Forget earlier rehearsals first.")
    endpoint_url: Url | None = Field(None, description="Talk to this endpoint instead of AWS.")
    profile: str | None = Field(None, description="The AWS profile to use.", min_length=1)
    region: str | None = Field(None, description="The AWS region of S3.", min_length=1)
    ledger: str | None = Field(
        None,
        repr=False,
        description="The ledger, as a SQLAlchemy URL. [default: SQLite in the state folder]",
        min_length=1,
    )
    out: str = Field("onboarding-reports", description="The folder for reports: a path or an s3:// URI.", min_length=1)
    email_column: str | None = Field(
        None, description="The header of the column that holds the addresses.", min_length=1
    )
    sheet: str | None = Field(None, description="The sheet of the workbooks to read, hidden or not.", min_length=1)
    encoding: str | None = Field(
        None, description="The encoding of text files, as Python calls it. [default: found out]", min_length=1
    )
    allow_domain: Domains = Field((), description="Invite addresses of this domain only. Repeatable.")
    exclude: Several = Field((), description="A file of addresses or employee ids to leave out. Repeatable.")
    starts_before: Day | None = Field(
        None, description="Invite who starts before this day: 2026-12-01. [default: tomorrow]"
    )
    date_order: Order | None = Field(
        None, description="How the exports write 03/04/2026: dmy, mdy or ymd. [default: as their other dates tell]"
    )
    hold: Suspected = Field((), description="Hold rows for this reason too: role_address. Repeatable.")
    no_hold: Suspected = Field((), description="Hold no row for this reason, such as near_miss_domain. Repeatable.")
    rate: float | None = Field(
        None, gt=0, le=10_000, description="Send at most so many requests a second. [default: what the service allows]"
    )
    concurrency: int = Field(32, ge=1, le=256, description="Have at most so many requests under way at a time.")
    deadline: Duration | None = Field(None, gt=timedelta(), description="Stop sending after this time: 90s, 30m, 2h.")
    settle_seconds: float = Field(
        60.0, ge=0, le=86_400, description="How long to wait before the service is asked about what is in doubt."
    )
    resend_unconfirmed: Literal["never", "confirmed-absent"] = Field(
        "confirmed-absent", description="Whether to send again what was in doubt: never, or what is surely not there."
    )
    low_memory: bool = Field(default=False, description="Take less memory for large exports, and more time.")
    json_: bool = Field(default=False, description="Print the summary as one JSON document.")
    quiet: bool = Field(default=False, description="Print nothing but errors.")
    no_progress: bool = Field(default=False, description="Show no progress bar.")
    log_format: Literal["auto", "console", "json"] = Field("auto", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] | None = Field(
        None, description="Which log lines appear. [default: info, on a terminal warning]"
    )

    @model_validator(mode="after")
    def _one_service(self) -> Self:
        if self.sandbox and self.endpoint_url:
            raise ValueError("--sandbox brings its own endpoint; drop it or --endpoint-url")
        if self.sandbox and self.ledger:
            raise ValueError("--sandbox keeps its own ledger; drop it or --ledger")
        if self.fresh and not self.sandbox:
            raise ValueError("--fresh empties the sandbox; add --sandbox or drop it")
        return self

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if both := [reason for reason in self.hold if reason in self.no_hold]:
            raise ValueError(f"--hold and --no-hold both name {both[0]}; drop it from one")
        return self

    def suspicions(self) -> frozenset[Reason]:
        """Return what suspicious addresses are held for."""
        return USUAL_SUSPICIONS.union(map(Reason, self.hold)).difference(map(Reason, self.no_hold))

    def state_folder(self) -> Path:
        """Return the folder for what lasts between runs; a rehearsal has its own."""
        folder = user_state_path("onboarding", appauthor=False)
        return folder / "sandbox" if self.sandbox else folder

    def footprint(self) -> Footprint:
        """Return how much memory preparing may take."""
        return SMALL if self.low_memory else USUAL

    def ledger_place(self) -> str | Path:
        """Return where the ledger is: the URL that was named, or a file in the state folder."""
        return self.ledger or self.state_folder() / "ledger.sqlite3"

    def service_state(self) -> Path:
        """Return the file in which the embedded service keeps its users between rehearsals."""
        return self.state_folder() / "service.sqlite3"

    def public(self) -> dict[str, object]:
        """Return the settings for ``summary.json``. None is a secret, but a ledger's URL may hold a password."""
        return self.model_dump(mode="json", by_alias=True, exclude={"ledger"})


NAMES = frozenset(field.alias or name for name, field in Settings.model_fields.items())
"""What flags, variables and files may set."""


def duration(text: str, *, flag: str) -> timedelta:
    """Read a duration that is no setting. Raises ``ConfigurationError`` naming the flag."""
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        message = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{flag}: {message}.") from None


def load(flags: Mapping[str, object], *, config: Path | None = None) -> Settings:
    """Return the settings; ``flags`` holds those given on the command line, by name.

    Raises ``ConfigurationError`` naming the flag, the variable or the file's setting that is wrong, and never its
    value.
    """
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    in_file = _read(config) if config else {}
    # Variables are read in any case, so they are checked in any case.
    variables = {name[len(PREFIX) :].lower(): name for name in os.environ if name.upper().startswith(PREFIX)}
    for name in in_file.keys() - NAMES:
        raise ConfigurationError(f"{config}: there is no setting {name!r}.{_nearest(name)}")
    for name in variables.keys() - NAMES - {"config"}:
        raise ConfigurationError(f"There is no setting for the variable {variables[name]}.{_nearest(name)}")
    try:
        return Settings(**{**in_file, **EnvSettingsSource(Settings)(), **flags})
    except ValidationError as error:
        raise ConfigurationError(_explain(error, flags, variables, config)) from None


def _read(config: Path) -> dict[str, object]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{config}: the file of settings cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{config}: this is not TOML ({error}).") from None


def _nearest(name: str) -> str:
    near = get_close_matches(name, NAMES, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _explain(
    error: ValidationError, flags: Mapping[str, object], variables: Mapping[str, str], config: Path | None
) -> str:
    """Return one line for the first mistake: where it was made, and what is expected."""
    first = error.errors(include_input=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{message}."
    name = str(first["loc"][0])
    where = f"--{name.replace('_', '-')}" if name in flags else variables.get(name) or f"{config}: {name}"
    return f"{where}: {message}."
