"""PostgreSQL 16 from the wheel, and 15 where one is installed: the walls, the log and the watermark hold there too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer, binaries
from api.server.provision import administering, upgrade
from metering.log import store
from quantities.period import Period
from tests.build import NOON, QUARTER, a_reading, delivered
from tests.conftest import access_to, private_home

LOCAL_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(params=[
    pytest.param(16, id="16 from the wheel"),
    pytest.param(15, id="15 of this machine", marks=pytest.mark.skipif(not LOCAL_15.exists(), reason="no PostgreSQL 15 is installed here")),
])  # fmt: skip
def older(request: pytest.FixtureRequest) -> Iterator[Access]:
    home = private_home()
    programs = binaries(16) if request.param == 16 else LOCAL_15
    with EmbeddedServer(home=home, programs=programs, settings={"shared_buffers": "32MB"}, durable=False) as server:
        access = access_to(server, "usufruct")
        upgrade(access)
        with administering(access.administrator) as connection:
            assert str(request.param) == str(connection.execute(text("show server_version")).scalar()).split(".")[0]
            connection.execute(text("insert into tenant (name) values ('Nordluft'), ('Südpresse')"))
        yield access
    shutil.rmtree(home)


def test_the_house_stands(older: Access) -> None:
    database = Database(older.app)
    assert upgrade(older).is_current, "a second time too"
    with database.transaction(1) as session:
        number = delivered(session, a_reading(value="1.5"))
    with database.transaction(1) as slow:
        delivered(slow, a_reading(at=1))
        with database.transaction(1) as session:
            assert number == store.watermark(session)
            (found,) = store.readings_as_of(session, [1], Period(NOON, NOON + 9 * QUARTER), number)
            assert format(found.value or 0, "f").rstrip("0") == "1.5"
    with database.transaction(2) as session:
        assert session.execute(text("select count(*) from reading")).scalar() == 0
    with pytest.raises(DBAPIError, match="permission denied"), database.transaction(1) as session:
        session.execute(text("set local role usufruct_load"))
        session.execute(text("select * from reading"))
    with pytest.raises(DBAPIError, match="permission denied"), database.transaction(1) as session:
        session.execute(
            text('insert into reading (series, start, "end", batch, quality) values (1, now(), now(), 1, 0)')
        )
    database.close()
