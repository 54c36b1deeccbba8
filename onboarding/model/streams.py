"""Frames as bytes: Arrow streams for files and other processes, and the compressed form that the ledger keeps.

If all rows of a column contain the same text, the stream contains this text only once, in its metadata. A stream
contains no index, so its reader must know the position of its first row.
"""

import json

import pandas as pd
import pyarrow as pa

from onboarding.model.columns import as_array, constant_value, single_chunk
from onboarding.model.rows import DECIDED, TEXT, check_schema

_NAMES = b"columns"
_CONSTANTS = b"constants"
_ROWS = b"rows"

_UNCOMPRESSED = pa.ipc.IpcWriteOptions()
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


def read_frame(source: pa.NativeFile | pa.Buffer | bytes, first_position: int) -> pd.DataFrame:
    """Read the frame of one Arrow stream, indexed by position. ``first_position`` is the position of its first row."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    about = table.schema.metadata
    rows, constants = int(about[_ROWS]), json.loads(about[_CONSTANTS])
    columns = {
        name: pa.repeat(constants[name], rows) if name in constants else single_chunk(table[name])
        for name in json.loads(about[_NAMES])
    }
    # Without threads: Arrow copies no cells here, and to start threads takes longer than to make a small frame.
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.string(): TEXT}.get, use_threads=False)
    frame.index = pd.RangeIndex(first_position, first_position + rows)
    return frame


def frame_to_buffer(frame: pd.DataFrame) -> pa.Buffer:
    """Return a frame as an Arrow stream in memory."""
    batch, size = _batch_of(frame), pa.MockOutputStream()
    _write(batch, size, _UNCOMPRESSED)  # this copies no cell; a buffer that grows would copy each cell several times
    buffer = pa.allocate_buffer(size.size())
    _write(batch, pa.FixedSizeBufferWriter(buffer), _UNCOMPRESSED)
    return buffer


def pack_rows(frame: pd.DataFrame) -> bytes:
    """Return decided rows as a compressed Arrow stream with the columns of ``rows.DECIDED``, for the ledger."""
    sink = pa.BufferOutputStream()
    _write(_batch_of(check_schema(frame, DECIDED)[list(DECIDED)]), sink, _COMPRESSED)
    return bytes(sink.getvalue())


def unpack_rows(packed: bytes, *, first_position: int) -> pd.DataFrame:
    """Return the decided rows from the result of ``pack_rows``, indexed by position from ``first_position`` on."""
    return check_schema(read_frame(packed, first_position), DECIDED)


def _batch_of(frame: pd.DataFrame) -> pa.RecordBatch:
    """Return a batch with the columns of a frame that are not constant.

    The metadata of the batch contains the names of all columns, the texts of the constant columns, and the number of
    rows.
    """
    columns = {str(name): as_array(frame[name]) for name in frame}
    values = {name: constant_value(column) for name, column in columns.items() if pa.types.is_string(column.type)}
    constants = {name: value for name, value in values.items() if value is not None}
    batch = pa.record_batch({name: column for name, column in columns.items() if name not in constants})
    about = {_NAMES: json.dumps(list(columns)), _CONSTANTS: json.dumps(constants), _ROWS: str(len(frame))}
    return batch.replace_schema_metadata(about)


def _write(batch: pa.RecordBatch, sink: pa.NativeFile, options: pa.ipc.IpcWriteOptions) -> None:
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
