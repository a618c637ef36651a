"""What stands between the letterhead and the foot of an invoice, ready to be printed."""

from dataclasses import dataclass
from enum import StrEnum

from billing.documents.look.page import Drawing, PageTable


class RowKind(StrEnum):
    """A row of the table of lines: a heading of what follows, a line, or what those above come to."""

    GROUP = "group"
    LINE = "line"
    SUBTOTAL = "subtotal"


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row of the table of lines.

    Attributes:
        kind: what it is.
        pos: BT-126, or from which to which of them; empty of a heading and of a sum.
        name: of the charge, of a group, or of a sum.
        details: below the name, a sentence each.
        quantity: with its unit; empty where there is none.
        price: with all its decimals; with what it is for where that is not one unit.
        net: in whole minor units; empty of a heading.
    """

    kind: RowKind
    name: str
    pos: str = ""
    details: tuple[str, ...] = ()
    quantity: str = ""
    price: str = ""
    net: str = ""


@dataclass(frozen=True, slots=True)
class SumRow:
    """A row below the lines: its name, its amount, and whether it is one of the two that are looked for."""

    name: str
    amount: str
    is_main: bool = False
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class PaymentBox:
    """How a document is paid.

    Attributes:
        title: what it is about.
        facts: name and value.
        sentences: below them: the cash discount, and what else was agreed.
        codes: QR codes.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    codes: tuple[Drawing, ...] = ()


@dataclass(frozen=True, slots=True)
class SwissPart:
    """The receipt and the payment part of a Swiss QR-bill; the texts of its fields, in its one order.

    Attributes:
        receipt: heading of the receipt.
        payment: heading of the payment part.
        names: of the fields, by what they are.
        account: the IBAN in groups, and the lines of who is paid.
        reference: in groups, or empty.
        message: or empty.
        debtor: the lines of who pays; none where they cannot be written in its letters.
        currency: CHF or EUR.
        amount: with a blank between thousands.
        code: the Swiss QR code, with its cross.
    """

    receipt: str
    payment: str
    names: dict[str, str]
    account: tuple[str, ...]
    reference: str
    message: str
    debtor: tuple[str, ...]
    currency: str
    amount: str
    code: Drawing


@dataclass(frozen=True, slots=True)
class InvoiceContent:
    """The content of an invoice's page and PDF.

    Attributes:
        opening: sentences before the lines.
        columns: the headings of position, charge, quantity, price and net amount.
        rows: the lines.
        sums: below them.
        remarks: on the taxes, on what is held apart, and the document's notes; a sentence each.
        payment: how it is paid; None of a draft and of a void document.
        closing: what the document was computed from.
        chart_title: of the charts.
        charts: of its use.
        annexes: the meters with all reads, the proof of each line.
        annex_note: of whose local time the reads are.
        swiss: the Swiss QR-bill, where it is one.
    """

    opening: tuple[str, ...]
    columns: tuple[str, str, str, str, str]
    rows: tuple[PrintedRow, ...]
    sums: tuple[SumRow, ...]
    remarks: tuple[str, ...]
    payment: PaymentBox | None
    closing: tuple[str, ...]
    chart_title: str
    charts: tuple[Drawing, ...]
    annexes: tuple[PageTable, ...]
    annex_note: str
    swiss: SwissPart | None = None
