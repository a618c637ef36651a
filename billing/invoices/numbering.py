"""Numbers: documents are issued by the books of their legal entity, without gap in each series and year.

saved documents → their legal entities, locked in one order → the day of issue → numbers, one after the other
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, text
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.invoices.invoice import invoice_number, series_name
from billing.invoices.issuer import zone_of_issuer
from billing.invoices.series import names_of_series
from billing.invoices.store import SavedDraft
from billing.tables import CounterRow, IssuerSeriesRow
from contracts.parties import Party
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.errors import Conflict, Invalid
from quantities.period import zone


class IssueDateAhead(Invalid):
    """The issue date lies in the future."""


class IssueDateTooEarly(Conflict):
    """The issue date lies before the issuer's last invoice."""


@dataclass(frozen=True, slots=True)
class ToNumber:
    """A saved draft that is to be issued.

    Attributes:
        invoice_id: its key.
        issuer_id: the legal entity in whose books it is numbered.
        supplier: the same, as its newest version states it.
        zone: of its contract.
        payment_days: from the day of issue until it is due.
        series: the letters of its series; empty for the issuer's own.
        members: the keys of what stands within it, which bears its number.
    """

    invoice_id: int
    issuer_id: int
    supplier: Party
    zone: str
    payment_days: int
    series: str = ""
    members: tuple[int, ...] = ()

    @classmethod
    def of(cls, saved: SavedDraft) -> "list[ToNumber]":
        """Say what of a draft decides the numbers and dates of its documents; what came to nothing has none."""
        inputs, sellers = saved.draft.inputs, saved.draft.sellers
        where, days = inputs.zone, inputs.payment_days
        return [
            cls(
                key,
                saved.owners.get(paper.seller, saved.draft.version.supplier_id),
                sellers[paper.seller].issuer if paper.seller else inputs.supplier,
                where,
                days,
                paper.series,
            )
            for key, paper in saved.documents
            if paper.lines
        ]


# text: one statement an issuer, against arrays. What is updated is named once more: joined alone, all invoices are read
_NUMBER = text(
    """
    update invoice set year = :year, sequence = given.sequence, number = given.number, issued_on = :issued_on,
                       due_on = given.due_on, within_id = given.within_id
    from unnest(cast(:ids as int[]), cast(:sequences as int[]), cast(:numbers as text[]), cast(:due_ons as date[]),
                cast(:within_ids as int[])) as given (id, sequence, number, due_on, within_id)
    where invoice.id = given.id and invoice.id = any(:ids)
    """
)


def give_numbers(
    session: Session, drafts: Sequence[ToNumber], now: datetime, issue_date: date | None = None
) -> list[int]:
    """Issue drafts: numbers without gap within each legal entity, series and year, rising with the date.

    Args:
        session: states the tenant.
        drafts: saved ones, with lines, in the order of their keys.
        now: the instant of issue; today is its day in the issuer's zone, or of none in the contracts' zones (of several
            the latest).
        issue_date: the date that the invoices bear; today, or the issuer's last date if that is later, by default.

    Raises:
        IssueDateAhead: the date that is asked for lies after today.
        IssueDateTooEarly: it lies before the last date of an issuer.

    Returns:
        The keys of those that are issued, in order.

    The issuer is locked until the transaction ends, so it comes last; and its last date is read after that, over all
    its years: a worker whose clock is behind, by a minute or by a New Year, dates its invoices like the one before it.
    """
    by_issuer: dict[int, list[ToNumber]] = defaultdict(list)
    for draft in drafts:
        by_issuer[draft.issuer_id].append(draft)
    series = lock_issuers(session, {issuer: of_issuer[-1].supplier for issuer, of_issuer in by_issuer.items()})
    for issuer in sorted(by_issuer):
        invoices = by_issuer[issuer]
        today = _today(invoices, now)
        if issue_date is not None and issue_date > today:
            raise IssueDateAhead(f"{issue_date} lies ahead", found=str(issue_date), expected=f"{today} at most")
        last_on = last_issued_on(session, issuer)
        if issue_date is not None and last_on is not None and issue_date < last_on:
            detail = f"invoices cannot be dated {issue_date}: the last one of their issuer is dated {last_on}"
            raise IssueDateTooEarly(detail, found=str(issue_date), expected=f"{last_on} at least")
        issued_on = issue_date or max(today, last_on or today)
        by_series: dict[str, list[ToNumber]] = defaultdict(list)
        for draft in invoices:
            by_series[draft.series].append(draft)
        for letters in sorted(by_series):
            _number(session, (issuer, series[issuer], letters), by_series[letters], issued_on)
    return [draft.invoice_id for draft in drafts]


