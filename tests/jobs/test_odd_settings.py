"""Odd files and settings end in one plain line with exit code 2 or 4: no wait, no endless reading, no traceback."""

import os
import re
import socket
from contextlib import ExitStack

import pytest
from workspace import account_flags

from onboarding.sandbox import DAY_SECONDS, HIGHEST_RATE, LONGEST_LATENCY_SECONDS, LOWEST_RATE

PLAIN = ["--log-level", "error"]
REHEARSAL = ["--sandbox", *PLAIN]
NOT_REGULAR = ("fifo", "device", "socket", "folder")


@pytest.fixture
def make(workspace):
    """Return a function that makes something that is no regular file, and returns its path."""
    with ExitStack() as stack:

        def made(kind):
            path = workspace.folder / f"a-{kind}"
            match kind:
                case "fifo":
                    os.mkfifo(path)
                case "device":
                    path.symlink_to("/dev/full")
                case "socket":
                    listener = stack.enter_context(socket.socket(socket.AF_UNIX))
                    here = os.open(workspace.folder, os.O_RDONLY)
                    stack.callback(os.close, here)
                    listener.bind(f"/proc/self/fd/{here}/{path.name}")  # the name of a socket must be short
                case "folder":
                    path.mkdir()
            return str(path)

        yield made


def refused(done, code, *named):
    """Check that a command ended in one plain line with a code, and return the line."""
    assert done.err.startswith("onboard: ")
    assert len(done.messages) == 1, done.err
    assert "bug" not in done.err
    assert all(words in done.err for words in named), done.err
    assert done.code == code, done.err


