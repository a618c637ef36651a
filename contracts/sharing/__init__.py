"""Sharing: who has which part of what a charge comes to. The union of steps is the registry and the schema at once."""

from typing import Annotated, TypeAlias

from pydantic import Field

from contracts.sharing.steps import FirstStep, PercentStep, PerUnitStep, TiersStep

#: What a waterfall is made of; the ``kind`` tells them apart.
WaterfallStep: TypeAlias = Annotated[
    FirstStep | PercentStep | TiersStep | PerUnitStep,
    Field(discriminator="kind"),
]
