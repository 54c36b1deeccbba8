"""The people's own addresses are read, or the file is asked about; somebody else's are never read in silence."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_memory import read
from soak import examples

from onboarding.exports.layout.column_roles import column_choice
from onboarding.exports.tables import Unreadable

STAFF = ["ann.lee", "bob.roe", "cy.fox", "dee.kim", "eve.ray", "finn.orr"]
OWN = [f"{name}@corp.example" for name in STAFF]
HOME = [f"{name.replace('.', '')}@home.example" for name in STAFF]
HEADS = ["pat@corp.example"] * 3 + ["quin@corp.example"] * 3
SAME = ["hr@corp.example"] * 6
SLIP = [*OWN[:5], "fin.orr@corp.example"]
RARE = [OWN[0], *[""] * 5]
RARE_OTHER = ["ann.at.work@corp.example", *[""] * 5]


def chosen(columns, *, email_column=None, people=True):
    """Return the choice among columns that are given with their cells, beside an id and a name."""
    about = {"Employee ID": [f"{n}" for n in range(6)], "Name": STAFF} if people else {}
    table = {**about, **columns}
    rows = list(zip(*table.values(), strict=True))
    return column_choice(list(table), rows, email_column=email_column), list(table)


def name_of(columns, **options):
    choice, header = chosen(columns, **options)
    return {str(role): header[at] for role, at in choice.columns.items() if role.startswith("email")}


def question(columns, **options):
    with pytest.raises(Unreadable, match="--email-column") as asked:
        chosen(columns, **options)
    return asked.value.why


@pytest.mark.parametrize(
    "rival",
    [
        "HR Business Partner Email",
        "Compliance Officer E-mail",
        "E-Mail Arbeitgeber",
        "Non-Work Email",
        "Team Lead Work Email",
        "Leders e-post",
        "個人メールアドレス",
        "userPrincipalName",
    ],
)
def test_plain_column_is_not_outranked(rival):
    """Neither by work words beside somebody else's word, nor by a login."""
    assert name_of({rival: HOME, "Email": OWN}) == {"email": "Email"}


@pytest.mark.parametrize(
    "lone",
    ["Team Lead Email", "Leders e-post", "個人メールアドレス", "E-mail pessoal", "Kişisel E-posta", "Private E-Mail"],
)
@pytest.mark.parametrize("cells", [OWN, HEADS])
def test_lone_column_gets_no_free_pass(lone, cells):
    assert f'"{lone}"' in question({lone: cells})


@pytest.mark.parametrize(
    "name", ["Email", "Work Email", "E-Mail-Adresse", "User Name", "Zorg Email", "Kontakt", "Email 1"]
)
@pytest.mark.parametrize("cells", [HEADS, SAME])
def test_column_whose_addresses_many_people_share_is_asked_about(name, cells):
    assert f'"{name}"' in question({name: cells})


@pytest.mark.parametrize("name", ["Work Email", "Geschäftliche E-Mail", "Zorg Work Email"])
def test_column_whose_addresses_many_people_share_is_passed_over_and_said(name):
    choice, _ = chosen({name: HEADS, "Email": OWN})

    assert name_of({name: HEADS, "Email": OWN}) == {"email": "Email"}
    assert choice.notes == (f'"{name}" was not used, since many people share its addresses.',)


PEOPLE_OF_SEVERAL_ROWS = {
    "two positions": (["1", "1", "2", "2", "3", "3"], ["a@x.example"] * 2 + ["b@x.example"] * 2 + ["c@x.example"] * 2),
    "one row for each month": (["1"] * 5 + ["2"], ["a@x.example"] * 5 + ["b@x.example"]),
    "one row for each kind of address": (
        ["1", "1", "2", "2", "3", "3"],
        [OWN[0], HOME[0], OWN[1], HOME[1], OWN[2], HOME[2]],
    ),
    "an address of two people": (["1", "2", "3", "4", "5", "6"], [OWN[0], *OWN[:5]]),
    "two people": (["1", "2"], ["team@x.example"] * 2),
    "three people with two addresses": (["1", "2", "3"], [OWN[0], OWN[0], OWN[1]]),
    "rows alike without ids": ([""] * 6, ["a@x.example"] * 6),
    "a placeholder": (["1", "2", "3", "4", "5"], ["noemail@x.example"] * 4 + [OWN[0]]),
}


