"""``onboard inspect`` says how exports are read, offline, and writes nothing."""

from documents import checked

EXPORT = """Employee ID,Name,Work Email,Status
E1,Ana Ruiz,ana@example.com,Active
E2,Bo Lee,bo@example.com,Terminated
E3,Cy Fox,cy@example@com,Active
"""


def test_export_is_explained_without_an_account(workspace):
    name = workspace.write("people.csv", EXPORT)

    done = workspace.onboard("inspect", name)

    assert done.code == 0, done.messages
    assert done.out.splitlines() == [
        f"{name}: text, utf-8, cells separated by commas, header in row 1.",
        '  Addresses from "Work Email"; who works there from "Status".',
        "  3 rows. To be invited: 1, Excluded: 1, Rejected: 1.",
        "  row 2: ana@example.com - To be invited.",
        "  row 3: bo@example.com - Excluded. Left the company, or the account is switched off. Status = Terminated",
        "  row 4: cy@example@com - Rejected. The part after the @-sign contains invalid characters: '@'.",
    ]
    assert workspace.runs() == []


def test_rows_that_are_not_shown_are_counted(workspace):
    done = workspace.onboard("inspect", workspace.export(12))

    assert done.out.splitlines()[-1] == "  and 2 more rows."


def test_refused_export_does_not_hide_the_others(workspace):
    bad = workspace.write(
        "bad.csv", "Work Email,Work E-mail\na@example.com,b@example.com\nc@example.com,d@example.com\n"
    )
    good = workspace.write("good.csv", EXPORT)

    done = workspace.onboard("inspect", bad, good, "--json")

    refused, read = checked("inspect", done.out)["exports"]
    assert done.code == 4
    assert refused["source"] == bad
    assert "choose with --email-column" in refused["refused"]
    assert read["facts"]["columns"]["email"] == "Work Email"
    assert read["counts"] == {"planned": 1, "excluded": 1, "rejected": 1}
    assert read["rows"][1]["reason"] == "inactive"


def test_no_address_reaches_the_log(workspace):
    name = workspace.write("people.csv", EXPORT)

    done = workspace.onboard("inspect", name, "--log-level", "debug")

    assert "@example.com" not in done.err


def test_without_an_export_it_says_what_to_name(workspace):
    done = workspace.onboard("inspect")

    assert done.code == 2
    assert done.messages == ["onboard: no export was named: give a file, a folder, a pattern or an s3:// URI"]


def test_question_about_a_column_of_an_unknown_name_is_answered_as_it_says(workspace):
    name = workspace.write("people.csv", "Email,Fallout\nana@example.com,Active\nbo@example.com,Terminated\n")
    words = workspace.write("own.toml", 'status_words = {active = ["Terminated"], inactive = ["Active"]}\n')

    asked = workspace.onboard("inspect", name)
    used = workspace.onboard("inspect", name, "--status-column", "Fallout")
    ignored = workspace.onboard("inspect", name, "--ignore-column", "Fallout")
    turned = workspace.onboard("inspect", name, "--status-column", "Fallout", "--config", words)

    assert asked.code == 4
    assert '"Fallout" may say who has left' in asked.out
    assert "--status-column" in asked.out
    assert "2 rows. To be invited: 1, Excluded: 1." in used.out
    assert "2 rows. To be invited: 2." in ignored.out
    assert "no column says who has left" in ignored.out
    assert "row 2: ana@example.com - Excluded." in turned.out
