"""The life of a payout as a pure machine.

    held ── released ─▶ due ── ordered ─▶ ordered ── paid ─▶ paid ── failed ─▶ failed   (the bank sent it back)
      ▲                  │ ▲                │  └───── failed ─▶ failed
      └───── held ───────┘ └── held ◀───────┘         (what the gateway holds, with its reason)

``held``, ``due``, ``ordered`` and ``paid`` count: what they have of a document no other payout has. What ``failed`` or
was ``withdrawn`` counts no more, and is owed again. Money that was paid counts, whatever was thought before.
"""

from enum import StrEnum

from quantities.errors import Conflict


class PayeePayoutState(StrEnum):
    """Where a payout stands.

    ``held``: it waits for a person, or for the payee; its reason says for what. ``due``: it is to be ordered, of a bank
    by its next file. ``ordered``: the gateway or the bank is asked. ``paid``: the payee has it, or its account at the
    gateway. ``failed``: it has not, and what the payout had is owed again. ``withdrawn``: nobody wants it any more.
    """

    HELD = "held"
    DUE = "due"
    ORDERED = "ordered"
    PAID = "paid"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class PayoutHappening(StrEnum):
    """What happens to a payout; ``noted`` moves nothing."""

    MADE = "made"
    HELD = "held"
    RELEASED = "released"
    ORDERED = "ordered"
    PAID = "paid"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"


class PayoutNotSo(Conflict):
    """The payout does not stand so that this can happen to it."""


_S, _H = PayeePayoutState, PayoutHappening
_PAID_FROM = (_S.HELD, _S.DUE, _S.ORDERED, _S.FAILED, _S.WITHDRAWN)
_NEXT = {
    (_S.HELD, _H.RELEASED): _S.DUE,
    (_S.HELD, _H.HELD): _S.HELD,
    (_S.HELD, _H.ORDERED): _S.ORDERED,
    (_S.HELD, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.DUE, _H.HELD): _S.HELD,
    (_S.DUE, _H.ORDERED): _S.ORDERED,
    (_S.DUE, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.ORDERED, _H.ORDERED): _S.ORDERED,
    (_S.ORDERED, _H.HELD): _S.HELD,
    (_S.ORDERED, _H.FAILED): _S.FAILED,
    (_S.ORDERED, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.PAID, _H.FAILED): _S.FAILED,
    **{(state, _H.PAID): _S.PAID for state in _PAID_FROM},
}
#: What these have of a document is paid, or will be.
COUNTS = frozenset({_S.HELD, _S.DUE, _S.ORDERED, _S.PAID})


def payout_after(state: PayeePayoutState, happening: PayoutHappening) -> PayeePayoutState:
    """Say where a payout stands after something happened to it.

    Raises:
        PayoutNotSo: it cannot happen to a payout that stands so.
    """
    if happening is _H.NOTED:
        return state
    try:
        return _NEXT[state, happening]
    except KeyError:
        possible = sorted(came.value for stands, came in _NEXT if stands is state)
        detail = f"a payout that is {state.value} cannot be {happening.value}"
        raise PayoutNotSo(detail, found=state.value, expected=possible) from None
