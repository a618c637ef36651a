"""Loads what a pay page shows, and asks for the page of the gateway that a click on it leads to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from billing.documents.sections.letter_facts import LetterFacts
from billing.payments.gateway import OrderedMovement, PaymentRail
from billing.payments.links import KnownPayLink, terms_to_save_for
from billing.payments.orders.asked.store import SavingAsked, ask_saving, ask_session, may_be_charged
from billing.payments.orders.state import OrderState
from billing.payments.orders.store import locked, open_order
from billing.payments.pages.page import OpenOrder, PayableDocument
from billing.payments.tables import GatewayOrderRow
from billing.receivables.issued import AccountKey, by_key, document
from billing.receivables.standings import standings_now
from billing.tables import InvoiceRow
from billing.voiding.store import is_asked
from contracts.collection_terms import CollectedOn
from contracts.logos.logo import Logo
from contracts.logos.store import logo_named
from contracts.parties import Party
from contracts.party_profile import PartyProfile
from contracts.store import contract_parties, versions

#: A page of the gateway that closes sooner is none that a customer is sent to.
LIVES_AT_LEAST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class PayPageFacts:
    """What a pay page is made of.

    Attributes:
        supplier: who is paid.
        customer: who pays, by name alone: whoever has the link need not know more.
        letter: language, profile and logo of the supplier.
        document: what is paid; None where a method is saved.
        contract: for which a method is saved; empty where a document is paid.
        rail: what is saved; None where a document is paid.
    """

    supplier: Party
    customer: str
    letter: LetterFacts
    document: PayableDocument | None = None
    contract: str = ""
    rail: PaymentRail | None = None


def is_held(session: Session, link: KnownPayLink) -> bool:
    """Whether somebody has asked for the document of a link to be void, which its customer is not told."""
    return bool(link.document) and is_asked(session, document(session, link.document, link.supplier))


def page_facts(session: Session, link: KnownPayLink, now: datetime, *, held: bool) -> PayPageFacts:
    """Load what the page of a link shows.

    Args:
        session: states the tenant, and the customer: nothing else is seen.
        link: whose page.
        now: the instant.
        held: whether somebody has asked for its document to be void.
    """
    if link.contract:
        return _of_contract(session, link)
    billed = document(session, link.document, link.supplier)
    recorded = billed.inputs.invoicing
    profile = None if recorded is None else recorded.seller
    letter = _letter(session, billed.inputs.supplier, profile)
    if recorded is not None:
        letter = LetterFacts(recorded.terms.language, letter.profiles, letter.logos)
    order = open_order(session, billed.id)
    payable = PayableDocument(
        number=link.document,
        issued_on=billed.issued_on,
        due_on=billed.due_on,
        currency=billed.currency,
        standing=standings_now(session, [billed], now)[billed.id],
        order=None if order is None else _open(session, order, billed),
        is_held=held,
    )
    return PayPageFacts(billed.inputs.supplier, billed.inputs.customer.name, letter, payable)


def _open(session: Session, order: GatewayOrderRow, billed: InvoiceRow) -> OpenOrder:
    movement, state = OrderedMovement(order.movement), OrderState(order.state)
    terms = None if billed.inputs.invoicing is None else billed.inputs.invoicing.terms.collection
    begins_on = billed.due_on if terms is not None and terms.on is CollectedOn.DUE and not order.attempts else None
    is_due = movement is OrderedMovement.CHARGE and state is OrderState.DUE
    gives_way = is_due and (bool(order.held) or order.attempts > 0 or not may_be_charged(session, order))
    return OpenOrder(movement, state, None if order.rail is None else PaymentRail(order.rail), gives_way, begins_on)


def _of_contract(session: Session, link: KnownPayLink) -> PayPageFacts:
    version = versions(session, link.contract, released_only=True)[-1]
    terms, contract = terms_to_save_for(version), version.contract
    letter = _letter(session, contract.supplier, None)
    letter = LetterFacts(contract.invoicing.language, letter.profiles, letter.logos)
    rail = PaymentRail(terms.by.value)
    return PayPageFacts(contract.supplier, contract.customer.name, letter, contract=link.contract, rail=rail)


def _letter(session: Session, supplier: Party, profile: PartyProfile | None) -> LetterFacts:
    logos: dict[str, Logo] = {}
    if profile is not None and profile.logo is not None:
        logos[profile.logo] = logo_named(session, profile.logo)
    return LetterFacts(profiles={} if profile is None else {supplier.name: profile}, logos=logos)


def ask_page(session: Session, link: KnownPayLink, account: str, at: datetime) -> int:
    """Ask for the page of the gateway that a click leads to, and say the number of its order; it is due, or open.

    A page whose time is nearly over, or that is over another amount than is open by now, is looked at first.

    Args:
        session: states the tenant, as the product itself.
        link: that was clicked on.
        account: our name of the supplier's gateway account.
        at: now.

    Raises:
        UnknownInvoice, UnknownContract, NoMethodSaved: what the link is of is not there any more.
        DocumentVoid: it is void.
        AlreadyCollected: it is being charged, or will be by itself; or somebody else has clicked at the same moment.
    """
    if link.contract:
        row = ask_saving(session, _saving(session, link, account), by=None, at=at)
    else:
        row = ask_session(session, link.document, link.supplier, account=account, by=None, at=at)
    if row.state == OrderState.DUE or (row.state == OrderState.WAITS and not is_live(session, row, at)):
        row.next_at = at
    session.flush()
    return row.id


def _saving(session: Session, link: KnownPayLink, account: str) -> SavingAsked:
    version = versions(session, link.contract, released_only=True)[-1]
    supplier_id, customer_id = contract_parties(session, link.contract)
    key = AccountKey(supplier_id, customer_id, version.contract.currency)
    return SavingAsked(key, PaymentRail(terms_to_save_for(version).by.value), account)


def is_live(session: Session, row: GatewayOrderRow, now: datetime) -> bool:
    """Whether a customer may be sent to the page of an order: it is open for long enough, and over what is open now."""
    if row.state != OrderState.WAITS or not row.url:
        return False
    if row.expires_at is not None and row.expires_at - now < LIVES_AT_LEAST:
        return False
    if row.invoice_id is None:
        return True
    billed = by_key(session, [row.invoice_id])[row.invoice_id]
    undisputed = standings_now(session, [billed], now)[billed.id].undisputed
    return row.amount == (undisputed if row.asked is None else min(row.asked, undisputed))


@dataclass(frozen=True, slots=True)
class OrderedPage:
    """What came of a click.

    Attributes:
        state: where the order stands.
        url: of its page; empty where nobody is to be sent there.
        is_being_opened: whether somebody asks for it at this moment, or is about to.
    """

    state: OrderState
    url: str
    is_being_opened: bool


def page_of_order(session: Session, key: int, now: datetime) -> OrderedPage:
    """Say what came of a click by now."""
    row = locked(session, key, for_update=False)
    is_due = row.state == OrderState.DUE and row.next_at is not None and row.next_at <= now
    url = row.url if is_live(session, row, now) else ""
    return OrderedPage(OrderState(row.state), url, is_due or row.state == OrderState.SENDING)
