"""The JSON documents that other programs read, and the version of each document's schema.

The field ``schema`` of a document contains the version. The version changes when a field is removed or renamed, or gets
another meaning. A new field does not change the version, so programs must ignore unknown fields. ``onboard schema``
prints the schemas.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class DocumentKind(StrEnum):
    """The kinds of JSON documents: the files of a report, and the output of commands with ``--json``."""

    SUMMARY = "summary"
    """``summary.json``, and the output of ``run``, ``plan``, ``apply``, ``resume`` and ``report``."""
    MANIFEST = "manifest"
    """``manifest.json`` of a run to many accounts."""
    SETTINGS = "settings"
    """A file of settings, in TOML. The file has no version, since an unknown setting is an error."""
    RUNS = "runs"
    WHO = "who"
    CHECK = "check"
    INSPECT = "inspect"
    ANSWERS = "answers"
    NOTICE = "notice"
    """The document that a webhook gets.

    The webhooks of some chats get a document in another form.
    """


SCHEMA_VERSIONS: Mapping[DocumentKind, int] = MappingProxyType(
    {kind: 1 for kind in DocumentKind if kind is not DocumentKind.SETTINGS}
)


def versioned(kind: DocumentKind, fields: Mapping[str, object]) -> dict[str, object]:
    """Return a document of this kind, with the version of its schema as the first field."""
    return {"schema": SCHEMA_VERSIONS[kind], **fields}
