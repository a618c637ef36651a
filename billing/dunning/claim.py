"""What a document claims of the delay of others: recorded once with its rates, days and amounts, and its lines of that.

Fees and interest compensate and pay for nothing: they are damages, outside the scope of VAT (CJEU C-222/81, BAZ
Bausystem; UStAE 1.3 (6)), on a document of their own. A line is known by the number of the document that is late.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing.dunning.interest import InterestDays, interest_of
from billing.dunning.steps import LateClaim
from billing.invoices.invoice import Corrects, Line
from billing.records.dunning import CorrectedClaim, InterestDaysRecord, LateClaimRecord, LateClaimsRecord
from billing.records.index_value import IndexValueRecord
from billing.records.proof import LateProof, LineProof
from billing.tax.tax import OUTSIDE
from contracts.dunning_terms import InterestTerms
from contracts.indexation.lookup import IndexValue
from contracts.rated_line import Nature
from quantities.number import plain

#: How proofs call the rule, and the number of its arithmetic.
RULE, ARITHMETIC = "late_payment", 1
INTEREST, FEE = "interest for late payment", "fee for late payment"
_PARTS = {INTEREST: 0, FEE: 1}
_A_DAY = timedelta(days=1)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ClaimedDocument:
    """A document of whose delay something is claimed, or given back.

    Attributes:
        id: its key.
        number: of it.
        due_on: until when it was to be paid.
        terms: by which interest is computed; None where none is.
        corrects: the newest document that claimed of its delay, where something is given back.
    """

    id: int
    number: str
    due_on: date
    terms: InterestTerms | None
    corrects: CorrectedClaim | None = None


def record_of(document: ClaimedDocument, claim: LateClaim) -> LateClaimRecord:
    """Write down a claim."""
    return LateClaimRecord(
        invoice=document.id,
        number=document.number,
        due_on=document.due_on,
        fee=claim.fee,
        interest=claim.interest,
        through=claim.through,
        terms=None if claim.through is None else document.terms,
        days=tuple(_days_record(days) for days in claim.days),
        interest_before=claim.before.interest,
        corrects=document.corrects if claim.amount < 0 else None,
    )


def _days_record(days: InterestDays) -> InterestDaysRecord:
    base = days.base
    return InterestDaysRecord(
        first=days.first,
        last=days.last,
        days=days.days,
        year_days=days.year_days,
        amount=days.amount,
        rate=days.rate,
        base=None
        if base is None
        else IndexValueRecord(
            index=base.index, month=base.month, value=base.value, provisional=base.provisional, id=base.id
        ),
    )


def days_of(record: LateClaimRecord) -> tuple[InterestDays, ...]:
    """Read the days that bear interest."""
    return tuple(
        InterestDays(
            first=one.first,
            last=one.last,
            days=one.days,
            year_days=one.year_days,
            amount=one.amount,
            rate=one.rate,
            base=None
            if one.base is None
            else IndexValue(one.base.index, one.base.month, one.base.value, one.base.provisional, one.base.id),
        )
        for one in record.days
    )


def lines_of(record: LateClaimsRecord, currency: str) -> tuple[Line, ...]:
    """Make the lines of a document: of each that is late the interest, and the fee.

    What is written down of days is summed here once more, so that lines follow from rates, days and amounts.
    """
    return tuple(line for claim in record.claims for line in _lines(claim, record.on, currency))


def interest_claimed(claim: LateClaimRecord, currency: str) -> Decimal:
    """Sum the interest of what is written down of days, less what was claimed before; of a correction at most zero."""
    if claim.through is None:
        return Decimal(0)
    interest = interest_of(days_of(claim), currency) - claim.interest_before
    return interest if claim.corrects is None else min(interest, Decimal(0))


def _lines(claim: LateClaimRecord, on: date, currency: str) -> Iterator[Line]:
    interest = interest_claimed(claim, currency)
    if interest:
        first = claim.days[0].first if claim.days else claim.due_on + _A_DAY
        after = max(claim.through or on, first) + _A_DAY
        proof = _proof(claim, interest, claim.days, "interest")
        yield _line(claim, INTEREST, interest, (first, after), proof)
    if claim.fee:
        yield _line(claim, FEE, claim.fee, (on, on + _A_DAY), _proof(claim, claim.fee, (), "fee"))


def _proof(claim: LateClaimRecord, amount: Decimal, days: Sequence[InterestDaysRecord], claims: str) -> LineProof:
    late = LateProof(
        number=claim.number,
        due_on=claim.due_on,
        claims="fee" if claims == "fee" else "interest",
        days=tuple(days),
        before=claim.interest_before if claims == "interest" else Decimal(0),
    )
    return LineProof(rule=RULE, arithmetic=ARITHMETIC, sum=_sum_of(late, amount), late=late)


def _sum_of(late: LateProof, amount: Decimal) -> str:
    """Write out how an amount came about."""
    if late.claims == "fee":
        return plain(amount)
    parts = [f"{plain(days.amount)} × {plain(days.rate)} % × {days.days} / {days.year_days}" for days in late.days] or [
        "0"
    ]
    before = f" − {plain(late.before)}" if late.before else ""
    return " + ".join(parts) + before


def _line(claim: LateClaimRecord, label: str, amount: Decimal, service: tuple[date, date], proof: LineProof) -> Line:
    corrects = claim.corrects
    return Line(
        charge=claim.number,
        part=_PARTS[label],
        label=label,
        nature=Nature.DAMAGES,
        quantity=_ONE,
        unit="each",
        unit_price=amount,
        net=amount,
        service_first=service[0],
        service_after_last=service[1],
        tax_point=service[1] - _A_DAY,
        tax=OUTSIDE,
        proof=proof,
        corrects=None if corrects is None else Corrects(corrects.invoice, corrects.number),
    )


def index_ids(records: Iterable[LateClaimRecord]) -> set[int]:
    """Name the index values that claims rest on, by their keys."""
    return {days.base.id for record in records for days in record.days if days.base is not None}
