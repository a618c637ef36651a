"""What stands in the books of something in another currency: so that it leaves them at what it stands there for.

Receivables stand by document; money on account and what payees are owed by party; what was paid before it is supplied,
and what may have to be paid back, by contract and charge. A part leaves in proportion, the last with all that is left.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting
from billing.ledger.tables import LedgerEntryRow, LedgerPostingRow
from metering.tables import within_tenant
from quantities.arithmetic import product, quotient
from quantities.money import Money

BY_DOCUMENT = frozenset({AccountRole.RECEIVABLE, AccountRole.COLLECTED_FOR_OWNERS})
BY_PARTY = frozenset({AccountRole.ON_ACCOUNT, AccountRole.PAYEE})
_BY_CHARGE = frozenset({AccountRole.CONTRACT_LIABILITY, AccountRole.REFUND_LIABILITY})


class Carried(NamedTuple):
    """What stands in the books: in its own currency, and in that of the books."""

    amount: Decimal
    functional: Decimal


def relieved(
    session: Session, issuer_id: int, currency: str, books: str, party_id: int | None, postings: Iterable[Posting]
) -> tuple[Posting, ...]:
    """Translate the postings that take something out of the books, at what it stands there for; leave the rest."""
    done = []
    for posting in postings:
        carried = None if currency == books else _carried(session, issuer_id, currency, party_id, posting)
        if carried is None or not posting.amount or carried.amount * posting.amount >= 0:
            done.append(posting)
            continue
        leaving = min(abs(posting.amount), abs(carried.amount))
        part = -carried.functional
        if leaving < abs(carried.amount):
            part = Money(quotient(product(part, leaving), abs(carried.amount)), books).rounded().amount
        out = leaving.copy_sign(posting.amount)
        done.append(replace(posting, amount=out, functional=part))
        if out != posting.amount:  # more than stands there: the rest is new
            done.append(replace(posting, amount=posting.amount - out))
    return tuple(done)


def _carried(session: Session, issuer_id: int, currency: str, party_id: int | None, posting: Posting) -> Carried | None:
    row, entry = LedgerPostingRow, LedgerEntryRow
    conditions: list[Any] = [row.role == posting.role.value, entry.issuer_id == issuer_id, entry.currency == currency]
    if posting.role in BY_DOCUMENT:
        conditions.append(row.document_id == posting.document_id)
    elif posting.role in BY_PARTY:
        conditions.append(entry.party_id == party_id)
    elif posting.role in _BY_CHARGE:
        conditions += [row.contract_id == posting.contract_id, row.charge == posting.charge]
    else:
        return None
    summed = columns(func.coalesce(func.sum(col(row.amount)), 0), func.coalesce(func.sum(col(row.functional)), 0))
    known = session.execute(summed.join(entry, within_tenant(entry.id, row.entry_id)).where(*conditions)).one()
    return Carried(*known)
