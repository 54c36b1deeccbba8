"""What did sending take, and why did it end before the last chunk?"""

from dataclasses import dataclass, field

from onboarding.destinations import Throttled, Unreachable
from onboarding.errors import DestinationClosed, ExitCode
from onboarding.sending.course import Course
from onboarding.sending.deliver import Halt, RefusedThroughout
from onboarding.sending.turnstile import NoTurn


@dataclass(frozen=True, slots=True)
class Ending:
    """Why sending ended before the last chunk: the exit code it asks for and one plain line."""

    exit_code: ExitCode
    message: str


def stopped_by_signal(exit_code: ExitCode) -> Ending:
    """Return the ending that a signal asked for."""
    return Ending(exit_code, "Stopped by a signal; run again to send the rest.")


TOO_LATE = Ending(ExitCode.STOPPED, "The deadline has passed; run again to send the rest.")


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending took, and why it ended before the last chunk, if it did. Equal is what took as much, at any time."""

    chunks: int = 0
    requests: int = 0
    throttled: int = 0
    ending: Ending | None = None
    course: Course = field(default=Course(), compare=False)

    def __add__(self, later: "Sent") -> "Sent":
        return Sent(
            self.chunks + later.chunks,
            self.requests + later.requests,
            self.throttled + later.throttled,
            later.ending,
            self.course + later.course,
        )

    def as_text(self) -> str:
        """Return what a progress bar says of it."""
        share = self.throttled / self.requests if self.requests else 0
        return f"{self.chunks} chunks, {share:.1%} throttled"


def ending_of(halt: Halt) -> Ending:
    """Return the ending that an answer brings about."""
    match halt:
        case NoTurn():
            return TOO_LATE
        case RefusedThroughout(code=code):
            return Ending(
                ExitCode.CLOSED,
                f"The service refuses every request ({code}), whoever is in it; check the account and --user-type.",
            )
        case Throttled():
            return Ending(ExitCode.STOPPED, "The service kept throttling; run again later to send the rest.")
        case Unreachable(cause=cause):
            return Ending(
                ExitCode.CLOSED, f"The service can no longer be reached ({cause}); run again to send the rest."
            )
        case DestinationClosed():
            return Ending(ExitCode.CLOSED, str(halt))