def test_flag_switches_off_what_the_file_of_settings_switches_on(workspace):
    """Else a rehearsal's file could not be tried against the real account without being edited."""
    config = workspace.write("rehearsal.toml", "sandbox = true\nno_page = true\nquiet = true\n")
    export = workspace.export(3)

    done = workspace.onboard("plan", export, "--config", config, "--page", "--no-quiet")
    assert "report.html" in done.out

    done = workspace.onboard("plan", export, "--config", config, "--no-sandbox")
    refused(done, 2, "Name the account")
    assert done.command.endswith("--sandbox")
    assert "--no-sandbox" not in done.command


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_config_must_be_a_regular_file(workspace, make, kind):
    refused(workspace.onboard("runs", "--sandbox", "--config", make(kind)), 2, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_config_of_a_variable_must_be_a_regular_file(workspace, make, kind):
    refused(workspace.onboard("runs", "--sandbox", ONBOARD_CONFIG=make(kind)), 2, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_plan_is_saved_to_no_other_thing(workspace, make, kind):
    done = workspace.onboard("plan", workspace.export(2), *REHEARSAL, "--save", make(kind))

    refused(done, 2, "--save", f"a-{kind}")


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_plan_to_apply_must_be_a_regular_file(workspace, make, kind):
    refused(workspace.onboard("apply", make(kind), *REHEARSAL), 4, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", ["fifo", "device", "socket"])
def test_export_must_be_a_regular_file(workspace, make, kind):
    refused(workspace.onboard("run", make(kind), *REHEARSAL), 4, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", ["fifo", "device", "socket"])
def test_list_of_exclusions_must_be_a_regular_file(workspace, make, kind):
    done = workspace.onboard("run", workspace.export(2), *REHEARSAL, "--exclude", make(kind))

    refused(done, 4, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", ["fifo", "device", "socket"])
def test_table_of_routes_must_be_a_regular_file(workspace, make, kind):
    """By the check, since a run would open its ledger first."""
    flags = ["--engine", "dask", "--ledger", "postgresql://localhost/none"]

    done = workspace.onboard("check", workspace.export(2), *flags, "--routes", make(kind))

    (line,) = [line for line in done.out.splitlines() if f"a-{kind}" in line]
    assert re.match(r"bad +routes ", line)
    assert "regular file" in line


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_report_of_an_account_to_move_from_must_be_a_regular_file(workspace, make, kind):
    done = workspace.onboard("run", "--destination", "wickr", *REHEARSAL, "--move-from", make(kind))

    refused(done, 4, f"a-{kind}", "regular file")


@pytest.mark.parametrize("kind", NOT_REGULAR)
def test_ledger_must_be_a_regular_file(workspace, make, sandbox, kind):
    done = workspace.onboard(
        "run", workspace.export(2), *account_flags(sandbox), *PLAIN, "--ledger", f"sqlite:///{make(kind)}"
    )

    refused(done, 2, "/dev/full" if kind == "device" else f"a-{kind}")


def test_config_has_a_largest_size(workspace):
    path = workspace.write("large.toml", "# " + "x" * 2_000_000)

    refused(workspace.onboard("runs", "--sandbox", "--config", path), 2, "large.toml", "1 MB")


@pytest.mark.parametrize(
    "content",
    [
        "hold = " + "[" * 5000 + "]" * 5000,
        "a" + ".a" * 5000 + " = 1",
        "hold = " + "{a=" * 5000 + "1" + "}" * 5000,
        "max_invites = 1" + "0" * 5000,
        "starts_before = 2026-13-45",
        "starts_before = 0000-00-00T99:99:99+99:99",
        'state_dir = "a\\u0000b"',
        'out = "a\\u0000b"',
        'exclude = ["a\\u0000b"]',
        'move_from = "a\\u0000b"\ndestination = "wickr"',
        'save = "a\\u0000b"',
        'encoding = "a\\u0000b"',
        'profile = "a\\u0000b"',
        'region = "a\\u0000b"',
        'sheet = "a\\u0000b"',
        'email_column = "a\\u0000b"',
        'security_group = "a\\u0000b"\ndestination = "wickr"',
        "rate = nan",
        "rate = inf",
        "rate = 1e-320",
        "wave = 1e300",
        "concurrency = 1e9",
        "max_invites = 100000000000000000000",
        "confirm = 100000000000000000000",
        'deadline = "' + "9" * 5000 + 's"',
        'deadline = "99999999999999999999d"',
        'deadline = "0s"',
        'reinvite_after = "0d"',
    ],
)
def test_setting_that_cannot_be_meant_is_refused(workspace, content):
    """Whatever the file says, it is named."""
    path = workspace.write("odd.toml", content)

    done = workspace.onboard("plan", workspace.export(2), *REHEARSAL, "--config", path)

    refused(done, 2)


@pytest.mark.parametrize("name", ["a\udcff", "\udcff"])
@pytest.mark.parametrize(
    "flag",
    [
        *("--account-id", "--profile", "--region", "--email-column", "--sheet", "--encoding", "--allow-domain"),
        *("--hold", "--starts-before", "--date-order", "--deadline", "--notify", "--ping-url", "--metric-namespace"),
        *("--ledger", "--endpoint-url"),
    ],
)
def test_flag_that_is_no_text_is_refused(workspace, flag, name):
    """A shell passes any bytes on."""
    value = f"sqlite:///{name}" if flag == "--ledger" else name
    rehearsal = PLAIN if flag in ("--ledger", "--endpoint-url") else REHEARSAL

    done = workspace.onboard("plan", workspace.export(2), *rehearsal, flag, value)

    refused(done, 2)


@pytest.mark.parametrize("argument", ["a\udcff", "\udcff"])
@pytest.mark.parametrize("command", ["resume", "report"])
def test_run_id_that_is_no_text_is_refused(workspace, command, argument):
    refused(workspace.onboard(command, argument, "--sandbox"), 2)


NOT_TEXT = (
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "base64",
    "rot13",
    "zlib",
    "hex",
    "bz2",
)


@pytest.mark.parametrize("codec", [*NOT_TEXT, "uu", "quopri", "aliases", "utf-8\n", "x" * 5000, "../os"])
def test_codec_that_is_no_encoding_of_files_is_refused(workspace, codec):
    refused(workspace.onboard("plan", workspace.export(2), *REHEARSAL, "--encoding", codec), 2, "--encoding")


@pytest.mark.parametrize(
    "flags",
    [
        *(["--rate", rate] for rate in ("nan", "inf", "-1", "0", "1e-320", "1e300")),
        *(["--burst", burst] for burst in ("1e20", "100000000000000000000", "0", "-5")),
        *([flag, time] for flag in ("--latency", "--list-delay") for time in ("nan", "inf", "-1", "1e300")),
        *(["--jitter", share] for share in ("nan", "inf", "-1", "2")),
        *(["--port", port] for port in ("-1", "65536", "1e9")),
    ],
)
def test_absurd_sandbox_is_refused(workspace, flags):
    done = workspace.onboard("sandbox", *flags)

    assert done.code == 2
    assert flags[0] in done.err
    assert "bug" not in done.err


@pytest.mark.parametrize(
    "flags",
    [
        *(["--rate", str(rate)] for rate in (LOWEST_RATE, HIGHEST_RATE)),
        ["--burst", str(HIGHEST_RATE)],
        ["--latency", str(LONGEST_LATENCY_SECONDS)],
        ["--list-delay", str(DAY_SECONDS)],
    ],
)
def test_command_takes_the_bounds_that_the_sandbox_takes(workspace, flags):
    """The mistake in the last flag keeps the sandbox from starting, and the line names no other flag."""
    done = workspace.onboard("sandbox", *flags, "--port", "-1")

    assert (done.code, flags[0] in done.err, "--port" in done.err) == (2, False, True)


@pytest.mark.parametrize(
    ("flag", "most"),
    [
        ("--rate", HIGHEST_RATE),
        ("--burst", HIGHEST_RATE),
        ("--latency", LONGEST_LATENCY_SECONDS),
        ("--list-delay", DAY_SECONDS),
    ],
)
def test_sandbox_beyond_its_bounds_is_refused_by_its_flag(workspace, flag, most):
    done = workspace.onboard("sandbox", flag, str(int(most) + 1))

    assert (done.code, flag in done.err) == (2, True)


@pytest.mark.parametrize(
    "flags",
    [["--rate", rate] for rate in ("nan", "inf", "-inf", "1e-320", "-1")]
    + [["--settle-seconds", time] for time in ("nan", "inf", "-0.1")],
)
def test_absurd_flag_is_refused(workspace, flags):
    refused(workspace.onboard("plan", workspace.export(2), *REHEARSAL, *flags), 2, flags[0])


@pytest.mark.parametrize("rehearses", [False, True])
@pytest.mark.parametrize("command", ["check", "run", "plan", "runs", "resume"])
def test_state_folder_that_cannot_be_read_is_said(workspace, command, sandbox, rehearses):
    """Its name is too long, which the system refuses as it refuses a folder without permission."""
    flags = ["--sandbox"] if rehearses else account_flags(sandbox) if command != "runs" else []
    arguments = [workspace.export(2)] if command in ("run", "plan") else []

    done = workspace.onboard(command, *arguments, *flags, XDG_STATE_HOME=f"/{'x' * 300}")

    assert "bug" not in done.err
    assert done.code == 2, (done.out, done.err)
