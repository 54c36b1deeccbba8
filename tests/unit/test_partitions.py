"""Records brought together by their hash, in memory and in files."""

import numpy as np
import pytest

from onboarding.partitions import PARTS, Partitions

BUDGETS = pytest.mark.parametrize("budget_bytes", [0, 1000, 2**30])


def records(count, *, seed=0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    hashes = generator.integers(0, 2**64, count, dtype=np.uint64)
    return np.column_stack((hashes, np.arange(count, dtype=np.uint64)))


@BUDGETS
def test_every_record_comes_back_once_and_in_order(tmp_path, budget_bytes):
    given = [records(500, seed=seed) for seed in range(4)]

    with Partitions(2, scratch=tmp_path, budget_bytes=budget_bytes) as partitions:
        for some in given:
            partitions.append(some)
        parts = list(partitions.parts())

    whole = np.concatenate(given)
    for number, part in enumerate(parts):
        assert part.tolist() == whole[whole[:, 0] >> np.uint64(58) == number].tolist()
    assert len(parts) == PARTS


@BUDGETS
def test_nothing_noted_gives_empty_parts(tmp_path, budget_bytes):
    with Partitions(3, scratch=tmp_path, budget_bytes=budget_bytes) as partitions:
        partitions.append(np.empty((0, 3), np.uint64))

        assert {part.shape for part in partitions.parts()} == {(0, 3)}


def test_files_have_no_name(tmp_path):
    """Whatever ends the process, nothing stays behind."""
    with Partitions(2, scratch=tmp_path, budget_bytes=0) as partitions:
        partitions.append(records(100))

        assert list(tmp_path.iterdir()) == []
