"""A payee is paid by our bank: a payment to make, asked for once, followed until it is booked or comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.paying_out.by_bank import pay_out_by_bank
from api.paying_out.everyone import make_payouts
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.bank.mandates.tables import MandateVersionRow  # noqa: F401 an order refers to it
from billing.bank.orders.payment_to_make import BankOrderState, PaymentMade, PaymentToMake
from billing.bank.orders.store import OrderActor, SessionPayments
from billing.payouts.by_bank.store import PaidOutAhead, record_failed, record_paid
from billing.payouts.state import PayoutNotSo
from contracts.party_profile import PartyBank, PartyProfile
from contracts.party_profiles.store import prepare
from tests.billing.payouts.paying import GROSS, PART, PayoutScene, billed, paid_out, paying
from tests.build import acts
from tests.conftest import application_pool, world_copy

IBAN = "DE89370400440532013000"


@pytest.fixture
def here(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
    def build(access: Access) -> None:
        billed(access, paid_out("by: bank"))

    copied = world_copy(server, "a payee that our bank pays", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
        made.pays()
        yield made.passes(days=1)


@dataclass
class BankOfTests:
    """Our bank's next file: what is asked for, once under each key, and what became of it."""

    asked: dict[str, PaymentToMake] = field(default_factory=dict)
    became: dict[str, PaymentMade] = field(default_factory=dict)

    def __call__(self, session: Session) -> "BankOfTests":
        return self

    def ask(self, payment: PaymentToMake) -> int:
        self.asked.setdefault(payment.key, payment)
        number = list(self.asked).index(payment.key) + 1
        self.became.setdefault(payment.key, PaymentMade(number, BankOrderState.DUE, "", None))
        return number

    def made(self, key: str) -> PaymentMade | None:
        return self.became.get(key)

    def came_back(self) -> list[str]:
        failed = {BankOrderState.RETURNED, BankOrderState.REFUSED}
        return [key for key, made in self.became.items() if made.state in failed]

    def withdraw(self, key: str, reason: str) -> None:
        del self.became[key]

    def does(self, key: str, state: BankOrderState, **more: Any) -> None:
        self.became[key] = replace(self.became[key], state=state, **more)


def has_told_its_account(here: PayoutScene) -> None:
    bank = PartyBank(account=IBAN, bic="COBADEFFXXX", holder="Factory GmbH")
    profile = PartyProfile(party="factory", in_force_from=date(2026, 1, 1), city="Köln", banks=(bank,))
    with here.database.transaction(1) as session:
        prepare(session, profile, by=acts(session, "anna"), at=here.now)


def test_it_is_asked_for_once_and_paid_as_the_bank_books_it(here: PayoutScene) -> None:
    bank = BankOfTests()
    has_told_its_account(here)
    here.makes()
    assert here.in_short() == [f"payout {PART} due"]
    for _ in range(2):
        pay_out_by_bank(here.work, bank)
    (payment,) = bank.asked.values()
    assert (payment.key, payment.amount, payment.currency, payment.supplier) == ("payout 1", PART, "EUR", "Nordluft")
    assert (payment.account.number, payment.account.holder, payment.address.town) == (IBAN, "Factory GmbH", "Köln")
    assert here.in_short() == [f"payout {PART} ordered"]
    bank.does("payout 1", BankOrderState.DONE, booked_on=date(2026, 2, 4))
    here.passes(days=1)
    pay_out_by_bank(here.work, bank)
    (payout,) = here.payouts()
    assert (payout.state, payout.paid_on) == ("paid", date(2026, 2, 4))
    assert here.balance().payable == 0


def test_what_comes_back_is_owed_again_and_the_next_payout_has_it(here: PayoutScene) -> None:
    bank = BankOfTests()
    has_told_its_account(here)
    here.makes()
    pay_out_by_bank(here.work, bank)
    bank.does("payout 1", BankOrderState.REFUSED, held="AC04 the account is closed")
    pay_out_by_bank(here.work, bank)
    (payout,) = here.payouts()
    assert (payout.state, payout.events[-1].detail) == ("failed", "AC04 the account is closed")
    here.passes(days=1).makes()
    assert here.in_short() == [f"payout {PART} failed", f"payout {PART} due"]


def test_without_an_account_it_is_held_until_one_is_told(here: PayoutScene) -> None:
    bank = BankOfTests()
    here.makes()
    pay_out_by_bank(here.work, bank)
    (payout,) = here.payouts()
    assert (payout.state, payout.held) == (
        "held",
        "nobody has told an account of factory for EUR: `usufruct party profile`",
    )
    has_told_its_account(here)
    pay_out_by_bank(here.work, bank)
    assert here.in_short() == [f"payout {PART} ordered"]


