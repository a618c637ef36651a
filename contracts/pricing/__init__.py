"""Pricing rules. The union is at once the registry, the stored terms' schema and the API's discriminator."""

from typing import Annotated

from pydantic import Field

from contracts.pricing.age import Age
from contracts.pricing.availability import Availability
from contracts.pricing.buy_out import BuyOut
from contracts.pricing.commitment import Commitment
from contracts.pricing.deduction import Deduction
from contracts.pricing.demand import Demand
from contracts.pricing.discount import Discount
from contracts.pricing.downtime_damages import DowntimeDamages
from contracts.pricing.drawdown import Drawdown
from contracts.pricing.early_exit import EarlyExit
from contracts.pricing.fixed_fee import FixedFee
from contracts.pricing.graduated import Graduated
from contracts.pricing.holdover import Holdover
from contracts.pricing.lost_yield import LostYield
from contracts.pricing.matrix import Matrix
from contracts.pricing.maximum_spend import MaximumSpend
from contracts.pricing.minimum_spend import MinimumSpend
from contracts.pricing.one_off import OneOff
from contracts.pricing.overtime import Overtime
from contracts.pricing.package import Package
from contracts.pricing.pass_through import PassThrough
from contracts.pricing.per_unit import PerUnit
from contracts.pricing.percentage import Percentage
from contracts.pricing.percentage_of import PercentageOf
from contracts.pricing.prepaid import Prepaid
from contracts.pricing.service_events import ServiceEvents
from contracts.pricing.severity import Severity
from contracts.pricing.shift import Shift
from contracts.pricing.stairstep import Stairstep
from contracts.pricing.take_or_pay import TakeOrPay
from contracts.pricing.time_of_use import TimeOfUse
from contracts.pricing.volume import Volume

PricingRule = Annotated[
    FixedFee
    | PerUnit
    | Graduated
    | Volume
    | Package
    | Stairstep
    | Percentage
    | PercentageOf
    | Matrix
    | TimeOfUse
    | Demand
    | Overtime
    | Shift
    | MinimumSpend
    | MaximumSpend
    | Commitment
    | TakeOrPay
    | Prepaid
    | Availability
    | LostYield
    | DowntimeDamages
    | Deduction
    | Severity
    | Age
    | OneOff
    | BuyOut
    | Holdover
    | EarlyExit
    | ServiceEvents
    | Discount
    | Drawdown
    | PassThrough,
    Field(discriminator="kind"),
]
