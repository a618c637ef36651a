"""What is known when an entry is matched: documents, who pays for whom, advices, and what came in before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from billing.bank.matching.names import plain_name
from billing.bank.matching.written import Place, compact, number_place, series_of
from billing.bank.orders.outstanding import OutstandingOrder, PaidByOrder
from billing.bank.statements.entry import NOTHING, BankParty
from billing.documents.model.payment_reference import payment_reference
from contracts.cash_discount import CashDiscount, discount_on
from quantities.money import Money

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class BookedDocument:
    """An issued document that may be paid.

    Attributes:
        number: of it.
        supplier: to whom it is owed, by name.
        customer: who owes it, by name.
        currency: of all amounts.
        gross: what was billed; below zero of a credit note; of it a cash discount is.
        payable: what is to be paid of it, as it says.
        open: what is still to be paid, of the same sign.
        discounted: the cash discount that was taken already.
        issued_on: its date.
        steps: the cash discount that it grants.
        is_void: whether it is void.
    """

    number: str
    supplier: str
    customer: str
    currency: str
    gross: Decimal
    payable: Decimal
    open: Decimal
    issued_on: date
    discounted: Decimal = NOTHING
    steps: tuple[CashDiscount, ...] = ()
    is_void: bool = False

    @property
    def account(self) -> tuple[str, str, str]:
        """Whose account it is on: supplier, customer, currency."""
        return self.supplier, self.customer, self.currency

    @property
    def is_open(self) -> bool:
        """Whether something is to be paid of it."""
        return bool(self.open) and not self.is_void

    def discount(self, on: date) -> Decimal:
        """Say how much may be taken off by who pays the rest on a day; nothing where that is past."""
        granted = discount_on(self.steps, Money(self.gross, self.currency), self.issued_on, on).amount
        return max(NOTHING, min(granted - self.discounted, self.open)) if granted else NOTHING

    def late_discounts(self, on: date) -> frozenset[Decimal]:
        """List what might have been taken off before a day, and may not any more."""
        gross = Money(self.gross, self.currency)
        past = (step for step in self.steps if step.last_day(self.issued_on) < on)
        return frozenset((gross * step.percent.scaleb(-2)).rounded().amount for step in past)


class PayerKind(StrEnum):
    """What a name or an account of another side stands for, as somebody has confirmed."""

    CUSTOMER = "customer"  # pays for this customer
    GATEWAY = "gateway"  # pays out what it has collected for us
    OWN = "own"  # an account of ours
    OTHER = "other"  # nobody who pays documents


@dataclass(frozen=True, slots=True)
class ConfirmedPayer:
    """An account or a name that stands for somebody.

    Attributes:
        kind: for whom.
        account: the number of an account, without blanks; empty where it is a name.
        name: a name as the bank writes it; empty where it is an account.
        customer: for which, by name; empty unless it is of a customer.
    """

    kind: PayerKind
    account: str = ""
    name: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class AdvisedAmount:
    """What of a payment is meant for a document, as its payer says."""

    document: str
    amount: Decimal
    discount: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class RemittanceAdvice:
    """What a payer says its payment is for.

    Attributes:
        reference: by which the payment names it; may be empty.
        customer: whose, by name.
        currency: of its amounts.
        amount: of the payment.
        paid_on: the day of the payment.
        lines: for which documents.
        number: under which it is kept; 0 before.
    """

    reference: str
    customer: str
    currency: str
    amount: Decimal
    paid_on: date
    lines: tuple[AdvisedAmount, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class EarlierReceipt:
    """A payment that came in before and was recorded: a return may take it back.

    Attributes:
        payment: its number.
        account: ours.
        amount: received.
        currency: of it.
        booked_on: the day.
        end_to_end: the payer's reference; may be empty.
        of_bank: the bank's own; may be empty.
        party_account: of the payer; may be empty.
        is_reversed: whether it was taken back already.
    """

    payment: int
    account: str
    amount: Decimal
    currency: str
    booked_on: date
    end_to_end: str = ""
    of_bank: str = ""
    party_account: str = ""
    is_reversed: bool = False


DocumentKey = tuple[str, str]


class DocumentIndex:
    """Documents by all that names them; what is open of them may change behind it."""

    def __init__(self, documents: Iterable[BookedDocument]) -> None:
        """Index documents, each by its supplier and number."""
        known = [((document.supplier, document.number), document) for document in documents]
        placed = ((number_place(document.number), key) for key, document in known)
        #: By the creditor reference that a document asks to be paid with.
        self.by_reference = _grouped((payment_reference(document.number), key) for key, document in known)
        #: By the year and the place that its number ends with.
        self.by_place = _grouped((place, key) for place, key in placed if place is not None)
        #: By its number, in capitals and digits alone.
        self.by_number = _grouped((compact(document.number), key) for key, document in known)
        #: What the numbers begin with, before the year; empty of those that have nothing.
        self.series = frozenset(series_of(document.number) for _, document in known)
        #: By who owes it.
        self.by_customer = _grouped((document.customer, key) for key, document in known)


class PayerIndex:
    """Who stands behind accounts and names."""

    def __init__(self, payers: Iterable[ConfirmedPayer], customers: Iterable[str]) -> None:
        """Index what was confirmed; a customer is known by its own name as well."""
        confirmed = tuple(payers)
        own = [ConfirmedPayer(PayerKind.CUSTOMER, name=name, customer=name) for name in sorted(set(customers))]
        self._by_account = _grouped((payer.account, payer) for payer in confirmed if payer.account)
        self._by_name = _grouped((plain_name(payer.name), payer) for payer in (*confirmed, *own) if payer.name)

    def known_as(self, party: BankParty) -> tuple[ConfirmedPayer, ...]:
        """Say for whom the other side stands: by its account where that is confirmed, else by its names."""
        by_account = self._by_account.get(party.account, ()) if party.account else ()
        behind = self._by_name.get(plain_name(party.behind), ()) if party.behind else ()
        if by_account:
            return (*by_account, *behind)
        return (*self._by_name.get(plain_name(party.name), ()), *behind) if party.name else behind


@dataclass(frozen=True, slots=True)
class BankBooks:
    """All that an entry is matched against.

    Attributes:
        documents: all that were issued, the paid and the void ones too: who names one of these names no other.
        index: of these.
        payers: who stands behind accounts and names.
        advices: those that no payment has answered.
        receipts: what a return may take back.
        suppliers: by account of ours, whose it is; of one that is not listed it may be anybody's.
        orders: what banks were asked for and have not booked.
        paid_orders: payments that were booked, and may come back.
    """

    documents: Mapping[DocumentKey, BookedDocument]
    index: DocumentIndex
    payers: PayerIndex
    advices: tuple[RemittanceAdvice, ...] = ()
    receipts: tuple[EarlierReceipt, ...] = ()
    suppliers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    orders: tuple[OutstandingOrder, ...] = ()
    paid_orders: tuple[PaidByOrder, ...] = ()

    def of_reference(self, reference: str) -> tuple[BookedDocument, ...]:
        """List the documents of a creditor reference, in capitals and digits alone."""
        return self._of(self.index.by_reference.get(reference, ()))

    def of_place(self, place: Place) -> tuple[BookedDocument, ...]:
        """List the documents whose numbers end with a year and a place."""
        return self._of(self.index.by_place.get(place, ()))

    def of_number(self, number: str) -> tuple[BookedDocument, ...]:
        """List the documents of a number, in capitals and digits alone."""
        return self._of(self.index.by_number.get(number, ()))

    def open_of(self, customer: str) -> tuple[BookedDocument, ...]:
        """List the open documents of a customer."""
        return tuple(one for one in self._of(self.index.by_customer.get(customer, ())) if one.is_open)

    def open_at(self, amount: Decimal) -> tuple[BookedDocument, ...]:
        """List the documents of which so much is open."""
        return tuple(one for one in self.documents.values() if one.open == amount and not one.is_void)

    def _of(self, keys: Iterable[DocumentKey]) -> tuple[BookedDocument, ...]:
        return tuple(self.documents[key] for key in keys)

    def without_advice(self, number: int) -> "BankBooks":
        """Say what is known once an advice is answered."""
        return replace(self, advices=tuple(advice for advice in self.advices if advice.number != number))

    def without_orders(self, numbers: Iterable[int]) -> "BankBooks":
        """Say what is known once orders are booked, or came back."""
        gone = frozenset(numbers)
        return replace(
            self,
            orders=tuple(order for order in self.orders if order.order not in gone),
            paid_orders=tuple(order for order in self.paid_orders if order.order not in gone),
        )

    def with_receipt(self, receipt: EarlierReceipt) -> "BankBooks":
        """Say what is known once a payment came in."""
        return replace(self, receipts=(*self.receipts, receipt))

    def with_reversed(self, payment: int) -> "BankBooks":
        """Say what is known once a payment was taken back."""
        receipts = (
            replace(receipt, is_reversed=True) if receipt.payment == payment else receipt for receipt in self.receipts
        )
        return replace(self, receipts=tuple(receipts))

    def paid(self, supplier: str, amounts: Iterable[tuple[str, Decimal, Decimal]]) -> "BankBooks":
        """Say what is known once something is recorded: number, amount and discount of each document."""
        documents = dict(self.documents)
        for number, amount, discount in amounts:
            before = documents[supplier, number]
            documents[supplier, number] = replace(
                before, open=before.open - amount - discount, discounted=before.discounted + discount
            )
        return replace(self, documents=documents)


def bank_books(
    documents: Iterable[BookedDocument],
    payers: Iterable[ConfirmedPayer] = (),
    *,
    advices: Iterable[RemittanceAdvice] = (),
    receipts: Iterable[EarlierReceipt] = (),
    suppliers: Mapping[str, frozenset[str]] | None = None,
    orders: Iterable[OutstandingOrder] = (),
    paid_orders: Iterable[PaidByOrder] = (),
) -> BankBooks:
    """Put together what is known; ``BankBooks`` says what each is."""
    listed = tuple(documents)
    return BankBooks(
        documents={(document.supplier, document.number): document for document in listed},
        index=DocumentIndex(listed),
        payers=PayerIndex(payers, (document.customer for document in listed)),
        advices=tuple(advices),
        receipts=tuple(receipts),
        suppliers=suppliers or {},
        orders=tuple(orders),
        paid_orders=tuple(paid_orders),
    )


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}