def test_what_is_owed_no_more_is_not_asked_for(here: PayoutScene) -> None:
    bank = BankOfTests()
    has_told_its_account(here)
    here.makes()
    here.reverses(1)
    pay_out_by_bank(here.work, bank)
    assert (here.in_short(), bank.asked) == ([f"payout {PART} withdrawn"], {})


class TestTheSchedulerSees:
    """Whatever the day: what a person has let go, and what the bank has said of an order, with nothing called by hand."""

    @staticmethod
    def is_due(here: PayoutScene) -> bool:
        rows = here.database.look_up("select tenant from payouts_due(%(now)s)", {"now": here.now})
        return [tenant for (tenant,) in rows] == [1]

    def works(self, here: PayoutScene) -> None:
        """A turn of the scheduler, if something is due; the bank is the one of our own books."""
        if self.is_due(here):
            make_payouts(here.work)
            pay_out_by_bank(here.work, lambda session: SessionPayments(session, OrderActor(None, here.now)))
        assert not self.is_due(here), "a turn leaves nothing"

    def moves(self, here: PayoutScene, state: str) -> None:
        """The bank's books say what became of the order: as its statement is read, of which other tests are."""
        with administering(here.access.administrator) as connection:  # type: ignore[union-attr]
            connection.execute(text("alter table bank_order disable trigger user"))
            connection.execute(text("alter table bank_order enable trigger look_at_the_payee_again"))
            connection.execute(text("select set_config('app.tenant', '1', false)"))
            connection.execute(text(f"update bank_order set state = '{state}'"))

    def test_what_comes_back_after_it_was_paid_is_owed_again(self, here: PayoutScene) -> None:
        has_told_its_account(here)
        self.works(here)
        assert here.in_short() == [f"payout {PART} ordered"]
        self.moves(here, "done")
        self.works(here)
        assert here.in_short() == [f"payout {PART} paid"]
        self.moves(here, "returned")
        self.works(here)
        assert here.in_short() == [f"payout {PART} failed"]
        here.passes(days=1)
        self.works(here)
        assert here.in_short() == [f"payout {PART} failed", f"payout {PART} ordered"]

    def test_what_a_person_makes_between_two_payout_days(self, here: PayoutScene) -> None:
        self.works(here)
        here.withdraws(1)
        here.passes(hours=1)
        has_told_its_account(here)
        assert not self.is_due(here)
        here.makes_now()
        self.works(here)
        assert here.in_short() == [f"payout {PART} withdrawn", f"payout {PART} ordered"]


class TestByHand:
    def records(self, here: PayoutScene, on: date) -> None:
        with here.database.transaction(1) as session:
            record_paid(session, 1, on, "2026-02-03/7", by=acts(session, "anna"), at=here.now)

    def test_a_person_says_that_it_was_paid_and_that_it_came_back(self, here: PayoutScene) -> None:
        here.makes()
        self.records(here, date(2026, 2, 3))
        assert (here.in_short(), here.balance().payable) == ([f"payout {PART} paid"], Decimal(0))
        with pytest.raises(PayoutNotSo):
            self.records(here, date(2026, 2, 3))
        with here.database.transaction(1) as session:
            record_failed(session, 1, "AC04", by=acts(session, "anna"), at=here.now)
        assert (here.in_short(), here.balance().payable) == ([f"payout {PART} failed"], PART)

    @pytest.mark.parametrize("days", [-1, 1])
    def test_not_before_it_was_made_and_not_ahead(self, here: PayoutScene, days: int) -> None:
        here.makes()
        with pytest.raises(PaidOutAhead):
            self.records(here, here.now.date() + timedelta(days=days))


def test_a_reversal_is_set_off_against_what_the_customer_pays_next(here: PayoutScene) -> None:
    here.makes()
    with here.database.transaction(1) as session:
        record_paid(session, 1, here.now.date(), "1", by=acts(session, "anna"), at=here.now)
    here.reverses(1)
    here.passes(days=1).makes()
    here.pays(GROSS - Decimal("19.00"), "bank 2")
    here.passes(days=1).makes()
    assert here.balance().payable == -PART + Decimal("90.00")
    here.pays(Decimal("19.00"), "bank 3")
    here.passes(days=1).makes()
    assert (here.in_short(), here.balance().payable) == ([f"payout {PART} paid"], Decimal(0))
