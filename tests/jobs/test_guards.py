"""What is never sent unless somebody has said the number."""

import json

import pytest

from onboarding.sandbox import Fault, FaultKind, Refusal

MANY = 600


@pytest.fixture
def there(sandbox, to_account):
    """Return the flags of the sandbox's account."""
    return to_account(sandbox)


@pytest.fixture
def settled(desk, there):
    """Invite a roster, so that the next run has something to compare with."""
    assert desk.onboard("run", desk.export(MANY), *there).code == 0


def test_first_run_says_that_there_is_nothing_to_compare_with(desk, there):
    done = desk.onboard("run", desk.export(3), *there)

    assert done.code == 0
    assert "the guards had nothing to compare with" in done.out
    assert desk.summary()["guards"] == {
        "invites": 3, "compared_with": "", "knows_domains": False, "hits": [], "confirmed": False,
    }  # fmt: skip


@pytest.mark.usefixtures("settled")
def test_second_run_is_compared_with_the_first(desk, there):
    first = desk.summary()["run_id"]

    done = desk.onboard("run", "people.csv", *there)

    assert done.code == 0
    assert "nothing to compare" not in done.out
    assert desk.summary()["guards"]["compared_with"] == first


def stopped(desk, sandbox, done, invites):
    """Assert that a run sent nothing, wrote its report, and said in one line what would let it pass."""
    assert done.code == 5
    (line,) = done.plain
    assert f"--confirm {invites}" in line
    assert desk.summary()["exit_code"] == 5
    assert desk.summary()["counts"].get("deferred", 0) == invites
    return sandbox.counts().addresses_mailed


def test_most_that_was_named(desk, there, sandbox):
    done = desk.onboard("run", desk.export(30), *there, "--max-invites", "29")

    assert stopped(desk, sandbox, done, 30) == 0


@pytest.mark.usefixtures("settled")
def test_roster_that_shrank(desk, there, sandbox):
    done = desk.onboard("run", desk.export(400), *there)

    assert stopped(desk, sandbox, done, 0) == MANY


@pytest.mark.usefixtures("settled")
def test_many_new_people(desk, there, sandbox):
    done = desk.onboard("run", desk.export(700), *there)

    assert stopped(desk, sandbox, done, 100) == MANY


@pytest.mark.usefixtures("settled")
def test_many_unusable_rows(desk, there, sandbox):
    people = (desk.folder / "people.csv").read_text()
    desk.write("people.csv", people + "".join(f"{number},Person {number},nonsense\n" for number in range(MANY, 640)))

    done = desk.onboard("run", "people.csv", *there)

    assert stopped(desk, sandbox, done, 0) == MANY


@pytest.mark.usefixtures("settled")
def test_domain_that_was_never_seen(desk, there, sandbox):
    people = (desk.folder / "people.csv").read_text()
    desk.write("people.csv", people + "9000,Eve,eve@typo.example\n")

    done = desk.onboard("run", "people.csv", *there)

    assert stopped(desk, sandbox, done, 1) == MANY
    assert "typo.example" in done.plain[0]


@pytest.mark.usefixtures("settled")
def test_domain_that_was_named_is_known(desk, there):
    people = (desk.folder / "people.csv").read_text()
    desk.write("people.csv", people + "9000,Eve,eve@typo.example\n")
    domains = ["--allow-domain", "example.com", "--allow-domain", "typo.example"]

    assert desk.onboard("run", "people.csv", *there, *domains).code == 0
    assert desk.onboard("run", "people.csv", *there).code == 0


@pytest.mark.usefixtures("settled")
def test_exact_number_is_sent_and_the_summary_says_what_was_overridden(desk, there, sandbox):
    desk.export(700)

    done = desk.onboard("run", "people.csv", *there, "--confirm", "100")

    assert done.code == 0
    assert "Confirmed by --confirm 100: 100 of 700 people would be invited" in done.out
    assert desk.summary()["guards"]["confirmed"] is True
    assert len(desk.summary()["guards"]["hits"]) == 1
    assert sandbox.counts().addresses_mailed == 700


def test_another_number_is_refused(desk, there, sandbox):
    done = desk.onboard("run", desk.export(30), *there, "--confirm", "31")

    assert stopped(desk, sandbox, done, 30) == 0


@pytest.mark.usefixtures("settled")
def test_stopped_run_is_not_resumed_and_nothing_is_compared_with_it(desk, there, sandbox):
    """Else a guard could be walked around, or would be hit once only."""
    desk.onboard("run", desk.export(700), *there)

    resumed = desk.onboard("resume", *there)
    named = desk.onboard("resume", desk.summary()["run_id"], *there)
    again = desk.onboard("run", "people.csv", *there)

    assert (resumed.code, named.code, again.code) == (0, 2, 5)
    assert "--confirm" in resumed.plain[0]
    assert sandbox.counts().addresses_mailed == MANY


