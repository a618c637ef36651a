"""A small world for changes after billing: contracts over every kind of register, billed and issued over three months.

Everything that is read was read by April, except what is said to come late: a level on a line whose last read lies in
the last period, a counter whose first read lies in the first one. Changes are tried in transactions that are rolled
back, so that one world serves thousands of them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from sqlmodel import Session

from api.demo.documents import document
from api.operations.billing import bill_everything
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.provision import APP
from billing.corrections.store import CorrectionContext, Reasons, rerate
from billing.disputes import store as disputes
from billing.invoices import store as invoices
from billing.invoices.invoice import Line
from billing.invoices.made_out import MakingOut
from billing.invoices.store import InvoiceKind
from billing.rated import store as rated
from billing.rating.rating import States
from billing.rating.store import as_billed, count_all, rate, taxed_by
from billing.records.proof import LineProof
from billing.sources import sweep as sweeping
from billing.tables import RatingRow
from billing.tax.law_book import SHIPPED
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as indices
from contracts.indexation.series import Index
from contracts.recording import store as recording
from contracts.release.store import releasing
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.as_of import NOW
from quantities.document import parse, read
from quantities.errors import UsufructError
from tests.billing.scene import agreed, on
from tests.build import acts, meters

TENANT = 1
#: The day of the changes, after everything is issued.
LATER = datetime(2026, 4, 2, 12, tzinfo=UTC)

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: big, kind: interval, unit: kWh, resolution: "0.1", multiplier: "40", interval_minutes: "60"}
              - {key: weeks, kind: interval, unit: kWh, resolution: "0.1"}
              - {key: total, kind: cumulative, unit: kWh, resolution: "0.1", modulus: "10000"}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: made, kind: cumulative, unit: part, resolution: "1", multiplier: "2"}
              - {key: power, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: line, kind: instantaneous, unit: kW, resolution: "0.1", between: linear}
              - {key: gauge, kind: instantaneous, unit: kW, resolution: "0.1", between: linear, holds_minutes: "7200"}
              - {key: parts, kind: event, unit: part, resolution: "1", dimensions: [material, shift]}
              - {key: visits, kind: event, unit: each, resolution: "1"}
              - key: states
                kind: state
                unit: machine_hour
                resolution: "1"
                states: [{code: "1", name: RUN, used: "true"}, {code: "2", name: IDLE}, {code: "3", name: DOWN, cause: jam}]
      - name: Office
        meters:
          - name: Main
            registers: [{key: office, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "1440"}]
          - name: Weather
            registers: [{key: degrees, kind: instantaneous, unit: degC, resolution: "0.1"}]
  - name: Lager
    zone: Asia/Kathmandu
    assets: [{name: Shelf}]
"""

NORDLUFT = {"name": "Nordluft", "country": "DE", "vat_id": "DE123456789"}
BANDS = {
    "bands": [{"name": "day", "days": ["mon", "tue", "wed", "thu", "fri"], "hours": [{"start": "08:00", "end": "20:00"}]}],
    "otherwise": "night",
    "holidays": "DE-BY",
}  # fmt: skip


