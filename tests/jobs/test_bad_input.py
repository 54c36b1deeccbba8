"""Bad input ends in one plain line that names what is wrong, with nothing sent and nothing left behind."""

import random
import socket

import pytest
from workspace import account_flags, finish

PLAIN = ["--log-level", "error"]
REHEARSAL = ["--sandbox", *PLAIN]


def refused(done, code, *named):
    """Check that a run was refused as it should be."""
    assert done.code == code
    assert done.out == ""
    assert len(done.messages) == 1
    assert done.err.startswith("onboard: ")
    assert "Traceback" not in done.err
    for words in named:
        assert words in done.err


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "the file is empty"),
        (random.Random(2).randbytes(5000), "binary"),  # noqa: S311 - any bytes will do
        (b"%PDF-1.7" + bytes(100), "a PDF document"),
        (b"Name,City\nAna,Berlin\n", "--email-column"),
        (b"Name,Email\n", "no row after the header"),
        (b"Email,E-Mail\nana@example.com,ana@example.org\n", "--email-column"),
        (b'Name,Email\n"Ana,ana@example.com\n', "quote"),
    ],
    ids=["empty", "binary", "pdf", "no addresses", "header only", "two columns", "open quote"],
)
def test_export_that_cannot_be_read_safely_is_refused(workspace, sandbox, content, named):
    done = workspace.onboard("run", workspace.write("people.csv", content), *account_flags(sandbox), *PLAIN)

    refused(done, 4, "people.csv", named)
    assert sandbox.mails() == {}
    assert workspace.runs() == []


def test_one_bad_export_among_good_ones_stops_the_run(workspace, sandbox):
    """Nobody of the good ones is sent anything."""
    good, bad = workspace.export(60), workspace.write("bad.csv", 'Name,Email\n"Ana,ana@example.com\n')

    done = workspace.onboard("run", good, bad, *account_flags(sandbox), *PLAIN)

    refused(done, 4, "bad.csv")
    assert sandbox.mails() == {}
    assert workspace.runs() == []


def test_missing_file_is_named(workspace):
    refused(workspace.onboard("run", "missing.csv", *REHEARSAL), 4, "missing.csv", "no such file")


def test_glob_without_a_match_is_named(workspace):
    refused(workspace.onboard("run", "exports/*.csv", *REHEARSAL), 4, "exports/*.csv", "no file matches")


def test_empty_folder_is_named(workspace):
    (workspace.folder / "exports").mkdir()

    refused(workspace.onboard("run", "exports", *REHEARSAL), 4, "exports", ".csv")


def test_run_without_an_export_is_told_so(workspace):
    refused(workspace.onboard("run", *REHEARSAL), 2, "no export was named")
    refused(workspace.onboard("run"), 2, "no export was named")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("out = [", "not TOML"),
        ('acount_id = "x"', "'acount_id'. Did you mean 'account_id'?"),
        ("deadline = 5", "deadline"),
        ('user_type = "Robot"', "user_type"),
        (b"out = '\xff'", "not TOML"),
    ],
)
def test_wrong_file_of_settings_is_named_with_its_setting(workspace, content, named):
    config = workspace.write("nightly.toml", content)

    done = workspace.onboard("run", workspace.export(1), "--sandbox", "--config", config)

    refused(done, 2, "nightly.toml", named)


def test_missing_file_of_settings_is_named(workspace):
    done = workspace.onboard("run", workspace.export(1), "--sandbox", "--config", "nowhere.toml")

    refused(done, 2, "nowhere.toml", "No such file")


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("ONBOARD_ACOUNT_ID", "x", "Did you mean 'account_id'?"),
        ("ONBOARD_LOG_LEVEL", "loud", "write debug, info"),
        ("ONBOARD_LEDGER", "", "text that is not empty"),
    ],
)
def test_wrong_variable_is_named(workspace, variable, value, named):
    done = workspace.onboard("run", workspace.export(1), "--quiet", **{variable: value})

    refused(done, 2, variable, named)


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--deadline", "soon"], "90s"),
        (["--deadline", ""], "90s"),
        (["--user-type", "Robot"], "PrivateUser"),
        (["--destination", "pigeon"], "write chime or wickr"),
        (["--endpoint-url", "127.0.0.1:8765"], "begins with https:// or http://"),
        (["--account-id", ""], "the account's id alone"),
        (["--account-id", "sandbox-team "], "without spaces"),
        (["--endpoint-url", "http://host?a=b"], "what follows ?"),
        (["--ledger", ""], "text that is not empty"),
        (["--allow-domain", ""], "example.com"),
        (["--log-format", "xml"], "console or json"),
    ],
)
def test_wrong_value_of_a_flag_is_refused_naming_the_flag(workspace, flags, named):
    """An empty one too: a script's unset variable must not fall back to a default."""
    refused(workspace.onboard("run", workspace.export(1), *flags), 2, flags[0], named)


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--sandbox", "--endpoint-url", "http://127.0.0.1:8765"], "--endpoint-url"),
        (["--sandbox", "--ledger", "sqlite:///ledger.db"], "--ledger"),
        (["--fresh", "--account-id", "x"], "--sandbox"),
        ([], "--account-id"),
    ],
)
def test_flags_that_make_no_sense_together_are_refused(workspace, flags, named):
    refused(workspace.onboard("run", workspace.export(1), *flags, *PLAIN), 2, named)


