"""Runs whose rows are prepared by the workers of a Dask cluster."""

import csv
import io
import os
import shutil
import signal
import sys
from pathlib import Path

import pandas as pd
import psutil
import pytest
from buckets import new_bucket, serve_s3
from clusters import DASK_DEFAULTS, DyingWorkers, cluster, scheduler_of_a_worker
from distributed import Client
from workspace import account_flags, finish

import onboarding
from onboarding.exports import Span, open_exports
from onboarding.model.choices import USUAL_SUSPICIONS
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.preparing import EngineContext, Rules, choose_engine
from onboarding.preparing.dask import engine, parts
from onboarding.preparing.policy import Policy
from onboarding.sandbox import Sandbox

OF_ONE_RUN = ("run_id", "decided_at", "invite_id")


def lines(workspace):
    """Return the newest report without what differs from run to run."""
    return without_what_differs(workspace.report())


def without_what_differs(report):
    return [{name: cell for name, cell in line.items() if name not in OF_ONE_RUN} for line in report]


def test_run_on_a_cluster_of_its_own_reports_the_same(workspace, samples, soak):
    """By default with two samples: contract/preparing/test_dask_engine.py prepares all of them."""
    exports = [samples] if soak else [f"{samples}/workday_emea.csv", f"{samples}/hibob_people.xlsx"]
    here = workspace.onboard("run", *exports, "--sandbox", "--fresh")
    expected = lines(workspace)

    spread_out = workspace.onboard("run", *exports, "--sandbox", "--fresh", "--engine", "dask")

    assert (here.code, spread_out.code) == (0, 0), spread_out.err
    assert lines(workspace) == expected
    assert spread_out.messages == []


@pytest.mark.soak
def test_run_on_a_given_cluster_reports_the_same(workspace, scheduler):
    people = workspace.export(100)
    workspace.onboard("plan", people, "--sandbox", "--fresh")
    expected = lines(workspace)

    spread_out = workspace.onboard("plan", people, "--sandbox", "--fresh", "--engine", "dask", "--scheduler", scheduler)

    assert spread_out.code == 0, spread_out.err
    assert lines(workspace) == expected
    assert [line["event"] for line in spread_out.events if line["level"] == "warning"] == []


@pytest.mark.soak  # starts a cluster of its own; by default, the test above expects no such warning
def test_run_warns_of_settings_of_a_given_cluster_that_need_mending(workspace, tmp_path):
    """Dask's own settings write rows to files with names, and may hang an early Python 3.11."""
    with cluster(tmp_path, workers=1, settings=DASK_DEFAULTS) as started:
        done = workspace.onboard(
            "plan", workspace.export(3), "--sandbox", "--engine", "dask", "--scheduler", started.scheduler_address
        )

    assert done.code == 0, done.err
    assert [line["mend"] for line in done.logged("dask.workers_spill")] == [
        "distributed.worker.memory.target and .spill: false"
    ]
    assert bool(done.logged("dask.workers_may_hang")) == (sys.version_info < (3, 11, 9))


@pytest.mark.soak
def test_worker_with_other_code_of_the_same_version_is_refused(workspace, tmp_path):
    """A worker of another installation takes two seconds to start."""
    shutil.copytree(Path(onboarding.__file__).parent, tmp_path / "other" / "onboarding")
    with (tmp_path / "other" / "onboarding" / "addresses" / "typos.py").open("a") as module:
        module.write("# changed\n")

    with scheduler_of_a_worker(tmp_path / "other") as scheduler:
        done = workspace.onboard("plan", workspace.export(3), "--sandbox", "--engine", "dask", "--scheduler", scheduler)

    assert done.code == ExitCode.USAGE
    (message,) = done.messages
    assert message.startswith(f"onboard: --scheduler {scheduler}: its workers have onboarding {onboarding.__version__}")
    assert message.endswith(" other code; install the same commit there and start the workers again.")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("dask")) as started, Client(started) as client:
        yield client


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """Return an export that is cut into some twenty parts; one address in ten is in it twice."""
    file = tmp_path_factory.mktemp("big") / "staff.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["Email", "Employee ID", "Name"])
        writer.writerows(
            [f"person{number - number % 10 // 9 * 5000}@example.com", number, f"Name\n{number}"]
            for number in range(100_000)
        )
    return str(file)


@pytest.fixture(scope="module")
def prepared_here(big, tmp_path_factory):
    return pd.concat(
        choose_engine("local", None)(open_exports([big]), RULES, EngineContext(tmp_path_factory.mktemp("scratch")))
    )


RULES = Rules(Policy(today=pd.Timestamp("2026-11-27").date()), USUAL_SUSPICIONS)
PHASES = (
    Span.scan,
    parts.read_part,
    parts.summary_of,
    parts.select_records,
    parts.match_records,
    parts.make_marker,
    parts.finish_part,
)
BY_DEFAULT = (parts.select_records,)


