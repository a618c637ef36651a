"""docs/settings.md has every field of a contract and of an index file, and each example there shows what it says."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from api.operations.readings import ingest
from api.server.database import Access, Database
from billing.counting.assembly import BilledUsage
from billing.dunning.interest import DueBalance, interest_days, interest_of
from billing.estimating.allowed import estimate_at
from billing.invoices.invoice import Line, total
from billing.payouts.payable import HoldingTerms, PartKey, PayablePart, PayablePartKind, SettledOn, positions
from billing.payouts.payout_days import next_payout_day
from billing.rating.rating import rate_segments
from billing.rating.segments import VersionSegment
from billing.rating.store import taxed_by
from billing.spending.measured import thresholds_of
from billing.tax.decision import decider
from billing.tax.jurisdiction import TenantLaw
from billing.tax.law_book import LawBook
from contracts.cash_discount import discount_on
from contracts.collection_terms import CollectedOn
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue, no_index
from contracts.indexation.series import Index
from contracts.indexation.store import lookup, record
from contracts.missing.missing_data import missing_of_contract
from contracts.pricing_preview import ContractTrial, try_contract
from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from contracts.sharing.payout_terms import PayoutReserve, PayoutTerms
from contracts.statement import StatementStep, statement_status
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.money import Money
from quantities.number import plain, trimmed
from quantities.period import Period, zone
from savings.factor import factor_amounts
from savings.plan import ReportingRow, savings_result
from savings.rows import Row
from tests.billing.scene import Scene, agreed, on
from tests.build import acts
from tests.docs.fields import PARTS, allowed, default
from tests.docs.page import examples, sections, table

SECTIONS = sections("settings.md")
(BASE,) = [read(block) for block in examples(sections("settings.md", level=1)["Settings"])]
EXAMPLES = {
    f"{name}-{number}": read(document)
    for name, body in SECTIONS.items()
    for number, document in enumerate((part for block in examples(body) for part in block.split("\n---\n")), start=1)
}
OFFICE = read((Path(__file__).parents[2] / "examples/office.yaml").read_text(encoding="utf-8"))
#: What an example has beside the contract's own fields.
ASIDE = {"rates", "shows", "uses", "readings", "rows", "steps", "indices", "index files", "tax law"}
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
              - {key: kwh2, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60", dimensions: [material]}
              - key: state
                kind: state
                unit: h
                resolution: "1"
                states: [{code: "1", name: running, used: "true"}, {code: "2", name: idle}]
"""

Example = Mapping[str, Any]


def terms_of(example: Example) -> dict[str, Any]:
    """The base contract with the example's fields; a baseline that is named by its file is the example office's."""
    terms: dict[str, Any] = BASE | {name: value for name, value in example.items() if name not in ASIDE}
    for plan in terms.get("savings", []):
        if "baseline" in plan["option"]:
            plan["option"]["baseline"] = OFFICE["savings"][0]["option"]["baseline"]
    return terms


def contract_of(example: Example) -> Contract:
    return parse(Contract, terms_of(example))


def estimated(example: Example) -> str:
    """The local day from which on what the first period lacks is estimated."""
    contract = contract_of(example)
    after_days = contract.settings.estimate_after_days
    assert after_days is not None
    at = estimate_at(contract, next(contract.periods()), after_days)
    return str(at.astimezone(zone(contract.zone)).date())


def lines_of(example: Example) -> tuple[Line, ...]:
    """What billing makes of the first period."""
    contract = contract_of(example)
    period = next(contract.periods())
    uses = {name: used[0] for name, used in example.get("uses", {}).items()}
    counted = {
        charge.name: BilledUsage(Usage(Decimal(uses.get(charge.name, "0")), "kWh"), ())
        for charge in contract.charges
        if charge.rule.counts and charge.rule.kind != "lost_yield"
    }
    stretch = VersionSegment(
        contract, 1, 1, period, frozenset(counted) | {c.name for c in contract.charges if not c.rule.counts}
    )
    for charge in contract.charges if uses else ():
        if charge.split is not None:
            split = {purpose: Usage(Decimal(uses[use]), "kWh") for purpose, (use, _) in charge.split.asked.items()}
            counted[charge.name] = BilledUsage(Usage(), (), split=split)
    own = [parse(TenantLaw, law)] if (law := example.get("tax law")) else []
    deciding = decider(LawBook({law.country: law for law in own}))
    return rate_segments([stretch], [counted], {}, no_index, taxed_by(deciding)).lines


