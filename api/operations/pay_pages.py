"""A pay link opened by whoever has it: what is open of one document, or one contract, and nothing else of the tenant.

A click asks the gateway at once, and leads to its page. The order is on record before; two who click at the same moment
are led to the same page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

from api.audit.note import AuditNote, Door
from api.collecting.runner import TenantWork, collect_one
from api.collecting.setup import GatewaysSetUp
from api.operations.opened_links import TokenHolder
from api.server.database import Database
from billing.delivery.links import digest
from billing.documents.pay.pay_page import ClickFailure, PayPageSides, write_method_page, write_pay_page
from billing.invoices.store import DocumentVoid
from billing.payments.links import KnownPayLink, UnknownPayLink, pay_link
from billing.payments.orders.asked.store import AlreadyCollected
from billing.payments.orders.state import OrderState
from billing.payments.pages.page import PayPageState, page_state
from billing.payments.pages.store import PayPageFacts, ask_page, is_held, page_facts, page_of_order
from metering.tenants.store import tenant_name

#: As the audit names a click; the token, which would open the page, is never part of it.
CLICKED = "POST /pay/{token}"
_OF_TOKEN = "select tenant, customer_id, link_id from pay_link_of_token(%(digest)s)"  # noqa: S105 a query, and no secret
#: Another one who clicked at the same moment is waited for so long.
_WAITED_FOR_S, _LOOKED_EVERY_S = 5.0, 0.1
#: A page that has closed is looked at, and then begun anew; and somebody else may do the same at the same moment.
_ROUNDS, _ROUND_EVERY_S = 6, 0.2
_NOT_KNOWN = frozenset({OrderState.SENDING, OrderState.UNKNOWN})
_BEGUN_ANEW = frozenset({OrderState.EXPIRED, OrderState.REFUSED, OrderState.WITHDRAWN, OrderState.WAITS})


@dataclass(frozen=True, slots=True)
class PayPage:
    """A page, and what can be done on it."""

    content: bytes
    state: PayPageState
    failure: ClickFailure | None = None


@dataclass(frozen=True, slots=True)
class PayPages:
    """What pages and clicks need: the database, the gateway accounts, and a clock."""

    database: Database
    setup: GatewaysSetUp
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def pay_link_holder(look_up: Callable[[str, dict[str, object]], Sequence[tuple[Any, ...]]], token: str) -> TokenHolder:
    """Find whose a token is.

    Args:
        look_up: asks the database before a tenant is stated.
        token: as it was shown.

    Raises:
        UnknownPayLink: nobody's.
    """
    for tenant, customer, link in look_up(_OF_TOKEN, {"digest": digest(token)}):
        return TokenHolder(tenant, customer, link)
    raise UnknownPayLink


def show_pay_page(pages: PayPages, holder: TokenHolder, failure: ClickFailure | None = None) -> PayPage:
    """Show the page of a link, by no more than its customer may see in the database."""
    now = pages.clock()
    with pages.database.transaction(holder.tenant) as session:
        link = pay_link(session, holder.link)
        held = is_held(session, link)
    with pages.database.transaction(holder.tenant, holder.customer) as session:
        facts = page_facts(session, link, now, held=held)
    state = _state(link, facts, now)
    failure = failure if state is PayPageState.PAYABLE else None
    sides = PayPageSides(facts.supplier, facts.customer, facts.letter)
    if facts.document is not None:
        return PayPage(write_pay_page(sides, facts.document, state, failure), state, failure)
    if facts.rail is None:
        raise ValueError("a link is of a document or of a contract")
    return PayPage(write_method_page(sides, facts.contract, facts.rail, state, failure), state, failure)


def _state(link: KnownPayLink, facts: PayPageFacts, now: datetime) -> PayPageState:
    is_expired, is_revoked = now >= link.expires_at, link.revoked_at is not None
    if facts.document is not None:
        return page_state(facts.document, is_expired=is_expired, is_revoked=is_revoked)
    if is_revoked:
        return PayPageState.REVOKED
    return PayPageState.EXPIRED if is_expired else PayPageState.PAYABLE


def click_on_record(pages: PayPages, holder: TokenHolder, address: str) -> str | PayPage:
    """Click as ``click_pay_page`` does, and leave an entry of it in the audit of whose link it is, whatever came of it.

    Args:
        pages: the database, the gateway accounts, and a clock.
        holder: of the link; what nobody's token asks for is nobody's to record.
        address: from where it was clicked.
    """
    outcome = "nobody knows what came of it"
    try:
        answer = click_pay_page(pages, holder)
        outcome = "led to the gateway" if isinstance(answer, str) else (answer.failure or answer.state).value
        return answer
    finally:
        said = f"link {holder.link}: {outcome}"
        entry = AuditNote(pages.clock(), Door.HTTP, CLICKED, said, address=address)
        with pages.database.transaction(holder.tenant, noted=entry) as session:
            session.connection()


def click_pay_page(pages: PayPages, holder: TokenHolder) -> str | PayPage:
    """Open the page of the gateway that a link leads to, or take up the one that is open.

    Returns:
        Its address; or the page of ours that says why there is none.
    """
    with pages.database.transaction(holder.tenant) as session:
        link, name = pay_link(session, holder.link), tenant_name(session)
    work = TenantWork(pages.database, holder.tenant, pages.setup.of_tenant(name), pages.clock)
    if not link.is_open(pages.clock()):
        return show_pay_page(pages, holder)
    if work.setup.why_not(link.supplier) or not work.setup.public_url:
        return show_pay_page(pages, holder, ClickFailure.UNAVAILABLE)
    failure: ClickFailure | None = None
    for place in range(_ROUNDS):
        sleep(_ROUND_EVERY_S * min(place, 1))
        try:
            with pages.database.transaction(holder.tenant) as session:
                key = ask_page(session, link, work.setup.account_of(link.supplier), pages.clock())
        except AlreadyCollected as refused:
            if refused.is_for_good:
                break
            continue
        except DocumentVoid:
            break
        state, url = _opened(work, key)
        if url:
            return url
        failure = ClickFailure.UNKNOWN if state in _NOT_KNOWN else ClickFailure.UNAVAILABLE
        if state not in _BEGUN_ANEW:
            break
    return show_pay_page(pages, holder, failure)


def _opened(work: TenantWork, key: int) -> tuple[OrderState, str]:
    """Have an order asked for, and say what came of it; of somebody else who does so now, once that one knows."""
    until = monotonic() + _WAITED_FOR_S
    while True:
        collect_one(work, key)
        with work.database.transaction(work.tenant) as session:
            page = page_of_order(session, key, work.clock())
        if not page.is_being_opened or monotonic() > until:
            return page.state, page.url
        sleep(_LOOKED_EVERY_S)
