"""The life of a delivery as a pure machine: what may happen to it, and what it is then.

    due      ── claimed ──▶ sending ── sent ──▶ sent
     ▲                        │ ├── refused ──▶ refused
     │◀────── failed ─────────┤ └── lost ─────▶ unknown
     └── again (a person, with a reason) ── of all that is not on its way

That an attempt began is committed before a byte leaves the house, so a delivery is ``sending`` from then on until its
outcome is recorded. Whoever is killed between leaves it so; after its lease it is ``asked`` about where the way can be
asked, and is ``unknown`` where it cannot: then a person decides, and nothing is sent by itself.
"""

from enum import StrEnum

from contracts.delivery_terms import DeliveryWay
from quantities.errors import Conflict


class DocumentDeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"


class DeliveryHappening(StrEnum):
    """What happens to a delivery.

    ``claimed``: an attempt begins. ``sent``: it was taken. ``failed``: it was not taken, and may be tried again.
    ``refused``: it was not taken, and trying again would not help. ``lost``: nobody knows whether it was taken.
    ``never_arrived``: the way was asked, and knows nothing of it. ``again``: a person sends it once more. ``arrived``,
    ``given_up`` and ``noted``: a person says how it ended, or has read its answer. ``withdrawn``: the document is void.
    ``answered``: the receiver says what becomes of the document. ``restored``: it was due in a backup that is restored,
    and may have been sent since that was made.
    """

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"
    LOST = "lost"
    NEVER_ARRIVED = "never_arrived"
    AGAIN = "again"
    ARRIVED = "arrived"
    GIVEN_UP = "given_up"
    NOTED = "noted"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    RESTORED = "restored"


def message_named(way: DeliveryWay) -> str:
    """What the name of an attempt is called, by which the receiver can look for it."""
    return "Message-ID" if way in (DeliveryWay.MAIL, DeliveryWay.LINK) else "message"


class DeliveryNotSo(Conflict):
    """The delivery does not stand so that this can happen to it."""


_S, _H = DocumentDeliveryState, DeliveryHappening
_NEXT = {
    (_S.DUE, _H.CLAIMED): _S.SENDING,
    (_S.DUE, _H.WITHDRAWN): _S.GIVEN_UP,
    (_S.DUE, _H.REFUSED): _S.REFUSED,  # before anything was sent: the document may not be
    (_S.DUE, _H.GIVEN_UP): _S.GIVEN_UP,
    (_S.DUE, _H.RESTORED): _S.UNKNOWN,
    (_S.SENDING, _H.SENT): _S.SENT,
    (_S.SENDING, _H.FAILED): _S.DUE,
    (_S.SENDING, _H.REFUSED): _S.REFUSED,
    (_S.SENDING, _H.LOST): _S.UNKNOWN,
    (_S.SENDING, _H.NEVER_ARRIVED): _S.DUE,
    # who was slower than its lease knows after all that it was taken: then it is not sent once more
    (_S.UNKNOWN, _H.SENT): _S.SENT,
    (_S.DUE, _H.SENT): _S.SENT,
    (_S.REFUSED, _H.SENT): _S.SENT,
    (_S.GIVEN_UP, _H.SENT): _S.SENT,
    (_S.UNKNOWN, _H.REFUSED): _S.REFUSED,
    (_S.UNKNOWN, _H.FAILED): _S.REFUSED,  # never tried again by itself once somebody was asked about it
    (_S.UNKNOWN, _H.ARRIVED): _S.SENT,
    (_S.UNKNOWN, _H.GIVEN_UP): _S.GIVEN_UP,
    (_S.UNKNOWN, _H.AGAIN): _S.DUE,
    (_S.REFUSED, _H.AGAIN): _S.DUE,
    (_S.REFUSED, _H.ARRIVED): _S.SENT,
    (_S.REFUSED, _H.GIVEN_UP): _S.GIVEN_UP,
    (_S.SENT, _H.AGAIN): _S.DUE,
    (_S.SENT, _H.ANSWERED): _S.SENT,
    (_S.SENT, _H.NOTED): _S.SENT,
    (_S.SENT, _H.GIVEN_UP): _S.GIVEN_UP,  # it came back, as a bounce that a person reads
    (_S.SENT, _H.REFUSED): _S.REFUSED,  # an access point took it, and could not hand it over
    (_S.GIVEN_UP, _H.AGAIN): _S.DUE,
}
#: In these nobody knows that it did not arrive: a document of which one is so is not void.
MAY_HAVE_ARRIVED = frozenset({_S.SENDING, _S.SENT, _S.UNKNOWN})
#: In these a person is asked.
OF_A_PERSON = frozenset({_S.REFUSED, _S.UNKNOWN})


def after(state: DocumentDeliveryState, happening: DeliveryHappening) -> DocumentDeliveryState:
    """Say where a delivery stands after something happened to it.

    Raises:
        DeliveryNotSo: it cannot happen to a delivery that stands so.
    """
    try:
        return _NEXT[state, happening]
    except KeyError:
        possible = sorted(came.value for stands, came in _NEXT if stands is state)
        detail = f"a delivery that is {state.value} cannot be {happening.value.replace('_', ' ')}"
        raise DeliveryNotSo(detail, found=state.value, expected=possible) from None
