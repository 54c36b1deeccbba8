"""More threads take no more memory."""

import pytest

from onboarding.model.choices import SMALL_FOOTPRINT, USUAL_FOOTPRINT

MIB = 2**20


@pytest.mark.parametrize(
    ("footprint", "jobs", "threads", "block_bytes"),
    [
        (USUAL_FOOTPRINT, 1, 1, 8 * MIB),
        (USUAL_FOOTPRINT, 2, 2, 8 * MIB),
        (USUAL_FOOTPRINT, 4, 4, 4 * MIB),
        (USUAL_FOOTPRINT, 64, 4, 4 * MIB),
        (SMALL_FOOTPRINT, 64, 1, MIB),
    ],
)
def test_threads_share_the_memory(footprint, jobs, threads, block_bytes):
    shared = footprint.shared_by(jobs)

    assert (shared.threads, shared.block_bytes) == (threads, block_bytes)
    assert shared.noted_bytes == footprint.noted_bytes
