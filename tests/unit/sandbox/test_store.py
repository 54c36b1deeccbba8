"""State files that an older sandbox wrote."""

import sqlite3
from contextlib import closing

import pytest
from fakes import WallClock

from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.chime import Chime
from onboarding.sandbox.habits import Habits
from onboarding.sandbox.people import LONG_AGO, TEAM_ACCOUNT
from onboarding.sandbox.records import MailCounts
from onboarding.sandbox.refusals import Refusals
from onboarding.sandbox.stage import Stage
from onboarding.sandbox.store import Store
from onboarding.sandbox.wickr import Wickr
from onboarding.sandbox.wickr_entries import WICKR_GROUP, WICKR_NETWORK

ARRIVED_ON = ", arrived_on TEXT NOT NULL DEFAULT '2018-05-01T00:00:00.000000+00:00'"
MOMENT = "2026-01-01T00:00:00.000000+00:00"
USERS = """
CREATE TABLE users (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, key TEXT NOT NULL, address TEXT NOT NULL,
    user_id TEXT NOT NULL, user_type TEXT NOT NULL, registration TEXT NOT NULL, invitation TEXT NOT NULL,
    invited_on TEXT NOT NULL, registered_on TEXT{arrived_on}, UNIQUE (account, key)
);
CREATE TABLE mails (number INTEGER PRIMARY KEY, key TEXT NOT NULL, sent_at TEXT NOT NULL);
INSERT INTO users (account, key, address, user_id, user_type, registration, invitation, invited_on) VALUES
    ('sandbox-team', 'ada@example.com', 'Ada@example.com', 'some-id', 'PrivateUser', 'Unregistered', 'Pending', '{at}');
INSERT INTO mails (key, sent_at) VALUES ('ada@example.com', '{at}');
"""
ACTS = """
CREATE TABLE acts_to_come (number INTEGER PRIMARY KEY, due_on TEXT NOT NULL, parameters TEXT NOT NULL);
INSERT INTO acts_to_come (due_on, parameters) VALUES
    ('{at}', '{{"AccountId": "sandbox-team", "UserEmailList": ["bo@example.com"]}}');
"""
FIRST = USERS.format(arrived_on="", at=MOMENT)
LAST = (USERS + ACTS).format(arrived_on=ARRIVED_ON, at=MOMENT)


def old_file(path, script):
    """Write a state file as an older sandbox left it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def stage_on(store):
    """Return both services on a store, a moment after the older sandbox was left."""
    habits, refusals = Habits(), Refusals()
    clock = WallClock()
    clock.advance(1)
    return Stage(store, {"chime": Chime(habits, refusals), "wickr": Wickr(habits, refusals)}, now=clock)


@pytest.mark.parametrize(
    ("script", "there"), [(FIRST, ["Ada@example.com"]), (LAST, ["Ada@example.com", "bo@example.com"])]
)
def test_an_older_file_is_read(tmp_path, script, there):
    """Those in it were always there, and what was put off then is done now, by Chime."""
    with closing(Store(old_file(tmp_path / "state", script))) as store:
        users = stage_on(store).act("chime", "ListUsers", {"AccountId": TEAM_ACCOUNT})["Users"]
        with store.transaction() as records:
            ada, mails = records.find(TEAM_ACCOUNT, {"ada@example.com"})["ada@example.com"], records.mails()

    assert [user["PrimaryEmail"] for user in users] == there
    assert (ada.user_id, ada.arrived_on, ada.first_name, ada.group) == ("some-id", LONG_AGO, None, "")
    assert mails == {address.casefold(): 1 for address in there}


@pytest.mark.parametrize("script", [FIRST, LAST])
def test_an_older_file_is_written(tmp_path, script):
    """By both services; Chime still knows whom it had mailed, and Wickr mails the same person for itself."""
    path = old_file(tmp_path / "state", script)
    users = [{"username": "ada@example.com", "securityGroupIds": [WICKR_GROUP], "firstName": "Ada"}]
    for _ in range(2):
        with closing(Store(path)) as store:
            stage = stage_on(store)
            stage.act("chime", "InviteUsers", {"AccountId": TEAM_ACCOUNT, "UserEmailList": ["ada@example.com"]})
            asked = {"networkId": WICKR_NETWORK, "users": users, "clientToken": "token"}
            (user,) = stage.act("wickr", "BatchCreateUser", asked)["successful"]
            with store.transaction() as records:
                mails, counts = records.mails(), records.counts()

    assert (user["username"], user["firstName"]) == ("ada@example.com", "Ada")
    assert mails["ada@example.com"] == 4
    assert counts == MailCounts(2 + (script is LAST), 4 + (script is LAST), 2 + (script is LAST), 1)


def test_a_file_of_something_else_is_refused(tmp_path):
    """Its table of that name is another one, and stays as it was."""
    path = old_file(tmp_path / "state", "CREATE TABLE users (id INTEGER PRIMARY KEY, shoe_size INTEGER)")

    with pytest.raises(ConfigurationError, match="cannot keep its state"):
        Store(path)

    with closing(sqlite3.connect(path)) as connection:
        columns = [column[1] for column in connection.execute("PRAGMA table_info(users)")]
    assert columns == ["id", "shoe_size"]
