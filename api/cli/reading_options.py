"""What is said about a file at the command line: the options of ``ingest``, which ``profile set`` keeps."""

from typing import Annotated

import typer

SaidRegister = Annotated[str | None, typer.Option("--register", help="The register of all rows, where no column says.")]
SaidColumn = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Which column is what, as in time=Datum; time (or start), end, date, hour, value, register, unit, "
        "quality, summer_time, repeated_hour, or a dimension; columns are joined by a plus sign, as in "
        "time=Datum+Zeit.",
    ),
]
SaidFormat = Annotated[
    str | None, typer.Option("--format", help="Its format, where the bytes do not tell: csv, json, ndjson, …")
]
SaidUnit = Annotated[str | None, typer.Option("--unit", help="The unit of all values, where no column says.")]
SaidUnitOf = Annotated[
    list[str] | None, typer.Option("--unit-of", help="The unit of a column of a wide table, as in Wirkarbeit=kWh.")
]
SaidQualityOf = Annotated[
    list[str] | None,
    typer.Option(
        "--quality-of", help="What a word in a column of qualities means, as in geschätzt=estimated or Bad=no_value."
    ),
]
SaidTimeFormat = Annotated[
    str | None,
    typer.Option(
        "--time-format", help="How times are written if not by ISO 8601: a strptime pattern, unix or unix_ms."
    ),
]
SaidZone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        help="The zone of times without an offset: local (the site's), UTC, an offset all year (+01:00), or a name "
        "(Europe/Berlin).",
    ),
]
SaidDecimal = Annotated[
    str | None,
    typer.Option("--decimal", help="The decimal mark, comma or point; the other one may then group digits."),
]
SaidEncoding = Annotated[str | None, typer.Option("--encoding", help="The encoding of the text, as gb18030.")]
SaidHeaderLine = Annotated[
    int | None, typer.Option("--header-line", help="The line of the header, from 1, where lines stand above it.")
]
SaidSheet = Annotated[
    list[str] | None,
    typer.Option("--sheet", help="A sheet of a workbook that holds readings; all, unless one is named."),
]
SaidNotAvailable = Annotated[
    list[str] | None,
    typer.Option("--not-available", help="What stands in a cell where there was no value, as Bad or 4294967295."),
]
SaidSessionReset = Annotated[
    list[str] | None,
    typer.Option(
        "--session-reset", help="A data item that counts anew where a session of an adapter opens with it at 0."
    ),
]
SaidKeepTotals = Annotated[
    bool | None,
    typer.Option("--keep-totals/--no-keep-totals", help="Rows that look like totals of others are readings."),
]
SaidJsonNumbers = Annotated[
    bool | None, typer.Option("--json-numbers/--no-json-numbers", help="JSON numbers are values as they are written.")
]
