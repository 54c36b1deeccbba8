"""``onboard check`` says what a run would meet, and leaves everything as it was."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import create_server
from threading import Thread

import pytest
from buckets import REGION, Bucket, new_bucket, serve_s3
from workspace import account_flags, finish

from onboarding.destinations.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT
from onboarding.ledger import Ledger
from onboarding.model.plan import Scope
from onboarding.model.run import Run
from onboarding.pipeline.check.check import check_run
from onboarding.pipeline.check.findings import Check, CheckStatus, Finding, as_json, exit_code, show
from onboarding.sandbox import Fault, FaultKind
from onboarding.settings.loading import load_settings

KEY = "AKIAEXAMPLEEXAMPLE99"
START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def examine(workspace, monkeypatch) -> Callable[..., list[Finding]]:
    """Sit at the workspace, and return what checks as the command does with these flags."""
    for name in os.environ:
        if name.startswith(("AWS_", "ONBOARD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(workspace.folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(workspace.folder / "state"))
    monkeypatch.setenv("ONBOARD_LOCKS", str(workspace.locks))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(workspace.folder)
    return lambda **flags: check_run(load_settings(flags), dict.fromkeys(flags, "flag"))


@pytest.fixture
def account(sandbox) -> dict[str, object]:
    """Return the flags that lead to the Team account of a sandbox."""
    return {"account_id": TEAM_ACCOUNT, "endpoint_url": sandbox.url}


@pytest.fixture(scope="module")
def service():
    """Serve S3."""
    with serve_s3() as client:
        yield client


@pytest.fixture
def bucket(service, monkeypatch) -> Bucket:
    """Return a bucket that any boto3 program finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", service.meta.endpoint_url)
    return new_bucket(service)


def statuses(findings: Sequence[Finding]) -> dict[str, str]:
    """Return what each check came to."""
    return {finding.check: finding.status for finding in findings}


def of(findings: Sequence[Finding], wanted: Check) -> Finding:
    """Return what one check found."""
    (found,) = [finding for finding in findings if finding.check == wanted]
    return found


