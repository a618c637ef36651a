"""Grants of machines: a customer lets a third party see the use of one machine, and takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, func, select

from api.access.identities import find
from api.access.roles import Role
from api.access.tables import IdentityRow, MachineGrantRow
from metering.tables import AssetRow
from quantities.errors import Conflict, Invalid, NotFound


class UnknownGrant(NotFound):
    """There is no such grant."""


class UnknownMachine(NotFound):
    """There is no machine of that name in a contract of yours."""


class NotAThirdParty(Invalid):
    """A machine can be granted to a third party only."""


class AlreadyGranted(Conflict):
    """The machine is granted to the third party already."""


class GrantRevoked(Conflict):
    """The grant is revoked already."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A machine that a third party may see.

    Attributes:
        id: its number.
        name: of the third party.
        machine: the name of the asset.
        granted_at: since when.
        revoked_at: until when; None while it is in force.
    """

    id: int
    name: str
    machine: str
    granted_at: datetime
    revoked_at: datetime | None


def grant_machine(session: Session, name: str, machine: str, at: datetime) -> Grant:
    """Let a third party see the use of a machine of one's contracts.

    Args:
        session: states the tenant, and the party and role of the customer that grants.
        name: of the third party.
        machine: the name of the asset; a released version of one of the customer's contracts names it, or one of its
            registers.
        at: the instant.

    Raises:
        UnknownIdentity: nobody of the customer's has the name.
        NotAThirdParty: whoever has the name is none.
        UnknownMachine: no contract of the customer is of such a machine.
        AlreadyGranted: it is granted to the same third party.
    """
    identity = find(session, name)
    if identity.role is not Role.THIRD_PARTY:
        expected = Role.THIRD_PARTY.value
        raise NotAThirdParty(f"{identity.name!r} is a {identity.role}", found=identity.role.value, expected=expected)
    see_machines(session)
    asset = session.exec(select(AssetRow.id).where(AssetRow.name == machine)).one_or_none()
    if asset is None:
        raise UnknownMachine(f"there is no machine {machine!r} in a contract of yours", found=machine)
    in_force = select(MachineGrantRow.id).where(
        MachineGrantRow.identity == identity.id,
        MachineGrantRow.asset_id == asset,
        col(MachineGrantRow.revoked_at).is_(None),
    )
    known = session.exec(in_force).one_or_none()
    if known is not None:
        detail = f"{identity.name!r} sees {machine!r} by grant {known}"
        raise AlreadyGranted(detail, found=machine, expected="a machine that is not granted yet")
    party = select(IdentityRow.party).where(IdentityRow.id == identity.id).scalar_subquery()
    made = session.execute(
        insert(MachineGrantRow)
        .values(identity=identity.id, asset_id=asset, party=party, granted_at=at)
        .returning(col(MachineGrantRow.id))
    ).scalar_one()
    return Grant(made, identity.name, machine, at, None)


def revoke_grant(session: Session, number: int, at: datetime) -> Grant:
    """Let a third party see a machine no more, from its next request on.

    Raises:
        UnknownGrant: the caller has made none of that number.
        GrantRevoked: it is revoked already.
    """
    chosen = select(MachineGrantRow).where(MachineGrantRow.id == number).with_for_update()
    row = session.exec(chosen).one_or_none()
    if row is None:
        raise UnknownGrant(f"there is no grant {number}", found=number)
    if row.revoked_at is not None:
        detail = f"grant {number} was revoked at {row.revoked_at.isoformat()}"
        raise GrantRevoked(detail, found=number, expected="a grant in force")
    row.revoked_at = at
    session.add(row)
    session.flush()
    return next(grant for grant in grants(session) if grant.id == number)


def grants(session: Session) -> Sequence[Grant]:
    """List the grants that the caller may see, in the order of their making; revoked ones stay listed."""
    see_machines(session)
    rows = session.exec(
        select(MachineGrantRow, IdentityRow.name, AssetRow.name)
        .join(
            IdentityRow,
            (col(IdentityRow.tenant) == MachineGrantRow.tenant) & (col(IdentityRow.id) == MachineGrantRow.identity),
        )
        .outerjoin(  # a machine may have left the customer's contracts since
            AssetRow,
            (col(AssetRow.tenant) == MachineGrantRow.tenant) & (col(AssetRow.id) == MachineGrantRow.asset_id),
        )
        .order_by(col(MachineGrantRow.id))
    )
    return [Grant(row.id, name, machine or "", row.granted_at, row.revoked_at) for row, name, machine in rows]


def see_machines(session: Session) -> None:
    """Let a customer see, in the rest of the transaction, the machines and indices that its released contracts name.

    Most of what a customer asks needs none of them, and naming them takes the terms of all its contracts: so the walls
    hide them until they are asked for. Of any other role this changes nothing.
    """
    session.execute(select(func.see_own_machines()))
