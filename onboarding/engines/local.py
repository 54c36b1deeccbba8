"""How are the rows of all exports decided on one machine, in bounded memory?

In two passes: which rows repeat an earlier one, or have a domain like no other, is known only when all were seen. The
first pass reads, normalises and applies policy; the second gives such rows their fate.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import structlog

from onboarding.addresses import normalise
from onboarding.ahead import ahead
from onboarding.dates import Order
from onboarding.duplicates import Duplicates
from onboarding.errors import InputRefused, OnboardingError
from onboarding.exports import Export
from onboarding.footprint import USUAL
from onboarding.policy import Policy, Wording, decide_candidates
from onboarding.private import make_private
from onboarding.rows import AS_READ, Reason
from onboarding.spool import Spool
from onboarding.suspicions import Suspicions

log = structlog.get_logger()

KEPT = (*AS_READ, "email", "key")
"""What the second pass needs; the columns that policy asks for have told all they have to tell."""


class NoScratch(OnboardingError):
    """Rows could not be set aside between the two passes. Nothing was sent."""


def prepare(
    exports: Sequence[Export],
    policy: Policy,
    *,
    holds: Collection[Reason],
    date_order: Order | None,
    scratch: Path,
    noted_bytes: int = USUAL.noted_bytes,
    on_read: Callable[[int, str], None] = lambda _rows, _source: None,
) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports in input order, decided as far as the input alone decides it.

    Frames have the columns of ``rows.DECIDED``. ``holds`` are the suspicions to hold rows for. ``scratch`` is a folder
    for temporary files, some 150 bytes a row, made if there is none; ``noted_bytes`` about rows are held in memory
    before they go there. ``on_read`` is told how many rows were read, and from where. Raises ``InputRefused``, before
    the first frame, if a row cannot be read safely or there is none, and ``NoScratch`` if the disk is full.
    """
    with _writable(scratch), Spool(scratch) as spool, Duplicates(scratch, budget_bytes=noted_bytes) as duplicates:
        suspicions = Suspicions(holds, allowed_domains=policy.allowed_domains)
        position = 0
        for export in exports:
            order = date_order or export.date_order(today=policy.today)
            wording = Wording(names=export.facts.columns, date_order=order)
            for normalised in ahead(map(normalise, export.batches(position))):
                candidates = suspicions.note(decide_candidates(normalised, policy, wording))
                duplicates.note(candidates)
                spool.append(candidates[list(KEPT)])
                position += len(normalised)
                on_read(len(normalised), export.source)
            log.info("export.read", **export.facts.as_log())
        if not position:
            names = ", ".join(export.source for export in exports)
            raise InputRefused(f"{names}: there is no row after the header; nothing to do.")
        yield from ahead(map(suspicions.find().mark, map(duplicates.find().mark, spool.frames())))


@contextmanager
def _writable(scratch: Path) -> Iterator[None]:
    try:
        make_private(scratch)
        yield
    except OSError as error:
        raise NoScratch(
            f"Nothing was sent: temporary files cannot be written to {str(scratch)!r}"
            f" ({error.strerror or 'input/output error'}); free some space there."
        ) from None
