"""Normalising finds the address in a cell, or says why there is none."""

import unicodedata

import pandas as pd
import pyarrow as pa
import pytest
from edge_cells import NOTHING
from email_validator import EmailNotValidError, validate_email
from frames import rows
from hypothesis import example, given
from hypothesis import strategies as st
from soak import examples

from onboarding.addresses.cleaning import WRAPPINGS, clean
from onboarding.addresses.normalise import (
    MOST_INTERNATIONAL_DOMAINS,
    PLAIN_ADDRESS,
    PLAIN_LIMIT_BYTES,
    domains_of,
    normalise,
)
from onboarding.model.errors import InputRefused
from onboarding.model.rows import AS_READ, TEXT, check_schema


def found(cell) -> tuple[str, str]:
    """Return the address and the key found in one cell."""
    row = normalise(rows([cell])).iloc[0]
    return row["email"], row["key"]


def verdict(cell) -> tuple[str, str]:
    """Return the disposition and the reason of a row with this cell."""
    row = normalise(rows([cell])).iloc[0]
    return row["disposition"], row["reason"]


def by_email_validator(cell) -> tuple[str, str]:
    """Return the address and key by email-validator; two empty strings if it refuses the cell."""
    try:
        valid = validate_email(clean(cell), check_deliverability=False, strict=True)
    except EmailNotValidError:
        return "", ""
    return valid.normalized, f"{unicodedata.normalize('NFC', valid.local_part.casefold())}@{valid.ascii_domain}"


def in_any_case(address, upper) -> str:
    """Return the address with a letter in upper case for each bit that is set."""
    return "".join(letter.upper() if upper >> at & 1 else letter for at, letter in enumerate(address))


def detail(cell) -> str:
    """Return the detail of a row with this cell."""
    return normalise(rows([cell])).iloc[0]["detail"]


def by_email_validator_why(cell) -> str:
    """Return why email-validator does not accept a cell."""
    with pytest.raises(EmailNotValidError) as refused:
        validate_email(clean(cell), check_deliverability=False, strict=True)
    return str(refused.value)


LINKS = ["mailto:", "%2B", "%FF", "?subject=Hi"]
WORDS = ["ana", "Ana.Ruiz", "a" * 60, "example", "Example.COM", "com", "corp.example", "test", "xn--", "[127.0.0.1]"]
SIGNS = ["@", "＠", ".", "．", "-", "--", "+", "<", ">", '"', "'", ";", ",", "(x)", " ", "\u00a0", "\t", "\n", "\x00"]
FOREIGN = ["é", "e\u0301", "\u212a", "\u0130", "ß", "\uff10", "\u200b"]
plain = st.builds(in_any_case, st.from_regex(PLAIN_ADDRESS, fullmatch=True), st.integers(0, 2**32 - 1))
odd = st.lists(st.sampled_from([*LINKS, *WORDS, *SIGNS, *FOREIGN]), max_size=8).map("".join)


@given(plain, st.text(" \t\r\n", max_size=3))
@example("A" * 58 + "@x.com", "\n")
@example("a@" + "b" * 60 + ".com", "")
@example("a@1.2.3.co", "")
def test_email_validator_accepts_whatever_the_fast_expression_accepts(address, space):
    """Both ways lead to the same normal form and the same key."""
    cell = space + address + space

    assert found(cell) == by_email_validator(cell)


@given(odd | st.text(max_size=20) | st.emails())
@examples(5)
def test_any_cell_has_the_address_that_email_validator_finds_in_the_clean_cell(cell):
    """Normalising accepts exactly the cells that email-validator accepts."""
    row = normalise(rows([cell])).iloc[0]

    assert (row["email"], row["key"]) == by_email_validator(cell)
    assert (row["disposition"] == "rejected") == (row["email"] == "")
    assert (row["reason"] == "") == (row["detail"] == "") == (row["email"] != "")


