"""What log lines say, and that no line holds an address."""

import json
import logging
import subprocess
import sys
import warnings
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import structlog
from botocore.exceptions import ClientError
from hostile_names import HOSTILE, recorded_terminal
from hypothesis import given
from hypothesis import strategies as st
from terminals import terminal

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.chime.account import open_chime
from onboarding.runtime import logs
from onboarding.runtime.aws import Access
from onboarding.sandbox import Sandbox

CANARY = "canary.o'bird+x=1@example.com"
SPELLINGS = [CANARY, "canary＠example.com", "canary﹫example.com", "canary%40example.com", "canary@exämple.com"]
UNFORMATTABLE = """
import logging, sys
from onboarding.runtime import logs

logs.configure(level="debug", log_format=sys.argv[1])
logging.getLogger("botocore").warning("%d users", "canary@example.com")
"""
LEVELS = ["debug", "info", "warning", "error", "critical"]


@pytest.fixture(autouse=True)
def no_handlers():
    """Begin without the handlers of pytest, as a process does."""
    logging.getLogger().handlers.clear()


@pytest.fixture(params=["json", "console"])
def lines(request, capsys):
    """Configure the log at its lowest level in each format, and return a function that reads the lines on stderr."""
    logs.configure(level="debug", log_format=request.param)
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("address", SPELLINGS)
def test_address_is_masked_wherever_it_stands(lines, level, address):
    """It may be the event, a value, deep in a value, a name, in bytes, or in a text with other words."""
    write = getattr(structlog.get_logger(), level)

    write(address)
    write("event", who=address, deep={"list": [("x", {address})], address: 1}, _own=address)
    write("event", **{address: 1})
    write("sent to <%s>, twice", address)

    written = lines()
    assert "canary" not in written
    assert written.count(logs.MASK) == 7
    assert "twice" in written


def test_other_values_are_masked_as_the_text_they_become(lines):
    structlog.get_logger().info("event", raw=CANARY.encode(), path=Path(CANARY), error=ValueError(CANARY))

    assert "canary" not in lines()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "name", [*logs.LIBRARY_LEVELS, "botocore.endpoint", "urllib3.connectionpool", "somebody.elses"]
)
def test_foreign_loggers_are_masked_too(lines, name, level):
    write = getattr(logging.getLogger(name), level)

    write("Failed to parse headers (url=%s)", "https://x.example/users?user-email=canary%40example.com")
    write({"UserEmailList": [CANARY]})

    assert "canary" not in lines()


@pytest.mark.parametrize("name", ["botocore.endpoint", "urllib3.connectionpool", "sqlalchemy.engine"])
def test_loud_loggers_stay_at_warning(lines, name):
    """Their debug lines hold whole requests with names, which no mask recognises."""
    logging.getLogger(name).debug("body")
    logging.getLogger(name).info("body")
    logging.getLogger(name).warning("trouble")

    written = lines()
    assert "body" not in written
    assert "trouble" in written


def test_warnings_of_the_database_driver_are_not_logged(lines):
    """The driver's warning names the database and its user, and the run makes the claim again at once."""
    logging.getLogger("psycopg").warning("error ignored terminating")
    logging.getLogger("psycopg").error("trouble")

    written = lines()
    assert "ignored" not in written
    assert "trouble" in written


def test_exception_is_logged_by_type_and_place_alone(lines):
    """The text of the exception may quote a row."""
    try:
        {}[CANARY]
    except KeyError as error:
        structlog.get_logger().exception("run.crashed")
        structlog.get_logger().error("run.crashed", exc_info=error)
        logging.getLogger("botocore").exception("retry of %s", CANARY)

    written = lines()
    assert "anary" not in written
    assert written.count("KeyError") == 3
    assert written.count("test_logs.py:") >= 3
    assert "Traceback" not in written


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_line_that_cannot_be_formatted_is_logged_by_its_place_alone(log_format):
    """The library's own report of such a mistake would show the arguments."""
    child = subprocess.run(
        [sys.executable, "-c", UNFORMATTABLE, log_format], capture_output=True, text=True, check=True
    )

    assert child.stderr == "log line lost: <string>:6\n"


def test_closed_stderr_does_not_end_the_run(lines, tmp_path):
    """A log without a reader is no reason to stop inviting people."""
    with (tmp_path / "stderr").open("w") as gone:
        pass

    with redirect_stderr(gone):
        structlog.get_logger().info("chunk.settled")

    assert lines() == ""


