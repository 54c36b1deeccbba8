"""Is a ledger that an older version wrote taken over with everything it promised?"""

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from ledgers import CHIME, NOW, frame, key, run
from sqlalchemy import create_engine, inspect, text

from onboarding.ledger import AlreadyClaimed, Ledger
from onboarding.ledger.frames import pack
from onboarding.ledger.schema import SCHEMA_VERSION
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk, Invitee

SECRET = bytes(range(32))
MOMENT = "2026-02-01T08:30:00+00:00"
INVITES = 10_005

# The statements by which version 1 made its tables, as they were. Never change them with the program.
VERSION_1 = """
CREATE TABLE ledger (
    schema_version INTEGER NOT NULL, created_at TEXT NOT NULL, secret BLOB NOT NULL, PRIMARY KEY (schema_version)
);
CREATE TABLE scopes (
    id SERIAL NOT NULL, destination TEXT NOT NULL, account TEXT NOT NULL, endpoint TEXT NOT NULL,
    PRIMARY KEY (id), UNIQUE (destination, account, endpoint)
);
CREATE TABLE runs (
    run_id TEXT NOT NULL, scope_id INTEGER NOT NULL, command TEXT NOT NULL, version TEXT NOT NULL, host TEXT NOT NULL,
    pid INTEGER NOT NULL, settings TEXT NOT NULL, counts TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    exit_code INTEGER, PRIMARY KEY (run_id), FOREIGN KEY(scope_id) REFERENCES scopes (id)
);
CREATE TABLE parts (
    run_id TEXT NOT NULL, part INTEGER NOT NULL, first_position BIGINT NOT NULL, rows BIGINT NOT NULL,
    frame BLOB NOT NULL, PRIMARY KEY (run_id, part), FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE TABLE invites (
    run_id TEXT NOT NULL, position BIGINT NOT NULL, scope_id INTEGER NOT NULL, chunk INTEGER NOT NULL,
    address TEXT NOT NULL, address_key TEXT NOT NULL, state TEXT NOT NULL, live INTEGER NOT NULL,
    attempts INTEGER NOT NULL, invite_id TEXT NOT NULL, invite_status TEXT NOT NULL, email_status TEXT NOT NULL,
    error TEXT NOT NULL, claimed_at TEXT NOT NULL, decided_at TEXT NOT NULL,
    PRIMARY KEY (run_id, position),
    CONSTRAINT live_says_what_state_says CHECK (
        live = 1 AND state IN ('in_flight', 'in_doubt', 'invited') OR live = 0 AND state IN ('failed', 'released')
    ),
    FOREIGN KEY(run_id) REFERENCES runs (run_id), FOREIGN KEY(scope_id) REFERENCES scopes (id)
);
CREATE UNIQUE INDEX invited_once ON invites (scope_id, address_key) WHERE live = 1;
CREATE INDEX still_in_flight ON invites (scope_id) WHERE state = 'in_flight';
INSERT INTO scopes (destination, account, endpoint) VALUES ('chime', 'account-1', '');
INSERT INTO runs VALUES ('old', 1, 'run', '1.0', 'host', 7, '{}', '{}', '2026-02-01T08:30:00+00:00', NULL, NULL)
"""
WORDS = {"sqlite": {"SERIAL": "INTEGER"}, "postgresql": {"BLOB": "BYTEA"}}
ABOUT = "INSERT INTO ledger VALUES (1, :moment, :secret)"
PART = "INSERT INTO parts VALUES ('old', 0, 0, 2, :frame)"
INVITE = (
    "INSERT INTO invites VALUES ('old', :position, 1, 3, :address, :key, :state, :live, 2, 'i-1', 'Pending', 'Sent',"
    " :error, :moment, :moment)"
)
STATES = [(State.INVITED, 1), (State.IN_FLIGHT, 1), (State.IN_DOUBT, 1), (State.FAILED, 0), (State.RELEASED, 0)]


@pytest.fixture
def old_url(ledger_url) -> str:
    """Return the URL of a ledger that version 1 wrote, with invites in every state."""
    engine = create_engine(ledger_url)
    founding = VERSION_1
    for word, its_own in WORDS[engine.name].items():
        founding = founding.replace(word, its_own)
    with engine.begin() as connection:
        for statement in founding.split(";"):
            connection.exec_driver_sql(statement)
        connection.execute(text(ABOUT), {"moment": MOMENT, "secret": SECRET})
        connection.execute(text(PART), {"frame": pack(frame(0, ["Ada", "Grace"]))})
        connection.execute(text(INVITE), [invite(n) for n in range(INVITES)])
    engine.dispose()
    return ledger_url


def invite(position) -> dict[str, object]:
    """Return one of the old invites; neighbours differ in state."""
    state, live = STATES[position % len(STATES)]
    about = {"position": position, "address": f"Person{position}@example.com", "key": key(position), "moment": MOMENT}
    return {**about, "state": str(state), "live": live, "error": "" if live else "Refused"}


def test_old_ledger_keeps_every_promise(old_url):
    """More invites than are taken over at a time, and each as it was."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        known = ledger.remembered(CHIME, [key(n) for n in range(INVITES)])
        found = ledger.outcomes("old", 0, INVITES)

        assert ledger.secret == SECRET
        assert sorted(known["key"]) == sorted(key(n) for n in range(INVITES) if n % 5 < 3)
        assert found["state"].tolist() == [state for state, _ in STATES] * (INVITES // 5)
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
        for table in ("parts", "invites", "runs", "scopes", "ledger"):
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
    """It kept the keys themselves, and left copies of them behind."""
    with Ledger.open(old_url, clock=lambda: NOW) as ledger:
        ledger.doubt(CHIME)
        doubts = ledger.doubts(CHIME)["position"]
        ledger.settle("old", [Outcome(n, key(n), State.INVITED, attempts=1) for n in doubts])

        ledger.purge(NOW)

        assert not [file for file in tmp_path.iterdir() if b"@example.com" in file.read_bytes()]


def test_ledger_of_version_2_learns_to_remember_a_rate(ledger_url):
    """It had all but that; nothing else changes."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        ledger.begin(run("first"))
    new = shape(ledger_url)
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE scopes DROP COLUMN rate"))
        connection.execute(text("UPDATE ledger SET schema_version = 2"))
    engine.dispose()

    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        assert ledger.rate(CHIME) is None
        ledger.remember_rate(CHIME, 5.5)
        assert (ledger.rate(CHIME), [one.run_id for one in ledger.runs()]) == (5.5, ["first"])

    assert shape(ledger_url) == new
