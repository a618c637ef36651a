"""A small fleet, a contract and its readings, for tests that bill."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session, select

from api.operations.billing import ReadyWork, bill_everything, look_at_everything
from api.operations.billing_run import BilledWork
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.provision import administering
from billing import run
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.model.load import business_document
from billing.drafts.making import make
from billing.due import store as due_store
from billing.invoices import store
from billing.payees.documents.replay import lost_numbers, replay_payee_documents
from billing.proof.compare import Discrepancy
from billing.proof.replay import replay
from contracts.contract import Contract
from contracts.recording.store import apply
from contracts.release.store import releasing
from contracts.store import Version, release
from contracts.tables import ContractRow
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.period import Period
from tests.build import acts, meters

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "10000"}
"""

#: 100 EUR a month, the first 100 kWh at 0.50, further ones at 0.20; billed by however few hours of them were read.
CONTRACT = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {least_coverage: "0"}
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}
"""


def agreed(session: Session, terms: str, at: datetime | None = None, *, sparse: bool = True) -> Version:
    """Recorded by one, released by another; an amendment counts from the contract's start unless it says otherwise.

    Where readings are ``sparse``, as they are in most tests, the contract bills by however few of them there are, unless
    it says otherwise itself.
    """
    at, contract = at or on("2025-12-01"), parse(Contract, read(terms))
    if sparse and contract.settings.least_coverage is None:
        settings = contract.settings.model_copy(update={"least_coverage": Decimal(0)})
        contract = contract.model_copy(update={"settings": settings})
    known = select(ContractRow.id).where(ContractRow.reference == contract.contract)
    if contract.in_force_from is None and session.exec(known).first() is not None:
        contract = contract.model_copy(update={"in_force_from": contract.starts})
    version = apply(session, contract, recorded_by=acts(session, "anna"), recorded_at=at)
    return release(session, version.contract.contract, releasing(session, acts(session, "bert"), at))


def on(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=6)


@dataclass
class Scene:
    """A tenant with the fleet declared; what a manufacturer does, one line each."""

    access: Access
    database: Database
    tenant: int = 1
    sparse: bool = True

    def declared(self, *contracts: str) -> "Scene":
        with self.database.transaction(self.tenant) as session:
            meters(session)
            declare(session, parse(Fleet, read(FLEET)))
            for each in contracts:
                agreed(session, each, sparse=self.sparse)
        return self

    def declared_often(self, contract: str, references: Sequence[str]) -> "Scene":
        """One contract under many references: the first is agreed, and the others are copies of its rows."""
        (agreed_as,) = re.findall(r"^contract: (.+)$", contract, re.MULTILINE)
        first, *others = references
        self.declared(contract.replace(f"contract: {agreed_as}", f"contract: {first}"))
        # No trigger looks whether two persons have seen each copy: they have seen what is copied. And none plans it.
        self.as_superuser(f"""
            set session_replication_role = replica;
            with copied as (
                insert into contract (tenant, reference, supplier_id, customer_id)
                select tenant, other.reference, supplier_id, customer_id
                from contract, unnest(array[{", ".join(f"'{other}'" for other in others)}]) other (reference)
                where contract.reference = '{first}'
                returning id, reference)
            insert into contract_version (tenant, contract_id, customer_id, number, effective, recorded_at, recorded_by,
                                          released_at, released_by, terms)
            select tenant, copied.id, customer_id, number, effective, recorded_at, recorded_by, released_at, released_by,
                   jsonb_set(terms, '{{contract}}', to_jsonb(copied.reference))
            from contract_version, copied where terms->>'contract' = '{first}';
            insert into due (tenant, kind, contract, period, attempt, due_at)
            select copy.tenant, kind, copy.id, period, attempt, due_at
            from contract agreed join due on due.contract = agreed.id and kind = 'planning'
            join contract copy on copy.tenant = agreed.tenant and copy.reference <> agreed.reference
            where agreed.reference = '{first}'
            on conflict do nothing""")
        return self

    def amends(self, contract: str, day: str) -> Version:
        with self.database.transaction(self.tenant) as session:
            return agreed(session, contract, on(day), sparse=self.sparse)

    def delivers(
        self,
        rows: str,
        register: str = "kwh",
        by: str = "telematics",
        reason: str | None = None,
        replaces: Period | None = None,
        source: str = "feed.csv",
    ) -> Receipt:
        """Rows as ``day hour value``, hours of the local clock."""
        lines = [
            f"{day}T{hour}:00+01:00,{value}" for day, hour, value in (row.split() for row in rows.strip().splitlines())
        ]
        with self.database.transaction(self.tenant) as session:
            meters(session)
            sender = Sender(source, by, on("2026-03-10"), reason)
            raw = ("time,value\n" + "\n".join(lines)).encode()
            return ingest(session, sender, raw, IngestOptions(register=register), replaces=replaces)

    def bills(self, day: str) -> BilledWork:
        return bill_everything(self.database, self.tenant, on(day))

    def looks(self, day: str) -> ReadyWork:
        return look_at_everything(self.database, self.tenant, on(day))

    def invoices(self) -> list[store.StoredInvoice]:
        with self.database.transaction(self.tenant) as session:
            return store.billed(session, store.ids_of(session))

    def page(self, number: str) -> str:
        """The page of an issued document."""
        with self.database.transaction(1) as session:
            return InvoiceHtml().render(business_document(session, store.find(session, number))).decode()

    def lines(self, number: str) -> list[tuple[str, str, str, str]]:
        """Charge, quantity, net, and the invoice that the line adjusts."""
        with self.database.transaction(self.tenant) as session:
            found = store.find(session, number).lines
        return [
            (each.charge, _short(each.quantity), str(each.net), each.corrects.number if each.corrects else "")
            for each in found
        ]

    def replays(self) -> list[Discrepancy]:
        with self.database.transaction(self.tenant) as session:
            ids = store.ids_of(session)
            return [*replay(session, ids), *replay_payee_documents(session, ids), *lost_numbers(session)]

    def as_superuser(self, statement: str) -> None:
        with administering(self.access.administrator) as connection:
            connection.execute(text(statement))


def _short(number: Decimal) -> str:
    return format(number.normalize(), "f")


@contextmanager
def being_issued(database: Database, day: str, tenant: int = 1) -> Iterator[Session]:
    """What is due is saved, and has no number yet; what then is done is done in the transaction of the run."""
    with database.transaction(tenant) as session:
        run.plan(session, tenant, on(day))
        work = due_store.claim(session, tenant, on(day), due_store.queue(session, tenant, on(day)))
        made = make(session, work, on(day), on(day))
        store.save(session, [draft for _, draft in made.drafts], on(day))
        yield session


def adjusting(lines: Iterable[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    return [line for line in lines if line[3]]
