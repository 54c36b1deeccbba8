"""How does a frame become a stream of bytes, and the stream a frame again?

As an Arrow stream of its columns. Of a column in which every row says the same, that is written once.
"""

import json
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from onboarding.model.columns import as_array, constant_value, single_chunk
from onboarding.model.rows import DECIDED, TEXT, check_schema

_NAMES = b"columns"
_SAME = b"same"
_ROWS = b"rows"


def write(frame: pd.DataFrame, sink: pa.NativeFile) -> None:
    """Write a frame to where Arrow writes. Its index is not written."""
    columns = {str(name): as_array(frame[name]) for name in frame}
    said = {name: constant_value(column) for name, column in columns.items() if pa.types.is_string(column.type)}
    same = {name: word for name, word in said.items() if word is not None}
    batch = pa.record_batch({name: column for name, column in columns.items() if name not in same})
    about = {_NAMES: json.dumps(list(columns)), _SAME: json.dumps(same), _ROWS: str(len(frame))}
    with pa.ipc.new_stream(sink, batch.schema.with_metadata(about)) as writer:
        writer.write_batch(batch.replace_schema_metadata(about))


def read(source: pa.NativeFile | pa.Buffer, first_position: int) -> pd.DataFrame:
    """Read one frame from where Arrow reads, indexed by position."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    about = table.schema.metadata
    rows, same = int(about[_ROWS]), json.loads(about[_SAME])
    columns = {
        name: pa.repeat(same[name], rows) if name in same else single_chunk(table[name])
        for name in json.loads(about[_NAMES])
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.string(): TEXT}.get)
    frame.index = pd.RangeIndex(first_position, first_position + rows)
    return frame


def packed(frame: pd.DataFrame) -> pa.Buffer:
    """Return a frame as a stream in memory."""
    sink = pa.BufferOutputStream()
    write(frame, sink)
    return sink.getvalue()


def pack(frame: pd.DataFrame) -> bytes:
    """Return decided rows as a compressed Arrow stream. The index is not in it."""
    table = pa.Table.from_pandas(check_schema(frame, DECIDED)[list(DECIDED)], preserve_index=False)
    bare = table.replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, bare.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(bare)
    return bytes(sink.getvalue())


def unpack(packed: bytes, *, first_position: int) -> pd.DataFrame:
    """Return the decided rows of an Arrow stream, indexed by position."""
    with pa.ipc.open_stream(packed) as reader:
        frame = _as_frame(reader.read_all())
    frame.index = pd.RangeIndex(first_position, first_position + len(frame))
    return check_schema(frame, DECIDED)


def first_position(frame: pd.DataFrame) -> int:
    """Return the position of the first row. Raises ``ValueError`` if positions do not follow one another."""
    if frame.empty:
        return 0
    first = int(frame.index[0])
    if not frame.index.equals(pd.RangeIndex(first, first + len(frame))):
        raise ValueError("the positions of a part must follow one another")
    return first


def tabulate(found: Sequence[Sequence[object]], schema: pa.Schema) -> pd.DataFrame:
    """Return database rows as a frame with the columns of an Arrow schema."""
    columns = zip(*found, strict=True) if found else ([] for _ in schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return _as_frame(pa.Table.from_arrays(arrays, schema=schema))


def _as_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): TEXT}.get)
    return frame