@pytest.mark.parametrize("length", [PLAIN_LIMIT_BYTES - 1, PLAIN_LIMIT_BYTES, PLAIN_LIMIT_BYTES + 1])
@pytest.mark.parametrize("side", ["local part", "label"])
def test_limits_of_the_parts_hold_beside_the_limit_of_the_fast_expression(length, side):
    """At 66 bytes no part can be too long. email-validator checks the length of longer addresses."""
    long = "a" * (length - len("@x.com"))
    address = f"{long}@x.com" if side == "local part" else f"x@{long}.com"

    assert found(address) == by_email_validator(address)


@pytest.mark.parametrize("length", [63, 64, 65, 66])
@pytest.mark.parametrize("shape", [".{}", "{}.", "a..{}", "..{}", "."])
def test_detail_of_a_long_local_part_is_about_its_length_and_not_its_dots(shape, length):
    """email-validator checks the length first, so the shapes that are known to be wrong must do so too."""
    cell = f"{shape.format('a' * (length - len(shape.format(''))))}@example.com"

    assert detail(cell) == by_email_validator_why(cell)


@pytest.mark.parametrize("length_bytes", [253, 254, 255, 256])
@pytest.mark.parametrize("local", ["a" * 64, "é" * 32, "日" * 21 + "a"])
def test_whole_address_has_at_most_254_bytes(local, length_bytes):
    """The limit also holds on the way that checks each domain once and only counts the local part."""
    start = f"{local}@{'b' * 60}.{'c' * 60}.{'d' * 20}."
    address = f"{start}{'e' * (length_bytes - len(start.encode()) - len('.com'))}.com"

    assert found(address) == by_email_validator(address)
    assert bool(found(address)[0]) == (length_bytes <= 254)


@pytest.mark.parametrize("local", ["a", "ana", "a" * 64, "é" * 30])
@pytest.mark.parametrize(
    "domain", [f"{'b' * 49}." * 5 + "com", f"xn--{'b' * 55}." * 3 + "com", f"{'b' * 64}.com", "x.test"]
)
def test_detail_of_a_long_address_counts_all_of_it(local, domain):
    """Checking each domain once must not report the length of another address."""
    cell = f"{local}@{domain}"

    assert detail(cell) == by_email_validator_why(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "  ana@example.com ",
        "\t\x0bana@example.com\r\n",
        "\u00a0ana@example.com\u2003",
        "\u200bana@exam\u00adple.com\ufeff",
        "mailto:ana@example.com?subject=Hi\nthere",
        "MAILTO:ana%40example.com",
        "mailto:mailto:ana@example.com",
        "<mailto:ana@example.com>",
        "Ana Ruiz <ana@example.com>",
        '"Ruiz, Ana" <ana@example.com>;',
        "< ana@example.com >",
        '"ana@example.com"',
        "'\"ana@example.com\"'",
        "ana@example.com;",
        "ana@example.com. , ",
        "ana@example.com; ; .",
        "ana@example.com. . ;",
        "ana@example.com, , ,",
        "''ana@example.com''",
        '""ana@example.com""',
        "ana＠example．com",
        "ana@example。com",
        "ana@\uff25xample.com",
        "ana@EXAMPLE.com",
    ],
)
def test_cell_that_a_person_would_mend_without_thinking_is_mended(cell):
    assert found(cell) == ("ana@example.com", "ana@example.com")


INVISIBLE = [0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)]


@pytest.mark.parametrize("code_point", [*INVISIBLE, *range(0x2066, 0x206A), 0xFEFF])
def test_invisible_characters_are_removed(code_point):
    assert found(f"an{chr(code_point)}a@exam{chr(code_point)}ple.com")[0] == "ana@example.com"


def test_percent_signs_of_a_mailto_link_are_read():
    """A link spells ``+`` as ``%2B``. Mail to ``ana%2Bhr`` would not arrive."""
    assert found("mailto:ana%2Bhr@example.com")[0] == "ana+hr@example.com"


@pytest.mark.parametrize(
    "cell", ["mailto:?<ana@example.com>", "mailto:?to=Ana <ana@example.com>", "mailto:mailto:?<a@x.co>"]
)
def test_text_after_the_question_mark_of_a_link_is_no_address(cell):
    """Such a link has no recipient yet, whatever else it mentions."""
    assert verdict(cell) == ("rejected", "missing")


