"""The demo's month: billed, mailed, collected and dunned by the scheduler alone; and what is open right after each event.

Each amount is worked out here by hand. VAT is 19 %, a machine-hour costs 1.85 and a month 150.00:

    Lindner  212.0 h  392.20   net 542.20  VAT 103.02   645.22
    Nord     340.5 h  629.925  net 779.93  VAT 148.19   928.12
    Falk     164.0 h  303.40   net 453.40  VAT  86.15   539.55
    Stern    298.0 h  551.30   net 701.30  VAT 133.25   834.55
    Ost      120.0 h  222.00   net 372.00  VAT  70.68   442.68

Due on 8 May. Falk's notice is of 28 May: 539.55 × (1.27 + 9) % × 20 days (9 to 28 May) ÷ 365 = 3.0363, and a fee of 40.00.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import api.demo.money
from api.demo.money import month as month_of_money
from api.demo.money.house import SimulatedHouse, simulated_house
from api.demo.money.month import AGREED, SUPPLIER, MonthOfMoney
from api.demo.money.open_items import OpenItem
from api.demo.parties import tell_profile
from api.operations import tenants
from api.operations.dunning import find_letter
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.conftest import application_pool, world_copy

LINDNER, NORD, FALK = (
    ("Bäckerei Lindner GmbH", "645.22"),
    ("Molkerei Nord eG", "928.12"),
    ("Tischlerei Falk GmbH", "539.55"),
)
STERN, OST = ("Brauerei Stern GmbH", "834.55"), ("Druckerei Ost GmbH", "442.68")
CREDIT, CLAIM = ("Bäckerei Lindner GmbH", "-35.70"), ("Tischlerei Falk GmbH", "43.04")
#: Right after each event, with the days for which it is late.
OPEN: dict[tuple[str, date], list[tuple[str, str, int]]] = {
    ("agreed", date(2026, 3, 26)): [],
    ("issued", date(2026, 5, 1)): [(*LINDNER, 0), (*NORD, 0), (*FALK, 0), (*STERN, 0), (*OST, 0)],
    ("paid by bank", date(2026, 5, 6)): [(*LINDNER, 0), (*NORD, 0), (*FALK, 0), (*OST, 0)],
    ("due", date(2026, 5, 8)): [(*NORD, 0), (*FALK, 0)],
    ("debited", date(2026, 5, 13)): [(*FALK, 5)],
    ("credited", date(2026, 5, 14)): [(*FALK, 6), (*CREDIT, 0)],
    ("refunded", date(2026, 5, 15)): [(*FALK, 7)],
    ("given up", date(2026, 5, 24)): [(*FALK, 16)],
    ("reminded", date(2026, 5, 25)): [(*FALK, 17)],
    ("charged back", date(2026, 5, 26)): [(*FALK, 18), (*OST, 18)],
    ("claimed", date(2026, 5, 30)): [(*FALK, 22), (*OST, 22), (*CLAIM, 0)],
}  # fmt: skip
#: What does what the scheduler does: no module of the chapter may call it.
BY_THE_SCHEDULER_ALONE = {
    "bill_everything", "tick", "issue", "deliver_tenant", "deliver_one", "deliver_everyone", "ask_delivery", "send_again",
    "collect_tenant", "collect_everyone", "poll_everyone", "collect_again", "dun_everyone", "dun_tenant", "send_next_step",
    "record_payment", "record_sending", "reverse_payment",
}  # fmt: skip


@dataclass
class Lived:
    """What was open at each event, and the house as it stood at the end of the month."""

    open: dict[tuple[str, date], list[OpenItem]] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    mails_by: dict[str, int] = field(default_factory=dict)
    intents: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Scene:
    database: Database
    tenant: int
    lived: Lived

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.database.transaction(self.tenant) as session:
            return [dict(row) for row in session.execute(text(statement)).mappings()]


@pytest.fixture(scope="module")
def scene(server: EmbeddedServer) -> Iterator[Scene]:
    with world_copy(server, "nothing told", lambda access: None, __name__) as (access, _):
        with administering(access.administrator) as administrator:
            tenant = tenants.create(administrator, SUPPLIER)
        with application_pool(access) as database, simulated_house(database, SUPPLIER, SUPPLIER, AGREED) as house:
            yield Scene(database, tenant, lived_through(house, tenant))


def lived_through(house: SimulatedHouse, tenant: int) -> Lived:
    lived, month = Lived(mails=house.mailbox.mails), MonthOfMoney(house, tenant)
    for happening in month.happenings():
        if happening.called == "agreed":
            with house.database.transaction(tenant) as session:
                tell_profile(session, "nordluft", house.now)
        lived.open[happening.called, happening.on] = month.open_now()
        lived.mails_by[happening.called] = len(house.mailbox.mails)
    lived.intents, lived.refunds = house.stripe.made("payment_intent"), house.stripe.made("refund")
    return lived


def test_what_is_open_right_after_each_event(scene: Scene) -> None:
    assert {
        event: [(item.customer, f"{item.amount:f}", item.days_late) for item in items]
        for event, items in scene.lived.open.items()
    } == OPEN


def test_each_document_and_letter_is_mailed_once_to_its_customer(scene: Scene) -> None:
    numbers = [row["number"] for row in scene.rows("select number from invoice where number is not null order by id")]
    invoices, claim = numbers[:6], numbers[6]
    files = [(str(mail["To"]), part.get_filename()) for mail in scene.lived.mails for part in mail.iter_attachments()]
    to = [f"rechnung@{name}.example" for name in ("lindner", "nord", "falk", "stern", "ost", "lindner")]
    assert files[:6] == [(address, f"{number}.pdf") for address, number in zip(to, invoices, strict=True)]
    letters = [
        ("rechnung@falk.example", "D-1.pdf"),
        ("rechnung@ost.example", "D-2.pdf"),
        ("rechnung@falk.example", "D-3.pdf"),
    ]
    assert [file for file in files[6:] if file[1] and file[1].startswith("D-")] == letters
    assert ("rechnung@falk.example", f"{claim}.pdf") in files
    for mail in scene.lived.mails:
        for part in mail.iter_attachments():
            assert part.get_content()[:5] == b"%PDF-", part.get_filename()
    assert scene.lived.mails_by["issued"] == 5
    assert {row["state"] for row in scene.rows("select state from delivery")} == {"sent"}


def test_the_letter_claims_what_the_law_and_the_contract_say(scene: Scene) -> None:
    with scene.database.transaction(scene.tenant) as session:
        letter = find_letter(session, "D-3")
    (late,) = letter.documents
    assert (letter.on, letter.kind, late.open) == (date(2026, 5, 28), "notice", Decimal("539.55"))
    assert late.fee == Decimal("40.00")
    assert (
        late.interest
        == (Decimal("539.55") * Decimal("10.27") / 100 * 20 / 365).quantize(Decimal("0.01"))
        == Decimal("3.04")
    )
    assert letter.claim is not None


def test_the_gateway_was_asked_as_often_as_it_should_be_and_never_twice(scene: Scene) -> None:
    asked = [(one["amount"], one["status"]) for one in scene.lived.intents]
    taken = [amount for amount, status in asked if status == "succeeded"]
    declined = [amount for amount, status in asked if status == "requires_payment_method"]
    assert sorted(taken) == [44268, 64522, 92812]
    assert declined == [53955] * 5  # on the due day, and 1, 3, 5 and 7 days later
    assert [(one["amount"], one["status"]) for one in scene.lived.refunds] == [(3570, "succeeded")]


class TestTheSchedulerAloneDidIt:
    def test_it_issued_the_invoices(self, scene: Scene) -> None:
        billed = scene.rows("select object from audit_entry where door = 'schedule' and operation = 'bill'")
        keys = {key for row in billed for key in row["object"].removeprefix("invoices by key: ").split(", ")}
        invoices = scene.rows("select id from invoice where number is not null and of_id is null order by id limit 5")
        assert keys == {str(row["id"]) for row in invoices}

    def test_nobody_asked_for_a_delivery_or_a_charge(self, scene: Scene) -> None:
        assert {row["asked_by"] for row in scene.rows("select asked_by from delivery")} == {None}
        charges = scene.rows("select asked_by from gateway_order where movement = 'charge'")
        assert [row["asked_by"] for row in charges] == [None] * 4
        events = scene.rows(
            "select e.recorded_by from gateway_order_event e join gateway_order o on o.id = e.order_id where o.movement = 'charge'"
        )
        assert {row["recorded_by"] for row in events} == {None}

    def test_nobody_recorded_a_payment_but_of_the_bank(self, scene: Scene) -> None:
        by = scene.rows("select amount, recorded_by from payment order by id")
        assert {str(row["amount"]): row["recorded_by"] for row in by if row["recorded_by"] != "stripe"} == {
            "834.55": "Carla Nowak"
        }

    def test_two_people_gave_the_money_back(self, scene: Scene) -> None:
        (refund,) = scene.rows("select prepared_by, released_by from refund")
        assert refund == {"prepared_by": "Carla Nowak", "released_by": "Emil Kurz"}

    def test_the_chapter_calls_nothing_that_the_scheduler_does(self) -> None:
        folder = Path(api.demo.money.__file__).parent
        trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
        assert len(trees) > 5
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
        assert called & BY_THE_SCHEDULER_ALONE == set()
        assert "tick_through" in called


def test_without_the_scheduler_nothing_of_it_happens(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same people do the same on a clock that ticks for nobody: nothing is issued."""
    with world_copy(server, "nothing told", lambda access: None, f"{__name__} still") as (access, _):
        with administering(access.administrator) as administrator:
            tenant = tenants.create(administrator, SUPPLIER)
        with application_pool(access) as database, simulated_house(database, SUPPLIER, SUPPLIER, AGREED) as house:
            monkeypatch.setattr(SimulatedHouse, "live_until", SimulatedHouse.move_to)
            month = MonthOfMoney(house, tenant)
            told = month.happenings()
            assert [next(told).called, next(told).called] == ["agreed", "issued"]
            assert (month.open_now(), house.mailbox.mails) == ([], [])
            assert house.now >= month_of_money.OVER
