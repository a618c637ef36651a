"""The mail by which a document is sent: a short plain text in the customer's language, and the files or a link.

Sources: RFC 5322 (the message), RFC 2045 and 2183 (attachments, byte for byte in base64), RFC 3834
(``Auto-Submitted``: nobody's absence is answered to it). Headers are made by the standard library's policy, which lets
no line break through, of texts from which control characters are taken before.
"""

import unicodedata
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from billing.delivery.outgoing import DebitNotice, Outgoing, OutgoingFile
from billing.delivery.way import SendingAttempt
from billing.documents.words.words import Words, message, words_in

_HEADER_CHARACTERS_MAX = 200
#: Each of an invoice, and of a credit note.
_SUBJECT = (message("Invoice {number} of {seller}"), message("Credit note {number} of {seller}"))
_IS_READY = (
    message("invoice {number} of {seller} is ready for you."),
    message("credit note {number} of {seller} is ready for you."),
)
_IS_ATTACHED = (
    message("attached is invoice {number} of {seller}."),
    message("attached is credit note {number} of {seller}."),
)

#: The same of what the supplier makes out in the name of a payee.
_OF_SELF_BILLED = (
    (
        message("Invoice {number}, made out in your name by {seller}"),
        message("Credit note {number}, made out in your name by {seller}"),
    ),
    (
        message("invoice {number}, which {seller} has made out in your name, is ready for you."),
        message("credit note {number}, which {seller} has made out in your name, is ready for you."),
    ),
    (
        message("attached is invoice {number}, which {seller} has made out in your name."),
        message("attached is credit note {number}, which {seller} has made out in your name."),
    ),
)


def mail_message(outgoing: Outgoing, to: Sequence[str], attempt: SendingAttempt, *, sender: str) -> bytes:
    """Write a mail, with lines ended as SMTP has them.

    Args:
        outgoing: what is sent: its files, or the link to it.
        to: the addresses, each checked before.
        attempt: its key is the message's identifier.
        sender: the address that mails of this house are from; the name beside it is the seller's.
    """
    words = words_in(outgoing.language)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(header_text(outgoing.seller), addr_spec=sender)
    mail["To"] = tuple(Address(addr_spec=address) for address in to)
    if outgoing.reply_to:
        mail["Reply-To"] = Address(addr_spec=outgoing.reply_to)
    mail["Subject"] = header_text(_subject(words, outgoing))
    mail["Date"] = format_datetime(attempt.at)
    mail["Message-ID"] = attempt.key
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = outgoing.language.value
    mail.set_content(_text(words, outgoing), cte="quoted-printable")
    if not outgoing.link:
        for file in (outgoing.original, *outgoing.pictures):
            _attach(mail, file)
    return mail.as_bytes()


def header_text(text: str) -> str:
    """Take out of a text what has no place in a header: control characters, and what a line is too long for."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join(plain.split())[:_HEADER_CHARACTERS_MAX]


def _subject(words: Words, outgoing: Outgoing) -> str:
    subject = _OF_SELF_BILLED[0] if outgoing.is_self_billed else _SUBJECT
    return words.text(subject[outgoing.is_credit], number=outgoing.number, seller=outgoing.seller)


def _text(words: Words, outgoing: Outgoing) -> str:
    of_document = {"number": outgoing.number, "seller": outgoing.seller}
    _, is_ready, is_attached = _OF_SELF_BILLED if outgoing.is_self_billed else (_SUBJECT, _IS_READY, _IS_ATTACHED)
    if outgoing.link:
        sentence = is_ready[outgoing.is_credit]
        until = "" if outgoing.link_ends_on is None else words.day(outgoing.link_ends_on)
        rest = [words.text("It opens at this address until {day}:", day=until), outgoing.link]
    else:
        sentence = is_attached[outgoing.is_credit]
        rest = _about_files(words, outgoing)
    rest += _about_debit(words, outgoing.notice)
    greeting = words.text("Good day,")
    return "\n\n".join([greeting, words.text(sentence, **of_document), *rest, header_text(outgoing.seller)]) + "\n"


def _about_debit(words: Words, notice: DebitNotice | None) -> list[str]:
    """Tell the customer of the debit: without it the bank is not to collect (pre-notification)."""
    if notice is None:
        return []
    return [
        words.text(
            "We collect {amount} on {day} by SEPA direct debit from {account}; mandate {mandate}, creditor {creditor}.",
            amount=words.amount(notice.amount, notice.currency),
            day=words.day(notice.day),
            account=notice.account,
            mandate=notice.mandate,
            creditor=notice.creditor,
        )
    ]


def _about_files(words: Words, outgoing: Outgoing) -> list[str]:
    if not outgoing.pictures:
        return []
    return [
        words.text(
            "{original} is the original; {picture} shows the same for your reading.",
            original=outgoing.original.name,
            picture=outgoing.pictures[0].name,
        )
    ]


def _attach(mail: EmailMessage, file: OutgoingFile) -> None:
    plain_type, _, parameters = file.media_type.partition(";")
    main, _, sub = plain_type.strip().partition("/")
    charset = parameters.partition("charset=")[2].strip(' "')
    mail.add_attachment(
        file.content, maintype=main, subtype=sub, filename=file.name, params={"charset": charset} if charset else None
    )
