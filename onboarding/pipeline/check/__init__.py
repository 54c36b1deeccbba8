"""What a run needs, looked at one by one before anybody is mailed."""

from onboarding.pipeline.check.finding import Check, Finding, Status
from onboarding.pipeline.check.inputs import exclusions, exports, routes
from onboarding.pipeline.check.ledger import ledger, lock
from onboarding.pipeline.check.output import output
from onboarding.pipeline.check.setup import configuration, credentials, region, uses_s3
from onboarding.pipeline.check.target import Target, target

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
