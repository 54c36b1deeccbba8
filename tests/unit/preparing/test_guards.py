"""Guards stop suspicious plans, and the exact number of people lets them pass."""

from dataclasses import replace

import pytest
from frames import decided
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.guard_limits import GuardLimits, Limit
from onboarding.model.rows import joined_rows_detail
from onboarding.model.run import GuardFigures
from onboarding.preparing.guards import (
    ApprovedPlan,
    Census,
    HitGuard,
    LastRun,
    LastRuns,
    PeopleAtNewDomains,
    ask_guards,
)

USUAL = GuardLimits()


def census(*, people=1000, **more) -> Census:
    return Census(people=people, **more)


def last(people=1000, *, gone=0, run_id="r0", missing=(), hits=(), **figures) -> LastRun:
    """Return a last run of so many people. ``gone`` of them are gone."""
    return LastRun(run_id, GuardFigures(people=people, hits=hits, **figures), people, gone, missing)


def at_new_domains(people, *domains, held=0) -> PeopleAtNewDomains:
    return PeopleAtNewDomains(people, domains, held, pass_flags=("--no-hold", "new_domain"))


def ask(counted, before=None, *, limits=USUAL, confirm=None, confirmed=None, **more):
    return ask_guards(counted, limits, confirm=confirm, last=LastRuns(before, confirmed), **more)


def hits(counted, before=None, **more):
    """Return the names of the guards that a plan hits."""
    return tuple(hit.guard for hit in ask(counted, before, **more).hits)


def counted(frame) -> Census:
    found = Census()
    list(found.over([frame]))
    return found


def test_census_counts_what_passes_by_and_changes_nothing():
    frame = decided(["ada@example.com", "nonsense", "bob@sub.example", "", "eve@example.com"])
    frame.loc[3, ["disposition", "reason", "detail"]] = ["ignored", "blank_row", ""]
    frame.loc[4, ["disposition", "reason"]] = ["already", "pending"]
    found = Census()

    (passed,) = found.over([frame])

    assert passed is frame
    assert (found.invites, found.people, found.rejected, found.addresses) == (2, 4, 1, 3)
    assert list(found.domains.items()) == [("example.com", 1), ("sub.example", 1)]
    assert found.reasons == {
        ("rejected", "invalid_syntax"): 1,
        ("ignored", "blank_row"): 1,
        ("already", "pending"): 1,
    }


def test_census_counts_each_of_the_blank_rows_that_share_a_line():
    frame = decided(["ada@example.com", ""])
    frame.loc[1, ["disposition", "reason", "detail"]] = ["ignored", "blank_row", joined_rows_detail(20_000)]

    assert counted(frame).reasons == {("ignored", "blank_row"): 20_000}


def test_census_counts_people_who_are_invited_again():
    frame = decided(["ada@example.com", "bob@example.com"])
    frame.loc[1, "reason"] = Reason.AGAIN.value

    assert (counted(frame).invites, counted(frame).again) == (2, 1)


def test_census_counts_held_rows_but_for_those_of_new_domains():
    """These have a guard of their own, and a new domain must not stop the night as a held row."""
    frame = decided(["ada@example.com", "bob@example.com", "eve@new.example"])
    frame.loc[1, ["disposition", "reason"]] = ["held", "near_miss_domain"]
    frame.loc[2, ["disposition", "reason"]] = ["held", "new_domain"]

    assert counted(frame).held == 1


def test_census_counts_the_rows_of_the_most_frequent_address():
    frame = decided(["ada@example.com"] * 5 + ["bob@example.com"] * 2 + [f"p{n}@example.com" for n in range(3)])
    found = Census()
    for _ in range(2):
        found.add(frame)

    assert counted(frame).at_one_address == 5
    assert found.at_one_address == 9  # 4 duplicates twice, and the row that they repeat
    assert found.without_addresses().at_one_address == 9
    assert "@" not in repr(found)


def test_first_run_has_nothing_to_compare_with():
    found = ask(census(people=5000, invites=5000))

    assert not found.is_stopped
    assert found.compared_with == ""


@pytest.mark.parametrize(("invites", "is_hit"), [(100, False), (101, True)])
def test_more_people_than_max_invites_are_stopped(invites, is_hit):
    assert bool(hits(census(invites=invites), limits=GuardLimits(max_invites=100))) is is_hit


