"""Chunks whose requests have tokens can be sent again word for word."""

from dataclasses import replace
from datetime import timedelta

from frames import decided
from ledgers import CHIME, NOW

from onboarding.model.outcomes import InviteState, Outcome
from onboarding.preparing.known import make_chunks


def claimed(ledger, *, token="a token", names=("Ada Lovelace", "Bo Ek")):  # noqa: S107 - of a request
    """Keep two people, claim them as one chunk, and return the chunk."""
    frame = decided(["ada@example.com", "BO@example.com"], name=list(names))
    ledger.keep("first", 0, frame)
    (one,) = make_chunks([frame])
    one = replace(one, token=token)
    ledger.claim("first", CHIME, one)
    return one


def test_chunk_is_given_back_word_for_word(ledger):
    """Addresses, keys, names and their order are the same, so that the token is the same."""
    one = claimed(ledger)

    assert ledger.claimed("first", one.number) == one


def test_chunk_without_a_token_is_not_given_back(ledger):
    """The service would take the repeated chunk for a new request."""
    one = claimed(ledger, token="")

    assert ledger.claimed("first", one.number) is None
    assert ledger.claimed("first", 99) is None
    assert ledger.claimed("second", one.number) is None


def test_chunk_of_purged_people_is_not_given_back(ledger):
    one = claimed(ledger)
    ledger.settle("first", [Outcome(each.position, each.key, InviteState.INVITED, 1) for each in one.invitees])
    ledger.end("first", exit_code=0, counts={})

    ledger.purge(NOW + timedelta(days=1))

    assert ledger.claimed("first", one.number) is None


def test_people_who_are_there_already_do_not_count_as_invited(ledger):
    """The service said that they are there, so this run did not invite them."""
    one = claimed(ledger)
    ledger.settle(
        "first", [Outcome(each.position, each.key, InviteState.THERE, 1, error="Exists") for each in one.invitees]
    )

    assert ledger.live_invites(CHIME, [each.key for each in one.invitees]).empty
    assert set(ledger.outcomes("first", 0, 2)["state"]) == {"there"}
