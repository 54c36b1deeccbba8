"""How does a folder come into being that nobody else gets at?"""

from pathlib import Path


def make_private(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for their owner alone; return it. Raises ``OSError``."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    return folder
