"""Status reports as pain.002, of any version from .03 on: what a bank says of a file before it books anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from billing.bank.statements.camt_elements import below, children, local, missing, parsed, text_at, wrong
from billing.bank.statements.entry import UnreadableStatement

_MESSAGE = "CstmrPmtStsRpt"
_REFUSED = "RJCT"
#: Codes of ISO 20022 (ExternalPaymentGroupStatus1Code and the others).
_STATUSES = frozenset({
    "ACCC", "ACCP", "ACFC", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP",
    "BLCK", "CANC", "PART", "PATC", "PDNG", "PRES", "RCVD", _REFUSED
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankStatusReport:
    """What a bank refuses of a file.

    Attributes:
        message_id: of the file.
        is_refused: whether it refuses all of it.
        reason: why it does, as code and words; empty where it does not, or does not say.
        batches: those that it refuses as a whole, with the reason.
        orders: what it refuses besides, by our reference, with the reason.
    """

    message_id: str
    is_refused: bool
    reason: str
    batches: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, str], ...]


def read_status_report(raw: bytes) -> BankStatusReport:
    """Read a status report.

    Raises:
        UnreadableStatement: it is no pain.002.
        StatementValueInvalid: an element is missing, or a status is none.
    """
    root = parsed(raw)
    message = below(root, _MESSAGE)
    if message is None:
        holds_instead = next((local(child) for child in root if isinstance(child.tag, str)), local(root))
        detail = f"{holds_instead!r} is no status report of a bank"
        raise UnreadableStatement(detail, place="line 1", found=holds_instead, expected=_MESSAGE)
    group = below(message, "OrgnlGrpInfAndSts")
    message_id = "" if group is None else text_at(group, "OrgnlMsgId")
    if not message_id:
        raise missing(message, "OrgnlGrpInfAndSts/OrgnlMsgId")
    batches, orders = [], []
    for batch in children(message, "OrgnlPmtInfAndSts"):
        if _is_refused(batch, "PmtInfSts"):
            batches.append((_stated(batch, "OrgnlPmtInfId"), _reason(batch)))
        orders += list(_orders(batch))
    return BankStatusReport(
        message_id=message_id,
        is_refused=_is_refused(group, "GrpSts"),
        reason=_reason(group),
        batches=tuple(batches),
        orders=tuple(orders),
    )


def _orders(batch: Any) -> Iterator[tuple[str, str]]:
    for one in children(batch, "TxInfAndSts"):
        if _is_refused(one, "TxSts"):
            yield _stated(one, "OrgnlEndToEndId"), _reason(one)


def _is_refused(element: Any, name: str) -> bool:
    status = text_at(element, name)
    if status and status not in _STATUSES:
        raise wrong(below(element, name), status, "a status, as RJCT or ACSP")
    return status == _REFUSED


def _stated(element: Any, name: str) -> str:
    text = text_at(element, name)
    if not text:
        raise missing(element, name)
    return text


def _reason(element: Any) -> str:
    """Put together the codes and words of why something is refused."""
    said = []
    for reason in children(element, "StsRsnInf"):
        code = text_at(reason, "Rsn", "Cd") or text_at(reason, "Rsn", "Prtry")
        said += [code, *(text_at(words) for words in children(reason, "AddtlInf"))]
    return " ".join(text for text in said if text)
