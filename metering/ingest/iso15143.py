"""ISO 15143-3 (AEMP 2.0): telematics reports of a fleet of mobile machines, as XML or JSON.

Every element of a machine has its own instant, which is that of the reading. The instant of the snapshot is only when
the server answered; the same element may be repeated for weeks. The alias of a register is ``MACHINE/ELEMENT``, with
the machine's equipment id, serial number or PIN: ``EX-0012/CumulativeOperatingHours``. Elements without a register are
listed, not refused: a fleet reports much that no contract bills.

Source: ISO/TS 15143-3:2016, and real payloads of several makers, which differ from it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from metering.fleet.lookup import RegisterLookup
from metering.ingest import xml
from metering.ingest.json_rows import decoded, load
from metering.ingest.options import IngestOptions
from metering.ingest.other_xml import other_xml, refuse_web_page
from metering.ingest.raw_columns import RawColumns, string_column
from metering.ingest.stated_by_format import stated_by_format
from metering.ingest.unreadable import UnreadableFile

_UNMAPPED_SHOWN = 20
_IDS = ("EquipmentID", "SerialNumber", "PIN")
_NOBODY = {"", "missing", "unknown", "n/a", "none"}
_BOOLEANS = {"true": "1", "false": "0", "1": "1", "0": "0"}


@dataclass(frozen=True, slots=True)
class _Element:
    """Where an element has its value, and its unit: a fixed ``unit``, or the name of the field with the unit."""

    value: str
    unit: str = ""
    unit_in: str = ""


#: The elements that can be readings.
ELEMENTS: Mapping[str, _Element] = {
    "CumulativeOperatingHours": _Element("Hour", "machine_hour"),
    "CumulativeIdleHours": _Element("Hour", "machine_hour"),
    "CumulativeIdleNonOperatingHours": _Element("Hour", "machine_hour"),
    "CumulativePowerTakeOffHours": _Element("Hour", "machine_hour"),
    "CumulativeActiveRegenerationHours": _Element("Hour", "machine_hour"),
    "CumulativeLoadCount": _Element("Count", "cycle"),
    "CumulativePayloadTotals": _Element("Payload", unit_in="PayloadUnits"),
    "Distance": _Element("Odometer", unit_in="OdometerUnits"),
    "FuelUsed": _Element("FuelConsumed", unit_in="FuelUnits"),
    "FuelUsedLast24": _Element("FuelConsumed", unit_in="FuelUnits"),
    "FuelRemaining": _Element("Percent", "%"),
    "DEFRemaining": _Element("Percent", "%"),
    "EngineStatus": _Element("Running"),
}
_NAMES = {name.casefold(): name for name in ELEMENTS}


class FleetWithoutReadings(UnreadableFile):
    """The fleet reports nothing that is read."""


@dataclass(frozen=True, slots=True)
class _Report:
    """An element of a machine, as text."""

    machine: tuple[str, ...]
    element: str
    time: str
    value: str
    unit: str

    @property
    def names(self) -> list[str]:
        """The possible aliases of its register, one per name of the machine."""
        return [f"{machine}/{self.element}" for machine in self.machine if machine.casefold() not in _NOBODY]


def read_xml_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the readings of a fleet in XML, in either of the norm's two namespaces.

    Raises:
        UnreadableFile: the file is not XML, is XML of another kind, or no element has a register.
    """
    refuse_web_page(raw)
    reports: list[_Report] = []
    following, machines = "", 0
    for machines, equipment in enumerate(xml.elements(raw, "Equipment"), start=1):  # noqa: B007 their number
        reports += _reports_of_xml(equipment)
    if not machines and xml.root_name(raw).casefold() != "fleet":
        raise other_xml(raw)
    for link in xml.elements(raw, "Links"):
        if xml.text(link, "rel").casefold() == "next":
            following = xml.text(link, "href")
    _refuse_nothing(reports, machines)
    return _raw_columns(reports, targets, xml.attributes(raw).get("snapshotTime", ""), following)


