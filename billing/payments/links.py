"""Links under which a customer pays a document or saves a method, until they expire: made, listed, revoked.

A token has 256 bits of chance. Its SHA-256 alone is kept, so nobody reads a token out of the database. Whoever has it
sees what is open of the one document, and may pay it; of a contract, that a card or an account is saved for it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.delivery.links import digest, end_of_local_day
from billing.invoices.store import refuse_void
from billing.payments.tables import PayLinkRow
from billing.receivables.issued import by_key, document
from billing.receivables.store import party_names
from contracts.collection_terms import BY_GATEWAY, CollectionTerms
from contracts.store import Version, latest
from contracts.tables import ContractRow
from quantities.errors import Conflict, NotFound

_TOKEN_BYTES = 32


class UnknownPayLink(NotFound):
    """There is no such link."""


class NothingToPay(Conflict):
    """The document is no invoice that is paid."""


class NoMethodSaved(Conflict):
    """No gateway charges what the contract bills."""


@dataclass(frozen=True, slots=True)
class KnownPayLink:
    """A link.

    Attributes:
        id: its number.
        document: the number of the document that is paid by it; empty where a method is saved.
        contract: the contract for which a method is saved; empty where a document is paid.
        supplier: who is paid.
        customer: who pays.
        expires_at: from when on it opens nothing.
        made_by: who made it; None: it went out by a mail.
        made_at: when.
        revoked_by: who ended it before.
        revoked_at: when.
    """

    id: int
    document: str
    contract: str
    supplier: str
    customer: str
    expires_at: datetime
    made_by: str | None
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it opens something."""
        return self.revoked_at is None and now < self.expires_at


def make_pay_link(
    session: Session, number: str, supplier: str | None, *, days: int, by: str, at: datetime
) -> tuple[str, KnownPayLink]:
    """Make a link under which an issued document is paid, for somebody to hand on.

    Args:
        session: states the tenant.
        number: of the document.
        supplier: whose, where several have one of that number.
        days: for how many it opens.
        by: who makes it.
        at: now.

    Returns:
        The token, which is nowhere else, and the link.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void.
        NothingToPay: it is a credit note, or of nothing.
    """
    billed = document(session, number, supplier)
    session.refresh(billed)
    refuse_void(billed)
    if billed.payable <= 0:
        detail = f"{number} is of {billed.payable} {billed.currency}"
        raise NothingToPay(detail, found=str(billed.payable), expected="a document above zero")
    made = _MadeLink(billed.customer_id, at + timedelta(days=days), by, at, invoice_id=billed.id)
    return _made(session, made)


def make_method_link(session: Session, reference: str, *, days: int, by: str, at: datetime) -> tuple[str, KnownPayLink]:
    """Make a link under which the customer of a contract saves the card or the account that it is charged by.

    Raises:
        UnknownContract: there is none of that reference.
        NoMethodSaved: its newest terms have no gateway charge anything.
    """
    contract = _contract_row(session, reference)
    terms_to_save_for(latest(session, reference))
    made = _MadeLink(contract.customer_id, at + timedelta(days=days), by, at, contract_id=contract.id)
    return _made(session, made)


def terms_to_save_for(version: Version) -> CollectionTerms:
    """Say how the terms of a contract have a gateway charge what it bills.

    Raises:
        NoMethodSaved: they do not.
    """
    terms = version.contract.invoicing.collection
    if terms is None or terms.by not in BY_GATEWAY:
        by = "the customer sends the money by itself" if terms is None else f"it is collected by {terms.by.value}"
        detail = f"of {version.contract.contract} {by}"
        expected = sorted(one.value for one in BY_GATEWAY)
        raise NoMethodSaved(detail, found=None if terms is None else terms.by.value, expected=expected)
    return terms


def make_of_mail(
    session: Session, invoice_id: int, customer_id: int, *, days: int, zone: str, at: datetime
) -> tuple[str, datetime]:
    """Make the link that the mail of a document has; it opens to the end of the local day that the mail names.

    Returns:
        The token, and when it expires.
    """
    ends_at = end_of_local_day(at + timedelta(days=days), zone)
    token, _ = _made(session, _MadeLink(customer_id, ends_at, None, at, invoice_id=invoice_id))
    return token, ends_at


@dataclass(frozen=True, slots=True)
class _MadeLink:
    customer_id: int
    expires_at: datetime
    by: str | None
    at: datetime
    invoice_id: int | None = None
    contract_id: int | None = None