def everything_below(folder) -> dict[str, tuple[int, bytes] | None]:
    """Return all files with what they hold and when they were written, and all folders."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes()) if path.is_file() else None
        for path in folder.rglob("*")
    }


def run(scope: Scope) -> Run:
    """Return a run that has begun."""
    return Run(run_id="other", scope=scope, command="run", version="1.0", started_at=START)


def test_desk_that_is_ready_has_nothing_bad(workspace, examine, account, sandbox):
    findings = examine(**account, exports=(workspace.export(3),))

    assert statuses(findings) == dict.fromkeys(
        ["configuration", "credentials", "endpoint", "account", "ledger", "lock", "output", "exports"], "ok"
    )
    assert exit_code(findings) == 0
    assert of(findings, Check.ACCOUNT).message == f"Sandbox Team ({TEAM_ACCOUNT}) takes invites"
    assert of(findings, Check.ENDPOINT).message == f"{sandbox.url} answers"
    assert of(findings, Check.EXPORTS).message == "1 file, each with a column of addresses"
    assert sandbox.counts().mails == 0


def test_receiver_that_apprise_does_not_know_is_told(examine, account):
    """Its notices would never arrive. The value is a secret."""
    found = of(examine(**account, notify=("hunter2://a",)), Check.CONFIGURATION)

    assert (found.status, found.advice) == ("bad", "https://appriseit.com/services/ shows how to write it")
    assert "hunter2" not in found.message


def test_looking_leaves_nothing_where_nothing_was(workspace, examine, account):
    """No ledger, no folder for reports, no state folder."""
    findings = examine(**account, out="reports/of/march")

    assert list(workspace.folder.iterdir()) == []
    assert of(
        findings, Check.LEDGER
    ).message == f"none yet; the first run makes it: {workspace.folder}/state/onboarding/" + ("ledger.sqlite3")
    assert of(findings, Check.OUTPUT).message == "none yet; the first run makes it: reports/of/march"


def test_looking_changes_nothing_after_a_run(workspace, examine, account, sandbox):
    workspace.onboard("run", workspace.export(3), *account_flags(sandbox))
    before = everything_below(workspace.folder / "state")

    findings = examine(**account)

    assert everything_below(workspace.folder / "state") == before
    assert set(statuses(findings).values()) == {"ok"}
    assert f"last good run {datetime.now(UTC):%Y-%m-}" in of(findings, Check.LEDGER).message
    assert of(findings, Check.OUTPUT).message == "onboarding-reports takes reports"
    assert len(workspace.runs()) == 1


def test_rehearsal_is_not_begun(workspace, examine):
    findings = examine(sandbox=True)

    assert list(workspace.folder.iterdir()) == []
    assert set(statuses(findings).values()) == {"ok"}
    assert of(findings, Check.CREDENTIALS).message == "none needed: the sandbox takes any"
    assert of(findings, Check.ACCOUNT).message == "sandbox-team, the sandbox's own"


def test_rehearsal_is_looked_at_and_not_forgotten(workspace, examine):
    """Not even where the next run is to forget it."""
    workspace.onboard("run", workspace.export(3), "--sandbox")
    before = everything_below(workspace.folder / "state")

    findings = examine(sandbox=True, fresh=True)

    assert everything_below(workspace.folder / "state") == before
    assert of(findings, Check.ACCOUNT).message == f"Sandbox Team ({TEAM_ACCOUNT}) takes invites"
    assert of(findings, Check.LOCK) == Finding(Check.LOCK, CheckStatus.OK, "free")


@pytest.mark.parametrize("rehearsed", [False, True])
def test_rehearsal_with_an_account_that_takes_nobody_is_told(workspace, examine, rehearsed):
    if rehearsed:
        workspace.onboard("run", workspace.export(3), "--sandbox")

    findings = examine(sandbox=True, account_id=ENTERPRISE_ACCOUNT)

    assert of(findings, Check.ACCOUNT).status == "bad"
    assert exit_code(findings) == 7


def test_state_of_the_sandbox_that_is_damaged_is_told(workspace, examine):
    state = workspace.folder / "state" / "onboarding" / "sandbox" / "service.sqlite3"
    state.parent.mkdir(parents=True)
    state.write_text("no database, however long one reads in it", encoding="utf-8")

    findings = examine(sandbox=True)

    assert str(state) in of(findings, Check.ENDPOINT).message
    assert of(findings, Check.ACCOUNT).message == "because the sandbox does not start"


def test_vendors_own_endpoint_has_ended(examine):
    """Nobody is asked: there is nobody to ask."""
    findings = examine(account_id="account-1")

    endpoint = of(findings, Check.ENDPOINT)
    assert endpoint.message.endswith("is the vendor's own, and Amazon Chime ended on 2026-02-20")
    assert endpoint.advice.startswith("rehearse with --sandbox")
    assert of(findings, Check.ACCOUNT).status == "skipped"
    assert exit_code(findings) == 7


def test_endpoint_where_nobody_listens_is_told(examine):
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    findings = examine(account_id="account-1", endpoint_url=f"http://127.0.0.1:{port}")

    endpoint = of(findings, Check.ENDPOINT)
    assert endpoint.message == f"http://127.0.0.1:{port} cannot be reached (EndpointConnectionError)"
    assert of(findings, Check.ACCOUNT).message == "because the endpoint does not answer"


def test_password_in_an_endpoint_is_not_told(examine, sandbox, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_CHIME", sandbox.url.replace("//", "//me:secret@") + "?token=secret")

    findings = examine(account_id=TEAM_ACCOUNT)

    assert "secret" not in as_json(findings)
    assert of(findings, Check.ENDPOINT).advice == "check --endpoint-url and AWS_ENDPOINT_URL_CHIME"


WITHOUT_PRIVILEGES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""The command that takes from root the right to read everything."""


@pytest.mark.skipif(not shutil.which(WITHOUT_PRIVILEGES[0]), reason="root reads every folder")
@pytest.mark.parametrize(
    ("hidden", "flags"),
    [
        ("state", []),
        pytest.param("state", ["--sandbox"], marks=pytest.mark.soak),
        pytest.param("state/onboarding", [], marks=pytest.mark.soak),
        pytest.param("state/onboarding", ["--sandbox"], marks=pytest.mark.soak),
    ],
)
def test_unreadable_state_folder_is_told(workspace, sandbox, flags, hidden):
    workspace.onboard("run", workspace.export(1), *(flags or account_flags(sandbox)), "--quiet")
    (workspace.folder / hidden).chmod(0)

    command = [*WITHOUT_PRIVILEGES, sys.executable, "-m", "onboarding", "check", *(flags or account_flags(sandbox))]
    done = finish(workspace.start_command(command))
    (workspace.folder / hidden).chmod(0o700)

    assert done.code == 2
    assert "bad      ledger" in done.out
    assert done.err == ""


