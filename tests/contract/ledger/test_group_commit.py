"""What several threads record at the same moment shares one transaction, and nobody fails because of somebody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import CHIME, NOW, chunk, outcome, run, states
from sqlalchemy import event

from onboarding.ledger.group_commit import GroupCommit
from onboarding.ledger.hold import next_generation
from onboarding.model.errors import AlreadyClaimed, HoldLost, IllegalStep, LedgerDisconnected
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Scope

LATER = NOW + timedelta(days=1)
RUNS = count()
SIZE = 3
"""The people of each item."""


def together(ledger, scope, run_id, works) -> list[Exception | None]:
    """Let works wait for the ledger at the same moment, each in a thread. Return what each of them raised."""
    entered, go_on = Event(), Event()

    def wait() -> None:
        entered.set()
        assert go_on.wait(60)

    def raised_by(work) -> Exception | None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the tests look at each of them
            return error
        return None

    with ThreadPoolExecutor(len(works) + 1) as threads:
        first = threads.submit(ledger.claim, run_id, scope, chunk(-9, -9, number=0, position=999_999), granted=wait)
        assert entered.wait(60)
        others = [threads.submit(raised_by, work) for work in works]
        while len(ledger._together._line) < len(works):  # noqa: SLF001 - nothing else shows who waits
            time.sleep(0.001)
        go_on.set()
        first.result()
        return [other.result() for other in others]


def claim_of(ledger, scope, run_id, first, **more):
    """Return a work that claims a chunk of people from ``first`` on."""
    return partial(ledger.claim, run_id, scope, chunk(first, first + SIZE - 1, number=first, **more))


def settle_of(ledger, run_id, first, state):
    """Return a work that settles the people of that chunk."""
    return partial(ledger.settle, run_id, [outcome(number, state) for number in range(first, first + SIZE)])


def test_what_waits_together_shares_one_transaction(ledger):
    """Five claims and three outcomes that wait for the ledger are on disk after one commit."""
    for first in (10, 20, 30):
        claim_of(ledger, CHIME, "first", first)()
    works = [claim_of(ledger, CHIME, "first", first) for first in range(40, 90, 10)]
    works += [settle_of(ledger, "first", first, InviteState.INVITED) for first in (10, 20)]
    works += [settle_of(ledger, "first", 30, InviteState.FAILED)]
    commits = []
    event.listen(ledger._database.engine, "commit", commits.append)  # noqa: SLF001 - what the disk sees is the point

    assert together(ledger, CHIME, "first", works) == [None] * 8

    assert len(commits) == 2, "the claim that the others waited for, and theirs"
    assert states(ledger) == ["invited"] * 6 + ["failed"] * 3 + ["in_flight"] * 16


KINDS = {
    "fresh": (None, ["in_flight"] * SIZE),
    "again": (None, ["in_flight"] * SIZE),
    "invited": (None, ["invited"] * SIZE),
    "failed": (None, ["failed"] * SIZE),
    "mixed": (None, ["in_doubt", "invited", "released"]),
    "taken": (AlreadyClaimed, []),
    "never claimed": (IllegalStep, []),
    "not twice": (IllegalStep, ["invited"] * SIZE),
    "lost": (HoldLost, []),
}
"""What a thread may ask for, what it must raise, and the states of its rows afterwards."""


def work_of(kind, ledger, scopes, run_id, first):
    """Return a work of a kind, after what comes before it."""
    scope, lost = scopes
    claim = claim_of(ledger, scope, run_id, first)
    match kind:
        case "fresh":
            return claim
        case "lost":
            return claim_of(ledger, lost, f"{run_id}-lost", first)
        case "never claimed":
            return settle_of(ledger, run_id, first, InviteState.INVITED)
        case "taken" | "again":
            claim_of(ledger, scope, f"{run_id}-before", first)()
            settle_of(ledger, f"{run_id}-before", first, InviteState.INVITED)()
            return claim_of(
                ledger, scope, run_id, first, again={first, first + 1, first + 2} if kind == "again" else ()
            )
        case "mixed":
            claim()
            states_of_rows = (InviteState.IN_DOUBT, InviteState.INVITED, InviteState.RELEASED)
            outcomes = [outcome(first + at, state) for at, state in enumerate(states_of_rows)]
            return partial(ledger.settle, run_id, outcomes)
    claim()
    if kind == "not twice":
        settle_of(ledger, run_id, first, InviteState.INVITED)()
    return settle_of(ledger, run_id, first, InviteState.FAILED if kind == "failed" else InviteState.INVITED)


@given(kinds=st.lists(st.sampled_from(list(KINDS)), min_size=2, max_size=8))
@settings(max_examples=8)
def test_nobody_fails_because_of_somebody_else(any_ledger, kinds):
    """Each thread gets its own error or none, and its rows are as if it had been alone."""
    run_id = f"together-{next(RUNS)}"
    scopes = Scope("chime", run_id), Scope("chime", f"{run_id}-lost")
    lost = run(f"{run_id}-lost", scope=scopes[1])
    for each in (run(f"{run_id}-before", scope=scopes[0]), run(run_id, scope=scopes[0], started_at=LATER), lost):
        any_ledger.begin(each)
    works = [work_of(kind, any_ledger, scopes, run_id, 10 * at) for at, kind in enumerate(kinds)]

    with any_ledger.hold(lost) as hold:
        with any_ledger._database.writing() as connection:  # noqa: SLF001 - as another process does
            next_generation(connection, hold.scope_id)
        raised = together(any_ledger, scopes[0], run_id, works)

    assert [error and type(error) for error in raised] == [KINDS[kind][0] for kind in kinds]
    rows = [any_ledger.outcomes(run_id, 10 * at, 10 * at + SIZE)["state"].tolist() for at in range(len(kinds))]
    assert rows == [KINDS[kind][1] for kind in kinds]


class _NotCopied(Exception):
    """An error that ``copy`` cannot copy, because of the argument that its constructor wants."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@pytest.mark.parametrize("failed", [LedgerDisconnected("ledger: lost"), _NotCopied(why="ledger: lost")])
def test_each_thread_has_an_error_of_its_own_if_the_database_fails(failed):
    """An error that two threads raise at once would get the traceback of both."""
    entered, go_on = Event(), Event()

    def write_all(items) -> bool:
        if items == [0]:
            entered.set()
            return go_on.wait(60)
        raise failed

    together = GroupCommit(write_all)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(together.write, 0)
        assert entered.wait(60)
        others = [threads.submit(together.write, number) for number in (1, 2)]
        while len(together._line) < len(others):  # noqa: SLF001 - nothing else shows who waits
            time.sleep(0.001)
        go_on.set()
        assert first.result()
        errors = [other.exception() for other in others]

    assert [str(error) for error in errors] == ["ledger: lost"] * 2
    assert errors[0] is not errors[1] or isinstance(failed, _NotCopied)
    assert together.write(0), "nobody is left in the line"
