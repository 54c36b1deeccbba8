"""How is the file of those whom the last run left known again?"""

from pathlib import Path

PREFIX = "left-over-from-"


def is_left_over(source: str) -> bool:
    """Say whether a source is called as that file is."""
    return Path(source).name.startswith(PREFIX)
