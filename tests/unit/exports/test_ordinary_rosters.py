"""An ordinary roster asks nothing: the column of addresses at work is found without a flag."""

from random import Random

from rosters import ordinary_roster

from onboarding.exports.layout.column_roles import Role, choose_columns
from onboarding.exports.tables import Unreadable

ROSTERS = 200
NEEDLESS = 0.01
"""The largest share of ordinary rosters that may ask a needless question."""


def test_ordinary_rosters_ask_hardly_any_question_and_are_read_rightly(soak):
    number = ROSTERS * (20 if soak else 1)
    asked = []

    for seed in range(number):
        roster = ordinary_roster(Random(seed))  # noqa: S311 - no secret
        try:
            columns = choose_columns(roster.header, roster.rows, email_column=None)
        except Unreadable as question:
            asked.append((seed, roster.header, question.why))
        else:
            assert columns[Role.EMAIL] == roster.own, (seed, roster.header)
            assert {Role.EMAIL_FALLBACK, Role.EMAIL_AGAIN}.isdisjoint(columns), (seed, roster.header)

    assert len(asked) <= NEEDLESS * number, asked[:5]
