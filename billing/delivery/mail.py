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
from typing import NamedTuple

from billing.delivery.outgoing import DebitNotice, Outgoing, OutgoingFile
from billing.delivery.way import SendingAttempt
from billing.documents.words.words import Words, message, words_in

_HEADER_CHARACTERS_MAX = 200


class _MailSentences(NamedTuple):
    """What a mail says of its document: as its subject, where it has a link, and where it has the files."""

    subject: str
    is_ready: str
    is_attached: str


#: Of an invoice, and of a credit note.
_OF_SELLER = (
    _MailSentences(
        message("Invoice {number} of {seller}"),
        message("invoice {number} of {seller} is ready for you."),
        message("attached is invoice {number} of {seller}."),
    ),
    _MailSentences(
        message("Credit note {number} of {seller}"),
        message("credit note {number} of {seller} is ready for you."),
        message("attached is credit note {number} of {seller}."),
    ),
)
#: The same of a letter about late documents; of one that corrects another.
_LETTER_SUBJECT = message("{title} {letter} of {seller}")
_LETTER_IS_ATTACHED = (
    message("attached is our letter {letter} about documents that are late."),
    message("attached is our letter {letter}, which corrects an earlier one."),
)
#: The same of what the supplier makes out in the name of a payee.
_SELF_BILLED = (
    _MailSentences(
        message("Invoice {number}, made out in your name by {seller}"),
        message("invoice {number}, which {seller} has made out in your name, is ready for you."),
        message("attached is invoice {number}, which {seller} has made out in your name."),
    ),
    _MailSentences(
        message("Credit note {number}, made out in your name by {seller}"),
        message("credit note {number}, which {seller} has made out in your name, is ready for you."),
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


def _sentences(outgoing: Outgoing) -> _MailSentences:
    return (_SELF_BILLED if outgoing.is_self_billed else _OF_SELLER)[outgoing.is_credit]


def _subject(words: Words, outgoing: Outgoing) -> str:
    if outgoing.letter:
        return words.text(_LETTER_SUBJECT, title=outgoing.letter, letter=outgoing.number, seller=outgoing.seller)
    return words.text(_sentences(outgoing).subject, number=outgoing.number, seller=outgoing.seller)


def _text(words: Words, outgoing: Outgoing) -> str:
    if outgoing.letter:
        sentence = words.text(_LETTER_IS_ATTACHED[outgoing.corrects_letter], letter=outgoing.number)
        paragraphs = [words.text("Good day,"), sentence, *_where_to_pay_each(words, outgoing)]
        return "\n\n".join([*paragraphs, header_text(outgoing.seller)]) + "\n"
    of_document = {"number": outgoing.number, "seller": outgoing.seller}
    sentences = _sentences(outgoing)
    if outgoing.link:
        sentence = sentences.is_ready
        until = "" if outgoing.link_ends_on is None else words.day(outgoing.link_ends_on)
        rest = [words.text("It opens at this address until {day}:", day=until), outgoing.link]
    else:
        sentence = sentences.is_attached
        rest = _about_files(words, outgoing)
    for link in outgoing.pay_links:
        rest += [words.text("It can be paid at this address until {day}:", day=_paid_until(words, outgoing)), link.url]
    rest += _about_debit(words, outgoing.notice)
    greeting = words.text("Good day,")
    return "\n\n".join([greeting, words.text(sentence, **of_document), *rest, header_text(outgoing.seller)]) + "\n"


def _where_to_pay_each(words: Words, outgoing: Outgoing) -> list[str]:
    """Say of each document of a letter where it is paid, the address on a line of its own."""
    if not outgoing.pay_links:
        return []
    sentence = words.text("Each document can be paid at its own address until {day}:", day=_paid_until(words, outgoing))
    return [sentence, *(f"{link.number}:\n{link.url}" for link in outgoing.pay_links)]


def _paid_until(words: Words, outgoing: Outgoing) -> str:
    return "" if outgoing.pay_links_end_on is None else words.day(outgoing.pay_links_end_on)


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
