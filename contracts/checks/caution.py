"""A caution: what a person should look at before a contract is signed, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning, with its place and reason."""

    path: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"
