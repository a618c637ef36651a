"""One contract never stops its tenant's billing: whatever is wrong with it, it is held, and all others are billed."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.operations.billing import bill_everything
from api.operations.billing_run import BilledWork
from api.server.database import Access, Database
from billing import run
from billing.drafts import making
from billing.drafts.making import due_at_of
from billing.statements.store import wait_for_statement
from quantities.errors import Unavailable
from tests.billing.scene import CONTRACT, Scene, on

#: 100 EUR a month from February on.
FEE = CONTRACT.split("  - name: energy")[0].replace("starts: 2026-01-01", "starts: 2026-02-01")
P_1 = FEE.replace("C-1", "P-1")
#: By interval reads, from January on.
METERED = CONTRACT.split("charges:")[0].replace("C-1", "P-1")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared()
    scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")  # it guards what is released
    return scene


def with_others(scene: Scene, many: int) -> Scene:
    """As many contracts of a fee, F-001 and so on."""
    return scene.declared_often(FEE, others(many))


def rewritten(scene: Scene, terms: str) -> None:
    """Terms as no door lets them in: written by SQL, or before there was a check against them."""
    scene.declared(P_1)
    scene.as_superuser(f"update contract_version set terms = {terms} where terms->>'contract' = 'P-1'")


def starting(day: str) -> Callable[[Scene], None]:
    return lambda scene: rewritten(scene, f"""jsonb_set(terms, '{{starts}}', '"{day}"')""")


def prolonged(scene: Scene) -> None:
    ending = P_1.replace("starts: 2026-02-01", "starts: 2026-02-01\nends: 2026-02-16")
    scene.declared(ending)
    assert len(scene.bills("2026-02-20").invoices) == 1
    scene.declared(ending.replace("ends: 2026-02-16", "ends: 2026-04-01"))


def of_another_rule(scene: Scene) -> None:
    """As an earlier release recorded it, which did not ask whether the new rule can go on from the old one."""
    by_peak = '[{name: power, register: kwh, rule: {kind: demand, unit: kW, unit_price: "10", block_minutes: 60, peak: year}}]'
    by_use = '{"kind": "graduated", "unit": "kWh", "per": "year", "tiers": [{"unit_price": "1"}]}'
    scene.declared(f"{METERED}charges: {by_peak}")
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 40")
    assert len(scene.bills("2026-02-01").invoices) == 1
    scene.declared(f"{METERED}in_force_from: 2026-02-01\ncharges: {by_peak}")
    of_second = "number = 2 and terms->>'contract' = 'P-1'"
    scene.as_superuser(
        f"update contract_version set terms = jsonb_set(terms, '{{charges,0,rule}}', '{by_use}') where {of_second}"
    )


def beyond_arithmetic(scene: Scene) -> None:
    nines = "9" * 24
    on_top = f'  - {{name: on top, rule: {{kind: percentage_of, percent: "{nines}"}}}}\n'
    scene.declared(P_1.replace("100.00", nines) + on_top)


def without_a_supplier(scene: Scene) -> None:
    rewritten(scene, "terms - 'supplier'")


def refused_at_saving(scene: Scene) -> None:
    scene.declared(P_1)
    (contract_id,) = selected(scene, "select id from contract where reference = 'P-1'")
    scene.as_superuser(f"alter table invoice add constraint no_p_1 check (contract_id <> {contract_id})")


def refused_at_the_commit(scene: Scene) -> None:
    scene.declared(P_1)
    (contract_id,) = selected(scene, "select id from contract where reference = 'P-1'")
    on_insert(scene, "raise integrity_constraint_violation using constraint = 'no_p_1'")
    scene.as_superuser(f"""
        create constraint trigger no_p_1 after insert on invoice deferrable initially deferred
        for each row when (new.contract_id = {contract_id}) execute function on_insert()""")


def on_insert(scene: Scene, statement: str) -> None:
    scene.as_superuser(f"""
        create function on_insert() returns trigger language plpgsql security definer as
        $$ begin {statement}; return new; end $$""")


def selected(scene: Scene, query: str) -> list[Any]:
    with scene.database.transaction(scene.tenant) as session:
        return list(session.execute(text(query)).scalars())


def billed_in(scene: Scene, done: BilledWork) -> list[str]:
    return sorted(invoice.row.inputs.contract for invoice in scene.invoices() if invoice.row.id in set(done.invoices))


def others(many: int) -> list[str]:
    return [f"F-{number:03d}" for number in range(1, many + 1)]


def waiting(scene: Scene) -> list[str]:
    return selected(
        scene,
        """
        select held->>'code' from due where done_at is null and (kind not in ('correction', 'planning') or held is not null)
        order by kind""",
    )


@pytest.mark.parametrize(("poisoned", "code", "reason"), [
    pytest.param(starting("2226-01-01"), ["terms-damaged"], "/starts", id="its start is in 2226"),
    pytest.param(starting("1899-06-01"), ["terms-damaged"], "/starts", id="its start is in 1899", marks=pytest.mark.long),
    pytest.param(of_another_rule, ["state-of-another-rule"], "demand wrote what is carried", id="its charge has another rule now, and what the old one carried on"),
    pytest.param(beyond_arithmetic, ["unforeseen"], "InvalidOperation", id="its amount has more digits than arithmetic keeps"),
    pytest.param(without_a_supplier, ["terms-damaged"], "the stored terms have faults: /supplier: Field required", id="its stored terms are damaged"),
    pytest.param(refused_at_saving, ["contradicts-stored"], "no_p_1", id="the database refuses its invoice"),
])  # fmt: skip
def test_of_200_contracts_one_cannot_be_billed_and_199_are_in_one_run(
    scene: Scene, poisoned: Callable[[Scene], None], code: list[str], reason: str
) -> None:
    poisoned(scene)
    with_others(scene, 199)
    done = scene.bills("2026-03-01")
    assert list(done.held) == ["P-1"]
    assert reason in done.held["P-1"]
    assert billed_in(scene, done) == others(199)
    assert waiting(scene) == code
    numbers = selected(scene, "select sequence from invoice order by sequence")
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("chunk", [1, pytest.param(7, marks=pytest.mark.long), 100])
@pytest.mark.parametrize("poisoned", [refused_at_saving, refused_at_the_commit])
def test_a_contract_that_fails_only_at_saving_is_singled_out_of_its_chunk(
    scene: Scene, poisoned: Callable[[Scene], None], chunk: int
) -> None:
    with_others(scene, 10)
    poisoned(scene)
    scene.declared(FEE.replace("C-1", "F-011"), FEE.replace("C-1", "F-012"))
    done = bill_everything(scene.database, 1, on("2026-03-01"), chunk=chunk)
    assert done.held == {"P-1": "the constraint no_p_1 refuses it"}
    assert billed_in(scene, done) == others(12)


def test_a_statement_that_the_database_refuses_while_a_contract_is_rated_does_not_lose_its_chunk(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_others(scene, 5)
    scene.declared(P_1)

    def divides_by_zero(session: Session, versions: Any, *rest: Any) -> None:
        if versions[-1].contract.contract == "P-1":
            session.execute(text("select 1 / 0"))
        wait_for_statement(session, versions, *rest)

    monkeypatch.setattr(making, "wait_for_statement", divides_by_zero)
    done = scene.bills("2026-03-01")
    assert "division by zero" in done.held["P-1"]
    assert billed_in(scene, done) == others(5)
    assert "contract P-1 could not be billed" in caplog.text


def test_a_contract_that_cannot_be_planned_is_held_until_it_can_be(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_others(scene, 5)
    scene.declared(P_1)

    def unplannable(contract: Any, period: Any) -> datetime:
        if contract.contract == "P-1":
            raise RuntimeError("no calendar\nfor it")
        return due_at_of(contract, period)

    monkeypatch.setattr(run, "due_at_of", unplannable)
    for day in ("2026-03-01", "2026-03-02"):
        assert scene.bills(day).held == {"P-1": "RuntimeError: no calendar"}
    assert "contract P-1 could not be billed" in caplog.text
    assert waiting(scene) == ["unforeseen"]
    assert selected(scene, "select count(*) from invoice") == [5]
    monkeypatch.undo()
    done = scene.bills("2026-03-03")
    assert (done.held, billed_in(scene, done), waiting(scene)) == ({}, ["P-1"], [])
    assert selected(scene, "select held from due where held is not null") == []


@pytest.mark.parametrize(("poisoned", "mend"), [
    pytest.param(starting("2226-01-01"), """update contract_version set terms = jsonb_set(terms, '{starts}', '"2026-02-01"')""", id="a start in 2226"),
    pytest.param(without_a_supplier, "update contract_version set terms = terms || jsonb_build_object('supplier', (select terms->'supplier' from contract_version where terms ? 'supplier' limit 1))", id="damaged terms"),
    pytest.param(refused_at_saving, "alter table invoice drop constraint no_p_1", id="refused by the database"),
])  # fmt: skip
def test_once_the_cause_is_mended_the_next_run_bills_it_and_clears_the_reason(
    scene: Scene, poisoned: Callable[[Scene], None], mend: str
) -> None:
    with_others(scene, 3)
    poisoned(scene)
    assert list(scene.bills("2026-03-01").held) == ["P-1"]
    scene.as_superuser(mend)
    done = scene.bills("2026-03-02")
    assert (done.held, billed_in(scene, done), waiting(scene)) == ({}, ["P-1"], [])
    assert selected(scene, "select held from due where held is not null") == []


def test_terms_damaged_after_the_period_was_planned_hold_the_period_too(scene: Scene) -> None:
    with_others(scene, 3)
    scene.declared(P_1)
    with scene.database.transaction(1) as session:
        run.plan(session, 1, on("2026-03-01"))
    scene.as_superuser("update contract_version set terms = '[]' where terms->>'contract' = 'P-1'")
    done = scene.bills("2026-03-01")
    assert (list(done.held), billed_in(scene, done)) == (["P-1"], others(3))
    assert waiting(scene) == ["terms-damaged", "terms-damaged"]  # the period, and the planning of those to come


def test_a_part_that_is_billed_when_the_contract_is_prolonged_is_brought_to_the_whole(scene: Scene) -> None:
    prolonged(scene)
    done = scene.bills("2026-03-01")
    (correction,) = [invoice for invoice in scene.invoices() if invoice.row.id in done.invoices]
    assert (correction.row.kind, done.held) == ("correction", {})
    assert [(str(line.quantity), str(line.net)) for line in correction.lines] == [
        ("-0.535714285714", "-53.57"),
        ("1", "100.00"),
    ]
    assert waiting(scene) == []
    assert scene.replays() == []


def test_a_fault_of_every_contract_ends_and_holds_each_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with_others(scene, 40)
    scene.as_superuser("alter table invoice add constraint nothing check (false)")
    attempts = []
    bill = run.bill

    def counted(session: Session, tenant: int, claimed: Any, *rest: Any, **named: Any) -> run.RunOutcome:
        attempts.append(len(claimed))
        return bill(session, tenant, claimed, *rest, **named)

    monkeypatch.setattr(run, "bill", counted)
    done = scene.bills("2026-03-01")
    assert (done.invoices, sorted(done.held)) == ([], others(40))
    assert attempts.count(1) == 40
    assert sum(attempts) < 5 * 40  # no full chunk again after every single one


def test_a_database_that_goes_away_ends_the_run_and_holds_nothing(scene: Scene) -> None:
    with_others(scene, 5)
    on_insert(scene, "perform pg_terminate_backend(pg_backend_pid())")
    scene.as_superuser("create trigger gone before insert on invoice for each row execute function on_insert()")
    with pytest.raises(Unavailable) as refused:
        scene.bills("2026-03-01")
    assert isinstance(refused.value.__cause__, OperationalError)
    assert waiting(scene) == [None] * 5
    scene.as_superuser("drop trigger gone on invoice")
    done = scene.bills("2026-03-01")
    assert (done.held, billed_in(scene, done)) == ({}, others(5))


@pytest.mark.parametrize("poisoned", [
    refused_at_saving, without_a_supplier, pytest.param(beyond_arithmetic, marks=pytest.mark.long),
])  # fmt: skip
def test_two_runs_at_once_bill_everything_once_in_spite_of_one_fault(
    scene: Scene, poisoned: Callable[[Scene], None]
) -> None:
    with_others(scene, 20)
    poisoned(scene)
    scene.declared(*(FEE.replace("C-1", f"F-{number:03d}") for number in range(21, 25)))
    outcomes: list[BilledWork] = []

    def a_run() -> None:
        outcomes.append(bill_everything(scene.database, 1, on("2026-03-01"), chunk=7))

    runs = [threading.Thread(target=a_run) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert len(outcomes) == 2
    assert sorted(billed_in(scene, outcomes[0]) + billed_in(scene, outcomes[1])) == others(24)
    assert {"P-1"} == outcomes[0].held.keys() | outcomes[1].held.keys()
    assert selected(scene, "select sequence from invoice order by sequence") == list(range(1, 25))


def test_each_period_waits_for_its_own_reason_and_all_are_listed(scene: Scene) -> None:
    """Of January nothing is known, and of February the last reading is in question; March is billed."""
    scene.declared(CONTRACT)
    scene.delivers("2026-02-05 10 10\n2026-03-05 10 10")
    scene.as_superuser("update reading set quality = 10 where start < '2026-02-10'")
    for done in (scene.looks("2026-04-02"), scene.bills("2026-04-02"), scene.bills("2026-04-03")):
        assert [
            (work.contract, str(work.days[0]) if work.days else "", work.reason.code) for work in done.held_work
        ] == [
            ("C-1", "2026-01-01", "nothing-read"),
            ("C-1", "2026-02-01", "questionable-readings"),
        ]
    assert len(scene.invoices()) == 1
    january = bill_everything(scene.database, 1, on("2026-04-04"), until=on("2026-02-10"))
    assert len(january.held_work) == 1, "of what was due by then"
