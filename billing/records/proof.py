"""What proves a line of an invoice: its rule and arithmetic, the use with its evidence, what moved its prices.

Numbers are text, as they are printed: a total may be a sum that is written out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from billing.records.changes import Change
from billing.records.dunning import InterestDaysRecord
from billing.records.record import Number, Optionally, Record, StoredRecord


class RegisterProof(Record):
    """What one register counted: enough to notice a reading that is gone.

    Attributes:
        register_key: of the register.
        series: its series without dimensions.
        quantity: in ``unit``.
        unit: as the register counts.
        count: of its readings.
        total: of their values.
        estimated: how many of them are estimates.
        expected: how many there should be; None where that is not known.
        start: of the use, ISO 8601.
        end: of the use, ISO 8601.
        batch: the newest delivery among them.
        is_mean: whether ``quantity`` is the mean of a level.
        intervals: how many different intervals were read, where dimensions give one interval several readings.
    """

    register_key: Annotated[str, Field(alias="register")]
    series: int
    quantity: str
    unit: str
    count: int
    total: str
    estimated: int
    expected: int | None
    start: str
    end: str
    batch: int
    is_mean: Annotated[bool, Field(exclude_if=lambda is_mean: not is_mean)] = False
    intervals: Optionally[int] = None

    @property
    def intervals_read(self) -> int:
        """How many different intervals were read."""
        return self.count if self.intervals is None else self.intervals

    @property
    def is_complete(self) -> bool:
        """Whether everything that was expected was read, and nothing of it is an estimate."""
        return not self.estimated and (self.expected is None or self.intervals_read >= self.expected)

    @property
    def registers(self) -> "tuple[RegisterProof, ...]":
        """Itself: the one register that a plain use rests on."""
        return (self,)


class UseProof(Record):
    """What a use comes to that is more than one register's sum.

    Attributes:
        name: of the use.
        quantity: in ``unit``; None where its parts alone are priced.
        unit: of the use.
        calculation: how it came about.
        count: of all readings.
        total: of each register, written out as a sum.
        estimated: how many readings are estimates.
        registers: that it rests on.
    """

    name: str
    quantity: str | None
    unit: str
    calculation: Annotated[str, Field(alias="working")]
    count: int
    total: str
    estimated: int
    registers: Annotated[tuple[RegisterProof, ...], Field(alias="of")]


UsageProof: TypeAlias = RegisterProof | UseProof


class ConversionProof(Record):
    """How a use was converted.

    Attributes:
        from_unit: as it was counted.
        to_unit: as it is priced.
        factor: an exact fraction, as in 7284000/7920913.
        states: the reference states of a gas before and after.
    """

    from_unit: Annotated[str, Field(alias="from")]
    to_unit: Annotated[str, Field(alias="to")]
    factor: str
    states: Optionally[str] = None


class IndexProof(Record):
    """What an index made of the prices.

    Attributes:
        factor: that prices are multiplied by.
        calculation: how it came about; empty before the first review.
    """

    factor: str
    calculation: Annotated[str, Field(alias="working")]


class AdjustmentProof(Record):
    """What was billed for a line, by its invoice and every adjustment since, and what is owed.

    Attributes:
        billed_quantity: in the line's unit.
        billed_net: in the contract's currency.
        owed_quantity: likewise.
        owed_net: likewise.
        takes_back: whether the line takes back what was billed, where a document is taken back as a whole.
    """

    billed_quantity: str
    billed_net: str
    owed_quantity: str
    owed_net: str
    takes_back: Annotated[bool, Field(exclude_if=lambda takes_back: not takes_back)] = False


class CreditProof(Record):
    """What a line of a credit note by hand gives back.

    Attributes:
        n: the number of the credit within its contract.
        number: of the document that it gives back.
        line: the number of the line there.
        part: of the charge of that line.
        asked: what was asked for, in words.
        given: net, with the sign of the line, as the credit note gave it.
        line_net: of the line itself.
        left: what of it was left to give back; what holds of it now, where the line came to less later.
    """

    n: int
    number: str
    line: int
    part: int
    asked: str
    given: str
    line_net: str
    left: str


class DrawProof(Record):
    """What a line draws of a claim before it is supplied.

    Attributes:
        document: the key of the document that claimed it.
        number: of that document.
        claimed: net, by the line that it draws on.
        left: what of it was left before.
        gives_back: whether it is given back at the end of the contract, and set against nothing.
    """

    document: int
    number: str
    claimed: str
    left: str
    gives_back: Annotated[bool, Field(exclude_if=lambda gives_back: not gives_back)] = False


class TaxProof(Record):
    """On what a line's tax rests.

    Attributes:
        place: of the supply.
        rule: the row of the law that decided, as ``book: name since day``; ``own`` is the tenant's.
        rate: the row of the rate, likewise; None where none is charged.
        code: of the reason why none is charged, where the law has one.
        parts: of what the rate is the sum, with the percent of each.
    """

    place: str
    rule: str
    rate: Optionally[str] = None
    code: Optionally[str] = None
    parts: Optionally[Mapping[str, Number]] = None


class SharingStepProof(Record):
    """What a step of a waterfall came to.

    Attributes:
        payee: who has it.
        calculation: what was asked for.
        asked: in whole minor units.
        taken: likewise; less than was asked for where no more was left.
        left: what went on to the next step.
    """

    payee: str
    calculation: Annotated[str, Field(alias="working")]
    asked: str
    taken: str
    left: str


class SharingProof(Record):
    """How the amount of a line's charge was shared, and the line's part of it.

    Attributes:
        amount: what the charge came to over the days that are shared alike, all its lines together.
        steps: in their order; at the end the rest. Of a reduction none.
        like: of a reduction, the charges whose shares it is divided like, with what these have by payee.
    """

    amount: str
    steps: Optionally[tuple[SharingStepProof, ...]] = None
    like: Optionally[Mapping[str, str]] = None


class WithholdingProof(Record):
    """What the customer takes off what it pays of a line.

    Attributes:
        percent: of the net amount.
        law: by which, or the treaty that lowers it.
        gross_up: whether the price was raised by it.
    """

    percent: Number
    law: str
    gross_up: Annotated[bool, Field(exclude_if=lambda gross_up: not gross_up)] = False


class BearerProof(Record):
    """What decides the share of one of those who bear a line.

    Attributes:
        bearer: a part, a group or the owner, by name.
        used: in the unit of the split; None of an owner who is no part. One whose decimals do not end is ``p/q``.
        weight: its own among those of all.
    """

    bearer: str
    used: Optionally[str] = None
    weight: str


class SplitProof(Record):
    """How a line was divided over those who bear it, and whose share this one is.

    Attributes:
        bearer: whose share it is.
        part: the number that the whole line has within its charge.
        of: the net amount of the whole line.
        unit: in which uses are compared.
        whole: the use that those of the parts are shares of.
        shares: by whose weights ``of`` is divided, by largest remainder; of equal remainders the first has the cent.
        by: how the weights came about.
    """

    bearer: str
    part: int
    of: str
    unit: str
    whole: str
    shares: tuple[BearerProof, ...]
    by: str


class LateProof(Record):
    """How a line of a document for late payment came about.

    Attributes:
        number: of the document that is late.
        due_on: until when it was to be paid.
        claims: ``fee`` or ``interest``.
        days: that bear interest, in order; none of a fee.
        before: what was claimed of these days before.
    """

    number: str
    due_on: date
    claims: Literal["fee", "interest"]
    days: Annotated[tuple[InterestDaysRecord, ...], Field(exclude_if=lambda days: not days)] = ()
    before: Number


class LineProof(StoredRecord):
    """What proves a line.

    Attributes:
        rule: the kind of the charge's rule.
        arithmetic: the number of the rule's arithmetic.
        version_id: the key of the contract version; None in the first releases, where it is the invoice's.
        usage: what was used, where the charge is for a use.
        included: what of it was included in another charge.
        index: what moved the prices.
        opening: what the charge had carried before; its rule's own JSON.
        sum: quantity times price, written out; None where nothing is owed any more.
        conversion: of the use, where the line is in another unit.
        rounding: by which rule, to what.
        gross: the amount with tax, rounded, where the agreed price has the tax in it; signed as the line's net amount.
        withholding: what the customer takes off what it pays of it.
        split: how it is a share of a line; None of one that is not divided.
        seller: who sells it, in whose name the contract's supplier does; None of what it sells itself.
        tax: on what its tax rests; None of an amount that is outside of it, and of releases that did not say.
        sharing: who shares it, where its charge has a waterfall or reduces one that has.
        adjusts: what an adjustment corrects.
        changes: what called for it.
        credit: what it gives back, where it is of a credit note by hand.
        late: how it came about, where it is claimed of the delay of another document.
        draw: what it draws of a claim before it is supplied, where it does.
    """

    rule: str
    arithmetic: int
    version_id: Annotated[Optionally[int], Field(alias="version")] = None
    usage: Optionally[UsageProof] = None
    included: Optionally[str] = None
    index: Optionally[IndexProof] = None
    opening: Optionally[Mapping[str, Any]] = None  # of any form: what a rule carries on, which that rule alone reads
    sum: Optionally[str] = None
    conversion: Optionally[ConversionProof] = None
    rounding: Optionally[str] = None
    gross: Optionally[Number] = None
    withholding: Optionally[WithholdingProof] = None
    split: Optionally[SplitProof] = None
    seller: Optionally[str] = None
    tax: Optionally[TaxProof] = None
    sharing: Optionally[SharingProof] = None
    adjusts: Optionally[AdjustmentProof] = None
    changes: Optionally[tuple[Change, ...]] = None
    credit: Optionally[CreditProof] = None
    late: Optionally[LateProof] = None
    draw: Optionally[DrawProof] = None
