"""Many contracts recorded at once: the same rows as one by one, all or none where that is asked, in one tenant."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from contracts.recording.store import AppliedVersion, apply_all, apply_document, one_at_a_time
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.tenants.store import four_eyes
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import FLEET
from tests.conftest import fresh_database
from tests.contracts.checks.documents import FEE, document

AT = datetime(2025, 12, 1, tzinfo=UTC)
BY = {"recorded_by": "anna", "recorded_at": AT}
USE = {"name": "energy", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}}
UNKNOWN = USE | {"register": "kw"}
MALFORMED = {"name": "x", "rule": {"kind": "fixed_fee", "amount": "1e2"}}

#: A document of a few contracts, of few customers, good and bad in every way that one can be.
DOCUMENTS = st.builds(
    lambda reference, customer, charges, more: document(
        contract=reference, customer={"name": customer, "country": "DE"}, charges=charges, **more
    ),
    st.sampled_from(["A", "B", "C", "D"]),
    st.sampled_from(["Adler", "Bär"]),
    st.sampled_from([[FEE], [FEE], [USE], [FEE, USE], [FEE, UNKNOWN], [FEE, MALFORMED, UNKNOWN]]),
    st.sampled_from([{}, {}, {"in_force_from": "2026-02-01"}, {"in_force_from": "2026-03-01", "reason": "dearer"}, {"assets": ["no such"]}, {"zone": "Europe/Paris"}]),
)  # fmt: skip
ROWS = text("""
    select c.reference, s.name as supplier, p.name as customer, v.number, v.effective, v.recorded_by, v.released_by,
           v.recorded_at, v.released_at, v.terms, of_version.name
    from contract c join contract_version v on v.contract_id = c.id join party s on s.id = c.supplier_id
    join party p on p.id = c.customer_id join party of_version on of_version.id = v.customer_id
    order by c.reference, v.number""")


def one_by_one(session: Session, documents: Sequence[Any]) -> list[object]:
    results: list[object] = []
    for one in documents:
        try:
            version = apply_document(session, one, **BY)  # type: ignore[arg-type]
            results.append((version.contract.contract, version.number))
        except FaultyDocument as refusal:
            results.append(refusal.faults)
    return results


def together(session: Session, documents: Sequence[Any]) -> list[object]:
    return [
        (one.version.contract.contract, one.version.number) if isinstance(one, AppliedVersion) else one.faults
        for one in apply_all(session, documents, **BY)  # type: ignore[arg-type]
    ]


class Undone(Exception):
    """What was recorded is rolled back: an example leaves nothing to the next."""


@pytest.fixture(scope="module")
def fleets(server: EmbeddedServer) -> Iterator[Database]:
    """A database whose two tenants have a fleet; the second one keeps no four eyes."""
    with fresh_database(server, "recording") as access:
        with administering(access.administrator) as administrator:
            four_eyes(administrator, 2, {"by": "anna", "at": AT.isoformat(), "reason": "alone"})
        database = Database(access.app)
        for tenant in (1, 2):
            with database.transaction(tenant) as session:
                declare(session, parse(Fleet, read(FLEET)))
        yield database
        database.close()


@pytest.mark.parametrize("tenant", [1, 2], ids=["four eyes", "one pair of eyes"])
@settings(max_examples=30)
@given(documents=st.lists(DOCUMENTS, max_size=8))
def test_many_at_once_are_as_one_by_one(fleets: Database, tenant: int, documents: list[dict[str, Any]]) -> None:
    outcomes = []
    for record in (one_by_one, together):
        with pytest.raises(Undone), fleets.transaction(tenant) as session:
            results = record(session, documents)
            outcomes.append((results, [tuple(row) for row in session.execute(ROWS)]))
            raise Undone
    assert outcomes[0] == outcomes[1]


def test_the_second_tenant_sees_and_shares_nothing(fleets: Database) -> None:
    documents = [document(contract=name) for name in ("A", "B")]
    with pytest.raises(Undone), fleets.transaction(1) as session:
        together(session, documents)
        session.execute(text("select set_config('app.tenant', '2', true)"))
        assert session.execute(ROWS).all() == []
        assert together(session, documents) == [("A", 1), ("B", 1)]
        assert {row.reference for row in session.execute(ROWS)} == {"A", "B"}
        raise Undone


@pytest.mark.parametrize("order", [1, -1], ids=["in the same order", "in the opposite order"])
def test_two_at_once_of_the_same_contracts_record_each_once(database: Database, order: int) -> None:
    """The second waits until the first has committed, and finds there what it would have recorded."""
    documents = [
        document(contract=f"C-{number}", customer={"name": f"K-{number}", "country": "DE"}) for number in range(4)
    ]
    first_has_written, second_waits = threading.Event(), threading.Event()
    outcomes: dict[str, list[bool]] = {}

    def first() -> None:
        with database.transaction(1) as session:
            one_at_a_time(session)
            outcomes["first"] = new(apply_all(session, documents[:3], **BY))  # type: ignore[arg-type]
            first_has_written.set()
            second_waits.wait(30)

    def second() -> None:
        first_has_written.wait(30)
        with database.transaction(1) as session:
            threading.Timer(0.5, second_waits.set).start()
            one_at_a_time(session)
            outcomes["second"] = new(apply_all(session, documents[1:][::order], **BY))  # type: ignore[arg-type]

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == {"first": [True, True, True], "second": [False, False, True][::order]}
    with database.transaction(1) as session:
        assert [(row.reference, row.number) for row in session.execute(ROWS)] == [(f"C-{n}", 1) for n in range(4)]


def new(applied: Sequence[AppliedVersion | FaultyDocument]) -> list[bool]:
    return [isinstance(one, AppliedVersion) and one.is_new for one in applied]