@pytest.mark.usefixtures("settled")
def test_plan_says_which_guard_it_would_hit(desk, there):
    done = desk.onboard("plan", desk.export(700), *there)

    assert done.code == 5
    assert "--confirm 100" in done.plain[0]
    assert desk.summary()["counts"]["planned"] == 100


@pytest.mark.usefixtures("settled")
def test_plan_that_was_confirmed_is_applied_without_saying_it_again(desk, there, sandbox):
    desk.onboard("plan", desk.export(700), *there, "--save", "big.plan")
    unconfirmed = desk.onboard("apply", "big.plan")
    desk.onboard("plan", "people.csv", *there, "--save", "big.plan", "--confirm", "100")

    confirmed = desk.onboard("apply", "big.plan")

    assert (unconfirmed.code, confirmed.code) == (5, 0)
    assert sandbox.counts().addresses_mailed == 700


@pytest.mark.usefixtures("settled")
def test_guard_is_in_the_json_document(desk, there):
    done = desk.onboard("run", desk.export(700), *there, "--json")

    (hit,) = json.loads(done.out)["guards"]["hits"]
    assert hit["guard"] == "new_people"
    assert "100 of 700 people" in hit["why"]


def test_waves_send_so_many_at_a_time_until_all_are_invited(desk, there, sandbox):
    """Each ends with exit code 8, the last with 0."""
    codes = [desk.onboard("run", desk.export(130), *there, "--wave", "60").code]
    mailed = [sandbox.counts().addresses_mailed]

    for _ in range(2):
        codes.append(desk.onboard("resume", *there, "--wave", "60").code)
        mailed.append(sandbox.counts().addresses_mailed)

    assert codes == [8, 8, 0]
    assert mailed == [60, 120, 130]
    assert desk.summary()["counts"] == {"invited": 130}


def test_whom_the_last_run_left_is_carried_over(desk, there, sandbox):
    """Tonight's export has new people only."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)
    assert desk.onboard("run", desk.export(3), *there).code == 3
    sandbox.refuse("person1@example.com", None)
    desk.write("new.csv", "Employee ID,Name,Work Email\n77,Nia,nia@example.com\n")

    done = desk.onboard("run", "new.csv", *there, "--carry-over")

    assert done.code == 0, done.err
    assert [(line["email"], line["disposition"]) for line in desk.report()] == [
        ("nia@example.com", "invited"),
        ("person1@example.com", "invited"),
    ]
    assert not list((desk.folder / "state").rglob("left-over*"))


def test_whom_a_guard_has_kept_out_is_not_carried_over(desk, there, sandbox):
    desk.onboard("run", desk.export(3), *there)
    desk.onboard("run", desk.write("wrong.csv", "Name,Work Email\nEve,eve@wrong.example\n"), *there)

    done = desk.onboard("run", "people.csv", *there, "--carry-over")

    assert done.code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_carried_over_people_are_no_loss_to_the_roster(desk, there):
    """Who is in the export as well is counted once."""
    desk.export(100)
    codes = [desk.onboard("run", "people.csv", *there, "--carry-over", "--wave", "40").code]
    codes += [desk.onboard("run", "people.csv", *there, "--carry-over", "--confirm", "60").code]

    codes += [desk.onboard("run", "people.csv", *there, "--carry-over").code]

    assert codes == [8, 0, 0]


def test_wave_keeps_its_size_when_it_is_resumed(desk, there, sandbox):
    desk.onboard("run", desk.export(130), *there, "--wave", "60")

    desk.onboard("resume", *there)

    assert sandbox.counts().addresses_mailed == 120


def test_domain_of_a_wave_is_known_from_then_on(desk, there):
    desk.onboard("run", desk.export(3), *there)
    desk.write("b.csv", "Name,Work Email\nA,a@new.example\nB,b@new.example\n")
    desk.onboard("run", "b.csv", *there, "--confirm", "2", "--wave", "1")

    assert desk.onboard("run", "b.csv", *there).code == 0


def test_wave_that_was_cut_short_is_filled_up(desk, there, sandbox):
    """A fatal answer ends it after one of its two chunks."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1000, error="ForbiddenException"))
    cut_short = desk.onboard("run", desk.export(300), *there, "--wave", "100", "--concurrency", "1")
    mailed = [sandbox.counts().addresses_mailed]
    sandbox.faults.clear()

    for _ in range(2):
        desk.onboard("resume", *there)
        mailed.append(sandbox.counts().addresses_mailed)

    assert cut_short.code == 7
    assert mailed == [50, 100, 200]


def test_row_that_a_guard_has_kept_back_says_so(desk, there):
    desk.onboard("run", desk.export(3), *there, "--max-invites", "1")

    assert {line["detail"].split(":")[0] for line in desk.report()} == {"Not sent"}


@pytest.mark.usefixtures("settled")
def test_run_with_other_exports_is_told_as_such(desk, there):
    done = desk.onboard("run", desk.export(30, "interns.csv"), *there)

    assert done.code == 5
    assert "which had other exports" in done.plain[0]
