"""Compiled templates are kept, and a template that has changed since is compiled again."""

import os
import stat
import sys

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2.bccache import bc_magic

from onboarding.reports.page.compiled_templates import CompiledTemplates


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "page.html").write_text("Hello {{ name }}")
    return tmp_path


def compiled(folder):
    return list((folder / "__pycache__").glob("*"))


def rendered(folder, options=""):
    environment = Environment(
        loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(folder, options), autoescape=True
    )
    return environment.get_template("page.html").render(name="Ana")


def test_second_process_takes_the_compiled_template(folder):
    """The compiled template is replaced by another one, to see that it is taken."""
    first = rendered(folder)
    (path,) = compiled(folder)
    path.write_bytes(path.read_bytes().replace(b"Hello ", b"Salut "))

    assert (first, rendered(folder)) == ("Hello Ana", "Salut Ana")


def test_changed_template_and_changed_options_are_compiled_again(folder):
    rendered(folder)
    (path,) = compiled(folder)
    path.write_bytes(path.read_bytes().replace(b"Hello ", b"Salut "))

    other_options = rendered(folder, "trim_blocks")
    (folder / "page.html").write_text("Bye {{ name }}")

    assert (other_options, rendered(folder, "trim_blocks")) == ("Hello Ana", "Bye Ana")


@pytest.mark.parametrize(
    "damage",
    [b"", b"j2", b"anything else, and longer than a header", bc_magic, bc_magic + b"\0" * 200, bc_magic + b"."],
)
def test_damaged_file_is_written_anew(folder, damage):
    rendered(folder)
    (path,) = compiled(folder)
    whole = path.read_bytes()
    path.write_bytes(damage)

    assert rendered(folder) == "Hello Ana"
    assert path.read_bytes() == whole


def test_cut_file_is_written_anew(folder):
    rendered(folder)
    (path,) = compiled(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])

    assert rendered(folder) == "Hello Ana"
    assert path.read_bytes() == whole


def test_other_users_cannot_write_the_compiled_template(folder):
    """Python runs what is in the file. So the file is as safe as Python's own, whatever the umask lets others do."""
    before = os.umask(0)
    try:
        rendered(folder)
    finally:
        os.umask(before)

    (path,) = compiled(folder)
    assert not stat.S_IMODE(path.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
    assert not stat.S_IMODE(path.parent.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH)


def test_folder_of_pycache_prefix_is_made_as_python_makes_it(folder, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", str(folder / "kept" / "elsewhere"))

    assert rendered(folder) == "Hello Ana"
    assert len(list((folder / "kept").rglob("page.html*"))) == 1


def test_nothing_is_kept_where_python_keeps_nothing(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert rendered(folder) == "Hello Ana"
    assert compiled(folder) == []


def test_folder_that_cannot_be_written_is_no_error(folder):
    (folder / "__pycache__").write_text("no folder")

    assert rendered(folder) == "Hello Ana"
