"""Would a run work? Told before anybody is mailed, with what to do where it would not.

Nothing is changed by looking: no ledger, folder or rehearsal is begun or forgotten, and no lock is taken.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from onboarding.model.errors import ExitCode
from onboarding.pipeline.check import inputs, ledger, output, setup, target
from onboarding.pipeline.check.finding import Check, Finding, Status
from onboarding.runtime.aws import Access, s3_at_need
from onboarding.settings.settings import Settings

CODES: Mapping[Check, ExitCode] = MappingProxyType(
    {
        Check.CONFIGURATION: ExitCode.USAGE,
        Check.LEDGER: ExitCode.USAGE,
        Check.OUTPUT: ExitCode.USAGE,
        Check.ROUTES: ExitCode.INPUT_REFUSED,
        Check.EXPORTS: ExitCode.INPUT_REFUSED,
        Check.EXCLUSIONS: ExitCode.INPUT_REFUSED,
        Check.CREDENTIALS: ExitCode.CLOSED,
        Check.REGION: ExitCode.CLOSED,
        Check.ENDPOINT: ExitCode.CLOSED,
        Check.CLOCK: ExitCode.CLOSED,
        Check.ACCOUNT: ExitCode.CLOSED,
        Check.LOCK: ExitCode.HELD,
    }
)
"""What a run ends with if that is bad; of several, the first one here."""

STYLES: Mapping[Status, str] = MappingProxyType(
    {Status.OK: "green", Status.WARN: "yellow", Status.BAD: "bold red", Status.SKIPPED: "dim"}
)


def examine(settings: Settings, origins: Mapping[str, str]) -> list[Finding]:
    """Look at all that a run with these settings needs, each thing whatever the others are like.

    ``origins`` tells of each setting that is not its default whether it comes from a ``flag``, the ``environment``, or
    else from which file.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(s3_at_need(Access(profile=settings.profile, region=settings.region)))
        credentials = setup.credentials(settings)
        routed = inputs.routes(settings, s3)
        account = target.target(settings, credentials, routed.accounts)
        return [
            setup.configuration(settings, origins),
            credentials,
            *setup.region(settings),
            *account.findings,
            ledger.ledger(settings),
            ledger.lock(settings, account.scope),
            output.output(settings, s3),
            *routed.findings,
            *inputs.exports(settings, s3, also=routed.columns),
            *inputs.exclusions(settings, s3),
        ]


def show(findings: Sequence[Finding]) -> None:
    """Print a line for each finding to stdout, coloured where colour is wanted."""
    console = Console(highlight=False)
    for finding in findings:
        told = "; ".join(filter(None, (finding.message, finding.advice)))
        line = Text.assemble(
            (f"{finding.status:{_widest(Status)}}", STYLES[finding.status]),
            f"  {finding.check:{_widest(Check)}}  {_on_one_line(told)}",
        )
        console.print(line, soft_wrap=True)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as one JSON document: a list of objects with check, status, message and advice."""
    text = json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"
    # The name of a file may be no text; its stray bytes are written as JSON escapes them.
    return text.encode("utf-8", "backslashreplace").decode()


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """Return 0 if nothing is bad, else the code of what is."""
    found = {finding.check for finding in findings if finding.status is Status.BAD}
    return next((code for check, code in CODES.items() if check in found), ExitCode.SETTLED)


def _widest(words: type[Check] | type[Status]) -> int:
    return max(map(len, words))


def _on_one_line(text: str) -> str:
    # An account's name is the service's, and a file's may hold anything: neither may steer the terminal.
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
