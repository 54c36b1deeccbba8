"""The report of several parts, as of a run to many accounts: its folders, its manifest, and one file of all lines."""

from .manifest import Manifest
from .parts import PartFolder, part_folder, write_manifest

__all__ = ["Manifest", "PartFolder", "part_folder", "write_manifest"]
