"""What savings come to in money: charges, guarantees, payment, who has what of them, and the contractor's margin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.documents.look.page import Column
from billing.documents.sections.section import (
    Block,
    Section,
    aside,
    calculation,
    numbers_column,
    paragraph,
    points,
    table,
    words_column,
)
from billing.documents.verification.report_words import ReportWords
from billing.documents.words.labels import line_words
from billing.documents.words.written_numbers import in_numbers
from billing.records.statement import StatedCharge, StatedDivision, StatedMoney, StatementContent


def financing(content: StatementContent, report: ReportWords) -> Section:
    """List the charges that price savings."""
    words = report.words
    sentences = [_charge(charge, report) for charge in content.terms.charges]
    note = words.text(
        "Each charge's terms are those of the contract version; what it comes to stands under Payment and invoicing."
    )
    blocks = ([points(*sentences)] if sentences else []) + [aside(note)]
    return Section(words.text("Financing"), tuple(blocks))


def _charge(charge: StatedCharge, report: ReportWords) -> str:
    words, rule = report.words, charge.rule
    parts = [f"{charge.name}: {report.rule(charge.kind)}"]
    if "tranches" in rule:
        tranches = [_tranche(tranche, rule, report) for tranche in rule["tranches"]]
        parts.append(words.text("{tranches} by contract year", tranches="; ".join(tranches)))
    if "on_account" in rule:
        amounts = _each(rule["on_account"]["amount"], report)
        parts.append(words.text("on account {amounts} {currency} a period", amounts=amounts, currency=report.currency))
    if "until_repaid" in rule:
        repaid = rule["until_repaid"]
        sentence = words.text(
            "until {investment} {currency} are repaid, then {percent} %",
            investment=report.number(repaid["investment"]), currency=report.currency, percent=repaid["percent"],
        )  # fmt: skip
        parts.append(sentence)
    return ", ".join(parts)


def _tranche(tranche: Mapping[str, Any], rule: Mapping[str, Any], report: ReportWords) -> str:
    percent = f"{_each(tranche['percent'], report)} %"
    if tranche.get("up_to") is None:
        return percent
    up_to = report.words.text("up to {quantity} {unit}", quantity=report.number(tranche["up_to"]), unit=rule["unit"])
    return f"{up_to}: {percent}"


def _each(numbers: Sequence[str] | str, report: ReportWords) -> str:
    return " / ".join(map(report.number, [numbers] if isinstance(numbers, str) else numbers))


def guaranteed(content: StatementContent, report: ReportWords) -> Section:
    """List what the contract guarantees."""
    words = report.words
    promises = [charge for charge in content.terms.charges if charge.kind == "savings_guarantee"]
    if not promises:
        return Section(words.text("Guaranteed savings"), (paragraph(words.text("The contract guarantees none.")),))
    return Section(words.text("Guaranteed savings"), (points(*(_promise(promise, report) for promise in promises)),))


def _promise(promise: StatedCharge, report: ReportWords) -> str:
    words, rule = report.words, promise.rule
    energies = ", ".join(map(report.number, rule["guaranteed"]))
    window = words.text("{energies} {unit} a window", energies=energies, unit=rule["unit"])
    parts = [f"{promise.name}: {window}"]
    if rule.get("dead_band_percent") is not None:
        parts.append(words.text("dead-band {percent} %", percent=report.number(rule["dead_band_percent"])))
    if rule.get("price") is not None:
        parts.append(words.text("at {price} {currency}", price=_each(rule["price"], report), currency=report.currency))
    return ", ".join(parts)


def payment(content: StatementContent, report: ReportWords, *, in_short: bool = False) -> Iterable[Section]:
    """Show what each charge comes to, over all of the window; in short without its calculation."""
    blocks = [block for money in content.money for block in _payment(money, report, in_short=in_short)]
    yield Section(report.words.text("Payment and invoicing"), tuple(blocks))


def _payment(money: StatedMoney, report: ReportWords, *, in_short: bool) -> Iterable[Block]:
    words, value = report.words, money.value
    worth = ""
    if value is not None:
        worth = words.text(
            "contract value {contract} {currency}, cash value {cash} {currency}.",
            contract=report.amount(value.contract), cash=report.amount(value.cash), currency=report.currency,
        )  # fmt: skip
    yield paragraph(worth, f"{money.charge}:" if worth else money.charge)
    before = (words.text("billed before, of this window"), report.amount(money.billed_before))
    lines = ((line_words(line.label, words), report.amount(line.net)) for line in money.lines)
    total = ((words.text("the window in all"), report.amount(money.window)),)
    yield table((words_column(""), numbers_column(report.currency)), (before, *lines), total)
    if value is not None and value.calculation and not in_short:
        yield calculation(*(in_numbers(line, words) for line in value.calculation))


def division(content: StatementContent, report: ReportWords) -> Iterable[Section]:
    """Show who has what of each saving, and the contractor's margin where its own copy is asked for."""
    if content.divided:
        blocks = tuple(block for part in content.divided for block in _divided(part, report))
        yield Section(report.words.text("Who has what of the savings"), blocks, is_sub=True)
    if content.margin is not None:
        yield Section(report.words.text("The contractor's margin"), _margin(content, report), is_sub=True)


def _divided(part: StatedDivision, report: ReportWords) -> Iterable[Block]:
    words, so_far = report.words, part.so_far
    saved = words.text(
        "{energy} {unit} saved, {so_far} {unit} since the start.",
        energy=report.number(part.energy), so_far=report.number(so_far.energy), unit=part.unit,
    )  # fmt: skip
    yield paragraph(saved, f"{part.saving}:")
    if part.of == "expected":
        basis = words.text("the energy that was expected, at the agreed prices")
    else:
        basis = words.text("what was saved, at the agreed prices")
    rows = (
        (basis, report.amount(part.value), report.amount(so_far.value)),
        (
            words.text("the contractor's, by the charges over it"),
            report.amount(part.supplier),
            report.amount(so_far.supplier),
        ),
    )
    keeps = ((words.text("the customer keeps"), report.amount(part.customer), report.amount(so_far.customer)),)
    yield table(_windows(so_far.windows, report), rows, keeps)
    if part.value is None:
        yield aside(words.text("No charge values the saving in money: what the customer keeps is its energy."))


def _windows(windows: int, report: ReportWords) -> tuple[Column, ...]:
    words = report.words
    return (
        words_column(""),
        numbers_column(words.text("this window, {currency}", currency=report.currency)),
        numbers_column(
            words.text("since the start ({windows}), {currency}", windows=windows, currency=report.currency)
        ),
    )


def _margin(content: StatementContent, report: ReportWords) -> tuple[Block, ...]:
    margin, words = content.margin, report.words
    if margin is None:
        return ()
    costs = sum((cost.amount for cost in margin.costs), start=margin.receipts - margin.receipts)
    rows = (
        (
            words.text("charges, deposits left out"),
            report.amount(margin.receipts),
            report.amount(margin.receipts_so_far),
        ),
        *((cost.name, report.amount(-cost.amount), "") for cost in margin.costs),
        (words.text("costs in all"), report.amount(-costs), report.amount(-margin.costs_so_far)),
    )
    total = ((words.text("margin"), report.amount(margin.margin), report.amount(margin.margin_so_far)),)
    note = words.text("For the contractor only; the customer's copy has no such clause.")
    return aside(note), table(_windows(margin.windows, report), rows, total)
