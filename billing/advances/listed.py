"""Prepaid credit of contracts as it stands, read for many at once, and listed in pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.advances.balance import PrepaidOut, prepaid_out
from billing.advances.draw import OpenAdvance
from billing.advances.store import open_advances
from billing.invoices.store import InvoiceKind
from billing.tables import InvoiceRow
from contracts.tables import ContractRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.listing import ListPage, ListQuery
from quantities.period import zone

_NAME_MAX = 200


class PrepaidQuery(ListQuery):
    """Prepaid credit by contract; the oldest contract first."""

    SORTS: ClassVar[tuple[str, ...]] = ("contract",)

    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""


_HAS_CLAIMS = (
    select(InvoiceRow.id)
    .where(
        InvoiceRow.tenant == ContractRow.tenant,
        InvoiceRow.contract_id == ContractRow.id,
        InvoiceRow.kind == InvoiceKind.ADVANCE,
    )
    .correlate(ContractRow)
    .exists()
)
_LISTING = Listing(
    statement=columns(col(ContractRow.id)).where(_HAS_CLAIMS),
    key=col(ContractRow.id),
    sorts={"contract": col(ContractRow.id)},
    filters={"contract": lambda reference: col(ContractRow.reference) == reference},
    named="contract",
)


def prepaid(session: Session, query: PrepaidQuery, now: datetime) -> ListPage[PrepaidOut]:
    """List the prepaid credit of contracts in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(shown(session, [row.id for row in page.rows], now)))


def shown(session: Session, keys: Sequence[int], now: datetime) -> list[PrepaidOut]:
    """Show the credit of contracts of which something was claimed before it was supplied, in their order."""
    last = (
        select(func.max(InvoiceRow.id))
        .where(col(InvoiceRow.contract_id).in_(keys), InvoiceRow.kind == InvoiceKind.ADVANCE)
        .group_by(col(InvoiceRow.contract_id))
    )
    newest = (
        select(col(ContractRow.id), col(ContractRow.reference), InvoiceRow)
        .join(InvoiceRow, within_tenant(InvoiceRow.contract_id, ContractRow.id))
        .where(col(ContractRow.id).in_(keys), col(InvoiceRow.id).in_(last))
        .order_by(col(ContractRow.id))
    )
    advances = open_advances(session, keys)
    return [
        _of_contract(reference, row, advances.get(key, ()), now) for key, reference, row in session.exec(newest).all()
    ]


def _of_contract(reference: str, row: InvoiceRow, advances: Sequence[OpenAdvance], now: datetime) -> PrepaidOut:
    return prepaid_out(reference, row.currency, advances, now.astimezone(zone(row.inputs.zone)).date())
