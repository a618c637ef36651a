"""A document between the supplier and a payee, as postings.

    what a payee sells to the supplier    its share of what was sold (or the cost of it), input VAT | payee
    the supplier's commission             payee | commission, output VAT

Tax that the supplier owes itself, as a reverse charge, stands on both sides. Postings: IFRS 15.B34–B38.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting, ServiceDays, TaxKey, balanced
from quantities.arithmetic import added


@dataclass(frozen=True, slots=True)
class PayeeLineToPost:
    """A line of it: net, by which tax, when it was supplied, and of which charge."""

    net: Decimal
    tax: TaxKey
    service: ServiceDays
    charge: str
    contract_id: int


def postings_of_purchase(
    lines: Sequence[PayeeLineToPost], taxes: Sequence[tuple[TaxKey, Decimal]], *, is_cost: bool
) -> tuple[Posting, ...]:
    """Post what a payee sells to the supplier.

    Args:
        lines: of its document.
        taxes: what is charged, by tax.
        is_cost: whether the supplier's revenue is all that it sells, so that this is its cost.
    """
    role = AccountRole.SHARED_COST if is_cost else AccountRole.PAYEE_SHARE
    owed = added(line.net for line in lines) + added(vat for _, vat in taxes)
    return balanced([*_of_lines(lines, role, 1), *_of_taxes(taxes, AccountRole.INPUT_VAT, 1),
                     Posting(AccountRole.PAYEE, -owed)])  # fmt: skip


def postings_of_commission(
    lines: Sequence[PayeeLineToPost], taxes: Sequence[tuple[TaxKey, Decimal]]
) -> tuple[Posting, ...]:
    """Post what an owner, in whose name was sold, owes the supplier for it."""
    owed = added(line.net for line in lines) + added(vat for _, vat in taxes)
    return balanced([Posting(AccountRole.PAYEE, owed), *_of_lines(lines, AccountRole.COMMISSION, -1),
                     *_of_taxes(taxes, AccountRole.OUTPUT_VAT, -1)])  # fmt: skip


def _of_lines(lines: Sequence[PayeeLineToPost], role: AccountRole, sign: int) -> list[Posting]:
    return [
        Posting(role, sign * line.net, tax=line.tax, service=line.service, line=at, charge=line.charge,
                contract_id=line.contract_id)
        for at, line in enumerate(lines, start=1)
    ]  # fmt: skip


def _of_taxes(taxes: Sequence[tuple[TaxKey, Decimal]], role: AccountRole, sign: int) -> list[Posting]:
    return [Posting(role, sign * vat, tax=tax) for tax, vat in taxes]
