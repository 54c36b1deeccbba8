"""Tests that a guessed encoding gives the right names, and that what is not certain is never sent."""

# ruff: noqa: RUF001  names of people in their own letters

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_memory import read
from names_by_language import LANGUAGES, roster_in

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import Encoding
from onboarding.exports.text.guessing import PRIORS, guess_encoding
from onboarding.model.errors import InputRefused

PAIRS = [(language, encoding) for language, names in LANGUAGES.items() for encoding in names.encodings]
DELIMITERS = ",;\t|"


def what_became(roster, encoding):
    """Count the people with names beyond ASCII: right, left out, wrong; and check that each has his own address."""
    try:
        rows, _ = read(roster.text.encode(encoding))
    except (Unreadable, InputRefused):
        return Counter(refused=1)
    found = Counter()
    for name, address in zip(rows["name"], rows["email_as_given"], strict=True):
        right = roster.people[address]
        if not right.isascii():
            found["right" if name == right else "left out" if not name else "wrong"] += 1
        else:
            assert name == right
    assert sorted(rows["email_as_given"]) == sorted(roster.people)
    assert (rows["disposition"] == "").all()
    return found


def made(language, encoding, seed):
    """Return one of many rosters, which differ in size, delimiter, header, addresses and share of plain names."""
    rng = Random(f"{language} {encoding} {seed}")  # noqa: S311  no secret
    return roster_in(
        language,
        rng,
        rows=rng.choice([2, 4, 8, 20, 40]),
        delimiter=rng.choice(DELIMITERS),
        own_header=rng.random() < 0.5,
        addresses_by_name=rng.random() < 0.5,
        plain_share=rng.choice([0, 0, 0.5]),
    )


@pytest.mark.parametrize(
    ("seeds", "least"),
    [pytest.param(1, 0.93, id="some"), pytest.param(12, 0.95, id="many", marks=pytest.mark.soak)],
)
def test_names_in_every_language_and_encoding_are_read_rightly_or_left_out(seeds, least):
    """The detector alone, with the encodings that were guessed before, had fewer than half of these names right."""
    found = Counter()
    for language, encoding in PAIRS[:: 1 if seeds > 1 else 6]:
        for seed in range(seeds):
            found += what_became(made(language, encoding, seed), encoding)

    assert found["wrong"] == 0
    assert found["right"] >= least * (found["right"] + found["left out"])
    assert found["refused"] <= 0.02 * seeds * len(PAIRS)


@settings(max_examples=settings().max_examples // 3)
@given(st.sampled_from(PAIRS), st.integers(100, 10**6))
def test_nobody_gets_a_wrong_address_or_a_wrong_name(pair, seed):
    """Whatever the language, the encoding and the delimiter: a name is right or left out, and addresses stay."""
    assert what_became(made(*pair, seed), pair[1])["wrong"] == 0


@pytest.mark.parametrize("encoding", ["iso8859-10", "iso8859-6", "cp855", "cp737", "mac-greek", "mac-latin2"])
def test_rare_encoding_sends_no_wrong_name(encoding):
    """A text that fits no known encoding well has its names left out, or the file is refused."""
    letters = {
        "cp855": "Иван Белов",
        "cp737": "Νίκος Βλάχου",
        "mac-greek": "Νίκος Βλάχου",
        "mac-latin2": "Růžena Ťoková",
    }
    name = letters.get(encoding, "حسن القاسم" if encoding == "iso8859-6" else "Þórður Ūģis Ķēniņš")
    text = "Name,Email\n" + "".join(f"{name} {n},p{n}@corp.example\n" for n in range(9))

    try:
        rows, _ = read(text.encode(encoding, "ignore"))
    except Unreadable as refused:
        assert "--encoding" in refused.why  # noqa: PT017  either end is right
    else:
        assert set(rows["name"]) <= {"", *(f"{name} {n}" for n in range(9))}


def test_ordinary_western_names_are_certain():
    """Nothing is held, and no note is made, beside the word that the encoding is a guess."""
    names = ["Jürgen Müller", "Søren Kjær", "François Lefèvre", "José Núñez", "Zoë Field", "Ann Lee"]
    text = "Name,Email\n" + "".join(f"{name},p{n}@corp.example\n" for n, name in enumerate(names))

    rows, facts = read(text.encode("cp1252"))

    assert rows["name"].tolist() == names
    assert (facts.encoding, facts.guessed, facts.notes) == ("cp1252", True, ())
    assert set(rows["detail"]) == {""}


def test_signs_of_typography_are_no_reason_to_doubt():
    """Dashes, quotes and apostrophes stand in names and beside them."""
    names = ["Núñez", "O’Neill", "Ana–Lena Roe", "Ana “Pip” Lee", "Müller…", "D’Été"]
    text = "Name,Email\n" + "".join(f"{name},p{n}@corp.example\n" for n, name in enumerate(names))

    rows, facts = read(text.encode("cp1252"))

    assert (rows["name"].tolist(), facts.notes) == (names, ())


def test_name_that_depends_on_an_unsure_guess_is_left_out_and_said():
    """The row goes on without its name, since its address is ASCII. A name that all readings share stays."""
    text = "Name,Email\nXøla Xørbæ,x@corp.example\nAnn Lee,ann@corp.example\n"

    rows, facts = read(text.encode("mac-roman"))

    assert rows["name"].tolist() == ["", "Ann Lee"]
    assert rows["disposition"].tolist() == ["", ""]
    assert rows["detail"][0].startswith("The name is not sent, since it depends on a guess")
    assert [note for note in facts.notes if "name the encoding with --encoding" in note]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Email\nJürgen Müller;juergen@müller.example\nAnn Lee;ann@corp.example\n", "cp850"),
        ("Name;Email\nJürgen Müller;juergen@müller.example\nAnn Lee;ann@corp.example\n", "cp1252"),
        ("Name;Email\nИван Петров;иван@пример.test\nAnn Lee;ann@corp.example\n", "koi8-r"),
    ],
)
def test_address_with_letters_beyond_ascii_waits_for_the_encoding(text, encoding):
    """A guess may read another letter, and so the address of another company. ASCII addresses go on."""
    rows, _ = read(text.encode(encoding))
    told, _ = read(text.encode(encoding), encoding=encoding)

    assert rows[["disposition", "reason"]].to_numpy().tolist() == [["held", "guessed_encoding"], ["", ""]]
    assert told["disposition"].tolist() == ["", ""]


