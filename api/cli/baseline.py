"""Commands that fit baselines and tell savings from files: no database, no contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import AsJson, after, day, file, out, say, say_written, table, write_file
from quantities.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quantities.period import Period
    from savings.agreed import AgreedBaseline
    from savings.avoided import Mask
    from savings.baseline import Baseline
    from savings.finding import BaselineFinding
    from savings.methods import BaselineMethod
    from savings.statistics.sufficiency import Sufficiency

Zone = Annotated[str, typer.Option(help="Whose local days and hours: an IANA name.")]
Weather = Annotated[Path | None, typer.Option(help="A file of temperatures; the energy's own file, unless it is said.")]
Energy = Annotated[str | None, typer.Option(help="The column of energy; the first one, unless it is said.")]
Temperature = Annotated[
    str | None, typer.Option(help="The column of temperature; one called so, or of the weather file its first.")
]
QualityColumn = Annotated[
    str | None,
    typer.Option(
        help="The column that says of each line whether its energy is an estimate; one called so, by default."
    ),
]
Degrees = Annotated[str, typer.Option("--temperature-unit", help="degC or degF.")]
First = Annotated[str | None, typer.Option("--from", help="The first local day.")]
LastDay = Annotated[str | None, typer.Option("--to", help="The last local day.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    baseline = typer.Typer(help="Baselines: fitted to a file, frozen, and savings told by them.", no_args_is_help=True)
    baseline.command()(fit)
    baseline.command()(savings)
    baseline.command()(normalize)
    baseline.command()(planned)
    baseline.command()(portfolio)
    app.add_typer(baseline, name="baseline")


def fit(
    path: Path,
    *,
    model: Annotated[
        list[str],
        typer.Option(
            help="caltrack_daily, caltrack_billing, caltrack_hourly, towt_daily, change_point or mean; several compare."
        ),
    ],
    unit: Annotated[str, typer.Option(help="Of the energy.")] = "kWh",
    zone: Zone = "UTC",
    weather: Weather = None,
    energy: Energy = None,
    quality: QualityColumn = None,
    temperature: Temperature = None,
    temperature_unit: Degrees = "degC",
    driver: Annotated[
        list[str] | None, typer.Option(help="A further column, as NAME or NAME=sum where it is added up.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, as form=5P or fuel=gas.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            help="How much data there must be, as days=300 or two_month_periods=6; CalTRACK's, unless stated."
        ),
    ] = None,
    from_: First = None,
    to: LastDay = None,
    write: Annotated[Path | None, typer.Option("--out", help="Write the baseline into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a baseline to a file of energy and weather, and freeze it."""
    from api.operations.baseline_files import EnergyTable, fit_table

    if write is not None and len(model) > 1:
        raise typer.BadParameter("--out takes one baseline: name one --model")
    methods = _methods(model, driver or [], setting or [])
    energy_table = EnergyTable(
        raw=file(path),
        zone=zone,
        unit=unit,
        energy=energy,
        temperature=temperature,
        degrees=temperature_unit,
        drivers=[name for name, _ in map(_named_driver, driver or [])],
        weather=file(weather) if weather else None,
        quality=quality,
    )
    baselines = fit_table(methods, energy_table, _span(zone, from_, to), _sufficiency(require or []))
    frozen = baselines[0].model_dump_json(indent=1, exclude_none=True) + "\n"
    files = [] if write is None else [write_file("baseline", write, frozen.encode())]
    documents = [baseline.model_dump(mode="json", exclude_none=True) for baseline in baselines]
    say(documents[0] if len(documents) == 1 else documents, _compared(baselines), as_json=as_json)
    if not as_json:
        _show(finding for baseline in baselines for finding in baseline.findings)
    say_written(files, as_json=as_json)


