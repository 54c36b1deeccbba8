"""What does a run look like to a ledger, in the fewest words a test can say it?"""

from datetime import UTC, datetime

from onboarding.ledger import Run
from onboarding.plan import Scope

NOW = datetime(2026, 3, 1, 8, 30, 0, 250_000, tzinfo=UTC)
CHIME = Scope("chime", "account-1")


def run(run_id, *, scope=CHIME, started_at=NOW) -> Run:
    """Return a run that has begun."""
    return Run(run_id=run_id, scope=scope, command="run", version="1.0", started_at=started_at)
