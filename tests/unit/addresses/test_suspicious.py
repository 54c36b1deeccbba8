"""The scan holds suspicious rows for a person, and no others."""

from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir

import pandas as pd
import pytest
from disposable_email_domains import blocklist
from frames import hold_and_count, rows
from hypothesis import given
from hypothesis import strategies as st
from legitimate_addresses import LEGITIMATE

from onboarding.addresses.normalise import MOST_INTERNATIONAL_DOMAINS, normalise
from onboarding.addresses.suspicious import SuspicionScan
from onboarding.addresses.typos import GENUINE, PROVIDERS
from onboarding.model.choices import SUSPICIONS, USUAL_SUSPICIONS
from onboarding.model.dispositions import Reason
from onboarding.model.errors import InputRefused
from onboarding.model.rows import DECIDED, check_schema
from onboarding.preparing.duplicates import DuplicateFinder

THROW_AWAY = min(blocklist)
"""A disposable domain. No domain reserved for documentation is one."""

STAFF = [f"person{number}@staff.example" for number in range(40)]

CYRILLIC = "аna@example.com"
LIGATURE = "ﬁona@example.com"


def decided(*frames, holds=USUAL_SUSPICIONS, allowed_domains=()) -> pd.DataFrame:
    """Return frames in one after both passes: suspicious rows held, duplicates marked."""
    suspicions = SuspicionScan(holds, allowed_domains=allowed_domains)
    with DuplicateFinder(Path(gettempdir())) as duplicates:
        noted = [hold_and_count(suspicions, normalise(frame)) for frame in frames]
        for frame in noted:
            duplicates.note(duplicates.records_of(frame))
        found, suspects = duplicates.find(), suspicions.find()
    return pd.concat([suspects.mark(found.mark(frame)) for frame in noted])


def held(cells, **options) -> list[str]:
    """Return why each row is held."""
    frame = decided(rows(cells), **options)
    assert set(frame.loc[frame["reason"] != "", "disposition"]) <= {"held"}
    return frame["reason"].tolist()


def test_typo_among_the_few_rows_of_a_small_company_is_held():
    assert held([*STAFF[:8], "ana@satff.example"]) == [*[""] * 8, "near_miss_domain"]
    assert held([*STAFF[:3], "ana@satff.example"]) == [""] * 4


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("ａｎａ@example.com", "unusual_characters"),
        (LIGATURE, "unusual_characters"),
        (CYRILLIC, "look_alike"),
        ("ana@exаmple.com", "look_alike"),
        ("ana@xn--exmple-4nf.com", "look_alike"),
        ("mailto:anaж@example.com", "mixed_script"),
        (f"ana@{THROW_AWAY}", "disposable_domain"),
        (f"ana@mail.{THROW_AWAY}", "disposable_domain"),
        ("jos\u00c3\u00a9@example.com", "damaged_text"),
        ("j?rgen@example.com", "damaged_text"),
        ("jos\ufffd@example.com", "damaged_text"),
        ("'t.hof@example.com", "unusual_characters"),
        ("1001~ana@example.com", "unusual_characters"),
        ("E7~Ana~ana@example.com", "unusual_characters"),
        ("ana#ana@example.com", "unusual_characters"),
        ("n/a@example.com", "unusual_characters"),
        ("1001=ana@example.com", "unusual_characters"),
        ("ana@corp.lan", "no_such_domain"),
        ("ana@2x.png", "no_such_domain"),
        ("ana@corp.con", "near_miss_domain"),
        ("ana@satff.example", "near_miss_domain"),
    ],
)
def test_suspicious_row_is_held_and_its_detail_says_why(cell, reason):
    frame = decided(rows([*STAFF, cell]))
    last = frame.iloc[-1]

    assert frame["disposition"].tolist() == [""] * len(STAFF) + ["held"]
    assert (last["reason"], last["detail"] != "") == (reason, True)
    check_schema(frame, DECIDED)


