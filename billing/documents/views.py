"""Views: what HTTP answers with and the commands print as JSON, of invoices, explanations and savings statements."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from billing.invoices.document_tax import tax_by_part, totals_of
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.proof.account import LineAccount
from billing.proof.explain import Explanation
from billing.receivables.standing import PaymentStanding
from billing.receivables.views import StandingOut, standing_out
from billing.records.changes import BatchChange, Change, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.document_type import DocumentType
from billing.records.index_value import IndexValueRecord
from billing.records.inputs import (
    CarriedStates,
    DisputedDays,
    DocumentTax,
    HeldApartNote,
    InvoiceInputs,
    RatingInputs,
    RuleRecord,
    SegmentRecord,
)
from billing.records.proof import LineProof, RegisterProof, UsageProof
from billing.records.record import Optionally, Record, Shown, shown
from billing.tables import RatingRow
from billing.voiding.views import VoidingOut
from contracts.rated_line import RatedLine
from quantities.money import Amount
from quantities.quantity import Magnitude, unit

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.due.store import HeldWork
    from billing.previews.repricing import Repriced
    from billing.statements.store import Statement


class TaxPartOut(BaseModel):
    """What of a tax is of one of those that the rate is the sum of: a state's, a district's."""

    name: str
    tax: Amount


class TaxOut(BaseModel):
    """One line of the VAT breakdown (BG-23); where its rate is a sum of several, with what each of them has."""

    category: str
    rate_percent: Magnitude
    reason: str
    taxable: Amount
    tax: Amount
    parts: Annotated[list[TaxPartOut], Field(exclude_if=lambda parts: not parts)] = []


class CorrectsOut(BaseModel):
    """The invoice whose line an adjustment adjusts."""

    number: str


class ReadingsOut(BaseModel):
    """How much of a line's use was measured: of one register of which readings are estimated or missing.

    Attributes:
        register_key: of the register.
        read: how many of its intervals, or of a counter its reads, the line rests on, estimates included.
        expected: how many intervals there are; None of a register that declares none.
        estimated: how many of the readings are estimates.
    """

    register_key: str
    read: int
    expected: int | None
    estimated: int


class LineOut(BaseModel):
    """One line (BG-25); ``gross`` is its amount with tax, where the agreed price has the tax in it.

    ``estimated_or_missing`` names the registers whose readings are not all measured; it is left out if all are.
    """

    pos: int
    charge: str
    label: str
    nature: str
    quantity: Magnitude
    unit: str
    unit_code: str
    unit_price: Amount
    net: Amount
    gross: Optionally[Amount] = None
    withheld_percent: Optionally[Magnitude] = None
    service_from: date
    service_to: date
    tax_point: date
    tax_category: str
    tax_rate_percent: Magnitude
    corrects: CorrectsOut | None
    changes: list[
        Shown[BatchChange] | Shown[VersionChange] | Shown[IndexChange] | Shown[DisputeChange] | Shown[FactChange]
    ]
    dimensions: dict[str, str]
    allocation: dict[str, str]
    payees: dict[str, str]
    tax_code: str
    revenue_account: str
    estimated_or_missing: Annotated[list[ReadingsOut], Field(exclude_if=lambda registers: not registers)] = []


class HeldApartOut(BaseModel):
    """What an accepted dispute leaves out of an invoice until it is settled."""

    dispute: int
    charge: str
    period_from: date
    period_to: date
    net: Amount


class RateOfExchangeOut(BaseModel):
    """A rate of exchange of the month of a tax point: per unit of the currency of the tax, or else of the document."""

    month: str
    index: str
    rate: Magnitude
    per_unit_of_tax_currency: bool


class DeclaredVatOut(BaseModel):
    """The VAT in the currency in which it is declared (BT-6, BT-111), and the rates by which it was converted."""

    currency: str
    vat: Amount
    rates: list[RateOfExchangeOut]


class InvoiceHead(BaseModel):
    """An invoice without its lines.

    ``payable`` is there where it is not ``gross``: ``rounding`` brings prices with tax to what was agreed (BT-114), and
    ``withheld`` is what the customer pays to its own state instead.

    Attributes:
        number: of it; of a draft its name.
        kind: of a period, an opening, a correction, a credit by hand, or consolidated, of several contracts.
        document_type: EN 16931 BT-3, a code of UNTDID 1001: 380 an invoice, 381 a credit note.
        document_name: the same in words.
        corrects: the numbers of the documents that it corrects (BG-3); left out where there are none.
        prepayments: the numbers of the documents that claimed what it draws on; left out where it draws on none.
        contract: that it bills; of a consolidated document the first.
        contracts: all that a consolidated document bills, in the order of its lines; left out of any other.
        state: ``draft``, ``issued``, or ``void``: its number is used, and nothing of it is owed.
        voided_on: since when it is void; left out of what counts.
    """

    number: str
    kind: str
    document_type: str
    document_name: str
    corrects: Annotated[list[str], Field(exclude_if=lambda numbers: not numbers)] = []
    prepayments: Annotated[list[str], Field(exclude_if=lambda numbers: not numbers)] = []
    state: str
    contract: str
    contracts: Annotated[list[str], Field(exclude_if=lambda references: not references)] = []
    supplier: str
    made_out_by: Annotated[
        str | None,
        Field(exclude_if=lambda name: name is None, description="Who issues it in the name of its supplier."),
    ] = None
    customer: str
    period_from: date
    period_to: date
    issued_on: date | None
    due_on: date | None
    currency: str
    net: Amount
    vat: Amount
    gross: Amount
    rounding: Optionally[Amount] = None
    withheld: Optionally[Amount] = None
    payable: Optionally[Amount] = None
    declared_vat: Optionally[DeclaredVatOut] = None
    voided_on: Optionally[date] = None
    held_apart: Annotated[
        list[HeldApartOut], Field(exclude_if=lambda apart: not apart)
    ] = []  # left out if there is none
    payment: Annotated[
        StandingOut | None,
        Field(
            exclude_if=lambda payment: payment is None,
            description="Of one that is read; left out of what a run answers.",
        ),
    ] = None


class HeldOut(BaseModel):
    """Work that waits for a person, and why; `code` is the refusal's slug. Planning has no period."""

    contract: str
    kind: str
    period_from: date | None
    period_to: date | None
    code: str
    reason: str
    found: Annotated[str, Field(exclude_if=lambda text: not text)] = ""
    expected: Annotated[str, Field(exclude_if=lambda text: not text)] = ""


