"""Who is a candidate, from the export to the report."""

import pytest

HEADER = "Employee #,Work Email,Status,Employment Status,Hire Date,Termination Date"


def people(*records):
    """Return an export with one person for each record of the last four columns."""
    rows = [f"{number},p{number}@corp.example,{record}" for number, record in enumerate(records, 1)]
    return "\n".join([HEADER, *rows]) + "\n"


def fates(workspace):
    """Return what became of each row."""
    return [(line["disposition"], line["reason"]) for line in workspace.report()]


def test_active_people_only(workspace):
    """A word of each kind, and dates that are past or to come for long."""
    export = workspace.write(
        "bamboo.csv",
        people(
            "Active,Full-Time,03/15/2019,",
            "Inactive,Terminated,03/04/2019,04/30/2020",
            "Active,Terminated,03/04/2019,",
            "Wibble,Full-Time,03/04/2019,",
            "Active,Full-Time,12/31/2099,",
            "Active,Full-Time,03/04/2019,04/05/2020",
            "Active,Full-Time,13/13/2019,",
        ),
    )

    done = workspace.onboard("run", export, "--sandbox")

    assert done.code == 0
    assert fates(workspace) == [
        ("invited", ""),
        ("excluded", "inactive"),
        ("held", "contradicting_status"),
        ("held", "unknown_status"),
        ("excluded", "not_started"),
        ("excluded", "ended"),
        ("held", "unreadable_date"),
    ]
    assert workspace.summary()["inputs"][0]["date_order"] == "mdy"
    details = [line["detail"] for line in workspace.report()]
    assert '"Wibble" in column "Status"' in details[3]
    decided = ("Status = Inactive", "Hire Date = 12/31/2099", "Termination Date = 04/05/2020")
    assert (details[1], details[4], details[5]) == decided


def test_starts_before_invites_ahead(workspace):
    export = workspace.write("bamboo.csv", people("Active,,2099-01-31,", "Hired,,2099-01-31,", "Active,,2099-02-01,"))

    workspace.onboard("run", export, "--sandbox", "--starts-before", "2099-02-01")

    assert fates(workspace) == [("invited", ""), ("invited", ""), ("excluded", "not_started")]


def test_run_is_refused_where_a_date_decides_and_may_be_two(workspace):
    """12 January or 1 December: nothing is sent before somebody says which."""
    export = workspace.write("bamboo.csv", people("Active,,01/02/2019,", "Active,,01/12/2099,"))

    done = workspace.onboard("run", export, "--sandbox", "--starts-before", "2099-06-01")

    assert done.code == 4
    (said,) = done.messages
    assert 'bamboo.csv: row 3: the day or the month may come first in "Hire Date", and that decides' in said
    assert "--date-order" in said
    assert done.logged("chunk.settled") == []


@pytest.mark.parametrize(("order", "fate"), [("mdy", ("invited", "")), ("dmy", ("excluded", "not_started"))])
def test_date_order_settles_it(workspace, order, fate):
    export = workspace.write("bamboo.csv", people("Active,,01/12/2099,"))

    workspace.onboard("run", export, "--sandbox", "--starts-before", "2099-06-01", "--date-order", order)

    assert fates(workspace) == [fate]


def test_any_date_of_the_file_may_settle_it(workspace):
    """However far down it stands; here the last of 50,000 rows is the first that can only be read one way."""
    records = ["Active,,01/12/2099,", *["Inactive,,01/02/2019,"] * 50_000, "Inactive,,01/25/2019,"]
    export = workspace.write("bamboo.csv", people(*records))

    workspace.onboard("plan", export, "--sandbox", "--starts-before", "2099-06-01")

    assert fates(workspace)[0] == ("planned", "")


def test_private_rows_of_oracle_are_excluded(workspace):
    """One row for each address of a person, who is invited once."""
    export = workspace.write(
        "oracle.dat",
        "PERSON_NUMBER|EmailAddress|EmailType\n"
        "7|ana@corp.example|W1\n7|ana@home.example|H1\n8|ben@home.example|H1\n8|ben@corp.example|W1\n",
    )

    workspace.onboard("run", export, "--sandbox")

    private, invited = ("excluded", "private_address"), ("invited", "")
    assert fates(workspace) == [invited, private, private, invited]


def test_directory_is_read_by_mail_or_else_by_user_principal_name(workspace):
    """And without its guests and closed accounts."""
    export = workspace.write(
        "entra.csv",
        "userPrincipalName,displayName,mail,userType,accountEnabled\n"
        "ana@tenant.example,Ana,ana.ruiz@corp.example,Member,True\n"
        "ben@tenant.example,Ben,,Member,True\n"
        "cem@tenant.example,Cem,cem@corp.example,Member,False\n"
        "dea@tenant.example,Dea,dea@other.example,Guest,True\n"
        "eve_other.example#EXT#@tenant.onmicrosoft.com,Eve,,Member,True\n",
    )

    workspace.onboard("run", export, "--sandbox")

    invited = [line["email"] for line in workspace.report() if line["disposition"] == "invited"]
    assert invited == ["ana.ruiz@corp.example", "ben@tenant.example"]
    assert fates(workspace)[2:] == [("excluded", "inactive"), *[("excluded", "not_a_person")] * 2]


def test_people_on_a_list_are_excluded(workspace):
    """By address or by id, in files of any kind."""
    export = workspace.write("bamboo.csv", people(*["Active,,,"] * 3))
    by_address, by_id = (
        workspace.write("a.txt", "P1@corp.example\n"),
        workspace.write("b.csv", "Name;Employee ID\nBen;2\n"),
    )

    workspace.onboard("run", export, "--sandbox", "--exclude", by_address, "--exclude", by_id)

    assert fates(workspace) == [*[("excluded", "on_exclusion_list")] * 2, ("invited", "")]
    places = ["Listed in a.txt: row 1.", "Listed in b.csv: row 2.", ""]
    assert [line["detail"] for line in workspace.report()] == places


def test_list_that_cannot_be_read_stops_the_run(workspace):
    """Before anything is sent."""
    export, spoilt = workspace.export(3), workspace.write("list.csv", "Email\nana(at)corp.example\n")

    done = workspace.onboard("run", export, "--sandbox", "--exclude", spoilt)

    assert done.code == 4
    assert "list.csv: row 2: no usable address; mend or delete it" in done.messages[0]
    assert "ana" not in done.err


def test_entries_of_a_list_that_matched_nobody_are_said(workspace):
    export = workspace.write("staff.csv", 'Employee ID,Work Email\n="00123",ana@example.com\nE2,ben@example.com\n')
    listed = workspace.write("left.txt", "00123\nzoe@example.com\n00999\n")

    done = workspace.onboard("plan", export, "--sandbox", "--exclude", listed)

    assert fates(workspace) == [("excluded", "on_exclusion_list"), ("planned", "")]
    assert f"2 of 3 entries of --exclude matched nobody in the exports: {listed}: row 2; {listed}: row 3." in done.out
    assert workspace.summary()["exclusions"]["unmatched"] == 2
    assert "zoe" not in done.out + "".join(done.messages)
