"""What every kind of workers does, and what those of a cluster do when some of them die."""

import time
from operator import add
from threading import Timer

import pytest
from clusters import Deadly, cluster
from distributed import Client
from fakes import FakeWorkers

from onboarding.engines import dask
from onboarding.engines.dask import ClusterLost, DaskWorkers, WorkerFailed
from onboarding.errors import InputRefused


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("dask")) as started, Client(started) as client:
        yield client


@pytest.fixture(params=["fake", "dask"])
def workers(request):
    return FakeWorkers() if request.param == "fake" else DaskWorkers(request.getfixturevalue("client"), is_own=False)


def refuse(_value):
    raise InputRefused("staff.csv: row 3: no")


def break_down(_value):
    raise ValueError("ana@example.com")


def test_result_is_what_the_function_returns(workers):
    assert workers.result(workers.submit(add, 1, 2)) == 3
    assert workers.count == 2


def test_what_stands_for_a_result_may_be_given_to_another_function_alone_or_in_a_list(workers):
    three = workers.submit(add, 1, 2)

    assert workers.result(workers.submit(add, three, 4)) == 7
    assert workers.result(workers.submit(sum, [three, three])) == 6


def test_refusal_is_raised_where_the_result_is_asked_for(workers):
    refused = workers.submit(refuse, 1)

    with pytest.raises(InputRefused, match="row 3: no"):
        workers.result(refused)


def test_what_needs_a_refused_value_is_refused_for_the_same_reason(workers):
    needs = workers.submit(sum, [workers.submit(add, 1, 2), workers.submit(refuse, 1)])

    with pytest.raises(InputRefused, match="row 3: no"):
        workers.result(needs)


def test_bug_is_told_without_its_words(workers):
    """They may quote a cell."""
    with pytest.raises(WorkerFailed, match=r"ValueError at test_workers\.py:\d+") as raised:
        workers.result(workers.submit(break_down, 1))

    assert "ana" not in str(raised.value)


def test_work_of_a_worker_that_dies_is_done_by_another(client, tmp_path):
    workers = Deadly(client, add, tmp_path)

    assert workers.result(workers.submit(sum, [workers.submit(add, 1, 2), workers.submit(add, 3, 4)])) == 10
    assert workers.died == 1


def test_work_that_every_worker_dies_of_is_given_up(client, tmp_path):
    workers = Deadly(client, add, tmp_path, deaths=10)

    with pytest.raises(ClusterLost, match="Every worker died that worked on one part"):
        workers.result(workers.submit(add, 1, 2))


def test_worker_that_is_away_for_a_moment_is_waited_for_however_long_the_run_has_gone_well(tmp_path, monkeypatch):
    """How long nobody was there counts from the last result, and not from the last time that this was asked."""
    monkeypatch.setattr(dask, "SECONDS_WITHOUT_WORKERS", 8)
    with cluster(tmp_path, workers=1) as started, Client(started) as client:
        workers = DaskWorkers(client, is_own=False)
        begun = time.monotonic()
        while time.monotonic() < begun + 9:
            assert workers.result(workers.submit(add, 1, 2)) == 3
        started.scale(0)
        while client.nthreads():
            time.sleep(0.05)
        back = Timer(1.5, started.scale, (1,))
        back.start()

        assert workers.result(workers.submit(add, 1, 2)) == 3
        back.join()


def test_cluster_that_goes_away_is_told_in_one_line(tmp_path):
    with cluster(tmp_path, workers=1) as started, Client(started) as client:
        workers = DaskWorkers(client, is_own=False)
        pending = workers.submit(add, workers.submit(add, 1, 2), 3)
        client.cancel(pending)

        with pytest.raises(ClusterLost, match="was lost"):
            workers.result(pending)
