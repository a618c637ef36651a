"""What a request says about a file, as parameters of its query; the command line has options of the same names."""

from typing import Annotated

from fastapi import Depends, Query

from api.operations.reading_options import sender_options
from metering.records.sender_options import SenderOptions


async def _said_in_query(
    *,
    register: Annotated[str | None, Query(description="The register of all rows, where no column names it.")] = None,
    column: Annotated[
        list[str] | None,
        Query(
            description="What a column holds, as in time=Datum: time (or start), end, date, hour, value, register, "
            "unit, quality, summer_time, repeated_hour, or a dimension. Columns are joined by a plus sign, as in "
            "time=Datum+Zeit."
        ),
    ] = None,
    format_: Annotated[
        str | None,
        Query(alias="format", description="The format, where content type and first bytes do not show it."),
    ] = None,
    unit: Annotated[str | None, Query(description="The unit of all values, where no column states it.")] = None,
    unit_of: Annotated[
        list[str] | None, Query(description="The unit of a column of a wide table, as in Wirkarbeit=kWh.")
    ] = None,
    quality_of: Annotated[
        list[str] | None,
        Query(description="What a word in a column of qualities means, as in geschätzt=estimated or Bad=no_value."),
    ] = None,
    time_format: Annotated[
        str | None,
        Query(
            description="How times are written if not by ISO 8601: a strptime pattern, unix or unix_ms.", max_length=100
        ),
    ] = None,
    zone: Annotated[
        str | None,
        Query(
            description="The zone of times without an offset: local (that of the site), UTC, an offset that holds all "
            "year (+01:00), or a name (Europe/Berlin)."
        ),
    ] = None,
    decimal: Annotated[
        str | None, Query(description="The decimal mark, comma or point; the other one may then group digits.")
    ] = None,
    encoding: Annotated[str | None, Query(description="The encoding of the text, as gb18030.")] = None,
    header_line: Annotated[
        int | None, Query(description="The line of the header, from 1, where lines stand above it.")
    ] = None,
    sheet: Annotated[
        list[str] | None, Query(description="A sheet of a workbook that holds readings; all, unless one is named.")
    ] = None,
    not_available: Annotated[
        list[str] | None,
        Query(description="What stands in a cell where there was no value, as Bad or 4294967295."),
    ] = None,
    session_reset: Annotated[
        list[str] | None,
        Query(description="A data item that counts anew where a session of an adapter opens with it at 0."),
    ] = None,
    keep_totals: Annotated[bool | None, Query(description="Rows that look like totals of others are readings.")] = None,
    json_numbers: Annotated[bool | None, Query(description="JSON numbers are values as they are written.")] = None,
) -> SenderOptions:
    return sender_options(
        column=column or [],
        unit_of=unit_of or [],
        quality_of=quality_of or [],
        register=register,
        format=format_,
        unit=unit,
        time_format=time_format,
        zone=zone,
        decimal=decimal,
        encoding=encoding,
        header_line=header_line,
        sheet=sheet,
        not_available=not_available,
        session_reset=session_reset,
        keep_totals=keep_totals,
        json_numbers=json_numbers,
    )


SaidOfFile = Annotated[SenderOptions, Depends(_said_in_query)]
#: What a request without a query says about a file.
SAYS_NOTHING = sender_options(column=[], unit_of=[])
