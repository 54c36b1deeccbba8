"""Settings as keyword arguments of Python programs: their names, their types for type checkers, and their checks.

The arguments have the same names as the settings. Settings for the output of the command line are left out, since the
functions for Python programs print nothing.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias, TypedDict

from pydantic import ValidationError

from onboarding.model import choices
from onboarding.model.errors import ConfigurationError
from onboarding.settings.destination_options import OWN
from onboarding.settings.options import PATHS
from onboarding.settings.settings import Settings
from onboarding.settings.sources import nearest
from onboarding.settings.values import first_mistake

FilePath: TypeAlias = str | os.PathLike[str]
"""The path of a file or folder, or an ``s3://`` URI."""

TextList: TypeAlias = str | Sequence[str]
"""One text, several texts with commas between them, or a list of texts."""

TimeSpan: TypeAlias = str | timedelta
"""A duration such as ``2h``, or a ``timedelta``."""


class SettingValues(TypedDict, total=False):
    """The settings that a Python program may give as keyword arguments. The guide explains them (topic ``settings``).

    A limit such as ``max_gone`` is a text like ``20%,10``: a share of the rows, and a number of rows that the guard
    always lets pass.
    """

    destination: str
    account_id: str | None
    network_id: str | None
    security_group: str | None
    user_type: Literal["PrivateUser", "SharedDevice"] | None
    sandbox: bool
    fresh: bool
    endpoint_url: str | None
    profile: str | None
    region: str | None
    ledger: str | None
    state_dir: FilePath | None
    locks: FilePath
    out: FilePath
    handoff: bool
    handoff_language: Literal["en", "de", "fr", "es"]
    no_page: bool
    email_column: str | None
    id_column: TextList
    name_column: TextList
    status_column: TextList
    start_column: TextList
    end_column: TextList
    ignore_column: TextList
    status_words: Mapping[Literal["active", "inactive"], Sequence[str]]
    sheet: TextList
    hidden_rows: choices.HiddenRows
    encoding: str | None
    date_order: Literal["dmy", "mdy", "ymd"] | None
    max_export_age: TextList | Mapping[str, str]
    same_bytes_warning: int
    max_same_bytes: int
    only: TextList | Mapping[str, TextList]
    skip: TextList | Mapping[str, TextList]
    allow_domain: TextList
    deny_domain: TextList
    exclude: FilePath | Sequence[FilePath]
    starts_before: str | date | None
    hold: TextList
    no_hold: TextList
    move_from: FilePath | None
    carry_over: bool
    retry_refused: bool
    max_invites: int | None
    confirm: int | None
    roster: choices.RosterKind
    max_gone: str
    max_rejected: str
    max_more_rejected: str
    max_held: str
    max_more_held: str
    max_more_excluded: str
    max_new: str
    max_new_domains: str
    max_same_address: str
    wave: int | None
    reinvite_after: TimeSpan | None
    reinvite_times: int
    rate: float | None
    concurrency: int
    deadline: TimeSpan | None
    settle_seconds: float
    resend_after: TimeSpan | None
    resend_unconfirmed: choices.ResendRule
    low_memory: bool
    jobs: int | None
    engine: choices.EngineName
    scheduler: str | None
    security_group_column: str | None
    account_column: str | None
    routes: FilePath | None
    one_file: bool
    invite_moved: bool
    notify: TextList
    notify_when: choices.NoticeRule
    ping_url: str | None
    metric_namespace: str | None


KEYWORDS = SettingValues.__optional_keys__ | OWN.keys()
"""The names of all settings that a Python program may give. Type checkers know only the names in ``SettingValues``."""


def settings_of(values: Mapping[str, object], base: Settings | None = None) -> Settings:
    """Return settings with the values of keyword arguments, and the values of ``base`` for all other settings.

    If ``base`` is None, all other settings have their defaults. ``values`` may also have ``exports`` and ``save``.
    Raises ``ConfigurationError`` for a wrong value or an unknown name, and if the values do not fit together.
    """
    given = base.model_dump(exclude_unset=True, by_alias=True) if base else {}
    try:
        return Settings(**given | texts_of(values))
    except ValidationError as error:
        raise _mistake(error) from None


def check_alone(values: Mapping[str, object]) -> None:
    """Raise ``ConfigurationError`` if a value is wrong. This check does not compare the value with other settings."""
    try:
        Settings(**texts_of(values))
    except ValidationError as error:
        if error.errors(include_input=False, include_url=False)[0]["loc"]:
            raise _mistake(error) from None


def texts_of(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values, with each path as text. Raises ``ConfigurationError`` for an unknown name."""
    for name in values.keys() - KEYWORDS - {"exports", "save"}:
        raise ConfigurationError(f"There is no setting {name!r} for Python programs.{nearest(name, KEYWORDS)}")
    return {name: _texts(value) if name in PATHS else value for name, value in values.items()}


def _texts(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return tuple(map(_texts, value)) if isinstance(value, (list, tuple)) else value


def _mistake(error: ValidationError) -> ConfigurationError:
    """Return the error for the first wrong value. It names the keyword, and never the value."""
    place = error.errors(include_input=False, include_url=False)[0]["loc"]
    return ConfigurationError(f"{place[0]}: {first_mistake(error)}." if place else f"{first_mistake(error)}.")
