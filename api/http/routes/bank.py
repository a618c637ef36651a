"""Banks: files read, entries that wait, aliases of payers, and what payers advise."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.routes.receivables import RowNumber
from api.http.work_route import Body, WorkRoute, takes
from api.operations import bank
from billing.bank.entries.store import BankEntryQuery
from billing.bank.matching.books import ConfirmedPayer, PayerKind
from billing.bank.matching.ordered.store import OrdersBookedAsked
from billing.bank.matching.store import MatchAsked
from billing.bank.views import AdvicesReadOut, BankEntryOut, BankFileOut, PayerAliasOut
from quantities.money import Amount
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["bank"], route_class=WorkRoute)

BANK_FILE_BYTES_MAX = 32 << 20
_DOCUMENTS_MAX = 1000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Money = Annotated[Amount, Field(max_digits=24, decimal_places=4)]
_Profile = Annotated[
    str | None, Query(max_length=50, description="How a table is read, as `sparkasse`; by its columns without it.")
]
_Words = Annotated[str, Field(min_length=1, max_length=2000)]
_ENTRIES = TypeAdapter(list[BankEntryOut])


class EntryDocumentIn(BaseModel):
    """A document that an entry pays; as much as is open and is left of the entry, where no amount is stated."""

    model_config = ConfigDict(extra="forbid")

    document: Annotated[str, Field(min_length=1, max_length=200)]
    amount: _Money | None = None


class EntryMatchIn(BaseModel):
    """Which documents an entry pays; what is left stays on account, of the customer where no document is named."""

    model_config = ConfigDict(extra="forbid")

    documents: Annotated[list[EntryDocumentIn], Field(max_length=_DOCUMENTS_MAX)] = []
    customer: Name | None = None
    supplier: Name | None = None


class EntryReturnIn(BaseModel):
    """The number of the payment that an entry takes back."""

    model_config = ConfigDict(extra="forbid")

    payment: RowNumber


class EntryOrdersIn(BaseModel):
    """What the bank was asked for and books by an entry: files, of each what is left, and orders besides."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[RowNumber], Field(max_length=_DOCUMENTS_MAX)] = []
    orders: Annotated[list[RowNumber], Field(max_length=_DOCUMENTS_MAX)] = []


class EntryIgnoreIn(BaseModel):
    """Why an entry is no payment of a document."""

    model_config = ConfigDict(extra="forbid")

    reason: _Words


class PayerAliasIn(BaseModel):
    """For whom an account or a name of a payer stands: one of the two, and of a customer its name."""

    model_config = ConfigDict(extra="forbid")

    kind: PayerKind
    account: Annotated[str, Field(max_length=70)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    customer: Annotated[str, Field(max_length=200)] = ""


@router.post("/bank/files", status_code=201)
@takes(body_bytes=BANK_FILE_BYTES_MAX, document=bytes, media_types=("application/xml", "text/csv", _XLSX))
def read_bank_file(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: Body, profile: _Profile = None
) -> BankFileOut:
    """Read a bank's file (camt.052, 053 or 054, CSV, XLSX) and record what is matched; what is not waits.

    The file is stored as a whole or not at all; sent again, or within another file, an entry adds nothing.
    """
    return bank.read_bank_file(call.session, body, profile, who=call.caller.name, at=call.now)


@router.get("/bank/entries")
def list_bank_entries(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    request: Request,
    query: Annotated[BankEntryQuery, asked(BankEntryQuery)],
) -> list[BankEntryOut]:
    """List entries of banks in pages, in the order in which they were read: those that wait are in state `queued`."""
    return page(request, _ENTRIES, bank.list_bank_entries(call.session, query))  # type: ignore[return-value] # with a header


@router.post("/bank/entries/{number}/match")
def match_bank_entry(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: EntryMatchIn
) -> BankEntryOut:
    """Say which documents an entry that waits pays."""
    documents = tuple((one.document, one.amount) for one in body.documents)
    wanted = MatchAsked(number, documents, body.customer, body.supplier)
    return bank.match_bank_entry(call.session, wanted, who=call.caller.name, at=call.now)


@router.post("/bank/entries/{number}/return")
def return_bank_entry(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: EntryReturnIn
) -> BankEntryOut:
    """Say which payment an entry that waits takes back: what it paid is open again."""
    return bank.return_bank_entry(call.session, number, body.payment, who=call.caller.name, at=call.now)


@router.post("/bank/entries/{number}/orders")
def book_bank_orders(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: EntryOrdersIn
) -> BankEntryOut:
    """Say which files or orders an entry that waits books: they come to its amount exactly."""
    wanted = OrdersBookedAsked(number, tuple(body.files), tuple(body.orders))
    return bank.book_bank_orders(call.session, wanted, who=call.caller.name, at=call.now)


@router.post("/bank/entries/{number}/ignore")
def ignore_bank_entry(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: EntryIgnoreIn
) -> BankEntryOut:
    """Say that an entry that waits is no payment of a document, and why; it can be matched later."""
    return bank.ignore_bank_entry(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/bank/advices", status_code=201)
@takes(body_bytes=BANK_FILE_BYTES_MAX, document=bytes, media_types=("text/csv",))
def read_bank_advices(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: Body) -> AdvicesReadOut:
    """Read what payers say their payments are for, before the payments or after: what waits is matched again."""
    return bank.read_bank_advices(call.session, body, who=call.caller.name, at=call.now)


@router.get("/bank/payers")
def list_payer_aliases(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)]) -> list[PayerAliasOut]:
    """List for whom accounts and names of payers stand, oldest first; those that wait and those withdrawn too."""
    return bank.list_payer_aliases(call.session)


@router.post("/bank/payers", status_code=201)
def prepare_payer_alias(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: PayerAliasIn
) -> PayerAliasOut:
    """Say for whom an account or a name of a payer stands; it counts once another person has released it."""
    payer = ConfirmedPayer(body.kind, body.account, body.name, body.customer)
    return bank.prepare_payer_alias(call.session, payer, who=call.caller.name, at=call.now)


@router.post("/bank/payers/{number}/release")
def release_payer_alias(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber
) -> PayerAliasOut:
    """Release an alias that another has prepared: what waits is matched again."""
    return bank.release_payer_alias(call.session, number, who=call.caller.name, at=call.now)


@router.post("/bank/payers/{number}/withdraw")
def withdraw_payer_alias(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber
) -> PayerAliasOut:
    """Withdraw an alias: from now on nothing is matched by it; what was recorded stays."""
    return bank.withdraw_payer_alias(call.session, number, who=call.caller.name, at=call.now)
