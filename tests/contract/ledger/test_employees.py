"""The ledger knows by an employee id who was invited, and at which addresses, also among very many ids."""

import pyarrow as pa
import pytest
from ledgers import CHIME, run

from onboarding.ledger.employees import FEW_IDS
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Invitee, Scope


def texts(*values: str) -> pa.Array:
    return pa.array(values, pa.string())


@pytest.fixture
def invited(ledger):
    """Return a ledger with invites of three people, one of them without an employee id."""
    people = (("ada@x.example", "7"), ("bob@x.example", "8"), ("cy@x.example", ""))
    chunk = Chunk(
        1, tuple(Invitee(at, *[address] * 2, employee=employee) for at, (address, employee) in enumerate(people))
    )
    ledger.begin(run("second"))
    ledger.claim("first", CHIME, chunk)
    ledger.settle("first", [Outcome(at, address, InviteState.INVITED, 1) for at, (address, _) in enumerate(people)])
    return ledger


@pytest.mark.parametrize("many", [0, FEW_IDS])
def test_invite_is_found_by_the_employee_id(invited, many):
    """Among few ids, and among so many that the hashes of the ledger are read first."""
    strangers = [f"x{number}" for number in range(many)]
    employees = texts("7", "", "8", "9", *strangers)
    keys = texts("ada.new@x.example", "cy@x.example", "bob@x.example", "", *[""] * many)

    found = invited.employee_invites(CHIME, without_run="second").find(employees, keys)

    assert {at: (invite.address, invite.is_here) for at, invite in found.items()} == {
        0: ("ada@x.example", False),
        2: ("bob@x.example", True),
    }


def test_invites_of_this_run_and_of_other_accounts_are_not_found(invited):
    employees, keys = texts("7"), texts("new@x.example")

    assert invited.employee_invites(CHIME, without_run="first").find(employees, keys) == {}
    elsewhere = Scope("chime", "account-2")
    assert invited.employee_invites(elsewhere, without_run="").find(employees, keys) == {}


def test_ledger_tells_whether_some_invites_have_no_employee_id(invited):
    assert invited.employee_invites(CHIME, without_run="second").has_invites_without_id()
    assert not invited.employee_invites(Scope("chime", "account-2"), without_run="").has_invites_without_id()


def test_no_text_of_an_invite_has_the_address_or_the_name(invited):
    (found,) = invited.employee_invites(CHIME, without_run="").find(texts("7"), texts("")).values()

    assert "ada" not in repr(found)
