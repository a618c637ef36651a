"""Baselines and savings on files, as use cases: no database is needed, nor loaded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from quantities.errors import Invalid
from quantities.period import Period
from quantities.quantity import QuantityKind, unit
from savings.agreed import AgreedBaseline
from savings.avoided import Avoided, Extrapolation, Mask, avoided
from savings.baseline import Baseline, fit, rows_for
from savings.csv_table import names_of, read_table
from savings.finding import BaselineFinding
from savings.methods import BaselineMethod
from savings.reporting_findings import LEAST_COVERAGE, check_savings
from savings.rows import TEMPERATURE, Series
from savings.statistics.sufficiency import Sufficiency
from savings.typical_year import expected_in_typical_year


class NotATemperature(Invalid):
    """The unit is not one of a temperature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTable:
    """A file of energy and of what drives it, and what its columns are.

    Attributes:
        raw: the file.
        zone: whose local time it is in, where it states no offset: an IANA name.
        unit: of the energy.
        energy: the column of energy; the first that is neither temperature nor a driver, unless it is named.
        temperature: the column of temperature; one called so, or of the weather file its first, unless it is named.
        degrees: the unit of the temperature.
        drivers: further columns, by name.
        weather: a file of temperatures; the energy's own file, unless there is one.
        quality: the column that says of each line how good its energy is; one called so, unless it is named.
    """

    raw: bytes
    zone: str
    unit: str
    energy: str | None = None
    temperature: str | None = None
    degrees: str = "degC"
    drivers: Sequence[str] = ()
    weather: bytes | None = None
    quality: str | None = None

    def __post_init__(self) -> None:
        """Refuse units that are none, before the file is read.

        Raises:
            UnknownUnit: a unit is not listed.
            NotATemperature: the unit of the temperature measures something else.
        """
        unit(self.unit)
        require_temperature(self.degrees)


def require_temperature(spelling: str) -> None:
    """Refuse a unit that is no temperature.

    Raises:
        UnknownUnit: it is not listed.
        NotATemperature: it measures something else.
    """
    known = unit(spelling)
    if known.kind is not QuantityKind.TEMPERATURE:
        raise NotATemperature(f"{known.symbol} is a unit of {known.kind}", found=known.symbol, expected="degC or degF")


@dataclass(frozen=True, slots=True)
class TypicalYear:
    """What two models use in a typical year, unrounded, and what of the year's file could not be read."""

    before: Decimal
    after: Decimal
    unit: str
    findings: tuple[BaselineFinding, ...]


def fit_table(
    methods: Iterable[BaselineMethod],
    table: EnergyTable,
    within: Period | None,
    sufficiency: Sufficiency | None = None,
) -> list[Baseline]:
    """Fit a baseline by each of some methods, and freeze it.

    Args:
        methods: each with its settings.
        table: the baseline period's energy and drivers.
        within: the baseline period; all of the table, unless it is stated.
        sufficiency: how much data there must be; by CalTRACK, unless it is stated.

    Raises:
        UnreadableTable: the file is no such table, or a column is not there.
        UnknownQuality: a line has a quality that is none.
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    energy, drivers, findings = _read_series(table)
    return [
        fit(method, energy, drivers, table.zone, within, sufficiency, earlier_findings=findings)[0]
        for method in methods
    ]


def savings_of_table(
    baseline: Baseline | AgreedBaseline,
    table: EnergyTable,
    within: Period | None,
    *,
    masks: Iterable[Mask] = (),
    limits: Extrapolation | None = None,
    least: Decimal = LEAST_COVERAGE,
) -> tuple[Avoided, list[BaselineFinding]]:
    """Hold a reporting period against a frozen baseline.

    Args:
        baseline: predicts each row.
        table: the reporting period's energy and drivers.
        within: the reporting period; all of the table, unless it is stated.
        masks: days that are left out of both sides.
        limits: how far beyond the baseline's range a row may be and still count.
        least: the fraction of the rows that must count.

    Returns:
        The savings by row, and findings about the table and about them.

    Raises:
        UnreadableTable: the file is no such table, or a column is not there.
        UnknownQuality: a line has a quality that is none.
        NothingCounts: every row is declined, masked or missing.
    """
    energy, drivers, findings = _read_series(table)
    rows = rows_for(baseline.method, energy, drivers, baseline.zone, within)
    savings = avoided(baseline, rows, masks, limits)
    savings.require_some()
    return savings, [*findings, *check_savings(baseline, savings, least)]


def compare_in_typical_year(
    before: Baseline | AgreedBaseline,
    after: Baseline | AgreedBaseline,
    weather: bytes,
    *,
    temperature: str | None = None,
    degrees: str = "degC",
) -> TypicalYear:
    """Say what two frozen models use in a typical year: before a measure and after it.

    Args:
        before: fitted before the measure.
        after: fitted after it.
        weather: a file of the typical year's temperatures and drivers.
        temperature: its column of temperature; one called so, unless it is named.
        degrees: the unit of the temperature.

    Raises:
        UnreadableTable: the file is no such table, or a column is not there.
        NotATypicalYear: a month is not there, or is there of two years.
        DriverMissing: a driver has no value in one of the rows.
    """
    require_temperature(degrees)
    column = temperature or _temperature_among(names_of(weather)) or TEMPERATURE
    drivers = {name for model in (before, after) for name in model.method.drivers}
    table = read_table(weather, before.zone, {column: degrees, **dict.fromkeys(drivers, "")})
    typical = {TEMPERATURE if name == column else name: series for name, series in table.series.items()}
    was, now = (expected_in_typical_year(model, typical) for model in (before, after))
    return TypicalYear(was, now, before.unit, table.findings)


def _read_series(table: EnergyTable) -> tuple[Series, dict[str, Series], list[BaselineFinding]]:
    """Read the energy and what drives it, of one file or the temperature of another; and what could not be read."""
    names = names_of(table.raw)
    own = table.temperature or _temperature_among(names)
    quality = table.quality or next((name for name in names if name.lower() == "quality"), None)
    column = table.energy or next((name for name in names if name not in {own, quality, *table.drivers}), "energy")
    units = {column: table.unit, **dict.fromkeys(table.drivers, "")}
    if table.weather is None and own is not None:
        units[own] = table.degrees
    columns = read_table(table.raw, table.zone, units, quality=quality)
    drivers, findings = {name: columns.series[name] for name in table.drivers}, list(columns.findings)
    if table.weather is not None:
        outdoors = table.temperature or names_of(table.weather)[0]
        weather = read_table(table.weather, table.zone, {outdoors: table.degrees})
        drivers[TEMPERATURE] = weather.series[outdoors]
        findings += weather.findings
    elif own is not None:
        drivers[TEMPERATURE] = columns.series[own]
    return replace(columns.series[column], estimates=columns.estimates), drivers, findings


def _temperature_among(names: Iterable[str]) -> str | None:
    return next((name for name in names if name.lower().startswith("temp")), None)
