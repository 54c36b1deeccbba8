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
"""Values that replace settings in an account's run, since these settings are only for the run to many accounts."""

CONCURRENCY = 4
"""The default number of concurrent requests to one account: small, since a process sends to many accounts."""


def settings_of_account(settings: Settings, account: str) -> Settings:
    """Return the settings of one account's run.

    ``settings`` are the settings of the whole run, and ``account`` is the account's id. Raises ``ConfigurationError``
    if ``account`` cannot be the id of an account.
    """
    to_one = {"account_column": None, "routes": None, **dict.fromkeys(FOR_MANY_ACCOUNTS, False)}
    concurrency = settings.concurrency if "concurrency" in settings.model_fields_set else CONCURRENCY
    of_run = {**OF_THE_WHOLE_RUN, "out": absolute_place(settings.out), "concurrency": concurrency}
    return settings.with_values({**to_one, **of_run, ACCOUNT_OF[settings.destination]: account})
