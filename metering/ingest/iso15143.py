"""ISO 15143-3 (AEMP 2.0): what makers of mobile machines report of a fleet, as XML or JSON.

Each element of a machine has an instant of its own, which is the reading's; the snapshot's is only when the server
answered, and the same element may repeat for weeks. A register is found as ``MACHINE/ELEMENT`` among its aliases, the
machine by its equipment id, serial number or PIN: ``EX-0012/CumulativeOperatingHours``. Elements that are nobody's are
listed, not refused: a fleet reports much that no contract counts.

Source: ISO/TS 15143-3:2016; the field's traps in real payloads of several makers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from metering.ingest import xml
from metering.ingest.json_rows import decoded, load
from metering.ingest.raw_columns import IngestOptions, RawColumns, RegisterLookup, UnreadableFile, strings

_UNMAPPED_SHOWN = 20
_IDS = ("EquipmentID", "SerialNumber", "PIN")
_NOBODY = {"", "missing", "unknown", "n/a", "none"}
_BOOLEANS = {"true": "1", "false": "0", "1": "1", "0": "0"}


@dataclass(frozen=True, slots=True)
class _Element:
    """Where an element keeps its value and its unit."""

    value: str
    unit: str = ""
    unit_in: str = ""


#: The elements that count something.
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


@dataclass(frozen=True, slots=True)
class _Report:
    """One element of one machine, as text."""

    machine: tuple[str, ...]
    element: str
    time: str
    value: str
    unit: str

    @property
    def names(self) -> list[str]:
        """What the register may be called, by each of the machine's names."""
        return [f"{machine}/{self.element}" for machine in self.machine if machine.casefold() not in _NOBODY]


def state_xml(raw: bytes, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    """Find the readings of a fleet in XML, of whichever of its two namespaces.

    Raises:
        UnreadableFile: it is no XML, or nothing in it is a register's.
    """
    reports: list[_Report] = []
    following = ""
    for equipment in xml.elements(raw, "Equipment"):
        reports += _of_xml(equipment)
    for link in xml.elements(raw, "Links"):
        if xml.text(link, "rel").casefold() == "next":
            following = xml.text(link, "href")
    return _stated(reports, targets, xml.attributes(raw).get("snapshotTime", ""), following)


def state_json(raw: bytes, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    """Find the readings of a fleet in JSON.

    Raises:
        UnreadableFile: it is no JSON, or nothing in it is a register's.
    """
    try:
        found = load(decoded(raw))
    except ValueError as error:
        raise UnreadableFile(f"this is no JSON: {error}", found=str(error), expected="a fleet") from error
    fleet = _key(found, "Fleet") if isinstance(_key(found, "Fleet"), dict) else found
    machines = _key(fleet, "Equipment")
    reports = [report for machine in _listed(machines) for report in _of_json(machine)]
    links = [link for link in _listed(_key(fleet, "Links")) if str(_key(link, "rel")).casefold() == "next"]
    following = str(_key(links[0], "href") or "") if links else ""
    return _stated(reports, targets, str(_key(fleet, "snapshotTime") or ""), following)


def _of_xml(equipment: Element) -> Iterator[_Report]:
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


def _of_json(machine: Any) -> Iterator[_Report]:
    header = _key(machine, "EquipmentHeader") or machine
    ids = tuple(_text(_key(header, name)) for name in _IDS)
    for key, found in machine.items() if isinstance(machine, dict) else ():
        name = _NAMES.get(str(key).casefold())
        for element in _listed(found) if name else ():
            spec = ELEMENTS[name or ""]
            unit = spec.unit or _text(_key(element, spec.unit_in))
            yield _Report(ids, name or "", _text(_key(element, "datetime")), _text(_key(element, spec.value)), unit)


def _stated(reports: list[_Report], targets: RegisterLookup, snapshot: str, following: str) -> RawColumns:
    mapped, unmapped = [], []
    found = targets.find({name for report in reports for name in report.names})
    for report in reports:
        names = report.names
        name = next((name for name in names if name in found), None)
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
        "register": strings([name for name, _ in mapped]),
        "time": strings([_instant(report.time) for _, report in mapped]),
        "value": strings([_BOOLEANS.get(report.value.casefold(), report.value)
                          if report.element == "EngineStatus" else report.value for _, report in mapped]),
        "unit": strings([report.unit for _, report in mapped]),
    }  # fmt: skip
    return RawColumns(columns, np.arange(1, len(mapped) + 1, dtype=np.int64), dialect=dialect)


def _instant(text: str) -> str:
    """The norm's times are in UTC; some makers leave the Z out, or write seven places of a second."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return f"{text}Z" if re.fullmatch(r"\d{4}-\d{2}-\d{2}T[0-9:.]+", text) else text


def _key(found: Any, name: str) -> Any:
    if not isinstance(found, dict):
        return None
    return next((value for key, value in found.items() if str(key).casefold() == name.casefold()), None)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]


def _text(found: Any) -> str:
    return "" if found is None or isinstance(found, dict | list) else str(found).encode(errors="replace").decode()
