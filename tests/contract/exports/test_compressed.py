"""Tests that compressed exports are read, and that bombs and damaged archives are refused."""

import bz2
import gzip
import hashlib
import lzma
import random
import zipfile
import zlib

import pandas as pd
import pyarrow as pa
import pytest

from onboarding.exports import open_exports
from onboarding.exports.sources.compressed import SIGNATURE_BYTES, Gzipped, packing_of, unpack
from onboarding.exports.sources.local_files import files_at
from onboarding.exports.tables import Unreadable
from onboarding.model.errors import InputRefused

ROSTER = "Name,Email\nAna,ana@corp.example\nJürgen,j@corp.example\n".encode()


@pytest.fixture
def opened(tmp_path):
    """Write a file and open it."""

    def write(content):
        path = tmp_path / "staff.csv"
        path.write_bytes(content)
        return open_exports([str(path)])[0]

    return write


@pytest.fixture
def zipped(tmp_path):
    """Return an archive of the given files."""

    def write(files, *, compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / "made.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path.read_bytes()

    return write


def addresses(export):
    """Return all addresses of an export."""
    return pd.concat(export.batches(0))["email_as_given"].tolist()


def zstd(content):
    """Return a content packed as the program ``zstd`` packs it, in one frame."""
    return pa.Codec("zstd").compress(content, asbytes=True)


def huge_window_of_xz():
    """Return the start of an .xz file whose header asks the reader to reserve 4 GiB of memory."""
    packed = bytearray(lzma.compress(ROSTER, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**16}]))
    header = packed[12:24]
    header[4] = 40  # the code for 4 GiB
    packed[12:24] = header[:8] + zlib.crc32(header[:8]).to_bytes(4, "little")
    return bytes(packed)


PACKED = {
    "bzip2": lambda _: bz2.compress(ROSTER),
    "bzip2 in two parts": lambda _: bz2.compress(ROSTER[:20]) + bz2.compress(ROSTER[20:]),
    "bzip2 with empty parts": lambda _: bz2.compress(b"") * 30 + bz2.compress(ROSTER) + bz2.compress(b"") * 3,
    "bzip2 with zeros at its end": lambda _: bz2.compress(ROSTER) + b"\0" * 512,
    "xz": lambda _: lzma.compress(ROSTER),
    "xz with empty parts": lambda _: lzma.compress(b"") * 30 + lzma.compress(ROSTER) + lzma.compress(b"") * 3,
    "xz in two parts": lambda _: lzma.compress(ROSTER[:20]) + b"\0" * 8 + lzma.compress(ROSTER[20:]) + b"\0" * 4,
    "Zstandard": lambda _: zstd(ROSTER),
    "Zstandard in two parts": lambda _: zstd(ROSTER[:20]) + zstd(ROSTER[20:]),
    "gzip": lambda _: gzip.compress(ROSTER),
    "gzip of UTF-16": lambda _: gzip.compress(ROSTER.decode().encode("utf-16")),
    "gzip in two parts": lambda _: gzip.compress(ROSTER[:20]) + gzip.compress(ROSTER[20:]) + b"\0" * 100,
    "zip": lambda zipped: zipped({"staff.csv": ROSTER}),
    "stored zip": lambda zipped: zipped({"staff.csv": ROSTER}, compression=zipfile.ZIP_STORED),
    "zip with a folder": lambda zipped: zipped({"export/": b"", "export/staff.csv": ROSTER}),
    "zip from macOS": lambda zipped: zipped({"staff.csv": ROSTER, "__MACOSX/._staff.csv": b"\0\5\26\7"}),
}


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED.keys())
def test_compressed_file_is_read_as_if_it_were_not(opened, zipped, packed):
    """Size and digest are those of the compressed file that the user handed in."""
    content = packed(zipped)
    export = opened(content)

    assert addresses(export) == ["ana@corp.example", "j@corp.example"]
    assert export.facts.compression in ("gzip", "zip", "bzip2", "xz", "zstd")
    assert export.facts.size == len(content)
    assert export.facts.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_head_of_a_compressed_file_is_as_long_as_was_asked_for(tmp_path, pack):
    """The encoding and the columns are found in the head, so a short head could mean another decision."""
    content = "".join(f"P{n},p{n}@corp.example,{hashlib.sha256(bytes([n % 251])).hexdigest()}\n" for n in range(9_000))
    (tmp_path / "staff.csv").write_bytes(pack(content.encode()))
    (source,) = files_at(str(tmp_path / "staff.csv"))

    head = unpack(source, packing_of(source.head(SIGNATURE_BYTES))).head(2**19)

    assert head == content.encode()[: 2**19]
    assert len(head) == 2**19


