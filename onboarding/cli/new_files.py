"""The files that ``onboard init`` writes: the file of settings, and the files that start the job every night.

The modules ``settings.new_file`` and ``settings.schedules`` write the texts. This module chooses the paths of the files
and the values in the texts.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path

from onboarding.cli.questions import Answers
from onboarding.model.choices import Schedule
from onboarding.model.errors import ConfigurationError, ReportNotWritten
from onboarding.model.values import dataclass
from onboarding.runtime.aws_session import profile_in_environment, region_in_environment
from onboarding.runtime.files import atomic_write, folder_of_all_users, make_private_folder
from onboarding.runtime.s3 import SCHEME
from onboarding.settings.invocation import program_anywhere
from onboarding.settings.loading import load_settings
from onboarding.settings.new_file import check_one_line, new_settings_file
from onboarding.settings.schedules import SUFFIXES, NightlyStart, name_of_job, schedule_files
from onboarding.settings.sources import environment_source

SHARED_FOLDERS = (Path("/tmp"), Path(folder_of_all_users()))  # noqa: S108 - of large files, and of locks  # nosec B108
"""The folders of all users to which a run writes."""

_SHARED_BY_RUNS = ("ledger", "aws_secret")
"""The settings that all runs must share. These settings are no options of ``onboard init``."""


@dataclass(frozen=True, slots=True)
class NewFiles:
    """The new files: the file of settings (``config``), and beside it the files of the ``schedule``.

    ``start`` says how to start the job every night, or is None if a person starts the job. ``outdated`` are files in
    the same folder that an earlier ``onboard init`` wrote for another schedule.
    """

    config: Path
    of_schedule: Sequence[Path]
    schedule: Schedule
    start: NightlyStart | None
    outdated: Sequence[Path] = ()


def refuse_folder(config: str) -> None:
    """Raise ``ConfigurationError`` if the path for the file of settings is the path of a folder."""
    if config.endswith(("/", os.sep)) or Path(config).is_dir():
        inside = os.path.join(config, "onboard.toml")  # noqa: PTH118 - as the operator wrote it
        raise ConfigurationError(f"--config: {config or '.'} is a folder; name a file in it, such as {inside}.")


def refuse_existing(paths: Iterable[Path], *, replaces: bool) -> None:
    """Raise ``ConfigurationError`` if one of the files exists already. If ``replaces`` is true, check nothing."""
    for path in paths:
        if os.path.lexists(path) and not replaces:
            raise ConfigurationError(
                f"{path}: this is there already; add --force to write it anew, or name another file with --config."
            )


def write_files(answers: Answers, config: Path, *, replaces: bool) -> NewFiles:
    """Write all files, with mode 0600, and return them. After a crash, each file is complete or does not exist.

    ``config`` is the path of the file of settings. If ``replaces`` is true, the new files replace existing files. The
    function makes missing folders. For systemd, the function also makes the folders to which the job may write, since
    systemd does not start the job without these folders. Raises ``ConfigurationError`` if a file cannot contain a
    value, or if a file cannot be written.
    """
    check_one_line("--config", str(config))
    values = _values(answers, config)
    text = new_settings_file(values)
    start = _start(answers.at, config, values) if answers.at is not None else None
    names = schedule_files(answers.schedule, start) if start else {}
    paths = {config.with_name(name): name for name in names}
    refuse_existing([config, *paths], replaces=replaces)
    _make_folder(config.parent)
    if start and answers.schedule is Schedule.SYSTEMD:
        for folder in set(start.writable).difference(SHARED_FOLDERS):
            _make_folder(folder)
    _write(config, text)
    if start:
        # The user who owns the new file is the user who runs the job.
        texts = schedule_files(answers.schedule, replace(start, user=_owner(config)))
        for path, name in paths.items():
            _write(path, texts[name])
    return NewFiles(config, tuple(paths), answers.schedule, start, outdated=_outdated(config, paths))


def _outdated(config: Path, written: Iterable[Path]) -> Sequence[Path]:
    """Return the files for cron and systemd beside the file of settings, except the files ``written`` now."""
    beside = [config.with_name(f"{name_of_job(config)}{suffix}") for suffix in SUFFIXES]
    return [path for path in beside if path not in set(written) and os.path.lexists(path)]


def _values(answers: Answers, config: Path) -> Mapping[str, object]:
    """Return the settings for the file. If the file is in another folder, relative paths become absolute paths."""
    values = {"out": "onboarding-reports", **answers.settings}
    if answers.at is not None:
        # A scheduler sets other variables than a person's shell, and all runs must share one ledger.
        _refuse_variables()
        values.setdefault("state_dir", str(_state_folder()))
        for name, named in (("region", region_in_environment()), ("profile", profile_in_environment())):
            if named:
                values.setdefault(name, named)
        values.setdefault("carry_over", True)
        if "notify" in values:
            values.setdefault("notify_when", "needed")
    if config.absolute().parent != Path.cwd():
        values["exports"] = tuple(_from_anywhere(str(place)) for place in _several(values.get("exports")))
        for name in {"out", "state_dir"} & answers.settings.keys():
            values[name] = _from_anywhere(str(values[name]))
    return values


def _refuse_variables() -> None:
    """Raise ``ConfigurationError`` if an environment variable sets a setting of ``_SHARED_BY_RUNS``."""
    places = environment_source(()).places
    for name in _SHARED_BY_RUNS:
        if name in places:
            raise ConfigurationError(
                f"{places[name]}: the job at night does not get this variable, and would use another {name}; unset it,"
                f" run init again, and write {name} into the new file of settings."
            )


def _state_folder() -> Path:
    """Return the folder in which the ledger of this user's runs is kept."""
    return load_settings({}, names={"state_dir"}).state_folder()


def _several(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _from_anywhere(place: str) -> str:
    if "://" in place:
        return place
    path = os.path.abspath(place)  # noqa: PTH100 - links stay as the operator knows them
    return f"{path}/" if place.endswith("/") else path


def _start(at: time, config: Path, values: Mapping[str, object]) -> NightlyStart:
    path = Path(os.path.abspath(config))  # noqa: PTH100 - links stay as the operator knows them
    own = [path.parent / str(values["state_dir"])]
    if not str(values["out"]).startswith(SCHEME):
        own.append(path.parent / str(values["out"]))
    return NightlyStart(
        program=program_anywhere(),
        config=path,
        at=at,
        writable=(*own, *SHARED_FOLDERS),
    )


def _owner(path: Path) -> str:
    """Return the name of the user who owns a file, or the user's number if the user has no name.

    Return an empty text on a system that does not name the owner of a file.
    """
    try:
        return str(getattr(path, "owner")())  # noqa: B009 - for Windows, the types of Python have no such method
    except KeyError:
        return str(path.stat().st_uid)
    except NotImplementedError:
        return ""


def _make_folder(folder: Path) -> None:
    try:
        make_private_folder(folder)
    except OSError as error:
        raise ConfigurationError(f"{folder}: this folder cannot be made ({error.strerror}).") from None


def _write(path: Path, text: str) -> None:
    try:
        with atomic_write(path) as file:
            file.write(text.encode())
    except ReportNotWritten as error:
        reason = getattr(error.__context__, "strerror", "")
        raise ConfigurationError(f"{path}: this file cannot be written ({reason}).") from None
