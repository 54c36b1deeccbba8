"""Check JSON documents against the schemas that ``onboard schema`` prints."""

import json
from functools import cache

from jsonschema import Draft202012Validator

from onboarding.model.documents import DocumentKind
from onboarding.pipeline.schemas import schema_of


def checked(kind: str, text: str) -> dict:
    """Return a JSON document. It must fit its schema, and have no field that the schema does not name."""
    document = json.loads(text)
    error = next(validator(kind).iter_errors(document), None)
    assert error is None, f"{kind}: {error.json_path}: {error.message}"
    return document


@cache
def validator(kind: str) -> Draft202012Validator:
    """Return the validator of a kind of document, with all times and dates checked."""
    schema = schema_of(DocumentKind(kind))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(_strict(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _strict(schema: object) -> object:
    """Return a schema that allows no field without a description, at any depth."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {} if "properties" not in schema else {"additionalProperties": False}
    return closed | {key: _strict(value) for key, value in schema.items()}