class RepricedOut(BaseModel):
    """A document that a version reprices: its days, and by how much."""

    number: str
    period_from: date
    period_to: date
    currency: str
    net: Amount
    gross: Amount


class ShownCorrection(Record):
    """An earlier period that was rated again, and from what.

    Attributes:
        invoice: the key of its invoice.
        number: as it was issued.
        batches: the deliveries that changed its readings.
        changes: all that called for it.
        segments: what it bills now, by version.
        opening: what its charges had carried before it.
        closing: what they carry on after it.
        index_values: that its prices rest on.
        disputed: what is left out.
    """

    invoice: int
    number: str | None
    batches: tuple[int, ...]
    changes: tuple[Change, ...]
    segments: Annotated[tuple[SegmentRecord, ...], Field(alias="stretches")]
    opening: CarriedStates
    closing: CarriedStates
    index_values: Annotated[tuple[IndexValueRecord, ...], Field(alias="index")]
    disputed: tuple[DisputedDays, ...]


class ShownInputs(InvoiceInputs):
    """What a document was made of, and what its periods were rated from; a correction has no period of its own."""

    tzdata: Optionally[str] = None
    rules: Mapping[str, RuleRecord] = {}
    segments: Annotated[tuple[SegmentRecord, ...], Field(alias="stretches")] = ()
    opening: CarriedStates = Field(default_factory=dict)
    closing: CarriedStates = Field(default_factory=dict)
    index_values: Annotated[tuple[IndexValueRecord, ...], Field(alias="index")] = ()
    disputed: tuple[DisputedDays, ...] = ()
    held_apart: Annotated[tuple[HeldApartNote, ...], Field(exclude_if=lambda notes: not notes)] = ()
    corrections: tuple[ShownCorrection, ...]


_OF_OWN_RATING = frozenset({*ShownInputs.model_fields} - {*InvoiceInputs.model_fields})


class ContractPartOut(BaseModel):
    """What a consolidated document bills of one contract: some of its lines, which add up to ``net``.

    Attributes:
        contract: its reference.
        kind: of a period or of an opening.
        period_from: the first day that is billed.
        period_to: the last one.
        first_line: the number of its first line.
        last_line: that of its last one.
        net: of these lines.
        inputs: everything that they were computed from.
    """

    contract: str
    kind: str
    period_from: date
    period_to: date
    first_line: int
    last_line: int
    net: Amount
    inputs: Shown[ShownInputs] = Field(title="Inputs")


