"""Credits as somebody gives them: prepared by Carla, released by Bert."""

from typing import Any

from api.operations.credit_notes import prepare_credit, release_credit, withdraw_credit
from billing.credits.store import KnownCredit
from billing.records.credit import AskedCredit
from quantities.document import parse
from tests.billing.scene import Scene, on
from tests.build import acts


def asked(*lines: dict[str, Any]) -> list[AskedCredit]:
    return [parse(AskedCredit, line) for line in lines]


def prepared(scene: Scene, number: str, *lines: dict[str, Any], day: str = "2026-02-10", by: str = "carla") -> int:
    """The number of a credit that waits."""
    with scene.database.transaction(scene.tenant) as session:
        who = acts(session, by)
        return prepare_credit(session, number, asked(*lines), supplier=None, reason="late", who=who, at=on(day)).id


def released(scene: Scene, credit: int, *, day: str = "2026-02-10", by: str = "bert") -> KnownCredit:
    with scene.database.transaction(scene.tenant) as session:
        return release_credit(session, credit, who=acts(session, by), at=on(day))


def withdrawn(scene: Scene, credit: int, *, day: str = "2026-02-10", by: str = "carla") -> KnownCredit:
    with scene.database.transaction(scene.tenant) as session:
        return withdraw_credit(session, credit, who=acts(session, by), at=on(day))


def gives(scene: Scene, number: str, *lines: dict[str, Any], day: str = "2026-02-10") -> tuple[str, ...]:
    """Give back lines of a document, by two people; the numbers of the credit notes."""
    return released(scene, prepared(scene, number, *lines, day=day), day=day).documents
