"""Find facts about people in the ledger: the kept rows of runs, and the claimed invites. Nothing here writes."""

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from onboarding.ledger import doubts, invites, kept_rows
from onboarding.ledger.claimed_rows import ClaimedRow, claimed_rows
from onboarding.ledger.employees import EmployeeInvites
from onboarding.ledger.groups import GroupInvites, invites_of_group
from onboarding.ledger.refusals import RepeatedRefusals, repeated_refusals
from onboarding.ledger.scope_memory import ScopeMemory
from onboarding.ledger.unknown_requests import outdated_at
from onboarding.model.plan import Scope


class PeopleMemory(ScopeMemory):
    """The facts about people in a ledger: invites, losses and refusals. Several threads may share this object."""

    def rows(self, run_id: str) -> Iterator[pd.DataFrame]:
        """Yield the decided rows of a run from the ledger, in order, with one part in memory at a time."""
        # Each part is read in its own transaction, since the caller may write to this ledger between two parts.
        with self._database.reading() as connection:
            numbers = kept_rows.part_numbers(connection, run_id)
        for number in numbers:
            with self._database.reading() as connection:
                frame = kept_rows.kept_part(connection, run_id, number)
            yield frame

    def live_invites(self, scope: Scope, keys: Iterable[str]) -> pd.DataFrame:
        """Return the live invites of the addresses with these keys: in flight, in doubt or invited.

        Columns: key, state, run_id and decided_at (TEXT); times (int64), how often the address was sent; unknown_times
        (int64), how many more times it may have been sent by runs that are not on record (``outdated_at``).
        """
        with self._database.reading() as connection:
            return invites.live_invites(connection, self._scope_id(connection, scope), keys, secret=self.secret)

    def outdated_at(self, scope: Scope) -> str:
        """Return when a run last found that this ledger is an older copy, as from a backup.

        The result is ISO-8601 text in UTC. It is empty if no run has found this for the scope.
        """
        with self._database.reading() as connection:
            return outdated_at(connection, self._scope_id(connection, scope))

    def invited_in_group(self, group: Scope) -> GroupInvites:
        """Return the live invites (in flight, in doubt or invited) to all accounts of a group.

        A group has the accounts to which runs to many accounts have sent. ``include`` of the result adds further
        accounts. ``group`` is the destination and endpoint of the group.
        """
        with self._database.reading() as connection:
            return invites_of_group(connection, group, secret=self.secret)

    def respelled(self, scope: Scope, keys: pa.Array) -> set[str]:
        """Return the ``keys`` whose address was, or may have been, invited in another spelling, such as ss for ß."""
        with self._database.reading() as connection:
            return invites.respelled(connection, self._scope_id(connection, scope), keys, secret=self.secret)

    def employee_invites(self, scope: Scope, *, without_run: str) -> EmployeeInvites:
        """Return a finder of the live invites (in flight, in doubt or invited) of employees to an account.

        The finder leaves out the run ``without_run``.
        """
        with self._database.reading() as connection:
            scope_id = self._scope_id(connection, scope)
        return EmployeeInvites(self._database, scope_id, secret=self.secret, without_run=without_run)

    def claimed_rows(self, *, key: str, employee: str) -> list[ClaimedRow]:
        """Return all rows that were claimed for an address key or for the key of an employee id, the newest first.

        Either ``key`` or ``employee`` may be empty. The rows are from runs to all accounts. These rows can be found
        even after a purge.
        """
        with self._database.reading() as connection:
            return claimed_rows(connection, key=key, employee=employee, secret=self.secret)

    def repeated_refusals(self, scope: Scope) -> RepeatedRefusals:
        """Return the addresses that an account's service has refused on several days, and has not accepted since."""
        with self._database.reading() as connection:
            return repeated_refusals(connection, self._scope_id(connection, scope), secret=self.secret)

    def losses(self, scope: Scope, keys: Iterable[str]) -> dict[str, int]:
        """Return how often each address was lost since its last invite, by address key. Zeros are left out.

        An address is lost if its invite was in doubt, and was then released as the service did not show the person.
        """
        with self._database.reading() as connection:
            return doubts.losses(connection, self._scope_id(connection, scope), keys, secret=self.secret)

    def outcomes(self, run_id: str, start: int, stop: int) -> pd.DataFrame:
        """Return the outcomes of a run's claimed rows with ``start <= position < stop``, indexed by position.

        Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error, decided_at (TEXT).
        """
        with self._database.reading() as connection:
            return invites.outcomes(connection, run_id, start, stop)
