"""Tests how the encoding of a text is found, and that text in no encoding is refused."""

import pytest
from in_memory import InMemory, export_of

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.detection import encoding_of
from onboarding.exports.text.encoding import Encoding, is_utf_8
from onboarding.exports.text.text_table import HEAD_BYTES
from onboarding.model.choices import USUAL_FOOTPRINT
from onboarding.model.errors import ConfigurationError, InputRefused


def opened(content, encoding=None):
    """Return a text as an export."""
    return export_of(InMemory(content), encoding=encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (b"Name\n", Encoding("utf-8")),
        ("Jürgen\n".encode(), Encoding("utf-8")),
        ("Jürgen\n".encode("utf-8-sig"), Encoding("utf-8-sig")),
        ("Jürgen\n".encode("utf-16"), Encoding("utf-16-le")),
        ("\ufeffName\n".encode("utf-16-be"), Encoding("utf-16-be")),
        ("\ufeffName\n".encode("utf-32-le"), Encoding("utf-32-le")),
        ("Name,Email\n".encode("utf-16-le"), Encoding("utf-16-le")),
        ("Name,Email\n".encode("utf-16-be"), Encoding("utf-16-be")),
        ("Name,Email\n".encode("utf-32-be"), Encoding("utf-32-be")),
        ("Иван,ivan@corp.example\n".encode("utf-16-le"), Encoding("utf-16-le")),
        *[
            (
                f"氏名,メールアドレス,住所\n{'山田一,a@b.test,東京都千代田区千代田一丁目' * 9}\n".encode(wide),
                Encoding(wide),
            )
            for wide in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
        ],
        ("氏名,a@b.test\n山田;|\n".encode("iso-2022-jp"), Encoding("iso2022_jp")),
        ("이름,a@b.test\n김민준\n".encode("iso-2022-kr"), Encoding("iso2022_kr")),
        ("姓名,a@b.test\n王伟|;,\n李静\n".encode("hz"), Encoding("hz")),
        ("ﾔﾏﾀﾞ,a@b.test\n".encode("iso2022_jp_ext"), Encoding("iso2022_jp_ext")),
    ],
)
def test_encoding_shows_in_marks_then_nul_bytes_then_escapes_then_utf_8(text, encoding):
    """The signs are tried in this order, and none of them is called a guess."""
    assert encoding_of(text, whole=True) == encoding


@pytest.mark.parametrize(("text", "encoding"), [("Jürgen Weiß\n", "cp1252"), ("Łukasz Żółć\n", "cp1250")])
def test_encoding_without_a_sign_is_guessed(text, encoding):
    """Only this result is called a guess."""
    guess = encoding_of(text.encode(encoding), whole=True)

    assert (guess.name, guess.guessed) == (encoding, True)


def test_escapes_of_iso_2022_cn_are_refused():
    """Python cannot decode it, and the bytes after the escape would pass for ASCII."""
    with pytest.raises(Unreadable, match=r"escape sequences as ISO-2022 has them.*--encoding"):
        encoding_of(b"Name,Email\n\x1b$)A\x0eUEH}\x0f,a@b.test\n", whole=True)


def test_binary_file_with_nul_bytes_is_no_wide_text():
    """Most pairs of its bytes are no letters."""
    with pytest.raises(Unreadable, match="this is a binary file"):
        encoding_of(bytes(range(256)) * 40, whole=True)


@pytest.mark.parametrize("block_bytes", [2**20, 7])
def test_escapes_far_down_are_decoded(block_bytes):
    """The first of them may stand behind the first bytes that are looked at, and be cut in two by a block."""
    above = b"Name,Email\r\n" + b"Ana,ana@corp.example\r\n" * (
        HEAD_BYTES // 22 + 1 if block_bytes > HEAD_BYTES // 2 else 5
    )
    content = above + "山;田|,yama@corp.example\r\n山3S,ao@corp.example\r\n".encode("iso-2022-jp")
    export = export_of(InMemory(content), block_bytes=block_bytes)

    rows = [row for frame in export.batches(0) for row in frame[["name", "email_as_given"]].to_numpy().tolist()]

    assert rows[-2:] == [["山;田|", "yama@corp.example"], ["山3S", "ao@corp.example"]]


