"""Enforce the rules of the house by reading the imports. ``python tests/test_architecture.py`` prints its table."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "onboarding"

FLOORS = (
    ("model",),
    ("addresses", "runtime"),
    ("exports", "ledger", "settings", "sandbox"),
    ("preparing", "destinations"),
    ("sending", "reports"),
    ("pipeline",),
    ("cli",),
    ("jobs",),
)
"""The rooms, the lowest floor first. A room imports rooms of lower floors only.

Settings and the sandbox must know the destinations, which stand above them. So ``model.destinations`` says what a
description is, and ``runtime.destination_registry`` loads descriptions by the names of their folders. That is the only
way up: a description imports ``model.destinations`` alone.
"""

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS, 1) for room in rooms}
BY_MODULE = {"model", "runtime", "settings", "pipeline", "cli"}
"""Rooms without a front, so that light things stay light: the ground rooms, and those with one module for each use."""

PURE = ("model", "addresses", "preparing", "reports.reconcile", "exports.layout", "exports.words")
ENGINES = ("preparing.local_engine", "preparing.dask")
"""The parts of ``preparing`` that have effects."""

EFFECTS = {"boto3", "botocore", "sqlalchemy", "dask", "distributed", "structlog", "tenacity"}

MOST_LINES = 280
MOST_LINES_OF_A_FUNCTION = 45
MOST_NAMES_AT_A_FRONT = 20


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for folder in ("onboarding", "jobs") for path in sorted((ROOT / folder).rglob("*.py"))}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def front_of(package: str | None) -> frozenset[str]:
    """Return the names that the front of a package gives to others, which may be named like its modules."""
    stub = stub_of(package) if package in PACKAGES else None
    return frozenset(ast.literal_eval(stub.body[-1].value)) if stub else frozenset()


def stub_of(package: str) -> ast.Module | None:
    """Return the stub that says what a package's front gives to others; a package need not have one."""
    stub = MODULES[package].with_suffix(".pyi")
    return ast.parse(stub.read_text(encoding="utf-8")) if stub.exists() else None


def room_of(module: str) -> str:
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "onboarding" else top


@cache
def imports(module: str, *, late: bool = False) -> frozenset[str]:
    """Return what a module imports when it is loaded, as absolute names; with ``late``, what its functions import too.

    What it imports for types alone does not count.
    """
    found: set[str] = set()
    for node in statements_that_run(tree_of(module), late=late):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names} - front_of(node.module)
            modules = {f"{node.module}.{name}" for name in names} & MODULES.keys()
            found |= modules
            if len(modules) < len(node.names):
                found.add(node.module)
    return frozenset(found)


def statements_that_run(tree: ast.AST, *, late: bool = True) -> Iterator[ast.AST]:
    """Yield the statements below a node that run when the module is loaded; with ``late``, also those of functions.

    Only statements have statements below them, so the expressions, which are far more, are passed over.
    """
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for node in getattr(tree, part, ()):
            if not is_for_types(node) and (late or not isinstance(node, ast.FunctionDef)):
                yield node
                yield from statements_that_run(node, late=late)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@cache
def arrows() -> set[tuple[str, str]]:
    """Return all imports from one module of the house to another, also those within functions."""
    return {(module, name) for module in MODULES for name in imports(module, late=True) if name in MODULES}


def is_pure(module: str) -> bool:
    def under(names: tuple[str, ...]) -> bool:
        return any(f"{module}.".startswith(f"onboarding.{name}.") for name in names)

    return under(PURE) and not under(ENGINES) and module not in PACKAGES


def reached(module: str) -> set[str]:
    """Return all modules, foreign ones included, that loading a module loads; leaving out the packages' own fronts."""
    todo, seen = [module], set()
    while todo:
        for name in imports(todo.pop()) - seen:
            seen.add(name)
            if name in MODULES:
                todo.append(name)
    return seen


def print_table() -> None:
    """Print the rooms by floor with their modules and lines, and how many arrows run up or in a circle."""
    for number, rooms in reversed([*enumerate(FLOORS, 1)]):
        for room in rooms:
            paths = [path for module, path in MODULES.items() if room_of(module) == room]
            lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
            print(f"floor {number}  {room:<13} {len(paths):>3} modules {lines:>6} lines")  # noqa: T201 - what the command is for
    print(f"{len(arrows())} arrows, {len(arrows_up())} up, {len(in_circles())} modules in circles")  # noqa: T201


def arrows_up() -> set[tuple[str, str]]:
    rooms = {(module, name): (room_of(module), room_of(name)) for module, name in arrows()}
    return {
        arrow
        for arrow, (above, below) in rooms.items()
        if above in FLOOR_OF and below and above != below and FLOOR_OF[below] >= FLOOR_OF[above]
    }


