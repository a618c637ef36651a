"""What a savings statement says: every energy and every amount of a window, in a form that opens and replays.

Its order is that of the clauses of EN 17669:2022, by which the report is laid out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.counting.assembly import Evidence
from billing.counting.saving import usage_of
from billing.invoices.invoice import Line
from contracts.charge import Charge
from contracts.clause import Usage
from contracts.contract import Contract
from contracts.indexation.indexation import Lookup
from contracts.savings_pricing.valuation import AtPrices
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added, quotient
from quantities.money import exponent
from quantities.number import plain, trimmed
from quantities.quantity import QuantityKind, convert, unit
from savings.adjustment import NonRoutine
from savings.avoided import COUNTED, Avoided
from savings.factor import amounts
from savings.options.option_b import Modelled
from savings.plan import Plan, SavedPart, SavingsResult
from savings.report import uncertainties
from savings.rows import hours_of

_ROWS_SHOWN = 400
_PLACES = 3
_ENERGIES = ("expected", "adjusted", "measured")


@dataclass(frozen=True, slots=True)
class Measured:
    """One saving of a window.

    Attributes:
        plan: by which it was measured.
        saved: what it comes to.
        evidence: the registers that it rests on.
        earlier: plans that counted for a part of the window, by options of their own.
    """

    plan: Plan
    saved: SavingsResult
    evidence: tuple[Evidence, ...]
    earlier: tuple[Plan, ...] = ()


def content(
    contract: Contract,
    window: BillingPeriod,
    measured: Sequence[Measured],
    lines: Iterable[Line],
    lookup: Lookup,
    on_account: Mapping[str, Decimal],
) -> dict[str, Any]:
    """Write a statement down.

    Args:
        contract: the version in force when the window closes.
        window: whose savings.
        measured: each saving of it.
        lines: of the period that closes the window, as they will be billed.
        lookup: finds published prices.
        on_account: by charge, what was billed before of the window.
    """
    savings = [_saving(each, contract) for each in measured]
    return {
        "contract": contract.contract,
        "period": {"first": str(window.first), "after_last": str(window.after_last)},
        "zone": contract.zone,
        "currency": contract.currency,
        "parties": [each.model_dump(mode="json") for each in (contract.supplier, contract.customer)],
        "terms": _terms(contract),
        "savings": savings,
        "money": list(_money(contract, window, measured, lines, lookup, on_account)),
    }


def _terms(contract: Contract) -> dict[str, Any]:
    return {
        "starts": str(contract.starts),
        "ends": None if contract.until is None else str(contract.until),
        "charges": [
            {
                "name": each.name,
                "kind": each.rule.kind,
                "rule": each.rule.model_dump(mode="json", exclude_defaults=True),
            }
            for each in contract.charges
            if _is_of_savings(contract, each)
        ],
        "payment_days": contract.settings.payment_days,
        "statement": None if contract.statement is None else contract.statement.model_dump(mode="json"),
    }


def _is_of_savings(contract: Contract, charge: Charge) -> bool:
    names = {each.name for each in contract.savings}
    return charge.counted in names or bool(names & set(charge.beside.values()))


def _saving(of: Measured, contract: Contract) -> dict[str, Any]:
    plan, saved = of.plan, of.saved
    expected, adjusted, measured = (added(getattr(each, name) for each in saved.parts) for name in _ENERGIES)
    total = added((expected, adjusted, measured.copy_negate()))
    by_month: dict[str, Decimal] = defaultdict(Decimal)
    for each in saved.parts:
        by_month[each.month] = added((by_month[each.month], each.saved))
    factors = () if contract.statement is None else contract.statement.factors
    return {
        "name": plan.name,
        "option": plan.option.kind,
        "unit": plan.unit,
        "plan": _plan(plan),
        "baseline": _baseline(plan),
        "earlier": [each.option.told for each in of.earlier],
        "registers": [each.shown() for each in of.evidence],
        "rows": {
            "all": len(saved.rows.rows),
            "tiers": {tier.value: many for tier, many in saved.rows.tiers.items() if many},
            "coverage": plain(round(saved.rows.coverage, 4)),
            "least_coverage": plain(plan.least_coverage),
            "masked": plain(_energy_of(saved, "masked")),
            "left_out": _left_out(saved),
        },
        "parts": _parts(saved),
        "adjustments": _adjustments(plan, saved),
        "total": {
            "expected": plain(expected),
            "adjusted": plain(adjusted),
            "measured": plain(measured),
            "saved": plain(total),
            "fraction": plain(round(quotient(total, expected), 4)) if expected else None,
            **_in_gigajoules(total, plan.unit),
        },
        "equivalents": {
            name: {**each, "amount": plain(round(Decimal(str(each["amount"])), _PLACES))}
            for name, each in amounts(factors, by_month, plan.unit).items()
        },
        "uncertainty": _uncertainty(plan, saved),
        "days": _by_day(plan, saved),
    }


def _parts(saved: SavingsResult) -> list[dict[str, str]]:
    return [
        {"month": each.month, "band": each.band, **{name: plain(getattr(each, name)) for name in (*_ENERGIES, "saved")}}
        for each in saved.parts
    ]


def _plan(plan: Plan) -> dict[str, Any]:
    told = plan.model_dump(mode="json", exclude={"option": {"baseline"}, "name": True})
    return {name: value for name, value in told.items() if value not in ((), [], {}, None)}


def _baseline(plan: Plan) -> dict[str, Any] | None:
    if not isinstance(plan.option, Modelled):
        return None
    frozen = plan.option.baseline
    model = frozen.model.model_dump(mode="json") if frozen.model.kind == "linear" else {"kind": frozen.model.kind}
    return {
        "method": frozen.method.kind,
        "arithmetic": frozen.method.arithmetic,
        "first": str(frozen.first),
        "after_last": str(frozen.after_last),
        "temperature_unit": frozen.temperature_unit,
        "model": model,
        "figures": frozen.figures.model_dump(mode="json"),
        "ranges": {name: each.model_dump(mode="json") for name, each in frozen.ranges.items()},
        "input_sha256": frozen.input_sha256,
        "findings": [each.model_dump(mode="json") for each in frozen.findings],
    }


def _energy_of(saved: SavingsResult, tier: str) -> Decimal:
    return trimmed(added(each.row.energy or Decimal(0) for each in saved.rows.rows if each.tier.value == tier))


def _left_out(saved: SavingsResult) -> list[dict[str, str]]:
    off = [each for each in saved.rows.rows if each.why]
    return [
        {"start": each.row.local.isoformat(), "tier": each.tier.value, "why": each.why} for each in off[:_ROWS_SHOWN]
    ]


def _adjustments(plan: Plan, saved: SavingsResult) -> list[dict[str, Any]]:
    return [
        {
            **entry.model_dump(mode="json", exclude_none=True),
            "told": entry.told(plan.unit),
            "energy": plain(trimmed(round(_of_entry(entry, saved), _PLACES))),
        }
        for entry in plan.adjustments
        if any(entry.name in each.adjustments for each in saved.parts)
    ]


def _of_entry(entry: NonRoutine, saved: SavingsResult) -> Decimal:
    return added(each.adjustments.get(entry.name, Decimal(0)) for each in saved.parts)


def _in_gigajoules(energy: Decimal, symbol: str) -> dict[str, str]:
    if unit(symbol).kind is not QuantityKind.ENERGY:
        return {}
    return {"gigajoules": plain(round(convert(energy, symbol, "GJ"), _PLACES))}


def _uncertainty(plan: Plan, saved: SavingsResult) -> dict[str, str]:
    if not isinstance(plan.option, Modelled):
        return {}
    return uncertainties(plan.option.baseline, saved.rows, plan.confidence)


def _by_day(plan: Plan, saved: SavingsResult) -> list[dict[str, str | None]]:
    """Sum rows by local day, for the charts: what was expected, adjusted, and measured, and the mean temperature."""
    found: dict[str, list[Any]] = {}
    for each in saved.rows.rows:
        if each.tier not in COUNTED or each.expected is None or each.row.energy is None:
            continue
        day = found.setdefault(str(each.row.local.date()), [Decimal(0), Decimal(0), []])
        hours = hours_of(each.row.period)
        adjusted = [entry.of(each.expected, hours) for entry in plan.adjustments if entry.covers(each.row.local.date())]
        day[0] = added((day[0], each.expected, *adjusted))
        day[1] = added((day[1], plan.option.measured(each.row.energy)))
        day[2] += [known for known in each.row.temperatures if known is not None]
    return [
        {
            "day": day,
            "expected": plain(round(expected, 1)),
            "measured": plain(round(measured, 1)),
            "temperature": plain(round(added(degrees) / len(degrees), 1)) if degrees else None,
        }
        for day, (expected, measured, degrees) in found.items()
    ]


def _money(
    contract: Contract,
    window: BillingPeriod,
    measured: Sequence[Measured],
    lines: Iterable[Line],
    lookup: Lookup,
    on_account: Mapping[str, Decimal],
) -> Iterable[dict[str, Any]]:
    by_name, places = {each.plan.name: each for each in measured}, exponent(contract.currency)
    of_charge: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if window.first <= line.service_first < window.after_last:
            of_charge[line.charge].append(line)
    for charge in contract.charges:
        if not _is_of_savings(contract, charge):
            continue
        own = of_charge[charge.name]
        billed = on_account.get(charge.name, Decimal(0))
        yield {
            "charge": charge.name,
            "rule": charge.rule.kind,
            "value": _value(contract, charge, window, by_name, lookup),
            "billed_before": f"{billed:.{places}f}",
            "lines": [
                {"label": _label(line), "net": plain(line.net), "sum": line.proof.get("sum", "")} for line in own
            ],
            "now": f"{added(line.net for line in own):.{places}f}",
            "window": f"{added((billed, *(line.net for line in own))):.{places}f}",
        }


def _label(line: Line) -> str:
    return line.label if line.corrects is None else f"{line.label}, adjusts {line.corrects.number}"


def _value(
    contract: Contract, charge: Charge, window: BillingPeriod, measured: Mapping[str, Measured], lookup: Lookup
) -> dict[str, Any] | None:
    """Value a whole window at the prices of a charge: what the parties agreed, and what the customer was spared."""
    valuation = getattr(charge.rule, "valuation", None)
    of = measured.get(charge.counted or "")
    if not isinstance(valuation, AtPrices) or of is None:
        return None
    published = {}
    for series in sorted(valuation.follows):
        for each in of.saved.parts:
            found = lookup(series, each.month)
            if found is not None:
                published[series, each.month] = found.value
    usage = usage_of(of.saved)
    worth = valuation.value(Usage(usage.quantity, usage.unit, window, contract.life, usage.parts, published=published))
    return {"contract": plain(worth.contract), "cash": plain(worth.cash), "working": list(worth.calculation)}


def joined(stretches: Sequence[Measured]) -> Measured:
    """Put the stretches of a window together: a band's and month's energies add up, each rounded as it was billed."""
    parts: dict[tuple[str, str], SavedPart] = {}
    for each in (part for stretch in stretches for part in stretch.saved.parts):
        before = parts.get((each.month, each.band))
        parts[each.month, each.band] = each if before is None else _added(before, each)
    rows = Avoided(tuple(row for stretch in stretches for row in stretch.saved.rows.rows))
    last = stretches[-1]
    saved = SavingsResult(last.saved.unit, tuple(parts[key] for key in sorted(parts)), rows)
    earlier = {each.plan.option.told: each.plan for each in stretches if each.plan.option != last.plan.option}
    evidence = tuple(one for stretch in stretches for one in stretch.evidence)
    return Measured(last.plan, saved, evidence, tuple(earlier.values()))


def _added(one: SavedPart, other: SavedPart) -> SavedPart:
    expected, adjusted, measured = (added((getattr(one, name), getattr(other, name))) for name in _ENERGIES)
    names = dict.fromkeys((*one.adjustments, *other.adjustments))
    zero = Decimal(0)
    own = {name: added((one.adjustments.get(name, zero), other.adjustments.get(name, zero))) for name in names}
    return SavedPart(one.band, one.month, expected, adjusted, measured, own)


def same_energies(stated: Mapping[str, Any], measured: Sequence[Measured]) -> bool:
    """Tell whether a statement still says what the readings do."""
    was = {each["name"]: each["parts"] for each in stated["savings"]}
    return was == {each.plan.name: _parts(each.saved) for each in measured}