def test_each_check_tells_though_all_others_are_bad(workspace, examine, monkeypatch):
    """One look is enough to mend everything."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    workspace.write("ledger.db", "this is no database, and never was")
    workspace.write("taken", "")

    findings = examine(ledger="sqlite:///ledger.db", out="taken", exports=("none.csv",), exclude=("nobody.csv",))

    assert statuses(findings) == {
        "configuration": "bad",
        "credentials": "bad",
        "endpoint": "bad",
        "account": "skipped",
        "ledger": "bad",
        "lock": "skipped",
        "output": "bad",
        "exports": "bad",
        "exclusions": "bad",
    }
    assert all(finding.advice for finding in findings if finding.status == "bad")
    assert exit_code(findings) == 2
    assert (workspace.folder / "ledger.db").read_text(encoding="utf-8") == "this is no database, and never was"


def test_of_a_key_no_more_is_told_than_its_last_letters(examine, account):
    findings = examine(**account)

    assert of(findings, Check.CREDENTIALS).message == "from the environment, the key ends with LE99"
    assert KEY not in as_json(findings)
    assert "anything" not in as_json(findings)


def test_short_key_is_not_told_at_all(examine, account, monkeypatch):
    """Made-up services have made-up keys, and half of one may be too much."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")

    assert of(examine(**account), Check.CREDENTIALS).message == "from the environment"


