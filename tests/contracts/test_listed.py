"""Contracts listed by state, kind of price and day: by SQL, as the terms say it in Python."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.operations.contracts import states_at
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from contracts.contract import Contract
from contracts.contract_query import ContractQuery, VersionQuery, rule_kinds
from contracts.life import ContractState
from contracts.listed import listed, versions_listed
from contracts.recording.store import apply
from contracts.release.store import releasing
from contracts.store import Version, release
from quantities.document import parse
from quantities.errors import UsufructError
from quantities.listing import UnknownSort
from quantities.period import zone
from tests.build import acts
from tests.conftest import application_pool, world_copy
from tests.contracts.checks.documents import FEE, document

RECORDED = {"recorded_by": "anna", "recorded_at": datetime(2025, 12, 1, tzinfo=UTC)}
PER_UNIT = {"name": "energy", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}}
MILESTONES = {"quoted": "2025-10-01", "signed": "2025-11-01", "installed": "2025-12-01", "accepted": "2025-12-15"}
RENEWED = {"months": 12, "notice_days": 90, "notice": "2027-11-05"}
#: Each contract by its reference: of its terms what matters here.
CONTRACTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "ends": {"ends": "2027-01-01"},
    "renewed": {"ends": "2027-01-31", "extension": {"months": 1, "notice_days": 30, "notice": "2027-03-15"}},
    "renewed by years": {"ends": "2027-01-01", "extension": RENEWED},
    "renewed for ever": {"ends": "2027-01-01", "extension": {"months": 12}},
    "noticed early": {"ends": "2028-02-29", "extension": {"months": 12, "notice": "2026-01-02"}},
    "suspended": {"suspensions": [{"first": "2026-03-01", "after_last": "2026-04-01"}]},
    "milestones": {"milestones": MILESTONES},
    "ramp": {"milestones": {"signed": "2025-12-01", "ramp_until": "2026-06-01"}},
    "signed": {"milestones": {"signed": "2025-12-31"}, "starts": "2027-01-01"},
    "west": {"zone": "Pacific/Pago_Pago"},
    "east": {"zone": "Pacific/Kiritimati", "ends": "2026-07-01"},
}


def many(access: Access) -> None:
    with application_pool(access) as database, database.transaction(1) as session:
        for name, parts in CONTRACTS.items():
            acts(session, "anna")
            apply(session, parse(Contract, document(contract=name, **parts)), **RECORDED)  # type: ignore[arg-type]
            if name not in {"signed", "noticed early"}:
                acts(session, "bert")
                release(session, name, releasing(session, "bert", RECORDED["recorded_at"]))  # type: ignore[arg-type]
        acts(session, "anna")
        amended = document(contract="plain", in_force_from="2026-05-01", charges=[{**FEE, "name": "other"}])
        apply(session, parse(Contract, amended), **RECORDED)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Database]:
    copied = world_copy(server, "contracts in every state", many, "listed contracts")
    with copied as (access, _), application_pool(access) as database:
        yield database


@pytest.fixture(scope="module")
def newest(database: Database) -> dict[bool, tuple[Version, ...]]:
    """The newest version of each contract, and by ``True`` the newest that is released."""
    with database.transaction(1) as session:
        return {
            released: listed(session, ContractQuery(), datetime.now(UTC), released_only=released).rows
            for released in (False, True)
        }


def names(database: Database, at: datetime, *, released_only: bool = False, **asked: Any) -> list[str]:
    with database.transaction(1) as session:
        page = listed(session, ContractQuery(**asked), at, released_only=released_only)
    return [version.contract.contract for version in page.rows]


INSTANTS = st.integers(0, 1500 * 24).map(lambda hours: datetime(2025, 9, 1, tzinfo=UTC) + timedelta(hours=hours))
EDGES = st.sampled_from([
    *(datetime(year, month, day, hour, tzinfo=UTC) for year, month, day in (
        (2025, 10, 1), (2025, 12, 15), (2025, 12, 31), (2026, 1, 1), (2026, 3, 1), (2026, 3, 31), (2026, 4, 1),
        (2026, 6, 1), (2026, 7, 1), (2026, 6, 30), (2027, 1, 1), (2027, 4, 30), (2027, 5, 1), (2028, 2, 29), (2029, 1, 1),
    ) for hour in (0, 9, 10, 11, 13, 23)),
])  # fmt: skip


RUNNING = {ContractState.RAMP, ContractState.RUNNING, ContractState.SUSPENDED}


def state_at(version: Version, at: datetime, counted: Any) -> ContractState:
    """What the terms say of the day, unless no version of the contract is released."""
    if version.contract_id not in {released.contract_id for released in counted}:
        return ContractState.WAITING
    return version.contract.state_on(at.astimezone(zone(version.contract.zone)).date())


class TestStates:
    @given(at=INSTANTS | EDGES, state=st.sampled_from(ContractState), released=st.sampled_from((False, True)))
    @settings(max_examples=50)
    def test_a_contract_is_in_the_state_that_its_terms_say(
        self, database: Database, newest: Any, at: datetime, state: ContractState, *, released: bool
    ) -> None:
        told = [
            version.contract.contract for version in newest[released] if state_at(version, at, newest[True]) is state
        ]
        assert names(database, at, state=state, released_only=released) == told

    def test_every_state_occurs(self, newest: Any) -> None:
        """So that the comparison above is one of every branch."""
        days = [datetime(2025, 9, 1, tzinfo=UTC) + timedelta(days=day) for day in range(0, 1500, 9)]
        assert {state_at(version, at, newest[True]) for at in days for version in newest[False]} == set(ContractState)

    def test_those_in_a_state_are_counted(self, database: Database) -> None:
        with database.transaction(1) as session:
            at = datetime(2026, 3, 15, tzinfo=UTC)
            page = listed(session, ContractQuery(total=True, limit=1, state=ContractState.RUNNING), at)
        assert (len(page.rows), page.count) == (1, 8)


class TestInForce:
    @given(at=INSTANTS | EDGES)
    @settings(max_examples=30)
    def test_a_released_version_is_billed_on_the_day(self, database: Database, newest: Any, at: datetime) -> None:
        day = at.date()
        told = [version.contract.contract for version in newest[True] if version.contract.state_on(day) in RUNNING]
        assert names(database, at, in_force_on=day) == told

    def test_what_waits_is_in_force_on_no_day(self, database: Database) -> None:
        assert "noticed early" not in names(database, datetime.now(UTC), in_force_on=date(2027, 6, 1))
        assert names(database, datetime.now(UTC), state="waiting") == ["noticed early", "signed"]

    def test_the_states_of_versions_are_those_that_they_are_found_by(self, database: Database, newest: Any) -> None:
        at = datetime(2026, 6, 1, 10, tzinfo=UTC)
        with database.transaction(1) as session:
            shown = states_at(session, newest[False], at)
        assert shown == [state_at(version, at, newest[True]) for version in newest[False]]
        assert shown.count(ContractState.WAITING) == 2


class TestKinds:
    def test_a_kind_of_price_is_one_of_the_newest_version(self, database: Database) -> None:
        assert names(database, datetime.now(UTC), kind="fixed_fee") == sorted(CONTRACTS)
        assert names(database, datetime.now(UTC), kind="per_unit") == []

    def test_every_rule_has_a_kind_and_others_are_refused(self) -> None:
        assert {"fixed_fee", "graduated", "savings_share", "time_of_use"} < set(rule_kinds())
        with pytest.raises(ValueError, match="one of these kinds: age, "):
            ContractQuery(kind="fixed fee")


class TestVersions:
    def asked(self, database: Database, **query: Any) -> list[int]:
        with database.transaction(1) as session:
            page = versions_listed(session, "plain", VersionQuery(total=True, **query))
        return [version.number for version in page.rows]

    def test_they_are_filtered_sorted_and_paged(self, database: Database) -> None:
        assert self.asked(database) == [1, 2]
        assert self.asked(database, sort="-effective") == [2, 1]
        assert self.asked(database, waiting=True) == [2]
        assert self.asked(database, waiting=False) == [1]
        assert self.asked(database, effective_by="2026-04-30") == [1]
        assert self.asked(database, effective_by="2026-05-01") == [1, 2]
        with database.transaction(1) as session:
            first = versions_listed(session, "plain", VersionQuery(limit=1))
            second = versions_listed(session, "plain", VersionQuery(limit=1, after=first.after))
        assert [page.rows[0].number for page in (first, second)] == [1, 2]
        assert first.after
        assert not second.after

    def test_there_is_no_other_order(self, database: Database) -> None:
        with database.transaction(1) as session, pytest.raises(UnknownSort):
            versions_listed(session, "plain", VersionQuery(sort="name"))
        with database.transaction(1) as session, pytest.raises(UsufructError, match="no contract 'none'"):
            versions_listed(session, "none", VersionQuery())
