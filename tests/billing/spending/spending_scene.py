"""A contract with terms of spending: looked at by day, its claims paid, its documents added up."""

from datetime import datetime
from decimal import Decimal

from api.operations.spending import list_alerts, prepaid_credit, top_up
from billing.advances.balance import PrepaidOut
from billing.proof.bundle.store import proof_bundle
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.store import NewPayment, record_payment
from billing.spending.alert_query import AlertQuery
from billing.spending.look import LookOutcome, look_at
from billing.spending.store import KnownAlert, due_contracts
from contracts.rated_line import Nature
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

PRICE = frozenset({Nature.CONSIDERATION, Nature.PRICE_REDUCTION})


def terms(spending: str, contract: str = CONTRACT, more: str = "") -> str:
    """The contract of the scene, 100 a month and 0.50 a kWh up to 100, then 0.20, with terms of spending."""
    return f"{contract}{more}spending: {{{spending}}}\n"


class SpendingScene(Scene):
    """What somebody does about spending, one line each."""

    def looks_at_spending(self, day: str) -> LookOutcome:
        """Look at all contracts that are due on a day; all that it did together."""
        whole = LookOutcome()
        for key in self._due(on(day)):
            with self.database.transaction(self.tenant) as session:
                outcome = look_at(session, key, on(day))
            if outcome is not None:
                whole.fired += outcome.fired
                whole.issued += outcome.issued
                whole.waits = whole.waits or outcome.waits
        return whole

    def _due(self, now: datetime) -> list[int]:
        with self.database.transaction(self.tenant) as session:
            return list(due_contracts(session, now, 100))

    def tops_up(self, amount: str | None, day: str) -> PrepaidOut:
        with self.database.transaction(self.tenant) as session:
            wanted = None if amount is None else Decimal(amount)
            return top_up(session, "C-1", wanted, who=acts(session, "anna"), at=on(day))

    def pays(self, number: str, amount: str, day: str, currency: str = "EUR") -> int:
        with self.database.transaction(self.tenant) as session:
            new = NewPayment(
                customer="Blechwerke",
                supplier=None,
                currency=currency,
                amount=Decimal(amount),
                received_on=on(day).date(),
                reference=f"{number} {day} {amount}",
                payer="",
                allocations=(AllocatedAmount(number, Decimal(amount)),),
            )
            return record_payment(session, new, by=acts(session, "anna"), at=on(day))[0].id

    def credit(self, day: str) -> str:
        with self.database.transaction(self.tenant) as session:
            return f"{prepaid_credit(session, 'C-1', on(day)).credit:f}"

    def prepaid(self, day: str) -> PrepaidOut:
        with self.database.transaction(self.tenant) as session:
            return prepaid_credit(session, "C-1", on(day))

    def alerts(self) -> list[KnownAlert]:
        with self.database.transaction(self.tenant) as session:
            return list(list_alerts(session, AlertQuery()).rows)

    def papers(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Type, net, VAT, and the claims that it names, document by document."""
        rows = [one.row for one in self.invoices() if one.row.number]
        return [(row.document_type, f"{row.net:f}", f"{row.vat:f}", row.inputs.prepaid_by) for row in rows]

    def of_price(self) -> Decimal:
        lines = (line for one in self.invoices() if one.row.voided_on is None for line in one.lines)
        return sum((line.net for line in lines if line.nature in PRICE), Decimal(0))

    def on_documents(self) -> tuple[Decimal, Decimal]:
        """Net and VAT of all documents that count."""
        rows = [one.row for one in self.invoices() if one.row.voided_on is None]
        return sum((row.net for row in rows), Decimal(0)), sum((row.vat for row in rows), Decimal(0))

    def proves(self) -> None:
        """All is computed again, and travels with its proof."""
        assert self.replays() == []
        for one in self.invoices():
            with self.database.transaction(self.tenant) as session:
                proof_bundle(session, one)
