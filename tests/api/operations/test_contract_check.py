"""What the check of a contract says of its documents: how they are numbered, and what would hold them."""

from typing import Any

import pytest

from api.cli.contracts import _warning_lines
from api.operations.contract_check import CheckedContract, check_alone
from api.operations.contracts import check
from api.server.database import Access, Database
from quantities.document import read
from tests.billing.clearance.states import CHINESE
from tests.billing.scene import CONTRACT, Scene, on

CHINESE_NAME = CHINESE.replace("name: Beifeng", "name: 北方能源").replace("CN-1", "CN-2")
USCC_AS_SERIES = "CN324439343"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    return scene


def checked(scene: Scene, terms: str, **more: Any) -> CheckedContract:
    with scene.database.transaction(1) as session:
        return check(session, read(terms), on("2026-01-15"), **more)


class TestHowDocumentsAreNumbered:
    def test_the_first_supplier_numbers_without_a_name(self, scene: Scene) -> None:
        assert checked(scene, CONTRACT).numbered == {"Nordluft": "2026-000001"}

    def test_a_second_one_whose_name_is_chinese_by_its_tax_number(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        said = checked(scene, CHINESE_NAME).numbered

        assert said == {"北方能源": f"{USCC_AS_SERIES}-2026-000001"}

    def test_what_is_said_is_what_is_done(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        (said,) = checked(scene, CHINESE_NAME).numbered.values()
        scene.declared(CHINESE_NAME)
        scene.bills("2026-02-01")

        assert said in [invoice.row.number for invoice in scene.invoices()]
        assert checked(scene, CHINESE_NAME).numbered == {"北方能源": said}  # and stays so
        assert checked(scene, CONTRACT).numbered == {"Nordluft": "2026-000001"}

    def test_what_the_contract_states_comes_first(self, scene: Scene) -> None:
        stated = CONTRACT.replace("name: Nordluft, country: DE", "name: Südluft, country: DE, series: SL").replace(
            "C-1", "C-2"
        )
        assert checked(scene, stated).numbered == {"Südluft": "SL-2026-000001"}

    def test_without_a_database_nothing_is_said(self) -> None:
        assert check_alone(read(CONTRACT)).numbered == {}


class TestWhatIsMissing:
    PEPPOL = CONTRACT.replace("currency: EUR", "currency: EUR\ninvoicing: {form: peppol}")

    def test_of_a_new_party_says_that_the_contract_comes_first(self, scene: Scene) -> None:
        new = self.PEPPOL.replace("Blechwerke", "Walzwerke").replace("C-1", "C-2")
        told = checked(scene, new).missing

        by_party = {
            name: [gap for gap in told if f"{name}: " in gap and "party apply" in gap]
            for name in ("Walzwerke", "Nordluft")
        }
        assert by_party["Walzwerke"]
        assert by_party["Nordluft"]
        assert all("once this contract is recorded by `contract apply`" in gap for gap in by_party["Walzwerke"])
        assert not any("once this contract" in gap for gap in by_party["Nordluft"])

    @pytest.mark.parametrize("form", ["xrechnung", "peppol", "ubl", "ksef", "fapiao"])
    def test_of_each_form_is_of_one_kind(self, scene: Scene, form: str) -> None:
        said = checked(
            scene,
            CONTRACT.replace("currency: EUR", f"currency: EUR\ninvoicing: {{form: {form}}}").replace("C-1", "C-2"),
        )

        assert said.missing
        assert set(said.missing) <= set(said.warnings)
        shown = _warning_lines(said.warnings, said.missing)
        assert {line.split(":")[0].strip() for line in shown if "is missing or malformed" in line} == {"missing"}

    def test_a_customer_in_china_without_a_number_is_minded(self, scene: Scene) -> None:
        form = CHINESE.replace("currency: CNY", "currency: CNY\ninvoicing: {form: fapiao}")
        said = checked(scene, form.replace(", vat_id: 91110000600037341L", ""))

        assert said.missing == ()
        assert any("its fapiao are ordinary ones" in warning for warning in said.warnings)
