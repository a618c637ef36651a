"""A form of e-invoice: its identifiers by edition, and the table of what becomes of each kind of document in it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BeforeValidator

from billing.records.document_type import DocumentType
from contracts.invoicing import InvoiceForm, Language
from quantities.document import parse, read, yes_or_no
from quantities.terms import Terms


class Syntax(StrEnum):
    """The two syntaxes that bind EN 16931."""

    UBL = "ubl"
    CII = "cii"


class RuleSet(StrEnum):
    """What a document is held to: a schema, published rules, or rules of ours where no package has the newest."""

    UBL_SCHEMA = "ubl_schema"
    CII_SCHEMA = "cii_schema"
    EN16931_UBL = "en16931_ubl"
    EN16931_CII = "en16931_cii"
    XRECHNUNG_UBL = "xrechnung_ubl"
    XRECHNUNG_CII = "xrechnung_cii"
    PEPPOL_UBL = "peppol_ubl"
    PEPPOL_OWN = "peppol_own"
    FACTURX = "facturx"


class KindVerdict(StrEnum):
    """What becomes of a document in a form."""

    ALLOWED = "allowed"
    MAPPED = "mapped"
    REFUSED = "refused"


class ProfileIds(Terms):
    """BT-24 and BT-23, which is empty where a form has none."""

    specification: str
    process: str = ""


class KindCell(Terms):
    """What becomes of one kind of document in one form.

    Attributes:
        verdict: whether it is written, as another type, or not.
        as_type: BT-3 where it is mapped; without it, its own type.
        note: the name of the sentence that says what it is, or empty.
        self_billing: whether it bears the identifiers of the form's self-billing.
        rule: of the profile, by its number.
        why: in words.
    """

    verdict: KindVerdict
    as_type: DocumentType | None = None
    note: str = ""
    self_billing: Annotated[bool, BeforeValidator(yes_or_no)] = False
    rule: str = ""
    why: str = ""


class KindRow(Terms):
    """What becomes of a kind of document in each form."""

    kind: DocumentType
    cells: Mapping[InvoiceForm, KindCell]


class Content(StrEnum):
    """What a document may bear, whatever its kind, that a form treats in a way of its own."""

    OUT_OF_SCOPE = "out_of_scope"
    OUT_OF_SCOPE_BESIDE_TAXED = "out_of_scope_beside_taxed"
    NO_DECIMALS = "no_decimals"
    THIRD_DECIMAL = "third_decimal"
    WITHHELD = "withheld"


class ContentRow(Terms):
    """What becomes, in every form, of a document that bears something."""

    bears: Content
    verdict: KindVerdict
    rule: str
    why: str


class FaultyRule(Terms):
    """A published rule that says of a faultless document that it is at fault."""

    rule: str
    why: str


class EInvoiceProfile(Terms):
    """A form in one edition.

    Attributes:
        form: as customers ask for it.
        syntax: in which it is written.
        ids: BT-24, BT-23.
        self_billing_ids: of what the customer writes in the supplier's name, where the form has others for it.
        rule_sets: what it is held to, in the order in which it is checked.
    """

    form: InvoiceForm
    syntax: Syntax
    ids: ProfileIds
    self_billing_ids: ProfileIds | None = None
    rule_sets: tuple[RuleSet, ...]


class Edition(Terms):
    """An edition of EN 16931 with the profiles that stand on it, from a day on."""

    edition: str
    since: date
    profiles: tuple[EInvoiceProfile, ...]


class EInvoiceTable(Terms):
    """All of it, as profiles.yaml has it."""

    editions: tuple[Edition, ...]
    kinds: tuple[KindRow, ...]
    contents: tuple[ContentRow, ...]
    faulty_rules: tuple[FaultyRule, ...]
    notes: Mapping[str, Mapping[Language, str]]


@cache
def e_invoice_table() -> EInvoiceTable:
    """Read the table that ships with the code."""
    file = resources.files("billing.documents.einvoice").joinpath("profiles.yaml")
    return parse(EInvoiceTable, read(file.read_bytes()))


def profile_on(form: InvoiceForm, on: date) -> EInvoiceProfile:
    """The profile of a form in the edition that is used on a day.

    Args:
        form: one of ``E_INVOICE_FORMS``.
        on: the day of issue.
    """
    editions = e_invoice_table().editions
    edition = max((row for row in editions if row.since <= on), key=lambda row: row.since, default=editions[0])
    return next(profile for profile in edition.profiles if profile.form is form)


def cell_of(kind: DocumentType, form: InvoiceForm) -> KindCell:
    """What becomes of a kind of document in a form."""
    return next(row for row in e_invoice_table().kinds if row.kind is kind).cells[form]


def content_row(bears: Content) -> ContentRow:
    """What becomes of a document that bears something."""
    return next(row for row in e_invoice_table().contents if row.bears is bears)


@cache
def faulty_rules() -> frozenset[str]:
    """The numbers of published rules that are faulty."""
    return frozenset(row.rule for row in e_invoice_table().faulty_rules)


def note(name: str, language: Language, /, **values: str) -> str:
    """Say a sentence of e-invoices in a language."""
    return e_invoice_table().notes[name][language].format(**values)