@pytest.mark.parametrize(("ids", "cells"), PEOPLE_OF_SEVERAL_ROWS.values(), ids=PEOPLE_OF_SEVERAL_ROWS)
def test_rows_of_the_same_person_are_no_sign_of_somebody_else(ids, cells):
    choice = column_choice(["Employee ID", "Email"], list(zip(ids, cells, strict=True)), email_column=None)

    assert choice.columns["email"] == 1
    assert not choice.notes


def test_list_of_addresses_may_repeat_itself():
    """There is nobody else whose address it could be."""
    choice = column_choice(["Email"], [[address] for address in OWN[:2] * 5], email_column=None)

    assert choice.columns["email"] == 0


@pytest.mark.parametrize(
    "pair",
    [("Email", "E-mail address"), ("Email", "Work Email Zorg"), ("Email 1", "Email 2"), ("Email 1", "Zorg Work Email")],
)
@pytest.mark.parametrize("other", [HOME, [*OWN[:3], *HOME[3:]]])
def test_two_plausible_columns_that_differ_are_asked_about(pair, other):
    why = question(dict(zip(pair, (OWN, other), strict=True)))

    assert f'"{pair[0]}"' in why
    assert f'"{pair[1]}"' in why


@pytest.mark.parametrize(
    ("first", "second"),
    [("Email", "Confirm Email"), ("E-Mail", "E-Mail bestätigen"), ("Email", "Re-enter work e-mail")],
)
@pytest.mark.parametrize("again", [OWN, SLIP])
def test_address_that_is_written_twice_is_compared(first, second, again):
    for columns in ({first: OWN, second: again}, {second: again, first: OWN}):
        choice, _ = chosen(columns)

        assert name_of(columns) == {"email": first, "email_again": second}
        assert choice.notes == (
            f'"{second}" repeats the addresses of "{first}"; a row in which the two differ is held.',
        )


def test_two_plain_columns_that_agree_are_compared():
    assert name_of({"Email": OWN, "Mail": OWN}) == {"email": "Email", "email_again": "Mail"}


def test_column_with_the_same_addresses_fills_empty_cells():
    """The person has written the address once, in either column."""
    rows, _ = read("Name,Email,Mail\nAnn,a@x.example,a@x.example\nBob,,b@x.example\nCy,c@x.example,\n")

    assert rows["email_as_given"].tolist() == ["a@x.example", "b@x.example", "c@x.example"]


def test_row_in_which_two_columns_differ_is_held():
    """Case and blanks do not matter, and an empty cell is no other address."""
    rows, _ = read(
        "Name,Email,Confirm Email\nAnn,a@x.example, A@X.example\nBob,b@x.example,c@x.example\nCy,d@x.example,\n"
    )

    assert rows["disposition"].tolist() == ["", "held", ""]
    assert rows["reason"].tolist() == ["", "contradicting_addresses", ""]


@pytest.mark.parametrize("name", ["Work email (if different)", "Dienstliche E-Mail (falls abweichend)"])
def test_column_for_a_different_address_falls_back_row_by_row(name):
    choice, _ = chosen({"Email Address": OWN, name: RARE_OTHER})

    assert name_of({"Email Address": OWN, name: RARE_OTHER}) == {"email": name, "email_fallback": "Email Address"}
    assert choice.notes == (f'Where "{name}" is empty, the address comes from "Email Address".',)


def test_mostly_empty_column_that_agrees_falls_back_row_by_row():
    assert name_of({"Email": OWN, "Work Email": RARE}) == {"email": "Work Email", "email_fallback": "Email"}


@pytest.mark.parametrize("rare", [RARE_OTHER, [*RARE[1:], "new@corp.example"], [""] * 6])
def test_mostly_empty_column_that_does_not_agree_is_asked_about(rare):
    assert '"Work Email", "Email"' in question({"Email": OWN, "Work Email": rare})


def test_better_column_is_taken_and_the_plain_one_is_said():
    choice, _ = chosen({"Email": HOME, "Work Email": OWN})

    assert name_of({"Email": HOME, "Work Email": OWN}) == {"email": "Work Email"}
    assert choice.notes == ('"Email" has other addresses than "Work Email" and was not used.',)


def test_question_of_a_form_is_a_name_like_any_other():
    assert name_of({"Email Address": HOME, "What is your work email?": OWN}) == {"email": "What is your work email?"}


