"""Files for banks read by other code than what writes them: by the elements of the published guidelines (EPC130-08,
EPC131-08, EPC132-08), with their rules of structure, sums, sets of characters and lengths; no schema is asked."""

import re
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

CHARACTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
DEBITS, TRANSFERS = "pain.008.001.08", "pain.001.001.09"
#: Which elements an element may have, in their order; `!` of those that have to be there.
CHILDREN = {
    DEBITS: {
        "GrpHdr": "MsgId! CreDtTm! NbOfTxs! CtrlSum! InitgPty!",
        "PmtInf": "PmtInfId! PmtMtd! BtchBookg NbOfTxs! CtrlSum! PmtTpInf! ReqdColltnDt! Cdtr! CdtrAcct! CdtrAgt! ChrgBr!"
                  " CdtrSchmeId! DrctDbtTxInf!",
        "PmtTpInf": "SvcLvl! LclInstrm! SeqTp!",
        "DrctDbtTxInf": "PmtId! InstdAmt! DrctDbtTx! DbtrAgt! Dbtr! DbtrAcct! RmtInf",
        "MndtRltdInf": "MndtId! DtOfSgntr! AmdmntInd AmdmntInfDtls",
        "AmdmntInfDtls": "OrgnlMndtId OrgnlCdtrSchmeId OrgnlDbtrAcct",
        "PstlAdr": "PstCd TwnNm! Ctry! AdrLine",
    },
    TRANSFERS: {
        "GrpHdr": "MsgId! CreDtTm! NbOfTxs! CtrlSum! InitgPty!",
        "PmtInf": "PmtInfId! PmtMtd! BtchBookg NbOfTxs! CtrlSum! PmtTpInf ReqdExctnDt! Dbtr! DbtrAcct! DbtrAgt! ChrgBr!"
                  " CdtTrfTxInf!",
        "CdtTrfTxInf": "PmtId! Amt! CdtrAgt Cdtr! CdtrAcct! RmtInf",
        "PstlAdr": "PstCd TwnNm! Ctry! AdrLine",
    },
}  # fmt: skip
LENGTHS = {
    "MsgId": 35,
    "PmtInfId": 35,
    "EndToEndId": 35,
    "MndtId": 35,
    "Nm": 70,
    "Ustrd": 140,
    "TwnNm": 35,
    "AdrLine": 70,
    "PstCd": 16,
}
MULTIPLE = {"PmtInf", "DrctDbtTxInf", "CdtTrfTxInf", "AdrLine"}


@dataclass(frozen=True)
class Moved:
    """One debit or payment as a bank reads it."""

    end_to_end: str
    amount: Decimal
    currency: str
    written: str
    day: str
    account: str
    name: str
    reference: str
    text: str
    batch: str
    town: str = ""
    scheme: str = ""
    sequence: str = ""
    mandate: str = ""
    signed_on: str = ""
    amended: tuple[tuple[str, str], ...] = ()
    creditor_id: str = ""


def name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def read(raw: bytes) -> tuple[str, etree._Element]:
    """The message of a file, once all rules of structure hold."""
    root = etree.fromstring(raw)
    kind = root.nsmap[None].rpartition(":")[2]
    for element in root.iter():
        allowed = CHILDREN[kind].get(name(element))
        if allowed is not None:
            check_children(element, allowed.split())
        text = (element.text or "").strip()
        assert CHARACTERS.fullmatch(text), (name(element), text)
        assert len(text) <= LENGTHS.get(name(element), 1000), (name(element), text)
    (message,) = root
    groups = [element for element in message if name(element) == "PmtInf"]
    check_sums(message[0], [amount for group in groups for amount in amounts(group)])
    for group in groups:
        check_sums(group, amounts(group))
    ids = [str(element.text) for element in root.iter() if name(element) in {"MsgId", "PmtInfId", "EndToEndId"}]
    assert len(ids) == len(set(ids))
    return kind, message


def check_children(element: etree._Element, allowed: list[str]) -> None:
    names = [name(child) for child in element]
    order = [one.rstrip("!") for one in allowed]
    assert set(names) <= set(order), (name(element), names)
    assert [order.index(one) for one in names] == sorted(order.index(one) for one in names), (name(element), names)
    assert {one.rstrip("!") for one in allowed if one.endswith("!")} <= set(names), (name(element), names)
    assert all(names.count(one) == 1 for one in names if one not in MULTIPLE), (name(element), names)


