"""Types for the names in documents: of things, of units, of time zones."""

from typing import Annotated

from pydantic import Field

from quantities.document import checked
from quantities.period import zone
from quantities.quantity import unit
from quantities.worded import worded

ZoneName = Annotated[str, checked(lambda name: zone(name).key)]
UnitSymbol = Annotated[str, checked(lambda spelling: unit(spelling).symbol)]
_NAME = worded(r"^\S(.*\S)?$", "a name in one line, without spaces before and after it")
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_NAME)]
