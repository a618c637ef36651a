"""Random sequences of what customers, banks, gateways, workers and people do, against what the gateway has in the end.

The gateway of the tests is the model: it knows what it took, gave back and lost, and nothing of our books. Whatever
happened on the way, once all is quiet the two agree to the cent, nothing was charged twice, and all it made is ours.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from sqlmodel import Session, col, select

from api.collecting.runner import TenantWork, _attempted
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.disputes.store import raise_, settle
from billing.payments.events.store import number_look
from billing.payments.gateway import MovementState, OrderedMovement
from billing.payments.orders.claims import ClaimedCall, claim, record_outcome
from billing.payments.orders.recorded import GatewayWord, apply
from billing.payments.orders.state import PAID
from billing.payments.orders.store import RefundWanted, again, ask_refund, locked, withdraw
from billing.payments.tables import GatewayOrderRow
from billing.receivables.store import on_account
from billing.tables import PaymentRow, ReceivablesAccountRow
from quantities.errors import UsufructError
from tests.billing.payments.gateway_of_tests import Killed, Made
from tests.billing.payments.till import GROSS, OneTransaction, Till, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy

NOTHING = Decimal(0)
FAULTS = ("busy", "lost_before", "lost_after", "error", "error_after", "killed_before", "killed_after")
DECISIONS = ("done", "done", "processing", "insufficient funds", "stolen card")
_S = MovementState


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "a document to charge", opened, __name__) as (access, _), application_pool(access) as pool:
        yield pool


class Happenings:
    """A random sequence of what may happen, and what must be so after it."""

    def __init__(self, session: Session, seed: int) -> None:
        self.random, self.session = Random(seed), session
        self.till = Till(OneTransaction(session))
        self.gateway = self.till.gateway
        self.paid_otherwise = NOTHING
        self.stale: list[tuple[int, GatewayWord]] = []
        self.late: list[tuple[TenantWork, ClaimedCall]] = []
        self.told: list[str] = []
        self.disputes: list[int] = []
        self.gateway.faults = self.random.choices((*FAULTS, "", "", ""), k=self.random.randint(0, 3))
        self.gateway.decisions = self.random.choices(DECISIONS, k=self.random.randint(0, 3))

    @property
    def all(self) -> list[Callable[[], None]]:
        return [
            self.works, self.works, self.works, self.is_killed_after_its_claim, self.answers_late, self.hours_pass,
            self.days_pass, self.fails, self.decides, self.clicks, self.pays_in_page, self.settles, self.takes_back,
            self.decides_chargeback, self.refunds_by_hand, self.refunds, self.bank_pays, self.tells, self.tells,
            self.polls, self.looks_and_sleeps, self.wakes, self.person_again, self.person_withdraws, self.disputes_it, self.pays_ahead,
        ]  # fmt: skip

    def goes_on(self, steps: int) -> None:
        for _ in range(steps):
            step = self.random.choice(self.all)
            self.told.append(step.__name__)
            try:
                step()
            except (UsufructError, Killed) as refusal:
                self.told.append(type(refusal).__name__)
            self.nothing_is_charged_twice()

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
        pages = self.gateway.sessions()
        if pages:
            self.gateway.pays_in(pages[-1], self.random.choice(DECISIONS))

    def _payment(self, *, state: MovementState) -> Made | None:
        of_state = [one for one in self.gateway.payments() if one.state is state]
        return self.random.choice(of_state) if of_state else None

    def settles(self) -> None:
        if (payment := self._payment(state=_S.PROCESSING)) is not None:
            self.gateway.settles(payment, well=self.random.random() < 0.6)

    def takes_back(self) -> None:
        if (payment := self._payment(state=_S.DONE)) is not None and payment.ours > 0:
            self.gateway.takes_back(payment, self._part(payment.ours))

    def _part(self, whole: Decimal) -> Decimal:
        return self.random.choice([whole, (whole / 2).quantize(Decimal("0.01")) or whole, Decimal("0.01")])

    def decides_chargeback(self) -> None:
        if (payment := self._payment(state=_S.DONE)) is not None:
            self.gateway.decides(payment, won=self.random.random() < 0.5)

    def refunds_by_hand(self) -> None:
        if (payment := self._payment(state=_S.DONE)) is not None and payment.ours > 0:
            self.gateway.refunds_by_hand(payment, self._part(payment.ours))

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
            self.paid_otherwise += amount

    def pays_ahead(self) -> None:
        """A customer sends money for nothing that is named: it is on account."""
        self.till.pays_otherwise(amount := self._part(GROSS), f"ahead {len(self.told)}", to_document=False)
        self.paid_otherwise += amount

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
            movement = self.gateway._movement(self.gateway.made[row.payment_external])
            self.stale.append((row.id, GatewayWord("tests", look, movement)))

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
                return
            first, after = date(2026, 1, 1), date(2026, 2, 1)
            raised = raise_(session, "C-1", "fee", first, after, reason="r", by=by, at=self.till.now, accepted=True)
            self.disputes.append(raised.id)

    # what must be so

    def nothing_is_charged_twice(self) -> None:
        """But for what a bank took back, so that it was charged again, and then gave back after all."""
        kept = [one for one in self.gateway.payments() if not one.chargebacks]
        taken = sum((one.amount - one.refunded for one in kept if one.state in {_S.DONE, _S.PROCESSING}), NOTHING)
        refunded = sum((one.refunded for one in self.gateway.payments()), NOTHING)
        assert taken <= GROSS + refunded, self.told
        for row in self.till.rows():
            of_order = [one for one in kept if one.call is not None and one.call.order == row.reference]
            assert sum(one.state in {_S.DONE, _S.PROCESSING} for one in of_order) <= 1, self.told
        assert self.gateway.misused == [], self.told

    def becomes_quiet(self) -> None:
        """Nothing fails any more, and time passes until nothing is left to be done."""
        self.gateway.faults, self.gateway.decisions = [], []
        for payment in self.gateway.payments():
            if payment.state is _S.PROCESSING:
                self.gateway.settles(payment, well=self.random.random() < 0.5)
        while self.stale:
            self.wakes()
        for _ in range(6):
            self.till.passes(days=8)
            self.till.polls()
            self.till.hears(*self.gateway.events[-1:])  # what was dropped, the poll finds
            self.till.collects()
            for payment in self.gateway.payments():
                if payment.state is _S.PROCESSING:
                    self.gateway.settles(payment, well=True)

    def repeats_all_that_it_told(self) -> None:
        """Under new names: each thing is looked at once more, and says what it said before."""
        before = self._recorded()
        again_and_again = [replace(event, id=f"{event.id} again", at=self.till.now) for event in self.gateway.events]
        if again_and_again:
            self.till.hears(*again_and_again)
            self.till.collects()
        assert self._recorded() == before, self.told

    def _recorded(self) -> tuple[list[tuple[str, Decimal]], list[str]]:
        paid = self.session.exec(select(PaymentRow).order_by(col(PaymentRow.id))).all()
        return [(one.reference, one.amount) for one in paid], self.till.states()

    def agree(self) -> None:
        rows = self.till.rows()
        references = {row.reference: row for row in rows}
        for made in self.gateway.made.values():
            if made.call is not None:
                assert made.call.order in references, self.told
                assert made.call.attempt <= references[made.call.order].attempts
        assert {row.state for row in rows} <= {"due", "done", "refused", "expired", "withdrawn", "charged_back"}, (
            self.told, [(row.id, row.movement, row.state, row.held) for row in rows],
        )  # fmt: skip
        theirs = sum((one.ours for one in self.gateway.payments()), NOTHING)
        paid = self.session.exec(select(PaymentRow)).all()
        ours = sum((one.amount for one in paid if one.reference.startswith("tests ")), NOTHING)
        assert ours == theirs, (self.told, [(one.reference, one.amount) for one in paid])
        stands = self.till.stands()
        account = self.session.exec(select(ReceivablesAccountRow.id)).first()
        loose = NOTHING if account is None else on_account(self.session, account)
        assert stands.paid + loose == theirs + self.paid_otherwise, self.told
        assert stands.open == GROSS - stands.paid
        assert stands.open >= 0


def lives(database: Database, seed: int) -> None:
    with database.transaction(1) as session:
        happenings = Happenings(session, seed)
        happenings.goes_on(happenings.random.randint(4, 24))
        happenings.becomes_quiet()
        happenings.agree()
        happenings.repeats_all_that_it_told()
        session.rollback()


SHORT, LONG = 24, 10_000


def test_books_and_gateway_agree_whatever_happens(database: Database) -> None:
    for seed in range(int(os.environ.get("USUFRUCT_TEST_SEQUENCES", SHORT))):
        lives(database, seed)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_sequences(database: Database, part: int) -> None:
    for seed in range(part * LONG // 10, (part + 1) * LONG // 10):
        lives(database, seed)
