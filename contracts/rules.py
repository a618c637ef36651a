"""All rules that a charge may have: the rules that price use, and those that price a saving."""

from typing import Annotated

from pydantic import Field

from contracts.pricing import PricingRule
from contracts.savings_pricing import SavingsRule

ChargeRule = Annotated[PricingRule | SavingsRule, Field(discriminator="kind")]
