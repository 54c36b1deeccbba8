"""The command ``onboard samples``, which writes made-up exports and files of settings into a folder."""

import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import click

from onboarding.cli.help import Command
from onboarding.cli.output import print_result
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.model.printable import printable
from onboarding.settings.invocation import this_invocation

PACKED = "samples"
"""The folder of the samples in a package that pip installed from a wheel.

A clone of the repository contains the samples in other folders.
"""

EXPORTS, JOBS = "sample_data", "jobs"


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def samples(folder: Path) -> None:
    """Write made-up exports of HR systems, and settings for the ready-made jobs, into a new folder.

    DIR is the folder. It must not exist yet, or be empty.
    """
    click.get_current_context().exit(_write(folder))


def _write(folder: Path) -> int:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigurationError(f"{folder}: this is there already; name a folder that is new or empty.")
        with as_file(files("onboarding")) as package:
            for source, target in _files(package):
                (folder / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / target)
    except OSError as error:
        raise ConfigurationError(f"{folder}: the samples cannot be written there ({error.strerror}).") from None
    rehearsal = this_invocation("run", {"sandbox": True}, [str(folder / EXPORTS)], None).again()
    is_in = f"Samples are in {printable(str(folder))}. This rehearses with them, and mails nobody:"
    print_result(lambda: click.echo(f"{is_in}\n    {rehearsal}"))
    return ExitCode.SETTLED


def _files(package: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the file of each sample, with the path of its copy in the new folder."""
    home = package / PACKED if (package / PACKED).exists() else package.parent
    for pattern in (f"{EXPORTS}/*", f"{JOBS}/*.toml"):
        for path in sorted(home.glob(pattern)):
            yield path, path.relative_to(home)
