"""What a customer withholds: taken off what it pays, and with gross-up borne by it, so that the supplier has its price."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.contracts import check
from api.server.database import Access, Database
from billing.documents.views import invoice_out
from billing.invoices.invoice import total
from quantities.document import FaultyDocument, read
from tests.billing.rating.billed import agreed, fee, lines_of, priced, used
from tests.billing.scene import CONTRACT, Scene


def withheld(percent: str, *, gross_up: bool = False, **more: Any) -> dict[str, Any]:
    """Terms of a contract of which some percent are withheld."""
    row = {"percent": percent, "law": "Law on Corporate Tax", "gross_up": str(gross_up).lower(), "first": "2026-01-01"}
    return {"tax": {"withholding": [row | more]}}


@pytest.mark.parametrize(("amount", "percent", "gross_up", "net", "taken", "has"), [
    pytest.param("100.00", "10", False, "100.00", "10.00", "90.00", id="10 % of 100 are the supplier's loss"),
    pytest.param("100.00", "10", True, "111.11", "11.11", "100.00", id="100 / 0.9: the customer's"),
    pytest.param("100.00", "5", True, "105.26", "5.26", "100.00", id="100 / 0.95"),
    pytest.param("0.01", "50", True, "0.02", "0.01", "0.01", id="a cent is two"),
])  # fmt: skip
def test_worked_figures(amount: str, percent: str, gross_up: bool, net: str, taken: str, has: str) -> None:  # noqa: FBT001 a row
    summed = total(lines_of(agreed(fee("fee", amount), **withheld(percent, gross_up=gross_up)), vat="0"), "EUR")
    assert (str(summed.net), str(summed.withheld), str(summed.payable)) == (net, taken, has)


def test_vat_is_of_the_raised_price_and_not_withheld() -> None:
    """111.11 with 19 % are 132.22; less 11.11."""
    summed = total(lines_of(agreed(fee("fee", "100"), **withheld("10", gross_up=True))), "EUR")
    assert (str(summed.gross), str(summed.payable)) == ("132.22", "121.11")


def test_the_price_is_raised_and_rounded_once_at_the_line() -> None:
    """3 kWh at 0.10 / 0.9 are 0.333…: 0.33, and not three times 0.11."""
    contract = agreed(
        priced("energy", {"kind": "per_unit", "unit": "kWh", "unit_price": "0.10"}), **withheld("10", gross_up=True)
    )
    (line,) = lines_of(contract, {"energy": used("3", "kWh")})
    assert (str(line.net), str(line.unit_price)) == ("0.33", "0.111111111111111")
    assert line.proof.sum is not None
    assert "0.10 / (1 − 10 %)" in line.proof.sum


def test_damages_are_no_income_of_which_any_is_withheld() -> None:
    contract = agreed(fee("fee", "100"), fee("damage", "50") | {"nature": "damages"}, **withheld("10", gross_up=True))
    summed = total(lines_of(contract, vat="0"), "EUR")
    assert (str(summed.net), str(summed.withheld)) == ("161.11", "11.11")


def test_prices_with_tax_are_raised_as_well() -> None:
    """119 / 0.9 are 132.22 with 19 %: 111.11 without, of which 11.11 are withheld."""
    terms = withheld("10", gross_up=True)
    terms["tax"]["price_basis"] = "with_tax"
    summed = total(lines_of(agreed(fee("fee", "119"), **terms)), "EUR")
    assert (str(summed.net), str(summed.withheld), str(summed.payable)) == ("111.11", "11.11", "121.11")


def test_the_newest_row_that_holds_counts() -> None:
    rows = [
        {"percent": "10", "law": "before", "first": "2020-01-01"},
        {"percent": "5", "law": "since", "first": "2026-01-31"},
        {"percent": "1", "law": "later", "first": "2026-02-01"},
    ]
    (line,) = lines_of(agreed(fee("fee", "100"), tax={"withholding": rows}))
    assert line.proof.withholding is not None
    assert (line.proof.withholding.percent, line.proof.withholding.law) == (Decimal(5), "since")


@given(
    st.lists(st.decimals(0, 9999, places=2), min_size=1, max_size=6),
    st.decimals("0.1", "60", places=1),
    st.booleans(),
)
def test_the_supplier_has_the_agreed_price(amounts: list[Decimal], percent: Decimal, with_tax: bool) -> None:  # noqa: FBT001 drawn
    """To the cent of each line: of a raised price that is rounded, less than a cent is lost or won."""
    terms = withheld(str(percent), gross_up=True)
    if with_tax:
        terms["tax"]["price_basis"] = "with_tax"
    summed = total(
        lines_of(agreed(*(fee(f"f{at}", str(amount)) for at, amount in enumerate(amounts)), **terms), vat="0"), "EUR"
    )
    assert abs(summed.payable - sum(amounts)) <= Decimal("0.01") * (len(amounts) + 1)
    assert summed.payable == summed.gross + summed.rounding - summed.withheld


class TestThroughTheLifeOfAContract:
    TERMS = CONTRACT.replace(
        "charges:",
        'tax: {withholding: [{percent: "10", law: VAT Act 9, gross_up: true, first: 2026-01-01}]}\ncharges:',
    )

    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared()

    def test_a_late_reading_is_corrected_with_what_is_withheld_of_it(self, scene: Scene) -> None:
        """20 kWh are 10.00, raised 11.11, of which 1.11 are withheld."""
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 20\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 20")
        scene.bills("2026-03-01")
        first, second = scene.invoices()
        assert [(str(line.net), line.proof.withholding is not None) for line in second.lines] == [
            ("111.11", True), ("11.11", True),
        ]  # fmt: skip
        noted = [invoice.row.inputs.tax.withheld for invoice in (first, second) if invoice.row.inputs.tax]
        assert noted == [Decimal("12.22"), Decimal("12.22")]
        assert first.payable == first.row.gross - Decimal("12.22")
        assert scene.replays() == []

    def test_an_amendment_that_ends_it_takes_back_what_was_withheld(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 20\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.amends(self.TERMS.replace("first: 2026-01-01}]", "first: 2026-03-01}]"), "2026-02-10")
        scene.bills("2026-03-01")
        january = [line for invoice in scene.invoices() for line in invoice.lines if line.service_first.month == 1]
        bare = [line for line in january if line.proof.withholding is None]
        assert sum(line.net for line in january) == sum(line.net for line in bare) == 110
        assert scene.replays() == []

    def test_it_is_shown(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 0")
        scene.bills("2026-02-01")
        shown = invoice_out(scene.invoices()[0])
        values = shown.model_dump(mode="json")
        assert (values["gross"], values["withheld"], values["payable"]) == ("132.22", "11.11", "121.11")
        assert values["lines"][0]["withheld_percent"] == "10"
        page = scene.page("2026-000001")
        assert "Withheld, and paid to the state by the customer" in page
        assert "121.11" in page

    def test_what_is_withheld_and_was_moved_no_longer_proves(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 0")
        scene.bills("2026-02-01")
        scene.as_superuser("""set session_replication_role = replica;
            update invoice set inputs = jsonb_set(inputs::jsonb, '{tax,withheld}', '"1.11"')""")
        assert [discrepancy.what for discrepancy in scene.replays()] == ["what is withheld"]


class TestATreaty:
    TERMS = CONTRACT.replace(
        "charges:",
        'tax: {withholding: [{percent: "5", law: Tax Act 9, treaty: DE-IN 1995 Art. 12, first: 2026-01-01, '
        "evidence: [{reference: residence 2026, first: 2026-01-01, after_last: 2026-02-10}]}]}\ncharges:",
    )

    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared()

    def test_without_evidence_has_a_fault(self, scene: Scene) -> None:
        bare = self.TERMS.replace(
            "evidence: [{reference: residence 2026, first: 2026-01-01, after_last: 2026-02-10}]", "evidence: []"
        )
        with scene.database.transaction(1) as session, pytest.raises(FaultyDocument) as refused:
            check(session, read(bare))
        assert [(fault.path, fault.code) for fault in refused.value.faults] == [
            ("/tax/withholding", "tax-evidence-missing")
        ]

    def test_whose_evidence_expires_is_said_and_holds_the_bill(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            assert any("expires on 2026-02-10" in warning for warning in check(session, read(self.TERMS)).warnings)
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 0\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        assert "rest on a paper that holds on 2026-02-28" in scene.bills("2026-03-01").held["C-1"]
        scene.amends(self.TERMS.replace("after_last: 2026-02-10", "after_last: 2027-02-10"), "2026-03-02")
        scene.bills("2026-03-03")
        billed = [line for invoice in scene.invoices() for line in invoice.lines]
        assert [line for line in billed if line.corrects] == []  # a paper that is prolonged corrects nothing
        assert scene.replays() == []
