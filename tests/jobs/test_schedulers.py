"""The examples in ``.docker/examples``: each is valid for its scheduler, and does what helps for each exit code."""

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import time
from pathlib import Path
from time import sleep

import boto3
import pytest
from airflow_in_miniature import AirflowException, AirflowFailException, airflow_in_miniature
from botocore.session import get_session
from botocore.validate import validate_parameters
from kubernetes_validate import validate
from kubernetes_validate.utils import resources_from_file
from moto import mock_aws
from moto.sns.models import sns_backends
from statelint.linter import Linter

from onboarding.cli.app import app
from onboarding.model.errors import ExitCode
from onboarding.settings.options import PREFIX
from onboarding.settings.schedules import NightlyStart, crontab, systemd_service, systemd_timer
from onboarding.settings.settings import Settings

EXAMPLES = Path(__file__).parent.parent.parent / ".docker" / "examples"
PROGRAM = "/srv/onboarding/.venv/bin/onboard"
SETTINGS = {f"{PREFIX}{(field.alias or name).upper()}" for name, field in Settings.model_fields.items()}
TIME_MENDS = {ExitCode.STOPPED, ExitCode.HELD, ExitCode.TERMINATED}
KILLED = 137


def text_of(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


def document(name: str) -> dict:
    return json.loads(text_of(f"aws/{name}"))


def kubernetes() -> dict[str, dict]:
    return {resource["kind"]: resource for resource in resources_from_file(str(EXAMPLES / "cronjob.yaml"))}


def commands() -> list[list[str]]:
    """Return the words after ``onboard`` of each command in the examples."""
    pod = kubernetes()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    overrides = [state["Parameters"].get("Overrides") for state in tasks_of(document("state-machine.json")).values()]
    lines = f"{text_of('crontab')}{text_of('onboarding.service')}".splitlines()
    return [
        *(shlex.split(line.partition(f"{PROGRAM} ")[2]) for line in lines if PROGRAM in line),
        pod["containers"][0]["args"],
        document("task-definition.json")["containerDefinitions"][0]["command"],
        document("job-definition.json")["containerProperties"]["command"],
        *(override["ContainerOverrides"][0]["Command"] for override in overrides if override),
    ]


def tasks_of(machine: dict) -> dict[str, dict]:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def test_every_command_of_the_examples_is_one_of_the_program():
    assert len(commands()) == 8
    for name, *words in commands():
        assert app.commands[name].make_context(name, words).params is not None


def test_every_setting_of_the_examples_is_one_of_the_program():
    texts = {path: path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*") if path.is_file()}
    named = {word.removesuffix("_FILE") for text in texts.values() for word in re.findall(rf"\b{PREFIX}[A-Z_]+", text)}
    night = tomllib.loads(kubernetes()["ConfigMap"]["data"]["onboard.toml"])

    assert named - SETTINGS == set()
    assert {f"{PREFIX}{name.upper()}" for name in night} - SETTINGS == set()
    assert Settings.model_validate(night).network_id == "10203040"


def test_systemd_takes_the_units(tmp_path):
    if not shutil.which("systemd-analyze"):
        reason = "There is no systemd-analyze here (Debian: apt-get install systemd)."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    units = [EXAMPLES / f"onboarding{end}" for end in (".service", ".timer", "-failed.service")]
    for unit in units:  # systemd looks for the programs
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in units)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    about_these = [line for line in done.stderr.splitlines() if "onboarding" in line]
    assert about_these == []
    assert done.returncode == 0


def test_examples_have_what_init_writes():
    program, config = (PROGRAM,), Path("/etc/onboarding/onboard.toml")
    writable = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - of large files, and of locks
    start = NightlyStart(program=program, config=config, at=time(2, 15), user="onboarding", writable=writable)

    def lines(text: str) -> set[str]:
        return {line for line in text.splitlines() if not line.startswith("#")}

    assert lines(systemd_service(start)) - lines(text_of("onboarding.service")) == set()
    assert lines(systemd_timer(start)) == lines(text_of("onboarding.timer"))
    assert lines(crontab(start)) - lines(text_of("crontab")) == set()


def test_kubernetes_takes_the_cronjob():
    for resource in kubernetes().values():
        validate(resource, "1.31", strict=True)
        validate(resource, "1.37", strict=True)


def test_cronjob_decides_about_every_exit_code():
    rules = kubernetes()["CronJob"]["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]

    by_action = {rule["action"]: set(rule["onExitCodes"]["values"]) for rule in rules if "onExitCodes" in rule}

    assert by_action["Count"] == TIME_MENDS | {KILLED}
    assert by_action["FailJob"] == set(ExitCode) - TIME_MENDS - {ExitCode.SETTLED, ExitCode.INTERRUPTED}


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ecs", "RegisterTaskDefinition", document("task-definition.json")),
        ("batch", "RegisterJobDefinition", document("job-definition.json")),
        ("scheduler", "CreateSchedule", document("schedule.json")),
    ],
    ids=["task", "job", "schedule"],
)
def test_aws_knows_every_parameter(service, operation, parameters):
    shape = get_session().get_service_model(service).operation_model(operation).input_shape

    validate_parameters(parameters, shape)  # raises an error for an unknown name, too


