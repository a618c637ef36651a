"""What a savings statement says: every energy and every amount of a window, in a form that opens and replays.

Its order is that of the clauses of EN 17669:2022, by which the report is laid out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.counting.joining import carrier_shares
from billing.invoices.invoice import Line
from billing.records.statement import (
    LeftOutRow,
    StatedAdjustment,
    StatedAgreedBaseline,
    StatedBaseline,
    StatedCarrier,
    StatedCharge,
    StatedDay,
    StatedDivision,
    StatedEquivalent,
    StatedJoined,
    StatedLine,
    StatedMargin,
    StatedMoney,
    StatedPart,
    StatedRows,
    StatedSaving,
    StatedTerms,
    StatedTotal,
    StatementContent,
    StatementPeriod,
    TermsAsJson,
)
from billing.statements.measured import Measured
from billing.statements.worth import is_of_savings, saving_usage, usages_joined, value_of
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added, quotient
from quantities.exact import rounded
from quantities.exact import total as summed
from quantities.money import exponent
from quantities.number import trimmed
from quantities.quantity import QuantityKind, convert, unit
from savings.adjustment import NonRoutine
from savings.agreed import AgreedBaseline
from savings.avoided import COUNTED
from savings.energy_rules import EnergyBasis
from savings.factor import factor_amounts
from savings.options.option_b import Modelled
from savings.plan import Plan, SavingsResult
from savings.report import uncertainties
from savings.rows import hours_of

_ROWS_SHOWN = 400
_PLACES = 3


def content(
    contract: Contract,
    window: BillingPeriod,
    measured: Sequence[Measured],
    lines: Iterable[Line],
    lookup: Lookup,
    *,
    billed_before: Mapping[str, Decimal],
    divided: Sequence[StatedDivision],
    margin: StatedMargin | None,
    version_ids: Iterable[int],
) -> StatementContent:
    """Write a statement down.

    Args:
        contract: the version in force when the window closes.
        window: whose savings.
        measured: each saving of it.
        lines: of the period that closes the window, as they will be billed.
        lookup: finds published prices.
        billed_before: by charge, what earlier invoices of the window have billed.
        divided: of each saving, what the supplier has and what the customer keeps.
        margin: of the supplier, where the contract states costs.
        version_ids: the keys of the contract versions that are known.
    """
    return StatementContent(
        contract=contract.contract,
        period=StatementPeriod(first=window.first, after_last=window.after_last),
        zone=contract.zone,
        currency=contract.currency,
        parties=(contract.supplier, contract.customer),
        terms=_terms(contract),
        savings=tuple(_saving(saving, contract) for saving in measured),
        joined=tuple(_joined(contract, measured)),
        money=tuple(_money(contract, window, measured, lines, lookup, billed_before)),
        divided=tuple(divided),
        margin=margin,
        version_ids=tuple(version_ids),
    )


def _terms(contract: Contract) -> StatedTerms:
    return StatedTerms(
        starts=contract.starts,
        ends=contract.until,
        charges=tuple(
            StatedCharge(
                name=charge.name,
                kind=charge.rule.kind,
                rule=charge.rule.model_dump(mode="json", exclude_defaults=True),
            )
            for charge in contract.charges
            if is_of_savings(contract, charge)
        ),
        payment_days=contract.settings.payment_days,
        statement=None if contract.statement is None else contract.statement.without_costs,
    )


def _saving(measured: Measured, contract: Contract) -> StatedSaving:
    plan, saved = measured.plan, measured.saved
    by_month: dict[str, Decimal] = defaultdict(Decimal)
    for part in saved.parts:
        by_month[part.month] = added((by_month[part.month], part.saved))
    factors = () if contract.statement is None else contract.statement.factors
    return StatedSaving(
        name=plan.name,
        option=plan.option.kind,
        unit=plan.unit,
        plan=_plan(plan),
        baseline=_baseline(plan),
        earlier=tuple(earlier.option.summary for earlier in measured.earlier),
        registers=tuple(evidence.proof() for evidence in measured.evidence),
        rows=_rows(plan, saved),
        parts=stated_parts(saved),
        adjustments=tuple(_adjustments(plan, saved)),
        total=_total(plan, saved),
        equivalents={
            name: StatedEquivalent.model_validate(
                {**equivalent, "amount": round(Decimal(str(equivalent["amount"])), _PLACES)}
            )
            for name, equivalent in factor_amounts(factors, by_month, plan.unit).items()
        },
        uncertainty=_uncertainty(plan, saved),
        days=tuple(_by_day(plan, saved)),
    )


def _joined(contract: Contract, measured: Sequence[Measured]) -> Iterator[StatedJoined]:
    """Write down what charges price of several carriers, each carrier with its factors."""
    by_name = {saving.plan.name: saving for saving in measured}
    for use in contract.usages:
        if not use.joined or any(carrier.saving not in by_name for carrier in use.joined):
            continue
        shares = carrier_shares(use, usages_joined(use, by_name))
        yield StatedJoined(
            name=use.name,
            unit=use.unit or "",
            carriers=tuple(
                StatedCarrier(
                    saving=share.saving,
                    unit=share.unit,
                    saved=trimmed(share.saved),
                    factors=share.chain,
                    amount=trimmed(rounded(share.energy)),
                )
                for share in shares
            ),
            total=trimmed(rounded(summed(share.energy for share in shares))),
        )


def _rows(plan: Plan, saved: SavingsResult) -> StatedRows:
    masked = (row.row.energy or Decimal(0) for row in saved.rows.rows if row.status.value == "masked")
    with_a_reason = [row for row in saved.rows.rows if row.why]
    return StatedRows(
        count=len(saved.rows.rows),
        count_by_status={
            **{status.value: count for status, count in saved.rows.counts_by_status.items() if count},
            **_not_plainly_measured(saved),
        },
        coverage=round(saved.rows.coverage, 4),
        least_coverage=plan.least_coverage,
        masked=trimmed(added(masked)),
        left_out=tuple(
            LeftOutRow(start=row.row.local.isoformat(), status=row.status.value, why=row.why)
            for row in with_a_reason[:_ROWS_SHOWN]
        ),
    )


def _not_plainly_measured(saved: SavingsResult) -> dict[str, int]:
    """Of the rows that count: how many are filled or rest on estimates, and how many are zero; none where none is."""
    by_basis = Counter(counted.row.basis for counted in saved.rows.counted)
    return {basis.value: by_basis[basis] for basis in (EnergyBasis.ESTIMATED, EnergyBasis.ZERO) if by_basis[basis]}


def stated_parts(saved: SavingsResult) -> tuple[StatedPart, ...]:
    """Write down the energies of a saving, by month and band."""
    return tuple(
        StatedPart(
            month=part.month,
            since=part.since,
            band=part.band,
            expected=part.expected,
            adjusted=part.adjusted,
            measured=part.measured,
            saved=part.saved,
        )
        for part in saved.parts
    )


def _total(plan: Plan, saved: SavingsResult) -> StatedTotal:
    expected = added(part.expected for part in saved.parts)
    adjusted = added(part.adjusted for part in saved.parts)
    measured = added(part.measured for part in saved.parts)
    total = added((expected, adjusted, measured.copy_negate()))
    is_energy = unit(plan.unit).kind is QuantityKind.ENERGY
    return StatedTotal(
        expected=expected,
        adjusted=adjusted,
        measured=measured,
        saved=total,
        fraction=round(quotient(total, expected), 4) if expected else None,
        gigajoules=round(convert(total, plan.unit, "GJ"), _PLACES) if is_energy else None,
    )


def _plan(plan: Plan) -> TermsAsJson:
    terms = plan.model_dump(mode="json", exclude={"option": {"baseline"}, "name": True})
    return {name: value for name, value in terms.items() if value not in ((), [], {}, None)}


def _baseline(plan: Plan) -> StatedBaseline | StatedAgreedBaseline | None:
    if not isinstance(plan.option, Modelled):
        return None
    frozen = plan.option.baseline
    model = {"kind": frozen.model.kind} if frozen.model.kind == "week" else frozen.model.model_dump(mode="json")
    ranges = {name: driver_range.model_dump(mode="json") for name, driver_range in frozen.ranges.items()}
    if isinstance(frozen, AgreedBaseline):
        return StatedAgreedBaseline(
            rows=frozen.row.value,
            first=frozen.first,
            after_last=frozen.after_last,
            temperature_unit=frozen.temperature_unit,
            model=model,
            ranges=ranges,
            source=frozen.source.model_dump(mode="json"),
            uncertainty=frozen.uncertainty.model_dump(mode="json"),
            not_computed=frozen.not_computed,
        )
    return StatedBaseline(
        method=frozen.method.kind,
        arithmetic=frozen.method.arithmetic,
        first=frozen.first,
        after_last=frozen.after_last,
        temperature_unit=frozen.temperature_unit,
        model=model,
        figures=frozen.figures.model_dump(mode="json"),
        ranges=ranges,
        input_sha256=frozen.input_sha256,
        findings=tuple(finding.model_dump(mode="json") for finding in frozen.findings),
    )


def _adjustments(plan: Plan, saved: SavingsResult) -> Iterator[StatedAdjustment]:
    for entry in plan.adjustments:
        if any(entry.name in part.adjustments for part in saved.parts):
            yield StatedAdjustment(
                name=entry.name,
                first=entry.first,
                after_last=entry.after_last,
                power=entry.power,
                percent=entry.percent,
                energy_a_day=entry.energy_a_day,
                reason=entry.reason,
                evidence=entry.evidence,
                signatures=entry.signatures,
                summary=entry.summary(plan.unit),
                energy=trimmed(round(_energy_of(entry, saved), _PLACES)),
            )


def _energy_of(entry: NonRoutine, saved: SavingsResult) -> Decimal:
    return added(part.adjustments.get(entry.name, Decimal(0)) for part in saved.parts)


def _uncertainty(plan: Plan, saved: SavingsResult) -> dict[str, Decimal]:
    if not isinstance(plan.option, Modelled):
        return {}
    figures = uncertainties(plan.option.baseline, saved.rows, plan.confidence)
    return {name: Decimal(energy) for name, energy in figures.items()}


@dataclass(slots=True)
class _DaySums:
    """The sums of a local day's rows, and the temperatures that are known of it."""

    expected: Decimal = Decimal(0)
    measured: Decimal = Decimal(0)
    temperatures: list[Decimal] = field(default_factory=list)


