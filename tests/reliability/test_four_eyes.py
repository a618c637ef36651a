"""Four eyes: every time they are switched is on record, and no temporary table deceives the database about them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from api.cli.main import app
from api.server.database import Access, ContradictsStored, Database
from api.server.provision import administering
from contracts.contract import Contract
from contracts.indexation.series import Index
from contracts.indexation.store import record
from contracts.recording.store import apply
from metering.deliveries.receipt import Sender
from metering.quality.edits import store as edit_store
from metering.tenants.store import four_eyes
from quantities.document import parse, read
from quantities.period import Period
from tests.api.cli.test_commands import Desk, set_environment
from tests.billing.scene import CONTRACT, Scene, being_issued, on
from tests.build import acts

CHANGE = {"by": "anna", "at": "2026-01-01T08:00:00+00:00", "reason": "alone in January"}


@pytest.fixture
def desk(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    set_environment(access, tmp_path, monkeypatch)
    return Desk(tmp_path)


class TestTheRecord:
    def test_to_switch_four_eyes_on_does_not_erase_the_time_during_which_they_were_off(self, desk: Desk) -> None:
        desk.types("tenant", "four-eyes", "off", "--reason", "alone in January")
        desk.types("tenant", "four-eyes", "on", "--reason", "Bert has come")
        desk.types("tenant", "four-eyes", "off", "--reason", "Bert is ill")
        shown = desk.asks("tenant", "four-eyes")
        assert [(row["switched"], row["reason"]) for row in shown["record"]] == [
            ("off", "alone in January"),
            ("on", "Bert has come"),
            ("off", "Bert is ill"),
        ]
        assert shown["four_eyes"] == "off"
        assert all(row["by"] and row["at"] for row in shown["record"])
        table = desk.types("tenant", "four-eyes")
        assert all(part in table for part in ("four eyes are off", "alone in January", "Bert has come", "Bert is ill"))

    def test_a_tenant_that_never_switched_them_keeps_four_eyes(self, desk: Desk) -> None:
        shown = {"four_eyes": "on", "changed": False, "waiting": [], "record": [], "limits": [], "unseen": []}
        assert desk.asks("tenant", "four-eyes") == shown
        assert "no switch is on record" in desk.types("tenant", "four-eyes")

    @pytest.mark.parametrize("state", ["on", "off"])
    def test_to_switch_to_what_stands_already_changes_nothing_and_says_so(self, desk: Desk, state: str) -> None:
        if state == "off":
            desk.types("tenant", "four-eyes", "off", "--reason", "first")
        before = desk.asks("tenant", "four-eyes")["record"]
        assert f"four eyes are {state} already" in desk.types("tenant", "four-eyes", state, "--reason", "second")
        again = desk.asks("tenant", "four-eyes", state, "--reason", "third")
        assert (again["changed"], again["record"]) == (False, before)

    @pytest.mark.parametrize(
        "words", [("off",), ("off", "--reason", "  "), ("maybe",), ("--reason", "alone")], ids=" ".join
    )
    def test_off_without_a_reason_is_a_wrong_command_line(self, desk: Desk, words: tuple[str, ...]) -> None:
        assert desk.runner.invoke(app, ["tenant", "four-eyes", *words]).exit_code == 2

    def test_a_reason_is_shown_as_it_was_written(self, desk: Desk) -> None:
        desk.types("tenant", "four-eyes", "off", "--reason", "see [/minutes] and 'x'; --")
        assert "see [/minutes] and 'x'; --" in desk.types("tenant", "four-eyes")

    def test_two_at_once_switch_once(self, access: Access) -> None:
        changed: list[bool] = []
        start = threading.Barrier(6)

        def switch() -> None:
            with administering(access.administrator) as administrator:
                start.wait()
                changed.append(four_eyes(administrator, 1, CHANGE))

        threads = [threading.Thread(target=switch) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(changed) == [False] * 5 + [True]
        with administering(access.administrator) as administrator:
            assert administrator.execute(text("select count(*) from four_eyes_change")).scalar_one() == 1

    def test_a_switch_that_is_not_recorded_does_not_happen(self, access: Access) -> None:
        with administering(access.administrator) as administrator:
            administrator.execute(text("alter table four_eyes_change add check (reason <> 'x')"))
            with pytest.raises(Exception, match="violates check constraint"):
                four_eyes(administrator, 1, {**CHANGE, "reason": "x"})
            assert administrator.execute(text("select four_eyes_off from tenant where id = 1")).scalar_one() is None

    def test_an_administrator_whom_the_policies_bind_may_record_it(self, access: Access) -> None:
        with administering(access.administrator) as administrator:
            administrator.execute(text("set role usufruct_owner"))
            assert four_eyes(administrator, 1, CHANGE)

    def test_a_tenant_sees_its_own_record_alone_and_the_application_changes_none(
        self, access: Access, database: Database
    ) -> None:
        with administering(access.administrator) as administrator:
            four_eyes(administrator, 1, CHANGE)
        for tenant, count in ((1, 1), (2, 0)):
            with database.transaction(tenant) as session:
                assert session.execute(text("select count(*) from four_eyes_change")).scalar() == count
        for statement in (
            "insert into four_eyes_change (tenant, switched_off, by, at, reason) values (2, false, 'x', now(), '')",
            "update four_eyes_change set reason = ''",
            "delete from four_eyes_change",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), database.transaction(1) as session:
                session.execute(text(statement))


OFF = '{"by": "x", "at": "2026-01-01", "reason": "x"}'


def shadowed(session: Session, table: str) -> None:
    """Make a temporary table of that name, which comes before the real one wherever no schema is named."""
    if table == "tenant":
        session.execute(text("create temporary table tenant (id int, four_eyes_off jsonb)"))
        session.execute(text("insert into tenant values (1, cast(:off as jsonb))"), {"off": OFF})
    else:
        session.execute(text(f"create temporary table {table} (like public.{table})"))
    session.execute(text(f"grant select on pg_temp.{table} to public"))  # a trigger may look as another role


@pytest.fixture
def prepared(access: Access, database: Database) -> Iterator[Scene]:
    """A version, an index value and an edit, all by anna, all waiting."""
    scene = Scene(access, database).declared()
    with database.transaction(1) as session:
        apply(session, parse(Contract, read(CONTRACT)), recorded_by=acts(session, "anna"), recorded_at=on("2025-12-01"))
        index = 'index: CPI\nvalues: [{month: 2026-01, value: "123.4", published: 2026-02-12}]\n'
        record(session, parse(Index, read(index)), recorded_by=acts(session, "anna"), recorded_at=on("2025-12-01"))
        day = Period(on("2026-01-05"), on("2026-01-06"))
        edit_store.prepare_verify(session, "kwh", day, Sender("edit", "anna", on("2026-02-01"), "true"))
    yield scene
    database.close()  # and with it the temporary tables


class TestTemporaryTables:
    @pytest.mark.parametrize("statement", [
        pytest.param("update public.contract_version set released_by = 'anna', released_at = now()", id="a version"),
        pytest.param("update public.index_value set released_by = 'anna', released_at = now()", id="a value of an index"),
        pytest.param("update public.edit set released_by = 'anna', released_at = now(), batch = 1", id="an edit"),
    ])  # fmt: skip
    def test_a_temporary_table_named_tenant_lets_nobody_release_what_is_his_own(
        self, prepared: Scene, statement: str
    ) -> None:
        with (
            pytest.raises(ContradictsStored, match="two_pairs_of_eyes"),
            prepared.database.transaction(1) as session,
        ):
            acts(session, "anna")
            shadowed(session, "tenant")
            session.execute(text(statement))

    def test_a_temporary_table_named_counter_vouches_for_no_number(self, prepared: Scene) -> None:
        prepared.as_superuser("update contract_version set released_by = 'bert', released_at = now()")
        prepared.delivers("2026-01-05 10 60")
        with (
            pytest.raises(ContradictsStored, match="numbered_by_counter"),
            being_issued(prepared.database, "2026-02-02") as session,
        ):
            shadowed(session, "counter")
            session.execute(
                text("""insert into counter (tenant, issuer_id, series, year, last, last_on)
                        select tenant, issuer_id, '', 2026, 99, '2026-01-01' from public.invoice limit 1""")
            )
            session.execute(
                text("""update public.invoice set year = 2026, sequence = 7, number = '2026-000007',
                        issued_on = '2026-02-02', due_on = '2026-03-02'""")
            )

    def test_a_temporary_table_named_invoice_fills_no_gap_in_the_numbers(self, prepared: Scene) -> None:
        prepared.as_superuser("update contract_version set released_by = 'bert', released_at = now()")
        prepared.delivers("2026-01-05 10 60")
        prepared.bills("2026-02-02")
        with (
            pytest.raises(ContradictsStored, match="numbers_without_gap"),
            prepared.database.transaction(1) as session,
        ):
            session.execute(text("create temporary table invoice as select * from public.invoice"))
            session.execute(text("update invoice set sequence = 2, number = '2026-000002'"))
            session.execute(text("update public.counter set last = 2"))

    def test_a_temporary_table_named_invoice_opens_no_issued_invoice(self, prepared: Scene) -> None:
        """The loader writes lines; the trigger on them looks at the real invoice, which is issued."""
        prepared.as_superuser("update contract_version set released_by = 'bert', released_at = now()")
        prepared.delivers("2026-01-05 10 60")
        prepared.bills("2026-02-02")
        with (
            pytest.raises(ContradictsStored, match="issued_never_changes"),
            prepared.database.transaction(1) as session,
        ):
            shadowed(session, "invoice")
            session.execute(
                text("""create temporary table line on commit drop as
                        select * from public.invoice_line where pos = 1""")
            )
            session.execute(text("update line set pos = 77"))
            session.execute(text("grant select on line to usufruct_load"))
            session.execute(text("set local role usufruct_load"))
            columns = (
                "invoice_id, pos, customer_id, charge, part, label, nature, quantity, unit, unit_price, net, service_first, "
                "service_after_last, tax_point, tax_category, tax_rate, tax_reason, dimensions, allocation, payees, proof"
            )
            session.execute(text(f"insert into public.invoice_line ({columns}) select {columns} from line"))

    def test_every_function_names_its_schemas_and_the_temporary_one_last(self, database: Database) -> None:
        with database.transaction() as session:
            assert deceivable(session) == []

    @pytest.mark.parametrize(
        "setting", ["", "set search_path = public", "set search_path = pg_temp, public", "set work_mem = '4MB'"]
    )
    def test_a_function_that_names_none_is_caught(self, access: Access, database: Database, setting: str) -> None:
        with administering(access.administrator) as connection:
            connection.execute(text(f"create function forgetful() returns int language sql {setting} as 'select 1'"))
        with database.transaction() as session:
            assert deceivable(session) == ["forgetful"]


def deceivable(session: Session) -> list[str]:
    """The functions that look a table up where whoever calls them may have put one of the same name."""
    rows = session.execute(
        text("select proname, proconfig from pg_proc where pronamespace = 'public'::regnamespace order by proname")
    )
    names = []
    for name, settings in rows:
        paths = [setting.partition("=")[2] for setting in settings or () if setting.startswith("search_path=")]
        if not any(path.split(",")[-1].strip() == "pg_temp" for path in paths):
            names.append(name)
    return names
