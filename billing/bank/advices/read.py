"""Remittance advices as a table: a row for each document, and the payment that it is part of on every row.

    reference,customer,paid_on,currency,total,document,amount,discount
    AVIS17,Blechwerke,2026-02-09,EUR,1190.00,2026-000001,1190.00,0

Rows with the same reference, customer and day are one advice.
"""

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import StringIO

from billing.bank.matching.books import AdvisedAmount, RemittanceAdvice
from billing.bank.statements.entry import NOTHING, StatementValueInvalid, UnreadableStatement, refuse_other_sum
from quantities.errors import UsufructError
from quantities.money import Money
from quantities.number import exact

COLUMNS = ("reference", "customer", "paid_on", "currency", "total", "document", "amount", "discount")
_OPTIONAL = {"discount"}
_SHOWN = 60


def read_advices(raw: bytes) -> tuple[RemittanceAdvice, ...]:
    """Read the advices of a file.

    Raises:
        UnreadableStatement: it is no such table.
        StatementValueInvalid: a cell says what cannot be.
        StatementDoesNotAddUp: the rows of an advice do not come to its total.
    """
    try:
        rows = list(csv.DictReader(StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        detail = f"the advice cannot be read: {error}"
        raise UnreadableStatement(detail, place="line 1", found=str(error), expected="CSV in UTF-8") from error
    missing = [name for name in COLUMNS if name not in _OPTIONAL and (not rows or name not in rows[0])]
    if missing:
        detail = f"the advice has no column {missing[0]}"
        raise UnreadableStatement(detail, place="line 1", found=sorted(rows[0]) if rows else "", expected=list(COLUMNS))
    groups: dict[tuple[str, str, date, str, Decimal], list[AdvisedAmount]] = {}
    for line, row in enumerate(rows, start=2):
        payment, part = _row(line, row)
        groups.setdefault(payment, []).append(part)
    return tuple(_advice(payment, parts) for payment, parts in groups.items())


def _advice(payment: tuple[str, str, date, str, Decimal], parts: list[AdvisedAmount]) -> RemittanceAdvice:
    reference, customer, paid_on, currency, total = payment
    refuse_other_sum(f"advice {reference}", sum((part.amount for part in parts), NOTHING), total)
    return RemittanceAdvice(reference, customer, currency, total, paid_on, tuple(parts))


def _row(line: int, row: Mapping[str, str | None]) -> tuple[tuple[str, str, date, str, Decimal], AdvisedAmount]:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in ("customer", "document"):
        if not cells[name]:
            raise _refused(line, name, "", f"the {name}")
    try:
        paid_on = date.fromisoformat(cells["paid_on"])
    except ValueError as error:
        raise _refused(line, "paid_on", cells["paid_on"], "a day, as 2026-02-09") from error
    currency = cells["currency"]
    total, amount, discount = (
        _amount(line, name, cells[name] or "0", currency) for name in ("total", "amount", "discount")
    )
    if not amount:
        raise _refused(line, "amount", cells["amount"], "an amount that is not zero")
    payment = (cells["reference"], cells["customer"], paid_on, currency, total)
    return payment, AdvisedAmount(cells["document"], amount, discount)


def _amount(line: int, name: str, written: str, currency: str) -> Decimal:
    try:
        money = Money(exact(written), currency)
    except UsufructError as error:
        raise _refused(line, name, f"{written} {currency}", "an amount, as 1190.00, and a currency") from error
    if not money.is_rounded:
        raise _refused(line, name, written, f"an amount in whole minor units of {currency}")
    return money.rounded().amount


def _refused(line: int, name: str, given: str, expected: str) -> StatementValueInvalid:
    place = f"line {line}, {name}"
    detail = f"{place}: {given[:_SHOWN]!r} is not {expected}"
    return StatementValueInvalid(detail, place=place, found=given[:_SHOWN], expected=expected)
