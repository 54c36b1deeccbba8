"""Policy: which rows are excluded or held, and with which detail."""

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.addresses.normalise import normalise
from onboarding.model.choices import DateOrder
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import InputRefused
from onboarding.preparing.employment import ENDS_ON, STARTS_ON, WORD_KINDS
from onboarding.preparing.exclusions import Exclusions, ListedPlaces
from onboarding.preparing.policy import Policy, decide_candidates
from onboarding.preparing.wording import Wording

TODAY = date(2026, 11, 22)
POLICY = Policy(today=TODAY)

OPEN = ("", "")
INACTIVE = ("excluded", "inactive")
NOT_STARTED = ("excluded", "not_started")
ENDED = ("excluded", "ended")
NOT_A_PERSON = ("excluded", "not_a_person")
PRIVATE = ("excluded", "private_address")
LISTED = ("excluded", "on_exclusion_list")
CONTRADICTING = ("held", "contradicting_status")
UNKNOWN = ("held", "unknown_status")


POLICY_ROLES = (*WORD_KINDS, STARTS_ON, ENDS_ON)


def people(*cells: str, sheet: str = "", **columns: list[str]) -> pd.DataFrame:
    """Return normalised rows with the given columns, which may be columns of policy."""
    count = len(cells) or len(next(iter(columns.values())))
    usual = {name: values for name, values in columns.items() if name.partition(" ")[0] not in POLICY_ROLES}
    frame = rows(cells or [f"p{number}@corp.example" for number in range(count)], sheet=sheet, **usual)
    by_policy = {name: text_array(values) for name, values in columns.items() if name not in usual}
    return normalise(frame.assign(**by_policy))


def fates(frame: pd.DataFrame, policy: Policy = POLICY, order: DateOrder | None = None) -> list[tuple[str, str]]:
    """Return disposition and reason of each row."""
    decided = decide_candidates(frame, policy, Wording(date_order=order))
    return list(zip(decided["disposition"], decided["reason"], strict=True))


def details(frame: pd.DataFrame, **names: str) -> list[str]:
    return decide_candidates(frame, POLICY, Wording(names=names))["detail"].tolist()


def test_rows_without_columns_of_policy_stay_open():
    assert fates(people("ana@x.example", "ben@y.example")) == [OPEN, OPEN]


@pytest.mark.parametrize(
    "name",
    ["Ana Ruiz (Terminated)", "Ana Ruiz [inactive]", "LEAVER - Ana Ruiz", "Ana Ruiz - Left", "Ana Ruiz (ausgeschieden)",
     "アナ (退職)", "Former employee - Ana Ruiz"],
)  # fmt: skip
def test_name_with_a_note_that_the_person_left_is_held(name):
    """Nobody maintains a status there, and the name would be sent as it is."""
    assert fates(people(name=[name])) == [("held", "contradicting_status")]
    assert fates(people(name=[name], status=["Terminated"])) == [INACTIVE]


@pytest.mark.parametrize(
    "name",
    ["Ana Ruiz (1001)", "Ana Ruiz (Active)", "Ana (Annie) Ruiz", "Ana Ruiz-Left", "Ana - Ruiz", "Ana Ruiz (on leave)",
     "Ana Left", "(Terminated", "Ana Ruiz (Sales)", ""],
)  # fmt: skip
def test_other_notes_in_names_decide_nothing(name):
    assert fates(people(name=[name])) == [OPEN]


def test_other_domains_are_excluded():
    """Whole domains: neither a subdomain nor a longer name is meant."""
    cells = ["ana@x.example", "ANA2@X.EXAMPLE", "ben@y.example", "cem@sub.x.example", "dea@notx.example"]
    policy = Policy(today=TODAY, allowed_domains=("x.example", "z.example"))

    assert fates(people(*cells), policy) == [OPEN, OPEN, *[("excluded", "domain_not_allowed")] * 3]


def test_domain_is_compared_as_an_a_label():
    policy = Policy(today=TODAY, allowed_domains=("xn--exmple-cua.com",))

    assert fates(people("ana@exämple.com", "ana@xn--exmple-cua.com"), policy) == [OPEN, OPEN]


def test_rows_that_are_no_records_keep_their_fate():
    frame = people("", disposition=["ignored"], reason=["blank_row"], status=["Inactive"])

    assert fates(frame) == [("ignored", "blank_row")]


def test_row_that_is_excluded_anyway_needs_no_usable_address():
    """Its address needs no mending, and mending it would invite a person who must not be invited."""
    frame = people("no address", "no address", "", status=["Inactive", "Active", "Terminated"])

    assert fates(frame) == [("excluded", "inactive"), ("rejected", "invalid_syntax"), ("excluded", "inactive")]
    texts = details(frame)
    assert texts[::2] == ["status = Inactive", "status = Terminated"]


