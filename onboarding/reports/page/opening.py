"""The lines under the verdict on the page: further reasons to look at the run, and what the guards compared it with."""

from collections.abc import Sequence

from onboarding.model.amounts import with_noun
from onboarding.model.story import ComparedRun
from onboarding.reports.concerns import ConcernKind
from onboarding.reports.verdict import RunVerdict

_IN_THE_VERDICT = (ConcernKind.ENDING, ConcernKind.NEW_ROWS)


def further_concerns(verdict: RunVerdict) -> Sequence[str]:
    """Return the concerns that the sentence of the verdict does not mention."""
    return [concern.words for concern in verdict.concerns if concern.kind not in _IN_THE_VERDICT]


def comparison_in_words(compared: ComparedRun | None) -> str:
    """Return a sentence about the run with which the guards compared this run.

    The text is empty if the guards were not asked.
    """
    if compared is None:
        return ""
    if compared.started_at is None:
        return compared.why_none
    then = f"{compared.started_at.day} {compared.started_at:%B %Y, %H:%M %Z}"
    about = with_noun(compared.people, "row about a person", "rows about people")
    return f"The guards compared this run with run {compared.run_id} of {then}, which had {about}."
