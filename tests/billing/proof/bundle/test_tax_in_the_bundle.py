"""The verifier recomputes what no sum of the lines tells: parts of a rate, and the VAT in another currency."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.server.database import Access, Database
from billing.invoices.document_tax import tax_by_part
from billing.invoices.invoice import total
from billing.proof.bundle import verify
from billing.proof.bundle.document_file import parts_of_rate
from billing.proof.bundle.verify import Unproven
from quantities.number import plain
from tests.billing.proof.bundle.test_bundle import made, repaired
from tests.billing.scene import Scene
from tests.billing.tax.test_declared_currency import bills_a_late_reading
from tests.billing.tax.test_parts_of_a_rate import line

_PLACES = 2


def parts_checked(lines: list[Any], stated: dict[str, str]) -> list[str]:
    """Hold parts of the tax of one rate against its lines, as the verifier does; say what it checks by hash alone."""
    (group,) = total(lines, "USD").groups
    of_group = [{"net": plain(one.net), "tax": {"rate": "8", **parts_of_rate(one)}} for one in lines]
    checked = verify.check_parts("the tax", stated, of_group, Fraction(group.amount), _PLACES)  # type: ignore[no-untyped-call] # typed for readers
    return list(checked)


_NETS = st.decimals(-200, 200, places=_PLACES)
_SPLITS = st.sampled_from(
    [{}, {"state": "6", "county": "2"}, {"state": "5", "city": "3"}, {"state": "4", "county": "4"}]
)


@given(st.lists(st.tuples(_NETS, _SPLITS), min_size=1, max_size=6))
def test_parts_are_divided_as_the_document_divides_them(drawn: list[tuple[Decimal, dict[str, str]]]) -> None:
    """Whatever lines there are: what the document says passes, and a cent more of one part does not."""
    lines = [line(str(net), **split) for net, split in drawn]
    (group,) = total(lines, "USD").groups
    stated = {name: plain(amount) for name, amount in tax_by_part(group, lines, "USD").items()}
    by_hash = parts_checked(lines, stated)
    for name in stated if not by_hash else ():
        with pytest.raises(Unproven, match=f"the part {name} of the tax"):
            parts_checked(lines, {**stated, name: str(Decimal(stated[name]) + Decimal("0.01"))})


@pytest.mark.parametrize("stated", [{}, {"state": "6.00"}, {"state": "6.00", "county": "2.00", "city": "0.00"}])
def test_a_part_too_few_or_too_many_is_noticed(stated: dict[str, str]) -> None:
    with pytest.raises(Unproven, match="the parts of the tax are not those of its lines"):
        parts_checked([line("100", state="6", county="2")], stated)


def test_parts_that_are_not_the_rate_are_noticed() -> None:
    with pytest.raises(Unproven, match="the sum of the parts"):
        parts_checked([line("100", state="6", county="1")], {"state": "6.86", "county": "1.14"})


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared()
    bills_a_late_reading(scene)
    return scene


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("document.json", lambda document: document["declared"].update(vat="16.37")),
        ("tables.json", lambda tables: tables["rates_of_exchange"][0].update(value="1.26")),
        ("tables.json", lambda tables: tables["rates_of_exchange"][1].update(value="1.29")),
        ("tables.json", lambda tables: tables["rates_of_exchange"][1].update(month="2026-03")),
    ],
)
def test_what_is_declared_is_recomputed_month_by_month(
    scene: Scene, name: str, change: Callable[[Any], object]
) -> None:
    """20 kWh of January are 1.90 of VAT: at 1.25 they are 1.52; the 19.00 of February at 1.28 are 14.84."""
    bundle = made(scene, 1)
    assert "vat in EUR: 16.36" in verify.verify(bundle.content)
    with pytest.raises(Unproven, match=r"the tax in EUR is 16\.3"):
        verify.verify(repaired(bundle, name, change))
