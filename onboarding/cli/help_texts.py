"""The texts of help that are not in the table of options: sections, common options, signs for values, and examples."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

from onboarding.model import choices
from onboarding.model.handoff_words import HandoffLanguage
from onboarding.runtime.destination_registry import destinations
from onboarding.settings.destination_options import DESCRIBED, OWN
from onboarding.settings.options import flag_of

PANELS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "What to read": (
            *("carry_over", "move_from", "email_column", "id_column", "name_column", "status_column", "start_column"),
            *(
                "end_column",
                "ignore_column",
                "security_group_column",
                "sheet",
                "hidden_rows",
                "encoding",
                "date_order",
                "max_export_age",
            ),
        ),
        "Whom to invite": (
            *("only", "skip", "allow_domain", "deny_domain", "exclude", "starts_before", "hold", "no_hold"),
            *("retry_refused", "reinvite_after", "reinvite_times"),
        ),
        "Where to": (
            *("destination", *OWN),
            *("sandbox", "fresh", "endpoint_url", "profile", "region"),
        ),
        "What may stop it": (
            *("max_invites", "confirm", "roster", "max_gone", "max_rejected", "max_more_rejected", "max_held"),
            *("max_more_held", "max_more_excluded", "max_new", "max_new_domains", "max_same_address"),
            *("same_bytes_warning", "max_same_bytes"),
        ),
        "Sending": (
            *("wave", "rate", "concurrency", "deadline", "settle_seconds", "resend_after", "resend_unconfirmed"),
        ),
        "Large exports and many accounts": (
            *("low_memory", "jobs", "engine", "scheduler", "account_column", "routes", "one_file", "invite_moved"),
        ),
        "Reports and notices": (
            *("out", "save", "handoff", "handoff_language", "no_page"),
            *("notify", "notify_when", "ping_url", "metric_namespace"),
        ),
    }
)
"""The sections of help, and the settings in each section. Options that are not listed are in the last section."""

LAST_PANEL = "Output and settings"

COMMON = frozenset(
    {
        *("email_column", "status_column", "only", "skip", "allow_domain", "exclude"),
        *(name for name, setting in OWN.items() if setting.is_common),
        *("destination", "sandbox", "fresh", "endpoint_url", "region"),
        *("max_invites", "deadline"),
        *("out", "save", "handoff", "quiet", "config"),
    }
)
"""The settings that most people need.

If a command takes many settings, help shows only these common settings, and those of the command's examples.
"""

OF_REHEARSALS = MappingProxyType(
    dict.fromkeys(
        ("answers", "purge", "report", "runs", "who"), "Look at the rehearsals, which have a ledger of their own."
    )
)
"""The help of ``--sandbox`` in each command that only looks at past runs."""

_SHARED_SIGNS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "ACCOUNT": ("move_from",),
        "AGE": ("max_export_age", "reinvite_after"),
        "COLUMN": (
            *("email_column", "id_column", "name_column", "status_column", "start_column", "end_column"),
            *("ignore_column", "security_group_column", "account_column"),
        ),
        "DAY": ("starts_before",),
        "DOMAIN": ("allow_domain", "deny_domain"),
        "FILE": ("config", "exclude", "routes", "save"),
        "FOLDER": ("locks", "out", "state_dir"),
        "N": (
            *("same_bytes_warning", "max_same_bytes", "max_invites", "confirm", "wave", "reinvite_times"),
            *("rate", "concurrency"),
        ),
        "NAME": ("aws_secret", "profile", "region", "encoding", "metric_namespace"),
        "REASON": ("hold", "no_hold"),
        "RULE": ("only", "skip"),
        "SECONDS": ("settle_seconds",),
        "SHARE": (
            *("max_gone", "max_rejected", "max_more_rejected", "max_held", "max_more_held", "max_more_excluded"),
            *("max_new", "max_new_domains", "max_same_address"),
        ),
        "TIME": ("deadline", "resend_after"),
        "URL": ("endpoint_url", "ledger", "scheduler", "notify", "ping_url"),
        "WORD": (
            *("destination", "handoff_language", "hidden_rows", "date_order", "roster"),
            *("resend_unconfirmed", "engine", "notify_when", "log_format", "log_level"),
        ),
    }
)
"""The settings that several destinations share, by the sign that help shows for the setting's value."""

SIGNS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        sign: (*_SHARED_SIGNS.get(sign, ()), *(name for name, setting in OWN.items() if setting.sign == sign))
        for sign in sorted({*_SHARED_SIGNS, *(setting.sign for setting in OWN.values())})
    }
)
"""All settings, by the sign that help shows for the setting's value, as in ``--rate N``."""


