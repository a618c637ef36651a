"""How an index moved the price of a line: the agreed price, the factor, and the index's values of then and now."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from billing.documents.model.business_line import IndexedPrice
from billing.records.index_value import IndexValueRecord
from billing.records.proof import IndexProof
from contracts.charge import Charge
from contracts.indexation.following import Following
from contracts.indexation.indexation import price_before

_Value: TypeAlias = tuple[str, str, Decimal, bool]


def index_of_line(
    proof: IndexProof | None, charge: Charge | None, unit_price: Decimal, recorded: Sequence[IndexValueRecord]
) -> IndexedPrice | None:
    """Show what moved a line's price.

    Args:
        proof: the factor with its calculation; None of a price that no index moves.
        charge: of the line, as its version has it; None where that has it no more.
        unit_price: of the line.
        recorded: the index values on which its rating rests.

    Returns:
        With the agreed price where exactly one of the charge's prices comes to the line's by the factor; and with the
        values of the last review that moved it, after those on which the agreed price rests. A base that was agreed
        as a number has no month.
    """
    if proof is None:
        return None
    factor = Decimal(proof.factor)
    if charge is None or charge.index is None:
        return IndexedPrice(None, factor, proof.calculation)
    base = price_before(charge.rule, factor, charge.index, unit_price)
    clause = charge.index.clause
    values = _values(clause, proof.calculation.rpartition("; ")[2], recorded) if isinstance(clause, Following) else ()
    return IndexedPrice(base, factor, proof.calculation, tuple(dict.fromkeys(values)))


def _values(clause: Following, review: str, recorded: Sequence[IndexValueRecord]) -> Iterator[_Value]:
    for term in clause.terms:
        of_index = [value for value in recorded if value.index == term.index]
        if term.base is not None:
            yield term.index, "", term.base, False
        yield from (_value(value) for value in of_index if value.month == term.base_month)
        yield from (_value(value) for value in of_index if f"of {value.month} " in review)


def _value(record: IndexValueRecord) -> _Value:
    return record.index, record.month, record.value, record.provisional