def _contract(
    reference: str, customer: Mapping[str, Any], charges: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    return {
        "contract": reference, "supplier": NORDLUFT, "customer": dict(customer), "currency": "EUR", "zone": "Europe/Berlin",
        "starts": "2026-01-01", "charges": charges, **more,
        "settings": {"least_coverage": "0"} | more.get("settings", {}),
    }  # fmt: skip


def _per_unit(name: str, unit: str, price: str, register: str | None = None, **more: Any) -> dict[str, Any]:
    counted = {} if register is None else {"register": register}
    return {"name": name, **counted, "rule": {"kind": "per_unit", "unit": unit, "unit_price": price}, **more}


def _following(index: str, lag_months: int, first_review: str = "2026-01-01") -> dict[str, Any]:
    return {"clause": {
        "kind": "following", "terms": [{"index": index, "base": "100"}], "every": "month",
        "first_review": first_review, "lag_months": str(lag_months),
    }}  # fmt: skip


def _saving() -> dict[str, Any]:
    option = read(document("office"))["savings"][0]["option"]
    signed = {"Nordluft": "Emil Kurz", "Hanse": "Dora Meier"}
    return {
        "name": "saved",
        "option": option | {"registers": ["office"], "temperature": "degrees"},
        "signatures": [{"party": party, "person": person, "on": "2025-12-16"} for party, person in signed.items()],
        "least_coverage": "0.5",
    }


#: By reference. Counters with tiers of the year, an allowance that is carried on, a ratchet; levels, in another zone and
#: under reverse charge; edges between reads, and prices that follow indices; events, states and bands; a saving; prepaid.
CONTRACTS: dict[str, dict[str, Any]] = {
    "COUNT": _contract("COUNT", {"name": "Blechwerke", "country": "DE"}, [
        {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100.00", "in_advance": "true"}},
        {"name": "energy", "register": "total", "rule": {"kind": "graduated", "unit": "kWh", "per": "year",
            "tiers": [{"up_to": "2500", "unit_price": "0.50"}, {"unit_price": "0.30"}]}},
        _per_unit("hours", "machine_hour", "12.50", "hours", included={
            "quantity": "80", "unit": "machine_hour", "per": "month", "carry_forward": "30"}),
        {"name": "peak", "register": "kwh", "rule": {"kind": "demand", "unit": "kW", "unit_price": "9.80",
            "block_minutes": "180", "ratchet": {"percent": "90", "periods": "2"}}},
        {"name": "discount", "rule": {"kind": "discount", "percent": "3"}},
    ]),
    "LEVEL": _contract("LEVEL", {"name": "Acier", "country": "FR", "vat_id": "FR12345678901"}, [
        _per_unit("hold", "kWh", "0.31", "power"),
        _per_unit("line", "kWh", "0.27", "line"),
        _per_unit("gauge", "MWh", "250", "gauge"),
    ], zone="America/New_York"),
    "EDGE": _contract("EDGE", {"name": "Kante", "country": "DE"}, [
        _per_unit("weeks", "kWh", "0.30", "weeks", index=_following("CPI", 1)),
        _per_unit("made", "part", "0.07", "made", index=_following("steel", 1, first_review="2025-12-12")),
    ], settings={"edges": "interpolated"}, ends="2026-04-01"),
    "EVENT": _contract("EVENT", {"name": "Stanz", "country": "AT", "vat_id": "ATU12345678"}, [
        {"name": "parts", "register": "parts", "rule": {"kind": "matrix", "unit": "part", "otherwise": "1.10",
            "entries": [{"when": {"material": "steel"}, "unit_price": "0.90"},
                        {"when": {"material": "steel", "shift": "night"}, "unit_price": "1.40"}]}},
        _per_unit("visits", "each", "80", "visits"),
        _per_unit("running", "machine_hour", "3.00", "states"),
        _per_unit("jammed", "machine_hour", "1.00", usage="jammed"),
        {"name": "bands", "register": "kwh", "rule": {"kind": "time_of_use", "unit": "kWh", "calendar": BANDS,
            "unit_prices": {"day": "0.31", "night": "0.22"}}},
    ], usages=[{"name": "jammed", "registers": ["states"], "states": ["DOWN"]}]),
    "SAVE": _contract("SAVE", {"name": "Hanse", "country": "DE"}, [
        {"name": "share", "usage": "saved", "rule": {"kind": "savings_share", "unit": "kWh",
            "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": "0.20"}}},
            "tranches": [{"percent": ["80"]}]}},
    ], savings=[_saving()]),
    "PREPAID": _contract("PREPAID", {"name": "Vorkasse", "country": "DE"}, [
        {"name": "drawn", "register": "big", "rule": {"kind": "prepaid", "unit": "kWh", "unit_price": "0.29",
            "blocks": [{"name": "block", "units": "60000", "cost": "9000.00", "bought": "2026-01-01"}]}},
        _per_unit("pumped", "kWh", "0.01", "big"),
    ], billing={"every": "four_weeks", "anchor_weekday": "thu"}),
}  # fmt: skip

#: In force from within a billed period: it divides February.
AMENDED = deepcopy(CONTRACTS["COUNT"]) | {"in_force_from": "2026-02-10", "reason": "a new price of hours"}
AMENDED["charges"][2]["rule"]["unit_price"] = "13.00"
#: Recorded and not released: it may be, from within January on.
WAITING = deepcopy(CONTRACTS["EVENT"]) | {"in_force_from": "2026-01-20", "reason": "dearer visits"}
WAITING["charges"][1]["rule"]["unit_price"] = "95"

