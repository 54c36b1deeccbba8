"""Nights on which the export is wrong: what the run does and says, and what the night after does."""

import json

import openpyxl
import pytest
from workspace import account_flags

PEOPLE = 60


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def night(workspace, there, receiver):
    """Return a function that runs ``onboard run`` on exports, and sends notices to the receiver."""

    def night(*arguments):
        return workspace.onboard("run", *arguments, *there, "--notify", f"{receiver.url}/hook")

    return night


def export(workspace, *people, name="people.csv", start=0, header="Employee ID,Name,Work Email"):
    """Write an export of the people with these addresses, and return its name."""
    rows = [f"{number},Person {number},{address}" for number, address in enumerate(people, start)]
    return workspace.write(name, "\n".join([header, *rows]) + "\n")


def at(domain, count, *, start=0):
    """Return the addresses of so many people."""
    return [f"person{number}@{domain}" for number in range(start, start + count)]


def notice(receiver):
    """Return the last notice, without escapes of JSON."""
    return json.loads(receiver.got[-1][1])["text"]


def page(workspace):
    return (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")


def fates(workspace):
    """Return how many rows of the last run have which disposition and reason."""
    found = {}
    for line in workspace.report():
        fate = f"{line['disposition']} {line['reason']}".strip()
        found[fate] = found.get(fate, 0) + 1
    return found


def test_wrong_column_is_no_success_and_no_measure_for_the_corrected_night(workspace, night, sandbox, receiver):
    """All rows are rejected or excluded: there is nobody left to look at."""
    header = "Employee ID,Phone,Work Email,Status"
    rows = [f"{n},+1 555 01{n:02},person{n}@example.com,{'Active' if n < 50 else 'Terminated'}" for n in range(PEOPLE)]
    workspace.write("people.csv", "\n".join([header, *rows]))

    wrong = night("people.csv", "--email-column", "Phone")
    told = wrong.messages[0], page(workspace), notice(receiver)
    corrected = night("people.csv")

    assert wrong.code == 4
    assert all("No row has a usable address" in text for text in told)
    assert not any("--confirm" in text for text in (wrong.err, *told)), "no number lets this run pass"
    assert corrected.code == 0, corrected.err
    assert "No earlier run went well here" in corrected.out
    assert sandbox.counts().addresses_mailed == 50


def test_export_of_which_all_people_are_excluded_is_no_success(workspace, night):
    done = night(export(workspace, *at("example.com", 3)), "--allow-domain", "typo.example")

    assert done.code == 4
    assert "All people in the exports are excluded" in done.messages[0]


@pytest.mark.soak
@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("nonsense", "15 of 60 rows have no usable address, and at most 20% may"),
        ("ana@mailinator.com", "15 of 60 rows are held for a person, and at most 20% may"),
    ],
)
def test_bad_first_night_is_stopped_until_its_limit_is_raised(workspace, night, sandbox, receiver, bad, why):
    """A confirmation counts for one night."""
    shared = [bad.replace("ana", f"ana{n}") for n in range(15)]

    stopped = night(export(workspace, *at("example.com", 45), *shared))
    told = page(workspace), notice(receiver)
    typed = night("people.csv", "--confirm", "45")
    again = night("people.csv")
    raised = night("people.csv", "--max-rejected", "25%", "--max-held", "25%")
    better = night(export(workspace, *at("example.com", PEOPLE)), "--max-new", "100%")

    assert stopped.code == 5
    assert f"Stopped, nothing sent: {why}" in stopped.messages[0]
    assert all(why in text for text in told)
    assert stopped.command.endswith(" --confirm 45")
    assert [done.code for done in (typed, again, raised)] == [0, 5, 0], raised.err
    assert better.code == 0, better.err
    assert sandbox.counts().addresses_mailed == PEOPLE


def test_newly_held_people_stop_the_night(workspace, night):
    night(export(workspace, *at("example.com", PEOPLE)))

    done = night(export(workspace, *at("example.com", PEOPLE), *[f"x{n}@mailinator.com" for n in range(11)]))

    assert done.code == 5
    assert "15% of the rows are held for a person, and it was 0% in the last good run" in done.messages[0]


