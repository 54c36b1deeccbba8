"""Workers, real and fake, do the same; workers of a cluster survive the death of some of them."""

import time
from functools import partial
from operator import add
from threading import Event, Timer

import pytest
from clusters import RECOMMENDED_SETTINGS, DyingWorkers, cluster
from distributed import Client
from fakes import FakeWorkers

from onboarding.model.errors import ClusterLost, ExitCode, InputRefused, Interrupted, WorkerFailed
from onboarding.preparing.dask import workers as dask
from onboarding.preparing.dask.workers import DaskWorkers


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
    assert workers.threads == 2


def test_future_may_be_an_argument_alone_or_in_a_list(workers):
    three = workers.submit(add, 1, 2)

    assert workers.result(workers.submit(add, three, 4)) == 7
    assert workers.result(workers.submit(sum, [three, three])) == 6


def test_refusal_is_raised_where_the_result_is_asked_for(workers):
    refused = workers.submit(refuse, 1)

    with pytest.raises(InputRefused, match="row 3: no"):
        workers.result(refused)


def test_function_of_a_refused_value_is_refused_for_the_same_reason(workers):
    needs = workers.submit(sum, [workers.submit(add, 1, 2), workers.submit(refuse, 1)])

    with pytest.raises(InputRefused, match="row 3: no"):
        workers.result(needs)


def test_bug_is_reported_without_its_message(workers):
    """The message may quote a cell."""
    with pytest.raises(WorkerFailed, match=r"ValueError at test_workers\.py:\d+") as raised:
        workers.result(workers.submit(break_down, 1))

    assert "ana" not in str(raised.value)


def test_work_of_a_worker_that_dies_is_done_by_another(client, tmp_path):
    workers = DyingWorkers(client, add, tmp_path)

    assert workers.result(workers.submit(sum, [workers.submit(add, 1, 2), workers.submit(add, 3, 4)])) == 10
    assert workers.died == 1


@pytest.mark.soak
def test_task_that_kills_every_worker_is_given_up(client, tmp_path):
    workers = DyingWorkers(client, add, tmp_path, deaths=10)

    with pytest.raises(ClusterLost, match="Every worker died that worked on one part"):
        workers.result(workers.submit(add, 1, 2))


@pytest.mark.soak  # waits 13 s
def test_run_waits_for_a_worker_that_is_away_for_a_moment(tmp_path, monkeypatch):
    """The time without workers counts from the last result, however long ago the workers were last counted."""
    monkeypatch.setattr(dask, "SECONDS_WITHOUT_WORKERS", 8)
    with cluster(tmp_path, workers=1) as started, Client(started) as client:
        workers = DaskWorkers(client, is_own=False)
        begun = time.monotonic()
        while time.monotonic() < begun + 9:
            assert workers.result(workers.submit(add, 1, 2)) == 3
            time.sleep(0.5)
        started.scale(0)
        while client.nthreads():
            time.sleep(0.05)
        back = Timer(1.5, started.scale, (1,))
        back.start()

        assert workers.result(workers.submit(add, 1, 2)) == 3
        back.join()


class HoldingWorkers(DaskWorkers):
    """Workers that hold every future, as Dask itself may."""

    def __init__(self, client):
        super().__init__(client, is_own=False)
        self.kept = []

    def _fetched(self, done):
        self.kept.append(done)
        return super()._fetched(done)


def double(order, _on_stop):
    return order * 2


def long_tasks(dask_scheduler):
    """Return the tasks that the scheduler would run again if a worker died."""
    return [key for key in dask_scheduler.tasks if str(key).startswith("_run_long_task")]


@pytest.mark.soak
def test_cluster_forgets_orders_that_are_done(client):
    """Otherwise it would look at an account again if a worker dies while people are invited."""
    workers = HoldingWorkers(client)

    assert dict(workers.each(double, [1, 2, 3])) == {0: 2, 1: 4, 2: 6}

    assert len(workers.kept) == 3
    patient_on_stop = time.monotonic() + 60
    while (left := client.run_on_scheduler(long_tasks)) and time.monotonic() < patient_on_stop:
        time.sleep(0.01)
    assert left == []


def fail(order, _on_stop):
    raise InputRefused(f"order {order}: no")


def test_error_of_an_order_is_its_result(client):
    found = dict(DaskWorkers(client, is_own=False).each(fail, [1, 2]))

    assert {number: str(error) for number, error in found.items()} == {0: "order 1: no", 1: "order 2: no"}


def wait_for_stop(folder, order, on_stop):
    """Leave a mark that it has begun, and wait until the run is to stop."""
    stopped = Event()
    with on_stop(stopped.set):
        (folder / str(order)).touch()
        return stopped.wait(60)


def test_stop_reaches_long_tasks_on_all_workers(client, tmp_path):
    def raise_if_stopped():
        if len(list(tmp_path.iterdir())) >= 4:
            raise Interrupted(ExitCode.INTERRUPTED)

    workers = DaskWorkers(client, is_own=False, raise_if_stopped=raise_if_stopped)

    assert dict(workers.each(partial(wait_for_stop, tmp_path), [1, 2, 3, 4])) == dict.fromkeys(range(4), True)


def test_no_order_starts_after_a_signal(client, tmp_path):
    def raise_if_stopped():
        if len(list(tmp_path.iterdir())) >= 2:
            raise Interrupted(ExitCode.TERMINATED)

    workers = DaskWorkers(client, is_own=False, raise_if_stopped=raise_if_stopped)

    found = dict(workers.each(partial(wait_for_stop, tmp_path), range(200)))

    begun = list(map(found.get, range(200))).count(True)
    assert begun in (dask.LONG_PER_THREAD, 2 * dask.LONG_PER_THREAD)  # a worker that another test killed may be away
    assert [found[number] for number in range(begun)] == [True] * begun
    assert {type(found[number]) for number in range(begun, 200)} == {Interrupted}
    assert len(list(tmp_path.iterdir())) <= begun


@pytest.mark.soak  # waits until the loss is noticed
def test_every_order_has_a_result_when_the_scheduler_is_lost(tmp_path):
    """The report is complete only with a result of each order."""
    marks = tmp_path / "marks"
    marks.mkdir()
    # To end, the cluster looks for its lost scheduler, half a minute by default.
    impatient = RECOMMENDED_SETTINGS | {"distributed.comm.timeouts.connect": "5s"}
    with cluster(tmp_path / "dask", workers=1, settings=impatient) as started, Client(started) as client:

        def raise_if_stopped():
            if list(marks.iterdir()) and client.status == "running":
                started.sync(started.scheduler.close)
                while client.status == "running":
                    time.sleep(0.05)

        workers = DaskWorkers(client, is_own=False, raise_if_stopped=raise_if_stopped)

        found = dict(workers.each(partial(wait_for_stop, marks), range(100)))

    assert sorted(found) == list(range(100))
    assert {type(error) for error in found.values()} == {ClusterLost}


def test_lost_cluster_is_reported_in_one_line(tmp_path):
    with cluster(tmp_path, workers=1) as started, Client(started) as client:
        workers = DaskWorkers(client, is_own=False)
        pending = workers.submit(add, workers.submit(add, 1, 2), 3)
        client.cancel(pending)

        with pytest.raises(ClusterLost, match="was lost"):
            workers.result(pending)
