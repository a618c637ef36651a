"""Fees and chargebacks are borne as the contract says; in the owner's name it is paid what is sold, less commission."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.server.database import SYSTEM, Access, act
from api.server.embedded import EmbeddedServer
from billing.payouts.store import accounts_of
from billing.payouts.tables import PayoutAccountRow
from tests.billing.payees import test_owners_names as owners
from tests.billing.payouts.paying import GROSS, NUMBER, PART, PayoutScene, billed, paid_out, paying
from tests.billing.scene import Scene
from tests.conftest import application_pool, world_copy


@pytest.fixture
def here(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
    contract = request.param

    def build(access: Access) -> None:
        billed(access, contract)

    copied = world_copy(server, f"payees that bear: {contract}", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
        yield made.has_money()


def agreed(contract: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("here", [contract], indirect=True, ids=[""])


def collected_by_card(here: PayoutScene, payment: int, fee: str) -> int:
    """The document was paid by a card: the order of it, with what the gateway kept; its number."""
    with here.database.transaction(1) as session:
        act(session, SYSTEM)
        order: int = session.execute(
            text("""insert into gateway_order (movement, account, issuer_id, party_id, currency, amount, fee, invoice_id,
                        payment_id, state, attempts, began_at, asked_at)
                    select 'session', 'tests-nordluft', issuer_id, customer_id, currency, gross, cast(:fee as numeric), id,
                           :payment, 'done', 1, :now, :now
                    from invoice where number = :number returning id"""),
            {"fee": fee, "payment": payment, "now": here.now, "number": NUMBER},
        ).scalar_one()
        return order


def charged_back(here: PayoutScene, order: int, payment: int, left: Decimal = Decimal(0)) -> None:
    """As billing/payments/orders/recorded.py books it: the payment is reversed, what is left of it is a new one."""
    here.reverses(payment, f"chargeback of {payment}")
    counts = here.pays(left, f"less {payment}") if left else None
    with here.database.transaction(1) as session:
        act(session, SYSTEM)
        session.execute(
            text("update gateway_order set state = 'charged_back', payment_id = :counts where id = :order"),
            {"counts": counts, "order": order},
        )
        session.execute(
            text("""insert into gateway_order_event (order_id, attempt, kind, at, key, external, detail)
                    values (:order, 1, 'charged_back', :now, '', '', '')"""),
            {"order": order, "now": here.now},
        )


class TestFees:
    @agreed(paid_out("by: gateway, bears: [fees]"))
    def test_are_taken_off_in_the_payees_share_of_the_document(self, here: PayoutScene) -> None:
        here.onboards()
        collected_by_card(here, here.pays(), "3.00")
        here.passes(days=1).pays_out()
        (payout,) = here.payouts()
        assert [(line.kind.value, line.amount) for line in payout.lines] == [
            ("document", PART),
            ("fee", Decimal("-2.70")),  # of 119.00 it has 107.10
        ]
        assert here.transferred() == [10440]
        here.passes(days=1).pays_out()
        here.adds_up()

    @agreed(paid_out("by: gateway"))
    def test_are_the_suppliers_unless_the_contract_says_otherwise(self, here: PayoutScene) -> None:
        here.onboards()
        collected_by_card(here, here.pays(), "3.00")
        here.passes(days=1).pays_out()
        assert here.transferred() == [10710]


class TestChargebacks:
    @agreed(paid_out("by: gateway"))
    def test_take_back_the_payees_share_and_winning_gives_it_back(self, here: PayoutScene) -> None:
        here.onboards()
        order = collected_by_card(here, payment := here.pays(), "0")
        here.passes(days=1).pays_out()
        charged_back(here, order, payment)
        here.passes(days=1).pays_out()
        assert here.balance().payable == -PART
        here.pays(GROSS, "won")
        here.passes(days=1).pays_out()
        assert here.transferred() == [10710]
        here.adds_up()

    @agreed(paid_out("by: gateway, bears: []"))
    def test_are_the_suppliers_where_the_payee_does_not_bear_them(self, here: PayoutScene) -> None:
        here.onboards()
        order = collected_by_card(here, payment := here.pays(), "0")
        here.passes(days=1).pays_out()
        charged_back(here, order, payment, Decimal("19.00"))
        here.passes(days=1).pays_out()
        assert here.balance().payable == 0
        here.pays(Decimal("100.00"), "paid after all")
        here.passes(days=1).pays_out()
        assert (here.transferred(), here.balance().payable) == ([10710], Decimal(0))

    @agreed(paid_out("by: gateway, bears: []"))
    def test_but_a_payment_that_is_reversed_otherwise_is_not_paid(self, here: PayoutScene) -> None:
        here.onboards()
        payment = here.pays()
        here.passes(days=1).pays_out()
        here.reverses(payment)
        here.passes(days=1)
        assert here.balance().payable == -PART


class TestACashDiscount:
    @agreed(
        paid_out("by: gateway", more="settings: {least_coverage: '0', cash_discount: [{days: '10', percent: '2'}]}")
    )
    def test_is_the_suppliers_in_its_own_name(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays(Decimal("116.62"), discount=Decimal("2.38"))
        here.passes(days=1).pays_out()
        assert here.transferred() == [10710]


def in_owners_names(payouts: str) -> str:
    contract = owners.terms()
    return contract.replace("{name: Alpha, country: DE,", f"{{name: Alpha, country: DE, payouts: {{{payouts}}},")


def pays_owner(here: PayoutScene, amount: Decimal) -> None:
    from billing.receivables.allocating import AllocatedAmount
    from billing.receivables.store import NewPayment, record_payment
    from tests.build import acts

    with here.database.transaction(1) as session:
        to = (AllocatedAmount("ALPHA-2026-000001", amount),)
        new = NewPayment("Blechwerke", "Alpha", "EUR", amount, date(2026, 2, 2), f"bank {amount}", allocations=to)
        record_payment(session, new, by=acts(session, "anna"), at=here.now)


class TestInTheOwnersName:
    @pytest.fixture
    def owned(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
        """100 kWh of the press are Alpha's sale, of which 10 % are Nordluft's commission; both with VAT."""

        def build(access: Access) -> None:
            with application_pool(access) as database:
                scene = Scene(access, database).declared(in_owners_names("by: gateway"))
                scene.as_superuser("update tenant set four_eyes_off = '{}' where id = 1")
                scene.delivers("2026-01-05 10 100")
                scene.bills("2026-02-01")
                scene.as_superuser("update payout_account set next_at = '2026-02-01 06:00Z'")

        copied = world_copy(server, "an owner that is paid", build, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
            yield made.has_money()

    def test_it_is_paid_its_sale_less_the_commission_in_the_share_that_is_paid(self, owned: PayoutScene) -> None:
        owned.onboards("Alpha")
        pays_owner(owned, Decimal("50.00"))
        owned.passes(days=1).pays_out()
        (payout,) = owned.payouts()
        assert [(line.kind.value, line.number, line.amount) for line in payout.lines] == [
            ("document", "COM-2026-000001", Decimal("-5.00")),
            ("sale", "ALPHA-2026-000001", Decimal("50.00")),
        ]
        assert payout.supplier == "Nordluft"
        pays_owner(owned, Decimal("69.00"))
        owned.passes(days=1).pays_out()
        assert owned.transferred() == [4500, 6210]
        assert owned.balance("Alpha").earned == Decimal("107.10")

    def test_who_is_not_paid_by_the_contract_has_no_account(self, owned: PayoutScene) -> None:
        with owned.database.transaction(1) as session:
            act(session, SYSTEM)
            known: list[PayoutAccountRow] = list(accounts_of(session))
            assert len(known) == 1  # Beta is in the contract, and says nothing of payouts


class TestWithheldTax:
    """119.00, of which the customer withholds 10.00: with 109.00 the document is paid, and so is the payee's part."""

    @agreed(
        paid_out("by: gateway").replace(
            "charges:", "tax: {withholding: [{percent: '10', law: Law, first: 2026-01-01}]}\ncharges:"
        )
    )
    def test_keeps_nothing_from_the_payee(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays(Decimal("54.50"))
        here.passes(days=1).pays_out()
        assert here.transferred() == [5355]
        here.pays(Decimal("54.50"), "bank 2")
        here.passes(days=1).pays_out()
        assert here.transferred() == [5355, 5355]