def test_address_that_is_held_stays_in_the_report_as_it_was_given():
    frame = decided(rows([CYRILLIC]))

    assert frame.iloc[0][["email_as_given", "email"]].tolist() == [CYRILLIC, CYRILLIC]


@pytest.mark.parametrize("cells", [LEGITIMATE, [f"ana@{domain}" for domain in sorted(GENUINE)]])
def test_legitimate_addresses_raise_no_alarm(cells):
    assert held(cells) == [""] * len(cells)


@pytest.mark.parametrize(
    "local", ["info", "hr", "noreply", "Kontakt", "rrhh", "comptabilité", "it+chime", "POSTMASTER"]
)
def test_role_address_is_held_only_on_request(local):
    cells = [f"{local}@example.com"]

    assert held(cells) == [""]
    assert held(cells, holds=SUSPICIONS) == ["role_address"]


@pytest.mark.parametrize("local", ["info.desk", "hrvoje", "theresa.info", "it.ana", "infoana"])
def test_role_is_the_whole_local_part(local):
    assert held([f"{local}@example.com"], holds=SUSPICIONS) == [""]


@pytest.mark.parametrize(
    ("reason", "cell"),
    [
        ("unusual_characters", LIGATURE),
        ("look_alike", "сора@example.com"),
        ("mixed_script", "anaж@example.com"),
        ("disposable_domain", f"ana@{THROW_AWAY}"),
        ("near_miss_domain", "ana@satff.example"),
    ],
)
def test_each_suspicion_can_be_left_out(reason, cell):
    assert held([*STAFF, cell], holds=USUAL_SUSPICIONS - {Reason(reason)}) == [""] * (len(STAFF) + 1)
    assert held([*STAFF, cell], holds=[Reason(reason)])[-1] == reason


def test_all_but_roles_are_held_by_default():
    assert set(SUSPICIONS) - USUAL_SUSPICIONS == {Reason.ROLE_ADDRESS}


def test_excluded_row_stays_excluded():
    frame = decided(rows([CYRILLIC, "ana@corp.con"], disposition=["excluded"] * 2, reason=["inactive"] * 2))

    assert frame["reason"].tolist() == ["inactive"] * 2


def test_misspelt_provider_is_reported_as_a_typo_even_if_the_domain_is_disposable():
    """People register such domains to receive the mail of those who mistype."""
    typo = next(
        domain for domain in blocklist if domain[1] + domain[0] + domain[2:] in PROVIDERS or domain == "gmial.com"
    )

    frame = decided(rows([f"ana@{typo}"]))

    assert frame["reason"].tolist() == ["near_miss_domain"]
    assert held([f"ana@{typo}"], holds=[Reason.DISPOSABLE_DOMAIN]) == ["disposable_domain"]


def test_allowed_domains_are_not_suspicious():
    """Letters are suspicious even at an allowed domain."""
    cells = [*STAFF, "ana@satff.example", f"ana@{THROW_AWAY}", "ana@corp.con", CYRILLIC]

    reasons = held(cells, allowed_domains=["staff.example", "satff.example"])

    assert reasons == [""] * 43 + ["look_alike"]


def test_every_spelling_of_a_suspicious_address_is_held_by_itself():
    """No row stands in for another, so a person sees every one of them."""
    assert held([CYRILLIC, CYRILLIC.upper(), f" {CYRILLIC}"]) == ["look_alike"] * 3


def test_suspicious_spelling_never_stands_in_for_the_right_one():
    """The ligature and the two letters have one key. The row with the letters is invited."""
    frame = decided(rows([LIGATURE, "fiona@example.com", "Fiona@example.com"]))

    assert frame["disposition"].tolist() == ["held", "", "duplicate"]
    assert frame["duplicate_of"].tolist() == ["", "", "staff.csv#3"]


def test_second_address_of_an_employee_is_invited_if_the_first_is_suspicious():
    frame = decided(rows([CYRILLIC, "ana@example.com"], employee_id=["7", "7"]))

    assert frame["disposition"].tolist() == ["held", ""]


