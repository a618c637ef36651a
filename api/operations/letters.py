"""What statements say of those who write and read them: language, profiles of the day, logos."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlmodel import Session

from billing.documents.sections.letter_facts import LetterFacts
from billing.dunning.letter import WrittenLetter
from billing.receivables.accounts import AccountStatement
from billing.statements.store import Statement
from contracts import store as contracts
from contracts.invoicing import Language
from contracts.logos.logo import Logo
from contracts.logos.store import logo_named
from contracts.party_profile import PartyProfile
from contracts.party_profiles.store import known_of


def letter_of_account(session: Session, statement: AccountStatement) -> LetterFacts:
    """Say what the newest document of an account recorded of both sides, in the language that it is in."""
    invoicing = statement.invoicing
    if invoicing is None:
        return LetterFacts()
    sides = zip(statement.parties or (), (invoicing.seller, invoicing.buyer), strict=False)
    profiles = {party.name: profile for party, profile in sides if profile is not None}
    return LetterFacts(invoicing.terms.language, profiles, _logos(session, profiles.values()))


def letter_of_dunning(session: Session, letter: WrittenLetter) -> LetterFacts:
    """Say what the newest document of a letter recorded of both sides, in the language that it is in."""
    content = letter.content
    if content.invoicing is None:
        return LetterFacts()
    sides = ((content.supplier, content.invoicing.seller), (content.customer, content.invoicing.buyer))
    profiles = {party.name: profile for party, profile in sides if profile is not None}
    return LetterFacts(content.invoicing.terms.language, profiles, _logos(session, profiles.values()))


def letter_of_statement(session: Session, statement: Statement) -> LetterFacts:
    """Say what is told of the parties of a savings statement on its day, in its contract's language."""
    language = contracts.latest(session, statement.contract).contract.invoicing.language
    names = {party.name for party in statement.content.parties}
    return _letter(session, names, statement.prepared_at.date(), language)


def letter_of_payee(session: Session, payee: str, suppliers: Collection[str], day: date) -> LetterFacts:
    """Say what is told of a payee and its supplier on a day, in the language that the payee has told."""
    told = known_of(session, {payee}).on(payee, day)
    language = Language.ENGLISH if told is None or told.language is None else told.language
    return _letter(session, {payee, *suppliers}, day, language)


def _letter(session: Session, names: Collection[str], day: date, language: Language) -> LetterFacts:
    known = known_of(session, names)
    profiles = {name: profile for name in sorted(names) if (profile := known.on(name, day)) is not None}
    return LetterFacts(language, profiles, _logos(session, profiles.values()))


def _logos(session: Session, profiles: Iterable[PartyProfile]) -> dict[str, Logo]:
    named = {profile.logo for profile in profiles if profile.logo is not None}
    return {sha256: logo_named(session, sha256) for sha256 in sorted(named)}
