"""The clauses of a report after its money: duration, risk, insurance, equivalents, and who has signed."""

from collections.abc import Iterable

from billing.documents.sections.section import Block, Section, paragraph, points, table, words_column
from billing.documents.verification.report_words import ReportWords
from billing.records.statement import StatementContent
from billing.statements.store import Statement


def duration(content: StatementContent, report: ReportWords) -> Section:
    """State the days of the contract."""
    words, terms = report.words, content.terms
    first = report.day(terms.starts)
    if terms.ends is None:
        days = words.text("From {first} on.", first=first)
    else:
        days = words.text(
            "From {first} up to {end} (the first day not billed).", first=first, end=report.day(terms.ends)
        )
    return Section(words.text("Duration"), (paragraph(days),))


def risk(content: StatementContent, report: ReportWords) -> Section:
    """State where floors and ceilings of prices bind, charge by charge."""
    words = report.words
    blocks = [
        paragraph(
            words.text(
                "Prices have the floors and ceilings of the terms; where they bind, contract value and cash value "
                "differ, and both are printed."
            )
        )
    ]
    for money in content.money:
        if money.value is not None:
            difference = report.amount(money.value.contract - money.value.cash)
            sentence = words.text("the difference is {amount} {currency}.", amount=difference, currency=report.currency)
            blocks.append(paragraph(sentence, f"{money.charge}:"))
    return Section(words.text("Risk"), tuple(blocks))


def insurance(report: ReportWords) -> Section:
    """Say that nothing is kept of it."""
    nothing = report.words.text("The contract's terms kept here say nothing of insurance.")
    return Section(report.words.text("Insurance"), (paragraph(nothing),))


def equivalents(content: StatementContent, report: ReportWords) -> Iterable[Section]:
    """State what was saved as coal or carbon, where factors were agreed."""
    words = report.words
    sentences = [
        words.text(
            "{name}: {amount} {unit}, by {factors}",
            name=name,
            amount=report.number(equivalent.amount),
            unit=equivalent.unit,
            factors="; ".join(
                words.text(
                    "{value} {unit}/{per} from {day} ({source})",
                    value=report.number(factor.value), unit=factor.unit, per=factor.per, day=report.day(factor.first),
                    source=factor.source,
                )
                for factor in equivalent.factors
            ),
        )
        for saving in content.savings
        for name, equivalent in saving.equivalents.items()
    ]  # fmt: skip
    if sentences:
        yield Section(words.text("Carbon and coal equivalents"), (points(*sentences),))


def signatures(statement: Statement, report: ReportWords) -> Section:
    """List who did what with the statement."""
    words = report.words
    blocks: list[Block] = []
    if not statement.steps:
        blocks.append(paragraph(words.text("Not submitted yet.")))
    else:
        columns = (words.text("when"), words.text("step"), words.text("who"), words.text("note"))
        rows = tuple(
            (
                report.day(step.at.date()).replace(" ", "\N{NO-BREAK SPACE}"),
                report.step(step.step.value),
                f"{step.person}, {step.party}",
                ": ".join(filter(None, (", ".join(step.charges), step.note))),
            )
            for step in statement.steps
        )
        blocks.append(table(tuple(map(words_column, columns)), rows, widest=3))
    if statement.status.value == "silent":
        blocks.append(paragraph(words.text("No objection was raised within the agreed days.")))
    return Section(words.text("Signatures"), tuple(blocks))
