"""The example of shared savings, told: an office's six years from readings to statements, invoices and settlements."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console
from sqlmodel import Session

from api.cli.context import table
from api.demo import office
from api.demo.documents import document
from api.demo.parties import tell_profile
from api.demo.people import CUSTOMER, FINANCE, MANAGER, METER, SIGNATORY, enter
from api.operations import contracts, disputes, indices, invoices, rating, statements
from api.operations.billing import bill_everything
from api.operations.readings import ingest
from api.server.database import Database
from billing.disputes.dispute_query import ContractDisputeQuery, DisputeState
from billing.invoices.store import StoredInvoice
from contracts.contract import Contract
from contracts.indexation.series import Index
from contracts.statement import StatementStep
from metering.deliveries.receipt import Sender
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.number import plain

CONTRACT, SERIES = "OFFICE-SAVINGS", "Hamburg business peak"
DISPUTED = 2023
SHARE = "share of savings"
_PRICES = {2020: "0.231", 2021: "0.246", 2022: "0.447", 2023: "0.352", 2024: "0.288", 2025: "0.271"}
_SERVERS = """
name: server room
first: 2022-05-01
power: "6"
reason: a tenant set up a server room of 6 kW, which the baseline year did not have
evidence: electrician's record of 2022-04-28, sub-meter S7
signatures:
  - {party: Nordluft GmbH, person: Emil Kurz, on: 2022-06-08}
  - {party: Hanse Immobilien AG, person: Jan Petersen, on: 2022-06-10}
"""


def tell(database: Database, tenant: int, out: Console) -> None:
    """Bill six years of savings: monthly on account, each year stated, agreed and settled."""
    out.print("\n[bold]It also modernised an office, and is paid out of what that saves.[/]\n")
    with database.transaction(tenant) as session:
        _publish(session, {})
        _agree(session, read(document("office")), date(2019, 12, 19))
        tell_profile(session, "hanse", _on(date(2019, 12, 19)))
    for year in range(2020, 2026):
        tell_year(database, tenant, year)
    with database.transaction(tenant) as session:
        _show(session, out)


def tell_year(database: Database, tenant: int, year: int) -> None:
    """One year: readings, prices, twelve invoices, and between the last two of them the statement."""
    with database.transaction(tenant) as session:
        _publish(session, {f"{year}-{month:02d}": _PRICES[year] for month in range(1, 13)})
        first, after_last = date(year, 1, 1), date(year + 1, 1, 1)
        _deliver(session, f"weather-{year}.csv", office.weather(first, after_last), after_last)
        _deliver(session, f"office-{year}.csv", office.energy(first, after_last), after_last)
    bill_everything(database, tenant, _on(date(year, 5, 1)))
    if year == office.SERVER_ROOM.year:
        with database.transaction(tenant) as session:
            _adjust(session)
    bill_everything(database, tenant, _on(date(year, 12, 31)))
    with database.transaction(tenant) as session:
        _state(session, year)
    # Nobody signs the statements after the disputed one: thirty days of silence are consent.
    bill_everything(database, tenant, _on(date(year + 1, 2, 16)))
    if year == DISPUTED:
        with database.transaction(tenant) as session:
            open_ones = ContractDisputeQuery(state=DisputeState.ACCEPTED)
            (dispute,) = disputes.list_contract_disputes(session, CONTRACT, open_ones).rows
            at = _on(date(year + 1, 3, 4))
            disputes.settle_dispute(session, dispute.id, due=True, who=enter(session, SIGNATORY, at), at=at)


def _is_of(invoice: StoredInvoice) -> bool:
    return invoice.row.inputs.contract == CONTRACT


def _agree(session: Session, terms: Any, on: date) -> None:
    contracts.record(session, parse(Contract, terms), who=enter(session, MANAGER, _on(on)), at=_on(on))
    contracts.release(session, CONTRACT, who=enter(session, FINANCE, _on(on)), at=_on(on))


def _adjust(session: Session) -> None:
    """Amend the contract by a non-routine adjustment, from the day that the server room ran."""
    terms = read(document("office"))
    terms["savings"][0]["adjustments"] = [read(_SERVERS)]
    terms["in_force_from"] = str(office.SERVER_ROOM)
    terms["reason"] = "non-routine adjustment: server room since May 2022"
    _agree(session, terms, date(2022, 6, 10))


def _publish(session: Session, prices: Mapping[str, str]) -> None:
    values = [{"month": month, "value": price, "published": f"{month}-28"} for month, price in prices.items()]
    index = {"index": SERIES, "kind": "price", "title": "Working hours, EUR/kWh without tax", "values": values}
    at = _on(date.fromisoformat(f"{max(prices, default='2019-12')}-28"))
    indices.record_index(session, parse(Index, index), who=enter(session, MANAGER, at), at=at)
    indices.release_index(session, SERIES, who=enter(session, FINANCE, at), at=at)


def _state(session: Session, year: int) -> None:
    """Prepare a year's statement and submit it: the first are signed, one disputed in part, the last met by silence."""
    at = _on(date(year + 1, 1, 11))
    prepared_by = enter(session, MANAGER, at)
    statement = statements.prepare_statement(session, CONTRACT, date(year, 12, 1), who=prepared_by, at=at)
    signs = enter(session, SIGNATORY, at)
    statements.take_step(session, statement.id, StatementStep.SUBMITTED, person=signs, who=signs, at=at)
    answered = _on(date(year + 1, 1, 20))
    if year <= DISPUTED:
        enter(session, CUSTOMER, answered)
    if year < DISPUTED:
        statements.take_step(session, statement.id, StatementStep.AGREED, person=CUSTOMER, who=CUSTOMER, at=answered)
    elif year == DISPUTED:
        note = "the chiller was replaced by us in July: part of the saving is ours"
        statements.take_step(
            session,
            statement.id,
            StatementStep.DISPUTED,
            person=CUSTOMER,
            who=CUSTOMER,
            at=answered,
            charges=[SHARE],
            note=note,
        )


def _show(session: Session, out: Console) -> None:
    at = _on(date(2026, 3, 1))
    rows = []
    for statement in statements.list_statements(session, CONTRACT, at):
        (saving,) = statement.content.savings
        share = next(money for money in statement.content.money if money.charge == SHARE)
        total, value = saving.total, share.value
        rows.append(
            (
                statement.first.year,
                plain(total.expected),
                plain(total.adjusted),
                plain(total.measured),
                plain(total.saved),
                "± " + f"{saving.uncertainty['caltrack']:.0f}",
                plain(value.contract) if value is not None else "",
                plain(value.cash) if value is not None else "",
                plain(share.billed_before),
                plain(share.now),
                statement.status.value,
            )
        )
    energies = ("expected", "adjusted", "measured", "saved kWh", "90 %")
    columns = ("year", *energies, "value", "cash value", "on account", "December", "statement")
    out.print(table(columns, rows, right=columns[:-1]))
    of_savings = [invoice for invoice in invoices.all_invoices(session) if _is_of(invoice)]
    numbers = {invoice.name for invoice in of_savings}
    unproven = {line.invoice for line in rating.replay_issued_invoices(session).discrepancies} & numbers
    out.print(
        f"\n[bold]{len(of_savings) - len(unproven)} of {len(of_savings)} invoices of savings recompute "
        "to the same cent[/] from the frozen baseline and their own inputs.\n"
    )


def _deliver(session: Session, name: str, raw: bytes, on: date) -> None:
    ingest(session, Sender(name, enter(session, METER, _on(on)), _on(on)), raw, IngestOptions())


def _on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
