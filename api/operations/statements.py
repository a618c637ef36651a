"""Savings statements as use cases: prepared, read, signed or disputed, measured again, written as documents."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from api.access.grants import see_machines
from api.access.roles import Permission
from api.audit.note import made
from api.operations.letters import letter_of_statement
from billing.documents.document import StatementDocument
from billing.statements import prepare, store
from billing.statements.store import Statement
from contracts import store as contracts
from contracts.statement import StatementStep

#: By step, what whoever signs it must be allowed.
STEPS: Mapping[StatementStep, Permission] = {
    StatementStep.SUBMITTED: Permission.STATEMENTS_SUBMIT,
    StatementStep.VERIFIED: Permission.STATEMENTS_VERIFY,
    StatementStep.AGREED: Permission.STATEMENTS_AGREE,
    StatementStep.DISPUTED: Permission.STATEMENTS_DISPUTE,
}


def prepare_statement(session: Session, reference: str, day: date, *, who: str, at: datetime) -> Statement:
    """Prepare the statement of the window that a day is in, from what is stored.

    Raises:
        UnknownContract: none of that name is visible here (others: ``billing.statements.prepare.prepare``).
    """
    statement = prepare.prepare(session, reference, day, by=who, at=at)
    made(session, f"statement {statement.id}")
    return statement


def list_statements(
    session: Session, reference: str, at: datetime, *, as_customer: bool = False
) -> tuple[Statement, ...]:
    """List the statements of a contract, oldest window first.

    Args:
        session: states the tenant, and the party where a customer asks.
        reference: of the contract.
        at: now; silence of a customer counts as consent after a time.
        as_customer: a contract without a released version does not exist for a customer.

    Raises:
        UnknownContract: none of that name is visible here.
    """
    if as_customer:
        contracts.versions(session, reference, released_only=True)
    stated = store.of_contract(session, reference, at)
    return tuple(statement.for_customer for statement in stated) if as_customer else stated


def find_statement(session: Session, number: int, at: datetime, *, as_customer: bool = False) -> Statement:
    """Find a statement, as it stands at an instant.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: of the statement.
        at: now; silence of a customer counts as consent after a time.
        as_customer: without the supplier's margin.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    statement = store.find(session, number, at)
    return statement.for_customer if as_customer else statement


def take_step(
    session: Session,
    number: int,
    step: StatementStep,
    *,
    person: str,
    who: str,
    at: datetime,
    charges: Sequence[str] = (),
    note: str = "",
    on_paper: bool = False,
    as_customer: bool = False,
) -> Statement:
    """Take the next step with a statement: submit it, verify it, agree to it, or dispute charges of it.

    Args:
        session: states the tenant, and the party where a customer signs.
        number: of the statement.
        step: which.
        person: signs, and is named by the contract: whoever enters it, unless it is on paper.
        who: enters it.
        at: now.
        charges: of a dispute.
        note: why.
        on_paper: the person has signed on paper: it counts once another of the supplier enters the same.
        as_customer: answered without the supplier's margin.

    Raises:
        UnknownStatement: none of that number is visible here.
        NotASignatory: the contract does not name the person.
        OutOfTurn: the step does not follow the last one.
        SignsForAnother: who enters it is not the person, and it is not on paper.
        TookPartBefore: who enters it has prepared or submitted the statement, or entered the same before.
    """
    see_machines(session)
    taken = store.record_step(
        session, number, step, person=person, by=who, at=at, charges=charges, note=note, on_paper=on_paper
    )
    made(session, step.value)
    return taken.for_customer if as_customer else taken


def statement_proves(session: Session, number: int) -> bool:
    """Measure a statement's window again, and tell whether its energies are those that it states.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    return store.proves(session, number)


def write_statement(
    session: Session, number: int, document: StatementDocument, at: datetime, *, as_customer: bool = False
) -> bytes:
    """Write a statement as a document; for a customer without the supplier's margin, whatever the document asks.

    Raises:
        UnknownStatement: none of that number is visible here.
    """
    statement = find_statement(session, number, at, as_customer=as_customer)
    return document.render(statement, letter_of_statement(session, statement))
