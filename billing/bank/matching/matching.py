"""What an entry is, by rules in order; what no rule decides alone waits for a person.

1. What takes an earlier payment back reverses it. What the bank was asked for by a file is that: one order by our
reference, or the sum of a batch or a file. 2. Accounts that somebody has confirmed as ours, or as a gateway's,
pay no documents. 3. The structured reference, or our number as it is, with the exact amount. 4. What the payer said the
payment is for. 5. A reference or number with another amount: a part, or more, of which the rest stays on account. 6. A
number with one slip, or none at all, of a known payer, whose amount comes out in exactly one way.

No rule guesses: where two documents fit, or a payer is known as another customer, nothing is matched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from billing.bank.matching.books import (
    BankBooks,
    BookedDocument,
    ConfirmedPayer,
    EarlierReceipt,
    PayerKind,
    RemittanceAdvice,
)
from billing.bank.matching.decision import (
    BankDecision,
    BookedOrders,
    ExpectedPayout,
    MatchedAmount,
    MatchedDocuments,
    MatchedReturn,
    MatchRule,
    NoPayment,
    PaymentCameBack,
    QueuedEntry,
    QueueReason,
    ShortReason,
)
from billing.bank.matching.named import NamedDocuments, named_documents
from billing.bank.matching.solutions import CHOSEN_AMONG_MAX, ExactSolution, of_any, of_exactly
from billing.bank.matching.written import compact, is_near, near_numbers, number_place, series_of
from billing.bank.orders.outstanding import are_booked_by, orders_named
from billing.bank.statements.entry import NOTHING, BankEntry
from billing.documents.model.payment_reference import payment_reference

_ADVISED_WITHIN = timedelta(days=10)
_CANDIDATES_MAX = 20


@dataclass(frozen=True, slots=True)
class _Case:
    """An entry with what is known of it."""

    entry: BankEntry
    books: BankBooks
    named: NamedDocuments
    known: tuple[ConfirmedPayer, ...]
    customers: frozenset[str]

    @property
    def paid(self) -> tuple[Decimal, ...]:
        """What may have been meant: what came in, and what was paid before charges."""
        before = self.entry.before_charges
        return (self.entry.amount,) if before is None else (self.entry.amount, before)

    def queued(self, reason: QueueReason, documents: Sequence[BookedDocument] = ()) -> QueuedEntry:
        numbers = dict.fromkeys(document.number for document in documents)
        return QueuedEntry(reason, tuple(numbers)[:_CANDIDATES_MAX])


def decide(entry: BankEntry, books: BankBooks) -> BankDecision:
    """Decide what an entry is.

    Args:
        entry: of a statement.
        books: all that is known when it is read.

    Returns:
        The decision. What it pays comes to no more than the entry, and to no more of a document than is open of it.
    """
    known = books.payers.known_as(entry.party)
    customers = frozenset(payer.customer for payer in known if payer.kind is PayerKind.CUSTOMER)
    case = _Case(entry, books, named_documents(entry, books, customers), known, customers)
    case = replace(case, named=_less_slip(case))
    steps = (
        _returned,
        _ordered,
        _no_customer,
        _refused,
        _named_surely,
        _advised,
        _named_exactly,
        _named_otherwise,
        _named_barely,
    )
    decisions = (step(case) for step in steps)
    return next((decision for decision in decisions if decision is not None), None) or _by_amount(case)


def _less_slip(case: _Case) -> NamedDocuments:
    """Take the number of another customer's document for a slip, where the amount is not that document's either."""
    named = case.named
    is_strange = bool(case.customers) and len(named.sure) == 1 and named.sure[0].customer not in case.customers
    if not is_strange or named.by_reference:
        return named
    document = named.sure[0]
    amounts = {document.payable, document.open}
    if amounts & set(case.paid) or any(of_exactly(named.sure, paid, case.entry.received_on) for paid in case.paid):
        return named
    return replace(named, sure=(), unknown=(*named.unknown, compact(document.number)))


def _no_customer(case: _Case) -> BankDecision | None:
    kinds = {payer.kind for payer in case.known}
    if kinds == {PayerKind.GATEWAY}:
        return ExpectedPayout()
    return NoPayment() if kinds and kinds <= {PayerKind.OWN, PayerKind.OTHER} else None


def _returned(case: _Case) -> BankDecision | None:
    """Find the payment that an entry takes back: one of its amount, which it names; or the only one of its account."""
    entry, books = case.entry, case.books
    if entry.returned is None:
        return None
    if entry.amount >= 0:
        return _came_back(entry, books)
    amounts = {-entry.amount} if entry.before_charges is None else {-entry.amount, -entry.before_charges}
    receipts = [
        receipt
        for receipt in books.receipts
        if receipt.amount in amounts
        and (receipt.account, receipt.currency) == (entry.account, entry.currency)
        and receipt.booked_on <= entry.booked_on
        and not receipt.is_reversed
    ]
    named = [receipt for receipt in receipts if _names(entry, receipt)]
    of_payer = [receipt for receipt in receipts if entry.party.account and receipt.party_account == entry.party.account]
    says_which = bool(entry.returned.end_to_end or entry.returned.of_bank)
    chosen = named if says_which or named else of_payer
    if len(chosen) != 1:
        return QueuedEntry(QueueReason.RETURN_OF_UNKNOWN)
    return MatchedReturn(chosen[0].payment, -entry.amount - chosen[0].amount, entry.returned.reason)


def _came_back(entry: BankEntry, books: BankBooks) -> BankDecision:
    """Find the payment of ours that comes back: by our reference of it, and of its amount."""
    amounts = {-entry.amount} if entry.before_charges is None else {-entry.amount, -entry.before_charges}
    named = [
        paid
        for paid in books.paid_orders
        if entry.returned is not None
        and paid.reference == entry.returned.end_to_end
        and paid.amount in amounts
        and (paid.account, paid.currency) == (entry.account, entry.currency)
    ]
    if len(named) != 1 or entry.returned is None:
        return QueuedEntry(QueueReason.RETURN_OF_UNKNOWN)
    return PaymentCameBack(named[0].order, entry.returned.reason)


def _ordered(case: _Case) -> BankDecision | None:
    """Match what the bank was asked for; None where the entry names no order."""
    named = orders_named(case.entry, case.books.orders)
    if not named:
        return None
    if not are_booked_by(case.entry, named):
        return case.queued(QueueReason.ORDER_DIFFERS)
    is_one = case.entry.references.end_to_end == named[0].reference
    return BookedOrders(tuple(order.order for order in named), by_reference=is_one)


def _names(entry: BankEntry, receipt: EarlierReceipt) -> bool:
    if entry.returned is None:
        return False
    by_payer = bool(receipt.end_to_end) and receipt.end_to_end == entry.returned.end_to_end
    by_bank = bool(receipt.of_bank) and receipt.of_bank == entry.returned.of_bank
    return by_payer or by_bank


def _refused(case: _Case) -> BankDecision | None:
    """Say why what is named cannot be matched by anybody but a person; None where it may be."""
    entry, named = case.entry, case.named
    suppliers = case.books.suppliers.get(entry.account)
    customers = {document.customer for document in named.sure}
    doubts = {
        QueueReason.SEVERAL_DOCUMENTS: named.is_double,
        QueueReason.VOID: any(document.is_void for document in named.sure),
        QueueReason.PAID_ALREADY: any(not document.open for document in named.sure),
        QueueReason.ANOTHER_CURRENCY: any(document.currency != entry.currency for document in named.sure),
        QueueReason.SEVERAL_ACCOUNTS: len({document.account for document in named.sure}) > 1,
        QueueReason.ANOTHER_PAYER: bool(case.customers) and not customers <= case.customers,
        QueueReason.ANOTHER_ACCOUNT: suppliers is not None
        and not {document.supplier for document in named.sure} <= suppliers,
    }
    reason = next((reason for reason, is_so in doubts.items() if is_so), None)
    return None if reason is None else case.queued(reason, named.sure)


def _named_surely(case: _Case) -> BankDecision | None:
    exact = _named_exactly(case)
    return exact if isinstance(exact, MatchedDocuments) else None


def _named_exactly(case: _Case) -> BankDecision | None:
    """Match documents that are named as they are with an amount that is theirs; None where the amount is another."""
    named, sure = case.named, case.named.sure
    if not sure:
        return None
    solutions = [solution for paid in case.paid for solution in of_exactly(sure, paid, case.entry.received_on)]
    if not solutions:
        return None
    if named.unknown or named.unsure:
        return case.queued(QueueReason.UNKNOWN_NUMBER, sure)  # it names something else as well
    if len(solutions) > 1:
        return case.queued(QueueReason.SEVERAL_SOLUTIONS, sure)
    if not named.by_reference and (near := _near_ones(case, sure, with_amount=True)):
        return case.queued(QueueReason.SIMILAR_NUMBER, [*sure, *near])
    rule = MatchRule.REFERENCE if named.by_reference else MatchRule.NUMBER
    return _matched(case, rule, solutions[0])


def _near_ones(case: _Case, sure: Sequence[BookedDocument], *, with_amount: bool) -> list[BookedDocument]:
    """List other open documents that may have been meant: one slip away from one that is named, and fitting as well.

    Of a known payer only its customer's; with the amount only those of which as much would be paid.
    """
    near = []
    for document in sure:
        for other in _neighbours(case, document):
            others = [other if one is document else one for one in sure]
            if not with_amount or any(of_exactly(others, paid, case.entry.received_on) for paid in case.paid):
                near.append(other)
    return near


def _near_of_kind(case: _Case, sure: Sequence[BookedDocument], *, is_more: bool) -> list[BookedDocument]:
    """List other open documents that may have been meant with an amount that is none of the named ones'.

    One slip is doubted, and not two oddities beside each other: where a part of a document was paid, only those count
    of which it is a part as well, or all; where it is what the document is less a late cash discount, only those of
    which it is that too.
    """
    near = _near_ones(case, sure, with_amount=False)
    on, paid = case.entry.received_on, case.entry.amount
    if is_more:
        open_ = sum((document.open for document in sure), NOTHING)
        least = min(document.open for document in sure)
        return [other for other in near if open_ - least + other.open <= paid]
    if _is_late(sure[0], paid, on):
        return [other for other in near if other.open == paid or _is_late(other, paid, on)]
    return [other for other in near if other.open >= paid]


def _is_late(document: BookedDocument, paid: Decimal, on: date) -> bool:
    """Tell whether an amount is what is open of a document, less a cash discount that is not in time any more."""
    return document.open - paid in document.late_discounts(on)


def _neighbours(case: _Case, document: BookedDocument) -> list[BookedDocument]:
    """List open documents whose numbers are one slip away; or that differ by a series, where this one has none."""
    numbers = sorted(near_numbers(document.number))  # a set has another order in each process
    neighbours = [other for number in numbers for other in case.books.of_number(number)]
    place = number_place(document.number)
    if place is not None and not series_of(document.number):
        neighbours += case.books.of_place(place)
    return [
        other
        for other in dict.fromkeys(neighbours)
        if other.is_open
        and other not in case.named.sure
        and other.currency == document.currency
        and (not case.customers or other.customer in case.customers)
    ]


def _matched(case: _Case, rule: MatchRule, solution: ExactSolution) -> MatchedDocuments:
    """Match an exact solution; where it is of what was paid before charges, the last document stays open by these."""
    amounts = list(solution.amounts)
    short = sum((part.amount for part in amounts), NOTHING) - case.entry.amount
    if short:
        amounts, dropped = _shortened(amounts, short)
        short += dropped
    first = solution.documents[0]
    return MatchedDocuments(
        rule=rule,
        supplier=first.supplier,
        customer=first.customer,
        amounts=tuple(part for part in amounts if part.amount),
        short=short,
        short_reason=ShortReason.CHARGES if short else None,
    )


def _shortened(amounts: list[MatchedAmount], short: Decimal) -> tuple[list[MatchedAmount], Decimal]:
    """Take what is missing off the largest amount; a cash discount of it is not granted, for a part stays open."""
    largest = max(range(len(amounts)), key=lambda place: amounts[place].amount)
    part = amounts[largest]
    less = replace(part, amount=part.amount - short, discount=NOTHING)
    return [*amounts[:largest], less, *amounts[largest + 1 :]], part.discount


def _advised(case: _Case) -> BankDecision | None:
    """Match by what the payer said; None where it said nothing."""
    by_reference = [advice for advice in case.books.advices if _is_referred_to(case.entry, advice)]
    of_payer = [
        advice
        for advice in case.books.advices
        if advice.customer in case.customers
        and abs(advice.paid_on - case.entry.received_on) <= _ADVISED_WITHIN
        and advice.amount in case.paid
    ]
    chosen = by_reference or of_payer
    if not chosen:
        return None
    if len(chosen) > 1:
        return case.queued(QueueReason.SEVERAL_SOLUTIONS, _documents_of(case.books, chosen[0]))
    (advice,) = chosen
    documents = _documents_of(case.books, advice)
    if not _fits(case, advice, documents):
        return case.queued(QueueReason.ADVICE_DOES_NOT_FIT, documents)
    amounts = [MatchedAmount(line.document, line.amount, line.discount) for line in advice.lines]
    matched = _matched(case, MatchRule.ADVICE, ExactSolution(tuple(documents), tuple(amounts)))
    return replace(matched, advice=advice.number)


def _is_referred_to(entry: BankEntry, advice: RemittanceAdvice) -> bool:
    if not advice.reference:
        return False
    written = (entry.references.end_to_end, *entry.references.creditor, *entry.references.documents)
    return advice.reference in written or advice.reference in entry.text.split()


def _documents_of(books: BankBooks, advice: RemittanceAdvice) -> list[BookedDocument]:
    numbers = [books.of_number(compact(line.document)) for line in advice.lines]
    return [document for documents in numbers for document in documents if document.customer == advice.customer]


def _fits(case: _Case, advice: RemittanceAdvice, documents: Sequence[BookedDocument]) -> bool:
    """Tell whether an advice comes to the payment, and each line to what is open of its document, or to less of it."""
    if len(documents) != len(advice.lines) or len({document.account for document in documents}) != 1:
        return False
    total = sum((line.amount for line in advice.lines), NOTHING)
    of_payer = not case.customers or advice.customer in case.customers
    named = set(case.named.sure) <= set(documents)
    if not (of_payer and named and total == advice.amount and advice.currency == case.entry.currency):
        return False
    return advice.amount in case.paid and all(
        document.is_open
        and document.currency == advice.currency
        and _line_fits(document, line.amount, line.discount, case.entry.received_on)
        for document, line in zip(documents, advice.lines, strict=True)
    )


def _line_fits(document: BookedDocument, amount: Decimal, discount: Decimal, on: date) -> bool:
    taken = amount + discount
    if discount and (discount > document.discount(on) or taken != document.open):
        return False
    return bool(amount) and taken * document.open > 0 and abs(taken) <= abs(document.open)


def _named_otherwise(case: _Case) -> BankDecision | None:
    """Match documents that are named with another amount than theirs: a part of one, or more than all of them.

    Only where nothing else was meant: the payer is known, or the reference has check digits; and what is open of the
    customer comes out in no other way. None where nothing is named.
    """
    sure, entry = case.named.sure, case.entry
    if not sure:
        return None
    open_ = sum((document.open for document in sure), NOTHING)
    doubt = _doubt(case, is_more=entry.amount > open_)
    if doubt is not None:
        return doubt
    return _with_rest_on_account(case, sure, open_) if entry.amount > open_ else _part(case, sure[0])


def _doubt(case: _Case, *, is_more: bool) -> QueuedEntry | None:
    """Say why an amount that is not that of the named documents is none for them; None where it is."""
    named, sure, entry = case.named, case.named.sure, case.entry
    others = _open_of_account(case, sure[0])
    near = [] if named.by_reference else _near_of_kind(case, sure, is_more=is_more)
    is_simple = entry.amount > 0 and all(document.open > 0 for document in sure) and (is_more or len(sure) == 1)
    comes_out = any(of_any(others, paid, entry.received_on) for paid in case.paid)
    doubts = {
        QueueReason.UNKNOWN_NUMBER: bool(named.unknown or named.unsure),
        QueueReason.PAYER_UNKNOWN: not (named.by_reference or sure[0].customer in case.customers),
        QueueReason.NO_SOLUTION: not is_simple,
        QueueReason.SIMILAR_NUMBER: bool(near),
        QueueReason.SEVERAL_SOLUTIONS: comes_out or (is_more and len(others) > CHOSEN_AMONG_MAX),
    }
    reason = next((reason for reason, is_so in doubts.items() if is_so), None)
    return None if reason is None else case.queued(reason, [*sure, *near, *others])


def _named_barely(case: _Case) -> BankDecision | None:
    """Match numbers without their series, or broken over lines, of a known payer: each is of one document of its."""
    named = case.named
    documents = [one for one in named.unsure if one.customer in case.customers and one.currency == case.entry.currency]
    places = {number_place(document.number) for document in named.unsure}
    is_one_each = len(documents) == len(places) == len({number_place(document.number) for document in documents})
    if named.unknown or not documents or not is_one_each or len({document.account for document in documents}) > 1:
        return None
    solutions = [one for paid in case.paid for one in of_exactly(documents, paid, case.entry.received_on)]
    if len(solutions) != 1 or not all(document.is_open for document in documents):
        return None
    near = _near_ones(replace(case, named=replace(named, sure=tuple(documents))), documents, with_amount=True)
    return case.queued(QueueReason.SIMILAR_NUMBER, near) if near else _matched(case, MatchRule.NUMBER, solutions[0])


def _open_of_account(case: _Case, document: BookedDocument) -> list[BookedDocument]:
    return [other for other in case.books.open_of(document.customer) if other.account == document.account]


def _rule(case: _Case) -> MatchRule:
    return MatchRule.REFERENCE if case.named.by_reference else MatchRule.NUMBER


def _with_rest_on_account(case: _Case, sure: Sequence[BookedDocument], open_: Decimal) -> BankDecision:
    amounts = tuple(MatchedAmount(document.number, document.open) for document in sure)
    rest = case.entry.amount - open_
    return MatchedDocuments(_rule(case), sure[0].supplier, sure[0].customer, amounts, on_account=rest)


def _part(case: _Case, document: BookedDocument) -> BankDecision:
    short = document.open - case.entry.amount
    late = _is_late(document, case.entry.amount, case.entry.received_on)
    return MatchedDocuments(
        rule=_rule(case),
        supplier=document.supplier,
        customer=document.customer,
        amounts=(MatchedAmount(document.number, case.entry.amount),),
        short=short,
        short_reason=ShortReason.LATE_DISCOUNT if late else ShortReason.PART,
    )


def _by_amount(case: _Case) -> BankDecision:
    """Match the only documents of a known payer that come to the amount, and to what it wrote but for one slip."""
    named = case.named
    if case.entry.amount <= 0:
        return case.queued(QueueReason.PAID_OUT, named.unsure)
    if not case.customers:
        reason = QueueReason.PAYER_UNKNOWN if named.is_any else QueueReason.NOTHING_NAMED
        return case.queued(reason, named.unsure or case.books.open_at(case.entry.amount))
    accounts = _accounts(case)
    if (slip := _one_slip(case, [document for documents in accounts for document in documents])) is not None:
        return _matched(case, MatchRule.MISTYPED, slip)
    solutions = [
        one for documents in accounts for paid in case.paid for one in of_any(documents, paid, case.entry.received_on)
    ]
    is_many = any(len(documents) > CHOSEN_AMONG_MAX for documents in accounts)
    if len(solutions) == 1 and not is_many and _is_meant(case, solutions[0].documents):
        return _matched(case, MatchRule.MISTYPED if named.is_any else MatchRule.AMOUNT, solutions[0])
    chosen = [document for solution in solutions for document in solution.documents]
    is_double = is_many or len(solutions) > 1
    reason = QueueReason.UNKNOWN_NUMBER if named.is_any else QueueReason.NO_SOLUTION
    reason = QueueReason.SEVERAL_SOLUTIONS if is_double else reason
    return case.queued(reason, [*named.unsure, *chosen, *(one for documents in accounts for one in documents)])


def _one_slip(case: _Case, documents: Sequence[BookedDocument]) -> ExactSolution | None:
    """Find the only document of a known payer that is one slip away from what it wrote, and has the amount.

    Not so where it wrote the number of another document of ours: one slip away from that there may be one of the
    payer's by chance.
    """
    unknown = case.named.unknown
    if len(unknown) != 1 or case.named.unsure or case.books.of_number(unknown[0]):
        return None
    near = [document for document in documents if _is_slip(unknown[0], document)]
    solutions = [
        one for document in near for paid in case.paid for one in of_exactly([document], paid, case.entry.received_on)
    ]
    return solutions[0] if len(solutions) == 1 else None


def _accounts(case: _Case) -> list[list[BookedDocument]]:
    """List the open documents of a payer's customers, by account, in the entry's currency."""
    suppliers = case.books.suppliers.get(case.entry.account)
    accounts: dict[tuple[str, str, str], list[BookedDocument]] = {}
    for customer in sorted(case.customers):
        for document in case.books.open_of(customer):
            is_ours = suppliers is None or document.supplier in suppliers
            if document.currency == case.entry.currency and is_ours:
                accounts.setdefault(document.account, []).append(document)
    return list(accounts.values())


def _is_meant(case: _Case, documents: Sequence[BookedDocument]) -> bool:
    """Tell whether documents are what a payer wrote: each text but for one slip, and each document by a text.

    Where it wrote nothing like a number, the amount alone speaks.
    """
    named = case.named
    if not named.is_any:
        return True
    if any(document not in named.unsure for document in documents) and not named.unknown:
        return False
    meant = {document for document in documents if document in named.unsure}
    for written in named.unknown:
        near = {document for document in documents if _is_slip(written, document)}
        if not near:
            return False
        meant |= near
    is_placed = all(_has_one_of(named.unsure, documents, document) for document in named.unsure)
    return is_placed and meant == set(documents)


def _has_one_of(
    unsure: Sequence[BookedDocument], documents: Sequence[BookedDocument], document: BookedDocument
) -> bool:
    """Tell whether one of those that a written number may be of is among the documents."""
    same_place = [other for other in unsure if compact(other.number)[-10:] == compact(document.number)[-10:]]
    return any(other in documents for other in same_place)


def _is_slip(written: str, document: BookedDocument) -> bool:
    if written.startswith("RF"):
        reference = payment_reference(document.number)
        lengths = range(len(reference) - 1, len(reference) + 2)
        return any(is_near(written[:length], reference) for length in lengths)
    number = compact(document.number)
    return any(written == form or is_near(written, form) for form in (number, number[-10:]))
