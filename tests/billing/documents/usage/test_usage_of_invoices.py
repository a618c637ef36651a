"""The use behind an invoice by day: as of its own watermark, in its own days, and adding up to what is billed."""

from datetime import date
from decimal import Decimal

import pytest

from api.operations.invoices import usage_of_invoice
from api.server.database import Access, Database
from billing.documents.usage.daily_usage import UsageOfRegister
from billing.documents.usage.load import usage_of_line
from billing.documents.usage.terminal import usage_rows
from billing.documents.usage.usage_statement import UsageStatementPage, usage_drawings
from billing.invoices import store
from tests.billing.scene import CONTRACT, Scene, on

BY_HOURS = """
contract: H-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
charges:
  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}
"""
NUMBER = "2026-000001"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def of_line(scene: Scene, pos: int, number: str = NUMBER) -> tuple[UsageOfRegister, ...]:
    with scene.database.transaction(1) as session:
        return usage_of_line(session, store.find(session, number), pos)


def read_on(register: UsageOfRegister) -> dict[date, str]:
    return {row.start: str(row.quantity) for row in register.rows if row.quantity is not None}


class TestIntervals:
    @pytest.fixture
    def billed(self, scene: Scene) -> Scene:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 60\n2026-01-31 23 5", source="january.csv")
        scene.bills("2026-02-01")
        return scene

    def test_days_add_up_to_the_quantity_that_is_billed(self, billed: Scene) -> None:
        (register,) = of_line(billed, 2)
        assert read_on(register) == {date(2026, 1, 5): "120", date(2026, 1, 31): "5"}
        assert len(register.rows) == 31
        with billed.database.transaction(1) as session:
            lines = store.find(session, NUMBER).lines
        assert sum(row.quantity or 0 for row in register.rows) == sum(line.quantity for line in lines[1:])

    def test_a_later_correction_changes_nothing(self, billed: Scene) -> None:
        before = of_line(billed, 2)
        billed.delivers("2026-01-05 10 10", by="jonas", reason="meter test of 10 February", source="test.csv")
        assert of_line(billed, 2) == before

    def test_a_line_without_use_has_none(self, billed: Scene) -> None:
        assert of_line(billed, 1) == ()

    def test_there_is_no_fourth_line(self, billed: Scene) -> None:
        with pytest.raises(ValueError, match="no line 4"):
            of_line(billed, 4)

    def test_several_lines_on_one_register_have_one_chart(self, billed: Scene) -> None:
        with billed.database.transaction(1) as session:
            usage = usage_of_invoice(session, NUMBER, on("2026-02-02"))
        assert [register.lines for register in usage.registers] == [(2, 3)]
        assert len(usage_drawings(usage)) == 1
        page = UsageStatementPage().render(usage).decode()
        assert all(words in page for words in ("Werk", "Press", "125 kWh".replace(" ", "\N{NO-BREAK SPACE}")))

    def test_an_adjustment_shows_the_days_that_it_adjusts_as_they_are_known_now(self, billed: Scene) -> None:
        billed.delivers("2026-01-05 10 10", by="jonas", reason="meter test of 10 February", source="test.csv")
        billed.delivers("2026-02-05 10 40.5", source="february.csv")
        billed.bills("2026-03-01")
        with billed.database.transaction(1) as session:
            usage = usage_of_invoice(session, "2026-000002", on("2026-03-02"))
        by_first = {register.rows[0].start: read_on(register) for register in usage.registers}
        assert by_first[date(2026, 1, 1)] == {date(2026, 1, 5): "70", date(2026, 1, 31): "5"}
        assert by_first[date(2026, 2, 1)] == {date(2026, 2, 5): "40.5"}

    def test_a_terminal_has_a_bar_a_day(self, billed: Scene) -> None:
        with billed.database.transaction(1) as session:
            rows = usage_rows(usage_of_invoice(session, NUMBER, on("2026-02-02")))
        assert rows[4] == ("kwh", "2026-01-05", "120", "kWh", "█" * 24, "")
        assert rows[5][2] == "–"
        assert rows[30][4] == "█"


class TestCounters:
    def bill(self, scene: Scene, reads: str) -> UsageOfRegister:
        scene.declared(BY_HOURS)
        scene.delivers(reads, "hours")
        scene.bills("2026-02-05")
        (register,) = of_line(scene, 1)
        return register

    def test_one_that_is_read_each_day_is_drawn_by_day(self, scene: Scene) -> None:
        reads = "\n".join(f"2026-01-{day:02} 00 {1000 + 7 * day}" for day in range(1, 32))
        register = self.bill(scene, f"{reads}\n2026-02-01 00 1300")
        assert len(register.rows) == 31
        assert read_on(register)[date(2026, 1, 1)] == "7"
        assert sum(row.quantity or Decimal(0) for row in register.rows) == 1300 - 1007

    def test_one_that_is_read_once_a_month_has_no_days(self, scene: Scene) -> None:
        """Its last day would have the use of all the month."""
        register = self.bill(scene, "2026-01-01 00 1000\n2026-02-01 00 1300")
        assert register.rows == ()