class InvoiceOut(InvoiceHead):
    """An invoice with its lines, its VAT breakdown, and the record of everything it was computed from.

    A consolidated one has ``parts``, one for each contract, in the order of its lines; they are left out of any other.
    ``voided`` says why it is void and by whom, to those of the supplier.
    """

    voided: Optionally[VoidingOut] = None
    lines: list[LineOut]
    taxes: list[TaxOut]
    parts: Annotated[list[ContractPartOut], Field(exclude_if=lambda parts: not parts)] = []
    inputs: Shown[ShownInputs] = Field(title="Inputs")

    @property
    def for_customer(self) -> "InvoiceOut":
        """The same invoice as the customer sees it: without those who share its price."""
        return self.model_copy(update={"lines": [line.model_copy(update={"payees": {}}) for line in self.lines]})


class OpenedReadingOut(BaseModel):
    """A reading that a line rests on; for an adjustment, with what was billed before."""

    register_key: str
    start: datetime
    end: datetime
    value: Magnitude | None
    quality: str
    batch: int
    source: str
    line: int
    recorded_by: str
    before: Magnitude | None


class OpenedEventOut(BaseModel):
    """An event that a client of another engine posted; the reading of its instant is the sum of such amounts."""

    register_key: str
    at: datetime
    client: str
    source: str
    event_id: str
    meter: str
    amount: Magnitude
    batch: int
    line: int


class CostOut(BaseModel):
    """A line of what a window costs, unrounded."""

    label: str
    sum: str
    amount: Amount


class AccountOut(BaseModel):
    """How a line of a charge over a window comes about; where it cannot be told in full, why it cannot.

    Attributes:
        window_from: the first day over which the rule adds up; None where it names no window.
        window_to: the last one.
        opened: what the charge had carried before, in words; empty where it had nothing.
        adds: what this line's days add.
        so_far: the cost of the window with these days.
        before: its cost without them.
        steps: the calculations, written out.
        left_out: why the calculation is not given; empty where it is.
    """

    window_from: date | None
    window_to: date | None
    opened: list[str]
    adds: list[str]
    so_far: list[CostOut]
    before: list[CostOut]
    steps: list[str]
    left_out: str


class AdjustmentOut(BaseModel):
    """What an adjustment bills, of the difference between what is owed and what was billed.

    Attributes:
        billed: by the invoice and every adjustment since.
        owed: as it is known now.
        difference: owed less billed.
        line: ``difference`` for a line of all of it; where the price is another, one line is what was billed
            ``taken_back``, and another what is owed ``billed_anew``.
    """

    billed: Amount
    owed: Amount
    difference: Amount
    line: Literal["difference", "taken_back", "billed_anew"]


class ExplanationOut(BaseModel):
    """A line opened down to its readings."""

    invoice: str
    line: LineOut
    clause: dict[str, Any]  # of any form: each rule has its own terms
    contract_version: int
    watermark: int
    proof: Shown[LineProof] = Field(title="Proof")
    account: Annotated[AccountOut | None, Field(exclude_if=lambda account: account is None)] = None
    adjustment: Annotated[AdjustmentOut | None, Field(exclude_if=lambda adjustment: adjustment is None)] = None
    readings: list[OpenedReadingOut]
    readings_in_all: int
    events: list[dict[str, Any]]  # as metering/ describes them
    usage_events: Annotated[list[OpenedEventOut], Field(exclude_if=lambda posted: not posted)] = []


def held_out(work: "HeldWork") -> HeldOut:
    """Show work that is held."""
    first, after_last = work.days or (None, None)
    return HeldOut(
        contract=work.contract,
        kind=work.kind,
        period_from=first,
        period_to=None if after_last is None else after_last - timedelta(days=1),
        code=work.reason.code,
        reason=work.reason.detail,
        found=work.reason.found,
        expected=work.reason.expected,
    )


def repriced_out(document: "Repriced") -> RepricedOut:
    """Show what a version does to a document that is billed."""
    return RepricedOut(
        number=document.number,
        period_from=document.first,
        period_to=document.after_last - timedelta(days=1),
        currency=document.currency,
        net=document.net,
        gross=document.gross,
    )


