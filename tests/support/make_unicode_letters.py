"""Make ``onboarding/addresses/unicode_letters.txt`` from two files of one version of Unicode.

Run ``python tests/support/make_unicode_letters.py Scripts.txt confusables.txt``. Unicode publishes both files, in
https://www.unicode.org/Public/17.0.0/ucd/ and https://www.unicode.org/Public/17.0.0/security/ for its version 17.
The packages of other projects carry both files, too: Debian's ``unicode-data`` and the sources of ICU.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from string import ascii_letters

TABLE = Path(__file__).parents[2] / "onboarding" / "addresses" / "unicode_letters.txt"

SHARED = ("Common", "Inherited")
"""Unicode's names for the scripts of characters that belong to no script of their own."""

HEAD = """\
# The scripts of characters, and the letters of other scripts that look like the Latin letters of ASCII.
# From Scripts.txt and confusables.txt of Unicode {version}, © Unicode, Inc., under the licence in unicode_license.txt.
# Made by tests/support/make_unicode_letters.py. Each number is a code point; a range has its first and its last one.
"""


def main(scripts_file: str, confusables_file: str) -> None:
    """Write the table from Unicode's two files."""
    scripts, confusables = (Path(name).read_text(encoding="utf-8-sig") for name in (scripts_file, confusables_file))
    TABLE.write_text(make_table(scripts, confusables), encoding="utf-8")


def make_table(scripts: str, confusables: str) -> str:
    """Return the table. Raises ``ValueError`` if the texts of the two files are of different versions of Unicode."""
    versions = {re.search(r"(?:-|Version: )(\d+\.\d+\.\d+)", text)[1] for text in (scripts, confusables)}
    if len(versions) != 1:
        raise ValueError(f"The files are of different versions of Unicode: {', '.join(sorted(versions))}.")
    script_of = dict(_characters_of_scripts(scripts))
    ranges = defaultdict(list)
    for script, first, last in _ranges(script_of):
        ranges[script].append(f"{first:04X}-{last:04X}" if last > first else f"{first:04X}")
    look_alikes = defaultdict(list)
    for letter, latin in sorted(_latin_look_alikes(confusables).items()):
        if script_of.get(ord(letter), "Latin") != "Latin":
            look_alikes[latin].append(f"{ord(letter):04X}")
    sections = (("scripts", ranges), ("look-alikes", look_alikes))
    return HEAD.format(version=versions.pop()) + "".join(
        f"[{title}]\n" + "".join(f"{name} {' '.join(codes)}\n" for name, codes in sorted(section.items()))
        for title, section in sections
    )


def _characters_of_scripts(scripts: str) -> Iterator[tuple[int, str]]:
    """Yield each character of a script of its own, as a code point, and the name of the script."""
    for first, last, script in re.findall(r"(?m)^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)", scripts):
        if script not in SHARED:
            yield from ((code, script) for code in range(int(first, 16), int(last or first, 16) + 1))


def _ranges(script_of: dict[int, str]) -> Iterator[tuple[str, int, int]]:
    """Yield the script, the first and the last character of each unbroken row of characters of one script."""
    numbered = enumerate(sorted(script_of.items()))
    for (script, _), row in groupby(numbered, key=lambda item: (item[1][1], item[1][0] - item[0])):
        codes = [code for _, (code, _) in row]
        yield script, codes[0], codes[-1]


def _latin_look_alikes(confusables: str) -> dict[str, str]:
    """Return the Latin letter for each character beyond ASCII that has the prototype of this Latin letter."""
    prototypes = {_text(character): _text(prototype) for character, prototype in _mappings(confusables)}
    latin = defaultdict(list)
    for letter in ascii_letters:
        latin[prototypes.get(letter, letter)].append(letter)
    return {
        character: min(latin[prototype], key=lambda letter: letter.isupper() != character.isupper())
        for character, prototype in prototypes.items()
        if prototype in latin and len(character) == 1 and not character.isascii()
    }


def _mappings(confusables: str) -> list[tuple[str, str]]:
    return re.findall(r"(?m)^([0-9A-F ]+);\s*([0-9A-F ]+);", confusables)


def _text(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


if __name__ == "__main__":
    main(*sys.argv[1:])
