"""What leaves the house: the original of a document, byte by byte, with pictures of it beside."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from contracts.invoicing import InvoiceForm, Language
from quantities.errors import Conflict


class OriginalNotValid(Conflict):
    """The original has errors by the rules of its form."""


class OriginalReport(Protocol):
    """What a validation said of an original."""

    @property
    def errors(self) -> Sequence[object]:
        """Its errors, each in words when printed; warnings are none."""


class Original(Protocol):
    """The original of a document: what is kept, and wins over every picture of it."""

    @property
    def form(self) -> InvoiceForm:
        """Of which it is."""

    @property
    def media_type(self) -> str:
        """Of its bytes."""

    @property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal."""

    @property
    def content(self) -> bytes:
        """The bytes."""

    @property
    def report(self) -> OriginalReport:
        """What a validation said of it."""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that is sent: its bytes exactly, and under which name.

    Attributes:
        name: in characters that every system takes.
        media_type: without parameters that would change the bytes.
        content: the bytes.
    """

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class DebitNotice:
    """What is told before an account is debited.

    Attributes:
        day: on which it is.
        amount: of the debit.
        currency: of it.
        mandate: its reference.
        creditor: the identifier of who collects.
        account: the ends of its number.
    """

    day: date
    amount: Decimal
    currency: str
    mandate: str
    creditor: str
    account: str


@dataclass(frozen=True, slots=True)
class PayLinkInMail:
    """The address at which a document is paid; nobody can be told it again, for its token is nowhere else."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A document as it is sent.

    Attributes:
        number: of the document.
        seller: who sends it, by name: who bills, or who made it out in the name of who bills.
        buyer: who gets it, by name.
        language: of what is written to the customer.
        form: of the original.
        original: the original.
        pictures: of it, for its reader.
        is_credit: whether it is a credit note.
        reply_to: the mail address to which an answer goes; empty without one.
        seller_id: the electronic address of who sends it as scheme:value: BT-34, self-billed BT-49; empty without one.
        is_self_billed: whether the buyer made it out.
        link: the address at which it is opened; empty where the files themselves are sent.
        link_ends_on: the last local day on which it is.
        pay_links: where it is paid; of a letter, where each of its documents is; empty where it is not.
        pay_links_end_on: the last local day on which it is.
        zone: whose local days the document means.
        order_rows: the lines as the file of a portal.
        letter: what a letter is, in its language; empty of a document.
        corrects_letter: whether it corrects an earlier one.
        notice: of the debit that follows; None where none does.
    """

    number: str
    seller: str
    buyer: str
    language: Language
    form: InvoiceForm
    original: OutgoingFile
    pictures: tuple[OutgoingFile, ...] = ()
    is_credit: bool = False
    reply_to: str = ""
    seller_id: str = ""
    is_self_billed: bool = False
    link: str = ""
    link_ends_on: date | None = None
    pay_links: tuple[PayLinkInMail, ...] = ()
    pay_links_end_on: date | None = None
    zone: str = "UTC"
    order_rows: OutgoingFile | None = None
    letter: str = ""
    corrects_letter: bool = False
    notice: DebitNotice | None = None


_SUFFIXES = {
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/json": ".json",
    "text/csv": ".csv",
}
_NAME_CHARACTERS_MAX = 100


def original_file(original: Original, number: str) -> OutgoingFile:
    """Make the file of an original.

    Raises:
        OriginalNotValid: a validation found errors in it, or it is not what its hash says.
    """
    errors = [str(error) for error in original.report.errors]
    if errors:
        detail = f"the {original.form.value} of {number} has {len(errors)} errors, the first: {errors[0]}"
        raise OriginalNotValid(detail, found=errors[:20], expected="none")
    if hashlib.sha256(original.content).hexdigest() != original.sha256:
        detail = f"the {original.form.value} of {number} is not the one that was archived"
        raise OriginalNotValid(detail, found=hashlib.sha256(original.content).hexdigest(), expected=original.sha256)
    return outgoing_file(number, original.media_type, original.content)


def outgoing_file(name: str, media_type: str, content: bytes) -> OutgoingFile:
    """Make a file that is sent; its name has no character that a system reads otherwise, and its type's suffix."""
    plain_type = media_type.partition(";")[0].strip()
    suffix = _SUFFIXES.get(plain_type, "")
    stem = name.removesuffix(suffix) if suffix else name
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._")[:_NAME_CHARACTERS_MAX] or "document"
    return OutgoingFile(safe + suffix, media_type, content)
