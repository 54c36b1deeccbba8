"""A plan that somebody approves, and that is then sent exactly or not at all."""

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from workspace import Finished, Workspace, account_flags

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox

PLAN = "friday.plan"


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def planned(workspace, there):
    """Save a plan for three people and return what planning printed."""
    return workspace.onboard("plan", workspace.export(3), *there, "--save", PLAN)


@dataclass(frozen=True)
class KeptPlan:
    """A plan for three people that tests change and try to apply. Each is refused, so the next one finds all as before.

    ``content`` is the file as it was saved.
    """

    workspace: Workspace
    sandbox: Sandbox
    content: bytes

    def applied(self, content: bytes, *flags: str, **variables: str) -> Finished:
        """Apply the plan with another content. Fail if that mails anybody."""
        (self.workspace.folder / PLAN).write_bytes(content)
        done = self.workspace.onboard("apply", PLAN, *flags, **variables)
        assert self.sandbox.counts().addresses_mailed == 0
        return done

    def with_header(self, header: bytes) -> bytes:
        """Return the content with another first line."""
        return header + b"\n" + self.content.partition(b"\n")[2]

    @property
    def header(self) -> dict:
        """What the first line says."""
        return json.loads(self.content.partition(b"\n")[0])


@pytest.fixture(scope="module")
def kept_plan(tmp_path_factory) -> Iterator[KeptPlan]:
    """Save a plan for all tests that are refused."""
    workspace = Workspace(tmp_path_factory.mktemp("planned"))
    with Sandbox() as sandbox:
        workspace.onboard("plan", workspace.export(3), *account_flags(sandbox), "--save", PLAN)
        yield KeptPlan(workspace, sandbox, (workspace.folder / PLAN).read_bytes())


def test_plan_mails_nobody_and_says_what_sending_it_takes(planned, sandbox):
    assert planned.code == 0
    assert " + 3 people to invite\n      example.com 3\n      1 request; " in planned.out
    assert f" apply {PLAN} " in planned.command
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("planned")
def test_plan_file_is_its_owners_alone_and_tells_a_person_what_it_is(workspace):
    path = workspace.folder / PLAN

    header = json.loads(path.read_bytes().split(b"\n")[0])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert header["invites"] == 3
    assert header["account"] == TEAM_ACCOUNT
    assert [(one["source"], one["rows"]) for one in header["inputs"]] == [("people.csv", 3)]
    assert header["counts"] == {"planned": 3}


@pytest.mark.usefixtures("planned")
def test_applying_sends_exactly_the_plan(workspace, sandbox):
    """Its destination is in it; nobody has to name it again."""
    done = workspace.onboard("apply", PLAN)

    assert done.code == 0, done.err
    assert workspace.summary()["command"] == "apply"
    assert [line["disposition"] for line in workspace.report()] == ["invited"] * 3
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.usefixtures("planned")
def test_applying_twice_mails_nobody_twice(workspace, sandbox):
    workspace.onboard("apply", PLAN)

    done = workspace.onboard("apply", PLAN)

    assert done.code == 0
    assert {line["disposition"] for line in workspace.report()} == {"already"}
    assert sandbox.counts().addresses_mailed_more_than_once == 0


@pytest.mark.usefixtures("planned")
def test_people_invited_since_are_not_invited_again(workspace, there, sandbox):
    workspace.onboard("run", workspace.export(1, "one.csv"), *there)

    done = workspace.onboard("apply", PLAN)

    assert done.code == 0
    assert [line["disposition"] for line in workspace.report()] == ["already", "invited", "invited"]
    assert sandbox.counts().addresses_mailed_more_than_once == 0


def edit_rows(content: bytes) -> bytes:
    told = bytearray(content)
    told[-100] ^= 1
    return bytes(told)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b'"invites": 3', b'"invites": 2'),
        edit_rows,
        lambda content: content[:-20],
        lambda content: content.replace(b'"format": 1', b'"format": 9'),
        lambda _: b"Name,Work Email\nA,a@example.com\n",
    ],
    ids=["edited", "rows edited", "cut short", "another version", "an export"],
)
def test_changed_plan_is_refused_in_one_plain_line(kept_plan, change):
    changed = change(kept_plan.content)
    assert changed != kept_plan.content

    done = kept_plan.applied(changed)

    assert done.code == 4
    (line,) = done.messages
    assert PLAN in line


def nothing(workspace):
    (workspace.folder / PLAN).unlink()


def another_export(workspace):
    workspace.export(4)


def no_export(workspace):
    (workspace.folder / "people.csv").unlink()


def another_ledger(workspace):
    for path in (workspace.folder / "state").rglob("ledger.sqlite3*"):
        path.unlink()


@pytest.mark.parametrize("change", [nothing, another_export, no_export, another_ledger])
@pytest.mark.usefixtures("planned")
def test_plan_whose_surroundings_changed_is_refused_in_one_plain_line(workspace, sandbox, change):
    change(workspace)

    done = workspace.onboard("apply", PLAN)

    assert done.code == 4
    (line,) = done.messages
    assert PLAN in line or "people.csv" in line
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("sandbox")
def test_folder_with_one_more_export_is_not_what_was_approved(workspace, there):
    (workspace.folder / "exports").mkdir()
    workspace.export(2, "exports/a.csv")
    workspace.onboard("plan", "exports", *there, "--save", PLAN)
    workspace.export(2, "exports/b.csv")

    done = workspace.onboard("apply", PLAN)

    assert done.code == 4
    assert "exports/b.csv" in done.messages[0]


