"""Ask email-validator whether an address is valid.

When the library is loaded, it compiles long expressions. This takes about as long as the reading of a small export.
Most exports have only addresses that ``odd_cells`` and ``normalise`` can judge without the library. So this module
loads the library at the first question.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email_validator import ValidatedEmail


def validate(address: str) -> "ValidatedEmail":
    """Return the normal form of an address and of the address's parts, without a request to the network.

    Raises ``ValueError`` if the address is not valid. The text of the error is a sentence for a person.
    """
    from email_validator import validate_email  # noqa: PLC0415 - slow to load, and seldom needed

    return validate_email(address, check_deliverability=False, strict=True)


@cache
def special_use_domains() -> tuple[str, ...]:
    """Return the domains, such as ``local``, that email-validator refuses, since they have a special use."""
    from email_validator import SPECIAL_USE_DOMAIN_NAMES  # noqa: PLC0415 - as above

    return tuple(SPECIAL_USE_DOMAIN_NAMES)
