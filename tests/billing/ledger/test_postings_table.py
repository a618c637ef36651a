"""The postings table of the trade (net 1,000, VAT 19 %), row by row, to the cent: by role and by account of SKR03."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from billing.invoices.invoice import Line, total
from billing.ledger.accounts import AccountRole
from billing.ledger.charts.chart import chart_named
from billing.ledger.entry import Posting, ServiceDays, TaxKey
from billing.ledger.postings.documents import DocumentToPost, LineToPost, postings_of
from billing.ledger.postings.payees import PayeeLineToPost, postings_of_commission, postings_of_purchase
from billing.ledger.postings.payments import (
    AllocationToPost,
    DiscountToPost,
    postings_of_allocation,
    postings_of_move,
    postings_of_payment,
    postings_of_write_off,
)
from billing.tax.tax import OUTSIDE, TaxCategory
from contracts.rated_line import Nature
from tests.billing.rating.billed import agreed, fee, first_period, lines_of, priced, used

DE19 = TaxKey("DE", TaxCategory.STANDARD, Decimal(19))


def posted(lines: Sequence[Line], *, is_of_owner: bool = False, **of_line: Any) -> tuple[Posting, ...]:
    to_post = tuple(LineToPost(line, contract_id=1, **of_line) for line in lines)
    return postings_of(DocumentToPost(7, "DE", to_post, total(lines, "EUR"), is_of_owner=is_of_owner))


def by_role(postings: Sequence[Posting]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for one in postings:
        sums[one.role.value] = sums.get(one.role.value, Decimal(0)) + one.amount
    return {role: f"{amount:.2f}" for role, amount in sums.items()}


def by_account(postings: Sequence[Posting], chart: str = "skr03") -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for one in postings:
        account = chart_named(chart).account_of(one)
        sums[account] = sums.get(account, Decimal(0)) + one.amount
    return {account: f"{amount:.2f}" for account, amount in sums.items()}


def sale(**terms: Any) -> tuple[Line, ...]:
    return lines_of(agreed(fee("fee", "1000", **terms)))


class TestAnInvoice:
    def test_issued(self) -> None:
        assert by_account(posted(sale())) == {"1400": "1190.00", "8400": "-1000.00", "1776": "-190.00"}

    def test_by_the_tags_of_its_allocation(self) -> None:
        tags = {"lease_fixed": "2", "service": "1"}
        charge = fee("fee", "1000") | {"allocation": [{"first": "2026-01-01", "weights": tags}]}
        assert by_account(posted(lines_of(agreed(charge))), "plain") == {
            "1200": "1190.00", "4010": "-666.67", "4000": "-333.33", "2300": "-190.00",
        }  # fmt: skip

    def test_to_the_account_that_its_charge_states(self) -> None:
        charge = fee("fee", "1000") | {"revenue_account": "8401"}
        assert by_account(posted(lines_of(agreed(charge))))["8401"] == "-1000.00"

    def test_of_a_credit_note_is_the_same_with_the_other_sign(self) -> None:
        (line,) = sale()
        back = replace(line, net=-line.net, quantity=-line.quantity)
        assert by_account(posted([back])) == {"1400": "-1190.00", "8400": "1000.00", "1776": "190.00"}

    def test_of_which_a_tax_is_withheld(self) -> None:
        law = {"tax": {"withholding": [{"percent": "10", "law": "Law", "first": "2026-01-01"}]}}
        assert by_role(posted(lines_of(agreed(fee("fee", "1000"), **law)))) == {
            "receivable": "1090.00", "withheld_tax": "100.00", "revenue": "-1000.00", "output_vat": "-190.00",
        }  # fmt: skip

    def test_whose_prices_have_the_tax_in_them(self) -> None:
        """0.03 with 19 % has no net amount that comes out at it: the cent is rounding."""
        lines = lines_of(agreed(fee("a", "0.33"), fee("b", "2.31"), tax={"price_basis": "with_tax"}))
        totals = total(lines, "EUR")
        sums = by_role(posted(lines))
        assert sums["receivable"] == f"{totals.payable:.2f}" == "2.64"
        assert sums.get("rounding", "0.00") == f"{-totals.rounding:.2f}"


class TestUseThatIsPaidAndNotTaken:
    """900 of 1,000 taken at 1.00 in a year, and 100 paid for."""

    @staticmethod
    def lines(**terms: str) -> tuple[Line, ...]:
        rule = {"kind": "take_or_pay", "unit": "kWh", "unit_price": "1", "annual_quantity": "1000"}
        contract = agreed(
            priced("gas", rule | {"take_percent": "100"} | terms), billing={"every": "year"}
        )  # fmt: skip
        return lines_of(contract, {"gas": used("900", "kWh")})

    def test_without_a_right_to_make_it_up_is_revenue_of_its_own(self) -> None:
        assert by_role(posted(self.lines())) == {
            "receivable": "1190.00", "revenue": "-900.00", "shortfall": "-100.00", "output_vat": "-190.00",
        }  # fmt: skip

    def test_while_it_may_be_made_up_is_a_liability(self) -> None:
        assert by_role(posted(self.lines(make_up_years="3"), may_be_made_up=True)) == {
            "receivable": "1190.00", "revenue": "-900.00", "contract_liability": "-100.00", "output_vat": "-190.00",
        }  # fmt: skip


class TestMalus:
    def test_agreed_as_a_price_reduction_reduces_revenue_and_its_tax(self) -> None:
        (line,) = sale()
        malus = replace(line, net=Decimal(-1000), nature=Nature.PRICE_REDUCTION)
        assert by_account(posted([malus])) == {"1400": "-1190.00", "8720": "1000.00", "1776": "190.00"}

    def test_agreed_as_damages_is_an_expense_without_tax(self) -> None:
        (line,) = sale()
        penalty = replace(line, net=Decimal(-1000), nature=Nature.DAMAGES, tax=OUTSIDE)
        assert by_account(posted([penalty])) == {"1400": "-1000.00", "2309": "1000.00"}


class TestPrepaid:
    """A top-up of 10,000 net for an identified service, and what is drawn of it."""

    def test_claimed_and_paid(self) -> None:
        charge = fee("top-up", "10000") | {"nature": "prepayment"}
        claimed = posted(lines_of(agreed(charge)))
        assert by_role(claimed) == {
            "receivable": "11900.00", "contract_liability": "-10000.00", "output_vat": "-1900.00",
        }  # fmt: skip
        paid = postings_of_payment(Decimal(11900), AccountRole.BANK, [AllocationToPost(7, Decimal(11900))])
        assert by_role([*claimed, *paid]) == {
            "receivable": "0.00", "contract_liability": "-10000.00", "output_vat": "-1900.00", "bank": "11900.00",
        }  # fmt: skip

    def test_drawn_down_states_the_tax_of_the_rest_alone(self) -> None:
        fee_, drawn = lines_of(agreed(fee("fee", "1000"), fee("drawn", "400") | {"nature": "prepayment"}))
        assert by_role(posted([fee_, replace(drawn, net=-drawn.net)])) == {
            "receivable": "714.00", "revenue": "-1000.00", "contract_liability": "400.00", "output_vat": "-114.00",
        }  # fmt: skip


class TestMoney:
    def test_paid_through_a_gateway_with_its_fee(self) -> None:
        paid = postings_of_payment(Decimal(1190), AccountRole.GATEWAY_BALANCE, [AllocationToPost(7, Decimal(1190))])
        fee_ = postings_of_move(Decimal(25), AccountRole.PAYMENT_FEE, AccountRole.GATEWAY_BALANCE)
        payout = postings_of_move(Decimal(1165), AccountRole.IN_TRANSIT, AccountRole.GATEWAY_BALANCE)
        bank = postings_of_move(Decimal(1165), AccountRole.BANK, AccountRole.IN_TRANSIT)
        assert by_role([*paid, *fee_, *payout, *bank]) == {
            "gateway_balance": "0.00", "receivable": "-1190.00", "payment_fee": "25.00", "in_transit": "0.00",
            "bank": "1165.00",
        }  # fmt: skip

    def test_paid_with_a_cash_discount(self) -> None:
        """2 % of 1,190: 23.80, of which 3.80 are tax."""
        off = DiscountToPost(DE19, Decimal("20.00"), Decimal("3.80"))
        one = AllocationToPost(7, Decimal("1166.20"), (off,))
        assert by_account(postings_of_payment(Decimal("1166.20"), AccountRole.BANK, [one])) == {
            "1200": "1166.20", "1400": "-1190.00", "8736": "20.00", "1776": "3.80",
        }  # fmt: skip

    def test_on_account_and_allocated_later(self) -> None:
        paid = postings_of_payment(Decimal(1200), AccountRole.BANK, [AllocationToPost(7, Decimal(1000))])
        later = postings_of_allocation(AllocationToPost(7, Decimal(190)))
        assert by_role([*paid, *later]) == {"bank": "1200.00", "receivable": "-1190.00", "on_account": "-10.00"}

    def test_written_off(self) -> None:
        share = [DiscountToPost(DE19, Decimal(1000), Decimal(190))]
        assert by_account(postings_of_write_off(7, Decimal(1190), share, corrects_tax=True)) == {
            "2406": "1000.00", "1776": "190.00", "1400": "-1190.00",
        }  # fmt: skip
        assert by_role(postings_of_write_off(7, Decimal(1190), share, corrects_tax=False)) == {
            "bad_debt": "1190.00", "receivable": "-1190.00",
        }  # fmt: skip


class TestSharedSales:
    """1,000 sold, 800 of it a payee's."""

    SHARE = PayeeLineToPost(
        Decimal(800), DE19, ServiceDays(*2 * (first_period(agreed(fee("f", "1"))).first,)), "fee", 1
    )

    def test_an_agents_revenue_is_its_commission(self) -> None:
        sold = posted(sale(), shared=Decimal(800))
        bought = postings_of_purchase([self.SHARE], [(DE19, Decimal(152))], is_cost=False)
        assert by_role([*sold, *bought]) == {
            "receivable": "1190.00", "payee_share": "0.00", "revenue": "-200.00", "output_vat": "-190.00",
            "input_vat": "152.00", "payee": "-952.00",
        }  # fmt: skip

    def test_a_principals_is_all_of_it(self) -> None:
        bought = postings_of_purchase([self.SHARE], [(DE19, Decimal(152))], is_cost=True)
        assert by_role([*posted(sale()), *bought]) == {
            "receivable": "1190.00", "revenue": "-1000.00", "output_vat": "-190.00", "shared_cost": "800.00",
            "input_vat": "152.00", "payee": "-952.00",
        }  # fmt: skip

    def test_in_the_owners_name_neither_revenue_nor_its_tax_is_the_suppliers(self) -> None:
        sold = posted(sale(), is_of_owner=True)
        fee_ = postings_of_commission([replace(self.SHARE, net=Decimal(200))], [(DE19, Decimal(38))])
        assert by_role([*sold, *fee_]) == {
            "collected_for_owners": "1190.00", "payee": "-952.00", "commission": "-200.00", "output_vat": "-38.00",
        }  # fmt: skip


def test_every_chart_knows_every_role() -> None:
    for chart in ("plain", "skr03", "skr04", "china"):
        for role in AccountRole:
            assert chart_named(chart).account_of(Posting(role, Decimal(1)))
