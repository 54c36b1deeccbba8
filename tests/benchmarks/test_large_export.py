"""The large exports of the benchmarks hold the mix of rows that they announce."""

import pandas as pd
import pytest
from frames import hold_and_count, once
from large_export import MIX, RowKind, write_large_export

from onboarding.addresses.normalise import normalise
from onboarding.addresses.suspicious import SuspicionScan
from onboarding.exports import open_exports
from onboarding.model.choices import USUAL_SUSPICIONS


def fates(path):
    """Read an export and count the fates of its rows, policy apart.

    Nothing is held: other contenders know nothing of suspicions.
    """
    suspicions = SuspicionScan(USUAL_SUSPICIONS)
    frames = [normalise(frame) for export in open_exports([str(path)]) for frame in export.batches(0)]
    frames = once(*(hold_and_count(suspicions, frame) for frame in frames))
    rows = pd.concat(map(suspicions.find().mark, frames))
    return (rows["disposition"] + ":" + rows["reason"]).value_counts().to_dict()


# An export of duplicates alone is refused: its addresses would be somebody else's.
ALONE = [kind for kind in RowKind if kind is not RowKind.DUPLICATE]


@pytest.mark.parametrize("mix", [MIX, *({kind: 1} for kind in ALONE)], ids=["mixed", *(kind.name for kind in ALONE)])
def test_every_kind_of_row_has_the_fate_it_is_named_for(tmp_path, mix):
    """Also where all rows but the first are of one kind."""
    written = write_large_export(tmp_path / "export.csv", rows=5000, seed=7, mix=mix)

    expected = {
        ":": written[RowKind.PLAIN] + written[RowKind.SPACED] + written[RowKind.ODD],
        "duplicate:same_address_other_employee": written[RowKind.DUPLICATE],
        "rejected:invalid_syntax": written[RowKind.INVALID],
        "rejected:missing": written[RowKind.BLANK],
    }
    assert fates(tmp_path / "export.csv") == {fate: count for fate, count in expected.items() if count}


def test_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    """So that two contenders, or two days, can be compared."""
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_large_export(tmp_path / name, rows=500, seed=seed)

    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "first").read_bytes() != (tmp_path / "other").read_bytes()


def test_shorter_export_is_the_beginning_of_a_longer_one(tmp_path):
    """Up to whole blocks, a benchmark of a million rows reads what one of ten million reads first."""
    write_large_export(tmp_path / "short", rows=50_000, seed=1)
    write_large_export(tmp_path / "long", rows=60_000, seed=1)

    assert (tmp_path / "long").read_bytes().startswith((tmp_path / "short").read_bytes())
