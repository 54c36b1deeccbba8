"""The verdict about a run: one headline, what it means, and what to do next."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from summaries import summary_of

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.news import News
from onboarding.model.sent import SettledDoubts, Wave
from onboarding.model.story import TrendPoint
from onboarding.model.unchanged import UnchangedExport
from onboarding.preparing.guards import EmptiedExport, GuardVerdict, HitGuard
from onboarding.reports import SendingEstimate
from onboarding.reports.verdict import sentence_for_notices
from onboarding.sandbox import SandboxCounts

INVITED, HELD, DEFERRED = Disposition.INVITED, Disposition.HELD, Disposition.DEFERRED
OLD = News(old={HELD: 60})
SOME_NEW = News({HELD: 5}, {HELD: 55})
ALL_NEW = News({HELD: 60})
GUARDS = GuardVerdict(
    30, "r0", knows_domains=True, hits=(HitGuard("new_people", "30 of 60 people would be invited"),), confirmed=False
)
EMPTIED = EmptiedExport("b.csv", 6, is_from_last=True)
REHEARSAL = SandboxCounts({}, users=1, mails=1, addresses_mailed=1, addresses_mailed_more_than_once=0)


def verdict(counts=None, exit_code=ExitCode.SETTLED, **other):
    return summary_of(counts or {}, exit_code=exit_code, **other).verdict


def guards(**other) -> GuardVerdict:
    """Return the verdict of guards that nothing has hit."""
    return GuardVerdict(3, "r0", knows_domains=True, hits=(), confirmed=False, **other)


@pytest.mark.parametrize(
    ("counts", "other", "kind", "headline"),
    [
        ({INVITED: 498}, {}, "done", "498 people invited."),
        ({INVITED: 1}, {"rehearsal": REHEARSAL}, "done", "Rehearsal: 1 person invited."),
        ({INVITED: 18}, {"invited_again": 17}, "done", "1 person invited, 17 again."),
        ({INVITED: 17, HELD: 1}, {"invited_again": 17}, "needs", "17 people invited again, 1 row needs a person."),
        ({Disposition.ALREADY: 3}, {}, "nothing_to_do", "Nobody new to invite."),
        ({}, {}, "nothing_to_do", "The exports have no rows."),
        ({INVITED: 498, HELD: 60}, {}, "needs", "498 people invited, 60 rows need a person."),
        ({INVITED: 498, HELD: 60}, {"news": ALL_NEW}, "needs", "498 people invited, 60 rows need a person."),
        (
            {INVITED: 1, HELD: 60},
            {"news": SOME_NEW},
            "needs",
            "1 person invited, 60 rows need a person, 5 of them new.",
        ),
        ({HELD: 60}, {"news": OLD}, "needs", "Nobody new to invite, 60 rows still wait for a person."),
        ({HELD: 1}, {"rehearsal": REHEARSAL}, "needs", "Rehearsal: nobody new to invite, 1 row needs a person."),
        ({Disposition.PLANNED: 5}, {"command": "plan"}, "planned", "5 people would be invited."),
        (
            {Disposition.PLANNED: 5, HELD: 60},
            {"command": "plan"},
            "planned",
            "5 people would be invited, 60 rows need a person.",
        ),
        ({HELD: 1}, {"command": "plan"}, "needs", "Nobody new to invite, 1 row needs a person."),
        (
            {Disposition.PLANNED: 9, Disposition.IN_DOUBT: 2},
            {"command": "plan", "exit_code": 6},
            "in_doubt",
            "In doubt: 9 people would be invited, 2 not known.",
        ),
        (
            {Disposition.PLANNED: 9, Disposition.IN_DOUBT: 2},
            {"command": "plan", "exit_code": 5},
            "stopped",
            "Stopped by a guard: a run would send nothing.",
        ),
        ({}, {"command": "plan", "exit_code": 4}, "refused", "The input was refused: nothing was sent."),
        (
            {INVITED: 300, DEFERRED: 800},
            {"wave": Wave(3, of=11, left=800)},
            "wave",
            "Wave 3 of 11 sent: 300 people invited so far.",
        ),
        ({INVITED: 1100}, {"wave": Wave(11, of=11, left=0)}, "done", "1,100 people invited."),
        ({DEFERRED: 30}, {"exit_code": 5}, "stopped", "Stopped by a guard: nothing was sent."),
        ({INVITED: 9, DEFERRED: 30}, {"exit_code": 5}, "stopped", "Stopped by a guard: 9 people invited, 30 left."),
        (
            {INVITED: 2, Disposition.FAILED: 1},
            {"exit_code": 3},
            "needs",
            "2 people invited, 1 refused, 1 row needs a person.",
        ),
        ({INVITED: 2, DEFERRED: 3}, {"exit_code": 8}, "unfinished", "Not finished: 2 people invited, 3 left."),
        ({INVITED: 2, DEFERRED: 3}, {}, "unfinished", "Not finished: 2 people invited, 3 left."),
        ({DEFERRED: 3}, {"exit_code": 130}, "interrupted", "Interrupted: nothing was sent."),
        (
            {INVITED: 2, Disposition.IN_DOUBT: 3},
            {"exit_code": 6},
            "in_doubt",
            "In doubt: 2 people invited, 3 not known.",
        ),
        ({DEFERRED: 3}, {"exit_code": 7}, "refused", "Refused by the service: nothing was sent."),
        (
            {INVITED: 1, DEFERRED: 3},
            {"exit_code": 7},
            "refused",
            "Refused by the service: 1 person invited, 3 left.",
        ),
        ({INVITED: 2}, {"exit_code": 1}, "failed", "Something failed: 2 people invited."),
    ],
)
def test_headline_says_in_one_line_how_the_run_ended(counts, other, kind, headline):
    found = verdict(counts, **other)

    assert (found.kind, found.headline) == (kind, headline)


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_has_a_verdict_and_says_what_to_do(code):
    found = verdict({INVITED: 1}, code)

    assert found.headline.endswith(".")
    assert found.sentence.endswith(".")
    assert found.next_step


def test_guards_say_apart_why_they_stop_and_what_to_do():
    found = verdict({DEFERRED: 30}, ExitCode.GUARD, guards=GUARDS, message=GUARDS.message)

    assert found.sentence == "Stopped, nothing sent: 30 of 60 people would be invited."
    assert found.next_step == (
        "If that is right, confirm the number of people to invite, 30; if not, correct the export and run again."
    )


@pytest.mark.parametrize(
    ("counts", "headline"),
    [
        ({INVITED: 2, DEFERRED: 3}, "Rehearsal, not finished: 2 people invited, 3 left."),
        ({DEFERRED: 3}, "Not finished: nothing was sent."),
    ],
)
def test_headline_of_a_rehearsal_has_one_colon(counts, headline):
    assert verdict(counts, ExitCode.STOPPED, rehearsal=REHEARSAL).headline == headline


def test_rehearsal_says_that_nobody_was_mailed():
    assert verdict({INVITED: 3}, rehearsal=REHEARSAL).sentence.startswith("A rehearsal: nobody was mailed. ")


def test_plan_says_that_nothing_was_sent_and_how_long_sending_takes():
    planned = SendingEstimate(invites=120, again=0, requests=3, seconds=90)

    found = verdict({Disposition.PLANNED: 120}, command="plan", planned=planned)

    assert found.sentence == "This is a plan: nothing was sent. Sending takes 3 requests, about 1 min 30 s."


@pytest.mark.parametrize(
    ("counts", "news", "step"),
    [
        ({INVITED: 3}, OLD, "Nothing."),
        ({HELD: 1}, News(new={HELD: 1}), "Look at 1 new row."),
        ({HELD: 60}, OLD, "Nothing new. 60 rows still wait for a person."),
        ({HELD: 2}, None, "Look at 2 rows."),
    ],
)
def test_nothing_is_to_do_only_if_no_row_waits_for_a_person(counts, news, step):
    assert verdict(counts, news=news).next_step == step


def test_verdict_and_concerns_are_in_the_document():
    document = summary_of({INVITED: 1, HELD: 1}).as_json()

    assert '"headline": "1 person invited, 1 row needs a person."' in document
    assert '"kind": "new_rows"' in document


@pytest.mark.parametrize(
    ("other", "kinds", "is_news"),
    [
        ({}, [], False),
        ({"exit_code": 7, "message": "Access was refused."}, ["ending"], True),
        ({"counts": {DEFERRED: 2}}, ["unfinished"], True),
        ({"counts": {HELD: 60}, "news": OLD}, [], False),
        ({"counts": {HELD: 60}, "news": SOME_NEW}, ["new_rows"], True),
        ({"counts": {HELD: 60}}, ["new_rows"], True),
        ({"unchanged": [UnchangedExport("a.csv", 9, "2026-03-01")]}, ["unchanged"], False),
        ({"unchanged": [UnchangedExport("a.csv", 3, "2026-03-01", is_news=True)]}, ["unchanged"], True),
        ({"guards": guards(missing=("a.csv",))}, ["missing"], False),
        ({"guards": guards(missing=("a.csv",), missing_is_news=True)}, ["missing"], True),
        ({"guards": guards(stopped_before="30 people of r0 were left out.")}, ["stopped_before"], True),
        ({"guards": guards(held_at_new_domains=2, new_domains=("new.example",))}, ["new_domains"], False),
        ({"guards": GuardVerdict(3, "", knows_domains=True, hits=GUARDS.hits, confirmed=True)}, ["confirmed"], True),
        ({"guards": guards(accepted=GUARDS.hits, runs_until_usual=2)}, ["accepted"], True),
    ],
)
def test_each_reason_to_look_is_on_one_list(other, kinds, is_news):
    summary = summary_of(other.pop("counts", {INVITED: 1}), **other)

    assert [concern.kind for concern in summary.verdict.concerns] == kinds
    assert summary.needs_attention is is_news
    assert all(concern.words and concern.notice_words for concern in summary.verdict.concerns)
    assert bool(summary.attention_in_words) is is_news


@pytest.mark.parametrize(
    ("domains", "words"),
    [
        (("new.example",), "2 people are held at a new domain, where no run has invited people before: new.example."),
        (("a.example", "b.example"), "2 people are held at new domains, where no run has invited people before: a."),
        ((), "2 people are held at new domains, where no run has invited people before. If they"),
    ],
)
def test_new_domains_are_called_that_and_named_where_they_are_known(domains, words):
    """HR may leave the row of such a person empty in a workbook. Then the domain is not known."""
    (concern,) = verdict({INVITED: 1}, guards=guards(held_at_new_domains=2, new_domains=domains)).concerns

    assert concern.words.startswith(words)


def test_concerns_for_notices_name_no_export():
    unchanged = [UnchangedExport("quisling.csv", 3, "2026-03-01", is_news=True)]
    found = verdict({INVITED: 1}, unchanged=unchanged, guards=guards(missing=("quisling-2.csv",)))

    assert "quisling" not in " ".join(concern.notice_words for concern in found.concerns)
    assert "quisling.csv" in found.concerns[0].words


def test_notices_count_the_exports_that_a_guard_names():
    hit = HitGuard("same_bytes", "quisling.csv has had the same bytes for 5 nights", "1 export has had the same bytes")
    stopped = GuardVerdict(0, "r0", knows_domains=True, hits=(hit,), confirmed=False)
    summary = summary_of({}, exit_code=ExitCode.GUARD, guards=stopped, message=stopped.message)
    concerns = (*summary.verdict.concerns, *verdict({}, guards=replace(stopped, confirmed=True)).concerns)

    told = [sentence_for_notices(summary), *(concern.notice_words for concern in concerns)]
    assert "quisling.csv has had the same bytes for 5 nights" in summary.verdict.sentence
    assert all("1 export has had the same bytes" in words and "quisling" not in words for words in told)


def test_exports_that_hr_has_stopped_writing_come_before_old_rows():
    found = verdict({HELD: 1}, news=News(old={HELD: 1}), guards=guards(missing=("a.csv", "b.csv"), emptied=(EMPTIED,)))

    assert (
        found.headline
        == "Nobody new to invite, 1 export is missing, 1 export is empty, 1 row still waits for a person."
    )
    assert found.next_step == (
        "Missing and empty exports: see that the job in the HR system writes it again. 1 row still waits for a person."
    )
    assert found.concerns[0].words == (
        "Read in the last good runs, and missing now: a.csv. b.csv has no rows; it had 6 in the last good run."
    )
    assert "1 export of the last good runs has no rows now" in found.concerns[0].notice_words
    assert not found.hr_step


def test_dead_feed_says_who_writes_it_again():
    unchanged = [UnchangedExport("a.csv", 3, "2026-03-01", is_news=True)]

    for words in (verdict({}, unchanged=unchanged).concerns[0].words, verdict({}, unchanged=unchanged).next_step):
        assert "see that the job in the HR system writes" in words


AT = "2026-11-29 02:00 UTC"


def earlier(*ends: tuple[int | None, int]) -> tuple[TrendPoint, ...]:
    """Return earlier runs, the oldest first, from their exit codes and numbers of rows."""
    at = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    return tuple(TrendPoint(f"e{number}", at, "run", code, 0, 0, rows) for number, (code, rows) in enumerate(ends))


@pytest.mark.parametrize(
    ("ends", "settled", "words"),
    [
        (
            ((0, 9), (None, 9)),
            32,
            f"The run of {AT} (e1) was cut off; 32 invitations in doubt had arrived.",
        ),
        (((None, 9), (4, 0)), 1, f"The run of {AT} (e0) was cut off; 1 invitation in doubt had arrived."),
        (((None, 0),), 0, f"The run of {AT} (e0) was cut off."),
        (((None, 9), (None, 0)), 0, f"The last 2 runs before this one, from {AT} on, were cut off."),
        (((None, 9), (0, 9)), 3, ""),
        (((None, 9), (0, 0)), 3, ""),
    ],
    ids=["killed", "refused since", "killed early", "twice", "told already", "told by an empty night"],
)
def test_night_after_a_killed_night_says_so(ends, settled, words):
    """A killed run tells nobody. A run with an end has told people already, also about the runs before it."""
    summary = summary_of({INVITED: 1}, trend=earlier(*ends), settled_doubts=SettledDoubts(settled))

    assert summary.attention_in_words == words
