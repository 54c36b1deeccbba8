"""Tests how typed values of a Parquet file become text."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from onboarding.exports.parquet_text import NotText, column_as_text

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        (["00042", "", None], pa.string(), ["00042", "", ""]),
        (["a"], pa.large_string(), ["a"]),
        (["a"], pa.string_view(), ["a"]),
        (["a", None, "a"], pa.dictionary(pa.int8(), pa.string()), ["a", "", "a"]),
        ([b"ana"], pa.binary(), ["ana"]),
        ([b"ana"], pa.binary(3), ["ana"]),
        ([True, False, None], pa.bool_(), ["true", "false", ""]),
        ([-7, None], pa.int8(), ["-7", ""]),
        ([2**64 - 1], pa.uint64(), ["18446744073709551615"]),
        ([7.0, 1234567890123.0, -0.5, None], pa.float64(), ["7", "1234567890123", "-0.5", ""]),
        ([float("nan"), float("inf")], pa.float64(), ["", "inf"]),
        ([0.1, 7.0], pa.float32(), ["0.1", "7"]),
        ([0.5, 7.0], pa.float16(), ["0.5", "7"]),
        ([Decimal(1001), Decimal(0), None], pa.decimal128(38, 10), ["1001", "0", ""]),
        ([Decimal("0.0000001")], pa.decimal128(38, 10), ["0.0000001"]),
        ([Decimal("10.50"), Decimal(100)], pa.decimal64(5, 2), ["10.5", "100"]),
        ([Decimal(1000)], pa.decimal128(10, -2), ["1000"]),
        ([dt.date(2019, 3, 15), None], pa.date32(), ["2019-03-15", ""]),
        ([dt.date(2019, 3, 15)], pa.date64(), ["2019-03-15"]),
        ([0, 8 * 3600, None], pa.timestamp("s"), ["1970-01-01", "1970-01-01 08:00:00", ""]),
        ([253_402_214_400_000_000], pa.timestamp("us"), ["9999-12-31"]),
        ([36_000_120_000_000], pa.timestamp("ns"), ["1970-01-01 10:00:00.12"]),
        ([dt.datetime(2019, 3, 15, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"), ["2019-03-15"]),
        ([dt.datetime(2019, 3, 15, tzinfo=BERLIN)], pa.timestamp("us", "Europe/Berlin"), ["2019-03-15"]),
        ([dt.time(8, 30)], pa.time64("us"), ["08:30:00"]),
        ([None], pa.null(), [""]),
    ],
)  # fmt: skip
def test_values_read_as_a_person_would_type_them(values, kind, texts):
    assert column_as_text(pa.array(values, kind)).to_pylist() == texts


def test_times_in_an_unknown_zone_are_refused():
    """In another time zone they might fall on another day."""
    times = pa.array([0], pa.timestamp("us", "Mars/Olympus"))

    with pytest.raises(NotText, match="times in Mars/Olympus, a time zone that is not known here"):
        column_as_text(times)
