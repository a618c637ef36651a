"""Prepaid credit as it stands: by contract and currency, with the claims that it consists of."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from billing.advances.draw import OpenAdvance
from billing.records.advance import AdvanceKind
from quantities.arithmetic import added
from quantities.money import Amount


class OpenClaimOut(BaseModel):
    """A document that claims something before it is supplied, of which something is left.

    Attributes:
        number: of it.
        kind: `top_up` of credit, or `on_account` of a period.
        claimed_on: the day of the claim, its tax point.
        net: that it claims.
        left: what of it is neither drawn nor given back.
        paid: of a top-up, what of its net amount is paid.
        credit: of a top-up, what may be drawn now.
        expires: the first day on which nothing of it is drawn any more.
        first: of one on account, the first day of the period.
        last: likewise, the last day.
    """

    number: str
    kind: AdvanceKind
    claimed_on: date
    net: Amount
    left: Amount
    paid: Annotated[Amount | None, Field(exclude_if=lambda paid: paid is None)] = None
    credit: Annotated[Amount | None, Field(exclude_if=lambda credit: credit is None)] = None
    expires: Annotated[date | None, Field(exclude_if=lambda day: day is None)] = None
    first: Annotated[date | None, Field(exclude_if=lambda day: day is None)] = None
    last: Annotated[date | None, Field(exclude_if=lambda day: day is None)] = None


class PrepaidOut(BaseModel):
    """The prepaid credit of a contract.

    Attributes:
        contract: by reference.
        currency: of all amounts, which are net.
        credit: what may be drawn now: paid in less drawn, without what has expired; never below zero.
        to_be_paid: what is claimed of top-ups and is not paid yet.
        on_account: what is billed on account, and is deducted from the invoice of its period.
        claims: of which something is left, oldest first.
    """

    contract: str
    currency: str
    credit: Amount
    to_be_paid: Amount
    on_account: Amount
    claims: list[OpenClaimOut]


def prepaid_out(contract: str, currency: str, advances: Sequence[OpenAdvance], today: date) -> PrepaidOut:
    """Show the prepaid credit of a contract.

    Args:
        contract: by reference.
        currency: of the contract.
        advances: of which something is left, oldest first.
        today: in its zone.
    """
    top_ups = [advance for advance in advances if advance.is_top_up]
    return PrepaidOut(
        contract=contract,
        currency=currency,
        credit=added(advance.credit_on(today) for advance in top_ups),
        to_be_paid=added(min(advance.rest, advance.claimed - (advance.paid or Decimal(0))) for advance in top_ups),
        on_account=added(advance.rest for advance in advances if not advance.is_top_up),
        claims=[_claim(advance, today) for advance in advances],
    )


def _claim(advance: OpenAdvance, today: date) -> OpenClaimOut:
    record, is_top_up = advance.record, advance.is_top_up
    return OpenClaimOut(
        number=advance.document.name,
        kind=record.kind,
        claimed_on=record.claimed,
        net=advance.claimed,
        left=advance.rest,
        paid=advance.paid,
        credit=advance.credit_on(today) if is_top_up else None,
        expires=record.expires,
        first=None if is_top_up else record.first,
        last=None if is_top_up else date.fromordinal(record.after_last.toordinal() - 1),
    )
