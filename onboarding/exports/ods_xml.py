"""Find the hidden rows of an ``.ods`` workbook in its XML, since the library that reads cells does not report them.

A single file inside the ``.ods`` contains all sheets. One row in the XML may mean many equal rows. Like ``sheet_xml``,
this module searches for tags block by block, and runs in the child process of ``workbook_child``. It imports no other
module of the package than ``sheet_xml``.
"""

import re
import zipfile

from onboarding.exports.sheet_xml import ROWS, SheetFindings

_BLOCK = 2**20
_LONGEST_TEXT = 2**26
_TAG = re.compile(rb"<table:table(-row)?(?=[\s/>])([^<>]*)>")
_HIDDEN = re.compile(rb"""\stable:visibility\s*=\s*["'](?:filter|collapse)["']""")
_REPEATED = re.compile(rb"""\stable:number-rows-repeated\s*=\s*["'](\d{1,9})["']""")


class OpenDocumentXml:
    """The XML of an ``.ods`` workbook. ``findings`` returns the facts about a sheet."""

    def __init__(self, path: str) -> None:
        """Search the XML of all sheets.

        Raises ``LookupError`` if the file contains no such XML, or if a text in the XML is too long. Errors of
        ``zipfile`` and ``zlib`` reach the caller unchanged.
        """
        self._sheets: list[SheetFindings] = []
        self._row = 0
        rest = b""
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as part:
            while block := part.read(_BLOCK):
                text = rest + block
                cut = text.rfind(b"<")
                rest = text[max(cut, 0) :]
                if len(rest) > _LONGEST_TEXT:
                    raise LookupError("the XML holds a longer text than any cell")
                self._search(text[: max(cut, 0)])
        self._search(rest)

    def findings(self, index: int) -> SheetFindings:
        """Return the hidden rows of the sheet at this index. Raises ``LookupError`` if there is no such sheet."""
        return self._sheets[index]

    def _search(self, text: bytes) -> None:
        for is_row, about in _TAG.findall(text):
            if not is_row:
                self._sheets.append(SheetFindings())
                self._row = 0
                continue
            repeated = _REPEATED.search(about)
            end = self._row + (int(repeated[1]) if repeated else 1)
            if _HIDDEN.search(about):
                hidden, last = self._sheets[-1].hidden_rows, min(end, ROWS)
                hidden.extend(bytes(max(0, last - len(hidden))))
                hidden[self._row : last] = b"\1" * max(0, last - self._row)
            self._row = end
