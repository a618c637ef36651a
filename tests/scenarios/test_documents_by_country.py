"""The table of documents by country, each row held against what a late reading comes to over HTTP."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from billing.tax.law_book import LawBook, countries
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied, leave

#: One of each manner of correction: these in each run, all others in the long one.
OFTEN = ("DE", "FR", "ES", "RO", "CN")
COUNTRIES = [
    country if country in OFTEN else pytest.param(country, marks=pytest.mark.long) for country in countries()
]  # fmt: skip
#: What a contract there has to state of its tax.
STATED = {
    "CN": "{rate: standard, price_basis: without_tax}",
    "US": "{place: US-CA, treatment: out_of_scope, evidence: [{reference: letter, first: 2020-01-01}]}",
}
#: By the hours billed in January first, and then owed: fewer, and more.
LESS, MORE = (100, 90), (100, 110)
DAMAGES = """
  - {name: shortfall, nature: damages, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "-0.10"}}
"""
PREPAID = """charges:
  - {name: claim, nature: prepayment, rule: {kind: one_off, amount: "30", on: 2026-01-01, in_advance: true}}
  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}}
  - {name: drawn, rule: {kind: drawdown, amount: "30", claimed: 2026-01-01, of: [energy]}}
"""


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "two contracts", leave, request.node.nodeid) as world:
        yield world


def billed(world: World, country: str, read: tuple[int, int]) -> list[dict[str, Any]]:
    """The documents of January and February, of which January's use was first read as one number and then as another."""
    _agrees(world, country, CONTRACT + DAMAGES.lstrip("\n"))
    _delivers(world, f"2026-01-05T10:00+01:00,{read[0]}", "first.csv")
    _bills(world, 2)
    _delivers(world, f"2026-01-05T10:00+01:00,{read[1]}\n2026-02-05T10:00+01:00,40", "second.csv")
    _bills(world, 3)
    listed = world.done("maker", "GET", "/v1/invoices", params={"contract": "C-LAW", "limit": "50"})
    return [
        world.done("maker", "GET", f"/v1/invoices/{one['number']}", params={"supplier": "Supplier"}) for one in listed
    ]


def _agrees(world: World, country: str, terms: str) -> None:
    """A contract between two of a country, in the currency in which its tax is declared."""
    terms = terms.replace("C-1", "C-LAW").replace("country: DE", f'country: "{country}"')
    terms = terms.replace("Nordluft", "Supplier").replace("Blechwerke", "Customer")
    terms = terms.replace("currency: EUR", f"currency: {LawBook().currency(country, date(2026, 1, 1))}")
    if country in STATED:
        terms += f"tax: {STATED[country]}\n"
    world.done("maker", "POST", "/v1/contracts", content=terms)
    world.done("finance", "POST", "/v1/contracts/C-LAW/release")


def _delivers(world: World, rows: str, source: str) -> None:
    params = {"register": "kwh", "source": source, "reason": "meter test"}
    delivered = world.done("maker", "POST", "/v1/readings", params=params, content=f"time,value\n{rows}\n")
    if "stored" not in delivered:  # what is billed is corrected by two
        world.done("finance", "POST", f"/v1/edits/{delivered['id']}/release")