def in_circles() -> set[str]:
    graph = {module: {name for name in imports(module) if name in MODULES} for module in MODULES}
    done: set[str] = set()
    while ready := {module for module, needs in graph.items() if module not in done and needs <= done}:
        done |= ready
    return set(graph) - done


def test_every_module_is_in_a_room():
    loose = {module for module in MODULES if room_of(module) not in FLOOR_OF}

    assert loose == {"onboarding", "onboarding.__main__"}


def test_rooms_import_lower_floors_only():
    assert arrows_up() == set()


def test_there_is_no_import_circle():
    assert in_circles() == set()


def test_house_has_thirteen_rooms_on_eight_floors():
    assert (len(FLOOR_OF) - 1, len(FLOORS)) == (13, 8)  # jobs/ stands outside of the package


def test_pure_modules_import_no_effects():
    effects = {
        module: found
        for module in filter(is_pure, MODULES)
        if (found := {name.split(".")[0] for name in imports(module, late=True)} & EFFECTS)
    }

    assert effects == {}


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("tenacity", "onboarding.sending.retry"),
        ("boto3", "onboarding.runtime.aws_clients"),
        ("rich.console", "onboarding.runtime.terminal"),  # whose console shows foreign text safely
    ],
)
def test_library_is_imported_in_one_module(library, home):
    users = {
        module for module in MODULES if any(f"{name}.".startswith(f"{library}.") for name in imports(module, late=True))
    }

    assert users == {home}


HOMES_OF_ONE_SYSTEM = {
    "fcntl": {"onboarding.runtime.descriptors"},
    "msvcrt": {"onboarding.runtime.descriptors"},
    "resource": {"onboarding.exports.confined", "onboarding.runtime.memory_limits"},
    **{name: set() for name in ("grp", "pwd", "pty", "termios", "tty", "winreg", "_winapi")},
}
"""Modules that Python has on POSIX or on Windows alone, and who loads them by name, if they are there."""


@pytest.mark.parametrize("library", HOMES_OF_ONE_SYSTEM)
def test_module_of_one_system_is_never_imported_and_loaded_in_its_homes_alone(library):
    """An import would end the program on other systems."""
    imported = {module for module in MODULES if library in imports(module, late=True)}

    assert (imported, modules_that_give_a_call()[library]) == (set(), HOMES_OF_ONE_SYSTEM[library])


@cache
def modules_that_give_a_call() -> dict[object, set[str]]:
    """Return the modules that call something with a text or a number, by that text or number."""
    found = defaultdict(set)
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            for word in node.args if isinstance(node, ast.Call) else ():
                if isinstance(word, ast.Constant):
                    found[word.value].add(module)
    return found


def test_dask_is_known_in_its_package_alone_and_loaded_when_it_is_used():
    """It is an extra, and slow to load."""
    dask = {"dask", "distributed"}
    users = {module for module in MODULES if {name.split(".")[0] for name in imports(module, late=True)} & dask}

    assert all(module.startswith("onboarding.preparing.dask.") for module in users)
    assert not {name.split(".")[0] for name in reached("onboarding.pipeline.run")} & dask


def test_parts_of_destinations_are_loaded_by_name_in_two_places():
    """No import shows these ways up, so this list does."""
    users = {
        module
        for module in MODULES
        for node in statements_that_run(tree_of(module))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "load_part" for alias in node.names)
    }

    assert users == {"onboarding.destinations.opening", "onboarding.sandbox.sandbox"}


def test_upper_rooms_are_reached_through_their_front():
    around = {
        (module, name)
        for module, name in arrows()
        if room_of(name) not in {"", *BY_MODULE, room_of(module)} and name not in PACKAGES
    }

    assert around == set()


def test_front_of_a_package_is_its_docstring_or_loads_on_demand():
    attach = ["import lazy_loader", "__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)"]
    for package in PACKAGES - {"onboarding"}:
        docstring, *code = tree_of(package).body

        assert isinstance(docstring, ast.Expr), package
        assert [ast.unparse(node) for node in code] == (attach if stub_of(package) else []), package


@pytest.mark.parametrize("package", sorted(package for package in PACKAGES if stub_of(package)))
def test_front_names_what_it_gives(package):
    _, *others, names = stub_of(package).body
    imported = [node for node in others if isinstance(node, ast.ImportFrom)]
    declared = [ast.unparse(node) for node in others if node not in imported]

    assert declared == (["__version__: str"] if package == "onboarding" else [])
    assert {alias.name for node in imported for alias in node.names} == front_of(package)
    assert all(alias.asname is None for node in imported for alias in node.names)
    assert names.targets[0].id == "__all__"
    assert len(front_of(package)) <= MOST_NAMES_AT_A_FRONT


