"""A caution: what a person should look at before a contract is signed, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning, with its place and reason.

    Attributes:
        path: its place in the contract.
        code: of its kind.
        detail: why.
        holds: whether a document would be held for it.
    """

    path: str
    code: str
    detail: str
    holds: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"