def savings(
    baseline: Path,
    path: Path,
    *,
    weather: Weather = None,
    energy: Energy = None,
    quality: QualityColumn = None,
    temperature: Temperature = None,
    temperature_unit: Degrees = "degC",
    from_: First = None,
    to: LastDay = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="Days left out, as 2026-03-01/2026-03-04=reason; the second day is not.")
    ] = None,
    declined: Annotated[
        str, typer.Option(help="How far beyond the baseline's range a row still counts, in parts of it.")
    ] = "0.10",
    least_coverage: Annotated[str, typer.Option(help="The fraction of the rows that must count.")] = "0.9",
    confidence: Annotated[float, typer.Option(min=0.01, max=0.999, help="Of the uncertainty.")] = 0.9,
    rows: Annotated[bool, typer.Option("--rows", help="With --json: each row as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold a reporting period against a baseline, fitted or agreed on paper."""
    from decimal import Decimal

    from api.operations.baseline_files import EnergyTable, savings_of_table
    from quantities.number import exact
    from savings.avoided import Extrapolation
    from savings.report import facts_of_savings

    frozen = _baseline(baseline)
    energy_table = EnergyTable(
        raw=file(path),
        zone=frozen.zone,
        unit=frozen.unit,
        energy=energy,
        temperature=temperature,
        degrees=temperature_unit,
        drivers=list(frozen.method.drivers),
        weather=file(weather) if weather else None,
        quality=quality,
    )
    result, findings = savings_of_table(
        frozen,
        energy_table,
        _span(frozen.zone, from_, to),
        masks=[_mask(days) for days in mask or []],
        limits=Extrapolation(declined=exact(declined)),
        least=exact(least_coverage),
    )
    facts = facts_of_savings(frozen, result, Decimal(str(confidence)), findings=findings, rows=rows)
    say(facts, _summed(facts, frozen.unit), as_json=as_json)
    if not as_json:
        _show(findings)


def normalize(
    before: Path,
    after: Path,
    *,
    weather: Annotated[Path, typer.Option(help="A typical year's temperatures and drivers.")],
    temperature: Temperature = None,
    temperature_unit: Degrees = "degC",
    as_json: AsJson = False,
) -> None:
    """Say what two frozen models use in a typical year: before the measure and after it."""
    from api.operations.baseline_files import compare_in_typical_year

    first, second = _baseline(before), _baseline(after)
    typical = compare_in_typical_year(first, second, file(weather), temperature=temperature, degrees=temperature_unit)
    was, now, unit = typical.before, typical.after, typical.unit
    facts = {"before": f"{was:.3f}", "after": f"{now:.3f}", "saved": f"{was - now:.3f}", "unit": unit}
    sentence = f"a typical year: {was:.1f} {unit} before, {now:.1f} after, {was - now:.1f} saved"
    say(facts, sentence, as_json=as_json)
    if not as_json:
        _show(typical.findings)


def planned(
    baseline: Path,
    *,
    saved: Annotated[str, typer.Option(help="The expected saving, as a part of what the baseline expects.")] = "0.10",
    months: Annotated[str, typer.Option(help="How long the reporting period is.")] = "12",
    confidence: Annotated[str, typer.Option(help="Of the uncertainty.")] = "0.9",
    as_json: AsJson = False,
) -> None:
    """Say how uncertain an expected saving will be, before there is a reporting period."""
    from quantities.number import exact
    from savings.finding import as_percent
    from savings.planned import facts_of_plan, planned_saving

    plan = planned_saving(_baseline(baseline), exact(saved), exact(months), exact(confidence))
    columns = ("uncertainty", f"± {plan.unit}", "± of the saving", "least saving for ± half of it")
    rows = [
        (entry.variant.value, f"{entry.energy:.1f}", as_percent(entry.fraction), as_percent(entry.least_fraction))
        for entry in plan.uncertainties
    ]
    say(facts_of_plan(plan), table(columns, rows, right=columns[1:]), as_json=as_json)


def portfolio(
    savings: Annotated[list[Path], typer.Argument(help="Files of savings, as 'baseline savings --json' prints them.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Add up the savings of several sites, and their uncertainty."""
    from quantities.document import parse, read
    from savings.portfolio import SiteSaving, portfolio_of

    sites = [parse(SiteSaving, _named(read(file(path)), path.stem)) for path in savings]
    total = portfolio_of(sites)
    rows = [
        ("sites", str(total.sites)),
        ("expected by the baselines", f"{total.expected} {total.unit}"),
        ("avoided", f"{total.avoided} {total.unit}"),
        *((f"uncertainty, {name}", f"± {energy} {total.unit}") for name, energy in total.uncertainty.items()),
        *((f"no {name}", ", ".join(lacking)) for name, lacking in total.without.items()),
        *((f"disqualified, {code}", ", ".join(unfit)) for code, unfit in total.disqualified.items()),
    ]
    say(total.model_dump(mode="json"), table(("", ""), rows, right=("",)), as_json=as_json)


def _named(facts: object, site: str) -> object:
    """A report of a saving with the name of its site, unless it has one."""
    return {"site": site, **facts} if isinstance(facts, dict) else facts


def _methods(names: "Sequence[str]", drivers: "Sequence[str]", settings: "Sequence[str]") -> "list[BaselineMethod]":
    """Read the methods that are named; a setting is for those of them that have it."""
    from quantities.document import parse, read
    from savings.methods import METHODS

    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: none of {', '.join(METHODS)}")
    stated = {key: read(value) for key, _, value in (setting.partition("=") for setting in settings)}
    lost = [key for key in stated if not any(key in METHODS[name].model_fields for name in names)]
    if lost:
        raise typer.BadParameter(f"{', '.join(lost)}: no setting of {', '.join(names)}")
    driver_aggregations = dict(map(_named_driver, drivers))
    methods = []
    for name in names:
        own = {key: value for key, value in stated.items() if key in METHODS[name].model_fields}
        methods.append(parse(METHODS[name], {**own, "kind": name, "drivers": driver_aggregations}))
    return methods


def _sufficiency(thresholds: "Sequence[str]") -> "Sufficiency":
    """Read the thresholds that are stated; without any, CalTRACK's hold."""
    from quantities.document import parse, read
    from savings.statistics.sufficiency import Sufficiency

    return parse(Sufficiency, {key: read(value) for key, _, value in (text.partition("=") for text in thresholds)})


def _named_driver(option: str) -> tuple[str, str]:
    """Read NAME or NAME=sum: the driver's column, and how its values are joined."""
    name, _, aggregation = option.partition("=")
    return name, aggregation or "mean"


def _baseline(path: Path) -> "Baseline | AgreedBaseline":
    from quantities.document import read
    from savings.any_baseline import parse_baseline

    return parse_baseline(read(file(path)))


def _span(zone_name: str, first: str | None, last: str | None) -> "Period | None":
    from quantities.period import Period, zone

    if first is None and last is None:
        return None
    if first is None or last is None:
        raise typer.BadParameter("--from and --to go together")
    return Period.of_days(day(first), after(last), zone(zone_name))


def _mask(text: str) -> "Mask":
    from savings.avoided import Mask

    span, _, reason = text.partition("=")
    first, _, after_last = span.partition("/")
    return Mask(first=day(first), after_last=day(after_last), reason=reason or "as told")


def _compared(baselines: "Sequence[Baseline]") -> object:
    columns = ("method", "model", "rows", "adj. R²", "CV(RMSE) n−p−1", "NMBE n", "unfit")
    rows = [
        (
            baseline.method.kind,
            _described(baseline),
            baseline.figures.n,
            _short(baseline.figures.r_squared_adjusted),
            _short(baseline.figures.cv_rmse_n_p_1),
            _short(baseline.figures.nmbe_n),
            len(baseline.disqualifications) or "",
        )
        for baseline in baselines
    ]
    return table(columns, rows, right=columns[2:])


def _described(baseline: "Baseline") -> str:
    model = baseline.model
    if model.kind == "week":
        return counted(len(model.segments), "segment")
    legs = [
        f"{name} {_short(leg.slope)} beyond {_short(leg.balance_point)}"
        for name, leg in (("heating", model.heating), ("cooling", model.cooling))
        if leg is not None
    ]
    slope = [f"{_short(model.slope)} a degree"] if model.slope is not None else []
    drivers = [f"{name} {_short(value)}" for name, value in model.drivers.items()]
    return ", ".join([f"{model.form.value}: {_short(model.intercept)}", *slope, *legs, *drivers])


def _short(number: object) -> str:
    return "" if number is None else f"{number:.4f}"


def _show(findings: "Iterable[BaselineFinding]") -> None:
    for line in dict.fromkeys(map(str, findings)):
        out.print(line, markup=False, soft_wrap=True)


def _own_period(check: "Mapping[str, Any] | None", unit: str) -> "Iterable[tuple[str, str]]":
    """The saving over the baseline period itself, which is none."""
    if check is not None:
        exactly = "zero by construction" if check["zero_by_construction"] else f"within ± {check['within']} {unit}"
        yield "check: saved over the baseline period", f"{check['saved']} {unit}, {exactly}"


def _summed(facts: "Mapping[str, Any]", unit: str) -> object:
    rows = [
        ("expected by the baseline", f"{facts['expected']} {unit}"),
        ("measured", f"{facts['measured']} {unit}"),
        ("avoided", f"{facts['avoided']} {unit}"),
        ("fraction saved", facts["fraction"] or ""),
        ("coverage", facts["coverage"]),
        *((f"rows {tier}", many) for tier, many in facts["tiers"].items() if many),
        *((f"energy {basis}", many) for basis, many in facts["energy"].items() if many and basis != "measured"),
        *((f"uncertainty, {name}", f"± {half_width} {unit}") for name, half_width in facts["uncertainty"].items()),
        *_own_period(facts["own_period"], unit),
    ]
    return table(("", ""), rows, right=("",))