def amounts(group: etree._Element) -> list[Decimal]:
    return [Decimal(str(one.text)) for one in group.iter() if name(one) == "InstdAmt"]


def check_sums(element: etree._Element, all_of: list[Decimal]) -> None:
    stated = {name(child): str(child.text) for child in element}
    assert int(stated["NbOfTxs"]) == len(all_of) > 0
    assert Decimal(stated["CtrlSum"]) == sum(all_of)


def at(element: etree._Element, path: str) -> str:
    found = element.xpath("/".join(f"*[local-name()='{one}']" for one in path.split("/")))
    return "" if not found else str(found[0].text)


def amendments(one: etree._Element) -> tuple[tuple[str, str], ...]:
    base = "DrctDbtTx/MndtRltdInf/AmdmntInfDtls"
    paths = ("OrgnlMndtId", "OrgnlCdtrSchmeId/Nm", "OrgnlCdtrSchmeId/Id/PrvtId/Othr/Id", "OrgnlDbtrAcct/Id/Othr/Id")
    stated = tuple((path.partition("/")[0], at(one, f"{base}/{path}")) for path in paths if at(one, f"{base}/{path}"))
    assert (at(one, "DrctDbtTx/MndtRltdInf/AmdmntInd") == "true") is bool(stated)
    return stated


def debits_of(raw: bytes) -> list[Moved]:
    kind, message = read(raw)
    assert kind == DEBITS
    moved = []
    for group in message[1:]:
        assert (at(group, "PmtMtd"), at(group, "PmtTpInf/SvcLvl/Cd"), at(group, "ChrgBr")) == ("DD", "SEPA", "SLEV")
        for one in (child for child in group if name(child) == "DrctDbtTxInf"):
            (amount,) = (child for child in one if name(child) == "InstdAmt")
            assert amount.get("Ccy") == "EUR"
            moved.append(Moved(
                end_to_end=at(one, "PmtId/EndToEndId"), amount=Decimal(str(amount.text)), currency="EUR", written=str(amount.text),
                day=at(group, "ReqdColltnDt"), account=at(one, "DbtrAcct/Id/IBAN"), name=at(one, "Dbtr/Nm"),
                reference=at(one, "RmtInf/Strd/CdtrRefInf/Ref"), text=at(one, "RmtInf/Ustrd"), batch=at(group, "PmtInfId"),
                town=at(one, "Dbtr/PstlAdr/TwnNm"), scheme=at(group, "PmtTpInf/LclInstrm/Cd"), sequence=at(group, "PmtTpInf/SeqTp"),
                mandate=at(one, "DrctDbtTx/MndtRltdInf/MndtId"), signed_on=at(one, "DrctDbtTx/MndtRltdInf/DtOfSgntr"),
                amended=amendments(one), creditor_id=at(group, "CdtrSchmeId/Id/PrvtId/Othr/Id"),
            ))  # fmt: skip
    return moved


def payments_of(raw: bytes) -> list[Moved]:
    kind, message = read(raw)
    assert kind == TRANSFERS
    moved = []
    for group in message[1:]:
        assert at(group, "PmtMtd") == "TRF"
        for one in (child for child in group if name(child) == "CdtTrfTxInf"):
            (amount,) = one.xpath("*[local-name()='Amt']/*[local-name()='InstdAmt']")
            moved.append(Moved(
                end_to_end=at(one, "PmtId/EndToEndId"), amount=Decimal(str(amount.text)), currency=str(amount.get("Ccy")),
                written=str(amount.text), day=at(group, "ReqdExctnDt/Dt"),
                account=at(one, "CdtrAcct/Id/IBAN") or at(one, "CdtrAcct/Id/Othr/Id"), name=at(one, "Cdtr/Nm"),
                reference=at(one, "RmtInf/Strd/CdtrRefInf/Ref"), text=at(one, "RmtInf/Ustrd"), batch=at(group, "PmtInfId"),
                town=at(one, "Cdtr/PstlAdr/TwnNm"), scheme=at(group, "PmtTpInf/SvcLvl/Cd"),
            ))  # fmt: skip
    return moved
