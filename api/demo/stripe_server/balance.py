"""The balance: entries, when they become available, payouts, and what connected accounts have."""

from collections import defaultdict
from typing import Any

from api.demo.stripe_server.books import Books, CannotHappen, Fields

_DAY_S = 24 * 3600
CATEGORIES = {
    "charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund", "transfer": "transfer",
    "transfer_refund": "transfer_reversal", "payout": "payout", "payout_failure": "payout_reversal",
    "stripe_fee": "fee", "refund_failure": "refund_failure",
}  # fmt: skip


class Balance:
    """Our account's entries, and the balances of connected accounts by account and currency."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.settles_after_s = 0
        self.payees: dict[tuple[str, str], int] = defaultdict(int)
        self._payout_of: dict[str, str] = {}

    def enter(self, kind: str, amount: int, currency: str, source: str, *, fee: int = 0, category: str = "") -> Fields:
        """Enter what moved the balance; of a payment it is available once it has settled.

        Args:
            kind: as Stripe names it, ``charge`` or ``payout``.
            amount: in the smallest unit of the currency, below zero where it left.
            currency: in small letters.
            source: the name of the object that moved it.
            fee: what Stripe keeps of it.
            category: of reports; empty: the one of the kind.
        """
        waits = self.settles_after_s if amount > 0 and kind in {"charge", "payment"} else 0
        return self._books.make(
            "balance_transaction",
            type=kind,
            reporting_category=category or CATEGORIES[kind],
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            source=source,
            status="pending" if waits else "available",
            available_on=self._books.clock.seconds + waits,
        )

    def entries(self, **where: Any) -> list[Fields]:
        """Name all entries with such fields, the oldest first."""
        return self._books.of("balance_transaction", **where)

    def available(self, currency: str) -> int:
        """Add up what may be paid out or given back now."""
        now = self._books.clock.seconds
        return sum(entry["net"] for entry in self.entries(currency=currency) if entry["available_on"] <= now)

    def in_payout(self, payout: str) -> list[Fields]:
        """Name the entries of a payout, its own among them."""
        return [entry for entry in self.entries() if self._payout_of.get(entry["id"]) == payout]

    def pay_out(self, currency: str = "eur") -> Fields:
        """Pay what is available to our bank, as Stripe does by itself each day; it arrives two days later.

        Raises:
            CannotHappen: nothing is available.
        """
        books = self._books
        now = books.clock.seconds
        paid = [
            entry
            for entry in self.entries(currency=currency)
            if entry["available_on"] <= now and entry["id"] not in self._payout_of
        ]
        amount = sum(entry["net"] for entry in paid)
        if amount <= 0:
            raise CannotHappen("there is nothing to be paid out")
        arrives = now + 2 * _DAY_S
        payout = books.make(
            "payout", amount=amount, currency=currency, automatic=True, status="in_transit", arrival_date=arrives,
            method="standard", type="bank_account", metadata={}, failure_code=None, failure_message=None,
            trace_id={"status": "pending", "value": None},
        )  # fmt: skip
        entry = self.enter("payout", -amount, currency, payout["id"])
        payout["balance_transaction"] = entry["id"]
        self._payout_of |= {one["id"]: payout["id"] for one in (*paid, entry)}
        books.tell("payout.created", payout)
        books.clock.at(arrives, lambda: self._arrive(payout))
        return payout

    def send_back(self, payout: str) -> None:
        """Our bank sends a payout back."""
        books = self._books
        fields = books.get("payout", payout)
        fields |= {
            "status": "failed",
            "failure_code": "account_closed",
            "failure_message": "The bank account has been closed.",
        }
        entry = self.enter("payout_failure", fields["amount"], fields["currency"], payout)
        fields["failure_balance_transaction"] = entry["id"]
        books.tell("payout.failed", fields)

    def _arrive(self, payout: Fields) -> None:
        if payout["status"] == "in_transit":
            payout |= {"status": "paid", "trace_id": {"status": "supported", "value": f"TRACE-{payout['id']}"}}
            self._books.tell("payout.paid", payout)
