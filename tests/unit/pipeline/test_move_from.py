"""The rosters that benchmarks and properties are run on hold what they say."""

import pandas as pd
import pytest
from frames import once
from roster import MIX, Kind, roster

from onboarding.addresses.normalise import normalise
from onboarding.addresses.suspicious import SuspicionScan
from onboarding.exports import open_exports
from onboarding.model.dispositions import USUAL_SUSPICIONS


def fates(path):
    """Read a roster and count what becomes of its rows but for policy.

    Nothing is held: other contenders know nothing of suspicions.
    """
    suspicions = SuspicionScan(USUAL_SUSPICIONS)
    frames = [normalise(frame) for export in open_exports([str(path)]) for frame in export.batches(0)]
    frames = once(*map(suspicions.note, frames))
    rows = pd.concat(map(suspicions.find().mark, frames))
    return (rows["disposition"] + ":" + rows["reason"]).value_counts().to_dict()


@pytest.mark.parametrize("mix", [MIX, *({kind: 1} for kind in Kind)], ids=["mixed", *(kind.name for kind in Kind)])
def test_every_kind_of_row_has_the_fate_it_is_named_for(tmp_path, mix):
    """Also where all rows but the first are of one kind."""
    written = roster(tmp_path / "roster.csv", rows=5000, seed=7, mix=mix)

    expected = {
        ":": written[Kind.PLAIN] + written[Kind.SPACED] + written[Kind.ODD],
        "duplicate:same_address_other_employee": written[Kind.DUPLICATE],
        "rejected:invalid_syntax": written[Kind.INVALID],
        "rejected:missing": written[Kind.BLANK],
    }
    assert fates(tmp_path / "roster.csv") == {fate: count for fate, count in expected.items() if count}


def test_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    """So that two contenders, or two days, can be compared."""
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        roster(tmp_path / name, rows=500, seed=seed)

    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "first").read_bytes() != (tmp_path / "other").read_bytes()


def test_shorter_roster_is_the_beginning_of_a_longer_one(tmp_path):
    """Up to whole blocks, a benchmark of a million rows reads what one of ten million reads first."""
    roster(tmp_path / "short", rows=50_000, seed=1)
    roster(tmp_path / "long", rows=60_000, seed=1)

    assert (tmp_path / "long").read_bytes().startswith((tmp_path / "short").read_bytes())
