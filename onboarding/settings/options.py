"""Which options are there, and what do they say of themselves?

One table for the command line and for ``settings``. It stands on nothing heavy, so that ``--help`` answers at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, get_args

import typer


@dataclass(frozen=True, slots=True)
class Option:
    """What a command line takes for a setting; ``kind`` is the type of what follows the flag, ``bool`` if nothing."""

    help: str
    kind: Any = str
    short: str = ""


OPTIONS: Mapping[str, Option] = {
    "destination": Option("The service that invites people: chime or wickr. [default: chime]"),
    "account_id": Option("The Chime Team account to invite people to."),
    "network_id": Option("The Wickr network to invite people to."),
    "security_group": Option("The Wickr security group that they join. [default: the network's default group]"),
    "user_type": Option("The type of the new users: PrivateUser or SharedDevice."),
    "sandbox": Option("Rehearse against the embedded service; mails nobody.", bool),
    "fresh": Option("Forget earlier rehearsals first.", bool),
    "endpoint_url": Option("Talk to this endpoint instead of AWS."),
    "profile": Option("The AWS profile to use."),
    "region": Option("The AWS region of Wickr and of S3."),
    "ledger": Option("The ledger, as a SQLAlchemy URL. [default: SQLite in the state folder]"),
    "out": Option("The folder for reports: a path or an s3:// URI. [default: onboarding-reports]"),
    "handoff": Option("Write handoff.xlsx too, a workbook for HR.", bool),
    "no_page": Option("Write no report.html.", bool),
    "save": Option("Save the plan to this file, for onboard apply (plan only)."),
    "email_column": Option("The header of the column that holds the addresses."),
    "sheet": Option("The sheet of the workbooks to read, hidden or not."),
    "encoding": Option("The encoding of text files, as Python calls it. [default: found out]"),
    "allow_domain": Option("Invite addresses of this domain only. Repeatable.", list[str]),
    "exclude": Option("A file of addresses or employee ids to leave out. Repeatable.", list[str]),
    "starts_before": Option("Invite who starts before this day: 2026-12-01. [default: tomorrow]"),
    "date_order": Option("How the exports write 03/04/2026: dmy, mdy or ymd. [default: as their other dates tell]"),
    "hold": Option("Hold rows for this reason too: role_address. Repeatable.", list[str]),
    "no_hold": Option("Hold no row for this reason, such as near_miss_domain. Repeatable.", list[str]),
    "move_from": Option(
        "Invite whoever is in this Amazon Chime account, or in the reconciliation.csv of one (to Wickr only)."
    ),
    "carry_over": Option("Read what the last run left failed or deferred, too.", bool),
    "max_invites": Option("Stop before anything is sent if more people than this would be invited.", int),
    "confirm": Option("Invite exactly so many people, whatever the guards say; stop if it is another number.", int),
    "wave": Option("Invite at most so many people now; onboard resume goes on.", int),
    "reinvite_after": Option("Invite again who was invited so long ago and never accepted: 14d. [default: nobody]"),
    "reinvite_times": Option("How often at most one person is invited again. [default: 1]", int),
    "rate": Option("Send at most so many requests a second. [default: what the service allows]", float),
    "concurrency": Option(
        "Have at most so many requests under way at a time. [default: 32, to each of many accounts 4]", int
    ),
    "deadline": Option("Stop sending after this time: 90s, 30m, 2h."),
    "settle_seconds": Option(
        "How long to wait before the service is asked about what is in doubt. [default: 60]", float
    ),
    "resend_unconfirmed": Option(
        "Whether to send again what was in doubt: never, or what is confirmed-absent. [default: confirmed-absent]"
    ),
    "low_memory": Option("Take less memory for large exports, and more time.", bool),
    "engine": Option("Where rows are prepared: local, or on the workers of a dask cluster. [default: local]"),
    "scheduler": Option("The Dask cluster: tls://host:8786. [default: a process for each core of this machine]"),
    "account_column": Option("The header of the column that holds each person's account (with --engine dask)."),
    "routes": Option("A table of which people go to which account (with --engine dask)."),
    "one_file": Option("Write the rows of all accounts to one reconciliation.csv as well.", bool),
    "notify": Option("Tell this SNS topic (an ARN) or webhook (a URL) how the run ended. Repeatable.", list[str]),
    "notify_when": Option(
        "always, or needed: only when the run failed or left somebody failed, in doubt or deferred. [default: always]"
    ),
    "ping_url": Option("Tell this monitor, in the manner of Healthchecks, when the run starts and ends."),
    "metric_namespace": Option("Log the run's figures as CloudWatch metrics in this namespace."),
    "json": Option("Print the result as one JSON document.", bool),
    "quiet": Option("Print nothing but errors.", bool, "-q"),
    "no_progress": Option("Show no progress bar.", bool),
    "log_format": Option("How log lines look: auto, console or json. [default: auto]"),
    "log_level": Option(
        "Which log lines appear: debug, info, warning or error. [default: info, on a terminal warning]"
    ),
}

CONFIG = Annotated[Path | None, typer.Option(help="A TOML file of settings.")]


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line says: the settings in its flags, by name, and its file of settings."""

    flags: Mapping[str, object]
    config: Path | None


def taking(*names: str, **own: Any) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Make a command for typer of a function that takes what is ``Given`` and returns the exit code.

    It gets the options of these names and ``--config``; ``own`` are parameters that are no settings, as typer
    annotates them, and are handed on as they are.
    """

    def decorate(work: Callable[..., int]) -> Callable[..., None]:
        @wraps(work)
        def call(**values: Any) -> None:
            flags = {name: values[name] for name in names if values[name] not in (None, [])}
            given = Given(flags, values["config"])
            raise typer.Exit(work(given, **{name: values[name] for name in own}))

        annotations = {**own, "config": CONFIG, **{name: _annotation(name) for name in names}}
        call.__signature__ = Signature([_parameter(*one) for one in annotations.items()])  # type: ignore[attr-defined]
        call.__annotations__ = annotations
        return call

    return decorate


def _annotation(name: str) -> Any:
    if name == "exports":
        about = typer.Argument(metavar="EXPORT...", help="Files, folders, globs or s3:// URIs.")
        return Annotated[list[str] | None, about]
    option = OPTIONS[name]
    flags = [f"--{name.replace('_', '-')}", *filter(None, [option.short])]
    return Annotated[option.kind | None, typer.Option(*flags, help=option.help)]


def _parameter(name: str, annotation: Any) -> Parameter:
    taken, *_ = get_args(annotation)
    default = None if type(None) in get_args(taken) else Parameter.empty
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