def test_better_column_fills_its_gaps_from_a_plain_one_that_agrees():
    gaps = [*OWN[:4], "", ""]

    assert name_of({"Email": OWN, "Work Email": gaps}) == {"email": "Work Email", "email_fallback": "Email"}


def test_plain_column_with_other_addresses_fills_no_gaps_and_is_said():
    choice, _ = chosen({"Email": [*[""] * 4, *HOME[4:]], "Work Email": [*OWN[:4], "", ""]})

    assert choice.columns.keys() == {"email", "employee_id", "name"}
    assert choice.notes == ('"Email" has other addresses than "Work Email" and was not used.',)


def test_better_name_over_shared_addresses_is_asked_about_in_a_small_file():
    """Three rows are too few to tell whose the repeated address is."""
    firm = ["info@x.example", "info@x.example", "office@y.example"]
    rows = list(zip("123", OWN, firm, strict=False))

    with pytest.raises(Unreadable, match='"Company Email", "Email" may each'):
        column_choice(["Employee ID", "Email", "Company Email"], rows, email_column=None)


def test_name_with_an_unknown_word_needs_addresses_that_hardly_repeat():
    """A mentor has one or two people."""
    mentors = [OWN[0], OWN[0], OWN[1], OWN[1], *OWN[2:4]]

    assert '"Zorg Work Email"' in question({"Zorg Work Email": mentors})


def test_same_address_in_another_form_is_no_contradiction():
    rows, _ = read(
        "Name,Email,Confirm Email\nAnn,Ann <a@x.example>,mailto:A@x.example\nBob,b@x.example,<c@x.example>\n"
    )

    assert rows["disposition"].tolist() == ["", "held"]


def test_label_below_a_name_says_whose_the_addresses_are():
    """SuccessFactors writes keys, then labels."""
    keys, labels = ["USERID", "custom01"], ["User ID", "HR Business Partner Email"]

    with pytest.raises(Unreadable, match='"custom01"'):
        column_choice(keys, list(zip("123456", OWN, strict=True)), email_column=None, labels=labels)


def test_cells_that_are_no_addresses_are_no_contradiction():
    rows, _ = read("Name,Email,Confirm Email\nAnn,a@x.example,a@x.example\nBob,b@x.example,n/a\nCy,-,c@x.example\n")

    assert rows["disposition"].tolist() == ["", "", ""]


OTHERS = [f"{name}@corp.example" for name in ("kim.day", "lea.moss", "max.paz", "nia.elm", "oz.berg", "pia.luz")]


@pytest.mark.parametrize("name", ["Zorg Email", "Zorg Work Email", "Email 2", "Kontakt"])
def test_unclear_name_over_addresses_like_nobody_in_their_rows_is_asked_about(name):
    assert f'"{name}"' in question({name: OTHERS})
    assert name_of({name: OTHERS, "Email": OWN}) == {"email": "Email"}


@pytest.mark.parametrize(
    "people",
    [
        {"氏名": ["山田太郎", "鈴木花子", "佐藤次郎", "田中三郎", "伊藤四郎", "渡辺五郎"]},
        {"Employee ID": ["101", "102", "103", "104", "105", "106"], "Name": STAFF},
        {"Ort": STAFF},
    ],
)
def test_addresses_that_need_not_resemble_names_are_read(people):
    """Names in other alphabets are spelt in many ways, ids may be in addresses, and some files have no names."""
    addresses = [f"e{number}@corp.example" for number in range(101, 107)]
    table = {**people, "Zorg Email": addresses}

    choice = column_choice(list(table), list(zip(*table.values(), strict=True)), email_column=None)

    assert list(table)[choice.columns["email"]] == "Zorg Email"


def test_nameless_column_of_other_addresses_is_asked_about():
    """One heading may stand over two columns, the private and the work address."""
    why = question({"E-Mail": HOME, "": OWN})

    assert why.endswith(
        '"E-Mail", "" (column D) may each hold the work address; choose with --email-column C or --email-column D'
    )
    assert name_of({"Work Email": OWN, "": HOME}) == {"email": "Work Email"}
    assert name_of({"Email": OWN, "": OWN}) == {"email": "Email"}


def test_primary_address_of_a_mailbox_wins_over_the_login():
    logins = [f"{name[0]}{name[-3:]}@corp.onmicrosoft.example" for name in STAFF]

    columns = {"UserPrincipalName": logins, "EmailAddresses": logins, "PrimarySmtpAddress": OWN}
    assert name_of(columns) == {"email": "PrimarySmtpAddress"}


