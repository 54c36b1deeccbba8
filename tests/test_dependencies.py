"""What the code imports is declared, what is declared is used, and all that gets installed is pinned."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import onboarding

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FOR_USERS = ("dask", "notify", "postgresql")
"""The extras with which somebody runs the program. The others are for work on it."""
OWN = {"onboarding", "samples", "_typeshed"} | {
    path.stem for folder in ("support", "benchmarks") for path in (ROOT / "tests" / folder).rglob("*.py")
}
"""The modules that no package brings. What the tests share is on their path."""
NOT_IMPORTED = {
    "awscli": "is a command, which tests of the sandbox run",
    "bandit": "is a command",
    "cryptography": "makes the keys of a cluster for distributed",
    "cyclonedx-bom": "is a command",
    "mypy": "is a command",
    "pandas-stubs": "is read by mypy",
    "pytest-cov": "is loaded by pytest",
    "pytest-xdist": "is loaded by pytest",
    "ruff": "is a command",
    "boto3-stubs": "is read by mypy",
    "types-openpyxl": "is read by mypy",
}


@cache
def owners_of_modules() -> Mapping[str, list[str]]:
    """Return which packages bring each module that can be imported. It takes seconds to look at all packages."""
    return packages_distributions()


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported_modules(node: ast.AST, *, for_types: bool) -> Iterator[str]:
    """Yield the top-level name of each import below a node, or of those below ``if TYPE_CHECKING``."""
    match node:
        case ast.Import() if not for_types:
            yield from (alias.name.partition(".")[0] for alias in node.names)
        case ast.ImportFrom(level=0, module=str(module)) if not for_types:
            yield module.partition(".")[0]
        case ast.stmt() | ast.Module() | ast.ExceptHandler() | ast.match_case():
            for child in ast.iter_child_nodes(node):
                if for_types or not is_for_types(child):
                    yield from imported_modules(child, for_types=for_types and not is_for_types(child))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_packages(*folders: str, for_types: bool) -> set[str]:
    """Return the names of the distributions that the modules of some folders import, to run or for mypy alone."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py*") if path.suffix in {".py", ".pyi"}]
    modules = {module for path in paths for module in imported_modules(tree_of(path), for_types=for_types)}
    foreign = modules - sys.stdlib_module_names - OWN
    owners = owners_of_modules()
    assert foreign <= owners.keys(), foreign - owners.keys()
    return {canonicalize_name(owner) for module in foreign for owner in owners[module]}


def all_imported_packages() -> set[str]:
    return (
        imported_packages("onboarding", "jobs", for_types=False)
        | imported_packages("onboarding", "jobs", for_types=True)
        | imported_packages("tests", for_types=False)
    )


def declared(*lists: list[str]) -> set[str]:
    """Return the names in some lists of requirements. An extra such as ``dask[distributed]`` counts as a name too."""
    requirements = [Requirement(line) for lines in lists for line in lines]
    return {
        canonicalize_name(name)
        for requirement in requirements
        if requirement.name != PROJECT["name"]
        for name in (requirement.name, *requirement.extras)
    }


def test_program_imports_only_what_is_declared_for_its_users():
    for_users = declared(PROJECT["dependencies"], *(EXTRAS[extra] for extra in FOR_USERS))

    assert imported_packages("onboarding", "jobs", for_types=False) <= for_users


def test_an_extra_is_not_a_dependency_of_the_program():
    assert not declared(PROJECT["dependencies"]) & declared(*EXTRAS.values())


def test_tests_and_types_import_only_what_is_declared():
    everything = declared(PROJECT["dependencies"], *EXTRAS.values())

    assert all_imported_packages() <= everything


def test_what_is_declared_is_imported_or_has_another_use():
    named = {Requirement(line).name for lines in (PROJECT["dependencies"], *EXTRAS.values()) for line in lines}

    unused = {canonicalize_name(name) for name in named - {PROJECT["name"]}} - all_imported_packages()

    assert unused == NOT_IMPORTED.keys() & unused, unused - NOT_IMPORTED.keys()
    assert NOT_IMPORTED.keys() <= unused, NOT_IMPORTED.keys() - unused


def pins(name: str) -> dict[str, str]:
    """Return the version of each package that a file of the folder ``.ci`` pins."""
    lines = (ROOT / ".ci" / name).read_text(encoding="utf-8").splitlines()
    pinned = [line.partition(";")[0].rstrip("\\ ").partition("==") for line in lines if re.match(r"\w", line)]
    return {canonicalize_name(package): version for package, _, version in pinned}


def needed(lines: Iterable[str], extras: Iterable[str] = (), *, known: set[Requirement]) -> set[str]:
    """Return the names of all packages that some requirements need here, with what these packages need in turn.

    ``extras`` are those of the package whose requirements they are.
    """
    found: set[str] = set()
    for requirement in set(map(Requirement, lines)) - known:
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            known.add(requirement)
            found |= {canonicalize_name(requirement.name)}
            found |= needed(distribution(requirement.name).requires or [], requirement.extras, known=known)
    return found


@pytest.mark.parametrize(
    ("pinning", "extras"),
    [("constraints.txt", EXTRAS.keys() - {"release"}), ("hashes.txt", FOR_USERS)],  # the tests do without release
    ids=["versions", "hashes"],
)
def test_all_that_gets_installed_is_pinned(pinning, extras):
    lines = PROJECT["dependencies"] + [line for extra in extras for line in EXTRAS[extra]]

    installed = needed([line for line in lines if not line.startswith(PROJECT["name"])], known=set())

    assert installed - pins(pinning).keys() == set()


def test_hashes_are_of_the_pinned_versions():
    """After a change of a dependency or a pin, ``.ci/hashes`` writes the file again."""
    versions = pins("constraints.txt")

    assert {name: versions.get(name) for name in pins("hashes.txt")} == pins("hashes.txt")


def test_every_pin_of_the_hashes_has_a_hash():
    blocks = re.split(r"\n(?=\w)", (ROOT / ".ci" / "hashes.txt").read_text(encoding="utf-8").strip())

    assert [block for block in blocks if not block.startswith("#") and "--hash=sha256:" not in block] == []


def test_no_file_of_pins_has_an_address_of_an_index():
    for name in ("constraints.txt", "hashes.txt"):
        assert "://" not in (ROOT / ".ci" / name).read_text(encoding="utf-8")


def test_changelog_has_the_version_with_its_day():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    (latest, _day) = re.findall(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)[0]

    assert latest == onboarding.__version__


def test_classifiers_name_each_python_from_the_oldest_to_the_one_that_is_tried():
    """``.ci/python`` gets the newest, with which ``.ci/run`` runs the tests."""
    oldest = int(PROJECT["requires-python"].removeprefix(">=3."))
    newest = int(re.search(r"^version=3\.(\d+)$", (ROOT / ".ci" / "python").read_text(), re.MULTILINE)[1])

    named = [line.rpartition(" 3.")[2] for line in PROJECT["classifiers"] if ":: 3." in line]

    assert named == [str(minor) for minor in range(oldest, newest + 1)]
