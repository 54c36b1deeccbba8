"""A ledger remembers HR's answers on each database, until a newer answer, an operator or a purge ends that."""

from datetime import timedelta

import pytest
from ledgers import NOW

from onboarding.model.hr_answers import HrAnswer, RememberedAnswer

HASH = bytes(16)


def answer(given=HrAnswer.RIGHT, *, row=1, reason="near_miss_domain", about=0, **other) -> RememberedAnswer:
    """Return an answer to a question about a row."""
    return RememberedAnswer(
        row_hash=bytes([row] * 16),
        cell_hash=HASH,
        reason=reason,
        about=bytes([about] * 16),
        answer=given,
        place=f"staff.csv#{row}",
        run_id="first",
        answered_at=other.pop("answered_at", NOW),
        **other,
    )


def corrected(address="ana@example.com", **other) -> RememberedAnswer:
    return answer(HrAnswer.CORRECTED, address=address, comment="so she says", **other)


def counting(ledger) -> list[tuple[int, str, str]]:
    return [(each.row_hash[0], str(each.answer), each.address) for each in ledger.answers.current()]


def test_answers_come_back_as_they_were(ledger):
    given = [answer(), corrected(row=2), answer(HrAnswer.LATER, row=3, about=7)]

    new = ledger.answers.take(given)

    found = ledger.answers.current()
    assert new == 3
    assert [each.id for each in found] == sorted({each.id for each in found})
    assert [(each.answer, each.address, each.answered_at, each.about) for each in found] == [
        (each.answer, each.address, each.answered_at, each.about) for each in given
    ]


def test_same_answer_again_changes_nothing(ledger):
    ledger.answers.take([answer(), corrected(row=2)])

    new = ledger.answers.take([answer(answered_at=NOW + timedelta(days=1)), corrected(row=2)])

    assert new == 0
    assert {each.answered_at for each in ledger.answers.everything()} == {NOW}


@pytest.mark.parametrize(
    ("earlier", "later", "counts"),
    [
        (answer(), answer(HrAnswer.LEAVE_OUT), [(1, "leave_out", "")]),
        (answer(), answer(HrAnswer.LATER), [(1, "later", "")]),
        (answer(HrAnswer.LEAVE_OUT), answer(reason="look_alike"), [(1, "address_right", "")]),
        (answer(HrAnswer.LATER), answer(reason="look_alike"), [(1, "address_right", "")]),
        (answer(HrAnswer.LEFT), corrected(reason="missing"), [(1, "address_corrected", "ana@example.com")]),
        (corrected("old@example.com"), corrected("new@example.com"), [(1, "address_corrected", "new@example.com")]),
        (answer(), answer(reason="look_alike"), [(1, "address_right", "")] * 2),
        (answer(about=1), answer(about=2), [(1, "address_right", "")] * 2),
        (answer(HrAnswer.LEAVE_OUT), answer(row=2), [(1, "leave_out", ""), (2, "address_right", "")]),
        (answer(HrAnswer.LEFT), answer(HrAnswer.LATER, about=3), [(1, "left", ""), (1, "later", "")]),
    ],
)
def test_newer_answer_replaces_what_it_contradicts(ledger, earlier, later, counts):
    ledger.answers.take([earlier])

    ledger.answers.take([later])

    assert counting(ledger) == counts


def test_replaced_answer_keeps_no_address(ledger):
    ledger.answers.take([corrected("old@example.com"), corrected("new@example.com")])

    old, new = ledger.answers.everything()

    assert (old.address, old.comment, old.revoked_at) == ("", "", NOW)
    assert (new.address, new.revoked_at) == ("new@example.com", None)


def test_forgotten_answer_counts_no_more(ledger):
    ledger.answers.take([answer(), answer(row=2)])
    first, _ = ledger.answers.current()

    missing = ledger.answers.forget([first.id])

    assert missing == []
    assert counting(ledger) == [(2, "address_right", "")]
    assert ledger.answers.forget([first.id]) == [first.id]


def test_nothing_is_forgotten_if_one_number_is_unknown(ledger):
    ledger.answers.take([answer()])
    (only,) = ledger.answers.current()

    missing = ledger.answers.forget([only.id, 77])

    assert missing == [77]
    assert len(ledger.answers.current()) == 1


def test_purge_empties_what_hr_entered_long_ago(ledger):
    ledger.answers.take([corrected(), corrected(row=2, answered_at=NOW + timedelta(days=2)), answer(row=3)])

    ledger.purge(NOW + timedelta(days=1))

    old, young, right = ledger.answers.current()
    assert (old.address, old.comment, old.purged_at) == ("", "", NOW)
    assert (young.address, young.purged_at) == ("ana@example.com", None)
    assert right.purged_at is None


def test_corrected_address_of_a_purged_answer_may_be_given_again(ledger):
    ledger.answers.take([corrected()])
    ledger.purge(NOW + timedelta(days=1))

    new = ledger.answers.take([corrected()])

    assert new == 1
    assert counting(ledger) == [(1, "address_corrected", "ana@example.com")]