@pytest.mark.parametrize(("gone", "is_hit"), [(200, False), (201, True)])
def test_export_that_lost_more_than_a_fifth_of_its_people_is_stopped(gone, is_hit):
    assert bool(hits(census(), last(1000, gone=gone))) is is_hit


def test_people_gone_are_not_made_up_for_by_new_people():
    (hit,) = ask(census(people=1600), last(1000, gone=400, missing=("paris.csv",))).hits

    assert hit.guard == "people_gone"
    assert hit.why == "400 of 1,000 people of the last good run (r0) are not in the exports (1 source missing)"


def test_few_people_may_always_be_missing():
    assert not hits(census(people=0), last(10, gone=10))
    assert hits(census(people=0), last(11, gone=11))


@pytest.mark.parametrize("disposition", sorted({*Disposition} - {Disposition.IGNORED, Disposition.DUPLICATE}))
def test_all_rows_but_duplicates_and_blanks_are_people_whatever_their_disposition(disposition):
    frame = decided(["ada@example.com", "bob@example.com", "ADA@example.com"])
    frame.loc[0, "disposition"] = disposition.value

    assert counted(frame).people == 2


@pytest.mark.parametrize(("name", "guard"), [("rejected", "more_rejected"), ("held", "more_held")])
@pytest.mark.parametrize(
    ("count", "before", "is_hit"), [(50, 0, False), (51, 0, True), (100, 60, False), (111, 60, True)]
)
def test_share_of_bad_rows_that_grew_by_more_than_a_twentieth_is_stopped(name, guard, count, before, is_hit):
    assert hits(census(**{name: count}), last(**{name: before})) == ((guard,) if is_hit else ())


@pytest.mark.parametrize(
    ("count", "before", "is_hit"), [(200, 0, False), (201, 0, True), (500, 300, False), (501, 300, True), (9, 0, False)]
)
def test_share_of_people_left_out_that_grew_by_more_than_a_fifth_is_stopped(count, before, is_hit):
    assert hits(census(excluded=count), last(excluded=before)) == (("more_excluded",) if is_hit else ())


def test_rows_outside_of_the_run_are_no_people_and_not_excluded_by_policy():
    frame = decided(["ada@example.com", "nonsense", "bob@sub.example", "eve@example.com"])
    frame.loc[[1, 2], ["disposition", "reason"]] = ["excluded", "not_selected"]
    frame.loc[3, ["disposition", "reason"]] = ["excluded", "skipped_by_rule"]

    found = counted(frame)

    assert (found.people, found.excluded, found.rejected, found.filtered) == (1, 0, 0, 3)


@pytest.mark.parametrize(("has_same_rules", "is_hit"), [(True, ("more_filtered",)), (False, ())])
def test_same_rules_that_leave_out_far_more_rows_stop_the_run(has_same_rules, is_hit):
    """An export that writes ``Germany`` in place of ``DE`` leaves out everybody."""
    before = replace(last(500, filtered=500), has_same_rules=has_same_rules)

    assert hits(census(people=100, filtered=900), before) == is_hit
    assert hits(census(people=400, filtered=600), before) == ()


@pytest.mark.parametrize("guard", ["rejected", "held"])
@pytest.mark.parametrize(
    ("people", "count", "is_hit"), [(1000, 200, False), (1000, 201, True), (10, 10, False), (11, 11, True)]
)
def test_share_of_bad_rows_is_limited_from_the_first_run_on(guard, people, count, is_hit):
    assert hits(census(people=people, **{guard: count})) == ((guard,) if is_hit else ())


def test_export_with_one_address_for_all_is_stopped_from_the_first_run_on():
    found = census(people=1, addresses=2000, invites=1)
    found.repeats["ada@example.com"] = 2000

    assert hits(found) == ("same_address",)
    assert not hits(found, limits=GuardLimits(same_address=Limit(1.0, 10)))


def test_each_limit_is_a_setting():
    wide, few = Limit(1.0, 10), Limit(0.0, 0)
    bad = census(people=100, rejected=50, held=50, invites=99)
    before = last(100, gone=90)
    new = at_new_domains(90, "new.example")

    names = ("gone", "rejected", "more_rejected", "held", "more_held", "more_excluded", "new", "new_domains")
    assert hits(bad, before, new_domains=new) == ("rejected", "held", "people_gone", "new_people", "new_domain")
    assert not hits(bad, before, new_domains=new, limits=GuardLimits(**dict.fromkeys(names, wide)))
    one = census(people=100, rejected=1, held=1, invites=1)
    assert len(hits(one, last(100, gone=1), limits=GuardLimits(**dict.fromkeys(names, few)))) == 4