@pytest.mark.parametrize(
    "names", [["Jürgen".encode(), "山".encode("iso-2022-jp")], ["山".encode("iso-2022-jp"), "Jü".encode()]]
)
def test_escapes_beside_utf_8_are_refused(names):
    """Two files were joined, and cells of one of them would move."""
    with pytest.raises((InputRefused, Unreadable), match="ISO-2022"):
        list(opened(b"Name,Email\n" + b"".join(b"%b,a@corp.example\n" % name for name in names)).batches(0))


def test_colours_of_a_terminal_are_no_escapes_of_an_encoding():
    """Such a text stays what it is."""
    assert encoding_of(b"Name,Email\n\x1b[31mAna\x1b[0m,a@b.test\n", whole=True) == Encoding("utf-8")


def test_character_that_the_head_cuts_off_is_no_fault():
    """Only the end of the file must be the end of a character."""
    assert encoding_of("Jü".encode()[:-1], whole=False) == Encoding("utf-8")


@pytest.mark.parametrize("before", [b"", b"Ana,ana@corp.example\n" * 1000])
@pytest.mark.parametrize(
    ("end", "is_whole", "may_be_cut"),
    [("Jü".encode(), True, True), ("Jü".encode()[:-1], False, True), ("Jü".encode("cp1252") + b"n", False, False)],
)
def test_utf_8_is_recognised_alike_in_short_and_long_texts(before, end, is_whole, may_be_cut):
    """Python checks short texts, Arrow long ones."""
    assert is_utf_8(before + end) is is_whole
    assert is_utf_8(before + end, whole=False) is may_be_cut


def test_bytes_that_cp1252_does_not_have_are_in_no_western_text():
    """They point to another encoding and are never replaced."""
    assert encoding_of("Tomáš Šťastný, Matěj Ťok".encode("cp1250"), whole=True).name == "cp1250"


def test_stated_encoding_is_used():
    """The user's flag overrides every guess."""
    export = opened("Name,Email\nJürgen,j@corp.example\n".encode("cp500"), encoding="cp500")

    frame = next(export.batches(0))

    assert frame["name"].tolist() == ["Jürgen"]
    assert (export.facts.encoding, export.facts.guessed) == ("cp500", False)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf8", "UTF-8-SIG", "utf-16", "utf-16-le", "UTF_32"])
def test_mark_is_no_part_of_the_first_name(encoding, mark):
    """A byte order mark is dropped, whether the user names the encoding or not."""
    export = opened(f"{mark}Email,Name\na@corp.example,Ä\n".encode(encoding), encoding=encoding)

    assert export.facts.columns == {"email": "Email", "name": "Name"}


@pytest.mark.parametrize("name", ["latin-99", "rot13", "zlib", "", "a\nb", "\0"])
def test_encoding_that_python_lacks_is_a_wrong_setting(name):
    """Python's codecs from bytes to bytes are no encodings of text."""
    with pytest.raises(ConfigurationError, match=r"^--encoding: there is no encoding .*; write utf-8"):
        opened(b"Email\na@corp.example\n", encoding=name)


