"""Statements made by hand, one of each kind, for tests of how they are laid out."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from billing.documents.account_statement import AccountHtml, AccountPdf
from billing.documents.charts.usage_chart import UsageRow
from billing.documents.document import Document
from billing.documents.payee_statement import PayeeStatementHtml, PayeeStatementPdf
from billing.documents.payee_views import PayeeLineOut, PayeeStatementOut, PayeeTotalsOut
from billing.documents.usage.daily_usage import UsageOfRegister, UsageStatement
from billing.documents.usage.usage_statement import UsageStatementPage, UsageStatementPdf
from billing.documents.verification.documents import (
    SavingsStatementPage,
    SavingsStatementPdf,
    VerificationPage,
    VerificationReport,
)
from billing.receivables.accounts import AccountStatement, OpenOnStatement
from billing.receivables.standing import PaymentStanding
from billing.receivables.statement import AccountBalance, AccountEntries, AccountEntry, Aging, Movement, MovementKind
from billing.records.record import read
from billing.records.statement import StatementContent
from billing.statements.store import RecordedStep, Statement
from contracts.parties import Party
from contracts.statement import StatementStatus, StatementStep
from tests.billing.documents.model.made import INVOICE

_RECORDS = Path(__file__).parents[2] / "golden" / "records" / "2" / "statement_content.json"
NORDLUFT = Party(name="Nordluft", country="DE", address=("Hafenstraße 1", "20457 Hamburg"), vat_id="DE129273398")
BLECHWERKE = Party(name="Blechwerke", country="DE", address=("Industriestraße 40", "50735 Köln"))


def _entry(day: int, kind: MovementKind, name: str, amount: str, balance: str, due: date | None = None) -> AccountEntry:
    return AccountEntry(Movement(date(2026, 3, day), kind, name, Decimal(amount), day, due_on=due), Decimal(balance))


ACCOUNT = AccountStatement(
    supplier="Nordluft",
    customer="Blechwerke",
    parties=(NORDLUFT, BLECHWERKE),
    currency="EUR",
    first=date(2026, 3, 1),
    last=date(2026, 3, 31),
    entries=AccountEntries(
        opening=Decimal("119.00"),
        entries=(
            _entry(1, MovementKind.DOCUMENT, "2026-000007", "12431.10", "12550.10", date(2026, 3, 31)),
            _entry(9, MovementKind.PAYMENT, "SEPA 4711", "-12000.00", "550.10"),
            _entry(9, MovementKind.DISCOUNT, "2026-000007", "-431.10", "119.00"),
            _entry(12, MovementKind.WRITE_OFF, "2026-000003", "-19.00", "100.00"),
        ),
        closing=Decimal("100.00"),
    ),
    balance=AccountBalance(Decimal("100.00"), Decimal("0.00"), Decimal("60.00"), Decimal("40.00"),
                           Aging(days_31_to_60=Decimal("60.00"))),
    open_documents=(
        OpenOnStatement(
            "2026-000003", date(2026, 1, 31), date(2026, 2, 15),
            Decimal("119.00"), PaymentStanding(payable=Decimal("119.00"), due_on=date(2026, 2, 15), sent_on=None, paid=Decimal("0.00"),
                            discount=Decimal("0.00"), written_off=Decimal("19.00"), disputed=Decimal("40.00"),
                            on=date(2026, 3, 31)),
        ),
    ),
)  # fmt: skip

PAYEE = PayeeStatementOut(
    payee="Werkhalle",
    issued_from=date(2026, 1, 1),
    issued_to=date(2026, 3, 31),
    lines=[
        PayeeLineOut(
            supplier="Nordluft", number="2026-000001", issued_on=date(2026, 2, 1), pos=2, contract="C-1",
            charge="energy", label="0 to 100 kWh", service_from=date(2026, 1, 1), service_to=date(2026, 1, 31),
            corrects=None, currency="EUR", net=Decimal("1050.00"), share=Decimal("840.00"),
            commission=Decimal("210.00"), others=Decimal("0.00"),
        ),
        PayeeLineOut(
            supplier="Nordluft", number="2026-000002", issued_on=date(2026, 3, 1), pos=3, contract="C-1",
            charge="energy", label="", service_from=date(2026, 1, 1), service_to=date(2026, 1, 31),
            corrects="2026-000001", currency="EUR", net=Decimal("-50.00"), share=Decimal("-40.00"),
            commission=Decimal("-10.00"), others=Decimal("0.00"),
        ),
    ],
    totals=[
        PayeeTotalsOut(currency="EUR", lines=2, net=Decimal("1000.00"), share=Decimal("800.00"),
                       commission=Decimal("200.00"))
    ],
)  # fmt: skip

_MARCH = tuple(
    UsageRow(date(2026, 3, 1) + timedelta(n), None if n == 9 else Decimal(400 + 7 * n), 24, 2 if n == 4 else 0)
    for n in range(31)
)
USAGE = UsageStatement(
    INVOICE,
    tuple(
        UsageOfRegister(
            read.register_key, read.meter, read.asset, read.site, read.unit, read.is_mean, (line.pos,), _MARCH
        )
        for line in INVOICE.lines
        for read in line.reads
    ),
)

SAVINGS = Statement(
    id=4,
    contract="S-1",
    first=date(2025, 1, 1),
    after_last=date(2026, 1, 1),
    watermark=12,
    prepared_by="anna",
    prepared_at=datetime(2026, 1, 12, 9, tzinfo=UTC),
    status=StatementStatus.SUBMITTED,
    steps=(
        RecordedStep(StatementStep.SUBMITTED, "Nordluft", "Emil Kurz", "anna", datetime(2026, 1, 13, 9, tzinfo=UTC), (), ""),
    ),
    content=read(StatementContent, json.loads(_RECORDS.read_text(encoding="utf-8"))["one saving and its money"]),
)  # fmt: skip

#: By kind: the page, the PDF, and of what they are.
STATEMENTS: dict[str, tuple[type[Document], type[Document], object]] = {
    "account": (AccountHtml, AccountPdf, ACCOUNT),
    "payee": (PayeeStatementHtml, PayeeStatementPdf, PAYEE),
    "usage": (UsageStatementPage, UsageStatementPdf, USAGE),
    "savings": (SavingsStatementPage, SavingsStatementPdf, SAVINGS),
    "report": (VerificationPage, VerificationReport, SAVINGS),
}
