"""May the plan of a run be sent?"""

from collections.abc import Mapping, Sequence

from onboarding.exports import Role
from onboarding.model.errors import ExitCode
from onboarding.model.run import Run, latest_alike
from onboarding.model.sent import Ending
from onboarding.pipeline.job import Job
from onboarding.preparing import Approved, Hit, LastTime, guard
from onboarding.runtime.files import is_own

Inputs = Sequence[Mapping[str, object]]
"""What was read, as ``exports.ExportFacts`` has it."""


def admit(job: Job, inputs: Inputs) -> Ending | None:
    """Note in the job what the guards say once its census is complete; return why nothing may be sent, if they do.

    Corrections that came back are no roster: they are compared with none, and none is compared with them.
    """
    allowed = set(job.settings.allow_domain)
    unknown = job.ledger.unknown_domains(job.run.scope, job.census.domains)
    plan = job.approved
    job.guarded = guard(
        job.census,
        None if _are_corrections(inputs) else _last_time(job.ledger.runs(job.run.scope), job.run),
        None if unknown is None else [domain for domain in unknown if domain not in allowed],
        max_invites=job.settings.max_invites,
        confirm=job.settings.confirm,
        approved=Approved(plan.invites, tuple(Hit(**hit) for hit in plan.guards), plan.confirmed) if plan else None,
    )
    return Ending(ExitCode.GUARD, f"A guard was hit: {job.guarded.message}") if job.guarded.is_stopped else None


def _last_time(runs: Sequence[Run], this: Run) -> LastTime | None:
    """Return the last good run with the same exports, else with any: nobody knows then how the two compare."""
    good = [run for run in runs if run.went_well and not _are_corrections(run.inputs or ())]
    last = latest_alike(good, this)
    if last is None:
        return None
    is_alike = last.settings.get("exports") == this.settings.get("exports")
    return LastTime(last.run_id, last.counts, is_alike=is_alike)


def _are_corrections(inputs: Inputs) -> bool:
    """Say whether all that was read are workbooks that HR has filled in, beside whom the last run left."""
    columns = [one.get("columns") for one in inputs if not is_own(str(one.get("source", "")))]
    return all(isinstance(found, Mapping) and Role.EMAIL_BEFORE in found for found in columns)
