"""Move people from another account: write its members to files that a run reads as exports.

``--move-from`` invites the members of an account to another destination. The run reads the members from the service or,
if the service has ended, from a reconciliation of the account. The run writes members from the service to one file for
each membership status, so that the report shows the status of each person. Policy leaves suspended members out.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onboarding.destinations import SANDBOX_ENDPOINT, destination_type, sandbox_access
from onboarding.model.destinations import DestinationDescription, canonical_account
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import InputRefused
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.own_files import MEMBERS
from onboarding.pipeline.job import Job
from onboarding.pipeline.member_files import new_private_text, write_by_status
from onboarding.reports import read_reconciliation
from onboarding.runtime.aws import Access
from onboarding.runtime.destination_registry import destinations
from onboarding.runtime.files import make_private_folder, open_regular
from onboarding.runtime.logs import get_logger
from onboarding.runtime.scratch import private_scratch

log = get_logger()

IN_ACCOUNT = (Disposition.INVITED, Disposition.ALREADY)
"""The dispositions that a reconciliation shows for people who are in the account or are invited to the account."""


@contextmanager
def member_exports(job: Job, account: str, scratch: Path) -> Iterator[dict[str, str]]:
    """Write the members of another account to files, and yield the names of the files in reports, by their paths.

    ``account`` is an account id or the path of a reconciliation. The files are in a new folder in ``scratch`` until the
    block ends, and only their owner can read them. Raises ``ConfigurationError``, ``InputRefused``, ``StillThrottled``,
    ``Interrupted`` or ``DestinationClosed``.
    """
    with private_scratch(make_private_folder(scratch)) as folder:
        if _is_there(Path(account)):
            path, name = _from_reconciliation(Path(account), folder)
            yield {str(path): name}
        else:
            yield _from_service(job, account, folder)


def _source() -> DestinationDescription:
    """Return the description of the destination whose accounts ``--move-from`` names."""
    return next(each for each in destinations().values() if each.is_asked_for_members)


def _is_there(path: Path) -> bool:
    with suppress(OSError):  # an account's name may be too long for a file
        path.stat()
        return True
    return False


def _from_service(job: Job, account: str, folder: Path) -> dict[str, str]:
    """Write the members that the service lists to one file for each status.

    Return the names of the files with members, by their paths.
    """
    sandbox = job.account.sandbox
    access = sandbox_access(sandbox) if sandbox else Access(profile=job.settings.profile)
    endpoint = SANDBOX_ENDPOINT if sandbox else None
    opener = destination_type(_source().name).opener
    with opener(job.settings, access, account, endpoint=endpoint, cut=job.stop) as destination:
        service = job.questions.to(destination)
        service.check()
        files = {membership: folder / f"{membership}.csv" for membership in MembershipStatus}
        counts = write_by_status(files, service, folder, job.bars)
    log.info("roster.read", **{str(membership): count for membership, count in counts.items()})
    shown = {membership: f"{MEMBERS}{account} ({membership})" for membership, count in counts.items() if count}
    return {str(files[membership]): name for membership, name in shown.items()}


def _from_reconciliation(report: Path, folder: Path) -> tuple[Path, str]:
    """Write a file of the people whom a reconciliation shows as invited or as members already.

    Return the file's path, and its name in reports. Raises ``InputRefused`` if the reconciliation cannot be read.
    """
    path, account = folder / "members.csv", ""
    try:
        with open_regular(report) as lines, new_private_text(path) as file:
            writer = csv.writer(file)
            writer.writerow(("Employee ID", "Name", "Email"))
            for line in read_reconciliation(str(report), lines):
                if line["disposition"] in IN_ACCOUNT:
                    account = canonical_account(line["account"])
                    writer.writerow((line["employee_id"], line["name"], line["email"]))
    except OSError as error:
        raise InputRefused(f"{report}: the report cannot be read ({error.strerror}).") from None
    return path, f"{MEMBERS}{account or 'unknown'} (report {report.parent.name or report.stem})"
