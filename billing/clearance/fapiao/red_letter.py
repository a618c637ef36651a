"""Red letters: what is taken back of a fapiao is confirmed first, as a state machine, and never more than it came to.

    asked ─▶ none needed ──────────────────────────────────────────────▶ withdrawn
       │         (the customer has not deducted it)
       ├─▶ awaiting buyer  (the seller asked)  ──confirm──▶ confirmed ──▶ withdrawn (both agree)
       └─▶ awaiting seller (the buyer asked)   ──confirm──▶ confirmed
                 ├──refuse──▶ refused     ├──withdraw──▶ withdrawn     └──72 hours──▶ void

A red fapiao is made of what needs no confirmation or is confirmed, once. Source: STA Notice 2024 No. 11, Art. 5 and 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from quantities.errors import Conflict
from quantities.number import plain

CONFIRMED_WITHIN = timedelta(hours=72)


class RedMoveRefused(Conflict):
    """The red-letter confirmation is past that step."""


class RedExceedsBlue(Conflict):
    """More would be taken back than the fapiao came to."""


class PartialRedRefused(Conflict):
    """A fapiao made out in error is taken back as a whole."""


class RedReason(StrEnum):
    """Why a fapiao is taken back; each has the authority's code and words."""

    MADE_OUT_IN_ERROR = "made_out_in_error"
    RETURNED = "returned"
    SERVICE_ENDED = "service_ended"
    REDUCED = "reduced"

    @property
    def code(self) -> str:
        """The authority's code."""
        return _CODES[self][0]

    @property
    def in_chinese(self) -> str:
        """Its words."""
        return _CODES[self][1]


_CODES: Mapping[RedReason, tuple[str, str]] = MappingProxyType(
    {
        RedReason.MADE_OUT_IN_ERROR: ("01", "开票有误"),
        RedReason.RETURNED: ("02", "销货退回"),
        RedReason.SERVICE_ENDED: ("03", "服务中止"),
        RedReason.REDUCED: ("04", "销售折让"),
    }
)


class RedState(StrEnum):
    """Where a confirmation stands."""

    NONE_NEEDED = "none_needed"
    AWAITING_BUYER = "awaiting_buyer"
    AWAITING_SELLER = "awaiting_seller"
    CONFIRMED = "confirmed"
    VOID = "void"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def lets_red_out(self) -> bool:
        """Whether a red fapiao may be made of it."""
        return self in {RedState.NONE_NEEDED, RedState.CONFIRMED}

    @property
    def holds_amount(self) -> bool:
        """Whether what it takes back counts against its fapiao."""
        return self not in {RedState.VOID, RedState.REFUSED, RedState.WITHDRAWN}


class RedStep(StrEnum):
    """What somebody does about a confirmation; ``expire`` is the clock's own."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


_AWAITING: Mapping[RedStep, RedState] = MappingProxyType(
    {
        RedStep.CONFIRM: RedState.CONFIRMED,
        RedStep.REFUSE: RedState.REFUSED,
        RedStep.WITHDRAW: RedState.WITHDRAWN,
        RedStep.EXPIRE: RedState.VOID,
    }
)
RED_NEXT: Mapping[RedState, Mapping[RedStep, RedState]] = MappingProxyType(
    {
        RedState.NONE_NEEDED: {RedStep.WITHDRAW: RedState.WITHDRAWN},
        RedState.AWAITING_BUYER: _AWAITING,
        RedState.AWAITING_SELLER: _AWAITING,
        RedState.CONFIRMED: {RedStep.WITHDRAW: RedState.WITHDRAWN},
        RedState.VOID: {},
        RedState.REFUSED: {},
        RedState.WITHDRAWN: {},
    }
)


def begun(*, deducted: bool, by_buyer: bool) -> RedState:
    """Name the state in which a confirmation begins.

    Args:
        deducted: whether the customer has deducted the tax or entered the fapiao in its books: then both have a say.
        by_buyer: whether the customer asked.
    """
    if not deducted:
        return RedState.NONE_NEEDED
    return RedState.AWAITING_SELLER if by_buyer else RedState.AWAITING_BUYER


def red_now(state: RedState, asked_at: datetime, now: datetime) -> RedState:
    """What a recorded state is by now: what nobody has confirmed within 72 hours is void."""
    awaiting = state in {RedState.AWAITING_BUYER, RedState.AWAITING_SELLER}
    return RedState.VOID if awaiting and now >= asked_at + CONFIRMED_WITHIN else state


def red_moved(state: RedState, step: RedStep, *, made: bool = False) -> RedState:
    """Take a step.

    Args:
        state: as it is by now (``red_now``).
        step: what is done.
        made: whether its red fapiao is made: then nothing more is done about it.

    Raises:
        RedMoveRefused: the step does not follow.
    """
    allowed = {} if made else RED_NEXT[state]
    if step in allowed:
        return allowed[step]
    shown = "used up by its red fapiao" if made else state.value
    raise RedMoveRefused(
        f"a confirmation that is {shown} takes no {step.value}",
        place="state",
        found=shown,
        expected=[one.value for one in allowed if one is not RedStep.EXPIRE] or "no step more",
    )


@dataclass(frozen=True, slots=True)
class BlueFapiao:
    """What a fapiao came to, and what of it is taken back or about to be.

    Attributes:
        number: of the fapiao.
        net: without tax.
        tax: of it.
        red_net: without tax, of the confirmations that hold.
        red_tax: likewise.
    """

    number: str
    net: Decimal
    tax: Decimal
    red_net: Decimal = Decimal(0)
    red_tax: Decimal = Decimal(0)


def red_parts(
    blues: Sequence[BlueFapiao], net: Decimal, tax: Decimal, reason: RedReason
) -> tuple[tuple[BlueFapiao, Decimal, Decimal], ...]:
    """Share what is taken back out to the fapiao of a document, in their order; each gives what it has left.

    Args:
        blues: of the document that is corrected, in order.
        net: what is taken back of it without tax, above zero.
        tax: of it.
        reason: why.

    Returns:
        Of each fapiao that gives something: net and tax, above zero or nothing.

    Raises:
        RedExceedsBlue: it is more than all of them have left.
        PartialRedRefused: they were made out in error, and this is not all of them.
    """
    left_net = sum((blue.net - blue.red_net for blue in blues), Decimal(0))
    left_tax = sum((blue.tax - blue.red_tax for blue in blues), Decimal(0))
    if net > left_net or tax > left_tax:
        detail = (
            f"{plain(net)} and tax of {plain(tax)} are taken back, {plain(left_net)} and {plain(left_tax)} are left"
        )
        expected = f"{plain(left_net)} and tax of {plain(left_tax)} at most"
        raise RedExceedsBlue(detail, place="document", found=f"{plain(net)} and tax of {plain(tax)}", expected=expected)
    if reason is RedReason.MADE_OUT_IN_ERROR and (net, tax) != (left_net, left_tax):
        detail = f"{plain(net)} of {plain(left_net)} would be taken back as made out in error"
        raise PartialRedRefused(detail, place="reason", found=reason.value, expected="another reason, or all of it")
    parts = []
    for blue in blues:
        of_net, of_tax = min(net, blue.net - blue.red_net), min(tax, blue.tax - blue.red_tax)
        if of_net or of_tax:
            parts.append((blue, of_net, of_tax))
        net, tax = net - of_net, tax - of_tax
    return tuple(parts)