#: The steel index goes on in the series that it is linked to; what nobody follows is linked to nothing.
INDICES = (
    {"index": "metals", "values": [
        {"month": month, "value": value, "published": "2026-01-10"}
        for month, value in (("2025-12", "52"), ("2026-01", "53"), ("2026-02", "54"))]},
    {"index": "alloys", "values": [{"month": "2026-02", "value": "31", "published": "2026-03-10"}]},
    {"index": "CPI", "values": [
        {"month": "2025-12", "value": "101", "published": "2026-01-10"},
        {"month": "2026-01", "value": "102", "published": "2026-02-10", "provisional": "true"},
        {"month": "2026-02", "value": "103", "published": "2026-03-10", "provisional": "true"}]},
    {"index": "steel", "links": [{"index": "metals", "factor": "2.1"}],
     "values": [{"month": month, "value": value, "published": "2026-01-10"}
                for month, value in (("2025-11", "108"), ("2025-12", "110"))]},
)  # fmt: skip
#: Recorded after everything is issued, and not released.
UNRELEASED = {"index": "CPI", "values": [{"month": "2026-01", "value": "104", "published": "2026-03-20"}]}


def _steps(first: str, after_last: str, hours: int) -> Iterator[datetime]:
    at, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, after_last))
    while at < end:
        yield at
        at += timedelta(hours=hours)


def _tenth(number: int) -> str:
    return f"{number // 10}.{number % 10}"


def readings() -> dict[str, list[tuple[datetime, str]]]:
    """Read every register but the events' and the weeks: by its key, rows of instant and value."""
    rows: dict[str, list[tuple[datetime, str]]] = {
        "kwh": [(at, _tenth(300 + at.day * at.hour % 170)) for at in _steps("2025-12-20", "2026-04-12", 6)],
        "big": [(at, _tenth(20 + at.day * at.hour % 37)) for at in _steps("2025-12-20", "2026-04-12", 6)],
        "power": [(at, _tenth(45 + at.day % 13)) for at in _steps("2025-12-29", "2026-04-12", 37)],
        "line": [(at, _tenth(60 + at.day % 17)) for at in _steps("2025-12-29", "2026-03-29", 41)],
        "gauge": [(at, _tenth(80 + at.day % 11)) for at in _steps("2025-12-30", "2026-04-12", 89)],
        "degrees": [(at, _tenth(20 + at.day)) for at in _steps("2025-12-29", "2026-04-12", 12)],
        "states": [(at, str(1 + (at.day + at.hour) % 3)) for at in _steps("2025-12-29", "2026-04-12", 11)],
        "visits": [(at, "1") for at in _steps("2025-12-25", "2026-04-12", 400)],
        "office": [(at - timedelta(hours=1), _tenth(6000 + at.day * 7)) for at in _steps("2025-12-20", "2026-03-29", 24)],
    }  # fmt: skip
    for key, first, step, rise in (("total", 7900, 31, 45), ("hours", 100, 53, 6), ("made", 500, 29, 11)):
        begins = "2026-01-04" if key == "hours" else "2025-12-28"
        values = ((at, first + number * rise) for number, at in enumerate(_steps(begins, "2026-04-12", step)))
        rows[key] = [(at, str(value % 10000)) for at, value in values]
    return rows


def events() -> list[tuple[datetime, str, str]]:
    """Let parts be made: instant, material, shift."""
    materials, shifts = ("steel", "brass"), ("early", "night")
    return [
        (at, materials[at.day % 2], shifts[at.hour % 2]) for at in _steps("2025-12-27", "2026-04-12", 65)
    ]  # fmt: skip


def weeks() -> list[tuple[datetime, datetime, str]]:
    """Read a register by the week: intervals across the edges of most months."""
    return [(at, at + timedelta(days=7), _tenth(900 + at.day)) for at in _steps("2025-12-23", "2026-04-12", 168)]


@dataclass(frozen=True)
class RatedAgain:
    """A period as it comes to now, from what it opened with when it was rated last.

    Attributes:
        lines: without their proofs.
        closing: what it carries on.
        fault: why it can no longer be counted or rated.
    """

    lines: tuple[Line, ...] = ()
    closing: States | None = None
    fault: str = ""


def _without_proof(line: Line) -> Line:
    return replace(line, proof=LineProof(rule="", arithmetic=1, version_id=0), corrects=None)


