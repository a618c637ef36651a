"""A customer lets a third party see one machine of its contracts, and nothing else, until it takes that back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from api.access.grants import (
    AlreadyGranted,
    GrantRevoked,
    NotAThirdParty,
    UnknownGrant,
    UnknownMachine,
    grant_machine,
    grants,
    revoke_grant,
)
from api.access.identities import NewIdentity, UnknownIdentity
from api.access.roles import Role
from api.operations.people import create_identity
from api.server.database import Access, Acting, ContradictsStored, Database
from tests.billing.scene import CONTRACT, Scene
from tests.build import NOON


@dataclass
class Desk:
    """A customer with its contract, another customer, and an energy consultant of the first."""

    database: Database
    numbers: dict[str, int]

    @contextmanager
    def customer(self, name: str = "Blechwerke") -> Iterator[Session]:
        with self.database.transaction(1, self.numbers[name], acting=Acting(role="customer")) as session:
            yield session

    @contextmanager
    def consultant(self) -> Iterator[Session]:
        acting = Acting(self.numbers["Theo"], "third_party")
        with self.database.transaction(1, self.numbers["Blechwerke"], acting=acting) as session:
            yield session

    def seen(self) -> dict[str, list[str]]:
        with self.consultant() as session:
            asked = {"asset": "name", "register": "key", "site": "name", "reading": "series::text"}
            return {
                table: sorted(set(session.execute(text(f"select {column} from {table}")).scalars()))
                for table, column in asked.items()
            }


@pytest.fixture
def desk(access: Access, database: Database) -> Desk:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 120")
    with database.transaction(1) as session:
        session.execute(text("insert into party (name) values ('Gießerei')"))
        session.execute(text("insert into asset (site_id, name) select min(id), 'Nobody''s' from site"))
        for name, role in (("Theo", Role.THIRD_PARTY), ("Karl", Role.CUSTOMER)):
            create_identity(session, NewIdentity(name, role, party="Blechwerke"), at=NOON)
        create_identity(session, NewIdentity("Thea", Role.THIRD_PARTY, party="Gießerei"), at=NOON)
        rows = session.execute(text("select name, id from identity union all select name, id from party"))
        return Desk(database, dict(list(rows)))


def machine(desk: Desk) -> str:
    with desk.database.transaction(1) as session:
        return str(
            session.execute(text("select name from asset where name <> 'Nobody''s' order by id limit 1")).scalar_one()
        )


def test_who_has_no_grant_sees_nothing(desk: Desk) -> None:
    assert desk.seen() == {"asset": [], "register": [], "site": [], "reading": []}


def test_a_grant_opens_one_machine_and_ends_with_its_revocation(desk: Desk) -> None:
    name = machine(desk)
    with desk.customer() as session:
        made = grant_machine(session, "Theo", name, NOON)
        assert [grant.machine for grant in grants(session)] == [name]
    seen = desk.seen()
    assert seen["asset"] == [name]
    assert seen["register"]
    assert seen["reading"]
    with desk.consultant() as session:
        assert [grant.id for grant in grants(session)] == [made.id]
        for table in ("contract", "invoice", "invoice_line", "party", "statement", "dispute"):
            try:
                with session.begin_nested():
                    assert session.execute(text(f"select count(*) from {table}")).scalar_one() == 0
            except ProgrammingError as refusal:
                assert "permission denied" in str(refusal)
    with desk.customer() as session:
        assert revoke_grant(session, made.id, NOON).revoked_at == NOON
    assert desk.seen() == {"asset": [], "register": [], "site": [], "reading": []}
    with desk.customer() as session, pytest.raises(GrantRevoked):
        revoke_grant(session, made.id, NOON)


def test_what_cannot_be_granted(desk: Desk) -> None:
    name = machine(desk)
    with desk.customer() as session:
        with pytest.raises(UnknownMachine):
            grant_machine(session, "Theo", "Nobody's", NOON)
        with pytest.raises(NotAThirdParty):
            grant_machine(session, "Karl", name, NOON)
        with pytest.raises(UnknownIdentity):
            grant_machine(session, "Thea", name, NOON)
        grant_machine(session, "Theo", name, NOON)
        with pytest.raises(AlreadyGranted):
            grant_machine(session, "Theo", name, NOON)
    with desk.customer("Gießerei") as session:
        with pytest.raises(UnknownMachine):
            grant_machine(session, "Thea", name, NOON)
        with pytest.raises(UnknownGrant):
            revoke_grant(session, 1, NOON)


_GRANT = """insert into machine_grant (identity, asset_id, party, granted_at)
            values (:identity, :asset, :party, now())"""


@pytest.mark.parametrize(("identity", "asset", "constraint"), [
    ("Theo", "Nobody's", "grants_its_own_machine"),
    ("Karl", None, "granted_to_a_third_party"),
    ("Thea", None, "granted_to_a_third_party"),
])  # fmt: skip
def test_raw_sql_grants_no_more(desk: Desk, identity: str, asset: str | None, constraint: str) -> None:
    with desk.database.transaction(1) as session:
        number = session.execute(text("select id from asset where name = :name"), {"name": asset or machine(desk)})
        given = {"identity": desk.numbers[identity], "asset": number.scalar_one(), "party": desk.numbers["Blechwerke"]}
    with pytest.raises(ContradictsStored, match=constraint), desk.customer() as session:
        session.execute(text(_GRANT), given)


def test_raw_sql_neither_grants_for_another_nor_undoes_a_revocation(desk: Desk) -> None:
    name = machine(desk)
    with desk.customer() as session:
        made = grant_machine(session, "Theo", name, NOON)
        revoke_grant(session, made.id, NOON)
    with pytest.raises(ContradictsStored, match="revoked_once"), desk.customer() as session:
        session.execute(text("update machine_grant set revoked_at = null"))
    with pytest.raises(ProgrammingError, match="permission denied"), desk.customer() as session:
        session.execute(text("update machine_grant set asset_id = 1"))
    given = {"identity": desk.numbers["Thea"], "asset": 1, "party": desk.numbers["Gießerei"]}
    with pytest.raises((ProgrammingError, ContradictsStored)), desk.customer() as session:
        session.execute(text(_GRANT), given)
    with pytest.raises(ProgrammingError, match="violates row-level security"), desk.consultant() as session:
        session.execute(
            text(_GRANT), {"identity": desk.numbers["Theo"], "asset": 1, "party": desk.numbers["Blechwerke"]}
        )
