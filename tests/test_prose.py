"""Keep the prose plain: the habits that make a reader read a sentence twice do not come back."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for folder in ("onboarding", "jobs", "tests") for path in (ROOT / folder).rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / ".github").rglob("*.md"))]
DOCUMENTS += sorted((ROOT / "onboarding" / "guide").glob("*.md"))

HABITS = re.compile(
    r"\b(told of|tells? of|of whom|by whom|for whom|with whom|of which nobody|of which is|whoever|whomever|lest"
    r"|thereof|so it is(?=[.,;])|somebody must|nobody can tell|nobody knows|what is said of|as somebody"
    r"|what there is to say)\b",
    re.IGNORECASE,
)
"""Riddles: the actor is missing, or stands where nobody looks for it. Name the actor, and put the subject first."""


def prose_of(module: Path) -> list[tuple[int, str]]:
    """Return the comments and strings of a module, docstrings among them, with the line on which each begins."""
    tokens = tokenize.generate_tokens(io.StringIO(module.read_text(encoding="utf-8")).readline)
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    return [(token.start[0], " ".join(token.string.split())) for token in tokens if token.type in kinds]


def found_in(texts: list[tuple[int, str]]) -> list[str]:
    return [f"line {line}: {match[0]}" for line, text in texts for match in HABITS.finditer(text)]


def test_code_is_written_in_plain_english():
    """Only a module whose text has a habit anywhere is taken to pieces, which is slow. This one names the habits."""
    suspects = [module for module in MODULES if HABITS.search(" ".join(module.read_text(encoding="utf-8").split()))]

    found = {str(module.relative_to(ROOT)): found_in(prose_of(module)) for module in suspects}

    assert found.pop("tests/test_prose.py")
    assert {name: habits for name, habits in found.items() if habits} == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_are_written_in_plain_english(document):
    lines = enumerate(document.read_text(encoding="utf-8").splitlines(), 1)

    assert found_in(list(lines)) == []


def test_module_opens_with_a_statement_of_what_it_owns():
    openings = {str(module.relative_to(ROOT)): opening_of(module.read_text(encoding="utf-8")) for module in MODULES}

    assert [name for name, line in openings.items() if line[-1:] not in (".", ":", "!")] == []


def opening_of(code: str) -> str:
    """Return the first line of the docstring that a module begins with. To parse all modules takes a second."""
    opening = re.match(r'(?:#!.*\n)?r?"""(.*?)(?:"""|\n)', code)
    return opening[1] if opening else ""
