"""Statements with a database: found, submitted, signed or disputed; and the invoices that wait for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from billing.counting.saving import evidence_of
from billing.counting.store import measure_saving
from billing.disputes import store as dispute_store
from billing.invoices.store import InvoiceKind
from billing.rating.store import billable
from billing.statements.statement import Measured, joined, same_energies
from billing.tables import StatementRow, StatementStepRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from contracts.statement import SETTLED, Stands, StatementStep, StatementTerms, stands
from contracts.store import Version
from quantities.errors import Conflict, Invalid, NotFound
from quantities.period import zone


class UnknownStatement(NotFound):
    """There is no statement of that number here."""


class NoStatementAgreed(Invalid):
    """A contract whose savings are stated says so: ``statement``, with who signs."""


class NoWindow(Invalid):
    """A statement is over a window that closes with a billing period of the contract."""


class NotASignatory(Invalid):
    """A statement is signed by whom the contract names."""


class OutOfTurn(Conflict):
    """A statement is submitted, then verified where that was agreed, then agreed or disputed; each once."""


class StatementOpen(Conflict):
    """The invoice that closes a window waits until its statement is agreed, or disputed in part."""


class StatementOutdated(Conflict):
    """Readings or terms changed since the statement was made: another one is prepared and submitted."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it stands.

    Attributes:
        id: its number.
        contract: the contract's reference.
        first: the first day of its window.
        after_last: the day after its last.
        watermark: up to which batch it knows.
        prepared_by: by whom.
        prepared_at: when.
        stands: where it stands.
        steps: who did what, when and why.
        content: what it says.
    """

    id: int
    contract: str
    first: date
    after_last: date
    watermark: int
    prepared_by: str
    prepared_at: datetime
    stands: Stands
    steps: tuple[dict[str, Any], ...]
    content: dict[str, Any]


def terms_of(contract: Contract) -> StatementTerms:
    """Say how a contract's savings are stated.

    Raises:
        NoStatementAgreed: it does not say.
    """
    if contract.statement is None:
        raise NoStatementAgreed(f"{contract.contract} says nothing of statements", found=contract.contract)
    return contract.statement


def window_of(contract: Contract, day: date) -> tuple[BillingPeriod, BillingPeriod]:
    """Find the window that a day is in, and the billing period that closes it.

    Raises:
        NoStatementAgreed: the contract says nothing of statements.
        NoWindow: no billing period closes a window there.
    """
    per = terms_of(contract).per
    for period in contract.periods():
        window = contract.life.window(per, period)
        if window.first <= day < window.after_last and period.after_last >= window.after_last:
            return window, period
        if period.first > day and window.first > day:
            break
    raise NoWindow(f"no {per.value} of {contract.contract} is around {day}", found=str(day))


def measured(
    session: Session, versions: Sequence[Version], window: BillingPeriod, watermark: int
) -> tuple[Measured, ...]:
    """Measure every saving of a window, each of its stretches as it is billed."""
    found: dict[str, list[Measured]] = defaultdict(list)
    for period in versions[-1].contract.periods():
        if period.first >= window.after_last:
            break
        if period.first < window.first:
            continue
        for stretch in billable(versions, InvoiceKind.PERIOD, period).stretches:
            for plan in stretch.contract.savings:
                rows, saved = measure_saving(session, plan, stretch.contract, stretch.period, watermark)
                found[plan.name].append(Measured(plan, saved, evidence_of(rows)))
    return tuple(joined(each) for each in found.values())


def find(session: Session, number: int, at: datetime) -> Statement:
    """Find a statement.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    return _found(session, _row(session, number), at)


def _row(session: Session, number: int) -> StatementRow:
    row = session.exec(select(StatementRow).where(StatementRow.id == number)).one_or_none()
    if row is None:
        raise UnknownStatement(f"there is no statement {number} here", found=number)
    return row


def of_contract(session: Session, reference: str, at: datetime) -> tuple[Statement, ...]:
    """List the statements of a contract, oldest window first, of one window the newest last."""
    contract_id = contracts.versions(session, reference)[-1].contract_id
    chosen = select(StatementRow).where(StatementRow.contract_id == contract_id)
    rows = session.exec(chosen.order_by(col(StatementRow.first), col(StatementRow.id)))
    return tuple(_found(session, row, at) for row in rows)


def _found(session: Session, row: StatementRow, at: datetime) -> Statement:
    version = contracts.by_id(session, row.version_id)
    chosen = select(StatementStepRow).where(StatementStepRow.statement_id == row.id)
    steps = session.exec(chosen.order_by(col(StatementStepRow.id))).all()
    return stated(row, version.contract, steps, at)


def stated(row: StatementRow, contract: Contract, steps: Sequence[StatementStepRow], at: datetime) -> Statement:
    """Say how a statement stands at an instant."""
    taken = {StatementStep(each.step): each.at for each in steps}
    return Statement(
        row.id,
        contract.contract,
        row.first,
        row.after_last,
        row.watermark,
        row.prepared_by,
        row.prepared_at,
        stands(terms_of(contract), taken, at.astimezone(zone(contract.zone)).date()),
        tuple(
            {
                "step": each.step,
                "party": each.party,
                "person": each.person,
                "recorded_by": each.recorded_by,
                "at": each.at.isoformat(),
                "charges": list(each.charges),
                "note": each.note,
            }
            for each in steps
        ),
        row.content,
    )