def test_nothing_of_a_real_request_is_logged(lines):
    """The test sends an invitation and a question over HTTP, each also refused, with every logger at debug."""
    with Sandbox() as sandbox:
        client = open_chime(Access(endpoint_url=sandbox.url, access_key="sandbox", secret_key="sandbox"))  # noqa: S106
        client.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=["canary@example.com"])
        client.list_users(AccountId=TEAM_ACCOUNT, UserEmail="canary@example.com")
        try:
            client.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=["canary"])
        except ClientError:
            structlog.get_logger().exception("chunk.refused")
        client.close()

    written = lines()
    assert "chunk.refused" in written
    assert "canary" not in written


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_masking_takes_addresses_and_leaves_the_rest(value):
    """Whatever is logged, no part of an address is left, and nothing else is lost."""
    masked = logs.mask(None, "info", {"value": value})["value"]

    assert not {"@", "＠", "﹫"} & set(str(masked))
    if not {"@", "＠", "﹫", "%"} & set(str(value)):
        assert masked == value


def test_words_beside_an_address_stay():
    masked = logs.mask(None, "info", {"event": "row 7: ana@example.com is\nno address", "rows": 3, "ratio": 0.5})

    assert masked == {"event": f"row 7: {logs.MASK} is\nno address", "rows": 3, "ratio": 0.5}


def test_long_word_is_looked_at_once():
    """If the mask took quadratic time, this test would not end."""
    word = "a" * 2_000_000

    assert logs.mask(None, "info", {"event": word}) == {"event": word}


def test_json_lines_carry_what_a_machine_needs(capsys):
    logs.configure(level="info", log_format="json")

    logs.name_run("r1")
    structlog.get_logger().info("chunk.settled", chunk=7)
    logging.getLogger("somebody.elses").warning("%s left", 3)

    own, foreign = map(json.loads, capsys.readouterr().err.splitlines())
    assert own.pop("timestamp").endswith("Z")
    assert foreign.pop("timestamp").endswith("Z")
    assert own == {"event": "chunk.settled", "chunk": 7, "level": "info", "run_id": "r1"}
    assert foreign == {"event": "3 left", "level": "warning", "run_id": "r1"}


def test_next_run_of_a_process_has_no_older_id(capsys):
    logs.configure(level="info", log_format="json")
    logs.name_run("r1")
    logs.configure(level="info", log_format="json")

    structlog.get_logger().info("export.read")

    assert "run_id" not in json.loads(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, ["info", "warning", "error"]),
        ("debug", ["debug", "info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_level_decides_which_lines_appear(capsys, level, expected):
    logs.configure(level=level, log_format="json")

    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)("own")
        getattr(logging.getLogger("somebody.elses"), name)("foreign")

    written = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in written if line["event"] == "own"] == expected
    assert [line["level"] for line in written if line["event"] == "foreign"] == expected


def test_terminal_gets_lines_for_people_and_warnings_only():
    with terminal() as read:
        logs.configure(level=None, log_format="auto")
        structlog.get_logger().info("chunk.settled")
        structlog.get_logger().warning("ledger.slow", seconds=3)

        written = read()

    assert "chunk.settled" not in written
    assert "ledger.slow" in written
    assert "{" not in written


def test_anything_but_a_terminal_gets_json(capsys):
    logs.configure(level=None, log_format="auto")

    structlog.get_logger().info("chunk.settled")

    assert json.loads(capsys.readouterr().err)["event"] == "chunk.settled"


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_line_on_a_terminal_shows_what_cannot_be_seen(hostile):
    with recorded_terminal() as recording:
        logs.configure(level="debug", log_format="console")
        structlog.get_logger().info(hostile, name=hostile, deep=[hostile, {hostile: Path(hostile)}])
        logging.getLogger("another").warning("it says %s", hostile)

    assert recording.hidden == set()
    assert recording.text.count("it says") == 1


def test_warning_of_a_library_is_a_line_of_the_log_that_hides_addresses():
    with recorded_terminal() as recording, warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.configure(level="warning", log_format="console")
        warnings.warn(f"odd cell {CANARY} in \x1b[2J.csv", UserWarning, stacklevel=1)

    assert recording.hidden == set()
    assert "odd cell" in recording.text
    assert "canary" not in recording.text


def test_package_writes_nothing_until_structlog_is_configured(capfd):
    """A program that uses the package would find structlog's own lines on its stdout."""
    log = logs.get_logger()

    log.warning("run.refused")
    log.error("run.crashed")

    assert capfd.readouterr() == ("", "")


def test_package_masks_its_lines_in_any_configuration(capfd):
    """A program may configure structlog without the mask, and with whole tracebacks."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
    log = logs.get_logger()

    try:
        {}[CANARY]
    except KeyError:
        log.exception("run.crashed", row=CANARY)

    line = json.loads(capfd.readouterr().out)
    assert (line["event"], line["exception"], line["row"]) == ("run.crashed", "KeyError", logs.MASK)
    assert "canary" not in str(line)
