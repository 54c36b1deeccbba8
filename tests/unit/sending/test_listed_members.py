"""Who is listed as a member but in no export: as plain sets of addresses say it, in whatever order all of them come."""

from datetime import UTC, datetime
from io import BytesIO

import pyarrow as pa
import pytest
from fakes import FakeDestination
from hypothesis import given
from hypothesis import strategies as st

from onboarding.addresses import keys_of, spelling_of
from onboarding.destinations import Member, MemberPage
from onboarding.model.outcomes import MembershipStatus
from onboarding.sending import MemberLookup
from onboarding.sending.listed_members import ListedMembers

PENDING, REGISTERED, OTHER = MembershipStatus.PENDING, MembershipStatus.REGISTERED, MembershipStatus.OTHER
ADDRESSES = [
    "ana@example.com",
    "ANA@example.com",
    "bo@example.com",
    "straße@example.com",
    "strasse@example.com",
    "cy bot",
]


class Listed(FakeDestination):
    """A service that lists these members, two on a page."""

    def __init__(self, members: list[Member]) -> None:
        super().__init__()
        self.listed = members

    def page(self, following: str) -> MemberPage:
        at = int(following or 0)
        more = str(at + 2) if at + 2 < len(self.listed) else ""
        return MemberPage(tuple(self.listed[at : at + 2]), more)


def lookup(members: list[Member], files: tuple[BytesIO, BytesIO] | None = None) -> MemberLookup:
    """Return a lookup that has read the whole list."""
    known = MemberLookup(Listed(members), listed=ListedMembers(*(files or (BytesIO(), BytesIO()))))
    known.memberships(*(pa.array([f"person{number}@example.com" for number in range(99)]) for _ in range(2)))
    assert known.is_complete
    return known


def rows(known: MemberLookup) -> list[dict[str, str]]:
    return [row for table in known.in_no_export() for row in table.to_pylist()]


@given(
    listed=st.lists(st.tuples(st.sampled_from(ADDRESSES), st.sampled_from([PENDING, REGISTERED])), max_size=12),
    exports=st.lists(st.lists(st.sampled_from(ADDRESSES), max_size=3), max_size=3),
)
def test_each_member_in_no_export_is_given_once_with_a_status_that_is_certain(listed, exports):
    known = lookup([Member(*each) for each in listed])

    for some in exports:
        known.note_in_export(pa.array(keys_of(some), pa.string()))
    found = {row["key"]: row["status"] for row in rows(known)}

    exported = {spelling_of(key) for some in exports for key in keys_of(some)}
    statuses: dict[str, set[str]] = {}
    for (key,), status in ((keys_of([address]), status) for address, status in listed):
        statuses.setdefault(key, set()).add(status)
    assert found == {
        key: next(iter(of_key)) if len(of_key) == 1 else OTHER
        for key, of_key in statuses.items()
        if spelling_of(key) not in exported
    }


def test_member_comes_with_the_address_and_the_date_that_the_service_shows():
    invited_on = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    (row,) = rows(lookup([Member("Ana@Example.com", PENDING, invited_on)]))

    assert row == {
        "key": "ana@example.com",
        "email": "Ana@Example.com",
        "invited_on": "2026-01-02T03:04:05+00:00",
        "status": "pending",
    }


def test_many_members_are_given_in_parts_of_a_bounded_size():
    known = lookup([Member(f"member{number}@example.com", REGISTERED) for number in range(150)])
    known.note_in_export(pa.array([f"member{number}@example.com" for number in range(100)], pa.string()))

    assert [row["email"] for row in rows(known)] == [f"member{number}@example.com" for number in range(100, 150)]


class Full(BytesIO):
    """A file on a disk that is full."""

    def write(self, *_: object) -> int:
        raise OSError(28, "No space left on device")


def test_disk_that_is_full_costs_the_list_and_nothing_else():
    people = Full()
    known = MemberLookup(Listed([]), listed=(kept := ListedMembers(BytesIO(), people)))

    known.note_in_export(pa.array(["ana@example.com"]))
    known.note_in_export(pa.array(["bo@example.com"]))

    assert kept.failure == "No space left on device"


@pytest.mark.parametrize("listed", [None, ListedMembers(BytesIO(), BytesIO())])
def test_account_without_members_has_nobody_beside_the_exports(listed):
    assert rows(MemberLookup(Listed([]), listed=listed)) == []
