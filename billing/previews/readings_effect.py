"""What corrected readings would reprice of what is billed, before they count: document by document, nothing is saved.

The same is asked twice, while the corrected readings are written and once they are taken back: ``owed_of``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from billing.corrections.store import Reasons
from billing.invoices import store
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.previews.repricing import Repricing, context_of, owed, repriced
from billing.rated import store as rated
from billing.sources import store as sources
from contracts import store as contracts
from quantities.errors import UsufructError

#: Of so many contracts the documents are rated again; a file that corrects more of them is no work of a hand.
CONTRACTS_MAX = 100


def rated_with(session: Session, batches: Collection[int]) -> list[int]:
    """Name the contracts that have rated what some batches change, by their keys."""
    return list(session.execute(_RATED_WITH, {"batches": sorted(batches)}).scalars())


@dataclass(frozen=True, slots=True)
class OwedOfContracts:
    """What is still to be adjusted of what is billed of contracts.

    Attributes:
        billed: the documents of each contract.
        lines: by the key of the document, what is to be adjusted.
        faults: why contracts cannot be rated, by their keys.
    """

    billed: Mapping[int, Sequence[StoredInvoice]]
    lines: Mapping[int, Sequence[Line]]
    faults: Mapping[int, str]


def owed_of(session: Session, contract_ids: Sequence[int], watermark: int, now: datetime) -> OwedOfContracts:
    """Rate what is billed of contracts where something is answered otherwise by now, and save nothing.

    Args:
        session: states the tenant.
        contract_ids: the contracts, by their keys.
        watermark: up to which batch readings count.
        now: the instant.
    """
    newest = rated.newest(session, contract_ids)
    changed = sources.changed(session, [row.id for of in newest.values() for row in of.values()], watermark)
    versions = contracts.of_contracts(session, list(contract_ids))
    billed: dict[int, Sequence[StoredInvoice]] = {}
    lines: dict[int, Sequence[Line]] = {}
    faults: dict[int, str] = {}
    for contract_id, ratings in newest.items():
        documents = billed[contract_id] = store.billed(session, store.ids_of_contract(session, contract_id))
        first = {document.row.id: document.row.first for document in documents}
        reasons = {
            invoice_id: Reasons(changed[row.id], first.get(invoice_id))
            for invoice_id, row in ratings.items()
            if row.id in changed
        }
        try:
            context = context_of(session, versions[contract_id], watermark, now)
            lines |= owed(session, documents, ratings, reasons, context)
        except UsufructError as fault:
            faults[contract_id] = str(fault)
    return OwedOfContracts(billed, lines, faults)


def effect(before: OwedOfContracts, after: OwedOfContracts) -> Repricing:
    """Say what was billed comes to another amount, and why a contract can no longer be rated."""
    documents = tuple(
        document
        for contract_id, billed in after.billed.items()
        if contract_id not in before.faults and contract_id not in after.faults
        for document in repriced(billed, before.lines, after.lines)
    )
    return Repricing(documents, next(iter(after.faults.values()), ""))


# text: the overlap of two spans of instants
_RATED_WITH = text(
    """
    select distinct r.contract_id
    from batch_touch t
    join rating_source s on s.tenant = t.tenant and s.source = 'readings' and s.subject = t.series
                         and s.start < t."end" and s."end" > t.start
    join rating r on r.tenant = s.tenant and r.id = s.rating_id
    where t.batch = any(:batches) and r.counts_until is null
    order by r.contract_id
    """
)