def nets(example: Example) -> list[str]:
    """The net of each period, each opening with what the one before closed with."""
    contract = contract_of(example)
    opening: dict[str, Any] = {}
    shown = []
    count = max(len(used) for used in example["uses"].values())
    for at, period in enumerate(islice(contract.periods(), count)):
        uses = {name: {"quantity": used[at], "unit": "kWh"} for name, used in example["uses"].items()}
        document = {"contract": contract, "uses": uses, "first": period.first, "opening": opening}
        result = try_contract(parse(ContractTrial, document | {"indices": example.get("indices", {})}))
        opening = dict(result.closing)
        shown.append(f"{result.net:.2f}")
    return shown


def days(period: BillingPeriod) -> str:
    return f"{period.first} {period.days}/{period.days_of_whole}"


def the_line(example: Example) -> dict[str, Any]:
    """Of the first line, what the example shows of it."""
    line = lines_of(example)[0]
    shown = {name: getattr(line, name) for name in example["shows"]["line"]}
    return {name: tax(line) if name == "tax" else _as_text(value) for name, value in shown.items()}


def _as_text(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def tax(line: Line) -> str:
    return f"{line.tax.category.value} {line.tax.rate}"


def bands(example: Example) -> dict[str, str]:
    (use,) = contract_of(example).usages
    assert use.calendar is not None
    return {
        moment: use.calendar.band_at(datetime.fromisoformat(f"{moment}:00"))  # the clock on the wall
        for moment in example["shows"]["bands"]
    }


def savings(example: Example) -> list[str]:
    (plan,), where, slices = contract_of(example).savings, zone("Europe/Berlin"), []
    for day, energy in example["rows"].items():
        first = date.fromisoformat(day)
        period = Period.of_days(first, date.fromordinal(first.toordinal() + 1), where)
        row = Row(period, period.start.astimezone(where), Decimal(energy))
        half = Decimal(energy) / 2
        slices.append(ReportingRow(row, {"day": half, "night": half}, {"day": Decimal(12), "night": Decimal(12)}))
    return [
        f"{part.band} {part.month} {part.expected} + {part.adjusted} − {part.measured} = {part.saved}"
        for part in savings_result(plan, slices).parts
    ]


def standing(example: Example) -> dict[str, str]:
    terms = contract_of(example).statement
    assert terms is not None
    steps = {StatementStep(name): on(day) for name, day in example["steps"].items()}
    return {day: statement_status(terms, steps, date.fromisoformat(day)).value for day in example["shows"]["stands"]}


def carbon(example: Example) -> str:
    terms = contract_of(example).statement
    assert terms is not None
    ((name, saving),) = factor_amounts(terms.factors, {"2026-01": Decimal(10000)}, "kWh").items()
    return f"{name} {Decimal(str(saving['amount'])).normalize():f} {saving['unit']}"


def states(example: Example) -> dict[str, str]:
    contract = contract_of(example)
    return {day: contract.state_on(date.fromisoformat(day)).value for day in example["shows"]["states"]}


def asked_for(example: Example) -> list[str]:
    """The rules by which its documents would be refused, of what the contract itself says."""
    terms = contract_of(example)
    return [datum.need.rule for datum in missing_of_contract(terms, None, terms.effective)]


def taken_off(example: Example) -> dict[str, str]:
    """What is taken off the first invoice, dated 1 February, where it is paid on a day."""
    contract = contract_of(example)
    gross = Money(total(lines_of(example), contract.currency).gross, contract.currency)
    steps, issued = contract.settings.cash_discount, date(2026, 2, 1)
    return {
        day: plain(discount_on(steps, gross, issued, date.fromisoformat(day)).amount)
        for day in example["shows"]["taken off"]
    }


def leaves_by(example: Example) -> str:
    delivery = contract_of(example).invoicing.delivery
    assert delivery is not None
    to = ", ".join(delivery.to) or "the customer's electronic address"
    return f"{delivery.way.value} to {to}"


def collected(example: Example) -> str:
    collection = contract_of(example).invoicing.collection
    assert collection is not None
    return f"{collection.by.value} when it is {'issued' if collection.on is CollectedOn.ISSUE else 'due'}"


def payouts_of(example: Example) -> PayoutTerms:
    sharing = contract_of(example).sharing
    assert sharing is not None
    payouts = sharing.payees[0].payouts
    assert payouts is not None
    return payouts


def paid_out_on(example: Example) -> list[str]:
    """The first payout days after 1 February 2026."""
    known, day = [], date(2026, 2, 1)
    for _ in example["shows"]["paid out on"]:
        day = next_payout_day(payouts_of(example), day)
        known.append(str(day))
    return known


def payable(example: Example) -> Mapping[str, str]:
    """By day, what is payable of a part of 80.00 in a document of 100.00 that is paid on 2 February 2026."""
    agreed, key = payouts_of(example), PartKey(PayablePartKind.DOCUMENT, 1, 1)
    reserve = agreed.reserve or PayoutReserve(percent=Decimal(1), days=1)
    percent = Decimal(0) if agreed.reserve is None else reserve.percent
    terms = HoldingTerms(agreed.days_after, percent, reserve.days)
    paid = (SettledOn(date(2026, 2, 2), Decimal("100.00")),)
    part = PayablePart(key, "SB-1", Decimal("80.00"), Decimal("100.00"), paid, date(2026, 2, 1), terms)
    return {
        day: f"{positions([part], {}, date.fromisoformat(day), 'EUR')[0].payable:f}"
        for day in example["shows"]["payable"]
    }


def followed(example: Example) -> list[str]:
    """The steps of a document that is due on 3 March 2026 and is not paid."""
    dunning = contract_of(example).invoicing.dunning
    assert dunning is not None
    due = date(2026, 3, 3)
    return [
        f"{date.fromordinal(due.toordinal() + step.after_days)} {step.kind.value}"
        + ("" if step.fee is None else f" with {plain(step.fee)}")
        for step in dunning.steps
    ]


def borne(example: Example) -> str:
    """What 1000.00 bears that were due on 28 February 2026, until 31 March."""
    dunning = contract_of(example).invoicing.dunning
    assert dunning is not None
    assert dunning.interest is not None
    rates = {month: Decimal(rate) for month, rate in example.get("rates", {}).items()}

    def published(index: str, month: str) -> IndexValue | None:
        return IndexValue(index, month, rates[month]) if month in rates else None

    due, until, balances = date(2026, 2, 28), date(2026, 3, 31), [DueBalance(date(2026, 2, 1), Decimal("1000.00"))]
    (days,) = interest_days(due, until, balances, (), dunning.interest, published)
    return f"{days.days} days of {days.amount} at {days.rate} % = {interest_of([days], 'EUR')}"


def thresholds(example: Example) -> list[str]:
    spending = contract_of(example).spending
    assert spending is not None
    return [f"{one.name} is {plain(trimmed(one.value))}" for one in thresholds_of(spending)]


def tops_up(example: Example) -> dict[str, str]:
    spending = contract_of(example).spending
    assert spending is not None
    assert spending.top_up is not None
    return {left: plain(spending.top_up.amount_from(Decimal(left))) for left in example["shows"]["tops up"]}


#: What an example can show without a database.
SHOWN: Mapping[str, Callable[[Example], object]] = {
    "until": lambda example: str(contract_of(example).until),
    "in force from": lambda example: str(contract_of(example).effective),
    "periods": lambda example: [days(period) for period in contract_of(example).periods()],
    "lines": lambda example: [f"{line.charge} {line.net}" for line in lines_of(example)],
    "line": the_line,
    "tax": lambda example: tax(lines_of(example)[0]),
    "states": states,
    "nets": nets,
    "registers": lambda example: sorted(contract_of(example).registers),
    "measures": lambda example: list(contract_of(example).savings[0].registers),
    "bands": bands,
    "saved": savings,
    "stands": standing,
    "carbon": carbon,
    "taken off": taken_off,
    "asks for": asked_for,
    "leaves by": leaves_by,
    "collected": collected,
    "paid out on": paid_out_on,
    "payable": payable,
    "follows": followed,
    "bears": borne,
    "thresholds": thresholds,
    "tops up": tops_up,
    "estimated": estimated,
}
#: And what a bill on a database shows.
BILLED = {"billed", "counted", "finds"}
#: What two contracts of the same terms come to together.
TWICE = "consolidated"


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name, example in EXAMPLES.items() for what in example["shows"] if what not in {*BILLED, TWICE}],
)
def test_each_example_shows_what_it_says(name: str, what: str) -> None:
    example = EXAMPLES[name]
    assert example["shows"][what] == SHOWN[what](example)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return Scene(access, database)


