"""Receivables: documents sent, payments and their allocations, write-offs, accounts and statements of them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.json_types import WrittenDay
from api.http.paging import asked, page
from api.http.routes.invoices import Supplier
from api.http.work_route import WorkRoute
from api.operations import receivables
from api.operations.short_lists import ACCOUNTS
from billing.documents.document import AccountDocument
from billing.documents.registry import DOCUMENTS
from billing.receivables.accounts import StatementAsked
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.payment_query import AccountQuery, PaymentQuery, WriteOffQuery
from billing.receivables.store import NewPayment
from billing.receivables.views import (
    AccountBalanceOut,
    AccountStatementOut,
    PaymentOut,
    SendingOut,
    WriteOffOut,
    account_statement_out,
)
from quantities.money import Amount
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["receivables"], route_class=WorkRoute)

_ALLOCATIONS_MAX = 1000
_Number = Annotated[str, Field(min_length=1, max_length=200)]
_Money = Annotated[Amount, Field(max_digits=24, decimal_places=4)]
_Reference = Annotated[str, Field(min_length=1, max_length=200, description="Of the bank, or of whoever records it.")]
_Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
RowNumber = Annotated[int, Field(ge=1, lt=2**31)]


class SendingIn(BaseModel):
    """How a document was sent, and on which day; today in the supplier's books without it."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["mail", "portal", "hand"]
    on: WrittenDay | None = None
    note: Annotated[str, Field(max_length=2000)] = ""


class AllocationIn(BaseModel):
    """What of a payment goes to a document, of its sign: below zero to a credit note; and a cash discount besides."""

    model_config = ConfigDict(extra="forbid")

    document: _Number
    amount: _Money
    discount: _Money = Decimal(0)


_Allocations = Annotated[list[AllocationIn], Field(max_length=_ALLOCATIONS_MAX)]


class PaymentIn(BaseModel):
    """Money received (above zero) or paid back (below), or none, where documents are set off against each other."""

    model_config = ConfigDict(extra="forbid")

    customer: Name
    supplier: Name | None = None
    currency: _Currency
    amount: _Money
    received_on: WrittenDay
    reference: _Reference
    payer: Annotated[str, Field(max_length=200, description="Who paid, where it was another than the customer.")] = ""
    allocations: _Allocations = []


class AllocationsIn(BaseModel):
    """To which documents what is on account is allocated."""

    model_config = ConfigDict(extra="forbid")

    allocations: Annotated[_Allocations, Field(min_length=1)]


class ReversalIn(BaseModel):
    """Under which reference a payment is reversed, and on which day; today in the supplier's books without it."""

    model_config = ConfigDict(extra="forbid")

    reference: _Reference
    on: WrittenDay | None = None


class WriteOffIn(BaseModel):
    """What is given up of a document, of its sign, and why; of the other sign it is taken back."""

    model_config = ConfigDict(extra="forbid")

    amount: _Money
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.post("/invoices/{number}/sendings", status_code=201)
def record_sending(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    number: str,
    body: SendingIn,
    supplier: Supplier = None,
) -> SendingOut:
    """Record that a document was sent: by mail, through a portal, or by hand. It may be sent more often."""
    return receivables.record_sending(
        call.session,
        number,
        supplier,
        sent_on=body.on,
        how=body.how,
        note=body.note,
        who=call.caller.name,
        at=call.now,
    )


@router.get("/invoices/{number}/sendings")
def list_sendings(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], number: str, supplier: Supplier = None
) -> list[SendingOut]:
    """List when a document was sent, in the order in which it was recorded."""
    return receivables.list_sendings(call.session, number, supplier)


@router.post("/payments", status_code=201)
def record_payment(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: PaymentIn) -> PaymentOut:
    """Record a payment and allocate it to documents; what is left stays on account.

    The same payment once more, by its reference and all else, is answered as it stands, and changes nothing. Credit
    notes are set off with amounts below zero; a set-off alone is a payment of zero.
    """
    new = NewPayment(
        customer=body.customer,
        supplier=body.supplier,
        currency=body.currency,
        amount=body.amount,
        received_on=body.received_on,
        reference=body.reference,
        payer=body.payer,
        allocations=_allocations(body.allocations),
    )
    return receivables.record_payment(call.session, new, who=call.caller.name, at=call.now)


def _allocations(given: list[AllocationIn]) -> tuple[AllocatedAmount, ...]:
    return tuple(AllocatedAmount(one.document, one.amount, one.discount) for one in given)


