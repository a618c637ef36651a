"""The lines that billing makes of contract documents and of uses, without a database."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from billing.counting.assembly import BilledUsage
from billing.invoices.invoice import Line
from billing.rating.disputed import Dispute
from billing.rating.rating import Rating, rate_segments
from billing.rating.segments import VersionSegment
from billing.tax.decision import Decision
from billing.tax.tax import Tax, TaxCategory
from contracts.contract import Contract
from contracts.indexation.lookup import no_index
from contracts.pricing_preview import TriedUsage
from contracts.schedule import BillingPeriod
from quantities.document import parse

#: By charge: what was used, as a document of a trial says it.
Uses: TypeAlias = Mapping[str, Mapping[str, Any]]
#: A version of a contract, the days of a period that it is in force, and what was used in them.
Segment: TypeAlias = tuple[Contract, BillingPeriod, Uses]


def agreed(*charges: Mapping[str, Any], **terms: Any) -> Contract:
    """A contract of these charges, from 1 January 2026 on, in euros, billed by the month."""
    party = {"name": "A", "country": "DE"}
    common = {"contract": "C", "supplier": party, "customer": {**party, "name": "B"}, "currency": "EUR"}
    dates = {"zone": "Etc/UTC", "starts": "2026-01-01"}
    return parse(Contract, common | dates | terms | {"charges": list(charges)})


def fee(name: str, amount: str, **terms: Any) -> dict[str, Any]:
    return {"name": name, "rule": {"kind": "fixed_fee", "amount": amount, **terms}}


def priced(name: str, rule: Mapping[str, Any], **terms: Any) -> dict[str, Any]:
    """A charge for what the register ``r`` counts."""
    return {"name": name, "register": "r", "rule": rule, **terms}


def used(quantity: str, unit: str = "each") -> dict[str, str]:
    return {"quantity": quantity, "unit": unit}


def first_period(contract: Contract) -> BillingPeriod:
    return next(contract.periods())


def divided(period: BillingPeriod, day: date) -> tuple[BillingPeriod, BillingPeriod]:
    """The days of a period before a day, and those from it on."""
    before, after = period.meet(period.first, day), period.meet(day, None)
    assert before is not None
    assert after is not None
    return before, after


def rated(
    *segments: Segment,
    vat: str = "19",
    opening: Mapping[str, Any] | None = None,
    disputed: Sequence[Dispute] = (),
    only: frozenset[str] | None = None,
) -> Rating:
    """What billing makes of the segments of one period; ``only`` some charges, all unless they are named."""
    tax = Decision(Tax(TaxCategory.STANDARD, Decimal(vat)), "", "")
    stretches = [
        VersionSegment(
            contract,
            number,
            number,
            period,
            frozenset(charge.name for charge in contract.charges) if only is None else only,
        )
        for number, (contract, period, _) in enumerate(segments, start=1)
    ]
    counted = [
        {
            name: BilledUsage(parse(TriedUsage, dict(usage)).to_usage(contract.starts), (), name)
            for name, usage in uses.items()
        }
        for contract, _, uses in segments
    ]
    return rate_segments(stretches, counted, opening or {}, no_index, lambda *_: tax, disputed)


def lines_of(contract: Contract, uses: Uses | None = None, *, vat: str = "19") -> tuple[Line, ...]:
    """The lines of the first period of a contract."""
    return rated((contract, first_period(contract), uses or {}), vat=vat).lines


def net(lines: Sequence[Line]) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))