def test_lists_and_domains_exclude_only_rows_with_an_address():
    """The domain of the other rows is not known yet."""
    policy = Policy(today=TODAY, allowed_domains=("x.example",), exclusions=Exclusions(employee_ids=frozenset({"7"})))
    frame = people("no address", "no address", employee_id=["1", "7"])

    assert fates(frame, policy) == [("rejected", "invalid_syntax"), ("excluded", "on_exclusion_list")]


@pytest.mark.parametrize("disposition", [[], ["ignored"]])
def test_frame_without_a_candidate_passes(disposition):
    frame = normalise(rows([""] * len(disposition), disposition=disposition)).assign(
        status=text_array([""] * len(disposition)), starts_on=text_array(["x"] * len(disposition))
    )

    assert fates(frame) == [(d, "") for d in disposition]


def test_given_frame_is_not_changed():
    frame = people("ben@y.example", status=["Inactive"])

    decide_candidates(frame, POLICY)

    assert frame["disposition"].tolist() == [""]


def test_only_employed_people_are_invited():
    frame = people(status=["Active", "Leave", "Terminated", "Suspended - Payroll Eligible", "T", "Wibble", ""])

    assert fates(frame) == [OPEN, OPEN, INACTIVE, INACTIVE, INACTIVE, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("status", "lifecycle", "fate"),
    [
        ("Active", "Full-Time", OPEN),
        ("Active", "", OPEN),
        ("", "Employed", OPEN),
        ("", "", UNKNOWN),
        ("Inactive", "Terminated", INACTIVE),
        ("", "Terminated", INACTIVE),
        ("Active", "Terminated", CONTRADICTING),
        ("Inactive", "Full-Time", CONTRADICTING),
        ("Active", "Wibble", UNKNOWN),
        ("Inactive", "Wibble", INACTIVE),
        ("Active", "Hired", NOT_STARTED),
        ("Inactive", "Hired", INACTIVE),
        ("Wibble", "Hired", NOT_STARTED),
        ("Active", "Bot", NOT_A_PERSON),
        ("Inactive", "Bot", NOT_A_PERSON),
    ],
)
def test_two_columns_of_statuses(status, lifecycle, fate):
    """The table is the module's. Which of the two columns says what does not matter."""
    assert fates(people(status=[status], **{"status 2": [lifecycle]})) == [fate]
    assert fates(people(status=[lifecycle], **{"status 2": [status]})) == [fate]


@pytest.mark.parametrize(
    ("employment_type", "status", "fate"),
    [
        ("T", "Active", OPEN),
        ("Wibble", "Active", OPEN),
        ("Terminated", "Active", CONTRADICTING),
        ("Terminated", "", INACTIVE),
        ("Full-Time", "Terminated", INACTIVE),
        ("Service Account", "Active", NOT_A_PERSON),
    ],
)
def test_employment_type_may_say_that_a_person_left(employment_type, status, fate):
    assert fates(people(employment_type=[employment_type], status=[status])) == [fate]


def test_employment_type_alone_holds_no_row():
    """Companies have their own words for it."""
    assert fates(people(employment_type=["Wibble", "", "Retired"])) == [OPEN, OPEN, INACTIVE]


def test_account_that_is_switched_off_is_inactive():
    """The status does not matter: an administrator has decided that."""
    on_off = people(enabled=["True", "False", "", "perhaps"])
    blocked = people(status=["Active"] * 3, blocked=["No", "Yes", ""])

    assert fates(on_off) == [OPEN, INACTIVE, OPEN, UNKNOWN]
    assert fates(blocked) == [OPEN, INACTIVE, OPEN]


def test_guests_bots_and_furniture_are_no_people():
    frame = people(user_type=["Member", "Guest", "Bot", "SharedDevice", "RoomMailbox", "Service Account", "", "Intern"])

    assert fates(frame) == [OPEN, *[NOT_A_PERSON] * 5, OPEN, OPEN]


def test_guest_is_known_by_the_user_principal_name():
    assert fates(people("ana_corp.example#EXT#@tenant.onmicrosoft.com")) == [NOT_A_PERSON]


def test_sentinel_is_no_person():
    frame = people("a@corp.example", "b@corp.example", employee_id=["NO_MANAGER", "1"], name=["", "NO_HR"])

    assert fates(frame) == [NOT_A_PERSON, NOT_A_PERSON]


