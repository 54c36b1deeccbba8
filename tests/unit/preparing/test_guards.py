"""Guards stop suspicious plans, and the exact number of people lets them pass."""

import pytest
from frames import decided
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.dispositions import Disposition, Reason
from onboarding.preparing.guards import (
    FEW_GONE,
    FEW_NEW,
    FEW_REJECTED,
    ApprovedPlan,
    Census,
    HitGuard,
    LastRun,
    ask_guards,
)


def census(*, people=1000, invites=0, rejected=0, **more) -> Census:
    return Census(invites=invites, people=people, rejected=rejected, **more)


def last(people=1000, rejected=0, ignored=0) -> LastRun:
    """Return a last run of so many people."""
    counts = {"already": people - rejected, "rejected": rejected, "ignored": ignored}
    return LastRun("r0", counts)


def hits(counted, before=None, *, new_domains=(), max_invites=None, confirm=None, **more):
    found = ask_guards(counted, before, new_domains, max_invites=max_invites, confirm=confirm, **more)
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


def test_census_counts_people_who_are_invited_again():
    frame = decided(["ada@example.com", "bob@example.com"])
    frame.loc[1, "reason"] = Reason.AGAIN.value
    counted = Census()

    list(counted.over([frame]))

    assert (counted.invites, counted.again) == (2, 1)


def test_first_run_has_nothing_to_compare_with():
    found = ask_guards(census(people=5000, invites=5000), None, (), max_invites=None, confirm=None)

    assert not found.is_stopped
    assert found.compared_with == ""


@pytest.mark.parametrize(("invites", "is_hit"), [(100, False), (101, True)])
def test_more_people_than_max_invites_are_stopped(invites, is_hit):
    assert bool(hits(census(invites=invites), max_invites=100)) is is_hit


@pytest.mark.parametrize(("people", "is_hit"), [(800, False), (799, True), (1200, False)])
def test_export_that_lost_more_than_a_fifth_of_its_people_is_stopped(people, is_hit):
    assert bool(hits(census(people=people), last(1000))) is is_hit


def test_few_people_may_always_be_missing():
    assert not hits(census(people=0), last(FEW_GONE))
    assert hits(census(people=0), last(FEW_GONE + 1))


def test_blank_rows_and_duplicates_are_no_people():
    frame = decided(["ada@example.com", "ADA@example.com", "bob@example.com"])
    counted = Census()
    list(counted.over([frame]))

    assert counted.people == 2
    assert not hits(census(people=900), last(1000, ignored=500))
    assert LastRun("r0", {"already": 60, "duplicate": 40, "ignored": 5}).people == 60


@pytest.mark.parametrize("disposition", sorted({*Disposition} - {Disposition.IGNORED, Disposition.DUPLICATE}))
def test_all_other_rows_are_people_whatever_their_disposition(disposition):
    """Else people who are excluded, held or rejected would seem to have left."""
    frame = decided(["ada@example.com", "bob@example.com"])
    frame.loc[0, "disposition"] = disposition.value
    counted = Census()
    list(counted.over([frame]))

    assert counted.people == 2
    assert not hits(census(people=1000), LastRun("r0", {disposition.value: 1000}))
    assert hits(census(people=799), LastRun("r0", {disposition.value: 1000}))


@pytest.mark.parametrize(
    ("rejected", "before", "is_hit"), [(50, 0, False), (51, 0, True), (100, 60, False), (111, 60, True)]
)
def test_share_of_unusable_rows_that_grew_by_more_than_a_twentieth_is_stopped(rejected, before, is_hit):
    assert bool(hits(census(rejected=rejected), last(1000, rejected=before))) is is_hit


def test_few_rows_may_always_be_unusable():
    assert not hits(census(people=20, rejected=FEW_REJECTED), last(20))
    assert hits(census(people=20, rejected=FEW_REJECTED + 1), last(20))


@pytest.mark.parametrize(("people", "invites", "is_hit"), [(1000, 100, False), (1000, 101, True), (100, 51, True)])
def test_more_new_people_than_a_tenth_of_the_export_are_stopped(people, invites, is_hit):
    assert bool(hits(census(people=people, invites=invites), last(people))) is is_hit


def test_few_new_people_are_never_too_many():
    assert not hits(census(people=FEW_NEW, invites=FEW_NEW), last(FEW_NEW))


def test_domain_at_which_no_run_has_invited_people_is_stopped():
    (hit,) = hits(census(invites=1), last(), new_domains=["a.example", "b.example", "c.example", "d.example"])

    assert "a.example, b.example, c.example and 1 more" in hit


def test_exact_number_lets_a_plan_pass_and_the_hits_are_kept():
    found = ask_guards(census(people=10, invites=500), last(), (), max_invites=100, confirm=500)

    assert not found.is_stopped
    assert found.confirmed
    assert len(found.hits) == 3


@pytest.mark.parametrize("confirm", [0, 499, 501])
def test_wrong_number_stops_even_a_plan_that_hits_no_guard(confirm):
    """The operator who gave it has approved another plan."""
    found = ask_guards(census(invites=500, people=100_000), last(100_000), (), max_invites=None, confirm=confirm)

    assert found.is_stopped
    assert f"and not the {confirm} of --confirm" in found.message
    assert found.remedy_flags == ("--confirm", "500")


def test_number_of_a_saved_plan_is_what_was_approved():
    """Some of its people may have been invited since."""
    plan = ApprovedPlan(500, (), confirmed=False)

    found = ask_guards(census(invites=498), None, (), max_invites=None, confirm=500, approved=plan)

    assert not found.is_stopped


@pytest.mark.parametrize(("confirmed", "is_stopped"), [(True, False), (False, True)])
def test_guards_that_a_saved_plan_has_hit_count_until_they_are_confirmed(confirmed, is_stopped):
    """Even if the plan would not hit them any more."""
    plan = ApprovedPlan(500, (HitGuard("new_people", "500 people"),), confirmed=confirmed)

    found = ask_guards(census(invites=500), None, (), max_invites=None, confirm=None, approved=plan)

    assert found.is_stopped is is_stopped


def test_confirmation_of_a_plan_covers_no_guard_that_is_hit_later():
    plan = ApprovedPlan(500, (HitGuard("new_people", "500 people"),), confirmed=True)

    found = ask_guards(census(invites=500), None, (), max_invites=400, confirm=None, approved=plan)

    assert found.is_stopped
    assert not ask_guards(census(invites=500), None, (), max_invites=400, confirm=500, approved=plan).is_stopped


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.none() | st.builds(last, st.integers(1, 10_000)),
    st.none() | st.integers(0, 100),
)
def test_confirming_the_number_always_helps_and_nothing_else_does(people, invites, rejected, before, most):
    counted = Census(invites=invites, people=max(people, invites), rejected=rejected)

    assert not ask_guards(counted, before, ["x.example"], max_invites=most, confirm=invites).is_stopped
    assert ask_guards(counted, before, ["x.example"], max_invites=most, confirm=None).is_stopped
    assert ask_guards(counted, before, ["x.example"], max_invites=most, confirm=invites + 1).is_stopped