def test_the_examples_that_are_billed(scene: Scene) -> None:
    """The named uses first; then, of another contract, when it is billed and when it is due; then index files."""
    shown = {what: example for example in EXAMPLES.values() for what in example["shows"] if what in BILLED}
    assert set(shown) == BILLED
    with scene.database.transaction(1) as session:
        for what in ("counted", "billed"):
            agreed(session, json.dumps(terms_of(shown[what]) | {"contract": what}))
        for register, rows in shown["counted"]["readings"].items():
            columns = "time,value,material" if register == "parts" else "time,value"
            raw = "\n".join([columns, *_rows(rows)])
            ingest(
                session, Sender("r.csv", "telematics", on("2026-01-20")), raw.encode(), IngestOptions(register=register)
            )
        assert shown["counted"]["readings"]["kwh"].items() >= shown["billed"]["readings"]["kwh"].items()
    scene.bills("2026-02-04")
    (invoice,) = scene.invoices()
    assert shown["counted"]["shows"]["counted"] == {
        line.charge: f"{line.quantity.normalize():f}" for line in invoice.lines
    }
    for day, outcome in shown["billed"]["shows"]["billed"].items():
        scene.bills(day)
        with scene.database.transaction(1) as session:
            due = session.execute(text("select due_on from invoice order by id desc limit 1")).scalar_one()
            count = session.execute(text("select count(*) from invoice")).scalar_one()
        assert outcome == ("none" if count == 1 else f"due {due}")
    with scene.database.transaction(1) as session:
        files = [parse(Index, document) for document in shown["finds"]["index files"]]
        for file in files:
            record(session, file, recorded_by=acts(session, "anna"), recorded_at=on("2026-01-01"))
        acts(session, "bert")
        session.execute(text("update index_value set released_by = 'bert', released_at = recorded_at"))
        session.execute(text("update index_series set links = new_links, new_links = null where new_links is not null"))
        session.expire_all()
        find = lookup(session, frozenset(file.index for file in files))
        for asked, expected in shown["finds"]["shows"]["finds"].items():
            value = find(*asked.rsplit(" ", 1))
            assert value is not None
            assert expected == plain(value.value) + (" provisional" if value.provisional else "")


