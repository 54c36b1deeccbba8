"""Guess the encoding of a text that is not UTF-8, and find the other possible encodings.

The detector, which is the library chardet, knows how often letters follow each other in many languages. The module
``name_evidence`` knows names and headers. This module weighs the evidence of both, and also knows how often HR systems
and spreadsheets write each encoding.

In all these encodings, ASCII characters are the same bytes as in UTF-8. So a guess cannot change an ASCII address. In
some East Asian encodings a delimiter may be half of a character (``Encoding.may_hide``).
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.tables import CellColumns, Unreadable
from onboarding.exports.text.encoding import ENCODING_FLAG, SECOND_BYTES, UTF_8_ADVICE, Encoding, is_utf_8
from onboarding.exports.text.name_evidence import Evidence, has_no_name, weigh_reading

PRIORS = {
    "cp1252": 3.5,
    **dict.fromkeys(("cp1250", "cp1251", "cp932", "gb18030"), 1.5),
    **dict.fromkeys(("cp1253", "cp1254", "cp1255", "cp1256", "cp874", "cp949", "big5hkscs"), 1.0),
    "cp1257": 0.5,
    **dict.fromkeys(("mac-roman", "iso8859-2", "iso8859-7", "koi8-r", "cp850", "cp852", "cp866", "euc_jis_2004"), 0.0),
    **dict.fromkeys(("iso8859-15", "koi8-u"), -0.5),
    **dict.fromkeys(("iso8859-5", "cp437", "cp857", "cp862", "mac-cyrillic"), -1.0),
    **dict.fromkeys(("cp737", "cp775", "cp855", "cp861", "cp865", "johab"), -3.0),
    **dict.fromkeys(("iso8859-3", "iso8859-4", "iso8859-6", "iso8859-14", "iso8859-16"), -3.0),
    **dict.fromkeys(("mac-greek", "mac-iceland", "mac-latin2", "mac-turkish"), -3.0),
}
"""The encodings that the job may guess, each with a weight.

The weight is the logarithm of the odds that an export is in this encoding.
"""

SURE = 4.0
"""The job excludes an encoding if its weight is lower than the best weight by at least this difference."""

FLAWED, HOPELESS = 0.25, 0.5
"""The highest shares of words that look like no names: for a good guess, and for any possible guess."""

DETECTED_WORDS, LEAST_CONFIDENCE = 30, 0.001
"""Two numbers to weigh the opinion of the detector.

The module adds the logarithm of the detector's confidence in an encoding once for each different word beyond ASCII, but
at most ``DETECTED_WORDS`` times. ``LEAST_CONFIDENCE`` is the confidence in encodings that the detector does not name.
"""

DETECTED_BYTES, WEIGHED_LINES, FIRST_LINES = 2**16, 150, 5
"""The amount of a text that the module weighs.

