"""The cleaner mends what a person would mend without thinking, and nothing more."""

import re
import sys
from itertools import islice

import pyarrow as pa
import pytest
from edge_cells import cells

from onboarding.addresses import cleaning
from onboarding.addresses.cleaning import WRAPPINGS, clean, clean_lightly, looks_like_address
from onboarding.model.blank import INVISIBLE

_, _, LINES, _ = re.split(r"^=+  =+$\n", cleaning.__doc__, flags=re.MULTILINE)
TABLE = [tuple(re.split(r"\s{2,}", line)) for line in LINES.splitlines()]
"""Cells and what they become."""

CHARACTERS = "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))
IN_WORDS = {
    "outer white space of any script, NBSP included": [
        f"{space}ana@example.com{space}{space}" for space in ["\u00a0", *filter(str.isspace, CHARACTERS)]
    ],
    "zero-width and other invisible characters, BOM": [
        f"{sign}a{sign}na@example.c{sign}om{sign}" for sign in INVISIBLE
    ],
}
"""Examples for the lines of the table that have none."""

EXAMPLES = [
    (example, re.findall("``(.*?)``", becomes)[0])
    for in_the_cell, becomes in TABLE
    for example in re.findall("``(.*?)``", in_the_cell)
]


def lightly(*given) -> list[str]:
    return clean_lightly(pa.array(given, pa.string())).to_pylist()


@pytest.mark.parametrize(("cell", "address"), EXAMPLES)
def test_example_in_the_table_becomes_what_the_table_says(cell, address):
    assert clean(cell) == address


@pytest.mark.parametrize("line", IN_WORDS)
def test_line_of_the_table_in_words_holds_for_every_character(line):
    assert (line, "removed") in TABLE
    assert {clean(cell) for cell in IN_WORDS[line]} == {"ana@example.com"} == set(lightly(*IN_WORDS[line]))


def test_table_has_no_line_without_an_example():
    assert len(TABLE) == 13
    assert {line for line, _ in TABLE if "``" not in line} == set(IN_WORDS)
    assert len(EXAMPLES) == 16


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("MAILTO:ana@example.com", "ana@example.com"),
        ("mailto:ana@example.com?subject=Who?\nHi", "ana@example.com"),
        ("mailto: ana@example.com ?x", "ana@example.com"),
        ("mailto:?to=x", ""),
        ("''", ""),
        ('""', ""),
        ("< ana@example.com >", "ana@example.com"),
        ("' ana@example.com '", "ana@example.com"),
        ('"mailto:<ana@example.com.>;"', "ana@example.com"),
        ("ana@example.com ; . ,", "ana@example.com"),
        ("ana@example。com", "ana@example.com"),
    ],
)
def test_layers_are_removed_around_any_text(cell, address):
    assert clean(cell) == address


@pytest.mark.parametrize(
    "cell",
    [
        "",
        '"',
        "'",
        "'ana@x.co\"",
        "a@b <ana@x.co>",
        "<<ana@x.co>>",
        "<ana@x.co",
        "ana@x.co>",
        "xmailto:a@x.co",
        "50%25",
        "XaX",
    ],
)
def test_other_text_is_left_alone(cell):
    assert clean(cell) == cell
    assert lightly(cell) == [cell]


def test_link_with_bytes_that_are_no_text_is_no_address():
    """Bytes that are no UTF-8 must not be read as text."""
    assert clean("mailto:ana%FF@example.com") == "ana\udcff@example.com"


def test_at_most_ten_layers_are_removed():
    assert clean('"' * WRAPPINGS + "a" + '"' * WRAPPINGS) == "a"
    assert clean('"' * 11 + "a" + '"' * 11) == '"a"'


def test_column_is_cleaned_of_one_layer_of_each_kind():
    wrapped = [
        "MailTo:a@x.co;",
        "Ana <a@x.co>.",
        '"a@x.co"',
        "'a@x.co'",
        "<\"'a@x.co,'\">",
        " a＠x．co, ; .\u3000",
        "a@x。co",
    ]

    assert lightly(*wrapped) == [*["a@x.co"] * 5, "a@x.co,", "a@x.co"]


def test_cleaner_returns_the_same_for_a_lightly_cleaned_cell():
    """So an address found after light cleaning is the address that the cleaner finds."""
    made = [cell for cell in islice(cells(seed=2), 20_000) if len(re.findall("[<'\"]|:", cell)) < WRAPPINGS - 6]

    before, after = ([clean(cell) for cell in given] for given in (made, lightly(*made)))

    assert len(made) > 10_000
    assert before == after


@pytest.mark.parametrize(
    "cell",
    [
        "ana@corp.example",
        " ana@corp.example\u00a0",
        "mailto:ana@corp.example",
        "Ana <ana@corp.example>",
        "ana@corp.example;",
        "ana@corp.example\u200b",
        "ana＠corp.example",
        "ana@corp．example",
        "ana@corp。example",
        "A@B.CO",
    ],
)
def test_odd_spellings_look_like_addresses(cell):
    """These are spellings that the cleaner mends."""
    assert looks_like_address(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Ana",
        "@",
        "1;ana@corp.example",
        "ana@corp.example, ben@corp.example",
        "a@b",
        "@home",
        "Ana ana@corp.example",
        "a" * 600,
    ],
)
def test_other_cells_do_not_look_like_one_address(cell):
    """Lists, words and halves of addresses do not count."""
    assert not looks_like_address(cell)
