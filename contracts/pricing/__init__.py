"""Pricing rules. The union is at once the registry, the stored terms' schema and the API's discriminator."""

from typing import Annotated

from pydantic import Field

from contracts.pricing.fixed_fee import FixedFee
from contracts.pricing.graduated import Graduated
from contracts.pricing.per_unit import PerUnit

PricingRule = Annotated[FixedFee | PerUnit | Graduated, Field(discriminator="kind")]
