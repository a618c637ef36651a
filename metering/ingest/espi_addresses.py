"""The registers of the meter readings of an ESPI feed, by their addresses.

A meter reading has an address: ``…/Subscription/81/UsagePoint/440107/MeterReading/1``. Its end from ``UsagePoint`` on
is an alias only as long as one meter reading of the feed has it: where usage points are numbered by customer, the same
end belongs to several customers.
"""

from collections.abc import Collection, Mapping, Sequence

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.unreadable import UnreadableFile

_SHOWN = 20


class AmbiguousAddress(UnreadableFile):
    """An alias fits several meter readings of the feed."""


def register_names(
    meters: Sequence[str], usage_points: Collection[str], targets: RegisterLookup, options: IngestOptions
) -> Mapping[str, str]:
    """The names by which the register of each meter reading is looked up: the sender's, the whole address, or its end.

    Args:
        meters: the addresses of the meter readings.
        usage_points: the addresses of the usage points that the feed lists.
        targets: the registers of the tenant.
        options: with the register that the sender says.

    Raises:
        AmbiguousAddress: an alias is the end of several addresses, or no address says which usage point is meant.
        UnreadableFile: the sender says one register, and the feed has several meter readings.
    """
    if options.register is not None:
        if len(meters) > 1:
            raise UnreadableFile(
                "the feed has several meter readings: make each an alias of its register", found=meters, expected="one"
            )
        return dict.fromkeys(meters, options.register)
    homeless = [meter for meter in meters if "UsagePoint/" not in meter]
    if homeless and len(usage_points) > 1:
        raise AmbiguousAddress(
            f"{homeless[0] or 'a block without a link'!r} may be of any of {len(usage_points)} usage points",
            place=homeless[0] or "a block without a link",
            found=homeless[:_SHOWN],
            expected="links that name the usage point, as …/UsagePoint/1/MeterReading/1",
        )
    by_end: dict[str, list[str]] = {}
    for meter in meters:
        by_end.setdefault(short(meter), []).append(meter)
    known = targets.find({*meters, *by_end})
    for end, alike in by_end.items():
        if len(alike) > 1 and end in known:
            raise AmbiguousAddress(
                f"the alias {end!r} fits {len(alike)} meter readings of the feed: make the whole addresses the aliases",
                place=alike[0],
                found=end,
                expected=alike[:_SHOWN],
            )
    return {meter: meter if meter in known or len(by_end[short(meter)]) > 1 else short(meter) for meter in meters}


def short(meter: str) -> str:
    """The end of an address, which names the meter reading within its customer."""
    before, mark, after = meter.rpartition("UsagePoint/")
    return mark + after if mark else meter or before
