"""Recording a version: the versions before it are read once, whichever way the contract comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import event
from sqlmodel import Session

from api.server.database import Database
from contracts.contract import Contract
from contracts.indexation.series import Index
from contracts.indexation.store import record as record_index
from contracts.recording.store import apply, apply_document, check
from contracts.release.store import releasing
from contracts.store import Version, cautions_of, release, stored_contract
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import FLEET
from tests.build import acts
from tests.contracts.checks.documents import FEE, document

INCLUDING = {
    "name": "energy",
    "register": "kwh",
    "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"},
    "included": {"quantity": "10", "unit": "kWh"},
}
RECORDED_AT = datetime(2025, 12, 1, tzinfo=UTC)
RECORDED = {"recorded_by": "anna", "recorded_at": RECORDED_AT}


def by_terms(session: Session, terms: dict[str, Any]) -> Version:
    acts(session, "anna")
    return apply(session, parse(Contract, terms), **RECORDED)  # type: ignore[arg-type]


def by_document(session: Session, terms: dict[str, Any]) -> Version:
    acts(session, "anna")
    return apply_document(session, terms, **RECORDED)  # type: ignore[arg-type]


@contextmanager
def versions_read(session: Session) -> Iterator[list[str]]:
    """The statements that read a contract's versions."""
    read: list[str] = []

    def listen(*called: Any) -> None:
        if called[2].startswith("SELECT") and "FROM contract JOIN contract_version" in called[2].replace("\n", ""):
            read.append(called[2])

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", listen)
    yield read
    event.remove(connection, "before_cursor_execute", listen)


@pytest.mark.parametrize(("stored", "read_as"), [({}, 1), ({"arithmetic": 1}, 1), ({"arithmetic": 2}, 2)])
def test_an_included_quantity_stored_without_a_number_has_1(stored: dict[str, int], read_as: int) -> None:
    kept = parse(Contract, document(charges=[INCLUDING])).model_dump(mode="json")
    del kept["charges"][0]["included"]["arithmetic"]
    kept["charges"][0]["included"] |= stored
    included = stored_contract(kept).charges[0].included
    assert included is not None
    assert included.arithmetic == read_as


class TestTheArithmeticOfAnAmendment:
    """What a document states no number for goes on with that of the version before."""

    INDEX: ClassVar[dict[str, Any]] = {
        "clause": {"kind": "following", "terms": [{"index": "CPI", "base": "100"}], "first_review": "2026-02-01"}
    }
    OFF: ClassVar[dict[str, Any]] = {"name": "off", "rule": {"kind": "discount", "amount": "1"}}

    def stored(self, **settings: str) -> dict[str, Any]:
        return document(charges=[INCLUDING | {"index": self.INDEX}, self.OFF], settings=settings)

    @pytest.fixture
    def old(self, database: Database) -> Iterator[Session]:
        """A contract whose parts all have arithmetic 1."""
        with database.transaction(1) as session:
            declare(session, parse(Fleet, read(FLEET)))
            record_index(session, parse(Index, {"index": "CPI"}), **RECORDED)  # type: ignore[arg-type]
            terms = self.stored(arithmetic="1")
            numbered = {"arithmetic": "1"}
            charge, off = terms["charges"]
            charge = charge | {"included": charge["included"] | numbered}
            charge |= {"index": {"clause": self.INDEX["clause"] | numbered}}
            assert (
                by_document(session, terms | {"charges": [charge, off | {"rule": off["rule"] | numbered}]}).number == 1
            )
            yield session

    @staticmethod
    def numbers(version: Version) -> list[int]:
        charge, off, *_ = version.contract.charges
        assert charge.included is not None
        assert charge.index is not None
        return [
            version.contract.settings.arithmetic,
            charge.included.arithmetic,
            getattr(charge.index.clause, "arithmetic", 0),
            off.rule.arithmetic,
        ]

    def test_of_the_same_document_is_the_same_and_nothing_is_recorded(self, old: Session) -> None:
        assert by_document(old, self.stored()).number == 1

    def test_stays(self, old: Session) -> None:
        version = by_document(old, self.stored() | {"in_force_from": "2026-02-01", "reason": "an address"})
        assert (version.number, self.numbers(version)) == (2, [1, 1, 1, 1])

    def test_that_is_stated_counts(self, old: Session) -> None:
        version = by_document(old, self.stored(arithmetic="2") | {"in_force_from": "2026-02-01"})
        assert (version.number, self.numbers(version)) == (2, [2, 1, 1, 1])

    def test_of_a_new_charge_is_the_newest(self, old: Session) -> None:
        terms = self.stored() | {"in_force_from": "2026-02-01"}
        version = by_document(old, terms | {"charges": [*terms["charges"], self.OFF | {"name": "more"}]})
        assert [charge.rule.arithmetic for charge in version.contract.charges] == [1, 1, 3]


