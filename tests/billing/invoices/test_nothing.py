"""A period that comes to nothing has no document; what comes of it later is billed, and what goes on from it goes on."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, ContradictsStored, Database
from billing.disputes.store import raise_, settle
from billing.documents.views import invoice_out
from billing.drafts.look import issue
from metering.log.bulk_rows import copy_rows
from tests.billing.scene import CONTRACT, Scene, on

#: Energy alone, without a line where there is none; 100 kWh a quarter at 0.50, then 0.20.
NO_ZEROS = CONTRACT.replace("settings: {", 'settings: {zero_lines: "false", ')
ALONE = NO_ZEROS.replace('  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}\n', "").replace(
    "kind: graduated,", "kind: graduated, per: quarter,"
)
NOTHING_IN_FEBRUARY = "2026-01-05 10 80\n2026-02-05 10 0\n2026-03-05 10 70"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def numbers(scene: Scene) -> list[tuple[str | None, str, str]]:
    return [(each.row.number, str(each.row.first), str(each.row.net)) for each in scene.invoices()]


def test_has_no_number_and_no_document_and_the_next_period_goes_on_from_it(scene: Scene) -> None:
    """80 at 0.50; nothing; then 20 at 0.50 and 50 at 0.20."""
    scene.declared(ALONE)
    scene.delivers(NOTHING_IN_FEBRUARY)
    for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
        done = scene.bills(day)
        assert done.held == {}
    assert numbers(scene) == [("2026-000001", "2026-01-01", "40.00"), ("2026-000002", "2026-03-01", "20.00")]
    assert scene.bills("2026-04-02").invoices == []
    assert scene.replays() == []


def test_is_billed_what_comes_of_it_later_as_what_it_is(scene: Scene) -> None:
    scene.declared(ALONE)
    scene.delivers(NOTHING_IN_FEBRUARY)
    scene.bills("2026-03-01")
    scene.delivers("2026-02-06 10 10")
    scene.bills("2026-04-01")
    (last,) = [each for each in scene.invoices() if str(each.row.first) == "2026-03-01"]
    shown = [(line.charge, str(line.service_from), str(line.net), line.corrects) for line in invoice_out(last).lines]
    assert shown == [
        ("energy", "2026-03-01", "5.00", None),  # 10 of 70 within the 100 of the quarter,
        ("energy", "2026-03-01", "12.00", None),  # and 60 beyond
        ("energy", "2026-02-01", "5.00", None),  # 10 at 0.50, which no document has billed before
    ]
    assert scene.replays() == []


def test_is_not_shown_as_a_draft_and_is_in_nobodys_way(scene: Scene) -> None:
    scene.declared(ALONE)
    scene.delivers("2026-01-05 10 0\n2026-02-05 10 20")
    (february,) = scene.looks("2026-03-01").drafts
    assert (str(february.row.first), str(february.row.net)) == ("2026-02-01", "10.00")
    with scene.database.transaction(1) as session:
        assert issue(session, february.name, on("2026-03-01")).row.number == "2026-000001"
    assert scene.looks("2026-03-02").drafts == []
    assert scene.bills("2026-03-02").invoices == []
    assert scene.replays() == []


def test_an_opening_of_suspended_days_is_nothing(scene: Scene) -> None:
    fee = '  - {name: fee, rule: {kind: fixed_fee, amount: "100.00", in_advance: "true"}}\n'
    pause = "suspensions: [{first: 2026-01-01, after_last: 2026-02-01}]\n"
    scene.declared(NO_ZEROS.split("charges:")[0] + "charges:\n" + fee + pause)
    scene.bills("2026-01-02")
    assert numbers(scene) == []
    scene.bills("2026-02-01")
    assert numbers(scene) == [("2026-000001", "2026-01-01", "100.00")]  # February's fee, in advance


@pytest.mark.parametrize(("statement", "refused_by"), [
    ("update invoice set net = 1, gross = 1 where came_to_nothing", "issued_never_changes"),
    ("update invoice set came_to_nothing = false where came_to_nothing", "issued_never_changes"),
    ("update invoice set came_to_nothing = true where number is not null", "issued_never_changes"),
])  # fmt: skip
def test_stays_what_it_was(scene: Scene, statement: str, refused_by: str) -> None:
    scene.declared(ALONE)
    scene.delivers(NOTHING_IN_FEBRUARY)
    scene.bills("2026-03-01")
    with pytest.raises(ContradictsStored, match=refused_by), scene.database.transaction(1) as session:
        session.execute(text(statement))
    with pytest.raises(ProgrammingError, match="permission denied"), scene.database.transaction(1) as session:
        session.execute(text("delete from invoice where came_to_nothing"))


def test_gets_no_line(scene: Scene) -> None:
    scene.declared(ALONE)
    scene.delivers(NOTHING_IN_FEBRUARY)
    scene.bills("2026-03-01")
    with pytest.raises(ContradictsStored, match="issued_never_changes"), scene.database.transaction(1) as session:
        (of_nothing,) = session.execute(text("select id, customer_id from invoice where came_to_nothing"))
        line = {
            "invoice_id": of_nothing.id, "pos": 1, "customer_id": of_nothing.customer_id, "charge": "c", "part": 0, "label": "",
            "nature": "consideration", "quantity": 0, "unit": "each", "unit_price": 0, "net": 5, "service_first": "2026-01-01",
            "service_after_last": "2026-02-01", "tax_point": "2026-01-31", "tax_category": "S", "tax_rate": 19, "tax_reason": "",
            "dimensions": "{}", "allocation": "{}", "payees": "{}", "proof": "{}",
        }  # fmt: skip
        copy_rows(session, "invoice_line", tuple(line), [tuple(line.values())])


def test_of_a_month_in_dispute_is_billed_once_the_dispute_is_settled_as_due(scene: Scene) -> None:
    scene.declared(ALONE)
    scene.delivers(NOTHING_IN_FEBRUARY)
    with scene.database.transaction(1) as session:
        days = date(2026, 1, 1), date(2026, 2, 1)
        dispute = raise_(
            session, "C-1", "energy", *days, reason="doubted", by="anna", at=on("2026-01-20"), accepted=True
        )
    scene.bills("2026-02-01")
    assert numbers(scene) == []
    with scene.database.transaction(1) as session:
        settle(session, dispute.id, due=True, by="anna", at=on("2026-02-10"))
    scene.bills("2026-04-01")
    billed = [(str(line.service_first), str(line.net)) for invoice in scene.invoices() for line in invoice.lines]
    assert sum(Decimal(net) for _, net in billed) == Decimal("60.00")  # 80 and 20 at 0.50, 50 at 0.20
    assert ("2026-01-01", "40.00") in billed
    assert scene.replays() == []