@pytest.mark.parametrize("out", ["taken", "taken/reports"])
def test_output_folder_that_cannot_be_written_is_named(workspace, sandbox, out):
    """Before anything is sent."""
    workspace.write("taken", "a file is in the way")

    done = workspace.onboard("run", workspace.export(1), *account_flags(sandbox), "--out", out, *PLAIN)

    refused(done, 2, out, "--out")
    assert sandbox.mails() == {}


@pytest.mark.parametrize(
    ("ledger", "named"),
    [
        ("sqlite:///taken/ledger.db", "name a file in a folder of yours"),
        ("sqlite:///taken", "not a ledger"),
        ("sqlite:///exports", "not a file"),
        ("ledger.db", "sqlite:////path/to/ledger.db"),
        ("oracle://db", "unknown kind"),
    ],
)
def test_ledger_that_cannot_be_used_is_named(workspace, sandbox, ledger, named):
    """And what was there is left alone."""
    (workspace.folder / "exports").mkdir()
    workspace.write("taken", "these are somebody's notes, not a database")

    done = workspace.onboard("run", workspace.export(1), *account_flags(sandbox), "--ledger", ledger, *PLAIN)

    refused(done, 2, "ledger", named)
    assert (workspace.folder / "taken").read_text() == "these are somebody's notes, not a database"
    assert sandbox.mails() == {}
    assert workspace.runs() == []


def test_state_folder_that_cannot_be_written_is_named(workspace, sandbox):
    """Where the ledger is when nobody names one."""
    workspace.write("state", "a file is in the way")

    refused(
        workspace.onboard("run", workspace.export(1), *account_flags(sandbox), *PLAIN), 2, "ledger", "state/onboarding"
    )


def test_endpoint_where_nobody_listens_is_unreachable(workspace):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        done = workspace.onboard(
            "run", workspace.export(1), "--account-id", "x", "--endpoint-url", url, "--deadline", "2s", *PLAIN
        )

    refused(done, 7, "Nothing was sent", "check the endpoint")
    assert workspace.runs() == []


def test_https_to_a_plain_endpoint_is_told_so(workspace, sandbox):
    url = sandbox.url.replace("http:", "https:")

    done = workspace.onboard(
        "run", workspace.export(1), "--account-id", "x", "--endpoint-url", url, "--deadline", "6s", *PLAIN
    )

    refused(done, 7, "Nothing was sent", "check the endpoint", "SSLError")
    assert workspace.runs() == []


def test_missing_credentials_are_told_with_what_to_do(workspace, sandbox):
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

    done = workspace.onboard("run", workspace.export(1), *account_flags(sandbox), *PLAIN, **nothing)

    refused(done, 7, "no usable AWS credentials", "--profile")
    assert sandbox.counts().requests == {}
    assert workspace.runs() == []


def test_unknown_profile_is_named(workspace):
    refused(
        workspace.onboard("run", workspace.export(1), "--account-id", "x", "--profile", "nobody", *PLAIN), 2, "'nobody'"
    )


def test_bad_input_looks_the_same_from_outside(workspace):
    """A process says nothing more than the line when it ends."""
    refused(finish(workspace.start("run", "missing.csv", *REHEARSAL)), 4, "missing.csv")


def test_sandbox_whose_port_is_taken_says_so(workspace, sandbox):
    refused(workspace.onboard("sandbox", "--port", sandbox.url.rpartition(":")[2]), 2, "port", "Choose another")


def test_sandbox_starts_where_runs_are_pointed_at_it(workspace):
    """The variables that say so are no business of its own."""
    service = workspace.serve(ONBOARD_ENDPOINT_URL="http://127.0.0.1:8765", ONBOARD_LEDGER="sqlite:///ledger.db")

    assert service.state()["mails"] == 0


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["local", pytest.param("dask", marks=pytest.mark.soak)])
def test_millions_of_blank_rows_are_one_line_of_the_report_and_the_sums_hold(workspace, engine):
    """Two megabytes of blank lines made a report of 300."""
    export = workspace.write("people.csv", "Email\nana@example.com\n" + "\n" * 2_000_000 + "ben@example.com\n")

    done = workspace.onboard("plan", export, "--engine", engine, *REHEARSAL)

    lines = workspace.report()
    assert done.code == 0
    assert [(line["row"], line["email"] or line["detail"]) for line in lines] == [
        ("2", "ana@example.com"),
        ("3", "2,000,000 blank rows begin here; this line stands for all of them."),
        ("2000003", "ben@example.com"),
    ]
    assert workspace.summary()["rows_read"] == 2_000_002
    assert workspace.summary()["counts"] == {"planned": 2, "ignored": 2_000_000}
