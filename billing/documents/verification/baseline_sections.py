"""The baseline that a saving is measured against: fitted and frozen, or agreed on paper; and what it does not cover."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing.documents.charts.place import unit_of_place
from billing.documents.sections.section import (
    Block,
    Section,
    aside,
    numbers_column,
    paragraph,
    points,
    table,
    words_column,
)
from billing.documents.verification.degrees import Degrees
from billing.documents.verification.report_words import ReportWords
from billing.documents.words.savings_words import method_words
from billing.records.statement import StatedAgreedBaseline, StatedBaseline, StatedSaving, StatementContent
from savings.rows import TEMPERATURE

_HALF_YEAR = 6


def baselines(content: StatementContent, report: ReportWords) -> Iterable[Section]:
    """Show each saving's baseline, under one heading."""
    heading = report.words.text("Contractual energy baseline")
    many = len(content.savings) > 1
    if many:
        yield Section(heading, ())
    for saving in content.savings:
        yield Section(saving.name if many else heading, tuple(_baseline(saving, report)), is_sub=many)


def _baseline(saving: StatedSaving, report: ReportWords) -> Iterable[Block]:
    words, baseline = report.words, saving.baseline
    yield paragraph(words.text("IPMVP option {option}.", option=report.option(saving.option)), f"{saving.name}:")
    if isinstance(baseline, StatedAgreedBaseline):
        yield from _agreed(baseline, saving.unit, report)
    elif baseline is not None:
        yield from _fitted(baseline, report)
    for sentence in saving.earlier:
        yield paragraph(words.text("Until an amendment within the period: {option}.", option=sentence))
    signatures = saving.plan.get("signatures")
    if signatures:
        people = "; ".join(
            words.text("{person} for {party}, {day}", person=by["person"], party=by["party"], day=report.day(by["on"]))
            for by in signatures
        )
        yield paragraph(words.text("Signed: {people}.", people=people))


def _agreed(baseline: StatedAgreedBaseline, unit: str, report: ReportWords) -> Iterable[Block]:
    words, source = report.words, baseline.source
    sentence = words.text(
        "{document}, {clause}, signed on {day} by {parties}.",
        document=source["document"], clause=source["clause"], day=report.day(source["on"]),
        parties=words.text(" and ").join(source["parties"]),
    )  # fmt: skip
    yield paragraph(sentence, words.text("Agreed on paper, and not fitted:"))
    yield paragraph(_agreed_days(baseline, unit, report))
    degrees = _degrees(baseline, report)
    yield from _model(baseline.model, degrees, report)
    if baseline.ranges:
        heading = words.text("most, as agreed")
        yield _ranges(baseline.ranges, degrees, heading, report)
    uncertainty = baseline.uncertainty
    if uncertainty.get("none_agreed"):
        agreed = words.text("none was agreed.")
    else:
        agreed = words.text(
            "{percent} % of the expected energy, plus or minus, at {confidence} confidence, as agreed.",
            percent=report.number(uncertainty["percent"]), confidence=report.percent(uncertainty["confidence"]),
        )  # fmt: skip
    yield paragraph(agreed, words.text("Uncertainty:"))
    yield paragraph(words.text("because it was not fitted:"), words.text("Not computed,"))
    yield points(*(f"{name.replace('_', ' ')}: {why}" for name, why in baseline.not_computed.items()))


def _agreed_days(baseline: StatedAgreedBaseline, unit: str, report: ReportWords) -> str:
    words = report.words
    rows = {
        "hour": words.text("For hours"),
        "day": words.text("For days"),
        "billing": words.text("For billing periods"),
    }.get(baseline.rows, baseline.rows)
    first = report.day(baseline.first)
    if baseline.after_last is None:
        days = words.text("{rows} from {first} on.", rows=rows, first=first)
    else:
        end = report.day(baseline.after_last)
        days = words.text(
            "{rows} from {first} up to {end} (the first day not agreed).", rows=rows, first=first, end=end
        )
    return days + " " + words.text("Energies in {unit}.", unit=unit)


def _fitted(baseline: StatedBaseline, report: ReportWords) -> Iterable[Block]:
    words, figures = report.words, baseline.figures
    yield paragraph(
        words.text(
            "Fitted by {method}, arithmetic {arithmetic}, to {count} rows of {first} to {end}, and frozen.",
            method=method_words(baseline.method, words), arithmetic=baseline.arithmetic, count=figures["n"],
            first=report.day(baseline.first), end=report.day(baseline.after_last),
        )
    )  # fmt: skip
    degrees = _degrees(baseline, report)
    yield from _model(baseline.model, degrees, report)
    rows = (
        ("R²", report.rounded(figures["r_squared"])),
        (words.text("adjusted R²"), report.rounded(figures["r_squared_adjusted"])),
        (words.text("CV(RMSE), by n − p − 1"), report.percent(figures["cv_rmse_n_p_1"])),
        (words.text("NMBE, by n"), report.percent(figures["nmbe_n"])),
        (words.text("autocorrelation ρ"), report.rounded(figures["autocorrelation"])),
        ("n, p, n′", f"{figures['n']}, {figures['p']}, {report.rounded(figures['n_prime'], 1)}"),
    )
    yield table((words_column(words.text("figure of merit")), numbers_column(words.text("value"))), rows)
    yield _ranges(baseline.ranges, degrees, words.text("most"), report)
    noted = [finding for finding in baseline.findings if finding["severity"] != "note"]
    if noted:
        yield points(*(_finding(finding, report) for finding in noted))
    yield aside(words.text("Rows hashed as sha256 {hash}", hash=baseline.input_sha256))