def test_link_that_only_seems_to_have_brackets_is_read_as_a_link():
    assert verdict("mailto:%40<ana@example.com>") == ("rejected", "invalid_syntax")


def test_percent_signs_outside_a_link_are_part_of_the_address():
    assert found("50%25off@example.com")[0] == "50%25off@example.com"


def test_link_with_bytes_that_are_no_text_is_rejected():
    assert verdict("mailto:ana%FF@example.com") == ("rejected", "invalid_syntax")


@pytest.mark.parametrize(
    "cell",
    [
        "a@b@c",
        "a@b@example.com",
        '"quoted local"@example.com',
        '"a@b"@example.com',
        "ana@[127.0.0.1]",
        "ana@127.0.0.1",
        "ana@[IPv6:::1]",
        "Ana <ana@example.com> (comment)",
        "<<ana@example.com>>",
        "Ana <ana@example.com",
        "ana@example.com>",
        "ana@localhost",
        "ana@corp.test",
        "ana@example",
        "ana@ex--ample.com",
        "ana@-example.com",
        ".ana@example.com",
        "ana..ruiz@example.com",
        "ana@example..com",
        "ana @example.com",
        "ana@example.com\x00",
        "ana\n@example.com",
        "@example.com",
        "ana@",
        "Ana Ruiz",
        '"',
        "a" * 65 + "@example.com",
        "ana@" + "a" * 64 + ".com",
        "a@" + "a" * 64 + ".co",
        "ana@" + "a." * 125 + "com",
    ],
)
def test_cell_that_a_person_must_mend_is_rejected(cell):
    """The job guesses nothing. The detail says what is wrong."""
    row = normalise(rows([cell])).iloc[0]

    assert (row["disposition"], row["reason"]) == ("rejected", "invalid_syntax")
    assert (row["email"], row["key"]) == ("", "")
    assert row["detail"]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "\u00a0",
        "\u200b",
        "-",
        "n/a",
        "N/A",
        "#N/A",
        "NULL",
        "<>",
        "''",
        "mailto:",
        ".",
        ";,",
        "n/a.",
        "n/a. . .",
        "n/a; ; ;",
        "n/a, , ,",
        "''n/a''",
    ],
)
def test_cell_without_content_is_missing(cell):
    assert verdict(cell) == ("rejected", "missing")


@pytest.mark.parametrize("word", NOTHING)
def test_placeholder_is_missing_in_any_case_and_wrapping(word):
    for cell in (word, word.upper(), f" {word}\u200b;", f"<{word}>", f"<mailto:'{word}'>"):
        assert verdict(cell) == ("rejected", "missing")


@pytest.mark.parametrize(
    "cell",
    [
        "ana@example.com; ben@example.com",
        "ana@example.com,ben@example.com",
        "ana@example.com/ben@example.com",
        "ana@example.com ben@example.com",
        "Ana <ana@example.com>, Ben <ben@example.com>",
        "ana@example.com\nben@example.com",
        ".ana@example.com;ben@example.com;cem@example.com",
        "ana.@example.com;ben@example.com;cem@example.com",
        "a..na@example.com;ben@example.com;cem@example.com",
    ],
)
def test_two_addresses_in_a_cell_are_never_split(cell):
    assert verdict(cell) == ("held", "several_addresses")


@pytest.mark.parametrize("cell", ["ana@example.com;ana@example.com", "ana@example.com Ana@Example.com"])
def test_one_address_twice_is_that_address(cell):
    assert found(cell) == ("ana@example.com", "ana@example.com")


@pytest.mark.parametrize("local", ["ana", "日本"])
@pytest.mark.parametrize("cell", ["{}@example.com/", "{}@example.com |", ";{}@example.com", "<{}@example.com>|"])
def test_one_address_beside_a_separator_is_not_repeated(cell, local):
    """Only the cleaner decides what may be removed, on both ways."""
    assert verdict(cell.format(local)) == ("rejected", "invalid_syntax")


