"""Documents: read without guessing, all faults at once."""

import pytest

from metering.document import FaultyDocument, parse, read
from metering.meter import Fleet


@pytest.mark.parametrize(("text", "value"), [
    ("0.10", "0.10"), ("no", "no"), ("12:30", "12:30"), ("012", "012"), ("1e3", "1e3"), ("2026-01-01", "2026-01-01"), ('"x"', "x"), ("", None), ("null", None),
])  # fmt: skip
def test_every_scalar_stays_the_text_it_was(text: str, value: str | None) -> None:
    assert {"a": value} == read(f"a: {text}")


def test_json_is_yaml() -> None:
    assert read('{"a": ["0.10", {"b": true}]}') == {"a": ["0.10", {"b": "true"}]}


@pytest.mark.parametrize("raw", [
    pytest.param("a: [", id="unclosed"), pytest.param("a: b: c", id="two colons"), pytest.param("\x00", id="a zero byte"), pytest.param(b"\xff\xfe\xff", id="no text"),
    pytest.param("x: &a [1]\ny: [" + "*a," * 200 + "]", id="aliases without end"), pytest.param("!!python/object:os.system x: 1", id="a tag that builds"),
    pytest.param("[" * 5000, id="too deep"), pytest.param("", id="empty"), pytest.param('sites: "half \\ud800"', id="half a character"), pytest.param("a" * (4 << 20) + "b", id="too large"),
])  # fmt: skip
def test_what_is_no_document_is_refused(raw: str | bytes) -> None:
    with pytest.raises(FaultyDocument):
        parse(Fleet, read(raw))


def test_all_faults_come_at_once_with_their_paths_and_the_nearest_key() -> None:
    document = read("""
sites:
  - name: Werk
    zone: Europe/Berln
    assets:
      - name: A
        meters:
          - name: M
            registers:
              - {key: k, kind: intervall, unit: kwhh, resolution: 0.1, modulos: 3}
""")
    with pytest.raises(FaultyDocument) as refusal:
        parse(Fleet, document)
    faults = {fault.path: fault for fault in refusal.value.faults}
    register = "/sites/0/assets/0/meters/0/registers/0"
    assert {"/sites/0/zone", f"{register}/kind", f"{register}/unit", f"{register}/modulos"} == faults.keys()
    assert faults[f"{register}/modulos"].expected == "modulus"
    assert "did you mean kWh" in faults[f"{register}/unit"].detail


@pytest.mark.parametrize(("register", "said"), [
    ("{key: k, kind: interval, unit: kWh, resolution: 1, modulus: 10}", "no modulus"),
    ("{key: k, kind: cumulative, unit: kWh, resolution: 1, interval_minutes: 15}", "no interval"),
    ("{key: k, kind: cumulative, unit: kWh, resolution: 0}", "greater than 0"),
])  # fmt: skip
def test_a_register_fits_its_kind(register: str, said: str) -> None:
    document = read(
        f"sites: [{{name: S, zone: UTC, assets: [{{name: A, meters: [{{name: M, registers: [{register}]}}]}}]}}]"
    )
    with pytest.raises(FaultyDocument, match=said):
        parse(Fleet, document)
