"""Option C: the whole facility, measured by its utility meters. Source: IPMVP Core Concepts."""

from typing import Literal

from savings.options.option_b import Modelled


class WholeFacility(Modelled):
    """Option C: the whole facility."""

    kind: Literal["whole_facility"] = "whole_facility"
