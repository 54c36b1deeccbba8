"""Which options do several commands have in common?"""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option(help="A TOML file of settings.")]
Destination = Annotated[str | None, typer.Option(help="Where to invite people: chime. [default: chime]")]
AccountId = Annotated[str | None, typer.Option(help="The Chime Team account.")]
UserType = Annotated[str | None, typer.Option(help="PrivateUser or SharedDevice.")]
InSandbox = Annotated[bool | None, typer.Option("--sandbox", help="Rehearse against the embedded service.")]
EndpointUrl = Annotated[str | None, typer.Option(help="Talk to this endpoint instead of AWS.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile to use.")]
Region = Annotated[str | None, typer.Option(help="The AWS region of S3.")]
LedgerUrl = Annotated[
    str | None, typer.Option("--ledger", help="SQLAlchemy URL. [default: SQLite in the state folder]")
]
Out = Annotated[str | None, typer.Option(help="Folder or s3:// URI for reports. [default: onboarding-reports]")]
Rate = Annotated[float | None, typer.Option(help="At most so many requests a second. [default: what is allowed]")]
Concurrency = Annotated[int | None, typer.Option(help="At most so many requests at a time. [default: 32]")]
Deadline = Annotated[str | None, typer.Option(help="Stop sending after 90s, 30m, 2h, ...")]
SettleSeconds = Annotated[
    float | None, typer.Option(help="How long to wait before asking about what is in doubt. [default: 60]")
]
ResendUnconfirmed = Annotated[str | None, typer.Option(help="never or confirmed-absent. [default: confirmed-absent]")]
AsJson = Annotated[bool | None, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool | None, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
NoProgress = Annotated[bool | None, typer.Option("--no-progress", help="Show no progress bar.")]
LogFormat = Annotated[str | None, typer.Option(help="auto, console or json. [default: auto]")]
LogLevel = Annotated[
    str | None, typer.Option(help="debug, info, warning or error. [default: info; on a terminal warning]")
]
