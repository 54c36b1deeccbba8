"""Fixtures for tests that run the job as its user does, each in a workspace of its own."""

from collections.abc import Iterator
from threading import Thread

import pytest
from clusters import cluster
from forked import ForkServer, fork_servers
from receivers import Receiver
from workspace import Run, Workspace

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
    """Rehearse on the sample exports in one workspace: a plan, a first run and a second."""
    workspace = Workspace(tmp_path_factory.mktemp("rehearsal"))
    samples = workspace.copy_samples()
    commands = {"plan": "plan", "first": "run", "second": "run"}
    return {
        name: Run(workspace.onboard(command, samples, "--sandbox", "--json"), workspace.summary(), workspace.report())
        for name, command in commands.items()
    }


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
