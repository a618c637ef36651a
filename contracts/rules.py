"""Every rule that a charge may have: those that price use, and those that price what was saved."""

from typing import Annotated

from pydantic import Field

from contracts.pricing import PricingRule
from contracts.savings_pricing import SavingsRule

ChargeRule = Annotated[PricingRule | SavingsRule, Field(discriminator="kind")]
