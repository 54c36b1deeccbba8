"""Each person joins the security group that the export names for them, and nobody joins a wrong one."""

import pytest

from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK, WICKR_OTHER_GROUP
from onboarding.sandbox import Fault, FaultKind

BY_COLUMN = ("--security-group-column", "Unit")


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's network."""
    return [
        *("--destination", "wickr", "--network-id", WICKR_NETWORK),
        *("--endpoint-url", sandbox.url, "--region", "us-east-1"),
    ]


def write(workspace, *units: str) -> str:
    """Write an export with one person for each unit, and return its name."""
    rows = [f"{number},Al,person{number}@example.com,{unit}" for number, unit in enumerate(units)]
    return workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email,Unit", *rows]) + "\n")


def groups(sandbox, count: int) -> list[str | None]:
    """Return the groups of the first people, in their order. Who is no member has None."""
    found = sandbox.groups()
    return [found.get(f"person{number}@example.com") for number in range(count)]


def test_people_join_the_groups_of_their_rows_and_unknown_groups_are_held(workspace, sandbox, there):
    """A cell has the name or the id of a group. An empty cell means the usual group, and the report says so."""
    units = ["Other", " other ", WICKR_OTHER_GROUP, "", "DEFAULT", "Berlin"]

    done = workspace.onboard("run", write(workspace, *units), *there, *BY_COLUMN)

    assert done.code == 0, done.err
    assert "were not used" not in done.out
    assert groups(sandbox, 6) == [*[WICKR_OTHER_GROUP] * 3, *[WICKR_GROUP] * 2, None]
    lines = workspace.report()
    assert [line["security_group"] for line in lines] == ["Other", "other", WICKR_OTHER_GROUP, "", "DEFAULT", "Berlin"]
    assert lines[3]["detail"] == "No group stands in the row, so the person joins the usual group."
    assert (lines[5]["disposition"], lines[5]["reason"]) == ("held", "unknown_group")
    assert lines[5]["detail"] == 'The network has no security group "Berlin"; its groups are: Default, Other.'


def test_usual_group_may_be_another_one_and_requests_stay_full(workspace, sandbox, there):
    units = ["", "Default", "Other"] * 40

    done = workspace.onboard("run", write(workspace, *units), *there, *BY_COLUMN, "--security-group", "Other")

    assert done.code == 0, done.err
    assert groups(sandbox, 120) == [WICKR_OTHER_GROUP, WICKR_GROUP, WICKR_OTHER_GROUP] * 40
    assert sandbox.counts().requests["wickr.BatchCreateUser"] == {"200": 3}


def test_plan_keeps_the_groups_of_its_people(workspace, sandbox, there):
    workspace.onboard("plan", write(workspace, "Other", "", "Default"), *there, *BY_COLUMN, "--save", "units.plan")

    done = workspace.onboard("apply", "units.plan")

    assert done.code == 0, done.err
    assert groups(sandbox, 3) == [WICKR_OTHER_GROUP, WICKR_GROUP, WICKR_GROUP]


def test_lost_request_is_repeated_with_the_same_groups(workspace, sandbox, there):
    """The run dies before it gets the answer. The service knows the token, and takes it for the same request alone."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "BatchCreateUser"))
    run = workspace.fork("run", write(workspace, "Other", "", "Default"), *there, *BY_COLUMN)
    workspace.wait_until(lambda: sandbox.counts().mails == 3)
    run.kill()
    run.wait()
    sandbox.faults.clear()

    done = workspace.onboard("resume", *there)

    assert done.code == 0, done.err
    assert done.logged("doubt.replayed")[0]["addresses"] == 3
    assert groups(sandbox, 3) == [WICKR_OTHER_GROUP, WICKR_GROUP, WICKR_GROUP]
    assert sandbox.times_mailed() == {1: 3}


def test_people_who_are_carried_over_keep_their_group(workspace, sandbox, there):
    """The export of the next night does not have them any more."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "BatchCreateUser", error="ForbiddenError"))
    assert workspace.onboard("run", write(workspace, "Other", "Default"), *there, *BY_COLUMN).code == 7
    new = workspace.write("new.csv", "Work Email,Unit\nzoe@example.com,Default\n")

    done = workspace.onboard("run", new, *there, *BY_COLUMN, "--carry-over", "--roster", "partial")

    assert done.code == 0, done.err
    assert groups(sandbox, 2) == [WICKR_OTHER_GROUP, WICKR_GROUP]
    assert sandbox.groups()["zoe@example.com"] == WICKR_GROUP


def test_export_without_the_column_is_refused(workspace, sandbox, there):
    done = workspace.onboard("run", workspace.export(3), *there, *BY_COLUMN)

    assert done.code == 4
    assert "Unit" in done.messages[0]
    assert sandbox.counts().mails == 0


def test_check_names_the_groups(workspace, there):
    done = workspace.onboard("check", write(workspace, "Other"), *there, *BY_COLUMN, AWS_ACCESS_KEY_ID="any")

    assert "takes invites, to its groups Other, Default" in " ".join(done.out.split())
