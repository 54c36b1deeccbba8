"""The manifest of a report of many parts: the account of each part, and how the run to this account ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from onboarding.model.dispositions import Disposition
from onboarding.model.documents import DocumentKind, versioned
from onboarding.model.printable import json_document
from onboarding.model.values import dataclass

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """One part of the report. ``part`` is the path of its file in the folder of the report.

    If it is not known how the run to the account ended, there is no file, and ``part`` is empty. ``account`` is empty
    for the part with rows without an account. ``counts`` has the numbers of rows by disposition.
    """

    part: str
    account: str
    run_id: str
    rows: int
    counts: Mapping[Disposition, int]
    exit_code: int
    message: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of a report, and the number of rows in all of them."""

    parts: Sequence[ManifestPart]
    rows: int

    def as_json(self) -> str:
        """Return the text of ``manifest.json``."""
        return json_document(versioned(DocumentKind.MANIFEST, asdict(self)))
