"""The people whom runs invited to the accounts of a group, by hashes of their addresses.

The accounts of a group have the same destination and endpoint. Earlier runs to many accounts have sent to these
accounts, or the present run does. A run to many accounts reads all invites of the group at once. Otherwise the run
would need a look-up for each account and person.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from onboarding.ledger.schema import HASH_BYTES, LIVE, hashed, invites, runs, scopes
from onboarding.model.plan import Scope

_ROWS_AT_A_TIME = 50_000
_OF_A_WHOLE_RUN = "%-%-%"
"""An SQL pattern for ids of runs that a run to many accounts began. Only these ids have two dashes."""


class GroupInvites:
    """The live invites (in flight, in doubt or invited) to the accounts of a group. An invite takes 12 bytes.

    ``hashes`` has the first 8 bytes of the hash of each address, in ascending order. For each hash, ``numbers`` has the
    index of the invite's account in ``accounts``. ``members`` are the accounts to which runs to many accounts have
    sent. ``secret`` is the ledger's secret.
    """

    def __init__(
        self,
        hashes: npt.NDArray[np.uint64],
        numbers: npt.NDArray[np.int32],
        accounts: list[str],
        *,
        members: Iterable[str],
        secret: bytes,
    ) -> None:
        self._hashes = hashes
        self._numbers = numbers
        self._accounts = accounts
        self._members = set(members)
        self._secret = secret

    def include(self, accounts: Iterable[str]) -> None:
        """Add accounts to the group, even if only runs to one account have sent to these accounts."""
        self._members.update(accounts)

    @property
    def is_empty(self) -> bool:
        """True if no person was invited to any account of the group."""
        return not len(self._hashes)

    def accounts_of(self, keys: Iterable[str]) -> list[list[str]]:
        """Return the accounts to which the person of each address key was invited, in the order of ``keys``.

        The function compares only a part of each hash. So the result may have a wrong account: about once in 10,000
        runs, if each run has ten million people.
        """
        wanted = _numbers_of([hashed(key, self._secret) for key in keys])
        starts, stops = (np.searchsorted(self._hashes, wanted, side) for side in ("left", "right"))
        return [
            [account for number in self._numbers[start:stop] if (account := self._accounts[number]) in self._members]
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
        ]


def invites_of_group(connection: Connection, group: Scope, *, secret: bytes) -> GroupInvites:
    """Return the live invites (in flight, in doubt or invited) to all accounts of a group.

    ``group`` is the destination and endpoint of the group. The result also contains the invites to all other accounts
    of this destination and endpoint, for ``GroupInvites.include``.
    """
    of_group = (scopes.c.destination == group.destination, scopes.c.endpoint == group.endpoint)
    in_group = scopes.c.id.in_(select(runs.c.scope_id).where(runs.c.run_id.like(_OF_A_WHOLE_RUN)))
    found = connection.execute(select(scopes.c.id, scopes.c.account, in_group).where(*of_group)).all()
    hashes, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.int32)]
    for number, (scope_id, _, _) in enumerate(found):
        live = select(invites.c.address_hash).where(invites.c.scope_id == scope_id, LIVE)
        for rows in connection.execution_options(stream_results=True).scalars(live).partitions(_ROWS_AT_A_TIME):
            hashes.append(_numbers_of([bytes(address_hash) for address_hash in rows]))
            numbers.append(np.full(len(rows), number, np.int32))
    joined, joined_numbers = np.concatenate(hashes), np.concatenate(numbers)
    order = np.argsort(joined, kind="stable")
    accounts, members = [account for _, account, _ in found], [account for _, account, is_in in found if is_in]
    return GroupInvites(joined[order], joined_numbers[order], accounts, members=members, secret=secret)


def _numbers_of(hashes: list[bytes]) -> npt.NDArray[np.uint64]:
    """Return the first 8 bytes of each hash as a number."""
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)[:, :8].copy().view(np.uint64).ravel()
