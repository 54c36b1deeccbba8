"""Ordinary rosters as files: every person who works there is planned, nobody else is, and hardly a file asks."""

from random import Random

from roster_fates import decide_roster, wrong_fates
from roster_files import text_file, workbook
from rosters import ordinary_roster

from onboarding.model.errors import InputRefused

ROSTERS = 15
IN_SOAK = 400
NEEDLESS = 0.01
"""The largest share of ordinary rosters that may ask a needless question."""


def test_ordinary_rosters_are_decided_rightly_and_ask_hardly_any_question(soak, tmp_path, record_property):
    number = IN_SOAK if soak else ROSTERS
    asked, wrong = [], []

    for seed in range(number):
        random = Random(seed)  # noqa: S311 - no secret
        roster = ordinary_roster(random)
        file = workbook(roster, random) if soak and random.random() < 0.1 else text_file(roster, random)
        try:
            decided = decide_roster(file, tmp_path)
        except InputRefused as question:
            asked.append((seed, file.told, str(question)))
        else:
            wrong += [(seed, file.told, line) for line in wrong_fates(roster, file, decided)]

    record_property("figures", f"{number} rosters, {len(asked)} ask, {len(wrong)} wrong rows")
    assert not wrong, wrong[:5]
    assert len(asked) <= NEEDLESS * number, asked[:5]
