"""Chunks whose requests have tokens can be sent again word for word."""

from dataclasses import replace
from datetime import timedelta

from frames import decided
from ledgers import CHIME, NOW, run

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


def test_chunk_that_invites_people_again_is_given_back_with_their_ids(ledger):
    """Its request has the ids, and its token says how often people were invited. A 429 in between changes nothing."""
    first = claimed(ledger)
    ledger.settle("first", [Outcome(each.position, each.key, InviteState.INVITED, 1) for each in first.invitees])
    ledger.begin(run("second", started_at=NOW + timedelta(days=20)))
    ledger.keep("second", 0, decided(["ada@example.com", "BO@example.com"], name=["Ada Lovelace", "Bo Ek"]))
    again = replace(
        first, invitees=tuple(one._replace(again=True, times=2, member_id=f"1{one.position}") for one in first.invitees)
    )

    ledger.claim("second", CHIME, replace(again, invitees=again.invitees[:1]))
    ledger.settle("second", [Outcome(0, "ada@example.com", InviteState.RELEASED, 1)])
    ledger.claim("second", CHIME, again)

    assert ledger.claimed("second", again.number) == again


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
