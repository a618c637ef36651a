"""Replay: whatever an issued document says is compared, so that whatever is changed of it afterwards is named.

One small world is billed and issued once: an opening, two periods with a correction of the first, a correction of its
own. Each change is made by a superuser, past the triggers that refuse it, in a transaction that is rolled back.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session

from api.operations.readings import ingest
from api.operations.spending import top_up
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.disputes import store as disputes
from billing.invoices import store
from billing.proof.compare import Discrepancy
from billing.proof.replay import replay
from billing.records.changes import BatchChange, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.inputs import InvoiceInputs
from billing.records.proof import (
    AdjustmentProof,
    ConversionProof,
    CreditProof,
    DrawProof,
    IndexProof,
    LateProof,
    LineProof,
    RegisterProof,
    UseProof,
    WithholdingProof,
)
from billing.records.record import Record
from billing.tables import InvoiceLineRow, InvoiceRow
from contracts.indexation.series import Index
from contracts.indexation.store import record as record_index
from contracts.indexation.store import release as release_index
from contracts.release.store import releasing
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from tests.billing.credits.giving import gives
from tests.billing.dunning.desk import BASE_RATE, Desk, publishes
from tests.billing.scene import FLEET, Scene, agreed, on
from tests.billing.spending.spending_scene import SpendingScene
from tests.build import acts
from tests.conftest import fresh_database

MORE_REGISTERS = (
    FLEET
    + '              - {key: more, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", dimensions: [shift]}\n'
)
INDEX = """
index: CPI
values:
  - {month: 2025-10, value: "120", published: 2025-11-12}
  - {month: 2026-01, value: "121.2", published: 2026-02-01, provisional: true}
"""
EVERYTHING = """
contract: C-1
supplier: {name: Nordluft, country: DE, vat_id: DE123456789}
customer: {name: Forges, country: FR, vat_id: FR12345678901}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
usages: [{name: both, registers: [kwh, more]}]
charges:
  - name: fee
    rule: {kind: fixed_fee, amount: "100.00", in_advance: true}
  - name: energy
    register: kwh
    included: {quantity: "10", unit: kWh, per: quarter}
    rule: {kind: graduated, unit: MWh, per: quarter, tiers: [{up_to: "0.1", unit_price: "500"}, {unit_price: "200"}]}
    index:
      clause: {kind: following, terms: [{index: CPI, base_month: 2025-10}], lag_months: "1", every: month, first_review: 2026-02-01}
    dimensions: {cost_centre: "4711"}
    allocation: [{first: 2026-01-01, weights: {hall: "2", yard: "1"}}]
    payees: {owner: "1", operator: "3"}
    tax_code: P-1
    revenue_account: "8400"
  - name: sum
    usage: both
    rule: {kind: per_unit, unit: kWh, unit_price: "0.01"}
  - name: shifts
    register: more
    rule: {kind: per_unit, unit: kWh, unit_price: "0.02"}
    waterfall: {steps: [{kind: percent, payee: operator, percent: "25"}], rest: owner}
  - {name: off, rule: {kind: discount, percent: "10", of: [shifts]}}
"""  # fmt: skip
#: January alone, so that what comes late makes a document of its own.
ENDED = """
contract: C-2
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
ends: 2026-02-01
charges:
  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}
  - {name: fee, rule: {kind: fixed_fee, amount: "50.00"}, split: {unit: machine_hour, parts: [{name: hall, uses: [hours]}]}}
tax: {price_basis: with_tax, withholding: [{percent: "10", law: EStG, gross_up: "true", first: 2026-01-01}]}
"""
#: Paid in before it is used, in part, and never paid for the rest.
PREPAID = """
contract: C-4
supplier: {name: Nordluft, country: DE, vat_id: DE123456789}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-02-10
ends: 2026-03-21
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "900.00"}}
spending: {top_up: {below: "0", by: "100"}}
invoicing:
  dunning:
    steps:
      - {after_days: "20", kind: notice, fee: "40.00", interest: {base: basiszins, above: "9"}}
