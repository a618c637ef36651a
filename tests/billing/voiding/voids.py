"""Documents voided as somebody does it: asked for by Carla, released by Bert."""

from api.operations.voiding import ask_void, release_void, withdraw_void
from billing.voiding.views import VoidingOut
from tests.billing.scene import Scene, on
from tests.build import acts


def asked(scene: Scene, number: str, *, day: str = "2026-02-02", by: str = "carla") -> VoidingOut:
    with scene.database.transaction(scene.tenant) as session:
        return ask_void(session, number, None, reason="the wrong price", who=acts(session, by), at=on(day))


def released(scene: Scene, number: str, *, day: str = "2026-02-02", by: str = "bert") -> VoidingOut:
    with scene.database.transaction(scene.tenant) as session:
        return release_void(session, number, None, who=acts(session, by), at=on(day))


def withdrawn(scene: Scene, number: str, *, day: str = "2026-02-02", by: str = "carla") -> VoidingOut:
    with scene.database.transaction(scene.tenant) as session:
        return withdraw_void(session, number, None, who=acts(session, by), at=on(day))


def voids(scene: Scene, number: str, *, day: str = "2026-02-02") -> tuple[str, ...]:
    """Void a piece of work by two people; the numbers of its documents."""
    asked(scene, number, day=day)
    return tuple(released(scene, number, day=day).documents)


def documents(scene: Scene) -> list[tuple[str, str, bool]]:
    """Number, net, and whether it counts, document by document."""
    rows = [invoice.row for invoice in scene.invoices()]
    return [(row.number or "", str(row.net), row.voided_on is None) for row in rows]


def counting(scene: Scene) -> list[tuple[str, str]]:
    """Number and net of what counts."""
    return [(number, net) for number, net, counts in documents(scene) if counts]
