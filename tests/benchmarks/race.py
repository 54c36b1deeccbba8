"""Races between programs that do the same work, and a check that the work was the same."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Cost, measure

FATES = Path(__file__).parent / "fates.py"

Found = dict[str, int | str]
"""What can be said in short of a result; the same for two contenders who came to the same."""


class Disagreement(Exception):
    """Two contenders came to different results, so that their times say nothing."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A command. The word ``OUT`` in it stands for a folder, of which all is gone afterwards."""

    name: str
    command: tuple[str, ...]


def race(
    contenders: Sequence[Contender], *, folder: Path, runs: int, same_work: bool = True
) -> tuple[dict[str, Cost], Found]:
    """Run each contender ``runs`` times in ``folder``, taking turns; return median costs by name and what they found.

    A contender writes a reconciliation report in ``OUT``, or prints what it found as JSON. Raises ``Disagreement``
    unless all found the same, if it is the ``same_work``.
    """
    costs: defaultdict[str, list[Cost]] = defaultdict(list)
    found: dict[str, Found] = {}
    for _ in range(runs):
        for contender in contenders:
            print(f"… {contender.name}", file=sys.stderr, flush=True)  # noqa: T201
            with _place(folder) as (out, environment):
                command = [out if word == "OUT" else word for word in contender.command]
                cost, printed = measure(command, folder=folder, environment=environment)
                found[contender.name] = _found(Path(out)) or json.loads(printed)
            costs[contender.name].append(cost)
            if same_work:
                _agree(contenders[0].name, contender.name, found)
    return {name: Cost.median(each) for name, each in costs.items()}, found[contenders[0].name]


@contextmanager
def _place(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Give a folder for a report, and an environment in which the job has no state yet."""
    with TemporaryDirectory(dir=folder) as state, TemporaryDirectory(dir=folder) as out:
        yield out, {**os.environ, "XDG_STATE_HOME": state}


def _found(out: Path) -> Found | None:
    for report in out.rglob("reconciliation.csv"):
        _, printed = measure([sys.executable, str(FATES), str(report)], folder=out, environment=os.environ)
        fates: Found = json.loads(printed)
        return fates
    return None


def _agree(one: str, other: str, found: dict[str, Found]) -> None:
    ours, theirs = found[one], found[other]
    if different := sorted(what for what in ours.keys() | theirs.keys() if ours.get(what) != theirs.get(what)):
        values = "; ".join(f"{what}: {ours.get(what, 0)}, {theirs.get(what, 0)}" for what in different)
        raise Disagreement(f"{one!r} and {other!r} found different things: {values}")
