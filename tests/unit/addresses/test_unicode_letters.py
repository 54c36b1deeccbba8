"""The table of letters says what Unicode's files say."""

import pytest
from make_unicode_letters import make_table

from onboarding.addresses.unicode_letters import latin_look_alike, script_of

SCRIPTS = """\
# Scripts-17.0.0.txt
0030..0039    ; Common # Nd  [10] DIGIT ZERO..DIGIT NINE
0041..005A    ; Latin # L&  [26] LATIN CAPITAL LETTER A..LATIN CAPITAL LETTER Z
0406          ; Cyrillic # L&       CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I
0407..0409    ; Cyrillic # L&   [3] CYRILLIC CAPITAL LETTER YI..CYRILLIC CAPITAL LETTER LJE
04CF          ; Cyrillic # L&       CYRILLIC SMALL LETTER PALOCHKA
05D5          ; Hebrew # Lo       HEBREW LETTER VAV
"""
CONFUSABLES = (
    "# confusables.txt\n# Version: 17.0.0\n"
    "0049 ;\t006C ;\tMA\t# ( I → l ) LATIN CAPITAL LETTER I → LATIN SMALL LETTER L\n"
    "006D ;\t0072 006E ;\tMA\t# ( m → rn ) LATIN SMALL LETTER M → LATIN SMALL LETTER R, LATIN SMALL LETTER N\n"
    "0406 ;\t006C ;\tMA\t# ( І → l ) CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I → LATIN SMALL LETTER L\n"
    "04CF ;\t006C ;\tMA\t# ( ӏ → l ) CYRILLIC SMALL LETTER PALOCHKA → LATIN SMALL LETTER L\n"
    "05D5 ;\t006C ;\tMA\t# ( \u200eו\u200e → l ) HEBREW LETTER VAV → LATIN SMALL LETTER L\n"
    "0409 ;\t043B 042C ;\tMA\t# ( Љ → лЬ ) CYRILLIC CAPITAL LETTER LJE → …\n"
    "01C3 ;\t0021 ;\tMA\t# ( ǃ → ! ) LATIN LETTER RETROFLEX CLICK → EXCLAMATION MARK\n"
)


def test_table_has_the_ranges_of_scripts_and_the_letters_that_look_latin():
    table = make_table(SCRIPTS, CONFUSABLES)

    assert [line for line in table.splitlines() if not line.startswith("#")] == [
        "[scripts]",
        "Cyrillic 0406-0409 04CF",
        "Hebrew 05D5",
        "Latin 0041-005A",
        "[look-alikes]",
        "I 0406",
        "l 04CF 05D5",
    ]


def test_files_of_two_versions_of_unicode_make_no_table():
    with pytest.raises(ValueError, match=r"different versions of Unicode: 16\.0\.0, 17\.0\.0"):
        make_table(SCRIPTS, CONFUSABLES.replace("17.0.0", "16.0.0"))


@pytest.mark.parametrize(
    ("letter", "script"),
    [
        ("A", "Latin"),
        ("ж", "Cyrillic"),
        ("\u0487", "Cyrillic"),  # the last character of a range
        ("𐌀", "Old_Italic"),
        ("\U0001611d", "Gurung_Khema"),  # since Unicode 16
        ("\U00016ea0", "Beria_Erfe"),  # since Unicode 17
        ("5", ""),
        ("\u0300", ""),
        ("\0", ""),
        ("\U0010ffff", ""),
    ],
)
def test_script_of_a_character_is_unicodes(letter, script):
    assert script_of(letter) == script


@pytest.mark.parametrize(
    ("letter", "latin"), [("а", "a"), ("Ι", "I"), ("ӏ", "l"), ("ו", "l"), ("\u0647", "o"), ("ж", ""), ("a", "")]
)
def test_letter_looks_like_the_latin_letter_with_its_prototype(letter, latin):
    assert latin_look_alike(letter) == latin


def test_several_letters_look_like_no_letter():
    """The capital of one letter may be several letters."""
    assert latin_look_alike("аа") == ""
