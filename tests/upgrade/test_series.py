"""Issuers of before series had names: the first of a tenant goes on without one, and every other one gets one."""

from sqlalchemy import text

from api.server.embedded import EmbeddedServer
from api.server.provision import administering, upgrade
from tests.upgrade.dump import as_dumped
from tests.upgrade.played import DATABASES

#: Another supplier of the first tenant, whose invoice of March has the first number too.
ANOTHER = """
    set session_replication_role = replica;
    insert into party (tenant, name) values (1, 'Südluft Service');
    update invoice set issuer_id = (select id from party where name = 'Südluft Service'), number = '2026-000001', sequence = 1
    where tenant = 1 and id = (select max(id) from invoice where tenant = 1 and number is not null)"""
SERIES = """
    select s.tenant, p.name, s.name as series from issuer_series s
    join party p on p.tenant = s.tenant and p.id = s.issuer_id order by s.tenant, s.name"""


def test_are_named_in_the_order_in_which_they_issued_first(server: EmbeddedServer) -> None:
    with as_dumped(server, DATABASES / "0006") as access:
        with administering(access.administrator) as connection:
            for statement in ANOTHER.split(";"):
                connection.execute(text(statement))
        assert upgrade(access).is_current
        with administering(access.administrator) as connection:
            named = connection.execute(text(SERIES)).all()
            numbers = connection.execute(text("select count(*) from invoice where number = '2026-000001'")).scalar_one()
    assert [tuple(row) for row in named] == [
        (1, "Nordluft GmbH", ""), (1, "Südluft Service", "SUEDLUFT"), (2, "Südpresse AG", ""),
    ]  # fmt: skip
    assert numbers == 3, "what is issued keeps its number: one of each issuer"
