"""What stands on the books of a till, in one statement, and not read again while nobody has written anything.

It is read after each step of many thousands of sequences. At the end of each the product itself is asked besides.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, event, literal_column
from sqlalchemy import select as columns
from sqlmodel import Session, col

from billing.receivables.standings import OPEN
from billing.tables import InvoiceRow
from tests.billing.payments.till import NUMBER

#: What is written as gateways are read, and is no part of the books.
_BESIDE_THE_BOOKS = ("gateway_poll", "gateway_event", "gateway_balance_entry")
_READS = re.compile(r"\s*(select|savepoint|release)\b", re.IGNORECASE)
_WRITES_BESIDE = re.compile(rf"\s*(insert into|update) ({'|'.join(_BESIDE_THE_BOOKS)})\b", re.IGNORECASE)
#: A sequence has some hundred statements, and savepoints of as many names beside them.
_KEPT_PREPARED = 1000


def _sql(text: str) -> Any:
    return literal_column(f"({text})")


_ALLOCATED = "select coalesce(sum(amount), 0) from payment_allocation"
_BOOKS = columns(
    OPEN,
    _sql(f"{_ALLOCATED} where invoice_id = invoice.id"),
    _sql(f"(select coalesce(sum(amount), 0) from payment) - ({_ALLOCATED})"),
    _sql("select json_agg(json_build_array(reference, amount::text) order by id) from payment"),
    _sql(
        "select json_agg(json_build_array(reference::text, movement, state, attempts, payment_external, held,"
        " amount::text)"
        " order by id) from gateway_order"
    ),
).where(col(InvoiceRow.number) == NUMBER)


@dataclass(frozen=True)
class OrderRead:
    """An order, as it is on the books."""

    reference: str
    movement: str
    state: str
    attempts: int
    payment: str | None
    held: str | None
    amount: str | None


@dataclass(frozen=True)
class BooksRead:
    """The document, the account of its customer, the payments by their references, and the orders."""

    open: Decimal
    paid: Decimal
    on_account: Decimal
    payments: tuple[tuple[str, Decimal], ...]
    orders: tuple[OrderRead, ...]


@dataclass
class Bookkeeper:
    """Reads the books of a session that is the only one to write them."""

    session: Session
    _is_changed: bool = True
    _read: BooksRead | None = None

    def __post_init__(self) -> None:
        connection: Connection = self.session.connection()
        driver: Any = connection.connection.driver_connection
        driver.prepared_max = _KEPT_PREPARED
        event.listen(connection, "before_cursor_execute", self._sees)

    def _sees(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Take whatever is not known for harmless for a change."""
        self._is_changed |= not (_READS.match(statement) or _WRITES_BESIDE.match(statement))

    def books(self) -> BooksRead:
        """What the books say."""
        if self._is_changed or self._read is None:
            self._is_changed, self._read = False, self.read()
        return self._read

    def read(self) -> BooksRead:
        """What the books say, read from the database in any case."""
        still_open, paid, on_account, payments, orders = self.session.execute(_BOOKS).one()
        return BooksRead(
            open=still_open,
            paid=paid,
            on_account=on_account,
            payments=tuple((reference, Decimal(amount)) for reference, amount in payments or ()),
            orders=tuple(OrderRead(*order) for order in orders or ()),
        )
