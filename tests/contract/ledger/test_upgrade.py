"""Is a ledger that an older version wrote taken over with everything it promised?"""

from concurrent.futures import ThreadPoolExecutor

import old_ledgers
import pandas as pd
import pytest
from ledgers import CHIME, NOW, chunk, files_up_to, key, run
from old_ledgers import MOMENT, SECRET
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from onboarding.ledger import Ledger
from onboarding.ledger.schema import SCHEMA_VERSION
from onboarding.model.errors import AlreadyClaimed, ConfigurationError
from onboarding.model.outcomes import Outcome, State
from onboarding.model.plan import Chunk, Invitee

INVITES = 10_005
STATES = [State.INVITED, State.IN_FLIGHT, State.IN_DOUBT, State.FAILED, State.RELEASED]
VERSIONS = range(1, SCHEMA_VERSION)


@pytest.fixture(params=VERSIONS)
def old_url(request, ledger_url) -> str:
    """Return the URL of a ledger that an older version wrote, with invites in every state; neighbours differ in it."""
    old_ledgers.make(ledger_url, request.param, STATES * (INVITES // len(STATES)))
    return ledger_url


def test_old_ledger_keeps_every_promise(old_url):
    """More invites than are taken over at a time, and each as it was."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        known = ledger.remembered(CHIME, [key(n) for n in range(INVITES)])
        found = ledger.outcomes("old", 0, INVITES)

        assert ledger.secret == SECRET
        assert sorted(known["key"]) == sorted(key(n) for n in range(INVITES) if n % 5 < 3)
        assert set(known["times"]) == {1}
        assert found["state"].tolist() == STATES * (INVITES // 5)
        assert found.loc[4].to_dict() == {
            "chunk": 3,
            "state": "released",
            "attempts": 2,
            "invite_id": "i-1",
            "invite_status": "Pending",
            "email_status": "Sent",
            "error": "Refused",
            "decided_at": MOMENT,
        }


def test_old_run_goes_on_in_the_new_ledger(old_url):
    """Its rows, what it deferred, what it left in flight."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        ledger.reopen("old")
        ledger.claim("old", CHIME, Chunk(9, (Invitee(4, "Person4@example.com", key(4)),)))
        ledger.settle("old", [Outcome(n, key(n), State.INVITED, attempts=1) for n in (1, 2, 4)])
        ledger.begin(run("new"))

        assert ledger.outcomes("old", 0, 5)["state"].tolist() == ["invited"] * 3 + ["failed", "invited"]
        assert pd.concat(ledger.rows("old"))["name"].tolist() == ["Ada", "Grace"]
        assert ledger.find("old").inputs is None
        with pytest.raises(AlreadyClaimed):
            ledger.claim("new", CHIME, Chunk(1, (Invitee(0, "person0@example.com", key(0)),)))


def test_upgraded_ledger_is_as_a_new_one(old_url, ledger_url):
    """The same columns and indexes, and nothing left over."""
    Ledger.open(old_url, clock=lambda: NOW).close()
    upgraded = shape(old_url)
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        for table in ("requests", "known_domains", "parts", "invites", "runs", "scopes", "ledger"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()

    Ledger.open(ledger_url, clock=lambda: NOW).close()

    assert upgraded == shape(ledger_url)


def shape(url) -> tuple[object, ...]:
    """Return the columns, indexes and constraints of a ledger's tables."""
    engine = create_engine(url)
    told = inspect(engine)
    tables = sorted(told.get_table_names())
    found = (
        {table: {c["name"]: (str(c["type"]), c["nullable"]) for c in told.get_columns(table)} for table in tables},
        {table: sorted((i["name"], i["column_names"]) for i in told.get_indexes(table)) for table in tables},
        {table: told.get_check_constraints(table) for table in tables},
        {table: told.get_pk_constraint(table)["constrained_columns"] for table in tables},
    )
    engine.dispose()
    return found


def test_ledger_is_upgraded_once(old_url):
    """Of several first runs of the new version one does it, and the others wait."""
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: Ledger.open(old_url, clock=lambda: NOW).close(), range(3)))

    engine = create_engine(old_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT schema_version FROM ledger")) == SCHEMA_VERSION
        assert connection.scalar(text("SELECT count(*) FROM invites")) == INVITES
    engine.dispose()


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_first_purge_clears_the_pages_of_the_old_version(old_url, tmp_path):
    """Version 1 kept the keys themselves, and left copies of them behind; others were copied, addresses and all."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        ledger.doubt(CHIME)
        doubts = ledger.doubts(CHIME)["position"]
        ledger.settle("old", [Outcome(n, key(n), State.INVITED, attempts=1) for n in doubts])

        ledger.purge(NOW)

        assert not [file for file in tmp_path.iterdir() if b"@example.com" in file.read_bytes()]


def test_old_ledger_learns_what_it_did_not_know(old_url):
    """What a service allows, which domains people have, and whom to invite again: those it invited long ago."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        assert (ledger.rate(CHIME), ledger.unknown_domains(CHIME, ["example.com"])) == (None, None)
        ledger.remember_rate(CHIME, 5.5)
        ledger.remember_domains(CHIME, ["example.com"])
        assert (ledger.rate(CHIME), ledger.unknown_domains(CHIME, ["example.com"])) == (5.5, [])

        ledger.begin(run("new"))
        ledger.claim("new", CHIME, chunk(0, 0, again={0}))

        assert ledger.outcomes("old", 0, 1)["state"].tolist() == ["renewed"]
        assert ledger.remembered(CHIME, [key(0)])["times"].tolist() == [2]


def test_run_of_the_version_before_sends_nothing_more(ledger_url):
    """It is under way while another upgrades its ledger; what it has sent it may still settle."""
    old_ledgers.make(ledger_url, 3, [State.IN_FLIGHT])
    Ledger.open(ledger_url, clock=lambda: NOW).close()
    engine = create_engine(ledger_url)
    settle = "UPDATE invites SET state = 'invited', attempts = attempts + 1, decided_at = 'now' WHERE position = 0"
    with engine.begin() as connection:
        connection.execute(text(settle))

    with engine.connect() as connection, pytest.raises(IntegrityError, match="times"):
        connection.execute(old_ledgers.claim(3), old_ledgers.invite(3, 1, State.IN_FLIGHT))

    engine.dispose()


@pytest.mark.parametrize("size_bytes", [100_000, 1_000_000, 3_000_000])
@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_upgrade_that_ends_half_way_leaves_the_old_ledger(old_url, size_bytes):
    """The disk fails: at once, while invites are copied, while indexes are made. The next run upgrades it all."""
    before = shape(old_url)

    with files_up_to(size_bytes), pytest.raises(ConfigurationError, match="I/O error"):
        Ledger.open(old_url, clock=lambda: NOW)

    assert shape(old_url) == before
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        assert ledger.outcomes("old", 0, INVITES)["state"].tolist() == STATES * (INVITES // 5)
