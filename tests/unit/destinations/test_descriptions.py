"""Each destination describes itself: what the description names is there, and nothing else knows the destination."""

import ast
import re
from pathlib import Path

import pytest

from onboarding.cli.guide import text_of
from onboarding.destinations.port import DestinationType
from onboarding.model.destinations import canonical_account
from onboarding.runtime.destination_registry import destinations, load_part, unusable_destinations
from onboarding.sandbox.simulation import Simulation
from onboarding.settings.destination_options import OWN
from onboarding.settings.options import OPTIONS
from onboarding.settings.settings import Settings

PACKAGE = Path(__file__).parents[3] / "onboarding"
FOLDERS = {name: PACKAGE / "destinations" / name for name in destinations()}
DESCRIBED = list(destinations().values())


def words_in_code(path: Path) -> list[str]:
    """Return the texts and names in a module's code. Its docstrings may give examples, so they are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    imports = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [*(text for text in texts if isinstance(text, str)), *names, *imports]


def test_there_are_two_destinations_and_one_is_the_default():
    assert [*destinations()] == ["chime", "wickr"]
    assert [each.name for each in DESCRIBED if each.is_default] == ["chime"]
    assert unusable_destinations() == ()


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: each.name)
def test_parts_that_a_description_names_are_there(described):
    assert isinstance(load_part(described.adapter), DestinationType)
    assert isinstance(load_part(described.simulation), Simulation)


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: each.name)
def test_description_loads_nothing_heavy(described):
    tree = ast.parse((FOLDERS[described.name] / "description.py").read_text(encoding="utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]

    assert [node.module for node in imported] == ["onboarding.model.destinations"]


def test_no_other_module_knows_a_destination_by_its_name():
    """The guide and docstrings may name them."""
    known = re.compile("|".join(destinations()), re.IGNORECASE)
    others = [path for path in PACKAGE.rglob("*.py") if not set(FOLDERS.values()) & set(path.parents)]
    suspects = [path for path in others if known.search(path.read_text(encoding="utf-8"))]
    found = {str(path.relative_to(PACKAGE)) for path in suspects if any(map(known.search, words_in_code(path)))}

    assert PACKAGE / "model" / "destinations.py" in suspects  # its docstrings give examples
    assert found == set()


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: each.name)
def test_guide_lists_the_permissions_of_a_destination(described):
    row = next(
        line for line in text_of("destinations-and-permissions").splitlines() if line.startswith("| permissions")
    )

    assert {name for name in re.findall(r"`(\w+:\w+)`", row) if name.startswith(f"{described.name}:")} == set(
        described.permissions
    )


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: each.name)
def test_account_of_the_sandbox_is_an_account(described):
    account = described.sandbox_account
    settings = Settings.model_validate({described.account.name: account})

    assert settings.account == account == canonical_account(account, described.account.pattern)
    assert settings.destination == described.name


def test_each_own_setting_is_an_option_with_its_help():
    assert {name: OPTIONS[name].help for name in OWN} == {name: setting.help for name, setting in OWN.items()}


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: each.name)
def test_shared_settings_that_a_description_supports_are_settings(described):
    assert described.supports <= OPTIONS.keys() - OWN.keys()


def test_pattern_of_a_destination_cannot_permit_what_no_account_may_be():
    """An account stands in files that a spreadsheet opens, and in messages."""
    names = ["=HYPERLINK(1)", "a b", "ann@example.com", "a\nb", ""]

    assert [canonical_account(name, "(?s).*") for name in names] == [""] * len(names)
