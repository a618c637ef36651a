"""What a savings statement says: every energy and every amount of a window, as it was prepared.

Terms that the parties agreed on stand in it in their own JSON, as they were: they are shown, and never computed with.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from billing.records.proof import RegisterProof
from billing.records.record import Number, Optionally, Record, StoredRecord
from contracts.joined import DatedFactor
from contracts.parties import Party
from contracts.statement import StatementTerms
from savings.adjustment import Signature
from savings.factor import EnergyFactor

#: A part of a contract in its own JSON, of any form: rules, options and models each have their own. Only shown.
TermsAsJson: TypeAlias = Mapping[str, Any]


class StatementPeriod(Record):
    """The days of the window: the first, and the day after the last."""

    first: date
    after_last: date


class StatedCharge(Record):
    """A charge that prices a saving, with the kind of its rule and the rule's terms."""

    name: str
    kind: str
    rule: TermsAsJson


class StatedTerms(Record):
    """What of the contract concerns savings.

    Attributes:
        starts: its first day.
        ends: the day after its last; None while it has no end.
        charges: that price savings.
        payment_days: from an invoice's issue date to its due date.
        statement: how savings are agreed.
    """

    starts: date
    ends: date | None
    charges: tuple[StatedCharge, ...]
    payment_days: int
    statement: StatementTerms | None


class StatedBaseline(Record):
    """The frozen baseline that a saving is measured against.

    Attributes:
        method: by which it was fitted.
        arithmetic: the number of the method's arithmetic.
        first: the first day of the baseline period.
        after_last: the day after its last.
        temperature_unit: of its temperatures.
        model: its coefficients; of an hourly model, which has hundreds, its kind alone.
        figures: its figures of merit.
        ranges: of its drivers, by name.
        input_sha256: of the rows that it was fitted to.
        findings: what is to be noted about those rows.
    """

    method: str
    arithmetic: int
    first: date
    after_last: date
    temperature_unit: str | None
    model: TermsAsJson
    figures: TermsAsJson
    ranges: Mapping[str, TermsAsJson]
    input_sha256: str
    findings: tuple[TermsAsJson, ...]


class StatedAgreedBaseline(Record):
    """The baseline on paper that a saving is measured against: agreed, and not fitted.

    Attributes:
        kind: that it is agreed.
        rows: whether a row is an hour, a day or a billing period.
        first: the first day that it is agreed for.
        after_last: the day after the last; None while it has no end.
        temperature_unit: of its temperatures.
        model: its coefficients; of a model by the week, which has hundreds, its kind alone.
        ranges: of its drivers, by name, where any were agreed.
        source: the document, the place in it, the day and who signed.
        uncertainty: as agreed, or that none was.
        not_computed: what of a fitted baseline is not there, and why, by its name.
    """

    kind: Literal["agreed"] = "agreed"
    rows: str
    first: date
    after_last: date | None
    temperature_unit: str | None
    model: TermsAsJson
    ranges: Mapping[str, TermsAsJson]
    source: TermsAsJson
    uncertainty: TermsAsJson
    not_computed: Mapping[str, str]


class LeftOutRow(Record):
    """A row that does not count, or counts with a caveat: its start in local time, its status, and why."""

    start: str
    status: Annotated[str, Field(alias="tier")]
    why: str


class StatedRows(Record):
    """The rows of the window.

    Attributes:
        count: all of them.
        count_by_status: how many are counted, masked, beyond range or missing; and, of those that count, how many were
            filled or rest on estimates (``estimated``), and how many are zero (``zero``).
        coverage: the part that counts, from 0 to 1.
        least_coverage: that was agreed.
        masked: the energy of the masked rows.
        left_out: the first of those that do not count, or count with a caveat.
    """

    count: Annotated[int, Field(alias="all")]
    count_by_status: Annotated[Mapping[str, int], Field(alias="tiers")]
    coverage: Number
    least_coverage: Number
    masked: Number
    left_out: tuple[LeftOutRow, ...]