@pytest.mark.parametrize("record", [by_terms, by_document])
def test_the_versions_before_it_are_read_once(
    database: Database, record: Callable[[Session, dict[str, Any]], Version]
) -> None:
    with database.transaction(1) as session:
        assert record(session, document()).number == 1
        with versions_read(session) as read:
            second = record(session, document(in_force_from="2026-02-01"))
        assert (second.number, len(read)) == (2, 1)


@pytest.mark.parametrize("record", [by_terms, by_document])
def test_the_same_terms_again_record_nothing(
    database: Database, record: Callable[[Session, dict[str, Any]], Version]
) -> None:
    with database.transaction(1) as session:
        first = record(session, document())
        assert record(session, document()) == first


def test_a_faulty_charge_does_not_hide_the_faults_of_the_others(database: Database) -> None:
    unknown = {"name": "e", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}}
    charges = [{"name": "x", "rule": {"kind": "fixed_fee", "amount": "1e2"}}, FEE, unknown]
    with pytest.raises(FaultyDocument) as refusal, database.transaction(1) as session:
        by_document(session, document(charges=charges))
    assert [(fault.path, fault.code) for fault in refusal.value.faults] == [
        ("/charges/0/rule/amount", "not-a-number"),
        ("/charges/2/register", "unknown-register"),
    ]


def of_the_year(unit: str = "kWh", day: str | None = None, register: str = "kwh", **charge: str) -> dict[str, Any]:
    rule = {"kind": "per_unit", "unit": unit, "unit_price": "1", "per": "year"}
    charges = [{"name": "energy", "register": register, "rule": rule, **charge}]
    return document(charges=charges, **({"in_force_from": day} if day else {}))


class TestAVersionThatCannotGoOn:
    """What the version before carries is in kWh, and the amendment counts hours under the same name."""

    @pytest.fixture
    def session(self, database: Database) -> Iterator[Session]:
        with database.transaction(1) as session:
            declare(session, parse(Fleet, read(FLEET)))
            by_document(session, of_the_year())
            release(session, "C", releasing(session, acts(session, "bert"), RECORDED_AT))
            yield session

    @pytest.mark.parametrize("record", [by_terms, by_document])
    def test_is_refused_when_it_is_checked_and_recorded(
        self, session: Session, record: Callable[[Session, dict[str, Any]], Version]
    ) -> None:
        hours = of_the_year("machine_hour", "2026-02-01", "hours")
        (fault,) = check(session, parse(Contract, hours))
        assert (fault.code, fault.path, fault.found, fault.expected) == (
            "state-not-opened",
            "/charges/0/rule/unit",
            "machine_hour",
            "kWh",
        )
        with pytest.raises(FaultyDocument, match="energy cannot go on"):
            record(session, hours)

    def test_is_refused_when_it_is_released_and_the_order_has_changed(self, session: Session) -> None:
        """Recorded after a version that renames the charge, released before it."""
        rename = of_the_year("kWh", "2026-02-01", continues="energy")
        rename["charges"][0]["name"] = "electricity"
        by_document(session, rename)
        by_document(session, of_the_year("machine_hour", "2026-03-01", "hours"))
        bert = releasing(session, acts(session, "bert"), RECORDED_AT)
        with pytest.raises(FaultyDocument, match="energy cannot go on"):
            release(session, "C", bert, 3)
        release(session, "C", bert, 2)
        assert release(session, "C", bert, 3).number == 3

    def test_leaves_behind_what_a_renamed_charge_carried_and_says_so(self, session: Session) -> None:
        renamed = of_the_year(day="2026-02-01")
        renamed["charges"][0]["name"] = "electricity"
        (caution,) = cautions_of(session, by_document(session, renamed))
        assert (caution.code, caution.path) == ("state-left-behind", "/charges/0")
