"""The settings for reading exports: the files, their columns, the words for statuses, and the order of dates."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    field_validator,
)

from onboarding.model.choices import ColumnOptions, DateOrder, HiddenRows, StatusWords
from onboarding.model.folding import fold_text
from onboarding.settings.fields import option_field
from onboarding.settings.values import Duration, Several, Sheets, TextEncoding, split_list

NAMES_OF_A_PERSON = 2
"""The most columns for a person's name: one for the given name, and one for the family name."""


def _read_status_words(value: object) -> object:
    """Return the words of a table such as ``{active = ["Frei"], inactive = ["Weg"]}``, or raise ``ValueError``."""
    if isinstance(value, StatusWords):
        return value
    if not isinstance(value, Mapping) or not value.keys() <= {"active", "inactive"}:
        raise ValueError('write a table like {active = ["Present"], inactive = ["Gone"]}')
    words = {name: _folded(listed) for name, listed in value.items()}
    if words.get("active", frozenset()) & words.get("inactive", frozenset()):
        raise ValueError("active and inactive have the same word; drop it from one")
    return StatusWords(**words)


def _folded(listed: object) -> frozenset[str]:
    words = listed if isinstance(listed, (list, tuple, set, frozenset)) else [None]
    folded = frozenset(fold_text(word) if isinstance(word, str) else "" for word in words)
    if "" in folded:
        raise ValueError("write a list of words, each with a letter or a digit")
    return folded


StatusWordsTable = Annotated[
    StatusWords,
    BeforeValidator(_read_status_words, json_schema_input_type=dict[Literal["active", "inactive"], list[str]]),
    PlainSerializer(lambda words: {"active": sorted(words.active), "inactive": sorted(words.inactive)}),
]


def _read_ages(value: object) -> object:
    """Return a table of ages such as ``{"*" = "36h", "contractors*" = "8d"}`` as texts such as ``contractors*=8d``."""
    if isinstance(value, Mapping):
        return tuple(f"{pattern}={age}" for pattern, age in value.items())
    return split_list(value)


def _check_age(value: str) -> str:
    if not TypeAdapter(Duration).validate_python(value.rpartition("=")[2]):
        raise ValueError("write a time longer than 0s")
    return value


_READ_AGES = BeforeValidator(_read_ages, json_schema_input_type=str | list[str] | dict[str, str])
ExportAges = Annotated[tuple[Annotated[str, AfterValidator(_check_age)], ...], _READ_AGES]
"""The ages of exports: each a duration for all files, or ``PATTERN=AGE`` for the files that fit the pattern."""

MOST_NIGHTS = 3650


class ReadingSettings(BaseModel):
    """The settings for reading exports. ``Settings`` has all settings of a run."""

    model_config = ConfigDict(defer_build=True)  # these settings are made only as a part of ``Settings``

    exports: Several = Field((), description="Files, folders, globs or s3:// URIs to read.")
    email_column: str | None = option_field("email_column", min_length=1)
    id_column: Several = option_field("id_column", ())
    name_column: Several = option_field("name_column", ())
    status_column: Several = option_field("status_column", ())
    start_column: Several = option_field("start_column", ())
    end_column: Several = option_field("end_column", ())
    ignore_column: Several = option_field("ignore_column", ())
    status_words: StatusWordsTable = Field(
        StatusWords(),
        description='Words for statuses: {active = ["Present"], inactive = ["Gone"]}. They come before the known ones.',
    )
    sheet: Sheets = option_field("sheet", ())
    hidden_rows: HiddenRows = option_field("hidden_rows", "hold")
    encoding: TextEncoding | None = option_field("encoding", min_length=1)
    date_order: DateOrder | None = option_field("date_order")
    max_export_age: ExportAges = option_field("max_export_age", ())
    same_bytes_warning: int = option_field("same_bytes_warning", 3, ge=0, le=MOST_NIGHTS)
    max_same_bytes: int = option_field("max_same_bytes", 30, ge=0, le=MOST_NIGHTS)

    @field_validator("name_column")
    @classmethod
    def _check_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > NAMES_OF_A_PERSON:
            raise ValueError("name one column, or the column of given names and then the one of family names")
        return value

    def columns(self, today: date) -> ColumnOptions:
        """Return the columns that the operator has named. ``today`` is the day of the run."""
        return ColumnOptions(
            email=self.email_column,
            employee_id=self.id_column,
            name=self.name_column,
            status=self.status_column,
            starts_on=self.start_column,
            ends_on=self.end_column,
            ignored=self.ignore_column,
            status_words=self.status_words,
            today=today,
        )


IN_FILE_ONLY = frozenset({"status_words"})
"""The settings that only a TOML file can have, since their values are tables."""
