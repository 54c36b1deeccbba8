"""Check all that a run needs, before people are mailed, with advice where the run would not work.

A check changes nothing: it makes no ledger, folder or rehearsal, forgets none, and takes no lock.
"""

from collections.abc import Mapping
from contextlib import ExitStack

from onboarding.pipeline.check.findings import Finding
from onboarding.pipeline.check.local import (
    check_configuration,
    check_exclusions,
    check_exports,
    check_ledger,
    check_lock,
    check_output,
    check_routes,
)
from onboarding.pipeline.check.service import check_credentials, check_region, check_service
from onboarding.pipeline.job import s3_of
from onboarding.settings.settings import Settings


def check_run(settings: Settings, origins: Mapping[str, str]) -> list[Finding]:
    """Check all that a run with these settings needs. A bad finding does not keep the other checks from being made.

    ``origins`` says of each setting that is not its default whether it comes from a ``flag``, the ``environment``, or
    else from which file.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_of(settings))
        credentials = check_credentials(settings)
        routed = check_routes(settings, s3)
        service = check_service(settings, credentials, routed.accounts)
        return [
            check_configuration(settings, origins),
            credentials,
            *check_region(settings),
            *service.findings,
            check_ledger(settings),
            check_lock(settings, service.scope),
            check_output(settings, s3),
            *routed.findings,
            *check_exports(settings, s3, also=routed.columns),
            *check_exclusions(settings, s3),
        ]
