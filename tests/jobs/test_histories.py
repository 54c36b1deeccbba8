"""Nobody is invited twice and nobody forgotten, whatever happens in whatever order.

Hypothesis makes up histories of runs that are planned, crash, are resumed, meet a second runner and a service that
loses requests and answers and shows people late. Meanwhile exports change, others invite people too, ledgers are
restored from copies, and HR answers questions about rows. Some exports are wrong, and a guard stops the run; some list
only the new hires, and some have people at a new domain. On Wickr each row names the group of its person. Operators
type the lines that runs print. The path is the real one, on a real ledger; the service is a model of one, and an
exception that nothing catches is the crash.
"""

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from math import ceil
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from frames import once, rows
from guarded_nights import NEWCOMERS, PEOPLE, STRANGERS, WRONG_COLUMN, GuardModel, Night, Typed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from memory import memory_folder
from soak import examples

from onboarding.addresses.normalise import normalise
from onboarding.destinations import Member, MemberPage, Receipt, Throttled, Unconfirmed, Unreachable
from onboarding.destinations.port import Ask, at_once
from onboarding.ledger import Ledger
from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ConfigurationError, DestinationHeld, ExitCode, NothingToResume
from onboarding.model.hr_answers import HrAnswer, RememberedAnswer
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.model.questions import hash_seed, hashes_of, identities, plain_cells
from onboarding.model.rows import decide, is_open
from onboarding.model.run import Run
from onboarding.pipeline.doubts import settle_doubts
from onboarding.pipeline.history import run_to_resume
from onboarding.pipeline.job import Account, Job, QuestionRules
from onboarding.pipeline.review import Review
from onboarding.pipeline.run import execute, resume_job
from onboarding.preparing import AnswerBook
from onboarding.preparing.guards import GuardVerdict
from onboarding.reports import Summary, open_folder
from onboarding.runtime.boot_clock import BootClock
from onboarding.runtime.progress import ProgressBars
from onboarding.runtime.signals import StopSignal
from onboarding.sending import MOST_LOSSES, MemberLookup, Pace, Questions, RateLimiter, RetryPolicy
from onboarding.settings.settings import Settings

SCOPES = {name: Scope(name, "account") for name in ("chime", "wickr")}
EVERYBODY = [*PEOPLE, *NEWCOMERS]
ALL = [*EVERYBODY, *STRANGERS]
DOUBTFUL = frozenset(PEOPLE[100:106])
"""The people who wait until HR says that their address is right."""

SETTLE_SECONDS = 60
RESEND_SECONDS = 3600
LATEST_SECONDS = 45
"""How long the service may take to act on a request whose answer was lost."""

SHOWN_LATE_SECONDS = RESEND_SECONDS - LATEST_SECONDS - 1
"""How long after their mail the service may show people."""

UNITS = ("Sales", "", "Support")
"""What the rows name as the groups of people on Wickr, by turns. With no text, the person joins the usual group."""

TROUBLES = ["", "throttled", "unreachable", "lost on the way", "late", "answer lost", "half an answer", "shown late"]

STEPS = 50


class Crash(BaseException):
    """The process ends here."""


class Fuse:
    """Crash before or after the call that uses it up."""

    def __init__(self, calls: int | None) -> None:
        self._left = calls
        self._lock = Lock()

    def burn(self) -> None:
        """Burn on; once it is used up, every thread's next call is the last."""
        with self._lock:
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    raise Crash


class Fused:
    """A port each of whose calls may be the last thing that a process does, or what it just did not do."""

    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found) or name in ("rows", "hold"):
            return found

        def call(*arguments: object, **more: object) -> object:
            self._fuse.burn()
            result = found(*arguments, **more)
            self._fuse.burn()
            return result

        return call


