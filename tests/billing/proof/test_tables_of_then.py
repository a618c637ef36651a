"""Replay by the tables and the arithmetic of then: another release changes no issued invoice, or is named.

A table that ships with the code is changed under a billed world. What a rating recorded of it says everything of a tax
and of a factor between units: these are computed by. Of zones and holidays it does not: what is not at hand is said.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from api.server.database import Access, Database
from billing.proof.compare import Discrepancy
from billing.sources import shipped
from billing.sources.asked import Changed, Question, SourceName
from billing.sources.recorded_tables import RecordedTables
from billing.tax.decision import Decision, NoTaxRule
from billing.tax.tax import Tax, TaxCategory
from contracts.contract import Contract
from contracts.pricing.per_unit import PerUnit
from contracts.rated_line import RatedLine
from quantities import calendars, conversion, period
from quantities.document import parse, read
from quantities.quantity import exact_factor
from tests.billing.scene import Scene
from tests.billing.tax.release import forget_answers, with_rates, without

TERMS = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
charges:
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: MWh, unit_price: "500"}
  - name: by time
    register: kwh
    rule:
      kind: time_of_use
      unit: kWh
      calendar:
        bands: [{name: idle, days: [holiday]}]
        otherwise: busy
        holidays: DE
      unit_prices: {idle: "0.10", busy: "0.20"}
"""
FEE_ALONE = TERMS.split("charges:", maxsplit=1)[0] + 'charges: [{name: fee, rule: {kind: fixed_fee, amount: "100.00"}}]'
RATES = ((date(2007, 1, 1), "19"), (date(2026, 1, 1), "21"))
LINES = [("energy", "0.1", "50.00", ""), ("by time", "60", "6.00", ""), ("by time", "40", "8.00", "")]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    """One invoice: 60 kWh on New Year's Day, 40 on a Monday."""
    scene = Scene(access, database).declared(TERMS)
    scene.delivers("2026-01-01 10 60\n2026-01-05 10 40")
    scene.bills("2026-02-01")
    assert scene.lines("2026-000001") == LINES
    assert scene.replays() == []
    return scene


@contextmanager
def released(*caches: Callable[..., Any]) -> Iterator[None]:
    """Another release of a table, as a process sees it that was started with it; then the one before again."""
    forget_answers()
    for cached in caches:
        cached.cache_clear()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        forget_answers()
        for cached in caches:
            cached.cache_clear()  # type: ignore[attr-defined]


def named(scene: Scene) -> list[tuple[int, str]]:
    return [(difference.pos, difference.what) for difference in scene.replays()]


def forget(scene: Scene) -> None:
    """As of a rating that an older release made: it did not record what the tables answered."""
    scene.as_superuser("delete from rating_source where source in ('tax', 'zones', 'holidays', 'units')")


