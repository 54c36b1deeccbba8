"""The table of all options: for each setting, its type on the command line, its short flag and its help text.

This module also lists the settings that are only for runs to one account, and the settings that may name a file. The
command line, the settings and the documentation all use the table. ``destination_options`` lists the settings that not
all destinations have. The module loads nothing heavy, so that ``--help`` answers at once. ``settings`` has the defaults
and checks.
"""

import re
from collections.abc import Mapping

from onboarding.model.destinations import in_words
from onboarding.model.values import dataclass
from onboarding.settings.destination_options import ACCOUNT_OF, DESCRIBED, HELP, OWN

PREFIX = "ONBOARD_"
"""The start of the name of each environment variable that contains a setting."""

FILE_SUFFIX = "_FILE"
"""The end of the name of an environment variable that contains the path of a file with a setting."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line. ``value_type`` is the type of its value: ``bool`` for a switch without a value."""

    help: str
    value_type: type[str | int | float | bool] = str
    short: str = ""
    is_repeatable: bool = False


OPTIONS: Mapping[str, Option] = {
    "destination": Option(HELP["destination"]),
    **{name: Option(setting.help) for name, setting in OWN.items()},
    "sandbox": Option("Rehearse against the embedded service, which mails no one.", bool),
    "fresh": Option("Forget earlier rehearsals first.", bool),
    "endpoint_url": Option("Talk to this endpoint instead of AWS."),
    "profile": Option("The AWS profile to use."),
    "region": Option(HELP["region"]),
    "ledger": Option("The ledger, as a SQLAlchemy URL. [default: SQLite in the state folder]"),
    "aws_secret": Option("The secret of AWS Secrets Manager that holds settings: its name or ARN."),
    "state_dir": Option("The folder of the ledger and of rehearsals. [default: ~/.local/state/onboarding]"),
    "locks": Option(
        "The folder of locks that all users of this machine share. [default: /var/tmp; on Windows the folder Public]"
    ),
    "out": Option("The folder for reports: a path or an s3:// URI. [default: onboarding-reports]"),
    "handoff": Option("Write handoff.xlsx too, a workbook for HR.", bool),
    "handoff_language": Option("The language of handoff.xlsx: en, de, fr or es. [default: en]"),
    "no_page": Option("Write no report.html.", bool),
    "save": Option("Save the plan to this file, for onboard apply (plan only)."),
    "email_column": Option("The header, letter or number of the column that holds the addresses."),
    "id_column": Option("The column that holds the employee ids. Repeatable, for several exports.", is_repeatable=True),
    "name_column": Option("The column that holds the names; twice for given and family names.", is_repeatable=True),
    "status_column": Option("A column that says whether a person works there. Repeatable.", is_repeatable=True),
    "start_column": Option("A column that holds the first days of work. Repeatable.", is_repeatable=True),
    "end_column": Option("A column that holds the last days of work. Repeatable.", is_repeatable=True),
    "ignore_column": Option("A column that means nothing, although it may seem to. Repeatable.", is_repeatable=True),
    "sheet": Option(
        "The sheet of the workbooks to read, hidden or not: Staff, 'Staff*', or for one file staff.xlsx=Staff. "
        "Repeatable.",
        is_repeatable=True,
    ),
    "hidden_rows": Option("What to do with hidden rows of workbooks: hold or read. [default: hold]"),
    "max_export_age": Option(
        "Refuse an export that was last written longer ago than this: 36h, or for some files 'contractors*=8d'. "
        "Repeatable.",
        is_repeatable=True,
    ),
    "same_bytes_warning": Option(
        "Warn if an export has the same bytes as on this many nights before. 0 is never. [default: 3]", int
    ),
    "max_same_bytes": Option(
        "Stop before anything is sent if an export has the same bytes as on this many nights before. 0 is never. "
        "[default: 30]",
        int,
    ),
    "encoding": Option("The encoding of text files, by its name in Python. [default: detected]"),
    "only": Option(
        "Invite only people whose cells fit: 'Country=DE,AT'; the cells of all columns named. Repeatable.",
        is_repeatable=True,
    ),
    "skip": Option(
        "Leave out people if a cell fits: 'Type=Contractor', 'Start>=2027-01-01'. Repeatable.", is_repeatable=True
    ),
    "allow_domain": Option("Invite addresses of this domain only. Repeatable.", is_repeatable=True),
    "deny_domain": Option("Leave out addresses of this domain. Repeatable.", is_repeatable=True),
    "exclude": Option("A file of addresses or employee ids to leave out. Repeatable.", is_repeatable=True),
    "starts_before": Option("Invite people who start before this day: 2026-12-01. [default: tomorrow]"),
    "date_order": Option("How the exports write 03/04/2026: dmy, mdy or ymd. [default: as their other dates show]"),
    "hold": Option("Hold rows for this reason too: role_address. Repeatable.", is_repeatable=True),
    "no_hold": Option("Hold no row for this reason, such as near_miss_domain. Repeatable.", is_repeatable=True),
    "move_from": Option(HELP["move_from"]),
    "carry_over": Option("Also read the rows that the last run left failed, in doubt or deferred.", bool),
    "retry_refused": Option("Also send to addresses that the service has refused on three days or more.", bool),
    "max_invites": Option("Stop before anything is sent if more people than this would be invited.", int),
    "confirm": Option("Invite exactly this many people, whatever the guards say; stop if the number differs.", int),
    "roster": Option(
        "full: the exports list all people; or partial: only some, such as the new hires of the day. [default: full]"
    ),
    "max_gone": Option(
        "Stop before anything is sent if more of the last run's people are missing: a share, or with the number that "
        "always passes 20%,10. [default: 20%,10]"
    ),
    "max_rejected": Option("Stop if more of the rows have no usable address. [default: 20%,10]"),
    "max_more_rejected": Option(
        "Stop if the share of these rows is so much larger than in the last run. [default: 5%,10]"
    ),
    "max_held": Option("Stop if more of the rows are held for a person. [default: 20%,10]"),
    "max_more_held": Option("Stop if the share of held rows is so much larger than in the last run. [default: 5%,10]"),
    "max_more_excluded": Option(
        "Stop if the share of people whom policy leaves out is so much larger than in the last run. [default: 20%,10]"
    ),
    "max_new": Option("After the first run, stop if more of the people would be invited. [default: 10%,50]"),
    "max_new_domains": Option(
        "Stop if more of the people are at domains where no run has invited people; fewer are held. [default: 10%,10]"
    ),
    "max_same_address": Option("Stop if more of the rows have one and the same address. [default: 50%,10]"),
    "wave": Option("Invite at most this many people now; onboard resume goes on.", int),
    "reinvite_after": Option(
        "Invite people again who never accepted an invitation of this age: 14d. [default: no one]"
    ),
    "reinvite_times": Option("How often to invite a person again at most. [default: 1]", int),
    "rate": Option("Send at most this many requests a second. [default: what the service allows]", float),
    "concurrency": Option(
        "Have at most this many requests under way at a time. [default: 32, to each of many accounts 4]", int
    ),
    "deadline": Option("Stop sending after this time: 90s, 30m, 2h."),
    "settle_seconds": Option(
        "How long to wait before asking the service about invitations in doubt. [default: 60]", float
    ),
    "resend_after": Option(
        "How old a doubt must be before people whom the service does not show are sent to again: 90m. "
        "[default: 60 times --settle-seconds, so 1h]"
    ),
    "resend_unconfirmed": Option(
        "Which invitations in doubt to send again: never, or the confirmed-absent ones. [default: confirmed-absent]"
    ),
    "low_memory": Option("Take less memory for large exports, and more time.", bool),
    "jobs": Option(
        "How many threads, at most four, parse and decide rows. [default: one fewer than the cores it may use]", int
    ),
    "engine": Option("Where rows are prepared: local, or on the workers of a dask cluster. [default: local]"),
    "scheduler": Option("The Dask cluster: tls://host:8786. [default: a process for each core of this machine]"),
    "security_group_column": Option(
        "The header of the column that names each person's security group. [default: one group for all]"
    ),
    "account_column": Option("The header of the column that holds each person's account."),
    "routes": Option("A table of which people go to which account."),
    "one_file": Option("Write the rows of all accounts to one reconciliation.csv as well.", bool),
    "invite_moved": Option("Also invite people whose row led to another account when they were invited.", bool),
    "notify": Option(
        "Send this receiver a notice of how the run ended: an SNS topic, a webhook, or a URL of apprise. Repeatable.",
        is_repeatable=True,
    ),
    "notify_when": Option(
        "always, or needed: only when the run failed, left people out or found new rows to correct. [default: always]"
    ),
    "ping_url": Option("Ping this monitor, as Healthchecks expects it, when the run starts and ends."),
    "metric_namespace": Option("Log the run's figures as CloudWatch metrics in this namespace."),
    "json": Option("Print the result as one JSON document.", bool),
    "quiet": Option("Print nothing but errors.", bool, short="-q"),
    "no_progress": Option("Show no progress bar.", bool),
    "log_format": Option("How log lines look: auto, console or json. [default: auto]"),
    "log_level": Option(
        "Which log lines appear: debug, info, warning or error. [default: info, on a terminal warning]"
    ),
}

