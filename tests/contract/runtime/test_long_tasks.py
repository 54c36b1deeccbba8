"""Threads carry out long tasks, and tell them when the run must stop."""

from threading import Event

from onboarding.model.errors import ExitCode, GuardHit, Interrupted, WorkerFailed
from onboarding.runtime.long_tasks import ThreadTasks
from onboarding.runtime.signals import StopSignal


def test_threads_give_each_result_and_each_error_and_stop_when_they_are_asked():
    """A bug in one task is that task's failure. Its text may quote a row, and is left out."""
    names, stop = ["good", "refused", "broken", "stops", "late"], StopSignal()

    def work(name, until):
        if name == "refused":
            raise GuardHit("A guard was hit.")
        if name == "broken":
            raise KeyError("ana@example.com")
        if name == "stops":
            stopped = Event()
            with until(stopped.set):
                stop.request(ExitCode.TERMINATED)
                assert stopped.wait(60)
        return name

    tasks = ThreadTasks(1, raise_if_stopped=stop.raise_if_stopped)
    found = {names[number]: result for number, result in tasks.each(work, names)}

    assert (found["good"], found["stops"], str(found["refused"])) == ("good", "stops", "A guard was hit.")
    assert isinstance(found["broken"], WorkerFailed)
    assert "ana@" not in str(found["broken"])
    assert (type(found["late"]), found["late"].exit_code) == (Interrupted, ExitCode.TERMINATED)