class StatedPart(Record):
    """The energies of one band of one month, rounded as they are priced; where a factor changes, since which day."""

    month: str
    since: Optionally[date] = None
    band: str
    expected: Number
    adjusted: Number
    measured: Number
    saved: Number


class StatedAdjustment(Record):
    """A non-routine adjustment, as it was agreed, and the energy that it came to in the window.

    Attributes:
        name: of the adjustment.
        first: the first day that it is for.
        after_last: the day after its last; None while it lasts.
        power: a constant load.
        percent: of the baseline.
        energy_a_day: so much each day.
        reason: what happened.
        evidence: where that is on record.
        signatures: of both parties.
        summary: all of it in a sentence.
        energy: that it came to.
    """

    name: str
    first: date
    after_last: Optionally[date] = None
    power: Optionally[Number] = None
    percent: Optionally[Number] = None
    energy_a_day: Optionally[Number] = None
    reason: str
    evidence: str
    signatures: tuple[Signature, ...]
    summary: Annotated[str, Field(alias="told")]
    energy: Number


class StatedTotal(Record):
    """The energies of the window.

    Attributes:
        expected: by the baseline.
        adjusted: by non-routine adjustments.
        measured: what was used.
        saved: expected and adjusted, less measured.
        fraction: of the expected energy that was saved; None where none was expected.
        gigajoules: what was saved, in GJ, where it is an energy.
    """

    expected: Number
    adjusted: Number
    measured: Number
    saved: Number
    fraction: Number | None
    gigajoules: Optionally[Number] = None


class StatedEquivalent(Record):
    """What was saved as coal or carbon.

    Attributes:
        amount: in ``unit``.
        unit: as in kg.
        factors: that were used.
        months_without: how many months have no factor, and are left out.
    """

    amount: Number
    unit: str
    factors: tuple[EnergyFactor, ...]
    months_without: int


class StatedDay(Record):
    """A day for the charts: its energies, and the mean temperature where there is one."""

    day: date
    expected: Number
    measured: Number
    temperature: Number | None


class StatedSaving(Record):
    """One saving of the window.

    Attributes:
        name: of the saving.
        option: of the IPMVP.
        unit: of all energies.
        plan: how it is measured, without what is empty.
        baseline: that it is measured against, where its option has one.
        earlier: the options that counted for a part of the window, each in a sentence.
        registers: that it rests on.
        rows: how many count.
        parts: by month and band.
        adjustments: that were not routine.
        total: of the window.
        equivalents: by the factor's name.
        uncertainty: plus or minus how much energy, by the formula's name.
        days: for the charts.
    """

    name: str
    option: str
    unit: str
    plan: TermsAsJson
    baseline: StatedBaseline | StatedAgreedBaseline | None
    earlier: tuple[str, ...]
    registers: tuple[RegisterProof, ...]
    rows: StatedRows
    parts: tuple[StatedPart, ...]
    adjustments: tuple[StatedAdjustment, ...]
    total: StatedTotal
    equivalents: Mapping[str, StatedEquivalent]
    uncertainty: Mapping[str, Number]
    days: tuple[StatedDay, ...]


class StatedCarrier(Record):
    """What a carrier brings into a joined saving by one chain of factors.

    Attributes:
        saving: of the carrier.
        unit: of the saving.
        saved: in that unit.
        factors: in the order in which they are multiplied, a heat value first where there is one.
        amount: in the joined unit.
    """

    saving: str
    unit: str
    saved: Number
    factors: tuple[DatedFactor, ...]
    amount: Number


class StatedJoined(Record):
    """Savings of several carriers, joined into one unit.

    Attributes:
        name: of the use that joins them.
        unit: that they are joined into.
        carriers: each with its factors, in order of time where these change.
        total: what all of them come to.
    """

    name: str
    unit: str
    carriers: tuple[StatedCarrier, ...]
    total: Number


