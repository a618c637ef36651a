"""Tax numbers: checked by the country of the number, said at the check, and a fault where a treatment rests on one."""

import importlib

import pytest

from api.operations.contract_check import check_alone
from api.operations.contracts import check
from api.server.database import Access, Database
from billing.tax.law_book import countries, jurisdiction
from billing.tax.numbers import country_of, is_well_formed
from quantities.document import FaultyDocument, read
from tests.billing.scene import CONTRACT, Scene


@pytest.mark.parametrize(("country", "number", "fault"), [
    pytest.param("DE", "DE136695976", None, id="Germany"),
    pytest.param("DE", "DE136695978", "DE136695978 is no tax number of DE", id="Germany, another check digit"),
    pytest.param("DE", "136695976", None, id="Germany, without the letters"),
    pytest.param("GR", "EL094259216", None, id="Greece is EL in its numbers"),
    pytest.param("GR", "GR094259216", None, id="and GR"),
    pytest.param("GR", "EL123456789", "EL123456789 is no tax number of GR", id="Greece, another check digit"),
    pytest.param("GB", "GB980780684", None, id="the United Kingdom"),
    pytest.param("GB", "XI980780684", None, id="Northern Ireland, in the union's own trade"),
    pytest.param("GB", "XI802311781", "XI802311781 is no tax number of GB", id="and one that is none"),
    pytest.param("DE", "FR40303265045", None, id="a German company that is registered in France"),
    pytest.param("DE", "FR61954506077", None, id="and another"),
    pytest.param("DE", "FR40303265046", "FR40303265046 is no tax number of FR", id="and one that is none"),
    pytest.param("CH", "CHE107787577MWST", None, id="Switzerland, as it is written on invoices"),
    pytest.param("CH", "CHE107787577", None, id="Switzerland, the company's number alone"),
    pytest.param("NO", "995525828MVA", None, id="Norway, registered for the tax"),
    pytest.param("CN", "91110000600037341L", None, id="China: a unified social credit code"),
    pytest.param("CN", "91110000600037341N", "91110000600037341N is no tax number of CN", id="China, another check digit"),
    pytest.param("US", "US12345", None, id="a country whose numbers nobody checks"),
    pytest.param("ZZ", "ZZ12345", None, id="a country of which nothing is known"),
])  # fmt: skip
def test_a_number(country: str, number: str, fault: str | None) -> None:
    expected = country_of(number, country)
    assert f"{number} is no tax number of {expected}" == (fault or f"{number} is no tax number of {expected}")
    assert is_well_formed(expected, number) is (fault is None)


def test_whose_number_it_is() -> None:
    assert country_of("B58378431", "ES") == "ES"  # Spanish numbers begin with one letter
    assert country_of("XX58378431", "ES") == "ES"
    assert country_of("XI980780684", "IE") == "GB"


def test_every_form_that_a_law_names_can_be_checked() -> None:
    for country in countries():
        law = jurisdiction(country)
        assert law is not None
        for form in law.forms_of_number:
            assert not importlib.import_module(f"stdnum.{form}").is_valid("0"), form


class TestAContract:
    ACROSS = CONTRACT.replace("Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE136695976").replace(
        "Blechwerke, country: DE", "Blechwerke, country: FR, vat_id: FR40303265046"
    )

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

    def test_a_reverse_charge_rests_on_the_number(self, scene: Scene) -> None:
        assert self.faults(scene, self.ACROSS) == [("/customer/vat_id", "malformed-tax-number")]
        assert self.faults(scene, self.ACROSS.replace("FR40303265046", "FR40303265045")) == []
        both = self.ACROSS.replace("DE136695976", "DE136695978")
        assert [path for path, _ in self.faults(scene, both)] == ["/supplier/vat_id", "/customer/vat_id"]

    def test_within_a_country_it_is_said(self, scene: Scene) -> None:
        terms = CONTRACT.replace("Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE136695978")
        assert self.faults(scene, terms) == []
        assert [caution for caution in check_alone(read(terms)).warnings if caution.startswith("/supplier/vat_id: ")]
