"""Registers looked up in the database when a file names them, and kept by a process until the tenant's fleet changes.

What is kept is valid for one number of changes of the fleet (``fleet_changes``), which a trigger counts up in the
transaction of the change. Each lookup asks for that number first: so a change is known to whatever begins after its
commit, in every process. Registers with dimensions are not kept, because deliveries open new series of them.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sqlalchemy import text
from sqlmodel import Session, col, select

from metering.fleet.lookup import Derived, RegisterLookup, TargetRegister
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, register_keys, registers
from metering.log.transaction import fetch
from metering.tables import RegisterRow

_NAMES_MAX = 100_000
_NAME_CHARACTERS = 100

# text: a function that returns rows for the elements of a JSON list
_DIMENSIONS = text(
    "select distinct jsonb_array_elements_text(traits->'dimensions') from register where traits ? 'dimensions'"
)


#: Asks for the number of changes of the tenant's fleet; no row: there were none.
CHANGES = "select number from fleet_changes"


@dataclass(eq=False)
class KnownRegisters:
    """What was found of a tenant's registers while its fleet was as it is.

    Attributes:
        changes: the number of changes of the fleet; -1: of none.
        by_name: the registers by key and alias; None: no register has that name.
        derived: what follows from them, by key (``RegisterLookup.derive``).
    """

    changes: int = -1
    by_name: dict[str, StoredRegister | None] = field(default_factory=dict)
    derived: RegisterLookup = field(default_factory=lambda: RegisterLookup({}))


class RegisterCache:
    """What a process knows of the registers of the tenants of one database; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_tenant: dict[int, KnownRegisters] = {}

    def of(self, session: Session, tenant: int) -> KnownRegisters:
        """What is known of the registers of a tenant, as its fleet is now.

        Args:
            session: states the tenant.
            tenant: the same.
        """
        return self.as_of(fetch(session, CHANGES, {}), tenant)

    def as_of(self, rows: Iterable[tuple[int]], tenant: int) -> KnownRegisters:
        """What is known of the registers of a tenant whose transaction has these rows of ``CHANGES``."""
        changes = next((number for (number,) in rows), 0)
        with self._lock:
            known = self._of_tenant.get(tenant)
            if known is not None and known.changes > changes:
                return KnownRegisters(changes)  # it changed since this transaction asked
            if known is None or known.changes < changes or len(known.by_name) > _NAMES_MAX:
                known = self._of_tenant[tenant] = KnownRegisters(changes)
            return known


class StoredRegisterLookup(RegisterLookup):
    """Looks up registers of a tenant in the database when first named; ``registers`` has the results, by key."""

    def __init__(self, session: Session, known: KnownRegisters | None = None) -> None:
        """Look registers up for one file.

        Args:
            session: states the tenant.
            known: what the process knows of the tenant's registers; None: nothing.
        """
        super().__init__({})
        self._session = session
        self._known = known or KnownRegisters()
        self._asked: dict[str, TargetRegister | None] = {}
        self.registers: dict[str, StoredRegister] = {}

    def derive(self, key: Hashable, make: Callable[[], Derived]) -> Derived:
        """As of every lookup; what is derived lives as long as what the process knows of the registers."""
        return self._known.derived.derive(key, make)

    def find(self, names: Iterable[str]) -> Mapping[str, TargetRegister]:
        """The registers of those names that are keys or aliases; other names are left out."""
        names = {name for name in names if "\x00" not in name}
        new = names - self._asked.keys()
        if new:
            known = self._known.by_name
            self._take({name: known[name] for name in new & known.keys()})
            unknown = new - self._asked.keys()
            if unknown:
                self._look_up(unknown)
        return {name: target for name in names if (target := self._asked[name]) is not None}

    def _look_up(self, names: set[str]) -> None:
        matching = registers(self._session, names, by_alias=True)
        of_name: dict[str, StoredRegister | None] = dict.fromkeys(names)
        for stored in matching.values():
            of_name |= dict.fromkeys((stored.register.key, *stored.register.aliases), stored)
        self._take(of_name)
        self._known.by_name.update(
            {name: stored for name, stored in of_name.items() if stored is None or not stored.register.dimensions}
        )

    def _take(self, of_name: Mapping[str, StoredRegister | None]) -> None:
        for name, stored in of_name.items():
            if stored is None:
                self._asked[name] = None
            else:
                self._asked[name] = TargetRegister(stored.register, stored.zone)
                self.registers[stored.register.key] = stored

    def nearest(self, name: str) -> list[str]:
        """The (up to three) register keys that are most similar to an unknown name."""
        return get_close_matches(name[:_NAME_CHARACTERS], register_keys(self._session), n=3)

    @property
    def dimensions(self) -> frozenset[str]:
        """The names of all dimensions of all registers."""
        return self.derive("dimensions", lambda: frozenset(self._session.execute(_DIMENSIONS).scalars()))

    @property
    def events(self) -> bool:
        """Whether some register counts rows, so that a value is optional."""
        events = select(RegisterRow.id).where(col(RegisterRow.kind) == RegisterKind.EVENT.value).limit(1)
        return self.derive("events", lambda: self._session.exec(events).first() is not None)