def _by_day(plan: Plan, saved: SavingsResult) -> Iterator[StatedDay]:
    """Sum rows by local day, for the charts: what was expected, adjusted, and measured, and the mean temperature."""
    days: dict[date, _DaySums] = defaultdict(_DaySums)
    for row in saved.rows.rows:
        if row.status not in COUNTED or row.expected is None or row.row.energy is None:
            continue
        day, hours = row.row.local.date(), hours_of(row.row.period)
        adjusted = [entry.energy(row.expected, hours) for entry in plan.adjustments if entry.covers(day)]
        sums = days[day]
        sums.expected = added((sums.expected, row.expected, *adjusted))
        sums.measured = added((sums.measured, plan.option.measured(row.row.energy)))
        sums.temperatures += [known for known in row.row.temperatures if known is not None]
    for day, sums in days.items():
        degrees = sums.temperatures
        yield StatedDay(
            day=day,
            expected=round(sums.expected, 1),
            measured=round(sums.measured, 1),
            temperature=round(added(degrees) / len(degrees), 1) if degrees else None,
        )


def _money(
    contract: Contract,
    window: BillingPeriod,
    measured: Sequence[Measured],
    lines: Iterable[Line],
    lookup: Lookup,
    billed_before: Mapping[str, Decimal],
) -> Iterator[StatedMoney]:
    by_name = {saving.plan.name: saving for saving in measured}
    cent = Decimal(1).scaleb(-exponent(contract.currency))
    of_charge: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if window.first <= line.service_first < window.after_last:
            of_charge[line.charge].append(line)
    for charge in contract.charges:
        if not is_of_savings(contract, charge):
            continue
        own = of_charge[charge.name]
        before = billed_before.get(charge.name, Decimal(0))
        now = added(line.net for line in own)
        yield StatedMoney(
            charge=charge.name,
            rule=charge.rule.kind,
            value=value_of(contract, charge, window, saving_usage(contract, charge.counted or "", by_name), lookup),
            billed_before=before.quantize(cent),
            lines=tuple(StatedLine(label=_label(line), net=line.net, sum=line.proof.sum or "") for line in own),
            now=now.quantize(cent),
            window=added((before, now)).quantize(cent),
        )


def _label(line: Line) -> str:
    return line.label if line.corrects is None else f"{line.label}, adjusts {line.corrects.number}"
