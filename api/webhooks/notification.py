"""What is told outside: each type of notification, what it says and where it is read back. All pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import UUID


class NotificationType(StrEnum):
    """What has happened: a noun, and what became of it."""

    READINGS_REFUSED = "readings.refused"
    FINDING_RAISED = "finding.raised"
    FINDING_OPEN = "finding.open"
    CONTRACT_RELEASED = "contract.released"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_CORRECTED = "document.corrected"
    DOCUMENT_PAID = "document.paid"
    DOCUMENT_VOIDED = "document.voided"
    DISPUTE_RAISED = "dispute.raised"
    SERVICE_STOPPED = "service.stopped"
    SERVICE_RESUMED = "service.resumed"
    STATEMENT_DUE = "statement.due"
    STATEMENT_PREPARED = "statement.prepared"
    ALERT_FIRED = "alert.fired"
    CAP_REACHED = "cap.reached"


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """What stands in notifications of a type.

    Attributes:
        says: when there is one.
        path: where it is read back, with facts as parts of the address.
        example: the facts of one.
        of_customers: whether it is of a customer's contract, so that the customer's own webhooks get it.
    """

    says: str
    path: str
    example: Mapping[str, Any]
    of_customers: bool = True


_T = NotificationType
_DAYS = {"first": "2026-01-01", "last": "2026-01-31"}
#: By type; the triggers of the migration write the facts, and a test holds them against the examples.
KINDS: Mapping[NotificationType, NotificationKind] = MappingProxyType({
    _T.READINGS_REFUSED: NotificationKind(
        "A delivery of readings had rows that were not stored; its verdicts say why.",
        "/v1/batches/{batch}", {"batch": 17, "refused": 3, "stored": 741}, of_customers=False,
    ),
    _T.FINDING_RAISED: NotificationKind(
        "A check of a register puts readings in question; where it holds, no bill rests on them before it is answered.",
        "/v1/findings",
        {"finding": 4, "register": "c3.cold", "check": "gap", "holds": True, "start": "2026-01-14T10:00:00+00:00",
         "end": "2026-01-14T12:00:00+00:00", "batch": 17}, of_customers=False,
    ),
    _T.FINDING_OPEN: NotificationKind(
        "Nobody has answered a finding for three days; told again each week while it is open.",
        "/v1/findings",
        {"finding": 4, "register": "c3.cold", "check": "gap", "holds": True, "start": "2026-01-14T10:00:00+00:00",
         "end": "2026-01-14T12:00:00+00:00", "batch": 17}, of_customers=False,
    ),
    _T.CONTRACT_RELEASED: NotificationKind(
        "A version of a contract counts from now on.",
        "/v1/contracts/{contract}", {"contract": "COOL-1", "version": 2, "effective": "2026-02-01"},
    ),
    _T.DOCUMENT_ISSUED: NotificationKind(
        "An invoice has got its number and its date. It never changes again.",
        "/v1/invoices/{number}", {"number": "2026-000002", "contract": "COOL-1", "kind": "period", **_DAYS},
    ),
    _T.DOCUMENT_CORRECTED: NotificationKind(
        "An invoice that was issued carries corrections of earlier ones, whose numbers stand in `corrects`.",
        "/v1/invoices/{number}", {"number": "2026-000002", "contract": "COOL-1", "corrects": ["2026-000001"]},
    ),
    _T.DOCUMENT_PAID: NotificationKind(
        "Nothing of a document is open any more: it was paid or set off. After a reversal it may be paid again.",
        "/v1/invoices/{number}",
        {"number": "2026-000002", "contract": "COOL-1", "currency": "EUR", "gross": "1190.00"},
    ),
    _T.DOCUMENT_VOIDED: NotificationKind(
        "A document that was not sent is void: its number stays, nothing of it is owed, and its work is billed anew.",
        "/v1/invoices/{number}",
        {"number": "2026-000002", "contract": "COOL-1", "kind": "period", "on": "2026-02-02"},
    ),
    _T.DISPUTE_RAISED: NotificationKind(
        "A charge is disputed over some days.",
        "/v1/contracts/{contract}/disputes", {"dispute": 1, "contract": "COOL-1", "charge": "cooling", **_DAYS},
    ),
    _T.SERVICE_STOPPED: NotificationKind(
        "Documents of a contract are not paid after the last notice: its service may be stopped.",
        "/v1/contracts/{contract}/service", {"contract": "COOL-1", "number": "2026-000001"},
    ),
    _T.SERVICE_RESUMED: NotificationKind(
        "Nothing of a contract is late any more that its service was stopped for: it goes on.",
        "/v1/contracts/{contract}/service", {"contract": "COOL-1", "number": "2026-000001"},
    ),
    _T.STATEMENT_DUE: NotificationKind(
        "The invoice of a period waits for a savings statement: none is prepared or agreed, or it is out of date.",
        "/v1/contracts/{contract}/statements", {"contract": "OFFICE-SAVINGS", **_DAYS},
    ),
    _T.STATEMENT_PREPARED: NotificationKind(
        "A savings statement of a window is prepared.",
        "/v1/statements/{statement}", {"statement": 4, "contract": "OFFICE-SAVINGS", **_DAYS},
    ),
    _T.ALERT_FIRED: NotificationKind(
        "A threshold of what a contract spends or uses is reached; `late`: by readings that came after its days.",
        "/v1/alerts/{alert}", {"alert": 1, "contract": "COOL-1", **_DAYS, "late": False},
    ),
    _T.CAP_REACHED: NotificationKind(
        "The cap of what a contract spends is reached. It warns: nothing is stopped by it.",
        "/v1/alerts/{alert}", {"alert": 2, "contract": "COOL-1", **_DAYS, "late": False},
    ),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that happened.

    Attributes:
        id: told with each attempt to deliver it, so that whoever gets it twice knows.
        type: what.
        at: when the statement ran that did it.
        facts: few, and none that its readers could not read back.
    """

    id: UUID
    type: NotificationType
    at: datetime
    facts: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it is read back."""
        parts = {name: quote(str(value), safe="") for name, value in self.facts.items()}
        return KINDS[self.type].path.format_map(parts)

    @property
    def content(self) -> dict[str, Any]:
        """Its payload, as Standard Webhooks has one: type, timestamp, data."""
        timestamp = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = {name: self.facts[name] for name in KINDS[self.type].example}  # in the order of the documentation
        return {"type": self.type.value, "timestamp": timestamp, "data": {**facts, "path": self.path}}

    @property
    def body(self) -> bytes:
        """The payload as it is signed and sent: the same bytes at each attempt."""
        return json.dumps(self.content, separators=(",", ":")).encode()


def example_of(type_: NotificationType) -> Notification:
    """A notification as the documentation shows it."""
    at = datetime(2026, 2, 1, 6, tzinfo=UTC)
    return Notification(UUID("0b5c1f0e-6d3a-4f57-9c3e-2f1f6a7d8e90"), type_, at, KINDS[type_].example)
