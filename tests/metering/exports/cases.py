"""What a person who knows the system declares and says, export by export, after ``meant/`` and ``expected/`` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.metering.exports.scene import Said, expected, whole

KINDS = {"counter": "cumulative", "level": "instantaneous"}
UNITS = {"m³": "m3", "°C": "degC", "kVArh": "kvarh", "none": "one"}


@dataclass(frozen=True)
class Otherwise:
    """The file told otherwise than it is meant, which is lawful all the same.

    Attributes:
        said: what is said instead.
        totals: by key in ``expected/``: what the file then comes to.
        first: by key: the first instant, where it is another one.
        why: what ``expected/`` says of it.
    """

    said: Said
    totals: Mapping[str, str]
    why: str
    first: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """A file, its registers, and what is said of it.

    Attributes:
        name: the stem of the file.
        declared: by key in ``expected/``, the register of the fleet.
        said: how a person who knows the system sends it: once, or once for each register of a file of several.
        otherwise: other lawful readings.
        left_out: keys in ``expected/`` that cannot be declared or sent, with the reason.
        no_reader: why the program has no reader for it; empty: it has.
        totals: other totals than those of ``expected/``, which gives them too.
        refused: how many rows of its registers have a verdict, though they hold values.
    """

    name: str
    declared: Mapping[str, Mapping[str, Any]]
    said: Sequence[Said] = ({},)
    otherwise: Sequence[Otherwise] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    no_reader: str = ""
    totals: Mapping[str, str] = field(default_factory=dict)
    refused: int = 0

    def key(self, of: str) -> str:
        return str(self.declared[of]["key"])

    @property
    def fleet(self) -> Mapping[str, Any]:
        zone = next(iter(expected(self.name).values()))["zone"]
        meter = {"name": "Meter", "registers": list(self.declared.values())}
        return {"sites": [{"name": "Site", "zone": zone, "assets": [{"name": "Plant", "meters": [meter]}]}]}


def declared(name: str, aliases: Mapping[str, Sequence[str]], **more: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The registers of a file, after what ``expected/`` says of their kind, unit and interval.

    Args:
        name: the stem of the file.
        aliases: by key in ``expected/``: what the file calls it. Keys that are not there are not declared.
        more: by position among ``aliases`` (``r1``), what else is declared of it.
    """
    registers = {}
    for at, (key, names) in enumerate(aliases.items(), start=1):
        one = expected(name)[key]
        register: dict[str, Any] = {
            "key": f"{name.split('-', maxsplit=1)[0]}.{at}",
            "kind": KINDS.get(one["kind"], one["kind"]),
            "unit": "s" if one["kind"] == "state" else UNITS.get(one["unit"], one["unit"]),
            "resolution": "1" if one["kind"] == "state" else "0.0001",
            "aliases": list(names),
        }
        if one["kind"] == "interval" and one["longest_interval_s"] == one["shortest_interval_s"]:
            register["interval_minutes"] = str(one["longest_interval_s"] // 60)
        registers[key] = register | dict(more.get(f"r{at}", {}))
    return registers


def states(*names: str, holds_minutes: int | None = None) -> dict[str, Any]:
    listed = [{"code": str(code), "name": name} for code, name in enumerate(names)]
    return {"states": listed} | ({"holds_minutes": str(holds_minutes)} if holds_minutes else {})


def only(name: str, *aliases: str, **more: Any) -> dict[str, dict[str, Any]]:
    """The one register of a file that has one."""
    (key,) = expected(name)
    return declared(name, {key: aliases}, r1=more)


def total(name: str) -> str:
    (register,) = expected(name).values()
    return str(register["total"])


def expected_otherwise(name: str, why: str) -> str:
    """The total that ``expected/`` has for another reading."""
    (stated,) = [text for text in whole(name)["if_told_otherwise"] if text.startswith(why)]
    return str(stated.removeprefix(why))


LOCAL: Mapping[str, str] = {"zone": "local"}
PORTAL = "01-netzportal-viertelstunden-herbst"
READS_DE, READS_US = "02-zaehlerstand-monatlich-tausenderpunkt", "03-us-coop-monthly-reads-quoted-thousands"
CONTROLLING, HISTORIAN = "04-energiecontrolling-gruppiert-komma", "05-plant-historian-grouped-point"
LIST, GREEN_BUTTON, ESPI = (
    "05b-sap-liste-vorzeichen-hinten",
    "06-greenbutton-download-my-data",
    "07-espi-two-usage-points",
)
SCADA, DAY_ROWS, SHELLY = "08-scada-wide-12-tags", "09-tageszeilen-96-spalten", "10-shelly-pro3em-emdata"
FRONIUS, SMA = "11-fronius-solarweb-export", "12-sma-sunny-gesamtertrag"
REPORT, SHEETS, MODBUS = "18-report-energetico", "19-monatsblaetter", "20-modbus-logger-uint32"
UTF16, DAILY_TOTALS, BOTTOM = (
    "23-messdaten-utf16le-ohne-bom",
    "24-hourly-with-dated-daily-totals",
    "25-undated-total-at-bottom",
)
HOURS, ENDING, BESIDE = "26-date-hour-1-24-standard-time", "27-uk-period-ending", "28-reading-beside-usage"
RELEVE, CHINESE = "29-releve-horaire-unite", "29b-chinese-unit-wan-kwh"
TELEMETRY, LORAWAN, SESSIONS = "30-iot-telemetry", "30b-lorawan-uplinks", "31-charging-sessions"
COURBE, DSMR, READOUT = "32-courbe-de-charge-prm", "33-dsmr-p1-telegrams", "34-iec62056-lastgang-p01"
MESSAGES, HEAT, MARKET = "35-betriebsmeldungen", "36-heat-meter-logger", "37-us-market-hour-ending-repeated-flag"
HOME, INVERTER, ANNOTATED = "38-home-automation-history", "39-inverter-energy-today", "40-timeseries-db-annotated"
SWISS, MEMORIA, JAPANESE = "41-schweizer-portal-apostroph", "42-memoria-de-massa", "43-30min-jp-wide"
TREND, PULSES, CHARGING = "44-bms-trend-log", "45-pulse-logger", "46-ladevorgaenge-summe"
MERGED, CUPS = "47-verbundene-kopfzellen", "48-consumo-horario-cups"
THOUSANDS, CARPAN = "49-pv-production-whole-thousands", "50-sayac-okuma-carpan"
#: What the words of a column of qualities mean, by file.
QUALITIES: Mapping[str, Mapping[str, list[str]]] = {
    READS_DE: {"quality_of": ["Fernauslesung=valid", "Schätzung=estimated"]},
    READS_US: {"quality_of": ["Actual=valid", "Estimated=estimated"]},
    HISTORIAN: {"quality_of": ["Good=valid"]},
    ENDING: {"quality_of": ["N=valid", "Y=estimated"]},
    RELEVE: {"quality_of": ["brute=valid", "corrigée=valid"]},
    CUPS: {"quality_of": ["Real=valid", "Estimada=estimated"]},
}
PRESS = ("Ein", "Aus", "Störung")


def _scada() -> dict[str, dict[str, Any]]:
    tags = [key for key in expected(SCADA) if key != "Air.Flow"]  # a flow of norm cubic metres is in no listed unit
    ten = {
        f"r{at}": {"holds_minutes": "10"} for at, key in enumerate(tags, 1) if expected(SCADA)[key]["kind"] == "level"
    }
    return declared(
        SCADA,
        {key: [key] for key in tags},
        **ten | {f"r{tags.index('Comp2.Running') + 1}": states("0", "1", holds_minutes=10)},
    )


def _phases() -> dict[str, Sequence[str]]:
    return {key: [key] for key, register in expected(SHELLY).items() if register["unit"] == "Wh"}


EXPORTS: tuple[Export, ...] = (
    Export(
        PORTAL,
        only(PORTAL, "1-1:1.29.0"),
        [{"register": "01.1", "decimal": "comma", **LOCAL}],
        [
            Otherwise(
                {"register": "01.1", "decimal": "point", **LOCAL},
                {"1-1:1.29.0 Verbrauch [kWh]": "17703346"},
                "every value has three digits after the comma, and a comma may group",
            )
        ],
    ),
    Export(
        READS_DE,
        only(READS_DE, "1AUE0099120043"),
        [{"register": "02.1", "decimal": "comma", **QUALITIES[READS_DE], **LOCAL}],
        [Otherwise({"register": "02.1", "decimal": "point", **QUALITIES[READS_DE], **LOCAL}, dict.fromkeys(expected(READS_DE), "6.010"), "dot as decimal")],
    ),
    Export(
        READS_US,
        only(READS_US, "77 018 334"),
        [{"register": "03.1", "decimal": "point", "time_format": "%m/%d/%Y", **QUALITIES[READS_US], **LOCAL}],
        [
            Otherwise(
                {"register": "03.1", "decimal": "comma", "time_format": "%m/%d/%Y", **QUALITIES[READS_US], **LOCAL},
                dict.fromkeys(expected(READS_US), "19.930"),
                "comma as decimal",
            )
        ],
    ),
    Export(
        CONTROLLING,
        declared(CONTROLLING, {key: [key, key.partition(" [")[0]] for key in expected(CONTROLLING)}),
        [{"column": "start=Zeitstempel", **LOCAL}],
        [
            Otherwise(
                {"column": "end=Zeitstempel", **LOCAL},
                {key: register["total"] for key, register in expected(CONTROLLING).items()},
                "end of the hour: totals the same, each stamp an hour earlier",
                dict.fromkeys(expected(CONTROLLING), "2026-01-31T22:00:00Z"),
            )
        ],
    ),
    Export(
        HISTORIAN,
        only(HISTORIAN, "HPM.SUB1.MAIN.KWH_HR"),
        [{"register": "05.1", "column": "start=Time", **QUALITIES[HISTORIAN], **LOCAL}],
        [
            Otherwise(
                {"register": "05.1", "column": "end=Time", **QUALITIES[HISTORIAN], **LOCAL},
                {"HPM.SUB1.MAIN.KWH_HR": total(HISTORIAN)},
                "end of the hour: total the same, stamps an hour earlier",
                {"HPM.SUB1.MAIN.KWH_HR": "2026-03-16T03:00:00Z"},
            )
        ],
    ),
    Export(
        LIST,
        only(LIST, "4000071820"),
        [{"register": "05b.1", "column": ["start=Datum+Zeit von", "value=Profilwert", "unit=ME"], **LOCAL}],
        totals={"4000071820 Profilwert (signed, + drawn, - fed in)": expected(LIST)["4000071820 Profilwert (signed, + drawn, - fed in)"]["drawn_only"]},
        refused=321,  # use is not negative: what is fed in has a verdict, line by line, or a register of its own
    ),
    Export(
        GREEN_BUTTON,
        only(GREEN_BUTTON, "Service 2"),
        [{"register": "06.1", "column": "start=DATE+START TIME", **LOCAL}],
    ),
    Export(
        ESPI,
        declared(ESPI, {key: [key.split(" ")[0].partition("/UsagePoint")[1][1:] + key.split(" ")[0].partition("/UsagePoint")[2]] for key in expected(ESPI)}),
        [{}],
    ),
    Export(
        SCADA,
        _scada(),
        [{"not_available": "Bad", **LOCAL}],
        [
            Otherwise(
                {"not_available": "Bad", "zone": "UTC"},
                {"Line1.Energy": "43.979", "Line2.Energy": "33.367"},
                "UTC stamps: same totals, everything an hour later in local time",
                {"Line1.Energy": "2026-02-16T00:00:00Z"},
            )
        ],
        {"Air.Flow": "no unit of a flow of norm cubic metres is listed"},
    ),
    Export(
        DAY_ROWS,
        only(DAY_ROWS, "DE0099990000000000000000000007731"),
        [{"register": "09.1", **LOCAL}],
    ),
    Export(
        SHELLY,
        declared(SHELLY, _phases()),
        [{"column": "start=timestamp", "time_format": "unix", "unit": "Wh"}],
        [
            Otherwise(
                {"column": "start=timestamp", "time_format": "unix", "unit": "kWh"},
                {key: str(Decimal(expected(SHELLY)[key]["total"]) * 1000) for key in _phases()},
                "Wh is told, not in the file: told kWh it is a thousandfold",
            )
        ],
        {key: "V and A are no listed units" for key, register in expected(SHELLY).items() if register["unit"] != "Wh"},
    ),
    Export(
        FRONIUS,
        declared(FRONIUS, {key: [key] for key in expected(FRONIUS)}),
        [{"column": "start=Datum und Uhrzeit", **LOCAL}],
        [
            Otherwise(
                {"column": "end=Datum und Uhrzeit", **LOCAL},
                {key: register["total"] for key, register in expected(FRONIUS).items() if register["total"]},
                "end of the 5 minutes: totals the same, stamps 5 min earlier",
                {"PV Produktion": "2026-05-07T21:55:00Z", "Verbrauch": "2026-05-07T21:55:00Z"},
            )
        ],
    ),
    Export(
        SMA,
        declared(SMA, {key: [key.split(" ")[0]] for key in expected(SMA)}),
        [{"header_line": "7", **LOCAL}],
    ),
    Export(
        REPORT,
        declared(REPORT, {key: [key, key.partition(" (")[0]] for key in expected(REPORT)}),
        [{"column": "start=Data e ora", "sheet": "Dati 15 min", **LOCAL}],
    ),
    Export(
        SHEETS,
        only(SHEETS, "CH0099990000000000000000000004321", interval_minutes="60"),
        [{"register": "19.1", "column": "start=Datum+Stunde", "sheet": ["Jan 26", "Feb 26", "Mär 26"], **LOCAL}],
    ),
    Export(
        MODBUS,
        declared(
            MODBUS,
            {key: [key] for key in expected(MODBUS)},
            r1={"modulus": "4294967296", "multiplier": "0.1", "resolution": "1"},
            r3={"multiplier": "0.01"},
            r4={"multiplier": "0.1"},
        ),
        [
            {
                "column": "time=epoch_ms",
                "time_format": "unix_ms",
                "unit_of": ["40001:u32=kWh", "40003:i32=W", "40005:u16=Hz", "40006:s16=degC"],
                "not_available": ["4294967295", "65535", "-1"],
            }
        ],
        [
            Otherwise(
                {
                    "column": "time=epoch_ms",
                    "time_format": "unix_ms",
                    "unit_of": ["40001:u32=kWh", "40003:i32=W", "40005:u16=Hz", "40006:s16=degC"],
                },
                {"40001:u32": "106341.2"},
                "an all-ones row is a verdict, never a reading with its rollovers (429603070.8 kWh)",
            )
        ],
    ),
    Export(
        UTF16,
        declared(UTF16, {"P [kW]": ["P", "P [kW]"], "cos φ": ["cos φ"]}, r1={"holds_minutes": "15"}),
        [{"column": "end=Datum+Zeit", "unit_of": "cos φ=one", "not_available": "---", **LOCAL}],
    ),
    Export(
        DAILY_TOTALS,
        only(DAILY_TOTALS, "Larkmoor Business Park"),
        [{"register": "24.1", "column": ["start=Date+Hour", "value=kWh"], **LOCAL}],
    ),
    Export(
        BOTTOM,
        declared(BOTTOM, {key: [key, key.removesuffix(" kWh")] for key in expected(BOTTOM)}),
        [{"column": "start=Time stamp", **LOCAL}],
        [
            Otherwise(
                {"column": "end=Time stamp", **LOCAL},
                {key: register["total"] for key, register in expected(BOTTOM).items()},
                "end-stamped: totals the same",
                {"Feeder A kWh": "2026-07-05T18:00:00Z"},
            )
        ],
    ),
    Export(
        HOURS,
        only(HOURS, "site 0417"),
        [{"register": "26.1", "column": ["date=date", "hour=hour"], "zone": "-06:00"}],
        [
            Otherwise(
                {"register": "26.1", "column": ["date=date", "hour=hour"], "zone": "UTC"},
                {"kwh": total(HOURS)},
                "another zone: total the same",
                {"kwh": "2026-03-01T00:00:00Z"},
            )
        ],
    ),
    Export(
        ENDING,
        only(ENDING, "9900000417208"),
        [{"register": "27.1", **QUALITIES[ENDING], **LOCAL}],
        [
            Otherwise(
                {"register": "27.1", "column": "start=Period ending", **QUALITIES[ENDING], **LOCAL},
                dict.fromkeys(expected(ENDING), total(ENDING)),
                "begin-stamped: total the same, last row on 1 April",
                dict.fromkeys(expected(ENDING), "2026-03-01T00:30:00Z"),
            )
        ],
    ),
    Export(
        BESIDE,
        declared(BESIDE, {"reading": ["Meter reading of Amsterdam"], "usage": ["Usage of Amsterdam"]}, r2={"interval_minutes": "60"}),
        [
            {"register": "28.1", "column": ["value=reading", "time=timestamp"], "unit": "kWh"},
            {"register": "28.2", "column": ["value=usage", "end=timestamp"], "unit": "kWh"},
        ],
    ),
    Export(
        RELEVE,
        only(RELEVE, "09990000417000"),
        [{"register": "29.1", "column": "start=Date+Heure", **QUALITIES[RELEVE], **LOCAL}],
    ),
    Export(
        CHINESE,
        declared(CHINESE, {key: [key] for key in expected(CHINESE)}),
        [{"column": ["start=时间", "register=电表编号", "value=有功电量", "unit=单位"], "encoding": "gb18030", **LOCAL}],
    ),
    Export(
        TELEMETRY,
        declared(TELEMETRY, {key: [key] for key in expected(TELEMETRY)}),
        [
            {
                "column": "time=ts",
                "time_format": "unix_ms",
                "json_numbers": "true",
                "unit_of": ["values.activeEnergy=Wh", "values.activePower=W", "values.tempBoard=degC"],
            }
        ],
    ),
    Export(
        LORAWAN,
        declared(LORAWAN, {"volume_m3 (wm-kv-07)": ["volume_m3"]}),
        [
            {
                "register": "30b.1",
                "column": ["time=object.measuredAt", "value=object.volume_m3"],
                "json_numbers": "true",
                "unit": "m3",
            }
        ],
        left_out={"battery": "V is no listed unit"},
    ),
    Export(
        SESSIONS,
        declared(SESSIONS, {key: [key] for key in expected(SESSIONS)}),
        [{"column": ["start=Start", "end=Stop", "register=Charge point+Connector", "value=Energy (kWh)"]}],
        totals={key: register["total_of_Energy_column_kwh"] for key, register in expected(SESSIONS).items()},
    ),
    Export(
        COURBE,
        only(COURBE, "09990000731155", holds_minutes="30"),
        [{"register": "32.1", "column": "end=Horodate", "unit": "W", "header_line": "3"}],
    ),
    Export(
        DSMR,
        declared(DSMR, {"1-0:1.8.1": ["1-0:1.8.1"]}),
        no_reader="no reader of telegrams is asked for; a recorder of them writes a table",
    ),
    Export(
        READOUT,
        declared(READOUT, {"1-1:1.5": ["1-1:1.5"]}),
        no_reader="no reader of readouts is asked for; the software that reads the meter writes a table",
    ),
    Export(
        MESSAGES,
        declared(MESSAGES, {key: [key] for key in ("Presse 1", "Presse 2", "Ofen")}, r1=states(*PRESS), r2=states(*PRESS), r3=states(*PRESS)),
        [{"column": ["time=Zeitpunkt", "register=Anlage", "value=Ereignis"], **LOCAL}],
        left_out={key: "a file is sent whole: no option leaves the other rows out" for key in expected(MESSAGES) if key.startswith("Störung")},
    ),
    Export(
        HEAT,
        declared(HEAT, {key: [key] for key in expected(HEAT)}),
        [{"not_available": ["NAN", "0"], "decimal": "point", **LOCAL}],
        [
            Otherwise(
                {"not_available": "NAN", "decimal": "point", **LOCAL},
                {"Heat Energy": "49.866"},
                "a counter that falls to zero and goes on is a verdict, never a reset (169.796 MWh)",
            )
        ],
    ),
    Export(
        MARKET,
        only(MARKET, "FAKE_PLT_417"),
        [{"register": "37.1", "column": ["date=DeliveryDate", "hour=HourEnding", "value=Load_MWh"], "unit": "MWh", "decimal": "point", **LOCAL}],
    ),
    Export(
        HOME,
        declared(HOME, {key: [key] for key in expected(HOME)}, r3=states("off", "on")),
        [
            {
                "column": ["time=last_changed", "register=entity_id", "value=state"],
                "unit_of": ["sensor.grid_import_total=kWh", "sensor.grid_power=W"],
                "not_available": ["unavailable", "unknown"],
            }
        ],
    ),
    Export(
        INVERTER,
        declared(
            INVERTER,
            {key: [key] for key in ("EacTotal", "Pac", "INVTemperature", "Status")},
            r4=states("Waiting", "Normal", holds_minutes=10),
        ),
        [{"column": "time=Time", **LOCAL}],
        left_out={"EacToday": "the same energy as EacTotal; each of its nightly resets is a row to declare"},
    ),
    Export(
        ANNOTATED,
        declared(ANNOTATED, {"m-hall": ["m-hall"], "m-office": ["m-office"]}),
        [{"column": ["end=_time", "value=_value", "register=meter"], "unit": "kWh"}],
        left_out={"cnc-4 running": "a second table of another kind in one file: its rows have a verdict"},
    ),
    Export(
        SWISS,
        declared(SWISS, {key: [key, key.removesuffix(" (kWh)")] for key in expected(SWISS)}),
        [{"column": ["start=Zeitstempel von", "end=Zeitstempel bis"], **LOCAL}],
    ),
    Export(
        MEMORIA,
        declared(MEMORIA, {key: [key, key.partition(" (")[0]] for key in expected(MEMORIA)}, r3={"holds_minutes": "15"}),
        [{"column": "end=Data+Hora", "decimal": "comma", **LOCAL}],
        [
            Otherwise(
                {"column": "start=Data+Hora", "decimal": "comma", **LOCAL},
                {"Consumo (kWh)": "186251.333"},
                "Hora as the start: total the same, a quarter later",
                {"Consumo (kWh)": "2026-04-10T03:15:00Z"},
            )
        ],
    ),
    Export(
        JAPANESE,
        only(JAPANESE, "03-9999-0000-0004-1700-0000-00"),
        [{"register": "43.1", "encoding": "shift_jis", "unit": "kWh", **LOCAL}],
    ),
    Export(
        TREND,
        only(TREND, "AHU4_kWh"),
        [{"register": "44.1", "column": ["time=Timestamp", "value=Value (kW-hr)"], "unit": "kWh", **LOCAL}],
    ),
    Export(
        PULSES,
        declared(PULSES, {key: [key] for key in expected(PULSES)}, r1={"multiplier": "0.1"}, r2={"multiplier": "0.5"}),
        [{"column": "start=Date+Time", "unit": "kWh", **LOCAL}],
        [
            Otherwise(
                {"column": "end=Date+Time", "unit": "kWh", **LOCAL},
                {key: register["total"] for key, register in expected(PULSES).items()},
                "end of the quarter: totals the same, a quarter earlier",
                dict.fromkeys(expected(PULSES), "2026-05-11T05:45:00Z"),
            )
        ],
    ),
    Export(
        CHARGING,
        declared(CHARGING, {key: [key] for key in expected(CHARGING)}),
        [{"column": ["start=Beginn", "end=Ende", "register=Ladepunkt", "value=Energie (kWh)"], "decimal": "comma", **LOCAL}],
        [
            Otherwise(
                {"column": ["start=Beginn", "end=Ende", "register=Ladepunkt", "value=Energie (kWh)"], "decimal": "point", **LOCAL},
                {"LP-1": "437467", "LP-2": "414308"},
                "comma grouping: a thousandfold",
            )
        ],
    ),
    Export(
        MERGED,
        declared(MERGED, {key: ["/".join(key.rsplit(" ", 1))] for key in expected(MERGED)}),  # as Zähler A/Stand
        [{"column": "time=Zeit", "sheet": "Auswertung", **LOCAL}],
    ),
    Export(
        CUPS,
        declared(CUPS, {key: [key] for key in expected(CUPS)}),
        [{"column": ["date=fecha", "hour=hora"], "unit": "kWh", **QUALITIES[CUPS], **LOCAL}],
    ),
    Export(
        THOUSANDS,
        only(THOUSANDS, "System Production"),
        [{"register": "49.1", "column": "start=Time", "decimal": "point", **LOCAL}],
        [
            Otherwise(
                {"register": "49.1", "column": "start=Time", "decimal": "comma", **LOCAL},
                dict.fromkeys(expected(THOUSANDS), expected_otherwise(THOUSANDS, "comma as decimal: ")),
                "comma as decimal",
            )
        ],
    ),
    Export(
        CARPAN,
        declared(CARPAN, {key: [key, key.removesuffix(" (kWh)")] for key in expected(CARPAN)}, r1={"multiplier": "40"}, r2={"multiplier": "40"}),
        [{"column": "start=Tarih+Saat", **LOCAL}],
    ),
)  # fmt: skip
