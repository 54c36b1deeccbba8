"""What is never sent unless somebody has said the number."""

import json

import pytest
from workspace import ONE_AT_A_TIME, account_flags

from onboarding.sandbox import Fault, FaultKind, Refusal

MANY = 600


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def settled(workspace, there):
    """Invite a roster, so that the next run has something to compare with."""
    assert workspace.onboard("run", workspace.export(MANY), *there).code == 0


def test_first_run_says_that_there_is_nothing_to_compare_with(workspace, there):
    done = workspace.onboard("run", workspace.export(3), *there)

    assert done.code == 0
    assert "the guards had nothing to compare with" in done.out
    assert workspace.summary()["guards"] == {
        "invites": 3, "compared_with": "", "knows_domains": False, "hits": [], "confirmed": False,
        "missing": [], "missing_is_news": False, "emptied": [], "held_at_new_domains": 0, "new_domains": [],
        "remedy_flags": [],
        "not_compared": "No earlier run went well here, so the guards had nothing to compare with.",
        "stopped_before": "", "accepted": [], "runs_until_usual": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("settled")
def test_second_run_is_compared_with_the_first(workspace, there):
    first = workspace.summary()["run_id"]

    done = workspace.onboard("run", "people.csv", *there)

    assert done.code == 0
    assert "nothing to compare" not in done.out
    assert workspace.summary()["guards"]["compared_with"] == first


def stopped(workspace, sandbox, done, invites):
    """Assert that a run sent nothing, wrote its report, and said in one line what would let it pass."""
    assert done.code == 5
    (line,) = done.messages
    assert line.startswith("onboard: Stopped, nothing sent: ")
    if invites:
        assert done.command.endswith(f" --confirm {invites}")
    else:
        assert "Nobody would be invited: correct the export and run again." in line
        assert (done.first_step, "--confirm" in done.command) == ("When the export is right, run again:", False)
    assert workspace.summary()["exit_code"] == 5
    assert workspace.summary()["counts"].get("deferred", 0) == invites
    return sandbox.counts().addresses_mailed


def test_most_that_was_named(workspace, there, sandbox):
    done = workspace.onboard("run", workspace.export(30), *there, "--max-invites", "29")

    assert stopped(workspace, sandbox, done, 30) == 0


@pytest.mark.usefixtures("settled")
def test_roster_that_shrank(workspace, there, sandbox):
    done = workspace.onboard("run", workspace.export(400), *there)

    assert stopped(workspace, sandbox, done, 0) == MANY


@pytest.mark.usefixtures("settled")
def test_many_new_people(workspace, there, sandbox):
    done = workspace.onboard("run", workspace.export(700), *there)

    assert stopped(workspace, sandbox, done, 100) == MANY


@pytest.mark.usefixtures("settled")
def test_many_unusable_rows(workspace, there, sandbox):
    people = (workspace.folder / "people.csv").read_text()
    workspace.write(
        "people.csv", people + "".join(f"{number},Person {number},nonsense\n" for number in range(MANY, 640))
    )

    done = workspace.onboard("run", "people.csv", *there)

    assert stopped(workspace, sandbox, done, 0) == MANY


@pytest.mark.usefixtures("settled")
def test_domain_that_was_named_is_known(workspace, there):
    people = (workspace.folder / "people.csv").read_text()
    workspace.write("people.csv", people + "9000,Eve,eve@typo.example\n")
    domains = ["--allow-domain", "example.com", "--allow-domain", "typo.example"]

    assert workspace.onboard("run", "people.csv", *there, *domains).code == 0
    assert workspace.onboard("run", "people.csv", *there).code == 0


@pytest.mark.usefixtures("settled")
def test_exact_number_is_sent_and_the_summary_says_what_was_overridden(workspace, there, sandbox):
    workspace.export(700)

    done = workspace.onboard("run", "people.csv", *there, "--confirm", "100")

    assert done.code == 0
    assert "Confirmed by --confirm 100: 100 of 700 people would be invited" in done.out
    assert workspace.summary()["guards"]["confirmed"] is True
    assert len(workspace.summary()["guards"]["hits"]) == 1
    assert sandbox.counts().addresses_mailed == 700


def test_another_number_is_refused(workspace, there, sandbox):
    done = workspace.onboard("run", workspace.export(30), *there, "--confirm", "31")

    assert stopped(workspace, sandbox, done, 30) == 0


@pytest.mark.soak
@pytest.mark.usefixtures("settled")
def test_stopped_run_is_not_resumed_and_nothing_is_compared_with_it(workspace, there, sandbox):
    """Else a guard could be walked around, or would be hit once only."""
    workspace.onboard("run", workspace.export(700), *there)

    resumed = workspace.onboard("resume", *there)
    named = workspace.onboard("resume", workspace.summary()["run_id"], *there)
    again = workspace.onboard("run", "people.csv", *there)

    assert (resumed.code, named.code, again.code) == (5, 5, 5)
    assert resumed.messages == named.messages
    assert resumed.messages[0].startswith("onboard: A guard stopped run ")
    assert " run people.csv " in resumed.command
    assert sandbox.counts().addresses_mailed == MANY


@pytest.mark.usefixtures("settled")
def test_plan_says_which_guard_it_would_hit(workspace, there):
    done = workspace.onboard("plan", workspace.export(700), *there)

    assert done.code == 5
    assert "--confirm 100" in done.command
    assert workspace.summary()["counts"]["planned"] == 100


@pytest.mark.soak
@pytest.mark.usefixtures("settled")
def test_plan_that_was_confirmed_is_applied_without_saying_it_again(workspace, there, sandbox):
    workspace.onboard("plan", workspace.export(700), *there, "--save", "big.plan")
    unconfirmed = workspace.onboard("apply", "big.plan")
    workspace.onboard("plan", "people.csv", *there, "--save", "big.plan", "--confirm", "100")

    confirmed = workspace.onboard("apply", "big.plan")

    assert (unconfirmed.code, confirmed.code) == (5, 0)
    assert sandbox.counts().addresses_mailed == 700


@pytest.mark.usefixtures("settled")
def test_guard_is_in_the_json_document(workspace, there):
    done = workspace.onboard("run", workspace.export(700), *there, "--json")

    (hit,) = json.loads(done.out)["guards"]["hits"]
    assert hit["guard"] == "new_people"
    assert "100 of 700 people" in hit["why"]


def test_waves_send_so_many_at_a_time_until_all_are_invited(workspace, there, sandbox):
    """Each is a success, and says which wave of how many it was."""
    codes = [workspace.onboard("run", workspace.export(130), *there, "--wave", "60").code]
    mailed = [sandbox.counts().addresses_mailed]

    for _ in range(2):
        codes.append(workspace.onboard("resume", *there, "--wave", "60").code)
        mailed.append(sandbox.counts().addresses_mailed)

    assert codes == [0, 0, 0]
    assert mailed == [60, 120, 130]
    assert workspace.summary()["counts"] == {"invited": 130}


def test_whom_the_last_run_left_is_carried_over(workspace, there, sandbox):
    """Tonight's export has new people only."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)
    assert workspace.onboard("run", workspace.export(3), *there).code == 3
    sandbox.refuse("person1@example.com", None)
    workspace.write("new.csv", "Employee ID,Name,Work Email\n77,Nia,nia@example.com\n")

    done = workspace.onboard("run", "new.csv", *there, "--carry-over")

    assert done.code == 0, done.err
    assert [(line["email"], line["disposition"]) for line in workspace.report()] == [
        ("nia@example.com", "invited"),
        ("person1@example.com", "invited"),
    ]
    assert not list((workspace.folder / "state").rglob("carried-over*"))
    first = workspace.runs()[0].name
    assert [line["source"] for line in workspace.report()] == ["new.csv", f"carried over from run {first}"]
    assert f"carried over from run {first}" in workspace.summary()["counts_by_source"]
    assert "/state/" not in done.out + (workspace.runs()[-1] / "report.html").read_text()


@pytest.mark.soak
def test_whom_a_night_left_is_carried_over_although_hr_answered_in_between(workspace, there, sandbox):
    """The answers are read by a run of their own, which carries nothing over."""
    rows = [f"{number},Person {number},person{number}@example.com" for number in range(4)]
    rows += ["8,Hal,hal@gmial.com", "9,Ida,ida at example.com"]
    workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email", *rows]) + "\n")
    sandbox.refuse("person0@example.com", Refusal.ENTRY)
    codes = [workspace.onboard("run", "people.csv", *there, "--carry-over", "--wave", "2", "--handoff").code]
    codes += [workspace.onboard("run", str(workspace.runs()[-1] / "handoff.xlsx"), *there).code]
    sandbox.refuse("person0@example.com", None)
    workspace.write("new.csv", "Employee ID,Name,Work Email\n77,Nia,nia@example.com\n")

    done = workspace.onboard("run", "new.csv", *there, "--carry-over")

    assert (codes, done.code) == ([3, 0], 0), done.err
    assert {line["name"]: line["disposition"] for line in workspace.report()} == {
        "Nia": "invited", "Person 0": "invited", "Person 2": "invited", "Person 3": "invited",
    }  # fmt: skip


def test_whom_a_guard_has_kept_out_is_not_carried_over(workspace, there, sandbox):
    workspace.onboard("run", workspace.export(3), *there)
    workspace.onboard("run", workspace.write("wrong.csv", "Name,Work Email\nEve,eve@wrong.example\n"), *there)

    done = workspace.onboard("run", "people.csv", *there, "--carry-over")

    assert done.code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_carried_over_people_are_no_loss_to_the_roster(workspace, there):
    """Who is in the export as well is counted once."""
    workspace.export(100)
    codes = [workspace.onboard("run", "people.csv", *there, "--carry-over", "--wave", "40").code]
    codes += [workspace.onboard("run", "people.csv", *there, "--carry-over", "--confirm", "60").code]

    codes += [workspace.onboard("run", "people.csv", *there, "--carry-over").code]

    assert codes == [0, 0, 0]


@pytest.mark.soak
def test_wave_keeps_its_size_when_it_is_resumed(workspace, there, sandbox):
    workspace.onboard("run", workspace.export(130), *there, "--wave", "60")

    workspace.onboard("resume", *there)

    assert sandbox.counts().addresses_mailed == 120


def test_refused_address_makes_no_later_wave_smaller(workspace, there, sandbox):
    """A wave is as many people as it was asked to send to, also if the service refused one of them."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)

    first = workspace.onboard("run", workspace.export(6), *there, "--wave", "2")
    second = workspace.onboard("resume", *there)

    assert (first.code, second.code) == (3, 3)
    assert second.messages[0] == "onboard: Wave 2 of 3 sent, 2 people are left for 1 more wave."
    assert sandbox.counts().addresses_mailed == 3


def test_domain_of_a_wave_is_known_from_then_on(workspace, there):
    workspace.onboard("run", workspace.export(3), *there)
    workspace.write("b.csv", "Name,Work Email\nA,a@new.example\nB,b@new.example\n")
    workspace.onboard("run", "b.csv", *there, "--confirm", "2", "--wave", "1")

    assert workspace.onboard("run", "b.csv", *there).code == 0


@pytest.mark.soak
def test_wave_that_was_cut_short_is_filled_up(workspace, there, sandbox):
    """A fatal answer ends it after one of its two chunks."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1000, error="ForbiddenException"))
    cut_short = workspace.onboard("run", workspace.export(300), *there, "--wave", "100", *ONE_AT_A_TIME)
    mailed = [sandbox.counts().addresses_mailed]
    sandbox.faults.clear()

    for _ in range(2):
        workspace.onboard("resume", *there)
        mailed.append(sandbox.counts().addresses_mailed)

    assert cut_short.code == 7
    assert mailed == [50, 100, 200]


def test_row_that_a_guard_has_kept_back_says_so(workspace, there):
    workspace.onboard("run", workspace.export(3), *there, "--max-invites", "1")

    assert {line["detail"].split(":")[0] for line in workspace.report()} == {"Not sent"}


@pytest.mark.soak
@pytest.mark.usefixtures("settled")
def test_run_with_other_exports_is_told_as_such(workspace, there):
    done = workspace.onboard("run", workspace.export(30, "interns.csv"), *there)

    assert done.code == 5
    assert "which had other exports" in done.messages[0]
