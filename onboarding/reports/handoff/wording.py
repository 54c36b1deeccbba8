"""The words of the hand-off workbook in the reader's language, from a table of words for all languages.

The code has English words. ``words_of_sheets.toml`` and ``words_of_rows.toml`` are the table: they translate each
English text into all other languages of the workbook. For some texts, the workbook also has its own English words:
other reports ask people to correct a cell in the HR system, and the workbook asks HR to fill in a cell of the workbook.

A sentence about a row quotes words of the export, such as the text of a cell. The table has a slot, such as ``{name}``,
in place of the quoted words. If the table lacks a sentence, a workbook in another language leaves out the sentence. So
no reader finds a mixture of languages. The general words for the row's reason still say what is wrong.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

from onboarding.model.handoff_words import ANSWERS, TITLES, HandoffColumn, HandoffLanguage
from onboarding.model.hr_answers import HrAnswer
from onboarding.model.values import dataclass
from onboarding.reports.words import explain_disposition, label_of

TABLES = tuple(Path(__file__).with_name(name) for name in ("words_of_sheets.toml", "words_of_rows.toml"))

Translations: TypeAlias = Mapping[str, Mapping[HandoffLanguage, str]]
"""The translations of each English text, by language."""

SLOT = re.compile(r"\{(\w+)\}")
"""The regular expression for a slot: a place in a text of the table for other words."""

TRANSLATED_SLOTS = frozenset({"advice", "answer", "before", "still", "which"})
"""The names of slots for words that need a translation, which the table has, too."""

TEXTS_REMEMBERED = 4_096
"""How many sentences about rows stay in memory with their translations. Many rows have the same sentence."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A sentence of the table that has slots.

    ``start`` is the English text before the first slot. ``expression`` finds the words in the slots of an English
    sentence. ``translated`` is the translation, which has the same slots.
    """

    start: str
    expression: re.Pattern[str]
    translated: str

    @classmethod
    def of(cls, english: str, translated: str) -> "_Template":
        start, *rest = SLOT.split(english)
        # Every second part is the name of a slot.
        slots = (f"(?P<{part}>.+?)" if at % 2 == 0 else re.escape(part) for at, part in enumerate(rest))
        return cls(start, re.compile(re.escape(start) + "".join(slots), re.DOTALL), translated)


class HandoffWording:
    """The words of the workbook in one language."""

    def __init__(self, language: HandoffLanguage) -> None:
        self.language = language
        self.titles: Mapping[HandoffColumn, str] = TITLES[language]
        """The titles of the columns that the job reads back."""
        self.answers: Mapping[HrAnswer, str] = ANSWERS[language]
        """The words for each answer of HR."""

    def text(self, english: str, /, **slots: object) -> str:
        """Return a text of the table in this language, with the given words in its slots.

        Raises ``KeyError`` if the table lacks the text.
        """
        return _exact(self.language)[english].format(**slots)

    def label(self, disposition: str) -> str:
        """Return the name of a disposition."""
        return self.text(label_of(disposition))

    def explain(self, disposition: str, reason: str, detail: str) -> str:
        """Return one or more sentences in this language about the reason for a row's disposition."""
        return explain_disposition(disposition, reason, detail, translate=self.translation)

    def translation(self, english: str) -> str:
        """Return the translation of a sentence into this language, from ``translated``."""
        return translated(english, self.language)


def read_tables() -> Translations:
    """Return the table of words, from both of its files."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in TABLES]
    return {english: texts for table in tables for english, texts in table.items()}


@lru_cache(maxsize=TEXTS_REMEMBERED)
def translated(english: str, language: HandoffLanguage) -> str:
    """Return the translation of a sentence, with the quoted words of the sentence.

    If the table lacks the sentence, return the sentence unchanged for English readers, and an empty text for others.
    """
    if (known := _exact(language).get(english)) is not None:
        return known
    for template in _templates(language):
        found = english.startswith(template.start) and template.expression.fullmatch(english)
        if found and (slots := _in_slots(found.groupdict(), language)) is not None:
            return template.translated.format(**slots)
    return english if language is HandoffLanguage.ENGLISH else ""


def _in_slots(words: Mapping[str, str], language: HandoffLanguage) -> Mapping[str, str] | None:
    """Return the words for the slots of a translation, by the names of the slots.

    Return None if the table lacks the translated words for a slot.
    """
    slots = {name: translated(cell, language) if name in TRANSLATED_SLOTS else cell for name, cell in words.items()}
    return slots if all(slots.values()) else None


@cache
def _exact(language: HandoffLanguage) -> Mapping[str, str]:
    english_answers = ANSWERS[HandoffLanguage.ENGLISH]
    answers = {english_answers[answer]: words for answer, words in ANSWERS[language].items()}
    own_words = language is HandoffLanguage.ENGLISH
    return {
        text: words.get(language, text) if own_words else words[language] for text, words in read_tables().items()
    } | answers


@cache
def _templates(language: HandoffLanguage) -> Sequence[_Template]:
    return [_Template.of(english, words) for english, words in _exact(language).items() if SLOT.search(english)]
