"""Who of the people with a usable address is a candidate?"""

from collections.abc import Collection

import pandas as pd

from onboarding.rows import Disposition, Reason, decide, is_open


def decide_candidates(frame: pd.DataFrame, *, allowed_domains: Collection[str]) -> pd.DataFrame:
    """Return the frame with open rows that policy keeps out as ``excluded``; the rest stay open.

    ``frame`` has the columns ``key``, ``disposition`` and ``reason``. ``allowed_domains`` are whole domains as
    A-labels in lower case; empty allows all.
    """
    frame = frame.copy()
    if allowed_domains:
        domains = frame["key"].str.rpartition("@")[2]
        decide(frame, is_open(frame) & ~domains.isin(allowed_domains), Disposition.EXCLUDED, Reason.DOMAIN_NOT_ALLOWED)
    return frame
