"""Rows ⇄ values of red letters: asked for by a credit note, confirmed by both sides, used by a red fapiao."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from billing.clearance import store
from billing.clearance.clearance_query import RedQuery
from billing.clearance.fapiao.red_letter import (
    BlueFapiao,
    RedReason,
    RedState,
    RedStep,
    begun,
    red_moved,
    red_now,
    red_parts,
)
from billing.clearance.fapiao.split import FapiaoKind
from billing.clearance.fapiao.workbook import RedFapiao
from billing.clearance.life import Authority, ClearanceStatus
from billing.clearance.port import CoveredDocument, ToClear
from billing.clearance.refusals import CorrectedNotCleared
from billing.clearance.store import Recorder
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import business_document
from billing.invoices.store import StoredInvoice
from billing.receivables.issued import by_key as documents_by_key
from billing.tables import ClearanceRow, RedConfirmationRow
from billing.tax.tax import Tax
from metering.log.list_page import Listing
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage


class UnknownRedConfirmation(NotFound):
    """There is no red-letter confirmation of that number here."""


class NothingTakenBack(Conflict):
    """The document takes nothing back."""


class RedNotConfirmed(Conflict):
    """What the document takes back is not confirmed yet."""


@dataclass(frozen=True, slots=True)
class KnownRed:
    """A confirmation.

    Attributes:
        row: its columns.
        state: by now.
        blue: the number of the fapiao that it takes back from.
        document: our credit note's number.
        made: whether a red fapiao was asked for by it, and holds.
    """

    row: RedConfirmationRow
    state: RedState
    blue: str
    document: str
    made: bool


@dataclass(frozen=True, slots=True)
class RedAsked:
    """What is stated as a confirmation is asked for.

    Attributes:
        reason: why something is taken back.
        deducted: whether the customer has deducted the tax, or entered the fapiao in its books.
        by_buyer: whether the customer asked.
        number: of the confirmation, where the portal has given it already.
    """

    reason: RedReason
    deducted: bool
    by_buyer: bool
    number: str = ""


def ask_red(session: Session, stored: StoredInvoice, asked: RedAsked, recorder: Recorder) -> list[KnownRed]:
    """Ask for what a credit note takes back to be confirmed: one confirmation for each fapiao that gives something.

    Args:
        session: states the tenant.
        stored: the credit note, with its lines.
        asked: why, and by whom.
        recorder: who records it.

    Raises:
        NothingTakenBack: the document is no credit note that names what it corrects, or was asked for already.
        CorrectedNotCleared: what it corrects has no fapiao.
        RedExceedsBlue, PartialRedRefused: it is more than is left, or only a part of what was made out in error.
    """
    store.lock_clearances(session, Authority.FAPIAO)
    document = business_document(session, stored)
    net = -document.totals.net
    if net <= 0 or not document.preceding:
        detail = f"{document.number} comes to {document.totals.net} and corrects {len(document.preceding)} documents"
        expected = "a credit note that names what it corrects"
        raise NothingTakenBack(detail, place="document", found=document.number, expected=expected)
    holding = [one for one in reds_of(session, stored.row.id, recorder.at) if one.state.holds_amount]
    if holding:
        detail = f"confirmation {holding[0].row.id} of {document.number} is {holding[0].state.value}"
        expected = "a credit note without a confirmation that holds"
        raise NothingTakenBack(detail, place="document", found=document.number, expected=expected)
    asked_for = []
    for number, of_net, of_tax in taken_back(document):
        blues = _blues(session, stored.row.issuer_id, number, recorder.at)
        if not blues:
            detail = f"{number}, which {document.number} corrects, has no fapiao"
            raise CorrectedNotCleared(detail, place="preceding", found=number, expected="a document with its fapiao")
        asked_for += [
            (blues[part], part_net, part_tax)
            for part, part_net, part_tax in red_parts(list(blues), of_net, of_tax, asked.reason)
        ]
    for key, part_net, part_tax in asked_for:
        _save(session, key, stored.row.id, (part_net, part_tax), asked, recorder)
    return reds_of(session, stored.row.id, recorder.at)


def _save(
    session: Session, blue: int, invoice_id: int, worth: tuple[Decimal, Decimal], asked: RedAsked, recorder: Recorder
) -> None:
    row = RedConfirmationRow(
        clearance_id=blue,
        invoice_id=invoice_id,
        number=asked.number,
        reason=asked.reason.value,
        state=begun(deducted=asked.deducted, by_buyer=asked.by_buyer).value,
        deducted=asked.deducted,
        by_buyer=asked.by_buyer,
        net=worth[0],
        tax=worth[1],
        asked_by=recorder.by,
        asked_at=recorder.at,
    )
    session.add(row)
    session.flush()
    store.add_event(session, blue, row.state, recorder, reason=asked.reason.in_chinese, confirmation_id=row.id)


def taken_back(document: BusinessDocument) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Share what a credit note takes back out to the documents that it corrects: number, net and tax, above zero.

    Tax is rounded by line, as a fapiao has it; the last document takes what the credit note's own tax differs by.
    """
    numbers = [one.number for one in document.preceding]
    rest_net, rest_tax = -document.totals.net, -document.totals.tax
    for at, number in enumerate(numbers):
        lines = [line for line in document.lines if (line.corrects or numbers[0]) == number]
        net = -sum((line.net for line in lines), Decimal(0))
        taxes = (Tax(one.tax_category, one.tax_rate or Decimal(0)).on(one.net, document.currency) for one in lines)
        tax = -sum(taxes, Decimal(0))
        if at == len(numbers) - 1:
            net, tax = rest_net, rest_tax
        rest_net, rest_tax = rest_net - net, rest_tax - tax
        if net or tax:
            yield number, net, tax


