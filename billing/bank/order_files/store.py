"""Files of orders as rows: read, taken by a person, cancelled by one.

Whoever prepares, takes or cancels holds the bank (``entries.store.hold_bank``), as whoever matches its entries does: so
no order is put into two files, and none is cancelled while its booking is recorded.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select, text

from billing.bank.entries.store import hold_bank
from billing.bank.mandates.mandate import DebitScheme
from billing.bank.mandates.store import revoked_among
from billing.bank.orders.business_days import settles_on
from billing.bank.orders.debit_day import debit_days, earliest_day
from billing.bank.orders.payment_to_make import BankOrderState
from billing.bank.orders.state import BankOrderHappening
from billing.bank.orders.store import OrderActor, happens
from billing.bank.orders.tables import BankOrderFileRow, BankOrderRow
from billing.receivables.issued import AccountKey, account_of, by_key, today_of_account
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, party_names
from contracts.release.store import Releasing
from quantities.errors import Conflict, NotFound
from quantities.number import plain


class UnknownOrderFile(NotFound):
    """There is no file of orders of that number here."""


class OrderFileDone(Conflict):
    """The file of orders was taken, or cancelled."""


class OrdersChanged(Conflict):
    """An order in the file may not be carried out any more as it stands there."""


class OrdersBooked(Conflict):
    """The bank has booked orders of the file, or refused them."""


@dataclass(frozen=True, slots=True)
class KnownOrderFile:
    """A file of orders.

    Attributes:
        id: its number.
        message_id: under which the bank knows it.
        kind: ``debits`` or ``payments``.
        form: ``pain.008.001.08``, ``pain.001.001.09``, or the name of a table.
        supplier: whose bank it is for.
        account: ours.
        currency: of its orders.
        count: of these.
        amount: of all of them.
        sha256: of its bytes.
        checked: by which schema it was checked; empty of a table.
        state: ``prepared``, ``taken`` or ``cancelled``.
        orders: their numbers, as long as they are in it.
        prepared_by: by whom.
        prepared_at: when.
        taken_by: by whom; None before.
        taken_at: when.
        cancelled_by: by whom; None where it was not.
        cancelled_why: the reason.
    """

    id: int
    message_id: str
    kind: str
    form: str
    supplier: str
    account: str
    currency: str
    count: int
    amount: Decimal
    sha256: str
    checked: str
    state: str
    orders: tuple[int, ...]
    prepared_by: str
    prepared_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    cancelled_by: str | None
    cancelled_why: str | None


_WITHOUT_BYTES: Any = select(BankOrderFileRow).options(defer(cast("Any", BankOrderFileRow.content)))


def order_files(session: Session) -> list[KnownOrderFile]:
    """List all files of orders, the oldest first."""
    return _known(session, session.exec(_WITHOUT_BYTES.order_by(col(BankOrderFileRow.id))).all())


def prepared_files(session: Session) -> list[KnownOrderFile]:
    """List the files that nobody has taken."""
    chosen = _WITHOUT_BYTES.where(BankOrderFileRow.state == "prepared").order_by(col(BankOrderFileRow.id))
    return _known(session, session.exec(chosen).all())


def order_file(session: Session, number: int) -> KnownOrderFile:
    """Read a file of orders.

    Raises:
        UnknownOrderFile: there is none of that number here.
    """
    return _known(session, [_row(session, number)])[0]


def order_file_content(session: Session, number: int) -> tuple[KnownOrderFile, bytes]:
    """Read the bytes of a file that was taken.

    Raises:
        UnknownOrderFile: there is none of that number here.
        OrderFileDone: it was not taken, or cancelled.
    """
    row = _row(session, number)
    if row.state != "taken":
        detail = f"file {number} is {row.state}: who takes it has its bytes"
        raise OrderFileDone(detail, found=row.state, expected="one that was taken")
    return _known(session, [row])[0], row.content


def take_file(session: Session, number: int, releasing: Releasing) -> tuple[KnownOrderFile, bytes]:
    """Take a file to the bank: whoever has prepared it does not, but below the tenant's limit.

    Everything in it is looked at once more: what was paid, disputed or revoked since is not carried out.

    Raises:
        UnknownOrderFile: there is none of that number.
        OrderFileDone: it was taken, or cancelled.
        OwnWork: the same person has prepared it.
        OrdersChanged: something in it may not be carried out any more; it is cancelled, and prepared anew.
    """
    hold_bank(session)
    row = _row(session, number, for_update=True)
    if row.state != "prepared":
        detail = f"file {number} is {row.state}"
        raise OrderFileDone(detail, found=row.state, expected="one that nobody has taken")
    # text: a function of the database, which the trigger on files asks as well
    small = session.execute(
        text("select bank_order_file_is_small(f) from bank_order_file f where f.id = :number"), {"number": number}
    ).scalar_one()
    if not small:
        releasing.check(row.prepared_by)
    actor = OrderActor(releasing.by, _instant(releasing))
    orders = _orders(session, [number], for_update=True)[number]
    changed = [why for order in orders if (why := _why_not(session, order, actor.at))]
    changed += [f"mandate {name} is revoked" for name in revoked_among(session, _version_ids(orders))]
    refuse_changed(number, changed)
    row.state, row.taken_by, row.taken_at = "taken", actor.by, actor.at
    for order in orders:
        happens(session, order, BankOrderHappening.TAKEN, actor)
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0], row.content


def refuse_changed(number: int, changed: Sequence[str]) -> None:
    """Refuse to take a file with orders that may not be carried out any more.

    Raises:
        OrdersChanged: there are such.
    """
    if changed:
        detail = f"file {number}: {'; '.join(changed)}: cancel it, and prepare another one"
        raise OrdersChanged(detail, found=list(changed[:20]), expected="orders as they were when it was prepared")


def refuse_booked(number: int, over: Sequence[int]) -> None:
    """Refuse to cancel a file of which the bank has answered orders.

    Raises:
        OrdersBooked: it has.
    """
    if over:
        detail = f"the bank has answered orders of file {number}, the first {over[0]}"
        expected = "a file of which the bank has booked and refused nothing"
        raise OrdersBooked(detail, found=list(over[:20]), expected=expected)


def _version_ids(orders: Sequence[BankOrderRow]) -> list[int]:
    return [order.version_id for order in orders if order.version_id is not None]


def _instant(releasing: Releasing) -> datetime:
    if releasing.at is None:
        raise OrderFileDone("nobody is stated who acts", found=None, expected="a person")
    return releasing.at


def _why_not(session: Session, order: BankOrderRow, now: datetime) -> str:
    """Say why an order may not be carried out any more as it stands in its file; empty where it may."""
    key = AccountKey(order.issuer_id, order.party_id, order.currency)
    today = today_of_account(session, key, now)
    if order.day is not None and order.day < _first_day(order, today):
        return f"order {order.id} is for {order.day}, which is too soon by now"
    if order.invoice_id is None:
        return ""
    invoice = by_key(session, [order.invoice_id])[order.invoice_id]
    lock_account(session, account_of(invoice))
    session.refresh(invoice)
    stands, amount = standings_now(session, [invoice], now)[invoice.id], order.amount or Decimal(0)
    left = stands.undisputed if order.scheme is not None else -stands.open
    if stands.is_void or amount > left:
        return (
            f"order {order.id} is over {plain(amount)}, and {plain(max(left, Decimal(0)))} of {invoice.number} is left"
        )
    return ""


def _first_day(order: BankOrderRow, today: date) -> date:
    if order.scheme is None:
        return settles_on(today, order.currency)
    return earliest_day(today, debit_days().of(DebitScheme(order.scheme)))


def cancel_file(session: Session, number: int, reason: str, actor: OrderActor) -> KnownOrderFile:
    """Cancel a file: its orders are due again. One that was taken may be, as long as the bank has booked nothing of it.

    Raises:
        UnknownOrderFile: there is none of that number.
        OrderFileDone: it is cancelled already.
        OrdersBooked: the bank has booked something of it, or refused it.
    """
    hold_bank(session)
    row = _row(session, number, for_update=True)
    if row.state == "cancelled":
        raise OrderFileDone(f"file {number} is cancelled", found=row.state, expected="one that is not")
    orders = _orders(session, [number], for_update=True)[number]
    over = [order.id for order in orders if order.state not in {BankOrderState.PREPARED, BankOrderState.TAKEN}]
    refuse_booked(number, over)
    row.state, row.cancelled_by, row.cancelled_at, row.cancelled_why = "cancelled", actor.by, actor.at, reason
    for order in orders:
        happens(session, order, BankOrderHappening.CANCELLED, actor, detail=reason)
        _taken_out(order)
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def _taken_out(order: BankOrderRow) -> None:
    """Leave of an order what it was before it was put into a file."""
    order.file_id = order.batch = order.version_id = order.sequence = order.day = order.amount = None
    if order.scheme is not None:
        order.account = order.holder = order.bic = order.their_reference = order.words = ""
        order.country = order.town = order.post_code = order.address = ""


def _row(session: Session, number: int, *, for_update: bool = False) -> BankOrderFileRow:
    chosen = select(BankOrderFileRow).where(BankOrderFileRow.id == number)
    chosen = chosen.with_for_update() if for_update else chosen
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownOrderFile(f"there is no file {number} of orders here", found=number)
    return row


def _orders(session: Session, keys: Sequence[int], *, for_update: bool = False) -> Mapping[int, list[BankOrderRow]]:
    chosen = select(BankOrderRow).where(col(BankOrderRow.file_id).in_(keys)).order_by(col(BankOrderRow.id))
    chosen = chosen.with_for_update() if for_update else chosen
    orders: dict[int, list[BankOrderRow]] = defaultdict(list)
    for row in session.exec(chosen.execution_options(populate_existing=True)):
        orders[row.file_id or 0].append(row)
    return orders


def _known(session: Session, rows: Sequence[BankOrderFileRow]) -> list[KnownOrderFile]:
    orders = _orders(session, [row.id for row in rows])
    names = party_names(session, {row.issuer_id for row in rows})
    return [
        KnownOrderFile(
            id=row.id,
            message_id=row.message_id,
            kind=row.kind,
            form=row.form,
            supplier=names.get(row.issuer_id, ""),
            account=row.account,
            currency=row.currency,
            count=row.orders,
            amount=row.amount,
            sha256=row.sha256,
            checked=row.checked,
            state=row.state,
            orders=tuple(order.id for order in orders[row.id]),
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            taken_by=row.taken_by,
            taken_at=row.taken_at,
            cancelled_by=row.cancelled_by,
            cancelled_why=row.cancelled_why,
        )
        for row in rows
    ]
