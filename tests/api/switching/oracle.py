"""What events come to, by the clauses on paper: a script of its own that shares no code with the product.

It reads, line by line, ``{"client": …, "event": …}`` as they were posted, and writes what each line of each month's
invoice is owed: ``{"2026-01": {"tokens at 0.0013": ["quantity", "amount"]}}``.

    tokens   the sum of data.usage.tokens of prompts, 0.0013 each
    calls    the number of prompts, in a month the first 100 at 0.05, further ones at 0.02
    energy   the sum of properties.wh, in kWh, 0.31 a kWh
    parts    the number of events, 0.07 a part
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
PRICES = {"tokens": "0.0013", "energy": "0.31", "parts": "0.07"}
FIRST = Fraction(100)


def identity(record: dict[str, Any]) -> tuple[str, str, str]:
    event = record["event"]
    if record["client"] == "openmeter":
        return "openmeter", event["source"], event["id"]
    return "lago", event["external_subscription_id"], event["transaction_id"]


def month_of(record: dict[str, Any]) -> str:
    event = record["event"]
    if record["client"] == "openmeter":
        instant = datetime.fromisoformat(event["time"])
    else:
        instant = datetime.fromtimestamp(int(str(event["timestamp"]).split(".")[0]), UTC)
    return instant.astimezone(BERLIN).strftime("%Y-%m")


def uses_of(record: dict[str, Any]) -> dict[str, Fraction]:
    event = record["event"]
    if record["client"] == "openmeter":
        if (event["type"], event["subject"]) != ("prompt", "acme"):
            return {}
        return {"tokens": Fraction(str(event["data"]["usage"]["tokens"])), "calls": Fraction(1)}
    if event["external_subscription_id"] != "sub-1":
        return {}
    if event["code"] == "energy":
        return {"energy": Fraction(str(event["properties"]["wh"])) / 1000}
    return {"parts": Fraction(1)}


def cents(amount: Fraction) -> str:
    return str((Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def tiers_of(charge: str, used: Fraction) -> list[tuple[Fraction, str]]:
    if charge != "calls":
        return [(used, PRICES[charge])]
    return [(min(used, FIRST), "0.05"), (max(used - FIRST, Fraction(0)), "0.02")]


def lines_of(posted: Iterable[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    used: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for record in {identity(record): record for record in posted}.values():
        for charge, amount in uses_of(record).items():
            used[month_of(record), charge] += amount
    lines: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for (month, charge), total in sorted(used.items()):
        for quantity, price in tiers_of(charge, total):
            if quantity:
                exact = format(Decimal(quantity.numerator) / Decimal(quantity.denominator), "f")
                lines[month][f"{charge} at {price}"] = [exact, cents(quantity * Fraction(price))]
    return lines


if __name__ == "__main__":
    json.dump(lines_of(json.loads(line, parse_float=Decimal) for line in sys.stdin), sys.stdout)
