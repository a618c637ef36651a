"""How each rule comes to its lines, as steps: a writer a rule, named in ``WRITERS``.

A rule that has none is rated all the same; its quantities and prices are then stated, and checked by hash alone.
"""

from collections.abc import Callable, Mapping

from billing.proof.bundle.rules import bands, bounds, commitments, dated, events, fees, savings, states, tiers
from billing.proof.bundle.scene import RuleScene, WrittenLines

WRITERS: Mapping[str, Callable[[RuleScene], WrittenLines]] = {
    "age": dated.age,
    "availability": states.availability,
    "buy_out": dated.buy_out,
    "commitment": commitments.commitment,
    "deduction": events.deduction,
    "demand": bands.demand,
    "discount": bounds.discount,
    "downtime_damages": states.downtime_damages,
    "drawdown": bounds.drawdown,
    "early_exit": dated.early_exit,
    "fixed_fee": fees.fixed_fee,
    "graduated": tiers.priced,
    "holdover": dated.holdover,
    "lease_rent": savings.lease_rent,
    "lost_yield": states.lost_yield,
    "matrix": bands.matrix,
    "maximum_spend": bounds.maximum_spend,
    "minimum_spend": bounds.minimum_spend,
    "one_off": fees.one_off,
    "overtime": tiers.priced,
    "package": tiers.priced,
    "pass_through": fees.pass_through,
    "per_unit": tiers.priced,
    "percentage": events.percentage,
    "percentage_of": bounds.percentage_of,
    "prepaid": commitments.prepaid,
    "savings_guarantee": savings.savings_guarantee,
    "savings_share": savings.savings_share,
    "service_events": events.service_events,
    "severity": dated.severity,
    "shift": tiers.priced,
    "stairstep": tiers.priced,
    "take_or_pay": commitments.take_or_pay,
    "time_of_use": bands.time_of_use,
    "volume": tiers.priced,
}
