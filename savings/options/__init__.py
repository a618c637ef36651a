"""IPMVP's options, a file each, named in ``MvOption``.

The union is at once the registry, the stored plans' schema and the API's discriminator.
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
