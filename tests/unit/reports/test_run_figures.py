"""The figures of a run in its summary."""

from onboarding.model.dispositions import Disposition, Reason
from onboarding.reports import SendingEstimate


def test_plans_for_two_accounts_add_up_and_are_sent_at_the_same_time():
    held = {Disposition.HELD: {Reason.LOOK_ALIKE: 2}}
    one = SendingEstimate(100, 3, 2, seconds=8.0, rate=0.25, by_domain={"a.example": 100}, domains=1, reasons=held)
    other = SendingEstimate(50, 0, 1, seconds=2.0, reasons={**held, Disposition.REJECTED: {Reason.MISSING: 1}})

    both = one + other

    assert (both.invites, both.again, both.requests, both.seconds) == (150, 3, 3, 8.0)
    assert both.by_domain == {}
    assert both.reasons == {Disposition.HELD: {Reason.LOOK_ALIKE: 4}, Disposition.REJECTED: {Reason.MISSING: 1}}


def test_time_of_two_plans_is_not_known_if_the_time_of_one_is_not():
    assert (SendingEstimate(1, 0, 1, seconds=5.0) + SendingEstimate(1, 0, 1, seconds=None)).seconds is None


def test_sum_names_domains_only_if_both_plans_name_all_of_them():
    one = SendingEstimate(3, 0, 1, seconds=None, by_domain={"a.example": 2, "b.example": 1}, domains=2)
    other = SendingEstimate(4, 0, 1, seconds=None, by_domain={"b.example": 4}, domains=1)
    more = SendingEstimate(9, 0, 1, seconds=None, by_domain={"a.example": 5}, domains=3)

    assert (one + other).by_domain == {"b.example": 5, "a.example": 2}
    assert (one + other).domains == 2
    assert ((one + more).by_domain, (one + more + other).by_domain) == ({}, {})
