"""Which sources are files that a run makes for itself, and that are gone afterwards?"""

from pathlib import Path

LEFT_OVER = "left-over-from-"
ROSTER = "roster-of-"


def is_own(source: str) -> bool:
    """Say whether a source is called as such a file is."""
    return Path(source).name.startswith((LEFT_OVER, ROSTER))
