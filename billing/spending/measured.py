"""What was spent and used over windows, and which thresholds of the terms that reaches. All pure.

    spent    net of the price and its reductions, of lines whose service begins within the window: of documents, and of
             what the invoices of open periods would bill now
    used     the quantity of a charge's lines, likewise

A window of a month or a year is that in which a billing period begins, as windows of rules are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.contract import Contract
from contracts.rated_line import Nature
from contracts.schedule import BillingPeriod, Per
from contracts.spending_terms import AlertThreshold, SpendingAlert, SpendingTerms, ToldBy, threshold_text
from quantities.arithmetic import added, product
from quantities.conversion import conversion
from quantities.exact import Exact, rounded, scaled, total
from quantities.quantity import IncompatibleUnit, UnknownUnit

_HUNDRED = Decimal(100)
#: What counts as spent.
SPENT = frozenset({Nature.CONSIDERATION, Nature.PRICE_REDUCTION})


@dataclass(frozen=True, slots=True)
class SpentLine:
    """A line, or several of one charge and unit together, as far as they count.

    Attributes:
        charge: by name.
        service_first: the first day of the service.
        unit: of the quantity.
        quantity: that is billed.
        net: likewise.
    """

    charge: str
    service_first: date
    unit: str
    quantity: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class SpendingWindow:
    """A window over which is added up.

    Attributes:
        per: of which kind.
        first: the first day.
        after_last: the day after the last one.
    """

    per: Per
    first: date
    after_last: date

    @classmethod
    def of(cls, contract: Contract, per: Per, period: BillingPeriod) -> "SpendingWindow":
        """Find the window that a billing period is in."""
        window = contract.life.window(per, period)
        return cls(per, window.first, window.after_last)

    def has(self, line: SpentLine) -> bool:
        """Tell whether the service of a line begins within it."""
        return self.first <= line.service_first < self.after_last


@dataclass(frozen=True, slots=True)
class SpendingThreshold:
    """A threshold of the terms, in numbers.

    Attributes:
        kind: ``alert``, or ``cap``.
        name: what it is, once in a contract: the same terms are the same threshold.
        charge: whose; empty for all that is spent.
        per: over which window.
        value: what is reached.
        unit: of a quantity; empty of an amount.
        tell: how the customer is told, besides the event.
    """

    kind: str
    name: str
    charge: str
    per: Per
    value: Decimal
    unit: str
    tell: tuple[ToldBy, ...]


@dataclass(frozen=True, slots=True)
class ThresholdReading:
    """What was read of a threshold in a window."""

    threshold: SpendingThreshold
    window: SpendingWindow
    reading: Decimal

    @property
    def is_reached(self) -> bool:
        """Whether the threshold is reached."""
        return self.reading >= self.threshold.value


def thresholds_of(terms: SpendingTerms) -> tuple[SpendingThreshold, ...]:
    """List the thresholds of terms: lower ones first, the cap behind alerts of the same amount."""
    cap = terms.cap
    alerts = [_threshold(alert, terms) for alert in terms.alerts]
    if cap is not None:
        name = f"cap per {cap.per.value}"
        alerts.append(
            SpendingThreshold(kind="cap", name=name, charge="", per=cap.per, value=cap.amount, unit="", tell=cap.tell)
        )
    ordered = sorted(alerts, key=lambda one: (one.unit, one.charge, one.per.value, one.value, one.kind))
    return tuple({one.name: one for one in ordered}.values())


def _threshold(alert: SpendingAlert, terms: SpendingTerms) -> SpendingThreshold:
    at, per = alert.at, alert.per
    if at.percent is not None and terms.cap is not None:
        per = terms.cap.per
    name = f"{alert.of or 'all'} per {per.value}: {threshold_text(at)}"
    return SpendingThreshold(
        kind="alert",
        name=name,
        charge=alert.of or "",
        per=per,
        value=_value(at, terms),
        unit=at.unit or "",
        tell=alert.tell,
    )


def _value(at: AlertThreshold, terms: SpendingTerms) -> Decimal:
    if at.percent is not None:
        whole = terms.cap.amount if terms.cap is not None else Decimal(0)
        return product(whole, at.percent).scaleb(-2)
    return at.amount if at.amount is not None else at.quantity or Decimal(0)


def windows_to_look_at(
    contract: Contract, today: date, since: date
) -> Iterator[tuple[Per, tuple[SpendingWindow, ...]]]:
    """Name the windows that are looked at: the one in which today is, and the one before it, where it counts.

    Args:
        contract: with the life of its newest version.
        today: in its zone.
        since: windows that ended by then are not looked at.
    """
    for per in (Per.PERIOD, Per.MONTH, Per.YEAR):
        windows: list[SpendingWindow] = []
        for period in _periods_until(contract, today):
            window = SpendingWindow.of(contract, per, period)
            if not windows or windows[-1] != window:
                windows.append(window)
        yield per, tuple(window for window in windows[-2:] if window.after_last > since)


def _periods_until(contract: Contract, today: date) -> list[BillingPeriod]:
    """List the billing periods that have begun; of a long life those of the last years alone."""
    since = max(contract.starts, today - timedelta(days=800))
    periods = []
    for period in contract.periods(since=since):
        if period.first > today:
            break
        periods.append(period)
    return periods


def open_period(contract: Contract, today: date) -> BillingPeriod | None:
    """Find the billing period that goes on today; None where the contract has not begun, or is over."""
    periods = _periods_until(contract, today)
    return periods[-1] if periods and today < periods[-1].after_last else None


def begun_periods(contract: Contract, today: date, since: date) -> list[BillingPeriod]:
    """List the billing periods that have begun and end after a day, in order."""
    return [period for period in _periods_until(contract, today) if period.after_last > since]


def readings(
    thresholds: Sequence[SpendingThreshold],
    windows: Iterable[tuple[Per, tuple[SpendingWindow, ...]]],
    lines: Sequence[SpentLine],
) -> tuple[ThresholdReading, ...]:
    """Read thresholds in their windows: those of earlier windows first, then lower ones first.

    Args:
        thresholds: as ``thresholds_of`` orders them.
        windows: by kind.
        lines: that count, in windows and outside of them.
    """
    by_per = dict(windows)
    read = [
        ThresholdReading(threshold, window, _reading(threshold, [line for line in lines if window.has(line)]))
        for threshold in thresholds
        for window in by_per.get(threshold.per, ())
    ]
    return tuple(sorted(read, key=lambda one: one.window.after_last))


def _reading(threshold: SpendingThreshold, lines: Sequence[SpentLine]) -> Decimal:
    own = [line for line in lines if threshold.charge in ("", line.charge)]
    if not threshold.unit:
        return added(line.net for line in own)
    return rounded(total(_converted(line, threshold.unit) for line in own))


def _converted(line: SpentLine, unit: str) -> Exact:
    """Say the quantity of a line in a unit; nothing where it measures something else, as an amount does."""
    try:
        return scaled(line.quantity, conversion(line.unit, unit))
    except (IncompatibleUnit, UnknownUnit):
        return Decimal(0)


def percent_of(reading: Decimal, threshold: Decimal) -> Decimal:
    """Say how far a reading has come, in percent of a threshold, rounded down to a tenth."""
    tenth = Decimal("0.1")
    return (product(reading, _HUNDRED) / threshold // tenth * tenth) if threshold else Decimal(0)
