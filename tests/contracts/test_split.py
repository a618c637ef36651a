"""A charge is divided by what machines, jobs and cost centres used; nothing of it is lost, whoever used nothing."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.checks.fleet import faults_against_fleet
from contracts.contract import Contract
from contracts.rated_usage import NegativeUse, Usage
from contracts.split import SplitOut, SplitTerms
from metering.fleet.meter import Fleet
from metering.usage.measure import Part
from quantities.document import FaultyDocument, parse, read
from quantities.money import Money
from tests.billing.rating.billed import agreed, fee, priced

PRESS, PAINT = {"name": "press", "uses": ["p"]}, {"name": "paint", "uses": ["q"]}
WORKS = {"name": "works", "dimensions": {"cost centre": "100"}}


def shared(split: Mapping[str, Any], **uses: str) -> SplitOut:
    """By purpose, with ``_`` for a slash, in kWh."""
    counted = {purpose.replace("_", "/"): Usage(Decimal(used), "kWh") for purpose, used in uses.items()}
    return parse(SplitTerms, {"unit": "kWh", **split}).shared(counted)


def shares(out: SplitOut, amount: str, currency: str = "EUR") -> dict[str, str]:
    parts = Money(Decimal(amount), currency).split(out.whole_weights)
    return {bearer.name: str(part.amount) for bearer, part in zip(out.bearers, parts, strict=True)}


TWO = {"parts": [PRESS, PAINT]}


class TestWhoBearsIt:
    """The amount is divided in proportion to use; what nobody used goes where the clause says."""

    @pytest.mark.parametrize(("terms", "uses", "borne"), [
        pytest.param({}, ("60", "30"), {"press": "66.67", "paint": "33.33"}, id="by use, to the cent"),
        pytest.param({}, ("0", "30"), {"press": "0.00", "paint": "100.00"}, id="who used nothing bears nothing"),
        pytest.param({}, ("0", "0"), {"press": "50.00", "paint": "50.00"}, id="without use by weight: all weigh one"),
        pytest.param(
            {"parts": [{**PRESS, "weight": "3"}, PAINT]}, ("0", "0"), {"press": "75.00", "paint": "25.00"},
            id="without use by the weights that are stated",
        ),
        pytest.param(
            {"owner": WORKS}, ("0", "0"), {"press": "0.00", "paint": "0.00", "works": "100.00"},
            id="without use to the owner",
        ),
    ])  # fmt: skip
    def test_parts(self, terms: dict[str, Any], uses: tuple[str, str], borne: dict[str, str]) -> None:
        out = shared({**TWO, **terms}, split_0_0=uses[0], split_1_0=uses[1])
        assert borne == shares(out, "100.00")

    @pytest.mark.parametrize(("unused", "borne"), [
        pytest.param({"owner": WORKS}, {"press": "50.00", "paint": "20.00", "works": "30.00"}, id="to the owner"),
        pytest.param({"unused": "equally"}, {"press": "65.00", "paint": "35.00"}, id="equally: 15 each"),
        pytest.param(
            {"unused": "by_weight", "parts": [{**PRESS, "weight": "2"}, PAINT]}, {"press": "70.00", "paint": "30.00"},
            id="by weight: 20 and 10",
        ),
    ])  # fmt: skip
    def test_what_nobody_used_of_the_whole(self, unused: dict[str, Any], borne: dict[str, str]) -> None:
        out = shared({**TWO, "whole": "main", **unused}, split_0_0="50", split_1_0="20", split_whole="100")
        assert borne == shares(out, "100.00")

    def test_meters_of_parts_that_count_more_than_the_whole_leave_no_rest(self) -> None:
        out = shared({**TWO, "whole": "main", "owner": WORKS}, split_0_0="60", split_1_0="60", split_whole="100")
        assert shares(out, "100.00") == {"press": "50.00", "paint": "50.00", "works": "0.00"}

    def test_jobs_that_rows_tell(self) -> None:
        split = parse(SplitTerms, {"unit": "kWh", "groups_of": "p", "by": ["job"], "owner": {"name": "no job"}})
        parts = tuple(Part(Decimal(used), {"job": job}) for used, job in (("30", "7, late"), ("60", "4"), ("10", "")))
        out = split.shared({"split/groups": Usage(Decimal(100), "kWh", parts=parts)})
        assert shares(out, "10.00") == {"job 4": "6.00", "job 7, late": "3.00", "no job": "1.00"}
        assert [dict(bearer.dimensions) for bearer in out.bearers] == [{"job": "4"}, {"job": "7, late"}, {}]

    @pytest.mark.parametrize(("currency", "amount", "borne"), [
        pytest.param("JPY", "100", {"press": "67", "paint": "33"}, id="no cents in yen"),
        pytest.param("KWD", "1.000", {"press": "0.667", "paint": "0.333"}, id="thousandths of a dinar"),
        pytest.param("EUR", "-0.01", {"press": "-0.01", "paint": "0.00"}, id="a credit of a cent"),
    ])  # fmt: skip
    def test_minor_units(self, currency: str, amount: str, borne: dict[str, str]) -> None:
        assert borne == shares(shared(TWO, split_0_0="60", split_1_0="30"), amount, currency)

    def test_less_than_nothing_is_refused(self) -> None:
        with pytest.raises(NegativeUse):
            shared(TWO, split_0_0="-1", split_1_0="30")


def by_hand(used: list[Fraction], whole: Fraction | None, rule: str, stated: list[int]) -> list[Fraction]:
    """The part of the whole amount that each bears, and at the end the owner: written as a person would divide it."""
    taken = sum(used)
    of = max(whole, taken) if whole is not None else taken
    if not of:
        return [Fraction(0)] * len(used) + [Fraction(1)]
    rest = (of - taken) / of
    own = [one / of for one in used]
    match rule:
        case "owner":
            return [*own, rest]
        case "equally":
            return [one + rest / len(used) for one in own] + [Fraction(0)]
        case _:
            return [one + rest * weight / sum(stated) for one, weight in zip(own, stated, strict=True)] + [Fraction(0)]


amounts = st.integers(-(10**7), 10**7)


@given(
    st.lists(st.tuples(st.integers(0, 10**5), st.integers(1, 9)), min_size=1, max_size=6),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.sampled_from(["owner", "equally", "by_weight"]),
    amounts,
)
def test_shares_add_up_and_are_those_of_a_person(
    parts: list[tuple[int, int]], whole: int | None, rule: str, cents: int
) -> None:
    rule = rule if whole is not None else "owner"
    terms: dict[str, Any] = {
        "parts": [
            {"name": f"p{at}", "uses": [f"r{at}"], "weight": str(weight)} for at, (_, weight) in enumerate(parts)
        ],
        "owner": WORKS,
        "unused": rule,
    }
    uses = {f"split_{at}_0": str(used) for at, (used, _) in enumerate(parts)}
    if whole is not None:
        terms, uses = {**terms, "whole": "main"}, {**uses, "split_whole": str(whole)}
    out = shared(terms, **uses)
    net = Decimal(cents).scaleb(-2)
    borne = [Decimal(amount) for amount in shares(out, f"{net:.2f}").values()]
    expected = by_hand(
        [Fraction(used) for used, _ in parts],
        None if whole is None else Fraction(whole),
        rule,
        [weight for _, weight in parts],
    )
    assert sum(borne) == net
    assert all(
        abs(Fraction(share) - Fraction(net) * part) < Fraction(1, 100)
        for share, part in zip(borne, expected, strict=True)
    )


FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: r, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: p, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", dimensions: [job]}
              - {key: h, kind: cumulative, unit: machine_hour, resolution: "0.1"}
"""


