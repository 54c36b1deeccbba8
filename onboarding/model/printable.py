r"""Make text from outside safe to show on a terminal or in JSON: file names, headers, cells, messages of services.

Text from outside may contain control characters that steer a terminal, marks that reverse a line, and invisible
characters. ``printable`` writes each of these characters as a visible escape like ``\x1b``. ``json_document`` writes
JSON's own escapes, so that no text is lost and no text does harm. A CSV file keeps the text unchanged.
"""

import json
import re
from datetime import datetime

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Invisible characters that Python calls printable: fillers, joiners, variation selectors."""


def printable(text: str) -> str:
    """Return a text as one line in which every character is visible, and no character steers a terminal.

    Python's escapes replace control characters, line ends, bidirectional marks, zero-width characters, and unusual
    spaces. They also replace bytes of a file name that are no text, and characters unknown to Unicode.
    """
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)
    return _INVISIBLE.sub(lambda found: _escaped(found[0]), text)


def without_addresses(text: str) -> str:
    """Return a text as one line, with ``…`` in place of each word with an ``@``, which may be an address."""
    return " ".join("…" if "@" in word else word for word in text.split())


def json_document(document: object) -> str:
    """Return a document as indented JSON with a line end. Times become ISO-8601 texts.

    JSON's escapes replace the characters that ``printable`` would escape.
    """
    lines = json.dumps(document, indent=2, ensure_ascii=False, default=datetime.isoformat).split("\n")
    return "".join(f"{_escaped_for_json(line)}\n" for line in lines)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _escaped_for_json(line: str) -> str:
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)
    return _INVISIBLE.sub(lambda found: json.dumps(found[0])[1:-1], line)
