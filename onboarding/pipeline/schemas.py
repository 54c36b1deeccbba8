"""The JSON Schemas of the documents that other programs read. The classes of these documents give the schemas.

A schema says which fields a document of this version always has. It allows further fields, since a later version may
have more fields.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from onboarding.model.documents import SCHEMA_VERSIONS, DocumentKind
from onboarding.model.hr_answers import UNTOLD_FIELDS, RememberedAnswer
from onboarding.model.json_schemas import Schema, json_schema_of
from onboarding.model.run import Run
from onboarding.reports import Summary
from onboarding.reports.notify import RunNotice
from onboarding.reports.parts import Manifest
from onboarding.settings.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: DocumentKind) -> Schema:
    """Return the JSON Schema of a kind of document that is in ``SCHEMAS``."""
    schema = SCHEMAS[kind]()
    if version := SCHEMA_VERSIONS.get(kind):
        schema["properties"] = {"schema": {"const": version}, **schema["properties"]}
        schema["required"] = ["schema", *schema["required"]]
    return {"$schema": DIALECT, "title": f"onboard {kind}", **{key: schema[key] for key in schema if key != "title"}}


def _runs() -> Schema:
    run = json_schema_of(Run)
    run["properties"]["is_going_on"] = {"type": "boolean"}
    run["required"].append("is_going_on")
    return _list_of("runs", run)


def _who() -> Schema:
    from onboarding.pipeline.looking_up import RowOfPerson  # noqa: PLC0415 - loads pandas

    return _list_of("rows", json_schema_of(RowOfPerson))


def _check() -> Schema:
    from onboarding.pipeline.check.findings import Finding  # noqa: PLC0415 - loads rich

    return _list_of("findings", json_schema_of(Finding))


def _inspect() -> Schema:
    from onboarding.pipeline.inspecting import InspectedExport  # noqa: PLC0415 - loads pandas

    return _list_of("exports", json_schema_of(InspectedExport))


def _answers() -> Schema:
    answer = json_schema_of(RememberedAnswer)
    answer["properties"] = {name: about for name, about in answer["properties"].items() if name not in UNTOLD_FIELDS}
    answer["required"] = list(answer["properties"])
    return _list_of("answers", answer)


def _list_of(name: str, item: Schema) -> Schema:
    """Return the schema of a document that has one list.

    ``name`` is the name of the list, and ``item`` is the schema of each of its items.
    """
    definitions = item.pop("$defs", {})
    items = {"type": "array", "items": item}
    return {"$defs": definitions, "type": "object", "properties": {name: items}, "required": [name]}


SCHEMAS: Mapping[DocumentKind, Callable[[], Schema]] = MappingProxyType(
    {
        DocumentKind.SUMMARY: Summary.json_schema,
        DocumentKind.MANIFEST: lambda: json_schema_of(Manifest),
        DocumentKind.SETTINGS: lambda: json_schema_of(Settings, mode="validation"),
        DocumentKind.RUNS: _runs,
        DocumentKind.WHO: _who,
        DocumentKind.CHECK: _check,
        DocumentKind.INSPECT: _inspect,
        DocumentKind.ANSWERS: _answers,
        DocumentKind.NOTICE: lambda: json_schema_of(RunNotice),
    }
)