_PAYMENTS = TypeAdapter(list[PaymentOut])


@router.get("/payments")
def list_payments(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    request: Request,
    query: Annotated[PaymentQuery, asked(PaymentQuery)],
) -> list[PaymentOut]:
    """List payments in pages, in the order in which they were recorded; a customer sees its own."""
    return page(request, _PAYMENTS, receivables.list_payments(call.session, query))  # type: ignore[return-value] # with a header


@router.get("/payments/{number}")
def get_payment(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], number: RowNumber) -> PaymentOut:
    """Read a payment with what it was allocated to."""
    return receivables.find_payment(call.session, number)


@router.post("/payments/{number}/allocations", status_code=201)
def allocate_payment(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: AllocationsIn
) -> PaymentOut:
    """Allocate what of a payment is on account; a cash discount is granted by the day of the payment."""
    allocations = _allocations(body.allocations)
    return receivables.allocate_payment(call.session, number, allocations, who=call.caller.name, at=call.now)


@router.post("/payments/{number}/reverse", status_code=201)
def reverse_payment(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: ReversalIn
) -> PaymentOut:
    """Reverse a payment by another one of the opposite amount: what it was allocated to is open again."""
    return receivables.reverse_payment(
        call.session, number, reference=body.reference, on=body.on, who=call.caller.name, at=call.now
    )


@router.post("/invoices/{number}/write-offs", status_code=201)
def prepare_write_off(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    number: str,
    body: WriteOffIn,
    supplier: Supplier = None,
) -> WriteOffOut:
    """Prepare a write-off; it counts once another person has released it, up to the tenant's limit at once."""
    return receivables.prepare_write_off(
        call.session, number, supplier, body.amount, reason=body.reason, who=call.caller.name, at=call.now
    )


_WRITE_OFFS = TypeAdapter(list[WriteOffOut])


@router.get("/write-offs")
def list_write_offs(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    request: Request,
    query: Annotated[WriteOffQuery, asked(WriteOffQuery)],
) -> list[WriteOffOut]:
    """List write-offs in pages, oldest first: those that wait, unless asked otherwise; a customer sees what counts."""
    listed = receivables.list_write_offs(call.session, query, as_customer=call.caller.is_customer)
    return page(request, _WRITE_OFFS, listed)  # type: ignore[return-value] # with a header


@router.post("/write-offs/{number}/release")
def release_write_off(
    call: Annotated[StatedCall, needs(Permission.WRITE_OFFS_RELEASE)], number: RowNumber
) -> WriteOffOut:
    """Release a write-off that another has prepared: it counts from today on."""
    return receivables.release_write_off(call.session, number, who=call.caller.name, at=call.now)


_ACCOUNTS = TypeAdapter(list[AccountBalanceOut])


@router.get("/accounts")
def list_accounts(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    request: Request,
    query: Annotated[AccountQuery, asked(AccountQuery)],
) -> list[AccountBalanceOut]:
    """List what each customer owes each supplier today, by currency and by how long it is overdue; own ones alone."""
    known = receivables.list_accounts(call.session, call.now)
    return page(request, _ACCOUNTS, ACCOUNTS.page(known, query))  # type: ignore[return-value] # with a header


_From = Annotated[
    date | None, Query(alias="from", description="The first day; the first of the last day's year without it.")
]
_To = Annotated[date | None, Query(alias="to", description="The last day; today in the supplier's books without it.")]
_OfCurrency = Annotated[
    str | None, Query(pattern="^[A-Z]{3}$", description="Which, where the customer has accounts in several.")
]


@router.get("/accounts/{customer}/statement")
def get_account_statement(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    customer: str,
    first: _From = None,
    last: _To = None,
    currency: _OfCurrency = None,
    supplier: Supplier = None,
) -> AccountStatementOut:
    """Write out a customer's account: the balance before, every document, payment, discount and write-off since."""
    asked_for = StatementAsked(customer, currency, supplier, first, last)
    return account_statement_out(receivables.account_statement(call.session, asked_for, call.now))


def _write(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    customer: str,
    document: AccountDocument,
    first: _From = None,
    last: _To = None,
    currency: _OfCurrency = None,
    supplier: Supplier = None,
) -> bytes:
    asked_for = StatementAsked(customer, currency, supplier, first, last)
    return receivables.write_account_statement(call.session, asked_for, document, call.now)


for _kind in DOCUMENTS.account.values():
    serve_document(router, "/accounts/{customer}/statement", _kind, _write, name=f"get_account_{_kind.name}")
