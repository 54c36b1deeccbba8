"""The checks of a saved plan before it is sent: its destination, its exports and its lists must still be the same."""

from onboarding.exports import file_digests
from onboarding.model.choices import STANDARD_INPUT
from onboarding.model.errors import InputRefused
from onboarding.model.own_files import is_own
from onboarding.model.plan import Scope
from onboarding.pipeline.saved_plan import Header
from onboarding.runtime.aws import LazyS3Client
from onboarding.runtime.files import STANDARD_INPUT_NAME
from onboarding.settings.settings import unusual


def check_scope(header: Header, scope: Scope) -> None:
    """Raise ``InputRefused`` if the destination, the account or the endpoint of the plan differs from ``scope``."""
    if Scope(header.destination, header.account, header.endpoint) != scope:
        raise InputRefused(
            f"The plan is for {header.destination} {header.account} at {header.endpoint or 'AWS'}, and what is reached "
            f"now is {scope.destination} {scope.account} at {scope.endpoint or 'AWS'}; make a new plan."
        )


def check_inputs(header: Header, s3: LazyS3Client) -> None:
    """Raise ``InputRefused`` if an export, a list of exclusions or the table of routes has changed since the plan."""
    places = (*header.named("exports"), *header.named("exclude"), *header.named("routes"))
    named = [place for place in places if place != STANDARD_INPUT]
    now = file_digests(named, s3) if named else {}
    planned = {str(facts["source"]): facts["sha256"] for facts in header.inputs} | dict(header.lists)
    # The files that the planning run made for itself are gone. So is an export that came through a pipe.
    gone = {source for source in planned if source == STANDARD_INPUT_NAME or is_own(source)} - now.keys()
    then = {source: sha256 for source, sha256 in planned.items() if source not in gone}
    changed = [source for source in then.keys() | now.keys() if then.get(source) != now.get(source)]
    if changed:
        message = f"{min(changed)}: this is not what the plan was made from; make a new plan."
        raise InputRefused(message, plan_settings=unusual(header.settings))