def test_night_on_which_nearly_everybody_has_left_is_stopped(workspace, night):
    """The column of statuses went wrong, and hires would be left out unnoticed."""
    people = [f"{n},p{n}@example.com," for n in range(PEOPLE)]
    workspace.write("people.csv", "\n".join(["Employee ID,Work Email,Status", *[f"{one}Active" for one in people]]))
    night("people.csv")
    gone = [f"{one}Terminated" for one in people[1:]]
    workspace.write("people.csv", "\n".join(["Employee ID,Work Email,Status", f"{people[0]}Active", *gone]))

    done = night("people.csv")

    assert done.code == 5
    assert "98% of the rows are left out by policy, and it was 0% in the last good run" in done.messages[0]


def test_everybody_at_one_address_is_stopped(workspace, night, sandbox):
    workspace.write("people.csv", "Work Email\n" + "manager@example.com\n" * 40)

    done = night("people.csv")

    assert done.code == 5
    assert "40 of 40 rows have the same address" in done.messages[0]
    assert sandbox.counts().mails == 0


def test_missing_export_does_not_hide_behind_new_ones(workspace, night, receiver):
    """The number of people is the same, and a fifth of the people is others."""
    export(workspace, *at("example.com", 40), name="berlin-2026-11-28.csv")
    export(workspace, *at("example.com", 30, start=100), name="paris-2026-11-28.csv", start=100)
    assert night("berlin-2026-11-28.csv", "paris-2026-11-28.csv").code == 0
    export(workspace, *at("example.com", 40), name="berlin-2026-11-29.csv")
    export(workspace, *at("example.com", 30, start=200), name="oslo-2026-11-29.csv", start=200)

    done = night("berlin-2026-11-29.csv", "oslo-2026-11-29.csv")
    said, told = page(workspace), notice(receiver)
    export(workspace, *at("example.com", 30, start=100), name="paris-2026-11-30.csv", start=100)
    whole = night("berlin-2026-11-29.csv", "paris-2026-11-30.csv")

    assert done.code == 5
    assert "30 of 70 people of the last good run" in done.messages[0]
    assert "(1 source missing)" in done.messages[0]
    assert "missing now: paris-2026-11-28.csv." in done.out
    assert "missing now: paris-2026-11-28.csv." in said
    assert "1 export of the last good runs is missing: see that the job in the HR system writes it again." in told
    assert "paris" not in told
    assert whole.code == 0, whole.err


def test_export_that_is_only_a_header_now_is_named_everywhere_and_speaks_once(workspace, sandbox):
    """The settings name the folder first, and then the same two files, which are no other exports."""
    (workspace.folder / "hr").mkdir()
    export(workspace, *at("example.com", 12), name="hr/berlin.csv")
    export(workspace, *at("example.com", 6, start=100), name="hr/interns.csv", start=100)
    there = f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    folder = workspace.write("folder.toml", f'exports = "hr"\n{there}')
    files = workspace.write("files.toml", f'exports = ["hr/berlin.csv", "hr/interns.csv"]\n{there}')
    assert workspace.onboard("nightly", folder).code == 0
    export(workspace, name="hr/interns.csv")

    done = workspace.onboard("nightly", files)
    said, guards = page(workspace), workspace.summary()["guards"]
    again = workspace.onboard("nightly", files)

    interns = f"{workspace.folder}/hr/interns.csv"
    words = f"{interns} has no rows; it had 6 in the last good run."
    assert done.code == 0
    assert done.messages[0] == f"onboard: {words}"
    assert any(line.split() == ["interns.csv", "Work", "Email", "0", "0"] for line in done.out.splitlines()), done.out
    assert words in said
    assert said.count(">interns.csv<") == 1
    assert guards["missing"] == [interns]
    assert guards["emptied"] == [{"source": interns, "rows": 6, "is_from_last": True}]
    assert (again.code, again.out, again.err) == (0, "", "")


@pytest.mark.soak
def test_small_export_that_is_missing_is_named_and_stops_nobody(workspace, night):
    (workspace.folder / "hr").mkdir()
    export(workspace, *at("example.com", PEOPLE), name="hr/berlin.csv")
    export(workspace, *at("example.com", 5, start=100), name="hr/oslo.csv", start=100)
    night("hr")
    (workspace.folder / "hr" / "oslo.csv").unlink()

    done = night("hr")

    assert done.code == 0
    assert "Read in the last good runs, and missing now: hr/oslo.csv." in done.out
    guards = workspace.summary()["guards"]
    assert (guards["missing"], guards["missing_is_news"]) == (["hr/oslo.csv"], True)
    assert "missing now: hr/oslo.csv." in night("hr").out
    assert not workspace.summary()["guards"]["missing_is_news"]


