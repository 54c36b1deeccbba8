"""Ask email-validator whether an address is valid.

The library takes as long to load as the job takes to read a small export, and most exports do not need the library. So
this module loads the library at the first question.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email_validator import ValidatedEmail


def validate(address: str) -> "ValidatedEmail":
    """Return the normal form of an address and of its parts, without a request to the network.

    Raises ``ValueError`` if the address is not valid. The text of the error is a sentence for a person.
    """
    from email_validator import validate_email  # noqa: PLC0415 - slow to load, and seldom needed

    return validate_email(address, check_deliverability=False, strict=True)


@cache
def special_use_domains() -> tuple[str, ...]:
    """Return the domains of special use, such as ``local``, which email-validator refuses."""
    from email_validator import SPECIAL_USE_DOMAIN_NAMES  # noqa: PLC0415 - as above

    return tuple(SPECIAL_USE_DOMAIN_NAMES)
