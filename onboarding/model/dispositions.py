"""The dispositions of rows, and the reasons for dispositions, as reports name them. The module loads no pandas."""

from enum import StrEnum


class Disposition(StrEnum):
    """What happened to a row of an export. Every row after the header has exactly one disposition."""

    INVITED = "invited"
    ALREADY = "already"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    HELD = "held"
    IGNORED = "ignored"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DEFERRED = "deferred"
    PLANNED = "planned"


NOT_PEOPLE = (Disposition.IGNORED, Disposition.DUPLICATE)
"""The dispositions of rows that add no person to the count: rows that are no records, and duplicates."""

TO_CORRECT = (Disposition.REJECTED, Disposition.HELD, Disposition.FAILED)
"""The dispositions of rows that a corrected address may turn into invitations."""


class Reason(StrEnum):
    """The reasons why a row has its disposition.

    A row without a disposition is open. The run invites the person of an open row with the reason ``AGAIN`` once more.
    It invites the person of an open row with the reason ``ANSWERED`` at an address that HR has confirmed or entered.
    """

    AGAIN = "again"
    ANSWERED = "answered"
    INVITED_EARLIER = "invited_earlier"
    OTHER_ACCOUNT = "other_account"
    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    OTHER_STATUS = "other_status"
    SAME_ADDRESS = "same_address"
    SAME_ADDRESS_OTHER_EMPLOYEE = "same_address_other_employee"
    SAME_EMPLOYEE_OTHER_ADDRESS = "same_employee_other_address"
    NOT_A_PERSON = "not_a_person"
    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    NOT_SELECTED = "not_selected"
    SKIPPED_BY_RULE = "skipped_by_rule"
    PRIVATE_ADDRESS = "private_address"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    DOMAIN_DENIED = "domain_denied"
    ON_EXCLUSION_LIST = "on_exclusion_list"
    LEFT_OUT = "left_out"
    MISSING = "missing"
    INVALID_SYNTAX = "invalid_syntax"
    SEVERAL_ADDRESSES = "several_addresses"
    CONTRADICTING_ADDRESSES = "contradicting_addresses"
    CONTRADICTING_STATUS = "contradicting_status"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_ADDRESS_TYPE = "unknown_address_type"
    UNREADABLE_DATE = "unreadable_date"
    MISALIGNED_ROW = "misaligned_row"
    GUESSED_ENCODING = "guessed_encoding"
    HIDDEN_ROW = "hidden_row"
    UNDECIDED_RULE = "undecided_rule"
    UNCLEAR_ANSWER = "unclear_answer"
    NO_ACCOUNT = "no_account"
    UNKNOWN_GROUP = "unknown_group"
    DAMAGED_TEXT = "damaged_text"
    UNUSUAL_CHARACTERS = "unusual_characters"
    LOOK_ALIKE = "look_alike"
    MIXED_SCRIPT = "mixed_script"
    DISPOSABLE_DOMAIN = "disposable_domain"
    NO_SUCH_DOMAIN = "no_such_domain"
    ROLE_ADDRESS = "role_address"
    SHARED_ADDRESS = "shared_address"
    NEW_DOMAIN = "new_domain"
    NEAR_MISS_DOMAIN = "near_miss_domain"
    REFUSED_REPEATEDLY = "refused_repeatedly"
    BLANK_ROW = "blank_row"
    FOOTER = "footer"
    REPEATED_HEADER = "repeated_header"
    EXAMPLE_ROW = "example_row"
    HINT_ROW = "hint_row"


OUTSIDE_OF_RUN = (Reason.NOT_SELECTED, Reason.SKIPPED_BY_RULE)
"""The reasons of excluded rows that the rules of ``--only`` and ``--skip`` leave out of the run."""
