"""Contracts checked with a database: against the declared fleet, the recorded indices and the versions before them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlmodel import Session

from contracts.checks.amending import faults_of_amending
from contracts.checks.fleet import NO_SUCH_ASSET, NO_SUCH_REGISTER, faults_against_fleet
from contracts.checks.spelling import most_like, unknown_name
from contracts.contract import Contract
from contracts.indexation.store import faults_of_indices
from metering.fleet.meter import Register
from metering.fleet.store import asset_names, declared_assets, register_keys, registers
from quantities.document import Fault, FaultyDocument

#: For so many unknown names of one kind the nearest spelling is looked for: beyond, another fault is behind them all.
_SPELLINGS_MAX = 20


class _Spellings:
    """The known name that is most like another; all names are read once, and only where one is unknown."""

    def __init__(self, read_names: Callable[[], Sequence[str]]) -> None:
        self._read_names = read_names
        self._names: Sequence[str] | None = None
        self._nearest: dict[str, str] = {}

    def nearest(self, name: str) -> str:
        if self._names is None:
            self._names = self._read_names()
        if name not in self._nearest and len(self._nearest) < _SPELLINGS_MAX:
            self._nearest[name] = most_like(name, self._names)
        return self._nearest.get(name, "")


class _Registers(_Spellings, Mapping[str, Register]):
    """The declared registers among those that contracts name, by key."""

    def __init__(self, session: Session, keys: set[str]) -> None:
        super().__init__(lambda: register_keys(session))
        self._declared = {key: stored.register for key, stored in registers(session, keys).items()} if keys else {}

    def __getitem__(self, key: str) -> Register:
        return self._declared[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)


class _Assets(_Spellings):
    """The declared assets among those that contracts name."""

    def __init__(self, session: Session, names: set[str]) -> None:
        super().__init__(lambda: sorted(asset_names(session)))
        self._declared = declared_assets(session, names) if names else frozenset()

    def __contains__(self, name: object) -> bool:
        return name in self._declared


def refuse_other_fleet(session: Session, contract: Contract) -> None:
    """Refuse a contract that names what the tenant's fleet does not have, or not in that form.

    Raises:
        FaultyDocument: it does; with all such faults.
    """
    known, assets = _Registers(session, set(contract.registers)), _Assets(session, set(contract.assets))
    faults = tuple(faults_against_fleet(contract, known, assets))
    if faults:
        raise FaultyDocument(faults)


def faults_of_named(session: Session, named: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Find what is named and not declared, of parts that cannot be read any further.

    Args:
        session: states the tenant.
        named: registers and assets, each with its place in the document.
    """
    of_assets = [(path, name) for path, name in named if path.startswith("/assets/")]
    of_registers = [(path, key) for path, key in named if not path.startswith("/assets/")]
    assets, known = (
        _Assets(session, {name for _, name in of_assets}),
        _Registers(session, {key for _, key in of_registers}),
    )
    for path, name in of_assets:
        if name not in assets:
            yield unknown_name(path, "unknown-asset", NO_SUCH_ASSET, name, assets)
    for path, key in of_registers:
        if key not in known:
            yield unknown_name(path, "unknown-register", NO_SUCH_REGISTER, key, known)


def faults_of_all(session: Session, checked: Sequence[tuple[Contract, Sequence[Contract]]]) -> list[tuple[Fault, ...]]:
    """Check contracts that do not contradict themselves: all faults of each at once, in their order.

    What they name is read together, by a few statements however many they are.

    Args:
        session: states the tenant.
        checked: the versions to check, each with the versions before it, oldest first.
    """
    contracts = [contract for contract, _ in checked]
    known = _Registers(session, {key for contract in contracts for key in contract.registers})
    assets = _Assets(session, {name for contract in contracts for name in contract.assets})
    of_indices = faults_of_indices(session, contracts)
    return [
        (*faults_against_fleet(contract, known, assets), *index_faults, *faults_of_amending(earlier, contract))
        for (contract, earlier), index_faults in zip(checked, of_indices, strict=True)
    ]
