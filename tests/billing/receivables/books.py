"""Documents of two customers, some below zero, for tests of what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from api.server.database import Access, Database
from api.server.provision import administering
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import document
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, RecordedPayment, record_payment
from billing.receivables.write_offs import WriteOff, prepare_write_off, release_write_off
from contracts.release.store import releasing
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

TERMS = CONTRACT.replace(
    'settings: {least_coverage: "0"}',
    """settings:
  least_coverage: "0"
  payment_days: "30"
  cash_discount: [{days: "10", percent: "2"}, {days: "20", percent: "1"}]""",
)
OTHER = TERMS.replace("C-1", "C-2").replace("Blechwerke", "Gießerei")
#: Net amounts of further documents of the customer of C-1, by number; issued like the first one.
FURTHER = {"X-1": "100.00", "X-2": "33.33", "X-3": "-40.00", "X-4": "0.07", "X-5": "-200.00"}


def opened(access: Access, database: Database, terms: str = TERMS) -> Scene:
    """A document of C-1 and one of C-2, issued on 1 February 2026: 150.00 net each, 19 % VAT."""
    scene = Scene(access, database).declared(terms, OTHER)
    scene.delivers("2026-01-05 10 100")
    assert len(scene.bills("2026-02-01").invoices) == 2
    return scene


def further(access: Access, amounts: dict[str, str]) -> None:
    """Documents like the first one, of one line each; no trigger asks where they come from."""
    with administering(access.administrator) as connection:
        connection.execute(text("set session_replication_role = replica"))
        for place, (number, net) in enumerate(amounts.items(), start=1):
            connection.execute(
                text("""
                    insert into invoice (tenant, kind, contract_id, version_id, issuer_id, customer_id, first,
                                         after_last, year, sequence, number, issued_on, due_on, currency, net, vat,
                                         gross, watermark, inputs, created_at)
                    select tenant, 'correction', contract_id, version_id, issuer_id, customer_id, first, after_last,
                           2100, :place, :number, issued_on, due_on, currency, :net, round(:net * 0.19, 2),
                           :net + round(:net * 0.19, 2), watermark, inputs, created_at
                    from invoice where number = '2026-000001' and tenant = 1"""),
                {"place": place, "number": number, "net": Decimal(net)},
            )
            columns = connection.execute(
                text("""select string_agg(column_name, ', ' order by ordinal_position) from information_schema.columns
                        where table_name = 'invoice_line' and column_name not in ('tenant', 'invoice_id', 'net')""")
            ).scalar_one()
            connection.execute(
                text(f"""
                    insert into invoice_line (tenant, invoice_id, net, {columns})
                    select l.tenant, c.id, :net, {", ".join(f"l.{name.strip()}" for name in columns.split(","))}
                    from invoice_line l join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
                    join invoice c on c.tenant = l.tenant and c.number = :number
                    where i.number = '2026-000001' and l.pos = 1 and l.tenant = 1"""),
                {"number": number, "net": Decimal(net)},
            )


@dataclass
class Books:
    """A supplier's book-keeper at work, in one transaction, at one instant."""

    session: Session
    at: datetime

    def pays(
        self,
        amount: str,
        *to: tuple[str, ...],
        reference: str = "",
        received: str | None = None,
        customer: str = "Blechwerke",
        currency: str = "EUR",
        payer: str = "",
    ) -> RecordedPayment:
        """A payment of an amount to documents: ``(number, amount)``, or ``(number, amount, discount)``."""
        new = NewPayment(
            customer=customer,
            supplier=None,
            currency=currency,
            amount=Decimal(amount),
            received_on=date.fromisoformat(received) if received else self.at.date(),
            reference=reference or f"{amount} {to} {self.at}",
            payer=payer,
            allocations=tuple(AllocatedAmount(number, *map(Decimal, amounts)) for number, *amounts in to),
        )
        return record_payment(self.session, new, by=acts(self.session, "anna"), at=self.at)[0]

    def stands(self, number: str = "2026-000001") -> PaymentStanding:
        row = document(self.session, number)
        return standings_now(self.session, [row], self.at)[row.id]

    def writes_off(self, amount: str, number: str = "2026-000001", *, by: str = "anna") -> WriteOff:
        who = releasing(self.session, acts(self.session, by), self.at)
        return prepare_write_off(self.session, number, None, Decimal(amount), reason="insolvent", releasing=who)

    def releases(self, write_off: int, *, by: str = "bert") -> WriteOff:
        return release_write_off(self.session, write_off, releasing(self.session, acts(self.session, by), self.at))


@contextmanager
def books(database: Database, day: str = "2026-02-05", tenant: int = 1) -> Iterator[Books]:
    with database.transaction(tenant) as session:
        acts(session, "anna")
        yield Books(session, on(day))
