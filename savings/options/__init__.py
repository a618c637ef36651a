"""The options A to D of IPMVP, one file for each, named in ``MvOption``.

The union is the registry, the schema of stored plans and the discriminator of the API at once.
"""

from typing import Annotated, TypeAlias

from pydantic import Field

from savings.options.option_a import KeyParameter
from savings.options.option_b import RetrofitIsolation
from savings.options.option_c import WholeFacility
from savings.options.option_d import CalibratedSimulation

MvOption: TypeAlias = Annotated[
    KeyParameter | RetrofitIsolation | WholeFacility | CalibratedSimulation, Field(discriminator="kind")
]