def test_name_of_a_class_stands_once():
    """A reader who searches for it finds one thing."""
    homes: dict[str, list[str]] = {}
    for module in MODULES:
        for node in statements_that_run(tree_of(module)):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(module)

    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_module_and_its_functions_are_short_enough_to_read():
    functions = {
        f"{module}.{node.name}": node.end_lineno - node.lineno + 1
        for module in MODULES
        for node in statements_that_run(tree_of(module))
        if isinstance(node, ast.FunctionDef)
    }
    modules = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}

    assert {name: lines for name, lines in modules.items() if lines > MOST_LINES} == {}
    assert {name: lines for name, lines in functions.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


def test_nothing_happens_at_import():
    script = (
        "import os, sqlite3, socket, sys, pathlib, threading\n"
        "before = set(os.listdir('.')), threading.active_count()\n"
        "def refuse(*_): raise AssertionError('an effect at import')\n"
        "socket.socket.connect = sqlite3.connect = pathlib.Path.mkdir = refuse\n"
        "import onboarding.pipeline.run, onboarding.cli.app\n"
        "assert (set(os.listdir('.')), threading.active_count()) == before\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT / "sample_data")


HEAVY = {"pandas", "pyarrow", "boto3", "botocore"}


@pytest.mark.parametrize(
    ("arguments", "heavy", "exit_code"),
    [
        (["--help"], {*HEAVY, "sqlalchemy", "pydantic", "structlog"}, 0),
        (["--version"], {*HEAVY, "sqlalchemy", "pydantic", "structlog"}, 0),
        (["runs", "--sandbox"], {*HEAVY, "structlog"}, 0),
        (["runs", "--sandbox", "--json"], {*HEAVY, "structlog", "rich"}, 0),
        (["runs", "--sandbox", "--last-success-within", "26h"], {*HEAVY, "structlog", "rich"}, 1),
        (["check", "--sandbox"], {"pandas", "pyarrow", "numpy"}, 0),
        (["guide", "start"], {*HEAVY, "sqlalchemy", "pydantic", "structlog"}, 0),
        (["who", "ann@corp.example.com", "--sandbox"], {"boto3", "botocore.session", "attr", "multiprocessing"}, 0),
        (["schema", "summary"], {*HEAVY, "sqlalchemy"}, 0),
        (["schema", "settings"], {*HEAVY, "sqlalchemy"}, 0),
    ],
)
def test_light_commands_load_no_heavy_library(arguments, heavy, exit_code, tmp_path):
    script = (
        "import sys\n"
        "from onboarding.cli.app import main\n"
        f"sys.argv = ['onboard', *{arguments!r}]\n"
        "try: main()\n"
        f"except SystemExit as end: assert (end.code or 0) == {exit_code}, end.code\n"
        f"loaded = {heavy!r} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": ""}

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=environment)


def test_plan_of_a_plain_export_loads_only_what_it_needs(tmp_path):
    """Each of these costs a small run more time than its rows do."""
    (tmp_path / "people.csv").write_text("Name,Email\nAnn Lee,ann.lee@corp.example.com\n")
    unused = {
        *("email_validator", "onboarding.preparing.dask.parts", "dask", "chardet", "openpyxl", "apprise", "psycopg"),
        *("rich.pretty", "rich.traceback", "rich.progress", "pygments", "attr", "pydantic_settings"),
    }
    script = (
        "import sys\n"
        "from onboarding.cli.app import main\n"
        "sys.argv = ['onboard', 'plan', 'people.csv', '--sandbox']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print({unused!r} & set(sys.modules), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script]

    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"HOME": str(tmp_path)}, check=True
    )

    assert done.stderr.splitlines()[-1] == "set()"


def test_end_of_a_command_searches_no_module_for_cycles(tmp_path):
    """The search takes a twentieth of the time of a small run. The first function that is registered runs last."""
    script = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "from onboarding.cli.app import main\n"
        "main('--version')\n"
    )
    command = [sys.executable, "-c", script]

    done = subprocess.run(command, capture_output=True, text=True, env={"HOME": str(tmp_path)}, check=True)

    assert done.stdout.splitlines()[-1] == "True"


IN_A_CHILD = {f"onboarding.exports.{name}" for name in ("confined", "sheet_xml", "workbook_child", "workbook_readers")}
"""Modules that a child process of its own runs, which loads nothing of ``model``."""


def test_frozen_values_have_the_decorator_that_starts_at_once():
    """``dataclasses.dataclass`` takes eight times as long for a class, and a plan loads three hundred of them."""
    slow = {
        module
        for module in set(MODULES) - IN_A_CHILD
        for node in statements_that_run(tree_of(module))
        if isinstance(node, ast.ClassDef)
        and any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
        and "onboarding.model.values" not in imports(module)
    }

    assert slow == set()


@pytest.mark.parametrize("module", ["onboarding.model.dispositions", "onboarding.model.choices"])
def test_enums_load_no_columns(module):
    """Settings, options and the table of words need them in commands that must start at once."""
    script = f"import sys, {module}; print({{'pandas', 'pyarrow', 'numpy'}} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert loaded == "set()\n"


if __name__ == "__main__":
    print_table()