def test_partial_exports_are_compared_with_no_roster():
    few = GuardLimits(is_partial=True)

    assert not hits(census(people=3, invites=3), last(30, gone=30), limits=few)
    assert hits(census(people=20, rejected=12), last(30), limits=few) == ("rejected",)
    assert hits(census(people=60, invites=60), last(30), limits=few) == ("new_people",)


def test_change_that_an_operator_confirmed_passes_and_says_so_until_it_is_usual():
    """A company has sold a part: its people are gone for good, and the roster before is no measure any more."""
    confirmed = last(600, run_id="r1", rejected=60, hits=("people_gone", "more_rejected"))
    tonight = census(people=600, rejected=62)

    nights = [
        ask_guards(tonight, USUAL, confirm=None, last=LastRuns(last(1000, gone=400), confirmed, accepted=number))
        for number in range(3)
    ]

    assert [night.hits for night in nights] == [()] * 3
    assert {night.compared_with for night in nights} == {"r1"}
    assert [night.runs_until_usual for night in nights] == [2, 1, 0]
    assert [hit.guard for hit in nights[0].accepted] == ["people_gone", "more_rejected"]
    assert "400 of 1,000 people of the last good run (r0) are not in the exports" in nights[0].accepted_in_words
    assert "After 2 more such runs" in nights[0].accepted_in_words
    assert "From now on" in nights[2].accepted_in_words


def test_confirmation_covers_no_other_guard_and_no_worse_plan():
    confirmed = last(600, run_id="r1", rejected=60, hits=("people_gone", "more_rejected"))
    before = last(1000, gone=400)

    assert hits(census(people=600, held=60), before, confirmed=confirmed) == ("more_held",)
    assert hits(census(people=600, rejected=110), before, confirmed=confirmed) == ("more_rejected",)
    worse = replace(confirmed, gone=300)
    assert hits(census(people=300), last(1000, gone=700), confirmed=worse) == ("people_gone",)


@pytest.mark.parametrize("guard", ["rejected", "held", "same_address"])
def test_limit_of_every_plan_stops_each_night_that_is_not_confirmed_again(guard):
    """A broken export would otherwise be silent from the confirmed night on."""
    numbers = {guard: 94} if guard != "same_address" else {}
    tonight = census(people=118, addresses=118, **numbers)
    tonight.repeats["ada@example.com"] = 94 if guard == "same_address" else 0
    confirmed = last(118, run_id="r1", **numbers, hits=(guard,))

    for before in (last(118), None):
        found = ask(tonight, before, confirmed=confirmed)
        assert [hit.guard for hit in found.hits] == [guard]
        assert f"raise --max-{guard.replace('_', '-')}" in found.remedy
        assert not ask(tonight, before, confirmed=confirmed, confirm=0).is_stopped


def test_limit_that_was_raised_after_a_confirmation_lets_the_same_rows_pass():
    confirmed, raised = last(100, run_id="r1", rejected=30, hits=("rejected",)), GuardLimits(rejected=Limit(0.4, 10))

    found = ask(census(people=100, rejected=30), last(100), confirmed=confirmed, limits=raised)

    assert not found.hits
    assert [hit.guard for hit in found.accepted] == ["more_rejected"]


@pytest.mark.parametrize(
    ("invites", "held", "flags", "words"),
    [
        (0, 0, (), "Nobody would be invited: correct the export and run again."),
        (3, 0, ("--confirm", "3"), "confirm the number of people to invite, 3;"),
        (0, 120, ("--no-hold", "new_domain", "--confirm", "120"), "confirm the number of people to invite, 120;"),
    ],
)
def test_no_number_is_to_be_typed_where_nobody_would_be_invited(invites, held, flags, words):
    new = at_new_domains(held, "a.example", held=held)

    found = ask(census(invites=invites), last(1000, gone=400), new_domains=new)

    assert found.is_stopped
    assert found.remedy_flags == flags
    assert words in found.remedy


