"""What a document of a form would lack: named before its period ends, with the rule and where to tell it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from contracts.charge import Charge
from contracts.checks.caution import Caution
from contracts.contract import Contract
from contracts.invoicing import PLAIN, InvoiceForm, InvoicingTerms
from contracts.missing.form_needs import NEEDS, DocumentSide, FormQuestion, Need, NeedSubject
from contracts.parties import Party
from contracts.party_profiles.known_profiles import KnownProfiles
from contracts.rated_line import Nature
from contracts.sharing.payees import Payee, SoldIn


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


@dataclass(frozen=True, slots=True)
class ExpectedDocument:
    """A document that a contract will come to, as far as its form asks.

    Attributes:
        asked: its sides, and how it is taken.
        places: where its seller and its buyer stand in the contract.
        payee: by name, whose it is where it is none of the customer's.
    """

    asked: FormQuestion
    places: Mapping[NeedSubject, str]
    payee: str = ""


def missing_of_contract(contract: Contract, profiles: KnownProfiles | None, day: date) -> tuple[MissingDatum, ...]:
    """Name what the documents of a contract would lack: the customer's in every name, and those of its payees.

    Args:
        contract: one of its versions.
        profiles: of its parties; None where they are not known: then what is told in the contract alone is asked for.
        day: on which profiles must be in force.
    """
    charges = [ClassifiedCharge(charge.name, charge.tax_code or "", at) for at, charge in enumerate(contract.charges)]
    missing: dict[tuple[str, str, str], MissingDatum] = {}
    known = profiles or KnownProfiles()
    for document in _documents_of(contract, known, day):
        for datum in missing_for(document.asked.terms.form, document.asked, charges):
            placed = _placed(datum, document)
            placed = replace(placed, is_named=placed.in_contract or placed.subject not in known.unnamed)
            if profiles is not None or placed.in_contract:
                missing.setdefault((placed.need.code, placed.subject, placed.place), placed)
    return tuple(missing.values())


def _documents_of(contract: Contract, known: KnownProfiles, day: date) -> Iterator[ExpectedDocument]:
    def side(party: Party) -> DocumentSide:
        return DocumentSide(party, known.on(party.name, day))

    def between(
        terms: InvoicingTerms, seller: tuple[str, Party], buyer: tuple[str, Party], payee: str = ""
    ) -> ExpectedDocument:
        asked = FormQuestion(
            terms,
            side(seller[1]),
            side(buyer[1]),
            contract.currency,
            bills_untaxed=any(_is_untaxed(charge) for charge in contract.charges),
            is_self_billed=payee == seller[1].name,
        )
        return ExpectedDocument(asked, {NeedSubject.SELLER: seller[0], NeedSubject.BUYER: buyer[0]}, payee)

    supplier, customer = ("/supplier", contract.supplier), ("/customer", contract.customer)
    for seller in sellers_of(contract):
        yield between(contract.invoicing, seller, customer)
    sold_in = None if contract.sharing is None else contract.sharing.sold_in
    for path, payee in _payees_of(contract):
        profile = known.on(payee.name, day)
        terms = PLAIN if profile is None else profile.as_payee
        if sold_in is SoldIn.OWNERS_NAME:
            yield between(terms, supplier, (path, payee), payee.name)
        elif payee.self_billed:
            # whoever makes it out is the buyer, whose own reference is its contract
            terms = terms.model_copy(update={"buyer_reference": terms.buyer_reference or contract.contract})
            yield between(terms, (path, payee), supplier, payee.name)


def _is_untaxed(charge: Charge) -> bool:
    return (charge.nature or charge.rule.nature) in {Nature.DAMAGES, Nature.DEPOSIT}


def _placed(datum: MissingDatum, document: ExpectedDocument) -> MissingDatum:
    """Give what is told in the contract its place there; how a payee takes its documents its own profile tells."""
    if document.payee and datum.need.of is NeedSubject.CONTRACT:
        return replace(datum, subject=document.payee, place="buyer_reference", in_contract=False)
    side = document.places.get(datum.need.of)
    return datum if side is None or not datum.in_contract else replace(datum, place=f"{side}/{datum.place}")


def sellers_of(contract: Contract) -> Iterator[tuple[str, Party]]:
    """List in whose names a contract bills, each with its place: its supplier, and owners whose things it sells."""
    yield "/supplier", contract.supplier
    if contract.sharing is not None and contract.sharing.sold_in is SoldIn.OWNERS_NAME:
        yield from _payees_of(contract)


def sides_of(contract: Contract) -> Iterator[tuple[str, Party]]:
    """List all parties of a contract's documents, each with its place."""
    yield "/supplier", contract.supplier
    yield "/customer", contract.customer
    yield from _payees_of(contract)


def _payees_of(contract: Contract) -> Iterator[tuple[str, Payee]]:
    for at, payee in enumerate(() if contract.sharing is None else contract.sharing.payees):
        yield f"/sharing/payees/{at}", payee


def cautions_of_documents(contract: Contract, profiles: KnownProfiles | None, day: date) -> tuple[Caution, ...]:
    """Warn of what the documents of a contract would lack; the arguments are those of ``missing_of_contract``."""
    missing = missing_of_contract(contract, profiles, day)
    return tuple(Caution(_place_of(contract, datum), datum.need.code, str(datum), datum.holds) for datum in missing)


def _place_of(contract: Contract, datum: MissingDatum) -> str:
    """Name the place of the contract that something missing is of."""
    if datum.in_contract:
        return datum.place
    return next((path for path, party in sides_of(contract) if party.name == datum.subject), "/invoicing/form")