def invoice_head(billed: StoredInvoice, stands: PaymentStanding | None = None) -> InvoiceHead:
    """Show an invoice without its lines; with where it stands with its payment, if that is known."""
    row, inputs = billed.row, billed.row.inputs
    return InvoiceHead(
        number=billed.name,
        kind=billed.row.kind,
        document_type=row.document_type,
        document_name=DocumentType(row.document_type).in_words,
        corrects=list(billed.names),
        prepayments=list(inputs.prepaid_by),
        state=_state(billed),
        contract=inputs.contract,
        contracts=list(inputs.consolidates),
        supplier=inputs.supplier.name,
        made_out_by=inputs.made_out_by,
        customer=inputs.customer.name,
        period_from=row.first,
        period_to=row.after_last - timedelta(days=1),
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        net=row.net,
        vat=row.vat,
        gross=row.gross,
        rounding=inputs.tax.rounding if inputs.tax is not None else None,
        withheld=inputs.tax.withheld if inputs.tax is not None else None,
        payable=billed.payable if billed.payable != row.gross else None,
        declared_vat=_declared_vat(inputs.tax),
        voided_on=row.voided_on,
        held_apart=[
            HeldApartOut(
                dispute=apart.dispute,
                charge=apart.charge,
                period_from=apart.first,
                period_to=apart.after_last - timedelta(days=1),
                net=apart.net,
            )
            for apart in _held_apart(billed)
        ],
        payment=None if stands is None else standing_out(stands),
    )


def _state(billed: StoredInvoice) -> str:
    if billed.row.voided_on is not None:
        return "void"
    return "draft" if billed.row.sequence is None else "issued"


def _declared_vat(tax: DocumentTax | None) -> DeclaredVatOut | None:
    if tax is None or tax.declared is None:
        return None
    declared = tax.declared
    rates = [
        RateOfExchangeOut(month=rate.month, index=rate.index, rate=rate.value, per_unit_of_tax_currency=rate.per_unit)
        for rate in declared.rates
    ]
    return DeclaredVatOut(currency=declared.currency, vat=declared.vat, rates=rates)


def _held_apart(billed: StoredInvoice) -> tuple[HeldApartNote, ...]:
    own = [part.own_rating for part in billed.parts]
    return tuple(note for rating in own if rating is not None for note in rating.inputs.held_apart)


def _shown_inputs(billed: StoredInvoice) -> ShownInputs:
    """Put together what a document was made of and what its periods were rated from."""
    parts = {name: getattr(billed.row.inputs, name) for name in InvoiceInputs.model_fields if name != "schema_number"}
    own = billed.own_rating
    if own is not None:
        parts |= {name: getattr(own.inputs, name) for name in RatingInputs.model_fields if name in _OF_OWN_RATING}
    corrections = tuple(_correction(rating) for rating in billed.corrections)
    return ShownInputs(**parts, corrections=corrections)


def _correction(rating: RatingRow) -> ShownCorrection:
    inputs = rating.inputs
    return ShownCorrection(
        invoice=rating.invoice_id,
        number=inputs.number,
        batches=inputs.batches,
        changes=inputs.changes or (),
        segments=inputs.segments,
        opening=inputs.opening,
        closing=inputs.closing,
        index_values=inputs.index_values,
        disputed=inputs.disputed,
    )


def invoice_out(billed: StoredInvoice, stands: PaymentStanding | None = None) -> InvoiceOut:
    """Show an invoice with everything it has; with where it stands with its payment, if that is known."""
    groups = totals_of(billed.lines, billed.row.currency, billed.row.inputs.tax).groups
    return InvoiceOut(
        **invoice_head(billed, stands).model_dump(),
        lines=[line_out(pos, line) for pos, line in enumerate(billed.lines, start=1)],
        taxes=[
            TaxOut(
                category=group.tax.category.value,
                rate_percent=group.tax.rate,
                reason=group.tax.reason,
                taxable=group.taxable,
                tax=group.amount,
                parts=[
                    TaxPartOut(name=name, tax=amount)
                    for name, amount in tax_by_part(group, billed.lines, billed.row.currency).items()
                ],
            )
            for group in groups
        ],
        parts=[_part_out(part) for part in billed.members],
        inputs=_shown_inputs(billed),
    )


def _part_out(part: StoredInvoice) -> ContractPartOut:
    return ContractPartOut(
        contract=part.row.inputs.contract,
        kind=part.row.kind,
        period_from=part.row.first,
        period_to=part.row.after_last - timedelta(days=1),
        first_line=part.before + 1,
        last_line=part.before + len(part.lines),
        net=part.row.net,
        inputs=_shown_inputs(part),
    )


