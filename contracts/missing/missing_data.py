"""What a document of a form would lack: named before its period ends, with the rule and where to tell it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from contracts.checks.caution import Caution
from contracts.contract import Contract
from contracts.invoicing import InvoiceForm
from contracts.missing.form_needs import NEEDS, DocumentSide, FormQuestion, Need, NeedSubject
from contracts.parties import Party
from contracts.party_profiles.known_profiles import KnownProfiles
from contracts.sharing.payees import SoldIn
from quantities.document import Fault, FaultyDocument


@dataclass(frozen=True, slots=True)
class MissingDatum:
    """Something that a document of a form needs and nobody has told, or not so.

    Attributes:
        need: what, by which rule.
        form: of the document.
        subject: the party or the charge that it is of, by name; empty of the contract.
        place: where it is told: of a contract the place in its document, of a profile the field of it.
        in_contract: whether it is told in the contract, and not in a party's profile.
        is_named: whether a recorded contract names the party; only then its profile can be told.
    """

    need: Need
    form: InvoiceForm
    subject: str
    place: str
    in_contract: bool
    is_named: bool = True

    def __str__(self) -> str:
        whose = f"{self.subject}: " if self.subject else ""
        term = f" ({self.need.term})" if self.need.term else ""
        if self.need.otherwise:
            return f"{whose}{self.need.words}{term} is not told ({self.need.rule}): {self.need.otherwise}"
        return (
            f"{whose}{self.need.words}{term} is missing or malformed; {self.form.value} needs it ({self.need.rule}): "
            f"tell it {self._where}"
        )

    @property
    def _where(self) -> str:
        if self.in_contract:
            return f"in the contract, {self.place}"
        by_command = f"as {self.place}, by `usufruct party apply`"
        return by_command if self.is_named else f"{by_command}, once this contract is recorded by `contract apply`"

    @property
    def holds(self) -> bool:
        """Whether a document is held for it, before it has a number."""
        return not self.need.otherwise

    @property
    def fault(self) -> Fault:
        """The same as a fault: of a document that is held for it."""
        return Fault(self.place, self.need.code, str(self), self.subject, f"{self.need.words} ({self.need.rule})")


class DocumentIncomplete(FaultyDocument):
    """The document lacks what its form needs."""


def refuse_incomplete(missing: Sequence[MissingDatum]) -> None:
    """Refuse a document before it has a number, for all that it lacks at once.

    Raises:
        DocumentIncomplete: it lacks something.
    """
    if missing:
        raise DocumentIncomplete([datum.fault for datum in missing])


@dataclass(frozen=True, slots=True)
class ClassifiedCharge:
    """A charge by its name, with the code by which it is classified; empty where it has none."""

    name: str
    tax_code: str = ""
    at: int = 0


def missing_for(
    form: InvoiceForm, asked: FormQuestion, charges: Sequence[ClassifiedCharge] = ()
) -> tuple[MissingDatum, ...]:
    """Name what a document would lack.

    Args:
        form: of the document.
        asked: its sides, with what is told of them, and what the customer wants.
        charges: that it bills.
    """
    return tuple(datum for need in NEEDS[form] for datum in _missing(form, need, asked, charges))


def _missing(
    form: InvoiceForm, need: Need, asked: FormQuestion, charges: Sequence[ClassifiedCharge]
) -> Iterator[MissingDatum]:
    if need.of is NeedSubject.CHARGE:
        for charge in charges:
            if need.lacks(replace(asked, tax_code=charge.tax_code)):
                yield MissingDatum(need, form, charge.name, f"/charges/{charge.at}/{need.place}", in_contract=True)
    elif need.lacks(asked):
        if need.of is NeedSubject.CONTRACT:
            yield MissingDatum(need, form, "", f"/{need.place}", in_contract=True)
        else:
            side = asked.seller if need.of is NeedSubject.SELLER else asked.buyer
            yield MissingDatum(need, form, side.party.name, need.place, in_contract=need.in_contract)


def missing_of_contract(contract: Contract, profiles: KnownProfiles | None, day: date) -> tuple[MissingDatum, ...]:
    """Name what the documents of a contract would lack, of every seller in whose name it bills.

    Args:
        contract: one of its versions.
        profiles: of its parties; None where they are not known: then what is told in the contract alone is asked for.
        day: on which profiles must be in force.
    """
    terms, known = contract.invoicing, profiles or KnownProfiles()
    charges = [ClassifiedCharge(charge.name, charge.tax_code or "", at) for at, charge in enumerate(contract.charges)]
    buyer = DocumentSide(contract.customer, known.on(contract.customer.name, day))
    missing: dict[tuple[str, str, str], MissingDatum] = {}
    for path, party in sellers_of(contract):
        seller = DocumentSide(party, known.on(party.name, day))
        asked = FormQuestion(terms, seller, buyer, contract.currency)
        for datum in missing_for(terms.form, asked, charges):
            if profiles is not None or datum.in_contract:
                named = replace(datum, is_named=datum.in_contract or datum.subject not in known.unnamed)
                placed = _placed(named, {NeedSubject.SELLER: path, NeedSubject.BUYER: "/customer"})
                missing.setdefault((placed.need.code, placed.subject, placed.place), placed)
    return tuple(missing.values())


def _placed(datum: MissingDatum, sides: dict[NeedSubject, str]) -> MissingDatum:
    """Give what is told of a side in the contract its place there."""
    side = sides.get(datum.need.of)
    return datum if side is None or not datum.in_contract else replace(datum, place=f"{side}/{datum.place}")


def sellers_of(contract: Contract) -> Iterator[tuple[str, Party]]:
    """List in whose names a contract bills, each with its place: its supplier, and owners whose things it sells."""
    yield "/supplier", contract.supplier
    if contract.sharing is not None and contract.sharing.sold_in is SoldIn.OWNERS_NAME:
        for at, payee in enumerate(contract.sharing.payees):
            yield f"/sharing/payees/{at}", payee


def cautions_of_documents(contract: Contract, profiles: KnownProfiles | None, day: date) -> tuple[Caution, ...]:
    """Warn of what the documents of a contract would lack; the arguments are those of ``missing_of_contract``."""
    missing = missing_of_contract(contract, profiles, day)
    return tuple(Caution(_place_of(contract, datum), datum.need.code, str(datum), datum.holds) for datum in missing)


def _place_of(contract: Contract, datum: MissingDatum) -> str:
    """Name the place of the contract that something missing is of."""
    if datum.in_contract:
        return datum.place
    sides = [*sellers_of(contract), ("/customer", contract.customer)]
    return next((path for path, party in sides if party.name == datum.subject), "/invoicing/form")
