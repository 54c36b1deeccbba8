"""The files of the folder of samples."""

from pathlib import Path

from samples.directories import directories
from samples.hr_large import large
from samples.hr_small import small
from samples.sample import Sample
from samples.workbooks import workbooks

FOLDER = Path(__file__).parents[3] / "sample_data"
README = """\
# Sample exports

Made-up people at reserved domains, one file for each system that HR and IT departments export from, with its habits:
titles, footers, status words, decoys. `tests/support/make_samples.py` writes them; change `tests/support/samples`, not
these files.
There stands too what must become of every row, which `tests/jobs/test_samples.py` compares with what does.

| file | like | shape | the address is in | decoys |
| --- | --- | --- | --- | --- |
{rows}
An address at `home.example`, `managers.example` or `spare.example` is a decoy: inviting one is a bug.
"""


def samples() -> tuple[Sample, ...]:
    """Return every sample, in the order in which a folder is read."""
    return tuple(sorted((*large(), *small(), *workbooks(), *directories()), key=lambda sample: sample.name))


def contents() -> dict[str, bytes]:
    """Return the content of every file of the folder, by name."""
    readme = README.format(rows="".join(map(_row, samples())))
    return {"README.md": readme.encode(), **{sample.name: sample.content for sample in samples()}}


def _row(sample: Sample) -> str:
    shape = sample.shape.replace("|", "\\|")
    address = f"`{sample.address}`" + (f", else `{sample.fallback}`" if sample.fallback else "")
    return f"| `{sample.name}` | {sample.like} | {shape} | {address} | {sample.decoys or 'none'} |\n"
