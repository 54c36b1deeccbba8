"""What a worker keeps of the parts that it reads: pieces of bytes in a file of its own."""

import pickle

import numpy as np
import pytest

from onboarding.preparing.dask import worker_files
from onboarding.preparing.dask.worker_files import StoredPieces, WorkerFile

PIECES = [b"ana@x.example", b"", bytes(2 * worker_files.MOST_IN_MEMORY), b"end"]


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Have temporary files in a folder of their own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_pieces_of_two_parts_in_one_file_come_back_as_they_were():
    file = WorkerFile()

    first, second = StoredPieces(PIECES, file), StoredPieces(reversed(PIECES), file)

    assert list(first) == PIECES
    assert list(second) == PIECES[::-1]
    assert second[1] == PIECES[2]


def test_arrays_of_numbers_are_pieces_too():
    numbers = np.arange(10, dtype=np.uint64)

    (piece,) = StoredPieces([numbers.view(np.uint8)], WorkerFile())

    assert np.frombuffer(piece, np.uint64).tolist() == list(range(10))


def test_copy_in_another_process_has_its_own_file():
    pieces = StoredPieces(PIECES, WorkerFile())

    copy = pickle.loads(pickle.dumps(pieces))  # noqa: S301 - made here
    del pieces

    assert list(copy) == PIECES


def test_size_is_what_would_travel():
    """Dask asks for it before it moves a result to another worker."""
    assert StoredPieces(PIECES, WorkerFile()).__sizeof__() == sum(map(len, PIECES))


def test_file_of_a_worker_has_no_name(scratch):
    """It has addresses in it, so nothing may stay behind, however the process ends."""
    pieces = StoredPieces(PIECES, WorkerFile())

    assert list(scratch.iterdir()) == []
    assert list(pieces) == PIECES


def test_small_results_need_no_file(scratch):
    """A process may open few files, and copies of small parts may be many."""
    scratch.rmdir()

    assert list(StoredPieces([b"ana@x.example"], WorkerFile())) == [b"ana@x.example"]
    with pytest.raises(FileNotFoundError):
        StoredPieces(PIECES, WorkerFile())