def test_confirmed_run_without_a_usable_row_is_no_measure():
    """The corrected export invites all its people for the first time."""
    confirmed = last(200, rejected=190, excluded=10, hits=("rejected",))

    assert hits(census(people=200, invites=200), confirmed=confirmed) == ()
    assert hits(census(people=200, invites=100), confirmed=last(200, hits=("rejected",))) == ("new_people",)


def test_plan_as_before_the_confirmed_one_passes():
    """The confirmed run was a mistake, and no measure for the corrected export."""
    confirmed = last(1000, run_id="r1", gone=0, rejected=900, hits=("rejected",))

    found = ask(census(people=1000, rejected=3), last(1000, rejected=2), confirmed=confirmed)

    assert not found.hits
    assert found.compared_with == "r0"


@pytest.mark.parametrize(("people", "invites", "is_hit"), [(1000, 100, False), (1000, 101, True), (100, 51, True)])
def test_more_new_people_than_a_tenth_of_the_export_are_stopped(people, invites, is_hit):
    assert bool(hits(census(people=people, invites=invites), last(people))) is is_hit


def test_few_new_people_are_never_too_many():
    assert not hits(census(people=50, invites=50), last(50))


@pytest.mark.parametrize(("people", "is_hit"), [(100, False), (101, True)])
def test_many_people_at_new_domains_are_stopped(people, is_hit):
    new = at_new_domains(people, "a.example", "b.example", "c.example", "d.example", held=people)

    found = ask(census(invites=20), last(), new_domains=new)

    assert found.is_stopped is is_hit
    if is_hit:
        assert "a.example, b.example, c.example and 1 more" in found.why
        assert found.remedy_flags == ("--no-hold", "new_domain", "--confirm", "121")


def test_exact_number_lets_a_plan_pass_and_the_hits_are_kept():
    bad = census(people=10, invites=500, rejected=11)

    found = ask(bad, last(gone=990), limits=GuardLimits(max_invites=100), confirm=500)

    assert not found.is_stopped
    assert found.confirmed
    assert [hit.guard for hit in found.hits] == ["max_invites 100", "rejected", "people_gone", "new_people"]
    assert found.remedy_flags == ()


@pytest.mark.parametrize("confirm", [0, 499, 501])
def test_wrong_number_stops_even_a_plan_that_hits_no_guard(confirm):
    """The operator who gave it has approved another plan."""
    found = ask(census(invites=500, people=100_000), last(100_000), confirm=confirm)

    assert found.is_stopped
    assert f"and not the {confirm} of --confirm" in found.message
    assert found.message.startswith("Stopped, nothing sent: 500 people")
    assert "confirm the number of people to invite, 500;" in found.message
    assert found.remedy_flags == ("--confirm", "500")


def test_number_of_a_saved_plan_is_what_was_approved():
    """Some of its people may have been invited since."""
    plan = ApprovedPlan(500, (), confirmed=False)

    assert not ask(census(invites=498), confirm=500, approved=plan).is_stopped


@pytest.mark.parametrize(("confirmed", "is_stopped"), [(True, False), (False, True)])
def test_guards_that_a_saved_plan_has_hit_count_until_they_are_confirmed(confirmed, is_stopped):
    """Even if the plan would not hit them any more."""
    plan = ApprovedPlan(500, (HitGuard("new_people", "500 people"),), confirmed=confirmed)

    assert ask(census(invites=500), approved=plan).is_stopped is is_stopped


def test_confirmation_of_a_plan_covers_no_guard_that_is_hit_later():
    plan = ApprovedPlan(500, (HitGuard("new_people", "500 people"),), confirmed=True)
    later = {"limits": GuardLimits(max_invites=400), "approved": plan}

    assert ask(census(invites=500), **later).is_stopped
    assert not ask(census(invites=500), confirm=500, **later).is_stopped


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.none() | st.builds(last, st.integers(1, 10_000), gone=st.integers(0, 10_000)),
    st.none() | st.integers(0, 100),
)
def test_confirming_the_number_always_helps_and_nothing_else_does(people, invites, rejected, before, most):
    found = Census(invites=invites, people=max(people, invites), rejected=rejected)
    new = at_new_domains(people + 11, "x.example")
    limits = GuardLimits(max_invites=most, new_domains=Limit(0.0, 10))

    assert not ask(found, before, new_domains=new, limits=limits, confirm=invites).is_stopped
    assert ask(found, before, new_domains=new, limits=limits).is_stopped
    assert ask(found, before, new_domains=new, limits=limits, confirm=invites + 1).is_stopped
