"""A desk for tests: documents that a bank collects by a mandate, and who prepares, takes and reads files at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from api.operations import bank, bank_orders
from api.server.database import Access, Database
from billing.bank.mandates.mandate import DebitScheme
from billing.bank.mandates.store import NewMandate
from billing.bank.order_files.prepare import FileAsked
from billing.bank.orders.store import BankOrderQuery
from billing.bank.orders.tables import BankOrderRow
from billing.bank.orders.views import BankOrderOut, MandateOut, OrderFileOut, PreparedOrdersOut
from billing.bank.views import BankFileOut
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import document
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, record_payment, record_sending
from tests.billing.receivables.books import OTHER
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts
from tests.conftest import application_pool
from tests.contracts.party_profiles.told import profile, tells

NUMBER = "2026-000001"
GROSS = Decimal("178.50")
OURS = "DE89370400440532013000"
THEIRS = "FR1420041010050500013M02606"
CREDITOR = "DE98ZZZ09999999999"
BY_CORE = CONTRACT + "invoicing: {collection: {by: bank_core}}\n"
BY_B2B_AT_ONCE = CONTRACT + "invoicing: {collection: {by: bank_b2b, on: issue, notice_days: '1'}}\n"
SIGNED: dict[str, Any] = {
    "supplier": "Nordluft", "customer": "Blechwerke", "scheme": DebitScheme.CORE, "reference": "M-2026-1",
    "signed_on": date(2026, 1, 5), "account": THEIRS, "bic": "PSSTFRPPXXX",
}  # fmt: skip


def opened(access: Access, terms: str = BY_CORE, *other: str) -> None:
    """A document of 178.50 EUR of 1 February, due on 3 March, that a bank collects; and one of another customer."""
    with application_pool(access) as database:
        scene = Scene(access, database).declared(terms, *(other or (OTHER,)))
        tells(scene, profile(creditor_id=CREDITOR))
        tells(
            scene,
            profile("Blechwerke", full_name="Blechwerke Süd & Söhne", city="Lyon", address=["5 rue Émile <Zola>"]),
        )
        scene.delivers("2026-01-05 10 100")
        assert len(scene.bills("2026-02-01").invoices) == 2


@dataclass
class Clerk:
    """The database, and the instant; one line for each thing that somebody does."""

    database: Database
    now: datetime = field(default_factory=lambda: on("2026-02-20"))
    tenant: int = 1

    @contextmanager
    def at_work(self, who: str = "anna") -> Iterator[Session]:
        with self.database.transaction(self.tenant) as session:
            acts(session, who)
            yield session

    def on(self, day: str) -> "Clerk":
        self.now = on(day)
        return self

    def passes(self, **later: float) -> "Clerk":
        self.now += timedelta(**later)
        return self

    def signs(self, day: str = "2026-02-01", **fields: Any) -> MandateOut:
        with self.at_work() as session:
            return bank_orders.record_mandate(session, NewMandate(**{**SIGNED, **fields}), who="anna", at=on(day))

    def sends(self, number: str = NUMBER, day: str = "2026-02-02") -> "Clerk":
        with self.at_work() as session:
            sent = date.fromisoformat(day)
            record_sending(session, number, None, sent_on=sent, how="mail", note="", by="anna", at=self.now)
        return self

    def prepares(self, until: str | None = None, who: str = "anna", **asked: Any) -> PreparedOrdersOut:
        with self.at_work(who) as session:
            day = None if until is None else date.fromisoformat(until)
            wanted = FileAsked("Nordluft", day, **asked)
            return bank_orders.prepare_order_files(session, wanted, who=who, at=self.now)

    def takes(self, file: int, who: str = "bert") -> bytes:
        with self.at_work(who) as session:
            return bank_orders.take_order_file(session, file, who=who, at=self.now)[1]

    def cancels(self, file: int, reason: str = "not sent") -> OrderFileOut:
        with self.at_work() as session:
            return bank_orders.cancel_order_file(session, file, reason, who="anna", at=self.now)

    def taken(self, **asked: Any) -> tuple[OrderFileOut, bytes]:
        (file,) = self.prepares(**asked).files
        return file, self.takes(file.file)

    def orders(self) -> list[BankOrderOut]:
        with self.at_work() as session:
            return list(bank_orders.list_bank_orders(session, BankOrderQuery()).rows)

    def states(self) -> list[str]:
        return [order.state.value for order in self.orders()]

    def account_in_order(self, number: int) -> str:
        with self.at_work() as session:
            return session.exec(select(BankOrderRow.account).where(BankOrderRow.id == number)).one()

    def stands(self, number: str = NUMBER) -> PaymentStanding:
        with self.at_work() as session:
            row = document(session, number)
            return standings_now(session, [row], self.now)[row.id]

    def pays(self, amount: str, number: str = NUMBER, reference: str = "by hand") -> None:
        with self.at_work() as session:
            paid = AllocatedAmount(number, Decimal(amount))
            new = NewPayment("Blechwerke", None, "EUR", Decimal(amount), self.now.date(), reference, "", (paid,))
            record_payment(session, new, by="anna", at=self.now)

    def reads(self, raw: str | bytes) -> BankFileOut:
        with self.at_work() as session:
            content = raw.encode() if isinstance(raw, str) else raw
            return bank.read_bank_file(session, content, None, who="anna", at=self.now)

    def reports(self, raw: str) -> tuple[int, ...]:
        with self.at_work() as session:
            return bank_orders.read_bank_report(session, raw.encode(), who="anna", at=self.now).refused


def statement(*entries: str, day: str, account: str = OURS) -> str:
    """A camt.054 of entries, which the bank has booked on a day."""
    booked = f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
    rows = "".join(entry.replace("</Sts>", f"</Sts>{booked}", 1) for entry in entries)
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn>
<Acct><Id><IBAN>{account}</IBAN></Id></Acct>{rows}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


def entry(amount: str, bank_id: str, *, details: str = "", batch: str = "", currency: str = "EUR") -> str:
    """An entry of an amount: of a batch in one sum, or of what its details say."""
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    of_batch = f"<Btch>{batch}</Btch>" if batch else ""
    inside = f"<NtryDtls>{of_batch}{details}</NtryDtls>" if of_batch or details else ""
    return f"""<Ntry><Amt Ccy="{currency}">{amount.removeprefix("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<AcctSvcrRef>{bank_id}</AcctSvcrRef>{inside}</Ntry>"""


def detail(amount: str, end_to_end: str, *, back: str = "") -> str:
    """One payment of an entry, by our reference; one that comes back has the reason."""
    returned = f"<RtrInf><Rsn><Cd>{back}</Cd></Rsn></RtrInf>" if back else ""
    return f"""<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>{returned}</TxDtls>"""