"""
#: Of a country where a document is taken back as a whole, and issued anew.
TAKEN_BACK = (
    ENDED.replace("C-2", "C-3")
    .replace("{name: Nordluft, country: DE}", "{name: Aer, country: RO}")
    .replace("{name: Blechwerke, country: DE}", "{name: Uzina, country: RO}")
)


@dataclass(frozen=True)
class World:
    """What was billed: its documents, and a connection that no policy and no trigger binds."""

    scene: Scene
    superuser: Engine
    invoices: list[store.StoredInvoice]

    def keys(self) -> dict[str, int]:
        """The keys of its documents, by contract and kind; of two periods the later one is the last."""
        return {f"{invoice.row.inputs.contract} {invoice.row.kind}": invoice.row.id for invoice in self.invoices}

    @contextmanager
    def changed(self, *statements: str, **values: object) -> Iterator[Session]:
        """The world after something was changed past every trigger; as it was, afterwards."""
        with Session(self.superuser) as session:
            session.execute(text("select set_config('app.tenant', '1', true)"))
            session.execute(text("set local session_replication_role = replica"))
            for statement in statements:
                session.execute(text(statement), values)
            yield session
            session.rollback()

    def named(self, key: int, *statements: str, **values: object) -> list[Discrepancy]:
        """What replay says of one document after something was changed."""
        with self.changed(*statements, **values) as session:
            return replay(session, [key])


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with fresh_database(server, __name__) as access:
        database, superuser = Database(access.app), create_engine(access.administrator)
        try:
            scene = billed(Scene(access, database))
            yield World(scene, superuser, scene.invoices())
        finally:
            database.close()
            superuser.dispose()


def delivered_by_shift(scene: Scene, *rows: str) -> None:
    """Rows of the register that has several readings of one interval."""
    raw = "\n".join(["time,value,shift", *rows]).encode()
    with scene.database.transaction(1) as session:
        ingest(session, Sender("feed.csv", "telematics", on("2026-03-10")), raw, IngestOptions(register="more"))


def billed(scene: Scene) -> Scene:
    with scene.database.transaction(1) as session:
        declare(session, parse(Fleet, read(MORE_REGISTERS)))
        record_index(
            session, parse(Index, read(INDEX)), recorded_by=acts(session, "anna"), recorded_at=on("2025-12-01")
        )
        release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2025-12-01")))
        for terms in (EVERYTHING, ENDED, TAKEN_BACK):
            agreed(session, terms)
    scene.bills("2026-01-02")
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60")
    delivered_by_shift(scene, "2026-01-05T10:00+01:00,4,early", "2026-01-05T10:00+01:00,3,late")
    scene.delivers("2026-01-01 00 100.0\n2026-02-01 00 107.5", register="hours")
    scene.bills("2026-02-01")
    scene.delivers("2026-02-05 10 40")
    delivered_by_shift(scene, "2026-02-05T10:00+01:00,8,early")
    scene.delivers("2026-01-05 12 30", reason="late", by="jonas")
    scene.delivers("2026-01-31 23 106.0\n2026-02-01 00 106.5", register="hours", reason="misread", by="jonas")
    with scene.database.transaction(1) as session:
        days = (on("2026-02-01").date(), on("2026-03-01").date())
        disputes.raise_(
            session, "C-1", "sum", *days, reason="too much", by="anna", at=on("2026-02-10"), accepted=True
        )  # fmt: skip
    scene.bills("2026-03-01")
    scene.bills("2026-03-20")
    of_hours = next(invoice.name for invoice in scene.invoices() if invoice.row.inputs.contract == "C-2")
    gives(scene, of_hours, {"line": 1, "percent": "10"}, day="2026-03-20")
    prepaid_and_late(scene)
    return scene


def prepaid_and_late(scene: Scene) -> None:
    """A claim before supply, what is drawn of it, and what is claimed as the rest is not paid; after all the others."""
    with scene.database.transaction(1) as session:
        publishes(session, BASE_RATE)
        agreed(session, PREPAID)
    with scene.database.transaction(1) as session:
        top_up(session, "C-4", Decimal(200), who=acts(session, "anna"), at=on("2026-03-20"))
    claimed = next(invoice.name for invoice in scene.invoices() if invoice.row.inputs.contract == "C-4")
    SpendingScene(scene.access, scene.database).pays(claimed, "238.00", "2026-03-21")
    scene.bills("2026-03-22")
    Desk(scene.database, scene.access).duns("2026-05-15")


def test_the_world_has_every_kind_of_document_and_proves(world: World) -> None:
    assert world.keys().keys() == {
        "C-1 opening",
        "C-1 period",
        "C-2 period",
        "C-2 correction",
        "C-2 credit",
        "C-3 period",
        "C-3 correction",
        "C-4 advance",
        "C-4 period",
        "C-4 late",
    }
    assert world.scene.replays() == []


OF_INVOICE = {
    # column: the document, its new value, what is named
    "kind": ("C-1 period", "'correction'", "kind"),
    "document_type": ("C-1 period", "'381'", "document type"),
    "series": ("C-1 period", "'R'", "series"),
    "of_id": ("C-3 correction", "null", "the ratings"),
    "within_id": ("C-1 period", "2", "what it stands within of C-1"),
    "contract_id": ("C-1 period", "2", "the key of the contract"),
    "version_id": ("C-1 period", "2", "version"),
    "issuer_id": ("C-1 period", "customer_id", "the key of the supplier"),
    "customer_id": ("C-1 period", "issuer_id", "the key of the customer"),
    "first": ("C-1 period", "first - 1", "first"),
    "after_last": ("C-1 period", "after_last + 1", "after_last"),
    "year": ("C-1 period", "2025", "year"),
    "sequence": ("C-1 period", "77", "number"),
    "number": ("C-1 period", "'2026-000077'", "number"),
    "came_to_nothing": ("C-1 period", "true", "came_to_nothing"),
    "issued_on": ("C-1 period", "issued_on - 1", "due_on"),
    "due_on": ("C-1 period", "due_on + 1", "due_on"),
    "currency": ("C-1 period", "'CHF'", "currency"),
    "net": ("C-1 period", "net + 1", "net"),
    "vat": ("C-2 period", "vat + 1", "vat"),
    "gross": ("C-1 period", "gross + 1", "gross"),
    "watermark": ("C-1 period", "watermark + 1", "watermark"),
    "inputs": ("C-1 period", "jsonb_set(inputs, '{zone}', '\"Etc/UTC\"')", "zone"),
    "created_at": ("C-1 period", "created_at + interval '1 hour'", "created_at"),
}
OF_LINE = {
    "pos": ("99", "the count of the readings"),  # the next line is compared in its place
    "customer_id": ("customer_id % 2 + 1", "the customer"),
    "charge": ("'other'", "charge"),
    "part": ("part + 1", "part"),
    "label": ("'of another'", "label"),
    "nature": ("'damages'", "nature"),
    "quantity": ("quantity + 1", "quantity"),
    "unit": ("'kWh'", "unit"),
    "unit_price": ("unit_price + 1", "unit_price"),
    "net": ("net + 1", "net"),
    "service_first": ("service_first + 1", "service_first"),
    "service_after_last": ("service_after_last - 1", "service_after_last"),
    "tax_point": ("tax_point - 1", "tax_point"),
    "tax_category": ("'O'", "tax"),
    "tax_rate": ("tax_rate + 1", "tax"),
    "tax_reason": ("''", "tax"),
    "corrects_id": ("corrects_id - 1", "corrects"),
    "corrects_number": ("'2026-000077'", "corrects"),
    "dimensions": ('\'{"cost_centre": "4712"}\'', "dimensions"),
    "allocation": ('\'{"hall": "1.00"}\'', "allocation"),
    "payees": ('\'{"owner": "1.00"}\'', "payees"),
    "proof": ("jsonb_set(proof, '{sum}', '\"1 × 1\"')", "the sum of its proof"),
    "tax_code": ("'P-2'", "tax_code"),
    "revenue_account": ("'8401'", "revenue_account"),
}
#: What replay does not compare, and why.
NOT_COMPARED = {
    "invoice": {
        "tenant": "no row of another tenant is seen by a replay",
        "id": "the key by which the document is asked for; its lines and ratings hang on it",
        "voided_on": "held against the release of two with the next one, for both are there or none (tests/billing/voiding)",
        "counts_until": "which documents were made before it was void is known from no other row",
        "payable": "the database computes it of the gross amount and of what the inputs say, which are compared",
    },
    "invoice_line": {
        "tenant": "no row of another tenant is seen by a replay",
        "invoice_id": "the key of its document: a line that moves is one too few there and one too many here",
    },
}


class TestEveryColumn:
    @pytest.mark.parametrize(("table", "changed"), [(InvoiceRow, OF_INVOICE), (InvoiceLineRow, OF_LINE)])
    def test_is_compared_or_its_reason_is_listed(self, table: Any, changed: dict[str, object]) -> None:
        named = {column.name for column in table.__table__.columns}
        assert named == changed.keys() | NOT_COMPARED[table.__tablename__].keys()
        assert not changed.keys() & NOT_COMPARED[table.__tablename__].keys()

    @pytest.mark.parametrize("column", OF_INVOICE)
    def test_of_a_head_that_is_changed_is_named(self, world: World, column: str) -> None:
        document, value, what = OF_INVOICE[column]
        discrepancies = world.named(
            key := world.keys()[document],
            "alter table invoice drop constraint ck_invoice_ck_invoice_gross_is_the_sum",
            "alter table invoice drop constraint ck_invoice_nothing_has_no_number",
            f"update invoice set {column} = {value} where id = {key}",
        )
        assert (0, what) in [(difference.pos, difference.what) for difference in discrepancies]
        of_head = [difference.what for difference in discrepancies if difference.pos == 0]
        # of another kind, it is not the document before the next period any more
        assert len([named for named in of_head if " carried into " not in named]) == 1

    @pytest.mark.parametrize("column", OF_LINE)
    def test_of_a_line_that_is_changed_is_named(self, world: World, column: str) -> None:
        value, what = OF_LINE[column]
        key = world.keys()["C-1 period"]
        pos = adjusting(world, key)
        discrepancies = world.named(
            key, f"update invoice_line set {column} = {value} where invoice_id = {key} and pos = {pos}"
        )
        assert (pos, what) in [(difference.pos, difference.what) for difference in discrepancies]

    def test_a_line_that_moved_to_another_document_is_missed_and_met(self, world: World) -> None:
        keys = world.keys()
        moved = f"update invoice_line set invoice_id = {keys['C-2 period']}, pos = 9 where invoice_id = %d and pos = 1"
        statement = moved % (key := keys["C-1 opening"])
        assert (1, "the line") in [(each.pos, each.what) for each in world.named(key, statement)]
        assert (3, "the line") in [(each.pos, each.what) for each in world.named(keys["C-2 period"], statement)]


@pytest.mark.parametrize("statement", [
    "delete from reading where batch = (select min(batch) from reading)",
    "update reading set value = value + 1 where batch = (select max(batch) from reading)",
    "update contract_version set terms = '[]' where terms->>'contract' = 'C-1'",
    "update rating set watermark = 0",
    "update invoice_line set net = net + 1 where pos = 1",
])  # fmt: skip
def test_what_is_replayed_together_is_what_each_is_alone(world: World, statement: str) -> None:
    with world.changed(statement) as session:
        keys = sorted(invoice.row.id for invoice in world.invoices)
        together = replay(session, keys)
        assert together == [difference for key in keys for difference in replay(session, [key])]
        assert together


def adjusting(world: World, key: int) -> int:
    """The position of the first line of energy that corrects another."""
    (invoice,) = (invoice for invoice in world.invoices if invoice.row.id == key)
    return next(pos for pos, line in enumerate(invoice.lines, start=1) if line.corrects and line.charge == "energy")


OF_INPUTS: dict[str, Any] = {
    "contract": "C-9", "version": 2, "version_number": 9, "watermark": 99, "zone": "Etc/UTC",
    "period": "2026-01-01/2026-03-01", "whole_period": "2026-01-01/2026-03-01",
    "supplier": {"name": "Nordluft", "country": "AT"}, "customer": {"name": "Forges", "country": "LU"},
    "payment_days": 99, "documents": {"country": "DE", "since": "2025-01-01", "correction": "red_letter"},
    "tax": {"rounding": "1.00"}, "cash_discount": [{"days": 10, "percent": "2"}], "prepaid_by": ["2026-000009"],
    "made_out_by": "Nordluft", "consolidates": ["C-9"], "invoicing": {"terms": {"language": "de"}},
}  # fmt: skip
#: Keys whose values a document of another kind has: each value inside is one in ``TestAClaim`` and ``TestACredit``.
OF_OTHER_KINDS = ("credit", "late", "advance", "draws")


class TestEveryKeyOfTheInputs:
    def test_has_another_value_here(self) -> None:
        assert keys_of(InvoiceInputs) == {("InvoiceInputs", name) for name in (*OF_INPUTS, *OF_OTHER_KINDS)}

    @pytest.mark.parametrize("name", OF_INPUTS)
    @pytest.mark.parametrize("document", ["C-1 period", "C-2 correction"])
    def test_that_is_changed_is_named(self, world: World, document: str, name: str) -> None:
        key, other = world.keys()[document], OF_INPUTS[name]
        if document == "C-2 correction" and name == "version":
            other = 1
        statement = f"update invoice set inputs = inputs || cast(:other as jsonb) where id = {key}"
        (difference,) = world.named(key, statement, other=json.dumps({name: other}))
        assert difference.pos == 0
        assert difference.what == {
            "version_number": "version number",
            "whole_period": "whole period",
            "tax": "the rounding amount",
        }.get(name, name)


class TestAClaim:
    """What is claimed before supply, what is drawn of it, and what is claimed of a delay, as documents record it."""

    #: What is recorded beside what other rows say, and why none of them tells.
    @pytest.mark.parametrize(("of", "at_least"), [("advance", 12), ("draws", 4), ("late", 40)])
    def test_that_is_changed_anywhere_is_named(self, world: World, of: str, at_least: int) -> None:
        (row,) = (invoice.row for invoice in world.invoices if getattr(invoice.row.inputs, of))
        recorded = [(path, value) for path, _, value in leaves(row.inputs.model_dump(mode="json")[of])]
        assert len(recorded) >= at_least
        statement = (
            "update invoice set inputs = jsonb_set(inputs, cast(:path as text[]), cast(:other as jsonb))"
            f" where id = {row.id}"
        )
        unnamed = {
            ".".join([of, *path])
            for path, value in recorded
            if not world.named(row.id, statement, path=[of, *path], other=json.dumps(another(value)))
        }
        assert unnamed == set()


class TestACredit:
    """What a credit note by hand was made of, and the row of its release."""

    @pytest.mark.parametrize(
        ("path", "other", "what"),
        [
            pytest.param(["n"], 2, "the credit", id="its number"),
            pytest.param(["document"], 999, "the document that is given back", id="the document"),
            pytest.param(["number"], "X", "the credit", id="the document's number"),
            pytest.param(["reason"], "none", "the reason of the credit", id="the reason"),
            pytest.param(["lines", "0", "net"], "1", "the credit", id="what it gave"),
            pytest.param(["lines", "0", "charge"], "fee", "the credit", id="of which charge"),
            pytest.param(["lines", "0", "asked", "percent"], "11", "the credit", id="what was asked"),
        ],
    )
    def test_that_is_changed_is_named(self, world: World, path: list[str], other: object, what: str) -> None:
        differences = world.named(
            world.keys()["C-2 credit"],
            f"update invoice set inputs = jsonb_set(inputs, cast(:path as text[]), cast(:other as jsonb))"
            f" where id = {world.keys()['C-2 credit']}",
            path=["credit", *path],
            other=json.dumps(other),
        )
        assert what in [difference.what for difference in differences]

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            pytest.param("delete from credit", "the release of the credit", id="no row"),
            pytest.param("update credit set released_at = null", "the release of the credit", id="not released"),
            pytest.param("update credit set reason = 'none'", "the reason of the credit", id="another reason"),
        ],
    )
    def test_whose_release_is_another_is_named(self, world: World, change: str, what: str) -> None:
        key = world.keys()["C-2 credit"]
        statements = ["alter table credit drop constraint ck_credit_released_whole", change]
        assert what in [difference.what for difference in world.named(key, *statements)]


RECORDS: tuple[type[Record], ...] = (
    LineProof, RegisterProof, UseProof, ConversionProof, IndexProof, AdjustmentProof, BatchChange, CreditProof,
    WithholdingProof, LateProof, DrawProof,
)  # fmt: skip


def keys_of(kind: type[Record]) -> set[tuple[str, str]]:
    """Its keys as they are stored, but the number of the schema."""
    names = [field.alias or name for name, field in kind.model_fields.items()]
    return {(kind.__name__, name) for name in names if name != "schema"}


def kind_of(stored: dict[str, Any]) -> str:
    """Of which record an object in a proof is; of what a rule carries on, none."""
    aliases = {kind: {name for _, name in keys_of(kind)} for kind in RECORDS}
    fitting = [kind for kind, names in aliases.items() if stored.keys() - {"schema"} <= names]
    return fitting[0].__name__ if fitting else "carried"


def leaves(value: Any, path: tuple[str, ...] = (), key: tuple[str, str] | None = None) -> Iterator[Any]:
    """Every value in a proof that has none inside: its path, and of which record's key it is, or is inside of."""
    if isinstance(value, dict):
        kind = kind_of(value)
        for name, inner in value.items():
            yield from leaves(inner, (*path, name), key if kind == "carried" else (kind, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, str(number)), key)
    elif path != ("schema",):
        yield path, key, value


