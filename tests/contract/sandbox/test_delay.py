"""A listing that lags behind the invites, as boto3 and several processes meet it."""

import json
import subprocess
import sys
import urllib.request
from contextlib import closing
from dataclasses import replace

import pytest
from clients import chime_client
from fakes import WallClock

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox

ADA = "ada@example.com"
DELAY_SECONDS = 30


def chime_at(url):
    """Lend a client that sends each request once."""
    return closing(chime_client(url))


def shown(chime, **wanted):
    """Return the addresses that the listing shows, over all pages."""
    pages = chime.get_paginator("list_users").paginate(AccountId=TEAM_ACCOUNT, **wanted)
    return [user["PrimaryEmail"] for page in pages for user in page["Users"]]


def test_a_new_invitee_is_listed_after_the_delay():
    """The service mails the person at once, and shows the person on pages and by address only later."""
    clock = WallClock()
    with Sandbox(list_delay_seconds=DELAY_SECONDS, now=clock) as sandbox, chime_at(sandbox.url) as chime:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])

        before = shown(chime), shown(chime, UserEmail=ADA), sandbox.mails()
        clock.advance(DELAY_SECONDS)
        after = shown(chime), shown(chime, UserEmail=ADA), sandbox.mails()

    assert before == ([], [], {ADA: 1})
    assert after == ([ADA], [ADA], {ADA: 1})


def test_date_of_a_second_invite_is_listed_after_the_delay():
    """The person is listed all the time, with the date of the first invite at first."""
    clock = WallClock()
    with Sandbox(list_delay_seconds=DELAY_SECONDS, now=clock) as sandbox, chime_at(sandbox.url) as chime:
        first = clock()
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])
        clock.advance(3600)
        second = clock()
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])

        dates = []
        for seconds in (0, DELAY_SECONDS - 1, 1):
            clock.advance(seconds)
            (user,) = chime.list_users(AccountId=TEAM_ACCOUNT, UserEmail=ADA)["Users"]
            dates.append(user["InvitedOn"])

    assert dates == [first, first, second]


def test_two_sandboxes_on_one_file_show_the_same(tmp_path):
    """The file keeps the moment of the invite, so no process needs a timer."""
    shared = {"state": tmp_path / "state", "list_delay_seconds": DELAY_SECONDS, "now": WallClock()}
    with (
        Sandbox(**shared) as one,
        Sandbox(**shared) as other,
        chime_at(one.url) as here,
        chime_at(other.url) as there,
    ):
        here.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])

        before = shown(here), shown(there)
        shared["now"].advance(DELAY_SECONDS)
        after = shown(here), shown(there)

    assert before == ([], [])
    assert after == ([ADA], [ADA])


def test_a_restart_neither_ends_nor_renews_the_delay(tmp_path):
    """Half of the delay passes before the restart, and half after it."""
    clock = WallClock()
    settings = {"state": tmp_path / "state", "list_delay_seconds": DELAY_SECONDS, "now": clock}
    with Sandbox(**settings) as sandbox, chime_at(sandbox.url) as chime:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])
    clock.advance(DELAY_SECONDS / 2)

    with Sandbox(**settings) as sandbox, chime_at(sandbox.url) as chime:
        before = shown(chime)
        clock.advance(DELAY_SECONDS / 2)
        after = shown(chime)

    assert (before, after) == ([], [ADA])


def test_the_delay_may_be_set_while_it_runs():
    """Python sets the delay."""
    with Sandbox() as sandbox, chime_at(sandbox.url) as chime:
        sandbox.settings = replace(sandbox.settings, list_delay_seconds=DELAY_SECONDS)
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])
        delayed = shown(chime)
        sandbox.settings = replace(sandbox.settings, list_delay_seconds=0)

        assert (delayed, shown(chime)) == ([], [ADA])


@pytest.fixture
def command(tmp_path):
    """Start ``onboard sandbox`` with flags and return its process."""
    started = []

    def start(*flags):
        process = subprocess.Popen(
            [sys.executable, "-m", "onboarding", "sandbox", "--port", "0", *flags],
            env={"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_command_has_the_delay_and_http_changes_it(command):
    """The flag sets the delay, and a POST to the settings lowers it."""
    process = command("--list-delay", "600")
    url = process.stdout.readline().split(" answers at ")[1].split()[0]
    headers = {"X-Onboard-Sandbox": "1"}
    settings = urllib.request.Request(f"{url}/_sandbox/settings", b'{"list_delay_seconds": 0}', headers)  # noqa: S310 - http
    with chime_at(url) as chime:
        chime.invite_users(AccountId=TEAM_ACCOUNT, UserEmailList=[ADA])
        delayed = shown(chime)
        with urllib.request.urlopen(settings) as answer:  # noqa: S310 - http, to ourselves
            answered = json.load(answer)

        assert (delayed, answered["list_delay_seconds"], shown(chime)) == ([], 0, [ADA])


def test_the_command_refuses_a_senseless_delay(command):
    """The last line names the flag, and the exit code is that of a wrong flag."""
    process = command("--list-delay", "-1")

    _, said = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "'--list-delay': -1.0 is not in the range 0<=x<=86400" in said.splitlines()[0]
