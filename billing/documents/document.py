"""The shape of what is written for a reader: a name, a media type, a suffix, options, and ``render(…) -> bytes``.

A document is of one thing, and its base class says of which: an invoice, the explanation of a line, a statement of
savings or of a payee, a preview. An export (billing/exports/) is of many invoices. The fields of a class are its
options, each with a default; both doors read them: HTTP as query parameters, the commands as options of the same names.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.model.business_document import BusinessDocument
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.documents.views import ExplanationOut

if TYPE_CHECKING:  # loading them would cost a command that only lists invoices
    from billing.documents.payee_views import PayeeStatementOut
    from billing.documents.usage.daily_usage import UsageStatement
    from billing.dunning.letter import WrittenLetter
    from billing.previews.simulate import Simulated
    from billing.receivables.accounts import AccountStatement
    from billing.statements.store import Statement


class Document(BaseModel):
    """What can be written: the same subject and options give the same bytes.

    Attributes:
        name: how commands ask for it, as in ``--html FILE``; unique among documents of the same thing.
        media_type: what HTTP says it is; of a text with its character set.
        suffix: of a file that holds it, with the dot.
        address: the last part of its address over HTTP; the name, where it is empty.
        style: of a page, the content of its ``<style>``, the same for every subject: the only one that is obeyed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    media_type: ClassVar[str]
    suffix: ClassVar[str]
    address: ClassVar[str] = ""
    style: ClassVar[str] = ""


class InvoiceDocument(Document):
    """A document of one invoice: ``GET /v1/invoices/NUMBER/ADDRESS`` and ``invoice show NUMBER --NAME FILE``."""

    @abstractmethod
    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Write an invoice, issued, void or a draft, with its logo, charts and codes."""


class UsageDocument(Document):
    """A document of one invoice's use: ``GET /v1/invoices/NUMBER/usage/ADDRESS`` and ``invoice usage NUMBER``."""

    @abstractmethod
    def render(self, usage: "UsageStatement") -> bytes:
        """Write the use behind an invoice."""


class ExplanationDocument(Document):
    """A document of one explained line, for the command ``explain``; HTTP answers what it is written from."""

    @abstractmethod
    def render(self, explanation: ExplanationOut) -> bytes:
        """Write an explanation with the readings that it lists."""


class LetterDocument(Document):
    """A letter about late documents: ``GET /v1/dunning/letters/NUMBER/ADDRESS`` and ``dunning letter --NAME FILE``."""

    @abstractmethod
    def render(self, letter: "WrittenLetter", facts: LetterFacts = NO_FACTS) -> bytes:
        """Write a letter; what is told of both sides comes along."""


class AccountDocument(Document):
    """A document of one account: ``GET /v1/accounts/CUSTOMER/statement/ADDRESS``, ``account statement --NAME FILE``."""

    @abstractmethod
    def render(self, statement: "AccountStatement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Write the statement of an account."""


class StatementDocument(Document):
    """A document of one savings statement: ``GET /v1/statements/NUMBER/ADDRESS``, ``statement report --NAME FILE``."""

    @abstractmethod
    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Write a statement as it stands."""


class PayeeDocument(Document):
    """A document of a payee: ``GET /v1/payees/PAYEE/statement/ADDRESS`` and ``payee statement PAYEE --NAME FILE``."""

    @abstractmethod
    def render(self, statement: "PayeeStatementOut", facts: LetterFacts = NO_FACTS) -> bytes:
        """Write a statement."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Contracts tried on the same days.

    Attributes:
        title: names the contract and the days.
        currency: of every amount.
        contracts: each contract's reference with its periods, which are the same for all.
    """

    title: str
    currency: str
    contracts: "Sequence[tuple[str, Sequence[Simulated]]]"


class PreviewDocument(Document):
    """A document of a preview, for the command ``contract simulate``; HTTP answers what it is written from."""

    @abstractmethod
    def render(self, preview: Preview) -> bytes:
        """Write what one contract would have come to, or several side by side."""


Kind = TypeVar("Kind", bound=Document)


def by_name(*kinds: type[Kind]) -> Mapping[str, type[Kind]]:
    """Index classes by their ``name``, in the order given: one registry, of documents of one subject or of exports.

    Raises:
        ValueError: two have the same name.
    """
    named = {kind.name: kind for kind in kinds}
    if len(named) < len(kinds):
        raise ValueError("two documents have the same name")
    return named
