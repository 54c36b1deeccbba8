"""The settings of a run: a frozen object with a field for each option, and the checks that its values fit together.

The object also computes values from the settings, such as the place of the ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from onboarding.model import choices
from onboarding.model.choices import SMALL_FOOTPRINT, STANDARD_INPUT, USUAL_FOOTPRINT, USUAL_SUSPICIONS, Footprint
from onboarding.model.destinations import in_words
from onboarding.model.dispositions import Reason
from onboarding.model.errors import ConfigurationError
from onboarding.model.handoff_words import HandoffLanguage
from onboarding.runtime.cores import usable_cores
from onboarding.runtime.files import folder_of_all_users
from onboarding.settings import options
from onboarding.settings.destination_options import ACCOUNT_OF, DESTINATIONS_OF
from onboarding.settings.destination_settings import DestinationSettings
from onboarding.settings.fields import option_field as _option
from onboarding.settings.guarding import MOST_PEOPLE
from onboarding.settings.options import FOR_MANY_ACCOUNTS, FOR_ONE_ACCOUNT, PATHS, flag_of
from onboarding.settings.receivers import Receivers
from onboarding.settings.state_folder import default_state_folder
from onboarding.settings.values import (
    Day,
    Duration,
    Endpoint,
    Namespace,
    ResendDelay,
    Scheduler,
    SecretName,
    SecretUrl,
    Several,
    Suspicions,
    check_text,
    first_mistake,
)

SLOWEST_RATE = 0.001
"""The slowest rate that the operator may choose, in requests a second: one request in about 17 minutes."""

SETTLINGS_BEFORE_RESEND = 60  # the default of ``resend_after``, as a multiple of ``settle_seconds``


class Settings(DestinationSettings):
    """The settings of a run: a field for each option of the command line, by its long name with ``_`` for ``-``.

    The object has the values that its caller passes, and defaults. It reads no environment variable and no file: the
    module ``loading`` does this. Raises pydantic's ``ValidationError`` if a value is wrong or the values do not fit
    together.
    """

    model_config = ConfigDict(
        defer_build=False,
        alias_generator=lambda name: name.rstrip("_"),
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    sandbox: bool = _option("sandbox", default=False)
    fresh: bool = _option("fresh", default=False)
    endpoint_url: Endpoint | None = _option("endpoint_url")
    profile: str | None = _option("profile", min_length=1)
    region: str | None = _option("region", min_length=1)
    ledger: str | None = _option("ledger", min_length=1, repr=False)
    aws_secret: SecretName | None = _option("aws_secret", min_length=1)
    state_dir: str | None = _option("state_dir", min_length=1)
    locks: str = _option("locks", folder_of_all_users(), min_length=1)
    out: str = _option("out", "onboarding-reports", min_length=1)
    handoff: bool = _option("handoff", default=False)
    handoff_language: HandoffLanguage = _option("handoff_language", HandoffLanguage.ENGLISH)
    no_page: bool = _option("no_page", default=False)
    save: str | None = _option("save", min_length=1)
    exclude: Several = _option("exclude", ())
    starts_before: Day | None = _option("starts_before")
    hold: Suspicions = _option("hold", ())
    no_hold: Suspicions = _option("no_hold", ())
    move_from: str | None = _option("move_from", min_length=1)
    carry_over: bool = _option("carry_over", default=False)
    retry_refused: bool = _option("retry_refused", default=False)
    wave: int | None = _option("wave", ge=1, le=MOST_PEOPLE)
    reinvite_after: Duration | None = _option("reinvite_after", gt=timedelta())
    reinvite_times: int = _option("reinvite_times", 1, ge=1, le=10)
    rate: float | None = _option("rate", ge=SLOWEST_RATE, le=10_000)
    concurrency: int = _option("concurrency", 32, ge=1, le=256)
    deadline: Duration | None = _option("deadline", gt=timedelta())
    settle_seconds: float = _option("settle_seconds", 60.0, ge=0, le=86_400)
    resend_after: ResendDelay | None = _option("resend_after")
    resend_unconfirmed: choices.ResendRule = _option("resend_unconfirmed", "confirmed-absent")
    low_memory: bool = _option("low_memory", default=False)
    jobs: int | None = _option("jobs", ge=1, le=1024)
    engine: choices.EngineName = _option("engine", "local")
    scheduler: Scheduler | None = _option("scheduler")
    security_group_column: str | None = _option("security_group_column", min_length=1)
    account_column: str | None = _option("account_column", min_length=1)
    routes: str | None = _option("routes", min_length=1)
    one_file: bool = _option("one_file", default=False)
    invite_moved: bool = _option("invite_moved", default=False)
    notify: Receivers = _option("notify", (), repr=False)
    notify_when: choices.NoticeRule = _option("notify_when", "always")
    ping_url: SecretUrl | None = _option("ping_url", repr=False)
    metric_namespace: Namespace | None = _option("metric_namespace", min_length=1, max_length=255)
    json_: bool = _option("json", default=False)
    quiet: bool = _option("quiet", default=False)
    no_progress: bool = _option("no_progress", default=False)
    log_format: choices.LogFormat = _option("log_format", "auto")
    log_level: choices.LogLevel | None = _option("log_level")

    @field_validator("*", mode="before")
    @classmethod
    def _check_text(cls, value: object, field: ValidationInfo) -> object:
        for text in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(text, str):
                check_text(text, is_path=field.field_name in PATHS)
        return value

    @model_validator(mode="before")
    @classmethod
    def _imply_destination(cls, values: Mapping[str, object]) -> Mapping[str, object]:
        return options.with_implied_destination(values)

    @model_validator(mode="after")
    def _check_sandbox(self) -> Self:
        if self.sandbox and self.endpoint_url:
            raise ValueError("--sandbox brings its own endpoint; drop it or --endpoint-url")
        if self.sandbox and self.ledger:
            raise ValueError("--sandbox keeps its own ledger; drop it or --ledger")
        if self.fresh and not self.sandbox:
            raise ValueError("--fresh empties the sandbox; add --sandbox or drop it")
        return self

    @model_validator(mode="after")
    def _check_destination(self) -> Self:
        for name, having in DESTINATIONS_OF.items():
            if getattr(self, name) is not None and self.destination not in having:
                advice = "name that destination" if len(having) == 1 else "name one of these destinations"
                raise ValueError(f"{flag_of(name)} is for --destination {in_words(having, 'or')}; drop it or {advice}")
        return self

    @model_validator(mode="after")
    def _check_engine(self) -> Self:
        if self.scheduler and self.engine != "dask":
            raise ValueError("--scheduler is for --engine dask; drop it or name that engine")
        if self.scheduler and (self.carry_over or self.move_from):
            flag = "--carry-over" if self.carry_over else "--move-from"
            raise ValueError(f"{flag} makes files that the workers of --scheduler cannot read; drop one of them")
        if self.engine == "dask" and STANDARD_INPUT in self.exports:
            raise ValueError(
                "workers of Dask cannot read the standard input; save the export to a file, or drop --engine dask"
            )
        return self

    @model_validator(mode="after")
    def _check_many_accounts(self) -> Self:
        if not self.is_to_many_accounts:
            return self._check_given(FOR_MANY_ACCOUNTS, "is for runs to many accounts; drop it")
        if self.sandbox:
            raise ValueError(
                "--sandbox rehearses runs to one account; for many start onboard sandbox, name it with --endpoint-url,"
                " and call the accounts sandbox-team-…"
            )
        if self.account_column and self.routes:
            raise ValueError("--account-column and --routes both say where people go; drop one of them")
        if self.scheduler and not self.has_ledger_on_server:
            raise ValueError(
                "the workers of --scheduler share a ledger on PostgreSQL; name one with --ledger postgresql://HOST/NAME"
            )
        why = "is for a run to one account; drop it, or --account-column or --routes"
        return self._check_given(FOR_ONE_ACCOUNT, why)

    def _check_given(self, refused: Sequence[str], why: str) -> Self:
        for name in refused:
            if getattr(self, name):
                raise ValueError(f"{flag_of(name)} {why}")
        return self

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if self.resend_after_seconds < self.settle_seconds:
            raise ValueError("--resend-after is shorter than --settle-seconds; write a longer time")
        if self.move_from:
            self._refuse_rules_for_members()
        if both := [reason for reason in self.hold if reason in self.no_hold]:
            raise ValueError(f"--hold and --no-hold both name {both[0]}; drop it from one")
        return self

    def with_values(self, values: Mapping[str, object]) -> "Settings":
        """Return a copy of the settings, in which the settings named in ``values`` have new values.

        Raises ``ConfigurationError`` if a value is wrong or the values do not fit together.
        """
        try:
            return Settings(**self.model_dump(exclude_unset=True, by_alias=True) | dict(values))
        except ValidationError as error:
            place = error.errors()[0]["loc"]
            where = f"{flag_of(str(place[0]))}: " if place else ""
            raise ConfigurationError(f"{where}{first_mistake(error)}.") from None

    @property
    def is_to_many_accounts(self) -> bool:
        """Whether the run sends to many accounts. Then each row says to which account."""
        return bool(self.account_column or self.routes)

    @property
    def account(self) -> str | None:
        """The account that the operator named, such as a Wickr network, or None."""
        return self.own(ACCOUNT_OF[self.destination])

    def own(self, name: str) -> str | None:
        """Return the value of a setting that only one destination has, such as ``security_group``, or None."""
        value: str | None = getattr(self, name)
        return value

    @property
    def resend_after_seconds(self) -> float:
        """The seconds after which the run sends an invite in doubt again if the service does not show the person."""
        given = self.resend_after
        return self.settle_seconds * SETTLINGS_BEFORE_RESEND if given is None else given.total_seconds()

    def suspicions(self) -> frozenset[Reason]:
        """Return the reasons for which the run holds rows with suspicious addresses."""
        return USUAL_SUSPICIONS.union(map(Reason, self.hold)).difference(map(Reason, self.no_hold))

    def state_folder(self) -> Path:
        """Return the folder of files that last between runs, such as the ledger. Rehearsals have their own folder.

        Raises ``ConfigurationError`` if neither a setting nor the environment names a folder.
        """
        folder = Path(self.state_dir).absolute() if self.state_dir else default_state_folder()
        return folder / "sandbox" if self.sandbox else folder

    def footprint(self) -> Footprint:
        """Return the memory and the number of threads for preparing rows. By default, one usable core stays free."""
        limits = SMALL_FOOTPRINT if self.low_memory else USUAL_FOOTPRINT
        # The thread that keeps the decided rows in order is busy, too.
        return limits.shared_by(self.jobs or max(1, usable_cores() - 1))

    @property
    def has_ledger_on_server(self) -> bool:
        """Whether the ledger is on a PostgreSQL server, and not in a file of this machine."""
        return (self.ledger or "").startswith("postgresql")

    def ledger_place(self) -> str | Path:
        """Return the URL that the operator named for the ledger, or else the path of a file in the state folder."""
        return self.ledger or self.state_folder() / "ledger.sqlite3"

    def lock_folder(self) -> Path | None:
        """Return the folder of this machine's locks, or None for a rehearsal, since no other run uses its service."""
        return None if self.sandbox else Path(self.locks)

    def service_state(self) -> Path:
        """Return the file in which the sandbox keeps its users between rehearsals."""
        return self.state_folder() / "service.sqlite3"

    def public(self) -> dict[str, object]:
        """Return the settings for ``summary.json``, without secret settings."""
        return self.model_dump(mode="json", by_alias=True, exclude=set(SECRET))


def unusual(public: Mapping[str, object]) -> dict[str, object]:
    """Return the ``public`` settings of a run that differ from the defaults."""
    usual = Settings.model_construct().public()
    return {name: value for name, value in public.items() if value != usual.get(name)}


SECRET = ("ledger", "notify", "ping_url")
"""The settings whose values are secret or may contain a password. No report, log or message shows their values."""

NAMES = frozenset(field.alias or name for name, field in Settings.model_fields.items())
"""The names of all settings. Flags, variables and files use these names."""
