"""Recognise office documents other than workbooks among zip archives and compound files, by the parts inside."""

import zipfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import BinaryIO

from onboarding.exports.tables import Unreadable

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_LONGEST_TYPE = 100

AS_WORKBOOK = "export its table as .xlsx or CSV, and hand that in"

_BY_PART: Mapping[str, str] = MappingProxyType(
    {
        "word/": "a Word document",
        "ppt/": "a PowerPoint presentation",
        "visio/": "a Visio drawing",
        "index/tables/": "a document of Numbers",
        "index/": "a document of Numbers, Pages or Keynote",
        "meta-inf/container.xml": "an e-book",
    }
)
"""The kind of a document in a zip archive, by the beginning of a part's name in lower case."""

_BY_STREAM: Mapping[str, str] = MappingProxyType(
    {
        "WordDocument": "an old Word document",
        "PowerPoint Document": "an old PowerPoint presentation",
        "__substg1.0_": "an e-mail or contact of Outlook",
        "VisioDocument": "an old Visio drawing",
    }
)
"""The kind of a document in a compound file, by the beginning of a stream's name."""

STREAMS = tuple((name.encode("utf-16-le"), what) for name, what in _BY_STREAM.items())
"""Bytes by which the job recognises a document in a compound file, each with the kind of the document."""


def zipped_document(parts: Collection[str]) -> str:
    """Return the kind of the document with these parts in its zip archive, or an empty text for no document."""
    names = [part.replace("\\", "/").lower() for part in parts]
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        kinds = [part for part in _BY_PART if part.startswith("index")]
    elif "[content_types].xml" in names or "mimetype" in names:
        kinds = [part for part in _BY_PART if not part.startswith("index")]
    else:
        return ""  # an archive, and no document
    return next((_BY_PART[part] for part in kinds if any(name.startswith(part) for name in names)), "")


def refuse_other_open_document(archive: BinaryIO) -> None:
    """Raise ``Unreadable`` if an OpenDocument archive is a text or a presentation instead of a spreadsheet."""
    with suppress(KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, RuntimeError):
        with zipfile.ZipFile(archive) as document, document.open("mimetype") as part:
            kind = part.read(_LONGEST_TYPE).decode("latin-1")
        if kind.startswith(_OPEN_DOCUMENT) and "spreadsheet" not in kind:
            raise Unreadable(f"this is an OpenDocument {kind.removeprefix(_OPEN_DOCUMENT)}; {AS_WORKBOOK}")
