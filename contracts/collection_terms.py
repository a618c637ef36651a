"""How what a customer owes is collected, where the customer does not send the money by itself.

Clause: "Invoices are collected by SEPA direct debit on the day on which they are due."
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from quantities.document import WholeNumber
from quantities.terms import Terms


class CollectedBy(StrEnum):
    """By what an invoice is collected.

    ``pay_link``: its mail and its page have a link under which it can be paid. ``card`` and ``sepa_core``: a gateway
    charges the card or the account that the customer saved there. ``bank_core`` and ``bank_b2b``: our bank collects it
    by a file of direct debits, by a mandate of the scheme Core or of the scheme B2B.
    """

    PAY_LINK = "pay_link"
    CARD = "card"
    SEPA_CORE = "sepa_core"
    BANK_CORE = "bank_core"
    BANK_B2B = "bank_b2b"


class CollectedOn(StrEnum):
    """When an invoice is collected: on the day on which it is due, or as soon as it is issued."""

    DUE = "due"
    ISSUE = "issue"


#: Collected by a gateway, with nobody there.
BY_GATEWAY = frozenset({CollectedBy.CARD, CollectedBy.SEPA_CORE})
#: Collected by a file for our bank.
BY_BANK = frozenset({CollectedBy.BANK_CORE, CollectedBy.BANK_B2B})
#: A mandate is needed, and the customer is told before (pre-notification).
BY_MANDATE = frozenset({CollectedBy.SEPA_CORE, CollectedBy.BANK_CORE, CollectedBy.BANK_B2B})


class CollectionTerms(Terms):
    """How an invoice is collected.

    Attributes:
        by: by what.
        on: when it is begun; a direct debit is collected no earlier than the mandate and its notice allow.
        notice_days: how many days before a direct debit by our bank the customer is told; 14 without it.
    """

    by: CollectedBy
    on: CollectedOn = CollectedOn.DUE
    notice_days: Annotated[WholeNumber | None, Field(ge=0, le=60, exclude_if=lambda days: days is None)] = None
