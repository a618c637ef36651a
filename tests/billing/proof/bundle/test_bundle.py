"""A document's proof travels: everything is in it, the same bytes for ever, and nothing of it changes unnoticed."""

import ast
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.invoices import store
from billing.proof.bundle import verify
from billing.proof.bundle.store import DraftHasNoProof, ProofBundle, proof_address, proof_bundle, proof_hash
from billing.proof.bundle.verify import Unproven, manifest_of, opened, packed
from tests.billing.scene import Scene
from tests.conftest import fresh_database

VERIFIER = Path(verify.__file__)
_FEW, _MANY = 20, 1000

#: A fee from the middle of January on, tiers, a pool, a counter with an exchange, a percentage, and 19 % of tax.
CONTRACT = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-10
settings: {least_coverage: "0"}
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}
  - name: energy
    register: kwh
    included: {quantity: "10", unit: kWh}
    rule: {kind: graduated, unit: MWh, tiers: [{up_to: "0.1", unit_price: "500"}, {unit_price: "200.5"}]}
    payees: {owner: "1", operator: "3"}
  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "1.25"}}
  - {name: off, rule: {kind: discount, percent: "10", of: [energy]}}
"""
READINGS = "2026-01-12 08 90.5\n2026-01-12 09 70.1\n2026-01-31 23 12.3\n"


@pytest.fixture(scope="module")
def scene(server: EmbeddedServer) -> Iterator[Scene]:
    with fresh_database(server, "bundle") as access:
        database = Database(access.app)
        built = Scene(access, database).declared(CONTRACT)
        built.delivers(READINGS)
        built.delivers(
            "2026-01-09 08 9990.5\n2026-01-20 08 9999\n2026-01-21 08 4\n2026-01-31 08 12.2\n", register="hours"
        )
        built.bills("2026-02-02")
        yield built
        database.close()


@pytest.fixture(scope="module")
def bundle(scene: Scene) -> ProofBundle:
    return made(scene)


def made(scene: Scene, number: int = 0) -> ProofBundle:
    with scene.database.transaction(scene.tenant) as session:
        return proof_bundle(session, store.billed(session, store.ids_of(session))[number])


def repaired(bundle: ProofBundle, name: str, change: Callable[[Any], object]) -> bytes:
    """A bundle of which a file was changed, and every hash brought up to it: by somebody who knows how it is made."""
    files = opened(bundle.content)
    content = json.loads(files[name])
    change(content)
    files[name] = verify.written(content)
    files["MANIFEST.json"] = manifest_of(files)
    return packed(files)


def run_alone(content: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """By the verifier that is in the bundle, in a Python that has nothing but its standard library."""
    folder.joinpath("verify.py").write_bytes(opened(content)["verify.py"])
    folder.joinpath("proof.zip").write_bytes(content)
    command = [sys.executable, "-I", "-S", "verify.py", "proof.zip"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_its_customer_verifies_it_without_us(bundle: ProofBundle, tmp_path: Path) -> None:
    done = run_alone(bundle.content, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "5 of 5 lines recomputed from readings, terms and tables alone" in done.stdout
    assert done.stdout.splitlines()[-2:] == [f"hash of this bundle: {bundle.proof_hash}", "PROVEN"]
    assert "only by hash" not in done.stdout


def test_it_is_the_same_bytes_for_ever(scene: Scene, bundle: ProofBundle) -> None:
    scene.delivers("2026-01-12 10 5\n")  # what comes later is known to a later document alone
    scene.bills("2026-02-03")

    assert made(scene).content == bundle.content
    with scene.database.transaction(scene.tenant) as session:
        assert proof_hash(session, store.find(session, bundle.number)) == bundle.proof_hash


def test_a_correction_proves_what_it_adds_to_what_was_billed(scene: Scene, tmp_path: Path) -> None:
    scene.delivers("2026-01-12 11 7.7\n")
    scene.bills("2026-03-02")
    correcting = made(scene, -1)

    done = run_alone(correcting.content, tmp_path)

    assert done.returncode == 0, done.stdout
    assert "billed.json" in done.stdout
    assert "only by hash" not in done.stdout


def test_it_does_not_say_who_shares_the_price(bundle: ProofBundle) -> None:
    files = opened(bundle.content)
    said = b"".join(content for name, content in files.items() if name != "verify.py")

    assert b"operator" not in said
    assert b"telematics" not in said  # who brought the readings


@pytest.mark.parametrize(
    ("name", "change", "notices"),
    [
        pytest.param("contract-1.json", lambda terms: terms["charges"][2]["rule"].update(unit_price="1.26"), "unit_price of line", id="a price"),
        pytest.param("contract-1.json", lambda terms: terms["charges"][0]["rule"].update(amount="100.01"), "unit_price of line 1", id="a fee"),
        pytest.param("contract-1.json", lambda terms: terms["charges"][1]["rule"]["tiers"][0].update(up_to="0.11"), "quantity of line 2", id="a bound of a tier"),
        pytest.param("contract-1.json", lambda terms: terms["charges"][1]["included"].update(quantity="9"), "quantity of line", id="what is included"),
        pytest.param("contract-1.json", lambda terms: terms["charges"][3]["rule"].update(percent="11"), "of line", id="a discount"),
        pytest.param("tables.json", lambda tables: tables["tax"].update(dict.fromkeys(tables["tax"], "7")), "tax rate of line 1", id="a tax rate"),
        pytest.param("factors.json", lambda factors: factors.update({"kWh to MWh": "1/1001"}), "of line", id="a factor between units"),
        pytest.param("document.json", lambda document: document["lines"][0].update(net="70.98"), "net of line 1", id="a net amount"),
        pytest.param("document.json", lambda document: document["totals"].update(payable="1.00"), "total payable", id="what is to be paid"),
        pytest.param("document.json", lambda document: document["taxes"][0].update(amount="1.00"), "tax of S", id="a tax"),
        pytest.param("steps.json", lambda steps: steps["lines"]["1"].update(net=["add", 1, steps["lines"]["1"]["net"]]), "net of line 1", id="a step"),
    ],
)  # fmt: skip
def test_a_change_is_noticed_even_where_every_hash_is_repaired(
    bundle: ProofBundle, name: str, change: Callable[[Any], object], notices: str
) -> None:
    with pytest.raises(Unproven, match=notices):
        verify.verify(repaired(bundle, name, change))


@pytest.mark.parametrize("register", ["kwh", "hours"])
def test_a_changed_reading_is_noticed_even_where_every_hash_is_repaired(bundle: ProofBundle, register: str) -> None:
    files = opened(bundle.content)
    readings = {name: json.loads(files[name]) for name in files if name.startswith("readings/")}
    (name,) = [name for name, content in readings.items() if content["register"] == register]
    for at in range(len(readings[name]["rows"])):

        def change(content: Any, at: int = at) -> None:
            content["rows"][at][2] = str(float(content["rows"][at][2]) + 0.1)

        with pytest.raises(Unproven, match="of line"):
            verify.verify(repaired(bundle, name, change))


def unnoticed(bundle: ProofBundle, seed: int, number: int) -> list[int]:
    """Change one byte at a time."""
    dice, missed = random.Random(seed), []
    for _ in range(number):
        content, at = bytearray(bundle.content), dice.randrange(len(bundle.content))
        content[at] ^= dice.randrange(1, 256)
        try:
            verify.verify(bytes(content))
        except Unproven:
            continue
        missed.append(at)
    return missed


def test_each_of_a_few_changed_bytes_is_caught(bundle: ProofBundle) -> None:
    assert unnoticed(bundle, seed=1, number=_FEW) == []


@pytest.mark.long
def test_each_of_a_thousand_changed_bytes_is_caught(bundle: ProofBundle) -> None:
    assert unnoticed(bundle, seed=2, number=_MANY) == []


def test_a_byte_less_or_more_is_caught(bundle: ProofBundle) -> None:
    for content in (bundle.content[:-1], bundle.content + b"\0", b"\0" + bundle.content, b""):
        with pytest.raises(Unproven, match="damaged"):
            verify.verify(content)


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_what_would_fill_the_memory_is_not_read(packed: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        archive.writestr("document.json", b"0" * 10**6)
    with pytest.raises(Unproven, match="not what its parts make"):
        verify.verify(file.getvalue())


def test_a_draft_has_none(scene: Scene) -> None:
    (invoice, *_) = scene.invoices()
    invoice.row.number = None
    with scene.database.transaction(scene.tenant) as session, pytest.raises(DraftHasNoProof):
        proof_bundle(session, invoice)


def test_its_address_names_the_supplier_where_that_is_needed() -> None:
    assert proof_address("2026-000001") == "/v1/invoices/2026-000001/proof"
    assert proof_address("A/1", "Süd & Co") == "/v1/invoices/A%2F1/proof?supplier=S%C3%BCd%20%26%20Co"


class TestTheVerifier:
    """One file, of Python's standard library alone, as short as it can be."""

    def test_it_imports_nothing_of_ours(self) -> None:
        tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
        imported = {node.module if isinstance(node, ast.ImportFrom) else alias.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}  # fmt: skip

        assert imported <= {*sys.stdlib_module_names}

    def test_it_is_short(self) -> None:
        assert len(VERIFIER.read_text().splitlines()) < 475

    def test_it_says_what_it_takes(self, tmp_path: Path) -> None:
        done = subprocess.run([sys.executable, "-I", "-S", str(VERIFIER)], capture_output=True, text=True, check=False)

        assert done.returncode == 2
        assert "python3 verify.py BUNDLE.zip" in done.stdout

    def test_a_file_that_is_none_is_not_proven(self, tmp_path: Path) -> None:
        done = subprocess.run([sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path / "none.zip")], capture_output=True, text=True, check=False)  # fmt: skip

        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout.startswith("NOT PROVEN: ")
