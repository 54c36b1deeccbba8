"""What did the ledgers of older versions look like? Never change their statements with the program."""

from collections.abc import Iterable, Iterator, Mapping

from ledgers import frame
from sqlalchemy import TextClause, create_engine, text

from onboarding.ledger.schema import hashed
from onboarding.model.outcomes import State
from onboarding.model.streams import pack

SECRET = bytes(range(32))
MOMENT = "2026-02-01T08:30:00+00:00"

_ABOUT = """
CREATE TABLE ledger (
    schema_version INTEGER NOT NULL, created_at TEXT NOT NULL, secret BLOB NOT NULL, PRIMARY KEY (schema_version)
);
CREATE TABLE scopes (
    id SERIAL NOT NULL, destination TEXT NOT NULL, account TEXT NOT NULL, endpoint TEXT NOT NULL, {scopes}
    PRIMARY KEY (id), UNIQUE (destination, account, endpoint)
);
CREATE TABLE runs (
    run_id TEXT NOT NULL, scope_id INTEGER NOT NULL, command TEXT NOT NULL, version TEXT NOT NULL, host TEXT NOT NULL,
    pid INTEGER NOT NULL, settings TEXT NOT NULL, counts TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    exit_code INTEGER, {runs} PRIMARY KEY (run_id), FOREIGN KEY(scope_id) REFERENCES scopes (id)
);
CREATE TABLE parts (
    run_id TEXT NOT NULL, part INTEGER NOT NULL, first_position BIGINT NOT NULL, rows BIGINT NOT NULL,
    frame BLOB NOT NULL, PRIMARY KEY (run_id, part), FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE TABLE invites (
    run_id TEXT NOT NULL, position BIGINT NOT NULL, scope_id INTEGER NOT NULL, chunk INTEGER NOT NULL,
    address TEXT NOT NULL, {key} NOT NULL, state TEXT NOT NULL, live INTEGER NOT NULL,
    attempts INTEGER NOT NULL, invite_id TEXT NOT NULL, invite_status TEXT NOT NULL, email_status TEXT NOT NULL,
    error TEXT NOT NULL, claimed_at TEXT NOT NULL, decided_at TEXT NOT NULL,
    PRIMARY KEY (run_id, position),
    CONSTRAINT live_says_what_state_says CHECK (
        live = 1 AND state IN ('in_flight', 'in_doubt', 'invited') OR live = 0 AND state IN ('failed', 'released')
    ),
    FOREIGN KEY(run_id) REFERENCES runs (run_id), FOREIGN KEY(scope_id) REFERENCES scopes (id)
);
{indexes}
INSERT INTO scopes (destination, account, endpoint) VALUES ('chime', 'account-1', '');
INSERT INTO runs (run_id, scope_id, command, version, host, pid, settings, counts, started_at)
VALUES ('old', 1, 'run', '1.0', 'host', 7, '{{}}', '{{}}', '2026-02-01T08:30:00+00:00')
"""
_VERSION_1 = {
    "scopes": "",
    "runs": "",
    "key": "address_key TEXT",
    "indexes": "CREATE UNIQUE INDEX invited_once ON invites (scope_id, address_key) WHERE live = 1;"
    "CREATE INDEX still_in_flight ON invites (scope_id) WHERE state = 'in_flight';",
}
_VERSION_2 = {
    "scopes": "",
    "runs": "inputs TEXT, resumed_at TEXT, purged_at TEXT,",
    "key": "address_hash BLOB",
    "indexes": "CREATE UNIQUE INDEX invited_once ON invites (scope_id, address_hash) WHERE live = 1;"
    "CREATE INDEX unsettled ON invites (scope_id) WHERE state IN ('in_flight', 'in_doubt');",
}
_VERSIONS = {1: _VERSION_1, 2: _VERSION_2, 3: _VERSION_2 | {"scopes": "rate FLOAT,"}}
_WORDS = {"sqlite": {"SERIAL": "INTEGER"}, "postgresql": {"BLOB": "BYTEA"}}

_INVITE = (
    "INSERT INTO invites (run_id, position, scope_id, chunk, address, {key}, state, live, attempts, invite_id,"
    " invite_status, email_status, error, claimed_at, decided_at) VALUES ('old', :position, 1, 3, :address, :key,"
    " :state, :live, 2, 'i-1', 'Pending', 'Sent', :error, :moment, :moment)"
)
_LIVE = frozenset({State.IN_FLIGHT, State.IN_DOUBT, State.INVITED})


def make(url: str, version: int, states: Iterable[State]) -> None:
    """Make a ledger as that version made it, in which the run ``old`` has people at positions from 0 in these states.

    Their addresses are those of ``ledgers.chunk``.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in _statements(version, engine.name):
            connection.exec_driver_sql(statement)
        about = {"version": version, "moment": MOMENT, "secret": SECRET}
        connection.execute(text("INSERT INTO ledger VALUES (:version, :moment, :secret)"), about)
        packed = {"frame": pack(frame(0, ["Ada", "Grace"]))}
        connection.execute(text("INSERT INTO parts VALUES ('old', 0, 0, 2, :frame)"), packed)
        connection.execute(claim(version), [invite(version, n, state) for n, state in enumerate(states)])
    engine.dispose()


def claim(version: int) -> TextClause:
    """Return the statement by which that version claims an address, of what ``invite`` returns."""
    return text(_INVITE.format(key=_VERSIONS[version]["key"].split()[0]))


def invite(version: int, position: int, state: State) -> Mapping[str, object]:
    """Return an address that that version claims, and how it stands."""
    key = f"person{position}@example.com"
    live = state in _LIVE
    return {
        "position": position,
        "address": f"Person{position}@example.com",
        "key": key if version == 1 else hashed(key, SECRET),
        "state": str(state),
        "live": int(live),
        "error": "" if live else "Refused",
        "moment": MOMENT,
    }


def _statements(version: int, database: str) -> Iterator[str]:
    founding = _ABOUT.format(**_VERSIONS[version])
    for word, its_own in _WORDS[database].items():
        founding = founding.replace(word, its_own)
    yield from (statement for statement in founding.split(";") if statement.strip())