def test_person_who_starts_later_is_not_invited_yet():
    assert fates(people(starts_on=["2026-11-22", "2026-11-23", ""])) == [OPEN, NOT_STARTED, OPEN]


@pytest.mark.parametrize("starts_before", [date(2026, 12, 1), date(2020, 1, 1)])
def test_starts_before_moves_the_day(starts_before):
    """Forwards to invite people ahead of their first day, or backwards."""
    policy = Policy(today=TODAY, starts_before=starts_before)
    days = ["2019-12-31", "2020-01-01", "2026-11-30", "2026-12-01"]

    expected = [OPEN if date.fromisoformat(day) < starts_before else NOT_STARTED for day in days]
    assert fates(people(starts_on=days), policy) == expected


@pytest.mark.parametrize(
    ("starts_on", "fate"),
    [("2026-11-01", OPEN), ("2026-11-30", OPEN), ("2026-12-01", NOT_STARTED), ("", NOT_STARTED), ("?", NOT_STARTED)],
)
def test_start_decides_about_a_person_hired(starts_on, fate):
    """The status ``hired`` says nothing more once the day is known."""
    policy = Policy(today=TODAY, starts_before=date(2026, 12, 1))

    assert fates(people(status=["Hired"], starts_on=[starts_on]), policy) == [fate]


def test_person_who_has_left_is_not_invited():
    """The last day is a day at work. An active status may be a day behind."""
    frame = people(status=["Active"] * 4, ends_on=["2026-11-21", "2026-11-22", "31-Dec-4712", ""])

    assert fates(frame) == [ENDED, OPEN, OPEN, OPEN]


def test_end_before_the_start_is_of_an_earlier_employment():
    frame = people(starts_on=["2024-05-01", "2027-05-01"], ends_on=["2020-01-31", "2020-01-31"])

    assert fates(frame) == [OPEN, NOT_STARTED]


def test_unreadable_date_is_held():
    frame = people(starts_on=["soon", "2020-01-01", "N/A"], ends_on=["", "13/13/2020", "00/00/0000"])

    assert fates(frame) == [("held", "unreadable_date")] * 2 + [OPEN]


def test_private_address_is_excluded():
    """Oracle has one row for each address of a person."""
    frame = people(address_type=["W1", "H1", "X9", ""])

    assert fates(frame) == [OPEN, PRIVATE, *[("held", "unknown_address_type")] * 2]


def test_addresses_and_ids_on_the_list_are_excluded():
    exclusions = Exclusions(keys=frozenset({"ana@corp.example"}), employee_ids=frozenset({"00042", "x7"}))
    frame = people("ANA@Corp.example", *["b@corp.example"] * 3, employee_id=["1", " 00042", "X7", ""])

    assert fates(frame, Policy(today=TODAY, exclusions=exclusions)) == [LISTED, LISTED, LISTED, OPEN]


@pytest.mark.parametrize(("listed", "held"), [("00042", "42"), ("42", "0042")])
def test_person_whose_id_differs_from_a_listed_id_in_zeros_alone_is_held(listed, held):
    """A spreadsheet may have removed the zeros from the export or from the list."""
    exclusions = Exclusions(employee_ids=frozenset({listed, "x07"}))
    frame = people(employee_id=[held, listed, "420", "x7", ""])

    assert fates(frame, Policy(today=TODAY, exclusions=exclusions)) == [
        ("held", "on_exclusion_list"),
        LISTED,
        OPEN,
        OPEN,
        OPEN,
    ]


def test_employee_on_the_list_is_excluded_in_every_spelling_of_the_id():
    exclusions = Exclusions(employee_ids=frozenset({"äb7"}))
    frame = people(employee_id=SPELLINGS_OF_AN_ID)

    assert fates(frame, Policy(today=TODAY, exclusions=exclusions)) == [LISTED] * len(SPELLINGS_OF_AN_ID)


