"""Rules that price a measured saving. The union is at once the registry, the schema and the API's discriminator."""

from typing import Annotated

from pydantic import Field

from contracts.savings.lease_rent import LeaseRent
from contracts.savings.savings_cap import SavingsCap
from contracts.savings.savings_guarantee import SavingsGuarantee
from contracts.savings.savings_share import SavingsShare
from contracts.savings.trusteeship_fee import TrusteeshipFee

SavingsRule = Annotated[
    SavingsShare | SavingsGuarantee | SavingsCap | TrusteeshipFee | LeaseRent,
    Field(discriminator="kind"),
]
