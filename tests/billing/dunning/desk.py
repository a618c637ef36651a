"""A dunning desk for tests: documents of two customers that are late, and who works on them; a line for each thing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from api.server.database import SYSTEM, Access, Database, act
from api.server.provision import administering
from billing.disputes.store import raise_, settle
from billing.dunning.pauses.store import NewPause, end_pause, pause
from billing.dunning.store import dun_next
from billing.dunning.tables import DunningRow, DunningStepRow
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import document
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, record_payment, reverse_payment
from billing.tables import DeliveryRow, DunningLetterRow, InvoiceRow
from contracts.indexation import store as indices
from contracts.indexation.series import Index
from contracts.release.store import releasing
from quantities.document import parse
from tests.billing.receivables.books import OTHER, further
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts
from tests.conftest import application_pool

#: 178.50 EUR each, issued on 1 February, due on 3 March; C-1 is dunned, C-2 is not.
NUMBER, NOT_DUNNED = "2026-000001", "2026-000002"
GROSS = Decimal("178.50")
STEPS = """invoicing:
  delivery: {way: mail, to: [invoices@blechwerke.example]}
  dunning:
    at_once_when_refused: true
    steps:
      - {after_days: "10", kind: reminder}
      - after_days: "20"
        kind: notice
        fee: "40.00"
        interest: {base: basiszins, above: "9"}
      - {after_days: "30", kind: stop, interest: {base: basiszins, above: "9"}}