REPLACED_BY_SANDBOX = frozenset({"endpoint_url", "ledger"})
"""The settings that a rehearsal does not need, since it has its own endpoint and its own ledger."""

PATHS = frozenset({"exports", "exclude", "ledger", "locks", "move_from", "out", "routes", "save", "state_dir"})
"""The settings that may name a file. The name of a file may have any bytes."""

SECRET_NAME = re.compile(r"arn:[\w:/+=.@-]{1,2000}|[\w/+=.@-]{1,512}", re.ASCII)
"""A pattern for names and ARNs of secrets in AWS Secrets Manager. The text of a secret, such as a URL, is no name."""

FOR_ONE_ACCOUNT = ("wave", "carry_over", "move_from")
"""The settings that a run to many accounts refuses."""

FOR_MANY_ACCOUNTS = ("one_file", "invite_moved")
"""The settings that a run to one account refuses."""

DESTINATION = (
    *("destination", *OWN),
    *("sandbox", "endpoint_url", "profile", "region", "ledger", "aws_secret", "state_dir", "locks", "out"),
)
PLACE = (
    *("destination", *OWN, "region"),
    *("sandbox", "endpoint_url"),
)
"""The settings that name the account of a plan, the way to reach it, and the type or group of its new users."""

LEDGER_OPTIONS = ("sandbox", "ledger", "aws_secret", "state_dir")
"""The settings that choose the ledger of a command."""

