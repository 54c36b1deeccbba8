"""The words that HR systems use for the status of a person, an employment or an address.

``vocabulary.toml`` has the lists, and says how its words are written and where they come from.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path


def phrases(listed: str) -> list[str]:
    """Return the phrases of a list, which lines and commas separate."""
    return [phrase.strip() for phrase in listed.replace("\n", ",").split(",") if phrase.strip()]


def read_lists(path: Path) -> Mapping[str, str]:
    """Return the lists of words in a TOML file of this package, by name."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


_LISTS = {name: frozenset(phrases(text)) for name, text in read_lists(Path(__file__).with_suffix(".toml")).items()}


YES = _LISTS["yes"]
NO = _LISTS["no"]

AT_WORK = _LISTS["at_work"]
"""Employed and at work."""

ON_LEAVE = _LISTS["on_leave"]
"""Employed, and away for a while. These people are invited."""

NOT_YET = _LISTS["not_yet"]
"""Hired, and not yet at work. The start date decides."""

GONE = _LISTS["gone"]
"""No longer employed, or not allowed in: suspended, furloughed, deactivated."""

GONE_WHATEVER_FOLLOWS = _LISTS["gone_whatever_follows"]
"""First words that leave no doubt: ``Terminated for cause``, ``Suspended with pay``."""

GUESTS_AND_BOTS = _LISTS["guests_and_bots"]
"""Guests of another company, and software."""

NO_PERSON = GUESTS_AND_BOTS | _LISTS["no_person_beside_guests_and_bots"]
"""Guests, software and furniture."""

NO_PERSON_ANYWHERE = _LISTS["no_person_anywhere"]
"""Words that mark a type of user as no person wherever they stand: ``External guest (B2B)``."""

MEMBERS = _LISTS["members"]
"""Types of user for people of the organisation."""

TYPE_CODES = _LISTS["type_codes"]
"""Codes for temporary, full time, part time, contract and regular, in a column of employment types only."""

EMPLOYMENT_TYPES = AT_WORK | TYPE_CODES | _LISTS["other_employment_types"]
"""Employment types. All of them mean people at work."""

GONE_TYPES = GONE - {"t", "i", "term", "expired", "ended"}
"""Words for people who left, in a column of employment types. Codes mean different things there."""

AT_WORK_ADDRESS = _LISTS["at_work_address"]
"""Types of address that belong to the employer."""

PRIVATE_ADDRESS = _LISTS["private_address"]
"""Types of address that are the person's own, or spare."""
