"""The proof of a payee's document: its share followed from what was sold, and nothing of the customer or of others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from api.operations.proofs import make_proof
from api.server.database import OF_A_PARTY, Access, Database
from api.server.embedded import EmbeddedServer
from billing.invoices.store import UnknownInvoice
from billing.proof.bundle import verify
from billing.proof.bundle.store import DocumentUnproven, ProofBundle
from billing.proof.bundle.verify import Unproven, manifest_of, opened, packed
from billing.proof.payee_bundle.store import payee_proof_bundle
from billing.tables import InvoiceRow, PayeeDocumentRow
from tests.billing.credits.giving import gives
from tests.billing.payees.test_payee_documents import BANK, ENERGY, FACTORY, HEIR, PER_UNIT, of_country, terms
from tests.billing.proof.bundle.test_bundle import run_alone, unnoticed
from tests.billing.scene import Scene, on
from tests.conftest import fresh_database
from tests.lives.proofs import stated_steps

_FEW, _MANY = 20, 1000
LICENSOR = HEIR.replace("heir", "licensor").replace("DE555555558", "DE666666664")
PARTNER = HEIR.replace("heir", "partner").replace("DE555555558", "DE777777773")
#: Two tiers that are shared as one amount, so that each of the shares is spread over two lines.
TIERS = """
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "1"}, {unit_price: "0.333"}]}
    waterfall: %s
"""
EVERY_STEP = """
      steps:
        - {kind: first, payee: heir, amount: "31"}
        - {kind: per_unit, payee: licensor, unit_price: "0.05"}
        - {kind: percent, percent: "10", of: rest, least: "2", most: "400"}
        - {kind: tiers, payee: partner, tiers: [{up_to: "50", percent: "10"}, {percent: "20"}]}
      rest: factory
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer) -> Iterator[dict[str, ProofBundle]]:
    """Half of January, 150 kWh: four payees and the supplier share two tiers by every kind of step."""
    with fresh_database(server, "payee_bundle") as access:
        database = Database(access.app)
        built = Scene(access, database).declared(
            terms(TIERS % EVERY_STEP, payees=FACTORY + HEIR + LICENSOR + PARTNER).replace(
                "starts: 2026-01-01", "starts: 2026-01-17"
            )
        )
        built.delivers("2026-01-18 10 90\n2026-01-19 10 60")
        built.bills("2026-02-01")
        yield {bundle.number.partition("-")[0].lower(): bundle for bundle in bundles(built)}
        database.close()


def bundles(scene: Scene) -> list[ProofBundle]:
    with scene.database.transaction(scene.tenant) as session:
        rows = session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))).all()
        return [payee_proof_bundle(session, row) for row in rows]


def said(bundle: ProofBundle) -> dict[str, Any]:
    files = opened(bundle.content)
    return {name: json.loads(files[name]) for name in files if name.endswith(".json")}


def by_hash(bundle: ProofBundle) -> set[str]:
    return {why for reasons in stated_steps(opened(bundle.content)).values() for why in reasons}


def nets(bundle: ProofBundle) -> list[str]:
    return [line["net"] for line in said(bundle)["document.json"]["lines"]]


class TestEveryStepOfAWaterfall:
    def test_is_followed_to_the_cent(self, shared: dict[str, ProofBundle]) -> None:
        """116.65: 15 of the first 31, 7.50 by unit, 10 % of the rest, and 10 and 20 % of tiers of all; 15 of 31 days."""
        assert {name: nets(bundle) for name, bundle in shared.items()} == {
            "heir": ["12.86", "2.14"],
            "licensor": ["6.43", "1.07"],
            "partner": ["17.92", "2.99"],
            "factory": ["54.71", "9.11"],
        }

    def test_is_recomputed_but_for_what_others_have(self, shared: dict[str, ProofBundle]) -> None:
        assert by_hash(shared["heir"]) == set()
        assert all(by_hash(shared[name]) == {"what others have of it"} for name in ("licensor", "partner", "factory"))

    def test_so_much_a_unit_is_counted_from_the_readings(self, shared: dict[str, ProofBundle], tmp_path: Path) -> None:
        done = run_alone(shared["licensor"].content, tmp_path)
        assert done.returncode == 0, done.stdout
        assert "readings/001.json" in done.stdout
        assert not any("readings" in name for name in said(shared["factory"]))

    def test_nothing_is_said_of_who_else_shares_and_of_whom_it_is_sold_to(self, shared: dict[str, ProofBundle]) -> None:
        for name, bundle in shared.items():
            text = b"".join(content for file, content in opened(bundle.content).items() if file != "verify.py").decode()
            for other in {"heir", "licensor", "partner", "factory", "Blechwerke", "telematics"} - {name}:
                assert other not in text, f"{other} in the proof of {name}"
            assert "0.333" not in text  # a price of the customer


