"""The functions that Python programs call: run, plan, apply, resume and inspect, and settings for them.

Each function does the work of the command of the same name, with the same code (``pipeline.run``). But the functions
print nothing, react to no signal, and log only if the program has configured structlog. Programs import the functions
from ``onboarding``.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar, Unpack

import structlog

from onboarding.model.choices import STANDARD_INPUT
from onboarding.model.errors import ConfigurationError
from onboarding.pipeline.inspecting import InspectedExport, inspect_exports
from onboarding.pipeline.starting import apply as apply_plan
from onboarding.pipeline.starting import notices, run_or_plan
from onboarding.pipeline.starting import resume as resume_run
from onboarding.reports import Summary
from onboarding.runtime.memory_limits import check_memory_limit
from onboarding.runtime.s3 import absolute_place
from onboarding.runtime.signals import StopSignal
from onboarding.settings.config_file import find_config
from onboarding.settings.keywords import FilePath, SettingValues, check_alone, settings_of, texts_of
from onboarding.settings.loading import load_settings as load
from onboarding.settings.settings import Settings

WAKE_SECONDS = 0.2
"""The longest time until the calling thread notices an interruption, on systems that do not wake it at once."""

STOPPED = (
    "The run was asked to stop, and has stopped in order: what was sent is in the ledger. Finish it with"
    " onboarding.resume(), or run again."
)
"""The note on the exception that has interrupted a run."""

T = TypeVar("T")


def run(*exports: FilePath, settings: Settings | None = None, **values: Unpack[SettingValues]) -> Summary:
    """Read exports, decide about each row, send invitations, and write reports, as ``onboard run`` does.

    ``exports`` are files, folders, patterns or ``s3://`` URIs. ``values`` are settings by name, such as
    ``sandbox=True``, and override ``settings``. The function reads environment variables and files of settings only if
    ``settings`` comes from ``load_settings``. Return the summary of the run. Its ``exit_code`` says how the run ended:
    for example, that a guard stopped it, or that the service refused people. Raises an ``OnboardingError`` if the run
    could not begin, or could not write its reports.
    """
    chosen = _settings(settings, {"exports": exports or None}, values)
    return _carried_out(chosen, "run", lambda stop: run_or_plan(chosen, stop_after_plan=False, stop=stop))


def plan(
    *exports: FilePath,
    save: FilePath | None = None,
    settings: Settings | None = None,
    **values: Unpack[SettingValues],
) -> Summary:
    """Report the people whom a run would invite, without sending anything, as ``onboard plan`` does.

    ``save`` is the file for the plan that ``apply`` sends. The other parameters, the result and the errors are the same
    as for ``run``.
    """
    chosen = _settings(settings, {"exports": exports or None, "save": save}, values)
    return _carried_out(chosen, "plan", lambda stop: run_or_plan(chosen, stop_after_plan=True, stop=stop))


def apply(plan: FilePath, *, settings: Settings | None = None, **values: Unpack[SettingValues]) -> Summary:
    """Invite exactly the people of a saved plan, or refuse, as ``onboard apply`` does.

    The parameter ``plan`` is the file that the function ``plan`` has saved. This file names the account. The other
    parameters, the result and the errors are the same as for ``run``. Also raises ``InputRefused`` if the plan, an
    export, a list of exclusions or the destination has changed since the plan.
    """
    chosen = _settings(settings, {}, values)
    return _carried_out(chosen, "apply", lambda stop: apply_plan(chosen, os.fspath(plan), stop=stop))


def resume(run_id: str | None = None, *, settings: Settings | None = None, **values: Unpack[SettingValues]) -> Summary:
    """Settle invitations in doubt, and finish an interrupted run, as ``onboard resume`` does.

    ``run_id`` names the run. None means the latest run, which must have been interrupted. The other parameters, the
    result and the errors are the same as for ``run``. Also raises ``NothingToResume``.
    """
    chosen = _settings(settings, {}, values)
    return _carried_out(chosen, "resume", lambda stop: resume_run(chosen, run_id, stop=stop))


def inspect(
    *exports: FilePath, settings: Settings | None = None, **values: Unpack[SettingValues]
) -> tuple[InspectedExport, ...]:
    """Return how a run would read exports and decide about their rows, as ``onboard inspect`` does.

    The function needs no account, asks no service, and writes nothing. The parameters are the same as for ``run``. If a
    run would refuse an export, ``refused`` in the result gives the reason. Raises ``ConfigurationError``, and
    ``InputRefused`` if a location has no file or a list of exclusions cannot be read.
    """
    chosen = _settings(settings, {"exports": exports or None}, values)
    check_memory_limit()
    return tuple(inspect_exports(chosen))


def make_settings(**values: Unpack[SettingValues]) -> Settings:
    """Return settings with these values, for several calls. All other settings have their defaults.

    The function reads no environment variable and no file of settings. Raises ``ConfigurationError``, which names the
    setting and never its value.
    """
    return settings_of(values)


def load_settings(config: FilePath | None = None, **values: Unpack[SettingValues]) -> Settings:
    """Return the settings that ``onboard`` would read: from a TOML file, and variables such as ``ONBOARD_OUT``.

    ``config`` is the file. With None, ``onboard`` looks for a file as usual. ``values`` override variables, and
    variables override the file. Raises ``ConfigurationError`` if a setting is wrong, or if the file cannot be read.
    """
    check_alone(values)
    return load(texts_of(values), config=find_config(None if config is None else Path(config)))


def _settings(base: Settings | None, given: Mapping[str, object], values: SettingValues) -> Settings:
    """Return the settings of a call: ``base``, changed by ``values``, and by the items of ``given`` except None."""
    named = {name: value for name, value in given.items() if value is not None}
    chosen = settings_of({**values, **named}, base)
    if STANDARD_INPUT in chosen.exports:
        raise ConfigurationError("-: only the command line reads the standard input; name the export's file.")
    # Workers of Dask cannot see whether this program has configured structlog.
    is_quiet = chosen.log_level is None and not structlog.is_configured()
    # A program may change its folder, and read the reports of a summary afterwards.
    always = {"no_progress": True, "out": absolute_place(chosen.out)}
    return chosen.with_values({**always, **({"log_level": "error"} if is_quiet else {})})


def _carried_out(settings: Settings, command: str, work: Callable[[StopSignal], Summary]) -> Summary:
    check_memory_limit()

    def carry_out(stop: StopSignal) -> Summary:
        with notices(settings, command) as notify:
            summary = work(stop)
            notify(summary)
        return summary

    return _in_thread(carry_out)


def _in_thread(work: Callable[[StopSignal], T]) -> T:
    """Return the result of ``work``, called in a thread of its own, with a copy of this thread's context.

    So no exception from outside, such as ``KeyboardInterrupt``, interrupts the work. If an exception interrupts the
    waiting thread, the function asks the work to stop. When the work has ended properly, the function raises the
    exception. A second exception is raised at once.
    """
    stop = StopSignal()
    with ThreadPoolExecutor(1, "onboarding") as pool:
        result = pool.submit(copy_context().run, work, stop)
        try:
            while wait([result], timeout=WAKE_SECONDS).not_done:
                pass
        except BaseException as interruption:
            stop.request()
            interruption.add_note(STOPPED)
            raise
    return result.result()