@pytest.mark.soak
@pytest.mark.parametrize(
    "phase", [phase if phase in BY_DEFAULT else pytest.param(phase, marks=pytest.mark.soak) for phase in PHASES]
)
def test_worker_that_is_killed_in_any_phase_changes_nothing(client, big, prepared_here, tmp_path, phase):
    """SIGKILL ends the worker, and all its results are lost."""
    workers = DyingWorkers(client, phase, tmp_path)

    rows = pd.concat(engine.prepare_on_workers(open_exports([big]), RULES, workers, part_bytes=2**18))

    assert workers.died == 1
    assert rows.equals(prepared_here)


@pytest.fixture(scope="module")
def service():
    """Serve S3."""
    with serve_s3() as client:
        yield client


@pytest.mark.soak  # by default, contract/preparing/test_workers.py kills workers
def test_worker_killed_in_the_middle_of_a_run_from_s3_over_postgresql_changes_nothing(workspace, service, new_database):
    """Exports and report are in S3, the ledger is in PostgreSQL, and each person gets one mail."""
    bucket = new_bucket(service)
    aws = {"AWS_ENDPOINT_URL_S3": service.meta.endpoint_url}
    for part in range(2):
        bucket.put(f"hr/{part}.csv", roster(part, 150_000))
    found = []
    for flags in ((), ("--engine", "dask", "--low-memory")):
        out = f"{bucket.uri}/{'-'.join(flags) or 'here'}"
        with Sandbox() as sandbox:
            there = [*account_flags(sandbox), "--ledger", new_database(), "--out", out, "--no-page"]
            run = workspace.start("run", f"{bucket.uri}/hr/", *there, *flags, **aws)
            if flags:
                assert any("dask.ready" in line for line in run.stderr)
                next(one for one in psutil.Process(run.pid).children() if "fork" in one.cmdline()[-1]).kill()
            done = finish(run)
            assert (done.code, done.messages) == (0, [])
            assert sandbox.times_mailed() == {1: 151}
        (key,) = [key for key in bucket.list() if key.startswith(out.removeprefix(f"{bucket.uri}/")) and "recon" in key]
        found.append(without_what_differs(csv.DictReader(io.StringIO(bucket.get(key).decode()))))

    assert found[0] == found[1]
    assert len(found[0]) == 300_000


def roster(part, count):
    """Return an export of people who have left, but for one in 1500. Half of those are in the other export too."""
    people = (
        f"person{part * (number // 1500 % 2) * 10**6 + number}@example.com,,{'Left' if number % 1500 else 'Active'}"
        for number in range(part, count + part)
    )
    return "\n".join(["Work Email,Employee ID,Status", *people])


@pytest.mark.soak  # by default, contract/preparing/test_workers.py stops all workers
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_run_and_its_cluster_at_once(workspace, sent):
    """A terminal sends Ctrl-C to all processes."""
    run = workspace.start("plan", workspace.export(500_000), "--sandbox", "--engine", "dask")
    workspace.wait_until(lambda: workspace.holds("state", "*/worker-*"))

    os.killpg(run.pid, sent)
    done = finish(run)

    assert done.code == 128 + sent
    assert done.messages == ["onboard: Stopped by a signal before anything was sent; run again."]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        pytest.param("tcp://127.0.0.1:9", "(OSError); check the address.", marks=pytest.mark.soak),  # waits 10 s
        ("tls://127.0.0.1:9", "(TypeError); check the address and the certificates in Dask's configuration."),
    ],
)
def test_scheduler_that_does_not_answer_is_reported_in_one_line(workspace, address, why):
    done = workspace.onboard("plan", workspace.export(3), "--sandbox", "--engine", "dask", "--scheduler", address)

    assert done.code == 2
    assert done.messages == [f"onboard: --scheduler {address}: no Dask scheduler answers {why}"]


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--scheduler", "tcp://127.0.0.1:9"], "--scheduler is for --engine dask; drop it or name that engine."),
        (
            ["--scheduler", "tcp://127.0.0.1:9", "--engine", "dask", "--carry-over"],
            "--carry-over makes files that the workers of --scheduler cannot read; drop one of them.",
        ),
        (["--engine", "spark"], "--engine: write local or dask."),
    ],
)
def test_flags_that_make_no_sense_are_refused(workspace, flags, line):
    done = workspace.onboard("plan", workspace.export(3), "--sandbox", *flags)

    assert done.code == 2
    assert done.messages == [f"onboard: {line}"]


def test_run_without_dask_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    rows = choose_engine("dask", None)([], RULES, EngineContext(tmp_path))

    with pytest.raises(ConfigurationError, match=r"needs Dask; run \S+ -m pip install .*'dask\[distributed\]>"):
        next(rows)


def test_refused_row_has_the_same_line_and_code(workspace):
    workspace.write("staff.csv", "email,id\n" + "a@example.com,1\n" * 10 + 'b@example.com,"1')

    here = workspace.onboard("plan", "staff.csv", "--sandbox")
    spread_out = workspace.onboard("plan", "staff.csv", "--sandbox", "--engine", "dask")

    assert here.code == spread_out.code == 4
    assert here.messages == spread_out.messages
