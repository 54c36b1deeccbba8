"""Find the only address in a cell with other text: a link, a name, a label or a note in brackets.

``find_wrapped`` returns an address only if the whole cell has one of the forms below. ``X`` is the address, and two
``X`` are the same address. ``T`` is a text without an address, or the same address again. The text ``T`` must contain
none of the ``OTHER_WORDS``, such as ``private`` or ``manager``.

==================================  ==========================================
form                                where it comes from
==================================  ==========================================
``X#mailto:X#``, ``T#mailto:X#``    a hyperlink of Access
``[T](mailto:X)``                   a link in Markdown
``<a href="mailto:X">T</a>``        a link in HTML
``<mailto:X|T>``                    a link in Slack
``=HYPERLINK("mailto:X","T")``      a formula of a spreadsheet
``T (X)``, ``T [X]``                a name and the address
``X (T)``, ``X [T]``                the address and a name, or a label
``Email: X``                        a label and the address
==================================  ==========================================

A cell with two different addresses has none of these forms.
"""

import re
from collections.abc import Sequence
from itertools import chain

LONGEST_WRAPPED = 1000
"""The longest cell in which the job looks for a wrapped address, in characters."""

LABELS = frozenset(
    {
        *("e-mail", "email", "mail", "e-mail address", "email address", "mail address", "smtp", "sip", "internet"),
        *("work", "work email", "work e-mail", "office", "business", "company", "corporate", "primary", "main"),
        *("dienstlich", "geschäftlich", "arbeit", "büro", "firma", "travail", "bureau", "professionnel", "trabajo"),
        *("oficina", "trabalho", "lavoro", "ufficio", "werk", "zakelijk", "praca", "рабочий", "会社", "勤務先"),
    }
)
"""Labels of addresses, in lower case.

Such a label only says that the text beside the label is an address or a work address.
"""

OTHER_WORDS = frozenset(
    {
        *("private", "personal", "home", "old", "former", "previous", "alternate", "alternative", "secondary"),
        *("backup", "recovery", "emergency", "invalid", "bounced", "inactive", "left", "wrong", "not", "no", "do"),
        *("manager", "supervisor", "boss", "lead", "leader", "head", "assistant", "secretary", "hr", "partner"),
        *("contact", "spouse", "wife", "husband", "mother", "father", "owner", "approver", "sponsor", "team"),
        *(
            "buddy",
            "mentor",
            "via",
            "shared",
            "group",
            "list",
            "cc",
            "bcc",
            "of",
            "for",
            "instead",
            "use",
            "new",
            "vorgesetzte",
        ),
        *("privat", "privé", "privée", "perso", "personnel", "personnelle", "privado", "particular", "casa"),
        *("domicile", "personale", "privato", "privata", "pessoal", "prive", "thuis", "privatadresse", "alt"),
        *("ehemalig", "chef", "assistentin", "domowy", "prywatny", "личный", "личная", "个人", "個人", "自宅"),
    }
)
"""Words in lower case. Each word beside an address shows that the address may be private, old or another person's."""

_NO_PART = '\\s@<>()\\[\\]{}"“”„«»\u2018,;:|#=\\\\'
_IN_A_LABEL = rf"[^{_NO_PART}'’`/?&%!*+~$^_.]"
_ADDRESS = re.compile(rf"[^{_NO_PART}'’/][^{_NO_PART}]*@{_IN_A_LABEL}+(?:\.{_IN_A_LABEL}+)*")
_SIGN_BEFORE = re.compile(r"(?:(?<!/)/|#)\0")
"""The regular expression for an address after a ``#`` or a single slash. This sign may belong to the address."""

