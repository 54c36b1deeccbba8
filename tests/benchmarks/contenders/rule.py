"""Which address does a cell hold? The rule that all contenders follow, written again without a data frame.

``PLAIN`` is the expression of ``onboarding.addresses``. Of what that module's cleaner mends, ``mended`` mends what
the exports of ``tests/support/large_export.py`` hold. Importing it costs no contender the start of a library that it
does not use.
"""

import re
import unicodedata
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

WHITE_SPACE = " \t\n\r\v\f"
PLAIN_LIMIT_BYTES = 66

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_LAST_LABEL = r"(?:[a-z]{2,3}|info|name|mobi|jobs|asia|coop|aero|example|online|cloud|email|group|global|agency)"
PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LAST_LABEL}$"
"""Holds for ASCII alone: a Unicode lower-casing before it takes a foreign letter for an ASCII one."""

NEUTRALISED = r"^[=+\-@\t\r\n\x00＝＋－＠]"
"""Cells that get a leading ``'`` in the report."""

CONSTANTS = {
    "destination": "chime",
    "account": "sandbox-team",
    "chunk": None,
    "attempts": None,
    "invite_id": "",
    "invite_status": "",
    "email_status": "",
    "decided_at": "2026-11-22T00:00:00.000000+00:00",
}
"""The last columns of the report, which are the same in each line where nothing is sent."""

RUN_ID = "20261122T000000Z-000000"

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class Verdict(NamedTuple):
    """What email-validator says of a cell. ``reason`` is empty where it holds an address."""

    email: str = ""
    key: str = ""
    reason: str = ""
    detail: str = ""


def examine(cell: str) -> Verdict:
    """Mend a cell and let email-validator decide."""
    address = mended(cell)
    if not address:
        return Verdict(reason="missing", detail="The row has no address; enter one.")
    try:
        valid = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return Verdict(reason="invalid_syntax", detail=str(error))
    local = unicodedata.normalize("NFC", valid.local_part.casefold())
    return Verdict(email=valid.normalized, key=f"{local}@{valid.ascii_domain}")


def mended(cell: str) -> str:
    """Return the cell without outer space, invisible characters, ``mailto:`` and angle brackets."""
    address = _INVISIBLE.sub("", cell).strip().removeprefix("mailto:")
    return address[1:-1].strip() if address.startswith("<") and address.endswith(">") else address
