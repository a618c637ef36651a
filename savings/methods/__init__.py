"""How a baseline is fitted, each method by name: a file with its settings, named here.

The union is at once the registry, the plan's schema and what the command line offers.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from savings.methods.caltrack import CaltrackBilling, CaltrackDaily
from savings.methods.change_point import ChangePoint
from savings.methods.hourly import CaltrackHourly
from savings.methods.mean import Mean

BaselineMethod: TypeAlias = Annotated[
    CaltrackDaily | CaltrackBilling | CaltrackHourly | ChangePoint | Mean, Field(discriminator="kind")
]

#: What each is called.
METHODS: Mapping[str, Any] = {
    each.model_fields["kind"].default: each
    for each in (CaltrackDaily, CaltrackBilling, CaltrackHourly, ChangePoint, Mean)
}