def test_sure_reasons_come_before_those_that_need_a_person():
    """So no row is looked at in vain."""
    policy = Policy(
        today=TODAY, allowed_domains=("corp.example",), exclusions=Exclusions(employee_ids=frozenset({"1"}))
    )
    columns = {"employee_id": ["1", "2"], "status": ["Wibble"] * 2, "starts_on": ["soon"] * 2}

    frame = people("ana@corp.example", "ben@other.example", **columns)

    assert fates(frame, policy) == [LISTED, ("excluded", "domain_not_allowed")]


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"status": ["Wib\nble"]}, '"Wib ble" in column "State" is not a known status; write active or inactive.'),
        ({"status": [""]}, 'No status in "State"; write active or inactive.'),
        (
            {"status": ["Active"], "status 2": ["Terminated"]},
            'The columns "State" (Active) and "status 2" (Terminated) contradict each other; correct the wrong one.',
        ),
        ({"enabled": ["perhaps"]}, '"perhaps" in column "enabled" is no known answer; write yes or no.'),
        ({"starts_on": ["soon"]}, '"soon" in column "Hired" is not a date; write it like 2026-03-15.'),
        ({"address_type": ["X9"]}, '"X9" in column "address_type" is not a known type of address; write work or home.'),
    ],
)
def test_detail_says_what_to_mend(columns, detail):
    """It uses the file's own words."""
    assert details(people(**columns), status="State", starts_on="Hired") == [detail]


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"status": ["Terminated"]}, "State = Terminated"),
        ({"status": ["Active"], "status 2": ["Active"], "enabled": ["False"]}, "enabled = False"),
        ({"status": [""], "status 2": ["Inactive"]}, "status 2 = Inactive"),
        ({"employment_type": ["Retired"]}, "employment_type = Retired"),
        ({"status": ["Hired"]}, "State = Hired"),
        ({"starts_on": ["2027-01-04"]}, "Hired = 2027-01-04"),
        ({"starts_on": ["2020-01-01"], "ends_on": ["31-Mar-2026"]}, "Last Day = 31-Mar-2026"),
        ({"ends_on": [""], "ends_on 2": ["2026-03-31"]}, "ends_on 2 = 2026-03-31"),
        (
            {"starts_on": ["2024-05-01"], "ends_on": ["2020-01-31"], "ends_on 2": ["2025-01-31"]},
            "ends_on 2 = 2025-01-31",
        ),
        ({"user_type": ["Guest"]}, "user_type = Guest"),
        ({"employee_id": ["NO_MANAGER"]}, "employee_id = NO_MANAGER"),
        ({"address_type": ["H1"]}, "address_type = H1"),
    ],
)
def test_excluded_row_says_which_column_and_value_decided(columns, detail):
    assert details(people(**columns), status="State", starts_on="Hired", ends_on="Last Day") == [detail]


def test_excluded_row_says_which_domain_and_which_line_of_which_list_decided():
    listed = ListedPlaces(pa.array(["ana@corp.example"]), pa.array(["left.csv: row 7"]))
    exclusions = Exclusions(keys=frozenset({"ana@corp.example", "ben@corp.example"}), key_places=listed)
    policy = Policy(today=TODAY, allowed_domains=("corp.example",), exclusions=exclusions)
    frame = people("ana@corp.example", "ben@corp.example", "cem@other.example")

    assert decide_candidates(frame, policy)["detail"].tolist() == [
        "Listed in left.csv: row 7.",
        "On the exclusion list.",
        "The domain other.example is not allowed.",
    ]


def test_guest_says_what_the_address_shows():
    assert details(people("ana_corp.example#EXT#@tenant.onmicrosoft.com")) == ["The address is that of a guest."]


def test_detail_of_an_excluded_row_shows_a_cell_on_one_line_and_without_addresses():
    """A report may be shown on a terminal, and names of people stand in columns of their own."""
    frame = people(status=["Terminated"])
    cells = pd.Series(text_array(["left,\n ask ana@corp.example", "x" * 100, "=1+1"]), name="status")

    found = Wording(names={"status": "State\n{}"}).cells_that_decided(cells).to_pylist()

    assert found == ["State {} = left, ask …", f"State {{}} = {'x' * 39}…", "State {} = =1+1"]
    assert details(frame, status="=cmd") == ["=cmd = Terminated"]  # neutralised where a report is written


def test_address_in_a_header_is_not_repeated():
    """A refusal is shown on the screen."""
    with pytest.raises(InputRefused) as refusal:
        decide_candidates(
            people(starts_on=["03/12/2026"]), POLICY, Wording(names={"starts_on": "Start (ask ana@corp.example)"})
        )

    assert "ana" not in str(refusal.value)


def test_refusal_names_the_sheet():
    with pytest.raises(InputRefused, match=r'^staff.csv: sheet "Team": row 2: '):
        decide_candidates(people(sheet="Team", starts_on=["03/12/2026"]), POLICY)


def test_long_cell_is_quoted_in_part():
    (detail,) = details(people(status=["x" * 1000]))

    assert len(detail) < 130


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"starts_on": ["01/02/2020", "03/12/2026"]}, '"Hired"'),
        ({"ends_on": ["01/12/2026", "01/12/2026"]}, '"ends_on"'),
    ],
)
def test_run_is_refused_where_a_date_with_two_readings_decides(columns, named):
    """12 March has passed, 3 December has not."""
    frame = people(**columns)

    with pytest.raises(InputRefused, match=f"in {named}, .* --date-order dmy or --date-order mdy") as refusal:
        decide_candidates(frame, POLICY, Wording(names={"starts_on": "Hired"}))

    assert str(refusal.value).startswith(f"staff.csv: row {3 if 'starts_on' in columns else 2}: ")


