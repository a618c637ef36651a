"""What keeps a document from being an e-invoice: by the table of kinds, or by a rule that it does not keep."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.elements import DECIMALS_MAX
from billing.documents.einvoice.profile import Content, KindVerdict, cell_of, content_row
from billing.documents.einvoice.rules.validation import BrokenRule, ValidationReport, by_use, validate
from billing.documents.model.business_document import BusinessDocument
from billing.tax.tax import TaxCategory
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from quantities.money import exponent
from quantities.number import plain, trimmed

#: What stands in the place of a number that is not given yet; no rule asks more of it than that it is there.
PROVISIONAL_NUMBER = "PROVISIONAL"


@dataclass(frozen=True, slots=True)
class EInvoiceRefusal:
    """Why a document cannot be made out in a form.

    Attributes:
        form: that was asked for.
        rule: by its number.
        why: in words that begin with the rule's number, with the fields that it is about.
        fields: where they are told, as ``contract: invoicing.order``; empty where it is about none.
    """

    form: InvoiceForm
    rule: str
    why: str
    fields: tuple[str, ...] = ()


def contents_of(document: BusinessDocument) -> tuple[Content, ...]:
    """Name what a document bears that forms treat in a way of its own, in the order of ``Content``."""
    categories = {line.tax_category for line in document.lines} | {tax.category for tax in document.taxes}
    is_outside = TaxCategory.OUT_OF_SCOPE in categories
    bears = {
        Content.OUT_OF_SCOPE: is_outside and len(categories) == 1,
        Content.OUT_OF_SCOPE_BESIDE_TAXED: is_outside and len(categories) > 1,
        Content.NO_DECIMALS: exponent(document.currency) == 0,
        Content.THIRD_DECIMAL: any(_decimals(amount) > DECIMALS_MAX for amount in _amounts(document)),
        Content.WITHHELD: bool(document.totals.withheld),
    }
    return tuple(content for content, is_borne in bears.items() if is_borne)


def refusal_of(document: BusinessDocument, form: InvoiceForm | None = None) -> EInvoiceRefusal | None:
    """Say why a document has no place in a form, by the table alone.

    Args:
        document: issued or not.
        form: in which it is wanted; its own, without one.

    Returns:
        None where it has one, and where the form is none of EN 16931.
    """
    wanted = document.form if form is None else form
    if wanted not in E_INVOICE_FORMS:
        return None
    cell = cell_of(document.document_type, wanted)
    if cell.verdict is KindVerdict.REFUSED:
        return EInvoiceRefusal(wanted, cell.rule, f"{cell.rule}: {cell.why}")
    rows = (content_row(content) for content in contents_of(document))
    refused = next((row for row in rows if row.verdict is KindVerdict.REFUSED), None)
    return None if refused is None else EInvoiceRefusal(wanted, refused.rule, f"{refused.rule}: {refused.why}")


def refusals_before_number(document: BusinessDocument) -> tuple[EInvoiceRefusal, ...]:
    """Say what keeps a document from being sent in the form that its customer takes, before it has a number.

    Args:
        document: a draft: its number and its day of issue need not be known. The last day of its period stands for the
            day, and for the day on which it is due: no rule asks more of them than that they are there.

    Returns:
        One for each binding rule and field that it breaks; empty where it may be sent, and of forms that are none of
        EN 16931.

    Raises:
        RulesMissing: a package of rules is not installed.
    """
    if document.form not in E_INVOICE_FORMS:
        return ()
    report = provisional_report(document)
    if isinstance(report, EInvoiceRefusal):
        return (report,)
    return refusals_by_rules(document.form, report.errors)


def provisional_report(document: BusinessDocument) -> ValidationReport | EInvoiceRefusal:
    """Validate a document in its form as if it were issued, whether it is or not (``refusals_before_number``).

    Returns:
        What the table refuses it by, or what the rules say.
    """
    refused = refusal_of(document)
    if refused is not None:
        return refused
    provisional = as_if_issued(document)
    return validate(write_xml(provisional, document.form), document.form, provisional.issued_on or document.period_to)


def as_if_issued(document: BusinessDocument) -> BusinessDocument:
    """Give a draft a number, a day of issue and a day on which it is due, which stand in their places; see above."""
    day, number = document.issued_on or document.period_to, document.number or PROVISIONAL_NUMBER
    attachments = document.attachments
    if not document.number:  # the reference of its proof is its number
        attachments = tuple(replace(file, reference=file.reference or number) for file in attachments)
    return replace(document, number=number, issued_on=day, due_on=document.due_on or day, attachments=attachments)


def refusals_by_rules(form: InvoiceForm, errors: tuple[BrokenRule, ...]) -> tuple[EInvoiceRefusal, ...]:
    """Tell broken rules as refusals, each once, however many lines break it, and what somebody can mend first.

    What a schema says is left out where a rule says the same of the same fields, in words that can be acted upon.
    """
    covered = {term for broken in errors if not broken.is_of_schema for term in broken.terms}
    unique: dict[tuple[str, tuple[str, ...], str], EInvoiceRefusal] = {}
    for broken in by_use(errors):
        if not broken.is_of_schema or covered.isdisjoint(broken.terms):
            words = "" if broken.fields and not broken.is_of_schema else broken.text
            refusal = EInvoiceRefusal(form, broken.rule, str(broken), broken.fields)
            unique.setdefault((broken.rule, broken.fields, words), refusal)
    return tuple(unique.values())


def _amounts(document: BusinessDocument) -> Iterator[Decimal]:
    totals = document.totals
    yield from (totals.lines, totals.net, totals.tax, totals.gross, totals.paid, totals.rounding, totals.payable)
    yield from (line.net for line in document.lines)
    for tax in document.taxes:
        yield from (tax.taxable, tax.tax)
    yield from (part.amount for part in document.allowances)
    yield from (part.amount for line in document.lines for part in line.allowances)


def _decimals(amount: Decimal) -> int:
    return len(plain(trimmed(amount)).partition(".")[2])
