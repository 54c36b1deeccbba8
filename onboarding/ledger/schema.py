"""The tables of a ledger, the conditions of its partial indexes, and keyed hashes of addresses.

Times are ISO-8601 text in UTC. Absent text is the empty string. ``creation`` creates the tables and indexes.
"""

import hashlib
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from onboarding.ledger.answer_table import answer_table
from onboarding.model.outcomes import InviteState

HASH_BYTES = 16

_LIVE_SAYS_WHAT_STATE_SAYS = (
    "live = 1 AND state IN ('in_flight', 'in_doubt', 'invited')"
    " OR live = 0 AND state IN ('failed', 'released', 'renewed', 'there')"
)

metadata = MetaData()

ledger_table = Table(
    "ledger",
    metadata,
    Column("schema_version", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
)
"""Facts about the ledger itself. ``secret`` is for the hashes of addresses in logs and in the invites."""

scopes = Table(
    "scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("rate", Float),
    Column("generation", Integer, nullable=False),
    UniqueConstraint("destination", "account", "endpoint"),
)
"""The scopes of runs: the destination, account and endpoint under which the ledger records invites.

``rate`` is the number of requests a second that the service last allowed; null if the service never throttled.
``generation`` rises by 1 when a hold on the destination begins. The module ``hold`` explains this number.
"""

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("command", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("settings", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("exit_code", Integer),
    Column("inputs", Text),
    Column("guards", Text),
    Column("resumed_at", Text),
    Column("purged_at", Text),
    Column("leg", Integer, nullable=False),
)
"""All runs. ``inputs`` describes the exports of a run, and is null until the ledger keeps all rows of the run.

``number`` rises from run to run, even if a clock is set back. ``guards`` contains a ``model.run.GuardFigures``, or is
null until the guards have checked the run. ``leg`` is the number of the run's present or last leg: the work of one
process.
"""

legs = Table(
    "legs",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("leg", Integer),
    Column("command", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("began_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("exit_code", Integer),
    Column("counts", Text, nullable=False),
    Column("wave", Text),
    Column("figures", Text),
    PrimaryKeyConstraint("run_id", "leg"),
)
"""The legs of runs: the work of one process on a run (``model.leg``). ``wave`` and ``figures`` are JSON, or null."""

rosters = Table(
    "rosters",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("part", Integer),
    Column("people", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "part"),
)
"""The people in the exports of the last good runs, as keyed hashes, in parts.

``preparing.guards.roster`` makes the hashes. A purge keeps these rows, since a hash reveals no person without the
ledger's secret.
"""

parts = Table(
    "parts",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("part", Integer),
    Column("first_position", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "part"),
)
"""The decided rows of runs, in parts, so that a run's report can be written again when the exports are gone.

``counts`` has the number of rows of each disposition. Open rows count under the empty text.
"""

invites = Table(
    "invites",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("position", BigInteger),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("spelling_hash", LargeBinary(HASH_BYTES)),
    Column("employee_hash", LargeBinary(HASH_BYTES)),
    Column("state", Text, nullable=False),
    Column("live", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("invite_id", Text, nullable=False),
    Column("invite_status", Text, nullable=False),
    Column("email_status", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("unknown_times", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("run_id", "position"),
    CheckConstraint(_LIVE_SAYS_WHAT_STATE_SAYS, name="live_says_what_state_says"),
)
"""All addresses that were ever claimed. Rows are never deleted. A later run may claim a failed or released address.

A purge empties ``address``, and the hashes stay. ``spelling_hash`` is the hash of the text that
``addresses.spelling_of`` returns for the address key, and null if this text is the key itself. ``employee_hash`` is the
hash of the key of the row's employee id, and null if the row has no id. ``live`` is 1 while the address is in flight,
in doubt or invited. Two live rows of a scope never have the same address.

``live`` could be computed from ``state``, but the index ``invited_once`` needs a column. Most changes of ``state`` do
not change ``live``, and so they do not change the index. Among a million invites, this makes it four times as fast to
settle a chunk.

``times`` counts how often the address was sent, this claim included. If this row renews an earlier row, ``times`` is
one more than in the earlier row. Otherwise, ``times`` is 1. ``losses`` counts how often this row was in doubt and then
released, since the service did not show the person. ``member_id`` is the id by which the service invites a member
again, or empty if the request has the address instead. ``unknown_times`` counts further invites that the ledger may
lack, as ``unknown_requests`` says.
"""

requests = Table(
    "requests",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("chunk", Integer),
    Column("token", Text, nullable=False),
    Column("departures", Integer, nullable=False),
    Column("token_seconds", Float, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("boot_seconds", Float, nullable=False),
    Column("left_at", Float, nullable=False),
    PrimaryKeyConstraint("run_id", "chunk"),
)
"""The last request of each chunk: when it left or its answer was lost, and its token, if the service knows tokens.

``departures`` counts how often the request left with this token. The columns of ``stamps.Stamp`` contain the moment
when the request left or its answer was lost. ``token_seconds`` is how long the token was in use at that moment.
"""

unknown_requests = Table(
    "unknown_requests",
    metadata,
    Column("scope_id", ForeignKey("scopes.id")),
    Column("request", Text),
    Column("found_at", Text, nullable=False),
    PrimaryKeyConstraint("scope_id", "request"),
)
"""The requests that a machine remembers and this ledger lacks, since the ledger was restored from a copy.

``request`` names the run, the chunk and the moment of a request. ``found_at`` is the time at which a run first found
the request missing.
"""

known_domains = Table(
    "known_domains",
    metadata,
    Column("scope_id", ForeignKey("scopes.id")),
    Column("domain_hash", LargeBinary(HASH_BYTES)),
    PrimaryKeyConstraint("scope_id", "domain_hash"),
)
"""The domains of invited people and of members. A purge keeps these rows, since a hash reveals no domain."""

reported_rows = Table(
    "reported_rows",
    metadata,
    Column("run_id", Text),
    Column("disposition", Text),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("reported_at", Text, nullable=False),
    Column("is_told", Integer, nullable=False),
    Column("exports_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("row_hashes", LargeBinary, nullable=False),
    Column("person_hashes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "disposition"),
)
"""The rows to correct that the last runs have reported, as hashes. A purge keeps these hashes.

``is_told`` is 1 once all notices of the run have arrived, and 0 until then. So a row is new until notices have told
people about it.

The module ``reported_rows`` explains the hashes. A run to many accounts also has rows in this table under its own id,
which ``runs`` does not have. These rows are about people without an account.
"""

answers = answer_table(metadata)

# A database uses a partial index only for a query that repeats its condition word for word, literals included.
LIVE = text("live = 1")
UNSETTLED = text("state IN ('in_flight', 'in_doubt')")
UNSETTLED_STATES = frozenset({InviteState.IN_FLIGHT, InviteState.IN_DOUBT})
RENEWED = text("state = 'renewed'")
REFUSED = text("state = 'failed'")
LOST = text("losses > 0")
RESPELLED = text("live = 1 AND spelling_hash IS NOT NULL")
OF_EMPLOYEE = text("employee_hash IS NOT NULL")


def ledger_id(secret: bytes) -> str:
    """Return the id of a ledger from its secret, which the id does not reveal. Copies of a ledger have the same id."""
    return hashed("the id of the ledger", secret).hex()


def hashed(key: str, secret: bytes) -> bytes:
    """Return the keyed hash of an address key or a domain.

    Without the secret, the hash cannot be matched to its text.
    """
    hash_ = _keyed(secret).copy()
    hash_.update(key.encode())
    return hash_.digest()


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> "hashlib.blake2b":
    # It takes as long to read in the secret as to hash a key.
    return hashlib.blake2b(key=secret, digest_size=HASH_BYTES)
