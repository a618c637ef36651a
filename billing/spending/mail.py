"""The mail by which a customer is told that a threshold is reached: a short plain text in its language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from billing.delivery.mail import header_text
from billing.documents.words.units import unit_in_words
from billing.documents.words.words import Words, message, words_in
from contracts.invoicing import Language
from quantities.number import trimmed

_SUBJECT = {
    False: message("Contract {contract}: {threshold} reached"),
    True: message("Contract {contract}: cap of {threshold} reached"),
}
#: By whether it is of one charge.
_READS = {
    False: message("from {first} to {last} you have spent {reading} without tax: {percent} % of {threshold}."),
    True: message("from {first} to {last} {charge} comes to {reading}: {percent} % of {threshold}."),
}
_GOES_ON = message("Nothing is stopped by it.")


@dataclass(frozen=True, slots=True)
class AlertMail:
    """What a customer is told.

    Attributes:
        language: of the contract's documents.
        seller: who tells it.
        contract: by reference.
        is_cap: whether it is the cap.
        charge: of which; empty of all that is spent.
        first: the first day of the window.
        last: the last day.
        reading: what was spent or used.
        threshold: that is reached.
        unit: of both; of amounts their currency.
        is_amount: whether they are amounts, without tax.
        percent: of the threshold.
        at: when it is written.
    """

    language: Language
    seller: str
    contract: str
    is_cap: bool
    charge: str
    first: date
    last: date
    reading: Decimal
    threshold: Decimal
    unit: str
    is_amount: bool
    percent: Decimal
    at: datetime

    def message(self, to: Sequence[str], key: str, sender: str) -> bytes:
        """Write the mail, with lines ended as SMTP has them.

        Args:
            to: the addresses, each checked before.
            key: its identifier.
            sender: the address that mails of this house are from; the name beside it is the seller's.
        """
        words = words_in(self.language)
        said = {
            "contract": self.contract,
            "charge": self.charge,
            "first": words.day(self.first),
            "last": words.day(self.last),
            "reading": self._written(words, self.reading),
            "threshold": self._written(words, self.threshold),
            "percent": words.number(trimmed(self.percent)),
        }
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(header_text(self.seller), addr_spec=sender)
        mail["To"] = tuple(Address(addr_spec=address) for address in to)
        mail["Subject"] = header_text(words.text(_SUBJECT[self.is_cap], **said))
        mail["Date"] = format_datetime(self.at)
        mail["Message-ID"] = key
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = self.language.value
        sentences = [words.text(_READS[bool(self.charge)], **said)]
        sentences += [words.text(_GOES_ON)] if self.is_cap else []
        text = "\n\n".join([words.text("Good day,"), *sentences, header_text(self.seller)])
        mail.set_content(f"{text}\n", cte="quoted-printable")
        return mail.as_bytes()

    def _written(self, words: Words, value: Decimal) -> str:
        if self.is_amount:
            return f"{words.amount(value, self.unit)} {self.unit}"
        return f"{words.number(trimmed(value))} {unit_in_words(words, self.unit, value)}"
