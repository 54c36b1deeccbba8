"""Which plans a guard stops, and which number lets them pass."""

import pytest
from frames import decided
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.dispositions import Reason
from onboarding.preparing.guards import FEW_GONE, FEW_NEW, FEW_REJECTED, Approved, Census, Hit, LastTime, guard


def census(*, people=1000, invites=0, rejected=0, **more) -> Census:
    return Census(invites=invites, people=people, rejected=rejected, **more)


def last(people=1000, rejected=0, ignored=0) -> LastTime:
    """Return a last run of so many people."""
    counts = {"already": people - rejected, "rejected": rejected, "ignored": ignored}
    return LastTime("r0", counts)


def hits(counted, before=None, *, new_domains=(), max_invites=None, confirm=None, **more):
    found = guard(counted, before, new_domains, max_invites=max_invites, confirm=confirm, **more)
    return tuple(hit.why for hit in found.hits)


def test_census_counts_what_passes_by_and_changes_nothing():
    frame = decided(["ada@example.com", "nonsense", "bob@sub.example", "", "eve@example.com"])
    frame.loc[3, ["disposition", "reason"]] = ["ignored", "blank_row"]
    frame.loc[4, ["disposition", "reason"]] = ["already", "pending"]
    counted = Census()

    (passed,) = counted.over([frame])

    assert passed is frame
    assert (counted.invites, counted.people, counted.rejected) == (2, 4, 1)
    assert list(counted.domains) == ["example.com", "sub.example"]


def test_census_counts_whom_it_is_not_the_first_time_for():
    frame = decided(["ada@example.com", "bob@example.com"])
    frame.loc[1, "reason"] = Reason.AGAIN.value
    counted = Census()

    list(counted.over([frame]))

    assert (counted.invites, counted.again) == (2, 1)


def test_first_run_has_nothing_to_compare_with():
    found = guard(census(people=5000, invites=5000), None, (), max_invites=None, confirm=None)

    assert not found.is_stopped
    assert found.compared_with == ""


@pytest.mark.parametrize(("invites", "is_hit"), [(100, False), (101, True)])
def test_more_than_the_most_that_was_named(invites, is_hit):
    assert bool(hits(census(invites=invites), max_invites=100)) is is_hit


@pytest.mark.parametrize(("people", "is_hit"), [(800, False), (799, True), (1200, False)])
def test_roster_that_shrank_by_more_than_a_fifth(people, is_hit):
    assert bool(hits(census(people=people), last(1000))) is is_hit


def test_few_people_may_always_be_gone():
    assert not hits(census(people=0), last(FEW_GONE))
    assert hits(census(people=0), last(FEW_GONE + 1))


def test_rows_that_stand_for_nobody_are_no_people():
    """Blank ones, and those that are merged into another."""
    frame = decided(["ada@example.com", "ADA@example.com", "bob@example.com"])
    counted = Census()
    list(counted.over([frame]))

    assert counted.people == 2
    assert not hits(census(people=900), last(1000, ignored=500))
    assert LastTime("r0", {"already": 60, "duplicate": 40, "ignored": 5}).people == 60


@pytest.mark.parametrize(
    ("rejected", "before", "is_hit"), [(50, 0, False), (51, 0, True), (100, 60, False), (111, 60, True)]
)
def test_share_of_unusable_rows_that_rose_by_more_than_a_twentieth(rejected, before, is_hit):
    assert bool(hits(census(rejected=rejected), last(1000, rejected=before))) is is_hit


def test_few_rows_may_always_be_unusable():
    assert not hits(census(people=20, rejected=FEW_REJECTED), last(20))
    assert hits(census(people=20, rejected=FEW_REJECTED + 1), last(20))


@pytest.mark.parametrize(("people", "invites", "is_hit"), [(1000, 100, False), (1000, 101, True), (100, 51, True)])
def test_more_new_people_than_a_tenth_of_the_roster(people, invites, is_hit):
    assert bool(hits(census(people=people, invites=invites), last(people))) is is_hit


def test_few_new_people_are_never_too_many():
    assert not hits(census(people=FEW_NEW, invites=FEW_NEW), last(FEW_NEW))


def test_domain_to_which_nobody_was_ever_invited():
    (hit,) = hits(census(invites=1), last(), new_domains=["a.example", "b.example", "c.example", "d.example"])

    assert "a.example, b.example, c.example and 1 more" in hit


def test_exact_number_lets_a_plan_pass_and_the_hits_are_kept():
    found = guard(census(people=10, invites=500), last(), (), max_invites=100, confirm=500)

    assert not found.is_stopped
    assert found.confirmed
    assert len(found.hits) == 3


@pytest.mark.parametrize("confirm", [0, 499, 501])
def test_another_number_stops_even_a_plan_that_no_guard_minds(confirm):
    """Whoever named it has approved of something else."""
    found = guard(census(invites=500, people=100_000), last(100_000), (), max_invites=None, confirm=confirm)

    assert found.is_stopped
    assert f"and not the {confirm} of --confirm" in found.message
    assert "--confirm 500" in found.message


def test_number_of_a_saved_plan_is_what_was_approved():
    """Some of its people may have been invited since."""
    plan = Approved(500, (), confirmed=False)

    found = guard(census(invites=498), None, (), max_invites=None, confirm=500, approved=plan)

    assert not found.is_stopped


@pytest.mark.parametrize(("confirmed", "is_stopped"), [(True, False), (False, True)])
def test_what_a_saved_plan_has_hit_counts_until_it_was_confirmed(confirmed, is_stopped):
    """Even if it would not be hit any more."""
    plan = Approved(500, (Hit("new_people", "500 people"),), confirmed=confirmed)

    found = guard(census(invites=500), None, (), max_invites=None, confirm=None, approved=plan)

    assert found.is_stopped is is_stopped


def test_what_was_confirmed_with_a_plan_covers_no_guard_that_is_hit_later():
    plan = Approved(500, (Hit("new_people", "500 people"),), confirmed=True)

    found = guard(census(invites=500), None, (), max_invites=400, confirm=None, approved=plan)

    assert found.is_stopped
    assert not guard(census(invites=500), None, (), max_invites=400, confirm=500, approved=plan).is_stopped


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.none() | st.builds(last, st.integers(1, 10_000)),
    st.none() | st.integers(0, 100),
)
def test_confirming_the_number_always_helps_and_nothing_else_does(people, invites, rejected, before, most):
    counted = Census(invites=invites, people=max(people, invites), rejected=rejected)

    assert not guard(counted, before, ["x.example"], max_invites=most, confirm=invites).is_stopped
    assert guard(counted, before, ["x.example"], max_invites=most, confirm=None).is_stopped
    assert guard(counted, before, ["x.example"], max_invites=most, confirm=invites + 1).is_stopped
