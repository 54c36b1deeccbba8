"""The made-up exports of ``sample_data``, and the right disposition of every row in them."""

from samples.folder import FOLDER, contents, samples
from samples.people import DECOYS
from samples.sample import Fate, Sample

__all__ = ["DECOYS", "FOLDER", "Fate", "Sample", "contents", "samples"]
