"""Gas is counted in m³ and billed in kWh: each factor between the two stands beside the reads, with its days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import ConversionFactor, UseConversion
from billing.documents.model.conversion_words import conversion_words
from billing.documents.words.words import words_in
from contracts.invoicing import Language
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from tests.billing.documents.model.test_models_of_invoices import models
from tests.billing.documents.reading import text_of_page
from tests.billing.scene import Scene
from tests.build import meters

GAS = """
sites:
  - name: Kessel
    zone: Europe/Berlin
    assets:
      - name: Boiler
        meters:
          - name: G1
            registers:
              - {key: gas, kind: cumulative, unit: m3, resolution: "1"}
              - {key: hs, kind: instantaneous, unit: one, resolution: "0.001"}
              - {key: air, kind: interval, unit: m3@iso1217, resolution: "0.1", interval_minutes: "60"}
"""
TERMS = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Boiler]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {least_coverage: "0"}
invoicing: {language: de}
usages:
  - {name: gas_volume, registers: [gas]}
  - {name: zustandszahl, formula: "0.9626", unit: one}
  - {name: gas_energy, formula: "FORMULA", unit: kWh}
charges:
  - {name: gas, usage: gas_energy, rule: {kind: per_unit, unit: UNIT, unit_price: "0.10"}}
"""
BY_LAW = "gas_volume * zustandszahl * 11.42 kWh / 1 m3"


def terms(formula: str = BY_LAW, unit: str = "kWh") -> str:
    return TERMS.replace("FORMULA", formula).replace("UNIT", unit)


def gas_scene(access: Access, database: Database, contract: str, *amended: str) -> Scene:
    """1,000 m³ in January; the counter is read at both ends of each half of it."""
    scene = Scene(access, database).declared()
    with database.transaction(scene.tenant) as session:
        meters(session)
        declare(session, parse(Fleet, read(GAS)))
    for number, document in enumerate((contract, *amended)):
        scene.amends(document, f"2025-12-0{number + 1}")
    scene.delivers("2026-01-01 00 4000\n2026-01-16 00 4400\n2026-02-01 00 5000", register="gas")
    return scene


def billed(access: Access, database: Database, contract: str, *amended: str) -> BusinessDocument:
    """What January is billed."""
    scene = gas_scene(access, database, contract, *amended)
    scene.bills("2026-02-01")
    return models(scene)["2026-000001"]


def test_volume_state_number_and_calorific_value_come_to_the_energy(access: Access, database: Database) -> None:
    document = billed(access, database, terms())
    (line,) = document.lines
    (reads,) = line.reads
    assert reads.conversion == UseConversion(
        Decimal(1000),
        "m3",
        (ConversionFactor("zustandszahl", Decimal("0.9626")), ConversionFactor("", Decimal("11.42"), "kWh", "m3")),
        Decimal("10992.892"),
        "kWh",
        agreed_from=date(2026, 1, 1),
    )
    assert line.quantity == reads.conversion.result
    assert ("Umrechnung", conversion_words(reads.conversion, words_in(Language.GERMAN))) in {
        (attribute.name, attribute.value) for attribute in line.attributes
    }


@pytest.mark.parametrize(("language", "sentence"), [
    (Language.GERMAN, "Umrechnung: 1.000 m³ × Zustandszahl 0,9626 × Brennwert 11,42 kWh/m³ = 10.992,892 kWh; vereinbart ab 01.01.2026"),
    (Language.ENGLISH, "Conversion: 1,000 m³ × state number (z) 0.9626 × calorific value 11.42 kWh/m³ = 10,992.892 kWh; as agreed from 1 Jan 2026 on"),
    (Language.CHINESE, "换算：1,000立方米 × 体积修正系数 (z) 0.9626 × 热值 11.42 千瓦时/立方米 = 10,992.892 千瓦时；"),
])  # fmt: skip
def test_in_each_language_beside_the_reads_and_in_the_list_of_meters(
    access: Access, database: Database, language: Language, sentence: str
) -> None:
    document = replace(billed(access, database, terms()), language=language)
    page = text_of_page(InvoiceHtml().render(document)).replace("\N{NO-BREAK SPACE}", " ")
    squeezed = page.replace(" ", "").replace("；", ";")
    assert sentence.replace(" ", "").replace("；", ";") in squeezed
    factors = sentence.partition("×")[2].partition(";")[0].rpartition("=")[0]
    assert squeezed.count(f"×{factors}".replace(" ", "")) == 2, "the line, and the list of meters"
    assert "gas_energy" not in page, "no formula in the contract's own spelling"


