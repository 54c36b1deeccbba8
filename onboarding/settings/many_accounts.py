"""The settings of one account's run in a run to many accounts, from the settings of the whole run."""

from onboarding.runtime.s3 import absolute_place
from onboarding.settings.destination_options import ACCOUNT_OF
from onboarding.settings.options import FOR_MANY_ACCOUNTS
from onboarding.settings.settings import Settings

OF_THE_WHOLE_RUN = {
    "scheduler": None,
    "notify": (),
    "ping_url": None,
    "metric_namespace": None,
    "max_invites": None,
    "confirm": None,
    "deadline": None,
    "quiet": True,
    "handoff": False,
    "save": None,
}
"""Settings that an account's run must not have, since they concern the whole run, and the values that replace them."""

CONCURRENCY = 4
"""The number of concurrent requests to one account if the settings give none: few, as a process has many accounts."""


def settings_of_account(settings: Settings, account: str) -> Settings:
    """Return the settings of one account's run.

    ``settings`` are those of the whole run, and ``account`` is the account's id. Raises ``ConfigurationError`` if the
    text cannot be an account's id.
    """
    to_one = {"account_column": None, "routes": None, **dict.fromkeys(FOR_MANY_ACCOUNTS, False)}
    concurrency = settings.concurrency if "concurrency" in settings.model_fields_set else CONCURRENCY
    of_run = {**OF_THE_WHOLE_RUN, "out": absolute_place(settings.out), "concurrency": concurrency}
    return settings.with_values({**to_one, **of_run, ACCOUNT_OF[settings.destination]: account})
