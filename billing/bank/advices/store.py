"""Rows ⇄ values of remittance advices: the same one is kept once, and answered by one entry."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from billing.bank.matching.books import AdvisedAmount, RemittanceAdvice
from billing.bank.statements.entry import StatementValueInvalid, amount_text
from billing.bank.tables import BankAdviceLineRow, BankAdviceRow
from billing.receivables.store import party_names
from contracts.tables import PartyRow


def add_advices(session: Session, advices: Sequence[RemittanceAdvice], *, by: str, at: datetime) -> int:
    """Store advices that are not known; the caller holds the bank.

    Returns:
        How many are new.

    Raises:
        StatementValueInvalid: there is no customer of that name.
    """
    added = 0
    for advice in advices:
        digest = sha256(_content(advice).encode()).hexdigest()
        if session.exec(select(BankAdviceRow.id).where(BankAdviceRow.sha256 == digest)).first() is not None:
            continue
        customer = session.exec(select(PartyRow.id).where(PartyRow.name == advice.customer)).first()
        if customer is None:
            detail = f"there is no party {advice.customer!r} here"
            raise StatementValueInvalid(
                detail, place=f"advice {advice.reference}", found=advice.customer, expected="a party of a contract"
            )
        row = BankAdviceRow(
            sha256=digest,
            reference=advice.reference,
            customer_id=customer,
            currency=advice.currency,
            amount=advice.amount,
            paid_on=advice.paid_on,
            recorded_by=by,
            recorded_at=at,
        )
        session.add(row)
        session.flush()
        session.add_all(
            BankAdviceLineRow(advice_id=row.id, document=line.document, amount=line.amount, discount=line.discount)
            for line in advice.lines
        )
        added += 1
    session.flush()
    return added


def _content(advice: RemittanceAdvice) -> str:
    lines = [f"{line.document} {amount_text(line.amount)} {amount_text(line.discount)}" for line in advice.lines]
    paid = f"{advice.paid_on} {amount_text(advice.amount)} {advice.currency}"
    return "\n".join((advice.reference, advice.customer, paid, *lines))


def open_advices(session: Session) -> list[RemittanceAdvice]:
    """List the advices that no entry has answered, the oldest first."""
    rows = session.exec(
        select(BankAdviceRow).where(col(BankAdviceRow.entry_id).is_(None)).order_by(col(BankAdviceRow.id))
    ).all()
    lines: dict[int, list[AdvisedAmount]] = defaultdict(list)
    of_rows = select(BankAdviceLineRow).where(col(BankAdviceLineRow.advice_id).in_([row.id for row in rows]))
    for line in session.exec(of_rows.order_by(col(BankAdviceLineRow.id))):
        lines[line.advice_id].append(AdvisedAmount(line.document, line.amount, line.discount))
    names = party_names(session, {row.customer_id for row in rows})
    return [
        RemittanceAdvice(
            reference=row.reference,
            customer=names[row.customer_id],
            currency=row.currency,
            amount=row.amount,
            paid_on=row.paid_on,
            lines=tuple(lines[row.id]),
            number=row.id,
        )
        for row in rows
    ]


def answer_advice(session: Session, number: int, entry: int) -> None:
    """Say which entry is the payment that an advice announced."""
    row = session.exec(select(BankAdviceRow).where(BankAdviceRow.id == number)).one()
    row.entry_id = entry
    session.flush()
