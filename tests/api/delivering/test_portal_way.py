"""A document for a buyer's portal: its rows in a folder, whole or not at all, never over another."""

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from time import time

import pytest

from api.delivering.portal_way import PortalWay
from billing.delivery.outgoing import Outgoing, OutgoingFile
from billing.delivery.portal import COLUMNS, portal_csv
from billing.delivery.way import SendingAttempt, SendingFailed, SendingRefused
from billing.documents.model.business_document import BusinessDocument, DocumentAllowance
from billing.tax.tax import TaxCategory
from contracts.invoicing import InvoiceForm, Language
from tests.billing.documents.model.made import AIR, FEE, INVOICE, invoice

ATTEMPT = SendingAttempt(1, 17, 1, "0b9e.1", datetime(2026, 2, 2, 6, tzinfo=UTC))


def rows(document: BusinessDocument) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(portal_csv(document).decode("utf-8-sig")), delimiter=";"))


class TestRows:
    def test_by_the_lines_of_the_customers_order(self) -> None:
        lines = (replace(AIR, order_line="10", cost_centre="4711", buyer_item="M-7"), replace(FEE, order_line="20"))
        first, second = rows(invoice(lines=lines))
        assert tuple(first) == COLUMNS
        assert (first["order"], first["order_line"], first["cost_centre"]) == ("PO-4711", "10", "4711")
        assert (first["quantity"], first["unit"], first["unit_price"], first["net"]) == (
            "12345",
            "MTQ",
            "0.025",
            "308.63",
        )
        assert (first["item"], first["description"]) == ("M-7", "Compressed air up to 20,000 m³")
        assert (second["order_line"], second["vat_rate"], second["from"]) == ("20", "19", "2026-03-01")

    def test_their_nets_add_up_to_the_documents(self) -> None:
        allowances = (
            DocumentAllowance(False, Decimal("8.63"), TaxCategory.STANDARD, Decimal(19), "rebate"),  # noqa: FBT003 by place
            DocumentAllowance(True, Decimal("5.00"), TaxCategory.STANDARD, Decimal(19), "freight"),  # noqa: FBT003 likewise
        )
        listed = rows(invoice(allowances=allowances))
        assert sum(Decimal(row["net"]) for row in listed) == INVOICE.totals.net - Decimal("8.63") + Decimal("5.00")

    @pytest.mark.parametrize(("text", "written"), [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("-2+3", "'-2+3"), ("@x", "'@x"), ("\u200b=1+1", "'\u200b=1+1"), ("\uff1d1", "'\uff1d1"), (" =1", "' =1"), ('a;"b"', 'a;"b"'), ("-5", "-5"),
    ])  # fmt: skip
    def test_no_cell_is_a_formula(self, text: str, written: str) -> None:
        assert rows(invoice(lines=(replace(AIR, buyer_item=text),)))[0]["item"] == written

    def test_a_credit_has_its_sign(self) -> None:
        (row,) = rows(
            invoice(lines=(replace(AIR, quantity=Decimal(-1), net=Decimal("-9.90"), corrects="2026-000001"),))
        )
        assert (row["quantity"], row["net"], row["corrects"]) == ("-1", "-9.90", "2026-000001")


class TestFolder:
    OUTGOING = Outgoing(
        "2026-000001", "Nordluft", "Blechwerke", Language.ENGLISH, InvoiceForm.PDF,
        OutgoingFile("2026-000001.pdf", "application/pdf", b"%PDF"), order_rows=OutgoingFile("2026-000001.csv", "text/csv", b"a;b"),
    )  # fmt: skip

    def test_a_file_and_the_original_beside_it_by_tenant(self, tmp_path: Path) -> None:
        for _ in range(2):  # the same once more is the same
            receipt = PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
        PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), replace(ATTEMPT, tenant=2))
        assert receipt.number == "2026-000001.0b9e.1.csv"
        assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
            f"{tenant}/ariba/2026-000001.0b9e.1.{suffix}" for tenant in (1, 2) for suffix in ("csv", "pdf")
        ]

    def test_what_somebody_left_who_was_killed_goes_and_what_is_being_written_stays(self, tmp_path: Path) -> None:
        def ends(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("api.delivering.portal_way.os.link", ends)
            patched.setattr("api.delivering.portal_way.Path.unlink", ends)  # as nothing is done after a kill
            with pytest.raises(KeyboardInterrupt):
                PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
        folder = tmp_path / "1" / "ariba"
        (left,) = folder.iterdir()
        PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
        assert left.exists()  # for all that is known it is being written
        os.utime(left, (time() - 3601, time() - 3601))
        PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
        assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".pdf"]

    def test_another_file_of_the_name_stays(self, tmp_path: Path) -> None:
        PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
        other = replace(self.OUTGOING, order_rows=OutgoingFile("2026-000001.csv", "text/csv", b"other"))
        with pytest.raises(SendingRefused, match="another file has the name"):
            PortalWay(tmp_path).send(other, ("ariba",), ATTEMPT)
        assert (tmp_path / "1/ariba/2026-000001.0b9e.1.csv").read_bytes() == b"a;b"

    def test_a_folder_that_is_none_may_be_one_later(self, tmp_path: Path) -> None:
        (tmp_path / "1").write_text("a file")
        with pytest.raises(SendingFailed):
            PortalWay(tmp_path).send(self.OUTGOING, ("ariba",), ATTEMPT)
