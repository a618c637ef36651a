"""A page without the customer's address, or without an account to pay to, is looked at before it is sent; none is refused."""

from typing import Any

import pytest

from contracts.missing.plain_pages import cautions_of_pages
from tests.contracts.missing.test_missing_data import BOTH, DAY, contract, known
from tests.contracts.party_profiles.told import profile

ADDRESS: dict[str, Any] = {"address": ["Industriestraße 5"], "city": "Augsburg"}
NOTHING: dict[str, Any] = {"banks": []}


@pytest.mark.parametrize(("customer", "profiles", "codes"), [
    pytest.param({}, (), ["page-without-address", "page-without-account"], id="nothing is told"),
    pytest.param({"address": ["Tor 3"]}, (), ["page-without-account"], id="the contract has the address"),
    pytest.param({}, (profile("Blechwerke", **ADDRESS),), ["page-without-account"], id="the profile has it"),
    pytest.param({}, BOTH, ["page-without-address"], id="the supplier's bank is told"),
    pytest.param({}, (profile(**NOTHING), profile("Blechwerke", **ADDRESS)), ["page-without-account"], id="a profile without bank"),
    pytest.param({}, (profile(), profile("Blechwerke", **ADDRESS)), [], id="both"),
])  # fmt: skip
def test_is_warned_of(customer: dict[str, Any], profiles: tuple[Any, ...], codes: list[str]) -> None:
    cautions = cautions_of_pages(contract("pdf", customer=customer), known(*profiles), DAY)
    assert [caution.code for caution in cautions] == codes


def test_an_account_of_another_currency_is_none() -> None:
    francs = profile(banks=[{"currency": "CHF", "account": "CH93 0076 2011 6238 5295 7"}])
    (caution,) = cautions_of_pages(contract("pdf", customer={"address": ["Tor 3"]}), known(francs), DAY)
    assert (
        str(caution)
        == "/supplier: a page without an account of Nordluft to pay to: tell banks, by `usufruct party apply`"
    )


def test_an_e_invoice_is_asked_for_by_its_rules_alone() -> None:
    assert cautions_of_pages(contract("ubl"), known(), DAY) == ()
