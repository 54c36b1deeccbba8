"""Records divided by hash, in memory and in files."""

import numpy as np
import pytest

from onboarding.preparing.partitions import HASH_DIVISIONS, Partitions, divide

BUDGETS = pytest.mark.parametrize("budget_bytes", [0, 1000, 2**30])


def records(count, *, seed=0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    hashes = generator.integers(0, 2**64, count, dtype=np.uint64)
    return np.column_stack((hashes, np.arange(count, dtype=np.uint64)))


def take_in(partitions, some) -> None:
    """Append all of these records."""
    partitions.append(divide(some.T, np.arange(len(some))))


@BUDGETS
def test_every_record_comes_back_once_and_in_order(tmp_path, budget_bytes):
    given = [records(500, seed=seed) for seed in range(4)]

    with Partitions(2, scratch=tmp_path, budget_bytes=budget_bytes) as partitions:
        for some in given:
            take_in(partitions, some)
        parts = list(partitions.divisions())

    whole = np.concatenate(given)
    for number, part in enumerate(parts):
        assert part.tolist() == whole[whole[:, 0] >> np.uint64(58) == number].tolist()
    assert len(parts) == HASH_DIVISIONS


@BUDGETS
def test_no_records_give_empty_parts(tmp_path, budget_bytes):
    with Partitions(3, scratch=tmp_path, budget_bytes=budget_bytes) as partitions:
        take_in(partitions, np.empty((0, 3), np.uint64))

        assert {(part.shape, part.dtype) for part in partitions.divisions()} == {((0, 3), np.dtype(np.uint64))}


def test_files_have_no_name(tmp_path):
    """Nothing stays behind, however the process ends."""
    with Partitions(2, scratch=tmp_path, budget_bytes=0) as partitions:
        take_in(partitions, records(100))

        assert list(tmp_path.iterdir()) == []


def test_files_are_in_the_scratch_folder(tmp_path):
    """The system's own temporary folder may be in memory, and small."""
    with Partitions(2, scratch=tmp_path / "missing", budget_bytes=0) as partitions, pytest.raises(FileNotFoundError):
        take_in(partitions, records(1))


def test_records_stay_in_memory_up_to_the_budget(tmp_path):
    with Partitions(2, scratch=tmp_path / "missing", budget_bytes=160) as partitions:
        take_in(partitions, records(5))
        take_in(partitions, records(5))

        with pytest.raises(FileNotFoundError):
            take_in(partitions, records(1))


def test_files_are_closed_at_the_end(tmp_path):
    partitions = Partitions(2, scratch=tmp_path, budget_bytes=0)
    with partitions:
        take_in(partitions, records(100))

    with pytest.raises(ValueError, match="closed file"):
        next(partitions.divisions())


def test_parts_can_be_asked_for_while_records_come_in(tmp_path):
    """Later records are appended to the files, and no record comes back twice."""
    given = records(50)
    with Partitions(2, scratch=tmp_path, budget_bytes=0) as partitions:
        take_in(partitions, given[:25])
        list(partitions.divisions())
        take_in(partitions, given[25:])

        found = np.concatenate(list(partitions.divisions()))

    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, given.tolist()))


def test_only_chosen_records_are_kept(tmp_path):
    given = records(10)

    with Partitions(2, scratch=tmp_path, budget_bytes=1000) as partitions:
        partitions.append(divide(given.T, np.array([7, 2])))
        found = np.concatenate(list(partitions.divisions()))

    assert sorted(found.tolist()) == sorted(given[[2, 7]].tolist())
