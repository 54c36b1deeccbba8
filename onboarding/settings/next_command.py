"""The one command that an operator can paste after a run has ended. The command depends on the run's end.

The screen, the page, the notices and the mail of cron all show this command. There is no command if the operator has
nothing to do, or must first correct the command line.
"""

import os
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import (
    ConfigurationError,
    ExitCode,
    HoldLost,
    InputRefused,
    Interrupted,
    NothingToResume,
    OnboardingError,
    ReportNotWritten,
    RunToBeginAgain,
    SeveralInterrupted,
)
from onboarding.model.hr_answers import ANSWERABLE
from onboarding.model.values import dataclass
from onboarding.settings.invocation import Invocation, reads_standard_input
from onboarding.settings.mistakes import corrected, is_typed
from onboarding.settings.options import LEDGER_OPTIONS, flag_of, off_flag_of

UNSENT = (Disposition.IN_DOUBT, Disposition.DEFERRED)
"""The dispositions of rows that ``onboard resume`` settles or sends."""

FIRST_STEPS: Mapping[int, str] = {
    ExitCode.USAGE: "When the setting that the message names is right, run again:",
    ExitCode.GUARD: "When the export is right, run again:",
    ExitCode.INPUT_REFUSED: "When the export, plan or setting that the message names is right, run again:",
    ExitCode.PARTIAL: "When the refused addresses are corrected, or the service takes them, run again:",
    ExitCode.CLOSED: "Mend what the message names first (credentials, permissions, account or service). Then:",
    ExitCode.HELD: "When the other run has ended:",
}
"""The step before the next command, by exit code. Without this step, the command would fail again at once."""