PEOPLE = (
    *("email_column", "id_column", "name_column", "status_column", "start_column", "end_column", "ignore_column"),
    *("security_group_column", "sheet", "hidden_rows", "encoding", "max_export_age", "only", "skip", "allow_domain"),
    *("deny_domain", "exclude", "starts_before", "date_order"),
    *("hold", "no_hold"),
    *("move_from", "carry_over", "reinvite_after", "reinvite_times", "retry_refused", "low_memory"),
    *("jobs", "engine", "scheduler", "account_column", "routes", "one_file", "invite_moved"),
)
GUARDS = (
    *("max_invites", "confirm", "roster", "max_gone", "max_rejected", "max_more_rejected", "max_held", "max_more_held"),
    "max_more_excluded",
    *("max_new", "max_new_domains", "max_same_address", "same_bytes_warning", "max_same_bytes"),
)
SENDING = ("wave", "rate", "concurrency", "deadline", "settle_seconds", "resend_after", "resend_unconfirmed")
REPORTING = (
    *("handoff", "handoff_language", "no_page", "notify", "notify_when", "ping_url", "metric_namespace"),
    *("json", "quiet", "no_progress", "log_format", "log_level"),
)

TAKEN_BY: Mapping[str, tuple[str, ...]] = {
    "run": ("exports", *DESTINATION, "fresh", *PEOPLE, *GUARDS, *SENDING, *REPORTING),
    "plan": ("exports", *DESTINATION, "fresh", *PEOPLE, *GUARDS, *SENDING, "save", *REPORTING),
    "apply": (*DESTINATION, *GUARDS, *SENDING, "engine", "scheduler", *REPORTING),
    "resume": (*DESTINATION, *SENDING, "engine", "scheduler", *REPORTING),
    "report": (
        "sandbox",
        "profile",
        "region",
        "ledger",
        "aws_secret",
        "state_dir",
        "out",
        "handoff",
        "handoff_language",
        "no_page",
        "json",
        "quiet",
    ),
    "check": (
        *("exports", *DESTINATION, "engine", "scheduler", "security_group_column", "account_column", "routes", "json"),
    ),
}
"""The settings that each of these commands accepts as options, in the order of the command's help."""


def with_implied_destination(values: Mapping[str, object]) -> dict[str, object]:
    """Return settings with the destination of the named account, if ``values`` name no destination.

    ``values`` has the settings by name. Raises ``ValueError`` if ``values`` name accounts of several destinations.
    """
    named = [each for each in DESCRIBED if values.get(each.account.name) is not None]
    if "destination" in values or not named:
        return dict(values)
    if len(named) > 1:
        uses = (f"{flag_of(each.account.name)} is for {each.title}" for each in named)
        raise ValueError(f"{in_words(uses, 'and')}; drop one of them")
    return {**values, "destination": named[0].name}


def account_flags() -> str:
    """Return the flags that name accounts, as one text: ``--network-id (Wickr) or --account-id (Chime)``."""
    return in_words((f"{flag_of(each.account.name)} ({each.title})" for each in DESCRIBED), "or")


def account_flag(destination: str) -> str:
    """Return the flag that names an account of a destination, such as ``--account-id``."""
    return flag_of(ACCOUNT_OF[destination])


def flag_of(name: str) -> str:
    """Return the flag of a setting on the command line, such as ``--account-id``."""
    return f"--{name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """Return the name of the environment variable for a setting, such as ``ONBOARD_ACCOUNT_ID``."""
    return f"{PREFIX}{name.upper()}"


def off_flag_of(name: str) -> str:
    """Return the flag that switches a setting off: ``--no-sandbox`` for ``sandbox``, and ``--page`` for ``no_page``."""
    return f"--{name.removeprefix('no_')}" if name.startswith("no_") else f"--no-{name.replace('_', '-')}"
