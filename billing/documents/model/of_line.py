"""A line of a document as its reader gets it (BG-25), from the stored line, its proof and the facts of its document."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from billing.documents.model.business_line import BusinessLine, Classification, ReadsOfRegister
from billing.documents.model.line_context import LineContext
from billing.documents.model.of_attributes import COST_CENTRE, ORDER_LINE, attributes_of
from billing.documents.model.of_conversion import conversions_of
from billing.documents.model.of_index import index_of_line
from billing.documents.model.of_late import late_sentences
from billing.documents.model.of_reads import of_days, reads_of_usage, usage_in_words
from billing.documents.model.of_saving import is_saving, saving_sentences, statement_words
from billing.documents.model.paths import in_path
from billing.documents.model.reasons import reasons_in_words
from billing.documents.words.labels import line_words
from billing.documents.words.units import quantity_in_words
from billing.invoices.invoice import Line
from billing.tax.tax import TaxCategory
from quantities.quantity import unit

_A_DAY = timedelta(days=1)
#: The countries whose state has a list that the codes of charges are from, and the code of such a list in UNTDID 7143:
#: none is China's own, so it is one that both sides know (ZZZ). Elsewhere a code is a tax engine's, and no buyer's.
_LISTS = {"CN": "ZZZ"}


def line_of_document(pos: int, line: Line, context: LineContext) -> BusinessLine:
    """Make a line of a document.

    Args:
        pos: its number on the whole document, from 1.
        line: as it is stored.
        context: the contract's part of the document that it is of.
    """
    words, proof = context.words, line.proof
    quantity, unit_price = line.stated
    first, last = line.service_first, line.service_after_last - _A_DAY
    counted = reads_of_usage(proof.usage, context.facts, words, context.watermark, context.zone)
    reads = of_days(counted, first, last, conversions_of(proof, context.contract_of(line)))
    assets, sites = ((), ()) if proof.late is not None else _places(line, reads, context)
    terms, corrects, adjusts = context.terms, line.corrects, proof.adjusts
    number = "" if corrects is None else corrects.number
    charge = context.charge_of(line)
    return BusinessLine(
        pos=pos,
        name=line.charge,
        quantity=quantity,
        unit=line.unit,
        unit_code=unit(line.unit).code,
        net=line.net,
        unit_price=unit_price,
        service_from=first,
        service_to=last,
        tax_category=line.tax.category,
        tax_rate=None if line.tax.category is TaxCategory.OUT_OF_SCOPE else line.tax.rate,
        tax_point=line.tax_point,
        nature=line.nature.value,
        description=line_words(line.label, words),
        note=_note(line, context),
        object_id=assets[0] if len(assets) == 1 else "",
        order_line=_named(terms.order_lines if terms else {}, line.charge) or _dimension(line, ORDER_LINE),
        cost_centre=_dimension(line, COST_CENTRE),
        buyer_item=_named(terms.item_numbers if terms else {}, line.charge),
        classifications=_classifications(line, context.seller_country),
        attributes=attributes_of(line.unit, reads, proof.conversion, line.dimensions, words, context.zone),
        gross=line.gross,
        contract=context.part.row.inputs.contract if context.is_of_several else "",
        assets=assets,
        sites=sites,
        reads=reads,
        usage_words=usage_in_words(proof.usage),
        usage_sentences=saving_sentences(proof.usage, words),
        sum_words=proof.sum or "",
        index=index_of_line(proof.index, charge, abs(line.unit_price), context.index_values_of(line)),
        corrects=number,
        corrects_on=context.facts.issued_on.get(number),
        billed=None if adjusts is None else Decimal(adjusts.billed_net),
        owed=None if adjusts is None else Decimal(adjusts.owed_net),
        why=why_of_line(line, context),
        proof_address=proof_address(context.number, pos),
        proof_command=f"usufruct explain {context.number} {pos}",
    )


def proof_address(number: str, pos: int) -> str:
    """Say where a line of a document opens down to its readings."""
    return f"/v1/invoices/{in_path(number)}/lines/{pos}/explanation"


def why_of_line(line: Line, context: LineContext) -> tuple[str, ...]:
    """Say why a line corrects another: what changed since, or the reason of a credit note by hand."""
    credit = context.part.row.inputs.credit
    if credit is not None:
        return (credit.reason,) if credit.reason else ()
    return reasons_in_words(line.proof.changes or (), context.words, context.zone)


def _named(by_charge: Mapping[str, str], charge: str) -> str:
    return by_charge.get(charge, "")


def _dimension(line: Line, names: Iterable[str]) -> str:
    return next((line.dimensions[name] for name in sorted(names) if name in line.dimensions), "")


def _classifications(line: Line, country: str) -> tuple[Classification, ...]:
    scheme = _LISTS.get(country)
    return (Classification(line.tax_code, scheme),) if scheme is not None and line.tax_code else ()


def _places(
    line: Line, reads: Iterable[ReadsOfRegister], context: LineContext
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the assets that a line is for, and their sites: those of its registers, else the contract's only one."""
    registers = [(one.asset, one.site) for one in reads]
    if not registers:
        of_contract = context.contract_of(line).assets
        sites = context.facts.sites
        registers = [(name, sites.get(name, "")) for name in of_contract] if len({*of_contract}) == 1 else []
    assets = tuple(dict.fromkeys(asset for asset, _ in registers if asset))
    return assets, tuple(dict.fromkeys(site for _, site in registers if site))


def _note(line: Line, context: LineContext) -> str:
    """Say in a line's note (BT-127) what no other term has: what it corrects or settles, what is included in it."""
    words, proof = context.words, line.proof
    notes = list[str]()
    if proof.credit is not None:
        notes.append(
            words.text("Gives back of line {pos} of {number}", pos=proof.credit.line, number=proof.credit.number)
        )
    elif line.corrects is not None and line.corrects.number:
        notes.append(_of_correction(line.corrects.number, context))
    statement = context.statement_of(line) if is_saving(proof.usage, context.contract_of(line)) else None
    if statement is not None:
        notes.append(statement_words(statement, words))
    if proof.late is not None:
        notes += late_sentences(proof.late, words, context.part.row.currency)
    if proof.included is not None:
        number, _, unit = proof.included.partition(" ")
        included = quantity_in_words(words, Decimal(number), unit)
        notes.append(words.text("{quantity} of the use are included and not charged", quantity=included))
    if proof.split is not None:
        facts = {
            "whole": words.amount(Decimal(proof.split.of), context.part.row.currency),
            "bearer": proof.split.bearer,
        }
        notes.append(words.text("Share of {bearer} in {whole}", **facts))
    if proof.withholding is not None:
        percent = words.number(proof.withholding.percent)
        notes.append(words.text("{percent} % of it are withheld: {law}", percent=percent, law=proof.withholding.law))
    return "; ".join(notes)


def _of_correction(number: str, context: LineContext) -> str:
    day: date | None = context.facts.issued_on.get(number)
    if day is None:
        return context.words.text("Corrects {number}", number=number)
    return context.words.text("Corrects {number} of {day}", number=number, day=context.words.day(day))
