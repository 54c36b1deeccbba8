"""Where do the reports of a run to many accounts go, and which of them is whose?

Each account's are a part of their own: ``reconciliation/part-00017.csv``, beside those of the other accounts. Part 0
has the rows that no account is known for. ``manifest.json`` says of each part what is in it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO

from onboarding.reports import RECONCILIATION, Folder, Summary, open_folder

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MANIFEST = "manifest.json"
NOBODYS = 0
"""The part of the rows without an account."""


@dataclass(frozen=True, slots=True)
class PartFolder:
    """A part's place in the folder of a run (a ``Folder``)."""

    folder: Folder
    number: int

    @property
    def name(self) -> str:
        """That of the whole folder."""
        return self.folder.name

    def called(self, name: str) -> str:
        """Return ``reconciliation/part-00017.csv`` for ``reconciliation.csv``."""
        return part_name(name, self.number)

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open the part's report of this name for writing."""
        return self.folder.atomic_write(self.called(name))

    def read_back(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open the part's report of this name."""
        return self.folder.read_back(self.called(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the manifest says of a part: whose rows it has, how many by disposition, and how their run ended.

    ``part`` is empty if there is none, since it is not known what became of the rows.
    """

    part: str
    account: str
    run_id: str
    rows: int
    counts: Mapping[str, int]
    exit_code: int
    message: str

    @classmethod
    def of(cls, number: int, summary: Summary) -> "Entry":
        """Return the entry of an account's run."""
        return cls(
            part=part_name(RECONCILIATION, number) if summary.files else "",
            account=summary.account,
            run_id=summary.run_id,
            rows=summary.rows_read,
            counts={str(disposition): count for disposition, count in summary.counts.items()},
            exit_code=int(summary.exit_code),
            message=summary.message,
        )


def part_name(name: str, number: int) -> str:
    """Return what a report of one part is called."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}/part-{number:05}.{suffix}"


@contextmanager
def part_folder(out: str, run_id: str, number: int, s3: Callable[[], "S3Client"]) -> Iterator[PartFolder]:
    """Give a part's place in the folder of a run. Raises ``ConfigurationError``."""
    with open_folder(out, run_id, s3) as folder:
        yield PartFolder(folder, number)


def write_one_file(folder: Folder, numbers: Sequence[int]) -> None:
    """Write the reconciliations of these parts as one, in this order. Raises ``ReportNotWritten``."""
    with folder.atomic_write(RECONCILIATION) as whole:
        for index, number in enumerate(numbers):
            with folder.read_back(part_name(RECONCILIATION, number)) as part:
                header = part.readline()
                whole.write(b"" if index else header)
                copyfileobj(part, whole)


def write_manifest(folder: Folder, entries: Sequence[Entry]) -> None:
    """Write the manifest, whole or not at all. Raises ``ReportNotWritten``."""
    document = {"parts": [asdict(entry) for entry in entries], "rows": sum(entry.rows for entry in entries)}
    with folder.atomic_write(MANIFEST) as file:
        file.write(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
