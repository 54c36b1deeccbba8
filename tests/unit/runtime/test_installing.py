"""The command that installs an optional part is for the Python that runs, and names no foreign package."""

import importlib.util
import sys

import pytest

from onboarding.runtime.installing import install_command


@pytest.mark.parametrize(
    ("extra", "packages"),
    [("postgresql", "'psycopg[binary]>=3.2'"), ("dask", "'cryptography>=45' 'dask[distributed]>=2026.3'")],
)
def test_command_names_the_packages_of_the_extra_and_this_python(extra, packages):
    assert install_command(extra, package="other") == f"{sys.executable} -m pip install {packages}"


def test_extra_that_the_metadata_does_not_know_is_named_by_its_package():
    """The program may have been installed before the extra was added, or may not be installed at all."""
    assert install_command("new", package="of-it").endswith(" -m pip install of-it")


def test_python_without_pip_is_served_by_uv(monkeypatch):
    """A virtual environment of uv has no pip."""
    monkeypatch.setitem(sys.modules, "pip", None)
    assert importlib.util.find_spec("pip") is None

    assert install_command("new", package="of-it") == f"uv pip install --python {sys.executable} of-it"