def numbers(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all numbers that stand as text."""
    if isinstance(content, dict):
        for key in content:
            yield from numbers(content[key], (*path, key))
    elif isinstance(content, list):
        for at, one in enumerate(content):
            yield from numbers(one, (*path, at))
    elif isinstance(content, str) and content.lstrip("-").replace(".", "", 1).isdigit():
        yield path


def moved(bundle: ProofBundle, name: str, path: tuple[Any, ...], to: str) -> bytes:
    """A bundle of which a number is another, and every hash brought up to it."""
    files = opened(bundle.content)
    content = place = json.loads(files[name])
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    files[name] = verify.written(content)
    files["MANIFEST.json"] = manifest_of(files)
    return packed(files)


def is_noticed(bundle: ProofBundle, name: str, path: tuple[Any, ...]) -> bool:
    """Whether a number is held by others: of a bound that is not reached the one side alone is."""
    for to in ("12345.67", "0"):
        try:
            verify.verify(moved(bundle, name, path, to))
        except (Unproven, ArithmeticError, LookupError, ValueError):
            return True
    return False


#: What is no number of the calculation: codes, what names a line, and where a tier of the customer's ends, which moves
#: nothing between those who count its units.
_NO_NUMBERS = frozenset({"type", "vat_id", "number", "document", "contracts"})


@pytest.mark.parametrize("name", ["heir", "licensor", "partner", "factory"])
def test_a_mutant_of_each_number_is_noticed(shared: dict[str, ProofBundle], name: str) -> None:
    bundle, missed, tried = shared[name], list[object](), 0
    for file, content in said(bundle).items():
        for path in numbers(content):
            if set(path) & _NO_NUMBERS or (file.endswith("contract-1.json") and "tiers" in path):
                continue
            tried += 1
            if not is_noticed(bundle, file, path):
                missed.append((file, *path))
    assert tried > len(nets(bundle)) * 4
    assert missed == [], "\n".join(map(str, missed))


def test_each_of_a_few_changed_bytes_is_caught(shared: dict[str, ProofBundle]) -> None:
    assert unnoticed(shared["licensor"], seed=1, number=_FEW) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["heir", "licensor", "partner", "factory"])
def test_each_of_a_thousand_changed_bytes_is_caught(shared: dict[str, ProofBundle], name: str) -> None:
    assert unnoticed(shared[name], seed=2, number=_MANY) == []


WEIGHED = PER_UNIT.partition("    waterfall")[0] + "    payees: %s\n"


@pytest.mark.parametrize(
    ("charges", "expected", "stated"),
    [
        pytest.param(ENERGY, ["99.00"], set(), id="the supplier's commission before the rest"),
        pytest.param(WEIGHED % '{factory: "2", Nordluft: "1"}', ["73.33"], set(), id="by weights of two"),
        pytest.param(
            WEIGHED % '{bank: "1", factory: "1", Nordluft: "1"}',
            ["36.67"],
            {"whose a cent is that a division leaves over, which the parts of all decide"},
            id="by weights of three, to the cent left over",
        ),
        pytest.param(WEIGHED % '{bank: "1", factory: "2", Nordluft: "2"}', ["44.00"], set(), id="without one left over"),
        pytest.param(WEIGHED % '{factory: "1"}', ["110.00"], set(), id="all of it"),
        pytest.param(
            ENERGY + '  - {name: off, rule: {kind: discount, percent: "7", of: [energy]}}\n',
            ["99.00", "-6.93"],
            set(),
            id="less a discount",
        ),
        pytest.param(
            TIERS % '{steps: [{kind: percent, percent: "10", payee: bank}], rest: factory}',
            ["90.00", "3.00"],
            {"what others have of it"},
            id="a bank before it, over two lines",
        ),
    ],
)  # fmt: skip
def test_a_share_is_followed_from_what_was_sold(
    scene: Scene, charges: str, expected: list[str], stated: set[str]
) -> None:
    scene.declared(terms(charges))
    scene.delivers("2026-01-05 10 100\n2026-01-06 10 10")
    scene.bills("2026-02-01")
    (bundle,) = bundles(scene)
    assert (nets(bundle), by_hash(bundle)) == (expected, stated)


class TestACorrection:
    @pytest.mark.parametrize("country", [("DE", "DE333333339"), ("FR", "FR40303265045"), ("RO", "RO18547290")])
    def test_proves_what_it_adds_to_the_documents_before(self, scene: Scene, country: tuple[str, str]) -> None:
        """As a line of the next document, as one of its own, and as what takes back the whole and issues it anew."""
        scene.declared(terms(payees=of_country(*country)))
        for month, kwh in enumerate((100, 60, 120), start=1):
            reason = None if month == 1 else "read again"
            scene.delivers(f"2026-01-05 10 {kwh}\n2026-{month:02d}-06 10 10", reason=reason)
            scene.bills(f"2026-{month + 1:02d}-01")
        made = bundles(scene)
        assert len(made) == {"DE": 3, "FR": 5, "RO": 7}[country[0]]
        assert [by_hash(bundle) for bundle in made] == [set()] * len(made)
        assert any("billed.json" in said(bundle) for bundle in made)

    def test_of_an_amended_waterfall_proves(self, scene: Scene) -> None:
        scene.declared(terms(payees=FACTORY + HEIR))
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        again = terms(PER_UNIT % "{rest: heir}", "reason: sold\nin_force_from: 2026-01-01", payees=FACTORY + HEIR)
        scene.amends(again, "2026-02-10")
        scene.bills("2026-03-01")
        assert [by_hash(bundle) for bundle in bundles(scene)] == [
            set(), {"that it has no part of it by now"}, set(),
        ]  # fmt: skip

    def test_by_hand_is_divided_as_the_line_is(self, scene: Scene) -> None:
        scene.declared(terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        gives(scene, "2026-000001", {"line": 1, "percent": "10"})
        _, credit = bundles(scene)
        assert (nets(credit), by_hash(credit)) == (["-9.00"], set())


def test_a_commission_proves_what_its_supplier_has(scene: Scene) -> None:
    scene.declared(terms(sold_in="owners_name", payees=FACTORY))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10", reason="read again")
    scene.bills("2026-03-01")
    assert [(nets(bundle), by_hash(bundle)) for bundle in bundles(scene)] == [
        (["10.00"], set()), (["1.00", "-4.00"], set()),
    ]  # fmt: skip


def test_it_is_the_same_bytes_for_ever(scene: Scene) -> None:
    scene.declared(terms(payees=FACTORY + BANK))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    (before,) = bundles(scene)
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10", reason="read again")
    scene.bills("2026-03-01")
    assert bundles(scene)[0] == before


def test_a_document_that_was_changed_past_the_product_has_none(scene: Scene) -> None:
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.as_superuser("""set session_replication_role = replica;
        update payee_document set content = jsonb_set(content, '{lines,0,net}', '"1"')""")
    with pytest.raises(DocumentUnproven, match="is made otherwise"):
        bundles(scene)


def test_who_asks_for_it_as_if_it_were_an_invoices_is_told_where_it_is(scene: Scene) -> None:
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    (bundle,) = bundles(scene)
    with scene.database.transaction(scene.tenant) as session:
        with pytest.raises(UnknownInvoice, match="between the supplier and a payee") as refused:
            make_proof(session, bundle.number, on("2026-02-02"))
        assert f"`usufruct payee proof {bundle.number}`" in str(refused.value.members["expected"])
        customer = session.exec(select(InvoiceRow.customer_id)).one()
    as_customer = scene.database.transaction(scene.tenant, customer, acting=OF_A_PARTY)
    with as_customer as session, pytest.raises(UnknownInvoice, match="there is no invoice"):
        make_proof(session, bundle.number, on("2026-02-02"), as_customer=True)
