"""A period of which the tax alone is another one by now."""

from api.server.database import Access, Database
from tests.billing.scene import CONTRACT, Scene

ENDED = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01").replace(
    "{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, vat_id: DE123456789}"
)


def test_is_corrected_by_taking_the_lines_back_and_billing_them_anew(access: Access, database: Database) -> None:
    scene = Scene(access, database)
    scene.declared(ENDED)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    scene.amends(ENDED.replace("Blechwerke, country: DE", "Blechwerke, country: AT, vat_id: ATU12345678"), "2026-02-02")
    scene.bills("2026-02-03")
    scene.bills("2026-02-17")
    assert sum(invoice.row.net for invoice in scene.invoices()) == 154
    assert sum(invoice.row.vat for invoice in scene.invoices()) == 0
