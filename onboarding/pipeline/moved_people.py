"""People whom an earlier run invited to another account of the group. This run invites them only on request.

Without ``--invite-moved``, no person is invited to two accounts, not even by two runs. If the exports, their order or
the routes change, a person's row may name a new account. The job does not know whether the person really moved. So the
person stays in the account of the earlier invitation, and the row's detail says so. With ``--invite-moved``, the run
also invites the person to the new account.

The accounts of a group have the same destination and endpoint. Earlier runs to many accounts have sent to these
accounts, or the present run does. Invitations by runs to one account are included, if the account is in the group.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from onboarding.ledger import PeopleMemory
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.plan import Scope
from onboarding.model.rows import ACCOUNT_COLUMN, decide, is_open
from onboarding.pipeline.earlier_invites import words_for_invite

STAYS = ". The row now leads to {}. To move the person, remove the address there, and run with --invite-moved."
MOVES = ". The row now leads to {}, so the person is invited to it as well. Remove the address in the other account."


class MovedPeople:
    """Find the open rows of people whom an earlier run invited to another account of the group.

    ``group`` is the destination and endpoint of the group, and ``ledger`` has the earlier invitations. ``accounts`` are
    the accounts in a table of routes. All other accounts join the group with the first frame that names them. If
    ``moves`` is true, moved people are also invited to the account of their row.
    """

    def __init__(self, ledger: PeopleMemory, group: Scope, *, accounts: Iterable[str] = (), moves: bool) -> None:
        self.stayed = 0
        """The number of people until now who stay in the account of an earlier invitation."""
        self._ledger = ledger
        self._group = group
        self._invited = ledger.invited_in_group(group)
        self._invited.include(accounts)
        self._moves = moves

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the open rows of moved people a disposition. Rows of people to invite again stay open. Return the frame.

        The frame has the columns of ``rows.DECIDED`` and ``ACCOUNT_COLUMN``.
        """
        candidates = frame.loc[is_open(frame), ["key", ACCOUNT_COLUMN]]
        if candidates.empty or self._invited.is_empty:
            return frame
        self._invited.include(candidates[ACCOUNT_COLUMN].unique())
        elsewhere: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        rows = candidates.itertuples(name=None)
        for (at, key, account), accounts in zip(rows, self._invited.accounts_of(candidates["key"]), strict=True):
            if accounts and account not in accounts:
                elsewhere[accounts[0]].append((at, key, account))
        details: dict[int, str] = {}
        for invited_to, people in elsewhere.items():
            details |= self._details(invited_to, people)
        return self._decided(frame, details) if details else frame

    def _details(self, invited_to: str, people: list[tuple[int, str, str]]) -> dict[int, str]:
        """Return the details of people, by the positions of their rows.

        ``invited_to`` is the account to which an earlier run invited them. ``people`` has the position, the address key
        and the account of each row.
        """
        scope = replace(self._group, account=invited_to)
        known = self._ledger.live_invites(scope, [key for _, key, _ in people])
        columns = known[["key", "state", "run_id", "decided_at"]]
        live = {key: words_for_invite(*invite) for key, *invite in columns.itertuples(index=False, name=None)}
        ending = f" to {scope.destination} {invited_to}{MOVES if self._moves else STAYS}"
        return {at: live[key] + ending.format(account) for at, key, account in people if key in live}

    def _decided(self, frame: pd.DataFrame, details: dict[int, str]) -> pd.DataFrame:
        frame, where = frame.copy(), pd.Index(list(details))
        if not self._moves:
            self.stayed += len(details)
            decide(frame, where.to_numpy(), Disposition.ALREADY, Reason.OTHER_ACCOUNT)
        frame.loc[where, "detail"] = text_array(list(details.values()))
        return frame
