"""Each row of docs/algorithms.md comes out of the product as it is printed, and so does the arithmetic beside it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any

import pytest

from billing.corrections.adjustment import adjustments
from billing.counting.assembly import BilledUsage, Evidence
from billing.invoices.invoice import Corrects, Line
from billing.rating.completeness import IncompleteReadings, see_that_all_was_read
from billing.rating.rating import rate_segments
from billing.rating.segments import VersionSegment
from billing.tax.decision import Decision
from billing.tax.tax import Tax, TaxCategory, TaxedAmount, breakdown
from contracts.contract import Contract
from contracts.indexation.lookup import no_index
from contracts.periods_preview import PeriodsTrial, try_periods
from contracts.pricing_preview import ContractTrial, ContractTrialResult, try_contract
from contracts.proration import Proration
from contracts.rated_usage import Usage
from contracts.schedule import BillingInterval, BillingPeriod, Ends, Per, Whole
from contracts.settings import OnChange
from metering.consumption.use import (
    Boundary,
    BoundaryRule,
    NoReadAtEdge,
    NothingRead,
    cumulative_use,
    interval_use,
    share_across,
)
from metering.log.reading import Reading
from metering.quality.estimation.gaps import EstimationMethod, SurroundingReadings, fill
from quantities.document import parse, read
from quantities.period import Period, zone
from quantities.rounding import Rounding
from tests.docs.page import results, sections, table, wrong_sums

SECTIONS = {name: body for name, body in sections("algorithms.md").items() if "**Written as**" in body}
ROWS = {
    f"{name}-{number}": (name, row)
    for name, body in SECTIONS.items()
    for number, row in enumerate(table(body), start=1)
}
SUMS = {name: case for name, case in ROWS.items() if "arithmetic" in case[1]}
#: The choices that a contract, or a command, has in each algorithm.
CHOICES: Mapping[str, type[StrEnum]] = {
    "rounding": Rounding,
    "proration": Proration,
    "periods": BillingInterval,
    "parts of a period": Ends,
    "part of which whole": Whole,
    "windows": Per,
    "change in mid-period": OnChange,
    "edges of a counter": BoundaryRule,
    "estimates": EstimationMethod,
}
TAX = Tax(TaxCategory.STANDARD, Decimal(19))
MIDNIGHT = datetime(2026, 3, 30, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
DAY = Period(MIDNIGHT, MIDNIGHT + 24 * HOUR)

Cells = Mapping[str, str]


def contract(*charges: Mapping[str, Any], **terms: Any) -> Contract:
    party = {"name": "A", "country": "DE"}
    common = {"contract": "C", "supplier": party, "customer": {**party, "name": "B"}, "currency": "EUR"}
    dates = {"zone": "Europe/Berlin", "starts": "2026-01-01"}
    return parse(Contract, common | dates | terms | {"charges": list(charges)})


def fee(amount: str, **terms: Any) -> dict[str, Any]:
    return {"name": "fee", "rule": {"kind": "fixed_fee", "amount": amount, **terms}}


def energy(price: str, unit: str = "kWh", **terms: Any) -> dict[str, Any]:
    return {"name": "energy", "register": "r", "rule": {"kind": "per_unit", "unit": unit, "unit_price": price}, **terms}


def tiers(first: str, further: str, **terms: Any) -> dict[str, Any]:
    parts = [{"up_to": "10", "unit_price": first}, {"unit_price": further}]
    return {"name": "energy", "register": "r", "rule": {"kind": "graduated", "unit": "MWh", "tiers": parts, **terms}}


def optional(name: str, cell: str) -> dict[str, Any]:
    return {} if cell == "none" else {name: cell}


def tried(agreed: Contract, used: str = "0", unit: str = "kWh", **trial: Any) -> ContractTrialResult:
    uses = {charge.name: {"quantity": used, "unit": unit} for charge in agreed.charges if charge.rule.counts}
    return try_contract(ContractTrial(contract=agreed, uses=uses, **trial))


def nets(agreed: Contract, uses: Sequence[str], unit: str = "kWh") -> str:
    """The net of each period from the first on, each opening with what the one before closed with."""
    opening: Mapping[str, Any] = {}
    shown = []
    for period, used in zip(agreed.periods(), uses, strict=False):
        result = tried(agreed, used, unit, first=period.first, opening=opening)
        opening = result.closing
        shown.append(f"{result.net:.2f}")
    return ", ".join(shown)


def january(days: str) -> tuple[str, str]:
    """The first and the day after the last of ``17 of 31`` days; the whole tells which month, or quarter, it is."""
    billed, _, whole = days.split()
    starts = {"31": date(2026, 1, 1), "28": date(2026, 2, 1), "92": date(2026, 7, 1)}[whole]
    return str(starts), str(starts + timedelta(days=int(billed)))


def lines(*parts: tuple[Contract, BillingPeriod, str], unit: str = "kWh") -> tuple[Line, ...]:
    """What billing makes of the parts of one period: of each its version, its days and what was used."""
    stretches = [
        VersionSegment(agreed, at, at, period, frozenset(charge.name for charge in agreed.charges))
        for at, (agreed, period, _) in enumerate(parts)
    ]
    counted = [
        {charge.name: BilledUsage(Usage(Decimal(used), unit), ()) for charge in agreed.charges if charge.rule.counts}
        for agreed, _, used in parts
    ]
    return rate_segments(stretches, counted, {}, no_index, lambda *_: Decision(TAX, "", "")).lines


def whole_month(agreed: Contract, used: str) -> tuple[Line, ...]:
    return lines((agreed, next(agreed.periods()), used))


def shown(periods: Sequence[BillingPeriod]) -> str:
    return ", ".join(f"{period.first} {period.days}/{period.days_of_whole}" for period in periods)


def rounding(row: Cells) -> Cells:
    charge = {"name": "x", "rule": {"kind": "one_off", "amount": row["amount"], "on": "2026-01-05"}}
    return {
        mode: f"{tried(contract(charge, settings={'rounding': mode})).net}" for mode in list(row) if mode != "amount"
    }


def currency_places(row: Cells) -> Cells:
    charge = {"name": "x", "rule": {"kind": "one_off", "amount": row["amount"], "on": "2026-01-05"}}
    return {"net": f"{tried(contract(charge, currency=row['currency'])).net}"}


def sums_of_lines(row: Cells) -> Cells:
    amounts = row["unrounded lines"].split(" + ")
    charges = [
        {"name": f"{at}", "rule": {"kind": "one_off", "amount": amount, "on": "2026-01-05"}}
        for at, amount in enumerate(amounts)
    ]
    return {"net": f"{tried(contract(*charges)).net}"}


def vat(row: Cells) -> Cells:
    (group,) = breakdown([TaxedAmount(TAX, Decimal(net)) for net in row["net amounts at 19 %"].split(" + ")], "EUR")
    return {"VAT": f"{group.amount}"}


def quantity_places(row: Cells) -> Cells:
    used, unit = row["used"].split()
    agreed = contract(energy("95", "MWh"), settings=optional("quantity_places", row["quantity_places"]))
    (line,) = tried(agreed, used, unit).lines
    return {"quantity": f"{line.quantity}", "net at 95 a MWh": f"{line.net}"}


def largest_remainder(row: Cells) -> Cells:
    weights = dict(zip("abcdef", row["weights"].split(", "), strict=False))
    spread = {"payees": weights, "allocation": [{"first": "2026-01-01", "weights": weights}]}
    charge = {"name": "x", "rule": {"kind": "one_off", "amount": row["amount"], "on": "2026-01-05"}, **spread}
    (line,) = whole_month(contract(charge), "0")
    assert line.payees == line.allocation
    return {"parts": ", ".join(line.payees.values())}


def zero_lines(row: Cells) -> Cells:
    agreed = contract(fee("10"), energy("0.30"), settings={"zero_lines": row["zero_lines"]})
    billed = whole_month(agreed, row["used kWh"])
    return {"lines": ", ".join(f"{line.charge} {line.net}" for line in billed)}


def of_part(row: Cells, **terms: Any) -> str:
    starts, ends = january(row["days"])
    every = "quarter" if row["days"].endswith("92") else "month"
    return f"{tried(contract(fee(row['fee'], **terms), starts=starts, ends=ends, billing={'every': every})).net}"


def proration(row: Cells) -> Cells:
    return {way: of_part(row, proration=way) for way in row if way not in {"fee", "days", "arithmetic"}}


def share_places(row: Cells) -> Cells:
    return {"net": of_part(row, **optional("share_places", row["share_places"]))}


def periods(row: Cells) -> Cells:
    agreed = contract(fee("1"), starts=row["starts"], billing=read(row["billing"]))
    return {"first three periods": shown(list(islice(agreed.periods(), 3)))}


def parts_of_a_period(row: Cells) -> Cells:
    agreed = contract(fee("310"), starts=row["starts"], ends=row["ends"], billing=read(row["billing"]))
    cut = list(agreed.periods())
    return {"periods": shown(cut), "fees of 310.00": nets(agreed, ["0"] * len(cut))}


def part_of_which_whole(row: Cells) -> Cells:
    billing = {name: row[name] for name in ("leading_part_of", "anchor_day")}
    agreed = contract(fee("310"), starts=row["starts"], billing=billing)
    return {"first period": shown([next(agreed.periods())]), "fee of 310.00": nets(agreed, ["0"])}


def windows(row: Cells) -> Cells:
    return {"nets": nets(contract(tiers("95", "80", per=row["per"])), row["MWh of each month"].split(", "), "MWh")}


def included_quantity(row: Cells) -> Cells:
    charge = energy("1", included=read(row["included"])) | {"register": None, "usage": "both"}
    agreed = contract(charge, starts=row["starts"], usages=[{"name": "both", "registers": ["r", "s"]}])
    return {"nets": nets(agreed, row["kWh of each month"].split(", "))}


def suspension(row: Cells) -> Cells:
    paused = [] if row["suspended"] == "none" else [row["suspended"].split(" to ")]
    agreed = contract(
        fee("310") | {"while_suspended": row["while_suspended"]},
        energy("1"),
        suspensions=[{"first": first, "after_last": after_last} for first, after_last in paused],
    )
    return {line.rule: f"{line.net}" for line in tried(agreed, "50").lines}


def changed(before: Contract, after: Contract, used: Sequence[str], name: str = "energy") -> list[str]:
    """The net of January before the 11th, and from then on; none for days that are not billed by themselves."""
    uses: list[dict[str, Any]] = [{name: {"quantity": quantity, "unit": "MWh"}} for quantity in used if quantity]
    segments = [{"first": day, "uses": told} for day, told in zip(("2026-01-01", "2026-01-11"), uses, strict=False)]
    period: dict[str, Any] = {"segments": segments}
    if after.settings.on_change is OnChange.WHOLE:
        whole = sum(map(Decimal, used), Decimal(0))
        period = {"uses": {name: {"quantity": str(whole), "unit": "MWh"}}}
    trial = {"contract": before, "amendments": [after], "periods": [period]}
    (billed,) = try_periods(PeriodsTrial.model_validate(trial)).periods
    by_version = {segment.in_force_from: segment.net for segment in billed.segments}
    return [str(by_version.get(agreed.effective, "none")) for agreed in (before, after)]


def change_in_mid_period(row: Cells) -> Cells:
    after = contract(tiers("100", "85"), in_force_from="2026-01-11", settings={"on_change": row["on_change"]})
    first, second = changed(contract(tiers("95", "80")), after, [row["MWh before"], row["MWh after"]])
    return {"net before": first, "net after": second}


def fee_at_a_change(row: Cells) -> Cells:
    before, after = (
        contract(fee(row[column], proration=row["proration"]), **in_force)
        for column, in_force in (("fee before", {}), ("fee from 2026-01-11 on", {"in_force_from": "2026-01-11"}))
    )
    return {"nets": ", ".join(changed(before, after, []))}


def correction(row: Cells) -> Cells:
    def rated(cell: str) -> tuple[Line, ...]:
        terms, _, rate = cell.partition(", ")
        used, _, _, price = terms.split()
        lines = whole_month(contract(energy(price)), used)
        return tuple(
            replace(line, tax=replace(line.tax, rate=Decimal(rate.split()[0]))) if rate else line for line in lines
        )

    corrected = adjustments(rated(row["billed"]), rated(row["owed"]), Corrects(1, "2026-000001"), [])
    return {
        "correction lines": ", ".join(f"{line.quantity} at {line.unit_price:.9g}: {line.net}" for line in corrected)
        or "none"
    }


def at(hour: str) -> datetime:
    return MIDNIGHT + int(hour) * HOUR


def waits_or(count: Callable[[BoundaryRule], Decimal]) -> Cells:
    counted = {}
    for edges in BoundaryRule:
        try:
            counted[edges.value] = f"{count(edges)}"
        except (NoReadAtEdge, NothingRead):
            counted[edges.value] = "waits"
    return counted


def edges_of_a_counter(row: Cells) -> Cells:
    reads = [
        Reading(1, at(hour), at(hour), Decimal(value))
        for hour, value in re.findall(r"(-?\d+) h (\d+)(?:,|$)", row["reads"])
    ]

    def around(edge: datetime) -> Boundary:
        before = [read for read in reads if read.start <= edge]
        return Boundary(
            before[-1] if before else None, next((reading for reading in reads if reading.start > edge), None)
        )

    opening, closing = around(DAY.start), around(DAY.end)
    return waits_or(lambda edges: cumulative_use(DAY, opening, closing, [], Decimal(1), edges).quantity)


def edges_of_intervals(row: Cells) -> Cells:
    intervals = [
        Reading(1, at(start), at(end), Decimal(value))
        for start, end, value in re.findall(r"(-?\d+) h to (\d+) h (\d+)", row["intervals"])
    ]
    inside = [reading for reading in intervals if DAY.start <= reading.start < DAY.end]

    def counted(edges: BoundaryRule) -> Decimal:
        first, last = (
            share_across(
                edge, next((reading for reading in intervals if reading.start < edge < reading.end), None), edges
            )
            for edge in (DAY.start, DAY.end)
        )
        return interval_use(
            DAY,
            count=len(inside),
            total=sum((reading.value or Decimal(0) for reading in inside), Decimal(0)),
            estimated=0,
            questionable=0,
            batch=1,
            multiplier=Decimal(1),
            interval=None,
            shares=(first, last),
        ).quantity

    return waits_or(counted)


def missing_readings(row: Cells) -> Cells:
    agreed = contract(energy("1"), settings=optional("least_coverage", row["least_coverage"]))
    month = next(agreed.periods())
    days = Period.of_days(month.first, month.after_last, zone(agreed.zone))

    def is_made(hours: int) -> bool:
        use = interval_use(
            days,
            count=hours,
            total=Decimal(hours),
            estimated=0,
            questionable=0,
            batch=1,
            multiplier=Decimal(1),
            interval=HOUR,
        )
        counted = BilledUsage(Usage(use.quantity, "kWh"), (Evidence("r", "kWh", 1, use),), "r")
        try:
            see_that_all_was_read([VersionSegment(agreed, 1, 1, month, frozenset({"energy"}))], [{"energy": counted}])
        except IncompleteReadings:
            return False
        return True

    asked = next(hours for hours in range(1000) if is_made(hours))
    return {"intervals asked for": str(asked), "bill": "made" if is_made(int(row["read"])) else "waits"}


def moved(price: str, index: Mapping[str, Any], on: str, values: Mapping[str, Any], used: str = "1") -> tuple[str, str]:
    """The unit price and the net of what is used in the month that begins on a day."""
    agreed = contract(energy(price, index=index), starts="2024-01-01")
    (line,) = tried(agreed, used, first=on, indices=values).lines
    return f"{line.unit_price}", f"{line.net}"


def price_by_an_index(row: Cells) -> Cells:
    common = {"kind": "following", "terms": [{"index": "CPI", "base": "100"}], "first_review": "2025-01-01"}
    clause = common | {"lag_months": "3"} | read(row["written besides"])
    values = {
        term["index"]: {month: row[month].split("; ")[number] for month in ("2024-10", "2025-10")} | {"2025-04": "105"}
        for number, term in enumerate(clause["terms"])
    }
    return {f"price in {year}": moved("1", {"clause": clause}, f"{year}-06-01", values)[0] for year in (2025, 2026)}


def price_by_steps(row: Cells) -> Cells:
    steps = [{"first": f"{year}-01-01", "percent": "3"} for year in (2025, 2026)]
    return {"price": moved("100", {"clause": {"kind": "stepped", "steps": steps}}, row["on"], {})[0]}


def places_of_a_moved_price(row: Cells) -> Cells:
    terms = {"terms": [{"index": "CPI", "base": "100"}], "first_review": "2025-01-01"}
    clause = {"kind": "following", "factor_places": row["factor_places"], **terms}
    index = {"clause": clause, **optional("price_places", row["price_places"])}
    price, net = moved("0.3127", index, "2025-06-01", {"CPI": {"2025-01": "104.5678"}}, "1000")
    return {"price": price, "net": net}


def estimates(row: Cells) -> Cells:
    noon = MIDNIGHT + 10 * HOUR  # 12:00 in Berlin
    gap = [Period(noon + at * HOUR, noon + (at + 1) * HOUR) for at in range(int(row["missing hours"]))]
    numbers = [Decimal(number) for number in re.findall(r"\d+", row["known"])]
    wall = noon.astimezone(zone("Europe/Berlin")).replace(tzinfo=None)
    weeks = [(wall - timedelta(weeks=back)).replace(tzinfo=zone("Europe/Berlin")).astimezone(UTC) for back in (1, 2, 3)]
    known = SurroundingReadings(
        [
            Reading(1, start, start + HOUR, value)
            for start, value in zip((noon - HOUR, gap[-1].end), numbers, strict=False)
            if row["known"].startswith("before")
        ],
        dict(zip(weeks, numbers, strict=True)) if row["known"].startswith("like days") else {},
        {noon: numbers[0]} if row["known"].startswith("other meter") else {},
        [Decimal(0)] * 12 + numbers + [Decimal(0)] * (12 - len(numbers)) if row["known"].startswith("weights") else [],
        zone("Europe/Berlin"),
    )
    total = None if row["counter says"] == "nothing" else Decimal(row["counter says"])
    filled = fill(gap, known, Decimal("0.1"), total)
    return {
        "estimates": ", ".join(f"{estimate.value.normalize():f}" for estimate in filled) or "none",
        "method": ", ".join({estimate.method.value: None for estimate in filled}) or "none",
    }


RUN: Mapping[str, Callable[[Cells], Cells]] = {
    "rounding": rounding,
    "currency places": currency_places,
    "sums of lines": sums_of_lines,
    "VAT": vat,
    "quantity places": quantity_places,
    "largest remainder": largest_remainder,
    "zero lines": zero_lines,
    "proration": proration,
    "share places": share_places,
    "periods": periods,
    "parts of a period": parts_of_a_period,
    "part of which whole": part_of_which_whole,
    "windows": windows,
    "included quantity": included_quantity,
    "suspension": suspension,
    "change in mid-period": change_in_mid_period,
    "fee at a change": fee_at_a_change,
    "correction": correction,
    "edges of a counter": edges_of_a_counter,
    "edges of intervals": edges_of_intervals,
    "missing readings": missing_readings,
    "price by an index": price_by_an_index,
    "price by steps": price_by_steps,
    "places of a moved price": places_of_a_moved_price,
    "estimates": estimates,
}


@pytest.mark.parametrize(("section", "row"), ROWS.values(), ids=ROWS)
def test_each_row_comes_out_as_it_is_printed(section: str, row: Cells) -> None:
    computed = RUN[section](row)
    assert computed
    assert computed == {column: row.get(column, "") for column in computed}


@pytest.mark.parametrize(("section", "row"), SUMS.values(), ids=SUMS)
def test_the_arithmetic_beside_a_row_is_right_and_is_the_rows(section: str, row: Cells) -> None:
    assert wrong_sums(row["arithmetic"]) == []
    printed = [
        Decimal(number) for cell in RUN[section](row).values() for number in re.findall(r"-?\d+(?:\.\d+)?", cell)
    ]
    for result in results(row["arithmetic"]):
        totals = [*printed, sum(printed, Decimal(0))]
        assert any(abs(number - result) < Decimal("0.01") for number in totals), f"{result} is none of {printed}"


def test_the_list_at_the_top_names_every_section_in_order() -> None:
    page = sections("algorithms.md", level=1)["Algorithms"]
    assert [re.sub(r"\[(.+)\]\(#.+\)", r"\1", row["algorithm"]) for row in table(page)] == list(SECTIONS)
    assert list(RUN) == list(SECTIONS) == list(sections("algorithms.md"))


@pytest.mark.parametrize("name", SECTIONS)
def test_each_algorithm_says_its_downside_and_when_to_take_it(name: str) -> None:
    marks = ("**Written as**", "|---|", "**Downside.**", "**When to take it.**")
    places = [SECTIONS[name].find(mark) for mark in marks]
    assert -1 not in places
    assert sorted(places) == places


@pytest.mark.parametrize("name", CHOICES)
def test_each_choice_is_written_down_and_worked(name: str) -> None:
    written, worked = SECTIONS[name].split("|---|")[0].rsplit("\n\n", 1)[0], SECTIONS[name].partition("\n|")[2]
    for choice in CHOICES[name]:
        assert f"`{choice}`" in written or f": {choice}" in written, f"{choice} has no words"
        assert choice in worked or choice in _DEFAULTS, f"{choice} has no row"


#: What a row has where it says nothing else.
_DEFAULTS = {Ends.ALONE, Per.WEEK, Per.MONTH, Per.HALF_YEAR, Per.YEAR}
