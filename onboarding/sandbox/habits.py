"""How late do the services show whom they invited, and how long do they remember a token?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onboarding.model.errors import ConfigurationError

DAY_SECONDS = 86_400
"""No service is taken to need more to show whom it has mailed, nor to remember a request for longer."""


@dataclass(slots=True)
class Habits:
    """What may change at any time, from any thread. Raises ``ConfigurationError`` on a figure that no service has.

    ``list_delay_seconds`` is how long after the invite ``ListUsers`` begins to show a new invitee, ``token_seconds``
    how long a request with a token that was used is answered as it was the first time.
    """

    list_delay_seconds: float = 0
    token_seconds: float = DAY_SECONDS

    def __setattr__(self, name: str, seconds: float) -> None:
        if not 0 <= seconds <= DAY_SECONDS:
            raise ConfigurationError(f"The sandbox's {_NAMES[name]} must be 0 to {DAY_SECONDS} seconds.")
        object.__setattr__(self, name, seconds)

    def become(self, other: "Habits") -> None:
        """Take the figures of others."""
        self.list_delay_seconds = other.list_delay_seconds
        self.token_seconds = other.token_seconds

    def shown_by(self, now: datetime) -> datetime:
        """Return the arrival up to which users are shown; without a delay all are, wherever another clock stands."""
        delay_seconds = self.list_delay_seconds
        return now - timedelta(seconds=delay_seconds) if delay_seconds else datetime.max.replace(tzinfo=UTC)

    def remembered_after(self, now: datetime) -> datetime:
        """Return the moment after which a token must have been used to be known still."""
        return now - timedelta(seconds=self.token_seconds)


_NAMES = {"list_delay_seconds": "list delay", "token_seconds": "memory of a token"}