def _blues(session: Session, issuer_id: int, number: str, now: datetime) -> dict[BlueFapiao, int]:
    """Read the fapiao of a document of ours, in order, with what of each is taken back already; and their keys."""
    rows = [
        row
        for row in store.numbers_of(session, issuer_id, [number]).get(number, [])
        if not FapiaoKind(row.kind).value.startswith("red_")
    ]
    blues = {}
    for row in rows:
        of_blue = select(RedConfirmationRow).where(RedConfirmationRow.clearance_id == row.id)
        holding = [one for one in session.exec(of_blue) if red_now(RedState(one.state), one.asked_at, now).holds_amount]
        net, tax = (sum((worth(one) for one in holding), Decimal(0)) for worth in (_net, _tax))
        blues[BlueFapiao(row.number or "", row.net, row.tax, net, tax)] = row.id
    return blues


def _net(row: RedConfirmationRow) -> Decimal:
    return row.net


def _tax(row: RedConfirmationRow) -> Decimal:
    return row.tax


def step_red(session: Session, key: int, step: RedStep, recorder: Recorder, *, number: str = "") -> KnownRed:
    """Take a step of a confirmation.

    Args:
        session: states the tenant.
        key: of the confirmation.
        step: confirm, refuse or withdraw; the clock alone expires.
        recorder: who records it.
        number: of the confirmation, as the portal gives it.

    Raises:
        UnknownRedConfirmation: there is none.
        RedMoveRefused: the step does not follow.
    """
    store.lock_clearances(session, Authority.FAPIAO)
    row = session.exec(select(RedConfirmationRow).where(RedConfirmationRow.id == key).with_for_update()).first()
    if row is None:
        detail, expected = f"there is no confirmation {key} here", "the number of a confirmation"
        raise UnknownRedConfirmation(detail, place="red", found=str(key), expected=expected)
    (red,) = _known(session, [row], recorder.at)
    row.state = red_moved(red.state, step, made=red.made).value
    row.number = number or row.number
    session.add(row)
    session.flush()
    store.add_event(session, row.clearance_id, row.state, recorder, confirmation_id=row.id)
    return _known(session, [row], recorder.at)[0]


def use(session: Session, key: int, clearance_id: int) -> None:
    """Say by which red fapiao a confirmation is used."""
    row = session.exec(select(RedConfirmationRow).where(RedConfirmationRow.id == key)).one()
    row.red_id = clearance_id
    session.add(row)
    session.flush()


def reds_of(session: Session, invoice_id: int, now: datetime) -> list[KnownRed]:
    """List the confirmations of a credit note, oldest first, as they stand by now."""
    row = RedConfirmationRow
    chosen = select(row).where(row.invoice_id == invoice_id).order_by(col(row.id))
    return _known(session, session.exec(chosen).all(), now)


def listed_reds(session: Session, query: RedQuery, now: datetime) -> ListPage[KnownRed]:
    """List confirmations in pages, the oldest first, as they stand by now.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_known(session, [row[0] for row in page.rows], now)))


_STATEMENT: Any = select(RedConfirmationRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(RedConfirmationRow.id),
    sorts={"red": col(RedConfirmationRow.id)},
    filters={},
    named="red",
)


def _known(session: Session, rows: Sequence[RedConfirmationRow], now: datetime) -> list[KnownRed]:
    keys = {row.clearance_id for row in rows} | {row.red_id for row in rows if row.red_id is not None}
    by_key = {one.id: one for one in session.exec(select(ClearanceRow).where(col(ClearanceRow.id).in_(sorted(keys))))}
    names = _numbers_of_documents(session, [row.invoice_id for row in rows])
    reds = []
    for row in rows:
        red = by_key.get(row.red_id or 0)
        made = red is not None and ClearanceStatus(red.status).holds_document
        state = red_now(RedState(row.state), row.asked_at, now)
        blue = by_key[row.clearance_id].number or ""
        reds.append(KnownRed(row, state, blue, names.get(row.invoice_id, ""), made=made))
    return reds


def _numbers_of_documents(session: Session, invoice_ids: Sequence[int]) -> dict[int, str]:
    return {key: row.number or "" for key, row in documents_by_key(session, invoice_ids).items()}


def red_fapiao_of(
    session: Session, document: BusinessDocument, invoice_id: int, now: datetime
) -> list[tuple[int, ToClear]]:
    """Write the red fapiao of a credit note, by the keys of their confirmations.

    Raises:
        RedNotConfirmed: not all that it takes back is confirmed, or needs no confirmation.
    """
    confirmations = [one for one in reds_of(session, invoice_id, now) if one.state.holds_amount]
    waiting = [one for one in confirmations if not one.state.lets_red_out]
    if waiting or not confirmations:
        state = waiting[0].state.value if waiting else "not asked for"
        detail = f"{document.number} takes something back, and its confirmation is {state}"
        raise RedNotConfirmed(detail, place="red", found=state, expected="none needed, or confirmed")
    made = []
    for one in confirmations:
        if one.made:
            continue
        blue = session.exec(select(ClearanceRow).where(ClearanceRow.id == one.row.clearance_id)).one()
        reason = RedReason(one.row.reason)
        red = RedFapiao(
            confirmation=one.row.number,
            blue=one.blue,
            reason=reason,
            buyer=document.buyer.name,
            net=one.row.net,
            tax=one.row.tax,
            document=document.number,
        )
        covered = (CoveredDocument(document.number, tuple(line.pos for line in document.lines)),)
        kind = FapiaoKind(blue.kind).red.value
        made.append((one.row.id, ToClear(kind, blue.seller, covered, -one.row.net, -one.row.tax, red)))
    return made
