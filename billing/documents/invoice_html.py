"""An invoice as a page that a person can print: one file, no script, nothing fetched."""

from datetime import timedelta
from html import escape
from typing import ClassVar

from billing.documents.document import InvoiceDocument
from billing.documents.explanation import in_words, reason_of
from billing.documents.views import ContractPartOut, InvoiceOut, LineOut
from billing.records.document_type import DocumentType
from contracts.parties import Party
from quantities.number import plain

STYLE = """
@page { size: A4; margin: 18mm }
:root { color-scheme: light; --ink: #1c2430; --soft: #66707f; --rule: #d9dee6; --accent: #0b6b5d }
body { font: 10.5pt/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); max-width: 178mm; margin: 12mm auto; padding: 0 6mm }
header { display: flex; justify-content: space-between; gap: 12mm; border-bottom: 2px solid var(--accent); padding-bottom: 5mm }
h1 { font-size: 19pt; margin: 0 0 1mm; letter-spacing: -.01em } h2 { font-size: 10pt; margin: 7mm 0 2mm; color: var(--soft); font-weight: 600 }
.draft, .void { color: #a03d00 } p.void { border: 2px solid; font-weight: 700; padding: 3mm; margin: 5mm 0 0 } address { font-style: normal } dl { display: grid; grid-template-columns: auto auto; gap: .5mm 6mm; margin: 0; white-space: nowrap }
dt { color: var(--soft) } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums }
.parties { display: grid; grid-template-columns: 1fr 1fr; gap: 10mm; margin-top: 6mm } .soft { color: var(--soft); font-size: 9pt }
table { width: 100%; border-collapse: collapse; margin-top: 7mm } th { text-align: left; color: var(--soft); font-weight: 600; font-size: 9pt; border-bottom: 1px solid var(--ink) }
td, th { padding: 1.6mm 2mm 1.6mm 0; vertical-align: top } tbody td { border-bottom: 1px solid var(--rule) } .n { text-align: right; padding-right: 0; padding-left: 3mm; font-variant-numeric: tabular-nums; white-space: nowrap }
tfoot td { padding-top: 1mm; padding-bottom: 1mm } tfoot tr.total td { border-top: 1px solid var(--ink); font-weight: 700; font-size: 12pt }
tr { break-inside: avoid } footer { margin-top: 9mm; color: var(--soft); font-size: 8.5pt; border-top: 1px solid var(--rule); padding-top: 3mm }
"""  # noqa: E501 a rule a line


class InvoiceHtml(InvoiceDocument):
    """An invoice as a page to print."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, invoice: InvoiceOut) -> bytes:
        """Lay an invoice out, issued or a draft."""
        return _page(invoice).encode()


_NAMES = {
    DocumentType.INVOICE: "Invoice",
    DocumentType.CREDIT_NOTE: "Credit note",
    DocumentType.CORRECTED: "Correction invoice",
    DocumentType.PREPAYMENT: "Prepayment invoice",
    DocumentType.SELF_BILLED: "Self-billed invoice",
    DocumentType.SELF_BILLED_CREDIT_NOTE: "Self-billed credit note",
}


def _page(invoice: InvoiceOut) -> str:
    e, currency = escape, escape(invoice.currency)
    draft = ' <span class="draft">(draft)</span>' if invoice.state == "draft" else ""
    title = _NAMES[DocumentType(invoice.document_type)] + ("" if invoice.state == "draft" else f" {e(invoice.number)}")
    facts = [
        ("Number", e(invoice.number)),
        ("Date", str(invoice.issued_on or "not issued")),
        ("Due", str(invoice.due_on or "")),
        *_discounts(invoice),
        ("Period", f"{invoice.period_from} to {invoice.period_to}"),
        ("Contract", "" if invoice.parts else e(invoice.contract)),
        ("Contracts", str(len(invoice.contracts)) if invoice.parts else ""),
        ("Made out by", e(f"{invoice.made_out_by}, in the name of {invoice.supplier}" if invoice.made_out_by else "")),
        ("Corrects", e(", ".join(invoice.corrects))),
        ("Prepaid by", e(", ".join(invoice.prepayments))),
        ("Reason", e(invoice.inputs.credit.reason) if invoice.inputs.credit is not None else ""),
    ]
    definition = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    rows = "".join(_contract_rows(invoice, part) for part in invoice.parts) or "".join(map(_row, invoice.lines))
    taxes = "".join(
        f'<tr><td colspan="4">VAT {plain(tax.rate_percent)} % on {plain(tax.taxable)}'
        f'{f" ({e(tax.reason)})" if tax.reason else ""}</td><td class="n">{plain(tax.tax)}</td></tr>'
        + "".join(
            f'<tr class="soft"><td colspan="4">of it {e(part.name)}</td><td class="n">{plain(part.tax)}</td></tr>'
            for part in tax.parts
        )
        for tax in invoice.taxes
    )
    apart = "".join(
        f"<p>Not billed while disputed: {e(held.charge)}, {held.period_from} to {held.period_to}, "
        f"net {plain(held.net)} {currency} (dispute {held.dispute})</p>\n"
        for held in invoice.held_apart
    )
    sums = f"{plain(invoice.gross)}</td></tr>{_payable(invoice)}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head><body>
<header><div><h1>{title}{draft}</h1><div class="soft">{e(invoice.supplier)}</div></div><dl>{definition}</dl></header>
{_void(invoice)}<div class="parties"><div><h2>From</h2>{_party(invoice.inputs.supplier)}</div>
<div><h2>To</h2>{_party(invoice.inputs.customer)}</div></div>
<table><thead><tr><th>#</th><th>Charge</th><th class="n">Quantity</th><th class="n">Unit price</th>
<th class="n">Net {currency}</th></tr></thead><tbody>{rows}</tbody>
<tfoot><tr><td colspan="4">Net</td><td class="n">{plain(invoice.net)}</td></tr>{taxes}
<tr class="total"><td colspan="4">Total {currency}</td><td class="n">{sums}</tfoot></table>
{apart}<footer>Every line opens down to its meter readings: usufruct explain {e(invoice.number)} LINE.
Computed from the readings up to batch {invoice.inputs.watermark} and contract version
{invoice.inputs.version_number}.</footer></body></html>
"""


