"""Every document of the demo verifies offline, by the verifier that travels with it."""

from itertools import chain
from pathlib import Path
from time import perf_counter

import pytest
from rich.console import Console
from sqlalchemy import text

from api.demo import story
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.conftest import fresh_database
from tests.lives.proofs import Measured, bundles_of, payee_bundles_of, verified


@pytest.mark.long
def test_every_document_of_the_demo_verifies_offline(server: EmbeddedServer, tmp_path: Path) -> None:
    measured = Measured()
    with fresh_database(server, "demo") as access:
        with administering(access.administrator) as connection:
            connection.execute(text("select setval(pg_get_serial_sequence('tenant', 'id'), 2)"))
        database = Database(access.app)
        story._tell(access, database, Console(quiet=True), perf_counter())
        with administering(access.administrator) as connection:
            tenants = list(
                connection.execute(text("select id from tenant where name like 'Nordluft%' order by id")).scalars()
            )
        for tenant in tenants:
            with database.transaction(int(tenant)) as session:
                for bundle in chain(bundles_of(session), payee_bundles_of(session)):
                    measured.add(bundle)
                    path = tmp_path / f"{bundle.number}.zip"
                    path.write_bytes(bundle.content)
                    done = verified(path)
                    assert done.returncode == 0, f"{bundle.number}: {done.stdout}{done.stderr}"
        database.close()
    print(measured)
    assert measured.documents >= 10