PIPE_STEP = "Pipe the same export into this command:"
"""The words before a command that reads an export from its standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """The facts about the end of a run or plan that decide the next command.

    ``counts`` has the number of rows by disposition. ``remedy_flags`` are the words that let a stopped plan pass the
    guards, or empty. ``planned`` is the number of people whom a plan would invite, and ``saved`` the file of this plan,
    or empty. ``settings`` are the settings of an applied or resumed run that differ from the defaults.
    ``can_be_resumed`` says whether ``onboard resume`` can finish the run. ``lacks_a_report`` says whether an optional
    report could not be written. ``is_confirmed`` says whether an operator has confirmed a plan that a guard stopped.
    ``has_news`` says whether there may be a row that HR has not heard of yet. ``exports`` are the exports that must be
    read together with a hand-off workbook, since they name the account of each person.
    """

    run_id: str
    command: str
    exit_code: int
    counts: Mapping[Disposition, int] = field(default_factory=dict)
    remedy_flags: tuple[str, ...] = ()
    planned: int = 0
    saved: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    can_be_resumed: bool = True
    lacks_a_report: bool = False
    is_confirmed: bool = False
    has_news: bool = True
    exports: tuple[str, ...] = ()


def command_after(end: RunEnd, invocation: Invocation) -> str:
    """Return the next shell command after a run with a summary, or an empty text if nothing is left to do.

    After a plan that a guard stopped, the command makes the plan again, with the number to confirm. The new plan shows
    who would be invited with this confirmation, and mails no person. If a plan has found people in doubt, the command
    resumes the run that left them.
    """
    is_plan = end.command == "plan"
    if end.lacks_a_report and not is_plan:
        return invocation.with_place(end.settings).to("report", end.run_id)
    if is_plan and _goes_on(end):
        return _command_after_plan(end, invocation)
    if end.remedy_flags:
        return invocation.again(*end.remedy_flags)
    if any(end.counts.get(each) for each in UNSENT) and end.can_be_resumed and end.exit_code != ExitCode.GUARD:
        return invocation.with_place(end.settings).resumed(end.run_id)
    if end.exit_code == ExitCode.SETTLED:
        return ""
    return _begun_anew("run", end.settings, invocation) if end.command == "resume" else invocation.again()


def _goes_on(plan: RunEnd) -> bool:
    """Return whether the operator can go on from a plan, for example send it. Otherwise the plan must be made again."""
    has_people = plan.planned or plan.remedy_flags
    return plan.exit_code == ExitCode.IN_DOUBT or (
        bool(has_people) and plan.exit_code in (ExitCode.SETTLED, ExitCode.GUARD)
    )


def _command_after_plan(end: RunEnd, invocation: Invocation) -> str:
    if end.exit_code == ExitCode.IN_DOUBT and end.can_be_resumed:
        return invocation.to("resume")  # earlier runs left the doubts, and a plan has nothing to resume
    if invocation.is_whole_job:
        return invocation.again("--confirm", str(end.planned))
    if end.remedy_flags:
        return invocation.again(*end.remedy_flags)
    if end.saved:
        return invocation.to("apply", end.saved)
    confirmed = ("--confirm", str(end.planned)) if end.is_confirmed else ()
    return invocation.to("run", *invocation.arguments, flags=confirmed)


def command_to_resume(run_id: str, settings: Mapping[str, object], invocation: Invocation) -> str:
    """Return the shell command that finishes a run from the list of runs. ``settings`` are the settings of the run.

    The ledger knows the account of the run. The command names this account only if a file of settings may name another
    account.
    """
    finding = {name: words for name, words in invocation.options.items() if name in ("config", *LEDGER_OPTIONS)}
    found = replace(invocation, options=finding)
    return (found.with_place(settings) if "config" in finding else found).to("resume", run_id)


def command_to_begin_again(command: str, settings: Mapping[str, object], invocation: Invocation) -> str:
    """Return the shell command that begins an earlier run again, or an empty text if its plan file is not known.

    ``command`` is the command that began the run. ``settings`` are the settings of the run that ``invocation`` lacks.
    """
    if command != "apply":
        return _begun_anew(command, settings, invocation)
    plan = settings.get("plan") or settings.get("save")
    return invocation.to("apply", str(plan)) if plan else ""


def _begun_anew(command: str, settings: Mapping[str, object], invocation: Invocation) -> str:
    """Return the shell command that begins an earlier run or plan anew, as ``onboard nightly`` if the run began so."""
    config = settings.get("nightly")
    if command != "run" or not config or invocation.is_whole_job:
        return invocation.anew(command, settings)
    return replace(invocation, job=(*invocation.program, "nightly", str(config))).again()


NO_ORIGIN: Mapping[str, str] = MappingProxyType({})
"""The origin of a run that can be begun again from its settings alone."""


def origin_of(invocation: Invocation | None, *, plan: str = "") -> Mapping[str, str]:
    """Return the file that a command needs, besides the settings of a run, to begin the run again.

    For a run of ``onboard nightly``, the result has the path of its file of settings under ``nightly``. For a run of
    ``onboard apply``, the result has the path of the plan under ``plan``. Paths are absolute, since the command may be
    typed in another folder.
    """
    if plan:
        return {"plan": os.path.abspath(plan)}  # noqa: PTH100 - links stay
    if invocation and invocation.job and not invocation.is_whole_job:
        return {"nightly": os.path.abspath(invocation.job[-1])}  # noqa: PTH100 - links stay
    return NO_ORIGIN


def needs_no_step(error: BaseException, invocation: Invocation) -> bool:
    """Return whether the command after an error helps at once: it names a run, or has a corrected or a new word."""
    if isinstance(error, SeveralInterrupted):
        return True
    if not isinstance(error, OnboardingError):
        return False
    is_right = bool(error.mistyped and is_typed(error.mistyped.word, invocation))
    return is_right or error.next_command is not None or bool(_remedy(error, invocation))


def first_step(command: str, exit_code: int) -> str:
    """Return the words that precede a command: what must happen first. They are empty if the command helps at once.

    After a guard has stopped a run, a command with the number to confirm helps at once.
    """
    step = "" if "--confirm" in command.split() else FIRST_STEPS.get(exit_code, "")
    return with_pipe_step(step, command)


def with_pipe_step(step: str, command: str) -> str:
    """Return the words that precede a command. If the command reads standard input, the words ask for a pipe.

    ``step`` is the result for a command that needs no pipe. It may be empty.
    """
    if not reads_standard_input(command):
        return step
    if not step.endswith(":"):
        return f"{step} {PIPE_STEP}".strip()
    before = step.removesuffix(":").removesuffix(", run again")
    return f"{before}{'' if before.endswith('Then') else ','} {PIPE_STEP[0].lower()}{PIPE_STEP[1:]}"


def command_for_hr(end: RunEnd, invocation: Invocation, *, workbook: str) -> str:
    """Return the shell command that makes a workbook of the rows to correct, or that reads the answers in ``workbook``.

    ``workbook`` is the hand-off workbook that the run has written, or empty. Return an empty text if HR has nothing new
    to answer, or if no command helps now. After a run that was stopped or refused, the operator must first decide about
    the run itself. If a whole job still has waves to send, no command helps: a run with the answers would come between
    the waves.
    """
    if not is_for_hr(end):
        return ""
    if workbook:
        has_waves = invocation.is_whole_job and any(end.counts.get(each) for each in (*UNSENT, Disposition.PLANNED))
        return "" if has_waves else invocation.with_settings(end.settings).to("run", *end.exports, workbook)
    if end.command == "plan":  # the ledger keeps no rows of a plan
        return invocation.to("plan", *invocation.arguments, flags=("--handoff",))
    return invocation.with_place(end.settings).to("report", end.run_id, flags=("--handoff",))


def is_for_hr(end: RunEnd) -> bool:
    """Return whether HR has new rows of the run to correct, and the run did not read the wrong data."""
    return end.has_news and end.exit_code in ANSWERABLE and any(end.counts.get(each) for each in TO_CORRECT)


def _command_after_nothing_to_resume(error: NothingToResume, invocation: Invocation) -> str:
    """Return the command that begins a run again if the run of ``error`` can begin again; otherwise an empty text."""
    is_part = error.run_id.count("-") > 1  # of a run to many accounts: its exports have people of other accounts, too
    if isinstance(error, RunToBeginAgain) and not is_part:
        return command_to_begin_again(error.command, error.settings, invocation)
    return ""


def command_after_error(error: BaseException, invocation: Invocation) -> str:
    """Return the next shell command after an error has ended a run, or an empty text if no command helps.

    ``FIRST_STEPS`` says what must happen before the command, if the command would otherwise fail again at once. If a
    word of the command line is wrong, the returned command has the right word in its place. If the right word is not
    known, no command helps: the operator must type another command line.
    """
    if isinstance(error, OnboardingError):
        if error.next_command is not None:
            return error.next_command
        if error.mistyped and is_typed(error.mistyped.word, invocation):
            as_meant = corrected(invocation, error.mistyped)
            return as_meant.again(*error.remedy_flags) if as_meant else ""
    return _command_after_kind(error, invocation)


def _remedy(error: BaseException, invocation: Invocation) -> tuple[str, ...]:
    """Return the words that let the same command work.

    ``onboard resume`` gets no ``--sandbox``, which would not help. ``onboard run`` gets ``--no-sandbox`` only beside a
    typed endpoint. Otherwise a rehearsal may be meant, and a person who pastes the command would mail people.
    """
    if isinstance(error, Interrupted) and not invocation.job:
        return invocation.options.get("confirm", ())  # nothing was sent, so the confirmed number is still right
    words = error.remedy_flags if isinstance(error, OnboardingError) else ()
    is_risky = invocation.command == "run" and "endpoint_url" not in invocation.options
    unfit = {"resume": flag_of("sandbox"), "run": off_flag_of("sandbox") if is_risky else ""}
    return () if unfit.get(invocation.command) in words else words


def _command_after_kind(error: BaseException, invocation: Invocation) -> str:
    """Return the next shell command after an error of this type, or an empty text if no command helps."""
    remedy = _remedy(error, invocation)
    match error:
        case NothingToResume():
            return _command_after_nothing_to_resume(error, invocation)
        case SeveralInterrupted(run_id=run_id) | HoldLost(run_id=run_id):
            return invocation.resumed(run_id)
        case ConfigurationError() if not remedy and "config" not in invocation.options:
            return ""
        case InputRefused(plan_settings=settings) if settings is not None:
            is_known = bool(settings) or invocation.is_whole_job
            return invocation.anew("plan", settings, "--save", *invocation.arguments) if is_known else ""
        case ReportNotWritten(run_id=run_id) if run_id:
            return invocation.to("report", run_id)
    return invocation.again(*remedy)