def test_task_and_job_run_with_the_same_settings():
    (task,) = document("task-definition.json")["containerDefinitions"]
    job = document("job-definition.json")["containerProperties"]

    assert {name: task[name] for name in ("image", "command", "environment", "secrets")} == {
        name: job[name] for name in ("image", "command", "environment", "secrets")
    }


def test_batch_tries_again_what_time_mends():
    strategy = document("job-definition.json")["retryStrategy"]["evaluateOnExit"]

    codes = {int(rule["onExitCode"]) for rule in strategy if rule["action"] == "RETRY" and "onExitCode" in rule}

    assert codes == TIME_MENDS | {KILLED}
    assert strategy[-1] == {"onExitCode": "*", "action": "EXIT"}


def test_state_machine_is_in_the_language_of_step_functions():
    assert Linter.validate(document("state-machine.json")) == []


def ending(state: dict, code: int) -> dict:
    """Return a state in place of a task. It ends as the task does if its container ends with an exit code."""
    if code == 0:
        return {"Type": "Pass", "ResultPath": None, "Next": state["Next"]}
    failed = {"Type": "Fail", "Error": "TaskFailed", "Cause": json.dumps({"Containers": [{"ExitCode": code}]})}
    branches = [{"StartAt": "Stop", "States": {"Stop": failed}}]
    # A state may not fail with an error of Step Functions itself, so the catch has another name for it.
    catches = [{**catch, "ErrorEquals": [catch["ErrorEquals"][0].replace("States.T", "T")]} for catch in state["Catch"]]
    return {**ending(state, 0), "Type": "Parallel", "Branches": branches, "Catch": catches}


def carried_out(run: int, resume: int) -> tuple[str, list[str], list[str]]:
    """Carry the state machine out, whose tasks end with these exit codes, and wait for nothing.

    Return how it ended, the tasks and waits in their order, and the subjects of the messages to people.
    """
    machine = document("state-machine.json")
    states = machine["States"]
    states |= {"Run": ending(states["Run"], run), "Resume": ending(states["Resume"], resume)}
    for state in states.values():
        if state["Type"] == "Wait":
            state["Seconds"] = 0
    access = {"region_name": "eu-central-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        topic = boto3.client("sns", **access).create_topic(Name="onboarding")["TopicArn"]
        client = boto3.client("stepfunctions", **access)
        role = "arn:aws:iam::123456789012:role/onboarding"
        created = client.create_state_machine(name="onboarding", definition=json.dumps(machine), roleArn=role)
        started = client.start_execution(stateMachineArn=created["stateMachineArn"], input="{}")["executionArn"]
        while (status := client.describe_execution(executionArn=started)["status"]) == "RUNNING":
            sleep(0.05)
        events = client.get_execution_history(executionArn=started)["events"]
        sent = sns_backends["123456789012"]["eu-central-1"].topics[topic].sent_notifications
        subjects = [subject for _, _, subject, *_ in sent]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    return status, [name for name in entered if re.match("Run|Resume|Wait", name)], subjects


FAILED = "Onboarding: a person must look"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("run", "resume", "expected"),
    [
        (0, 0, ("SUCCEEDED", ["Run"], [])),
        (3, 0, ("SUCCEEDED", ["Run"], ["Onboarding: the service refused some addresses"])),
        (5, 0, ("FAILED", ["Run"], [FAILED])),
        (6, 0, ("SUCCEEDED", ["Run", "Wait until a doubt is old enough", "Resume"], [])),
        (8, 5, ("FAILED", ["Run", "Wait until the service has room", "Resume"], [FAILED])),
        (143, 8, ("FAILED", ["Run", *(["Wait until the service has room", "Resume"] * 4)], [FAILED])),
        (11, 0, ("FAILED", [*(["Run", "Wait for the other run"] * 4), "Run"], [FAILED])),
    ],
)
def test_state_machine_does_what_helps(run, resume, expected):
    assert carried_out(run, resume) == expected


@pytest.fixture
def airflow_task(tmp_path):
    """Return what runs the task of the DAG with a program that ends with an exit code."""

    def run(code: int) -> int:
        tasks = []
        with airflow_in_miniature(tasks):
            runpy.run_path(str(EXAMPLES / "airflow_dag.py"))
        (task,) = tasks
        program = tmp_path / "onboard"
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\nexit {code}\n', encoding="utf-8")
        program.chmod(0o755)
        task.__globals__["PROGRAM"] = str(program)
        return task()

    return run


def test_airflow_warns_of_refused_addresses_and_goes_on(airflow_task, tmp_path, caplog):
    assert airflow_task(ExitCode.SETTLED) == 0
    assert airflow_task(ExitCode.PARTIAL) == 3

    assert (tmp_path / "words").read_text(encoding="utf-8") == "nightly /etc/onboarding/onboard.toml\n"
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("code", sorted(TIME_MENDS | {ExitCode.IN_DOUBT, ExitCode.INTERRUPTED}))
def test_airflow_tries_again_what_time_mends(airflow_task, code):
    with pytest.raises(AirflowException) as raised:
        airflow_task(code)

    assert not isinstance(raised.value, AirflowFailException)


@pytest.mark.parametrize("code", [1, 2, 4, 5, 7])
def test_airflow_fails_at_once_where_a_person_must_help(airflow_task, code):
    with pytest.raises(AirflowFailException):
        airflow_task(code)
