"""The domains under which people were invited before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from ledgers import CHIME, NOW
from sqlalchemy import text

from onboarding.ledger import Ledger
from onboarding.ledger.bulk import VALUES_A_STATEMENT
from onboarding.model.plan import Scope


def test_unknown_domains_are_returned(ledger):
    """They come in the order of the question, each once."""
    ledger.remember_domains(CHIME, ["example.com", "a.example"])

    found = ledger.unknown_domains(CHIME, ["z.example", "example.com", "b.example", "z.example"])

    assert found == ["z.example", "b.example"]


def test_ledger_without_any_domain_returns_none(ledger):
    """On a first run every domain is new, which is no reason to stop it."""
    assert ledger.unknown_domains(CHIME, ["example.com"]) is None
    assert ledger.unknown_domains(CHIME, []) is None

    ledger.remember_domains(CHIME, [])

    assert ledger.unknown_domains(CHIME, ["example.com"]) is None


def test_question_about_no_domain_has_an_empty_answer(ledger):
    ledger.remember_domains(CHIME, ["example.com"])

    assert ledger.unknown_domains(CHIME, []) == []


def test_domains_may_be_recorded_again(ledger):
    """Every run records its domains, old and new."""
    ledger.remember_domains(CHIME, ["example.com"])

    ledger.remember_domains(CHIME, ["example.com", "a.example", "a.example"])

    assert ledger.unknown_domains(CHIME, ["example.com", "a.example", "b.example"]) == ["b.example"]


@pytest.mark.parametrize(
    "other", [Scope("wickr", "account-1"), Scope("chime", "account-2"), Scope("chime", "account-1", "http://x")]
)
def test_domains_are_known_in_their_own_scope_only(ledger, other):
    """The domains of a rehearsal do not count elsewhere. A scope without runs may have domains, too."""
    ledger.remember_domains(CHIME, ["example.com"])
    assert ledger.unknown_domains(other, ["example.com"]) is None

    ledger.remember_domains(other, ["a.example"])

    assert ledger.unknown_domains(other, ["example.com", "a.example"]) == ["example.com"]


@pytest.mark.soak
def test_more_domains_than_a_statement_has_values_are_recorded_and_looked_up(ledger):
    domains = [f"d{number}.example" for number in range(2 * VALUES_A_STATEMENT + 1)]
    ledger.remember_domains(CHIME, domains[1:])

    assert ledger.unknown_domains(CHIME, domains) == domains[:1]


def test_two_runs_may_record_domains_at_the_same_time(ledger, ledger_url):
    """They do so in different orders, and neither waits for the other for ever."""
    domains = [f"d{number}.example" for number in range(500)]
    ready = Barrier(2)

    def remember(some) -> None:
        with Ledger.open(ledger_url, clock=lambda: NOW) as other:
            ready.wait()
            other.remember_domains(CHIME, some)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(remember, [domains, domains[::-1]]))

    assert ledger.unknown_domains(CHIME, domains) == []


def test_purge_leaves_the_domains(ledger):
    """A domain is no person."""
    ledger.remember_domains(CHIME, ["example.com"])

    ledger.purge(NOW + timedelta(days=1))

    assert ledger.unknown_domains(CHIME, ["example.com", "a.example"]) == ["a.example"]


def test_domain_itself_is_not_kept(ledger):
    """A hash that is keyed by the ledger is enough to recognise the domain."""
    ledger.remember_domains(CHIME, ["example.com"])

    with ledger._database.reading() as connection:  # noqa: SLF001 - what is in the database is the point
        (kept,) = connection.scalars(text("SELECT domain_hash FROM known_domains"))
    assert len(kept) == 16
    assert b"example" not in bytes(kept)


def test_domain_that_one_account_of_a_group_knows_is_known_in_the_group(ledger):
    """The domains of a rehearsal do not count, and an account without any domain does not know a domain yet."""
    ledger.remember_domains(CHIME, ["example.com"])
    ledger.remember_domains(Scope("chime", "account-2"), ["a.example"])
    ledger.remember_domains(Scope("chime", "account-3", "http://x"), ["b.example"])

    found = ledger.unknown_domains(CHIME, ["example.com", "a.example", "b.example"], in_group=True)

    assert found == ["b.example"]
    assert ledger.unknown_domains(Scope("chime", "account-4"), ["a.example"], in_group=True) is None
