"""Compare the answer of ``addresses.normalise`` to every cell with the answer of email-validator.

Run it with ``python tests/support/differential.py --cells 2000000 --seed 1``.

It takes made-up cells from ``edge_cells`` (``--code-points``: every code point around an address) and compares the
answer of ``addresses.normalise`` to each cell with the answer of email-validator to the cleaned cell. It prints every
disagreement, and how many cells the fast way and the thorough way settled. It exits with 1 if there was a disagreement.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from edge_cells import NOTHING, around, cells
from email_validator import EmailNotValidError, validate_email
from frames import rows

from onboarding.addresses.cleaning import clean, clean_lightly
from onboarding.addresses.normalise import PLAIN_ADDRESS, PLAIN_LIMIT_BYTES, normalise
from onboarding.addresses.odd_cells import _missing, _usual, _wrong
from onboarding.addresses.one_cell import MOST_ADDRESS_PARTS, advice_for, wrapped_address
from onboarding.addresses.spellings import fold_case

FRAME_ROWS = 50_000


class Answer(NamedTuple):
    """The answer to a cell: its address, or what is wrong with it."""

    email: str = ""
    key: str = ""
    disposition: str = ""
    reason: str = ""
    detail: str = ""


def expected(cell: str) -> Answer:
    """Return the right answer to a cell. email-validator decides about everything that may be an address."""
    address = clean(cell)
    if address.casefold() in NOTHING:
        return Answer("", "", "rejected", "missing", "The row has no address; enter one.")
    if isinstance(whole := by_email_validator(address), Answer):
        return whole
    parts = [
        by_email_validator(clean(part))
        for part in re.split(r"[\s;,/|]+", address, maxsplit=MOST_ADDRESS_PARTS - 1)
        if part
    ]
    valid = [part for part in parts if isinstance(part, Answer)]
    if len({part.key for part in valid}) > 1:
        detail = "The cell holds several addresses; keep the one to invite."
        return Answer("", "", "held", "several_addresses", detail)
    # A slash at the start of a part may belong to its address.
    if 1 < len(parts) == len(valid) and not re.search(r"(?:^|[\s;,|])/[^\s/]", address):
        return valid[0]
    if found := wrapped_address(address):
        return Answer(found.email, found.key, "held" if found.reason else "", found.reason, found.detail)
    return Answer("", "", "rejected", "invalid_syntax", advice_for(address, whole))


def by_email_validator(address: str) -> Answer | str:
    """Return the address as email-validator writes it, or what is wrong with it."""
    try:
        valid = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return Answer(valid.normalized, f"{fold_case(valid.local_part)}@{valid.ascii_domain}")


def answers(given: Sequence[str]) -> list[Answer]:
    """Return the answers to cells that stand in one frame."""
    frame = normalise(rows(given))
    return list(map(Answer, *(frame[name].to_list() for name in Answer._fields)))


def speeds(given: Sequence[str]) -> Counter[str]:
    """Count which way of finding an address settles how many cells."""
    column = pa.array(given, pa.string())
    lowered = pc.ascii_lower(pc.ascii_trim_whitespace(column))
    short = pc.less_equal(pc.binary_length(lowered), PLAIN_LIMIT_BYTES)
    settled = {"plain": pc.and_(pc.match_substring_regex(lowered, PLAIN_ADDRESS), short).to_numpy(zero_copy_only=False)}
    bare = clean_lightly(column)
    for name, recognise in (("missing", _missing), ("usual", _usual), ("wrong", _wrong)):
        settled[name] = recognise(bare)[0] & ~settled["plain"]
    counts = Counter({name: int(where.sum()) for name, where in settled.items()})
    return counts + Counter({"one by one": len(given) - int(np.logical_or.reduce(list(settled.values())).sum())})


def disagreements(given: Sequence[str]) -> Iterator[str]:
    """Describe every cell that gets another answer than expected."""
    # Some stand in small frames, so that an answer that depends on the neighbours is seen.
    found = [*(answers([cell])[0] for cell in given[:100]), *answers(given[100:200]), *answers(given[200:])]
    for cell, said in zip(given, found, strict=True):
        if said != (wanted := expected(cell)):
            yield f"{cell!r}\n  said:     {tuple(said)}\n  expected: {tuple(wanted)}"


def main(made: Iterator[str]) -> int:
    """Compare cells, print what was found, and return the exit code."""
    settled, wrong, count = Counter[str](), 0, 0
    while given := list(islice(made, FRAME_ROWS)):
        settled += speeds(given)
        count += len(given)
        described = list(disagreements(given))
        wrong += len(described)
        print(*described, sep="\n", end="\n" if described else "")  # noqa: T201
    print(f"{count} cells, {dict(settled)}, {wrong} disagreements")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Compare the answers to made-up cells with email-validator's.")
    which = arguments.add_mutually_exclusive_group(required=True)
    which.add_argument("--cells", type=int)
    which.add_argument("--code-points", action="store_true")
    arguments.add_argument("--seed", type=int, default=1)
    told = arguments.parse_args()
    sys.exit(main(around(range(sys.maxunicode + 1)) if told.code_points else islice(cells(told.seed), told.cells)))
