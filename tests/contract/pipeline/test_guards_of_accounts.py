"""The run with which the guards compare all accounts of a run together."""

from dataclasses import replace

import pytest
from ledgers import NOW, run

from onboarding.ledger import Ledger
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.plan import Scope
from onboarding.model.presence import PresenceFigures
from onboarding.model.run import GuardFigures
from onboarding.pipeline.guards_of_accounts import guard_total, last_whole_run
from onboarding.pipeline.review_result import ReviewResult
from onboarding.preparing.guards import Census, GuardVerdict, HitGuard, LastRuns
from onboarding.settings.settings import Settings

GROUP = Scope("chime", "")
TONIGHT = replace(run("20260303T000000Z-3", scope=GROUP), settings={"exports": ["*.csv"]})


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite3", clock=lambda: NOW) as opened:
        yield opened


def rows_of(**sources):
    return [{"source": f"{name}.csv", "rows": rows, "ignored": {}} for name, rows in sources.items()]


NO_HITS = GuardFigures()


def record(ledger, run_id, exit_code, inputs, *, guards=NO_HITS):
    """Record a run of twenty people to each of two accounts."""
    whole = replace(TONIGHT, run_id=run_id)
    ledger.begin(whole)
    for number, account in enumerate(("de", "fr"), 1):
        part = replace(whole, run_id=f"{run_id}-{number:05}", scope=replace(GROUP, account=account))
        ledger.begin(part)
        ledger.end(part.run_id, exit_code=0, counts={Disposition.INVITED: 20})
    ledger.record_inputs(run_id, inputs, guards)
    ledger.end(run_id, exit_code=exit_code, counts={Disposition.INVITED: 40})


def test_account_and_export_without_rows_are_missing(ledger):
    record(ledger, "20260301T000000Z-1", 0, rows_of(de=20, fr=20))

    found = last_whole_run(ledger, TONIGHT, rows_of(de=20, fr=0), ["de"]).good

    assert (found.people, found.gone) == (40, 20)
    assert found.missing == ("account fr", "fr.csv")
    assert [export.in_words for export in found.emptied] == ["fr.csv has no rows; it had 20 in the last good run."]


@pytest.mark.parametrize(("guards", "expected"), [(GuardFigures(hits=("accounts",)), "-2"), (None, "-1")])
def test_night_on_which_guards_stopped_only_some_accounts_is_a_measure(ledger, guards, expected):
    record(ledger, "20260301T000000Z-1", 0, rows_of(de=20))
    record(ledger, "20260302T000000Z-2", ExitCode.GUARD, rows_of(de=20), guards=guards)

    found = last_whole_run(ledger, TONIGHT, rows_of(de=20), ["de", "fr"]).good

    assert found.run_id.endswith(expected)


def test_account_that_is_stopped_for_its_useless_rows_stops_no_other_account():
    """Nobody can be invited to it tonight, and nobody on any later night."""
    hits = (HitGuard("rejected", "", setting="--max-rejected"),)
    useless = GuardVerdict(invites=0, compared_with="", knows_domains=True, hits=hits, confirmed=False)
    good, bad = Census(invites=20, people=20), Census(people=90, rejected=90)
    results = [ReviewResult([], good, PresenceFigures()), ReviewResult([], bad, PresenceFigures(), verdict=useless)]

    stopped = guard_total(Settings(), LastRuns(), [results[0], replace(results[1], verdict=None)], ())
    passed = guard_total(Settings(), LastRuns(), results, ())

    assert (stopped.is_stopped, passed.is_stopped) == (True, False)