def test_large_compressed_file_comes_in_batches(opened):
    """The file is unpacked a block at a time."""
    lines = "".join(f"P{n},p{n}@corp.example,{hashlib.sha256(bytes([n % 251])).hexdigest()}\n" for n in range(200_000))
    export = opened(gzip.compress(f"Name,Email,Note\n{lines}".encode(), compresslevel=1))

    batches = list(export.batches(0))

    assert len(batches) > 1
    assert sum(map(len, batches)) == 200_000


@pytest.mark.soak
@pytest.mark.parametrize(
    "pack",
    [
        lambda line: gzip.compress(line) + b"\0" * (len(line) % 3),
        lambda line: bz2.compress(line, 1),
        lzma.compress,
        zstd,
    ],
)
def test_many_small_compressed_files_in_a_row_are_read_in_large_blocks(tmp_path, pack):
    """Readers look at each block. If each of the small files were a block, reading them would take minutes."""
    lines = [f"Ana,p{n}@corp.example\n".encode() for n in range(3_000)]
    path = tmp_path / "staff.csv"
    path.write_bytes(b"".join(pack(line) for line in [b"Name,Email\n", *lines]))
    (source,) = files_at(str(path))

    blocks = list(unpack(source, packing_of(source.head(SIGNATURE_BYTES))).blocks(2**14, hashlib.sha256()))

    assert b"".join(blocks) == b"".join([b"Name,Email\n", *lines])
    assert len(blocks) <= 1 + 2 * sum(map(len, lines)) // 2**14


def test_small_file_that_unpacks_to_very_much_is_refused(opened):
    """Four thousand bytes would become millions of rows, and hundreds of megabytes of report."""
    packed = gzip.compress(b"Email\n" + b"a\n" * 2**21)

    with pytest.raises(InputRefused, match="would unpack to far more than its"):
        addresses(opened(packed))


def test_bomb_of_line_ends_is_refused_after_a_few_megabytes(tmp_path):
    """A megabyte of gzip held a gigabyte of line ends, and each is a row."""
    path = tmp_path / "staff.csv.gz"
    path.write_bytes(gzip.compress(b"Name,Email\nAna,ana@example.com\n" + b"\n" * 2**26, compresslevel=6))
    unpacked = []

    with pytest.raises(Unreadable, match="would unpack to far more than its"):
        unpacked.extend(map(len, Gzipped(files_at(str(path))[0]).blocks(2**18, hashlib.sha256())))

    assert sum(unpacked) <= 2**21


def test_method_of_packing_that_cannot_be_unpacked_is_named(opened, zipped):
    """Windows packs large files with Deflate64, and then nothing is damaged."""
    content = zipped({"staff.csv": ROSTER}, compression=zipfile.ZIP_STORED)
    local, listed = content.index(b"PK\x03\x04") + 8, content.index(b"PK\x01\x02") + 10
    packed = bytearray(content)
    packed[local] = packed[listed] = 9

    with pytest.raises(InputRefused, match="it is packed with Deflate64, which cannot be unpacked here; unpack it"):
        addresses(opened(bytes(packed)))


def test_short_roster_that_repeats_itself_is_read_however_strongly_it_is_packed(opened):
    assert len(addresses(opened(gzip.compress(b"Email\n" + b"a@corp.example\n" * 50_000)))) == 50_000