class StatedValue(Record):
    """What a window's saving is worth at a charge's prices.

    Attributes:
        contract: at the agreed prices.
        cash: what the customer was spared.
        calculation: how both came about, line by line.
    """

    contract: Number
    cash: Number
    calculation: Annotated[tuple[str, ...], Field(alias="working")]


class StatedLine(Record):
    """A line of the invoice that closes the window."""

    label: str
    net: Number
    sum: str


class StatedMoney(Record):
    """What a charge comes to.

    Attributes:
        charge: by name.
        rule: its kind.
        value: what the saving is worth; None where the charge does not value it.
        billed_before: by earlier invoices of the window.
        lines: of the invoice that closes it.
        now: their sum.
        window: all of it.
    """

    charge: str
    rule: str
    value: StatedValue | None
    billed_before: Number
    lines: tuple[StatedLine, ...]
    now: Number
    window: Number


class StatedSoFar(Record):
    """The same sums since the contract's start, as they are owed when the statement is prepared.

    Attributes:
        windows: how many windows they are of, this one included.
        energy: that was saved, in the division's unit.
        value: of it; None where a window has none.
        supplier: what the charges came to, corrections included.
        customer: value less supplier.
    """

    windows: int
    energy: Number
    value: Number | None
    supplier: Number
    customer: Number | None


class StatedDivision(Record):
    """Who has what of a saving.

    Attributes:
        saving: its name, or that of the use that joins several.
        energy: that was saved.
        unit: of the energy.
        of: what is valued: what was ``saved``, or, for a fee that covers all energy, what was ``expected``.
        value: at the agreed prices; None where no charge values it.
        supplier: what the charges over the saving come to: shares and bonuses less compensation, or a fee.
        customer: what the customer keeps: value less supplier; None without a value.
        so_far: the same since the contract's start.
    """

    saving: str
    energy: Number
    unit: str
    of: Literal["saved", "expected"]
    value: Number | None
    supplier: Number
    customer: Number | None
    so_far: StatedSoFar


class StatedCost(Record):
    """A cost of the supplier's in the window."""

    name: str
    amount: Number


class StatedMargin(Record):
    """What the contract leaves to the supplier. It is on no copy for the customer.

    Attributes:
        receipts: what all charges of the contract come to in the window, deposits left out.
        costs: that the contract states.
        margin: receipts less costs.
        windows: how many windows there were since the contract's start, this one included.
        receipts_so_far: of all of these.
        costs_so_far: likewise.
        margin_so_far: likewise.
    """

    receipts: Number
    costs: tuple[StatedCost, ...]
    margin: Number
    windows: int
    receipts_so_far: Number
    costs_so_far: Number
    margin_so_far: Number


class StatementContent(StoredRecord):
    """What a statement says.

    Attributes:
        contract: its reference.
        period: the window.
        zone: of the contract.
        currency: of all amounts.
        parties: the supplier and the customer.
        terms: what of the contract concerns savings.
        savings: each of them.
        joined: savings of several carriers in one unit, where charges are of these.
        money: what each charge comes to.
        divided: of each saving, what the supplier has and what the customer keeps.
        margin: of the supplier, where the contract states its costs; a customer's copy has none.
        version_ids: the keys of the contract versions that were known.
    """

    contract: str
    period: StatementPeriod
    zone: str
    currency: str
    parties: tuple[Party, ...]
    terms: StatedTerms
    savings: tuple[StatedSaving, ...]
    joined: Annotated[tuple[StatedJoined, ...], Field(exclude_if=lambda uses: not uses)] = ()
    money: tuple[StatedMoney, ...]
    divided: Annotated[tuple[StatedDivision, ...], Field(exclude_if=lambda divisions: not divisions)] = ()
    margin: Optionally[StatedMargin] = None
    version_ids: Annotated[tuple[int, ...], Field(alias="versions")]
