"""What is owed as of now against what was billed: the difference becomes adjustment lines, with their reason.

Nothing issued is edited. Each line of the corrected period is rated again; where it differs from the sum of what was
billed for it, an adjustment line carries the difference and keeps service period, tax point, rate and unit price.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from billing.invoice import Corrects, Line
from metering.number import plain, trimmed

Key = tuple[str, int]


def adjustments(
    billed: Sequence[Line], owed: Sequence[Line], corrects: Corrects, changes: Sequence[Mapping[str, Any]]
) -> tuple[Line, ...]:
    """Bring what was billed for one period to what is owed for it.

    Args:
        billed: the lines of its invoice and every adjustment of them since, signs included.
        owed: the same period rated again.
        corrects: the invoice of the period.
        changes: the batches that changed its readings: number, kind, source, person, instant, reason.

    Returns:
        One line for each charge and part that differs; none if nothing does.
    """
    was, now = _summed(billed), {line.key: line for line in owed}
    lines = []
    for key in dict.fromkeys([*was, *now]):
        before_quantity, before_net = was[key][:2] if key in was else (Decimal(0), Decimal(0))
        target = now.get(key)
        after_quantity, after_net = (target.quantity, target.net) if target else (Decimal(0), Decimal(0))
        if (after_quantity, after_net) == (before_quantity, before_net):
            continue
        shape = target or was[key][2]
        proof = {
            **(target.proof if target else {k: v for k, v in shape.proof.items() if k in ("rule", "arithmetic")}),
            "adjusts": {
                "billed_quantity": plain(trimmed(before_quantity)),
                "billed_net": plain(before_net),
                "owed_quantity": plain(trimmed(after_quantity)),
                "owed_net": plain(after_net),
            },
            "changes": [dict(change) for change in changes],
        }
        lines.append(
            replace(
                shape,
                quantity=trimmed(after_quantity - before_quantity),
                net=after_net - before_net,
                corrects=corrects,
                proof=proof,
            )
        )
    return tuple(lines)


def _summed(billed: Iterable[Line]) -> dict[Key, tuple[Decimal, Decimal, Line]]:
    sums: dict[Key, tuple[Decimal, Decimal, Line]] = {}
    for line in billed:
        quantity, net, first = sums.get(line.key, (Decimal(0), Decimal(0), line))
        sums[line.key] = quantity + line.quantity, net + line.net, first
    return sums
