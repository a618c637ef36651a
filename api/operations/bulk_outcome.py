"""What became of many contracts that were recorded at once, as both doors show it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from api.operations.contracts import effect_in_words
from billing.documents.views import RepricedOut, repriced_out
from billing.previews.repricing import Repricing
from quantities.counted import agrees, counted
from quantities.errors import UsufructError, slug

_SHOWN = 20
_NAMED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class RefusedContract:
    """A contract that is not recorded, with its place and the reason."""

    place: str
    reason: UsufructError


@dataclass(frozen=True, slots=True)
class ContractOfMany:
    """A contract that is recorded, with its place; its terms are not held, for there may be very many.

    Attributes:
        place: where its document stands.
        contract: its reference.
        version: the number of the version.
        effective: the first day on which it applies.
        released_by: who released it; None while it waits.
        is_new: whether the version is new; the same terms again record nothing.
        warnings: what it leaves behind of the versions before it.
        reprices: what it changes of what is billed, from the moment on that it counts.
    """

    place: str
    contract: str
    version: int
    effective: date
    released_by: str | None
    is_new: bool
    warnings: tuple[str, ...] = ()
    reprices: Repricing = field(default_factory=Repricing)


@dataclass
class Outcome:
    """What became of many contracts, in the order of their documents."""

    recorded: list[ContractOfMany] = field(default_factory=list)
    refused: list[RefusedContract] = field(default_factory=list)

    def __iadd__(self, other: "Outcome") -> Self:
        self.recorded += other.recorded
        self.refused += other.refused
        return self

    @property
    def new(self) -> int:
        """How many versions are new."""
        return sum(contract.is_new for contract in self.recorded)

    @property
    def waiting(self) -> int:
        """How many of the new versions wait for another person's release."""
        return sum(contract.is_new and contract.released_by is None for contract in self.recorded)

    def out(self) -> "BulkOut":
        """Show it to programs."""
        return BulkOut(
            new=self.new,
            unchanged=len(self.recorded) - self.new,
            waiting=self.waiting,
            refused=len(self.refused),
            contracts=[_contract_out(contract) for contract in self.recorded],
            refusals=[_refusal_out(contract) for contract in self.refused],
        )

    def refusal(self, kind: type[UsufructError]) -> UsufructError:
        """Make the error that names what is refused: the first of them in words, a thousand for programs."""
        total = len(self.refused) + len(self.recorded)
        lines = [f"{contract.place}: {line}" for contract in self.refused for line in _lines(contract)]
        more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        are = agrees(len(self.refused), "is", "are")
        first = f"{len(self.refused)} of {counted(total, 'contract')} {are} refused:"
        text = "\n".join((first, *lines[:_SHOWN], *more))
        refusals = [_refusal_out(contract).model_dump(mode="json") for contract in self.refused[:_NAMED_AT_MOST]]
        return kind(text, refused=len(self.refused), of=total, refusals=refusals)

    def in_words(self) -> list[str]:
        """Say what a person should look at of what is recorded, and what is refused: the first of both."""
        lines = [line for contract in self.recorded for line in _in_words(contract)]
        lines += [f"{contract.place}: {line}" for contract in self.refused for line in _lines(contract)]
        more = [f"  … and {len(lines) - _SHOWN} more; --json has all"] if len(lines) > _SHOWN else []
        return [*(f"  {line}" for line in lines[:_SHOWN]), *more]


class RefusedContractOut(BaseModel):
    """A contract that is not recorded: where it stands, and why."""

    place: str
    type: str
    detail: str
    faults: Annotated[list[dict[str, str]], Field(exclude_if=lambda faults: not faults)] = []


class ContractOfManyOut(BaseModel):
    """A contract that is recorded: where it stands, and its version; the same terms again are nothing new."""

    place: str
    contract: str
    version: int
    is_new: bool
    effective: date
    released_by: str | None
    warnings: Annotated[list[str], Field(exclude_if=lambda warnings: not warnings)] = []
    reprices: Annotated[list[RepricedOut], Field(exclude_if=lambda documents: not documents)] = []
    holds: Annotated[str, Field(exclude_if=lambda fault: not fault)] = ""


class BulkOut(BaseModel):
    """What became of many contracts.

    So many versions are new, so many contracts had the same terms before, so many new versions wait for another
    person's release; and each contract with its place.
    """

    new: int
    unchanged: int
    waiting: int
    refused: int
    contracts: list[ContractOfManyOut]
    refusals: list[RefusedContractOut]


def _contract_out(contract: ContractOfMany) -> ContractOfManyOut:
    return ContractOfManyOut(
        place=contract.place,
        contract=contract.contract,
        version=contract.version,
        is_new=contract.is_new,
        effective=contract.effective,
        released_by=contract.released_by,
        warnings=list(contract.warnings),
        reprices=[repriced_out(document) for document in contract.reprices.documents],
        holds=contract.reprices.fault,
    )


def _refusal_out(contract: RefusedContract) -> RefusedContractOut:
    faults: Any = contract.reason.members.get("faults", [])
    return RefusedContractOut(
        place=contract.place,
        type=f"/problems/{slug(type(contract.reason))}",
        detail=str(contract.reason),
        faults=faults,
    )


def _lines(contract: RefusedContract) -> list[str]:
    return str(contract.reason).splitlines()


def _in_words(contract: ContractOfMany) -> list[str]:
    """Say of a contract what a person should look at; nothing of most."""
    name = f"{contract.place}: {contract.contract}"
    lines = [f"{name}, mind: {warning}" for warning in contract.warnings]
    if not contract.reprices.is_nothing:
        when = "it" if contract.released_by else "once released, it"
        lines.append(f"{name}, version {contract.version}: {when} {effect_in_words(contract.reprices)}")
    return lines
