"""Random sequences of what customers, banks, gateways, workers and people do, held against a model after each step.

The model (collecting_model.py) is told what the gateway's own pages show and what came by bank, and shares no code with
the product. The sequences run over a gateway in memory, and fewer of them over the Stripe of the tests by the real
client.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, select

from api.collecting.events import handle_events
from api.collecting.runner import TenantWork, _attempted
from api.demo.stripe_server.server import StripeServer, stripe_server
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.disputes.store import raise_, settle
from billing.payments.events.store import number_look
from billing.payments.gateway import OrderedMovement
from billing.payments.orders.asked.store import RefundWanted, again, ask_refund, withdraw
from billing.payments.orders.claims import ClaimedCall, claim, record_outcome
from billing.payments.orders.recorded import GatewayWord, apply
from billing.payments.orders.state import PAID
from billing.payments.orders.store import locked
from billing.payments.tables import GatewayOrderRow
from billing.receivables.store import on_account
from billing.tables import ReceivablesAccountRow
from quantities.errors import UsufructError
from tests.billing.payments.books_read import Bookkeeper
from tests.billing.payments.collecting_model import CollectingModel, OnTheBooks, Shown
from tests.billing.payments.gateway_of_tests import FORGETS_KEYS_AFTER, Killed
from tests.billing.payments.gateway_shown import GatewayShown
from tests.billing.payments.stripe_of_tests import StripeOfTests
from tests.billing.payments.till import GROSS, OneTransaction, Till, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy

NOTHING = Decimal(0)
FEE = Decimal("119.00")  # of the document, with its tax
FAULTS = ("busy", "lost_before", "lost_after", "error", "error_after", "killed_before", "killed_after")
#: A gateway may forget a key after a day, and need not: its 500 is said again for as long as it knows it.
KEYS = (FORGETS_KEYS_AFTER, timedelta(days=3650))
_ROUNDS = 12
DECISIONS = ("done", "done", "processing", "insufficient funds", "stolen card")


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "a document to charge", opened, __name__) as (access, _), application_pool(access) as pool:
        yield pool


class Happenings:
    """A random sequence of what may happen, and what must be so after it."""

    def __init__(self, session: Session, seed: int, server: StripeServer | None = None) -> None:
        self.random, self.session = Random(seed), session
        self.random_of_gateway = Random(f"gateway {seed}")
        self.till = Till(OneTransaction(session))
        self.gateway = self.till.gateway = self._gateway(server)
        self.books = Bookkeeper(session)
        self.model = CollectingModel(GROSS)
        self.stale: list[tuple[int, GatewayWord]] = []
        self.late: list[tuple[TenantWork, ClaimedCall]] = []
        self.told: list[str] = []
        self.disputes: list[int] = []
        self.gateway.faults = self.random.choices((*FAULTS, "", "", ""), k=self.random.randint(0, 3))
        self.gateway.decisions = self.random.choices(DECISIONS, k=self.random.randint(0, 3))

    def _gateway(self, server: StripeServer | None) -> Any:
        """Of whichever kind; the till's clock is its clock."""
        if server is None:
            return GatewayShown(lambda: self.till.now, forgets_keys_after=self.random_of_gateway.choice(KEYS))
        return StripeOfTests(server, lambda: self.till.now)

    @property
    def all(self) -> list[Callable[[], None]]:
        return [
            self.works, self.works, self.works, self.is_killed_after_its_claim, self.answers_late, self.hours_pass,
            self.days_pass, self.fails, self.decides, self.clicks, self.pays_in_page, self.settles, self.takes_back,
            self.decides_chargeback, self.refunds_by_hand, self.refunds, self.bank_pays, self.tells, self.tells,
            self.polls, self.looks_and_sleeps, self.wakes, self.person_again, self.person_withdraws, self.disputes_it, self.pays_ahead,
            self.refund_comes_back,
        ]  # fmt: skip

    @property
    def elsewhere(self) -> list[Callable[[], None]]:
        """What happens at the gateway alone, or to the clock: on the books nothing has changed by it."""
        return [
            self.hours_pass, self.days_pass, self.fails, self.decides, self.pays_in_page, self.settles, self.takes_back,
            self.decides_chargeback, self.refunds_by_hand, self.refund_comes_back, self.looks_and_sleeps,
        ]  # fmt: skip

    def goes_on(self, steps: int, among: tuple[str, ...] = ()) -> None:
        """So many steps; of all that may happen, or among some, as often as each is named."""
        choices = [getattr(self, name) for name in among] or self.all
        for _ in range(steps):
            step = self.random.choice(choices)
            self.told.append(step.__name__)
            try:
                step()
            except (UsufructError, Killed) as refusal:
                self.told.append(type(refusal).__name__)
            if step in self.elsewhere:
                self.model.sees(self.gateway.shown())
            else:
                self.is_as_the_model_says()

    # what happens

    def works(self) -> None:
        self.till.collects()

    def is_killed_after_its_claim(self) -> None:
        with self.till.database.transaction(1) as session:
            claimed = claim(session, self.till.now, self.till.work.setup)
        if isinstance(claimed, ClaimedCall):
            self.late.append((self.till.work, claimed))

    def answers_late(self) -> None:
        """A worker that was stopped between its claim and its call wakes up, and goes on as if nothing were."""
        if self.late:
            work, claimed = self.late.pop(self.random.randrange(len(self.late)))
            outcome = _attempted(work, claimed)
            with self.till.database.transaction(1) as session:
                record_outcome(session, claimed, outcome, work.setup, now=self.till.now)

    def hours_pass(self) -> None:
        self.till.passes(minutes=self.random.choice([1, 5, 16, 60, 300]))

    def days_pass(self) -> None:
        self.till.passes(days=self.random.choice([1, 2, 8]))

    def fails(self) -> None:
        self.gateway.faults.append(self.random.choice(FAULTS))

    def decides(self) -> None:
        self.gateway.decisions.append(self.random.choice(DECISIONS))

    def clicks(self) -> None:
        self.till.clicks()
        self.till.collects()

    def pays_in_page(self) -> None:
        if pages := self.gateway.open_pages():
            self.gateway.paid_in(pages[-1], self.random.choice(DECISIONS))

    def _payment(self, stage: str) -> Shown | None:
        of_stage = [one for one in self.gateway.shown() if one.stage == stage]
        return self.random.choice(of_stage) if of_stage else None

    def settles(self) -> None:
        if (payment := self._payment("under way")) is not None:
            self.gateway.settled(payment.id, well=self.random.random() < 0.6)

    def takes_back(self) -> None:
        if (payment := self._payment("paid")) is not None and payment.ours > 0:
            self.gateway.taken_back(payment.id, self._part(payment.ours))

    def _part(self, whole: Decimal) -> Decimal:
        return self.random.choice([whole, (whole / 2).quantize(Decimal("0.01")) or whole, Decimal("0.01")])

    def decides_chargeback(self) -> None:
        if (payment := self._payment("paid")) is not None:
            self.gateway.decided(payment.id, won=self.random.random() < 0.5)

    def refunds_by_hand(self) -> None:
        if (payment := self._payment("paid")) is not None and payment.ours > 0:
            self.gateway.refunded_by_hand(payment.id, self._part(payment.ours))

    def refund_comes_back(self) -> None:
        self.gateway.refund_comes_back()

    def refunds(self) -> None:
        paid = [row for row in self.till.rows() if row.state in PAID and row.movement != OrderedMovement.REFUND]
        if paid:
            with self.till.database.transaction(1) as session:
                amount, by = self._part(GROSS), "anna"
                order = self.random.choice(paid)
                if self.random.random() < 0.5:
                    ask_refund(session, RefundWanted(order.id, amount, None, "goodwill"), by=by, at=self.till.now)
                    return
                # asked for while it was on account, which it is no more as it is made
                session.add(
                    GatewayOrderRow(
                        movement="refund",
                        account=order.account,
                        issuer_id=order.issuer_id,
                        party_id=order.party_id,
                        currency="EUR",
                        asked=amount,
                        of_id=order.id,
                        method_id=order.method_id,
                        next_at=self.till.now,
                        asked_by=by,
                        asked_at=self.till.now,
                    )
                )

    def bank_pays(self) -> None:
        stands = self.till.stands()
        if stands.open > 0:
            amount = self._part(stands.open)
            self.till.pays_otherwise(amount, f"bank {len(self.told)}")
            self.model.by_bank += amount
            self.model.to_document += amount

    def pays_ahead(self) -> None:
        """A customer sends money for nothing that is named: it is on account."""
        self.till.pays_otherwise(amount := self._part(GROSS), f"ahead {len(self.told)}", to_document=False)
        self.model.by_bank += amount

    def tells(self) -> None:
        """Some events come, some twice, in any order, and some never."""
        events = self.random.choices(self.gateway.events, k=3) if self.gateway.events else []
        if events:
            self.till.hears(*events)

    def polls(self) -> None:
        self.till.polls()

    def looks_and_sleeps(self) -> None:
        """Somebody reads a payment, and is slow to record what it read."""
        rows = [row for row in self.till.rows() if row.payment_external and row.movement != OrderedMovement.REFUND]
        if rows:
            row = self.random.choice(rows)
            with self.till.database.transaction(1) as session:
                look = number_look(session, row.id)
            movement = self.gateway.stands(row.payment_external)
            self.stale.append((row.id, GatewayWord(self.gateway.name, look, movement)))

    def wakes(self) -> None:
        if self.stale:
            key, word = self.stale.pop(self.random.randrange(len(self.stale)))
            with self.till.database.transaction(1) as session:
                apply(session, locked(session, key), word, self.till.now)

    def person_again(self) -> None:
        with self.till.database.transaction(1) as session:
            key = self.random.choice(self.till.rows()).id
            again(session, key, reason="try", by=acts(session, "anna"), at=self.till.now)

    def person_withdraws(self) -> None:
        with self.till.database.transaction(1) as session:
            key = self.random.choice(self.till.rows()).id
            withdraw(session, key, reason="no", by=acts(session, "anna"), at=self.till.now)

    def disputes_it(self) -> None:
        with self.till.database.transaction(1) as session:
            by = acts(session, "anna")
            if self.disputes:
                settle(session, self.disputes.pop(), due=True, by=by, at=self.till.now)
                self.model.disputed = NOTHING
                return
            first, after = date(2026, 1, 1), date(2026, 2, 1)
            raised = raise_(session, "C-1", "fee", first, after, reason="r", by=by, at=self.till.now, accepted=True)
            self.disputes.append(raised.id)
            self.model.disputed = FEE

    # what must be so

    def is_as_the_model_says(self) -> None:
        self.model.sees(self.gateway.shown())
        self.is_right(list(self.model.wrong_now(self._books())))
        self.is_right([f"{key} came again with another question" for key in self.gateway.misused])

    def is_right(self, wrong: list[str]) -> None:
        """Raise what is wrong with all that happened before it; pytest would shorten both."""
        if wrong:
            raise AssertionError(f"{wrong} after {self.told}, {self.books.books().orders}")

    def _books(self) -> OnTheBooks:
        books = self.books.books()
        by_payment: dict[str, Decimal] = {}
        given_back = NOTHING
        for reference, amount in books.payments:
            gateway, _, rest = reference.partition(" ")
            name = rest.partition(" ")[0]
            if gateway == self.gateway.name and name.startswith("re_"):
                given_back += amount
            elif gateway == self.gateway.name:
                by_payment[name] = by_payment.get(name, NOTHING) + amount
        return OnTheBooks(
            by_payment=by_payment,
            given_back=given_back,
            paid=books.paid,
            open=books.open,
            on_account=books.on_account,
            states={order.reference: (order.movement, order.state) for order in books.orders},
            attempts={order.reference: order.attempts for order in books.orders},
            to_give_back=[Decimal(one.amount) for one in books.orders if one.movement == "refund" and one.amount],
        )

    def becomes_quiet(self) -> None:
        """Nothing fails any more, and time passes until nothing is left to be done: a pause of eight days is enough."""
        self.gateway.faults, self.gateway.decisions = [], []
        self._settles_all(lambda: self.random.random() < 0.5)
        for _ in range(len(self.stale) - self.random_of_gateway.randint(0, len(self.stale))):
            self.wakes()
        for _ in range(_ROUNDS):
            before = self._happened()
            self.till.passes(days=8)
            self.till.polls()
            handle_events(self.till.work)  # nobody tells anything any more: what was dropped, the poll finds
            self.till.collects()
            self._settles_all(lambda: True)
            if self._happened() == before:
                return
        raise AssertionError(f"no end of it: {self.told}")

    def _happened(self) -> object:
        """All that changes as something is done, here or at the gateway; that an order is looked at is nothing done."""
        return self.books.books(), len(self.gateway.events)

    def _settles_all(self, is_well: Callable[[], bool]) -> None:
        for payment in self.gateway.shown():
            if payment.stage == "under way":
                self.gateway.settled(payment.id, well=is_well())

    def repeats_all_that_it_told(self) -> None:
        """Who looked long ago records it at last, and each thing is told of under a new name: nothing changes by it."""
        before = self._recorded()
        while self.stale:
            self.wakes()
        assert self._recorded() == before, self.told
        again_and_again = [replace(event, id=f"{event.id} again", at=self.till.now) for event in self.gateway.events]
        if again_and_again:
            self.till.hears(*again_and_again)
            self.till.collects()
        assert self._recorded() == before, self.told

    def _recorded(self) -> object:
        books = self.books.books()
        return books.payments, [order.state for order in books.orders]

    def agree(self) -> None:
        self.model.sees(self.gateway.shown())
        self.is_right(list(self.model.wrong_at_last(self._books())))
        orders = self.books.books().orders
        begun = {order.reference: order.attempts for order in orders}
        assert all(attempt <= begun[order] for order, attempt in self.gateway.made_of()), self.told
        under_way = {"sending", "unknown", "waits", "processing"}
        assert not [order for order in orders if order.state in under_way], self.told
        self.product_says_the_same()

    def product_says_the_same(self) -> None:
        """By its own functions; and the bookkeeper missed no change."""
        books, stands = self.books.books(), self.till.stands()
        assert books == self.books.read(), self.told
        assert (books.paid, books.open) == (stands.paid, stands.open), self.told
        account = self.session.exec(select(ReceivablesAccountRow.id)).first()
        assert books.on_account == (NOTHING if account is None else on_account(self.session, account)), self.told