#: Other values of what is one of a few, and of a month.
OTHERS = {
    "top_up": "on_account", "interest": "fee", "S": "O", "basiszins": "CPI", "2026-01": "2026-02", "half_year": "month",
    "act/365": "act/360",
}  # fmt: skip
A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def another(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return 5
        case str() if value in OTHERS:
            return OTHERS[value]
        case str() if A_DAY.fullmatch(value):
            return str(date.fromisoformat(value) + timedelta(days=1))
        case _:
            return f"{value}7"  # another number as well, where it is one


@pytest.fixture(scope="module")
def proofs(world: World) -> dict[tuple[str, str], tuple[int, int, tuple[str, ...], Any]]:
    """By record and key: a line of the world that has it, the path there, and another value."""
    places: dict[tuple[str, str], tuple[int, int, tuple[str, ...], Any]] = {}
    for invoice in world.invoices:
        for pos, line in enumerate(invoice.lines, start=1):
            stored = line.proof.model_dump(mode="json")
            for path, key, value in leaves(stored):
                places.setdefault(key, (invoice.row.id, pos, path, another(value)))
            if "usage" in stored and "of" not in stored["usage"]:
                places.setdefault(("RegisterProof", "is_mean"), (invoice.row.id, pos, ("usage", "is_mean"), True))
            if "draw" in stored:
                places.setdefault(("DrawProof", "gives_back"), (invoice.row.id, pos, ("draw", "gives_back"), True))
            if "conversion" in stored:
                path = ("conversion", "states")
                places.setdefault(("ConversionProof", "states"), (invoice.row.id, pos, path, "0 °C"))
    return places


#: Objects inside a proof have no value of their own: each key inside is one here.
#: Of a line that is sold in another's name, which no document of this world is: see tests/billing/payees.
SELLER = ("LineProof", "seller")
WHOLE = {
    ("LineProof", name)
    for name in ("usage", "index", "conversion", "adjusts", "changes", "credit", "withholding", "late", "draw")
} | {("UseProof", "of"), SELLER}


@pytest.mark.parametrize("key", sorted({key for kind in RECORDS for key in keys_of(kind)} - WHOLE), ids=".".join)
def test_a_key_of_the_proof_that_is_changed_is_named(
    world: World, proofs: dict[tuple[str, str], tuple[int, int, tuple[str, ...], Any]], key: tuple[str, str]
) -> None:
    invoice, pos, path, other = proofs[key]
    discrepancies = world.named(
        invoice,
        "update invoice_line set proof = jsonb_set(proof, cast(:path as text[]), cast(:other as jsonb), true)"
        f" where invoice_id = {invoice} and pos = {pos}",
        path=list(path),
        other=json.dumps(other),
    )
    of_lines = besides_totals(discrepancies)
    assert [difference.pos for difference in of_lines] == [pos]
    named_as = "label" if path[-1] == "gives_back" else path[0]  # a line is called by whether it gives back
    assert path[0] == "usage" or named_as in of_lines[0].what or path[0] == "version"


def besides_totals(discrepancies: list[Discrepancy]) -> list[Discrepancy]:
    """What is named besides what follows from what a line says: what is withheld, the rounding, what it is prepaid by."""
    following = ("what is withheld", "the rounding amount", "prepaid_by")
    return [named for named in discrepancies if named.what not in following]


#: Keys that a proof may have no value for.
MAY_BE_MISSING = sorted(
    (kind.__name__, field.alias or name)
    for kind in (LineProof, RegisterProof, UseProof)
    for name, field in kind.model_fields.items()
    if type(None) in get_args(field.annotation) and (kind.__name__, name) != SELLER
)
NULL, LEFT_OUT = "jsonb_set(proof, cast(:path as text[]), 'null')", "proof #- cast(:path as text[])"
#: Each of them as null; and left out, where the record leaves out what has no value.
GONE = [pytest.param(key, NULL, id=f"{'.'.join(key)} is null") for key in MAY_BE_MISSING]
GONE += [
    pytest.param(key, LEFT_OUT, id=f"{'.'.join(key)} is left out") for key in MAY_BE_MISSING if key[0] == "LineProof"
]


@pytest.fixture(scope="module")
def present(world: World) -> dict[tuple[str, str], tuple[int, int, tuple[str, ...]]]:
    """By record and key: a line of the world in whose proof it has a value, and the path there."""
    places: dict[tuple[str, str], tuple[int, int, tuple[str, ...]]] = {}
    for invoice in world.invoices:
        for pos, line in enumerate(invoice.lines, start=1):
            stored = line.proof.model_dump(mode="json")
            usage = stored.get("usage", {})
            for record, values, path in (
                ("LineProof", stored, ()),
                ("UseProof" if "of" in usage else "RegisterProof", usage, ("usage",)),
            ):
                for name, value in values.items():
                    if value is not None:
                        places.setdefault((record, name), (invoice.row.id, pos, (*path, name)))
    return places


class TestWhatWasThereAndIsNullNow:
    """A value that is missing is a value that differs: nobody skips it as of an older release."""

    @pytest.mark.parametrize(("key", "change"), GONE)
    def test_of_a_proof_is_named(
        self,
        world: World,
        present: dict[tuple[str, str], tuple[int, int, tuple[str, ...]]],
        key: tuple[str, str],
        change: str,
    ) -> None:
        invoice, pos, path = present[key]
        statement = f"update invoice_line set proof = {change} where invoice_id = {invoice} and pos = {pos}"
        (difference,) = besides_totals(world.named(invoice, statement, path=list(path)))
        assert (difference.pos, difference.stored) == (pos, "None")

    @pytest.mark.parametrize("column", ["year", "sequence", "number", "issued_on", "due_on"])
    def test_of_a_head_is_named(self, world: World, column: str) -> None:
        key = world.keys()["C-1 period"]
        (difference,) = world.named(
            key,
            "alter table invoice drop constraint ck_invoice_issued_whole",
            f"update invoice set {column} = null where id = {key}",
        )
        assert (difference.pos, difference.what, difference.stored) == (0, column, "None")

    @pytest.mark.parametrize("column", ["corrects_id", "corrects_number"])
    def test_of_a_line_is_named(self, world: World, column: str) -> None:
        key = world.keys()["C-1 period"]
        pos = adjusting(world, key)
        statement = f"update invoice_line set {column} = null where invoice_id = {key} and pos = {pos}"
        assert (pos, "corrects") in [(each.pos, each.what) for each in world.named(key, statement)]

    @pytest.mark.parametrize(("path", "what"), [
        pytest.param("{number}", "the corrected number of 2026-01-01/2026-02-01", id="which invoice it corrects"),
        pytest.param("{changes}", "what called for 2026-01-01/2026-02-01 again", id="what called for it"),
        pytest.param("{stretches,0,charges}", "the charges of 2026-01-01/2026-02-01", id="which charges it rates"),
    ])  # fmt: skip
    def test_of_a_rating_is_named(self, world: World, path: str, what: str) -> None:
        key = world.keys()["C-1 period"]
        statement = f"update rating set inputs = inputs #- '{path}' where document_id = {key} and invoice_id <> {key}"
        assert (0, what, "None") in [(each.pos, each.what, each.stored) for each in world.named(key, statement)]


def test_no_other_change_is_in_a_proof_than_one_that_is_tried() -> None:
    """What calls for a correction is taken to the line whole, whichever kind it is."""
    assert {BatchChange, VersionChange, IndexChange, DisputeChange, FactChange} == set(
        LineProof.model_fields["changes"].annotation.__args__[0].__args__[0].__args__  # type: ignore[union-attr]
    )


class TestWhatARatingRecorded:
    def test_what_it_carries_on_is_named_with_its_charge(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        carried = "jsonb_set(inputs, '{closing,energy,rule,values,used}', '\"9\"')"
        statement = f"update rating set inputs = {carried} where document_id = {key} and invoice_id = {key}"
        (difference,) = world.named(key, statement)
        assert (difference.pos, difference.charge) == (0, "energy")
        assert difference.what == "what 2026-02-01/2026-03-01 carries on"

    #: What no charge of the contract opens: it goes through a rating, and neither lines nor other states show it.
    GHOST = (
        '{"ghost": {"rule": {"kind": "demand", "arithmetic": 1, "unit": "kW", "schema": 1, "values": {"peak": "9"}}}}'
    )

    @pytest.mark.parametrize(("which", "days"), [
        pytest.param("invoice_id = {key}", "2026-02-01/2026-03-01", id="into the next period"),
        pytest.param("invoice_id <> {key}", "2026-01-01/2026-02-01", id="into one that is rated again"),
    ])  # fmt: skip
    def test_what_the_period_before_did_not_carry_on_is_named(self, world: World, which: str, days: str) -> None:
        key = world.keys()["C-1 period"]
        both = f"jsonb_build_object('opening', (inputs->'opening') || '{self.GHOST}', 'closing', (inputs->'closing') || '{self.GHOST}')"
        statement = f"update rating set inputs = inputs || {both} where document_id = {key} and {which.format(key=key)}"
        differences = world.named(key, statement.replace(":", "\\:"))
        assert (0, f"what ghost carried into {days}", "None") in [
            (each.pos, each.what, each.recomputed) for each in differences
        ]

    def test_what_a_correction_made_of_the_period_before_counts_from_then_on(self, world: World) -> None:
        """January was rated twice. February opens with the second closing; the first is what January's invoice said."""
        key = world.keys()["C-1 period"]
        changed = "update rating set inputs = jsonb_set(inputs, '{{closing,energy,rule,values,used}}', '\"9\"') where first = '2026-01-01' and document_id {} and inputs->'closing' ? 'energy'"
        assert world.named(key, changed.format(f"<> {key}")) == []
        named = [each.what for each in world.named(key, changed.format(f"= {key}"))]
        assert named == ["what energy carried into 2026-02-01/2026-03-01", "what 2026-01-01/2026-02-01 carries on"]

    def test_what_was_carried_and_is_not_there_is_named(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        statement = f"update rating set inputs = jsonb_set(inputs, '{{opening}}', '{{}}') where document_id = {key} and invoice_id = {key}"
        assert ("what energy carried into 2026-02-01/2026-03-01", "None") in [
            (each.what, each.stored) for each in world.named(key, statement)
        ]

    @pytest.mark.parametrize(("used", "named"), [
        pytest.param("inputs #> '{closing,energy,rule,values,used}'", [], id="the same values"),
        pytest.param("to_jsonb('9'::text)", ["energy"], id="another"),
    ])  # fmt: skip
    def test_bare_values_of_an_earlier_release_are_compared_by_what_they_say(
        self, world: World, used: str, named: list[str]
    ) -> None:
        key = world.keys()["C-1 period"]
        bare = "(inputs #> '{closing,energy,rule,values}')", "(inputs #> '{closing,energy,included,values}')"
        rule = f"{bare[0]} || jsonb_build_object('used', {used})"
        states = f"jsonb_build_object('rule', {rule}, 'included', {bare[1]})"
        statement = (
            f"update rating set inputs = jsonb_set(inputs, '{{closing,energy}}', {states})"
            f" where document_id = {key} and invoice_id = {key}"
        )
        assert [difference.charge for difference in world.named(key, statement)] == named

    def test_a_charge_that_carries_something_on_no_longer_is_named(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        statement = f"update rating set inputs = inputs #- '{{closing,energy}}' where document_id = {key} and invoice_id = {key}"
        (difference,) = world.named(key, statement)
        assert (difference.charge, difference.stored) == ("energy", "None")

    @pytest.mark.parametrize(("change", "what"), [
        pytest.param("jsonb_set(inputs, '{index,0,provisional}', 'true')", "whether the value of CPI for 2025-10 is provisional", id="provisional"),
        pytest.param("jsonb_set(inputs, '{index,0,id}', '99')", "the value of CPI for 2025-10", id="a row that is not there"),
        pytest.param("jsonb_set(inputs, '{index,1}', (inputs #> '{index,1}') || '{\"value\": \"121.2000001\"}')", "the value of CPI for 2026-01", id="less than the factor shows"),
        pytest.param("jsonb_set(inputs, '{index,2}', (inputs #> '{index,1}') || '{\"month\": \"2026-02\"}')", "the index values", id="one too many"),
    ])  # fmt: skip
    def test_its_index_values_are_named(self, world: World, change: str, what: str) -> None:
        key = world.keys()["C-1 period"]
        statement = f"update rating set inputs = {change} where document_id = {key} and invoice_id = {key}"
        assert [(0, what)] == [(each.pos, each.what) for each in world.named(key, statement) if each.pos == 0]

    def test_a_value_that_was_changed_where_it_is_recorded_is_named(self, world: World) -> None:
        statement = "update index_value set value = 121.3 where month = '2026-01'"
        (difference,) = world.named(world.keys()["C-1 period"], statement)
        assert (difference.what, difference.stored) == ("the value of CPI for 2026-01", "121.2")

    def test_what_it_left_out_is_named(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        change = "jsonb_set(inputs, '{held_apart,0,net}', '\"9.99\"')"
        statement = f"update rating set inputs = {change} where document_id = {key} and invoice_id = {key}"
        (difference,) = world.named(key, statement)
        assert (difference.what, difference.stored) == ("the net held apart by dispute 1", "9.99")

    @pytest.mark.parametrize(("change", "what", "stored"), [
        pytest.param("inputs - 'held_apart'", "the net held apart by dispute 1", "None", id="the whole note"),
        pytest.param("jsonb_set(inputs, '{held_apart,0,charge}', '\"fee\"')", "the charge held apart by dispute 1", "fee", id="its charge"),
        pytest.param("jsonb_set(inputs, '{held_apart,0,first}', '\"2026-01-31\"')", "the first day held apart by dispute 1", "2026-01-31", id="its first day"),
        pytest.param("jsonb_set(inputs, '{held_apart,0,after_last}', '\"2026-04-01\"')", "the day after those held apart by dispute 1", "2026-04-01", id="its last day"),
        pytest.param("jsonb_set(inputs, '{held_apart,0,accepted_by}', 'null')", "who accepted dispute 1", "None", id="who accepted it"),
        pytest.param("jsonb_set(inputs, '{held_apart,0,dispute}', '7')", "dispute 7", "there", id="of a dispute that is not there"),
    ])  # fmt: skip
    def test_its_note_of_what_it_left_out_is_named(self, world: World, change: str, what: str, stored: str) -> None:
        key = world.keys()["C-1 period"]
        statement = f"update rating set inputs = {change} where document_id = {key} and invoice_id = {key}"
        (difference,) = world.named(key, statement)
        assert (difference.pos, difference.what, difference.stored) == (0, what, stored)

    def test_a_note_of_a_dispute_that_leaves_nothing_out_is_named(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        note = "(select inputs->'held_apart' from rating where document_id = invoice_id and inputs ? 'held_apart')"
        change = f"inputs || jsonb_build_object('held_apart', {note})"
        statement = f"update rating set inputs = {change} where document_id = {key} and invoice_id <> {key}"
        (difference,) = world.named(key, statement)
        assert (difference.what, difference.recomputed) == ("the net held apart by dispute 1", "None")

    def test_a_dispute_that_is_gone_is_named_where_it_left_something_out(self, world: World) -> None:
        key = world.keys()["C-1 period"]
        named = [(each.what, each.recomputed) for each in world.named(key, "delete from dispute")]
        assert ("dispute 1", "absent") in named

    def test_a_document_without_ratings_is_named(self, world: World) -> None:
        key = world.keys()["C-1 opening"]
        discrepancies = world.named(key, f"delete from rating where document_id = {key}")
        assert "the ratings" in [difference.what for difference in discrepancies]


def test_a_head_is_said_without_a_line() -> None:
    assert str(Discrepancy("2026-000001", 0, "", "net", "1", "2")) == (
        "invoice 2026-000001: net was 1 and recomputes to 2"
    )


def test_documents_are_replayed_in_chunks_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.proof.replay._CHUNK", 2)
    with world.changed("update invoice_line set net = net + 1 where pos = 1") as session:
        assert len({each.invoice for each in replay(session, store.ids_of(session))}) == len(world.invoices)