def line_out(pos: int, line: Line) -> LineOut:
    """Show a line."""
    quantity, unit_price = line.stated
    return LineOut(
        pos=pos,
        charge=line.charge,
        label=line.label,
        nature=line.nature.value,
        quantity=quantity,
        unit=line.unit,
        unit_code=unit(line.unit).code,
        unit_price=unit_price,
        net=line.net,
        gross=line.gross,
        withheld_percent=line.proof.withholding.percent if line.proof.withholding is not None else None,
        service_from=line.service_first,
        service_to=line.service_after_last - timedelta(days=1),
        tax_point=line.tax_point,
        tax_category=line.tax.category.value,
        tax_rate_percent=line.tax.rate,
        corrects=CorrectsOut(number=line.corrects.number) if line.corrects and line.corrects.number else None,
        changes=list(line.proof.changes or ()),
        dimensions=dict(line.dimensions),
        allocation=dict(line.allocation),
        payees=dict(line.payees),
        tax_code=line.tax_code,
        revenue_account=line.revenue_account,
        estimated_or_missing=not_all_measured(line.proof.usage),
    )


def not_all_measured(usage: UsageProof | None) -> list[ReadingsOut]:
    """Name the registers of a use of which readings are estimated or missing."""
    return [readings_out(register) for register in (usage.registers if usage else ()) if not register.is_complete]


def readings_out(register: RegisterProof) -> ReadingsOut:
    """Show how many readings of a register a use rests on."""
    return ReadingsOut(
        register_key=register.register_key,
        read=register.intervals_read,
        expected=register.expected,
        estimated=register.estimated,
    )


def explanation_out(explanation: Explanation) -> ExplanationOut:
    """Show a line opened to its readings."""
    return ExplanationOut(
        invoice=explanation.invoice,
        line=line_out(explanation.pos, explanation.line),
        clause=explanation.clause,
        contract_version=explanation.version,
        watermark=explanation.watermark,
        proof=explanation.line.proof,
        account=None if explanation.account is None else _account_out(explanation.account),
        adjustment=_difference_out(explanation.line),
        readings=[
            OpenedReadingOut(
                register_key=reading.register,
                start=reading.start,
                end=reading.end,
                value=reading.value,
                quality=reading.quality.name.lower(),
                batch=reading.batch,
                source=reading.source,
                line=reading.line,
                recorded_by=reading.recorded_by,
                before=reading.before,
            )
            for reading in explanation.readings
        ],
        readings_in_all=explanation.count,
        events=[{name: str(value) for name, value in event.items()} for event in explanation.events],
        usage_events=[
            OpenedEventOut(
                register_key=event.register,
                at=event.at,
                client=event.client,
                source=event.source,
                event_id=event.event_id,
                meter=event.meter,
                amount=event.amount,
                batch=event.batch,
                line=event.line,
            )
            for event in explanation.usage_events
        ],
    )


def _account_out(account: LineAccount) -> AccountOut:
    whole = account.account
    window = None if whole is None else whole.window
    return AccountOut(
        window_from=None if window is None else window.first,
        window_to=None if window is None else window.after_last - timedelta(days=1),
        opened=list(account.opened),
        adds=[] if whole is None else list(whole.adds),
        so_far=[] if whole is None else [_cost_out(line) for line in whole.so_far],
        before=[] if whole is None else [_cost_out(line) for line in whole.before],
        steps=[] if whole is None else list(whole.steps),
        left_out=account.left_out,
    )


def _cost_out(line: RatedLine) -> CostOut:
    return CostOut(label=line.label, sum=line.written_out, amount=line.amount)


def _difference_out(line: Line) -> AdjustmentOut | None:
    """Say what of a correction an adjustment bills; nothing where the line's amount is none of the three."""
    if line.proof.adjusts is None:
        return None
    billed, owed = Decimal(line.proof.adjusts.billed_net), Decimal(line.proof.adjusts.owed_net)
    difference = owed - billed
    if line.net == difference:
        return AdjustmentOut(billed=billed, owed=owed, difference=difference, line="difference")
    if line.net == -billed:
        return AdjustmentOut(billed=billed, owed=owed, difference=difference, line="taken_back")
    if line.net == owed:
        return AdjustmentOut(billed=billed, owed=owed, difference=difference, line="billed_anew")
    return None


def statement_facts(statement: "Statement") -> dict[str, object]:
    """Write a statement down for a program: what it says, and its status."""
    return {
        "id": statement.id,
        "contract": statement.contract,
        "first": str(statement.first),
        "after_last": str(statement.after_last),
        "watermark": statement.watermark,
        "prepared_by": statement.prepared_by,
        "prepared_at": statement.prepared_at.isoformat(),
        "stands": statement.status.value,
        "steps": [
            {
                "step": step.step.value,
                "party": step.party,
                "person": step.person,
                "recorded_by": step.recorded_by,
                "at": step.at.isoformat(),
                "charges": list(step.charges),
                "note": step.note,
            }
            for step in statement.steps
        ],
        "content": shown(statement.content),
    }