_TEXT = r"(?P<text>[^\0<>()\[\]{}|#=]{0,80}|\0)"
_TO = r"(?:mailto:|smtp:|https?://)?\0/?(?:\?[^\0\"'<>()|#]*)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_TEXT}#{_TO}#*",
        rf"\[{_TEXT}\]\({_TO}\)",
        rf"""<a\b[^<>\0]*\bhref\s*=\s*["']*{_TO}["']*[^<>\0]*>(?:<[a-z]+>)?{_TEXT}(?:</[a-z]+>)?</a\s*>""",
        rf"<?{_TO}\|{_TEXT}>?",
        rf"""=\s*HYPERLINK\(\s*"{_TO}"\s*(?:[,;]\s*"{_TEXT}"\s*)?\)""",
        rf"{_TEXT}\s*[(\[]\s*{_TO}\s*[)\]]",
        rf"{_TO}\s*[(\[]\s*{_TEXT}\s*[)\]]",
    )
)
_LABELLED = re.compile(r"(?P<text>[^\0:=]{1,30}?)\s*[:=]\s*\0")
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?")
_MOST_NAMES = 4
_FEWEST_LETTERS = 3

_AT = re.compile(r"\s*[(\[{<]\s*(?:at|@|ät|arroba|chez)\s*[)\]}>]\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*[(\[{<]\s*(?:dot|punkt|punto|point|\.)\s*[)\]}>]\s*", re.IGNORECASE)

SPELLED_OUT = r"(?i)[(\[{<]\s*(?:at|arroba|chez)\s*[)\]}>]"
"""The regular expression for cells that write a word in place of the ``@``, such as ``ana(at)example.com``.

Both ``re`` and RE2 can read the expression.
"""


def addresses_in(cell: str) -> Sequence[str]:
    """Return all texts in a cell that look like addresses.

    Return an empty list for a cell with an ``@`` outside these texts, and for a cell longer than ``LONGEST_WRAPPED``.
    """
    found = _ADDRESS.findall(cell) if len(cell) <= LONGEST_WRAPPED else []
    return found if len(found) == cell.count("@") else []


def find_wrapped(cell: str) -> str:
    """Return the address in a cell that has one of the forms in the module's docstring, or ``""`` for any other cell.

    If the cell repeats the address in other letter case, return the first of the two addresses.
    """
    found = addresses_in(cell)
    if not found or len({address.casefold() for address in found}) > 1:
        return ""
    form = _ADDRESS.sub("\0", cell)
    if "\0" in cell or _SIGN_BEFORE.search(form) or not _is_of_a_form(form.strip(), found[0]):
        return ""
    return found[0]


def spell_out(cell: str) -> str:
    """Return a cell such as ``ana(at)example(dot)com`` with ``@`` and ``.`` in place of the words.

    Return ``""`` for a cell that contains an ``@``, and for a cell without a word such as ``(at)``.
    """
    if "@" in cell or not re.search(SPELLED_OUT, cell):
        return ""
    return _DOT.sub(".", _AT.sub("@", cell))


def _is_of_a_form(form: str, address: str) -> bool:
    local = address.partition("@")[0].casefold()
    texts = (match["text"] or "" for each in _FORMS[:5] if (match := each.fullmatch(form)))
    if any(not _says_other(text) for text in texts):
        return True
    texts = (match["text"] for each in _FORMS[5:] if (match := each.fullmatch(form)))
    if any(_is_label(text) or text == "\0" or _is_name(text, local) for text in texts):
        return True
    return bool((match := _LABELLED.fullmatch(form)) and _is_label(match["text"]))


def _is_label(text: str) -> bool:
    return text.strip().casefold() in LABELS


def _is_name(text: str, local: str) -> bool:
    """Say whether a text beside an address is a name: it looks like a name, or contains a word of the local part.

    ``local`` is the local part of the address.
    """
    words = _WORDS.findall(text)
    if _says_other(text) or not words or re.sub(r"[\s,.]+", "", text) != re.sub(r"[.]+", "", "".join(words)):
        return False
    if any(len(word) >= _FEWEST_LETTERS and word.casefold() in local for word in words):
        return True
    return 1 < len(words) <= _MOST_NAMES and all(word[0] != word[0].lower() for word in words)


def _says_other(text: str) -> bool:
    words = chain.from_iterable((word, *re.split(r"[-'’.]", word)) for word in _WORDS.findall(text.casefold()))
    return not OTHER_WORDS.isdisjoint(words)
