"""The meaning of a word depends on the kind of its column."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.words.meanings import (
    EMPLOYMENT_TYPES,
    GONE_TYPES,
    NO_PERSON,
    NOT_STARTED_TYPES,
    WORDS,
    WordKind,
    WordMeaning,
    word_meaning,
    word_meanings,
)
from onboarding.model.columns import text_array

# ruff: noqa: RUF001, SIM905  words in a row read better than as many quoted ones


@pytest.mark.parametrize(
    "word",
    """Inactive|Terminated|Term|Retired|Furloughed|No|0|T|I|N|FALSE|Deactivated|Archived|Deleted|Deceased|Suspended
    |Suspended - Payroll Eligible|Not on payroll|Former Employee|Separated|Withdrawn|Resigned|Left|Ended|Not Active
    |Ex-employee|Laid Off|inaktiv|ausgeschieden|gekündigt|inactif|licenciée|retraité|inactivo|baja|jubilado|inattivo
    |cessata|inactief|uit dienst|inaktiverad|päättynyt|eläkkeellä|inativo|demitido|nieaktywny|zwolniony""".split("|"),
)
def test_status_of_people_who_left(word):
    """The statuses are in English and other languages."""
    assert word_meaning(word.strip(), WordKind.STATUS) is WordMeaning.GONE


@pytest.mark.parametrize(
    "word",
    """Active|Active - Regular|Active - Payroll Eligible|active_external_suite|Yes|Y|TRUE|1|A|Full-Time|Part-Time|L
    |Leave|Paid leave|On Leave|aktiv|Elternzeit|actif|en congé|activo|de alta|attivo|in aspettativa|actief|in dienst
    |tjänstledig|aktiivinen|ativo|em férias|aktywny|na urlopie""".split("|"),
)
def test_status_of_employed_people(word):
    """Leave is employment."""
    assert word_meaning(word.strip(), WordKind.STATUS) is WordMeaning.EMPLOYED


BY_LANGUAGE = {
    "da": ("Ansat", "Orlov", "Fratrådt"),
    "no": ("Ansatt", "Permisjon", "Sluttet"),
    "cs": ("Aktivní", "Na mateřské", "Neaktivní"),
    "hu": ("Aktív dolgozó", "Szabadságon", "Kilépett"),
    "ro": ("Angajat", "În concediu", "Contract încetat"),
    "el": ("Ενεργός", "Σε άδεια", "Αποχώρησε"),
    "tr": ("Çalışıyor", "İzinli", "İşten ayrıldı"),
    "ru": ("Работает", "В отпуске", "Уволен"),
    "he": ("פעיל", "בחופשת לידה", "סיים עבודה"),
    "ar": ("على رأس العمل", "في إجازة", "منتهي الخدمة"),
    "ja": ("在職", "休職中", "退職"),
    "ko": ("재직", "육아휴직", "퇴사"),
    "zh": ("在职", "产假", "离职"),
    "pt": ("Ativo", "Afastado", "Demitido"),
    "de": ("aktiv", "Elternzeit", "ausgetreten"),
    "fr": ("actif", "congé maternité", "Parti"),
    "es": ("Activo", "Vacaciones", "Despedido"),
    "it": ("In forza", "In aspettativa", "Cessato"),
    "nl": ("In dienst", "Verlof", "Uit dienst"),
    "pl": ("Zatrudniony", "Urlop", "Zwolniony"),
    "sv": ("Anställd", "Föräldraledig", "Slutat"),
    "fi": ("Työsuhteessa", "Perhevapaalla", "Irtisanottu"),
}


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_status_words_are_known_in_each_language(language):
    meanings = [word_meaning(word, WordKind.STATUS) for word in BY_LANGUAGE[language]]

    assert meanings == [WordMeaning.EMPLOYED, WordMeaning.EMPLOYED, WordMeaning.GONE]


@pytest.mark.parametrize("word", ["blocked", "ldap_blocked", "banned", "離職（2024）", "Ex-contingent Worker"])
def test_accounts_and_people_that_are_gone(word):
    assert word_meaning(word, WordKind.STATUS) is WordMeaning.GONE


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Employee", WordMeaning.EMPLOYED),
        ("Ex-employee", WordMeaning.GONE),
        ("Ex-contingent Worker", WordMeaning.GONE),
        ("Pending Worker", WordMeaning.NOT_STARTED),
    ],
)
@pytest.mark.parametrize("kind", [WordKind.USER_TYPE, WordKind.EMPLOYMENT_TYPE])
def test_type_of_person_may_say_that_a_person_left(word, expected, kind):
    assert word_meaning(word, kind) is expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("512", WordMeaning.EMPLOYED),
        ("514", WordMeaning.GONE),
        ("66048", WordMeaning.EMPLOYED),
        ("66050", WordMeaning.GONE),
        ("4096", WordMeaning.NOT_A_PERSON),
        ("", WordMeaning.SILENT),
        ("NORMAL_ACCOUNT", WordMeaning.UNKNOWN),
        ("9" * 5000, WordMeaning.UNKNOWN),
    ],
)
def test_second_bit_of_the_account_control_means_disabled(cell, expected):
    assert word_meaning(cell, WordKind.ACCOUNT_CONTROL) is expected


def test_words_of_the_user_come_before_the_lists():
    own = {"frei": WordMeaning.GONE, "t": WordMeaning.EMPLOYED}

    assert [word_meaning(word, WordKind.STATUS, own) for word in ("Frei", "T", "Active", "")] == [
        WordMeaning.GONE,
        WordMeaning.EMPLOYED,
        WordMeaning.EMPLOYED,
        WordMeaning.SILENT,
    ]


@pytest.mark.parametrize("word", ["onboarding", "Hired", "Accepted", "Pre-start", "Pre-hire", "noch nicht gestartet"])
def test_status_of_people_who_start_later(word):
    assert word_meaning(word, WordKind.STATUS) is WordMeaning.NOT_STARTED


@pytest.mark.parametrize("word", ["Bot", "Multi-Channel Guest", "Gast"])
def test_status_of_records_that_are_no_people(word):
    assert word_meaning(word, WordKind.STATUS) is WordMeaning.NOT_A_PERSON


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (WordKind.STATUS, WordMeaning.GONE),
        (WordKind.EMPLOYMENT_TYPE, WordMeaning.EMPLOYED),
        (WordKind.USER_TYPE, WordMeaning.UNKNOWN),
    ],
)
def test_t_is_terminated_or_temporary(kind, expected):
    assert word_meaning("T", kind) is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Terminated - Voluntary", WordMeaning.GONE),
        ("Terminated for cause", WordMeaning.GONE),
        ("Inactive – No Payroll", WordMeaning.GONE),
        ("Active (Leave)", WordMeaning.EMPLOYED),
        ("Active-Regular", WordMeaning.EMPLOYED),
        ("1 - Active", WordMeaning.EMPLOYED),
        ("2 - Terminated", WordMeaning.GONE),
        ("A: Active", WordMeaning.EMPLOYED),
    ],
)
def test_status_with_an_explanation(word, expected):
    """The first part counts, unless it is a code that the rest explains."""
    assert word_meaning(word, WordKind.STATUS) is expected


@pytest.mark.parametrize("word", ["Active - Terminated", "T - Temporary", "0 - Active"])
def test_status_that_says_yes_and_no_is_unknown(word):
    assert word_meaning(word, WordKind.STATUS) is WordMeaning.UNKNOWN


@pytest.mark.parametrize(
    "word", ["Wibble", "Activ8", "Active duty", "??", "Trạng thái", "S", "De baja", "Notice period"]
)
def test_other_status_is_unknown(word):
    """Words with two meanings are not listed, so the job does not guess."""
    assert word_meaning(word, WordKind.STATUS) is WordMeaning.UNKNOWN


@pytest.mark.parametrize("cell", ["", " ", "\u00a0", "\x1a", "-", "n/a", "#N/A", "None"])
@pytest.mark.parametrize("kind", WordKind)
def test_placeholder_says_nothing(cell, kind):
    assert word_meaning(cell, kind) is WordMeaning.SILENT


@pytest.mark.parametrize("spelling", ["ACTIVE", "  active\u00a0", "Activé", "Äctive", "\uff21ctive", "a\u0301ctive"])
def test_case_space_accents_and_width_do_not_matter(spelling):
    assert word_meaning(spelling, WordKind.STATUS) is WordMeaning.EMPLOYED


@pytest.mark.parametrize(
    ("kind", "yes", "no"),
    [
        (WordKind.ENABLED, WordMeaning.EMPLOYED, WordMeaning.GONE),
        (WordKind.BLOCKED, WordMeaning.GONE, WordMeaning.EMPLOYED),
    ],
)
def test_switches_are_each_others_opposite(kind, yes, no):
    assert [word_meaning(word, kind) for word in ("True", "Yes", "ja", "FALSE", "0", "non")] == [yes] * 3 + [no] * 3


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("W1", WordMeaning.WORK),
        ("Work", WordMeaning.WORK),
        ("H1", WordMeaning.PRIVATE),
        ("Home (personal)", WordMeaning.PRIVATE),
    ],
)
def test_address_type(word, expected):
    assert word_meaning(word, WordKind.ADDRESS_TYPE) is expected


@pytest.mark.parametrize(
    "word", ["Guest", "External guest (B2B)", "SharedDevice", "RoomMailbox", "Service Account", "Applicant", "Bewerber"]
)
def test_user_type_of_records_that_are_no_people(word):
    assert word_meaning(word, WordKind.USER_TYPE) is WordMeaning.NOT_A_PERSON


def test_no_word_is_listed_with_two_meanings():
    employed = EMPLOYMENT_TYPES - WORDS["type_codes"] | WORDS["on_leave"] | WORDS["yes"]
    sets = (employed, WORDS["not_yet"], WORDS["gone"] | WORDS["no"], WORDS["guests_and_bots"])
    types = (EMPLOYMENT_TYPES, NOT_STARTED_TYPES, GONE_TYPES, NO_PERSON)
    users = (WORDS["members"], NOT_STARTED_TYPES, GONE_TYPES, NO_PERSON)
    addresses = (WORDS["at_work_address"], WORDS["private_address"])

    for listed in (sets, types, users, addresses, (WORDS["yes"], WORDS["no"])):
        assert sum(map(len, listed)) == len(frozenset.union(*listed))


@given(st.lists(st.sampled_from(["Active", "T", "", "Wibble", "Hired"])), st.sampled_from(list(WordKind)))
def test_column_has_the_meanings_of_its_cells(cells, kind):
    said = word_meanings(pd.Series(text_array(cells)), kind)

    assert said.dtype == np.int8
    assert said.tolist() == [word_meaning(cell, kind) for cell in cells]


@given(st.text(), st.sampled_from(list(WordKind)))
def test_any_text_has_a_meaning(cell, kind):
    assert word_meaning(cell, kind) in WordMeaning
