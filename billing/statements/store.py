"""Statements with a database: read, submitted, signed or disputed; and the invoices that wait for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from billing.counting.saving import evidence_of
from billing.counting.store import SavingOfContract, measure_savings
from billing.disputes import store as dispute_store
from billing.invoices.store import InvoiceKind
from billing.rating.store import billable
from billing.records.statement import StatementContent
from billing.statements.measured import Measured, joined
from billing.statements.statement import stated_parts
from billing.tables import RatingRow, StatementRow, StatementStepRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from contracts.statement import SETTLED, StatementStatus, StatementStep, StatementTerms, statement_status
from contracts.store import Version
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict, Invalid, NotFound, UsufructError
from quantities.period import zone


class UnknownStatement(NotFound):
    """There is no statement of that number here."""


class NoStatementAgreed(Invalid):
    """The contract does not provide for statements."""


class NoWindow(Invalid):
    """The contract has no savings window around the day."""


class NotASignatory(Invalid):
    """The contract does not name this person as a signatory."""


class SignsForAnother(Invalid):
    """The step is signed in another person's name."""


class TookPartBefore(Conflict):
    """The person has prepared, submitted or entered it already."""


class OutOfTurn(Conflict):
    """The statement cannot take this step now."""


class StatementOpen(Conflict):
    """The savings statement of the window is not agreed yet."""


class StatementOutdated(Conflict):
    """Readings or terms have changed since the statement was made."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """What a party did with a statement.

    Attributes:
        step: what.
        party: whose step it is.
        person: who signed for it.
        recorded_by: who entered it.
        at: when.
        charges: that are disputed.
        note: why.
        on_paper: signed on paper, and entered by the supplier.
        countersigned_by: who of the supplier has confirmed it, of what is on paper; until then it does not count.
    """

    step: StatementStep
    party: str
    person: str
    recorded_by: str
    at: datetime
    charges: tuple[str, ...]
    note: str
    on_paper: bool = False
    countersigned_by: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts: what is on paper does once another has confirmed it."""
        return not self.on_paper or self.countersigned_by is not None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and its status at an instant.

    Attributes:
        id: its number.
        contract: the contract's reference.
        first: the first day of its window.
        after_last: the day after its last.
        watermark: up to which batch it knows.
        prepared_by: by whom.
        prepared_at: when.
        status: draft, submitted, agreed or disputed.
        steps: who did what, when and why, in order.
        content: what it says.
    """

    id: int
    contract: str
    first: date
    after_last: date
    watermark: int
    prepared_by: str
    prepared_at: datetime
    status: StatementStatus
    steps: tuple[RecordedStep, ...]
    content: StatementContent

    @property
    def for_customer(self) -> "Statement":
        """The same statement as the customer sees it: without the supplier's margin."""
        return replace(self, content=self.content.model_copy(update={"margin": None}))


def terms_of(contract: Contract) -> StatementTerms:
    """Say how a contract's savings are stated.

    Raises:
        NoStatementAgreed: it does not say.
    """
    if contract.statement is None:
        detail = f"{contract.contract} says nothing of statements"
        raise NoStatementAgreed(detail, found=contract.contract, expected="a contract with terms of statements")
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
    expected = f"a day of the contract, from {contract.starts} on"
    raise NoWindow(f"no {per.value} of {contract.contract} is around {day}", found=str(day), expected=expected)


def measured(
    session: Session, versions: Sequence[Version], window: BillingPeriod, watermark: int
) -> tuple[Measured, ...]:
    """Measure every saving of a window, each of its segments as it is billed."""
    asked: list[SavingOfContract] = []
    for period in versions[-1].contract.periods():
        if period.first >= window.after_last:
            break
        if period.first < window.first:
            continue
        for segment in billable(versions, InvoiceKind.PERIOD, period).segments:
            asked += ((plan, segment.contract, segment.period) for plan in segment.contract.savings)
    by_saving: dict[str, list[Measured]] = defaultdict(list)
    for (plan, _, _), outcome in zip(asked, measure_savings(session, asked, watermark), strict=True):
        if isinstance(outcome, UsufructError):
            raise outcome
        rows, saved = outcome
        by_saving[plan.name].append(Measured(plan, saved, evidence_of(rows)))
    return tuple(joined(segments) for segments in by_saving.values())


