"""The shell command that installs an optional part of this program, in the Python of the program."""

import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from onboarding.runtime.shell import quoted


def install_command(extra: str, *, package: str) -> str:
    """Return the shell command that installs the packages of an extra, such as ``dask``, for this Python.

    If the metadata of the program does not know the extra, the command installs ``package``. The command never contains
    ``onboarding[dask]``, since an index may offer another program of this name.
    """
    packages = " ".join(map(quoted, _packages_of(extra) or [package]))
    python = quoted(sys.executable)
    if find_spec("pip") is None:
        return f"uv pip install --python {python} {packages}"
    return f"{python} -m pip install {packages}"


def _packages_of(extra: str) -> list[str]:
    """Return the requirements of an extra, such as ``apprise>=2.3``, from the metadata of this program."""
    try:
        required = distribution("onboarding").requires or []
    except PackageNotFoundError:  # the program runs from a folder and is not installed
        return []
    parts = [requirement.partition(";") for requirement in required]
    return [name.strip() for name, _, marker in parts if marker.replace('"', "'").strip() == f"extra == '{extra}'"]
