"""An independent client drives ``onboard run`` against generated services that misbehave.

Each service gets three runs, with time in between, and then it is honest: the next runs must leave nobody out. What
counts is the service's own record. Each run is a process of its own, with a deadline.
"""

import csv
import os
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from random import Random

import pytest
from forked import ForkServer, fork_servers
from memory import memory_folder
from misbehaving import MisbehavingService, mailbox_of, misbehaving_service

SPECIAL = ("José.Núñez@example.com", "Åsa@bücher.example", "Ana.Ruiz@EXAMPLE.com", "zoë@xn--mnchen-3ya.example")
PEOPLE = (*SPECIAL, *(f"person{number}@example.com" for number in range(246)))
MAILBOXES = frozenset(map(mailbox_of, PEOPLE))
DEADLINE_SECONDS = 3
PROMISED_SECONDS = 5
"""How long after its deadline a run may end."""

BUSY_SECONDS = 30
"""What a machine that does other work may take longer. A request without answer would take a minute."""

RESEND_SECONDS = 3_600
MOST_HONEST_RUNS = 4
DESTINATIONS = {"chime": ("--account-id", "team"), "wickr": ("--destination", "wickr", "--network-id", "10203040")}
CODES = {0, 3, 5, 6, 7, 8}
SERVICES, BLOCK = 100, 20
"""How many services of each destination a soak drives the job against, and how many of them one test."""

AT_ONCE = 8
"""How many services are driven at the same time. Most of the time the job waits for them."""


@dataclass
class Trial:
    """One service, one ledger, one export, and what the runs said. ``faults`` are the promises that were broken."""

    server: ForkServer
    service: MisbehavingService
    folder: Path
    codes: list[int] = field(default_factory=list)
    slowest_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def carry_out(self) -> None:
        """Let three runs meet the service, and then as many as an honest service needs."""
        chance = Random(self.service.seed)  # noqa: S311 - to be repeated
        (self.folder / "people.csv").write_text("\n".join(["Email", *PEOPLE]), encoding="utf-8")
        for _ in range(3):
            self.run()
            self.let_pass(chance.choice([0.0, 600.0, RESEND_SECONDS]))
        self.service.is_honest = True
        for _ in range(MOST_HONEST_RUNS):
            self.let_pass(RESEND_SECONDS)
            if self.run() == 0:
                break
        self.check_end()

    def run(self, *confirmed: str) -> int:
        """Run to the end, and check what the run said about each person. Do as the guard of later runs asks."""
        name = f"run{len(self.codes)}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": name,
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": "us-east-1",
            "ONBOARD_LOCKS": tempfile.mkdtemp(dir=self.folder),  # the notes there know of no time that has passed
            "ONBOARD_SETTLE_SECONDS": "0",
            "ONBOARD_RESEND_AFTER": f"{RESEND_SECONDS}s",
        }
        flags = (
            *DESTINATIONS[self.service.name],
            "--endpoint-url",
            self.service.url,
            "--ledger",
            "sqlite:///ledger.db",
        )
        limits = () if self.service.is_honest else ("--deadline", f"{DEADLINE_SECONDS}s")
        begun = time.monotonic()
        end = self.server.run(
            "run",
            "people.csv",
            *flags,
            *limits,
            *confirmed,
            "--no-page",
            "--out",
            name,
            folder=self.folder,
            environment=environment,
        )
        seconds = time.monotonic() - begun
        if limits:
            self.slowest_seconds = max(self.slowest_seconds, seconds)
        self.codes.append(end["code"])
        said = (self.folder / "stderr.txt").read_text(encoding="utf-8")
        is_planned = end["code"] in CODES and "Traceback" not in said
        self.expect(is_planned, f"{name} ended with {end['code']}: {said[-2000:]}")
        for report in self.folder.glob(f"{name}/*/reconciliation.csv"):
            with report.open(encoding="utf-8", newline="") as file:
                self.check_report(name, end["code"], {mailbox_of(line["email"]): line for line in csv.DictReader(file)})
        asked = re.search(r"(--confirm) (\d+)$", said.rstrip()) if end["code"] == 5 else None
        return self.run(*asked.groups()) if asked else end["code"]

    def check_report(self, name: str, code: int, lines: dict[str, dict[str, str]]) -> None:
        """Each person has a line, and the line says what happened as far as the service knows."""
        said = {mailbox: line["disposition"] for mailbox, line in lines.items()}
        mailed_now = self.service.mailed_by.get(name, set())
        told = {fate: {mailbox for mailbox in said if said[mailbox] == fate} for fate in set(said.values())}
        doubts, left = told.get("in_doubt", set()), told.get("deferred", set())
        self.expect(said.keys() == MAILBOXES, f"{name} reports on {len(said)} people")
        untrue = (told.get("invited", set()) | told.get("already", set())) - self.service.mails.keys()
        self.expect(not untrue, f"{name} reports {len(untrue)} people as invited who were not mailed")
        unsaid = mailed_now - told.get("invited", set()) - told.get("in_doubt", set()) - told.get("already", set())
        self.expect(not unsaid, f"{name} mailed {len(unsaid)} people and says {Counter(said[one] for one in unsaid)}")
        unrefused = told.get("failed", set()) - self.service.refused
        self.expect(not unrefused, f"{name} reports {len(unrefused)} people as refused who were not")
        self.expect(code not in (0, 3) or not doubts, f"{name} ends with {code}, and {len(doubts)} are in doubt")
        self.expect(code != 0 or not left, f"{name} ends with 0, and {len(left)} people are deferred")
        self.expect(code != 0 or said.keys() <= self.service.mails.keys(), f"{name} ends with 0, and left people out")

    def check_end(self) -> None:
        """Nobody was mailed twice, and nobody was forgotten: who was not mailed is still asked about, and told."""
        twice = {mailbox: times for mailbox, times in self.service.mails.items() if times > 1}
        self.expect(not twice, f"mailed twice: {twice}")
        left = MAILBOXES - self.service.mails.keys()
        said = (self.folder / "stderr.txt").read_text(encoding="utf-8")
        self.expect(not left or "check these addresses by hand" in said, f"forgotten: {len(left)}; {said[-500:]}")
        self.expect(bool(left) or self.codes[-1] == 0, f"the last run ended with {self.codes[-1]}: {said[-500:]}")

    def let_pass(self, seconds: float) -> None:
        """Let time pass, for the service and for the doubts in the ledger."""
        self.service.let_pass(seconds)
        with closing(sqlite3.connect(self.folder / "ledger.db")) as ledger, ledger:
            if ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'requests'").fetchone():
                ledger.execute("UPDATE requests SET boot_seconds = boot_seconds - ?", [seconds])

    def expect(self, holds: bool, fault: str) -> None:  # noqa: FBT001 - as in assert
        if not holds:
            self.faults.append(fault)