def test_profile_names_its_source(workspace, examine, account, monkeypatch):
    (workspace.folder / ".aws").mkdir()
    workspace.write(".aws/credentials", f"[hr]\naws_access_key_id = {KEY}\naws_secret_access_key = anything\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    findings = examine(**account, profile="hr")

    assert of(findings, Check.CREDENTIALS).message == "from AWS's credentials file, the key ends with LE99"
    assert of(findings, Check.ACCOUNT).status == "ok"


def test_unknown_profile_is_told_once(examine, account):
    findings = examine(**account, profile="nobody")

    assert of(findings, Check.CREDENTIALS).message == "the AWS profile 'nobody' is not in the AWS configuration"
    assert of(findings, Check.ENDPOINT).message == "because the AWS configuration cannot be used"
    assert [finding.check for finding in findings if finding.status == "bad"] == ["credentials"]


def test_credential_process_that_fails_is_told_without_its_words(workspace, examine, account, monkeypatch):
    (workspace.folder / ".aws").mkdir()
    workspace.write(".aws/config", "[profile hr]\ncredential_process = sh -c 'echo secret >&2; exit 1'\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    findings = examine(**account, profile="hr")

    assert of(findings, Check.CREDENTIALS).message == "there are no usable AWS credentials (CredentialRetrievalError)"
    assert "secret" not in as_json(findings)


def test_account_that_is_no_team_account_is_told(examine, account):
    findings = examine(**account | {"account_id": ENTERPRISE_ACCOUNT})

    found = of(findings, Check.ACCOUNT)
    assert (found.status, found.advice) == ("bad", "InviteUsers works for Team accounts only")


def test_account_that_is_not_there_is_told(examine, account):
    found = of(examine(**account | {"account_id": "nowhere"}), Check.ACCOUNT)

    assert found.message == "The service answered 404 NotFoundException"
    assert found.advice == "check the account, the endpoint and the AWS profile"


def test_throttled_question_leaves_it_open(examine, account, sandbox):
    """A run waits; a check does not."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ThrottledClientException"))

    findings = examine(**account)

    assert of(findings, Check.ACCOUNT).status == "warn"
    assert exit_code(findings) == 0


def test_service_that_fails_is_told(examine, account, sandbox):
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ServiceFailureException"))

    findings = examine(**account)

    assert of(findings, Check.ACCOUNT).message == "the service gives no answer (500 ServiceFailureException)"
    assert exit_code(findings) == 7


def test_held_destination_is_told_with_its_holder(examine, account, sandbox):
    scope = Scope("chime", TEAM_ACCOUNT, sandbox.url)
    chosen = load_settings(account)

    with Ledger.open(chosen.ledger_place(), clock=lambda: START) as ledger, ledger.hold(run(scope)):
        findings = examine(**account)

    found = of(findings, Check.LOCK)
    assert found.message.startswith(f"held by another run: process {os.getpid()} on ")
    assert found.message.endswith(" since 2026-03-01T08:30:00Z")
    assert exit_code(findings) == 11


def test_ledger_that_others_may_read_is_told(workspace, examine, account, sandbox):
    workspace.onboard("run", workspace.export(3), *account_flags(sandbox))
    file = workspace.folder / "state" / "onboarding" / "ledger.sqlite3"
    file.chmod(0o644)

    found = of(examine(**account), Check.LEDGER)

    assert (found.status, found.message) == ("warn", f"others may get at {file} (mode 0644)")


def test_folder_that_others_may_enter_is_told(workspace, examine, account, sandbox):
    workspace.onboard("run", workspace.export(3), *account_flags(sandbox))
    folder = workspace.folder / "state" / "onboarding"
    folder.chmod(0o755)

    found = of(examine(**account), Check.LEDGER)

    assert (found.status, found.message) == ("warn", f"others may get at {folder} (mode 0755)")


def test_export_without_addresses_is_refused_as_a_run_would(workspace, examine, account):
    workspace.write("odd.csv", "Employee ID,Name\n1,Ana\n2,Ben\n")

    findings = examine(**account, exports=("odd.csv",))

    found = of(findings, Check.EXPORTS)
    assert found.status == "bad"
    assert "odd.csv" in found.message
    assert exit_code(findings) == 4


def test_exclusions_are_read(workspace, examine, account):
    workspace.write("leavers.csv", "Email\nana@example.com\nben@example.com\n")

    found = of(examine(**account, exclude=("leavers.csv",)), Check.EXCLUSIONS)

    assert found.message == "2 addresses and 0 employee ids to leave out"


def test_link_that_leads_nowhere_takes_no_reports(workspace, examine, account):
    (workspace.folder / "reports").symlink_to(workspace.folder / "not-mounted")

    found = of(examine(**account, out="reports"), Check.OUTPUT)

    assert (found.status, found.advice) == ("bad", "name another folder with --out")


def test_bucket_is_asked_and_left_as_it_was(examine, account, bucket):
    export = bucket.put("hr/staff.csv", "Employee ID,Work Email\n1,ana@example.com\n")

    findings = examine(**account, exports=(export,), out=f"{bucket.uri}/reports", region=REGION)

    assert set(statuses(findings).values()) == {"ok"}
    assert of(findings, Check.REGION).message == REGION
    assert of(findings, Check.OUTPUT).message == f"{bucket.uri}/reports takes reports"
    assert bucket.list() == ["hr/staff.csv"]
    assert "Uploads" not in bucket.client.list_multipart_uploads(Bucket=bucket.name)


def test_rehearsal_needs_credentials_for_s3(examine, bucket, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    findings = examine(sandbox=True, out=f"{bucket.uri}/reports")

    assert of(findings, Check.CREDENTIALS).message == "there are no AWS credentials"
    assert of(findings, Check.REGION).status == "warn"
    assert "there are no usable AWS credentials" in of(findings, Check.OUTPUT).message
    assert of(findings, Check.ACCOUNT).status == "ok"


@pytest.mark.parametrize(("minutes", "status"), [(0, "ok"), (7, "warn"), (-7, "warn")])
def test_clock_is_compared_where_the_service_has_one(examine, minutes, status):
    """AWS refuses what was signed by a clock that is off."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(404)
            self.send_header("Date", format_datetime(datetime.now(UTC) + timedelta(minutes=minutes, seconds=30)))
            self.send_header("Content-Length", "0")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        findings = examine(account_id="account-1", endpoint_url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()

    assert of(findings, Check.CLOCK).status == status


def test_no_address_is_told(workspace, examine, account, capsys):
    """Whatever the exports and lists hold."""
    workspace.write("leavers.csv", "Email\nana@example.com\nnot an address@\n")

    findings = examine(**account, exports=(workspace.export(3),), exclude=("leavers.csv",))
    show(findings)

    assert of(findings, Check.EXCLUSIONS).status == "bad"
    assert "@" not in capsys.readouterr().out
    assert all(
        set(finding) == {"check", "status", "message", "advice"}
        for finding in json.loads(as_json(findings))["findings"]
    )
