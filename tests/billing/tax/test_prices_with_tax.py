"""Prices that have the tax in them: divided at the line, and what a customer pays is what was agreed, to the cent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.contracts import check
from api.server.database import Access, Database
from billing.documents.views import invoice_out
from billing.invoices.invoice import Totals, total
from billing.tax.jurisdiction import TaxRounding
from quantities.document import FaultyDocument, read
from tests.billing.rating.billed import agreed, divided, fee, first_period, lines_of, priced, rated, used
from tests.billing.scene import CONTRACT, Scene
from tests.billing.tax.test_reductions_by_rate import lines

WITH = {"tax": {"price_basis": "with_tax"}}
ROUNDINGS = [TaxRounding.RATE, TaxRounding.LINE]


def totals(*amounts: str, vat: str = "19", currency: str = "EUR", level: TaxRounding = TaxRounding.RATE) -> Totals:
    charges = (fee(f"f{at}", amount) for at, amount in enumerate(amounts))
    return total(lines_of(agreed(*charges, currency=currency, **WITH), vat=vat), currency, level)


@pytest.mark.parametrize(("amounts", "vat", "currency", "net", "tax", "rounding"), [
    pytest.param(["119.00"], "19", "EUR", "100.00", "19.00", "0.00", id="119 with 19 % are 100 and 19"),
    pytest.param(["0.03"], "19", "EUR", "0.03", "0.01", "-0.01", id="no base has 0.03 with tax: 0.03 and 0.01, less a cent"),
    pytest.param(["1.00"] * 3, "19", "EUR", "2.52", "0.48", "0.00", id="three of 1.00: 0.84 each"),
    pytest.param(["1.00"] * 7, "13", "CNY", "6.16", "0.80", "0.04", id="seven of 1.00 with 13 %: 0.88 each, 4 fen are missing"),
    pytest.param(["1100"], "10", "JPY", "1000", "100", "0", id="1,100 yen with 10 %"),
    pytest.param(["1001"], "8", "JPY", "927", "74", "0", id="1,001 yen with 8 %: 926.85 are 927, and 74.16 are 74"),
])  # fmt: skip
def test_worked_figures(amounts: list[str], vat: str, currency: str, net: str, tax: str, rounding: str) -> None:
    """EN 16931: BT-117 is BT-116 × BT-119, rounded (BR-CO-17); BT-115 is BT-112 + BT-114 (BR-CO-16)."""
    summed = totals(*amounts, vat=vat, currency=currency)
    assert (summed.net, summed.vat, summed.rounding) == (Decimal(net), Decimal(tax), Decimal(rounding))
    assert summed.payable == sum(map(Decimal, amounts))


def test_a_unit_price_is_divided_and_not_rounded() -> None:
    """12.5 kWh at 0.30 with tax are 3.75, 3.15 without; 0.30 / 1.19 has 15 places."""
    contract = agreed(priced("energy", {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30"}), **WITH)
    (line,) = lines_of(contract, {"energy": used("12.5", "kWh")})
    assert (line.net, line.gross, str(line.unit_price)) == (Decimal("3.15"), Decimal("3.75"), "0.252100840336134")
    assert abs(line.quantity * line.unit_price - line.net) <= Decimal("0.01")


def test_a_charge_of_its_own_basis_and_damages() -> None:
    """Damages bear no tax, so none is taken out of them."""
    damages = fee("damage", "50") | {"nature": "damages"}
    contract = agreed(fee("a", "119"), fee("b", "100") | {"tax": {"price_basis": "without_tax"}}, damages, **WITH)
    assert [(str(line.net), line.gross) for line in lines_of(contract)] == [
        ("100.00", Decimal("119.00")), ("100.00", None), ("50.00", None),
    ]  # fmt: skip
    summed = total(lines_of(contract), "EUR")
    assert summed.payable == Decimal("119.00") + Decimal("119.00") + 50


def test_a_discount_of_several_taxes_is_off_the_prices_with_tax() -> None:
    """10 % off 119 and 107 are 11.90 and 10.70: 10.00 without 19 %, 10.00 without 7 %."""
    low = fee("heat", "107") | {"tax": {"supply": "network_energy", "rate": "reduced"}}
    rebate = {"name": "rebate", "rule": {"kind": "discount", "percent": "10"}}
    billed = lines(agreed(fee("fee", "119"), low, rebate, **WITH))
    assert [(str(line.tax.rate), str(line.net), str(line.gross)) for line in billed if line.charge == "rebate"] == [
        ("19", "-10.00", "-11.90"), ("7", "-10.00", "-10.70"),
    ]  # fmt: skip


_AMOUNTS = st.lists(st.decimals(0, 9999, places=2), min_size=1, max_size=8)


@pytest.mark.parametrize("level", ROUNDINGS)
@given(amounts=_AMOUNTS, plain=_AMOUNTS, vat=st.decimals(0, 27, places=1))
def test_what_is_paid_is_what_was_agreed(level: TaxRounding, amounts: Any, plain: Any, vat: Decimal) -> None:
    """Whatever else the document has at the same rate; and the sums of its groups are exact."""
    charges = [fee(f"f{at}", str(amount)) for at, amount in enumerate(amounts)]
    others = [fee(f"g{at}", str(amount)) | {"tax": {"price_basis": "without_tax"}} for at, amount in enumerate(plain)]
    billed = lines_of(agreed(*charges, *others, **WITH), vat=str(vat))
    summed = total(billed, "EUR", level)
    alone = total([line for line in billed if line.gross is None], "EUR", level)
    assert summed.payable == sum(amounts) + alone.gross
    assert summed.gross == summed.net + summed.vat
    assert summed.net == sum(group.taxable for group in summed.groups)
    if level is TaxRounding.LINE:
        assert not summed.rounding
    else:
        assert all(group.amount == group.tax.on(group.taxable, "EUR") for group in summed.groups)
        assert abs(summed.rounding) <= Decimal("0.01") * len(billed)


class TestRoundedAtEachLine:
    """The fapiao: its tax is that of its lines, added up."""

    def test_prices_without_tax(self) -> None:
        """Three of 0.03 with 13 %: 0.0039 each are nothing, and 0.0117 of all are 0.01."""
        billed = lines_of(agreed(*(fee(f"f{at}", "0.03") for at in range(3)), currency="CNY"), vat="13")
        assert [total(billed, "CNY", level).vat for level in ROUNDINGS] == [Decimal("0.01"), Decimal("0.00")]

    def test_prices_with_tax_need_no_rounding(self) -> None:
        summed = totals(*["1.00"] * 7, vat="13", currency="CNY", level=TaxRounding.LINE)
        assert (summed.net, summed.vat, summed.rounding) == (Decimal("6.16"), Decimal("0.84"), Decimal(0))


class TestThroughTheLifeOfAContract:
    """0.33 a kWh with 19 %; of a fee of 100.00 with it 84.03 are without."""

    TERMS = (
        CONTRACT.replace("charges:", "tax: {price_basis: with_tax}\ncharges:").replace(
            '{kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
            '{kind: per_unit, unit: kWh, unit_price: "0.33"}',
        )
    )  # fmt: skip

    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared()

    def test_a_late_reading_is_corrected_to_the_cent(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 7\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 1")
        scene.bills("2026-03-01")
        first, second = scene.invoices()
        assert first.payable == Decimal("100.00") + Decimal("2.31")
        assert second.payable == Decimal("100.00") + Decimal("0.33")  # the 8th kWh
        shown = invoice_out(first).model_dump(mode="json")
        assert (shown["gross"], shown["rounding"], shown["payable"]) == ("102.30", "0.01", "102.31")
        assert [line["gross"] for line in shown["lines"]] == ["100.00", "2.31"]
        assert "rounding" not in invoice_out(second).model_dump(mode="json")
        assert scene.replays() == []

    def test_each_document_of_a_piece_of_work_is_rounded_by_itself(self, scene: Scene) -> None:
        """By the law of the United Kingdom a correction is a document of its own, as damages are everywhere."""
        british = self.TERMS.replace("country: DE", "country: GB")
        damages = '  - {name: late, nature: damages, rule: {kind: fixed_fee, amount: "5.00"}}\n'
        scene.amends(british + damages, "2026-01-01")
        scene.delivers("2026-01-05 10 7\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 1")
        scene.bills("2026-03-01")
        paid = [invoice.payable for invoice in scene.invoices()]
        assert sorted(paid) == [Decimal("0.33"), Decimal(5), Decimal(5), Decimal("100.00"), Decimal("102.31")]
        noted = [invoice.row.inputs.tax is not None for invoice in scene.invoices()]
        assert True in noted
        assert False in noted  # only what has cents over says so
        assert scene.replays() == []

    def test_an_amendment_within_a_period_takes_the_tax_out_from_its_day_on(self, scene: Scene) -> None:
        scene.amends(self.TERMS.replace("with_tax", "without_tax"), "2026-01-01")
        scene.delivers("2026-01-05 10 100\n2026-01-20 10 100")
        scene.amends(self.TERMS.replace("starts:", "in_force_from: 2026-01-16\nstarts:"), "2026-01-10")
        scene.bills("2026-02-01")
        (invoice,) = scene.invoices()
        energy = [(str(line.net), line.gross) for line in invoice.lines if line.charge == "energy"]
        assert energy == [("33.00", None), ("27.73", Decimal("33.00"))]
        assert scene.replays() == []

    def test_an_amendment_behind_a_billed_period_takes_back_and_bills_anew(self, scene: Scene) -> None:
        scene.amends(self.TERMS.replace("with_tax", "without_tax"), "2026-01-01")
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.amends(self.TERMS, "2026-02-10")
        scene.bills("2026-03-01")
        january = [
            line for invoice in scene.invoices() for line in invoice.lines if line.service_first < date(2026, 2, 1)
        ]
        assert sum(line.net for line in january) == Decimal("84.03") + Decimal("27.73")
        assert sum(line.gross or 0 for line in january) == Decimal("133.00")
        assert scene.replays() == []

    def test_a_rounding_amount_that_was_moved_no_longer_proves(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 1")
        scene.bills("2026-02-01")
        assert scene.replays() == []
        scene.as_superuser(
            """set session_replication_role = replica;
            update invoice set inputs = jsonb_set(inputs::jsonb, '{tax}', '{"rounding": "0.02"}')"""
        )
        assert [discrepancy.what for discrepancy in scene.replays()] == ["the rounding amount"]


class TestWhatIsChecked:
    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared()

    def faults(self, scene: Scene, terms: str) -> list[tuple[str, str]]:
        with scene.database.transaction(1) as session:
            try:
                check(session, read(terms))
            except FaultyDocument as refused:
                return [(fault.path, fault.code) for fault in refused.faults]
        return []

    CHINESE = CONTRACT.replace("country: DE", "country: CN").replace("currency: EUR", "currency: CNY").replace(
        "charges:", "tax: {rate: standard}\ncharges:"
    )  # fmt: skip

    def test_a_country_where_neither_is_the_custom_asks(self, scene: Scene) -> None:
        assert self.faults(scene, self.CHINESE) == [("/tax", "no-price-basis")]
        for basis in ("with_tax", "without_tax"):
            stated = self.CHINESE.replace("{rate: standard}", f"{{rate: standard, price_basis: {basis}}}")
            assert self.faults(scene, stated) == []

    def test_china_rounds_at_each_line_and_proves_it(self, scene: Scene) -> None:
        stated = self.CHINESE.replace("{rate: standard}", "{rate: standard, price_basis: without_tax}")
        scene.amends(stated.replace('"100.00"', '"0.03"'), "2026-01-01")
        scene.delivers("2026-01-05 10 0.1")
        scene.bills("2026-02-01")
        (invoice,) = scene.invoices()
        assert (invoice.row.net, invoice.row.vat) == (Decimal("0.08"), Decimal("0.01"))  # 0.0039 and 0.0065
        assert invoice.row.inputs.tax is not None
        assert invoice.row.inputs.tax.level is TaxRounding.LINE
        assert scene.replays() == []

    def test_a_sum_of_both_is_a_fault(self, scene: Scene) -> None:
        terms = CONTRACT.replace("charges:", "tax: {price_basis: with_tax}\ncharges:")
        mixed = terms + (
            '  - {name: cap, rule: {kind: maximum_spend, amount: "90"}, tax: {price_basis: without_tax}}\n'
        )
        assert self.faults(scene, mixed) == [("/charges/2", "mixed-price-bases")]
        assert self.faults(scene, mixed.replace(", tax: {price_basis: without_tax}", "")) == []


def test_days_after_an_amendment_are_rounded_as_one_price_with_tax() -> None:
    """10.01 over two halves of a period is 5.01 and 5.00 with tax, as it is without."""
    contract = agreed(fee("fee", "10.01"), **WITH)
    before, after = divided(first_period(contract), date(2026, 1, 16))
    both = rated((contract, before, {}), (contract, after, {})).lines
    assert sum(line.gross or 0 for line in both) == Decimal("10.01")
