"""Rows of many accounts come to the ledger, each to its own account's run, in the order in which they were read."""

import pandas as pd
import pytest
from frames import people
from hypothesis import given
from hypothesis import strategies as st
from ledgers import NOW, run

from onboarding.ledger import Ledger
from onboarding.model.columns import text_array
from onboarding.model.plan import Scope
from onboarding.model.rows import ACCOUNT_COLUMN
from onboarding.pipeline.accounts import shares
from onboarding.pipeline.accounts.shares import AccountShares


@pytest.fixture(scope="module")
def at_a_time():
    """Bring rows to the ledger after every seven, in parts of three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "MOST_ROWS_HELD", 7)
        patch.setattr(shares, "ROWS_OF_A_PART", 3)
        yield


@pytest.mark.usefixtures("at_a_time")
@given(read=st.lists(st.lists(st.sampled_from(["", "de", "fr", "it"]), min_size=1, max_size=9), max_size=6))
def test_each_row_is_in_the_run_of_its_account_or_in_the_whole_run(tmp_path_factory, read):
    everybody = people(sum(map(len, read)))
    accounts = [account for frame in read for account in frame]
    with Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.db", clock=lambda: NOW) as ledger:
        whole = run("group")
        ledger.begin(whole)
        taking = AccountShares(
            ledger, whole, lambda number, account: run(f"group-{number}", scope=Scope("chime", account))
        )
        first = 0
        for frame in read:
            rows = everybody.iloc[first : first + len(frame)]
            taking.take(rows.assign(**{ACCOUNT_COLUMN: text_array(frame)}))
            first += len(frame)
        without_account, *found = taking.finish()
        kept = {share.run.scope.account: list(ledger.rows(share.run.run_id)) for share in found}
        left = [email for part in ledger.rows("group") for email in part["email"]]

    assert [share.run.scope.account for share in found] == [one for one in dict.fromkeys(accounts) if one]
    assert left == everybody["email"][[not account for account in accounts]].tolist()
    assert (without_account.number, without_account.rows) == (0, {"staff.csv": len(left)} if left else {})
    for share in found:
        account = share.run.scope.account
        wanted = everybody[[one == account for one in accounts]]
        rows = pd.concat(kept[account])
        assert rows["email"].tolist() == wanted["email"].tolist()
        assert rows["row"].tolist() == wanted["row"].tolist()
        assert rows.index.tolist() == list(range(len(wanted)))
        assert max(map(len, kept[account])) <= 3
        assert share.rows == {"staff.csv": len(wanted)}


@pytest.mark.parametrize("size", [1, 4, pytest.param(7, marks=pytest.mark.soak), 100])
def test_many_small_parts_become_few(ledger_url, size):
    """Who reads a share reads parts one by one, and each has a price."""
    everybody = people(61)
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        for name in ("first", "other"):
            ledger.begin(run(name))
            ledger.keep_several((name, part, everybody.iloc[part * 3 : part * 3 + 3]) for part in range(21))

        ledger.repack("first", size)
        ledger.repack("first", size)
        kept = list(ledger.rows("first"))
        ledger.keep("first", 0, kept[0])
        others = list(ledger.rows("other"))

        pd.testing.assert_frame_equal(pd.concat(kept), everybody[list(kept[0].columns)])
        assert len(kept) <= max(21 if size == 1 else 0, 2 * (61 // size + 1))
        assert len(others) == 21


def test_dropped_rows_are_those_of_their_runs_alone(ledger_url):
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        for name in ("first", "other"):
            ledger.begin(run(name))
            ledger.keep(name, 0, people(3))

        ledger.drop_rows(["first"])

        assert list(ledger.rows("first")) == []
        assert len(next(iter(ledger.rows("other")))) == 3