def test_an_amended_calorific_value_counts_from_its_day_and_names_it(access: Access, database: Database) -> None:
    amended = terms(BY_LAW.replace("11.42", "11.38")) + "in_force_from: 2026-01-16\nreason: calorific value\n"
    document = billed(access, database, terms(), amended)
    conversions = [reads.conversion for line in document.lines for reads in line.reads]
    assert [(one.quantity, one.factors[-1].value, one.agreed_from) for one in conversions if one is not None] == [
        (Decimal(400), Decimal("11.42"), date(2026, 1, 1)),
        (Decimal(600), Decimal("11.38"), date(2026, 1, 16)),
    ]
    days = [(reads.first, reads.last) for line in document.lines for reads in line.reads]
    assert days == [(date(2026, 1, 1), date(2026, 1, 15)), (date(2026, 1, 16), date(2026, 1, 31))]
    page = text_of_page(InvoiceHtml().render(document))
    assert "01.01.2026 – 15.01.2026" in page
    assert "16.01.2026 – 31.01.2026" in page


def test_a_calorific_value_that_is_measured_is_its_mean_and_has_reads_of_its_own(
    access: Access, database: Database
) -> None:
    """11.4 in the first third of January, 11.5 afterwards; both as a factor and as a register."""
    measured = "  - {name: brennwert, registers: [hs], aggregation: mean}\n  - {name: gas_energy"
    contract = terms("gas_volume * brennwert * 1 kWh / 1 m3").replace("  - {name: gas_energy", measured)
    scene = gas_scene(access, database, contract)
    scene.delivers("2026-01-01 00 11.4\n2026-01-11 08 11.5\n2026-02-01 00 11.5", register="hs")
    scene.bills("2026-02-01")
    (line,) = models(scene)["2026-000001"].lines
    conversions = {reads.register_key: reads.conversion for reads in line.reads}
    assert conversions["hs"] is None
    assert conversions["gas"] is not None
    (factor,) = conversions["gas"].factors
    assert (factor.name, factor.unit, factor.per) == ("brennwert", "kWh", "m3")
    assert factor.value == factor.value.quantize(Decimal("0.000001"))
    assert Decimal("11.46") < factor.value < Decimal("11.47")


def test_what_is_priced_in_another_unit_of_energy_is_converted_on(access: Access, database: Database) -> None:
    document = billed(access, database, terms(unit="MWh"))
    conversion = document.lines[0].reads[0].conversion
    assert conversion is not None
    assert conversion.factors[-1] == ConversionFactor("", Decimal("0.001"), "MWh", "kWh")
    assert (conversion.result, conversion.to) == (Decimal("10.993"), "MWh")


@pytest.mark.parametrize("formula", [
    pytest.param("max(gas_volume - 100 m3, 0 m3) * 11.42 kWh / 1 m3", id="no product"),
    pytest.param("gas_volume * 11.42 kWh / 2 m3", id="for two of a unit"),
])  # fmt: skip
def test_any_other_formula_is_written_out_as_a_whole(access: Access, database: Database, formula: str) -> None:
    document = billed(access, database, terms(formula))
    assert document.lines[0].reads[0].conversion is None
    page = text_of_page(InvoiceHtml().render(document)).replace("\N{NO-BREAK SPACE}", " ")
    assert "gas_energy = " in page
    assert "gas_volume = 1.000 m³" in page, "numbers and units as the language has them"


def test_between_reference_states_both_are_named_and_the_factor_is_exact(access: Access, database: Database) -> None:
    scene = Scene(access, database).declared()
    with database.transaction(scene.tenant) as session:
        meters(session)
        declare(session, parse(Fleet, read(GAS)))
    priced = "{name: air, register: air, rule: {kind: per_unit, unit: m3@din1343, unit_price: '0.10'}}"
    scene.amends(terms().partition("usages:")[0] + f"charges:\n  - {priced}\n", "2025-12-01")
    scene.delivers("2026-01-05 10 100", register="air")
    scene.bills("2026-02-01")
    document = models(scene)["2026-000001"]
    conversion = document.lines[0].reads[0].conversion
    assert conversion is not None
    assert conversion.factors == (ConversionFactor("", Decimal("0.919591"), exact="7284000/7920913"),)
    assert conversion_words(conversion, words_in(Language.GERMAN)).endswith(
        "ISO 1217 (20 °C, 1 bar, trocken) → DIN 1343 (0 °C, 1,01325 bar, trocken)"
    )
