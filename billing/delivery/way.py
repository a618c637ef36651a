"""The port of all ways by which a document leaves the house: one file each behind it (api/delivering/)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing.delivery.answer import DeliveryAnswer
from billing.delivery.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class SendingAttempt:
    """One attempt to send a document.

    Attributes:
        tenant: whose document it is, by number.
        delivery: the number of the delivery.
        attempt: of it, from 1 on.
        key: by which the attempt is known outside: the identifier of a mail, the number that an access point is told.
        at: when it began.
    """

    tenant: int
    delivery: int
    attempt: int
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SendingReceipt:
    """That a document was taken: by what, under which number of the taker's, and in which words."""

    taken_by: str
    number: str = ""
    detail: str = ""


class SendingFailed(Exception):
    """A document was not taken, and may be sent again later."""


class SendingRefused(Exception):
    """A document was not taken, and would not be if it were sent again."""


class OutcomeUnknown(Exception):
    """Whether a document was taken is not known: the connection ended between its last byte and the answer."""


class SendingWay(Protocol):
    """A way by which documents leave the house."""

    def send(self, outgoing: Outgoing, to: tuple[str, ...], attempt: SendingAttempt) -> SendingReceipt:
        """Send a document to all addresses, or to none.

        Raises:
            SendingFailed, SendingRefused, OutcomeUnknown: it was not taken, or nobody knows.
        """


@dataclass(frozen=True, slots=True)
class AskedStatus:
    """What a way knows of an attempt.

    Attributes:
        receipt: that it was taken; None: the way knows nothing of it.
        failure: why it could not be handed over after it was taken; empty otherwise.
        answer: what the receiver has answered last.
        detail: in the receiver's words.
    """

    receipt: SendingReceipt | None
    failure: str = ""
    answer: DeliveryAnswer | None = None
    detail: str = ""


class AskableWay(SendingWay, Protocol):
    """A way that can be asked what it knows of an attempt, by our own key of it."""

    def ask(self, attempt: SendingAttempt) -> AskedStatus:
        """Ask for an attempt.

        Raises:
            SendingFailed: the way does not answer now.
        """
