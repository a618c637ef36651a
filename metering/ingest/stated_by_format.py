"""How a file of a defined format is read: its definition states it, and nothing is left to ask."""

from metering.ingest.how_read import Aspect, Basis, HowRead

_WHERE = "the format"


def stated_by_format(
    register_said: str | None,
    *,
    register: str,
    time: str,
    zone: str,
    stamp: str,
    value: str,
    unit: str,
    quantity_kind: str = "that of the register",
) -> tuple[HowRead, ...]:
    """How a file is read whose format defines it.

    Args:
        register_said: the register that the sender says all readings are of, in place of what the file names; None:
            what the file names counts.
        register: what names the register of a reading, as ``NMI and suffix``.
        time: how times are written.
        zone: of the times.
        stamp: what a time means, as ``start of the interval``.
        value: how values are written.
        unit: where the unit is from.
        quantity_kind: where the kind of quantity is from.
    """
    stated = {
        Aspect.TIME: time,
        Aspect.ZONE: zone,
        Aspect.STAMP: stamp,
        Aspect.VALUE: value,
        Aspect.UNIT: unit,
        Aspect.QUANTITY_KIND: quantity_kind,
    }
    named = HowRead(Aspect.REGISTER, register, Basis.STATED, _WHERE)
    if register_said is not None:
        named = HowRead(Aspect.REGISTER, register_said, Basis.SAID, f"--register {register_said}")
    return named, *(HowRead(aspect, taken, Basis.STATED, _WHERE) for aspect, taken in stated.items())


def unit_said(unit: str | None) -> tuple[HowRead, ...]:
    """The unit that the sender says of values that have none in the file; empty if nothing is said."""
    if unit is None:
        return ()
    return (HowRead(Aspect.UNIT, f"{unit}, where none is written", Basis.SAID, f"--unit {unit}"),)
