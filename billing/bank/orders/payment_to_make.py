"""A payment that our bank is to make, and the port by which another room asks for it.

Whoever decides what somebody is paid (a refund, a payout) states it as a ``PaymentToMake`` under a key of its own. The
same key again is the same order. What became of it is read under the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class BankOrderState(StrEnum):
    """Where an order to a bank stands.

    ``due``: it is put into a file next; where it is held, its reason says why. ``prepared``: it stands in a file that
    nobody has taken. ``taken``: a person took the file to the bank. ``done``: the bank has booked it. ``returned``: it
    was booked, and came back. ``refused``: the bank did not do it. ``withdrawn``: it is not wanted any more.
    """

    DUE = "due"
    PREPARED = "prepared"
    TAKEN = "taken"
    DONE = "done"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PaymentPurpose(StrEnum):
    """What a payment is for."""

    REFUND = "refund"  # back to a customer
    PAYOUT = "payout"  # to a payee


@dataclass(frozen=True, slots=True)
class AccountToPay:
    """An account that is paid to.

    Attributes:
        holder: whose it is, as the bank knows it.
        number: an IBAN, or the number of an account where there are none; without blanks.
        bic: empty where it is not known.
        bank: its name; China's batch files want it.
        bank_code: of the bank in its country, as the twelve digits of CNAPS; empty where it is not known.
    """

    holder: str
    number: str
    bic: str = ""
    bank: str = ""
    bank_code: str = ""


@dataclass(frozen=True, slots=True)
class AddressToPay:
    """Where a payee is: town and country stand in elements of their own, the rest in up to two lines.

    Attributes:
        country: ISO 3166-1, two letters; empty where it is not known.
        town: empty where it is not known: then no address is written.
        post_code: may be empty.
        lines: street and what is added.
    """

    country: str = ""
    town: str = ""
    post_code: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentToMake:
    """A payment that our bank is to make.

    Attributes:
        key: of whoever asks, as ``payout 12``: asked for twice under it, it is made once.
        purpose: what it is for.
        supplier: from whose account, by name.
        payee: who is paid, by name of the party.
        account: that is paid to.
        address: of the payee.
        currency: of the amount.
        amount: above zero, in whole minor units of the currency.
        pay_on: the earliest day on which the bank is to make it.
        reference: the payee's own creditor reference (ISO 11649, as RF18…); empty where there is none.
        text: in words, where there is no reference: as the number of a document.
    """

    key: str
    purpose: PaymentPurpose
    supplier: str
    payee: str
    account: AccountToPay
    currency: str
    amount: Decimal
    pay_on: date
    address: AddressToPay = AddressToPay()
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMade:
    """How a payment that was asked for stands.

    Attributes:
        order: the number of the order.
        state: where it stands.
        held: why it is not put into a file, or why the bank did not do it; empty where nothing is in its way.
        booked_on: the day on which the bank booked it; None before.
    """

    order: int
    state: BankOrderState
    held: str
    booked_on: date | None


class PaymentsByBank(Protocol):
    """What another room asks of orders to banks, within its own transaction (``store.SessionPayments``)."""

    def ask(self, payment: PaymentToMake) -> int:
        """Order a payment, and say the number of the order; under the same key it is the same order."""

    def made(self, key: str) -> PaymentMade | None:
        """Say how the payment of a key stands; None where none was asked for."""

    def came_back(self) -> Sequence[str]:
        """Name the payments to payees that the bank has not done, or has given back, by their keys."""

    def withdraw(self, key: str, reason: str) -> None:
        """Take a payment back that no file has yet."""
