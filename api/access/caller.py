"""Who calls, whichever door and whichever key: an identity of a tenant, in its role, within what its key may do."""

from dataclasses import dataclass, field
from enum import StrEnum

from api.access.roles import OF_ADMINISTRATORS, PERMISSIONS, Permission, Role
from api.refusals import Forbidden
from api.server.database import Acting


class IdentityKind(StrEnum):
    """What an identity is."""

    PERSON = "person"
    PROGRAM = "program"  # delivers and reads; what two must see, a program neither prepares nor releases
    ACCOUNT = "account"  # of the operating system, at the command line: it tells no person from another


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes:
        tenant: whose data.
        identity: the number of whoever it is.
        name: of the identity; what it does is recorded under it.
        kind: a person, a program or an account.
        role: what it is to the tenant.
        party: for whom it speaks, in a role of a party.
        contract: which it sees, in a role of one contract.
        administers: whether it manages the people of its party.
        scope: what its key may do at most; None: all that the role may.
        key: by which key it came, as lists of keys name it.
    """

    tenant: int
    identity: int
    name: str
    kind: IdentityKind
    role: Role
    party: int | None = None
    contract: int | None = None
    administers: bool = False
    scope: frozenset[Permission] | None = None
    key: str = field(default="", compare=False)

    @property
    def is_customer(self) -> bool:
        """Whether it speaks for one party, or sees one contract, and so neither margins nor what is not released."""
        return self.party is not None or self.contract is not None

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that it may do with this key."""
        of_role = PERMISSIONS[self.role] | (OF_ADMINISTRATORS if self.administers else frozenset())
        return of_role if self.scope is None else of_role & self.scope

    @property
    def acting(self) -> Acting:
        """What a transaction states of it, besides the tenant and the party."""
        return Acting(self.identity, self.role.value, self.contract)

    def needs(self, *any_of: Permission) -> None:
        """Refuse what the caller may not do; this is the one place where it is asked.

        Args:
            any_of: the operation's permissions, of which one is enough; none where anybody who is known may.

        Raises:
            Forbidden: it may do none of them.
        """
        if not any_of or not self.permissions.isdisjoint(any_of):
            return
        asked, expected = " or ".join(any_of), list(map(str, any_of))
        if self.scope is None or PERMISSIONS[self.role].isdisjoint(any_of):
            raise Forbidden(f"the role {self.role} does not include {asked}", found=self.role.value, expected=expected)
        raise Forbidden(f"this key does not include {asked}", found=sorted(map(str, self.scope)), expected=expected)
