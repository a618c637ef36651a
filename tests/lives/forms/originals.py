"""The original of each document of a life: made by the product, held to all rules, and read back by others to the cent."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from facturx import get_facturx_xml_from_pdf
from lxml import etree
from sqlmodel import Session, col, select

from api.operations.business_documents import document_of
from api.operations.originals import find_original, find_payee_original
from billing.archive.store import ArchivedFile
from billing.clearance.store import of_invoices
from billing.documents.einvoice.held_to_rules import VoidHasNoOriginal
from billing.documents.einvoice.profile import Syntax, profile_on
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import payee_business_document
from billing.invoices.store import StoredInvoice
from billing.records.document_type import DocumentType
from billing.tables import PayeeDocumentRow
from contracts.invoicing import E_INVOICE_FORMS, STATE_FORMS, InvoiceForm
from quantities.errors import UsufructError
from tests.billing.documents.einvoice.norm_sums import broken_formulas, sums_of
from tests.billing.documents.einvoice.reading import totals_of_cii, totals_of_ubl
from tests.billing.documents.reading import text_of_page, text_of_pdf
from tests.lives.forms.life_in_form import LifeInForm
from tests.lives.forms.states import AskedForLife, cleared_by_state

#: What documents of lives must have borne in each form, over many lives.
MUST_BE_BORNE = ("credit", "reverse charge", "exempt", "remainder", "reduction", "no decimals", "500 lines")
#: BT-3 of documents whose amounts are turned.
_TURNED = ("381", "261")
_MANY_LINES = 500
_LABELS = {
    "net": r"(?:Net total|Gesamtsumme netto)",
    "gross": r"(?:Gross total|Gesamtsumme brutto) [A-Z]{3}",
    "payable": r"(?:To be paid|To be credited|In your favour|Zu zahlen|Zu Ihren Gunsten|Gutzuschreiben|Wird gutgeschrieben) [A-Z]{3}",
}  # fmt: skip


@dataclass
class OriginalsOfLives:
    """What came of the originals of lives.

    Attributes:
        made: by form and type of document, how many originals.
        borne: by form, how many documents bear what.
        held: by form and rule, how many contracts were held by it.
        waiting: by form and reason, what else was not made: a state's own condition.
        void: how many void documents had no original.
        faults: what does not hold.
    """

    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    borne: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    waiting: Counter[tuple[str, str]] = field(default_factory=Counter)
    void: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = [f"{self.made.total()} originals, {self.void} void without one, held by a rule {self.held.total()}"]
        for form in dict.fromkeys(form for form, _ in self.made):
            kinds = ", ".join(f"{kind}: {count}" for (of, kind), count in sorted(self.made.items()) if of == form)
            borne = ", ".join(f"{what} {count}" for what, count in sorted(self.borne[form].items()))
            told.append(f"  {form}: {kinds} | {borne}")
        told += [f"  held: {form} by {rule}: {count}" for (form, rule), count in sorted(self.held.items())]
        return "\n".join([*told, *(f"  waits: {key}: {count}" for key, count in sorted(self.waiting.items()))])

    def not_borne(self, wanted: Mapping[InvoiceForm, Sequence[str]]) -> list[str]:
        """Name what is wanted of a form and no document of it bears."""
        return [
            f"{form.value}: {what}" for form, of in wanted.items() for what in of if not self.borne[form.value][what]
        ]


def originals_of(life: LifeInForm, seed: int, found: OriginalsOfLives) -> None:
    """Have the original of each document of a life made, and note what does not hold of any of them."""
    form = life.dress.form
    _note_what_was_held(life, found)
    asked = cleared_by_state(life) if form in STATE_FORMS else AskedForLife()
    found.waiting.update((form.value, why) for why in asked.waiting.values())
    for stored in life.rated():
        if stored.row.number is None or stored.row.within_id is not None:
            continue
        said = f"life {seed}, {form.value}, {stored.row.document_type} {stored.name}"
        with life.database.transaction(life.tenant) as session:
            if stored.row.voided_on is not None:
                found.void += 1
                found.faults += [f"{said}: {fault}" for fault in _of_void(session, life, stored)]
            elif stored.name not in asked.waiting:
                should = InvoiceForm.PDF if stored.name in asked.exempt else form
                found.faults += [
                    f"{said}: {fault}" for fault in noted(_of_document(session, life, stored, should, found))
                ]
    with life.database.transaction(life.tenant) as session:
        for row in session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))).all():
            if row.voided_on is None and row.number not in asked.waiting:
                faults = noted(_of_payee(session, life, row, found))
                found.faults += [f"life {seed}, {row.document_type} {row.number} of a payee: {one}" for one in faults]


def noted(faults: Iterator[str]) -> Iterator[str]:
    """The faults of a document, and what else it runs into, so that those after it are looked at all the same."""
    try:
        yield from faults
    except UsufructError as refusal:
        yield f"{type(refusal).__name__}: {refusal}"


def _note_what_was_held(life: LifeInForm, found: OriginalsOfLives) -> None:
    form = life.dress.form.value
    for _, why in life.ever_held:
        if "cannot be made out as" in why:
            rule = re.search(r"cannot be made out as \w+: ([A-Z0-9-]+\d)", why)
            found.held[form, why if rule is None else rule[1]] += 1


def _of_void(session: Session, life: LifeInForm, stored: StoredInvoice) -> Iterator[str]:
    with suppress(VoidHasNoOriginal):
        find_original(session, stored.name, life.now, stored.row.inputs.supplier.name)
        yield "it is void, and has an original"


def _of_document(
    session: Session, life: LifeInForm, stored: StoredInvoice, form: InvoiceForm, found: OriginalsOfLives
) -> Iterator[str]:
    row = stored.row
    document = document_of(session, stored)
    _note_what_is_borne(document, row.inputs.prepaid_by, found.borne[form.value])
    should = {"net": row.net, "gross": row.gross, "payable": stored.payable}
    if form is not InvoiceForm.FAPIAO:  # the state's system makes that out; its file was read when it was asked for
        original = find_original(session, stored.name, life.now, row.inputs.supplier.name)
        again = find_original(session, stored.name, life.now, row.inputs.supplier.name)
        if (original.form, original.content) != (form, again.content):
            yield f"its original is {original.form}, and not the same again"
        found.made[form.value, row.document_type] += 1
        yield from _of_original(original, document, should | {"tax": row.vat})
        pdf = original.content if original.media_type == "application/pdf" else InvoicePdf().render(document)
    else:
        if not of_invoices(session, [row.id]):
            yield "the state was not asked for it, and it waits for nothing"
        found.made[form.value, row.document_type] += 1
        pdf = InvoicePdf().render(document)
    yield from _of_pictures(document, pdf, should)


def _of_payee(session: Session, life: LifeInForm, row: PayeeDocumentRow, found: OriginalsOfLives) -> Iterator[str]:
    original = find_payee_original(session, row.number, life.now, row.content.seller.name)
    found.made["pdf of a payee", row.document_type] += 1
    document = payee_business_document(session, row)
    _note_what_is_borne(document, (), found.borne["pdf of a payee"])
    yield from _of_pictures(document, original.content, {"net": row.net, "gross": row.gross, "payable": row.gross})


def _note_what_is_borne(document: BusinessDocument, prepaid_by: tuple[str, ...], borne: Counter[str]) -> None:
    categories = {tax.category.value for tax in document.taxes}
    is_credit = document.document_type.value in _TURNED
    bears = {
        "credit": is_credit,
        "reverse charge": "AE" in categories,
        "exempt": "E" in categories,
        "outside of tax": "O" in categories,
        "remainder": bool(prepaid_by),
        "reduction": not is_credit and any(line.net < 0 and not line.corrects for line in document.lines),
        "correction by lines": bool(document.corrections) and not is_credit,
        "no decimals": document.currency == "JPY",
        "500 lines": len(document.lines) >= _MANY_LINES,
        "consolidated": bool(document.parts),
        "several rates": len(document.taxes) > 1,
        "tax in another currency": document.tax_elsewhere is not None,
        "below zero": document.totals.gross < 0 and not is_credit,
        "in another's name": bool(document.made_out_by),
    }
    borne.update(name for name, is_borne in bears.items() if is_borne)


def _of_original(original: ArchivedFile, document: BusinessDocument, should: dict[str, Decimal]) -> Iterator[str]:
    report = original.report
    yield from (f"{broken.rule}: {broken.text}" for broken in (*report.errors, *report.warnings))
    if original.form is InvoiceForm.KSEF:
        yield from _of_fa3(original.content, should)
    elif original.form in E_INVOICE_FORMS:
        if not report.rules:
            yield "it was held to no rules"
        yield from _of_e_invoice(original, document, should)


def _of_e_invoice(original: ArchivedFile, document: BusinessDocument, should: dict[str, Decimal]) -> Iterator[str]:
    xml = original.content
    if original.form is InvoiceForm.ZUGFERD:
        _, xml = get_facturx_xml_from_pdf(original.content, check_xsd=True)
    of_ubl = profile_on(original.form, document.period_to).syntax is Syntax.UBL
    read = totals_of_ubl(xml) if of_ubl else totals_of_cii(xml)
    sign = -1 if _type_in(xml) in _TURNED else 1
    lines = sum((line.net for line in document.lines), Decimal(0))
    # what a customer withholds for its state has no term in the norm: BT-115 is before it
    wanted = should | {"payable": should["payable"] + document.totals.withheld, "lines": lines, "sum": lines}
    for name, amount in wanted.items():
        if sign * read[name] != amount:
            yield f"{name} is {sign * read[name]} in the original, and {amount} in its row"
    stated = sums_of(xml)
    yield from broken_formulas(stated)
    if (stated.currency, len(stated.lines)) != (document.currency, len(document.lines)):
        yield f"it has {len(stated.lines)} lines in {stated.currency}"
    if {category for (category, _), _, _ in stated.taxes} != {tax.category.value for tax in document.taxes}:
        yield "its categories are others"


def _type_in(xml: bytes) -> str:
    names = "InvoiceTypeCode", "CreditNoteTypeCode", "TypeCode"
    root = etree.fromstring(xml)
    (found,) = root.xpath("/*/*[{0}] | /*/*[local-name()='ExchangedDocument']/*[{0}]".format(" or ".join(f"local-name()='{name}'" for name in names)))  # fmt: skip
    return str(found.text)


def _of_fa3(file: bytes, should: dict[str, Decimal]) -> Iterator[str]:
    """The sums of FA(3) by its fields: P_13 the nets by rate, P_14 their taxes, P_15 what is owed in all."""
    root = etree.fromstring(file)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for node in root.iterfind("{*}Fa/*"):
        name = etree.QName(node).localname
        if re.fullmatch(r"P_1[345](_\d+)*", name):
            amounts[name[:4]] += Decimal(node.text or "")
    said = {"net": amounts["P_13"], "tax": amounts["P_14"], "gross": amounts["P_15"]}
    for name, amount in said.items():
        if amount != should[name]:
            yield f"{name} is {amount} in FA(3), and {should[name]} in its row"


def _of_pictures(document: BusinessDocument, pdf: bytes, should: dict[str, Decimal]) -> Iterator[str]:
    """The PDF and the page say the same totals; a credit note with its signs turned, as its e-invoice has them."""
    sign = -1 if document.document_type in (DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE) else 1
    texts = {"PDF": text_of_pdf(pdf), "page": text_of_page(InvoiceHtml().render(document))}
    for where, text in texts.items():
        said = amounts_said(text)
        wanted = {name: sign * amount for name, amount in should.items()}
        if said != wanted:
            yield f"its {where} says {said}, and not {wanted}"


def amounts_said(text: str) -> dict[str, Decimal]:
    """Read the net, the gross and the payable amount as a person does: behind their words, whichever language."""
    is_german = "Gesamtsumme" in text
    said = {}
    for name, label in _LABELS.items():
        found = re.search(rf"^{label}\s+([-−–]?[\d.,]+)\s*$", text, re.MULTILINE)
        if found is not None:
            said[name] = _number(found[1], is_german=is_german)
    return said


def _number(text: str, *, is_german: bool) -> Decimal:
    plain = text.replace("−", "-").replace("–", "-")
    plain = plain.replace(".", "").replace(",", ".") if is_german else plain.replace(",", "")
    return Decimal(plain)
