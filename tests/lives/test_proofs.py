"""Every document of a life verifies offline, by the verifier that travels with it.

pytest tests/lives/test_proofs.py -m long -s --lives 300    three hundred lives, and how much of them is recomputed
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.lives.proofs import Measured, bundles_of, payee_bundles_of, verified
from tests.lives.repertoire import DEFAULT, ON_PAPER, Repertoire
from tests.lives.run import Lives, lives_on

#: Short ones.
_FEW, _MANY, _STEPS = (9,), 300, 10


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "proofs") as access, lives_on(access) as opened:
        yield opened


def each_verifies(lives: Lives, seeds: Iterable[int], repertoire: Repertoire, folder: Path) -> Measured:
    measured, faults = Measured(), list[str]()
    for seed in seeds:
        life = lives.drawn(seed, repertoire).life
        with life.database.transaction(life.tenant) as session:
            for bundle in chain(bundles_of(session), payee_bundles_of(session)):
                measured.add(bundle)
                path = folder / f"{seed}-{bundle.number}.zip"
                path.write_bytes(bundle.content)
                done = verified(path)
                if done.returncode or not done.stdout.endswith("PROVEN\n") or bundle.proof_hash not in done.stdout:
                    faults.append(f"life {seed}, {bundle.number}: {done.stdout.splitlines()[-1:]}{done.stderr}")
                else:
                    path.unlink()
    assert not faults
    assert measured.documents
    return measured


def test_each_document_of_few_lives_verifies_offline(lives: Lives, tmp_path: Path) -> None:
    each_verifies(lives, _FEW, replace(DEFAULT, steps=_STEPS), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("repertoire", [pytest.param(DEFAULT, id="any"), pytest.param(ON_PAPER, id="that save")])
def test_each_document_of_many_lives_verifies_offline(
    lives: Lives, tmp_path: Path, pytestconfig: pytest.Config, repertoire: Repertoire
) -> None:
    number = pytestconfig.getoption("--lives") or (_MANY if repertoire is DEFAULT else _MANY // 10)
    first = pytestconfig.getoption("--life-seed")
    print(each_verifies(lives, range(first, first + number), replace(repertoire, steps=_STEPS), tmp_path))
