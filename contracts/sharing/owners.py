"""Owners in whose names the supplier of a contract sells: who they are, as its versions state them."""

from collections.abc import Sequence

from contracts.parties import Party
from contracts.sharing.payees import SoldIn
from contracts.store import Version


def owners_of(versions: Sequence[Version]) -> dict[str, Party]:
    """List the owners of versions of a contract, oldest first: each as the newest that names it states it."""
    return {name: owner for version in versions for name, owner in _owners(version).items()}


def owner_stated(versions: Sequence[Version], name: str, number: int) -> Party | None:
    """Find an owner as a document of a version states it.

    Args:
        versions: of the contract, oldest first.
        name: of the owner.
        number: of the document's version; what it does not say itself is said by the newest one before it, or else by
            the first one after it.

    Returns:
        None where no version knows it.
    """
    naming = [(version.number, owners[name]) for version in versions if name in (owners := _owners(version))]
    before = [owner for of_version, owner in naming if of_version <= number]
    return before[-1] if before else naming[0][1] if naming else None


def _owners(version: Version) -> dict[str, Party]:
    sharing = version.contract.sharing
    if sharing is None or sharing.sold_in is SoldIn.OWN_NAME:
        return {}
    return {payee.name: payee.as_party for payee in sharing.payees}