_FOLLOWS = {
    StatementStep.SUBMITTED: frozenset({Stands.DRAFT}),
    StatementStep.VERIFIED: frozenset({Stands.SUBMITTED}),
    StatementStep.AGREED: frozenset({Stands.SUBMITTED, Stands.SILENT}),
    StatementStep.DISPUTED: frozenset({Stands.SUBMITTED}),
}


def take(
    session: Session,
    number: int,
    step: StatementStep,
    *,
    person: str,
    by: str,
    at: datetime,
    charges: Sequence[str] = (),
    note: str = "",
) -> Statement:
    """Take the next step with a statement: submit it, verify it, agree to it, or dispute charges of it.

    A dispute holds the named charges of the closing period apart; the rest of the invoice goes out.

    Args:
        session: states the tenant.
        number: of the statement.
        step: which.
        person: who signs, one whom the contract names for the party whose step it is.
        by: who enters it.
        at: now.
        charges: that are disputed.
        note: why.

    Raises:
        UnknownStatement: none of that number is visible here.
        NotASignatory: the contract does not name the person for the party.
        OutOfTurn: it is another's turn, or the step was taken.
    """
    row = _row(session, number)
    found = _found(session, row, at)
    contract = contracts.by_id(session, row.version_id).contract
    terms = terms_of(contract)
    party = {StatementStep.SUBMITTED: contract.supplier.name, StatementStep.VERIFIED: terms.verifier or ""}.get(
        step, contract.customer.name
    )
    if person not in terms.signatories.get(party, ()):
        named = ", ".join(terms.signatories.get(party, ())) or "nobody"
        raise NotASignatory(f"{person} does not sign for {party or 'a verifier'}: {named} does", found=person)
    taken = {each["step"] for each in found.steps}
    waits = (
        terms.verifier is not None
        and StatementStep.VERIFIED not in taken
        and step in (StatementStep.AGREED, StatementStep.DISPUTED)
    )
    if found.stands not in _FOLLOWS[step] or step in taken or waits:
        raise OutOfTurn(f"statement {number} is {found.stands.value}", found=step.value, expected=found.stands.value)
    session.add(
        StatementStepRow(
            statement_id=number,
            customer_id=row.customer_id,
            step=step.value,
            party=party,
            person=person,
            recorded_by=by,
            at=at,
            charges=list(charges),
            note=note,
        )
    )
    session.flush()
    if step is StatementStep.DISPUTED:
        _dispute(session, contract, found, charges, note, person, at)
    return _found(session, row, at)


def _dispute(
    session: Session, contract: Contract, found: Statement, charges: Sequence[str], note: str, by: str, at: datetime
) -> None:
    stated = [each["charge"] for each in found.content["money"]]
    unknown = [each for each in charges if each not in stated]
    if unknown or not charges or not note:
        raise OutOfTurn("a dispute names charges of the statement, and why", found=unknown, expected=stated)
    _, period = window_of(contract, found.first)
    for charge in charges:  # accepted: that a disputed charge waits is agreed in the contract's own statement terms
        dispute_store.raise_(
            session,
            contract.contract,
            charge,
            period.first,
            period.after_last,
            reason=note,
            by=by,
            at=at,
            accepted=True,
        )


def proves(session: Session, number: int) -> bool:
    """Tell whether a statement says the same again: its energies, from the readings and terms that it knew.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    row = _row(session, number)
    known = tuple(contracts.by_id(session, key) for key in row.content["versions"])
    window, _ = window_of(contracts.by_id(session, row.version_id).contract, row.first)
    return same_energies(row.content, measured(session, known, window, row.watermark))


def wait_for_statement(
    session: Session, versions: Sequence[Version], period: BillingPeriod, watermark: int, at: datetime
) -> None:
    """Hold the invoice that closes a window until its statement stands, and says what the readings say.

    Raises:
        StatementOpen: there is none, or it is not agreed.
        StatementOutdated: readings or terms changed since.
    """
    contract = contracts.in_force(tuple(versions), period.first).contract
    if contract.statement is None:
        return
    window = contract.life.window(contract.statement.per, period)
    if period.after_last < window.after_last:
        return
    chosen = select(StatementRow).where(
        StatementRow.contract_id == versions[-1].contract_id, StatementRow.first == window.first
    )
    row = session.exec(chosen.order_by(col(StatementRow.id).desc())).first()
    if row is None:
        raise StatementOpen(f"{contract.contract}: no statement of {window} is prepared", expected="prepared")
    found = _found(session, row, at)
    if found.stands not in SETTLED:
        raise StatementOpen(f"{contract.contract}: statement {row.id} of {window} is {found.stands.value}")
    if not same_energies(row.content, measured(session, versions, window, watermark)):
        raise StatementOutdated(f"{contract.contract}: statement {row.id} of {window} no longer says what was measured")
