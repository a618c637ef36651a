"""The use behind an invoice on a terminal: a row a day, with the bars of the same rows that page and PDF draw."""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.usage.daily_usage import UsageOfRegister, UsageStatement
from quantities.number import plain

_CELLS = 24
_READ, _ESTIMATED = "█", "░"


def usage_rows(usage: UsageStatement) -> list[tuple[str, str, str, str, str, str]]:
    """One row a day: register, day, use, unit, bar, and how many of its readings are estimates.

    A bar is as long as its share of the register's highest day; one of a day with estimates is hollow.
    """
    return [row for register in usage.registers for row in _rows(register)]


def _rows(register: UsageOfRegister) -> Iterator[tuple[str, str, str, str, str, str]]:
    if not register.rows:
        yield register.register_key, "", "read too seldom", register.unit, "", ""
    highest = max((row.quantity for row in register.rows if row.quantity is not None), default=Decimal(0))
    for row in register.rows:
        if row.quantity is None:
            yield register.register_key, str(row.start), "–", register.unit, "", ""
            continue
        cells = int(_CELLS * row.quantity / highest) if highest > 0 and row.quantity > 0 else 0
        bar = (_ESTIMATED if row.estimated else _READ) * cells
        share = f"{row.estimated} of {row.count}" if row.estimated else ""
        yield register.register_key, str(row.start), plain(row.quantity), register.unit, bar, share