def faults(**split: Any) -> list[tuple[str, str]]:
    """Of a fee that is split."""
    contract = agreed({**fee("rent", "100"), "split": {"unit": "kWh", **split}})
    known = {
        register.key: register
        for site in parse(Fleet, read(FLEET)).sites
        for asset in site.assets
        for meter in asset.meters
        for register in meter.registers
    }
    return [(fault.path, fault.code) for fault in faults_against_fleet(contract, known, {"Press"})]


class TestChecks:
    """What could not be divided is refused when the contract is written, with its place."""

    @pytest.mark.parametrize(("charge", "split", "path", "code"), [
        pytest.param(fee("a", "1", in_advance="true"), TWO, "/charges/0/split", "split-in-advance", id="in advance"),
        pytest.param(
            priced("a", {"kind": "per_unit", "unit": "each", "unit_price": "1", "by": ["job"]}), TWO,
            "/charges/0/split", "split-twice", id="by groups already",
        ),
        pytest.param(
            fee("a", "1"), {"groups_of": "all", "by": ["job"], "owner": WORKS},
            "/charges/0/split/groups_of", "no-groups", id="groups of a formula",
        ),
        pytest.param(fee("a", "1"), {}, "/charges/0/split", "value_error", id="over nothing"),
        pytest.param(fee("a", "1"), {**TWO, "whole": "main"}, "/charges/0/split", "value_error", id="no owner"),
        pytest.param(
            fee("a", "1"), {"groups_of": "p", "by": ["job"]}, "/charges/0/split", "value_error",
            id="nobody bears what nobody used",
        ),
        pytest.param(fee("a", "1"), {"parts": [PRESS, PRESS]}, "/charges/0/split", "value_error", id="a name twice"),
        pytest.param(
            fee("a", "1"), {**TWO, "unused": "equally"}, "/charges/0/split", "value_error", id="unused of no whole"
        ),
    ])  # fmt: skip
    def test_within(self, charge: dict[str, Any], split: dict[str, Any], path: str, code: str) -> None:
        usages = [{"name": "all", "formula": "p0 + p0", "unit": "kWh"}, {"name": "p0", "registers": ["p"]}]
        with pytest.raises(FaultyDocument) as refused:
            agreed({**charge, "split": {"unit": "kWh", **split}}, usages=usages)
        assert (path, code) in [(fault.path, fault.code) for fault in refused.value.faults]

    def test_against_the_fleet(self) -> None:
        assert faults(parts=[{"name": "a", "uses": ["p", "r"]}], whole="r", owner=WORKS) == []
        assert faults(parts=[{"name": "a", "uses": ["p", "x"]}]) == [
            ("/charges/0/split/parts/0/uses/1", "unknown-register")
        ]
        assert faults(parts=[{"name": "a", "uses": ["h"]}]) == [
            ("/charges/0/split/parts/0/uses/0", "incompatible-unit")
        ]
        assert faults(groups_of="r", by=["job"], owner=WORKS) == [("/charges/0/split/groups_of", "unknown-dimension")]
        assert faults(groups_of="p", by=["job"], owner=WORKS) == []

    def test_a_contract_covers_the_registers_that_divide(self) -> None:
        assert agreed({**fee("a", "1"), "split": {"unit": "kWh", **TWO}}).registers == {"p", "q"}

    def test_terms_without_a_split_are_stored_as_before(self) -> None:
        assert "split" not in agreed(fee("a", "1")).model_dump(mode="json")["charges"][0]
        written = agreed({**fee("a", "1"), "split": {"unit": "kWh", **TWO}}).model_dump(mode="json")
        assert parse(Contract, written).charges[0].split is not None


def test_the_example_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(name: compressor station\n.*?)```", page, flags=re.DOTALL)
    (charge,) = agreed(read(example)).charges
    assert charge.split is not None
    uses = {"press.air": "11000", "paint.air": "5000", "station.air": "20000"}
    counted = {purpose: Usage(Decimal(uses[name]), "m3") for purpose, (name, _) in charge.split.asked.items()}
    assert list(shares(charge.split.shared(counted), "3000.00").values()) == ["1650.00", "750.00", "600.00"]
