"""JSON Schemas made from dataclasses and other types."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

if TYPE_CHECKING:
    from typing_extensions import TypeForm

Schema = dict[str, Any]


class _OfWrittenDocuments(GenerateJsonSchema):
    """The maker of schemas for documents that this program writes.

    In these schemas, all fields of a dataclass are required, since a written document contains all fields.
    """

    def field_is_required(self, *args: Any, **kwargs: Any) -> bool:
        return self.mode == "serialization" or super().field_is_required(*args, **kwargs)


def json_schema_of(
    model: "TypeForm[object]", *, mode: JsonSchemaMode = "serialization", names: Mapping[str, type] | None = None
) -> Schema:
    """Return the JSON Schema of a type (``model``) for documents that the program writes or reads.

    ``mode`` is ``serialization`` for documents to write, and ``validation`` for documents to read. ``names`` are the
    types in the model's annotations that the model's module imports only for type checkers.
    """
    adapter: TypeAdapter[object] = TypeAdapter(model)
    if names:
        adapter.rebuild(force=True, raise_errors=True, _types_namespace=names)
    return adapter.json_schema(by_alias=True, mode=mode, schema_generator=_OfWrittenDocuments)