def _words_of(kind: Any) -> tuple[str, ...]:
    """Return the words of a ``Literal``, of an enumeration, or of a part of an enumeration, in their order."""
    return tuple(map(str, get_args(kind) or kind))


CHOICES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "destination": tuple(destinations()),
        **{name: setting.words for name, setting in OWN.items() if setting.words},
        "handoff_language": _words_of(HandoffLanguage),
        "hidden_rows": _words_of(choices.HiddenRows),
        "date_order": _words_of(choices.DateOrder),
        "hold": _words_of(choices.SUSPICIONS),
        "no_hold": _words_of(choices.SUSPICIONS),
        "roster": _words_of(choices.RosterKind),
        "resend_unconfirmed": _words_of(choices.ResendRule),
        "engine": _words_of(choices.EngineName),
        "notify_when": _words_of(choices.NoticeRule),
        "log_format": _words_of(choices.LogFormat),
        "log_level": _words_of(choices.LogLevel),
    }
)
"""The words that a setting accepts, in the order in which a shell offers the words. Other settings accept any text."""

ALIVE = next(each for each in DESCRIBED if not each.ended_on)
"""The destination in the examples of help: the first destination whose service still exists."""

TO_EXAMPLE = f"{flag_of(ALIVE.account.name)} {ALIVE.account.example}"

EXAMPLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "run": {
            "onboard run staff.csv --sandbox": "Rehearse, and mail nobody.",
            f"onboard run staff.csv --destination {ALIVE.name} {TO_EXAMPLE}": f"Invite to a {ALIVE.account_noun}.",
            f"gpg -d staff.csv.gpg | onboard run - {TO_EXAMPLE}": "Read an export from a pipe.",
        },
        "plan": {
            "onboard plan staff.csv --sandbox": "Say what a rehearsal would do.",
            f"onboard plan staff.csv {TO_EXAMPLE} --save first.plan": "Save the plan.",
        },
        "apply": {
            "onboard apply first.plan": "Send the plan.",
            "onboard apply first.plan --wave 500": "Send the first wave of the plan.",
        },
        "resume": {
            "onboard resume": "Finish the latest run.",
            "onboard resume 20260301T083000Z-0a1b2c --sandbox": "Finish this rehearsal.",
        },
        "nightly": {"onboard nightly nightly.toml": "Invite tonight's new people, as the file says."},
        "migrate": {
            "onboard migrate migration.toml": "Make a plan, or send the next wave.",
            "onboard migrate migration.toml --confirm 4210": "Approve the plan for 4210 people.",
        },
        "handoff": {
            "onboard handoff handoff.toml": "Write the workbook of the latest run.",
            "onboard handoff handoff.toml 20260301T083000Z-0a1b2c": "Write the workbook of this run.",
        },
        "runs": {
            "onboard runs --sandbox": "List all rehearsals.",
            "onboard runs --last-success-within 26h": "Ask whether last night's run went well.",
        },
        "who": {
            "onboard who ana.ruiz@example.com": "Look up an address.",
            "onboard who 10442 --sandbox": "Look up an employee id in the rehearsals.",
        },
        "report": {"onboard report 20260301T083000Z-0a1b2c --handoff": "Write the reports again, with the workbook."},
        "answers": {
            "onboard answers": "List the answers of HR.",
            "onboard answers forget 3 7": "Forget two answers.",
        },
        "purge": {
            "onboard purge --older-than 90d": "Take the names out of what is kept of old runs.",
            "onboard purge --older-than 90d --reports --yes": "Delete their reports, too, and do not ask.",
        },
        "inspect": {
            "onboard inspect staff.csv": "Show how an export is read.",
            "onboard inspect staff.xlsx --sheet Staff --json": "Show a sheet as JSON.",
        },
        "init": {
            "onboard init": "Ask at a terminal, and write onboard.toml.",
            f"onboard init staff.csv {TO_EXAMPLE} --at 02:15": f"Prepare nights for a {ALIVE.account_noun}.",
        },
        "check": {
            "onboard check staff.csv --sandbox": "Check a rehearsal.",
            "onboard check --config nightly.toml": "Check what a file of settings says.",
        },
        "schema": {"onboard schema settings": "Print the JSON Schema of a file of settings."},
        "sandbox": {
            "onboard sandbox": "Serve all destinations on this machine.",
            "onboard sandbox --rate 2 --burst 5 --fresh": "Answer more than 2 requests a second with 429.",
        },
        "samples": {"onboard samples trial": "Write the samples into the new folder trial."},
        "guide": {
            "onboard guide": "List the topics.",
            "onboard guide nightly": "Read one topic.",
        },
    }
)
"""A few command lines of each command, each with a sentence that explains the line."""