def _bills(world: World, month: int) -> None:
    world.now = datetime(2026, month, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("read", [LESS, MORE], ids=["less", "more"])
def test_each_cell_is_what_it_comes_to(world: World, country: str, read: tuple[int, int]) -> None:
    rows = world.done("maker", "GET", f"/v1/taxes/{country}", params={"on": "2026-03-01"})["document_types"]
    of_type = {row["document_type"]: row for row in rows}
    assert [row["document_type"] for row in rows] == ["380", "381", "384", "386", "389", "261"]
    documents = billed(world, country, read)
    price, damages = documents[:2]
    assert (price["document_type"], damages["document_type"]) == ("380", "381")
    for document in documents:
        row = of_type[document["document_type"]]
        assert row["is_issued"]
        # of those who owe damages a credit note gives back nothing that is billed: it is in the issuer's own series
        series = row.get("series", "") if document.get("corrects") else ""
        assert document["number"].startswith(f"SUPPLIER-{series}{'-' if series else ''}2026-"), row
        assert _is_whole(document)
    correcting = [document for document in documents[2:] if document.get("corrects")]
    assert {number for document in correcting for number in document["corrects"]} == {
        price["number"],
        damages["number"],
    }
    CHECKS[of_type["380"]["correction"]](documents[2:], price["number"], damages["number"])
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_prepayment_is_claimed_by_itself_and_named_where_it_is_drawn(world: World, country: str) -> None:
    rows = world.done("maker", "GET", f"/v1/taxes/{country}", params={"on": "2026-01-01"})["document_types"]
    (row,) = [row for row in rows if row["document_type"] == "386"]
    _agrees(world, country, CONTRACT.partition("charges:")[0] + PREPAID)
    _bills(world, 1)
    _delivers(world, "2026-01-05T10:00+01:00,100", "january.csv")
    _bills(world, 2)
    listed = world.done("maker", "GET", "/v1/invoices", params={"contract": "C-LAW"})
    claim, final = (world.done("maker", "GET", f"/v1/invoices/{one['number']}") for one in listed)
    assert row["is_issued"]
    assert (claim["document_type"], float(claim["net"]), float(final["net"])) == ("386", 30, 20)
    assert claim["number"] == (f"{row['series']}-" if "series" in row else "") + "2026-000001"
    assert final["prepayments"] == [claim["number"]]
    assert sum(float(tax["taxable"]) for one in (claim, final) for tax in one["taxes"]) == 50
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []


def _is_whole(document: dict[str, Any]) -> bool:
    """Nothing outside of tax beside what is taxed; each line once in the breakdown; VAT as its own base times its rate."""
    categories = {line["tax_category"] for line in document["lines"]}
    natures = {line["nature"] for line in document["lines"]}
    taxable = sum(float(group["taxable"]) for group in document["taxes"])
    return (
        bool(document["lines"])
        and (natures == {"damages"} or "damages" not in natures)
        and len(categories) == len({group["category"] for group in document["taxes"]})
        and round(taxable - float(document["net"]), 6) == 0
    )


def _own(documents: list[dict[str, Any]], natures: str) -> list[dict[str, Any]]:
    return [one for one in documents if {line["nature"] for line in one["lines"]} == {natures}]


def by_lines(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """One invoice and one of damages, with lines that correct among their own."""
    (invoice,), (compensation,) = _own(documents, "consideration"), _own(documents, "damages")
    assert (invoice["corrects"], compensation["corrects"]) == ([price], [damages])
    assert any(not line["corrects"] for line in invoice["lines"])


def by_notes(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """The invoice of February bears no correction; one note for each document that is corrected."""
    for nature, number in (("consideration", price), ("damages", damages)):
        own, note = _own(documents, nature)
        assert (own.get("corrects"), note["corrects"]) == (None, [number])
        assert note["document_type"] == ("381" if float(note["net"]) < 0 else "384")


def by_replacement(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """What was billed is taken back as a whole, and all that is owed is billed anew."""
    own, back, anew = _own(documents, "consideration")
    assert (own.get("corrects"), back["corrects"], anew["corrects"]) == (None, [price], [price])
    assert (back["document_type"], float(back["net"]), anew["document_type"]) == ("381", -150, "384")
    assert [one["corrects"] for one in _own(documents, "damages")[1:]] == [[damages], [damages]]


def by_red_letters(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """What is taken back stands by itself, what is owed beyond on the next blue one."""
    for document in documents:
        below = [line for line in document["lines"] if line["corrects"] and float(line["net"]) < 0]
        assert not below or all(line["corrects"] for line in document["lines"])
        assert not below or document["document_type"] == "381"
    assert {line["corrects"]["number"] for one in documents for line in one["lines"] if line["corrects"]} == {
        price,
        damages,
    }


CHECKS = {
    "adjustment_line": by_lines,
    "credit_note": by_notes,
    "corrective_series": by_notes,
    "credit_note_and_replacement": by_replacement,
    "red_letter": by_red_letters,
}


PAYEE = """sharing:
  payees:
    - {{name: Payee, country: "{country}", vat_id: {country}12345678, agreement: {{reference: A-1, first: 2025-12-01}}}}
"""
#: What the payee has: of each kWh.
SHARED = """charges:
  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}, waterfall: {rest: Payee}}
  - {name: shortfall, nature: damages, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "-0.10"}, waterfall: {rest: Payee}}
"""


def of_payee(world: World, country: str, read: tuple[int, int]) -> list[dict[str, Any]]:
    """What a German supplier makes out for a payee of a country: of January, and of February with what corrects January."""
    terms = (
        CONTRACT.partition("charges:")[0]
        .replace("C-1", "C-LAW")
        .replace("Nordluft, country: DE", "Supplier, country: DE, vat_id: DE111111117")
    )
    world.done("maker", "POST", "/v1/contracts", content=terms + PAYEE.format(country=country) + SHARED)
    world.done("finance", "POST", "/v1/contracts/C-LAW/release")
    _delivers(world, f"2026-01-05T10:00+01:00,{read[0]}", "first.csv")
    _bills(world, 2)
    _delivers(world, f"2026-01-05T10:00+01:00,{read[1]}\n2026-02-05T10:00+01:00,40", "second.csv")
    _bills(world, 3)
    listed = world.done("finance", "GET", "/v1/payees/Payee/documents", params={"limit": "50"})
    return [world.done("finance", "GET", f"/v1/payee-documents/{one['number']}") for one in listed]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("read", [pytest.param(LESS, id="less", marks=pytest.mark.long), pytest.param(MORE, id="more")])
def test_a_payee_of_each_country_has_its_documents_as_its_law_has_them(
    world: World, country: str, read: tuple[int, int]
) -> None:
    rows = world.done("maker", "GET", f"/v1/taxes/{country}", params={"on": "2026-03-01"})["document_types"]
    of_type = {row["document_type"]: row for row in rows}
    if not of_type["389"]["is_issued"]:
        terms = CONTRACT.partition("charges:")[0] + PAYEE.format(country=country) + SHARED
        refused = world.ask("maker", "POST", "/v1/contracts/check", content=terms).json()
        assert "type-not-issued" in {fault["code"] for fault in refused["faults"]}
        return
    documents = of_payee(world, country, read)
    price, damages = documents[:2]
    assert (price["document_type"], price["number"]) == ("389", "PAYEE-SB-2026-000001")
    assert (damages["document_type"], damages["number"]) == ("261", "PAYEE-SB-2026-000002")
    for document in documents:
        assert document["document_type"] == ("261" if float(document["net"]) < 0 else "389")
        alone = document["corrects"] and all(line["corrects"] for line in document["lines"])
        letters = {"SB"} if not alone else {f"SB{of_type[name].get('series', '')}" for name in ("381", "384")}
        assert document["number"].split("-")[1] in letters
        category = "O" if _natures(document) == {"damages"} else "S" if country == "DE" else "AE"
        assert {line["tax_category"] for line in document["lines"]} == {category}
    assert sum(float(document["net"]) for document in documents) == pytest.approx(0.4 * (read[1] + 40))
    PAYEE_CHECKS[of_type["389"]["correction"]](documents[2:], price["number"], damages["number"])
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []


def _natures(document: dict[str, Any]) -> set[str]:
    return {line["nature"] for line in document["lines"]}


def _of(documents: list[dict[str, Any]], nature: str) -> list[dict[str, Any]]:
    return [document for document in documents if _natures(document) == {nature}]


def joined(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """One document of each nature, with lines of February and lines that correct January."""
    (invoice,), (compensation,) = _of(documents, "consideration"), _of(documents, "damages")
    assert (invoice["corrects"], compensation["corrects"]) == ([price], [damages])
    assert any(line["corrects"] is None for line in invoice["lines"])


def by_own_documents(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """February stands by itself, and what corrects January on a document of its own for each."""
    for nature, number in (("consideration", price), ("damages", damages)):
        own, note = _of(documents, nature)
        assert (own["corrects"], note["corrects"]) == ([], [number])


def anew(documents: list[dict[str, Any]], price: str, damages: str) -> None:
    """January is taken back as a whole, and issued anew."""
    for nature, number, amount in (("consideration", price, -50), ("damages", damages, 10)):
        own, back, again = _of(documents, nature)
        assert (own["corrects"], back["takes_back"], again["replaces"]) == ([], number, number)
        assert float(back["net"]) == amount


PAYEE_CHECKS = {
    "adjustment_line": joined,
    "credit_note": by_own_documents,
    "corrective_series": by_own_documents,
    "credit_note_and_replacement": anew,
}
