"""Which documents an entry names, by its structured reference or by what the payer wrote."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.bank.matching.books import BankBooks, BookedDocument
from billing.bank.matching.written import (
    WrittenNumber,
    WrittenReferences,
    compact,
    is_exactly,
    series_of,
    written_numbers,
    written_references,
)
from billing.bank.statements.entry import BankEntry


@dataclass(frozen=True, slots=True)
class NamedDocuments:
    """What an entry names.

    Attributes:
        sure: documents by their references, or by their numbers as they are.
        by_reference: whether all of these are named by references, whose check digits no slip passes.
        unsure: documents that a number without the letters of its series, or one broken over lines, may be of.
        unknown: references and numbers that are none of ours, in capitals and digits.
        is_double: whether a reference or number is of several documents.
    """

    sure: tuple[BookedDocument, ...] = ()
    by_reference: bool = False
    unsure: tuple[BookedDocument, ...] = ()
    unknown: tuple[str, ...] = ()
    is_double: bool = False

    @property
    def is_any(self) -> bool:
        """Whether it names anything."""
        return bool(self.sure or self.unsure or self.unknown or self.is_double)


def named_documents(entry: BankEntry, books: BankBooks, customers: frozenset[str]) -> NamedDocuments:
    """Find the documents that an entry names.

    The payer's own reference, handed through, is often made of a day and a number: of it counts what is ours alone.

    Args:
        entry: of a statement.
        books: all that is known.
        customers: for whom its payer is known to pay; of two documents that a bare number may be of theirs is meant.
    """
    stated = [compact(reference) for reference in entry.references.creditor]
    written = _written([entry.text, *entry.references.documents], books)
    aside = _written([entry.references.end_to_end], books)
    known = [reference for reference in stated if books.of_reference(reference)]
    known += [reference for line in (*written, *aside) for reference in line.known]
    unknown = [reference for reference in stated if not books.of_reference(reference)]
    unknown += [reference for line in written for reference in line.unknown]
    by_reference = [books.of_reference(reference) for reference in known]
    sure, unsure, of_none, is_double = _by_numbers(_numbers(written, books), books, customers)
    sure += _by_numbers(_numbers(aside, books), books, customers)[0]
    of_references = [documents[0] for documents in by_reference if len(documents) == 1]
    return NamedDocuments(
        sure=_unique([*of_references, *sure]),
        by_reference=bool(known) and not (set(sure) - set(of_references)),
        unsure=tuple(document for document in _unique(unsure) if document not in of_references),
        unknown=tuple(dict.fromkeys([*unknown, *of_none])),
        is_double=is_double or any(len(documents) > 1 for documents in by_reference),
    )


def _numbers(lines: Iterable[WrittenReferences], books: BankBooks) -> list[WrittenNumber]:
    return [number for line in lines for number in written_numbers(line.rest, books.index.series)]


def _written(lines: Iterable[str], books: BankBooks) -> list[WrittenReferences]:
    return [written_references(line, lambda reference: bool(books.of_reference(reference))) for line in lines if line]


def _by_numbers(
    numbers: Iterable[WrittenNumber], books: BankBooks, customers: frozenset[str]
) -> tuple[list[BookedDocument], list[BookedDocument], list[str], bool]:
    sure, unsure, unknown, is_double = list[BookedDocument](), list[BookedDocument](), list[str](), False
    for number in numbers:
        placed = books.of_place(number.place)
        exact = [document for document in placed if is_exactly(number, document.number)]
        longest = max((len(document.number) for document in exact), default=0)
        exact = [document for document in exact if len(document.number) == longest]  # of RE-SA-… that too, not SA-…
        of_payer = [document for document in placed if document.customer in customers]
        if len(exact) == 1 and _is_bare(exact[0]) and of_payer and exact[0] not in of_payer:
            unsure += of_payer
        elif len(exact) == 1:
            sure += exact
        elif exact:
            is_double = True
        elif placed:
            unsure += placed
        else:
            unknown.append(number.digits)
    return sure, unsure, unknown, is_double


def _is_bare(document: BookedDocument) -> bool:
    """Tell whether a number has no letters of a series, so that one of another series may be meant by it."""
    return not series_of(document.number)


def _unique(documents: Iterable[BookedDocument]) -> tuple[BookedDocument, ...]:
    return tuple(dict.fromkeys(documents))
