"""The hash of the program's code is the same wherever the code is the same."""

import shutil
import zipfile

import pytest

from onboarding.runtime.source_code import code_hash

FILES = {
    "__init__.py": b"__version__ = '1'\n",
    "rooms/words.toml": b"a = 1\n",
    "rooms/__init__.pyi": b"from .a import b\n",
}


@pytest.fixture
def package(tmp_path):
    return made(tmp_path / "onboarding")


def made(folder, **changed):
    for name, text in (FILES | changed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder


def test_same_code_in_another_folder_has_the_same_hash(package, tmp_path):
    other = shutil.copytree(package, tmp_path / "other")
    (other / "__init__.py").write_bytes(FILES["__init__.py"].replace(b"\n", b"\r\n"))

    assert code_hash(other) == code_hash(package)


def test_same_code_in_a_zip_file_has_the_same_hash(package, tmp_path):
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as packed:
        for name, text in FILES.items():
            packed.writestr(f"onboarding/{name}", text)

    with zipfile.ZipFile(tmp_path / "code.zip") as packed:
        assert code_hash(zipfile.Path(packed, "onboarding/")) == code_hash(package)


@pytest.mark.parametrize("name", ["__pycache__/a.cpython-311.pyc", "samples/nightly.toml", "guide/start.md"])
def test_file_that_decides_nothing_changes_no_hash(package, tmp_path, name):
    other = made(tmp_path / "other", **{name: b"anything"})

    assert code_hash(other) == code_hash(package)


@pytest.mark.parametrize(
    "changed",
    [
        {"rooms/words.toml": b"a = 2\n"},
        {"rooms/more.py": b""},
        {"__init__.py": b"", "rooms/__init__.py": b"__version__ = '1'\n"},
    ],
    ids=["words", "a new module", "a moved text"],
)
def test_any_change_of_code_changes_the_hash(package, tmp_path, changed):
    assert code_hash(made(tmp_path / "other", **changed)) != code_hash(package)
