"""Who is gone since an earlier run, by identity."""

from frames import decided

from onboarding.preparing.guards import RosterHashes

SECRET = b"secret of 32 bytes for the ledger"[:32]


def roster(*people, secret=SECRET) -> RosterHashes:
    """Return the roster of people, each an employee id and an address."""
    found = RosterHashes(secret)
    ids, emails = zip(*people, strict=True) if people else ((), ())
    list(found.over([decided(list(emails), employee_id=list(ids))]))
    return found


def gone(then, now):
    """Return how many people there were, and how many are gone."""
    return now.gone_from(list(then.parts()))


def test_person_who_is_not_in_the_new_roster_is_gone():
    before = roster(("1", "ada@example.com"), ("2", "bob@example.com"))

    assert gone(before, roster(("2", "bob@example.com"), ("3", "eve@example.com"))) == (2, 1)


def test_person_with_a_new_address_is_there():
    assert gone(roster(("1", "ada@example.com")), roster(("1", "ada.ruiz@example.com"))) == (1, 0)


def test_person_who_has_no_id_or_another_one_tonight_is_there():
    before = roster(("1", "ada@example.com"), ("2", "bob@example.com"))

    assert gone(before, roster(("", "ada@example.com"), ("7", "bob@example.com"))) == (2, 0)


def test_person_whose_address_is_unusable_tonight_is_there():
    assert gone(roster(("1", "ada@example.com")), roster(("1", "ada at example"))) == (1, 0)


def test_id_that_all_rows_share_tells_nothing():
    """A column of company codes may be taken for a column of ids."""
    before = roster(*(("0815", f"p{number}@example.com") for number in range(20)))
    before_ids = list(before.parts())

    now = roster(*(("0815", f"n{number}@example.com") for number in range(20)))

    people, missing = now.gone_from(before_ids)
    assert people == missing > 0


def test_row_without_id_and_address_is_no_one():
    assert gone(roster(("", ""), ("", "nonsense"), ("1", "ada@example.com")), roster(("5", "e@example.com"))) == (1, 1)


def test_duplicates_are_one_person():
    assert gone(roster(("1", "ada@example.com"), ("1", "ada@example.com")), roster()) == (1, 1)


def test_empty_rosters_compare_with_any():
    assert gone(roster(), roster(("1", "ada@example.com"))) == (0, 0)
    assert list(roster().parts()) == [b""]


def test_hashes_of_another_ledger_tell_nothing():
    before = roster(("1", "ada@example.com"), secret=b"another")

    assert gone(before, roster(("1", "ada@example.com"))) == (1, 1)


def test_roster_grows_frame_by_frame_and_reveals_nobody():
    found = RosterHashes(SECRET)
    for start in range(0, 9000, 3000):
        found.add(decided([f"person{n}@example.com" for n in range(start, start + 3000)], start=start))

    (part,) = found.parts()
    assert len(part) == 9000 * 16
    assert b"person" not in part
    assert roster().gone_from([part]) == (9000, 9000)
