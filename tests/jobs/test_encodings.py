"""Runs whose exports are in an encoding that is guessed."""

from workspace import account_flags

HELD = "The address depends on a guess of the encoding; name the encoding with --encoding."
NOT_SENT = "The name is not sent, since it depends on a guess of the encoding; name the encoding with --encoding."

UNSURE = "Name,Email\nXøla Xørbæ,x@corp.example\nAnn Lee,ann@corp.example\nBo Ek,bo@xøla.example\n"


def test_unsure_guess_sends_no_name_and_no_address_that_depend_on_it(workspace, sandbox):
    """The people with ASCII addresses are invited all the same, and the report says what was left out."""
    export = workspace.folder / "staff.csv"
    export.write_bytes(UNSURE.encode("mac-roman"))

    done = workspace.onboard("run", export.name, *account_flags(sandbox))

    lines = [(line["disposition"], line["name"], line["detail"]) for line in workspace.report()]
    assert lines == [("invited", "", NOT_SENT), ("invited", "Ann Lee", ""), ("held", "Bo Ek", HELD)]
    (facts,) = workspace.summary()["inputs"]
    assert (facts["encoding"], facts["guessed"]) == ("mac-roman", True)
    assert facts["notes"][0].startswith("Names and addresses that depend on the guess are not sent, since")
    assert done.code == 0


def test_named_encoding_settles_what_was_unsure(workspace, sandbox):
    """So the advice of the report works."""
    export = workspace.folder / "staff.csv"
    export.write_bytes(UNSURE.encode("mac-roman"))

    workspace.onboard("run", export.name, *account_flags(sandbox), "--encoding", "mac-roman")

    lines = [(line["disposition"], line["name"], line["detail"]) for line in workspace.report()]
    assert lines == [("invited", "Xøla Xørbæ", ""), ("invited", "Ann Lee", ""), ("invited", "Bo Ek", "")]
