"""What keeps a document from its number is looked for where it costs nothing, and nothing escapes that look."""

import sys
from dataclasses import replace

import pytest

from api.server.database import Access, Database
from billing.documents.before_number import _USUAL_SIGNS
from billing.documents.invoice.layout import laid_out
from billing.documents.invoice.pictures import NO_PICTURES
from billing.documents.look.pdf import UnprintableSign, write_pdf
from tests.billing.documents.model.made import SELLER, invoice
from tests.billing.scene import CONTRACT, Scene, on
from tests.contracts.party_profiles.told import profile, tells

FEE = CONTRACT.split("  - name: energy")[0]
DAMAGES = FEE.replace("rule: {kind: fixed_fee", "nature: damages, rule: {kind: fixed_fee").replace(
    "{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, vat_id: DE136695976}"
)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def codes(scene: Scene, day: str = "2026-02-01") -> list[tuple[str, bool]]:
    held = scene.bills(day).held_work
    return [(work.reason.code, "BR-CO-26" in work.reason.detail) for work in held]


@pytest.mark.parametrize("terms", [
    pytest.param(FEE.replace("name: fee", "name: fee \U0001f600"), id="a charge"),
    pytest.param(FEE.replace("Blechwerke", "Blechwerke \U0001f600"), id="a customer"),
    pytest.param(FEE.replace("contract: C-1", "contract: C \U0001f600"), id="a contract"),
])  # fmt: skip
def test_a_sign_that_no_font_has_is_held_where_nothing_was_told_of_parties(scene: Scene, terms: str) -> None:
    """The document is a PDF all the same, and nobody could be shown it."""
    scene.declared(terms)
    assert codes(scene) == [("unprintable-sign", False)]
    assert scene.invoices() == []


def test_all_usual_signs_are_printed() -> None:
    """A document of these is not laid out before it has a number: so no font may lack one."""
    signs = "".join(sign for sign in map(chr, range(sys.maxunicode)) if _USUAL_SIGNS.fullmatch(sign))
    assert len(signs) > 20_000
    assert written(signs).startswith(b"%PDF")
    with pytest.raises(UnprintableSign):
        written(f"{signs}\u03a2")  # no letter has this place


def written(signs: str) -> bytes:
    head, content = laid_out(replace(invoice(), seller=replace(SELLER, register_note=signs)), NO_PICTURES)
    return write_pdf("invoice/invoice.typ", head, content, on("2026-03-01"))


def test_damages_wait_for_a_register_as_it_was_said_before(scene: Scene) -> None:
    """They stand without a VAT id (BR-O-02), so that nothing else says who sells (BR-CO-26)."""
    scene.declared(DAMAGES.replace("charges:", "invoicing: {form: ubl}\ncharges:"))
    tells(scene, profile())
    assert codes(scene) == [("e-invoice-refused", True)]
    tells(scene, profile(register_number={"value": "HRB 4711"}), at="2026-02-01")
    assert codes(scene, "2026-02-02") == []
    assert len(scene.invoices()) == 1
