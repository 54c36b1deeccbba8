"""JSON Schemas made from dataclasses and other types."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

if TYPE_CHECKING:
    from typing_extensions import TypeForm

Schema = dict[str, Any]


class _OfWrittenDocuments(GenerateJsonSchema):
    """Makes schemas for documents that this program writes.

    All fields of a dataclass are required in such a schema, since a written document has all of them.
    """

    def field_is_required(self, *args: Any, **kwargs: Any) -> bool:
        return self.mode == "serialization" or super().field_is_required(*args, **kwargs)


def json_schema_of(
    model: "TypeForm[object]", *, mode: JsonSchemaMode = "serialization", names: Mapping[str, type] | None = None
) -> Schema:
    """Return the JSON Schema of a type (``model``) for documents that are written, or for documents that are read.

    ``mode`` is ``serialization`` for written documents, and ``validation`` for read documents. ``names`` has types from
    the model's annotations. The model's module imports these types only for type checkers.
    """
    adapter: TypeAdapter[object] = TypeAdapter(model)
    if names:
        adapter.rebuild(force=True, raise_errors=True, _types_namespace=names)
    return adapter.json_schema(by_alias=True, mode=mode, schema_generator=_OfWrittenDocuments)
