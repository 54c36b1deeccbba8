"""The benchmarks run, and refuse to compare times of different work. How long it takes is nobody's concern here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cores import steps
from fates import COMPARED, fates_in
from measure import ContenderFailed, Cost
from pathological import KINDS
from prepare import IN_C, PLAIN, compiled, preparing, reading, table
from race import Contender, Disagreement, race
from scale import Forecast, Measured, Prices, Size, Spent
from sending import PEERS, Limit

COMMAND = Path(__file__).parent / "prepare.py"
CORES = Path(__file__).parent / "cores.py"
NIGHTLY = Path(__file__).parent / "nightly.py"
PATHOLOGICAL = Path(__file__).parent / "pathological.py"
LEDGER = Path(__file__).parent / "ledger.py"
SCALE = Path(__file__).parent / "scale.py"
SENDING = Path(__file__).parent / "sending.py"
START_UP = Path(__file__).parent / "start_up.py"
ROWS = 1000


@pytest.fixture(scope="module")
def printed():
    return subprocess.run(
        [sys.executable, COMMAND, "--rows", str(ROWS), "--runs", "1"], capture_output=True, text=True, check=True
    ).stdout


def finding(name, **found):
    return Contender(name, (sys.executable, "-c", f"print({json.dumps(found)!r})"))


def report(path, **changed):
    cells = dict.fromkeys(COMPARED, "") | {"row": "2", "disposition": "planned", "email": "ana@example.com"} | changed
    path.write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", encoding="utf-8")
    return path


@pytest.mark.soak
def test_every_contender_prepares_and_reads_the_same(printed):
    """The command ends well only if they agree, column by column."""
    named = {line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")}

    in_c = {IN_C} if shutil.which("cc") else set()
    assert {contender.name for contender in preparing(ROWS) + reading(ROWS)} | in_c <= named
    assert "All found the same: duplicate: same_address_other_employee " in printed


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('7,Ann,Lee,"ann@example.com"', "quoted cells are not for this program"),
        ("7,Ann,Lee", "the record has another width than the header"),
        ("7,Ann,Lee,ann@example.museum", "only email-validator knows whether this is an address"),
    ],
)
def test_program_in_c_refuses_where_it_would_have_to_guess(tmp_path, line, fault):
    (tmp_path / "export.csv").write_text(f"Employee ID,First Name,Last Name,Work Email\n{line}\n", encoding="utf-8")

    command = [compiled(tmp_path), "export.csv", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, fault in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("cores", "numbers"), [(1, [1]), (2, [1, 2]), (4, [1, 2, 3, 4]), (6, [1, 2, 4, 6]), (16, [1, 2, 4, 8, 16])]
)
def test_engines_are_measured_on_one_core_and_on_more_up_to_all(cores, numbers):
    assert [len(some) for some in steps(range(cores))] == numbers


@pytest.mark.soak
def test_each_engine_is_compared_with_itself_on_one_core():
    printed = subprocess.run(
        [sys.executable, CORES, "--rows", "1000", "--runs", "1"], capture_output=True, text=True, check=True
    ).stdout

    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    assert {line[0] for line in lines[2:]} == {"onboard plan", "polars, streaming", "duckdb, SQL"}
    assert {line[5] for line in lines[2:] if line[1] == "1"} == {"1.00"}


@pytest.mark.soak
def test_night_with_a_full_ledger_is_compared_with_a_night_with_few_invites():
    """Each night ends well only if it has invited the new people, and nobody else."""
    printed = subprocess.run(
        [sys.executable, NIGHTLY, "--old", "21000", "--runs", "1"], capture_output=True, text=True, check=True
    ).stdout

    named = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")]
    assert named[2:] == ["19,950 old invites", "21,000 old invites"]


@pytest.mark.soak
def test_hostile_files_are_compared_with_the_usual_one(printed):
    lines = printed.split("\n| hostile")[1].splitlines()

    assert [line.split("|")[1].strip().removeprefix("onboard plan, ") for line in lines[2:]] == [
        "the usual mix", "a third duplicates", "all rows odd", "all rows invalid",
    ]  # fmt: skip


def test_contenders_who_disagree_are_not_compared(tmp_path):
    contenders = [finding("ours", planned=3, rejected=1), finding("theirs", planned=4, rejected=1)]

    with pytest.raises(Disagreement, match=r"'ours' and 'theirs' found different things: planned: 3, 4$"):
        race(contenders, folder=tmp_path, runs=1)


def test_contender_that_fails_is_named_with_what_it_said(tmp_path):
    broken = Contender("broken", (sys.executable, "-c", "raise SystemExit('no such column')"))

    with pytest.raises(ContenderFailed, match="exit code 1\nno such column"):
        race([broken], folder=tmp_path, runs=1)


def test_contenders_take_turns_and_leave_nothing_behind(tmp_path):
    """A report in ``OUT`` is looked into and removed; what else a contender does to the folder stays."""
    write = "import sys; open('turns', 'a').write(sys.argv[1]); print('{}')"
    contenders = [Contender(name, (sys.executable, "-c", write, name, "OUT")) for name in "AB"]

    costs, _ = race(contenders, folder=tmp_path, runs=2)

    assert (tmp_path / "turns").read_text(encoding="utf-8") == "ABAB"
    assert [path.name for path in tmp_path.iterdir()] == ["turns"]
    assert all(cost.peak_bytes > 2**20 for cost in costs.values())


@pytest.mark.parametrize("column", COMPARED)
def test_reports_that_differ_in_one_cell_have_different_fates(tmp_path, column):
    one = fates_in(report(tmp_path / "one.csv"))
    other = fates_in(report(tmp_path / "other.csv", **{column: "3"}))

    assert one[f"column {column}"] != other[f"column {column}"]


def test_plain_script_is_not_run_on_more_rows_than_it_can_take():
    assert PLAIN in {contender.name for contender in preparing(1_000_000)}
    assert PLAIN not in {contender.name for contender in preparing(1_000_001)}


@pytest.mark.soak
def test_ledgers_are_compared_with_none():
    """Each contender ends well only if it has invited everybody."""
    command = [sys.executable, LEDGER, "--chunks", "3", "--old", "30", "--runs", "1"]

    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")][2:] == [
        "no ledger",
        "SQLite, new",
        "SQLite, 30 old invites",
        "PostgreSQL, new",
        "PostgreSQL, 30 old invites",
    ]


@pytest.mark.soak
@pytest.mark.parametrize(
    ("limit", "contenders"),
    [
        ("50, 10, 50", ["onboard", *PEERS]),
        ("no limit", ["bare loop, 32 threads", "onboard, no ledger", "onboard", "onboard, PostgreSQL"]),
    ],
)
def test_ways_of_sending_are_compared(limit, contenders):
    """Each ends well, and the service has let something through."""
    command = [sys.executable, SENDING, "--only", limit, "--scale", "0.03", "--runs", "1"]

    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    assert [line[0] for line in lines[2:]] == contenders
    assert all(float(line[1].rstrip("%")) > 0 for line in lines[2:])


def test_what_a_limit_permits_is_its_burst_and_its_rates_as_long_as_they_held():
    limit = Limit("", 60, 50, 20, steps=((20, 10), (40, 50)))

    assert limit.permitted(60) == 20 + 1000 + 200 + 1000
    assert limit.permitted(30) == 20 + 1000 + 100
    assert limit.scaled(0.5).permitted(30) == 20 + 500 + 100 + 500


def test_table_has_medians_rows_per_second_and_ratios():
    """Each figure is a median by itself; a scaled cost says nothing of memory."""
    ours = Cost.median([Cost(2.0, 4.0, 3e6), Cost(1.0, 9.0, 1e6), Cost(5.0, 3.0, 2e6)])

    lines = table("prepare", 1000, {"ours": ours, "theirs": Cost(30.0, 30.0, 5e6).scaled(10)}).splitlines()

    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[2] == ["ours", "2.00", "4.00", "2", "500", "1.00"]
    assert cells[3] == ["theirs", "300.00", "300.00", "", "3", "150.00"]


def test_prices_follow_from_runs_that_differ_in_one_number():
    """Who spends 100 s on a run, 10 on an account, 1 on a row and 5 on a request is found out to do so."""

    def spent(size):
        seconds = 100 + 10 * size.accounts + size.rows + 5 * (size.requests - size.accounts if size.sends else 0)
        return Measured(size, seconds, Spent(seconds, 2 * seconds, 0.0))

    sizes = [Size(80, 8), Size(80, 18), Size(1080, 8, sends=False), Size(4080, 8), Size(3000, 30)]
    *known, last = map(spent, sizes)

    # An account comes without more rows here, so the price of a request is known apart from it.
    prices = Prices.of(*known)

    assert prices.account.client == 10
    assert prices.row.client == 1
    assert prices.request.client == pytest.approx(5)
    assert prices.spent(last.size).total == pytest.approx(last.spent.total)


def test_forecast_is_limited_by_the_slowest():
    prices = Prices(run=Spent(1, 0, 0), account=Spent(0, 0, 0), row=Spent(0, 0.01, 0), request=Spent(0, 0.5, 0.32))
    size = Size(10_000, 1)

    few, many = (Forecast.of(prices, size, threads) for threads in (1, 100))

    assert (few.preparing, few.workers, few.database, few.service) == (101, 99.5, pytest.approx(3.98), 20)
    assert (few.limit, many.limit) == ("preparing", "service")
    assert many.sending == 20


@pytest.mark.soak
def test_runs_to_many_accounts_are_measured_and_forecast():
    printed = subprocess.run(
        [sys.executable, SCALE, "--scale", "0.01"], capture_output=True, text=True, check=True
    ).stdout

    named = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")]
    assert named[2:7] == ["80, 8", "120, 10", "20,080, 8", "880, 8", "580, 9"]
    assert "run" in named
    assert "1,000,000,000, 10,000" in named


@pytest.mark.soak
def test_files_that_are_made_to_cost_time_are_compared_with_the_usual_one():
    printed = subprocess.run(
        [sys.executable, PATHOLOGICAL, "--rows", "100"], capture_output=True, text=True, check=True
    ).stdout

    named = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")]
    assert named[2 : len(KINDS) + 5] == ["the usual mix", *KINDS, "gzip members", "1,000 exports of a row"]


def test_start_up_shows_what_a_command_costs_and_its_slowest_modules():
    printed = subprocess.run(
        [sys.executable, START_UP, "--runs", "1", "help"], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert printed[0] == "| command | CPU milliseconds | modules loaded |"
    assert printed[2].startswith("| help | ")
    assert "| module of help | its own CPU milliseconds |" in printed
    assert any(line.startswith("| click.core | ") for line in printed)