def _finding(finding: Mapping[str, Any], report: ReportWords) -> str:
    words = report.words
    severity = {
        "disqualification": words.text("disqualification"),
        "warning": words.text("warning"),
    }.get(finding["severity"], finding["severity"])
    against = " ".join(filter(None, (str(finding.get("found", "")), str(finding.get("expected", "")))))
    return f"{severity}: {finding['detail']} {against}".rstrip()


def _degrees(baseline: StatedBaseline | StatedAgreedBaseline, report: ReportWords) -> Degrees | None:
    unit = baseline.temperature_unit
    return None if unit is None else Degrees(unit, unit_of_place(unit, report.zone))


def _model(model: Mapping[str, Any], degrees: Degrees | None, report: ReportWords) -> Iterable[Block]:
    words = report.words
    if model["kind"] == "months":
        for first in (0, _HALF_YEAR):
            months = tuple(numbers_column(report.month_of_year(first + n + 1)) for n in range(_HALF_YEAR))
            yield table(months, (tuple(map(report.number, model["energies"][first : first + _HALF_YEAR])),))
        return
    if model["kind"] != "linear":
        yield paragraph(
            words.text("Its coefficients, by hour of the week and stretch of temperature, are in the contract version.")
        )
        return
    columns = (
        words_column(words.text("term")),
        numbers_column(words.text("coefficient")),
        words_column(words.text("for each")),
    )
    yield table(columns, tuple(_terms(model, degrees, report)), widest=2)
    if degrees is not None and degrees.converts:
        yield aside(words.text("Temperatures and coefficients are converted from the unit of the contract."))


def _terms(model: Mapping[str, Any], degrees: Degrees | None, report: ReportWords) -> Iterable[tuple[str, str, str]]:
    words = report.words
    slope, intercept = model.get("slope"), Decimal(str(model["intercept"]))
    if slope is not None and degrees is not None:
        intercept = degrees.intercept(intercept, Decimal(str(slope)))
    yield words.text("intercept"), report.rounded(intercept), ""
    if degrees is not None:
        sign = degrees.sign
        if slope is not None:
            yield words.text("temperature"), report.rounded(degrees.slope(Decimal(str(slope)))), sign
        for leg, name, days in (
            (
                "heating",
                words.text("heating"),
                words.text("degree-day below {point} {unit}", point="{point}", unit=sign),
            ),
            (
                "cooling",
                words.text("cooling"),
                words.text("degree-day above {point} {unit}", point="{point}", unit=sign),
            ),
        ):
            stated = model.get(leg)
            if stated is not None:
                point = report.rounded(degrees.temperature(Decimal(str(stated["balance_point"]))), 2)
                yield name, report.rounded(degrees.slope(Decimal(str(stated["slope"])))), days.replace("{point}", point)
    for name, stated in model.get("drivers", {}).items():
        value = Decimal(str(stated))
        yield name, report.rounded(degrees.slope(value) if name == TEMPERATURE and degrees else value), ""


def _ranges(ranges: Mapping[str, Mapping[str, Any]], degrees: Degrees | None, most: str, report: ReportWords) -> Block:
    words = report.words
    columns = (words_column(words.text("driver")), numbers_column(words.text("least")), numbers_column(most))
    rows = tuple(_range(name, stated, degrees, report) for name, stated in ranges.items())
    return table(columns, rows)


def _range(name: str, stated: Mapping[str, Any], degrees: Degrees | None, report: ReportWords) -> tuple[str, ...]:
    ends = [Decimal(str(stated[end])) for end in ("least", "most")]
    if name != TEMPERATURE or degrees is None:
        return name, *(report.rounded(end, 2) for end in ends)
    heading = f"{report.words.text('temperature')}, {degrees.sign}"
    return heading, *(report.rounded(degrees.temperature(end), 2) for end in ends)


def exclusions(content: StatementContent, report: ReportWords) -> Section:
    """Say which days are masked, and which rows are declined for their conditions."""
    words = report.words
    blocks: list[Block] = []
    for saving in content.savings:
        masks = saving.plan.get("masks", ())
        if masks:
            stretches = (
                words.text(
                    "{first} to {end}: {reason}",
                    first=report.day(mask["first"]), end=report.day(mask["after_last"]),
                    reason=f"{mask['reason']} {mask.get('evidence', '')}".rstrip(),
                )
                for mask in masks
            )  # fmt: skip
            blocks.append(points(*stretches))
        else:
            blocks.append(paragraph(words.text("No days are masked.")))
        if isinstance(saving.baseline, StatedAgreedBaseline) and not saving.baseline.ranges:
            sentence = words.text("No range of a driver was agreed: no row is declined for its conditions.")
        else:
            declined = saving.plan.get("extrapolation", {"declined": "0.10"})["declined"]
            sentence = words.text(
                "Rows further beyond the baseline's range than {percent} of it are declined.",
                percent=report.percent(declined),
            )
        blocks.append(paragraph(sentence))
    return Section(words.text("Exclusions"), tuple(blocks))