class World:
    """The time, and a service in it that loses what it is told to lose. The requests of Wickr have tokens."""

    def __init__(self, name: str) -> None:
        self.scope = SCOPES[name]
        self.now = datetime(2026, 12, 1, tzinfo=UTC)
        self.wall_error = timedelta()
        self.jump = timedelta()
        self.shown_from: dict[str, datetime] = {}
        self.members: dict[str, MembershipStatus] = {}
        self.groups: dict[str, str] = {}
        self.mails: Counter[str] = Counter()
        self.has_tokens = name == "wickr"
        self.requested: set[str] = set()
        self.asked_for: set[str] = set()
        self.troubles: list[str] = []
        self._late: list[tuple[datetime, Chunk]] = []
        self._acted: set[str] = set()
        self._lock = RLock()

    def clock(self) -> float:
        return self.now.timestamp()

    def wall(self) -> datetime:
        """Return what the machine's clock shows, which may be set."""
        return self.now + self.wall_error

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += timedelta(microseconds=ceil(seconds * 1e6))  # it moves, however short the sleep
            self.wall_error, self.jump = self.wall_error + self.jump, timedelta()
            due = [late for late in self._late if late[0] <= self.now]
            self._late = [late for late in self._late if late[0] > self.now]
            for _, chunk in due:
                self._act(chunk)

    def check(self, ask: Ask = at_once) -> str:
        return ask(lambda: "Example account")

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        with self._lock:
            return self._invite(chunk)

    def _invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        addresses = tuple(invitee.address for invitee in chunk.invitees)
        self.requested.update(addresses)
        self.asked_for.update(addresses)
        trouble = self.troubles.pop(0) if self.troubles else ""
        match trouble:
            case "throttled":
                raise Throttled(1.0)
            case "unreachable":
                raise Unreachable("refused")
            case "lost on the way":
                raise Unconfirmed("reset")
            case "late":
                self._late.append((self.now + timedelta(seconds=LATEST_SECONDS), chunk))
                raise Unconfirmed("reset")
        new = [address for address in addresses if address not in self.members]
        self._act(chunk)
        if trouble == "shown late":
            self.shown_from |= dict.fromkeys(new, self.now + timedelta(seconds=SHOWN_LATE_SECONDS))
        if trouble in ("shown late", "answer lost"):
            raise Unconfirmed("reset")
        answered = chunk.invitees[: len(chunk.invitees) // 2] if trouble == "half an answer" else chunk.invitees
        return {one.key: Receipt("an id", "Pending", "Sent") for one in answered}

    def token(self, chunk: Chunk) -> str:
        named = (f"{one.key} {one.times} {one.member_id} {one.group}" for one in chunk.invitees)
        return " ".join(named) if self.has_tokens else ""

    def unknown_groups(self, names: Collection[str], ask: Ask = at_once) -> Mapping[str, str]:
        return ask(lambda: {name: "There is no such group." for name in names if name not in UNITS})

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        found = ask(lambda: self.members.get(address) if self._shows(address) else None)
        return self._member(address, found) if found else None

    def page(self, following: str) -> MemberPage:
        start = int(following or 0)
        everybody = [self._member(address, how) for address, how in self.members.items() if self._shows(address)]
        end = start + 40
        return MemberPage(tuple(everybody[start:end]), str(end) if end < len(everybody) else "")

    def _member(self, address: str, how: MembershipStatus) -> Member:
        """Return a member as the service shows it: with an id if the service invites people again by their ids."""
        return Member(address, how, id=str(ALL.index(address)) if self.has_tokens else "")

    def _shows(self, address: str) -> bool:
        """Say whether the service shows a member by now."""
        return self.now >= self.shown_from.get(address, self.now)

    def is_coming(self, address: str) -> bool:
        """Say whether the service is still to act on somebody."""
        return any(address == one.address for _, chunk in self._late for one in chunk.invitees)

    def _act(self, chunk: Chunk) -> None:
        if chunk.token in self._acted:
            return
        self._acted |= {chunk.token} - {""}
        addresses = [invitee.address for invitee in chunk.invitees]
        if ids := chunk.member_ids:
            addresses = [ALL[int(member_id)] for member_id in ids]
            assert addresses == [invitee.address for invitee in chunk.invitees]
        # As the service would: it mails each address of a request, there already or not.
        self.mails.update(addresses)
        new = {one.address: one.group for one in chunk.invitees if one.address not in self.members}
        self.members |= dict.fromkeys(new, MembershipStatus.PENDING)
        self.groups |= new


class Histories(RuleBasedStateMachine):
    """Everything that may happen to one account and one ledger."""

    def __init__(self, service: str, new_database: Callable[[], str] | None, figures: Counter[str]) -> None:
        super().__init__()
        self.service = service
        self.figures = figures
        self._new_database = new_database

    @initialize()
    def begin(self) -> None:
        self._opened = ExitStack()
        self.folder = Path(self._opened.enter_context(tempfile.TemporaryDirectory(dir=memory_folder())))
        self.locks = self.folder / "locks"
        self.locks.mkdir()
        self.place = self._new_database() if self._new_database else self.folder / "ledger.db"
        self.world = World(self.service)
        self.numbers = count()
        self.guards = GuardModel()
        self.export, self.roster = list(PEOPLE), "full"
        self.by_others: set[str] = set()
        self.confirmed: set[str] = set()
        self.due: set[str] = set()
        self.last: Summary | None = None
        self._open()

    def _open(self) -> None:
        self._of_ledger = self._opened.enter_context(ExitStack())
        self.ledger = self._of_ledger.enter_context(
            Ledger.open(self.place, clock=self.world.wall, boot_clock=BootClock("one boot", self.world.clock))
        )

    def teardown(self) -> None:
        if hasattr(self, "_opened"):
            self._complete()
            self._opened.close()
            self.figures["histories"] += 1
            self.figures["mails"] += self.world.mails.total()
            self.figures["second mails"] += sum(times > 1 for times in self.world.mails.values())
            self.figures["people shown late"] += len(self.world.shown_from)
            self.figures["people in a group of their row"] += sum(map(bool, self.world.groups.values()))

    @rule(people=st.lists(st.sampled_from(EVERYBODY), min_size=1, max_size=len(EVERYBODY)))
    def edit_the_export(self, people: list[str]) -> None:
        """Leave people out, bring them back, and write some of them twice."""
        self.export, self.roster = people, "full"

    @rule()
    def take_everybody(self) -> None:
        self.export, self.roster = list(EVERYBODY), "full"

    @rule(people=st.lists(st.sampled_from(EVERYBODY), max_size=9))
    def take_the_new_hires_only(self, people: list[str]) -> None:
        """Leave all others out of the export, which says so; on some days it has no person in it."""
        self.export, self.roster = people, "partial"

    @rule(wrong=st.sampled_from([WRONG_COLUMN, [*PEOPLE, *STRANGERS], PEOPLE[:60]]))
    def take_a_wrong_export(self, wrong: list[str]) -> None:
        """Write names where addresses should be, have strangers in it, or lose half of the people."""
        self.export, self.roster = list(wrong), "full"

    @rule(
        wrong=st.sampled_from([WRONG_COLUMN, [*PEOPLE, *STRANGERS], PEOPLE[:60]]), fuse=st.none() | st.integers(0, 60)
    )
    def have_one_wrong_night(self, wrong: list[str], fuse: int | None) -> None:
        """Let a good night come before it, and the corrected export after it."""
        self.take_everybody()
        self._run(Typed(), None)
        self.take_a_wrong_export(wrong)
        self._run(Typed(), fuse)
        self._run(Typed(command="resume"), None)
        self.take_everybody()
        self._run(Typed(), None)

    @rule(person=st.sampled_from(PEOPLE))
    def invite_by_hand(self, person: str) -> None:
        """Let another party invite people who are not there, and whom no run may have asked for.

        A request whose answer was lost is sent again with its token, and this service mails all people of a request.
        """
        is_asked_for = not self.ledger.live_invites(self.world.scope, [person]).empty
        if person not in self.world.members and not is_asked_for and not self.world.is_coming(person):
            self.world.members[person] = MembershipStatus.REGISTERED
            self.by_others.add(person)

    @rule(person=st.sampled_from(PEOPLE[98:106]), said=st.sampled_from([*HrAnswer]))
    def answer(self, person: str, said: HrAnswer) -> None:
        """HR answers the question about a row, or leaves out somebody about whom nobody asked."""
        self.figures["answers"] += 1
        self.ledger.answers.take([self._answer(person, said)])
        if said is HrAnswer.RIGHT:
            self.confirmed.add(person)

    @rule(person=st.sampled_from(PEOPLE[98:106]))
    def forget_answers(self, person: str) -> None:
        about = self._answer(person, HrAnswer.LATER).row_hash
        self.ledger.answers.forget([each.id for each in self.ledger.answers.current() if each.row_hash == about])

    def _answer(self, person: str, said: HrAnswer) -> RememberedAnswer:
        frame, seed = rows([person]), hash_seed(self.ledger.secret)
        texts = (identities(frame), plain_cells(as_array(frame["email_as_given"])), pa.array([""]))
        (row, *_), (cell, *_), (about, *_) = (hashes_of(text, seed) for text in texts)
        return RememberedAnswer(
            row_hash=row,
            cell_hash=cell,
            reason=Reason.NEAR_MISS_DOMAIN,
            about=about,
            answer=said,
            place="staff.csv#2",
            run_id="run",
            answered_at=self.world.wall(),
        )

    def _waiting(self) -> set[str]:
        """Return the people who must not be invited as things stand: HR has not confirmed them, or left them out."""
        frame = self._rows(EVERYBODY)
        return set(frame.loc[~is_open(frame), "key"])

    def _rows(self, people: list[str]) -> pd.DataFrame:
        """Return decided rows, in which the doubtful people are held unless HR has confirmed their address."""
        book = AnswerBook.of(self.ledger.secret, self.ledger.answers.current())
        frame = normalise(book.correct(rows(people, security_group=list(map(self._group_of, people)))))
        before = is_open(frame).to_numpy(bool)
        decide(frame, frame["key"].isin(list(DOUBTFUL)), Disposition.HELD, Reason.NEAR_MISS_DOMAIN)
        (frame,) = once(book.leave_out(book.settle(frame, before)))
        return frame

    @rule(hours=st.sampled_from([-30, -1, 0, 1, 24, 20_000]))
    def set_the_clock(self, hours: int) -> None:
        """Nothing that matters may count by the clock on the wall."""
        self.world.wall_error = timedelta(hours=hours)

    @rule(hours=st.sampled_from([-30, -1, 1, 20_000]))
    def set_the_clock_during_the_next_wait(self, hours: int) -> None:
        self.world.jump = timedelta(hours=hours)

    @rule()
    def copy_the_ledger(self) -> None:
        if self._new_database is None:
            with closing(sqlite3.connect(self.place)) as ledger, closing(sqlite3.connect(self._copy)) as copy:
                ledger.backup(copy)

    @rule()
    def restore_the_ledger(self) -> None:
        """Put the copy in its place, and let the service show everybody whom the copy does not know."""
        if self._new_database is None and self._copy.exists():
            self._of_ledger.close()
            for file in self.folder.glob("ledger.db*"):
                file.unlink()
            shutil.copy(self._copy, self.place)
            self._open()
            self.guards.forget_good()
            self.world.sleep(RESEND_SECONDS)
            self.figures["restored ledgers"] += 1

    @property
    def _copy(self) -> Path:
        return self.folder / "copy.db"

    @rule(seconds=st.sampled_from([1, 30, 1_800, 86_400]))
    def let_time_pass(self, seconds: int) -> None:
        self.world.sleep(seconds)

    @rule(
        troubles=st.lists(
            st.sampled_from(TROUBLES),
            max_size=4,
        )
    )
    def make_trouble(self, troubles: list[str]) -> None:
        """For the next requests."""
        self.world.troubles = troubles

    @rule()
    def plan(self) -> None:
        """Nothing is sent, and nothing changes."""
        mails = self.world.mails.copy()

        self._run(Typed(command="plan", roster=self.roster), None)

        assert self.world.mails == mails

    @rule(fuse=st.none() | st.integers(0, 60), no_hold=st.sampled_from([(), (), ("new_domain",)]))
    def run(self, fuse: int | None, no_hold: tuple[str, ...]) -> None:
        self._run(Typed(roster=self.roster, no_hold=no_hold), fuse)

    @rule(fuse=st.none() | st.integers(0, 60))
    def run_and_invite_people_again(self, fuse: int | None) -> None:
        """Do this with a restored ledger too, although it does not know who was invited again after the copy."""
        self.figures["runs that invite again"] += 1
        self._run(Typed(roster=self.roster, reinvite_after="1h"), fuse)

    @rule(person=st.sampled_from(PEOPLE))
    def accept(self, person: str) -> None:
        """Let a person accept the invitation, so that no later run mails the person."""
        if self.world.members.get(person) is MembershipStatus.PENDING:
            self.world.members[person] = MembershipStatus.REGISTERED

    @rule(fuse=st.none() | st.integers(0, 60))
    def resume(self, fuse: int | None) -> None:
        self._run(Typed(command="resume"), fuse)

    @rule(fuse=st.none() | st.integers(0, 60))
    def type_the_line_that_the_last_run_printed(self, fuse: int | None) -> None:
        """Type it at once or much later, when it may not fit any more."""
        if self.last and self.last.next_command:
            self._run(Typed.read(self.last.next_command), fuse)

    @rule()
    def start_a_second_run(self) -> None:
        """While the first one holds the destination."""
        second = self.ledger.hold(self._new_run(Typed()))
        with self.ledger.hold(self._new_run(Typed())), pytest.raises(DestinationHeld):
            second.__enter__()

    @invariant()
    def nobody_is_mailed_twice(self) -> None:
        if hasattr(self, "world"):
            assert [one for one, times in self.world.mails.items() if times > 1 + (one in self.due)] == []
            assert self.by_others.isdisjoint(self.world.mails)
            assert (DOUBTFUL - self.confirmed).isdisjoint(self.world.mails)

    @invariant()
    def everybody_joins_the_group_of_the_row(self) -> None:
        if hasattr(self, "world"):
            assert self.world.groups == {one: self._group_of(one) for one in self.world.groups}

    def _group_of(self, person: str) -> str:
        """Return the group that the rows name for a person; empty if the service has no groups."""
        return UNITS[ALL.index(person) % len(UNITS)] if self.service == "wickr" and person in ALL else ""

    def _complete(self) -> None:
        """Run until everybody is there whom the job may still send to; nobody else may be left out."""
        self.world.troubles = []
        for export in (PEOPLE, WRONG_COLUMN, EVERYBODY):
            self.export, self.roster = list(export), "full"
            self.world.sleep(RESEND_SECONDS)
            if export == WRONG_COLUMN:
                self._run(Typed(), None)
            else:
                self._run_and_confirm(Typed())
        self._forget_nobody_of(PEOPLE)
        self._run_and_confirm(Typed(no_hold=("new_domain",)))
        self._forget_nobody_of(EVERYBODY)
        self.nobody_is_mailed_twice()

    def _run_and_confirm(self, typed: Typed) -> None:
        """Run, and type the number that the run printed if a guard has stopped it. Without people, there is none."""
        self._run(typed, None)
        assert self.last
        if self.last.exit_code == ExitCode.GUARD and self.last.guards and self.last.guards.remedy_flags:
            self._run(Typed.read(self.last.next_command), None)
            assert self.last.exit_code != ExitCode.GUARD

    def _forget_nobody_of(self, people: list[str]) -> None:
        doubts = self.ledger.doubts(self.world.scope)
        assert set(doubts["losses"]) <= {MOST_LOSSES}
        assert set(people) - self.world.members.keys() - set(doubts["address"]) - self._waiting() == set()

    def _run(self, typed: Typed, calls: int | None) -> None:
        if typed.command == "run" and typed.roster == "full" and not self.export:
            return  # it is refused before it comes to the guards
        with suppress(NothingToResume, ConfigurationError):
            run = self._run_of(typed)
            night, summary = self.guards.nights[run.run_id], None
            must_stop, must_pass = run.run_id in self.guards.stopped, self.guards.must_pass(night)
            must_pass = must_pass and not night.typed.reinvite_after  # who is invited again may be too many people
            registered = {one for one, how in self.world.members.items() if how is MembershipStatus.REGISTERED}
            self.due |= night.people if night.typed.reinvite_after else set()
            self.world.requested, self.doubtful = set(), set()
            with self._counted_crash(), ExitStack() as stack:
                self.last = summary = self._carry(run, typed, stack, Fuse(calls))
            assert registered.isdisjoint(self.world.requested - self.doubtful)
            self._check_requests(typed, night, must_stop=must_stop)
            if typed.command != "plan":
                self._check_end(run, typed, summary, must_stop=must_stop, must_pass=must_pass)

    def _check_requests(self, typed: Typed, night: Night, *, must_stop: bool) -> None:
        """Nobody may be mailed but those whom the run may invite, or whom an earlier run may not have reached."""
        new = self.world.requested - self.doubtful
        assert new <= night.people - night.waiting
        assert not must_stop or self.world.requested == set()
        assert typed.confirm is None or len(new) <= typed.confirm

    def _check_end(self, run: Run, typed: Typed, summary: Summary | None, *, must_stop: bool, must_pass: bool) -> None:
        if summary is None or typed.command == "resume":
            self.guards.forget_good()
        if summary is None:
            return
        night, verdict = self.guards.nights[run.run_id], summary.guards
        if typed.command == "run":
            assert verdict
            self._check_verdict(run, summary, verdict, must_stop=must_stop, must_pass=must_pass)
        if summary.exit_code == 0:
            wanted = night.people - night.waiting - self._waiting() if typed.command == "run" else set()
            assert wanted <= self.world.members.keys()
            assert not {"in_doubt", "deferred"} & {str(fate) for fate in summary.counts}
            if verdict and not verdict.hits:
                self.guards.end_good(night)

    def _check_verdict(
        self, run: Run, summary: Summary, verdict: GuardVerdict, *, must_stop: bool, must_pass: bool
    ) -> None:
        """Fail unless a stopped run sends nothing and is no baseline, and the right export passes after it."""
        is_stopped = verdict.is_stopped
        assert not is_stopped or summary.exit_code in (ExitCode.GUARD, ExitCode.INPUT_REFUSED)
        assert is_stopped or not must_stop
        assert not (must_pass and verdict.hits)
        if is_stopped:
            self.figures["stopped runs"] += 1
            self.guards.stopped.add(run.run_id)
            assert self.world.requested == set()
        if verdict.confirmed and verdict.hits:
            self.figures["confirmed runs"] += 1
        self.figures["corrected nights"] += must_pass
        self.figures["people held at a new domain"] += verdict.held_at_new_domains
        if compared := verdict.compared_with:
            assert compared not in self.guards.stopped
            assert self.guards.nights[compared].typed.roster == run.settings["roster"]

    @contextmanager
    def _counted_crash(self) -> Iterator[None]:
        try:
            yield
        except Crash:
            self.figures["crashes"] += 1

    def _run_of(self, typed: Typed) -> Run:
        """Return the run to resume, or a new one of which the model takes note."""
        if typed.command == "resume":
            return run_to_resume(self.ledger, self.world.scope, run_id=typed.run_id)
        run = self._new_run(typed)
        unknown = self.ledger.unknown_domains(self.world.scope, ["new.example", "strange.example"]) or ()
        members, asked_for = set(self.world.members), set(self.world.asked_for)
        self.guards.begin(run.run_id, Night(tuple(self.export), typed, set(unknown), members, asked_for))
        return run

    def _carry(self, run: Run, typed: Typed, stack: ExitStack, fuse: Fuse) -> Summary:
        ledger, service = Fused(self.ledger, fuse), Fused(self.world, fuse)
        if typed.command != "resume":
            ledger.begin(run)
        if typed.command != "plan":
            stack.enter_context(self.ledger.hold(run, locks=self.locks))
            ledger.doubt(self.world.scope)
            self.doubtful = set(self.ledger.doubts(self.world.scope)["address"]) if self.world.has_tokens else set()
        stop = StopSignal()
        policy = RetryPolicy(self.world.clock, self.world.sleep)
        job = Job(
            run=run,
            command=typed.command,
            settings=Settings(
                out=str(self.folder / "out"),
                settle_seconds=SETTLE_SECONDS,
                concurrency=3,
                quiet=True,
                no_page=True,
                resend_after=timedelta(seconds=RESEND_SECONDS),
                confirm=typed.confirm,
                **run.settings,
            ),
            ledger=ledger,
            account=Account(service, "Example account", MemberLookup(Questions(service, policy))),
            questions=QuestionRules(policy, RateLimiter(Pace(first=100.0), policy)),
            pace=Pace(known=self.ledger.rate(self.world.scope)),
            s3=_no_s3,
            stop=stop,
            bars=ProgressBars(),
            invocation=typed.invocation,
        )
        settled = settle_doubts(job, may_release=True, may_send=typed.command == "resume")
        if typed.command == "resume":
            return resume_job(job, stack, settled, partial(open_folder, job.settings.out, run.run_id, _no_s3))
        frames: list[pd.DataFrame] = [self._rows(self.export)] if self.export else []
        inputs = [{"source": "staff.csv", "rows": len(self.export)}]
        return execute(job, stack, Review(job), frames, lambda: inputs, settled)

    def _new_run(self, typed: Typed) -> Run:
        return Run(
            run_id=f"run{next(self.numbers):04}",
            scope=self.world.scope,
            command=typed.command,
            version="test",
            started_at=self.world.wall(),
            settings=typed.settings,
        )


def _no_s3() -> Any:
    raise AssertionError("reports are local")


@pytest.mark.parametrize(
    ("service", "database", "share", "in_soak"),
    [
        ("chime", "sqlite", 0.2, 0.5),
        ("wickr", "sqlite", 0.08, 0.25),
        ("chime", "postgresql", 0.08, 0.05),
        ("wickr", "postgresql", 0.05, 0.05),
    ],
)
def test_nobody_is_invited_twice_and_nobody_forgotten_in_any_history(
    request, soak, service, database, share, in_soak, record_property
):
    new_database = request.getfixturevalue("new_database") if database == "postgresql" else None
    figures = Counter[str]()

    run_state_machine_as_test(
        partial(Histories, service, new_database, figures),
        settings=settings(examples(in_soak if soak else share), stateful_step_count=STEPS),
    )

    found = ", ".join(f"{count} {what}" for what, count in sorted(figures.items()))
    record_property("figures", f"{found}, of {STEPS} steps at most; 0 mailed twice, 0 forgotten, 0 in a wrong group")
