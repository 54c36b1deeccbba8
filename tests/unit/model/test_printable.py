"""Text that nobody can be deceived by: what a person sees of foreign text."""

import json

import pytest
from hostile_names import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.printable import json_document, printable


@given(st.text())
def test_printable_text_can_be_seen_and_written_in_any_case(text):
    seen = printable(text)

    assert seen.isprintable()
    assert printable(seen) == seen
    seen.encode()


@given(st.text())
def test_json_document_can_be_seen_and_holds_the_same_text(text):
    document = json_document({"name": [text]})

    assert document.replace("\n", "").isprintable()
    assert json.loads(document) == {"name": [text]}
    document.encode()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Größe 中 [/] \\ 'x'", "Größe 中 [/] \\ 'x'"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b", r"\x9b"),
        ("a\nb\u2028c", r"a\nb\u2028c"),
        ("\u202e\u200b\u3164", r"\u202e\u200b\u3164"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape(text, seen):
    assert printable(text) == seen


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_hostile_name_stays_recognisable(hostile):
    visible = "".join(sign for sign in hostile if sign.isascii() and sign.isprintable())

    assert all(sign in printable(hostile) for sign in visible)
