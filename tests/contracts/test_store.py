"""Recording a version: the versions before it are read once, whichever way the contract comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from api.server.database import Database
from contracts.contract import Contract
from contracts.store import Version, apply, apply_document
from quantities.document import FaultyDocument, parse
from tests.contracts.checks.documents import FEE, document

RECORDED = {"recorded_by": "anna", "recorded_at": datetime(2025, 12, 1, tzinfo=UTC)}


def by_terms(session: Session, terms: dict[str, Any]) -> Version:
    return apply(session, parse(Contract, terms), **RECORDED)  # type: ignore[arg-type]


def by_document(session: Session, terms: dict[str, Any]) -> Version:
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
        ("/charges/0/rule/fixed_fee/amount", "not-a-number"),
        ("/charges/2/register", "unknown-register"),
    ]
