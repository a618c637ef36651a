"""The methods that fit a baseline, one file for each with its settings, named here.

The union is the registry, the schema of a plan and the list that the command line offers at once.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from savings.methods.caltrack import CaltrackBilling, CaltrackDaily
from savings.methods.change_point import ChangePoint
from savings.methods.daily import TowtDaily
from savings.methods.hourly import CaltrackHourly
from savings.methods.mean import Mean

BaselineMethod: TypeAlias = Annotated[
    CaltrackDaily | CaltrackBilling | CaltrackHourly | TowtDaily | ChangePoint | Mean, Field(discriminator="kind")
]

#: The methods by the name in their ``kind``.
METHODS: Mapping[str, Any] = {
    method.model_fields["kind"].default: method
    for method in (CaltrackDaily, CaltrackBilling, CaltrackHourly, TowtDaily, ChangePoint, Mean)
}
