"""How do frames get into the database and out again?"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from onboarding.rows import DECIDED, TEXT, check


def pack(frame: pd.DataFrame) -> bytes:
    """Return decided rows as a compressed Arrow stream. The index is not in it."""
    table = pa.Table.from_pandas(check(frame, DECIDED)[list(DECIDED)], preserve_index=False)
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
    return check(frame, DECIDED)


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
