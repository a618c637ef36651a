"""The chain as arithmetic: what is sealed verifies, and whatever is changed of it is named where it is."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit.chain import (
    AuditEntry,
    AuditSeal,
    ChainFault,
    FaultKind,
    beginning,
    faults_in,
    seal_after,
    start_after,
)
from api.audit.note import salted

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Chain = list[tuple[AuditSeal, AuditEntry | None]]


def an_entry(number: int, tenant: int = 1) -> AuditEntry:
    salt = bytes([number % 256]) * 16
    return AuditEntry(
        tenant=tenant,
        xact=100 + number,
        id=UUID(int=number),
        at=AT + timedelta(seconds=number),
        identity=7,
        key="usu_12345678",
        door="http",
        operation="POST /v1/indices",
        object=f"number={number}",
        body_sha256=hashlib.sha256(b"body").digest(),
        address="10.0.0.7",
        address_salt=salt,
        address_sha256=salted(salt, "10.0.0.7"),
    )


def a_chain(length: int, tenant: int = 1) -> Chain:
    before, chain = beginning(tenant), Chain()
    for number in range(1, length + 1):
        entry = an_entry(number, tenant)
        seal = seal_after(before, entry)
        chain.append((seal, entry))
        before = start_after(seal)
    return chain


def kinds(chain: Chain, tenant: int = 1) -> list[tuple[FaultKind, int | None]]:
    faults = sorted(faults_in(beginning(tenant), chain), key=lambda fault: fault.position or 0)
    return [(fault.kind, fault.position) for fault in faults]


def test_a_chain_can_be_recomputed_by_whoever_reads_what_it_says_of_itself() -> None:
    """By hand, without the product: hashes over JSON as the module says."""
    (seal, entry), *_ = a_chain(1)
    assert entry is not None
    said = [
        1, 1, "2026-03-01T12:00:01.000000+00:00", 7, "usu_12345678", "http", "POST /v1/indices", "number=1",
        hashlib.sha256(b"body").hexdigest(), hashlib.sha256(b"\x01" * 16 + b"10.0.0.7").hexdigest(),
    ]  # fmt: skip
    content = hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).digest()
    place = b'[1,101,"00000000-0000-0000-0000-000000000001"]'
    assert seal.content_sha256 == content
    assert seal.hash == hashlib.sha256(hashlib.sha256(b"usufruct audit 1").digest() + content + place).digest()


def test_what_is_sealed_has_no_fault() -> None:
    assert kinds(a_chain(20)) == []


def test_the_chain_of_another_tenant_is_none_of_this_one() -> None:
    assert kinds(a_chain(3, tenant=2))[0] == (FaultKind.SEAL_CHANGED, 1)


@pytest.mark.parametrize("change", [
    {"at": AT}, {"identity": 8}, {"identity": None}, {"key": None}, {"door": "command line"}, {"operation": "x"},
    {"object": "number=4"}, {"body_sha256": None}, {"address": "10.0.0.8"}, {"address_salt": b"x" * 16},
    {"address_sha256": b"x" * 32}, {"address": None}, {"tenant": 2},
], ids=str)  # fmt: skip
def test_an_entry_that_says_something_else_is_named(change: dict[str, object]) -> None:
    chain = a_chain(9)
    seal, entry = chain[4]
    assert entry is not None
    chain[4] = (seal, replace(entry, **change))  # type: ignore[arg-type] # one of its fields
    assert kinds(chain) == [(FaultKind.CHANGED, 5)]


def test_an_address_that_is_erased_with_its_salt_is_no_fault() -> None:
    chain = a_chain(9)
    seal, entry = chain[4]
    assert entry is not None
    chain[4] = (seal, replace(entry, address=None, address_salt=None))
    assert kinds(chain) == []


def test_an_entry_that_is_gone_is_named() -> None:
    chain = a_chain(9)
    chain[4] = (chain[4][0], None)
    assert kinds(chain) == [(FaultKind.REMOVED, 5)]


def test_two_entries_in_each_others_place_are_named() -> None:
    chain = a_chain(9)
    (first, one), (second, other) = chain[2], chain[6]
    assert one is not None
    assert other is not None
    chain[2] = (first, replace(other, id=one.id, xact=one.xact))
    chain[6] = (second, replace(one, id=other.id, xact=other.xact))
    assert kinds(chain) == [(FaultKind.SWAPPED, 3), (FaultKind.SWAPPED, 7)]


def test_a_seal_that_is_gone_is_named_at_its_place() -> None:
    chain = a_chain(9)
    del chain[4]
    assert kinds(chain) == [(FaultKind.SEAL_REMOVED, 5)]


@given(st.integers(1, 30), st.data())
def test_no_byte_of_any_seal_changes_unseen(length: int, draw: st.DataObject) -> None:
    chain = a_chain(length)
    at = draw.draw(st.integers(0, length - 1))
    seal, entry = chain[at]
    which = draw.draw(st.sampled_from(("content_sha256", "hash", "xact", "entry")))
    changed: object
    if which in ("content_sha256", "hash"):
        byte = draw.draw(st.integers(0, 31))
        bits = getattr(seal, which)
        changed = bits[:byte] + bytes([bits[byte] ^ draw.draw(st.integers(1, 255))]) + bits[byte + 1 :]
    else:
        changed = seal.xact + 1 if which == "xact" else UUID(int=99)
    chain[at] = (replace(seal, **{which: changed}), entry)  # type: ignore[arg-type] # of its own kind
    assert (FaultKind.SEAL_CHANGED, at + 1) in kinds(chain)


def test_a_chain_that_is_sealed_anew_after_a_change_verifies_and_so_has_to_be_anchored() -> None:
    """Whoever may write all rows may write all hashes: what this cannot see, an anchor outside does."""
    before, forged = beginning(1), Chain()
    for _, entry in a_chain(5):
        assert entry is not None
        changed = replace(entry, object="forged")
        seal = seal_after(before, changed)
        forged.append((seal, changed))
        before = start_after(seal)
    assert kinds(forged) == []
    assert forged[-1][0].hash != a_chain(5)[-1][0].hash


def test_one_fault_is_not_the_fault_of_all_that_follow() -> None:
    chain = a_chain(50)
    chain[10] = (replace(chain[10][0], hash=b"x" * 32), chain[10][1])
    assert kinds(chain) == [(FaultKind.SEAL_CHANGED, 11), (FaultKind.SEAL_CHANGED, 12)]


def test_a_fault_names_its_entry() -> None:
    chain = a_chain(3)
    chain[1] = (chain[1][0], None)
    assert list(faults_in(beginning(1), chain)) == [ChainFault(FaultKind.REMOVED, 2, UUID(int=2))]
