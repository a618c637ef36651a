"""Whatever a life goes through, each issued document has its original in the form that is wanted, without error or warning.

pytest tests/lives/forms -m long -s --lives 40    forty lives, and what their documents bore in each form
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from tests.conftest import fresh_database
from tests.lives.forms.life_in_form import FORMS, LivesInForms
from tests.lives.forms.originals import MUST_BE_BORNE, OriginalsOfLives, originals_of
from tests.lives.interruption import Interruption
from tests.lives.repertoire import DEFAULT
from tests.lives.run import Outcome

#: A Peppol with two contracts on one document.
_FEW, _FEW_STEPS = (14,), 2
#: Each of four circumstances in each of nine forms, and some more.
_MANY, _STEPS = 40, 10
#: What tests/lives does not reckon with: that several contracts stand on one document, and that a line is taxed by itself.
_UNRECKONED = {"documents", "taxed twice"}
#: What a fapiao cannot be: it takes back by a red letter only, bears the seller's own tax, and is in yuan.
_IN_CHINA = ("exempt", "remainder", "reduction", "500 lines")
#: The rules by which tests/lives may be held: amounts in dinars; what is not taxed beside what is; and a tax that comes to
#: next to nothing of two rates, whose parts are converted by the rates of their own days and so have another sign.
_HELD_BY = {"BR-DEC-23", "BR-O-11", "PEPPOL-EN16931-R055"}


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[LivesInForms]:
    with fresh_database(server, "originals_of_lives") as access:
        database = Database(access.app, pool_size=5)
        try:
            with Interruption(database) as interruption:
                yield LivesInForms(access, database, interruption)
        finally:
            database.close()


def originals(lives: LivesInForms, seeds: Iterable[int], steps: int) -> OriginalsOfLives:
    found = OriginalsOfLives()
    for seed in seeds:
        life, outcome = lives.lived(seed, replace(DEFAULT, steps=steps))
        is_reckoned = not life.dress.consolidated and life.dress.form is not InvoiceForm.FAPIAO
        found.faults += [f"life {seed}: {fault}" for fault in _of_life(outcome, is_reckoned=is_reckoned)]
        originals_of(life, seed, found)
    return found


def _of_life(outcome: Outcome, *, is_reckoned: bool) -> Iterator[str]:
    for kind, faults in outcome.faults.items():
        if is_reckoned or kind not in _UNRECKONED:
            yield from (f"{kind}: {fault}" for fault in faults)


def test_each_document_of_few_lives_has_its_original(lives: LivesInForms) -> None:
    found = originals(lives, _FEW, _FEW_STEPS)
    assert found.faults == []
    assert {("peppol", kind) for kind in ("380", "381", "386")} <= {*found.made}
    assert found.borne["peppol"]["consolidated"]


@pytest.mark.long
def test_each_document_of_many_lives_has_its_original(lives: LivesInForms, pytestconfig: pytest.Config) -> None:
    number = pytestconfig.getoption("--lives") or _MANY
    first = pytestconfig.getoption("--life-seed")
    found = originals(lives, range(first, first + number), _STEPS)
    print(found)
    assert found.faults == []
    assert {rule for _, rule in found.held} <= _HELD_BY
    if number >= len(FORMS) * 4:  # each circumstance has been in each form
        wanted = dict.fromkeys((*E_INVOICE_FORMS, InvoiceForm.PDF, InvoiceForm.KSEF), MUST_BE_BORNE)
        assert found.not_borne(wanted | {InvoiceForm.FAPIAO: _IN_CHINA}) == []
        kinds = {kind for _, kind in found.made}
        assert {"380", "381", "384", "386", "389"} <= kinds
