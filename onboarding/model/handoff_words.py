"""The words of the hand-off workbook that the job reads back, in each language of the workbook.

HR fills in the hand-off workbook. The package ``reports`` writes the workbook's titles and answers in one language. The
package ``exports`` reads all languages, since the settings of the machine that reads a workbook may differ. This module
loads no pandas.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from onboarding.model.hr_answers import ANSWER_WORDS, HrAnswer


class HandoffLanguage(StrEnum):
    """A language of the hand-off workbook, by its code in ISO 639-1."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


class HandoffColumn(StrEnum):
    """A column of the hand-off workbook that the job reads back."""

    EMPLOYEE_ID = "employee_id"
    NAME = "name"
    AS_GIVEN = "as_given"
    CORRECTED = "corrected"
    ANSWER = "answer"
    COMMENT = "comment"
    QUESTION = "question"
    SUGGESTION = "suggestion"


FILLED_IN = (HandoffColumn.ANSWER, HandoffColumn.QUESTION, HandoffColumn.SUGGESTION, HandoffColumn.COMMENT)
"""The columns of HR's answer and comment, the hidden question and the suggestion. The job also reads corrections."""


def _titles(*titles: str) -> Mapping[HandoffColumn, str]:
    return MappingProxyType(dict(zip(HandoffColumn, titles, strict=True)))


TITLES: Mapping[HandoffLanguage, Mapping[HandoffColumn, str]] = MappingProxyType(
    {
        HandoffLanguage.ENGLISH: _titles(
            *("Employee ID", "Name", "Address as given", "Corrected address", "Answer", "Comment", "Question"),
            "Suggestion",
        ),
        HandoffLanguage.GERMAN: _titles(
            *("Personalnummer", "Name", "Adresse wie angegeben", "Korrigierte Adresse"),
            *("Antwort", "Kommentar", "Frage", "Vorschlag"),
        ),
        HandoffLanguage.FRENCH: _titles(
            *("Matricule", "Nom complet", "Adresse telle que fournie", "Adresse corrigée"),
            *("Réponse", "Commentaire", "Question", "Proposition"),
        ),
        HandoffLanguage.SPANISH: _titles(
            *("Número de empleado", "Nombre completo", "Dirección tal como figura", "Dirección corregida"),
            *("Respuesta", "Comentario", "Pregunta", "Sugerencia"),
        ),
    }
)
"""The titles of the columns that the job reads back, by language.

Many exports use the same titles for employee ids and names.
"""


def _answers(*words: str) -> Mapping[HrAnswer, str]:
    return MappingProxyType(dict(zip(HrAnswer, words, strict=True)))


ANSWERS: Mapping[HandoffLanguage, Mapping[HrAnswer, str]] = MappingProxyType(
    {
        HandoffLanguage.ENGLISH: ANSWER_WORDS,
        HandoffLanguage.GERMAN: _answers(
            *("Adresse korrigiert", "Adresse ist richtig", "ist aktiv", "ist ausgeschieden"),
            *("nicht einladen", "später fragen"),
        ),
        HandoffLanguage.FRENCH: _answers(
            *("l'adresse est corrigée", "l'adresse est exacte", "est en poste", "a quitté la société"),
            *("ne pas inviter", "me demander plus tard"),
        ),
        HandoffLanguage.SPANISH: _answers(
            *("se corrigió la dirección", "la dirección es correcta", "sigue en activo", "ya no trabaja aquí"),
            *("no invitar", "preguntar más tarde"),
        ),
    }
)
"""The words of each answer. The workbook offers these words in a list.

No answer looks like a title. Otherwise the job might take a row with the answer for the header of a table.
"""

_ANSWER_OF = MappingProxyType(
    {words.casefold(): answer for answers in ANSWERS.values() for answer, words in answers.items()}
)


def answer_in(cell: str) -> HrAnswer | None:
    """Return the answer in a cell, or None for other words.

    The words may be in any language, letter case and spacing.
    """
    words = unicodedata.normalize("NFC", " ".join(cell.split())).replace("\u2019", "'")
    return _ANSWER_OF.get(words.casefold())