def lock_issuers(session: Session, issuers: Mapping[int, Party], payees: Collection[int] = ()) -> dict[int, str]:
    """Lock legal entities until the transaction ends, so that nobody else numbers documents of theirs.

    All that a transaction numbers for are locked at once and in one order: two that number for the same ones wait for
    each other, and never both.

    Args:
        session: states the tenant.
        issuers: by key, as their newest versions state them.
        payees: those of them in whose name others number; the series without a name is none of theirs.

    Returns:
        The name of the series of each.
    """
    # before an issuer is locked: two who both number for the first time wait for each other here, and hold nothing
    series = {key: _series(session, key, issuers[key], is_named=key in payees) for key in sorted(issuers)}
    for key in sorted(issuers):
        # a year's first invoice has no counter to lock yet, so the party is locked
        session.exec(select(PartyRow.id).where(PartyRow.id == key).with_for_update(key_share=True)).one()
    return series


def last_issued_on(session: Session, issuer_id: int) -> date | None:
    """The last date that documents of a legal entity bear, over all its series and years; None where it has none."""
    return session.scalar(select(func.max(CounterRow.last_on)).where(CounterRow.issuer_id == issuer_id))


def _number(session: Session, series: tuple[int, str, str], drafts: Sequence[ToNumber], issued_on: date) -> None:
    """Number documents of one series: of an issuer, by its key, the name of its own series, and the letters of this."""
    issuer, own, letters = series
    last = count_on(session, issuer, letters, issued_on, len(drafts))
    sequences, name = range(last - len(drafts) + 1, last + 1), series_name(own, letters)
    rows = [
        (key, within, sequence, draft)
        for sequence, draft in zip(sequences, drafts, strict=True)
        for key, within in ((draft.invoice_id, None), *((member, draft.invoice_id) for member in draft.members))
    ]
    numbered = {
        "year": issued_on.year,
        "issued_on": issued_on,
        "ids": [key for key, *_ in rows],
        "within_ids": [within for _, within, *_ in rows],
        "sequences": [sequence for *_, sequence, _ in rows],
        "numbers": [invoice_number(issued_on.year, sequence, name) for *_, sequence, _ in rows],
        "due_ons": [issued_on + timedelta(days=draft.payment_days) for *_, draft in rows],
    }
    session.execute(_NUMBER, numbered)


def count_on(session: Session, issuer_id: int, letters: str, issued_on: date, many: int) -> int:
    """Draw numbers of a legal entity's series and year, which is locked; say which is the last of them."""
    first = insert(CounterRow).values(
        issuer_id=issuer_id, series=letters, year=issued_on.year, last=many, last_on=issued_on
    )
    raised = first.on_conflict_do_update(
        index_elements=["tenant", "issuer_id", "series", "year"],
        set_={"last": CounterRow.last + first.excluded.last, "last_on": first.excluded.last_on},
    )
    return int(session.execute(raised.returning(col(CounterRow.last))).scalar_one())


def all_series(session: Session) -> dict[int, str]:
    """Name the series of every issuer that has issued something, by its key."""
    return dict(session.exec(select(IssuerSeriesRow.issuer_id, IssuerSeriesRow.name)).all())


def _series(session: Session, issuer_id: int, supplier: Party, *, is_named: bool = False) -> str:
    """Name the series of an issuer; that of one who issues for the first time is the first that nobody has."""
    names = (name for name in names_of_series(supplier) if name or not is_named)
    of_issuer = select(IssuerSeriesRow.name).where(IssuerSeriesRow.issuer_id == issuer_id)
    while (known := session.exec(of_issuer).first()) is None:
        taking = insert(IssuerSeriesRow).values(issuer_id=issuer_id, name=next(names))
        session.execute(taking.on_conflict_do_nothing())
    return known


def series_to_be(session: Session, issuers: Mapping[str, Party]) -> dict[str, str]:
    """Name the series in which issuers number, or would number if their first document came now; nothing is written.

    Args:
        session: states the tenant.
        issuers: by name, as their contract states them.

    Returns:
        By name. Of several that have none yet, those who issue first may have another one's.
    """
    chosen: Any = columns(col(IssuerSeriesRow.name), col(PartyRow.name).label("issuer")).join(
        PartyRow, within_tenant(PartyRow.id, IssuerSeriesRow.issuer_id)
    )
    series = {row.issuer: row.name for row in session.execute(chosen)}
    for issuer, party in issuers.items():
        if issuer not in series:
            taken = set(series.values())
            series[issuer] = next(name for name in names_of_series(party) if name not in taken)
    return {issuer: series[issuer] for issuer in issuers}


def _today(drafts: Sequence[ToNumber], now: datetime) -> date:
    """Name the day of an instant in the books of the issuer, as its newest draft states it."""
    of_issuer = zone_of_issuer(drafts[-1].supplier)
    zones = {draft.zone for draft in drafts} if of_issuer is None else {of_issuer}
    return max(now.astimezone(zone(name)).date() for name in zones)