def test_the_example_that_is_billed_with_another(scene: Scene) -> None:
    (example,) = (example for example in EXAMPLES.values() if TWICE in example["shows"])
    with scene.database.transaction(1) as session:
        for name in ("first", "second"):
            agreed(session, json.dumps(terms_of(example) | {"contract": name}))
    scene.bills("2026-02-01")
    (invoice,) = scene.invoices()
    assert invoice.contracts == ("first", "second")
    assert example["shows"][TWICE] == f"net {invoice.row.net}, VAT {invoice.row.vat}"


def _rows(rows: Mapping[str, str]) -> Iterator[str]:
    for key, value in rows.items():
        moment, _, dimension = key.partition(" ")
        yield ",".join([f"{moment}:00:00+01:00", value, *([dimension] if dimension else [])])


@pytest.mark.parametrize("place", PARTS)
def test_each_part_has_its_fields_with_default_and_allowed_values(place: str) -> None:
    fields = {field.alias or name: field for name, field in PARTS[place].model_fields.items()}
    assert place in SECTIONS, f"{PARTS[place].__name__} is written at {place} and has no section"
    written = {row["field"]: (row["default"], row["allowed"]) for row in table(SECTIONS[place], unquote=("field",))}
    assert written == {name: (default(field), allowed(field)) for name, field in fields.items()}
    assert all(row["means"] for row in table(SECTIONS[place]))


def test_every_section_is_of_a_part() -> None:
    assert list(SECTIONS) == list(PARTS)


def fields_set(part: object) -> Iterator[tuple[type[BaseModel], str]]:
    """Every field that a document sets, here and in the parts below."""
    if isinstance(part, BaseModel):
        for name in part.model_fields_set:
            yield type(part), name
            yield from fields_set(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from fields_set(one)


def test_every_field_is_set_in_an_example_that_is_run() -> None:
    documents: list[BaseModel] = []
    for example in EXAMPLES.values():
        documents += [parse(Index, file) for file in example.get("index files", [])]
        documents.append(contract_of(example))
    shown = {entry for document in documents for entry in fields_set(document)}
    assert [
        f"{place}: {name}" for place, part in PARTS.items() for name in part.model_fields if (part, name) not in shown
    ] == []
