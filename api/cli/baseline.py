"""Commands that fit baselines and tell savings from files: no database, no contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import AsJson, day, file, out, say, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantities.period import Period
    from savings.baseline import Baseline
    from savings.finding import BaselineFinding
    from savings.methods import BaselineMethod
    from savings.rows import Series

Zone = Annotated[str, typer.Option(help="Whose local days and hours: an IANA name.")]
Weather = Annotated[Path | None, typer.Option(help="A file of temperatures; the energy's own file, unless it is said.")]
Energy = Annotated[str | None, typer.Option(help="The column of energy; the first one, unless it is said.")]
Temperature = Annotated[
    str | None, typer.Option(help="The column of temperature; one called so, or of the weather file its first.")
]
Degrees = Annotated[str, typer.Option("--temperature-unit", help="degC or degF.")]
First = Annotated[str | None, typer.Option("--from", help="The first local day.")]
AfterLast = Annotated[str | None, typer.Option("--to", help="The first local day not counted any more.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    baseline = typer.Typer(help="Baselines: fitted to a file, frozen, and savings told by them.", no_args_is_help=True)
    baseline.command()(fit)
    baseline.command()(savings)
    baseline.command()(normalize)
    app.add_typer(baseline, name="baseline")


def fit(
    path: Path,
    *,
    model: Annotated[
        list[str],
        typer.Option(help="caltrack_daily, caltrack_billing, caltrack_hourly, change_point or mean; several compare."),
    ],
    unit: Annotated[str, typer.Option(help="Of the energy.")] = "kWh",
    zone: Zone = "UTC",
    weather: Weather = None,
    energy: Energy = None,
    temperature: Temperature = None,
    temperature_unit: Degrees = "degC",
    driver: Annotated[
        list[str] | None, typer.Option(help="A further column, as NAME or NAME=sum where it is added up.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, as form=5P or fuel=gas.")
    ] = None,
    from_: First = None,
    to: AfterLast = None,
    write: Annotated[Path | None, typer.Option("--out", help="Write the baseline into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a baseline to a file of energy and weather, and freeze it."""
    from savings.baseline import fit as fitted

    methods = _methods(model, driver or [], setting or [])
    used, drivers, findings = _series(path, zone, unit, weather, energy, temperature, temperature_unit, driver or [])
    found = []
    for method in methods:
        baseline, _, _ = fitted(method, used, drivers, zone, _span(zone, from_, to), said=findings)
        found.append(baseline)
    documents = [each.model_dump(mode="json", exclude_none=True) for each in found]
    if write is not None:
        if len(found) > 1:
            raise typer.BadParameter("--out takes one baseline: name one --model")
        write.write_text(found[0].model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    say(documents[0] if len(documents) == 1 else documents, _compared(found), as_json=as_json)
    if not as_json:
        _show(finding for each in found for finding in each.findings)


def savings(
    baseline: Path,
    path: Path,
    *,
    weather: Weather = None,
    energy: Energy = None,
    temperature: Temperature = None,
    temperature_unit: Degrees = "degC",
    from_: First = None,
    to: AfterLast = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="Days left out, as 2026-03-01/2026-03-04=reason; the second day is not.")
    ] = None,
    declined: Annotated[
        str, typer.Option(help="How far beyond the baseline's range a row still counts, in parts of it.")
    ] = "0.10",
    confidence: Annotated[float, typer.Option(min=0.01, max=0.999, help="Of the uncertainty.")] = 0.9,
    rows: Annotated[bool, typer.Option("--rows", help="With --json: each row as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold a reporting period against a frozen baseline."""
    from decimal import Decimal

    from quantities.number import exact
    from savings.avoided import Extrapolation, avoided
    from savings.report import facts_of_savings
    from savings.rows import rows_of

    frozen = _baseline(baseline)
    names = [f"{name}={how.value}" for name, how in frozen.method.drivers.items()]
    used, drivers, findings = _series(
        path, frozen.zone, frozen.unit, weather, energy, temperature, temperature_unit, names
    )
    within = _span(frozen.zone, from_, to)
    laid = rows_of(
        frozen.interval,
        frozen.zone,
        used,
        drivers,
        frozen.method.drivers,
        within,
        frozen.method.modes,
        frozen.temperature_unit,
    )
    limits = Extrapolation(declined=exact(declined))
    found = avoided(frozen, laid, [_mask(each) for each in mask or []], limits)
    facts = facts_of_savings(frozen, found, Decimal(str(confidence)), rows=rows) | {
        "findings": [each.model_dump(mode="json") for each in findings]
    }
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
    from savings.avoided import under
    from savings.rows import TEMPERATURE, rows_of
    from savings.table import names_of, read_table

    models = [_baseline(each) for each in (before, after)]
    raw = file(weather)
    column = temperature or next((name for name in names_of(raw) if name.lower().startswith("temp")), TEMPERATURE)
    further = {name for each in models for name in each.method.drivers}
    read = read_table(raw, models[0].zone, {column: temperature_unit, **dict.fromkeys(further, "")})
    typical = {TEMPERATURE if name == column else name: series for name, series in read.series.items()}
    both = []
    for each in models:
        energy, method = typical[TEMPERATURE], each.method
        laid = rows_of(
            each.interval, each.zone, energy, typical, method.drivers, modes=method.modes, degrees=each.temperature_unit
        )
        both.append(laid)
    was, now = (under(model, laid) for model, laid in zip(models, both, strict=True))
    facts = {"before": f"{was:.3f}", "after": f"{now:.3f}", "saved": f"{was - now:.3f}", "unit": models[0].unit}
    sentence = f"a typical year: {was:.1f} {models[0].unit} before, {now:.1f} after, {was - now:.1f} saved"
    say(facts, sentence, as_json=as_json)
    if not as_json:
        _show(read.findings)


def _methods(names: "Sequence[str]", drivers: "Sequence[str]", settings: "Sequence[str]") -> "list[BaselineMethod]":
    """Read what each model is told; a setting is for those of the models that have it."""
    from quantities.document import parse, read
    from savings.methods import METHODS

    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: none of {', '.join(METHODS)}")
    told = {key: read(value) for key, _, value in (each.partition("=") for each in settings)}
    lost = [key for key in told if not any(key in METHODS[name].model_fields for name in names)]
    if lost:
        raise typer.BadParameter(f"{', '.join(lost)}: no setting of {', '.join(names)}")
    driver_aggregations = {key: how or "mean" for key, _, how in (each.partition("=") for each in drivers)}
    found = []
    for name in names:
        own = {key: value for key, value in told.items() if key in METHODS[name].model_fields}
        found.append(parse(METHODS[name], {**own, "kind": name, "drivers": driver_aggregations}))
    return found


def _baseline(path: Path) -> "Baseline":
    from quantities.document import parse, read
    from savings.baseline import Baseline

    return parse(Baseline, read(file(path)))


def _series(
    path: Path,
    zone: str,
    unit: str,
    weather: Path | None,
    energy: str | None,
    temperature: str | None,
    degrees: str,
    drivers: "Sequence[str]",
) -> "tuple[Series, dict[str, Series], list[BaselineFinding]]":
    """Read the energy and what drives it: of one file, or the temperature of another."""
    from savings.rows import TEMPERATURE
    from savings.table import names_of, read_table

    raw = file(path)
    names = names_of(raw)
    further = [each.partition("=")[0] for each in drivers]
    own = temperature or next((name for name in names if name.lower().startswith("temp")), None)
    column = energy or next((name for name in names if name not in {own, *further}), "energy")
    units = {column: unit, **dict.fromkeys(further, "")}
    if weather is None and own is not None:
        units[own] = degrees
    read = read_table(raw, zone, units)
    found, findings = {name: read.series[name] for name in further}, list(read.findings)
    if weather is not None:
        outside = file(weather)
        name = temperature or names_of(outside)[0]
        other = read_table(outside, zone, {name: degrees})
        found[TEMPERATURE] = other.series[name]
        findings += other.findings
    elif own is not None:
        found[TEMPERATURE] = read.series[own]
    return read.series[column], found, findings


def _span(zone_name: str, first: str | None, after_last: str | None) -> "Period | None":
    from quantities.period import Period, zone

    if first is None and after_last is None:
        return None
    if first is None or after_last is None:
        raise typer.BadParameter("--from and --to go together")
    return Period.of_days(day(first), day(after_last), zone(zone_name))


def _mask(text: str) -> Any:
    from savings.avoided import Mask

    span, _, reason = text.partition("=")
    first, _, after_last = span.partition("/")
    return Mask(first=day(first), after_last=day(after_last), reason=reason or "as told")


def _compared(found: "Sequence[Baseline]") -> object:
    columns = ("method", "model", "rows", "adj. R²", "CV(RMSE) n−p−1", "NMBE n", "unfit")
    rows = [
        (
            each.method.kind,
            _described(each),
            each.figures.n,
            _short(each.figures.r_squared_adjusted),
            _short(each.figures.cv_rmse_n_p_1),
            _short(each.figures.nmbe_n),
            len(each.disqualifications) or "",
        )
        for each in found
    ]
    return table(columns, rows, right=columns[2:])


def _described(baseline: "Baseline") -> str:
    model = baseline.model
    if model.kind == "week":
        return f"{len(model.segments)} segments"
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


def _show(findings: Any) -> None:
    for each in dict.fromkeys(map(str, findings)):
        out.print(each, markup=False, soft_wrap=True)


def _summed(facts: "Mapping[str, Any]", unit: str) -> object:
    rows = [
        ("expected by the baseline", f"{facts['expected']} {unit}"),
        ("measured", f"{facts['measured']} {unit}"),
        ("avoided", f"{facts['avoided']} {unit}"),
        ("fraction saved", facts["fraction"] or ""),
        ("coverage", facts["coverage"]),
        *((f"rows {tier}", many) for tier, many in facts["tiers"].items() if many),
        *((f"uncertainty, {name}", f"± {each} {unit}") for name, each in facts["uncertainty"].items()),
    ]
    return table(("", ""), rows, right=("",))
