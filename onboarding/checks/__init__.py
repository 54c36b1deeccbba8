"""What a run needs, looked at one by one before anybody is mailed."""

from onboarding.checks.finding import Check, Finding, Status
from onboarding.checks.inputs import exclusions, exports, routes
from onboarding.checks.ledger import ledger, lock
from onboarding.checks.output import output
from onboarding.checks.setup import configuration, credentials, region, uses_s3
from onboarding.checks.target import Target, target

__all__ = [
    "Check",
    "Finding",
    "Status",
    "Target",
    "configuration",
    "credentials",
    "exclusions",
    "exports",
    "ledger",
    "lock",
    "output",
    "region",
    "routes",
    "target",
    "uses_s3",
]
