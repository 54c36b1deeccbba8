"""Make fingerprints from secret seeds. A fingerprint is a short hash of a text in an Arrow column.

A fingerprint has 128 bits. As the seed is secret, an attacker cannot prepare two texts with the same fingerprint. The
chance that any two of ten million texts have the same fingerprint is below 10⁻²⁴. A hardware error is more likely. A
seed is usually random. To compare fingerprints of several runs, the job makes the seed from the secret of a ledger.
"""

from dataclasses import field
from hashlib import blake2b
from itertools import pairwise
from secrets import randbits
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.model.values import dataclass

Prints = npt.NDArray[np.uint64]

_WORD = 8
_BYTES = np.array([256**count - 1 for count in range(_WORD + 1)], np.uint64)
"""The masks that keep the lowest 0, 1, … 8 bytes of a word."""

_ONE, _TWENTY_NINE, _THIRTY_TWO = np.uint64(1), np.uint64(29), np.uint64(32)


@dataclass(frozen=True, slots=True)
class HalfSeed:
    """The seed of one half of a fingerprint: the first value, and two odd factors."""

    begin: np.uint64 = field(repr=False)
    first_factor: np.uint64 = field(repr=False)
    second_factor: np.uint64 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed of a fingerprint: a ``HalfSeed`` for each half."""

    halves: tuple[HalfSeed, ...]

    @classmethod
    def random(cls) -> Self:
        """Return a random seed that an attacker cannot guess."""
        return cls((_random_half(), _random_half()))

    @classmethod
    def of(cls, secret: bytes, use: str) -> Self:
        """Return the seed for a secret and a use. The same secret and use always lead to the same seed."""
        drawn = np.frombuffer(blake2b(use.encode(), key=secret, digest_size=6 * _WORD).digest(), np.dtype("<u8"))
        return cls(tuple(HalfSeed(begin, first | _ONE, second | _ONE) for begin, first, second in drawn.reshape(2, 3)))

    @property
    def short(self) -> Self:
        """The first half of this seed, as a seed for fingerprints of 64 bits.

        The chance that any two of ten million texts have the same short fingerprint is three in a million.
        """
        return type(self)(self.halves[:1])


def _random_half() -> HalfSeed:
    return HalfSeed(np.uint64(randbits(64)), np.uint64(randbits(64) | 1), np.uint64(randbits(64) | 1))


def fingerprints(texts: pa.Array, seed: Seed) -> Prints:
    """Return the fingerprints of a column of strings without nulls.

    The shape of the result is ``(rows, halves)``. The fingerprint of an empty text is only zeros.
    """
    if not len(texts):  # Arrow may leave out the buffers of an empty column
        return np.empty((0, len(seed.halves)), np.uint64)
    starts, lengths, words = _words(texts)
    counts = -(-lengths // _WORD)
    if counts.max() <= 1:
        return _short_fingerprints(words[starts], lengths, seed)
    # The longest texts are first. So the texts with words left are always the first few, and need no search. numpy
    # sorts small numbers by counting.
    order = np.argsort(counts.astype(np.min_scalar_type(counts.max())), kind="stable")[::-1]
    starts, lengths = starts[order], lengths[order]
    prints = np.empty((len(seed.halves), len(texts)), np.uint64)
    for half, seed_of_half in zip(prints, seed.halves, strict=True):
        half[:] = lengths.astype(np.uint64) ^ seed_of_half.begin
    longer_than = len(texts) - np.bincount(counts).cumsum()
    for done, (live, going_on) in enumerate(pairwise(longer_than)):
        word = words[starts[:live] + done * _WORD]
        word[going_on:] &= _BYTES[lengths[going_on:live] - done * _WORD]
        _take_in(word, prints[:, :live], seed)
    prints[:, lengths == 0] = 0
    found = np.empty_like(prints)
    found[:, order] = prints
    return found.T


def _short_fingerprints(words: Prints, lengths: npt.NDArray[np.int64], seed: Seed) -> Prints:
    """Return the fingerprints of texts of at most eight bytes each.

    ``lengths`` are the lengths of the texts in bytes. ``words`` are the eight bytes from the start of each text on.
    """
    words &= _BYTES[lengths]
    prints = np.empty((len(seed.halves), len(words)), np.uint64)
    for half, seed_of_half in zip(prints, seed.halves, strict=True):
        half[:] = lengths.astype(np.uint64) ^ seed_of_half.begin
    _take_in(words, prints, seed)
    prints[:, lengths == 0] = 0
    return prints.T


def glances(texts: pa.Array, seed: Seed) -> npt.NDArray[np.uint64]:
    """Return a hash of each text's length, first eight bytes and last eight bytes; the hash of empty text is 0.

    The function takes a fraction of the time of ``fingerprints``. The upper 32 bits of the hashes are enough to tell
    the names of a few people apart. ``texts`` is a column of strings without nulls.
    """
    if not len(texts):
        return np.empty(0, np.uint64)
    starts, lengths, words = _words(texts)
    mask = _BYTES[np.minimum(lengths, _WORD)]
    first, last = words[starts], words[starts + np.maximum(lengths - _WORD, 0)]
    first &= mask
    last &= mask
    last ^= lengths.astype(np.uint64)
    half = seed.halves[0]
    first *= half.first_factor
    last *= half.second_factor
    first += last
    return first


def _words(texts: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Prints]:
    """Return the start and the length of each text, in bytes. Item i of the last array has the bytes i to i + 7."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    held = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]] if data else np.empty(0, np.uint8)
    padded = np.zeros(len(held) + _WORD, np.uint8)
    padded[: len(held)] = held
    words: Prints = np.ndarray((len(held) + 1,), np.dtype("<u8"), buffer=padded, strides=(1,))
    return bounds[:-1] - bounds[0], np.diff(bounds), words


def _take_in(word: Prints, prints: Prints, seed: Seed) -> None:
    for half, seed_of_half in zip(prints, seed.halves, strict=True):
        np.bitwise_xor(half, word, out=half)
        _mix(half, seed_of_half)


def _mix(bits: Prints, seed: HalfSeed) -> None:
    """Change ``bits`` in place, so that every bit affects all bits.

    Each step is reversible, so different values stay different.
    """
    for shift, factor in ((_THIRTY_TWO, seed.first_factor), (_TWENTY_NINE, seed.second_factor)):
        bits ^= bits >> shift
        bits *= factor
    bits ^= bits >> _THIRTY_TWO
