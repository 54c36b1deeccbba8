"""Who is in an Amazon Chime account, as exports for another destination?

The account is asked, or where no endpoint of it answers any more, a reconciliation that tells of it. One file for each
way to stand with the account, so that the report says of every row how somebody stood there and what became of them
here. Suspended people are written as such, and policy leaves them out.
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

HEADER = ("Email", "Status")
THERE = (Disposition.INVITED, Disposition.ALREADY)
"""What a reconciliation says of those who are in the account, or will be."""

STATUSES = {Membership.REGISTERED: "Active", Membership.PENDING: "Active", Membership.SUSPENDED: "Suspended"}
"""What policy reads: whoever was invited there and has not accepted is invited here as well."""


@contextmanager
def rosters(job: Job, account: str, scratch: Path) -> Iterator[list[str]]:
    """Give the names of files of the people in a Chime account, none of them empty; it may be a report of one, too.

    They lie in a folder of their own in ``scratch``, readable by their owner alone, until the block ends. Raises
    ``ConfigurationError``, ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
    """
    if Path(account).is_file():
        with TemporaryDirectory(dir=make_private_folder(scratch)) as folder:
            yield [str(_told_by(Path(account), Path(folder)))]
        return
    sandbox = job.opened.sandbox
    access = sandbox_access(sandbox) if sandbox else Access(profile=job.settings.profile)
    endpoint = SANDBOX_ENDPOINT if sandbox else None
    make_private_folder(scratch)
    with (
        TemporaryDirectory(dir=scratch) as folder,
        DESTINATION_TYPES["chime"].opener(job.settings, access, account, endpoint=endpoint) as destination,
    ):
        service = job.asking(destination)
        service.check()
        name = "".join(sign for sign in account if sign.isalnum() or sign == "-")
        files = {one: Path(folder) / f"{ROSTER}{name}-{one}.csv" for one in Membership}
        counts = _write(files, service, job)
        log.info("roster.read", **{str(membership): count for membership, count in counts.items()})
        yield [str(files[membership]) for membership, count in counts.items() if count]


def _told_by(report: Path, folder: Path) -> Path:
    """Write who was invited or there already by a reconciliation. Raises ``InputRefused``."""
    path = folder / f"{ROSTER}{report.parent.name or report.stem}-told.csv"
    path.touch(mode=0o600)
    try:
        with (
            report.open(encoding="utf-8", newline="") as told,
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(("Employee ID", "Name", "Email"))
            for line in csv.DictReader(told):
                if line["disposition"] in THERE:
                    writer.writerow((line["employee_id"], line["name"], line["email"]))
    except OSError as error:
        raise InputRefused(f"{report}: the report cannot be read ({error.strerror}).") from None
    except (KeyError, UnicodeDecodeError, csv.Error):
        raise InputRefused(f"{report}: --move-from takes an account, or a reconciliation.csv of one.") from None
    return path


def _write(files: dict[Membership, Path], directory: Directory, job: Job) -> dict[Membership, int]:
    advance = job.bars.bar("reading the account")
    counts = dict.fromkeys(Membership, 0)
    with ExitStack() as opened:
        writers = {}
        for membership, path in files.items():
            path.touch(mode=0o600)
            writers[membership] = csv.writer(opened.enter_context(path.open("w", encoding="utf-8", newline="")))
            writers[membership].writerow(HEADER)
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
