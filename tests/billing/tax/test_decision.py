"""A supply is taxed by the law of its place on its tax point; what no row covers is refused by name."""

from datetime import date
from decimal import Decimal

import pytest

from billing.tax.decision import (
    NoTaxRule,
    Supply,
    TaxedSide,
    TaxEvidenceMissing,
    TaxPlaceMissing,
    UnknownTaxRate,
    decide,
    decide_as_shipped,
)
from billing.tax.jurisdiction import Election, RateRow, TenantLaw
from billing.tax.law_book import LawBook
from billing.tax.tax import Tax, TaxCategory, TaxedAmount, breakdown
from contracts.taxed import SupplyKind, TaxPaper, TaxTerms, Treatment

ON = date(2026, 1, 31)


def a_side(country: str, *, registered: bool = True) -> TaxedSide:
    return TaxedSide(country, registered)


def supplied(supplier: str, customer: str, **terms: object) -> Supply:
    return Supply(a_side(supplier), a_side(customer), TaxTerms.model_validate(terms))


@pytest.mark.parametrize(("country", "on", "rate"), [
    pytest.param("DE", date(2020, 6, 30), "19", id="before the half-year"),
    pytest.param("DE", date(2020, 7, 1), "16", id="Zweites Corona-Steuerhilfegesetz: from 1 July 2020"),
    pytest.param("DE", date(2020, 12, 31), "16", id="… to 31 December"),
    pytest.param("DE", date(2021, 1, 1), "19", id="and back"),
    pytest.param("FI", date(2024, 9, 1), "25.5", id="a rate that is no whole number"),
    pytest.param("EE", date(2025, 7, 1), "24", id="Estonia from July 2025"),
    pytest.param("SK", date(2025, 1, 1), "23", id="Slovakia from 2025"),
])  # fmt: skip
def test_the_rate_is_that_of_the_tax_point(country: str, on: date, rate: str) -> None:
    assert decide_as_shipped(supplied(country, country), on).tax.rate == Decimal(rate)


@pytest.mark.parametrize(("supply", "category", "rate", "reason"), [
    pytest.param(Supply(a_side("DE"), a_side("DE", registered=False)), "S", "19", "", id="within one country"),
    pytest.param(supplied("DE", "FR"), "AE", "0", "Reverse charge", id="a service to another member: the customer owes it"),
    pytest.param(supplied("DE", "DE", rate="reduced"), "S", "7", "", id="at the rate that the contract names"),
])  # fmt: skip
def test_who_owes_it(supply: Supply, category: str, rate: str, reason: str) -> None:
    tax = decide_as_shipped(supply, ON).tax
    assert (tax.category.value, tax.rate, tax.reason) == (category, Decimal(rate), reason)


def test_a_decision_says_on_which_rows_it_rests() -> None:
    decision = decide_as_shipped(supplied("DE", "DE"), ON)
    assert (decision.place, decision.rule, decision.rate) == (
        "DE", "EU: domestic since 1993-01-01", "DE: standard since 2007-01-01",
    )  # fmt: skip


@pytest.mark.parametrize(("supply", "refusal", "says"), [
    pytest.param(Supply(a_side("DE"), a_side("FR", registered=False)), NoTaxRule, "tax number of the customer", id="no number of the customer"),
    pytest.param(Supply(a_side("DE", registered=False), a_side("FR")), NoTaxRule, "tax number of the supplier", id="no number of the supplier"),
    pytest.param(supplied("DE", "AQ"), NoTaxRule, "no tax law is known of AQ", id="a country of which nothing is known"),
    pytest.param(supplied("DE", "FR", supply="goods"), TaxPlaceMissing, "state the place", id="goods between two countries"),
    pytest.param(supplied("DE", "DE", rate="tiny"), UnknownTaxRate, "no rate 'tiny'", id="a rate that is none"),
    pytest.param(supplied("DE", "DE", treatment="intra_community"), NoTaxRule, "state intra_community", id="a treatment that the law does not have"),
    pytest.param(supplied("DE", "DE", relief="wishful"), NoTaxRule, "no relief 'wishful'", id="a relief that is none"),
])  # fmt: skip
def test_what_no_row_covers_is_not_guessed(supply: Supply, refusal: type[Exception], says: str) -> None:
    with pytest.raises(refusal, match=says):
        decide_as_shipped(supply, ON)


class TestATenantsOwnRows:
    """A tenant's rows go before ours, the nearer before the farther."""

    LAW = TenantLaw(
        country="DE",
        rates=tuple(
            RateRow(
                name="standard", percent=Decimal(percent), first=date(2026, 1, 1), source="test", place=place, site=site
            )
            for percent, place, site in (("3", None, None), ("4", "DE-BY", None), ("5", "DE-BY", "Werk"))
        ),
    )

    @pytest.mark.parametrize(("terms", "on", "rate"), [
        ({}, date(2025, 12, 31), "19"),
        ({}, ON, "3"),
        ({"place": "DE-BY"}, ON, "4"),
        ({"place": "DE-BY", "site": "Werk"}, ON, "5"),
        ({"place": "DE-BY", "site": "another"}, ON, "4"),
    ])  # fmt: skip
    def test_the_nearest_decides(self, terms: dict[str, str], on: date, rate: str) -> None:
        decision = decide(supplied("DE", "DE", **terms), on, LawBook({"DE": self.LAW}))
        assert decision.tax.rate == Decimal(rate)
        assert decision.rate.startswith("own: " if rate != "19" else "DE: ")


def test_a_treatment_that_rests_on_a_paper_asks_for_one_that_holds() -> None:
    terms = {"treatment": Treatment.EXEMPT, "supply": SupplyKind.SERVICE}
    law = TenantLaw.model_validate(
        {
            "country": "DE",
            "rules": [
                {
                    "name": "certified", "first": date(2026, 1, 1), "source": "test", "suppliers": ["here"],
                    "supplies": ["service"], "treatment": "exempt", "if_stated": True, "needs_evidence": True,
                    "text": "Exempt",
                }
            ],
        }
    )  # fmt: skip
    paper = TaxPaper(reference="No. 7", first=date(2026, 1, 1), after_last=date(2026, 3, 1))
    book = LawBook({"DE": law})
    assert decide(supplied("DE", "DE", **terms, evidence=(paper,)), ON, book).tax == Tax(
        TaxCategory.EXEMPT, Decimal(0), "Exempt"
    )
    for evidence, on in (((), ON), ((paper,), date(2026, 3, 1))):
        with pytest.raises(TaxEvidenceMissing):
            decide(supplied("DE", "DE", **terms, evidence=evidence), on, book)
    assert decide(supplied("DE", "DE"), ON, book).tax.rate == 19, "what has to be stated decides nothing by itself"
    assert Election.model_fields["evidence"].is_required()


def test_tax_is_rounded_once_per_group() -> None:
    """3 × 0.03 at 19 %: 0.0171, rounded to 0.02; line by line it would be 3 × 0.01."""
    standard, reverse = (
        Tax(TaxCategory.STANDARD, Decimal(19)),
        Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "Reverse charge"),
    )
    groups = breakdown([TaxedAmount(standard, Decimal("0.03"))] * 3 + [TaxedAmount(reverse, Decimal("5.00"))], "EUR")
    assert [(group.tax.category.value, str(group.taxable), str(group.amount)) for group in groups] == [
        ("AE", "5.00", "0.00"),
        ("S", "0.09", "0.02"),
    ]