def test_summary_says_what_the_night_was_compared_with_and_what_the_last_nights_were_like(workspace, night):
    night(export(workspace, *at("example.com", 30)))
    first = workspace.summary()
    night(export(workspace, *at("example.com", 31), "nonsense"))
    second = workspace.summary()
    workspace.onboard("report", first["run_id"])
    again = workspace.summary()

    assert first["compared_with"]["why_none"].startswith("No earlier run went well here")
    assert second["compared_with"] == {
        "run_id": first["run_id"], "started_at": first["started_at"], "people": 30, "why_none": ""
    }  # fmt: skip
    figures = [
        (point["exit_code"], point["invited"], point["for_a_person"], point["rows"]) for point in second["trend"]
    ]
    assert figures == [(0, 30, 0, 30), (0, 1, 1, 32)]
    assert (again["trend"], again["compared_with"]) == (first["trend"], None)


def test_nightly_job_says_each_reason_to_look_once(workspace, sandbox):
    """On stderr, which cron mails even if stdout goes to a file."""
    (workspace.folder / "hr").mkdir()
    export(workspace, *at("example.com", PEOPLE), name="hr/berlin.csv")
    export(workspace, *at("example.com", 5, start=100), name="hr/oslo.csv", start=100)
    there = f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    config = workspace.write("nightly.toml", f'exports = "hr"\n{there}')
    workspace.onboard("nightly", config)
    (workspace.folder / "hr" / "oslo.csv").unlink()
    export(workspace, *at("example.com", PEOPLE), "nonsense", name="hr/berlin.csv")

    done = workspace.onboard("nightly", config)

    for reason in ("1 row needs a person for the first time (1 rejected).", "missing now: "):
        assert (done.out.count(reason), done.err.count(reason)) == (0, 1)


def test_incremental_exports_are_a_mode_of_their_own(workspace, night, sandbox):
    """Three hires after thirty are no loss of 27, an empty night is success, and the full roster is not compared."""
    partial = ("hires.csv", "--roster", "partial")
    codes = []
    for people in (at("example.com", 30), at("example.com", 3, start=30), []):
        export(workspace, *people, name="hires.csv")
        codes.append(night(*partial).code)
    bad = night(export(workspace, *["nonsense"] * 12, *at("example.com", 20, start=50), name="hires.csv"), *partial[1:])
    full = night(export(workspace, *at("example.com", 33)))

    assert codes == [0, 0, 0]
    assert bad.code == 5
    assert "12 of 32 rows have no usable address" in bad.messages[0]
    assert full.code == 0, full.err
    assert "No earlier run is a fair measure for this one" in full.out
    assert sandbox.counts().addresses_mailed == 33


@pytest.mark.soak
def test_people_of_a_stopped_partial_night_are_not_forgotten_in_silence(workspace, night, receiver):
    """The next night has other hires. The line is told once, and running the old exports again invites the people."""
    partial = ("--roster", "partial", "--max-invites", "20")
    export(workspace, *at("example.com", 30), name="monday.csv")
    export(workspace, *at("example.com", 3, start=30), name="tuesday.csv", start=30)
    stopped = night("monday.csv", *partial)
    tuesday = night("tuesday.csv", *partial)
    told, notice_then = workspace.summary()["guards"]["stopped_before"], notice(receiver)
    monday = night("monday.csv", *partial, "--confirm", "30")
    again = night("tuesday.csv", *partial)

    assert [one.code for one in (stopped, tuesday, monday, again)] == [5, 0, 0, 0], monday.err
    assert "so 30 people of its exports were not invited" in told
    assert told in " ".join(tuesday.out.split())
    assert told in notice_then
    assert "of its exports were not invited" not in monday.out + again.out


def test_empty_export_of_all_people_is_refused(workspace, night):
    night(export(workspace, *at("example.com", 3)))

    assert night(export(workspace)).code == 4