def test_signs_around_an_address_are_no_letters():
    """A space that does not break, or a soft hyphen, does not make an address unsure."""
    text = "Name;Email\nJürgen Müller;\u00a0jm@corp.example\nRené Weiß;rw@corp.example\u00ad\n"

    rows, _ = read(text.encode("cp1252"))

    assert rows["disposition"].tolist() == ["", ""]


@pytest.mark.parametrize(("language", "encoding"), [pair for pair in PAIRS if pair[1] in ("big5", "gb18030", "cp932")])
def test_delimiter_that_is_half_a_character_moves_no_cell(language, encoding):
    """In these encodings ``|`` is the second byte of some characters, also in names."""
    hiding = {"big5": "陳育仁 文圌大", "gb18030": "王畖 陈東", "cp932": "ポール ソー"}[encoding]
    roster = roster_in(language, Random(1), rows=20, delimiter="|")  # noqa: S311  no secret
    content = (roster.text + f"E99|{hiding}|h@home.example|w@corp.example\r\n").encode(encoding)

    rows, _ = read(content)

    assert rows["email_as_given"].tolist()[-1] == "w@corp.example"
    assert rows["name"].tolist()[-1] == hiding


def test_delimiter_that_may_be_half_a_character_is_asked_about():
    """One name is too little to be sure of an encoding in which ``|`` may be half of a character."""
    with pytest.raises(Unreadable, match=r'may be .*, in which half a character .*"\|".*--encoding'):
        read("Name|Email\n仇彧|p@corp.example\n".encode("gb18030"))


def test_rivals_that_cannot_hold_the_delimiter_ask_nothing():
    """Only East Asian encodings have second bytes among the ASCII characters."""
    assert not Encoding("cp1252", guessed=True, rivals=("cp1250",)).may_hide("|")
    assert Encoding("cp1252", guessed=True, rivals=("gb18030",)).may_hide("|")
    assert not Encoding("gb18030", guessed=True, rivals=("big5hkscs",)).may_hide(",")
    assert not Encoding("gb18030", guessed=True).may_hide("|")


def test_header_in_the_language_of_the_roster_weighs():
    """Three known names of columns tell the encoding, even if the only name has rare characters."""
    guess = guess_encoding("员工编号,姓名,电子邮箱\n1,仇彧,p@corp.example\n".encode("gb18030"))

    assert (guess.name, guess.rivals) == ("gb18030", ())


def test_every_encoding_that_may_be_guessed_writes_ascii_as_utf_8_does():
    """So no guess can change an ASCII address."""
    ascii_text = bytes(range(0x20, 0x7F))

    assert {ascii_text.decode(name) for name in PRIORS} == {ascii_text.decode("ascii")}
