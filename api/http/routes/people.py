"""Who may call: identities and their keys; and whom a request speaks for."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.caller import IdentityKind
from api.access.identities import Identity, NewIdentity
from api.access.keys import Key, MadeKey
from api.access.roles import Permission, Role
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonBoolean, JsonInteger, WrittenInstant
from api.http.paging import asked, page
from api.http.repeats import KeptBy
from api.http.work_route import WorkRoute, takes
from api.operations import people
from api.operations.short_lists import KEYS, USERS, KeyQuery, UserQuery
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["people"], route_class=WorkRoute)

_DAY_HOURS, _OVERLAP_HOURS_MAX = 24, 24 * 90


class RecoveryOut(BaseModel):
    """A key that an administrator has made for an owner who lost theirs; shown to every owner for 30 days."""

    name: str
    key: str
    made_at: datetime
    reason: str


class CallerOut(BaseModel):
    """Whom a request speaks for, and what it may do."""

    name: str
    kind: IdentityKind
    role: Role
    party: str | None
    contract: str | None
    administers: bool
    key: str
    permissions: list[Permission]
    recoveries: Annotated[
        list[RecoveryOut], Field(description="To owners: recovered keys that no other owner has looked at yet.")
    ]


class NewIdentityIn(BaseModel):
    """A person or a program; a customer's administrator makes those of its own party."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    role: Role
    kind: IdentityKind = IdentityKind.PERSON
    party: Name | None = None
    contract: Name | None = None
    administers: JsonBoolean = False
    with_key: Annotated[JsonBoolean, Field(description="Make its first key as well, which is answered once.")] = True


class IdentityOut(BaseModel):
    """Someone who acts."""

    id: int
    name: str
    kind: IdentityKind
    role: Role
    party: str | None
    contract: str | None
    administers: bool
    created_at: datetime
    disabled_at: datetime | None
    waits: bool
    created_by: str | None


class MadeKeyOut(BaseModel):
    """A key that was made: this is the only time that it is answered."""

    id: str
    key: str
    waits: Annotated[bool, Field(description="Whether another owner must release it before it works.")]


class EnrolledOut(IdentityOut):
    """An identity that was made, and its first key."""

    key: MadeKeyOut | None


class NewKeyIn(BaseModel):
    """Whose key, what it may do at most, and when it ends by itself."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    scope: Annotated[list[Permission], Field(min_length=1)] | None = None
    expires_at: WrittenInstant | None = None


class RotationIn(BaseModel):
    """For how long the key before works on."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[JsonInteger, Field(ge=0, le=_OVERLAP_HOURS_MAX)] = _DAY_HOURS


class KeyOut(BaseModel):
    """A key by its first characters, and whose it is."""

    id: str
    name: str
    scope: list[Permission] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    waits: bool
    created_by: str | None


class ReleasedIdentityOut(IdentityOut):
    """Somebody who was released, and the keys that were released with it: none else."""

    released: list[KeyOut]


@router.get("/whoami")
def get_whoami(call: Annotated[StatedCall, needs()]) -> CallerOut:
    """Say whom the request speaks for, and what it may do."""
    caller = call.caller
    identity = people.identity_of(call.session, caller)
    return CallerOut(
        name=caller.name,
        kind=caller.kind,
        role=caller.role,
        party=identity.party,
        contract=identity.contract,
        administers=caller.administers,
        key=caller.key,
        permissions=sorted(caller.permissions),
        recoveries=[
            RecoveryOut.model_validate(made, from_attributes=True)
            for made in people.recoveries(call.session, caller, now=call.now)
        ],
    )


@router.post("/users", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def create_user(call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], new: NewIdentityIn) -> EnrolledOut:
    """Make an identity and its first key; where there are two owners, another one releases both."""
    named = NewIdentity(**new.model_dump(exclude={"with_key"}))
    made = people.create_identity(call.session, named, at=call.now, of_party=call.caller.party)
    key = people.create_key(call.session, made.name, at=call.now) if new.with_key else None
    return EnrolledOut(**asdict(made), key=None if key is None else _made_out(key))


_USERS, _KEYS = TypeAdapter(list[IdentityOut]), TypeAdapter(list[KeyOut])


@router.get("/users")
def list_users(
    call: Annotated[StatedCall, needs(Permission.PEOPLE_READ)],
    request: Request,
    query: Annotated[UserQuery, asked(UserQuery)],
) -> list[IdentityOut]:
    """List who may call in pages, by name; a customer's administrator sees its party's."""
    listed = USERS.page(people.list_identities(call.session), query)
    return page(request, _USERS, listed, _identity_out)  # type: ignore[return-value] # with a header


@router.post("/users/{name}/disable")
def disable_user(call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], name: str) -> IdentityOut:
    """Let none of somebody's keys work any more; what they did stays theirs, and so does the name."""
    return _identity_out(people.disable_identity(call.session, name, at=call.now, by=call.caller.identity))


@router.post("/users/{name}/release")
def release_user(call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], name: str) -> ReleasedIdentityOut:
    """Release somebody whom another owner made, and the keys that others made for them: each is answered by its id."""
    released = people.release_identity(call.session, name, at=call.now, by=call.caller.identity)
    return ReleasedIdentityOut(**asdict(released.identity), released=[_key_out(key) for key in released.keys])


@router.post("/keys", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def create_key(call: Annotated[StatedCall, needs(Permission.KEYS_WRITE)], new: NewKeyIn) -> MadeKeyOut:
    """Make a key and answer it, once; only its hash is kept."""
    made = people.create_key(call.session, new.name, scope=new.scope, expires_at=new.expires_at, at=call.now)
    return _made_out(made)


@router.get("/keys")
def list_keys(
    call: Annotated[StatedCall, needs(Permission.PEOPLE_READ)],
    request: Request,
    query: Annotated[KeyQuery, asked(KeyQuery)],
) -> list[KeyOut]:
    """List keys in pages, by whose they are; a key is named by its first characters."""
    return page(request, _KEYS, KEYS.page(people.list_keys(call.session), query), _key_out)  # type: ignore[return-value] # with a header


@router.post("/keys/{key_id}/revoke")
def revoke_key(call: Annotated[StatedCall, needs(Permission.KEYS_WRITE)], key_id: str) -> KeyOut:
    """End a key."""
    return _key_out(people.revoke_key(call.session, key_id, at=call.now))


@router.post("/keys/{key_id}/release")
def release_key(call: Annotated[StatedCall, needs(Permission.KEYS_WRITE)], key_id: str) -> KeyOut:
    """Release one key that another owner made: now it works."""
    return _key_out(people.release_key(call.session, key_id, at=call.now, by=call.caller.identity))


@router.post("/keys/{key_id}/rotate", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def rotate_key(call: Annotated[StatedCall, needs(Permission.KEYS_WRITE)], key_id: str, asked: RotationIn) -> MadeKeyOut:
    """Make a key in the place of another, which works on for a while, so that there is no gap."""
    overlap = timedelta(hours=asked.overlap_hours)
    return _made_out(people.rotate_key(call.session, key_id, overlap=overlap, at=call.now))


def _identity_out(identity: Identity) -> IdentityOut:
    return IdentityOut(**asdict(identity))


def _made_out(made: MadeKey) -> MadeKeyOut:
    return MadeKeyOut(**asdict(made))


def _key_out(key: Key) -> KeyOut:
    return KeyOut(**asdict(key))
