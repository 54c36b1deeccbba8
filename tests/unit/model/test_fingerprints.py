"""Fingerprints of texts."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.fingerprints import Seed, fingerprints, glances

SEED = Seed.random()
texts = st.lists(st.text(max_size=40) | st.text("ab@.", max_size=20), max_size=20)


def prints_of(values, seed=SEED) -> list[tuple[int, int]]:
    return [tuple(pair) for pair in fingerprints(pa.array(values, pa.string()), seed).tolist()]


@given(texts)
def test_two_texts_have_the_same_fingerprint_if_they_are_the_same(values):
    prints = prints_of(values)

    for text, print_of_text in zip(values, prints, strict=True):
        assert [other == text for other in values] == [other == print_of_text for other in prints]


@given(texts, texts)
def test_fingerprint_does_not_depend_on_the_neighbours(before, values):
    sliced = pa.array([*before, *values], pa.string()).slice(len(before))

    assert fingerprints(sliced, SEED).tolist() == fingerprints(pa.array(values, pa.string()), SEED).tolist()


def test_text_of_any_length_has_the_same_fingerprint_alone_and_among_others():
    """Short texts end while long texts go on, and all of them lie in one stretch of memory."""
    values = ["ana.ruiz@north.example, and more"[-length:] for length in range(1, 33)]
    alone = [prints_of([value])[0] for value in values]

    assert prints_of(values) == alone
    assert prints_of(values[::-1]) == alone[::-1]
    assert prints_of(values[16:]) == alone[16:]
    assert fingerprints(pa.array(values).slice(3, 20), SEED).tolist() == [list(pair) for pair in alone[3:23]]


def test_factors_are_odd():
    """Multiplying by an even number would make one state of two."""
    factors = [f for _ in range(50) for half in Seed.random().halves for f in (half.first_factor, half.second_factor)]

    assert {int(factor) % 2 for factor in factors} == {1}


def test_empty_text_has_no_fingerprint():
    assert prints_of(["", "a", ""]) == [(0, 0), prints_of(["a"])[0], (0, 0)]


def test_no_text_at_all_has_no_fingerprints():
    """Arrow may leave out the buffers of a column without rows."""
    no_buffers = pa.StringArray.from_buffers(0, pa.py_buffer(b""), pa.py_buffer(b""))

    for column in (pa.array([], pa.string()), pa.array(["a"]).slice(1), no_buffers):
        assert fingerprints(column, SEED).shape == (0, 2)
        assert fingerprints(column, SEED).dtype == np.uint64


def test_column_of_empty_texts_has_no_fingerprints():
    assert prints_of(["", ""]) == [(0, 0), (0, 0)]


def test_another_seed_gives_other_fingerprints():
    """Without the seed, two addresses with one fingerprint cannot be prepared."""
    assert prints_of(["ana@example.com"]) != prints_of(["ana@example.com"], Seed.random())


def test_halves_are_independent():
    assert all(first != second for first, second in prints_of(["a", "ab", "ana@example.com", "x" * 200]))


def test_every_bit_of_the_text_moves_about_half_of_the_fingerprint():
    """Texts that differ in one bit only have fingerprints as different as those of any two texts."""
    base = b"abcdefghijklmnopqrstuvwx"
    flipped = [bytes([*base[:at], base[at] ^ 1, *base[at + 1 :]]).decode() for at in range(len(base))]

    prints = np.ascontiguousarray(fingerprints(pa.array([base.decode(), *flipped], pa.string()), SEED))

    moved = np.unpackbits((prints[1:] ^ prints[0]).view(np.uint8), axis=1).sum(axis=1)
    assert moved.min() > 30
    assert moved.max() < 98


def test_bit_in_the_middle_of_a_word_moves_every_bit_of_the_fingerprint_in_half_of_all_cases():
    """Such a bit reaches the lowest bits last, which tell records of one part from each other."""
    texts = [f"{number:024}" for number in range(200)]
    flipped = [f"{text[:-5]}p{text[-4:]}" for text in texts]
    moved = np.zeros((0, 128))

    for seed in (Seed.random() for _ in range(20)):
        before, after = (fingerprints(pa.array(some, pa.string()), seed) for some in (texts, flipped))
        bits = np.unpackbits(np.ascontiguousarray(before ^ after).view(np.uint8), axis=1)
        moved = np.concatenate((moved, bits))

    assert moved.mean(axis=0).min() > 0.25
    assert moved.mean(axis=0).max() < 0.75


def test_zeros_at_the_end_are_part_of_the_text():
    """A text is filled up with zeros to whole words, so its length must tell."""
    texts = ["a", "a\0", "a\0\0", "a\0\0\0", "\0", "\0\0"]

    assert {len(set(prints_of(texts, Seed.random()))) for _ in range(50)} == {len(texts)}


def test_seed_keeps_its_secret():
    assert repr(Seed.random()) == repr(Seed.random())


@given(st.lists(st.text(max_size=20)))
def test_glances_tell_short_texts_apart(texts):
    found = glances(pa.array(["", *texts], pa.string()).slice(1), Seed.random())

    assert [hash_ == 0 for hash_ in found] == [text == "" for text in texts]
    short = [text for text in texts if len(text.encode()) <= 16]
    hashes = {int(found[at]) for at, text in enumerate(texts) if text in short}
    assert len(hashes) == len(set(short))


def test_secret_gives_the_same_fingerprints_in_each_run_and_others_for_each_use():
    """Each night compares its fingerprints with those of earlier nights."""
    values = ["ana.ruiz@north.example", "bo.lind@north.example", ""]
    tonight = prints_of(values, Seed.of(b"secret", "rows"))

    assert prints_of(values, Seed.of(b"secret", "rows")) == tonight
    others = [Seed.of(b"another", "rows"), Seed.of(b"secret", "people"), Seed.random()]
    assert not [seed for seed in others if prints_of(values[:2], seed) == tonight[:2]]
    assert tonight[2] == (0, 0)