def _void(invoice: InvoiceOut) -> str:
    """Say plainly that a document is void; of the supplier's copy why, and by whom."""
    if invoice.voided_on is None:
        return ""
    known = invoice.voided
    why = (
        ""
        if known is None
        else f" {escape(known.reason)} ({escape(known.asked_by)}, {escape(known.released_by or '')})"
    )
    return f'<p class="void">VOID since {invoice.voided_on}: nothing of it is owed.{why}</p>\n'


def _payable(invoice: InvoiceOut) -> str:
    """Say what is to be paid, where it is not the total; and the VAT in the currency in which it is declared."""
    rows = [
        ("Rounding", invoice.rounding),
        ("Withheld and paid to the state", None if invoice.withheld is None else -invoice.withheld),
        (f"To be paid {invoice.currency}", invoice.payable),
    ]
    if (declared := invoice.declared_vat) is not None:
        rates = ", ".join(f"{plain(rate.rate)} ({rate.index}, {rate.month})" for rate in declared.rates)
        rows.append((f"VAT in {declared.currency}, at {rates}", declared.vat))
    return "".join(
        f'<tr><td colspan="4">{escape(name)}</td><td class="n">{plain(amount)}</td></tr>'
        for name, amount in rows
        if amount is not None
    )


def _discounts(invoice: InvoiceOut) -> list[tuple[str, str]]:
    """Say what is taken off where it is paid early: until which day, or of a draft within how many days."""
    return [
        (
            f"{plain(step.percent)} % off",
            f"within {step.days} days"
            if invoice.issued_on is None
            else f"if paid by {invoice.issued_on + timedelta(days=step.days)}",
        )
        for step in invoice.inputs.cash_discount
    ]


def _party(party: Party) -> str:
    lines = [party.name, *party.address, party.country]
    vat = f'<div class="soft">VAT {escape(party.vat_id)}</div>' if party.vat_id else ""
    return f"<address>{'<br>'.join(escape(line) for line in lines)}</address>{vat}"


def _contract_rows(invoice: InvoiceOut, part: ContractPartOut) -> str:
    """Lay out the lines of one contract of a consolidated document, with what they come to."""
    lines = "".join(map(_row, invoice.lines[part.first_line - 1 : part.last_line]))
    return (
        f'<tr><td colspan="5"><b>{escape(part.contract)}</b>'
        f'<div class="soft">{part.period_from} to {part.period_to}</div></td></tr>{lines}'
        f'<tr><td colspan="4" class="soft">Subtotal {escape(part.contract)}</td>'
        f'<td class="n">{plain(part.net)}</td></tr>'
    )


def _row(line: LineOut) -> str:
    notes = [line.label] if line.label else []
    if line.corrects is not None:
        notes.append(f"adjusts invoice {line.corrects.number}, {line.service_from} to {line.service_to}")
        notes += [reason_of(change) for change in line.changes]
    notes += map(in_words, line.estimated_or_missing)
    note = f'<div class="soft">{"<br>".join(map(escape, notes))}</div>' if notes else ""
    return (
        f"<tr><td>{line.pos}</td><td>{escape(line.charge)}{note}</td>"
        f'<td class="n">{plain(line.quantity)} {escape(line.unit)}</td>'
        f'<td class="n">{plain(line.unit_price)}</td><td class="n">{plain(line.net)}</td></tr>'
    )
