"""What a sender says about a file, refused by name where it cannot be meant, and handed to the readers."""

from datetime import datetime

from metering.ingest import FORMATS, UnknownFormat
from metering.ingest.option_values import (
    refuse_impossible_header_line,
    refuse_unfit_text,
    refuse_unknown_decimal_mark,
    refuse_unknown_encoding,
    refuse_unknown_quality,
    refuse_unknown_zone,
)
from metering.ingest.options import IngestOptions
from metering.records.sender_options import SenderOptions
from quantities.quantity import unit


def refuse_unfit_options(options: SenderOptions) -> None:
    """Refuse by name what cannot be meant, before a file is read.

    Raises:
        UnfitOption: an option is empty, too long, or not text.
        UnknownFormat: ``format`` is none.
        UnknownZone: ``zone`` is none.
        UnknownDecimalMark: ``decimal`` is neither ``comma`` nor ``point``.
        UnknownEncoding: ``encoding`` is none.
        UnknownUnit: ``unit`` or one of ``unit_of`` is none.
        UnknownQualityWord: one of ``quality_of`` is none.
        ImpossibleHeaderLine: ``header_line`` is below 1.
        ImpossibleTimeFormat: no time can be read with ``time_format``.
    """
    for option, text in options.texts():
        refuse_unfit_text(option, text)
    if options.format_name is not None and options.format_name not in FORMATS:
        detail = f"there is no format {options.format_name!r}"
        raise UnknownFormat(detail, found=options.format_name, expected=list(FORMATS))
    if options.zone is not None:
        refuse_unknown_zone(options.zone)
    if options.decimal is not None:
        refuse_unknown_decimal_mark(options.decimal)
    if options.encoding is not None:
        refuse_unknown_encoding(options.encoding)
    if options.header_line is not None:
        refuse_impossible_header_line(options.header_line)
    for spelling in (*([] if options.unit is None else [options.unit]), *options.unit_of.values()):
        unit(spelling)
    for meaning in options.quality_of.values():
        refuse_unknown_quality(meaning)
    ingest_options(options)


def ingest_options(options: SenderOptions, blocks_start: datetime | None = None) -> IngestOptions:
    """The options as the readers take them.

    Args:
        options: what is said.
        blocks_start: where blocks begin that state one start; of one delivery, and no profile has it.

    Raises:
        ImpossibleTimeFormat: no time can be read with ``time_format``.
    """
    return IngestOptions(
        columns=options.column,
        register=options.register_key,
        unit=options.unit,
        time_format=options.time_format,
        blocks_start=blocks_start,
        session_resets=frozenset(options.session_reset),
        decimal=options.decimal,
        zone=options.zone,
        unit_of=options.unit_of,
        quality_of=options.quality_of,
        encoding=options.encoding,
        header_line=options.header_line,
        sheets=frozenset(options.sheet),
        not_available=frozenset(options.not_available),
        keep_totals=bool(options.keep_totals),
        json_numbers=bool(options.json_numbers),
    )
