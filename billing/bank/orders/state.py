"""The life of an order to a bank as a pure machine: what may happen to it, and what it is then.

    due ── prepared ──▶ prepared ── taken ──▶ taken ── booked ──▶ done ── returned ──▶ returned
     ▲                     │                    │ └── refused ──▶ refused
     └────── cancelled ────┴────────────────────┘
    due, or prepared nothing of it ── withdrawn ──▶ withdrawn

What was refused or returned is not asked for again under the same reference: another order is made for it.
"""

from enum import StrEnum

from billing.bank.orders.payment_to_make import BankOrderState
from quantities.errors import Conflict


class BankOrderHappening(StrEnum):
    """What happens to an order to a bank.

    ``prepared``: it was put into a file. ``cancelled``: its file was. ``taken``: a person took the file. ``booked``:
    the bank's statement has it. ``refused``: the bank does not do it. ``returned``: it was booked, and came back.
    ``withdrawn``: nobody wants it any more. ``noticed``: the customer was told by a letter. ``noted``: something is on
    record that moves nothing.
    """

    PREPARED = "prepared"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    BOOKED = "booked"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    NOTICED = "noticed"
    NOTED = "noted"


class BankOrderNotSo(Conflict):
    """The order to the bank does not stand so that this can happen to it."""


_S, _H = BankOrderState, BankOrderHappening
_NEXT = {
    (_S.DUE, _H.PREPARED): _S.PREPARED,
    (_S.DUE, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.PREPARED, _H.CANCELLED): _S.DUE,
    (_S.PREPARED, _H.TAKEN): _S.TAKEN,
    (_S.TAKEN, _H.CANCELLED): _S.DUE,
    (_S.TAKEN, _H.BOOKED): _S.DONE,
    (_S.TAKEN, _H.REFUSED): _S.REFUSED,
    (_S.DONE, _H.RETURNED): _S.RETURNED,
}
#: Of a document at most one order is so.
OPEN = frozenset({_S.DUE, _S.PREPARED, _S.TAKEN})
#: In these a mandate was used, whatever came of it; what the bank refused did not use it.
USED_A_MANDATE = frozenset({_S.PREPARED, _S.TAKEN, _S.DONE, _S.RETURNED})
#: In these money may come, or came: the document of such a debit is not void.
MAY_BRING_MONEY = frozenset({_S.PREPARED, _S.TAKEN, _S.DONE})
#: In these a person is asked.
OF_A_PERSON = frozenset({_S.REFUSED, _S.RETURNED})


def after(state: BankOrderState, happening: BankOrderHappening) -> BankOrderState:
    """Say where an order stands after something happened to it.

    Raises:
        BankOrderNotSo: it cannot happen to an order that stands so.
    """
    try:
        return _NEXT[state, happening]
    except KeyError:
        possible = sorted(came.value for stands, came in _NEXT if stands is state)
        detail = f"an order that is {state.value} cannot be {happening.value}"
        raise BankOrderNotSo(detail, found=state.value, expected=possible) from None


def may_happen(state: BankOrderState, happening: BankOrderHappening) -> bool:
    """Whether something changes an order that stands so."""
    return (state, happening) in _NEXT
