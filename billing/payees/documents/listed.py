"""The list of a payee's documents, in pages."""

from sqlalchemy import select as columns
from sqlalchemy import type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session, col, select

from billing.payees.documents.document_query import PayeeDocumentQuery
from billing.tables import PayeeDocumentRow
from contracts.tables import PartyRow
from metering.log.list_page import Listing
from quantities.listing import ListPage

_CONTENT = type_coerce(PayeeDocumentRow.content, JSONB)
_LISTING = Listing(
    statement=columns(PayeeDocumentRow),
    key=col(PayeeDocumentRow.id),
    sorts={"created": col(PayeeDocumentRow.id), "issued_on": col(PayeeDocumentRow.issued_on)},
    filters={
        "leg": lambda leg: col(PayeeDocumentRow.leg) == leg.value,
        "document_type": lambda document_type: col(PayeeDocumentRow.document_type) == document_type.value,
        "issued_from": lambda day: col(PayeeDocumentRow.issued_on) >= day,
        "issued_to": lambda day: col(PayeeDocumentRow.issued_on) <= day,
        "contract": lambda reference: _CONTENT["contract"].astext == reference,
    },
)


def listed(
    session: Session, payee: str, query: PayeeDocumentQuery, *, as_payee: bool = False
) -> ListPage[PayeeDocumentRow]:
    """List the documents of a payee in pages: those that are visible here and that the query lets through.

    Args:
        session: states the tenant, and the party where a payee asks.
        payee: by name.
        query: which.
        as_payee: a payee asks, which sees no row of parties: its documents say who they are of.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    of_name = select(PartyRow.id).where(PartyRow.name == payee).scalar_subquery()
    is_of_payee = _CONTENT["payee"].astext == payee if as_payee else col(PayeeDocumentRow.payee_id) == of_name
    page = _LISTING.page(session, query, is_of_payee)
    return page.of(tuple(row[0] for row in page.rows))
