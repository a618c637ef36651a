"""What was saved: targets, the evaluation of the window row by row, carriers that are joined, and their registers."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby

from billing.documents.charts.differences_chart import differences_chart
from billing.documents.charts.months_chart import energies_by_month, months_chart
from billing.documents.charts.place import unit_of_place
from billing.documents.look.page import Column
from billing.documents.sections.section import (
    Block,
    Section,
    aside,
    drawing,
    numbers_column,
    paragraph,
    points,
    table,
    words_column,
)
from billing.documents.verification.report_words import ReportWords, variant_name
from billing.records.statement import StatedJoined, StatedSaving, StatementContent

_LEFT_OUT_MAX = 12


def targets(content: StatementContent, report: ReportWords) -> Section:
    """State what was saved, as the first thing that a reader wants."""
    return Section(report.words.text("Energy targets"), tuple(_targets(content, report)))


def _targets(content: StatementContent, report: ReportWords) -> Iterable[Block]:
    words = report.words
    for saving in content.savings:
        total, unit = saving.total, saving.unit
        sentence = words.text(
            "{energy} {unit} saved, {percent} of what the baseline expects under the conditions of the period.",
            energy=report.number(total.saved), unit=unit, percent=report.percent(total.fraction),
        )  # fmt: skip
        if total.gigajoules is not None:
            sentence += " " + words.text("That is {energy} GJ.", energy=report.number(total.gigajoules))
        yield paragraph(sentence, f"{saving.name}:")
        energies = (total.expected, total.adjusted, total.measured, total.saved)
        row = (words.text("of the period"), *map(report.number, energies))
        yield table(_energy_columns(saving.unit, report), (row,))


def _energy_columns(unit: str, report: ReportWords, *first: str) -> tuple[Column, ...]:
    words = report.words
    return (
        *(words_column(heading) for heading in first or ("",)),
        numbers_column(words.text("expected")),
        numbers_column(words.text("non-routine")),
        numbers_column(words.text("measured")),
        numbers_column(words.text("saved, {unit}", unit=unit)),
    )


def charts_of(saving: StatedSaving, report: ReportWords) -> tuple[Block, ...]:
    """Draw a saving by month, and by day over temperature in the degrees of its place."""
    words = report.words
    by_month = words.text("Expected and non-routine energy, against measured energy, by month.")
    by_day = words.text("Expected and non-routine energy, less measured: each day over its mean temperature.")
    months = months_chart(energies_by_month(saving), unit=saving.unit, words=words)
    unit = None if saving.baseline is None else saving.baseline.temperature_unit
    degrees = None if unit is None else (unit, unit_of_place(unit, report.zone))
    blocks = (drawing(months, by_month),)
    if not saving.days:
        return (*blocks, aside(words.text("No day counts.")))
    return *blocks, drawing(differences_chart(saving.days, unit=saving.unit, words=words, degrees=degrees), by_day)


def evaluation(content: StatementContent, report: ReportWords) -> Iterable[Section]:
    """Show the window month by month, which rows count, what was adjusted, and how uncertain it is."""
    heading = report.words.text("Ex-post evaluation")
    for n, saving in enumerate(content.savings):
        many = len(content.savings) > 1
        if many and not n:
            yield Section(heading, ())
        yield Section(saving.name if many else heading, tuple(_evaluation(saving, report)), is_sub=many)


def _evaluation(saving: StatedSaving, report: ReportWords) -> Iterable[Block]:
    words = report.words
    rows = tuple(
        (
            report.month(part.month),
            part.band,
            *map(report.number, (part.expected, part.adjusted, part.measured, part.saved)),
        )
        for part in saving.parts
    )
    yield table(_energy_columns(saving.unit, report, words.text("month"), words.text("band")), rows, widest=1)
    yield from charts_of(saving, report)
    yield from _rows(saving, report)
    if saving.adjustments:
        yield paragraph("", words.text("Non-routine adjustments"))
        yield points(
            *(
                words.text(
                    "{summary}, {energy} {unit} in the period: {reason}. Evidence: {evidence}. Signed by {people}.",
                    summary=one.summary,
                    energy=report.number(one.energy),
                    unit=saving.unit,
                    reason=one.reason,
                    evidence=one.evidence,
                    people=", ".join(f"{by.person} ({by.party}, {report.day(by.on)})" for by in one.signatures),
                )
                for one in saving.adjustments
            )
        )
    yield from _uncertainty(saving, report)


def _rows(saving: StatedSaving, report: ReportWords) -> Iterable[Block]:
    words, rows = report.words, saving.rows
    statuses = ", ".join(f"{count} {report.row_status(status)}" for status, count in rows.count_by_status.items())
    yield paragraph(
        words.text(
            "{count} in all, {statuses}; coverage {coverage} (at least {least} was agreed).",
            count=rows.count, statuses=statuses, coverage=report.percent(rows.coverage),
            least=report.percent(rows.least_coverage),
        ),
        words.text("Rows:"),
    )  # fmt: skip
    if rows.masked:
        masked = words.text("Masked, and on neither side: {energy} {unit} measured.", energy=report.number(rows.masked),
                            unit=saving.unit)  # fmt: skip
        yield paragraph(masked)
    if not rows.left_out:
        return
    shown = tuple(
        (report.local_time(row.start), report.row_status(row.status), row.why) for row in rows.left_out[:_LEFT_OUT_MAX]
    )
    columns = (words.text("from"), words.text("became"), words.text("why"))
    yield table(tuple(map(words_column, columns)), shown, widest=2)
    if len(rows.left_out) > _LEFT_OUT_MAX:
        further = len(rows.left_out) - _LEFT_OUT_MAX
        yield aside(words.text("and {count} more, in the statement's JSON", count=further))


def _uncertainty(saving: StatedSaving, report: ReportWords) -> Iterable[Block]:
    if not saving.uncertainty:
        return
    words, baseline = report.words, saving.baseline
    energies = ", ".join(
        f"{variant_name(name)} {report.rounded(energy, 0)} {saving.unit}" for name, energy in saving.uncertainty.items()
    )
    if baseline is not None and getattr(baseline, "kind", "fitted") == "agreed":
        confidence = report.percent(baseline.uncertainty["confidence"])  # type: ignore[union-attr] # of an agreed one
        sentence = words.text("plus or minus, at {percent} confidence, as agreed:", percent=confidence)
    else:
        confidence = report.percent(saving.plan.get("confidence", "0.9"))
        sentence = words.text("plus or minus, at {percent} confidence, by named variant:", percent=confidence)
    yield paragraph(f"{sentence} {energies}.", words.text("Uncertainty,"))


def joined_carriers(content: StatementContent, report: ReportWords) -> Iterable[Section]:
    """Show how savings of several carriers come to one unit."""
    for joined in content.joined:
        yield Section(report.words.text("Carriers joined"), _joined(joined, report), is_sub=True)


def _joined(joined: StatedJoined, report: ReportWords) -> tuple[Block, ...]:
    words = report.words
    columns = (
        words_column(words.text("carrier")),
        numbers_column(words.text("saved")),
        words_column(words.text("factors")),
        numbers_column(joined.unit),
    )
    rows = tuple(
        (
            carrier.saving,
            f"{report.number(carrier.saved)} {carrier.unit}",
            "; ".join(
                words.text(
                    "× {value} {unit}/{per} from {day} ({source})",
                    value=report.number(factor.value), unit=factor.unit, per=factor.per, day=report.day(factor.first),
                    source=factor.source,
                )
                for factor in carrier.factors
            ),
            report.number(carrier.amount),
        )
        for carrier in joined.carriers
    )  # fmt: skip
    saved = words.text(
        "{energy} {unit} saved, each carrier by the factors of its days.",
        energy=report.number(joined.total), unit=joined.unit,
    )  # fmt: skip
    sums = (("", "", words.text("in all"), report.number(joined.total)),)
    return paragraph(saved, f"{joined.name}:"), table(columns, rows, sums, widest=2)


def obligations(content: StatementContent, report: ReportWords) -> Section:
    """Name the registers that are read, how many readings are estimates, and who signs."""
    words = report.words
    read = words.text(
        "Energy and weather are read from these registers; the statement and its invoice are computed from them, and "
        "recompute."
    )
    blocks = [paragraph(read)]
    columns = (
        words_column(words.text("register")),
        numbers_column(words.text("readings")),
        numbers_column(words.text("of them estimated")),
    )
    for saving in content.savings:
        by_key = sorted(saving.registers, key=lambda register: register.register_key)
        counts = {
            key: [(register.count, register.estimated) for register in registers]
            for key, registers in groupby(by_key, lambda register: register.register_key)
        }
        rows = tuple(
            (key, *(report.number(Decimal(sum(pair[n] for pair in of_key))) for n in (0, 1)))
            for key, of_key in counts.items()
        )
        blocks.append(table(columns, rows))
    terms = content.terms.statement
    if terms is not None:
        either = words.text(" or ")
        people = "; ".join(
            words.text("{people} for {party}", people=either.join(names), party=party)
            for party, names in terms.signatories.items()
        )
        blocks.append(paragraph(words.text("Who signs: {people}.", people=people)))
        if terms.silent_days is not None:
            blocks.append(paragraph(words.text("Silence for {days} days is consent.", days=terms.silent_days)))
    return Section(words.text("Obligations"), tuple(blocks))
