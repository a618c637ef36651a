"""An entry of a bank's statement, whatever file it came in: one value for all formats.

An amount is signed: above zero what came in, below zero what went out. All of it is what the file says; nothing of it
is guessed, and an absent text is empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from quantities.errors import Invalid

NOTHING = Decimal(0)


class UnreadableStatement(Invalid):
    """The bank's file cannot be read as its format."""


class StatementValueInvalid(Invalid):
    """A value in the bank's file is missing or cannot be."""


class StatementDoesNotAddUp(Invalid):
    """The bank's balances and entries do not add up."""


class EntryWithoutBankId(Invalid):
    """An advance notice of an entry has no identification of the bank."""


class StatementKind(StrEnum):
    """What a file of a bank is."""

    STATEMENT = "statement"  # of whole days, between two balances: camt.053, a table
    REPORT = "report"  # of the running day: camt.052
    NOTICE = "notice"  # of single entries: camt.054


@dataclass(frozen=True, slots=True)
class EntryReferences:
    """How an entry is told apart.

    Attributes:
        creditor: structured references of what is paid, as RF of ISO 11649 or a Swiss QR reference; without blanks.
        documents: numbers of documents that the payer names in a field of their own.
        end_to_end: the payer's, handed through to us.
        mandate: of a direct debit.
        of_bank: the bank's own.
        batches: identifications of the file or the batch that we ordered it by, where the bank states them.
    """

    creditor: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    end_to_end: str = ""
    mandate: str = ""
    of_bank: str = ""
    batches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BankParty:
    """Who stands on the other side: who paid, or was paid.

    Attributes:
        name: as the bank writes it.
        account: IBAN or another number, without blanks.
        behind: on whose behalf, where the bank says so.
    """

    name: str = ""
    account: str = ""
    behind: str = ""


@dataclass(frozen=True, slots=True)
class EntryReturn:
    """That an entry takes back another one.

    Attributes:
        reason: the bank's code, as AC04 or MD06; may be empty.
        end_to_end: of the entry that is taken back; may be empty.
        of_bank: the bank's own of that entry; may be empty.
    """

    reason: str = ""
    end_to_end: str = ""
    of_bank: str = ""


@dataclass(frozen=True, slots=True)
class BankEntry:
    """What moved on an account of ours: one payment, also where the bank booked several in one sum.

    Attributes:
        place: where in the file, as a line or an element.
        account: ours, by IBAN or the bank's number.
        booked_on: the day on which the bank booked it.
        value_on: the day from which it counts.
        amount: signed.
        currency: of it.
        before_charges: what was paid before charges were deducted; signed; None where the bank does not say.
        charges: what was deducted on the way, zero or above.
        references: see there.
        text: what the payer wrote.
        party: the other side.
        returned: that it takes back another; None where it does not.
        sum_id: the bank's own of the booking that it is part of; else empty.
        sum_amount: of that booking; signed.
        part: its place in that booking, from 1.
        parts: how many that booking has.
    """

    place: str
    account: str
    booked_on: date
    value_on: date
    amount: Decimal
    currency: str
    before_charges: Decimal | None = None
    charges: Decimal = NOTHING
    references: EntryReferences = field(default_factory=EntryReferences)
    text: str = ""
    party: BankParty = field(default_factory=BankParty)
    returned: EntryReturn | None = None
    sum_id: str = ""
    sum_amount: Decimal = NOTHING
    part: int = 1
    parts: int = 1

    @property
    def received_on(self) -> date:
        """The day that decides about a cash discount: from when the money was there, and not after it was booked."""
        return min(self.booked_on, self.value_on)

    @property
    def content(self) -> tuple[str, ...]:
        """What tells it apart where the bank gives it no identification; two that are alike are counted."""
        return (
            self.account,
            str(self.booked_on),
            str(self.value_on),
            amount_text(self.amount),
            self.currency,
            *self.references.creditor,
            self.references.end_to_end,
            " ".join(self.text.split()),
            self.party.name,
            self.party.account,
        )


@dataclass(frozen=True, slots=True)
class BankStatement:
    """What one file says of one account.

    Attributes:
        kind: see there.
        form: how it was read: ``camt.053.001.08``, or the name of a profile.
        account: ours.
        currency: of the account.
        opening: the balance before its entries; None where the file has none.
        closing: the balance after them; None where the file has none.
        entries: in the order of the file.
        left_out: how many the bank has not booked yet.
    """

    kind: StatementKind
    form: str
    account: str
    currency: str
    opening: Decimal | None
    closing: Decimal | None
    entries: tuple[BankEntry, ...]
    left_out: int = 0


def check_sum(statement: BankStatement, place: str) -> BankStatement:
    """Refuse a statement whose opening balance and entries are not its closing balance.

    Raises:
        StatementDoesNotAddUp: they are not.
    """
    if statement.opening is not None and statement.closing is not None:
        moved = sum((entry.amount for entry in statement.entries), NOTHING)
        refuse_other_sum(place, statement.opening + moved, statement.closing)
    return statement


def refuse_other_sum(place: str, added: Decimal, stated: Decimal) -> None:
    """Refuse a sum that the bank states otherwise.

    Raises:
        StatementDoesNotAddUp: it does.
    """
    if added != stated:
        detail = f"{place}: what is added up comes to {added:f}, and the bank states {stated:f}"
        raise StatementDoesNotAddUp(detail, place=place, found=f"{stated:f}", expected=f"{added:f}")


def entry_keys(entries: Sequence[BankEntry]) -> tuple[str, ...]:
    """Name the booking of each entry so that the same one in another file has the same name.

    The bank's own identification and the sum name it; without one all that the file says of it does. Of several alike
    they are counted. The parts of one booking have one name, and are told apart by their place in it.
    """
    counted: dict[tuple[str, ...], int] = {}
    keys = []
    for entry in entries:
        name = ("bank", entry.sum_id, amount_text(entry.sum_amount)) if entry.sum_id else ("content", *entry.content)
        if entry.part == 1 or not entry.sum_id:
            counted[name] = counted.get(name, 0) + 1
        keys.append("|".join((*name, str(counted[name]))))
    return tuple(keys)


def amount_text(amount: Decimal) -> str:
    """Write an amount so that 5 and 5.00 are alike."""
    return f"{amount.normalize():f}"
