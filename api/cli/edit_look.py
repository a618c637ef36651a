"""What an edit would write, for a person who decides whether to release it, and for a program."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from api.cli.context import out, show_verdicts, table
from quantities.counted import agrees, counted

if TYPE_CHECKING:
    from api.operations.edits import EditLook
    from billing.previews.repricing import Repriced
    from metering.deliveries.changed_readings import ChangedReading


def edit_facts(look: "EditLook") -> dict[str, Any]:
    """The facts of an edit, as HTTP answers them."""
    from api.http.edits import edit_look_out

    return edit_look_out(look).model_dump(mode="json")


def show_look(look: "EditLook", after: int = 0) -> None:
    """Show a person what an edit would write; ``after`` so many readings, which are left out."""
    from rich.markup import escape

    edit, delivery = look.prepared.edit, look.prepared.delivery
    file = f" of {delivery.source}" if delivery.source and edit.kind == "deliver" else ""
    profile = f", read by profile {delivery.profile}" if delivery.profile else ""
    stands = f"released by {edit.released_by}, batch {edit.batch}" if edit.released_by else "waits"
    out.print(escape(f"edit {edit.id}: {edit.kind.value}{file}, {edit.register}{profile}; {stands}"))
    prepared_at = edit.prepared_at.isoformat(timespec="seconds")
    out.print(escape(f"prepared by {edit.prepared_by} at {prepared_at}: {edit.reason}"))
    if delivery.closing is not None and delivery.opening is not None:
        serial = f", serial {delivery.serial}" if delivery.serial else ""
        out.print(f"at {edit.start.isoformat()}: closes at {delivery.closing:f}, opens at {delivery.opening:f}{serial}")
    if edit.kind == "approval" and edit.released_by is None:
        until = delivery.approved_until or "no end"
        out.print(f"its meter is approved until {until}, now {look.prepared.approved_until or 'no end'}")
    if look.refused:
        out.print(escape(f"it cannot be released as it is: {look.refused}"))
        return
    _show_readings(look, after)
    if look.receipt is not None and look.receipt.refused:
        rows = [(verdict.line, verdict.code, verdict.found, verdict.expected) for verdict in look.receipt.verdicts]
        out.print(f"{counted(look.receipt.refused, 'row')} {agrees(look.receipt.refused, 'is', 'are')} refused")
        show_verdicts(rows, look.receipt.refused)
    for batch in look.since:
        out.print(escape(f"mind: batch {batch.id} of {batch.recorded_by} has changed these readings since"))
    if edit.released_by is None:
        out.print(escape(_effect(look)))
        out.print(f"to release this and nothing else: usufruct edit release {edit.id} --digest {look.digest}")


def _show_readings(look: "EditLook", after: int) -> None:
    readings = look.readings
    if not readings.count:
        out.print("no reading changes")
        return
    columns = ("register", "start", "end", "now", "afterwards", "unit", "quality")
    if look.prepared.edit.released_by is not None:
        columns = ("register", "start", "end", "was", "since", "unit", "quality")
    out.print(table(columns, [_row(reading) for reading in readings.page], right=columns[3:5]))
    shown = after + len(readings.page)
    if after or shown < readings.count:
        rest = f": --after {shown}" if shown < readings.count else ""
        out.print(f"readings {after + 1} to {shown} of {readings.count}{rest}")


def _row(reading: "ChangedReading") -> Sequence[str]:
    from quantities.number import plain

    dimensions = ", ".join(f"{name}={value}" for name, value in reading.dimensions.items())
    was, now = ("none" if value is None else plain(value) for value in (reading.was, reading.now))
    qualities = dict.fromkeys(
        quality.name.lower() for quality in (reading.quality_was, reading.quality) if quality is not None
    )
    return (
        f"{reading.register} {dimensions}".strip(),
        reading.start.isoformat(),
        reading.end.isoformat(),
        was,
        now,
        reading.unit,
        " → ".join(qualities),
    )


def _effect(look: "EditLook") -> str:
    """Say which documents an edit corrects, and by how much."""
    if look.reprices.fault:
        return f"released, it holds what is billed already: {look.reprices.fault}"
    documents = look.reprices.documents
    more = look.contracts_left_out
    left_out = f"; {counted(more, 'more contract')} {agrees(more, 'is', 'are')} not looked at" if more else ""
    if not documents:
        return f"it corrects no document that is billed{left_out}"
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for document in documents:
        sums[document.currency] += document.net
    total = ", ".join(f"{net:+f} {currency}" for currency, net in sums.items())
    named = "; ".join(map(_named, documents))
    return f"the next bill corrects {counted(len(documents), 'document')} by {total} net, as of now: {named}{left_out}"


def _named(document: "Repriced") -> str:
    return f"{document.number} ({document.first}/{document.after_last}) net {document.net:+f}"
