"""Strings that break programs go through a whole run: read, reported in every form, and in no log."""

import csv
import io
import re
from html.parser import HTMLParser

import openpyxl
from workspace import account_flags

CANARY = "canary.person"
NASTY = [
    "=1+1", "=cmd|' /C calc'!A0", "+1-1", "-2+3", "@SUM(1)", "\t=1", "＝1+1", "＋1", "－1", "＠x",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "</td></tr></table>",
    "{{7*7}}", "{% raw %}", "${7*7}", "%s%n%d", "'; DROP TABLE invites; --", '" OR 1=1 --', "\\x00\\n\\r",
    "a\nb", "a\r\nb", 'say "hi"', "a;b|c\td", "'quoted'", "NULL", "None", "NaN", "TRUE", "1E5", "00123", "1/2",
    "2026-01-01", "\u202egnirts desrever", "\u200bzero\u200bwidth", "\ufeffbom", "Ω≈ç√∫", "ﷺ", "👩‍👩‍👧‍👦", "e\u0301",
    "İstanbul", "ß", "x" * 40_000, " leading", "trailing ", "../../etc/passwd", "C:\\con\\nul", "&lt;b&gt;", "]]>",
    "<!--", "_x0041_", "\u2028line", "🏳️‍🌈" * 50,
]  # fmt: skip
"""Of our own making, after the kinds that are known for it: formulas, markup, templates, quotes, words that are values,
directions, widths, lengths."""


class Tags(HTMLParser):
    """Keep the tags of a page, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data


def export() -> str:
    """Return an export that has each of them as a name with a good address, and as an address."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["Employee ID", "Name", "Work Email"])
    for number, nasty in enumerate(NASTY):
        writer.writerow([f"N{number}", nasty, f"{CANARY}{number}@example.com"])
        writer.writerow([f"A{number}", f"Person {number}", nasty])
    return text.getvalue()


def test_nothing_becomes_live_breaks_or_reaches_a_log(workspace, sandbox):
    name = workspace.write("nasty.csv", export())

    every_row = ("--max-rejected", "100%")
    done = workspace.onboard("run", name, *account_flags(sandbox), *every_row, "--handoff", "--log-level", "debug")

    (run,) = workspace.runs()
    lines = workspace.report(run)
    assert done.code == 0, done.messages
    assert len(lines) == 2 * len(NASTY) == workspace.summary()["rows_read"]
    assert [line["disposition"] for line in lines[::2]] == ["invited"] * len(NASTY)
    live = re.compile("^[=+\\-@\t\r\n\0＝＋－＠]")
    assert not [cell for line in lines for cell in line.values() if live.match(cell)]
    assert CANARY not in done.err + done.out
    _check_page((run / "report.html").read_text(encoding="utf-8"))
    _check_workbook(run / "handoff.xlsx")


def _check_page(page) -> None:
    parser = Tags()
    parser.feed(page)
    tags = [tag for tag, _ in parser.tags]
    assert tags.count("script") == 2  # the rows to look up, and the script
    assert "img" not in tags
    assert not [name for _, attributes in parser.tags for name in attributes if name.startswith("on")]
    assert not [
        value for _, attributes in parser.tags for value in attributes.values() if "javascript:" in (value or "")
    ]
    assert "<script>alert(1)</script>" in parser.text
    assert "{{7*7}}" in parser.text


def _check_workbook(path) -> None:
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]
