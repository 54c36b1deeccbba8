"""The report of several parts: the place of each part, the manifest of all parts, and one file of all lines.

A run to many accounts writes such a report, with one part for each account. ``reconciliation/part-00017.csv`` is a file
of part 17.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO

from onboarding.model.values import dataclass
from onboarding.reports.folder import Folder, open_folder
from onboarding.reports.parts.manifest import MANIFEST, Manifest, ManifestPart
from onboarding.reports.report import RECONCILIATION
from onboarding.reports.summary import Summary

if TYPE_CHECKING:
    from onboarding.runtime.aws import LazyS3Client


@dataclass(frozen=True, slots=True)
class PartFolder:
    """The place of one part of the report, in the folder of the whole run. It has the methods of a ``Folder``."""

    folder: Folder
    number: int

    @property
    def name(self) -> str:
        """The name of the whole run's folder."""
        return self.folder.name

    def path_of(self, name: str) -> str:
        """Return the path of the file with this part of the report ``name``.

        For ``reconciliation.csv`` and part 17, the path is ``reconciliation/part-00017.csv``.
        """
        return part_name(name, self.number)

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open this part of the report ``name`` for writing."""
        return self.folder.atomic_write(self.path_of(name))

    def read_back(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open this part of the report ``name`` for reading."""
        return self.folder.read_back(self.path_of(name))


def part_name(name: str, number: int) -> str:
    """Return the path of one part of the report ``name``. ``number`` is the number of the part."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}/part-{number:05}.{suffix}"


@contextmanager
def part_folder(out: str, run_id: str, number: int, s3: "LazyS3Client") -> Iterator[PartFolder]:
    """Open the folder of the whole run, and yield the place of one part of the report. Raises ``ConfigurationError``.

    ``run_id`` is the id of the whole run, and ``number`` the number of the part.
    """
    with open_folder(out, run_id, s3) as folder:
        yield PartFolder(folder, number)


def write_manifest(folder: Folder, parts: Mapping[int, Summary], *, one_file: bool) -> tuple[str, ...]:
    """Write the manifest of a report after its parts, and return the names of the report's files.

    ``parts`` has the summary of each part by the part's number. With ``one_file``, also join the reconciliations of all
    parts into one file. Raises ``ReportNotWritten``.
    """
    numbers = sorted(parts)
    entries = [_manifest_part(number, parts[number]) for number in numbers]
    manifest = Manifest(entries, rows=sum(part.rows_read for part in parts.values()))
    with folder.atomic_write(MANIFEST) as file:
        file.write(manifest.as_json().encode())
    files = (MANIFEST, f"{RECONCILIATION.removesuffix('.csv')}/part-*.csv")
    if not one_file:
        return files
    _write_one_file(folder, [number for number in numbers if parts[number].files])
    return (*files, RECONCILIATION)


def _manifest_part(number: int, part: Summary) -> ManifestPart:
    return ManifestPart(
        part=part_name(RECONCILIATION, number) if part.files else "",
        account=part.scope.account,
        run_id=part.run_id,
        rows=part.rows_read,
        counts=part.counts,
        exit_code=part.exit_code,
        message=part.message,
    )


def _write_one_file(folder: Folder, numbers: Sequence[int]) -> None:
    """Join the reconciliations of some parts of the report into one file.

    ``numbers`` are the numbers of the parts to join, in the order of the file.
    """
    with folder.atomic_write(RECONCILIATION) as whole:
        for index, number in enumerate(numbers):
            with folder.read_back(part_name(RECONCILIATION, number)) as part:
                header = part.readline()
                whole.write(b"" if index else header)
                copyfileobj(part, whole)
