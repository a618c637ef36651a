"""A line of a document (BG-25): what EN 16931 has of it, and what a reader needs besides to believe it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.tax.tax import TaxCategory
from quantities.number import trimmed

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ItemAttribute:
    """BG-32: a property of what is supplied, as an opening register. Name and value are ready to be printed."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Classification:
    """BT-158: a code of what is supplied, with its list (UNTDID 7143) and the list's version, or empty."""

    code: str
    scheme: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class LineAllowance:
    """BG-27 (an allowance) or BG-28 (a charge) within a line; ``amount`` is above zero.

    Attributes:
        is_charge: whether it is a charge.
        amount: BT-136, BT-141, in whole minor units.
        reason: BT-139, BT-144.
        reason_code: BT-140 (UNTDID 5189), BT-145 (UNTDID 7161), or empty.
        base: BT-137, BT-142.
        percent: BT-138, BT-143.
    """

    is_charge: bool
    amount: Decimal
    reason: str = ""
    reason_code: str = ""
    base: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BoundaryRead:
    """A read at one end of a line's days: the instant (UTC) and the figure on the register, unmultiplied."""

    at: datetime
    value: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class ConversionFactor:
    """One of the factors by which a use is converted, or a divisor of it.

    Attributes:
        name: as the contract calls it, or empty of a bare number.
        value: rounded to six decimals at most; what is not rounded is exact.
        unit: of it, our spelling; ``one`` of a plain number.
        per: the unit that it is for, as m3 of a calorific value in kWh/m3; empty of a plain number.
        exact: the exact fraction of a value that was rounded, or empty.
    """

    name: str
    value: Decimal
    unit: str = "one"
    per: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True)
class UseConversion:
    """How the use that registers counted became the use that is billed, as gas in m³ becomes energy in kWh.

    Attributes:
        quantity: what is converted, in ``unit``.
        unit: as it was counted.
        factors: that it is multiplied by, in their order.
        result: what comes out, in ``to``; rounded as the contract rounds converted quantities, else to three decimals.
        to: as it is billed.
        states: the reference states of a gas before and after, with temperature and pressure, or empty.
        agreed_from: the first local day of the contract's version that agrees the factors, which count from then on;
            None where they are of the units alone.
    """

    quantity: Decimal
    unit: str
    factors: tuple[ConversionFactor, ...]
    result: Decimal
    to: str
    states: str = ""
    agreed_from: date | None = None


@dataclass(frozen=True, slots=True)
class ReadsOfRegister:
    """How a register came to a line's use.

    Attributes:
        register_key: its key.
        meter: of which meter, as it is declared.
        asset: whose meter it is; empty where it is of a site.
        site: where it is.
        unit: as the register counts (our spelling).
        multiplier: use is the difference of figures times this.
        quantity: the use, in ``unit``.
        is_mean: whether ``quantity`` is the mean of a level.
        opening: the read at the beginning; None of a register that is no counter.
        closing: the read at the end, likewise.
        exchanges: what happened to the meter between both, in words: exchanged, reset, rolled over.
        read: how many intervals, or of a counter reads, the use rests on, estimates included.
        expected: how many intervals there are; None of one that declares none.
        estimated: how many of the readings are estimates.
        first: the first local day of the use.
        last: the last one; None as ``first``, where a release did not say.
        conversion: of the use into what is billed; None where it is billed as it is counted.
    """

    register_key: str
    meter: str
    asset: str
    site: str
    unit: str
    multiplier: Decimal
    quantity: Decimal
    is_mean: bool
    opening: BoundaryRead | None
    closing: BoundaryRead | None
    exchanges: tuple[str, ...]
    read: int
    expected: int | None
    estimated: int
    first: date | None = None
    last: date | None = None
    conversion: UseConversion | None = None

    @property
    def shown_quantity(self) -> Decimal:
        """The use as a reader wants it: of a mean to two decimals, for the proof has all of them."""
        return trimmed(self.quantity.quantize(_HUNDREDTH)) if self.is_mean else self.quantity