def lives(database: Database, seed: int, server: StripeServer | None = None) -> None:
    with database.transaction(1) as session:
        happenings = Happenings(session, seed, server)
        happenings.goes_on(happenings.random.randint(4, 24))
        happenings.becomes_quiet()
        happenings.agree()
        happenings.repeats_all_that_it_told()
        session.rollback()


def see_that_they_agree(database: Database, seeds: Iterable[int], server: StripeServer | None = None) -> None:
    """All of them are tried, so that one that fails hides no other."""
    failed = {}
    for seed in seeds:
        try:
            lives(database, seed, server)
        except Exception as fault:  # noqa: BLE001 whatever a sequence runs into is its outcome
            failed[seed] = repr(fault)
            print(f"sequence {seed}: {fault!r}", flush=True)
    assert failed == {}


SHORT, LONG = 16, 10_000
SHORT_OVER_STRIPE, LONG_OVER_STRIPE = 4, 500


def asked_for(short: int) -> range:
    first, _, many = os.environ.get("USUFRUCT_TEST_SEQUENCES", f"0+{short}").rpartition("+")
    return range(int(first or 0), int(first or 0) + int(many))


def test_books_and_gateway_agree_whatever_happens(database: Database) -> None:
    see_that_they_agree(database, asked_for(SHORT))


def test_books_and_stripe_agree_whatever_happens(database: Database) -> None:
    with stripe_server() as server:
        see_that_they_agree(database, asked_for(SHORT_OVER_STRIPE), server)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_sequences(database: Database, part: int) -> None:
    see_that_they_agree(database, range(part * LONG // 10, (part + 1) * LONG // 10))


@pytest.mark.long
def test_five_hundred_sequences_over_stripe(database: Database) -> None:
    with stripe_server() as server:
        see_that_they_agree(database, range(LONG_OVER_STRIPE), server)
