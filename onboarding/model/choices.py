"""TODO."""

from enum import StrEnum


class DateOrder(StrEnum):
    """In which order a date of three numbers is written."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"
