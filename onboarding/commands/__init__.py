"""What can be typed after ``onboard``."""

from onboarding.commands.past import purge, report, runs
from onboarding.commands.sending import apply, plan, resume, run
from onboarding.commands.setting_up import check, sandbox

__all__ = ["apply", "check", "plan", "purge", "report", "resume", "run", "runs", "sandbox"]
