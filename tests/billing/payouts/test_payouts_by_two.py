"""Above the tenant's limit a person lets a payout go, and not the one who made it; the database holds all of it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import SYSTEM, Access, ContradictsStored, act
from api.server.embedded import EmbeddedServer
from billing.payouts.making import PayoutNotOwed, PayoutReleased
from contracts.release.store import OwnWork
from tests.billing.payouts.paying import PART, PayoutScene, billed, paid_out, paying
from tests.billing.scene import Scene
from tests.build import acts
from tests.conftest import application_pool, world_copy


def of_two(access: Access) -> None:
    billed(access, paid_out("by: gateway"), four_eyes=True)


@pytest.fixture
def here(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
    copied = world_copy(server, "a payee that is paid by two", of_two, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
        made.has_money().onboards().pays()
        yield made.passes(days=1)


def limited(here: PayoutScene, amount: Decimal) -> None:
    """Two owners have set a limit."""
    assert here.access is not None
    Scene(here.access, here.database).as_superuser(f"""
        set session_replication_role = replica;
        insert into four_eyes_limit (tenant, operation, amount, currency, reason, by, at, released_by, released_at)
        values (1, 'payout', {amount}, 'EUR', 'small', 'olga', now(), 'otto', now())""")


def test_without_a_limit_it_waits_for_a_person(here: PayoutScene) -> None:
    here.pays_out()
    (payout,) = here.payouts()
    assert (payout.state, payout.held, here.orders()) == ("held", "it waits for its release", [])
    here.releases(payout.id, "bert")
    here.collects()
    (payout,) = here.payouts()
    assert (payout.state, payout.released_by, payout.prepared_by) == ("paid", "bert", None)
    assert here.transferred() == [10710]
    with pytest.raises(PayoutReleased):
        here.releases(payout.id, "bert")


def test_who_made_it_does_not_release_it(here: PayoutScene) -> None:
    (number,) = here.makes_now("anna")
    with pytest.raises(OwnWork):
        here.releases(number, "anna")
    here.releases(number, "bert")
    here.collects()
    assert here.transferred() == [10710]


def test_what_is_owed_no_more_is_not_released(here: PayoutScene) -> None:
    here.pays_out()
    here.reverses(1)
    with pytest.raises(PayoutNotOwed):
        here.releases(1, "bert")
    here.withdraws(1)
    assert (here.in_short(), here.balance().payable) == ([f"payout {PART} withdrawn"], Decimal(0))


class TestWhateverWrites:
    """The database refuses it, too."""

    def refused(self, here: PayoutScene, statement: str, *, by: str | None = "anna") -> str:
        with pytest.raises(ContradictsStored) as refusal, here.database.transaction(1) as session:
            if by is None:
                act(session, SYSTEM)
            else:
                acts(session, by)
            session.execute(text(statement))
        return str(refusal.value).split()[2]

    def test_who_made_it_releases_it_not_and_nobody_orders_it_unreleased(self, here: PayoutScene) -> None:
        (number,) = here.makes_now("anna")
        release = (
            f"update payout set released_by = 'anna', released_at = now(), state = 'due', held = '' where id = {number}"
        )
        assert self.refused(here, release) == "two_pairs_of_eyes"
        for by in ("bert", None):
            ordered = f"update payout set state = 'ordered', held = '' where id = {number}"
            assert self.refused(here, ordered, by=by) == "two_pairs_of_eyes"

    def test_no_more_is_paid_of_a_document_than_is_owed(self, here: PayoutScene) -> None:
        (number,) = here.makes_now("anna")
        again = f"""with made as (
                        insert into payout (account_id, issuer_id, payee_id, kind, by, currency, amount, made_on, state, prepared_at)
                        select account_id, issuer_id, payee_id, kind, by, currency, 2, made_on, 'held', now()
                        from payout where id = {number} returning id, payee_id)
                    insert into payout_line (payout_id, payee_id, kind, payee_document_id, invoice_id, number, amount)
                    select m.id, m.payee_id, l.kind, l.payee_document_id, l.invoice_id, l.number, 2
                    from payout_line l cross join made m"""
        assert self.refused(here, again) == "no_more_than_is_owed"

    def test_lines_come_to_the_payout(self, here: PayoutScene) -> None:
        here.makes_now("anna")
        empty = """insert into payout (account_id, issuer_id, payee_id, kind, by, currency, amount, made_on, state, prepared_at)
                   select account_id, issuer_id, payee_id, kind, by, currency, 5, made_on, 'held', now() from payout"""
        assert self.refused(here, empty) == "lines_come_to_the_payout"

    @pytest.mark.parametrize("column", ["amount", "payee_id", "currency", "by", "kind", "prepared_by"])
    def test_what_a_payout_is_never_changes(self, here: PayoutScene, column: str) -> None:
        here.makes_now("anna")
        with pytest.raises(ProgrammingError, match="permission denied"), here.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(text(f"update payout set {column} = {column}"))

    def test_another_tenant_sees_nothing(self, here: PayoutScene) -> None:
        here.makes_now("anna")
        with here.database.transaction(2) as session:
            act(session, SYSTEM)
            for table in ("payout", "payout_line", "payout_event", "payout_account", "connected_account"):
                assert session.execute(text(f"select count(*) from {table}")).scalar_one() == 0


def test_up_to_the_limit_it_goes_by_itself(here: PayoutScene) -> None:
    limited(here, PART)
    here.pays_out()
    assert (here.in_short(), here.transferred()) == ([f"payout {PART} paid"], [10710])


def test_a_cent_above_the_limit_waits(here: PayoutScene) -> None:
    limited(here, PART - Decimal("0.01"))
    here.pays_out()
    assert here.in_short() == [f"payout {PART} held"]
