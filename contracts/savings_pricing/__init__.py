"""Rules of energy performance contracts, most of them over a measured saving.

The union is at once the registry, the schema and the API's discriminator.
"""

from typing import Annotated

from pydantic import Field

from contracts.savings_pricing.energy_guarantee import EnergyGuarantee
from contracts.savings_pricing.lease_rent import LeaseRent
from contracts.savings_pricing.savings_cap import SavingsCap
from contracts.savings_pricing.savings_guarantee import SavingsGuarantee
from contracts.savings_pricing.savings_share import SavingsShare
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee

SavingsRule = Annotated[
    SavingsShare | SavingsGuarantee | SavingsCap | TrusteeshipFee | LeaseRent | EnergyGuarantee,
    Field(discriminator="kind"),
]
