"""The settings of the guards: the limits beyond which a guard stops a run, and whether exports list all people."""

import re
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from onboarding.model.choices import RosterKind
from onboarding.model.guard_limits import GuardLimits, Limit
from onboarding.settings.fields import option_field
from onboarding.settings.filtering import FilterSettings

MOST_PEOPLE = 1_000_000_000

_LIMIT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%(?: ?, ?([0-9]{1,10}))?", re.ASCII)
_USUAL = GuardLimits()


def _read_limit(value: object, *, number: int) -> object:
    """Return the limit that a text like ``20%`` or ``20%,10`` names, or raise ``ValueError``.

    A limit is a share of the rows, and a number of rows that the guard always lets pass. If the text names only a
    share, this number is ``number``.
    """
    if isinstance(value, Limit):
        return value
    written = _LIMIT.fullmatch(value.strip()) if isinstance(value, str) else None
    if written is None or float(written[1]) > 100 or int(written[2] or 0) > MOST_PEOPLE:  # noqa: PLR2004 - per cent
        raise ValueError(f"write a share of the rows like 20%, or with the number that always passes: 20%,{number}")
    return Limit(float(written[1]) / 100, int(written[2] or number))


_TEXT_OF_LIMIT = Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?%( ?, ?\d+)?$")]
_READ_ROWS = BeforeValidator(partial(_read_limit, number=10), json_schema_input_type=_TEXT_OF_LIMIT)
_READ_INVITES = BeforeValidator(partial(_read_limit, number=50), json_schema_input_type=_TEXT_OF_LIMIT)
FewRows = Annotated[Limit, _READ_ROWS, PlainSerializer(Limit.as_text, return_type=str)]
FewInvites = Annotated[Limit, _READ_INVITES, PlainSerializer(Limit.as_text, return_type=str)]


class GuardSettings(FilterSettings):
    """The settings of the guards. ``Settings`` has all settings of a run."""

    max_invites: int | None = option_field("max_invites", ge=0, le=MOST_PEOPLE)
    confirm: int | None = option_field("confirm", ge=0, le=MOST_PEOPLE)
    roster: RosterKind = option_field("roster", "full")
    max_gone: FewRows = option_field("max_gone", _USUAL.gone)
    max_rejected: FewRows = option_field("max_rejected", _USUAL.rejected)
    max_more_rejected: FewRows = option_field("max_more_rejected", _USUAL.more_rejected)
    max_held: FewRows = option_field("max_held", _USUAL.held)
    max_more_held: FewRows = option_field("max_more_held", _USUAL.more_held)
    max_more_excluded: FewRows = option_field("max_more_excluded", _USUAL.more_excluded)
    max_new: FewInvites = option_field("max_new", _USUAL.new)
    max_new_domains: FewRows = option_field("max_new_domains", _USUAL.new_domains)
    max_same_address: FewRows = option_field("max_same_address", _USUAL.same_address)

    def guard_limits(self) -> GuardLimits:
        """Return the limits of the guards."""
        return GuardLimits(
            max_invites=self.max_invites,
            gone=self.max_gone,
            rejected=self.max_rejected,
            more_rejected=self.max_more_rejected,
            held=self.max_held,
            more_held=self.max_more_held,
            more_excluded=self.max_more_excluded,
            new=self.max_new,
            new_domains=self.max_new_domains,
            same_address=self.max_same_address,
            is_partial=self.roster == "partial",
        )