class TestTheTableOfTaxes:
    def test_of_then_decides(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        with_rates(monkeypatch, "DE", RATES)
        with released():
            assert scene.replays() == []

    def test_of_then_decides_where_a_country_is_no_longer_covered(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without(monkeypatch, "DE")
        with released():
            assert scene.replays() == []

    def test_of_today_decides_for_a_rating_that_recorded_none(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        forget(scene)
        with_rates(monkeypatch, "DE", RATES)
        with released():
            assert [(each.pos, each.what, each.stored, each.recomputed) for each in scene.replays()] == [
                (pos, "tax", "S 19", "S 21") for pos in (1, 2, 3)
            ]

    def test_a_document_without_readings_that_cannot_be_taxed_any_more_is_named(
        self, access: Access, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene = Scene(access, database).declared(FEE_ALONE)
        scene.bills("2026-02-01")
        forget(scene)
        without(monkeypatch, "DE")
        with released():
            (difference,) = scene.replays()
        assert (difference.pos, difference.what) == (0, "the document")
        assert "no tax law is known of DE" in difference.recomputed


class TestAnAnswerThatIsGone:
    """What a rating was answered and is not recorded any more is said: it was not made by an older release."""

    @pytest.mark.parametrize(("source", "about"), [
        ("tax", "DE|DE|2026-01-31|{}"), ("zones", "Europe/Berlin|2026-01-01|2026-02-01"),
    ])  # fmt: skip
    def test_is_named(self, scene: Scene, source: str, about: str) -> None:
        scene.as_superuser(f"delete from rating_source where source = '{source}'")
        assert [(each.pos, each.what, each.stored) for each in scene.replays()] == [
            (0, f"the answer of the table of {source} about {about}", "None")
        ]


class TestTheTableOfUnits:
    def another_factor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        exact = exact_factor

        def of_another_release(from_: str, to: str) -> Fraction:
            return Fraction(1, 900) if (from_, to) == ("kWh", "MWh") else exact(from_, to)

        monkeypatch.setattr(conversion, "exact_factor", of_another_release)

    def test_of_then_converts(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.another_factor(monkeypatch)
        with released(conversion._conversion):
            assert conversion.conversion("kWh", "MWh") == Fraction(1, 900)
            assert scene.replays() == []
            assert conversion.conversion("kWh", "MWh") == Fraction(1, 900), "only what is replayed is by then's"

    def test_of_today_converts_for_a_rating_that_recorded_none(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        forget(scene)
        self.another_factor(monkeypatch)
        with released(conversion._conversion):
            assert named(scene) == [(1, "quantity")]

    def test_a_unit_that_is_not_listed_any_more_is_named(self) -> None:
        question = shipped.of_units("kWh", "furlong")
        assert RecordedTables({question: "1/220"}).lost == (Changed(question, "1/220", "none: UnknownUnit"),)


class TestTheTableOfZones:
    def berlin_as_london(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another release, in which Berlin has London's clocks."""

        class OfAnotherRelease:
            @staticmethod
            def from_file(_: object, key: str) -> ZoneInfo:
                name = "London" if key == "Europe/Berlin" else key.rsplit("/", maxsplit=1)[-1]
                with resources.files("tzdata").joinpath("zoneinfo", "Europe", name).open("rb") as data:
                    return ZoneInfo.from_file(data, key=key)

        monkeypatch.setattr(period, "ZoneInfo", OfAnotherRelease)

    def test_that_is_not_at_hand_is_named_and_nothing_is_computed(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.as_superuser("update invoice_line set label = 'changed' where pos = 1")
        self.berlin_as_london(monkeypatch)
        with released(period.zone):
            (difference,) = scene.replays()
        assert difference.pos == 0
        assert difference.what == "the answer of the table of zones about Europe/Berlin|2026-01-01|2026-02-01"
        assert difference.stored.startswith("2025-12-31T23:00:00+00:00 1:00:00")
        assert "today's answers 2026-01-01T00:00:00+00:00 0:00:00" in difference.recomputed

    def test_the_head_is_compared_nonetheless(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        scene.as_superuser("alter table invoice disable trigger issued_never_changes")
        scene.as_superuser("update invoice set due_on = due_on + 1")
        self.berlin_as_london(monkeypatch)
        with released(period.zone):
            assert [what for _, what in named(scene)][1:] == ["due_on"]

    def test_that_answers_as_then_is_at_hand_whatever_its_release(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(period, "TZDATA_VERSION", "2099z")
        scene.as_superuser('update rating set inputs = inputs || \'{"tzdata": "1999a"}\'')
        assert scene.replays() == []


class TestTheTableOfHolidays:
    def test_that_is_not_at_hand_is_named(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        import holidays

        of_now = holidays.country_holidays

        def of_another_release(code: str, **terms: Any) -> list[date]:
            return [*of_now(code, **terms), *([date(2026, 1, 5)] if terms["years"] == 2026 else [])]

        monkeypatch.setattr(holidays, "country_holidays", of_another_release)
        with released(calendars.public_holidays):
            (difference,) = scene.replays()
        assert (difference.pos, difference.what) == (0, "the answer of the table of holidays about DE|2026")
        assert "01-05" not in difference.stored.split()
        assert "01-05" in difference.recomputed.split()


class TestTheArithmetic:
    """A rule's number at hand is computed by; one that is gone is named, and so is another rule."""

    def test_that_a_rating_recorded_and_is_gone_is_named(self, scene: Scene) -> None:
        scene.as_superuser("update rating set inputs = jsonb_set(inputs, '{rules,energy,arithmetic}', '7')")
        assert scene.replays() == [
            Discrepancy(
                "2026-000001", 0, "energy", "the arithmetic of per_unit", "7",
                "nothing: it is not at hand any more, 1 is",
            )
        ]  # fmt: skip

    def test_that_a_rating_recorded_and_is_at_hand_is_computed_by(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A second arithmetic charges started units in full; the record, and not the terms, says which it was."""
        first = PerUnit.price

        def price(self: PerUnit, quantity: Decimal) -> tuple[RatedLine, ...]:
            number: int = self.arithmetic
            return first(self, quantity if number == 1 else quantity.to_integral_value("ROUND_CEILING"))

        monkeypatch.setattr(PerUnit, "price", price)
        monkeypatch.setattr(PerUnit.model_fields["arithmetic"], "annotation", Literal[1, 2])
        assert scene.replays() == []
        scene.as_superuser("update rating set inputs = jsonb_set(inputs, '{rules,energy,arithmetic}', '2')")
        (difference,) = scene.replays()
        assert (difference.pos, difference.what, difference.recomputed) == (1, "quantity", "1")

    def test_that_the_terms_state_and_is_gone_is_named(self, scene: Scene) -> None:
        scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")
        scene.as_superuser("update contract_version set terms = jsonb_set(terms, '{charges,0,rule,arithmetic}', '7')")
        (difference,) = scene.replays()
        assert (difference.pos, difference.what) == (0, "the arithmetic of charges/0/rule/per_unit")
        assert (difference.stored, difference.recomputed[:7]) == ("7", "nothing")

    def test_of_another_rule_is_named(self, scene: Scene) -> None:
        scene.as_superuser("update rating set inputs = jsonb_set(inputs, '{rules,energy,rule}', '\"graduated\"')")
        assert named(scene) == [(0, "the rule")]

    def test_terms_that_cannot_be_read_are_named(self, scene: Scene) -> None:
        scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")
        scene.as_superuser("update contract_version set terms = terms - 'zone'")
        (difference,) = scene.replays()
        assert (difference.pos, difference.what) == (0, "the terms of version 1 at zone")


class TestAnAnswerIsReadAsItWasWritten:
    @pytest.mark.parametrize("tax", [
        Tax(TaxCategory.STANDARD, Decimal("25.5")),
        Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "Reverse charge"),
    ])  # fmt: skip
    def test_of_a_tax(self, tax: Tax) -> None:
        assert shipped.decision_of_token(shipped.token_of_tax(tax)) == Decision(tax, "", "")
        decided = Decision(tax, "DE", "EU: domestic since 1993-01-01", "DE: standard since 2007-01-01", "X")
        assert shipped.decision_of_token(shipped.token_of_decision(decided)) == decided

    def test_of_no_tax(self) -> None:
        with pytest.raises(NoTaxRule):
            shipped.decision_of_token("none")

    def test_of_a_factor(self) -> None:
        assert shipped.factor_of_token(shipped.answer(shipped.of_units("kWh", "MWh"))) == Fraction(1, 1000)
        assert shipped.factor_of_token(shipped.answer(shipped.of_units("kWh", "h"))) is None

    def test_where_a_rating_did_not_ask_todays_table_decides(self) -> None:
        contract = parse(Contract, read(FEE_ALONE))
        tables = RecordedTables({Question(SourceName.TAX, 0, "DE|DE|2026-01-31"): "S 7"})
        (charge,) = contract.charges
        last_days = (date(2026, 1, 31), date(2026, 2, 28))
        assert [tables.taxed(contract, charge, day).tax.rate for day in last_days] == [7, 19]
