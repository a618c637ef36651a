"""What a pay page says: a function of the document, of what became of it, and of what is under way; of nothing else."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.payments.gateway import OrderedMovement, PaymentRail
from billing.payments.orders.state import OrderState
from billing.receivables.standing import PaymentStanding


class PayPageState(StrEnum):
    """What can be done on a pay page, and why nothing can.

    ``payable``: there is something to pay. ``settled``: nothing is open. ``disputed``: all that is open is disputed.
    ``charged_later``: it will be charged by itself. ``under_way``: it is being paid or charged. ``held``: somebody has
    asked for it to be void. ``void``, ``expired``, ``revoked``: the document, or the link, is not valid any more.
    """

    PAYABLE = "payable"
    SETTLED = "settled"
    DISPUTED = "disputed"
    CHARGED_LATER = "charged_later"
    UNDER_WAY = "under_way"
    HELD = "held"
    VOID = "void"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """The one order of a document of which money may come.

    Attributes:
        movement: a charge, or a page of the gateway.
        state: where it stands.
        rail: of a charge.
        gives_way: whether a charge is made by nobody now: it is held, has failed, or no method is saved for it.
        begins_on: the local day on which a charge begins, where that is known.
    """

    movement: OrderedMovement
    state: OrderState
    rail: PaymentRail | None = None
    gives_way: bool = False
    begins_on: date | None = None

    @property
    def is_charged(self) -> bool:
        """Whether it is a charge that somebody will make."""
        return self.movement is OrderedMovement.CHARGE and not self.gives_way


@dataclass(frozen=True, slots=True)
class PayableDocument:
    """A document, as far as whoever pays it needs to know it.

    Attributes:
        number: of the document.
        issued_on: the day of it.
        due_on: until when it is to be paid; None where nothing says.
        currency: of its amounts.
        standing: what has become of it by now.
        order: the order of which money may come; None where none is open.
        is_held: whether somebody has asked for it to be void.
    """

    number: str
    issued_on: date | None
    due_on: date | None
    currency: str
    standing: PaymentStanding
    order: OpenOrder | None = None
    is_held: bool = False

    @property
    def payable(self) -> Decimal:
        """What can be paid now: what is open and not disputed."""
        return self.standing.undisputed


_UNDER_WAY = frozenset({OrderState.SENDING, OrderState.PROCESSING, OrderState.UNKNOWN})


def page_state(document: PayableDocument, *, is_expired: bool = False, is_revoked: bool = False) -> PayPageState:
    """Say what a pay page is about.

    A page of the gateway that is being opened is under way for whoever looks, and taken up by whoever clicks.

    Args:
        document: as it stands now.
        is_expired: whether the time of the link is over.
        is_revoked: whether somebody has ended it.
    """
    conditions = (
        (PayPageState.REVOKED, is_revoked),
        (PayPageState.EXPIRED, is_expired),
        (PayPageState.VOID, document.standing.is_void),
        (PayPageState.SETTLED, document.standing.open <= 0),
        (PayPageState.UNDER_WAY, document.order is not None and document.order.state in _UNDER_WAY),
        (PayPageState.HELD, document.is_held),
        (PayPageState.DISPUTED, document.payable <= 0),
        (PayPageState.CHARGED_LATER, document.order is not None and document.order.is_charged),
    )
    return next((state for state, holds in conditions if holds), PayPageState.PAYABLE)