def test_order_of_the_file_settles_it():
    frame = people(starts_on=["03/12/2026"])

    assert fates(frame, order=DateOrder.MONTH_FIRST) == [OPEN]
    assert fates(frame, order=DateOrder.DAY_FIRST) == [NOT_STARTED]


@pytest.mark.parametrize(
    "columns",
    [
        {"starts_on": ["01/02/2020"]},
        {"starts_on": ["01/02/2030"]},
        {"starts_on": ["03/12/2026"], "status": ["Inactive"]},
        {"starts_on": ["03/12/2026"], "status": ["Wibble"]},
        {"starts_on": ["03/12/2026"], "ends_on": ["soon"]},
    ],
)
def test_date_with_two_readings_that_decides_nothing_is_accepted(columns):
    """Both days are past or both are to come, or the row is not invited anyway."""
    decide_candidates(people(**columns), POLICY)


STATUSES = st.sampled_from(["Active", "Terminated", "Wibble", "", "Hired", "Bot", "Leave"])
DAYS = st.sampled_from(["", "2020-01-01", "2027-01-01", "15-Mar-2019", "soon", "43540", "15.03.2030"])
COLUMNS = {
    "status": STATUSES,
    "status 2": STATUSES,
    "status 3": STATUSES,
    "employment_type": st.sampled_from(["Full-Time", "Terminated", "T", "", "Room"]),
    "starts_on": DAYS,
    "ends_on": DAYS,
    "ends_on 2": DAYS,
    "starts_on 2": DAYS,
    "address_type": st.sampled_from(["W1", "H1", "", "X"]),
    "user_type": st.sampled_from(["Member", "Guest", ""]),
    "enabled": st.sampled_from(["True", "False", "", "?"]),
    "blocked": st.sampled_from(["Yes", "No", ""]),
}
STRICT = Policy(
    today=TODAY, allowed_domains=("corp.example",), exclusions=Exclusions(employee_ids=frozenset({"1", "2"}))
)
ALLOWED = {
    Disposition.EXCLUDED: {
        Reason.NOT_A_PERSON,
        Reason.INACTIVE,
        Reason.NOT_STARTED,
        Reason.ENDED,
        Reason.PRIVATE_ADDRESS,
        Reason.DOMAIN_NOT_ALLOWED,
        Reason.ON_EXCLUSION_LIST,
    },
    Disposition.HELD: {
        Reason.CONTRADICTING_STATUS,
        Reason.UNKNOWN_STATUS,
        Reason.UNKNOWN_ADDRESS_TYPE,
        Reason.UNREADABLE_DATE,
    },
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Return normalised rows with some columns of policy. ``COLUMNS`` has the cells to draw from."""
    count = draw(st.integers(1, 8))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
    columns = {name: draw(st.lists(COLUMNS[name], min_size=count, max_size=count)) for name in names}
    cells = st.sampled_from(["ana@corp.example", "ben@other.example", "", "no address"])
    ids = st.sampled_from(["1", "2", "3", ""])
    return people(
        *draw(st.lists(cells, min_size=count, max_size=count)),
        employee_id=draw(st.lists(ids, min_size=count, max_size=count)),
        **columns,
    )


@given(frames())
def test_open_rows_stay_open_or_get_one_allowed_reason(frame):
    """A held row says what to do, and an excluded row what decided. Nothing else in the frame changes."""
    decided = decide_candidates(frame, STRICT)

    for before, after in zip(frame["disposition"], fates(frame, STRICT), strict=True):
        assert (before and before == after[0]) or after == OPEN or after[1] in ALLOWED[after[0]]
    assert (decided.loc[decided["disposition"].isin(["held", "excluded"]), "detail"] != "").all()
    untouched = frame.columns.difference(["disposition", "reason", "detail"])
    assert decided[untouched].equals(frame[untouched])
    closed = ~frame["disposition"].isin(["", "rejected"])
    assert decided[closed].equals(frame[closed])


@given(frames(), st.integers(0, 8))
def test_decision_does_not_depend_on_how_frames_are_cut(frame, at):
    whole = decide_candidates(frame, STRICT)

    parts = [decide_candidates(part, STRICT) for part in (frame.iloc[:at], frame.iloc[at:])]

    assert pd.concat(parts).equals(whole)