class Billed:
    """Contracts that are billed, asked as a later transaction would be, within the one that has changed something."""

    def __init__(self, access: Access) -> None:
        """Build them, bill them, and let the last sweep see them."""
        self.access = access
        database = Database(access.app, pool_size=2)
        try:
            self.build(database)
            with database.transaction(TENANT) as session:
                sweeping.sweep(session, on("2026-04-01"))
        finally:
            database.close()
        # As superuser, who becomes the application: so that both may write within one transaction.
        self._database = Database(access.administrator, pool_size=2)
        with self.trying() as session:
            versions = contracts.of_contracts(session)
            self.references = {key: known[-1].contract.contract for key, known in versions.items()}
            newest = rated.newest(session, list(versions)).values()
            self.newest: dict[int, RatingRow] = {key: row for rows in newest for key, row in rows.items()}
            session.expunge_all()

    def build(self, database: Database) -> None:
        """Declare, deliver, agree and bill."""
        raise NotImplementedError

    def close(self) -> None:
        """Close its connections."""
        self._database.close()

    @contextmanager
    def trying(self) -> Iterator[Session]:
        """Open a transaction as the application, and roll it back in the end."""
        with pytest.MonkeyPatch.context() as patched, self._database.transaction(TENANT) as session:
            # A transaction's own deliveries lie above its watermark; asked is what a later one would see.
            patched.setattr(sweeping, "take_watermark", _newest_batch)
            session.execute(text(f"set local session authorization {APP}"))
            try:
                yield session
            finally:
                session.rollback()

    def named(self, rating_ids: Collection[int]) -> set[str]:
        """Name ratings by contract and month."""
        rows = {row.id: row for row in self.newest.values()}
        return {f"{self.references[rows[key].contract_id]} {rows[key].first:%b}" for key in rating_ids}


def by_hand(session: Session, statement: str, **values: object) -> None:
    """Do in a transaction of ``trying`` what no operation does, as superuser."""
    session.execute(text("set local session authorization default"))
    try:
        session.execute(text(statement), values)
    finally:
        session.execute(text(f"set local session authorization {APP}"))


class World(Billed):
    """The contracts above, over three months."""

    def __init__(self, access: Access) -> None:
        """Build them, and rate them as they are."""
        super().__init__(access)
        with self.trying() as session:
            stored = invoices.billed(session, invoices.ids_of(session))
            self.issued = [invoice for invoice in stored if invoice.row.kind != InvoiceKind.CORRECTION]
            self.contract_of = {row.id: row.contract_id for row in self.newest.values()}
            self.as_billed = self.rated_again(session)
            self.read_at = _read_at(session)
            session.expunge_all()

    def partly(self, differing: Collection[int], marked: Collection[int]) -> set[str]:
        """Name the contracts that owe something else, of which not every rating is marked."""
        concerned = {self.contract_of[key] for key in differing}
        whole = concerned - {contract_id for key, contract_id in self.contract_of.items() if key not in marked}
        return {self.references[contract_id] for contract_id in concerned - whole}

    def rated_again(self, session: Session, references: Collection[str] | None = None) -> dict[int, RatedAgain]:
        """Rate the issued periods of some contracts, or of all, as of now: by the key of its newest rating."""
        contexts = self._contexts(session, references)
        issued = [invoice for invoice in self.issued if invoice.row.contract_id in contexts]
        bills = []
        for invoice in issued:
            context, last = contexts[invoice.row.contract_id], self.newest[invoice.row.id]
            due = context.due(context.versions[-1].contract)
            bill = as_billed(invoice, context.versions, context.lookup, rated_until=last.after_last, due=due)
            bills.append(bill)
        results: dict[int, RatedAgain] = {}
        for invoice, bill, counted in zip(issued, bills, count_all(session, bills, NOW), strict=True):
            context, last = contexts[invoice.row.contract_id], self.newest[invoice.row.id]
            try:
                disputed = context.disputed(invoice.row.created_at)
                rating = rate(bill, counted, last.inputs.opening, context.lookup, taxed_by(context.deciding), disputed)
            except UsufructError as fault:
                results[last.id] = RatedAgain(fault=f"{type(fault).__name__}: {fault}")
                continue
            results[last.id] = RatedAgain(tuple(map(_without_proof, rating.lines)), rating.closing)
        return results

    def corrections(self, session: Session, reference: str, marked: Collection[int] | None = None) -> list[Line] | str:
        """Correct a contract for the ratings that are marked; without them, for all. Or say why that is not possible."""
        ((contract_id, context),) = self._contexts(session, [reference]).items()
        known = {key: row for key, row in self.newest.items() if row.contract_id == contract_id}
        so_far = invoices.billed(session, invoices.ids_of_contract(session, contract_id))
        reasons = {key: Reasons() for key, row in known.items() if marked is None or row.id in marked}
        try:
            outcome = rerate(session, so_far, known, reasons, context)
        except UsufructError as fault:
            return type(fault).__name__
        return [_without_proof(line) for line in outcome.lines]

    def _contexts(self, session: Session, references: Collection[str] | None) -> dict[int, CorrectionContext]:
        named = [key for key, reference in self.references.items() if references is None or reference in references]
        versions = contracts.of_contracts(session, named)
        lookup = indices.lookup(
            session, indices.indices_of(version.contract for known in versions.values() for version in known)
        )
        raised = disputes.of_contracts(session, named)
        return {
            key: CorrectionContext(
                versions[key],
                tuple(dispute for dispute in raised if dispute.contract_id == key),
                lookup,
                NOW,
                LATER,
                SHIPPED,
                making_out=MakingOut(LATER),
            )
            for key in named
        }

    def build(self, database: Database) -> None:
        """Bill month by month, with an amendment, disputes and a correction in between."""
        with database.transaction(TENANT) as session:
            declare(session, parse(Fleet, read(FLEET)))
            for index in INDICES:
                record_index(session, index)
            for contract in CONTRACTS.values():
                agreed(session, yaml.safe_dump(contract, allow_unicode=True))
            for key, rows in readings().items():
                delivers(session, key, rows)
            parts = "\n".join(",".join([at.isoformat(), "1", *labels]) for at, *labels in events())
            sender = Sender("feed.csv", "telematics", on("2026-01-01"))
            ingest(session, sender, f"time,value,material,shift\n{parts}".encode(), IngestOptions(register="parts"))
            delivers(session, "weeks", [(at, value) for at, _, value in weeks()], extent=timedelta(days=7))
        bill_everything(database, TENANT, on("2026-02-01"))
        with database.transaction(TENANT) as session:
            agreed(session, yaml.safe_dump(AMENDED, allow_unicode=True), on("2026-02-05"))
            disputed(session, "PREPAID", "pumped", "2026-01-29", "2026-02-26", at=on("2026-02-20"), accepted=True)
            disputed(session, "LEVEL", "hold", "2026-01-01", "2026-02-01", at=on("2026-02-20"), accepted=True)
            disputed(session, "COUNT", "hours", "2026-01-01", "2026-02-01", at=on("2026-02-20"), accepted=False)
        bill_everything(database, TENANT, on("2026-03-01"))
        with database.transaction(TENANT) as session:  # what April's first bill corrects, the newest rating is of then
            delivers(session, "kwh", [(datetime(2026, 1, 7, 12, tzinfo=UTC), "99.9")])
        bill_everything(database, TENANT, on("2026-04-01"))
        with database.transaction(TENANT) as session:
            recording.apply(
                session,
                parse(Contract, read(yaml.safe_dump(WAITING))),
                recorded_by=acts(session, "anna"),
                recorded_at=on("2026-04-01"),
            )
            record_index(session, UNRELEASED, is_released=False)


