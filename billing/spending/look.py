"""A look at what a contract has spent: what is known, what it reaches, and what follows from it by the terms.

    nothing new         no reading of its registers, document, payment, version or day since the last look: no more
    measure             the lines of its documents, and what the invoices of its open periods would bill now
    thresholds          each is noted once a window, lower ones first; what was noted is brought up to date
    on account          once the use of the open period has reached a further multiple of the agreed amount
    top-up              once less credit than agreed is left, and no claim of it is open
    the rest            given back where the contract is over, and no document of a period does it

All in the transaction that holds the contract's lock, as a billing run does: whoever is killed has done none of it, and
of two that look at once the second finds what the first did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.advances.claim import line_taxed, lines_on_account, top_up_days, used_so_far
from billing.advances.draw import DrawingDays, OpenAdvance, draw
from billing.advances.store import ClaimingContract, claims_of, issue_claim, issue_rest, open_advances
from billing.drafts.making import preview
from billing.due import store as due_store
from billing.invoices.invoice import Line
from billing.invoices.store import InvoiceKind
from billing.rating.store import taxed_by
from billing.records.advance import AdvanceKind, AdvanceRecord
from billing.spending.measured import (
    SPENT,
    SpendingWindow,
    SpentLine,
    begun_periods,
    open_period,
    readings,
    thresholds_of,
    windows_to_look_at,
)
from billing.spending.store import billed_lines, fingerprint, note_readings
from billing.spending.tables import SpendingLookRow
from billing.tables import CreditRow, InvoiceRow
from billing.tax.decision import Decision, decider
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.schedule import BillingPeriod, Per
from contracts.sharing.seller import owner_of
from contracts.spending_terms import SpendingTerms, TopUp
from metering.log.transaction import watermark as take_watermark
from quantities.arithmetic import added
from quantities.errors import Conflict, Invalid, UsufructError
from quantities.money import Money, exponent
from quantities.months import anchored
from quantities.number import plain
from quantities.period import zone
from quantities.rounding import Rounding

#: How long after a look the next one is, and after one that could not be.
EVERY, AFTER_A_FAULT = timedelta(minutes=15), timedelta(hours=1)
_BEHIND = 3
_YEAR = 12


class BillingIsBehind(Conflict):
    """Too many periods are not billed yet to tell what was spent."""


class NoPrepaidCredit(Conflict):
    """The contract has no prepaid credit."""


class ContractNotRunning(Conflict):
    """The contract is not signed, has not begun, or is over."""


class TopUpNotWhole(Invalid):
    """The amount of the top-up is not above zero, or has parts of a cent."""


@dataclass(slots=True)
class LookOutcome:
    """What a look did.

    Attributes:
        fired: the keys of the thresholds that it noted, in order.
        issued: the numbers of the documents that it issued, in order.
        waits: why something could not be told; empty where all was.
    """

    fired: list[int] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    waits: str = ""


def look_at(session: Session, contract_id: int, now: datetime) -> LookOutcome | None:
    """Look at what a contract has spent, if it is time.

    Args:
        session: states the tenant, in a transaction of the look's own.
        contract_id: of the contract.
        now: the instant.

    Returns:
        What it did; None where another has looked meanwhile, or nothing is to be looked at.
    """
    due_store.lock_contract(session, contract_id)
    row = session.exec(
        select(SpendingLookRow)
        .where(SpendingLookRow.contract_id == contract_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.next_at is None or row.next_at > now:
        return None
    versions = contracts.of_contracts(session, [contract_id]).get(contract_id, ())
    outcome = LookOutcome()
    if not versions:
        row.next_at = now + AFTER_A_FAULT
        return outcome
    of, watermark = ClaimingContract(versions, now), take_watermark(session)
    seen, is_touched = fingerprint(session, of, row.watermark, watermark)
    if is_touched or seen != row.seen or row.waits:
        try:
            with session.begin_nested():
                _look(session, of, row, outcome, watermark)
        except UsufructError as fault:
            outcome.waits = str(fault)
            outcome.fired, outcome.issued = [], []
        if outcome.issued:  # which is no news to the next look
            seen, _ = fingerprint(session, of, watermark, watermark)
        row.seen, row.watermark, row.waits, row.looked_at = seen, watermark, outcome.waits, now
    row.next_at = _next_look(of, now, outcome, is_settled=not open_advances(session, [contract_id]))
    session.flush()
    return outcome


def put_off(session: Session, contract_id: int, now: datetime, why: str) -> None:
    """Note that a look failed as a whole, in another transaction than the one that failed; it is looked at again."""
    row = session.exec(
        select(SpendingLookRow).where(SpendingLookRow.contract_id == contract_id).with_for_update()
    ).one()
    if row.next_at is not None and row.next_at <= now:
        row.next_at, row.waits = now + AFTER_A_FAULT, why
    session.flush()


def _next_look(of: ClaimingContract, now: datetime, outcome: LookOutcome, *, is_settled: bool) -> datetime | None:
    until = of.newest.contract.until
    if until is not None and until + timedelta(days=400) <= of.today and is_settled:  # late readings may still come
        return None
    return now + (AFTER_A_FAULT if outcome.waits else EVERY)


@dataclass(frozen=True, slots=True)
class _Spending:
    """What is known of what a contract spends.

    Attributes:
        open_lines: by its first day, the lines that the invoice of a period would have now.
        corrections: what is to be corrected of periods before.
        windows: that are looked at, by kind.
        waits: why some of it is not known; empty where all is.
    """

    open_lines: Mapping[date, Sequence[Line]]
    corrections: Sequence[Line]
    windows: Mapping[Per, tuple[SpendingWindow, ...]]
    waits: str = ""


def _look(session: Session, of: ClaimingContract, row: SpendingLookRow, outcome: LookOutcome, watermark: int) -> None:
    """Do all that follows from what is known now."""
    contract, terms = of.newest.contract, of.version.contract.spending
    if terms is not None and contract.starts <= of.today and contract.milestones.missing is None:
        spending = _measured(session, of, row)
        lines = _lines(session, of, spending)
        outcome.waits = spending.waits
        read = readings(thresholds_of(terms), spending.windows.items(), lines)
        outcome.fired += note_readings(session, of, read, watermark)
        _bill_on_account(session, of, terms, spending, outcome)
        _top_up(session, of, terms, row, outcome)
    _give_rest_back(session, of, outcome)


def _measured(session: Session, of: ClaimingContract, row: SpendingLookRow) -> _Spending:
    """Rate the periods that are not billed yet as their invoices would be now.

    One that cannot be counted or rated is left out, with its reason: of it nothing has been read yet, say.
    """
    contract, where = of.newest.contract, zone(of.newest.contract.zone)
    since = row.began_at.astimezone(where).date()
    windows = dict(windows_to_look_at(contract, of.today, since))
    begins = min((window.first for known in windows.values() for window in known), default=of.today)
    periods = begun_periods(contract, of.today, begins)
    billed = _billed_firsts(session, of.newest.contract_id, [period.first for period in periods])
    unbilled = [period for period in periods if period.first not in billed]
    open_lines: dict[date, Sequence[Line]] = {}
    corrections: Sequence[Line] = ()
    waits = ""
    for period in unbilled:
        try:
            see_that_billing_keeps_up(contract.contract, [period.first for period in unbilled])
            draft = preview(session, of.newest.contract_id, of.versions, period, of.at)
        except UsufructError as fault:
            waits = waits or str(fault)
            continue
        own = [line for line in draft.lines if line.proof.draw is None]
        open_lines[period.first] = [line for line in own if line.corrects is None]
        corrections = [line for line in own if line.corrects is not None]  # of the last one: it corrects all before it
    return _Spending(open_lines, corrections, windows, waits)


def see_that_billing_keeps_up(reference: str, unbilled: Sequence[date]) -> None:
    """Refuse to tell what a contract spends of which too many periods are not billed: each would be rated at each look.

    Raises:
        BillingIsBehind: there are more than three.
    """
    if len(unbilled) > _BEHIND:
        detail = f"{len(unbilled)} periods of {reference} are not billed, from {unbilled[0]} on"
        raise BillingIsBehind(detail, found=len(unbilled), expected=f"{_BEHIND} at most")


def _billed_firsts(session: Session, contract_id: int, firsts: Sequence[date]) -> set[date]:
    """Choose the periods, by their first days, that are billed, or came to nothing."""
    row = InvoiceRow
    billed = select(col(row.first)).where(
        row.contract_id == contract_id,
        row.kind == InvoiceKind.PERIOD,
        col(row.first).in_(firsts),
        col(row.of_id).is_(None),
        col(row.voided_on).is_(None),
    )
    return set(session.exec(billed))


def _lines(session: Session, of: ClaimingContract, spending: _Spending) -> list[SpentLine]:
    """List what counts as spent within the windows: billed, and not billed yet."""
    windows = [window for known in spending.windows.values() for window in known]
    if not windows:
        return []
    first, after_last = min(window.first for window in windows), max(window.after_last for window in windows)
    lines = billed_lines(session, of.newest.contract_id, first, after_last)
    to_come = [*(line for known in spending.open_lines.values() for line in known), *spending.corrections]
    return lines + [
        SpentLine(line.charge, line.service_first, line.unit, line.quantity, line.net)
        for line in to_come
        if line.nature in SPENT
    ]


def _bill_on_account(
    session: Session, of: ClaimingContract, terms: SpendingTerms, spending: _Spending, outcome: LookOutcome
) -> None:
    """Claim the use of the open period that is not on account yet, where it has reached a further multiple."""
    period = open_period(of.newest.contract, of.today)
    if terms.on_account is None or period is None or period.first not in spending.open_lines:
        return
    used = used_so_far(spending.open_lines[period.first])
    reached = int(added(used.values()) // terms.on_account.each)
    claims = [one.inputs.advance for one in claims_of(session, of.newest.contract_id)]
    known = [claim.reached or 0 for claim in claims if claim is not None and _is_of(claim, period)]
    if reached <= max(known, default=0):
        return
    before: dict[str, Decimal] = {}
    for advance in _open(session, of):
        if _is_of(advance.record, period):
            for line, left in zip(advance.record.lines, advance.left, strict=True):
                before[line.charge] = before.get(line.charge, Decimal(0)) + left
    contract = of.version.contract
    taxes = _taxes(session, contract, [charge for charge in contract.charges if charge.name in used], of.today)
    lines = lines_on_account({name: used[name] for name in used if name in taxes}, before, taxes, contract.currency)
    if lines:
        record = AdvanceRecord(
            kind=AdvanceKind.ON_ACCOUNT,
            claimed=of.today,
            first=period.first,
            after_last=period.after_last,
            lines=lines,
            reached=reached,
            automatic=True,
        )
        outcome.issued.append(issue_claim(session, of, record).name)


def _is_of(claim: AdvanceRecord, period: BillingPeriod) -> bool:
    return claim.kind is AdvanceKind.ON_ACCOUNT and claim.first == period.first


def _open(session: Session, of: ClaimingContract) -> Sequence[OpenAdvance]:
    return open_advances(session, [of.newest.contract_id]).get(of.newest.contract_id, ())


def _taxes(session: Session, contract: Contract, charges: Sequence[Charge], on: date) -> dict[str, Decision]:
    taxed = taxed_by(decider(law_book(session)))
    return {charge.name: taxed(contract, charge, on) for charge in charges}


def _top_up(
    session: Session, of: ClaimingContract, terms: SpendingTerms, row: SpendingLookRow, outcome: LookOutcome
) -> None:
    """Claim a top-up where less is left than agreed: once a fall, and not while one is open.

    A fall ends when enough is left again, or what was claimed is paid and is not enough. What a person has made void or
    given back of it is not claimed once more for the same fall.
    """
    until = of.newest.contract.until
    if terms.top_up is None or (until is not None and of.today >= until):
        return
    top_ups = [advance for advance in _open(session, of) if advance.is_top_up]
    credit = added(advance.credit_on(of.today) for advance in top_ups)
    if credit >= terms.top_up.below:
        row.top_up_id = None
        return
    if any(is_unpaid(advance) for advance in top_ups):
        return
    if row.top_up_id is not None and not _is_done(session, row.top_up_id):
        return
    claimed = claim_top_up(session, of, terms.top_up, terms.top_up.amount_from(credit), automatic=True)
    row.top_up_id = claimed[0]
    outcome.issued.append(claimed[1])


def is_unpaid(advance: OpenAdvance) -> bool:
    """Tell whether something of a top-up is still to be paid, of what is not given back."""
    return (advance.paid or Decimal(0)) < advance.claimed


def _is_done(session: Session, claim_id: int) -> bool:
    """Tell whether a claim counts, and no person has given it back: all of it was paid, then."""
    claim = session.exec(select(InvoiceRow).where(InvoiceRow.id == claim_id)).one()
    given_back = select(CreditRow.id).where(CreditRow.invoice_id == claim_id, col(CreditRow.released_at).is_not(None))
    return claim.voided_on is None and session.exec(given_back).first() is None


def claim_top_up(
    session: Session, of: ClaimingContract, terms: TopUp, amount: Decimal, *, automatic: bool
) -> tuple[int, str]:
    """Issue the claim of a top-up.

    Args:
        session: states the tenant; it holds the contract's lock.
        of: the contract.
        terms: of top-ups.
        amount: net.
        automatic: whether nobody asked for it.

    Returns:
        The key and the number of the document.

    Raises:
        TopUpNotWhole: the amount is not above zero, or has parts of a cent.
    """
    contract = of.version.contract
    if amount <= 0 or not Money(amount, contract.currency).is_rounded:
        places, claimed = exponent(contract.currency), plain(amount)
        detail = f"{claimed} {contract.currency} cannot be claimed"
        raise TopUpNotWhole(detail, place="amount", found=claimed, expected=f"above 0, of {places} places")
    amount = Rounding.HALF_UP.to_places(amount, exponent(contract.currency))
    own = [charge for charge in contract.charges if owner_of(contract, charge) is None]
    named = next((charge for charge in own if charge.name == terms.taxed_as), None) or own[0]
    decided = _taxes(session, contract, [named], of.today)[named.name]
    first, after_last = top_up_days(of.today)
    months, expires = terms.expires_after_months, None
    if months is not None:
        expires = anchored(of.today.year + months // _YEAR, of.today.month + months % _YEAR, of.today.day)
    record = AdvanceRecord(
        kind=AdvanceKind.TOP_UP,
        claimed=of.today,
        first=first,
        after_last=after_last,
        lines=(line_taxed(named.name, amount, decided),),
        expires=expires,
        automatic=automatic,
    )
    issued = issue_claim(session, of, record)
    return issued.row.id, issued.name


def _give_rest_back(session: Session, of: ClaimingContract, outcome: LookOutcome) -> None:
    """Give back what is left where the contract is over, and its last period is billed without doing so."""
    contract = of.newest.contract
    if contract.until is None or of.today < contract.until:
        return
    periods = [*contract.periods(since=contract.until - timedelta(days=400))]
    if periods and not _billed_firsts(session, of.newest.contract_id, [periods[-1].first]):
        return
    days = DrawingDays(contract.starts, contract.until, of.today, is_last=True)
    rest = draw(_open(session, of), (), days, of_any_period=True)
    if rest.lines:
        outcome.issued.append(issue_rest(session, of, rest).name)
