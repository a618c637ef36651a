"""The kind of register that readings are for, where a format states only their unit and whether they have an extent."""

from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest.no_reading import NoReading
from quantities.quantity import USE_UNITS, unit


def refuse_other_kind(symbol: str, target: TargetRegister, *, extended: bool) -> None:
    """Refuse readings for a register of another kind: intervals read as reads of a counter give another total.

    Args:
        symbol: the unit of the values; that of a level (kW) is for a register of levels.
        target: the register.
        extended: whether the readings are for intervals and not for instants.

    Raises:
        UnknownUnit: ``symbol`` is not listed.
        NoReading: the register is of another kind.
    """
    listed = unit(symbol).symbol
    if listed in USE_UNITS:
        expected = RegisterKind.INSTANTANEOUS
    else:
        expected = RegisterKind.INTERVAL if extended else RegisterKind.CUMULATIVE
    if target.register.kind is not expected:
        actual = f"{listed} {'over intervals' if extended else 'at instants'}"
        stands = f"{target.register.key} is {target.register.kind}"
        raise NoReading("other_kind", f"{actual}, and {stands}", f"a register of kind {expected}")
