"""Fixtures for tests that run the job as its user does, each in a workspace of its own."""

from collections.abc import Iterator
from threading import Thread

import pytest
from clusters import cluster
from forked import ForkServer, fork_servers
from once import made_once
from receivers import Receiver
from recorded_output import rehearsed, screens
from workspace import Run, Workspace, recorded

from onboarding.cli.output import print_summary
from onboarding.sandbox import Sandbox


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """Start the process that forks runs."""
    with fork_servers(1) as servers:
        yield servers[0]


@pytest.fixture
def workspace(tmp_path, request) -> Iterator[Workspace]:
    """Return an empty workspace."""
    workspace = Workspace(tmp_path, lambda: request.getfixturevalue("fork_server"))
    yield workspace
    workspace.end_processes()


@pytest.fixture
def samples(workspace) -> str:
    """Copy the sample exports into the workspace and return their folder's name."""
    return workspace.copy_samples()


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory) -> dict[str, Run]:
    """Rehearse on the sample exports in one workspace, once for all tests: a plan, a first run and a second."""
    return made_once(tmp_path_factory, "rehearsal", lambda: rehearse(Workspace(tmp_path_factory.mktemp("rehearsal"))))


def rehearse(workspace: Workspace) -> dict[str, Run]:
    """Plan and run, and show both ends at terminals of each kind. Then run again, as a user does."""
    samples, runs = workspace.copy_samples(), {}
    for name, command in {"plan": "plan", "first": "run"}.items():
        settings, summary = rehearsed(workspace, command, samples)
        shown = dict(screens(workspace, command, settings, summary))
        as_json = settings.model_copy(update={"json_": True})
        done = recorded(lambda as_json=as_json, summary=summary: print_summary(as_json, summary))
        runs[name] = Run(done, workspace.summary(), workspace.report(), shown)
    done = workspace.onboard("run", samples, "--sandbox", "--json")
    return {**runs, "second": Run(done, workspace.summary(), workspace.report())}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve an empty account, in the process of the tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Serve a receiver of notifications."""
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """Return the address of a Dask cluster for all tests that kill none of its workers: to start one takes seconds."""
    folder = tmp_path_factory.mktemp("dask")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "anything")
        with cluster(folder) as started:
            yield started.scheduler_address
