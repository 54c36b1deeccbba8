"""The rules of the house, enforced by walking the imports."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "onboarding"
EFFECTS = {"boto3", "botocore", "sqlalchemy", "dask", "structlog", "tenacity"}
PURE = (
    *("rows", "addresses", "duplicates", "fingerprints", "policy", "standing", "words", "vocabulary", "dates"),
    *("date_order", "suspicions", "look_alikes", "near_misses", "domains", "plan", "outcomes", "reports.reconcile"),
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


@cache
def imports(module: str) -> frozenset[str]:
    """Return what a module imports when it is loaded, as absolute module names."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    inside = {node for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    inside |= {node for outer in ast.walk(tree) if is_for_types(outer) for node in ast.walk(outer)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in inside:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names} - exported(node.module)
            found |= {f"{node.module}.{name}" for name in names} & MODULES.keys() or {node.module}
    return frozenset(found)


@cache
def exported(package: str | None) -> frozenset[str]:
    """Return the names that the front of a package gives to others, which may be named like its modules."""
    if package not in PACKAGES - {"onboarding"}:
        return frozenset()
    tree = ast.parse(MODULES[package].read_text(encoding="utf-8"))
    return frozenset(ast.literal_eval(tree.body[-1].value))


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def reached(module: str) -> set[str]:
    """Return all modules, foreign ones included, that loading a module loads; leaving out the packages' own fronts."""
    todo, seen = [module], set()
    while todo:
        for name in imports(todo.pop()) - seen:
            seen.add(name)
            if name in MODULES:
                todo.append(name)
    return seen


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_reach_no_effects(module):
    assert {name.split(".")[0] for name in reached(f"onboarding.{module}")} & EFFECTS == set()


@pytest.mark.parametrize(
    ("library", "home"),
    [("tenacity", "onboarding.sending.retry"), ("boto3", "onboarding.aws"), ("filelock", "onboarding.ledger.lock")],
)
def test_library_is_imported_in_one_module(library, home):
    users = {module for module in MODULES if library in {name.split(".")[0] for name in imports(module)}}

    assert users == {home}


def test_only_one_engine_knows_dask_and_loads_it_when_it_is_used():
    """It is an extra, and slow to load."""
    users = set()
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            named |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            users |= {module} if {name.split(".")[0] for name in named} & {"dask", "distributed"} else set()

    assert users == {"onboarding.engines.cluster", "onboarding.engines.dask"}
    assert not {name.split(".")[0] for name in reached("onboarding.pipeline")} & {"dask", "distributed"}


def test_there_is_no_import_circle():
    graph = {module: {name for name in imports(module) if name in MODULES} for module in MODULES}
    done: set[str] = set()

    while ready := {module for module, needs in graph.items() if module not in done and needs <= done}:
        done |= ready

    assert set(graph) - done == set()


def test_packages_are_reached_through_their_front():
    def home(module: str) -> str:
        return module if module in PACKAGES else module.rpartition(".")[0]

    around = {
        (module, name)
        for module in MODULES
        for name in imports(module)
        if name in MODULES and home(name) not in ("onboarding", home(module)) and name not in PACKAGES
    }

    assert around == set()


@pytest.mark.parametrize("package", sorted(PACKAGES - {"onboarding"}))
def test_front_of_a_package_is_a_sorted_all(package):
    tree = ast.parse(MODULES[package].read_text(encoding="utf-8"))

    assert all(isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign) for node in tree.body)
    assert tree.body[-1].targets[0].id == "__all__"
    assert len(exported(package)) <= 20


@pytest.mark.parametrize("module", sorted(MODULES))
def test_module_opens_with_one_sentence(module):
    docstring = ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8")))

    assert docstring is not None
    assert docstring.split("\n")[0][-1] in ".?:!"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_module_is_short_enough_to_read(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 280


def test_nothing_happens_at_import():
    script = (
        "import os, sqlite3, socket, sys, pathlib, threading\n"
        "before = set(os.listdir('.')), threading.active_count()\n"
        "def refuse(*_): raise AssertionError('an effect at import')\n"
        "socket.socket.connect = sqlite3.connect = pathlib.Path.mkdir = refuse\n"
        "import onboarding.pipeline, onboarding.cli\n"
        "assert (set(os.listdir('.')), threading.active_count()) == before\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT / "sample_data")


def test_help_loads_no_heavy_library():
    script = (
        "import sys\n"
        "from onboarding.cli import main\n"
        "sys.argv = ['onboard', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code in (0, None), end.code\n"
        "heavy = {'pandas', 'pyarrow', 'boto3', 'botocore', 'sqlalchemy', 'pydantic', 'structlog'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
