"""The document ``summary.json`` and its JSON Schema: the fields of a summary, of its scope and of its sending.

The tables of this module turn a summary into its document. They also turn the schema of the class into the schema of
the document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from onboarding.model.documents import DocumentKind, versioned

_FLATTENED = ("scope", "sending")
"""Some fields of a summary. The document has the fields inside them at its top level."""

_KEYS = {"settled_doubts": "confirmed", "progress": "course"}
"""The fields that have another name in the document, by their name in the code."""


def document_of_summary(fields: Mapping[str, Any], **computed: object) -> dict[str, object]:
    """Return the document of a summary.

    ``fields`` is the result of ``dataclasses.asdict`` for the summary. ``computed`` are further fields.
    """
    inner = {_KEYS.get(name, name): value for each in _FLATTENED for name, value in fields[each].items()}
    outer = {name: value for name, value in fields.items() if name not in _FLATTENED}
    return versioned(DocumentKind.SUMMARY, {**inner, **outer, **computed})


def schema_of_summary(summary: type) -> dict[str, Any]:
    """Return the JSON Schema of the document, made from the class of summaries."""
    from onboarding.exports import ExportFacts  # noqa: PLC0415 - these are for this schema only
    from onboarding.model.changes import Changes  # noqa: PLC0415
    from onboarding.model.json_schemas import json_schema_of  # noqa: PLC0415
    from onboarding.model.news import News  # noqa: PLC0415
    from onboarding.model.sent import Moment, SettledDoubts, Wave  # noqa: PLC0415
    from onboarding.model.unchanged import UnchangedExport  # noqa: PLC0415
    from onboarding.preparing.guards import GuardVerdict  # noqa: PLC0415
    from onboarding.reports.verdict import RunVerdict  # noqa: PLC0415
    from onboarding.sandbox import SandboxCounts  # noqa: PLC0415

    types = (Changes, GuardVerdict, Moment, News, SandboxCounts, SettledDoubts, UnchangedExport, Wave)
    return _flattened(
        json_schema_of(summary, names={each.__name__: each for each in types}),
        inputs=json_schema_of(Sequence[ExportFacts]),
        rows_read=json_schema_of(int),
        verdict=json_schema_of(RunVerdict),
    )


def _flattened(schema: Mapping[str, Any], **others: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the document from the schema of the class.

    ``others`` has the schemas of computed fields, and more precise schemas of some fields of the class.
    """
    definitions = dict(schema["$defs"])
    properties = {name: about for name, about in schema["properties"].items() if name not in _FLATTENED}
    required = [name for name in schema["required"] if name not in _FLATTENED]
    for each in _FLATTENED:
        inner = definitions.pop(schema["properties"][each]["$ref"].rpartition("/")[2])
        properties |= {_KEYS.get(name, name): about for name, about in inner["properties"].items()}
        required += [_KEYS.get(name, name) for name in inner["required"]]
    for name, about in others.items():
        definitions |= about.get("$defs", {})
        properties[name] = {key: value for key, value in about.items() if key != "$defs"}
    required = list(dict.fromkeys((*required, *others)))
    return {**schema, "$defs": definitions, "properties": properties, "required": required}
