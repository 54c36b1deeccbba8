"""Files that are no delimited text get one true sentence with the way out."""

import pytest

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.foreign_formats import refuse_foreign_formats, refuse_wrapped_lines

FOREIGN = {
    "html": (b"<html><body>", "this is a web page"),
    "a bare table": (b"<div><table><tr><td>a@example.com", "this is a web page"),
    "a style first": (b'<style>td{mso-number-format:"\\@"}</style>', "this is a web page"),
    "a comment first": (b"<!-- made by a portal --><table>", "this is a web page"),
    "mhtml": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a web page that was saved with its pictures"),
    "xml": (b'<?xml version="1.0"?><people>', "this is XML"),
    "soap": (b"<soap:Envelope>", "this is XML"),
    "spreadsheetml": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "this is a workbook in XML",
    ),
    "json list": (b'[\n  {\n    "id": 1', "this is JSON"),
    "json object": (b'{\n "people": []', "this is JSON"),
    "json rows": (b'[["a","b"]]', "this is JSON"),
    "ldif": (b"dn: CN=Ann Lee,DC=example,DC=com\n", "this is LDIF"),
    "ldif with a version": (b"version: 1\ndn: CN=Ann Lee", "this is LDIF"),
    "ldif with a comment": (b"# made on Monday\ndn: CN=Ann Lee", "this is LDIF"),
    "ldif with a blank line": (b"version: 1\n\ndn: CN=Ann Lee", "this is LDIF"),
    "sql": (b"INSERT INTO people (id, mail) VALUES (1, 'a@example.com');", "this is SQL"),
    "yaml": (b"people:\n  - name: Ann\n    email: a@example.com\n", "this is YAML"),
    "yaml document": (b"---\n- name: Ann\n  email: a@example.com\n", "this is YAML"),
    "dif": (b'TABLE\r\n0,1\r\n"EXCEL"\r\n', "this is a spreadsheet in DIF"),
    "rtf": (b"{\\rtf1", "a document of a word processor"),
    "pdf": (b"%PDF-1.7", "a PDF document"),
    "vcard": (b"BEGIN:VCARD\n", "a list of contacts"),
}


@pytest.mark.parametrize(("head", "says"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_formats_are_called_what_they_are(head, says):
    with pytest.raises(Unreadable, match=says):
        refuse_foreign_formats(head)


@pytest.mark.parametrize(
    "head",
    [
        b"Employee ID,Email\n1,a@example.com\n",
        b"<ann@example.com>\n<bob@example.com>\n",
        b"[Required] Email,Name\n",
        b"{name},Email\n",
        b"Email:\n- a@example.com\n",
        b"Table\nName,Email\n",
        b"# people of March\nName,Email\n",
        b'"<b>","Email"\n',
    ],
)
def test_texts_are_left_to_the_reader_of_csv(head):
    refuse_foreign_formats(head)


@pytest.mark.parametrize(
    "rows",
    [
        [["Employee ID,Name,Work Email"], ["1,Ann Lee,ann@example.com"], ["2,Bob,bob@example.com"]],
        [["Employee ID", "Name", "Work Email"], ["1,Ann Lee,ann@example.com"], ["2,Bob,bob@example.com"]],
        [['Employee ID,"Name","Work Email"'], ['1,"Lee, Ann","ann@example.com"'], []],
        [["Employee ID;Name;Work Email"], ["1;Ann;ann@example.com"]],
    ],
)
def test_rows_that_are_one_cell_are_refused(rows):
    with pytest.raises(Unreadable, match="each row is one cell that holds"):
        refuse_wrapped_lines(rows, (",", ";"))


@pytest.mark.parametrize(
    "rows",
    [
        [["Email"], ["a@example.com"]],
        [["Name", "Email"], ["Lee, Ann", "a@example.com"]],
        [["Email"], ["a@example.com, b@example.com"]],
        [["Name", "Email"], ["Total, 5"]],
        [],
    ],
)
def test_usual_rows_are_not(rows):
    refuse_wrapped_lines(rows, (",", ";"))