def test_list_of_more_than_twenty_parts_is_not_read_to_its_end():
    assert found(";".join(["ana@example.com"] * 20))[0] == "ana@example.com"
    assert verdict(";".join(["ana@example.com"] * 21)) == ("rejected", "invalid_syntax")
    assert verdict(";".join(["ana@example.com", "ben@example.com"] * 20)) == ("held", "several_addresses")


@pytest.mark.parametrize(
    "cell", ["ana@example.com (was ana@example.com)", "Ana <ana@example.com>; Ana <ana@example.com>"]
)
def test_one_address_twice_among_other_words_is_rejected(cell):
    assert verdict(cell) == ("rejected", "invalid_syntax")


def test_spelling_is_kept_and_the_key_is_not():
    """A service may care about the case of the local part; a comparison must not."""
    assert found("Ana.RUIZ+HR@Example.Com") == ("Ana.RUIZ+HR@example.com", "ana.ruiz+hr@example.com")


@pytest.mark.parametrize("domain", ["Example.com", "corp-x.Museum"])
def test_case_of_a_standard_mailbox_is_not_kept(domain):
    """RFC 2142 names these mailboxes. In a longer local part the word keeps its case."""
    assert found(f"Info@{domain}")[0] == f"info@{domain.lower()}"
    assert found(f"MyInfo@{domain}")[0] == f"MyInfo@{domain.lower()}"
    assert found(f"Info.Desk@{domain}")[0] == f"Info.Desk@{domain.lower()}"


@pytest.mark.parametrize(
    ("one", "other"),
    [("ANA@x.example", "ana@x.example"), ("ÉVA@x.example", "e\u0301va@x.example"), ("ΣΑΣ@x.example", "σας@x.example")],
)
def test_case_does_not_matter_for_the_key(one, other):
    """The same holds for a letter with an accent of its own, and for a letter that has two forms."""
    assert found(one)[1] == found(other)[1]


@pytest.mark.parametrize(("one", "other"), [("a.na@x.example", "ana@x.example"), ("ana+hr@x.example", "ana@x.example")])
def test_dots_and_tags_matter_for_the_key(one, other):
    assert found(one)[1] != found(other)[1]


@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=12))
@example("jos\u00e9")
@example("\u212aelvin")
@example("\u0130pek")
@example("\u1e9e\u0323")
def test_composed_and_decomposed_spellings_have_one_key(local):
    """A Mac writes NFD where a PC writes NFC."""
    composed, decomposed = (found(f"{unicodedata.normalize(form, local)}@example.com") for form in ("NFC", "NFD"))

    assert composed[1] == decomposed[1]


@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=12))
def test_key_of_a_key_is_the_key(local):
    """A key that comes back from the ledger still compares equal."""
    key = found(f"{local}@example.com")[1]

    assert not key or found(key)[1] == key


def test_three_letters_i_stay_apart():
    """Careless lower-casing would turn ``İ`` into ``i``, and one person into a colleague."""
    keys = {found(cell)[1] for cell in ("\u0130pek@example.com", "ipek@example.com", "\u0131pek@example.com")}

    assert len(keys) == 3


def test_kelvin_sign_is_the_letter_that_it_is_canonically():
    """Unicode treats the sign as another spelling of K, so the address and the key both have K."""
    assert found("\u212aelvin@example.com") == ("Kelvin@example.com", "kelvin@example.com")


def test_domain_is_compared_as_an_a_label_and_kept_as_it_reads():
    address, key = found("ana@EXÄMPLE.com")

    assert address == "ana@exämple.com"
    assert key == found("ana@xn--exmple-cua.com")[1] == "ana@xn--exmple-cua.com"


def test_eszett_in_a_domain_is_no_double_s():
    """IDNA 2008 keeps the two domains apart. They may belong to two companies."""
    assert found("ana@straße.example")[1] != found("ana@strasse.example")[1]


def test_decided_rows_stay_as_they_are():
    """Rows that are no records are not examined."""
    frame = rows(["", "no address"], disposition=["ignored", "excluded"], reason=["blank_row", "inactive"])

    after = normalise(frame)

    assert after["disposition"].tolist() == ["ignored", "excluded"]
    assert after["reason"].tolist() == ["blank_row", "inactive"]
    assert after["email"].tolist() == after["key"].tolist() == after["detail"].tolist() == ["", ""]


