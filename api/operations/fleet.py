"""The fleet as use cases: declared, read back as a document, and its registers listed or looked up by key."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from metering.fleet import store
from metering.fleet.meter import Fleet, Site
from metering.fleet.store import DeclaredCounts, NoSuchRegister, RegisterSearch, StoredRegister


def declare(session: Session, fleet: Fleet) -> DeclaredCounts:
    """Declare sites, assets, meters and registers; what is declared already must be as it was.

    Returns:
        How many of each are new.

    Raises:
        RegisterChanged: something that is declared already differs.
        NameTaken: another register has one of a register's names.
    """
    return store.declare(session, fleet)


def fleet(session: Session) -> tuple[Site, ...]:
    """Read the whole fleet back, as the document that would declare it."""
    return store.fleet(session)


def registers(session: Session, search: RegisterSearch | None = None) -> Sequence[StoredRegister]:
    """List registers with what they belong to, by key: those of a search, or all."""
    return tuple(store.registers(session).values()) if search is None else store.listed(session, search)


def find_register(session: Session, key: str) -> StoredRegister:
    """Look up one register.

    Raises:
        NoSuchRegister: there is none of that key.
    """
    return find_registers(session, [key])[key]


def find_registers(session: Session, keys: Iterable[str]) -> dict[str, StoredRegister]:
    """Look up several registers; the answer is in the order of the keys, each of them once.

    Raises:
        NoSuchRegister: there is none of one of the keys.
    """
    wanted = list(dict.fromkeys(keys))
    stored = store.registers(session, wanted)
    missing = next((key for key in wanted if key not in stored), None)
    if missing is not None:
        raise NoSuchRegister(f"there is no register {missing!r} here", found=missing)
    return {key: stored[key] for key in wanted}