@dataclass(frozen=True, slots=True)
class IndexedPrice:
    """How an index moved a price: price = ``base_price`` × ``factor``.

    Attributes:
        base_price: as it was agreed, unrounded; None of a line with several prices.
        factor: unrounded.
        calculation: how the factor came about, with the index's values of then and now.
        values: name of the index, month as in 2026-03, value, whether it is provisional.
    """

    base_price: Decimal | None
    factor: Decimal
    calculation: str
    values: tuple[tuple[str, str, Decimal, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessLine:
    """BG-25.

    Attributes:
        pos: BT-126, from 1.
        note: BT-127, or empty.
        object_id: BT-128, the asset that was used; empty of a charge without one.
        quantity: BT-129; below zero of what is taken back, of an invoice and of a credit note alike: each syntax turns
            the signs of a credit note itself.
        unit: our spelling.
        unit_code: BT-130, UN/ECE Rec 20.
        net: BT-131, in whole minor units.
        order_line: BT-132, or empty.
        cost_centre: BT-133, or empty.
        service_from: BT-134, the first local day.
        service_to: BT-135, the last one.
        allowances: BG-27, BG-28.
        unit_price: BT-146, never below zero, unrounded.
        price_base: BT-149, the quantity that the price is for, in ``unit``.
        tax_category: BT-151.
        tax_rate: BT-152, in percent; None of what is out of scope.
        tax_point: the day whose rate it bears.
        name: BT-153: the charge, as the contract calls it.
        description: BT-154: which part of the charge, or empty.
        seller_item: BT-155, or empty.
        buyer_item: BT-156, or empty.
        standard_item: BT-157, or empty.
        classifications: BT-158.
        attributes: BG-32, made of ``reads`` and the rest in the words of the document's language.
        gross: with tax, where the agreed price has the tax in it.
        nature: consideration, price_reduction, damages …, as contracts/rated_line.py has it.
        contract: by its reference, of a consolidated document.
        assets: that it is for; by them and ``sites`` lines are grouped.
        sites: where they stand.
        reads: one for each register that it rests on.
        usage_words: how several registers make the use, written out; empty of one register.
        usage_sentences: the same in the words of the document's language, where it has such words: of a saving.
        sum_words: the calculation, written out (quantity × price …), as its proof has it.
        index: what moved its price.
        corrects: the number of the document whose line it corrects, or empty.
        corrects_on: when that was issued.
        billed: what an adjustment's line had been billed with before, and ``owed`` what is owed now.
        owed: in whole minor units, as ``billed``; both None of what corrects nothing.
        why: one sentence a change that called for the correction.
        proof_address: where it opens down to the readings: a path behind the address of the product.
        proof_command: what shows the same on a command line, where nobody knows that address.
    """

    pos: int
    name: str
    quantity: Decimal
    unit: str
    unit_code: str
    net: Decimal
    unit_price: Decimal
    service_from: date
    service_to: date
    tax_category: TaxCategory
    tax_rate: Decimal | None
    tax_point: date
    nature: str
    description: str = ""
    note: str = ""
    object_id: str = ""
    order_line: str = ""
    cost_centre: str = ""
    allowances: tuple[LineAllowance, ...] = ()
    price_base: Decimal = Decimal(1)
    seller_item: str = ""
    buyer_item: str = ""
    standard_item: str = ""
    classifications: tuple[Classification, ...] = ()
    attributes: tuple[ItemAttribute, ...] = ()
    gross: Decimal | None = None
    contract: str = ""
    assets: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    reads: tuple[ReadsOfRegister, ...] = ()
    usage_words: str = ""
    usage_sentences: tuple[str, ...] = ()
    sum_words: str = ""
    index: IndexedPrice | None = None
    corrects: str = ""
    corrects_on: date | None = None
    billed: Decimal | None = None
    owed: Decimal | None = None
    why: tuple[str, ...] = ()
    proof_address: str = ""
    proof_command: str = ""
