"""Types for the names in documents: of things, of units, of time zones."""

from typing import Annotated

from pydantic import Field

from quantities.document import checked
from quantities.period import zone
from quantities.quantity import unit

ZoneName = Annotated[str, checked(lambda name: zone(name).key)]
UnitSymbol = Annotated[str, checked(lambda spelling: unit(spelling).symbol)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
