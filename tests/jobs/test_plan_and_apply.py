"""A plan that somebody approves, and that is then sent exactly or not at all."""

import json
import stat

import pytest

from onboarding.sandbox import TEAM_ACCOUNT, Sandbox

PLAN = "friday.plan"


@pytest.fixture
def there(sandbox, to_account):
    """Return the flags of the sandbox's account."""
    return to_account(sandbox)


@pytest.fixture
def planned(desk, there):
    """Save a plan for three people and return what planning printed."""
    return desk.onboard("plan", desk.export(3), *there, "--save", PLAN)


def test_plan_mails_nobody_and_says_what_sending_it_takes(planned, sandbox):
    assert planned.code == 0
    assert "3 people would be invited: 1 request." in planned.out
    assert f"onboard apply {PLAN}" in planned.out
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("planned")
def test_plan_file_is_its_owners_alone_and_tells_a_person_what_it_is(desk):
    path = desk.folder / PLAN

    header = json.loads(path.read_bytes().split(b"\n")[0])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert header["invites"] == 3
    assert header["account"] == TEAM_ACCOUNT
    assert [(one["source"], one["rows"]) for one in header["inputs"]] == [("people.csv", 3)]
    assert header["counts"] == {"planned": 3}


@pytest.mark.usefixtures("planned")
def test_applying_sends_exactly_the_plan(desk, sandbox):
    """Its destination is in it; nobody has to name it again."""
    done = desk.onboard("apply", PLAN)

    assert done.code == 0, done.err
    assert desk.summary()["command"] == "apply"
    assert [line["disposition"] for line in desk.report()] == ["invited"] * 3
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.usefixtures("planned")
def test_applying_twice_mails_nobody_twice(desk, sandbox):
    desk.onboard("apply", PLAN)

    done = desk.onboard("apply", PLAN)

    assert done.code == 0
    assert {line["disposition"] for line in desk.report()} == {"already"}
    assert sandbox.counts().addresses_mailed_more_than_once == 0


@pytest.mark.usefixtures("planned")
def test_whoever_was_invited_since_is_not_invited_again(desk, there, sandbox):
    desk.onboard("run", desk.export(1, "one.csv"), *there)

    done = desk.onboard("apply", PLAN)

    assert done.code == 0
    assert [line["disposition"] for line in desk.report()] == ["already", "invited", "invited"]
    assert sandbox.counts().addresses_mailed_more_than_once == 0


def edit(desk):
    path = desk.folder / PLAN
    path.write_bytes(path.read_bytes().replace(b'"invites": 3', b'"invites": 2'))


def edit_rows(desk):
    path = desk.folder / PLAN
    told = bytearray(path.read_bytes())
    told[-100] ^= 1
    path.write_bytes(told)


def cut_short(desk):
    path = desk.folder / PLAN
    path.write_bytes(path.read_bytes()[:-20])


def another_version(desk):
    path = desk.folder / PLAN
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 9'))


def an_export(desk):
    desk.export(1, PLAN)


def nothing(desk):
    (desk.folder / PLAN).unlink()


def another_export(desk):
    desk.export(4)


def no_export(desk):
    (desk.folder / "people.csv").unlink()


def another_ledger(desk):
    for path in (desk.folder / "state").rglob("ledger.sqlite3*"):
        path.unlink()


@pytest.mark.parametrize(
    "change",
    [edit, edit_rows, cut_short, another_version, an_export, nothing, another_export, no_export, another_ledger],
)
@pytest.mark.usefixtures("planned")
def test_changed_plan_is_refused_in_one_plain_line(desk, sandbox, change):
    change(desk)

    done = desk.onboard("apply", PLAN)

    assert done.code == 4
    (line,) = done.plain
    assert PLAN in line or "people.csv" in line
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("sandbox")
def test_folder_with_one_more_export_is_not_what_was_approved(desk, there):
    (desk.folder / "exports").mkdir()
    desk.export(2, "exports/a.csv")
    desk.onboard("plan", "exports", *there, "--save", PLAN)
    desk.export(2, "exports/b.csv")

    done = desk.onboard("apply", PLAN)

    assert done.code == 4
    assert "exports/b.csv" in done.plain[0]


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
def test_other_destination_than_the_plans_is_refused(desk, sandbox, other):
    done = desk.onboard("apply", PLAN, *other)

    assert done.code == 4
    assert "the plan is for another" in done.plain[0]
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.usefixtures("planned")
def test_destination_in_the_environment_is_another_too(desk):
    done = desk.onboard("apply", PLAN, ONBOARD_ACCOUNT_ID="another")

    assert done.code == 4


