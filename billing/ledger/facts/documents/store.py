"""Documents to customers, and what makes them void, as facts to post."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from billing.invoices.invoice import Line, total
from billing.invoices.store import StoredInvoice, billed
from billing.ledger.accounts import AccountRole
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.postings.documents import DocumentToPost, LineToPost, postings_of, settles_on_account
from billing.ledger.tables import LedgerPostingRow
from billing.payees.parts import PartOfLine
from billing.tables import InvoiceRow
from contracts.contract import Contract
from contracts.pricing.take_or_pay import TakeOrPay
from contracts.sharing.payees import Revenue, SoldIn
from contracts.store import by_ids
from contracts.tables import ContractRow

_NOTHING = Decimal(0)


def documents_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read issued documents, by key."""
    stored = billed(session, sorted(keys))
    parts = [part for document in stored for part in document.parts]
    versions = by_ids(session, _versions_of(parts))
    contracts = {key: version.contract for key, version in versions.items()}
    suppliers = suppliers_of(session, {part.row.contract_id for part in parts})
    on_account = _on_account(session, parts)
    return {
        document.row.id: _fact(document, contracts, suppliers[document.parts[0].row.contract_id], on_account)
        for document in stored
    }


def voids_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read documents that are void, by key: what was posted of them is taken back."""
    chosen = columns(InvoiceRow).where(col(InvoiceRow.id).in_(sorted(keys)))
    rows = [row for (row,) in session.execute(chosen)]
    suppliers = suppliers_of(session, {row.contract_id for row in rows})
    return {
        row.id: FactToPost(
            issuer_id=suppliers[row.contract_id] if row.inputs.made_out_by else row.issuer_id,
            happened_on=row.voided_on,
            currency=row.currency,
            words=f"{row.number} is void",
            party_id=row.customer_id,
            document=row.number or "",
            reverses=(Cause.DOCUMENT, row.id),
        )
        for row in rows
        if row.voided_on is not None
    }


def suppliers_of(session: Session, contracts: Collection[int]) -> dict[int, int]:
    """Name the suppliers of contracts, by key."""
    row = ContractRow
    chosen = columns(col(row.id), col(row.supplier_id)).where(col(row.id).in_(sorted(contracts)))
    return dict(session.execute(chosen).all())


def _versions_of(parts: Iterable[StoredInvoice]) -> set[int]:
    return {
        key for part in parts for key in (part.row.version_id, *(line.proof.version_id for line in part.lines)) if key
    }


def _fact(
    document: StoredInvoice,
    contracts: Mapping[int, Contract],
    supplier: int,
    on_account: Mapping[tuple[int, str], Decimal],
) -> FactToPost:
    row = document.row
    is_of_owner = row.inputs.made_out_by is not None
    left = dict(on_account)
    lines = []
    for part in document.parts:
        for line in part.lines:
            contract = contracts[line.proof.version_id or part.row.version_id]
            lines.append(_line(line, part.row.contract_id, contract, left))
    level = row.inputs.tax.level if row.inputs.tax is not None else None
    totals = total(document.lines, row.currency) if level is None else total(document.lines, row.currency, level)
    to_post = DocumentToPost(row.id, row.inputs.supplier.country, tuple(lines), totals, is_of_owner=is_of_owner)
    return FactToPost(
        issuer_id=supplier if is_of_owner else row.issuer_id,
        happened_on=row.issued_on or row.created_at.date(),
        currency=row.currency,
        words=f"{row.number} to {row.inputs.customer.name}",
        postings=postings_of(to_post),
        party_id=row.customer_id,
        document=row.number or "",
    )


def _line(line: Line, contract_id: int, contract: Contract, left: dict[tuple[int, str], Decimal]) -> LineToPost:
    charge = next((one for one in contract.charges if one.name == line.charge), None)
    rule = None if charge is None else charge.rule
    settled = _NOTHING
    if settles_on_account(line):
        settled = left.pop((contract_id, line.charge), _NOTHING)
    return LineToPost(
        line=line,
        contract_id=contract_id,
        may_be_made_up=isinstance(rule, TakeOrPay) and rule.make_up_years > 0,
        shared=_NOTHING if charge is None else _shared(line, contract),
        settled_on_account=settled,
    )


def _shared(line: Line, contract: Contract) -> Decimal:
    """Say what of a line is no revenue of the supplier, who sells it in its own name for others."""
    sharing = contract.sharing
    if sharing is None or sharing.sold_in is not SoldIn.OWN_NAME or sharing.revenue is not Revenue.NET:
        return _NOTHING
    return line.net - PartOfLine.of(contract, line).own if line.payees else _NOTHING


def _on_account(session: Session, parts: Iterable[StoredInvoice]) -> dict[tuple[int, str], Decimal]:
    """Add up what stands in the books as billed of savings on account, by contract and charge, where it is settled."""
    asked = {part.row.contract_id for part in parts if any(settles_on_account(line) for line in part.lines)}
    if not asked:
        return {}
    row = LedgerPostingRow
    chosen = (
        columns(col(row.contract_id), col(row.charge), func.sum(col(row.amount)))
        .where(col(row.role) == AccountRole.REFUND_LIABILITY.value, col(row.contract_id).in_(sorted(asked)))
        .group_by(col(row.contract_id), col(row.charge))
    )
    return {(contract, charge): -amount for contract, charge, amount in session.execute(chosen)}
