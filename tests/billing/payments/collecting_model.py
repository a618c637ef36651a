"""What must be so of money that a gateway collects, by docs/collecting.md alone: no code of the product is used here.

It is told what the gateway's own pages show, as a person would read them there, and what came by bank. From that it says
what may stand on the books at any instant, and what must once all is quiet. What is on the books lags behind the
gateway; it is never anything that was not so there at some time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Shown:
    """A payment as the gateway's pages show it.

    Attributes:
        id: the gateway's.
        order: our reference with it; empty of none of ours.
        attempt: of it.
        amount: asked for.
        stage: ``under way``, ``paid`` or ``failed``.
        by_hand: given back in the gateway's own pages.
        by_order: given back by orders of ours, each.
        taken: taken back by the customer's bank by now.
        was_contested: whether a bank ever took of it.
    """

    id: str
    order: str
    attempt: int
    amount: Decimal
    stage: str
    by_hand: Decimal = NOTHING
    by_order: tuple[Decimal, ...] = ()
    taken: Decimal = NOTHING
    was_contested: bool = False

    @property
    def ours(self) -> Decimal:
        return (
            self.amount - self.by_hand - sum(self.by_order, NOTHING) - self.taken if self.stage == "paid" else NOTHING
        )

    def may_stand(self) -> Iterator["MayStand"]:
        """As what it may be on the books: a refund of ours stands there by itself, or is less of what was paid."""
        if self.stage != "paid":
            yield MayStand()
            return
        for many in range(len(self.by_order) + 1):
            for some in combinations(self.by_order, many):
                yield MayStand(self.amount - self.by_hand - self.taken - sum(some, NOTHING), self.by_hand)


@dataclass(frozen=True)
class MayStand:
    """An amount on the books of a payment, less what is given back of it in the gateway's own pages.

    While an order of ours to give back is under way, nobody can tell whether that is it: then so much less may be off.
    """

    amount: Decimal = NOTHING
    by_hand: Decimal = NOTHING

    def is_so(self, amount: Decimal, of_orders: Iterable[Decimal]) -> bool:
        """Tell whether an amount may stand there, with what orders of ours ever were to give back, in sums of some."""
        return any(amount == max(NOTHING, self.amount + min(self.by_hand, given)) for given in of_orders)


@dataclass(frozen=True)
class OnTheBooks:
    """What the product says.

    Attributes:
        by_payment: the sum of what is recorded of each payment of the gateway, by its name of it.
        given_back: what is recorded of refunds, below zero.
        paid: of the document.
        open: of the document.
        on_account: of its customer.
        states: by our reference: of which movement the order is, and where it stands.
        attempts: by our reference: how many were begun.
        to_give_back: of each order to give something back: how much.
    """

    by_payment: Mapping[str, Decimal]
    given_back: Decimal
    paid: Decimal
    open: Decimal
    on_account: Decimal
    states: Mapping[str, tuple[str, str]]
    attempts: Mapping[str, int]
    to_give_back: Sequence[Decimal] = ()


def sums_of_some(amounts: Iterable[Decimal]) -> set[Decimal]:
    """Add up each choice among amounts, that of none included."""
    sums = {NOTHING}
    for amount in amounts:
        sums |= {one + amount for one in sums}
    return sums


@dataclass
class CollectingModel:
    """One document, whose money comes by a gateway, by bank, or both.

    Attributes:
        gross: of it.
        by_bank: what came by bank.
        to_document: of that, what was paid for the document.
        disputed: what of the document is in dispute.
        shown: by the gateway's name: each payment as its pages show it.
        stood: likewise: as what each may have stood on the books at some time.
        may_take: by order and attempt: the most that it may take, as of when it began.
    """

    gross: Decimal
    by_bank: Decimal = NOTHING
    to_document: Decimal = NOTHING
    disputed: Decimal = NOTHING
    shown: dict[str, Shown] = field(default_factory=dict)
    stood: dict[str, set[MayStand]] = field(default_factory=dict)
    may_take: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    def sees(self, shown: Iterable[Shown]) -> None:
        """Somebody looks at the gateway's pages."""
        for one in shown:
            self.shown[one.id] = one
            self.stood.setdefault(one.id, {MayStand()}).update(one.may_stand())

    # at any instant

    def wrong_now(self, books: OnTheBooks) -> Iterator[str]:
        """Say what of the books cannot be, at any instant."""
        self._sees_what_begins(books)
        if books.open != self.gross - books.paid or not 0 <= books.open <= self.gross:
            yield f"{books.paid} paid and {books.open} open of {self.gross}"
        recorded = sum(books.by_payment.values(), NOTHING) + books.given_back
        if books.paid + books.on_account != recorded + self.by_bank:
            yield f"{books.paid} paid and {books.on_account} on account, of {recorded} and {self.by_bank} by bank"
        sums = sums_of_some(books.to_give_back)
        for name, amount in books.by_payment.items():
            stood = self.stood.get(name, {MayStand()})
            if not any(one.is_so(amount, sums) for one in stood):
                yield f"{amount} of {name}, of which never more or less was ours than {stood}"
        yield from self._charged_twice()
        yield from self._taken_too_much()
        for one in self.shown.values():
            if one.order and one.order not in books.states:
                yield f"{one.id} is of {one.order}, of which we know nothing"

    def _charged_twice(self) -> Iterator[str]:
        """No order takes money twice, but for what a bank took back and then gave back after all."""
        kept = [one for one in self.shown.values() if one.order and not one.was_contested and one.stage != "failed"]
        for order in {one.order for one in kept}:
            if len(names := [one.id for one in kept if one.order == order]) > 1:
                yield f"{order} was charged by {names}"
        given = sum((one.by_hand + sum(one.by_order, NOTHING) for one in self.shown.values()), NOTHING)
        if sum((one.amount for one in kept), NOTHING) > self.gross + given:
            yield f"more than {self.gross} was charged: {[one.id for one in kept]}"

    def _sees_what_begins(self, books: OnTheBooks) -> None:
        """Note of what began since the last look what is neither paid by bank nor disputed."""
        for order, attempts in books.attempts.items():
            most = max(NOTHING, self.gross - self.to_document - self.disputed)
            for attempt in range(1, attempts + 1):
                self.may_take.setdefault((order, attempt), most)

    def _taken_too_much(self) -> Iterator[str]:
        for one in self.shown.values():
            most = self.may_take.get((one.order, one.attempt))
            if one.order and (most is None or one.amount > most):
                yield f"{one.id} of {one.amount} is of attempt {one.attempt} of {one.order}, which may take {most}"

    # once all is quiet

    def wrong_at_last(self, books: OnTheBooks) -> Iterator[str]:
        """Say what of the books is not as the gateway has it, once nothing is under way any more."""
        yield from self.wrong_now(books)
        theirs = sum((one.ours for one in self.shown.values()), NOTHING)
        recorded = sum(books.by_payment.values(), NOTHING) + books.given_back
        if recorded != theirs:
            yield f"{recorded} is on the books, and {theirs} is ours at the gateway"
        for reference, (movement, state) in books.states.items():
            if movement != "refund" and state not in (expected := self._states_of(reference)):
                yield f"order {reference} is {state}, and not {' or '.join(sorted(expected))}"

    def _states_of(self, order: str) -> Sequence[str]:
        """By the table of docs/collecting.md, where nothing is under way."""
        of_order = [one for one in self.shown.values() if one.order == order and one.stage == "paid"]
        if not of_order:
            return ("due", "refused", "expired", "withdrawn")
        if any(one.taken for one in of_order):
            return ("charged_back", "done") if len(of_order) > 1 else ("charged_back",)
        return ("done",)
