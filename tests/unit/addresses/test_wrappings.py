"""An address is read out of a link, a label or the brackets around it if the cell means exactly one address."""

import pytest
from frames import rows
from hypothesis import assume, example, given
from hypothesis import strategies as st
from legitimate_addresses import LEGITIMATE
from soak import examples

from onboarding.addresses.cleaning import looks_like_address
from onboarding.addresses.normalise import normalise
from onboarding.addresses.wrappings import OTHER_WORDS

WRAPPINGS = [
    "{x}",
    "'{x}",
    "'{x}'",
    "''{x}''",
    '"{x}"',
    '="{x}"',
    "[{x}](mailto:{x})",
    "[{name}](mailto:{x})",
    "[{x}]({x})",
    '<a href="mailto:{x}">{x}</a>',
    "<a href='mailto:{x}'>{name}</a>",
    '<a class="mail" href="mailto:{x}" target=_blank><b>{x}</b></a>',
    '<A HREF="mailto:{x}?subject=Hi">{name}</A>',
    "{x} (Work)",
    "{x} [office]",
    "{x} ({name})",
    "{name} ({x})",
    "{name} [{x}]",
    "{name} <{x}>",
    "SMTP:{x}",
    "smtp:{x}",
    "mailto:{x}",
    "{x}#mailto:{x}#",
    "{x}#mailto:{x}",
    "{name}#mailto:{x}#",
    "{x}#http://{x}#",
    '=HYPERLINK("mailto:{x}","{x}")',
    '=HYPERLINK("mailto:{x}";"{name}")',
    '=hyperlink( "mailto:{x}" )',
    '["{x}"]',
    "['{x}']",
    "[{x}]",
    "{{{x}}}",
    "({x})",
    "“{x}”",
    "„{x}“",
    "\u2018{x}\u2019",
    "«{x}»",
    "{x}_x000D_",
    "{x}_x000D__x000A_",
    "<mailto:{x}|{x}>",
    "<mailto:{x}|{name}>",
    "Email: {x}",
    "E-Mail: {x}",
    "Work email = {x}",
    " \u00a0{x};",
]
ADDRESSES = [*LEGITIMATE, "ann.lee@example.com", "A_b+c-d@Sub.Example.org", "x@a1.example", "o'hara@example.com"]
NAMES = ["Ann Lee", "José Ruiz", "Anna-Maria O'Hara", "Ólafur Þór", "Иван Петров"]

KNOWN = ["private", "Home", "Privat", "manager", "old address", "do not use"]

wrapping, address = st.sampled_from(WRAPPINGS), st.sampled_from(ADDRESSES)
name = st.sampled_from(NAMES)


def found(*cells: str) -> list[tuple[str, str, str]]:
    """Return the address, disposition and reason of a row with each cell."""
    frame = normalise(rows(cells))
    return list(zip(frame["email"], frame["disposition"], frame["reason"], strict=True))


def detail(cell: str) -> str:
    return normalise(rows([cell])).iloc[0]["detail"]


@pytest.mark.parametrize("form", WRAPPINGS)
def test_every_wrapping_is_removed_from_every_address(form):
    cells = [form.format(x=each, name=NAMES[0]) for each in ADDRESSES]

    assert found(*cells) == [(address, "", "") for address, _, _ in found(*ADDRESSES)]


@pytest.mark.parametrize("form", WRAPPINGS)
def test_wrapped_cell_looks_like_an_address(form):
    """So a column of such cells is found, and a row with one is no footer."""
    assert looks_like_address(form.format(x="ann.lee@example.com", name="Ann Lee")) or "=" in form


@given(wrapping, name, st.emails(domains=st.sampled_from(["example.com", "corp.example"])))
def test_any_plain_address_is_found_in_any_wrapping_or_the_row_is_for_a_person(form, person, mail):
    """An odd address may make the cell unclear, but never yields another address that would be invited.

    ``SuspicionScan`` holds addresses that begin with an apostrophe.
    """
    (bare,), (wrapped,) = found(mail), found(form.format(x=mail, name=person))

    assert wrapped[0] in (bare[0], "") or wrapped[0].startswith("'")
    assert bool(wrapped[0]) is (wrapped[1] == "")