@pytest.fixture
def nightly(workspace, there):
    """Return a function that runs the nightly job, or with flags, ``onboard run`` with its settings."""
    account, endpoint = there[1], there[3]
    settings = f'exports = "people.csv"\naccount_id = "{account}"\nendpoint_url = "{endpoint}"\n'
    config = workspace.write("nightly.toml", settings)

    def nightly(*flags):
        words = ("nightly", config) if flags[:1] in ((), ("--confirm",)) else ("run", "--config", config)
        return workspace.onboard(*words, *flags)

    return nightly


def test_broken_export_stops_the_night_after_it_was_confirmed_as_well(workspace, nightly):
    export(workspace, *at("example.com", PEOPLE))
    nightly()
    export(workspace, *at("example.com", 12), *["nonsense"] * 48)

    stopped, confirmed, next_night = nightly(), nightly("--confirm", "0"), nightly()

    assert [done.code for done in (stopped, confirmed, next_night)] == [5, 0, 5]
    for done in (stopped, next_night):
        assert "48 of 60 rows have no usable address, and at most 20% may. Nobody would be invited" in done.err
        assert "raise --max-rejected" in done.err
        assert done.command.split()[-2:] == ["nightly", "nightly.toml"]
    assert "Confirmed by --confirm 0: 48 of 60 rows have no usable address" in confirmed.err


@pytest.mark.soak
def test_sold_part_of_a_company_is_confirmed_once_told_three_nights_and_then_usual(workspace, nightly):
    export(workspace, *at("example.com", PEOPLE))
    nightly()
    export(workspace, *at("example.com", 30))
    stopped, confirmed = nightly(), nightly("--confirm", "0")
    by_hand = workspace.summary()["run_id"]

    told = [nightly() for _ in range(3)]
    compared = workspace.summary()["guards"]["compared_with"]
    usual = nightly()
    export(workspace, *at("example.com", 10))
    less = nightly()

    assert [done.code for done in (stopped, confirmed, *told, usual, less)] == [5, 0, 0, 0, 0, 0, 5]
    assert "accept it in one run with --confirm 0" in stopped.err
    assert all("was confirmed: 30 of 60 people of the last good run" in done.err for done in told)
    assert ["After 2 more such runs" in told[0].err, "From now on" in told[2].err] == [True, True]
    assert compared == by_hand
    assert (usual.out, usual.err) == ("", "")
    assert "20 of 30 people of the last good run" in less.err


@pytest.mark.soak
def test_confirmed_night_is_no_measure_for_the_whole_roster(workspace, nightly):
    export(workspace, *at("example.com", PEOPLE))
    nightly()
    export(workspace, *at("example.com", 30))
    nightly("--confirm", "0")
    accepted = nightly()
    export(workspace, *at("example.com", PEOPLE))

    whole = nightly()
    export(workspace, *at("example.com", 30))

    assert [accepted.code, whole.code, nightly().code] == [0, 0, 5]
    assert (whole.out, whole.err) == ("", "")


def test_new_domain_holds_its_people_until_they_are_let_pass(workspace, night, sandbox):
    night(export(workspace, *at("example.com", PEOPLE)))
    export(workspace, *at("example.com", PEOPLE), "eve@new.example", "bo@example.com")

    codes = [night("people.csv").code]
    first = fates(workspace)
    codes.append(night("people.csv").code)
    second = fates(workspace)
    codes.append(night("people.csv", "--no-hold", "new_domain").code)
    later = ("eve@new.example", "bo@example.com", "al@new.example")
    codes.append(night(export(workspace, *at("example.com", PEOPLE), *later)).code)

    assert first == {"already invited_earlier": PEOPLE, "held new_domain": 1, "invited": 1}
    assert second == {"already invited_earlier": PEOPLE + 1, "held new_domain": 1}
    assert codes == [0, 0, 0, 0]
    assert fates(workspace) == {"already invited_earlier": PEOPLE + 2, "invited": 1}
    assert sandbox.counts().addresses_mailed == PEOPLE + 3


