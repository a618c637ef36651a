"""The life of an order to a gateway as a pure machine: what may happen to it, and what it is then.

    due ── claimed ──▶ sending ── answered ──▶ waits ─▶ processing ─▶ done ── charged back ──▶ charged_back
     ▲                    │ │                    └─ expired ─▶ expired  │           ◀── won ──┘
     │◀───── put off ─────┤ └── lost ──▶ unknown ── looked up ──▶ (as the gateway says) or due, where nothing is known
     └── again            └── refused ─▶ refused ◀───────── undone ─────┘  (it failed after it was done)

That an attempt began is committed before the gateway is asked, so an order is ``sending`` from then on until its
outcome is recorded. What the gateway says of it later, by an answer, an event or a look, counts alike: money only moves
forward, and an older word changes nothing.
"""

from enum import StrEnum

from billing.payments.gateway import MovementState, OrderedMovement
from quantities.errors import Conflict


class OrderState(StrEnum):
    """Where an order stands.

    ``due``: it is to be asked for. ``sending``: it is being asked for. ``waits``: the customer's page is open.
    ``processing``: money is on its way, and not paid. ``done``: it is paid. ``refused``: it failed, and another attempt
    is a person's. ``expired``: the customer's page closed. ``unknown``: nobody knows; the gateway is looked through.
    ``charged_back``: it was paid, and taken back by the customer's bank. ``withdrawn``: it is not wanted any more.
    """

    DUE = "due"
    SENDING = "sending"
    WAITS = "waits"
    PROCESSING = "processing"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    CHARGED_BACK = "charged_back"
    WITHDRAWN = "withdrawn"


class OrderHappening(StrEnum):
    """What happens to an order.

    ``claimed``: an attempt begins. ``waiting``, ``moving``, ``done``, ``failed``, ``expired``: what the gateway says of
    it. ``put_off``: it failed, and is tried again later. ``refused``: it failed, and is not tried again by itself.
    ``lost``: no answer came. ``never_made``: the gateway was looked through, and has nothing of it. ``again``: a person
    has it tried once more. ``withdrawn``: nobody wants it any more. ``charged_back`` and ``won``: the customer's bank
    took the money back, and gave it back. ``undone``: a refund came back, or a debit
    failed after it was paid. ``noted``: something is on record that moves nothing.
    """

    CLAIMED = "claimed"
    WAITING = "waiting"
    MOVING = "moving"
    DONE = "done"
    PUT_OFF = "put_off"
    REFUSED = "refused"
    EXPIRED = "expired"
    LOST = "lost"
    NEVER_MADE = "never_made"
    AGAIN = "again"
    WITHDRAWN = "withdrawn"
    CHARGED_BACK = "charged_back"
    WON = "won"
    UNDONE = "undone"
    NOTED = "noted"


class OrderNotSo(Conflict):
    """The order does not stand so that this can happen to it."""


_S, _H = OrderState, OrderHappening
#: Whatever was thought of an order: money that the gateway has counts.
_PAID_FROM = (_S.DUE, _S.SENDING, _S.WAITS, _S.PROCESSING, _S.REFUSED, _S.EXPIRED, _S.UNKNOWN, _S.WITHDRAWN)
_ASKED = (_S.SENDING, _S.UNKNOWN)
_NEXT = {
    (_S.DUE, _H.CLAIMED): _S.SENDING,
    (_S.DUE, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.DUE, _H.REFUSED): _S.REFUSED,  # before anything was asked
    (_S.DUE, _H.WAITING): _S.WAITS,  # whoever asked was slower than its lease, and the page is there after all
    (_S.SENDING, _H.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _H.NEVER_MADE): _S.DUE,
    (_S.SENDING, _H.NEVER_MADE): _S.DUE,
    (_S.WAITS, _H.MOVING): _S.PROCESSING,
    (_S.WAITS, _H.EXPIRED): _S.EXPIRED,
    (_S.WAITS, _H.REFUSED): _S.REFUSED,
    (_S.PROCESSING, _H.REFUSED): _S.REFUSED,
    (_S.PROCESSING, _H.PUT_OFF): _S.DUE,
    (_S.REFUSED, _H.AGAIN): _S.DUE,
    (_S.EXPIRED, _H.AGAIN): _S.DUE,
    (_S.WITHDRAWN, _H.AGAIN): _S.DUE,
    (_S.REFUSED, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.EXPIRED, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.DONE, _H.CHARGED_BACK): _S.CHARGED_BACK,
    (_S.CHARGED_BACK, _H.WON): _S.DONE,
    (_S.DONE, _H.UNDONE): _S.REFUSED,
    **{(state, _H.WAITING): _S.WAITS for state in _ASKED},
    **{(state, _H.MOVING): _S.PROCESSING for state in (*_ASKED, _S.DUE)},
    **{(state, _H.PUT_OFF): _S.DUE for state in _ASKED},
    **{(state, _H.REFUSED): _S.REFUSED for state in _ASKED},
    **{(state, _H.EXPIRED): _S.EXPIRED for state in _ASKED},
    **{(state, _H.DONE): _S.DONE for state in _PAID_FROM},
}
#: Of a document at most one charge or page is so: money may come of it.
OPEN = frozenset({_S.DUE, _S.SENDING, _S.WAITS, _S.PROCESSING, _S.UNKNOWN})
#: In these money may be on its way, or has come: the document of such a charge or page is not void.
MAY_HAVE_COME = frozenset({_S.SENDING, _S.WAITS, _S.PROCESSING, _S.UNKNOWN, _S.DONE})
#: Of these the gateway had money.
PAID = frozenset({_S.DONE, _S.CHARGED_BACK})
#: In these a person is asked.
OF_A_PERSON = frozenset({_S.REFUSED, _S.CHARGED_BACK})
#: Money of payees: it is booked with their payouts, and not with what customers owe.
OF_PAYEES = frozenset({OrderedMovement.TRANSFER, OrderedMovement.TAKE_BACK})
#: What the gateway's word means; what failed is put off or refused, by whether another day may do.
HAPPENING_OF = {
    MovementState.WAITS: _H.WAITING,
    MovementState.PROCESSING: _H.MOVING,
    MovementState.DONE: _H.DONE,
    MovementState.EXPIRED: _H.EXPIRED,
}


def after(state: OrderState, happening: OrderHappening) -> OrderState:
    """Say where an order stands after something happened to it.

    Raises:
        OrderNotSo: it cannot happen to an order that stands so.
    """
    try:
        return _NEXT[state, happening]
    except KeyError:
        possible = sorted(came.value for stands, came in _NEXT if stands is state)
        detail = f"an order that is {state.value} cannot be {happening.value.replace('_', ' ')}"
        raise OrderNotSo(detail, found=state.value, expected=possible) from None


def may_happen(state: OrderState, happening: OrderHappening) -> bool:
    """Whether something changes an order; an older word of the gateway does not."""
    return (state, happening) in _NEXT
