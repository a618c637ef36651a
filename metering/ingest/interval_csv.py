"""Text tables: one reading per row, or one of every register, with any usual delimiter, decimal mark and encoding.

Where the table stands, its delimiter and its encoding are found, or asked; each is said in ``how_read``.
"""

from collections.abc import Sequence
from functools import partial

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.repeated_rows import WholeRows
from metering.ingest.tables import encoding, text_rows
from metering.ingest.tables.day_columns import roles_and_days
from metering.ingest.tables.header import header_of
from metering.ingest.tables.read_table import read_table
from metering.ingest.tables.table_place import find_table


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a text table.

    Args:
        raw: the file, in the encoding that its sender says, or that its bytes state.
        targets: the registers of the tenant.
        options: names of the columns, and what the file does not say.

    Raises:
        UnreadableFile: it has no header, lacks a required column, or has a line that is too long.
    """
    text = encoding.decode(raw, options.encoding)
    sample = text_rows.take_sample(text.utf8, options)
    place = find_table(sample.rows, options)
    header = header_of(place, targets)
    roles, days = roles_and_days(header, sample.rows, options, targets)
    blocks = text_rows.cut_rows(text.utf8, place.data_line, len(place.names), sample.delimiter)
    encoded, separators, delimiter = text.how_read, sample.how_read, sample.delimiter
    needed = {*(at for places in roles.at.values() for at in places), *roles.wide}
    unread = [at for at in range(len(header.names)) if at not in needed and (days is None or at not in days.starts)]
    whole_rows = WholeRows(header.names, unread, partial(_cells_of, raw, options.encoding, delimiter))
    del raw, text, sample
    read = read_table(place, header, roles, blocks, options, targets, days=days, in_edges=delimiter == "|")
    dialect = {"encoding": encoded.taken, "delimiter": delimiter}
    return RawColumns(
        read.table.columns,
        read.table.lines,
        tuple(read.table.verdicts),
        dialect,
        text_numbers=True,
        how_read=(encoded, separators, *read.how_read, *roles.how_read),
        questions=(*read.questions, *roles.questions),
        roles=roles,
        whole_rows=whole_rows,
    )


def _cells_of(raw: bytes, encoding_: str | None, delimiter: str, lines: Sequence[int]) -> dict[int, list[str]]:
    """All cells of some lines; the file is decoded again, because hardly any has a row twice."""
    return text_rows.cells_of_lines(encoding.decode(raw, encoding_).utf8, delimiter, lines)