def _made(session: Session, made: _MadeLink) -> tuple[str, KnownPayLink]:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = PayLinkRow(
        invoice_id=made.invoice_id,
        contract_id=made.contract_id,
        customer_id=made.customer_id,
        token_sha256=digest(token),
        expires_at=made.expires_at,
        made_by=made.by,
        made_at=made.at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return token, _known(session, [row])[0]


def pay_links(session: Session, number: str, supplier: str | None) -> list[KnownPayLink]:
    """List the links under which a document is paid, the first made first.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
    """
    return _listed(session, col(PayLinkRow.invoice_id) == document(session, number, supplier).id)


def method_links(session: Session, reference: str) -> list[KnownPayLink]:
    """List the links under which a method is saved for a contract.

    Raises:
        UnknownContract: there is none of that reference.
    """
    return _listed(session, col(PayLinkRow.contract_id) == _contract_row(session, reference).id)


def revoke_pay_link(
    session: Session, number: str, supplier: str | None, key: int, *, by: str, at: datetime
) -> KnownPayLink:
    """End a link: it opens nothing from now on. One that is ended already stays as it was.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, UnknownPayLink: there is no such link.
    """
    of_document = col(PayLinkRow.invoice_id) == document(session, number, supplier).id
    return _revoked(session, key, of_document, of=number, by=by, at=at)


def revoke_method_link(session: Session, reference: str, key: int, *, by: str, at: datetime) -> KnownPayLink:
    """End a link under which a method is saved; as ``revoke_pay_link``.

    Raises:
        UnknownContract, UnknownPayLink: there is no such link.
    """
    of_contract = col(PayLinkRow.contract_id) == _contract_row(session, reference).id
    return _revoked(session, key, of_contract, of=reference, by=by, at=at)


def pay_link(session: Session, key: int) -> KnownPayLink:
    """Read a link.

    Raises:
        UnknownPayLink: none of that number is visible here.
    """
    return _known(session, [pay_link_row(session, key)])[0]


def pay_link_row(session: Session, key: int) -> PayLinkRow:
    """Find the row of a link; the errors are those of ``pay_link``."""
    chosen = select(PayLinkRow).where(PayLinkRow.id == key).execution_options(populate_existing=True)
    row = session.exec(chosen).one_or_none()
    if row is None:
        raise UnknownPayLink
    return row


def _listed(session: Session, condition: ColumnElement[bool]) -> list[KnownPayLink]:
    chosen = select(PayLinkRow).where(condition).order_by(col(PayLinkRow.id))
    return _known(session, session.exec(chosen).all())


def _revoked(
    session: Session, key: int, condition: ColumnElement[bool], *, of: str, by: str, at: datetime
) -> KnownPayLink:
    row = session.exec(select(PayLinkRow).where(PayLinkRow.id == key, condition).with_for_update()).one_or_none()
    if row is None:
        raise UnknownPayLink(f"{of} has no link {key}", found=key)
    if row.revoked_at is None:
        row.revoked_by, row.revoked_at = by, at
        session.flush()
        session.refresh(row)
    return _known(session, [row])[0]


def _contract_row(session: Session, reference: str) -> ContractRow:
    latest(session, reference)  # says what there is, where there is none of that name
    return session.exec(select(ContractRow).where(ContractRow.reference == reference)).one()


def _known(session: Session, rows: Sequence[PayLinkRow]) -> list[KnownPayLink]:
    documents = by_key(session, (row.invoice_id for row in rows if row.invoice_id is not None))
    of_contracts = select(ContractRow).where(
        col(ContractRow.id).in_([row.contract_id for row in rows if row.contract_id is not None])
    )
    contracts = {row.id: row for row in session.exec(of_contracts)}
    issuers = {billed.issuer_id for billed in documents.values()} | {row.supplier_id for row in contracts.values()}
    names = party_names(session, issuers | {row.customer_id for row in rows})
    known = []
    for row in rows:
        billed = None if row.invoice_id is None else documents[row.invoice_id]
        contract = None if row.contract_id is None else contracts[row.contract_id]
        issuer = billed.issuer_id if billed is not None else 0 if contract is None else contract.supplier_id
        known.append(
            KnownPayLink(
                id=row.id,
                document="" if billed is None else billed.number or "",
                contract="" if contract is None else contract.reference,
                supplier=names.get(issuer, ""),
                customer=names.get(row.customer_id, ""),
                expires_at=row.expires_at,
                made_by=row.made_by,
                made_at=row.made_at,
                revoked_by=row.revoked_by,
                revoked_at=row.revoked_at,
            )
        )
    return known