def _newest_batch(session: Session) -> int:
    return int(session.execute(text("select coalesce(max(id), 0) from batch")).scalar_one())


def _read_at(session: Session) -> dict[str, list[tuple[datetime, Decimal]]]:
    rows = session.execute(
        text("""select r.key, x.start, x.value from reading x join series s on s.id = x.series
                join register r on r.id = s.register_id where r.kind = 'cumulative' order by x.start""")
    )
    reads: dict[str, list[tuple[datetime, Decimal]]] = {}
    for key, start, value in rows:
        reads.setdefault(key, []).append((start, value))
    return reads


def delivers(
    session: Session, key: str, rows: list[tuple[datetime, str]], *, extent: timedelta | None = None, **dimensions: str
) -> Receipt:
    """Deliver rows of one register, all of one extent and with the same dimensions."""
    header = ["time", *(["end"] if extent else []), "value", *dimensions]
    lines = [",".join(header)]
    for at, value in rows:
        ends = [(at + extent).isoformat()] if extent else []
        lines.append(",".join([at.isoformat(), *ends, value, *dimensions.values()]))
    raw = "\n".join(lines).encode()
    meters(session)
    return ingest(session, Sender("feed.csv", "telematics", LATER), raw, IngestOptions(register=key))


def record_index(session: Session, index: Mapping[str, Any], *, is_released: bool = True) -> None:
    """Record values or links of an index, and release them."""
    indices.record(session, parse(Index, dict(index)), recorded_by=acts(session, "anna"), recorded_at=on("2026-04-01"))
    if is_released:
        indices.release(session, str(index["index"]), releasing(session, acts(session, "bert"), on("2026-04-01")))


def disputed(
    session: Session, reference: str, charge: str, first: str, after_last: str, *, at: datetime, accepted: bool
) -> int:
    """Dispute a charge over some days; the number of the dispute."""
    days = date.fromisoformat(first), date.fromisoformat(after_last)
    raised = disputes.raise_(session, reference, charge, *days, reason="doubted", by="anna", at=at, accepted=accepted)
    return raised.id