@pytest.mark.soak
def test_many_people_at_new_domains_stop_the_night_and_the_line_to_type_works(workspace, night, sandbox):
    night(export(workspace, *at("example.com", PEOPLE)))
    export(workspace, *at("example.com", PEOPLE), *at("new.example", 12, start=PEOPLE))

    stopped = night("people.csv")
    flags = workspace.summary()["guards"]["remedy_flags"]
    again = night("people.csv")
    typed = night("people.csv", *flags)
    after = night("people.csv")

    assert stopped.code == again.code == 5
    assert (
        "12 of 72 people are at new domains, where no run has invited people before: new.example" in stopped.messages[0]
    )
    assert flags == ["--no-hold", "new_domain", "--confirm", "12"]
    assert (typed.code, after.code) == (0, 0), typed.err
    assert sandbox.counts().addresses_mailed == PEOPLE + 12


@pytest.mark.soak
def test_saved_plan_keeps_to_what_was_approved_about_new_domains(workspace, night, there, sandbox):
    night(export(workspace, *at("example.com", PEOPLE)))
    export(workspace, *at("example.com", PEOPLE), *at("new.example", 2, start=PEOPLE))
    held = workspace.onboard("plan", "people.csv", *there, "--save", "held.plan")
    passed = workspace.onboard("plan", "people.csv", *there, "--save", "passed.plan", "--no-hold", "new_domain")

    applied = [workspace.onboard("apply", name) for name in ("held.plan", "passed.plan")]

    assert [done.code for done in (held, passed, *applied)] == [0, 0, 0, 0]
    assert sandbox.counts().addresses_mailed == PEOPLE + 2


@pytest.mark.soak
def test_line_to_type_after_a_stopped_saved_plan_works(workspace, night, there, sandbox):
    """A plan can let people at new domains pass. Applied as it is, it holds them."""
    night(export(workspace, *at("example.com", PEOPLE)))
    export(workspace, *at("example.com", PEOPLE + 1), *at("new.example", 12, start=100))

    planned = workspace.onboard("plan", "people.csv", *there, "--save", "new.plan")
    applied = workspace.onboard("apply", "new.plan")
    flags = workspace.summary()["guards"]["remedy_flags"]
    typed = workspace.onboard("apply", "new.plan", *flags)

    assert (planned.code, applied.code, typed.code) == (5, 5, 0), typed.err
    assert " plan people.csv " in planned.command
    assert planned.command.endswith(" --no-hold new_domain --confirm 13")
    assert flags == ["--confirm", "1"]
    assert sandbox.counts().addresses_mailed == PEOPLE + 1


@pytest.mark.soak
def test_workbook_of_which_few_rows_are_corrected_is_no_bad_export(workspace, night):
    """It lists only rows that a person must look at."""
    night(export(workspace, *at("example.com", PEOPLE), *["nonsense"] * 12), "--handoff")
    (path,) = workspace.folder.glob("onboarding-reports/*/handoff.xlsx")
    book = openpyxl.load_workbook(path)
    heading = [cell.value for cell in book["Needs you"][1]]
    book["Needs you"].cell(2, heading.index("Corrected address") + 1, "ana@example.com")
    book.save(workspace.folder / "back.xlsx")

    done = night("back.xlsx")

    assert done.code == 0, done.err
    assert workspace.summary()["counts"] == {"invited": 1, "rejected": 11}


def test_empty_night_of_a_partial_roster_can_be_planned_and_applied(workspace, night, there):
    assert night(export(workspace, *at("example.com", 3)), "--roster", "partial").code == 0
    planned = workspace.onboard("plan", export(workspace), *there, "--roster", "partial", "--save", "empty.plan")

    applied = workspace.onboard("apply", "empty.plan")

    assert (planned.code, applied.code) == (0, 0), applied.err
    assert workspace.summary()["rows_read"] == 0


def test_each_limit_can_be_set_in_the_file_of_settings(workspace, night):
    workspace.write("limits.toml", 'max_rejected = "50%"\nmax_new = "0%,0"\n')
    bad = [*at("example.com", 45), *["nonsense"] * 15]

    first = night(export(workspace, *bad), "--config", "limits.toml")
    one_more = night(export(workspace, *bad, "new@example.com"), "--config", "limits.toml")
    wrong = night("people.csv", "--max-held", "a few")

    assert [done.code for done in (first, one_more, wrong)] == [0, 5, 2]
    assert "--max-held: write a share of the rows like 20%" in wrong.messages[0]
