"""MTConnect streams: what an agent answers to ``/current`` and ``/sample``, of any version.

Observations are grouped by component and data item; ``sequence`` orders them all, and nothing else does. The alias of a
register is ``DEVICE/ITEM``, with the name or the uuid of the device and the id of the data item, or its name.
``resetTriggered`` says that a counter starts anew. Conditions and messages are events, if they are a register's.

The units are those of the norm, for the types below; of others the file states none, and they are in the register's.
Source: ANSI/MTC1.4 (MTConnect), part 2 (units of types) and part 3 (streams).
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from metering.fleet.lookup import RegisterLookup
from metering.ingest import xml
from metering.ingest.no_reading import NoReading
from metering.ingest.observations import DataItem, Observation, raw_columns
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.unreadable import UnreadableFile

#: The outermost elements of the norm's documents; only streams have observations.
DOCUMENTS = ("MTConnectStreams", "MTConnectDevices", "MTConnectAssets", "MTConnectError")
#: The element of a type → the unit in which the norm has an agent state it, and the one for a register of machine time.
_UNITS: Mapping[str, tuple[str, str]] = {
    "ElectricalEnergy": ("J", ""),  # WATT_SECOND
    "Wattage": ("W", ""),
    "AccumulatedTime": ("s", "machine_second"),
    "EquipmentTimer": ("s", "machine_second"),
    "ProcessTimer": ("s", "machine_second"),
    "Temperature": ("degC", ""),
    "Pressure": ("Pa", ""),
    "Frequency": ("Hz", ""),
    "RotaryVelocity": ("rpm", ""),
}
_OBSERVATION_DEPTH = 5  # MTConnectStreams, Streams, DeviceStream, ComponentStream, Samples or Events or Condition
_SEQUENCE_DIGITS_MAX = 20


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the observations of an agent's answer; the line of one is its position among all of the file.

    Raises:
        UnreadableFile: it is another document of the norm, has no observation, or none is a register's.
    """
    document = xml.root_name(raw)
    if document != "MTConnectStreams":
        raise UnreadableFile(
            f"this is {document or 'no MTConnect document'}: it has no observations",
            found=_error(raw) or document,
            expected="MTConnectStreams, as an agent answers /current and /sample",
        )
    observations: list[Observation] = []
    items: dict[tuple[str, str, str, str, str], DataItem] = {}
    header = next((dict(element.attrib) for element in xml.elements(raw, "Header")), {})
    for path, element in xml.at_depth(raw, _OBSERVATION_DEPTH):
        observations.append(_observation(path, element, len(observations) + 1, items))
    dialect = {"format": "mtconnect", "instance": header.get("instanceId", ""), "next": header.get("nextSequence", "")}
    units = "that of the norm for the type of data item (energy J, power W); else the register's"
    return raw_columns(observations, targets, options, dialect, units_from=units)


def _error(raw: bytes) -> str:
    """What an agent says that went wrong; empty if it says nothing."""
    return next(
        (f"{error.get('errorCode', '')} {error.text or ''}".strip() for error in xml.elements(raw, "Error")), ""
    )


def _observation(
    path: list[Element], element: Element, line: int, items: dict[tuple[str, str, str, str, str], DataItem]
) -> Observation:
    device, group, kind = path[2], xml.local(path[4]), xml.local(element)
    type_ = element.get("type", "") if group == "Condition" else kind
    key = device.get("uuid", ""), device.get("name", ""), element.get("dataItemId", ""), element.get("name", ""), type_
    item = items.get(key)
    if item is None:
        item = items[key] = _item(*key)
    value = (element.text or "").strip()
    happened = None
    if group == "Condition":
        happened, value = kind.upper(), ""
    elif kind == "Message":
        happened, value = (value if value == "UNAVAILABLE" else element.get("nativeCode", "")), ""
    return Observation(
        item,
        line,
        element.get("timestamp", ""),
        value,
        sequence=_sequence(element.get("sequence", "")),
        happened=happened,
        is_reset="resetTriggered" in element.attrib,
        fault=_fault(element, group),
    )


def _item(uuid: str, device: str, id_: str, name: str, type_: str) -> DataItem:
    devices = [text for text in (device, uuid) if text] or [""]
    own = [text for text in (id_, name) if text] or [type_]
    names = tuple(f"{of_device}/{text}" for text in own for of_device in devices)
    return DataItem((uuid or device, id_ or name or type_), names, name or id_ or type_, _UNITS.get(type_, ("", "")))


def _sequence(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _SEQUENCE_DIGITS_MAX else None


def _fault(element: Element, group: str) -> NoReading | None:
    """Why the value of an observation is none that holds from its instant on."""
    if group == "Condition":
        return None
    if len(element):
        return NoReading("not_one_value", f"{len(element)} entries", "one value: data sets and tables are not read")
    if "sampleCount" in element.attrib:
        return NoReading("not_one_value", f"{element.get('sampleCount')} samples", "one value: series are not read")
    if "statistic" in element.attrib:
        actual = f"{element.get('statistic')} of {element.get('duration', '?')} s"
        return NoReading("statistic", actual, "a value that holds from its instant on")
    return None
