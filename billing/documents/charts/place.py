"""The units of a place: temperatures are shown in the degrees that its people read, whatever unit the data have.

Source: Unicode CLDR, supplemental measurementData, category "temperature"; the outlying territories follow their state.
"""

from babel.core import get_global

#: The scales of temperatures that are shown to people; a difference in kelvin stays what it is.
_DEGREES = frozenset({"degC", "degF"})
#: Where people read degrees Fahrenheit.
_FAHRENHEIT = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI", "BS", "BZ", "KY", "PW"})


def unit_of_place(spelling: str, zone: str) -> str:
    """The unit in which a quantity is shown at a place.

    Args:
        spelling: the unit of the data, as we write it.
        zone: the IANA name of the place's time zone; one of no country, as UTC, has degrees Celsius.

    Returns:
        ``degC`` or ``degF`` of a temperature; of everything else the unit itself, because contracts are priced in it.
    """
    if spelling not in _DEGREES:
        return spelling
    named = get_global("zone_aliases").get(zone, zone)
    return "degF" if get_global("zone_territories").get(named) in _FAHRENHEIT else "degC"
