"""The lines under the verdict on the page: further concerns, HR's next step, and the comparison with an earlier run."""

from collections.abc import Sequence

from onboarding.model.amounts import with_noun
from onboarding.model.story import ComparedRun
from onboarding.reports.concerns import ConcernKind
from onboarding.reports.summary import Summary
from onboarding.reports.verdict import RunVerdict

_IN_THE_VERDICT = (ConcernKind.ENDING, ConcernKind.NEW_ROWS)


def further_concerns(verdict: RunVerdict) -> Sequence[str]:
    """Return the concerns that the sentence of the verdict does not mention."""
    return [concern.words for concern in verdict.concerns if concern.kind not in _IN_THE_VERDICT]


def step_for_hr(summary: Summary) -> str:
    """Return the next step of HR, in words without a command. The text is empty if HR has nothing to do."""
    if summary.hr_file:
        name = summary.hr_file.replace("\\", "/").rpartition("/")[2]
        return f"Open {name}: its first sheet says what to do. Save the file, and give it back to the operator."
    if summary.hr_command:
        return (
            "Correct the rows below in the HR system. Or ask the operator for the workbook of these rows, answer each "
            "row there, and give it back."
        )
    return ""


def comparison_in_words(compared: ComparedRun | None) -> str:
    """Return a sentence about the run with which the guards compared this run.

    The text is empty if the guards did not check this run.
    """
    if compared is None:
        return ""
    if compared.started_at is None:
        return compared.why_none
    then = f"{compared.started_at.day} {compared.started_at:%B %Y, %H:%M %Z}"
    about = with_noun(compared.people, "row about a person", "rows about people")
    return f"The guards compared this run with run {compared.run_id} of {then}, which had {about}."