def test_rehearsal_is_planned_and_applied_like_the_real_thing(desk):
    desk.onboard("plan", desk.export(3), "--sandbox", "--save", PLAN)

    done = desk.onboard("apply", PLAN)

    assert done.code == 0, done.err
    assert desk.summary()["rehearsal"]["addresses_mailed"] == 3


def test_plan_that_cannot_be_saved_is_told_in_one_line(desk, there):
    done = desk.onboard("plan", desk.export(3), *there, "--save", "nowhere/friday.plan")

    assert done.code == 2
    assert "nowhere" in done.plain[0]


def test_export_is_never_taken_for_a_plan_to_be_replaced(desk, there):
    people = desk.export(3)
    before = (desk.folder / people).read_bytes()

    done = desk.onboard("plan", people, *there, "--save", people)

    assert done.code == 2
    assert (desk.folder / people).read_bytes() == before


@pytest.mark.usefixtures("planned")
def test_other_service_of_the_same_name_is_another_destination(desk):
    """boto3 is told where it is by a variable."""
    with Sandbox() as other:
        desk.onboard(
            "plan", "people.csv", "--account-id", TEAM_ACCOUNT, "--save", "b.plan", AWS_ENDPOINT_URL_CHIME=other.url
        )
        with Sandbox() as another:
            done = desk.onboard("apply", "b.plan", AWS_ENDPOINT_URL_CHIME=another.url)

            assert done.code == 4
            assert another.counts().addresses_mailed == 0


def test_list_of_exclusions_is_an_input_too(desk, there, sandbox):
    desk.write("left.csv", "Email\nperson0@example.com\n")
    desk.onboard("plan", desk.export(3), *there, "--exclude", "left.csv", "--save", PLAN)
    desk.write("left.csv", "Email\nperson0@example.com\nperson1@example.com\n")

    done = desk.onboard("apply", PLAN)

    assert done.code == 4
    assert "left.csv" in done.plain[0]
    assert sandbox.counts().addresses_mailed == 0


def test_guard_that_a_plan_has_hit_stops_it_until_it_is_confirmed(desk, there, sandbox):
    desk.onboard("plan", desk.export(12), *there, "--max-invites", "5", "--save", PLAN)

    stopped = desk.onboard("apply", PLAN)
    sent = desk.onboard("apply", PLAN, "--confirm", "12")

    assert (stopped.code, sent.code) == (5, 0)
    assert sandbox.counts().addresses_mailed == 12


def test_plan_that_passed_the_guards_passes_them_again(desk, there):
    """Its domain was named when it was made."""
    desk.onboard("run", desk.export(3), *there)
    desk.write("new.csv", "Name,Work Email\nA,a@new.example\n")
    desk.onboard("plan", "new.csv", *there, "--allow-domain", "new.example", "--save", PLAN)

    assert desk.onboard("apply", PLAN).code == 0


@pytest.mark.parametrize(
    "header", [b"[" * 50_000, b"null", b"{}", b'{"format": 1}', b'{"format": 1, "settings": null}', b"\xff"]
)
@pytest.mark.usefixtures("planned")
def test_header_that_is_none_is_refused_in_one_plain_line(desk, header):
    path = desk.folder / PLAN
    path.write_bytes(header + b"\n" + path.read_bytes().partition(b"\n")[2])

    done = desk.onboard("apply", PLAN)

    assert done.code == 4
    assert len(done.plain) == 1


@pytest.mark.parametrize("seal", ["5", '"\u00e9"', "null"])
@pytest.mark.usefixtures("planned")
def test_seal_that_is_none_is_refused(desk, seal):
    path = desk.folder / PLAN
    line, _, rows = path.read_bytes().partition(b"\n")
    header = json.loads(line) | {"seal": json.loads(seal)}
    path.write_bytes(json.dumps(header).encode() + b"\n" + rows)

    assert desk.onboard("apply", PLAN).code == 4


def test_plan_of_ten_thousand_rows_is_applied_whole(desk, there, sandbox):
    """Several frames of rows."""
    desk.onboard("plan", desk.export(10_000), *there, "--save", PLAN)

    done = desk.onboard("apply", PLAN)

    assert done.code == 0
    assert sandbox.counts().addresses_mailed == 10_000
    assert desk.summary()["counts"] == {"invited": 10_000}
