"""What can be typed after ``onboard``."""

from onboarding.cli.past import purge, report, runs
from onboarding.cli.run import apply, plan, resume, run
from onboarding.cli.setup import check, sandbox

__all__ = ["apply", "check", "plan", "purge", "report", "resume", "run", "runs", "sandbox"]