"""
DUNNED = CONTRACT + STEPS
BASE_RATE = {
    "index": "basiszins",
    "kind": "price",
    "values": [{"month": "2026-01", "value": "1.27", "published": "2025-12-30"}],
}


def opened(access: Access, terms: str = DUNNED, *, more: dict[str, str] | None = None) -> None:
    """A document of C-1 that is dunned, one of C-2 that is not, and the base rate of the first half of 2026."""
    with application_pool(access) as database:
        with database.transaction(1) as session:
            publishes(session, BASE_RATE)
        scene = Scene(access, database).declared(terms, OTHER)
        scene.delivers("2026-01-05 10 100")
        assert len(scene.bills("2026-02-01").invoices) == 2
    if more:
        further(access, more)
        with application_pool(access) as database, database.transaction(1) as session:
            act(session, SYSTEM)
            for row in session.exec(select(InvoiceRow).where(col(InvoiceRow.number).in_(list(more)))):
                session.add(
                    DunningRow(
                        invoice_id=row.id,
                        issuer_id=row.issuer_id,
                        customer_id=row.customer_id,
                        currency=row.currency,
                        next_at=on("2026-03-03"),
                    )
                )


def publishes(session: Session, index: dict[str, Any], at: datetime | None = None) -> None:
    """A base rate is recorded by one, and released by another."""
    at = at or on("2025-12-31")
    parsed = parse(Index, index)
    indices.record(session, parsed, recorded_by=acts(session, "anna"), recorded_at=at)
    indices.release(session, parsed.index, releasing(session, acts(session, "bert"), at))


@dataclass
class Desk:
    """The database, and the instant at which everybody is."""

    database: Database
    access: Access
    now: datetime = field(default_factory=lambda: on("2026-03-03"))

    def at(self, day: str) -> "Desk":
        self.now = on(day)
        return self

    def passes(self, days: int) -> "Desk":
        self.now += timedelta(days=days)
        return self

    def duns(self, day: str | None = None) -> list[int]:
        """All that is due is looked at; the numbers of the letters that come of it."""
        if day is not None:
            self.at(day)
        letters = list[int]()
        for _ in range(100):
            with self.database.transaction(1) as session:
                act(session, SYSTEM)
                done = dun_next(session, self.now)
            if done is None:
                return letters
            letters += done.letters
        raise AssertionError("it is looked at for ever")

    def duns_daily(self, until: str) -> list[tuple[str, str]]:
        """Day by day: the days of the letters, and their kinds."""
        written = []
        while self.now.date() <= date.fromisoformat(until):
            written += [(str(self.now.date()), self.letter(number).kind) for number in self.duns()]
            self.passes(1)
        return written

    @contextmanager
    def books(self) -> Iterator[Session]:
        with self.database.transaction(1) as session:
            acts(session, "anna")
            yield session

    def pays(self, amount: str, to: str = NUMBER, *, on_day: str | None = None) -> int:
        with self.books() as session:
            new = NewPayment(
                customer="Blechwerke",
                supplier="Nordluft",
                currency="EUR",
                amount=Decimal(amount),
                received_on=date.fromisoformat(on_day) if on_day else self.now.date(),
                reference=f"{amount} {to} {self.now} {on_day}",
                allocations=(AllocatedAmount(to, Decimal(amount)),),
            )
            return record_payment(session, new, by="anna", at=self.now)[0].id

    def reverses(self, payment: int) -> None:
        with self.books() as session:
            reverse_payment(session, payment, reference=f"back {payment}", on=None, by="anna", at=self.now)

    def letter(self, number: int) -> DunningLetterRow:
        with self.database.transaction(1) as session:
            return session.exec(select(DunningLetterRow).where(DunningLetterRow.id == number)).one()

    def row(self, number: str = NUMBER) -> DunningRow:
        with self.database.transaction(1) as session:
            chosen = select(DunningRow).where(DunningRow.invoice_id == document(session, number).id)
            return session.exec(chosen).one()

    def steps(self, number: str = NUMBER) -> list[tuple[str, str]]:
        """The steps that stand: kind and day."""
        with self.database.transaction(1) as session:
            row = DunningStepRow
            standing = select(row).where(
                row.invoice_id == document(session, number).id, col(row.withdrawn_id).is_(None)
            )
            return [(step.kind, str(step.made_on)) for step in session.exec(standing.order_by(col(row.place)))]

    def claims(self) -> list[tuple[str, Decimal]]:
        """What is claimed for delay, or given back: numbers, and what is open of each."""
        with self.database.transaction(1) as session:
            rows = session.exec(select(InvoiceRow).where(InvoiceRow.kind == "late").order_by(col(InvoiceRow.id))).all()
            stands = standings_now(session, rows, self.now)
            return [(row.number or "", stands[row.id].open) for row in rows]

    def claimed(self) -> list[Decimal]:
        with self.database.transaction(1) as session:
            late = select(col(InvoiceRow.gross)).where(InvoiceRow.kind == "late")
            return list(session.exec(late.order_by(col(InvoiceRow.id))))

    def stands(self, number: str = NUMBER) -> PaymentStanding:
        with self.database.transaction(1) as session:
            row = document(session, number)
            return standings_now(session, [row], self.now)[row.id]

    def deliveries(self) -> list[tuple[int | None, str]]:
        with self.database.transaction(1) as session:
            row = DeliveryRow
            letters = select(row).where(col(row.dunning_letter_id).is_not(None)).order_by(col(row.id))
            return [(one.dunning_letter_id, one.address) for one in session.exec(letters)]

    def told(self) -> list[tuple[str, str]]:
        with self.database.transaction(1) as session:
            # text: the outbox is another room's table
            rows = session.execute(
                text("select type, facts ->> 'contract' from notification where type like 'service.%' order by nth")
            )
            return [(type_, contract) for type_, contract in rows]

    def disputes(self, *charges: str) -> int:
        """Blechwerke disputes charges of January; the number of the last dispute."""
        with self.books() as session:
            for charge in charges:
                known = raise_(
                    session,
                    "C-1",
                    charge,
                    first=date(2026, 1, 1),
                    after_last=date(2026, 2, 1),
                    reason="unfounded",
                    by="anna",
                    at=on("2026-02-10"),
                    accepted=False,
                )
            return known.id

    def ends_dispute(self, number: int) -> None:
        with self.database.transaction(1) as session:
            settle(session, number, due=True, by=acts(session, "bert"), at=self.now)

    def pauses(self, until: str | None = None, *, defers: bool = False, document: str = "") -> int:
        last = None if until is None else date.fromisoformat(until)
        with self.books() as session:
            new = NewPause("" if document else "Blechwerke", document, None, last, defers, "agreed by telephone")
            return pause(session, new, by="anna", at=self.now).id

    def resumes(self, number: int) -> None:
        with self.books() as session:
            end_pause(session, number, by="anna", at=self.now)

    def charge(self, state: str, at: str = "2026-03-05") -> None:
        """A card is charged for the document, and that stands so."""
        with self.database.transaction(1) as session:
            act(session, SYSTEM)
            row = session.exec(select(GatewayOrderRow)).one_or_none()
            if row is None:
                bill = document(session, NUMBER)
                row = GatewayOrderRow(
                    movement="charge",
                    issuer_id=bill.issuer_id,
                    party_id=bill.customer_id,
                    currency="EUR",
                    invoice_id=bill.id,
                    rail="card",
                    next_at=on(at),
                    asked_at=on("2026-02-01"),
                )
                session.add(row)
                session.flush()
            row.state, row.attempts = state, 1
            session.flush()
            session.add(GatewayOrderEventRow(order_id=row.id, attempt=1, kind=state, at=on(at)))

    def debit(self, state: str, at: str = "2026-03-05") -> None:
        """The document is debited by a file for a bank, and that stands so; the rows are written by themselves."""
        with administering(self.access.administrator) as connection:
            connection.execute(text("set session_replication_role = replica"))
            connection.execute(
                text("""
                insert into bank_order (tenant, purpose, issuer_id, party_id, currency, invoice_id, scheme, due_on, asked_at)
                select 1, 'collection', i.issuer_id, i.customer_id, 'EUR', i.id, 'core', i.due_on, :at from invoice i
                where i.number = :number and not exists (select from bank_order)"""),
                {"number": NUMBER, "at": on(at)},
            )
            connection.execute(
                text("update bank_order set state = :state, file_id = case when :state = 'due' then null else 1 end"),
                {"state": state},
            )
            connection.execute(
                text("""
                insert into bank_order_event (tenant, order_id, kind, at, detail)
                select 1, id, :state, :at, '' from bank_order"""),
                {"state": state, "at": on(at)},
            )
            connection.execute(text("update dunning set next_at = 'epoch'"))

    def publishes(self, month: str, rate: str, *, released: bool = True) -> None:
        values = [{"month": month, "value": rate, "published": str(self.now.date())}]
        with self.database.transaction(1) as session:
            if released:
                publishes(session, BASE_RATE | {"values": values}, self.now)
            else:
                index = parse(Index, BASE_RATE | {"values": values})
                indices.record(session, index, recorded_by=acts(session, "anna"), recorded_at=self.now)

    def releases_rate(self) -> None:
        with self.database.transaction(1) as session:
            indices.release(session, "basiszins", releasing(session, acts(session, "bert"), self.now))