def test_text_that_is_not_in_the_stated_encoding_is_refused():
    """The refusal names the row, and no byte is replaced."""
    export = opened("Name,Email\nAna,a@corp.example\nJürgen,j@corp.example\n".encode("cp1252"), encoding="utf-8")

    with pytest.raises(InputRefused, match=r"staff.csv: row 3: is not UTF-8"):
        list(export.batches(0))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("rows", [1, USUAL_FOOTPRINT.block_bytes // 50])
def test_text_that_ends_in_half_a_character_is_refused(encoding, rows):
    """A download that was cut off lacks people."""
    text = "Name,Email\n" + "Jürgen,j@corp.example\n" * rows + "Ben,b@corp.example"
    export = opened(text.encode(encoding)[:-1])

    with pytest.raises(InputRefused, match=f"row {rows + 2}: the text ends in the middle of a character of utf-"):
        list(export.batches(0))


def test_half_a_surrogate_names_its_row():
    """In UTF-16 too, bytes that do not fit are refused with the number of their row."""
    good = "Name,Email\r\n" + "Jürgen,j@corp.example\r\n" * 200_000
    export = opened(good.encode("utf-16") + b"\x00\xd8" + "x,x@corp.example\r\n".encode("utf-16-le"))

    with pytest.raises(InputRefused, match="row 200002: is not utf-16-le"):
        list(export.batches(0))


def test_first_character_beyond_ascii_may_come_late():
    """The ASCII text before it is the same in every encoding that may be guessed."""
    lines = b"Ana,ana@corp.example\r\n" * (3 * HEAD_BYTES // 22)
    export = opened(b"Name,Email\r\n" + lines + "Jürgen Weiß,j@corp.example\r\n".encode("cp1252") + lines)
    assert (export.facts.encoding, export.facts.guessed) == ("utf-8", False)

    names = {name for frame in export.batches(0) for name in frame["name"]}

    assert names == {"Ana", "Jürgen Weiß"}
    assert (export.facts.encoding, export.facts.guessed) == ("cp1252", True)


MIXED = {
    "UTF-8 first": ["Jürgen".encode(), "Müller".encode("cp1252"), b"Ana"],
    "UTF-8 last": [b"Ana", "Müller".encode("cp1252"), "Jürgen".encode()],
    "Cyrillic": ["Иван".encode(), "Иван".encode("cp1251"), b"Ana"],
    "Polish": [b"Ana", "Łukasz Żółć".encode("cp1250"), "Łukasz Żółć".encode()],
    "Japanese": ["山田太郎".encode(), "鈴木花子さん".encode("cp932"), b"Ana"],
}


@pytest.mark.parametrize("names", MIXED.values(), ids=MIXED.keys())
def test_text_in_two_encodings_is_refused(names):
    """Two files were joined, and the names of one of them would be garbled."""
    export = opened(b"Name,Email\n" + b"".join(b"%b,p%d@corp.example\n" % (name, n) for n, name in enumerate(names)))

    with pytest.raises(InputRefused, match=r"row [234]: .*other.* seem to be.*; save it as"):
        list(export.batches(0))


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1250", ["JAN PÓŁTORAK", "KÓŁKO", "Łukasz Wiśniewski", "MICHAŁ WRÓBEL", "Żaneta Źródło"]),
        ("cp1252", ["ANDRÉ’S", "CAFÉ®", "SOCIÉTÉ", "Jürgen", "IRMÃ", "SÃO"]),
        ("cp1251", ["Рё", "Пётр Лёвин", "Иван Петров", "Мария Сидорова"]),
    ],
)
def test_names_that_look_like_utf_8_by_chance_are_decoded_by_the_guess(encoding, names):
    """Two letters of such a name may look like one letter in UTF-8."""
    text = "Name,Email\n" + "".join(f"{name},p{n}@corp.example\n" for n, name in enumerate(names))
    export = opened(text.encode(encoding))

    frame = next(export.batches(0))

    # A word such as CAFÉ® is no name, and is left out.
    assert [read for read in frame["name"] if read] == [
        name for name, read in zip(names, frame["name"], strict=True) if read
    ]
    assert export.facts.encoding == encoding


def test_text_in_no_encoding_at_all_is_refused():
    """No encoding fits, so none is guessed."""
    with pytest.raises(Unreadable, match="in no encoding that could be guessed"):
        encoding_of(b"\x81\xff\x8d\xa0\x90\x9d\xfd" * 9, whole=True)