@contextmanager
def trial_of(servers: "SimpleQueue[ForkServer]", name: str, seed: int) -> Iterator[Trial]:
    server = servers.get()
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder, misbehaving_service(name, seed) as service:
        yield Trial(server, service, Path(folder))
    servers.put(server)


def trials(named: Iterable[tuple[str, int]], servers: list[ForkServer]) -> list[Trial]:
    """Carry out trials of services by name and seed, as many at a time as there are servers for their runs."""

    def carry_out(of: tuple[str, int]) -> Trial:
        with trial_of(waiting, *of) as trial:
            trial.carry_out()
        return trial

    waiting: SimpleQueue[ForkServer] = SimpleQueue()
    with ThreadPoolExecutor(len(servers)) as threads:
        for server in servers:
            waiting.put(server)
        return list(threads.map(carry_out, named))


def check(done: list[Trial], record_property: Callable[[str, str], None]) -> None:
    """Fail if a promise was broken, and record figures."""
    mails = sum(trial.service.mails.total() for trial in done)
    bad = sum(trial.service.bad_answers.total() for trial in done)
    codes = Counter(code for trial in done for code in trial.codes)
    slowest = max(trial.slowest_seconds for trial in done)
    left = sum(len(MAILBOXES - trial.service.mails.keys()) for trial in done)
    faults = [f"{trial.service.name} {trial.service.seed}: {fault}" for trial in done for fault in trial.faults]
    told = f"{len(done)} services, {codes.total()} runs, {bad} bad answers, {mails} mails, 0 mailed twice, 0 forgotten"
    more = f"{left} told to be checked by hand, slowest {slowest:.1f} s, codes {dict(sorted(codes.items()))}"
    record_property("figures", f"{told}, {more}")
    late = [trial for trial in done if trial.slowest_seconds > DEADLINE_SECONDS + PROMISED_SECONDS]
    of_late = "; ".join(f"{trial.service.name} {trial.service.seed}: {trial.slowest_seconds:.1f} s" for trial in late)
    record_property("late", of_late or "none")
    assert not faults, "\n".join(faults)


@pytest.mark.soak
def test_two_services_that_misbehave_make_no_run_mail_anybody_twice_or_forget_anybody(fork_server, record_property):
    check(trials([("chime", 6), ("wickr", 69)], [fork_server]), record_property)


@pytest.mark.soak
@pytest.mark.parametrize("name", DESTINATIONS)
@pytest.mark.parametrize("seeds", [range(first, first + BLOCK) for first in range(0, SERVICES, BLOCK)], ids=str)
def test_services_that_misbehave_make_no_run_mail_anybody_twice_or_forget_anybody(name, seeds, record_property):
    with fork_servers(AT_ONCE) as servers, tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        for server in servers:  # their own start is no part of a run
            server.run("--version", folder=Path(folder), environment={"PATH": os.environ["PATH"]})
        done = trials([(name, seed) for seed in seeds], servers)

    check(done, record_property)
    slowest = max(trial.slowest_seconds for trial in done)
    assert slowest < DEADLINE_SECONDS + PROMISED_SECONDS + BUSY_SECONDS
