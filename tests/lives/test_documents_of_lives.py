"""Whatever a life goes through, each of its documents says what its row says, and adds up as EN 16931 wants it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import col, select

from api.server.embedded import EmbeddedServer
from billing.documents.model.load import business_document, payee_business_document
from billing.invoices import store
from billing.tables import PayeeDocumentRow
from tests.billing.documents.model.sound import faults, faults_against
from tests.conftest import fresh_database
from tests.lives.life import Life
from tests.lives.repertoire import DEFAULT
from tests.lives.run import Lives, lives_on

_FEW_STEPS, _MANY_STEPS, _MANY = 4, 15, 100


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "documents_of_lives") as access, lives_on(access) as opened:
        yield opened


def faults_of(life: Life) -> list[str]:
    """Say what does not hold of any document of a life, those of payees and those that were void included."""
    with life.database.transaction(life.tenant) as session:
        stored = store.billed(session, store.ids_of(session))
        said = [
            f"{one.name}: {fault}" for one in stored for fault in faults_against(business_document(session, one), one)
        ]
        rows = session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))).all()
        said += [f"{row.number}: {fault}" for row in rows for fault in faults(payee_business_document(session, row))]
    return said


@pytest.mark.parametrize("seed", [pytest.param(11, marks=pytest.mark.long), 12])
def test_each_document_of_a_life_says_what_its_row_says(lives: Lives, seed: int) -> None:
    outcome = lives.drawn(seed, replace(DEFAULT, steps=_FEW_STEPS))
    assert faults_of(outcome.life) == []
    assert any(stored.row.number is not None for stored in outcome.life.counting())  # or nothing was looked at


@pytest.mark.long
def test_each_document_of_many_lives_says_what_its_row_says(lives: Lives, pytestconfig: pytest.Config) -> None:
    """`--lives` of them, or a hundred."""
    first, number = pytestconfig.getoption("--life-seed"), pytestconfig.getoption("--lives") or _MANY
    said = {}
    for seed in range(first, first + number):
        said[seed] = faults_of(lives.drawn(seed, replace(DEFAULT, steps=_MANY_STEPS)).life)
    assert {seed: of_life for seed, of_life in said.items() if of_life} == {}
