"""What the documents of all contracts would lack, found by the few statements that it takes, and said once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from contracts import store as contracts
from contracts.missing.missing_data import MissingDatum, missing_of_contract, sides_of
from contracts.party_profiles.store import known_of
from contracts.tables import E_INVOICED


@dataclass(frozen=True, slots=True)
class LackingContracts:
    """Something that documents would lack.

    Attributes:
        datum: what.
        contracts: the references of the contracts that need it.
    """

    datum: MissingDatum
    contracts: Sequence[str]


# text: the very condition of the partial index, so that it is used; most contracts are no part of it
_E_INVOICED = text(
    f"select distinct contract_id from contract_version where released_by is not null and {E_INVOICED}"  # noqa: S608 our own
)
# text: an operator of JSON; parties that take documents in another form as payees are few, and mostly there are none
_PAYEES = text("""
    select distinct profile->>'party' as name from party_profile
    where released_by is not null and profile->>'form' <> 'pdf'""")
# text: members of a JSON document
_SHARED_WITH = text("""
    select distinct v.contract_id from contract_version v
    cross join lateral jsonb_array_elements(case jsonb_typeof(v.terms #> '{sharing,payees}')
                                            when 'array' then v.terms #> '{sharing,payees}' else '[]' end) payee
    where v.released_by is not null and payee->>'name' = any(:names)""")


def _of_payees(session: Session) -> list[int]:
    """Name the contracts with payees that take their documents in another form than a PDF, by key."""
    names = list(session.execute(_PAYEES).scalars())
    return list(session.execute(_SHARED_WITH, {"names": names}).scalars()) if names else []


def missing_by_contracts(session: Session, day: date) -> list[LackingContracts]:
    """Name what documents of contracts would lack, by their newest released versions and what is told on a day.

    Returns:
        What is of a party once for all its contracts; contracts that have ended are left out.
    """
    keys = sorted({*session.execute(_E_INVOICED).scalars(), *_of_payees(session)})
    if not keys:
        return []
    newest = [versions[-1].contract for versions in contracts.of_contracts(session, keys).values()]
    living = [contract for contract in newest if contract.until is None or contract.until > day]
    sides = {party.name for contract in living for _, party in sides_of(contract)}
    profiles = known_of(session, sides)
    needing: dict[tuple[str, ...], list[str]] = defaultdict(list)
    missing: dict[tuple[str, ...], MissingDatum] = {}
    for contract in living:
        for datum in missing_of_contract(contract, profiles, max(day, contract.effective)):
            own = contract.contract if datum.in_contract else ""
            known = (datum.need.code, datum.subject, own)
            missing.setdefault(known, datum)
            needing[known].append(contract.contract)
    return [LackingContracts(datum, needing[known]) for known, datum in missing.items()]
