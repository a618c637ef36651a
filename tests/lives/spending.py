"""Lives whose contracts have terms of spending: looked at after each step, and their top-ups paid as they are claimed.

The terms come of the reference of a contract and the seed alone, and not of the draw: a life is the same without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from api.server.database import DatabaseUnavailable
from billing.advances.draw import OpenAdvance
from billing.advances.store import open_advances
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.store import NewPayment, record_payment
from billing.spending.look import look_at
from billing.spending.tables import SpendingAlertRow, SpendingLookRow
from contracts.tables import ContractRow
from quantities.errors import UsufructError
from tests.build import acts
from tests.lives.life import Life, Step


def terms_of_spending(seed: int, reference: str) -> dict[str, Any]:
    """Terms of a contract: on account mostly, a top-up now and then, thresholds of which some are reached."""
    chance = Random(f"{seed} {reference}")
    terms: dict[str, Any] = {
        "alerts": [
            {"at": {"amount": str(amount)}, "per": "year" if amount > 1000 else "period"}
            for amount in sorted(chance.sample(range(10, 3000, 10), 3))
        ],
        "cap": {"amount": str(chance.randrange(50, 2000, 50))},
    }
    if chance.random() < 0.8:
        terms["on_account"] = {"each": str(chance.choice([15, 40, 120, 400]))}
    if chance.random() < 0.4:
        terms["top_up"] = {"below": "30", "by": str(chance.choice([50, 200, 900]))}
    return terms


@dataclass
class SpendingLife(Life):
    """A life in which contracts have terms of spending."""

    seed: int = 0
    faults_of_spending: list[str] = field(default_factory=list)
    claimed: int = 0

    def record(self, document: Mapping[str, Any], *, release: bool) -> None:
        """Record a version with its terms of spending."""
        reference = str(document["contract"])
        super().record({**document, "spending": terms_of_spending(self.seed, reference)}, release=release)

    def on_credit(self, which: int, line: int, percent: int) -> None:
        """Give back what is billed, and no claim: what of one is given back, the oracle does not know."""
        issued = [stored for stored in self.counting() if stored.row.number is not None]
        if issued and issued[which % len(issued)].row.kind != "advance":
            super().on_credit(which, line, percent)

    def take(self, step: Step) -> None:
        """Let a step happen, and look at what is spent."""
        super().take(step)
        self.look_at_spending()

    def bill(self, *, only_automatic: bool = False) -> int:
        """Bill what is due, and look at what is spent."""
        made = super().bill(only_automatic=only_automatic)
        self.look_at_spending()
        return made

    def look_at_spending(self) -> None:
        """Look at all contracts, and begin again where that was killed: what it did is there once, or not at all."""
        for _ in range(3):
            try:
                self._look_at_all()
            except DatabaseUnavailable:
                lost, kept = self.interruption.disarm()
                if not lost and not kept:
                    raise
                self.tell("    the look at spending was killed, and begins again")
            else:
                return

    def _look_at_all(self) -> None:
        """Look at all contracts as if it were time, and pay what tops credit up."""
        with self.database.transaction(self.tenant) as session:
            session.execute(text("update spending_look set next_at = :now"), {"now": self.now})
            due = list(session.exec(select(SpendingLookRow.contract_id).order_by(SpendingLookRow.contract_id)))  # type: ignore[arg-type]
        for contract_id in due:
            with self.database.transaction(self.tenant) as session:
                outcome = look_at(session, contract_id, self.now)
            if outcome is not None and (outcome.issued or outcome.fired):
                self.claimed += len(outcome.issued)
                self.tell(f"    looked at {contract_id}: issued {outcome.issued}, fired {outcome.fired}")
        for advance in self.open_claims():
            if any(left < 0 for left in advance.left) or advance.credit_on(self.now.date()) < 0:
                self.faults_of_spending.append(f"{advance.document.name}: {advance.left} are left")
            if advance.is_top_up and advance.paid == 0:
                self._pay(advance)

    def open_claims(self) -> list[OpenAdvance]:
        """The claims of which something is left."""
        with self.database.transaction(self.tenant) as session:
            keys = list(session.exec(select(ContractRow.id)))
            return [one for known in open_advances(session, keys).values() for one in known]

    def _pay(self, advance: OpenAdvance) -> None:
        row = advance.document.row
        try:
            with self.database.transaction(self.tenant) as session:
                new = NewPayment(
                    customer=row.inputs.customer.name,
                    supplier=row.inputs.supplier.name,
                    currency=row.currency,
                    amount=row.gross,
                    received_on=row.issued_on or self.now.date(),
                    reference=advance.document.name,
                    payer="",
                    allocations=(AllocatedAmount(advance.document.name, row.gross),),
                )
                record_payment(session, new, by=acts(session, "anna"), at=self.now)
        except UsufructError as refusal:
            self.tell(f"    {advance.document.name} is not paid: {refusal}")

    def faults_in_the_end(self) -> list[str]:
        """What of the claims and alerts does not hold, once all is billed."""
        faults = list(self.faults_of_spending)
        for advance in self.open_claims():
            contract, record = advance.document.row.inputs.contract, advance.record
            ends = any(version.document.get("ends") for version in self.versions(contract))
            if contract not in self.held and (ends or not advance.is_top_up):
                faults.append(f"{contract}: {advance.rest} of {advance.document.name}, of {record.first}, is left")
        with self.database.transaction(self.tenant) as session:
            rows = session.exec(select(SpendingAlertRow).order_by(SpendingAlertRow.id)).all()  # type: ignore[arg-type]
        by_window: dict[tuple[object, ...], list[Decimal]] = {}
        for row in rows:
            by_window.setdefault((row.contract_id, row.per, row.first, row.fired_at), []).append(row.threshold)
            if row.reading < row.threshold:
                faults.append(f"{row.threshold_name} fired at {row.reading}")
        faults += [f"{where}: {fired} out of order" for where, fired in by_window.items() if fired != sorted(fired)]
        return faults
