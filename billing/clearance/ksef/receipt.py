"""Answers of KSeF, as files: its signed receipt (UPO, XML), and the list of a session's documents (JSON).

Of the receipt's signature nothing is checked: who holds it can prove by it what the ministry has signed. The list says
as well why a document was refused.
"""

import json
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime

from lxml import etree

from billing.clearance.answers import ClearanceAnswer
from billing.clearance.ksef.number import ksef_number
from billing.clearance.refusals import AnswerUnreadable
from quantities.errors import Invalid
from quantities.period import utc

_RECEIPT = "Potwierdzenie"
_NAMESPACE = "http://upo.schematy.mf.gov.pl/KSeF/"
_EXPECTED = "a receipt (UPO) as XML, or the list of a session's documents as JSON"
_ACCEPTED = 200
_REFUSED = 400


def read_ksef_answer(content: bytes) -> tuple[ClearanceAnswer, ...]:
    """Read a receipt or a list of a session.

    Returns:
        One answer a document; of those in process, none.

    Raises:
        AnswerUnreadable: it is neither.
        ClearanceNumberInvalid: a number in it is none of KSeF.
    """
    return _of_session(content) if content.lstrip()[:1] == b"{" else _of_receipt(content)


def _of_receipt(content: bytes) -> tuple[ClearanceAnswer, ...]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise AnswerUnreadable(str(fault), place="file", found=str(fault), expected=_EXPECTED) from None
    name = etree.QName(root)
    if name.localname != _RECEIPT or not (name.namespace or "").startswith(_NAMESPACE):
        raise AnswerUnreadable(f"<{root.tag}> is no receipt", place="file", found=str(root.tag), expected=_EXPECTED)
    documents = root.findall(f"{{{name.namespace}}}Dokument")
    return tuple(_document(position, one) for position, one in enumerate(documents, start=1))


def _document(position: int, document: etree._Element) -> ClearanceAnswer:
    fields = {etree.QName(child).localname: (child.text or "").strip() for child in document}
    place = f"Dokument[{position}]"
    at = _instant(_field(fields, "DataNadaniaNumeruKSeF", place), place)
    return ClearanceAnswer(
        place=place,
        seller=fields.get("NipSprzedawcy", ""),
        serial=_field(fields, "NumerFaktury", place),
        number=ksef_number(_field(fields, "NumerKSeFDokumentu", place)),
        given_on=at.date(),
        given_at=utc(at),
        receipt=True,
        sha256=_digest(_field(fields, "SkrotDokumentu", place), place),
    )


def _of_session(content: bytes) -> tuple[ClearanceAnswer, ...]:
    try:
        document = json.loads(content)
        listed = document["invoices"]
        rows = [_row(position, one) for position, one in enumerate(listed, start=1)]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        detail = f"the list of a session is not readable: {type(fault).__name__} {fault}"
        raise AnswerUnreadable(detail, place="invoices", found=str(fault), expected=_EXPECTED) from None
    return tuple(row for row in rows if row is not None)


def _row(position: int, row: Mapping[str, object]) -> ClearanceAnswer | None:
    place = f"invoices[{position}]"
    status = row["status"]
    if not isinstance(status, dict):
        raise TypeError("status")
    code = int(status["code"])
    about = ClearanceAnswer(
        place=place,
        seller=str(row.get("sellerNip") or ""),
        serial=str(row["invoiceNumber"]),
        sha256=_digest(str(row["invoiceHash"]), place),
    )
    if code == _ACCEPTED:
        at = _instant(str(row["acquisitionDate"]), place)
        number = ksef_number(str(row["ksefNumber"]))
        return ClearanceAnswer(place, about.seller, about.serial, number, at.date(), utc(at), sha256=about.sha256)
    if code < _REFUSED:
        return None
    details = status.get("details") or []
    reason = ": ".join([f"{code} {status.get('description', '')}".strip(), *map(str, details)])
    return ClearanceAnswer(place, about.seller, about.serial, reason=reason, sha256=about.sha256)


def _field(fields: Mapping[str, str], name: str, place: str) -> str:
    if not fields.get(name):
        raise AnswerUnreadable(f"{place} has no {name}", place=f"{place}/{name}", found="nothing", expected=name)
    return fields[name]


def _instant(text: str, place: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        utc(at)
    except (ValueError, Invalid):
        expected = "an instant with its offset"
        raise AnswerUnreadable(f"{text!r} is no instant", place=place, found=text, expected=expected) from None
    return at


def _digest(text: str, place: str) -> bytes:
    try:
        padded = text + "=" * (-len(text) % 4)
        digest = urlsafe_b64decode(padded) if {"-", "_"} & set(text) else b64decode(padded, validate=True)
    except (NotBase64, ValueError):
        digest = b""
    if len(digest) != 32:  # noqa: PLR2004 the bytes of SHA-256
        expected = "a SHA-256 as Base64"
        raise AnswerUnreadable(
            f"{text!r} is no SHA-256", place=f"{place}/SkrotDokumentu", found=text, expected=expected
        )
    return digest
