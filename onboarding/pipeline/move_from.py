"""The members of an Amazon Chime account as exports, so that they can be invited to another destination.

The service lists the members. Where no endpoint answers any more, a reconciliation of the account does. There is one
file for each membership, so that the report says of every row how the person stood in the account and what this run
did. Suspended members are written as such, and policy leaves them out.
"""

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from onboarding.destinations import DESTINATION_TYPES, SANDBOX_ENDPOINT, Directory, Member, sandbox_access
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import InputRefused
from onboarding.model.outcomes import Membership
from onboarding.pipeline.job import Job
from onboarding.runtime.aws import Access
from onboarding.runtime.files import ROSTER, make_private_folder

log = structlog.get_logger()

MEMBERS = (Disposition.INVITED, Disposition.ALREADY)
"""The dispositions of people who are in the account, or will be."""

STATUSES = {Membership.REGISTERED: "Active", Membership.PENDING: "Active", Membership.SUSPENDED: "Suspended"}
"""The status that policy reads: a person who was invited there and has not accepted is invited here as well."""


@contextmanager
def member_exports(job: Job, account: str, scratch: Path) -> Iterator[list[str]]:
    """Give the names of files of the members of a Chime account, each with at least one person.

    ``account`` is an account id or the path of a reconciliation. The files lie in a folder of their own in ``scratch``,
    readable by their owner alone, until the block ends. Raises ``ConfigurationError``, ``InputRefused``,
    ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
    """
    with TemporaryDirectory(dir=make_private_folder(scratch)) as folder:
        if Path(account).is_file():
            yield [str(_from_reconciliation(Path(account), Path(folder)))]
        else:
            yield _from_service(job, account, Path(folder))


def _from_service(job: Job, account: str, folder: Path) -> list[str]:
    """Write a file for each membership, and return the names of those with people in them."""
    sandbox = job.account.sandbox
    access = sandbox_access(sandbox) if sandbox else Access(profile=job.settings.profile)
    endpoint = SANDBOX_ENDPOINT if sandbox else None
    with DESTINATION_TYPES["chime"].opener(job.settings, access, account, endpoint=endpoint) as destination:
        service = job.questions.to(destination)
        service.check()
        name = "".join(sign for sign in account if sign.isalnum() or sign == "-")
        files = {membership: folder / f"{ROSTER}{name}-{membership}.csv" for membership in Membership}
        counts = _write(files, service, job)
    log.info("roster.read", **{str(membership): count for membership, count in counts.items()})
    return [str(files[membership]) for membership, count in counts.items() if count]


def _from_reconciliation(report: Path, folder: Path) -> Path:
    """Write the people whom a reconciliation has as invited or already there. Raises ``InputRefused``."""
    path = folder / f"{ROSTER}{report.parent.name or report.stem}-told.csv"
    path.touch(mode=0o600)
    try:
        with (
            report.open(encoding="utf-8", newline="") as lines,
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(("Employee ID", "Name", "Email"))
            for line in csv.DictReader(lines):
                if line["disposition"] in MEMBERS:
                    writer.writerow((line["employee_id"], line["name"], line["email"]))
    except OSError as error:
        raise InputRefused(f"{report}: the report cannot be read ({error.strerror}).") from None
    except (KeyError, UnicodeDecodeError, csv.Error):
        raise InputRefused(f"{report}: --move-from takes an account, or a reconciliation.csv of one.") from None
    return path


def _write(files: dict[Membership, Path], directory: Directory, job: Job) -> dict[Membership, int]:
    """Write all members of an account, each to the file of its membership; return how many there are in each."""
    advance = job.bars.bar("reading the account")
    counts = dict.fromkeys(Membership, 0)
    with ExitStack() as opened:
        writers = {}
        for membership, path in files.items():
            path.touch(mode=0o600)
            writers[membership] = csv.writer(opened.enter_context(path.open("w", encoding="utf-8", newline="")))
            writers[membership].writerow(("Email", "Status"))
        for member in _members(directory):
            writers[member.membership].writerow((member.address, STATUSES[member.membership]))
            counts[member.membership] += 1
            advance(1, "")
    return counts


def _members(directory: Directory) -> Iterator[Member]:
    following = ""
    while True:
        page = directory.page(following)
        yield from page.members
        if not (following := page.following):
            return