@pytest.mark.parametrize("label", ["E-mail 1 - Label", "E-mail 1 - Type"])
def test_label_of_a_numbered_address_is_its_type(label):
    choice, header = chosen({label: ["Home"] * 6, "E-mail 1 - Value": HOME})

    assert header[choice.columns["address_type"]] == label


def test_addresses_under_a_name_of_something_else_are_asked_about():
    """The cells may stand one column to the right of their names."""
    assert '"Work Email" holds no addresses, but "Department" does' in question(
        {"Work Email": STAFF, "Department": OWN}
    )


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("User Name", "a column of logins"),
        ("Zorg Email", "whose name does not say whose addresses it holds"),
        ("Kontakt", "whose name does not say whose addresses it holds"),
    ],
)
def test_likely_choice_is_said(name, doubt):
    choice, _ = chosen({name: OWN})

    assert choice.notes == (f'The addresses come from "{name}", {doubt}.',)


def test_named_column_of_somebody_else_is_read_and_said():
    choice, _ = chosen({"Email": OWN, "Manager Email": HEADS}, email_column="Manager Email")

    (note,) = choice.notes
    assert note.startswith('The addresses come from "Manager Email", as --email-column says, although its name says ')


def test_each_column_of_addresses_has_its_reason():
    choice, _ = chosen({"Email": OWN, "Manager Email": HEADS, "Confirm Email": OWN, "Work Email": HEADS, "Login": HOME})

    reasons = {
        column.name: (round(column.share, 2), round(column.distinct, 2), column.why)
        for column in choice.address_columns
    }
    assert reasons == {
        "Email": (1, 1, "chosen, since its name means the people's addresses"),
        "Manager Email": (
            1,
            0.33,
            "not used, since its name says that the addresses are private, spare or somebody else's",
        ),
        "Confirm Email": (1, 1, "compared with the chosen column"),
        "Work Email": (1, 0.33, "not used, since many people share its addresses"),
        "Login": (1, 1, "not used, since another column has a better name or more addresses"),
    }


@st.composite
def tables(draw):
    """Draw a table with the people's own addresses, or without them, among the addresses of others; and the truth."""
    size = draw(st.integers(4, 9))
    own = [f"p{n}.own@corp.example" for n in range(size)]
    ids = {"Employee ID": [f"{n}" for n in range(size)], "Name": [f"Person {n}" for n in range(size)]}
    decoys = {}
    for name in draw(st.lists(st.sampled_from(SOMEBODY_ELSES), unique=True, max_size=3)):
        decoys[name] = [f"{draw(st.sampled_from('xyz'))}{n}.other@corp.example" for n in range(size)]
    for name in draw(st.lists(st.sampled_from(ANY_NAME), unique=True, max_size=2)):
        heads = draw(st.integers(1, size // 2))
        decoys[name] = [f"head{n % heads}.other@corp.example" for n in range(size)]
    mine = draw(st.sampled_from([*THEIR_OWN, None]))
    columns = {**ids, **decoys, **({mine: own} if mine else {})}
    order = draw(st.permutations(list(columns)))
    rows = list(zip(*(columns[name] for name in order), strict=True))
    rows += draw(st.lists(st.sampled_from(rows), max_size=2))  # people on two positions
    return order, rows


NAMES = Path(__file__).parents[2] / "cases" / "column_names"
THEIR_OWN = (NAMES / "theirs.txt").read_text(encoding="utf-8").splitlines()
SOMEBODY_ELSES = (NAMES / "not_theirs.txt").read_text(encoding="utf-8").splitlines()
ANY_NAME = [
    "Office Email",
    "Zorg Work Email",
    "Firmen-E-Mail",
    "Wibble E-mail",
    "Email Address",
    "Kontakt",
    "Anlaufstelle",
]


@examples(2)
@given(tables())
def test_nobody_is_read_with_an_address_that_is_not_their_own(table):
    """In any order and language; the addresses of others repeat, or their column says whose they are."""
    order, rows = table
    text = io.StringIO()
    csv.writer(text).writerows([order, *rows])

    try:
        frame, _ = read(text.getvalue())
    except Unreadable:
        return

    assert frame["email_as_given"].str.contains(".own@", regex=False).all(), order
    assert len(frame) == len(rows)
