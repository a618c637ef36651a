"""The legs of the worked settlement in all four cells: the net of documents is payables and commission, tax on each leg.

Jobs X and Y are 959.50 together: the factory 713.50, the lab 135.00, the platform 111.00 (12 % of machine fees of 800,
and 10 % of an inspection of 150). All are German, at 19 %.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing.payees.legs import PayeesNotDescribed, SaleLeg, SharedSale, legs_of
from billing.payees.parts import SharesDoNotAddUp
from billing.tax.checks import faults_of_tax
from billing.tax.decision import NoTaxRule, Supply, decide_as_shipped
from contracts.contract import Contract
from contracts.sharing.seller import seller_of
from tests.billing.rating.billed import agreed, lines_of, used
from tests.billing.rating.test_sharing import CREDIT, ENERGY, INSPECTION, MACHINE

AGREED = {"reference": "A-1", "first": "2025-12-01"}
PLATFORM = {"name": "platform", "country": "DE", "vat_id": "DE111111117"}
CUSTOMER = {"name": "maker", "country": "DE", "vat_id": "DE222222220"}
FACTORY = {"name": "factory", "country": "DE", "vat_id": "DE333333339", "agreement": AGREED}
LAB = {"name": "lab", "country": "DE", "vat_id": "DE444444443", "agreement": AGREED}
X = {"machine": used("7", "h"), "energy": used("26", "kWh")}
Y = {"machine": used("3", "h"), "energy": used("12", "kWh")}


def contract(*charges: dict[str, Any], payees: tuple[dict[str, Any], ...] = (FACTORY, LAB), **sharing: str) -> Contract:
    terms = {"supplier": PLATFORM, "customer": CUSTOMER, "sharing": {"payees": [*payees], **sharing}}
    return agreed(*charges, **terms)


def both_jobs(**sharing: Any) -> SharedSale:
    of_x, of_y = contract(MACHINE, ENERGY, INSPECTION, **sharing), contract(MACHINE, ENERGY, **sharing)
    return legs_of(of_x, [*lines_of(of_x, X), *lines_of(of_y, Y)], decide_as_shipped)


def in_short(legs: tuple[SaleLeg, ...]) -> list[str]:
    return [
        f"{leg.kind} {leg.seller} → {leg.buyer} by {leg.made_out_by}: {leg.document_type} "
        f"{leg.totals.net} + {leg.totals.vat} = {leg.totals.gross}"
        for leg in legs
    ]


OWN = [
    "sale platform → maker by platform: 380 959.50 + 182.31 = 1141.81",
    "purchase factory → platform by platform: 389 713.50 + 135.57 = 849.07",
    "purchase lab → platform by platform: 389 135.00 + 25.65 = 160.65",
]
OWNERS = [
    "sale factory → maker by platform: 380 809.50 + 153.81 = 963.31",
    "sale lab → maker by platform: 380 150.00 + 28.50 = 178.50",
    "commission platform → factory by platform: 380 96.00 + 18.24 = 114.24",
    "commission platform → lab by platform: 380 15.00 + 2.85 = 17.85",
]


@pytest.mark.parametrize(("revenue", "sold_in", "legs", "shown"), [
    pytest.param("gross", "own_name", OWN, ("959.50", "848.50"), id="gross, own name"),
    pytest.param("net", "own_name", OWN, ("111.00", "0.00"), id="net, own name: the tax is of all of it all the same"),
    pytest.param("gross", "owners_name", OWNERS, ("959.50", "848.50"), id="gross, in the owner's name"),
    pytest.param("net", "owners_name", OWNERS, ("111.00", "0.00"), id="net, in the owner's name"),
])  # fmt: skip
def test_the_worked_settlement_in_its_cell(revenue: str, sold_in: str, legs: list[str], shown: tuple[str, str]) -> None:
    sale = both_jobs(revenue=revenue, sold_in=sold_in)
    assert in_short(sale.legs) == legs
    assert {name: str(payable.net) for name, payable in sale.payables.items()} == {"factory": "713.50", "lab": "135.00"}
    assert (str(sale.net), str(sale.commission)) == ("959.50", "111.00")
    assert (str(sale.revenue_amount), str(sale.cost_amount)) == shown


@pytest.mark.parametrize("sold_in", ["own_name", "owners_name"])
def test_the_net_of_documents_is_payables_and_commission(sold_in: str) -> None:
    sale = both_jobs(sold_in=sold_in)
    sold = sum(leg.totals.net for leg in sale.legs if leg.kind == "sale")
    assert sold == sale.net == sum(payable.net for payable in sale.payables.values()) + sale.commission
    # what the customer pays is what payees are paid, what the supplier keeps, and the tax that it owes itself
    paid = sum(leg.totals.gross for leg in sale.legs if leg.kind == "sale")
    owed_by_supplier = sum(
        leg.totals.vat * (1 if leg.seller == "platform" else -1)
        for leg in sale.legs
        if "platform" in (leg.seller, leg.buyer)
    )
    assert paid == sum(payable.gross for payable in sale.payables.values()) + sale.commission + owed_by_supplier


@pytest.mark.parametrize(("sold_in", "legs"), [
    ("own_name", [
        "sale platform → maker by platform: 381 -24.30 + -4.62 = -28.92",
        "purchase factory → platform by platform: 261 -21.42 + -4.07 = -25.49",
    ]),
    ("owners_name", [
        "sale factory → maker by platform: 381 -24.30 + -4.62 = -28.92",
        "commission platform → factory by platform: 381 -2.88 + -0.55 = -3.43",
    ]),
])  # fmt: skip
def test_the_credit_of_job_y(sold_in: str, legs: list[str]) -> None:
    of_y = contract(MACHINE, ENERGY, CREDIT, sold_in=sold_in)
    credit = [line for line in lines_of(of_y, Y) if line.charge == "credit"]
    sale = legs_of(of_y, credit, decide_as_shipped)
    assert in_short(sale.legs) == legs
    assert (str(sale.payables["factory"].net), str(sale.commission)) == ("-21.42", "-2.88")


def test_who_sends_its_own_invoices_makes_them_out() -> None:
    sends = {**FACTORY, "self_billed": "false"}
    of_y = contract(MACHINE, payees=(sends,))
    *_, purchase = legs_of(of_y, lines_of(of_y, Y), decide_as_shipped).legs
    assert (purchase.made_out_by, purchase.document_type) == ("factory", "380")


class TestTax:
    """Each leg is taxed between its own parties."""

    def test_a_factory_abroad_is_bought_from_under_reverse_charge(self) -> None:
        abroad = {**FACTORY, "country": "FR", "vat_id": "FR12345678901"}
        of_y = contract(MACHINE, payees=(abroad,))
        sale, purchase = legs_of(of_y, lines_of(of_y, Y), decide_as_shipped).legs
        assert (sale.totals.vat, purchase.totals.vat) == (Decimal("45.60"), Decimal("0.00"))
        assert [group.tax.category for group in purchase.totals.groups] == ["AE"]

    def test_sold_in_its_name_the_factory_abroad_is_the_seller(self) -> None:
        abroad = {**FACTORY, "country": "FR", "vat_id": "FR12345678901"}
        of_y = contract(
            MACHINE, {**CREDIT, "rule": {"kind": "discount", "amount": "1"}}, payees=(abroad,), sold_in="owners_name"
        )
        assert [seller_of(of_y, charge).name for charge in of_y.charges] == ["factory", "factory"]
        decided = decide_as_shipped(Supply.of(of_y, of_y.charges[0]), of_y.starts)
        assert decided.tax.category == "AE"

    def test_a_financiers_part_is_taxed_as_it_says(self) -> None:
        bank = {**FACTORY, "name": "bank", "tax": {"treatment": "exempt", "evidence": [AGREED]}}
        machine = {
            **MACHINE,
            "waterfall": {"steps": [{"kind": "first", "payee": "bank", "amount": "100"}], "rest": "factory"},
        }
        of_y = contract(machine, payees=(bank, FACTORY))
        _, of_bank, of_factory = legs_of(of_y, lines_of(of_y, Y), decide_as_shipped).legs
        assert [(str(leg.totals.net), str(leg.totals.vat)) for leg in (of_bank, of_factory)] == [
            ("100.00", "0.00"),
            ("140.00", "26.60"),
        ]

    def test_damages_bear_none_on_any_leg(self) -> None:
        of_y = contract({**MACHINE, "nature": "damages"})
        assert [leg.totals.vat for leg in legs_of(of_y, lines_of(of_y, Y), decide_as_shipped).legs] == [0, 0]

    @pytest.mark.parametrize(("sold_in", "payee", "path"), [
        ("own_name", {"country": "FR", "vat_id": None}, "/sharing/payees/0"),
        ("own_name", {"tax": {"rate": "none such"}}, "/sharing/payees/0/tax"),
        ("owners_name", {"country": "FR", "vat_id": None}, "/sharing/payees"),
    ])  # fmt: skip
    def test_a_leg_that_cannot_be_taxed_is_named_when_the_contract_is_checked(
        self, sold_in: str, payee: dict[str, Any], path: str
    ) -> None:
        of_y = contract(MACHINE, payees=({**FACTORY, **payee},), sold_in=sold_in)
        assert path in {fault.path for fault in faults_of_tax()(of_y)}

    def test_what_cannot_be_taxed_is_refused(self) -> None:
        of_y = contract(MACHINE, payees=({**FACTORY, "country": "FR", "vat_id": None},))
        with pytest.raises(NoTaxRule):
            legs_of(of_y, lines_of(of_y, Y), decide_as_shipped)


def test_what_does_not_add_up_is_refused() -> None:
    of_y = contract(MACHINE)
    (line,) = lines_of(of_y, {"machine": used("3", "h")})
    with pytest.raises(SharesDoNotAddUp):
        legs_of(of_y, [replace(line, net=line.net + 1)], decide_as_shipped)


def test_payees_that_are_names_alone_have_no_legs() -> None:
    of_y = agreed(MACHINE)
    with pytest.raises(PayeesNotDescribed):
        legs_of(of_y, lines_of(of_y, Y), decide_as_shipped)