def test_duplicate_of_a_typo_points_at_the_held_row():
    """Both rows have one domain, so a person who corrects the first row corrects the second too."""
    frame = decided(rows([*STAFF, "ana@satff.example", "ANA@satff.example"]))

    assert frame["disposition"].tolist()[-2:] == ["held", "duplicate"]
    assert frame["duplicate_of"].iloc[-1] == "staff.csv#42"


def test_typo_is_judged_in_its_own_export():
    """Each sheet of an export counts as an export."""
    frame = decided(
        rows([*STAFF, "ana@satff.example"], source="a.xlsx", sheet="1"),
        rows(
            [*(f"p{number}@north.example" for number in range(40)), "ben@satff.example"],
            source="a.xlsx",
            sheet="2",
            start=41,
        ),
        rows(["cem@satff.example", "dea@satff.example"], source="b.csv", start=82),
    )

    assert [at for at in frame.index if frame["disposition"][at] == "held"] == [40]


def test_frame_that_was_given_stays_as_it_was():
    frame = normalise(rows([CYRILLIC, "ana@corp.con"]))
    before = frame.copy(deep=True)
    suspicions = SuspicionScan(USUAL_SUSPICIONS)

    hold_and_count(suspicions, frame)
    suspicions.find().mark(frame)

    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("cells", [[], ["", "no address"]])
def test_frame_without_a_candidate_passes(cells):
    frame = decided(rows(cells), holds=SUSPICIONS)

    assert frame["disposition"].tolist() == ["rejected"] * len(cells)
    check_schema(frame, DECIDED)


NEAR_MISSES = ["ana@corp.con", "ana@satff.example", "Ana@Satff.example", "ben@satff.example"]
cells = st.sampled_from(
    [CYRILLIC, LIGATURE, "fiona@example.com", f"ana@{THROW_AWAY}", *NEAR_MISSES, "", "info@staff.example", *STAFF[:3]]
)


@given(st.lists(cells, max_size=12), st.lists(st.integers(0, 52), max_size=5))
def test_result_does_not_depend_on_how_the_input_is_cut(some, cuts):
    """A batch may end anywhere, and may be empty."""
    frame = rows([*some, *STAFF])
    pieces = [frame.iloc[start:stop] for start, stop in pairwise([0, *sorted(cuts), len(frame)])]

    pd.testing.assert_frame_equal(decided(*pieces, holds=SUSPICIONS), decided(frame, holds=SUSPICIONS))


@given(st.lists(cells, max_size=12))
def test_every_duplicate_names_a_row_that_is_open_or_held_for_their_common_domain(some):
    """No other row may stand in for a duplicate."""
    frame = decided(rows([*some, *STAFF]))
    named = {f"{row.source}#{row.row}": row for row in frame.itertuples()}

    for row in frame[frame["disposition"] == "duplicate"].itertuples():
        original = named[row.duplicate_of]
        assert (original.disposition, original.reason) in (("", ""), ("held", "near_miss_domain"))
        assert original.key == row.key


def test_international_domains_are_counted_over_all_frames_of_an_export():
    """No frame alone has too many, but the export does; the next export is counted anew."""
    half = MOST_INTERNATIONAL_DOMAINS // 2
    first, second = ({f"xn--{letter}{number}-.example": 1 for number in range(half)} for letter in "ab")
    suspicions = SuspicionScan(USUAL_SUSPICIONS)

    suspicions.add_domain_counts("one.csv", "", first)
    suspicions.add_domain_counts("one.csv", "", second)
    suspicions.add_domain_counts("two.csv", "", first)
    suspicions.add_domain_counts("two.csv", "", second)

    with pytest.raises(InputRefused, match=r"^two\.csv: its addresses have more than 10,000 different domains"):
        suspicions.add_domain_counts("two.csv", "", {"xn--c-.example": 1})
