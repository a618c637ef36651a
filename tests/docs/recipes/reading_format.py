"""Bars: a first line ``#bars``, then a reading a line as ``time|value``."""

import numpy as np

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns, string_column


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of such a file."""
    rows = [line.partition("|") for line in raw.decode().splitlines()[1:]]
    columns = {
        "time": string_column([time for time, _, _ in rows]),
        "value": string_column([value for _, _, value in rows]),
    }
    return RawColumns(columns, np.arange(2, len(rows) + 2), dialect={"format": "bars"})
