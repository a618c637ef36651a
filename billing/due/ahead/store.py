"""The calendar: rows that wait for their day, and the periods of contracts that are not written down yet."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from billing.delivery.state import DocumentDeliveryState
from billing.drafts.making import due_at_of, loaded, preview
from billing.due.ahead.expected import AmountBasis, BilledUse, ExpectedAmount, expected_of, of_fixed
from billing.due.tables import DueWorkRow
from billing.due.work.store import ESTIMATE, WorkState
from billing.invoices.issuer import zone_of_issuer
from billing.invoices.store import InvoiceKind
from billing.payments.orders.state import OrderState
from billing.payments.tables import GatewayOrderRow
from billing.rating.completeness import IncompleteReadings
from billing.rating.store import billable, count_all, rate, taxed_by
from billing.receivables.issued import by_key
from billing.receivables.standings import standings_now
from billing.tables import DeliveryRow, DueRow
from billing.tax.decision import decider
from billing.tax.store import law_book
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import ContractRow
from metering.consumption.use import NothingRead
from metering.log.transaction import watermark
from metering.tables import within_tenant
from quantities.errors import slug
from quantities.period import zone

#: What was billed for use in so many periods before is what the next are expected to come to.
_PERIODS_BEFORE = 3
#: The reasons for which a period is held that an estimate would answer.
_LACKING = frozenset({slug(IncompleteReadings), slug(NothingRead)})
#: Of so many contracts the terms are held at a time.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FallingDue:
    """Something that falls due.

    Attributes:
        at: when.
        on: the day, where it falls due.
        zone: whose day it is.
        kind: of work.
        subject: the reference of a contract, the number of a document, or what else it is of.
        contract: the reference of the contract; empty where it is of none.
        customer: by name; empty where it is of none.
        first, last: the days of its period; None where it is of none.
        held: why it waits for a person, or when it is tried again; empty where nothing keeps it.
        key: what its amount is looked up by: of a contract or a document.
    """

    at: datetime
    on: date
    zone: str
    kind: str
    subject: str
    contract: str = ""
    customer: str = ""
    first: date | None = None
    last: date | None = None
    held: str = ""
    key: int = 0

    @property
    def place(self) -> tuple[str, str, str, str, str]:
        """Its place in the calendar: by day, then by kind, subject and period."""
        first = "" if self.first is None else self.first.isoformat()
        return self.on.isoformat(), self.at.isoformat(), self.kind, self.subject, first


def ahead(session: Session, tenant: int, until: datetime) -> list[FallingDue]:
    """List what falls due by an instant, in no order; what is due already is among it.

    Args:
        session: states the tenant.
        tenant: the same.
        until: what falls due later is left out.
    """
    of_contracts = (*_of_contracts(session, tenant, until), *_of_estimates(session, tenant, until))
    return [*of_contracts, *_of_documents(session, until), *_of_work(session, until)]


def _of_contracts(session: Session, tenant: int, until: datetime) -> Iterator[FallingDue]:
    chosen = (
        select(col(DueRow.contract))
        .where(DueRow.tenant == tenant, col(DueRow.done_at).is_(None), col(DueRow.due_at) <= until)
        .distinct()
        .order_by(col(DueRow.contract))
    )
    keys = list(session.exec(chosen))
    for first in range(0, len(keys), _AT_ONCE):
        yield from _of_some_contracts(session, tenant, keys[first : first + _AT_ONCE], until)


def _of_some_contracts(session: Session, tenant: int, keys: Sequence[int], until: datetime) -> Iterator[FallingDue]:
    open_rows: dict[int, list[DueRow]] = defaultdict(list)
    written: dict[int, date] = {}
    rows = select(DueRow).where(DueRow.tenant == tenant, col(DueRow.contract).in_(keys))
    for row in session.exec(rows):
        if row.kind == InvoiceKind.PERIOD and row.period.upper is not None:
            written[row.contract] = max(row.period.upper, written.get(row.contract, row.period.upper))
        if row.done_at is None and row.due_at <= until:
            open_rows[row.contract].append(row)
    versions, faults = loaded(session, list(keys))
    references = dict(
        session.exec(select(ContractRow.id, ContractRow.reference).where(col(ContractRow.id).in_(keys))).all()
    )
    for key in keys:
        known = versions.get(key)
        if known is None:
            fault = faults.get(key)
            for row in open_rows[key]:
                reason = str(fault) if row.held is None else row.held.detail
                yield _entry(row.due_at, "UTC", _kind_of(row), references[key], held=reason)
            continue
        contract = known[-1].contract
        entry = _entry(until, contract.zone, "bill", contract.contract, contract=contract.contract, key=key)
        entry = replace(entry, customer=contract.customer.name)
        for row in open_rows[key]:
            yield from _of_row(entry, row)
        if any(row.kind == _PLANNING for row in open_rows[key]):
            yield from _of_periods(entry, known, written.get(key), until)


_PLANNING = "planning"
_KINDS = {InvoiceKind.PERIOD: "bill", InvoiceKind.OPENING: "bill", InvoiceKind.CORRECTION: "correct"}


def _of_row(entry: FallingDue, row: DueRow) -> Iterator[FallingDue]:
    held = "" if row.held is None else row.held.detail
    on = row.due_at.astimezone(zone(entry.zone)).date()
    if row.kind == _PLANNING:
        if held:
            yield replace(entry, at=row.due_at, on=on, kind="plan", held=held)
        return
    first = after_last = None
    if row.kind != InvoiceKind.CORRECTION:
        first, after_last = row.period.lower, row.period.upper
    last = None if after_last is None else after_last - timedelta(days=1)
    yield replace(entry, at=row.due_at, on=on, kind=_kind_of(row), held=held, first=first, last=last)


def _of_estimates(session: Session, tenant: int, until: datetime) -> Iterator[FallingDue]:
    """List the periods of which missing readings are estimated on a day, unless they come before.

    Of a contract that is issued after review that is every period that waits: nobody has looked for its readings yet.
    """
    rows = select(DueWorkRow).where(
        DueWorkRow.kind == ESTIMATE, DueWorkRow.state == WorkState.DUE, col(DueWorkRow.next_at) <= until
    )
    waiting = {row.subject: row for row in session.exec(rows)}
    if not waiting:
        return
    subject = func.concat(col(ContractRow.reference), " ", func.lower(DueRow.period))
    chosen = (
        select(DueRow, subject)
        .join(ContractRow, within_tenant(ContractRow.id, DueRow.contract))
        .where(DueRow.tenant == tenant, DueRow.kind == InvoiceKind.PERIOD, col(DueRow.done_at).is_(None))
        .where(subject.in_(waiting))
    )
    lacking = [(row, name) for row, name in session.exec(chosen) if not row.by_itself or _lacks_readings(row)]
    keys = sorted({row.contract for row, _ in lacking})
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        versions, _ = loaded(session, some)
        for row, name in lacking:
            if row.contract in versions and some[0] <= row.contract <= some[-1]:
                yield from _estimate_of(row, waiting[name], versions[row.contract][-1].contract)


def _lacks_readings(row: DueRow) -> bool:
    return row.held is not None and row.held.code in _LACKING


def _estimate_of(row: DueRow, work: DueWorkRow, contract: Contract) -> Iterator[FallingDue]:
    if row.period.lower is None or row.period.upper is None:
        return
    entry = _entry(
        work.next_at, contract.zone, ESTIMATE, contract.contract, contract=contract.contract, key=row.contract
    )
    last = row.period.upper - timedelta(days=1)
    held = work.reason or ("" if row.held is None else row.held.detail)
    yield replace(entry, customer=contract.customer.name, held=held, first=row.period.lower, last=last)


def _kind_of(row: DueRow) -> str:
    return "plan" if row.kind == _PLANNING else _KINDS[InvoiceKind(row.kind)]


def _of_periods(
    entry: FallingDue, versions: Sequence[Version], written: date | None, until: datetime
) -> Iterator[FallingDue]:
    """List the periods that are not written down yet; ``written``: up to which day they are."""
    contract = versions[-1].contract
    for period in contract.periods(since=written):
        at = due_at_of(contract, period)
        if at > until:
            return
        if written is None or period.after_last > written:
            last = period.after_last - timedelta(days=1)
            on = at.astimezone(zone(contract.zone)).date()
            yield replace(entry, at=at, on=on, first=period.first, last=last)


def _entry(
    at: datetime, where: str, kind: str, subject: str, *, contract: str = "", held: str = "", key: int = 0
) -> FallingDue:
    on = at.astimezone(zone(where)).date()
    return FallingDue(at=at, on=on, zone=where, kind=kind, subject=subject, contract=contract, held=held, key=key)


def _of_documents(session: Session, until: datetime) -> Iterator[FallingDue]:
    sent = select(DeliveryRow.invoice_id, DeliveryRow.next_at, DeliveryRow.held).where(
        col(DeliveryRow.next_at) <= until,
        DeliveryRow.state == DocumentDeliveryState.DUE,
        col(DeliveryRow.invoice_id).is_not(None),
    )
    asked = select(GatewayOrderRow.invoice_id, GatewayOrderRow.next_at, GatewayOrderRow.held).where(
        col(GatewayOrderRow.next_at) <= until,
        GatewayOrderRow.state == OrderState.DUE,
        col(GatewayOrderRow.invoice_id).is_not(None),
    )
    rows = [("deliver", *row) for row in session.exec(sent)] + [("collect", *row) for row in session.exec(asked)]
    invoices = by_key(session, {key for _, key, _, _ in rows if key is not None})
    for kind, key, next_at, held in rows:
        if key is None or next_at is None:
            continue
        invoice = invoices[key]
        where = zone_of_issuer(invoice.inputs.supplier) or invoice.inputs.zone
        entry = _entry(next_at, where, kind, invoice.number or "", contract=invoice.inputs.contract, held=held, key=key)
        yield replace(entry, customer=invoice.inputs.customer.name)


def _of_work(session: Session, until: datetime) -> Iterator[FallingDue]:
    """List work that has no other row: of contracts, their own rows say it."""
    chosen = select(DueWorkRow).where(
        DueWorkRow.state == WorkState.DUE,
        DueWorkRow.kind != ESTIMATE,  # has entries of its own
        col(DueWorkRow.next_at) <= until,
        col(DueWorkRow.contract_id).is_(None),
    )
    for row in session.exec(chosen):
        yield _entry(row.next_at, "UTC", row.kind, row.subject, held=row.reason)


def amounts(session: Session, entries: Collection[FallingDue], now: datetime) -> list[ExpectedAmount | None]:
    """Say what is expected to come of what falls due, in the order of the entries; None: it is no amount.

    Args:
        session: states the tenant.
        entries: a page of them.
        now: the instant.
    """
    documents = by_key(session, {one.key for one in entries if one.kind in {"deliver", "collect"}})
    standings = standings_now(session, list(documents.values()), now)
    keys = sorted({one.key for one in entries if one.first is not None and one.key})
    versions, _ = loaded(session, keys)
    before = _billed_use(session, versions)
    expected: list[ExpectedAmount | None] = []
    for one in entries:
        if one.kind in {"deliver", "collect"}:
            currency, stands = documents[one.key].currency, standings[one.key]
            expected.append(ExpectedAmount(currency, stands.open, Decimal(0), AmountBasis.OPEN, "what is open of it"))
        elif one.first is not None and one.key in versions:
            expected.append(_of_period(session, one, versions[one.key], before.get(one.key, ()), now))
        else:
            expected.append(None)
    return expected


def _of_period(
    session: Session, entry: FallingDue, versions: tuple[Version, ...], before: Sequence[BilledUse], now: datetime
) -> ExpectedAmount | None:
    contract = versions[-1].contract
    period = contract.period_from(entry.first) if entry.first is not None else None
    if period is None:
        return None
    if entry.at <= now:  # all of it is over: what would be billed now is known, unless something keeps it
        try:
            with session.begin_nested():
                draft = preview(session, entry.key, versions, period, now)
        except Exception as fault:  # noqa: BLE001 a contract's fault, whatever it is, is that contract's alone
            _refuse_fault_of_the_database(fault)
        else:
            return ExpectedAmount(
                contract.currency, draft.totals.net, Decimal(0), AmountBasis.EXACT, "what is read by now"
            )
    try:
        fixed = _fixed(session, versions, period)
    except Exception as fault:  # noqa: BLE001 as above
        _refuse_fault_of_the_database(fault)
        detail = f"what is fixed cannot be rated yet: {fault}"
        return ExpectedAmount(contract.currency, None, Decimal(0), AmountBasis.UNKNOWN, detail)
    return expected_of(contract, fixed, period.days, before)


def _refuse_fault_of_the_database(fault: Exception) -> None:
    if isinstance(fault, SQLAlchemyError | psycopg.Error):
        raise fault


def _fixed(session: Session, versions: Sequence[Version], period: BillingPeriod) -> Decimal:
    """Rate the fixed charges of a period as an invoice would."""
    alone = [replace(version, contract=of_fixed(version.contract)) for version in versions]
    lookup = index_store.lookup(session, index_store.indices_of([version.contract for version in alone]))
    bill = billable(alone, InvoiceKind.PERIOD, period, lookup)
    (counted,) = count_all(session, [bill], watermark(session))
    rating = rate(bill, counted, {}, lookup, taxed_by(decider(law_book(session))))
    return sum((line.net for line in rating.lines), Decimal(0))


def _billed_use(session: Session, versions: Mapping[int, tuple[Version, ...]]) -> dict[int, list[BilledUse]]:
    """Say what was billed for use in the last periods of contracts, the newest first."""
    fixed = {
        key: sorted({charge.name for version in of for charge in of_fixed(version.contract).charges})
        for key, of in versions.items()
    }
    names = [(key, name) for key, of in fixed.items() for name in of]
    asked = {
        "contracts": list(versions),
        "of": [key for key, _ in names],
        "fixed": [name for _, name in names],
        "periods": _PERIODS_BEFORE,
    }
    used: dict[int, list[BilledUse]] = defaultdict(list)
    for row in session.execute(_BEFORE, asked):
        used[row.contract_id].append(BilledUse(row.first, row.after_last, row.net))
    return used


# text: the last few rows of each contract
_BEFORE = text(
    """
    select i.contract_id, i.first, i.after_last, coalesce(sum(l.net) filter (where not exists (
               select from unnest(cast(:of as int[]), cast(:fixed as text[])) f (contract, name)
               where f.contract = i.contract_id and f.name = l.charge)), 0) as net
    from unnest(cast(:contracts as int[])) asked (contract)
    cross join lateral (
        select * from invoice b
        where b.contract_id = asked.contract and b.kind = 'period' and b.sequence is not null and b.voided_on is null
          and b.of_id is null
        order by b.first desc limit :periods) i
    left join invoice_line l on l.tenant = i.tenant and l.invoice_id = i.id and l.corrects_id is null
    group by i.contract_id, i.id, i.first, i.after_last order by i.contract_id, i.first desc
    """
)