@given(st.emails(domains=st.sampled_from(["example.com", "corp.example", "a.b.example.org"])))
@example("o'hara@example.com")
@example("{a}|b=c#d@example.com")
def test_address_that_stands_alone_never_changes(mail):
    assume(not mail.startswith("'"))

    assert found(mail)[0][0].casefold() == mail.casefold()


two = st.permutations(ADDRESSES).map(lambda all_of_them: tuple(all_of_them[:2]))
BETWEEN = [" ", ";", ", ", " / ", "|", "#", "#mailto:", "](mailto:", " (", " [", "><", '","', '";"', ">"]
BETWEEN += ["\n", " - ", "?cc=", " <"]
AROUND = ["{}", "[{})", "[{}]", "({})", "<{}>", '="{}"', '["{}"]', "{}#", '=HYPERLINK("mailto:{}")', "mailto:{}"]


@examples(2)
@given(
    two,
    st.sampled_from(BETWEEN),
    st.sampled_from(AROUND),
)
@example(("ann@example.com", "bob@example.com"), "](mailto:", "[{})")
@example(("ann@example.com", "bob@example.com"), "?cc=", "mailto:{}")
def test_no_cell_with_two_addresses_is_mended_to_one(pair, between, around):
    cell = around.format(between.join(pair))

    assert found(cell)[0][0] == ""


@given(two, wrapping, wrapping, st.sampled_from([" ", ";", ", ", "\n"]))
def test_two_wrapped_addresses_are_never_mended_to_one(pair, form, other, between):
    one, second = (each.format(x=mail, name="Ann Lee") for each, mail in zip((form, other), pair, strict=True))

    assert found(one + between + second)[0][0] == ""


@pytest.mark.parametrize("word", [*KNOWN, "soukromý", "c/o Ben"])
@pytest.mark.parametrize("form", ["{x} ({word})", "{word} ({x})", "{word}: {x}"])
def test_address_beside_a_word_that_may_claim_it_for_others_is_for_a_person(word, form):
    assert found(form.format(x="ann@example.com", word=word))[0][0] == ""


@pytest.mark.parametrize("word", KNOWN)
def test_link_with_such_a_word_is_for_a_person(word):
    assert found(f"[{word}: me](mailto:ann@example.com)")[0][0] == ""


@pytest.mark.parametrize(
    "cell",
    [
        "ann lee@example.com",
        "ann.lee @example.com",
        "ann.lee@ example.com",
        "Ann Lee ann@example.com",
        "ask ann@example.com (or ben)",
        "ann@example.com!",
        "see [here](https://www.example.com/ann@example.com)",
        "ann@example.com (2)",
        "ann@example.com (Berlin)",
        "reply to: ann@example.com",
    ],
)
def test_text_in_which_an_address_may_be_a_part_only_is_rejected(cell):
    assert found(cell) == [("", "rejected", "invalid_syntax")]


@pytest.mark.parametrize(
    "cell", ["ann(at)example.com", "ann (AT) example.com", "ann [at] example [dot] com", "ann{at}example(punkt)com"]
)
def test_address_that_is_spelled_out_is_suggested_only(cell):
    assert found(cell) == [("", "rejected", "invalid_syntax")]
    assert detail(cell) == "Did you mean ann@example.com? Write the address with an @-sign."


@given(wrapping, wrapping, name, st.sampled_from(["ann@", "@example.com", "ann@@b.com", "ann@b..com", "a@b"]))
def test_no_detail_asks_for_a_sign_that_the_cell_has(form, other, person, mail):
    cell = other.replace("{x}", form).format(x=mail, name=person)

    assert "must have an @-sign" not in detail(cell)


@pytest.mark.parametrize("cell", ["'t.hof@x.example", "'s-graven@x.example", "'=ben@x.example", "''ana@x.example"])
def test_apostrophe_that_may_belong_to_the_address_stays(cell):
    """``SuspicionScan`` holds the row."""
    assert found(cell) == [(cell, "", "")]


def test_words_of_other_people_are_in_lower_case():
    assert all(word == word.casefold() for word in OTHER_WORDS)


@pytest.mark.parametrize("cell", ["<mailto:/ann@example.com|/ann@example.com>", "[x](mailto:/ann@example.com)"])
def test_a_slash_that_may_belong_to_the_address_is_not_cut_off(cell):
    ((address, disposition, _),) = found(cell)

    assert (address, disposition) == ("", "rejected")
