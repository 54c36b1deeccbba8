"""What the settings of a run choose from: orders of dates, and suspicions that hold a row. It loads no pandas."""

from enum import StrEnum

from onboarding.model.dispositions import Reason


class DateOrder(StrEnum):
    """In which order a date of three numbers is written."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


SUSPICIONS = (
    Reason.UNUSUAL_CHARACTERS,
    Reason.LOOK_ALIKE,
    Reason.MIXED_SCRIPT,
    Reason.DISPOSABLE_DOMAIN,
    Reason.ROLE_ADDRESS,
    Reason.NEAR_MISS_DOMAIN,
)
"""The reasons that may hold rows, in the order of the table."""

USUAL_SUSPICIONS = frozenset(SUSPICIONS) - {Reason.ROLE_ADDRESS}
"""The reasons that hold rows if no setting names others."""
