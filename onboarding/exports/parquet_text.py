"""Turn a typed column of a Parquet file into text, as a person would type its values.

Dates are in ISO form, without a time at midnight. Whole numbers have no point, even if the file stores them as
decimals. Decimals have neither an exponent nor zeros at the end. A null becomes an empty cell, and so does NaN.
"""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

EXACT_UP_TO = 2.0**53
"""The highest float that the module writes as a whole number.

Above this limit, one float stands for several whole numbers.
"""

MOST_TEXT_BYTES = 2**29
"""The most bytes of text in one column of a batch: 8 KiB for each of 65,536 cells.

In a file of 900 bytes, every row can contain the same text of 128 KiB. A batch of these rows would take 8 GB.
"""

_UTC = ("UTC", "Etc/UTC", "Z", "+00:00")


class NotText(Exception):
    """The error for a column whose values cannot become text. ``what`` describes the values."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def column_as_text(column: pa.Array) -> pa.Array:
    """Return the values of a column as text (``pa.string()``); a null becomes the empty string.

    Raises ``NotText`` if the type of the values cannot become text, or if the values are no UTF-8 or longer than
    ``MOST_TEXT_BYTES``.
    """
    if isinstance(column, pa.ExtensionArray):
        if column.type.extension_name == "arrow.uuid":
            return _uuids(column.storage)
        column = column.storage
    if isinstance(column, pa.DictionaryArray):
        _check_decoded_size(column)
        return column_as_text(column.dictionary_decode())
    try:
        text = _text(column)
        text.validate(full=True)
        if text.nbytes > MOST_TEXT_BYTES:
            raise NotText(_too_long(len(text)))
    except pa.ArrowNotImplementedError:
        raise NotText(str(column.type)) from None
    except pa.ArrowInvalid:
        raise NotText("bytes that are not UTF-8 text") from None
    return pc.fill_null(text, "")


def _check_decoded_size(column: pa.DictionaryArray) -> None:
    words = column.dictionary
    if pa.types.is_string(words.type) or pa.types.is_binary(words.type):
        length_bytes = pc.sum(pc.cast(pc.binary_length(words).take(column.indices), pa.int64())).as_py() or 0
        if length_bytes > MOST_TEXT_BYTES:
            raise NotText(_too_long(len(column)))


def _too_long(rows: int) -> str:
    return f"texts of more than {MOST_TEXT_BYTES // rows:,} bytes in each row"


def _uuids(column: pa.FixedSizeBinaryArray) -> pa.Array:
    digits = column.buffers()[1].slice(16 * column.offset, 16 * len(column)).to_pybytes().hex().encode()
    bounds = pa.array(range(0, 32 * len(column) + 1, 32), pa.int32())
    plain = pa.StringArray.from_buffers(len(column), bounds.buffers()[1], pa.py_buffer(digits))
    text = pc.replace_substring_regex(plain, "^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5")
    return pc.if_else(column.is_valid(), text, "")


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_decimal(kind):
        return _decimals(column)
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_time(kind):
        return _without_zeros(column.cast(pa.string()))
    return column.cast(pa.string())


def _floats(column: pa.Array) -> pa.Array:
    numbers = column.cast(pa.float64())
    is_whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), EXACT_UP_TO))
    whole = pc.if_else(is_whole, numbers, None).cast(pa.int64())
    # Arrow makes the text from the stored column, since 0.1 in 32 bits is 0.10000000149 in 64 bits.
    text = pc.coalesce(whole.cast(pa.string()), column.cast(pa.string()))
    return pc.if_else(pc.is_nan(numbers), "", text)


def _decimals(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    if pc.any(pc.match_substring(text, "E")).as_py():
        plain = [cell if cell is None else format(Decimal(cell), "f") for cell in text.to_pylist()]
        text = pa.array(plain, pa.string())
    return _without_zeros(text)


def _moments(column: pa.Array) -> pa.Array:
    if column.type.tz in _UTC:
        column = column.cast(pa.timestamp(column.type.unit))
    elif column.type.tz is not None:
        try:
            column = pc.local_timestamp(column)
        except pa.ArrowInvalid:
            raise NotText(f"times in {column.type.tz}, a time zone that is not known here") from None
    return pc.replace_substring_regex(_without_zeros(column.cast(pa.string())), " 00:00:00$", "")


def _without_zeros(text: pa.Array) -> pa.Array:
    """Drop the zeros at the end of a decimal number, and the point if no digit follows."""
    return pc.replace_substring_regex(pc.replace_substring_regex(text, r"(\.\d*[1-9])0+$", r"\1"), r"\.0+$", "")
