"""Parts of a line given back, in any order: they add up to the line, in net, in quantity and to whom it is divided."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.credits.credit import CreditTerms, MoreThanBilled, NothingToGiveBack, give_back
from billing.invoices.invoice import Line, total
from billing.invoices.store import InvoiceKind, StoredInvoice
from billing.records.credit import AskedCredit, CreditRecord
from billing.records.inputs import InvoiceInputs
from billing.records.proof import LineProof
from billing.tables import InvoiceRow
from billing.tax.tax import Tax, TaxCategory
from contracts.rated_line import Nature
from quantities.rounding import Rounding

TERMS = CreditTerms("EUR", Rounding.HALF_UP)
CENT = Decimal("0.01")


def document(key: int, kind: InvoiceKind, lines: tuple[Line, ...], credit: CreditRecord | None = None) -> StoredInvoice:
    stated: dict[str, Any] = {"credit": credit}  # nothing else of its inputs is asked for
    head: dict[str, Any] = {
        "id": key,
        "kind": kind,
        "of_id": None,
        "number": f"N-{key}",
        "version_id": 1,
        "currency": "EUR",
    }
    row = InvoiceRow(**head, inputs=InvoiceInputs.model_construct(**stated))
    return StoredInvoice(row, lines)


def invoice(net: str, quantity: str = "1", price: str | None = None, **more: Any) -> StoredInvoice:
    line = Line(
        charge="use", part=0, label="", nature=Nature.CONSIDERATION, quantity=Decimal(quantity), unit="kWh",
        unit_price=Decimal(price or net), net=Decimal(net), service_first=date(2026, 1, 1),
        service_after_last=date(2026, 2, 1), tax_point=date(2026, 1, 31), tax=Tax(TaxCategory.STANDARD, Decimal(19)),
        proof=LineProof(rule="per_unit", arithmetic=1, version_id=1), **more,
    )  # fmt: skip
    return document(1, InvoiceKind.PERIOD, (line,))


def gives(issued: StoredInvoice, notes: list[StoredInvoice], **how: object) -> Line:
    """Give back of the one line, and remember the credit note."""
    asked = AskedCredit.model_validate({"line": 1, **how})
    n = len(notes) + 1
    ((recorded, line),) = give_back([asked], issued, [issued, *notes], n, TERMS)
    record = CreditRecord(n=n, document=1, number="N-1", reason="", lines=(recorded,))
    notes.append(document(1 + n, InvoiceKind.CREDIT, (line,), record))
    return line


#: How much is asked for, in ways that may come to too much.
WAYS = st.one_of(
    st.decimals("0.01", "40", places=2).map(lambda amount: {"amount": str(amount)}),
    st.decimals("0.01", "40", places=2).map(lambda amount: {"at_most": str(amount)}),
    st.decimals("0.5", "60", places=1).map(lambda percent: {"percent": str(percent)}),
    st.decimals("0.001", "9", places=3).map(lambda quantity: {"quantity": str(quantity)}),
)


class TestPartsOfALine:
    @given(
        net=st.decimals("-100", "100", places=2).filter(bool),
        quantity=st.decimals("0.001", "30", places=3),
        ways=st.lists(WAYS, max_size=6),
        owner=st.integers(1, 99),
    )
    def test_never_come_to_more_than_it_and_all_of_them_to_it(
        self, net: Decimal, quantity: Decimal, ways: list[dict[str, str]], owner: int
    ) -> None:
        share = (net * owner / 100).quantize(CENT)
        payees = {"owner": str(share), "platform": str(net - share)}
        issued = invoice(str(net), str(quantity), str((net / quantity).quantize(Decimal("1E-10"))), payees=payees)
        notes: list[StoredInvoice] = []
        for way in ways:
            try:
                line = gives(issued, notes, **way)
            except (MoreThanBilled, NothingToGiveBack):
                continue
            assert (line.net < 0) is (net > 0)
            assert abs(sum((note.lines[0].net for note in notes), Decimal(0))) <= abs(net)
            assert line.unit_price * line.quantity == line.net or line.unit == "kWh"
        if abs(sum((note.lines[0].net for note in notes), Decimal(0))) < abs(net):
            gives(issued, notes, rest=True)
        lines = [note.lines[0] for note in notes]
        assert sum(line.net for line in lines) == -net
        for name, amount in payees.items():
            assert sum(Decimal(line.payees.get(name, "0")) for line in lines) == -Decimal(amount)
        for line in lines:
            assert sum(map(Decimal, line.payees.values())) == line.net
            assert total([line], "EUR").vat == TERMS.rounded(line.net * Decimal("0.19"))

    @given(pieces=st.lists(st.integers(1, 500), min_size=1, max_size=8), price=st.decimals("0.0001", "3", places=4))
    def test_by_quantity_in_any_order_are_the_line(self, pieces: list[int], price: Decimal) -> None:
        quantity = Decimal(sum(pieces)) / 10
        net = TERMS.rounded(quantity * price)
        issued, notes = invoice(str(net), str(quantity), str(price)), list[StoredInvoice]()
        given_net = Decimal(0)
        for at, piece in enumerate(pieces):
            try:
                line = gives(issued, notes, quantity=str(Decimal(piece) / 10))
            except NothingToGiveBack:
                return  # less than half a cent: it is asked for with the next part
            given_net -= line.net
            is_last = at == len(pieces) - 1
            assert abs(given_net - Decimal(sum(pieces[: at + 1])) / 10 * price) <= CENT / 2 or is_last
        assert given_net == net

    @pytest.mark.parametrize(
        ("way", "net"),
        [
            pytest.param({"amount": "24.30"}, "-24.30", id="amount"),
            pytest.param({"quantity": "1"}, "-81.00", id="quantity"),
            pytest.param({"percent": "10"}, "-24.30", id="percent"),
            pytest.param({"rest": True}, "-243.00", id="rest"),
            pytest.param({"at_most": "300"}, "-243.00", id="at most"),
        ],
    )
    def test_in_each_way(self, way: dict[str, object], net: str) -> None:
        assert str(gives(invoice("243.00", "3", "81"), [], **way).net) == net

    def test_are_rounded_by_the_rule_of_the_contract(self) -> None:
        asked = [AskedCredit.model_validate({"line": 1, "percent": "50"})]
        nets = {
            rule: give_back(asked, invoice("0.05"), [invoice("0.05")], 1, CreditTerms("EUR", rule))[0][1].net
            for rule in (Rounding.HALF_UP, Rounding.DOWN)
        }
        assert nets == {Rounding.HALF_UP: Decimal("-0.03"), Rounding.DOWN: Decimal("-0.02")}

    @pytest.mark.parametrize(
        "asked", [{}, {"amount": "1", "rest": True}, {"amount": "0"}, {"percent": "101"}, {"quantity": "-1"}]
    )
    def test_are_asked_for_in_one_way(self, asked: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="validation error"):
            AskedCredit.model_validate({"line": 1, **asked})