def encrypted(zipped):
    """Return an archive whose directory says that its file is encrypted."""
    content = bytearray(zipped({"staff.csv": ROSTER}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


BAD = {
    "cut bzip2": (lambda _: bz2.compress(ROSTER)[:-9], "damaged or cut off"),
    "cut xz": (lambda _: lzma.compress(ROSTER)[:-9], "damaged or cut off"),
    "cut Zstandard": (lambda _: zstd(ROSTER)[:-3], "damaged or cut off"),
    "start of bzip2 alone": (lambda _: bz2.compress(ROSTER)[:10], "damaged or cut off"),
    "start of xz alone": (lambda _: lzma.compress(ROSTER)[:6], "damaged or cut off"),
    "start of Zstandard alone": (lambda _: zstd(ROSTER)[:4], "damaged or cut off"),
    "more after xz": (lambda _: lzma.compress(ROSTER) + b"more", "damaged or cut off"),
    "xz with a huge window": (lambda _: huge_window_of_xz(), "damaged or cut off"),
    "a bomb of bzip2": (lambda _: bz2.compress(b"Email\n" + b"a\n" * 2**21), "far more than its"),
    "a bomb of xz": (lambda _: lzma.compress(b"Email\n" + b"a\n" * 2**21), "far more than its"),
    "a bomb of Zstandard": (lambda _: zstd(b"Email\n" + b"a\n" * 2**21), "far more than its"),
    "xz in gzip": (lambda _: gzip.compress(lzma.compress(ROSTER)), "compressed with xz, not a plain"),
    "two files": (lambda zipped: zipped({"a.csv": ROSTER, "b.csv": ROSTER}), "holds 2 files; unpack it"),
    "no file": (lambda zipped: zipped({}), "the zip archive holds no file"),
    "encrypted": (encrypted, "protected by a password"),
    "cut gzip": (lambda _: gzip.compress(ROSTER)[:-9], "damaged or cut off"),
    "cut zip": (lambda zipped: zipped({"staff.csv": ROSTER})[:-9], "damaged or cut off"),
    "changed gzip": (lambda _: gzip.compress(ROSTER)[:-8] + b"\1" * 8, "damaged or cut off"),
    "changed zip": (
        lambda zipped: zipped({"staff.csv": ROSTER}, compression=zipfile.ZIP_STORED).replace(b"Ana", b"Bob"),
        "damaged or cut off",
    ),
    "more after the end": (lambda _: gzip.compress(ROSTER) + b"more", "damaged or cut off"),
    "a compressed workbook": (lambda _: gzip.compress(b"PK\3\4..."), "a workbook or a zip archive, not a plain"),
    "compressed twice": (lambda _: gzip.compress(gzip.compress(ROSTER)), "compressed with gzip, not a plain"),
    "nothing": (lambda _: gzip.compress(b""), "it holds nothing"),
    "nothing in 90,000 parts of bzip2": (lambda _: bz2.compress(b"") * 90_000, "it holds nothing"),
    "a bomb": (lambda zipped: zipped({"staff.csv": b"Email\n" + b"x" * 2**24}), "more than 200 times its size"),
}


@pytest.mark.parametrize(("packed", "message"), BAD.values(), ids=BAD.keys())
def test_archive_that_cannot_be_unpacked_safely_is_refused(opened, zipped, packed, message):
    """The refusal is one plain line, before the file is read or while it is."""
    content = packed(zipped)

    with pytest.raises(InputRefused, match=rf"staff.csv: .*({message})") as refusal:
        addresses(opened(content))

    assert "\n" not in str(refusal.value)


def test_bomb_is_refused_while_it_is_unpacked(opened):
    """Each row is harmless, but far too many bytes come out of so few. The first megabytes are those of a roster."""
    people = random.Random(1).randbytes(2**17).hex(" ", 8).replace(" ", "@corp.example\n")  # noqa: S311 - no secret
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(f"Email\n{people}\n".encode() + (b"x" * 100_000 + b"\n") * 800) + packer.flush()
    export = opened(packed)

    with pytest.raises(InputRefused, match="would unpack to far more than its"):
        list(export.batches(0))