def test_frame_keeps_its_rows_its_index_and_its_schema():
    frame = rows(["Ana@Example.com", "", "mailto:ben@example.com"], start=7)

    after = normalise(frame)

    assert after.index.tolist() == [7, 8, 9]
    assert check_schema(after, AS_READ)[["email", "key"]].dtypes.tolist() == [TEXT, TEXT]
    pd.testing.assert_frame_equal(after[["email_as_given", "row"]], frame[["email_as_given", "row"]])


@pytest.mark.parametrize("cells", [[], [""], ["ana@example.com"], ["ana@example.com", "Ana@Example.com"]])
def test_frame_in_pieces_is_one_frame(cells):
    """Arrow text that was joined from frames comes in chunks; without a row it has none."""
    frame = rows(cells)
    pieces_of_it = pd.concat([rows(cells[:1]), rows(cells[1:], start=1, first_row=3), frame.iloc[:0]])

    pd.testing.assert_frame_equal(normalise(pieces_of_it), normalise(frame), check_index_type=False)


def test_cell_is_unwrapped_a_few_times_only():
    """Otherwise a cell with nothing but quotes would take time in the square of its length."""
    assert found('"' * WRAPPINGS + "ana@example.com" + '"' * WRAPPINGS)[0] == "ana@example.com"
    assert verdict('"' * 75_000) == ("rejected", "invalid_syntax")


@pytest.mark.parametrize(
    "cell",
    [
        "<" * 50_000,
        "@" * 50_000,
        "mailto:" * 7_500,
        "a." * 25_000 + "@",
        "a@" + "a-" * 25_000 + "!",
        " " * 25_000 + "a" + " " * 25_000 + "b",
        "ana@example.com" + " ;" * 25_000 + "x",
        "a@x.example;" * 5_000 + "?",
        "é" * 25_000 + "@" + "é" * 25_000 + ".com",
        "'" * 25_000 + "@example.com",
        "a<" * 25_000 + ">" * 25_000,
    ],
)
def test_huge_cell_gets_an_answer(cell):
    """If an expression backtracked without end, this test would never return."""
    assert verdict(cell)[0] == "rejected"


KEYS = st.sampled_from(
    ["ana@x.example", "ben@y.example", "josé@x.example", "田中@xn--r8jz45g.example", "c@z.example", ""]
)


def international(count):
    """Return so many addresses with different domains that are no ASCII, in several spellings."""
    spelled = ("ana@ü{}.example", "Ana <ana@b\u0430{}.com>", "ana＠ö{}.example.")
    return [spelled[number % len(spelled)].format(number) for number in range(count)]


def test_export_with_far_too_many_international_domains_is_refused():
    """Each of them takes as long as a thousand usual rows, so two hundred thousand took a minute."""
    with pytest.raises(InputRefused, match=r"^staff\.csv: its addresses have more than 10,000 different domains"):
        normalise(rows(international(MOST_INTERNATIONAL_DOMAINS + 1)))


def test_domain_that_many_people_share_counts_once():
    frame = normalise(rows([f"ana{number}@bücher.example" for number in range(MOST_INTERNATIONAL_DOMAINS + 1)]))

    assert set(frame["disposition"]) == {""}


def test_domains_come_in_the_order_in_which_they_first_appear():
    domains, codes = domains_of(pa.array(["ana@x.example", "ben@y.example", "", "cem@x.example"]))

    assert domains == ["x.example", "y.example", ""]
    assert codes.tolist() == [0, 1, 2, 0]


@given(st.lists(KEYS, max_size=8), st.integers(0, 4), st.integers(0, 8))
def test_every_row_has_the_domain_of_its_key(keys, start, count):
    """It holds for any slice of a column, and for keys of any letters or none."""
    column = pa.array(keys, pa.string()).slice(start, count)

    domains, codes = domains_of(column)

    assert [domains[code] for code in codes] == [key.rpartition("@")[2] for key in column.to_pylist()]
