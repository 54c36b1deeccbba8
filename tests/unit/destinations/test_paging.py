"""Page tokens are followed to the end of a list, and never for ever."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.destinations import Member, MemberPage, PageTokens, Refused
from onboarding.destinations.paging import find_member
from onboarding.destinations.port import at_once
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus


def people(*addresses: str) -> tuple[Member, ...]:
    return tuple(Member(address, MembershipStatus.PENDING) for address in addresses)


@given(st.lists(st.text(min_size=1), unique=True))
def test_tokens_are_followed_until_there_is_none(given_tokens):
    tokens = PageTokens()

    assert [tokens.follow(token) for token in [*given_tokens, ""]] == [*given_tokens, None]


@given(st.lists(st.text(min_size=1), unique=True, min_size=1), st.data())
def test_token_that_comes_again_is_an_error_however_long_the_circle_is(given_tokens, data):
    tokens = PageTokens()
    for token in given_tokens:
        tokens.follow(token)
    again = data.draw(st.sampled_from(given_tokens))

    with pytest.raises(DestinationClosed, match="never ends"):
        tokens.follow(again)


def test_list_with_more_pages_than_people_could_fill_is_an_error():
    tokens = PageTokens(most_pages=3)
    tokens.follow("1")
    tokens.follow("2")

    with pytest.raises(DestinationClosed, match="more than 3 pages"):
        tokens.follow("3")


def test_person_is_found_on_the_last_page_that_is_read():
    pages = {"": MemberPage(people("xana@example.com"), "more"), "more": MemberPage(people("ANA@example.com"), "")}

    assert find_member(pages.__getitem__, "ana@example.com", at_once, most_pages=2).address == "ANA@example.com"
    with pytest.raises(Refused):
        find_member(pages.__getitem__, "ana@example.com", at_once, most_pages=1)


def test_member_under_another_spelling_is_found_if_the_address_itself_is_not():
    alone = {"": MemberPage(people("strasse@example.com", "ana@example.com"), "")}
    both = {"": MemberPage(people("strasse@example.com"), "2"), "2": MemberPage(people("Straße@example.com"), "")}

    found = [find_member(pages.__getitem__, "straße@example.com", at_once).address for pages in (alone, both)]

    assert found == ["strasse@example.com", "Straße@example.com"]


@pytest.mark.parametrize("statuses", list(permutations([MembershipStatus.PENDING, MembershipStatus.REGISTERED])))
@pytest.mark.parametrize("pages_at_most", [1, 2])
def test_member_shown_with_two_statuses_is_found_with_a_status_that_is_not_known(statuses, pages_at_most):
    """On one page or on two pages, and whichever status comes first. The later date of an invitation counts."""
    first, second = (
        Member(address, status, datetime(2026, 1, day, tzinfo=UTC))
        for address, status, day in zip(("ana@example.com", "ANA@example.com"), statuses, (5, 2), strict=True)
    )
    pages = {
        1: {"": MemberPage((first, second), "")},
        2: {"": MemberPage((first,), "2"), "2": MemberPage((second,), "")},
    }

    found = find_member(pages[pages_at_most].__getitem__, "ana@example.com", at_once)

    assert (found.membership, found.invited_on.day) == (MembershipStatus.OTHER, 5)


def test_member_shown_twice_with_one_status_keeps_the_status():
    page = MemberPage(people("ana@example.com", "ANA@example.com"), "")

    assert find_member({"": page}.__getitem__, "ana@example.com", at_once).membership is MembershipStatus.PENDING


def test_search_ends_at_its_last_page_if_it_has_found_the_member():
    pages = {"": MemberPage(people("ana@example.com"), "2")}

    assert find_member(pages.__getitem__, "ana@example.com", at_once, most_pages=1).address == "ana@example.com"
