"""One changed byte in a roster that Python's ``csv`` wrote never makes the run plan a wrong person without a word."""

from random import Random

from damaged_rosters import damaged, wrongs
from roster_fates import decide_roster
from roster_files import text_file
from rosters import ordinary_roster

from onboarding.model.errors import InputRefused

DAMAGES = 16
IN_SOAK = 1_000
FOR_EACH_ROSTER = 8


def test_no_changed_byte_plans_a_wrong_person_without_a_word(soak, tmp_path, record_property):
    number = IN_SOAK if soak else DAMAGES
    refused, wrong = 0, []

    for seed in range(number // FOR_EACH_ROSTER):
        random = Random(seed)  # noqa: S311 - no secret
        roster = ordinary_roster(random)
        file = text_file(roster, random, plain=True)
        whole = decide_roster(file, tmp_path)
        for _ in range(FOR_EACH_ROSTER):
            damage = damaged(file, random)
            try:
                found = decide_roster(damage.file, tmp_path)
            except InputRefused:
                refused += 1
            else:
                wrong += [(seed, file.told, damage.told, line) for line in wrongs(roster, damage, whole, found)]

    record_property("figures", f"{number} damaged rosters, {refused} refused, {len(wrong)} wrong")
    assert not wrong, wrong[:5]
