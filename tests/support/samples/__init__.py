"""Which made-up exports are in ``sample_data``, and what must become of every row in them?"""

from samples.folder import FOLDER, contents, samples
from samples.people import DECOYS
from samples.sample import Fate, Sample

__all__ = ["DECOYS", "FOLDER", "Fate", "Sample", "contents", "samples"]