# text: the overlap of two spans of instants
_CHANGED = text(
    """
    select exists (
        select from rating r
        join rating_source s on s.tenant = r.tenant and s.rating_id = r.id and s.source = 'readings'
        join batch_touch t on t.tenant = s.tenant and t.series = s.subject
                              and t.batch > :stated and t.batch <= :watermark
                              and t.start < s."end" and t."end" > s.start
        where r.contract_id = :contract and r.first >= :first and r.first < :after_last)
    """
)


def still_stated(
    session: Session, contract_id: int, versions: Sequence[Version], window: BillingPeriod, watermark: int
) -> StatementContent | None:
    """Find what the newest statement of a billed window says; None where there is none, or something changed since.

    A window is rated once after its statement: the period that closes it. More ratings, a further version, or readings
    within what its ratings rest on, are a change.

    Args:
        session: states the tenant.
        contract_id: of the contract.
        versions: that count now.
        window: which.
        watermark: up to which batch the readings count.
    """
    chosen = select(StatementRow).where(
        StatementRow.contract_id == contract_id,
        StatementRow.first == window.first,
        StatementRow.after_last == window.after_last,
    )
    row = session.exec(chosen.order_by(col(StatementRow.id).desc())).first()
    if row is None or set(row.content.version_ids) != {version.id for version in versions}:
        return None
    since = select(func.count()).where(
        RatingRow.contract_id == contract_id,
        RatingRow.first >= window.first,
        RatingRow.first < window.after_last,
        RatingRow.rated_at > row.prepared_at,
        col(RatingRow.counts_until).is_(None),
    )
    asked = {
        "stated": row.watermark,
        "watermark": watermark,
        "contract": contract_id,
        "first": window.first,
        "after_last": window.after_last,
    }
    if session.exec(since).one() > 1 or session.execute(_CHANGED, asked).scalar_one():
        return None
    return row.content


def _same_energies(content: StatementContent, savings: Sequence[Measured]) -> bool:
    """Tell whether a statement still says what the readings do."""
    stated = {saving.name: saving.parts for saving in content.savings}
    return stated == {saving.plan.name: stated_parts(saving.saved) for saving in savings}


