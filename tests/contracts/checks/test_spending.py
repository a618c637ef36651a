"""What is agreed of spending names what is there, and means something."""

from typing import Any

import pytest

from tests.contracts.checks.documents import FEE, Provoked, faults, rows


def spent(**spending: Any) -> dict[str, Any]:
    return {"charges": [FEE], "spending": spending}


CAP = {"amount": "900", "per": "month"}
PROVOKED = [
    Provoked("unknown-charge", "/spending/alerts/0/of", spent(alerts=[{"at": {"amount": "5"}, "of": "fees"}])),
    Provoked("unknown-charge", "/spending/top_up/taxed_as", spent(top_up={"below": "5", "by": "9", "taxed_as": "fees"})),
    Provoked("no-cap", "/spending/alerts/0/at/percent", spent(alerts=[{"at": {"percent": "50"}}])),
    Provoked("not-of-the-cap", "/spending/alerts/0/of", spent(cap=CAP, alerts=[{"at": {"percent": "50"}, "of": "fee"}])),
    Provoked("not-of-the-cap", "/spending/alerts/0/per", spent(cap=CAP, alerts=[{"at": {"percent": "50"}, "per": "year"}])),
    Provoked("quantity-of-nothing", "/spending/alerts/0/of", spent(alerts=[{"at": {"quantity": "5", "unit": "kWh"}}])),
    Provoked("nowhere-to-mail", "/spending/alerts/0/tell", spent(alerts=[{"at": {"amount": "5"}, "tell": ["mail"]}])),
    Provoked("nowhere-to-mail", "/spending/cap/tell", spent(cap={**CAP, "tell": ["mail"]})),
    Provoked("not-whole", "/spending/on_account/each", spent(on_account={"each": "0.005"})),
    Provoked("not-whole", "/spending/top_up/below", spent(top_up={"below": "0.005", "by": "5"})),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_fault_and_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)
