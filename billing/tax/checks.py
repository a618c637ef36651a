"""Checks of what a contract says of tax: what no row of the law covers, months before somebody bills it."""

from collections.abc import Callable, Iterator
from datetime import date

from billing.records.document_type import DocumentType
from billing.tax.decision import NO_TAX, Deciding, Supply, decider
from billing.tax.law_book import SHIPPED, LawBook
from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.contract import Contract
from contracts.natures import seen_by
from contracts.rated_line import Nature
from quantities.document import Fault
from quantities.errors import UsufructError, slug


def faults_of_tax(book: LawBook = SHIPPED) -> Callable[[Contract], Iterator[Fault]]:
    """Find the charges of a contract that cannot be taxed on the version's first day, or when they are claimed."""
    deciding = decider(book)

    def faults(contract: Contract) -> Iterator[Fault]:
        first_of: dict[tuple[Supply, date], None] = {}
        for at, charge in enumerate(contract.charges):
            supply, day = Supply.of(contract, charge), charge.taxed_on or contract.effective
            if (supply, day) in first_of:  # one fault of all that are supplied alike
                continue
            first_of[supply, day] = None
            refused = _refused(deciding, supply, day)
            if refused is not None:
                yield _fault(contract, charge, at, refused)
        yield from _not_issued(book, contract)

    return faults


def _not_issued(book: LawBook, contract: Contract) -> Iterator[Fault]:
    """Find the charges that would come to a document which the law of the supplier's country does not know."""
    law = book.documents(contract.supplier.country, contract.effective)
    why = "" if law is None else law.not_issued.get(DocumentType.PREPAYMENT.in_words, "")
    for at, charge in enumerate(contract.charges) if why else ():
        if charge.nature is Nature.PREPAYMENT:
            yield Fault(f"/charges/{at}/nature", "type-not-issued", why, Nature.PREPAYMENT.value, Nature.DEPOSIT.value)


def cautions_of_tax(contract: Contract) -> Iterator[str]:
    """Name papers that expire while the contract lasts, and amounts that are computed from others of another tax."""
    taxes = {charge.name: contract.tax_of(charge).model_copy(update={"evidence": ()}) for charge in contract.charges}
    for at, charge in enumerate(contract.charges):
        seen = seen_by(contract, charge) if is_over_amounts(charge.rule) else ()
        others = sorted(name for name in seen if taxes[name] != taxes[charge.name])
        if others:
            names = ", ".join(others)
            yield f"/charges/{at}: it is taxed as it says itself, and not as {names}; one for each keeps rates apart"
    for at, charge in enumerate(contract.charges):
        ends = [day for day in contract.tax_of(charge).ends_of_evidence() if _is_within(contract, day)]
        if ends:
            yield f"/charges/{at}: what its tax rests on expires on {max(ends)}; its bills are held from then on"


def _is_within(contract: Contract, day: date) -> bool:
    return contract.effective <= day and (contract.until is None or day < contract.until)


def _refused(deciding: Deciding, supply: Supply, on: date) -> UsufructError | None:
    try:
        deciding(supply, on)
    except NO_TAX as reason:
        return reason
    return None


def _fault(contract: Contract, charge: Charge, at: int, reason: UsufructError) -> Fault:
    """Place a fault where the contract says something of the charge's tax, or of the parties by which it is taxed."""
    path = f"/charges/{at}/tax" if charge.tax is not None else "/tax" if contract.tax is not None else "/customer"
    stands, expected = (reason.members.get(name) for name in ("found", "expected"))
    hint = ", ".join(expected) if isinstance(expected, list) else str(expected or "")
    return Fault(path, slug(type(reason)), str(reason), str(stands or ""), hint)