@pytest.mark.parametrize(
    "other",
    [
        ["--account-id", "another"],
        ["--endpoint-url", "http://127.0.0.1:9"],
        ["--user-type", "SharedDevice"],
        ["--sandbox"],
    ],
)
@pytest.mark.usefixtures("planned")
def test_other_destination_than_the_plans_is_refused(workspace, sandbox, other):
    done = workspace.onboard("apply", PLAN, *other)

    assert done.code == 4
    assert "the plan is for " in done.messages[0]
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("planned")
def test_destination_in_the_environment_is_another_too(workspace):
    done = workspace.onboard("apply", PLAN, ONBOARD_ACCOUNT_ID="another")

    assert done.code == 4


def test_rehearsal_is_planned_and_applied_like_the_real_thing(workspace):
    workspace.onboard("plan", workspace.export(3), "--sandbox", "--save", PLAN)

    done = workspace.onboard("apply", PLAN)

    assert done.code == 0, done.err
    assert workspace.summary()["rehearsal"]["addresses_mailed"] == 3


def test_plan_that_cannot_be_saved_is_told_in_one_line(workspace, there):
    done = workspace.onboard("plan", workspace.export(3), *there, "--save", "nowhere/friday.plan")

    assert done.code == 2
    assert "nowhere" in done.messages[0]


def test_export_is_never_taken_for_a_plan_to_be_replaced(workspace, there):
    people = workspace.export(3)
    before = (workspace.folder / people).read_bytes()

    done = workspace.onboard("plan", people, *there, "--save", people)

    assert done.code == 2
    assert (workspace.folder / people).read_bytes() == before


@pytest.mark.usefixtures("planned")
def test_other_service_of_the_same_name_is_another_destination(workspace):
    """boto3 is told where it is by a variable."""
    with Sandbox() as other:
        workspace.onboard(
            "plan", "people.csv", "--account-id", TEAM_ACCOUNT, "--save", "b.plan", AWS_ENDPOINT_URL_CHIME=other.url
        )
        with Sandbox() as another:
            done = workspace.onboard("apply", "b.plan", AWS_ENDPOINT_URL_CHIME=another.url)

            assert done.code == 4
            assert another.counts().addresses_mailed == 0


def test_list_of_exclusions_is_an_input_too(workspace, there, sandbox):
    workspace.write("left.csv", "Email\nperson0@example.com\n")
    workspace.onboard("plan", workspace.export(3), *there, "--exclude", "left.csv", "--save", PLAN)
    workspace.write("left.csv", "Email\nperson0@example.com\nperson1@example.com\n")

    done = workspace.onboard("apply", PLAN)

    assert done.code == 4
    assert "left.csv" in done.messages[0]
    assert sandbox.counts().addresses_mailed == 0


def test_guard_that_a_plan_has_hit_stops_it_until_it_is_confirmed(workspace, there, sandbox):
    workspace.onboard("plan", workspace.export(12), *there, "--max-invites", "5", "--save", PLAN)

    stopped = workspace.onboard("apply", PLAN)
    sent = workspace.onboard("apply", PLAN, "--confirm", "12")

    assert (stopped.code, sent.code) == (5, 0)
    assert sandbox.counts().addresses_mailed == 12


def test_plan_that_passed_the_guards_passes_them_again(workspace, there):
    """Its domain was named when it was made."""
    workspace.onboard("run", workspace.export(3), *there)
    workspace.write("new.csv", "Name,Work Email\nA,a@new.example\n")
    workspace.onboard("plan", "new.csv", *there, "--allow-domain", "new.example", "--save", PLAN)

    assert workspace.onboard("apply", PLAN).code == 0


@pytest.mark.parametrize(
    "header", [b"[" * 50_000, b"null", b"{}", b'{"format": 1}', b'{"format": 1, "settings": null}', b"\xff"]
)
def test_header_that_is_none_is_refused_in_one_plain_line(kept_plan, header):
    done = kept_plan.applied(kept_plan.with_header(header))

    assert done.code == 4
    assert len(done.messages) == 1


@pytest.mark.parametrize("seal", [5, "\u00e9", None])
def test_seal_that_is_none_is_refused(kept_plan, seal):
    header = json.dumps(kept_plan.header | {"seal": seal})

    assert kept_plan.applied(kept_plan.with_header(header.encode())).code == 4


@pytest.mark.parametrize(
    "tampered",
    [
        {"destination": "slack"},
        {"destination": "wickr"},
        {"account_id": ""},
        {"account_id": 7},
        {"account_id": "another"},
        {"network_id": "12345678"},
        {"endpoint_url": "ftp://chime.example"},
        {"endpoint_url": None},
        {"sandbox": "perhaps"},
        {"exports": 5},
        {"exports": ["other.csv"]},
        {"exclude": ["a\0b"]},
        {"allow_domain": ["-"]},
        {"reinvite_after": "for ever"},
        {"reinvite_times": 1000},
        {"region": ""},
        {"max_invites": -1},
        {"max_invites": "many"},
    ],
)
def test_plan_with_changed_settings_is_refused(kept_plan, tampered):
    header = kept_plan.header
    header["settings"] |= tampered

    done = kept_plan.applied(kept_plan.with_header(json.dumps(header).encode()))

    assert done.code == 4
    assert len(done.messages) == 1


@pytest.mark.soak
def test_plan_of_ten_thousand_rows_is_applied_whole(workspace, there, sandbox):
    """Several frames of rows."""
    workspace.onboard("plan", workspace.export(10_000), *there, "--save", PLAN)

    done = workspace.onboard("apply", PLAN)

    assert done.code == 0
    assert sandbox.counts().addresses_mailed == 10_000
    assert workspace.summary()["counts"] == {"invited": 10_000}