def find(session: Session, number: int, at: datetime) -> Statement:
    """Find a statement.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    return _with_steps(session, _row(session, number), at)


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
    return tuple(_with_steps(session, row, at) for row in rows)


def _with_steps(session: Session, row: StatementRow, at: datetime) -> Statement:
    version = contracts.by_id(session, row.version_id)
    chosen = select(StatementStepRow).where(StatementStepRow.statement_id == row.id)
    steps = session.exec(chosen.order_by(col(StatementStepRow.id))).all()
    return stated(row, version.contract, steps, at)


def stated(row: StatementRow, contract: Contract, steps: Sequence[StatementStepRow], at: datetime) -> Statement:
    """Put a statement together with its steps, and with its status at an instant."""
    recorded_at = {
        StatementStep(step.step): step.at for step in steps if not step.on_paper or step.countersigned_by is not None
    }
    return Statement(
        id=row.id,
        contract=contract.contract,
        first=row.first,
        after_last=row.after_last,
        watermark=row.watermark,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        status=statement_status(terms_of(contract), recorded_at, at.astimezone(zone(contract.zone)).date()),
        steps=tuple(
            RecordedStep(
                step=StatementStep(step.step),
                party=step.party,
                person=step.person,
                recorded_by=step.recorded_by,
                at=step.at,
                charges=tuple(step.charges),
                note=step.note,
                on_paper=step.on_paper,
                countersigned_by=step.countersigned_by,
            )
            for step in steps
        ),
        content=row.content,
    )


_FOLLOWS = {
    StatementStep.SUBMITTED: frozenset({StatementStatus.DRAFT}),
    StatementStep.VERIFIED: frozenset({StatementStatus.SUBMITTED}),
    StatementStep.AGREED: frozenset({StatementStatus.SUBMITTED, StatementStatus.SILENT}),
    StatementStep.DISPUTED: frozenset({StatementStatus.SUBMITTED}),
}


def record_step(
    session: Session,
    number: int,
    step: StatementStep,
    *,
    person: str,
    by: str,
    at: datetime,
    charges: Sequence[str] = (),
    note: str = "",
    on_paper: bool = False,
) -> Statement:
    """Record the next step with a statement: submit it, verify it, agree to it, or dispute charges of it.

    A dispute holds the named charges of the closing period apart; the rest of the invoice goes out. Whoever enters a
    step signs it. What was signed on paper is entered by one of the supplier, and counts once another enters the same.

    Args:
        session: states the tenant.
        number: of the statement.
        step: which.
        person: who signs, one whom the contract names for the party whose step it is.
        by: who enters it.
        at: now.
        charges: that are disputed.
        note: why.
        on_paper: the person has signed on paper.

    Raises:
        UnknownStatement: none of that number is visible here.
        NotASignatory: the contract does not name the person for the party.
        OutOfTurn: it is another's turn, or the step was taken.
        SignsForAnother: who enters it is somebody else, and it is not on paper.
        TookPartBefore: who enters it has prepared or submitted the statement, or has entered the same before.
    """
    row = _row(session, number)
    statement = _with_steps(session, row, at)
    two = keeps_four_eyes(session)
    waiting = next((before for before in statement.steps if before.step is step and not before.counts), None)
    if waiting is not None and on_paper:
        return _countersign(session, row, waiting, person=person, by=by, at=at)
    contract = contracts.by_id(session, row.version_id).contract
    party = _refuse_step(statement, contract, step, person)
    if two:
        _refuse_one_for_another(statement, step, person=person, by=by, on_paper=on_paper)
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
            on_paper=on_paper,
            countersigned_by=by if on_paper and not two else None,
            countersigned_at=at if on_paper and not two else None,
        )
    )
    session.flush()
    if step is StatementStep.DISPUTED:
        _refuse_unfit_dispute(statement, charges, note)
        if not on_paper or not two:
            _dispute(session, contract, statement, charges, note=note, by=person, at=at)
    return _with_steps(session, row, at)


def _refuse_step(statement: Statement, contract: Contract, step: StatementStep, person: str) -> str:
    """Refuse a step that is not a person's to sign, or that does not follow; return the party whose step it is.

    Raises:
        NotASignatory: the contract does not name the person for the party.
        OutOfTurn: it is another's turn, or the step was taken.
    """
    terms = terms_of(contract)
    party = {StatementStep.SUBMITTED: contract.supplier.name, StatementStep.VERIFIED: terms.verifier or ""}.get(
        step, contract.customer.name
    )
    if person not in terms.signatories.get(party, ()):
        names = list(terms.signatories.get(party, ()))
        detail = f"{person} does not sign for {party or 'a verifier'}: {', '.join(names) or 'nobody'} does"
        raise NotASignatory(detail, found=person, expected=names or "nobody")
    recorded = {before.step for before in statement.steps}
    waits = (
        terms.verifier is not None
        and StatementStep.VERIFIED not in recorded
        and step in (StatementStep.AGREED, StatementStep.DISPUTED)
    )
    status = statement.status
    if status not in _FOLLOWS[step] or step in recorded or waits:
        expected = "no further step" if status in SETTLED else _following(statement, terms).value
        raise OutOfTurn(f"statement {statement.id} is {status.value}", found=step.value, expected=expected)
    return party


@dataclass(frozen=True, slots=True)
class OpenStatement:
    """A statement for which an invoice waits.

    Attributes:
        statement: itself.
        step: that follows.
        since: when the step before it was taken.
        entered_by: who has entered the step from paper, which another confirms; None where nobody has.
        contract: of the version that it states.
    """

    statement: Statement
    step: StatementStep
    since: datetime
    entered_by: str | None
    contract: Contract

    def check(self, session: Session, person: str) -> None:
        """Refuse a person who may not take the step.

        Raises:
            NotASignatory, TookPartBefore: as ``record_step``.
        """
        if self.entered_by is not None:
            _refuse_second_entry(self.entered_by, person)
            return
        _refuse_step(self.statement, self.contract, self.step, person)
        if keeps_four_eyes(session):
            _refuse_one_for_another(self.statement, self.step, person=person, by=person, on_paper=False)


def open_statements(session: Session, at: datetime) -> list[OpenStatement]:
    """List the newest statement of each window that is not settled, with the step that follows, the oldest first."""
    newer = aliased(StatementRow)
    is_passed = select(newer.id).where(
        newer.contract_id == StatementRow.contract_id, newer.first == StatementRow.first, newer.id > StatementRow.id
    )
    listed = []
    for row in session.exec(select(StatementRow).where(~is_passed.exists()).order_by(col(StatementRow.id))):
        statement = _with_steps(session, row, at)
        if statement.status in SETTLED:
            continue
        contract = contracts.by_id(session, row.version_id).contract
        paper = next((step for step in statement.steps if not step.counts), None)
        since = max([statement.prepared_at, *(step.at for step in statement.steps)])
        step = paper.step if paper is not None else _following(statement, terms_of(contract))
        entered_by = None if paper is None else paper.recorded_by
        listed.append(OpenStatement(statement, step, since, entered_by, contract))
    return listed


def _following(statement: Statement, terms: StatementTerms) -> StatementStep:
    if statement.status is StatementStatus.DRAFT:
        return StatementStep.SUBMITTED
    is_verified = any(step.step is StatementStep.VERIFIED for step in statement.steps)
    return StatementStep.AGREED if terms.verifier is None or is_verified else StatementStep.VERIFIED


def _refuse_one_for_another(statement: Statement, step: StatementStep, *, person: str, by: str, on_paper: bool) -> None:
    """Refuse what the database refuses as well: a step in another's name, and one by who took part before.

    Raises:
        SignsForAnother: who enters it is somebody else, and it is not on paper.
        TookPartBefore: who enters it has prepared or submitted the statement.
    """
    if not on_paper and person.lower() != by.lower():
        expected = f"{by}, or what {person} has signed on paper, which another person confirms"
        raise SignsForAnother(f"{by} does not sign as {person}", found=person, expected=expected)
    submitted = [before.recorded_by for before in statement.steps if before.step is StatementStep.SUBMITTED]
    took_part = [statement.prepared_by, *submitted] if step in _BY_ANOTHER else []
    if by.lower() in (name.lower() for name in took_part):
        raise TookPartBefore(f"{by} has prepared or submitted it: another takes this step", found=by, expected=_ANOTHER)


#: What whoever prepared or submitted a statement does not do as well.
_BY_ANOTHER = (StatementStep.SUBMITTED, StatementStep.VERIFIED)
_ANOTHER = "another person"


def _countersign(
    session: Session, row: StatementRow, waiting: RecordedStep, *, person: str, by: str, at: datetime
) -> Statement:
    """Confirm what one of the supplier has entered from paper: it counts from now on.

    Raises:
        TookPartBefore: the same person has entered it.
        SignsForAnother: another has signed it.
    """
    if person != waiting.person:
        raise SignsForAnother(f"{waiting.person} has signed it", found=person, expected=waiting.person)
    _refuse_second_entry(waiting.recorded_by, by)
    chosen = select(StatementStepRow).where(
        StatementStepRow.statement_id == row.id, StatementStepRow.step == waiting.step.value
    )
    stored = session.exec(chosen.with_for_update()).one()
    stored.countersigned_by, stored.countersigned_at = by, at
    session.flush()
    statement = _with_steps(session, row, at)
    if waiting.step is StatementStep.DISPUTED:
        contract = contracts.by_id(session, row.version_id).contract
        _dispute(session, contract, statement, waiting.charges, note=waiting.note, by=person, at=at)
    return statement


def _refuse_second_entry(entered_by: str, by: str) -> None:
    if by.lower() == entered_by.lower():
        raise TookPartBefore(f"{by} has entered it: another person confirms it", found=by, expected=_ANOTHER)


def _refuse_unfit_dispute(statement: Statement, charges: Sequence[str], note: str) -> None:
    stated_charges = [money.charge for money in statement.content.money]
    unknown = [charge for charge in charges if charge not in stated_charges]
    if unknown or not charges or not note:
        raise OutOfTurn("a dispute names charges of the statement, and why", found=unknown, expected=stated_charges)


def _dispute(
    session: Session,
    contract: Contract,
    statement: Statement,
    charges: Sequence[str],
    *,
    note: str,
    by: str,
    at: datetime,
) -> None:
    _, period = window_of(contract, statement.first)
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
    known = tuple(contracts.by_id(session, version_id) for version_id in row.content.version_ids)
    window, _ = window_of(contracts.by_id(session, row.version_id).contract, row.first)
    return _same_energies(row.content, measured(session, known, window, row.watermark))


def wait_for_statement(
    session: Session, versions: Sequence[Version], period: BillingPeriod, watermark: int, at: datetime
) -> None:
    """Hold the invoice that closes a window until its statement is settled, and says what the readings say.

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
    status = _with_steps(session, row, at).status
    if status not in SETTLED:
        raise StatementOpen(f"{contract.contract}: statement {row.id} of {window} is {status.value}")
    if not _same_energies(row.content, measured(session, versions, window, watermark)):
        raise StatementOutdated(f"{contract.contract}: statement {row.id} of {window} no longer says what was measured")