def read_json_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the readings of a fleet in JSON.

    Raises:
        UnreadableFile: the file is not JSON, or no element has a register.
    """
    try:
        document = load(decoded(raw))
    except ValueError as error:
        raise UnreadableFile(f"this is no JSON: {error}", found=str(error), expected="a fleet") from error
    fleet = _member(document, "Fleet") if isinstance(_member(document, "Fleet"), dict) else document
    machines = _member(fleet, "Equipment")
    reports = [report for machine in _listed(machines) for report in _reports_of_json(machine)]
    links = [link for link in _listed(_member(fleet, "Links")) if str(_member(link, "rel")).casefold() == "next"]
    following = str(_member(links[0], "href") or "") if links else ""
    _refuse_nothing(reports, len(_listed(machines)))
    return _raw_columns(reports, targets, str(_member(fleet, "snapshotTime") or ""), following)


def _refuse_nothing(reports: list[_Report], machines: int) -> None:
    """Refuse a fleet of which nothing would be stored.

    Raises:
        FleetWithoutReadings: it lists no machine, or none that reports anything.
    """
    if not reports:
        shown = f"{machines} machines, without any element that is read" if machines else "no Equipment"
        raise FleetWithoutReadings(f"the fleet has {shown}", found=shown, expected=list(ELEMENTS))


def _reports_of_xml(equipment: Element) -> Iterator[_Report]:
    header = xml.child(equipment, "EquipmentHeader")
    ids = tuple(xml.text(equipment if header is None else header, name) for name in _IDS)
    for element in equipment:
        name = _NAMES.get(xml.local(element).casefold())
        if name is None:
            continue
        stated = {key.rpartition("}")[2].casefold(): value for key, value in element.attrib.items()}
        spec = ELEMENTS[name]
        time = stated.get("datetime", "") or xml.text(element, "datetime")
        unit = spec.unit or xml.text(element, spec.unit_in)
        yield _Report(ids, name, time, xml.text(element, spec.value), unit)


def _reports_of_json(machine: Any) -> Iterator[_Report]:
    header = _member(machine, "EquipmentHeader") or machine
    ids = tuple(_text(_member(header, name)) for name in _IDS)
    for key, content in machine.items() if isinstance(machine, dict) else ():
        name = _NAMES.get(str(key).casefold())
        for element in _listed(content) if name else ():
            spec = ELEMENTS[name or ""]
            unit = spec.unit or _text(_member(element, spec.unit_in))
            yield _Report(
                ids, name or "", _text(_member(element, "datetime")), _text(_member(element, spec.value)), unit
            )


def _raw_columns(reports: list[_Report], targets: RegisterLookup, snapshot: str, following: str) -> RawColumns:
    mapped, unmapped = [], []
    known = targets.find({name for report in reports for name in report.names})
    for report in reports:
        names = report.names
        name = next((name for name in names if name in known), None)
        if name is None:
            unmapped.append(names[0] if names else f"a machine without id/{report.element}")
        else:
            mapped.append((name, report))
    if reports and not mapped:
        raise UnreadableFile(
            "nothing in it is a register's: make its elements aliases", found=unmapped[:_UNMAPPED_SHOWN], expected=[]
        )
    dialect = {"format": "iso15143", "snapshot": snapshot}
    if unmapped:
        names = sorted(set(unmapped))
        more = f" and {len(names) - _UNMAPPED_SHOWN} more" if len(names) > _UNMAPPED_SHOWN else ""
        dialect["unmapped"] = ", ".join(names[:_UNMAPPED_SHOWN]) + more
    if following:
        dialect["next"] = following
    columns = {
        "register": string_column([name for name, _ in mapped]),
        "time": string_column([_instant(report.time) for _, report in mapped]),
        "value": string_column([_BOOLEANS.get(report.value.casefold(), report.value)
                          if report.element == "EngineStatus" else report.value for _, report in mapped]),
        "unit": string_column([report.unit for _, report in mapped]),
    }  # fmt: skip
    how_read = stated_by_format(
        None,
        register="machine and element",
        time="ISO 8601",
        zone="UTC, or the offset that is written",
        stamp="the instant of the element",
        value="decimal point",
        unit="that of the element, as the norm has it",
    )
    lines = np.arange(1, len(mapped) + 1, dtype=np.int64)
    return RawColumns(columns, lines, dialect=dialect, how_read=how_read)


def _instant(text: str) -> str:
    """A time as ISO 8601 in UTC; some makers omit the Z, or write more than six decimals of a second."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return f"{text}Z" if re.fullmatch(r"\d{4}-\d{2}-\d{2}T[0-9:.]+", text) else text


def _member(node: Any, name: str) -> Any:
    if not isinstance(node, dict):
        return None
    return next((value for key, value in node.items() if str(key).casefold() == name.casefold()), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).encode(errors="replace").decode()
