"""LibreOffice for tests: it prints workbooks, and saves them as an office worker's computer does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS_TO_START = 240


def convert(paths: list[Path], kind: str, folder: Path) -> list[Path]:
    """Let LibreOffice open files and save them in another form (``pdf``, ``xlsx``) in a folder; return the new files.

    Skip if there is no LibreOffice, except on a build server.
    """
    _run("soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", kind,
         "--outdir", str(folder), *map(str, paths))  # fmt: skip
    return [folder / path.with_suffix(f".{kind.partition(':')[0]}").name for path in paths]


def pages_of(pdf: Path) -> list[str]:
    """Return the text of each page of a PDF file. Skip if there is no ``pdftotext``, except on a build server."""
    *pages, _ = _run("pdftotext", "-layout", str(pdf), "-").split("\f")
    return pages


def _run(program: str, *arguments: str) -> str:
    if not shutil.which(program):
        missing = f"There is no {program} here (Debian: apt-get install libreoffice-calc poppler-utils)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True, timeout=SECONDS_TO_START)
    return done.stdout
