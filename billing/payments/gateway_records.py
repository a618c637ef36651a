"""The other half of the port: what a gateway keeps of ours that is no movement of money, read again.

Customers and accounts whose making nobody knows the outcome of, methods that were saved, payouts to banks.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from billing.payments.gateway import ConnectedAccount, Gateway, SavedMethod
from quantities.money import Money


class PayoutState(StrEnum):
    """How far a payout to a bank has got; one that was ``paid`` may still come back as ``failed``."""

    ON_ITS_WAY = "on_its_way"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GatewayPayout:
    """What a gateway hands on to a bank: to ours, or to that of a connected account.

    Attributes:
        id: the gateway's.
        state: how far it has got.
        amount: of it.
        arrives_on: the day on which the bank has it, by the gateway's word.
        bank_reference: what the statement of the bank says; empty while the gateway does not know.
        failure: why it came back, in the gateway's words.
    """

    id: str
    state: PayoutState
    amount: Money
    arrives_on: date
    bank_reference: str = ""
    failure: str = ""


class GatewayRecords(Protocol):
    """Reads what a gateway keeps. Nothing is done by it.

    Raises:
        GatewayFailed: each of them, where no answer came; it may be asked again.
    """

    def find_customer(self, order: str, since: datetime) -> str:
        """Look for a customer that was made for an order since an instant; empty: there is none."""

    def saved_method(self, thing_id: str) -> SavedMethod | None:
        """Read a saved method as it stands now, by its own name or by that of its mandate. None: there is none."""

    def payout(self, payout: str, account: str = "") -> GatewayPayout | None:
        """Read a payout to our bank, or to that of a connected account."""

    def find_account(self, order: str, since: datetime) -> ConnectedAccount | None:
        """Look for an account that was made for an order since an instant."""


class WholeGateway(Gateway, GatewayRecords, Protocol):
    """Both halves of the port: who moves money, and what is read of it."""
