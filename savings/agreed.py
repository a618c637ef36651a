"""A baseline agreed on paper: coefficients and where they stand, without the data that somebody once fitted them to.

Clause: "The reference use is 52 MWh a month, and 1.8 MWh for each heating degree below 15 °C, as in annex 3 of the
audit report of 30 November 2025, which both parties signed."

Nobody can check such a baseline by its data: it has no figures of merit, no hash and no own period. What is therefore
not computed is said wherever a saving by it is reported, and is never zero in silence.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from quantities.arithmetic import product, quotient
from quantities.document import Fault, YesOrNo, refuse, whole_number
from quantities.names import Name, UnitSymbol, ZoneName
from quantities.number import plain
from quantities.quantity import Magnitude, QuantityKind, unit
from quantities.terms import Terms
from savings.agreed_forms import form_faults
from savings.finding import BaselineFinding, noted
from savings.model import DriverMissing, LinearModel, Week
from savings.month_table import MonthTable
from savings.ranges import Range, a_day, furthest_beyond
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, Interval, Row

_HUNDRED = Decimal(100)
#: What a fitted baseline has and an agreed one cannot have.
_FITTED = ("method", "figures", "totals", "input_sha256", "findings", "own_period", "sufficiency")
#: What is metered and paid for. A level, such as a temperature or a power, is nothing that is saved.
_USES = frozenset(
    {
        QuantityKind.ENERGY,
        QuantityKind.REACTIVE_ENERGY,
        QuantityKind.APPARENT_ENERGY,
        QuantityKind.VOLUME,
        QuantityKind.GAS_VOLUME,
        QuantityKind.MASS,
    }
)


class NotAgreedForDay(DriverMissing):
    """The baseline is not agreed for the day."""


class AgreedSource(Terms):
    """Where an agreed baseline stands.

    Attributes:
        document: its title, as an audit report or an annex of the contract.
        clause: the place in it.
        on: the day on which it was signed.
        parties: who signed it; the supplier and the customer of the contract are among them.
    """

    document: Annotated[str, Field(min_length=1)]
    clause: Annotated[str, Field(min_length=1)]
    on: date
    parties: Annotated[tuple[Name, ...], Field(min_length=1)]

    def __str__(self) -> str:
        return f"{self.document}, {self.clause}, signed on {self.on} by {' and '.join(self.parties)}"


class AgreedUncertainty(Terms):
    """How uncertain the expected energy is, as agreed; or that nothing was agreed of it, which is said as well.

    Attributes:
        none_agreed: true where nothing was agreed.
        percent: plus or minus, of the expected energy.
        confidence: two-sided, between 0 and 1, that the percentage is for.
    """

    none_agreed: YesOrNo = False
    percent: Annotated[Magnitude, Field(gt=0)] | None = None
    confidence: Annotated[Magnitude, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _is_one_or_none(self) -> Self:
        stated = (self.percent is not None, self.confidence is not None)
        if stated != ((False, False) if self.none_agreed else (True, True)):
            raise ValueError("an uncertainty is a percent at a confidence, or none_agreed")
        return self


#: The forms that coefficients can be agreed in.
AgreedModel: TypeAlias = Annotated[LinearModel | Week | MonthTable, Field(discriminator="kind")]


class AgreedBaseline(RowRules):
    """A baseline agreed on paper.

    Attributes:
        row: the length of one row: an hour, a day or a billing period.
        unit: the unit of the energy.
        temperature_unit: the unit of temperatures and balance points; None if the model has none.
        zone: the time zone of its local days and hours.
        first: the first day for which it is agreed.
        after_last: the day after the last; None as long as it has no end. On other days nothing is expected: their
            rows are missing.
        model: the coefficients: energy a day, or an hour where rows are hours; or a table by month.
        ranges: the range of each driver, where one was agreed; without one no row is outside.
        source: where it stands.
        uncertainty: as agreed, or that none was.
    """

    kind: Literal["agreed"]
    arithmetic: Annotated[Literal[2], BeforeValidator(whole_number)] = 2
    row: Interval = Interval.DAY
    unit: UnitSymbol
    temperature_unit: UnitSymbol | None = None
    zone: ZoneName
    first: date
    after_last: date | None = None
    model: AgreedModel
    ranges: Mapping[Name, Range] = {}
    source: AgreedSource
    uncertainty: AgreedUncertainty

    @model_validator(mode="before")
    @classmethod
    def _was_never_fitted(cls, document: Any) -> Any:
        if isinstance(document, Mapping):
            detail = "an agreed baseline was not fitted: it has a source, and neither rows nor what follows from them"
            refuse(Fault(f"/{name}", "fitted-not-agreed", detail) for name in _FITTED if name in document)
        return document

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse((*self._unit_faults(), *self._driver_faults(), *form_faults(self.model, self.row)))
        if self.after_last is not None and self.after_last <= self.first:
            refuse([Fault("/after_last", "ends-before-it-begins", "it is agreed for a day at least")])
        return self

    def _unit_faults(self) -> Iterator[Fault]:
        known = unit(self.unit)
        if known.kind not in _USES:
            yield Fault(
                "/unit", "not-a-use", f"{known.symbol} measures {known.kind}, which nobody saves", self.unit, "kWh"
            )
        takes = self.takes_weather
        if takes and self.temperature_unit is None:
            detail = "it depends on the temperature: name the unit of temperature and balance points"
            yield Fault("/temperature_unit", "no-temperature-unit", detail, expected="degC")
        elif self.temperature_unit is not None and not takes:
            detail = "nothing in it depends on the temperature"
            yield Fault("/temperature_unit", "no-temperature", detail, self.temperature_unit)
        elif self.temperature_unit is not None and unit(self.temperature_unit).kind is not QuantityKind.TEMPERATURE:
            detail = f"{self.temperature_unit} is no unit of temperature"
            yield Fault("/temperature_unit", "not-a-temperature", detail, self.temperature_unit, "degC")

    def _driver_faults(self) -> Iterator[Fault]:
        needed = self.model.needs - {TEMPERATURE}
        for name in sorted(needed - set(self.names)):
            detail = "a coefficient is of one of drivers, modes or degree_days: say which, and how it becomes a row's"
            yield Fault("/model/drivers", "unknown-driver", detail, name)
        for name in sorted(set(self.names) - needed):
            yield Fault("/model/drivers", "no-coefficient", "a driver without a coefficient explains nothing", name)
        for name in sorted(self.ranges.keys() - self.model.needs):
            yield Fault(f"/ranges/{name}", "unknown-driver", "the model does not depend on it", name)
        if isinstance(self.model, LinearModel) and self.model.summed not in ((), self.summed):
            detail = "which drivers are sums is said in drivers"
            yield Fault("/model/summed", "unknown-driver", detail, ", ".join(self.model.summed), ", ".join(self.summed))

    @property
    def method(self) -> RowRules:
        """The rules of its rows, which are its own."""
        return self

    @property
    def rows(self) -> Interval:
        """As agreed in ``row``."""
        return self.row

    @property
    def interval(self) -> Interval:
        """The length of one row: an hour, a day or a billing period."""
        return self.row

    @property
    def takes_weather(self) -> bool:
        """True if it depends on the temperature."""
        return TEMPERATURE in self.model.needs or bool(self.degree_days)

    @property
    def degrees(self) -> str:
        """The unit of temperature; any where it has none."""
        return self.temperature_unit or "degC"

    @property
    def measured_drivers(self) -> frozenset[str]:
        """The drivers that registers must measure: not those that follow from a calendar or the temperature."""
        return self.measured_of(self.model.needs)

    def expect(self, row: Row) -> Decimal:
        """The energy that a row would have used, as agreed, in ``unit`` and unrounded.

        Raises:
            DriverMissing: a driver of the model has no value in this row.
            NotAgreedForDay: it is not agreed for all days of this row.
        """
        first = row.local.date()
        last = first + timedelta(days=row.days - 1)
        if first < self.first or (self.after_last is not None and last >= self.after_last):
            why = "no baseline is agreed for this day"
            agreed = f"from {self.first} on" + (f", before {self.after_last}" if self.after_last else "")
            raise NotAgreedForDay(f"{first}: {why}", place=str(row.period), found=why, expected=agreed)
        model = self.model
        if isinstance(model, LinearModel) and self.summed:
            model = model.model_copy(update={"summed": self.summed})
        return model.predict(self.with_degree_days(row))

    def furthest_beyond(self, row: Row) -> tuple[str, Decimal]:
        """The driver furthest outside its agreed range, and how far; none and zero where no range was agreed."""
        return furthest_beyond(self.ranges, self.model.needs, a_day(self, self.with_degree_days(row)))

    def half_width(self, expected: Decimal) -> Decimal | None:
        """How uncertain an expected energy is as agreed, plus or minus, in ``unit``; None where nothing was agreed."""
        percent = self.uncertainty.percent
        return None if percent is None else quotient(product(expected, percent), _HUNDRED)

    @property
    def not_computed(self) -> Mapping[str, str]:
        """What of a fitted baseline is not there, and why, by its name."""
        missing = {
            "figures": "it was not fitted to rows that are known here: it has no figures of merit, and no hash",
            "own_period": "what it would save over its own period cannot be checked without that period's rows",
            "sufficiency": "whether it rests on enough data cannot be checked without the data",
        }
        if self.uncertainty.percent is None:
            missing["uncertainty"] = "it follows from figures of merit, and none was agreed"
        if not self.ranges:
            missing["ranges"] = "no range of a driver was agreed: no row is declined for being outside"
        return missing

    @property
    def notes(self) -> tuple[BaselineFinding, ...]:
        """That it is agreed, and what is therefore not computed, each as a finding."""
        agreed = noted("agreed_baseline", "agreed on paper, and not fitted", self.source)
        return (agreed, *(noted("not_computed", why, what) for what, why in self.not_computed.items()))

    def facts(self) -> dict[str, Any]:
        """What a report says of it, as JSON: that it is agreed, its source, its days, and what is not computed."""
        return {
            "kind": self.kind,
            "source": self.source.model_dump(mode="json"),
            "first": str(self.first),
            "after_last": None if self.after_last is None else str(self.after_last),
            "uncertainty": {
                "none_agreed": self.uncertainty.none_agreed,
                "percent": None if self.uncertainty.percent is None else plain(self.uncertainty.percent),
                "confidence": None if self.uncertainty.confidence is None else plain(self.uncertainty.confidence),
            },
            "not_computed": dict(self.not_computed),
        }
