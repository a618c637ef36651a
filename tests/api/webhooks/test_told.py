"""What happens is told: each fact that is committed once, none that is rolled back, to nobody whom it does not concern."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.operations.webhooks import create_webhook
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from api.webhooks import outbox
from api.webhooks.notification import KINDS, Notification, NotificationType
from api.webhooks.outbox import NotificationSearch
from billing.statements.store import StatementOpen, StatementOutdated
from quantities.errors import slug
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import NOON, fewer_examples
from tests.conftest import application_pool, world_copy

T = NotificationType
URL = "https://erp.example.com/hooks"


def build(access: Access) -> None:
    with application_pool(access) as database:
        Scene(access, database).declared(CONTRACT, CONTRACT.replace("C-1", "C-2").replace("Blechwerke", "Gießerei"))


@pytest.fixture
def scene(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Scene]:
    copied = world_copy(server, "two customers' contracts, agreed", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        yield Scene(access, database)


def settled(database: Database, tenant: int = 1, party: int | None = None) -> list[Notification]:
    with database.transaction(tenant) as session:
        while outbox.settle_portion(session, NOON):
            pass
    with database.transaction(tenant, party) as session:
        return outbox.notifications(session, NotificationSearch(limit=10_000))


def told(scene: Scene, *types: NotificationType) -> list[dict[str, Any]]:
    return [dict(each.facts) for each in settled(scene.database) if each.type in types]


class TestEachKindOfFact:
    def test_a_version_that_is_released(self, scene: Scene) -> None:
        assert told(scene, T.CONTRACT_RELEASED) == [
            {"contract": "C-1", "version": 1, "effective": "2026-01-01"},
            {"contract": "C-2", "version": 1, "effective": "2026-01-01"},
        ]

    def test_rows_that_are_refused_and_no_delivery_without(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60")
        receipt = scene.delivers("2026-01-06 10 60\n2026-01-06 11 sixty\n2026-01-06 12 0.001")
        assert told(scene, T.READINGS_REFUSED) == [{"batch": receipt.batch, "refused": 2, "stored": 1}]

    def test_documents_and_corrections_each_once(self, scene: Scene) -> None:
        """Both contracts price the same register, so that a correction is of both."""
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 60", reason="meter test")
        scene.looks("2026-03-01")  # drafts are no documents
        scene.bills("2026-03-01")
        first, second, *_ = (number for number in self.numbers(scene, "C-1"))
        documents = [each for each in settled(scene.database) if each.type is T.DOCUMENT_ISSUED]
        assert sorted(each.facts["number"] for each in documents) == sorted(
            invoice.row.number or "" for invoice in scene.invoices()
        )
        january = next(each for each in documents if each.facts["number"] == first)
        assert january.facts == {
            "number": first, "contract": "C-1", "kind": "period", "first": "2026-01-01", "last": "2026-01-31",
        }  # fmt: skip
        corrected = told(scene, T.DOCUMENT_CORRECTED)
        assert corrected[0] == {"number": second, "contract": "C-1", "corrects": [first]}
        assert [each["contract"] for each in corrected] == ["C-1", "C-2"]
        types = [each.type for each in settled(scene.database)]
        assert types.index(T.DOCUMENT_CORRECTED) > max(
            at for at, type_ in enumerate(types) if type_ is T.DOCUMENT_ISSUED
        )

    def numbers(self, scene: Scene, contract: str) -> list[str]:
        return [each.row.number or "" for each in scene.invoices() if each.row.inputs.contract == contract]

    def test_a_dispute_a_statement_and_one_that_is_waited_for(self, scene: Scene) -> None:
        raise_dispute(scene)
        with scene.database.transaction(1) as session:
            session.execute(
                text("""insert into statement (contract_id, customer_id, version_id, first, after_last, watermark, prepared_by, prepared_at, content)
                        select contract_id, customer_id, id, '2026-01-01', '2027-01-01', 1, 'anna', now(), '{}'
                        from contract_version where number = 1 order by id limit 1""")
            )
        days = {"first": "2026-01-01", "last": "2026-01-31"}
        assert told(scene, T.DISPUTE_RAISED) == [{"dispute": 1, "contract": "C-1", "charge": "fee", **days}]
        assert told(scene, T.STATEMENT_PREPARED) == [
            {"statement": 1, "contract": "C-1", "first": "2026-01-01", "last": "2026-12-31"}
        ]

    def test_a_statement_is_due_once_for_as_long_as_its_invoice_waits_for_the_same(self, scene: Scene) -> None:
        assert (slug(StatementOpen), slug(StatementOutdated)) == ("statement-open", "statement-outdated")
        scene.bills("2026-01-15")  # what comes due is written down
        with scene.database.transaction(1) as session:
            session.execute(
                text("""insert into due (tenant, kind, contract, period, attempt, due_at)
                        select 1, 'period', id, '[2026-06-01,2026-07-01)', 0, now() from contract where reference = 'C-1'""")
            )
        for code in ("statement-open", "statement-open", "incomplete", "statement-outdated", "statement-outdated"):
            with scene.database.transaction(1) as session:
                session.execute(
                    text(
                        "update due set held = jsonb_build_object('schema', 1, 'code', cast(:code as text), 'detail', '') where lower(period) = '2026-06-01'"
                    ),
                    {"code": code},
                )
        waits = {"contract": "C-1", "first": "2026-06-01", "last": "2026-06-30"}
        assert told(scene, T.STATEMENT_DUE) == [waits, waits]

    def test_findings_many_at_once(self, scene: Scene) -> None:
        number = scene.delivers("2026-01-05 10 60").batch
        with scene.database.transaction(1) as session:
            session.execute(
                text("""insert into finding (series, start, "end", check_kind, found, expected, holds, batch)
                        select s.id, '2026-01-05T10:00Z', '2026-01-05T11:00Z', told, '', '', told = 'gap', :batch
                        from series s join register r on r.id = s.register_id and r.key = 'kwh', unnest(array['gap', 'limit']) told"""),
                {"batch": number},
            )
        raised = told(scene, T.FINDING_RAISED)
        assert [(each["finding"], each["check"], each["holds"], each["register"]) for each in raised] == [
            (1, "gap", True, "kwh"), (2, "limit", False, "kwh"),
        ]  # fmt: skip
        assert raised[0].keys() == KINDS[T.FINDING_RAISED].example.keys()

    def test_facts_are_those_of_the_documentation_and_none_is_personal(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60\n2026-01-06 11 sixty")
        scene.bills("2026-02-01")
        raise_dispute(scene)
        happened = settled(scene.database)
        assert {each.type for each in happened} >= {T.READINGS_REFUSED, T.DOCUMENT_ISSUED, T.DISPUTE_RAISED}
        for each in happened:
            assert each.facts.keys() == KINDS[each.type].example.keys()
            assert not [name for name in ("anna", "bert", "telematics", "Blechwerke") if name in each.body.decode()]


def raise_dispute(scene: Scene, reference: str = "C-1") -> None:
    with scene.database.transaction(1) as session:
        dispute(session, reference)


def dispute(session: Session, reference: str = "C-1", charge: str = "fee") -> None:
    session.execute(
        text("""insert into dispute (contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at)
                select id, customer_id, :charge, '2026-01-01', '2026-02-01', 'r', 'anna', now() from contract where reference = :reference"""),
        {"reference": reference, "charge": charge},
    )


class TestATriggerThatFails:
    """No fact without its notification: where the one is not written, neither is the other, and who wrote it is told."""

    def test_takes_the_fact_with_it(self, scene: Scene) -> None:
        before = scene.delivers("2026-01-05 10 60").batch
        scene.as_superuser("alter table notification add constraint broken check (type <> 'readings.refused')")
        with pytest.raises(Exception, match="broken"):
            scene.delivers("2026-01-06 10 60\n2026-01-06 11 sixty")
        with scene.database.transaction(1) as session:
            assert session.execute(text("select max(id) from batch")).scalar_one() == before
            assert session.execute(text("select count(*) from reading")).scalar_one() == 1

    @pytest.mark.parametrize("statement", [
        "insert into notification (type, facts) values ('document.issued', '{}')", "update notification set facts = '{}'",
        "update notification set type = 'x'", "alter table dispute disable trigger tell_dispute_raised",
    ])  # fmt: skip
    def test_nobody_tells_what_has_not_happened(self, scene: Scene, statement: str) -> None:
        with (
            pytest.raises(Exception, match=r"permission denied|must be owner"),
            scene.database.transaction(1) as session,
        ):
            session.execute(text(statement))


class TestWhomItConcerns:
    def test_a_second_tenant_is_told_nothing(self, scene: Scene) -> None:
        raise_dispute(scene)
        assert settled(scene.database, tenant=2) == []

    def test_a_customer_is_told_of_its_own_contracts_alone(self, scene: Scene) -> None:
        raise_dispute(scene)
        raise_dispute(scene, "C-2")
        scene.delivers("2026-01-06 11 sixty\n2026-01-06 10 60")
        with scene.database.transaction(1) as session:
            parties = dict(list(session.execute(text("select name, id from party"))))
        settled(scene.database)
        for party, contract in (("Blechwerke", "C-1"), ("Gießerei", "C-2")):
            seen = settled(scene.database, party=parties[party])
            assert {each.facts.get("contract") for each in seen} == {contract}
            assert {each.type for each in seen} == {T.CONTRACT_RELEASED, T.DISPUTE_RAISED}

    def test_and_so_is_its_webhook(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            party = session.execute(text("select id from party where name = 'Gießerei'")).scalar_one()
        settled(scene.database)
        with scene.database.transaction(1, party, acting=Acting(role="customer")) as session:
            webhook, _ = create_webhook(session, URL, at=NOON)
        raise_dispute(scene)
        raise_dispute(scene, "C-2")
        happened = settled(scene.database)
        assert deliveries(scene.database, webhook.id) == [happened[-1].id]


def deliveries(database: Database, webhook: str) -> list[Any]:
    with database.transaction(1) as session:
        ids = session.execute(
            text("select notification from webhook_delivery where webhook = :webhook order by position"),
            {"webhook": webhook},
        )
        return list(ids.scalars())


#: What a transaction does, of three that are open side by side: writes a fact, commits, or rolls back; or a worker settles.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["fact", "fact", "commit", "rollback"]), st.integers(0, 2)),
        st.tuples(st.sampled_from(["settle", "make", "disable"]), st.just(0)),
    ),
    min_size=5,
    max_size=40,
)


@dataclass
class Tellers:
    """Three transactions side by side, in which things happen; and what has to be told of it."""

    database: Database
    open: dict[int, tuple[ExitStack, Session, list[str]]] = field(default_factory=dict)
    committed: list[str] = field(default_factory=list)
    rolled_back: list[str] = field(default_factory=list)

    def fact(self, at: int, name: str) -> None:
        if at not in self.open:
            stack = ExitStack()
            self.open[at] = (stack, stack.enter_context(self.database.transaction(1)), [])
        _, session, facts = self.open[at]
        dispute(session, charge=name)
        facts.append(name)

    def ends(self, at: int, *, commits: bool) -> None:
        if at in self.open:
            stack, session, facts = self.open.pop(at)
            if not commits:
                session.rollback()
            (self.committed if commits else self.rolled_back).extend(facts)
            stack.close()


def told_to(database: Database, webhook: str) -> list[str]:
    with database.transaction(1) as session:
        return list(
            session.execute(
                text("""select n.facts ->> 'charge' from webhook_delivery d
                        join notification n on n.tenant = d.tenant and n.position = d.position
                        where d.webhook = :webhook order by d.position"""),
                {"webhook": webhook},
            ).scalars()
        )


def settle(database: Database) -> list[str]:
    """Settle, and say what was."""
    with database.transaction(1) as session:
        before = session.execute(text("select coalesce(max(position), 0) from notification")).scalar_one()
        outbox.settle_portion(session, NOON)
        return list(
            session.execute(
                text("select facts ->> 'charge' from notification where position > :before order by position"),
                {"before": before},
            ).scalars()
        )


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer) -> Iterator[Database]:
    with (
        world_copy(server, "two customers' contracts, agreed", build, __name__) as (access, _),
        application_pool(access) as database,
    ):
        settled(database)
        yield database


@fewer_examples(4)
@given(STEPS)
def test_every_fact_that_is_committed_is_told_once_and_none_that_is_not(
    shared: Database, steps: list[tuple[str, int]]
) -> None:
    """Whatever runs side by side, is slow, or ends otherwise: in one order, to each webhook that there is by then."""
    tellers, told_of, webhooks, expected = Tellers(shared), list[str](), list[str](), dict[str, list[str]]()
    enabled: set[str] = set()
    for number, (step, at) in enumerate([*steps, ("commit", 0), ("commit", 1), ("commit", 2), ("settle", 0)]):
        if step == "fact":
            tellers.fact(at, f"fact {number}")
        elif step in {"commit", "rollback"}:
            tellers.ends(at, commits=step == "commit")
        elif step == "make":
            with shared.transaction(1) as session:
                webhooks.append(create_webhook(session, URL, [T.DISPUTE_RAISED] if number % 2 else [], at=NOON)[0].id)
            enabled.add(webhooks[-1])
        elif step == "disable" and webhooks:
            with shared.transaction(1) as session:
                session.execute(
                    text("update webhook set disabled_at = now(), disabled_because = 'asked' where id = :id"),
                    {"id": webhooks[0]},
                )
            enabled.discard(webhooks[0])
        else:
            new = settle(shared)
            told_of += new
            for webhook in enabled:
                expected.setdefault(webhook, []).extend(new)
    assert sorted(told_of) == sorted(tellers.committed)
    for webhook in webhooks:
        assert told_to(shared, webhook) == expected.get(webhook, [])
    with shared.transaction(1) as session:
        ordered = session.execute(
            text("select array_agg(xact order by position) = array_agg(xact order by xact, nth) from notification")
        )
        assert ordered.scalar_one()
        dense = session.execute(text("select count(*) = max(position) from notification where position is not null"))
        assert dense.scalar_one()
        session.execute(text("delete from webhook"))


def test_a_restore_to_another_server_skips_nothing(scene: Scene) -> None:
    """Where transactions have lower numbers: what the former server left comes first, and new facts behind it."""
    settled(scene.database)
    raise_dispute(scene)
    scene.as_superuser("update notification set xact = xact + 1000000000")
    raise_dispute(scene, "C-2")
    happened = [each for each in settled(scene.database) if each.type is T.DISPUTE_RAISED]
    assert sorted(each.facts["contract"] for each in happened) == ["C-1", "C-2"]


def test_a_slow_transaction_holds_back_what_is_behind_it_and_is_not_skipped(scene: Scene) -> None:
    settled(scene.database)
    with scene.database.transaction(1) as slow:
        dispute(slow, charge="slow")
        raise_dispute(scene)
        assert settle(scene.database) == []
    assert settle(scene.database) == ["slow", "fee"]


def test_old_ones_go(scene: Scene) -> None:
    happened = settled(scene.database)
    assert happened
    with scene.database.transaction(1) as session:
        assert outbox.prune(session, happened[0].at) == 0
        assert outbox.prune(session, on("2100-01-01")) == len(happened)
    assert settled(scene.database) == []
    raise_dispute(scene)
    assert [each.type for each in settled(scene.database)] == [T.DISPUTE_RAISED]


def test_an_administrator_who_writes_for_several_tenants_tells_each(scene: Scene) -> None:
    Scene(scene.access, scene.database, tenant=2).declared(CONTRACT)
    with administering(scene.access.administrator) as administrator:
        administrator.execute(
            text("""insert into dispute (tenant, contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at)
                    select tenant, id, customer_id, 'fee', '2026-01-01', '2026-02-01', 'r', 'anna', now() from contract""")
        )
    counts = [[each.type for each in settled(scene.database, tenant)].count(T.DISPUTE_RAISED) for tenant in (1, 2)]
    assert counts == [2, 1]
