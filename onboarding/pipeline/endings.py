"""How a run ends: its exit code and its message for the user, from the counts of its rows and the reason for a stop."""

from collections.abc import Mapping

from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.run import minute_after
from onboarding.model.sent import Ending
from onboarding.runtime.boot_clock import BootClock, this_boot_clock

RESUME = "Resume the run"
UNUSABLE = (Disposition.REJECTED, Disposition.IGNORED, Disposition.EXCLUDED)


def ending_of(
    counts: Mapping[Disposition, int], stopped: Ending | None, advice: str = "", *, is_partial: bool = False
) -> Ending | None:
    """Return how a run ended, or None if nothing stopped it and no person is left in doubt or deferred.

    ``counts`` has the number of rows for each disposition. ``stopped`` is the reason why sending stopped early, or None
    if it did not stop early. If people are in doubt or deferred, the run has an ending even if nothing stopped it. So
    no run ends with success while people are left out. ``advice`` is advice about people who are in doubt, and may be
    empty. If ``is_partial``, the exports list only some of the people, and may list no person.
    """
    if unusable := no_usable_row(counts, is_partial=is_partial):
        return unusable
    unknown = _unknown(counts.get(Disposition.IN_DOUBT, 0), advice)
    if stopped and stopped.exit_code not in (ExitCode.SETTLED, ExitCode.STOPPED):
        is_told = unknown and stopped.exit_code != ExitCode.GUARD
        return Ending(stopped.exit_code, f"{stopped.message} {unknown}") if is_told else stopped
    if unknown:
        return Ending(ExitCode.IN_DOUBT, f"{unknown} {stopped.message}" if stopped else unknown)
    for_later_waves = stopped.wave.left if stopped and stopped.wave else 0
    if (stopped is None or stopped.wave) and (left := counts.get(Disposition.DEFERRED, 0) - for_later_waves) > 0:
        were = with_noun(left, "person was", "people were")
        message = f"{were} not invited; resume the run, or leave that to the next run."
        return Ending(ExitCode.STOPPED, message)
    return stopped


def _unknown(number: int, advice: str) -> str:
    """Return a message about people in doubt, or an empty text if no person is in doubt.

    ``number`` is how many people are in doubt. If ``advice`` is empty, the message advises to resume the run.
    """
    were = with_noun(number, "person was", "people were")
    unknown = f"Whether {were} invited is not known, and nothing was sent to them again."
    return f"{unknown} {advice or f'{RESUME}.'}" if number else ""


def exit_code(counts: Mapping[Disposition, int], ending: Ending | None) -> ExitCode:
    """Return the exit code of a run. ``ending`` is the result of ``ending_of`` for the run.

    If rows failed, the exit code is ``PARTIAL`` instead of ``SETTLED`` or ``STOPPED``.
    """
    ended = ending.exit_code if ending else ExitCode.SETTLED
    is_partial = ended in (ExitCode.SETTLED, ExitCode.STOPPED) and counts.get(Disposition.FAILED)
    return ExitCode.PARTIAL if is_partial else ended


def ending_unasked(command: str, error: OnboardingError) -> Ending:
    """Return the ending of a run that could not ask the service who is there, but still reports its rows.

    ``command`` is the command of this process. Raises ``error`` for all commands except ``run`` and ``apply``: a plan
    would be useless without the answer, and a resumed run has a report already.
    """
    if command not in ("run", "apply"):
        raise error
    return Ending(error.exit_code, str(error))


def no_usable_row(counts: Mapping[Disposition, int], *, is_partial: bool = False) -> Ending | None:
    """Return the ending of a run without a usable row, or None for any other run.

    Rows that policy excludes are not usable: a run that excludes all people is as useless as a run without addresses.
    If ``is_partial``, the exports list only some of the people. On some days the exports list no people, or only
    excluded people.
    """
    if any(counts.get(disposition) for disposition in Disposition if disposition not in UNUSABLE):
        return None
    rejected, excluded = (counts.get(disposition, 0) for disposition in (Disposition.REJECTED, Disposition.EXCLUDED))
    if is_partial and not rejected:
        return None
    why = "No row has a usable address" if rejected or not excluded else "All people in the exports are excluded"
    return Ending(ExitCode.INPUT_REFUSED, f"{why}; the report says why, row by row.")


def words_for_after(seconds: float, seconds_if_booted: float, *, boot_clock: BootClock | None = None) -> str:
    """Return words for the moment that is ``seconds`` from now, rounded up to a minute; empty if this moment has come.

    If the machine is booted before then, or if another machine resumes the run, the moment is ``seconds_if_booted``
    from now instead. If the two moments differ, the words name both. ``boot_clock`` is the clock that measures the
    seconds. None means the boot clock of this machine.
    """
    if not (boot_clock or this_boot_clock()).is_shared:  # each process counts as a boot
        seconds = seconds_if_booted
    if seconds <= 0:
        return ""
    words = f" after {minute_after(seconds)}"
    if seconds_if_booted < seconds + 60:
        return words
    return f"{words} (after {minute_after(seconds_if_booted)} on another machine, or if this one is restarted)"
