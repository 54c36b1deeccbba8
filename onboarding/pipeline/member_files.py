"""Write the members of an account to files: one file for each status, in a form that a run reads as an export.

A service may list a member twice, for example as registered and as suspended. So this module first writes the whole
list to the disk. Then it writes each member once. If the entries of a member have different statuses, the member's
status is ``MembershipStatus.OTHER``.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from onboarding.destinations import Directory, MemberPage, PageTokens
from onboarding.model.errors import InputRefused
from onboarding.model.outcomes import MembershipStatus
from onboarding.runtime.progress import ProgressBars
from onboarding.runtime.scratch import create_private
from onboarding.sending import KnownMembers, listed_members

STATUSES = {
    MembershipStatus.REGISTERED: "Active",
    MembershipStatus.PENDING: "Active",
    MembershipStatus.SUSPENDED: "Suspended",
    MembershipStatus.OTHER: "Status that the service's model does not know",
}
"""The employment status that the run writes for each membership status, for policy to read.

People with a pending invite to the old account are invited to the new destination, too. Policy holds people with a
status that it does not know.
"""


def write_by_status(
    files: Mapping[MembershipStatus, Path], directory: Directory, scratch: Path, bars: ProgressBars
) -> dict[MembershipStatus, int]:
    """Write each member of an account to the file for the member's status. Return the number of members by status.

    If the service lists a member with several statuses, the member is in the file for ``OTHER``. ``scratch`` is a
    folder for temporary files. Raises ``InputRefused`` if the list cannot be written to the disk. Also raises the
    errors of ``directory``.
    """
    advance = bars.bar("reading the account", unit=("member", "members"))
    counts = dict.fromkeys(MembershipStatus, 0)
    known = KnownMembers()
    with ExitStack() as opened:
        listed = opened.enter_context(listed_members(scratch))
        writers = {}
        for membership, path in files.items():
            writers[membership] = csv.writer(opened.enter_context(new_private_text(path)))
            writers[membership].writerow(("Email", "Status"))
        for page in _pages(directory):
            listed.add(page.members, known.add(page.members))
            advance(len(page.members), "")
        for batch in listed.batches():
            members = batch.filter(known.take_unmarked(batch["key"]))
            memberships = known.memberships_of(members["key"])
            for key, address in zip(members["key"].to_pylist(), members["email"].to_pylist(), strict=True):
                writers[memberships[key]].writerow((address, STATUSES[memberships[key]]))
                counts[memberships[key]] += 1
        if listed.failure:
            raise InputRefused(f"The members of the account cannot be kept in {str(scratch)!r} ({listed.failure}).")
    return counts


def new_private_text(path: Path) -> TextIO:
    """Open a new text file that only its owner can read."""
    return open(create_private(path), "w", encoding="utf-8", newline="")  # noqa: PTH123 - a descriptor is no path


def _pages(directory: Directory) -> Iterator[MemberPage]:
    tokens = PageTokens()
    following: str | None = ""
    while following is not None:
        page = directory.page(following)
        yield page
        following = tokens.follow(page.following)
