"""The example of shared savings, told: an office's six years from readings to statements, invoices and settlements."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from sqlmodel import Session

from api.cli.context import table
from api.demo import office
from api.demo.documents import document
from api.operations.working import bill_everything, ingest
from api.server.database import Database
from billing.disputes import store as dispute_store
from billing.invoices import store
from billing.proof.replay import replay
from billing.statements import prepare as statement_preparing_store
from billing.statements import store as statement_store
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.indexation.store import Index
from contracts.release.store import releasing
from contracts.statement import StatementStep
from contracts.store import apply, release, versions
from metering.deliveries.store import Sender
from metering.ingest import IngestOptions
from quantities.document import parse, read

CONTRACT, SERIES = "OFFICE-SAVINGS", "Hamburg business peak"
SUPPLIER, CUSTOMER = "Emil Kurz", "Dora Meier"
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
    bill_everything(database, tenant, _on(date(year, 5, 1)), issue=True)
    if year == office.SERVER_ROOM.year:
        with database.transaction(tenant) as session:
            _adjust(session)
    bill_everything(database, tenant, _on(date(year, 12, 31)), issue=True)
    with database.transaction(tenant) as session:
        _state(session, year)
    # Nobody signs the statements after the disputed one: thirty days of silence are consent.
    bill_everything(database, tenant, _on(date(year + 1, 2, 16)), issue=True)
    if year == DISPUTED:
        with database.transaction(tenant) as session:
            contract_id = versions(session, CONTRACT)[-1].contract_id
            (open_,) = (each for each in dispute_store.of_contracts(session, [contract_id]) if each.outcome is None)
            dispute_store.settle(session, open_.id, due=True, by=SUPPLIER, at=_on(date(year + 1, 3, 4)))


def _is_of(invoice: store.StoredInvoice) -> bool:
    return bool(invoice.row.inputs["contract"] == CONTRACT)


def _agree(session: Session, terms: Any, on: date) -> None:
    apply(session, parse(Contract, terms), recorded_by="Anna Petersen", recorded_at=_on(on))
    release(session, CONTRACT, releasing(session, "Carla Nowak", _on(on)))


def _adjust(session: Session) -> None:
    """Amend the contract by a non-routine adjustment, from the day that the server room ran."""
    terms = read(document("office"))
    terms["savings"][0]["adjustments"] = [read(_SERVERS)]
    terms["in_force_from"] = str(office.SERVER_ROOM)
    terms["reason"] = "non-routine adjustment: server room since May 2022"
    _agree(session, terms, date(2022, 6, 10))


def _publish(session: Session, prices: Mapping[str, str]) -> None:
    values = [{"month": month, "value": price, "published": f"{month}-28"} for month, price in prices.items()]
    told = {"index": SERIES, "kind": "price", "title": "Working hours, EUR/kWh without tax", "values": values}
    at = _on(date.fromisoformat(f"{max(prices, default='2019-12')}-28"))
    index_store.record(session, parse(Index, told), recorded_by="Anna Petersen", recorded_at=at)
    index_store.release(session, SERIES, releasing(session, "Carla Nowak", at))


def _state(session: Session, year: int) -> None:
    """Prepare a year's statement and submit it: the first are signed, one disputed in part, the last met by silence."""
    at = _on(date(year + 1, 1, 11))
    made = statement_preparing_store.prepare(session, CONTRACT, date(year, 12, 1), by=SUPPLIER, at=at)
    statement_store.take(session, made.id, StatementStep.SUBMITTED, person=SUPPLIER, by="Anna Petersen", at=at)
    answered = _on(date(year + 1, 1, 20))
    if year < DISPUTED:
        statement_store.take(session, made.id, StatementStep.AGREED, person=CUSTOMER, by=CUSTOMER, at=answered)
    elif year == DISPUTED:
        note = "the chiller was replaced by us in July: part of the saving is ours"
        statement_store.take(
            session,
            made.id,
            StatementStep.DISPUTED,
            person=CUSTOMER,
            by=CUSTOMER,
            at=answered,
            charges=[SHARE],
            note=note,
        )


def _show(session: Session, out: Console) -> None:
    at = _on(date(2026, 3, 1))
    rows = []
    for each in statement_store.of_contract(session, CONTRACT, at):
        (saving,) = each.content["savings"]
        share = next(money for money in each.content["money"] if money["charge"] == SHARE)
        total = saving["total"]
        rows.append(
            (
                each.first.year,
                total["expected"],
                total["adjusted"],
                total["measured"],
                total["saved"],
                "± " + _whole(saving["uncertainty"]["caltrack"]),
                share["value"]["contract"],
                share["value"]["cash"],
                share["billed_before"],
                share["now"],
                each.stands.value,
            )
        )
    energies = ("expected", "adjusted", "measured", "saved kWh", "90 %")
    columns = ("year", *energies, "value", "cash value", "on account", "December", "statement")
    out.print(table(columns, rows, right=columns[:-1]))
    mine = [each for each in store.billed(session, store.ids_of(session)) if _is_of(each)]
    differing = replay(session, [each.row.id for each in mine])
    out.print(
        f"\n[bold]{len(mine) - len({each.invoice for each in differing})} of {len(mine)} invoices of savings recompute "
        "to the same cent[/] from the frozen baseline and their own inputs.\n"
    )


def _whole(number: str) -> str:
    return f"{Decimal(number):.0f}"


def _deliver(session: Session, name: str, raw: bytes, on: date) -> None:
    ingest(session, Sender(name, "telematics", _on(on)), raw, IngestOptions())


def _on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