``DETECTED_BYTES`` is the most bytes for the detector. ``WEIGHED_LINES`` is the approximate number of lines, of which
``FIRST_LINES`` are from the start of the text.
"""

RIVALS_NAMED = 3
"""The most other encodings that the note about a guess names."""

MULTI_BYTE = frozenset((*SECOND_BYTES, "cp949", "euc_jis_2004"))
"""The encodings among the possible guesses in which a character may be several bytes."""

LAST_CONTROL = "\x9f"

_WORD_BEYOND_ASCII = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_BEYOND_ASCII = "[^\\x00-\\x7f]"


def guess_encoding(data: bytes) -> Encoding:
    """Return the likeliest encoding of a text that is not UTF-8, with the other possible encodings as ``rivals``.

    Raises ``Unreadable`` if no encoding fits.
    """
    # Lines of ASCII show nothing, and lines of UTF-8 mislead the detector.
    lines = [line for line in data.splitlines() if not is_utf_8(line)]
    found = _weigh_all(lines)
    if not found:
        why = "the text is not UTF-8, and in no encoding that could be guessed"
        raise Unreadable(f"{why}; {UTF_8_ADVICE}, or name it with {ENCODING_FLAG}")
    best = max(found, key=lambda name: found[name].weight)
    rivals = (name for name in found if name != best and found[best].weight - found[name].weight < SURE)
    return Encoding(
        best,
        guessed=True,
        rivals=tuple(sorted(rivals, key=lambda name: -found[name].weight)),
        fits_badly=found[best].flawed > FLAWED,
    )


def mark_doubtful(cells: CellColumns, encoding: Encoding) -> CellColumns:
    """Return the cells with masks of the cells that depend on an unsure guess of the encoding (``doubtful_cells``)."""
    if not encoding.guessed:
        return cells
    return replace(cells, doubtful=tuple(doubtful_cells(column, encoding) for column in cells.columns))


def doubtful_cells(cells: pa.Array, encoding: Encoding) -> pa.Array:
    """Return a mask (``pa.bool_()``) of the cells whose text depends on an unsure guess of the encoding.

    A cell depends on the guess if its bytes are other characters in another possible encoding, or if it contains words
    that look like no names.
    """
    if encoding.fits_badly:
        return pc.match_substring_regex(cells, _BEYOND_ASCII)
    differing = _differing(encoding)
    marked = pc.match_substring_regex(cells, differing) if differing else pa.array([False] * len(cells), pa.bool_())
    if differing == _BEYOND_ASCII:
        return marked
    others = cells.filter(pc.match_substring_regex(cells, _BEYOND_ASCII)).unique()
    odd = [text for text in others.to_pylist() if has_no_name(text)]
    return pc.or_(marked, pc.is_in(cells, pa.array(odd, cells.type))) if odd else marked


def note_about(encoding: Encoding) -> str:
    """Return the sentence about an unsure guess of the encoding, for a file in which some cell depends on the guess."""
    others = " or ".join(encoding.rivals[:RIVALS_NAMED])
    why = "no encoding fits well" if encoding.fits_badly or not others else f"the file may also be in {others}"
    return (
        f"Names and addresses that depend on the guess are not sent, since {why}; "
        f"name the encoding with {ENCODING_FLAG}."
    )


def _differing(encoding: Encoding) -> str:
    """Return a regular expression for the uncertain characters of a text with a guessed encoding.

    A character is uncertain if its bytes are a different character in one of ``encoding.rivals``. The result is empty
    if no character is uncertain.
    """
    if not encoding.rivals:
        return ""
    if not MULTI_BYTE.isdisjoint(encoding.readings):
        return _BEYOND_ASCII
    read, *others = (bytes(range(0x80, 0x100)).decode(name, "replace") for name in encoding.readings)
    # No text contains the control characters of some encodings beyond ASCII.
    letters = {
        letter
        for other in others
        for letter, theirs in zip(read, other, strict=True)
        if letter not in (theirs, "\ufffd") and theirs > LAST_CONTROL
    }
    return f"[{''.join(sorted(letters))}]" if letters else ""


def _weigh_all(lines: Sequence[bytes]) -> dict[str, Evidence]:
    """Return the evidence for each encoding that can read all lines, and in which most words may be names."""
    weighed = b"\n".join(_some_of(list(dict.fromkeys(lines))))[:DETECTED_BYTES]
    whole = b"\n".join(lines)
    detected = _detect(whole[:DETECTED_BYTES])
    found = {}
    for name, prior in PRIORS.items():
        try:
            # The detector reads only the beginning, and names an encoding even if no encoding fits. So this function
            # decodes all lines. The last character may be cut off.
            codecs.getincrementaldecoder(name)().decode(whole)
        except UnicodeDecodeError:
            continue
        evidence = weigh_reading(weighed.decode(name, "ignore"), name)
        if evidence.flawed <= HOPELESS:
            found[name] = Evidence(evidence.weight + prior + detected[name], evidence.flawed)
    return found


def _some_of(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Return the first lines, which contain the header, and lines from the rest of the text."""
    step = max(1, len(lines) // WEIGHED_LINES)
    return [*lines[:FIRST_LINES], *lines[FIRST_LINES::step]]


def _detect(data: bytes) -> Mapping[str, float]:
    """Return, for each encoding, the weight of the detector's opinion.

    The weight is 0 for the likeliest encoding, and less for other encodings.
    """
    import chardet

    opinions = chardet.detect_all(
        data,
        ignore_threshold=True,
        include_encodings=tuple(PRIORS),
        empty_input_encoding=next(iter(PRIORS)),
        compat_names=False,
    )
    confidence = dict.fromkeys(PRIORS, LEAST_CONFIDENCE)
    for opinion in opinions:
        if opinion["encoding"] in confidence:
            confidence[opinion["encoding"]] = max(opinion["confidence"], LEAST_CONFIDENCE)
    best = max(confidence.values())
    words = min(len(set(_WORD_BEYOND_ASCII.findall(data))), DETECTED_WORDS)
    return {name: words * log(value / best) for name, value in confidence.items()}
