"""Remove letter case from addresses (``fold_case``), and find keys that may be spellings of the same address.

Two mailboxes must never have the same key. Otherwise the run would take two people for one person, and would not invite
the second person. So ``fold_case`` changes each letter alone, and never turns one letter into several letters.
``straße`` and ``strasse`` have different keys. The ligature ``ﬁ`` and the two letters ``fi`` have different keys too.

But people and services do spell ``straße`` as ``strasse``. So ``spelling_of`` returns the same text for all keys that
may mean the same address. If two different keys have the same spelling, the run holds one of the two rows until a
person has looked at both keys.
"""

import re
import unicodedata
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import Mask, as_mask, contains_any, is_ascii

# Casefolding and NFKC do not change these letters. A key is in lower case. A-labels are ASCII, but stand for other
# letters.
_MAY_BE_RESPELLED = "[^\x00-\x7fà-öø-ıĵ-ľł-ňŋ-ž]|xn--"

_A_LABEL = "xn--"
_JOINERS = re.compile("[\u200c\u200d]")
"""The characters without width that a label of a domain may contain. Older versions of IDNA drop these characters."""


class _LowerCase(dict[int, str]):
    """The lower case of each letter, as a table for ``str.translate``.

    A letter stays as it is if its lower case is several letters.
    """

    def __missing__(self, code_point: int) -> str:
        letter = chr(code_point)
        lower = letter.lower()
        self[code_point] = lower = lower if len(lower) == 1 else letter
        return lower


_LOWER_CASE = _LowerCase({0x3C2: "\u03c3"})  # The final sigma has the capital of the usual sigma.


def fold_case(text: str) -> str:
    """Return the text without case. Each letter changes alone, and no letter becomes several letters.

    The result is in Unicode's normal form C.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_LOWER_CASE))


def spelling_of(key: str) -> str:
    """Return the spelling of an address key. All keys that may mean one address have the same spelling.

    Two keys have the same spelling if Unicode's full case folding and its normal form KC make the keys equal. In
    domains, spellings also ignore the differences between the versions of IDNA. Most keys are their own spelling.
    """
    if key.isascii() and _A_LABEL not in key:
        return key
    local, at, domain = key.rpartition("@")
    return _folded(local) + at + _domain_spelling(domain)


def respelled_keys(keys: pa.Array) -> tuple[Mask, list[str]]:
    """Return a mask of the keys in a column that differ from their own spelling, and the spellings of these keys."""
    odd = np.zeros(len(keys), np.bool_)
    # The function reads the keys of all rows, and nearly all columns contain no such key. One look at all bytes is
    # fastest.
    has_a_labels = contains_any(keys, (_A_LABEL,))
    if not has_a_labels and is_ascii(keys):
        return odd, []
    may_be = pc.invert(pc.string_is_ascii(keys))
    if has_a_labels:
        may_be = pc.or_(may_be, pc.match_substring(keys, _A_LABEL))
    odd[as_mask(may_be)] = as_mask(pc.match_substring_regex(keys.filter(may_be), _MAY_BE_RESPELLED))
    few = keys.filter(pa.array(odd)).dictionary_encode()
    of_distinct = [spelling_of(key) for key in few.dictionary.to_pylist()]
    differs = np.array([key != of_distinct[at] for at, key in enumerate(few.dictionary.to_pylist())], np.bool_)
    indices = few.indices.to_numpy()
    odd[odd] = differs[indices] if len(indices) else False
    return odd, [of_distinct[at] for at in indices.tolist() if differs[at]]


def _folded(text: str) -> str:
    if text.isascii():
        return text
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())) != text:
        text = folded
    return text


@lru_cache(maxsize=65_536)
def _domain_spelling(domain: str) -> str:
    return ".".join(map(_label_spelling, domain.split("."))) if _A_LABEL in domain else domain


def _label_spelling(label: str) -> str:
    if not label.startswith(_A_LABEL):
        return label
    letters = label.removeprefix(_A_LABEL).encode().decode("punycode")
    folded = _JOINERS.sub("", _folded(letters))
    return folded if folded.isascii() else _A_LABEL + folded.encode("punycode").decode()
