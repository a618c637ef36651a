"""What a customer sees over HTTP: its released contracts, and readings of the days on which these cover a register."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from api.access.roles import Role
from api.demo.documents import document
from api.server.embedded import EmbeddedServer
from quantities.document import read
from quantities.period import zone
from tests.scenarios.world import World, a_world_copied

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: line.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: line.total, kind: cumulative, unit: kWh, resolution: "0.1"}
              - {key: line.power, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: line.hours, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: line.strokes, kind: cumulative, unit: cycle, resolution: "1"}
              - {key: line.state, kind: state, unit: machine_hour, resolution: "1", states: [{code: 1, name: RUN, used: true}, {code: 2, name: DOWN}]}
      - name: Office Speicherstraße
        meters:
          - name: Main meter
            registers:
              - {key: office.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: weather.degc, kind: instantaneous, unit: degC, resolution: "0.1"}
  - name: Factory
    zone: Asia/Tokyo
    assets:
      - name: Mill
        meters:
          - name: T
            registers:
              - {key: mill.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
"""
FEE: dict[str, Any] = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100.00"}}
HANDOVER = "2026-06-01"
PARTIES = {"blechwerke": "Blechwerke", "gießerei": "Gießerei"}
YEAR = {"from": "2026-01-01", "to": "2026-09-30"}
#: One hour in the middle of each month from January to September; its value is the number of the month.
BY_MONTH = [(f"2026-{month:02d}-15T11:00Z", str(month)) for month in range(1, 10)]


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    def nine_months(filled: World) -> None:
        sends(filled, "line.kwh", BY_MONTH)

    with a_world_copied(server, "nine months of a line", nine_months, request.node.nodeid, FLEET) as world:
        yield world


def sends(world: World, register: str, rows: list[tuple[str, str]]) -> None:
    lines = "\n".join(f"{at},{value}" for at, value in rows)
    world.done("maker", "POST", "/v1/readings", params={"register": register}, content=f"time,value\n{lines}\n")


def energy(register: str = "line.kwh", unit: str = "kWh") -> dict[str, Any]:
    return {"name": register, "register": register, "rule": {"kind": "per_unit", "unit": unit, "unit_price": "0.50"}}


def records(world: World, reference: str, customer: str, *charges: dict[str, Any], **terms: Any) -> None:
    """A contract, or its next version, from its start on unless it says otherwise; it waits."""
    contract = {
        "contract": reference,
        "supplier": {"name": "Nordluft", "country": "DE"},
        "customer": {"name": customer, "country": "DE"},
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "starts": "2026-01-01",
        "settings": {"least_coverage": "0"},
        "charges": list(charges),
    } | terms
    world.done("maker", "POST", "/v1/contracts", json={"in_force_from": contract["starts"]} | contract)


def agrees(world: World, reference: str, customer: str, *charges: dict[str, Any], **terms: Any) -> None:
    records(world, reference, customer, *charges, **terms)
    world.done("finance", "POST", f"/v1/contracts/{reference}/release")


def usage(world: World, who: str, register: str = "line.kwh", **asked: Any) -> list[tuple[str, str | None]]:
    """The local beginning of each part, and its quantity; whoever is granted the machine sees the same."""
    path, asked = f"/v1/registers/{register}/usage", {**YEAR, **asked}
    rows = world.done(who, "GET", path, params=asked)
    if who in PARTIES:
        assert is_granted(world, who)
        assert world.done(f"{who}'s insurer", "GET", path, params=asked) == rows
    return [(local(row["period_from"]), row["quantity"]) for row in rows]


def local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(zone("Europe/Berlin")).strftime("%m-%d %H:%M")


def month(number: int, value: str | None = "number") -> tuple[str, str | None]:
    return f"{number:02d}-01 00:00", str(number) if value == "number" else value


def status(world: World, who: str, register: str = "line.kwh", what: str = "usage") -> int:
    path = f"/v1/registers/{register}/{what}"
    answered = int(world.ask(who, "GET", path, params=YEAR).status_code)
    if who in PARTIES and is_granted(world, who) and what != "readings":
        assert world.ask(f"{who}'s insurer", "GET", path, params=YEAR).status_code == answered
    return answered


def is_granted(world: World, who: str) -> bool:
    """Whether somebody, made for it, sees all machines of a customer by its grants, which are made as far as they can be."""
    insurer = f"{who}'s insurer"
    if insurer not in world.keys:
        world.key(insurer, Role.THIRD_PARTY, party=PARTIES[who])
    asked = [{"name": insurer, "machine": machine} for machine in ("Press", "Office Speicherstraße", "Mill")]
    answers = [world.ask(who, "POST", "/v1/grants", json=one).status_code for one in asked]
    return bool({201, 409} & set(answers))


def hands_over(world: World, *charges: dict[str, Any], on: str = HANDOVER) -> None:
    """Blechwerke's contract ends; Gießerei's is amended from the same day on, and was without these registers before."""
    agrees(world, "A", "Blechwerke", FEE, *charges, ends=on)
    agrees(world, "B", "Gießerei", FEE)
    agrees(world, "B", "Gießerei", FEE, *charges, in_force_from=on)


class TestARegisterIsHandedOver:
    def test_the_next_customer_does_not_see_readings_from_before_the_handover(self, world: World) -> None:
        hands_over(world, energy())
        assert usage(world, "gießerei") == [month(number) for number in range(6, 10)]

    def test_the_customer_before_does_not_see_readings_from_after_the_handover(self, world: World) -> None:
        hands_over(world, energy())
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 6)]

    def test_a_customer_whose_amended_contract_no_longer_names_it_still_sees_the_days_before(
        self, world: World
    ) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        agrees(world, "A", "Blechwerke", FEE, in_force_from=HANDOVER)
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 6)]

    def test_the_hours_at_midnight_belong_to_one_customer_each(self, world: World) -> None:
        sends(world, "line.kwh", [("2026-05-31T21:00Z", "0.5"), ("2026-05-31T22:00Z", "0.7")])
        hands_over(world, energy())
        asked = {"from": "2026-05-31", "to": "2026-06-01", "every": "hour"}
        last, first = (
            [row for row in usage(world, who, **asked) if row[1] is not None] for who in ("blechwerke", "gießerei")
        )
        assert (last, first) == ([("05-31 23:00", "0.5")], [("06-01 00:00", "0.7")])

    def test_a_month_that_it_cuts_is_shown_in_part(self, world: World) -> None:
        hands_over(world, energy(), on="2026-06-15")
        sends(world, "line.kwh", [("2026-06-02T11:00Z", "0.2"), ("2026-06-20T11:00Z", "0.3")])
        assert usage(world, "blechwerke")[-1] == ("06-01 00:00", "0.2")
        assert usage(world, "gießerei")[0] == ("06-15 00:00", "6.3")

    def test_a_question_about_the_days_before_it_has_no_rows(self, world: World) -> None:
        hands_over(world, energy())
        assert usage(world, "gießerei", to="2026-05-31") == []

    def test_the_last_reading_of_each_is_its_own(self, world: World) -> None:
        hands_over(world, energy())
        asked = {"every": "whole", "aggregation": "last"}
        assert usage(world, "blechwerke", **asked) == [("01-01 00:00", "5")]
        assert usage(world, "gießerei", **asked, to="2026-08-01") == [("06-01 00:00", "7")]

    def test_the_tenants_own_keys_see_all(self, world: World) -> None:
        hands_over(world, energy())
        for who in ("maker", "finance"):
            assert usage(world, who) == [month(number) for number in range(1, 10)]

    def test_another_tenant_and_a_customer_without_the_register_see_nothing(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        assert [status(world, who) for who in ("stranger", "gießerei")] == [404, 404]

    def test_the_newest_batch_that_counts_can_still_be_named(self, world: World) -> None:
        hands_over(world, energy())
        (batch,) = (row["id"] for row in world.done("maker", "GET", "/v1/batches"))
        sends(world, "line.kwh", [("2026-06-20T11:00Z", "0.3")])
        assert usage(world, "gießerei")[0] == month(6, "6.3")
        assert usage(world, "gießerei", as_of=batch)[0] == month(6, "6")


class TestACounterIsHandedOver:
    """Read on 20 May (100), 10 June (130), 30 June (150) and 20 July (155): 30 kWh lie around the handover."""

    READS = [  # noqa: RUF012 a table
        ("2026-01-10T10:00Z", "40"),
        ("2026-05-20T10:00Z", "100"),
        ("2026-06-10T10:00Z", "130"),
        ("2026-06-30T10:00Z", "150"),
        ("2026-07-20T10:00Z", "155"),
    ]

    @pytest.fixture
    def handed(self, world: World) -> World:
        sends(world, "line.total", self.READS)
        hands_over(world, energy("line.total"))
        return world

    def test_use_from_before_the_handover_is_not_shown_as_use_after_it(self, handed: World) -> None:
        asked = {"to": "2026-07-31"}
        counted = [("06-01 00:00", None), ("06-10 12:00", "20"), ("07-01 00:00", "5")]
        assert usage(handed, "gießerei", "line.total", **asked) == counted
        assert usage(handed, "maker", "line.total", **asked)[5:] == [("06-01 00:00", "50"), ("07-01 00:00", "5")]

    def test_nor_by_a_question_that_begins_later(self, handed: World) -> None:
        asked = {"from": "2026-06-05", "to": "2026-06-19", "every": "whole"}
        assert usage(handed, "gießerei", "line.total", **asked) == [("06-05 00:00", None), ("06-10 12:00", None)]
        later = {"from": "2026-06-15", "to": "2026-07-31", "every": "whole"}
        assert usage(handed, "gießerei", "line.total", **later) == [("06-15 00:00", "25")]

    @pytest.mark.parametrize("aggregation", ["demand", "mean"])
    def test_nor_as_a_demand_or_a_mean(self, handed: World, aggregation: str) -> None:
        asked = {"from": HANDOVER, "to": "2026-06-10", "every": "whole", "aggregation": aggregation}
        assert [quantity for _, quantity in usage(handed, "gießerei", "line.total", **asked)] == [None, None]

    def test_nor_where_it_was_not_read_since(self, handed: World) -> None:
        asked = {"from": HANDOVER, "to": "2026-06-09"}
        rows = handed.done("gießerei", "GET", "/v1/registers/line.total/usage", params=asked)
        assert [row["quantity"] for row in rows] == [None]
        assert "05-20" not in rows[0]["error"], "when another customer's counter was read is not said either"

    def test_a_reading_at_the_handover_opens_it(self, handed: World) -> None:
        sends(handed, "line.total", [("2026-05-31T22:00Z", "110")])
        asked = {"to": "2026-07-31"}
        assert usage(handed, "gießerei", "line.total", **asked) == [("06-01 00:00", "40"), ("07-01 00:00", "5")]
        assert usage(handed, "blechwerke", "line.total", **asked)[-1] == ("05-01 00:00", "70")

    def test_if_asked_for_a_straight_line_counts_it_from_the_handover(self, handed: World) -> None:
        """It rises by 30 in 21 days, of which 9.5 are after the handover (13.57), and by 0.5 until the end of 10 June."""
        asked = {"from": HANDOVER, "to": "2026-06-10", "every": "whole", "edges": "interpolated"}
        ((begin, quantity),) = usage(handed, "gießerei", "line.total", **asked)
        assert begin == "06-01 00:00"
        assert round(Decimal(quantity or 0), 2) == Decimal("14.07")

    def test_how_often_it_was_read_and_what_it_showed_last_need_no_edge(self, handed: World) -> None:
        for aggregation, shown in (("count", "2"), ("last", "150")):
            asked = {"to": "2026-06-30", "aggregation": aggregation}
            assert usage(handed, "gießerei", "line.total", **asked) == [("06-01 00:00", shown)]


class TestALevelOrAStateIsHandedOver:
    def test_a_level_is_averaged_from_the_handover_on(self, world: World) -> None:
        sends(world, "line.power", [("2026-05-20T10:00Z", "90"), ("2026-05-31T22:00Z", "10")])
        hands_over(world, energy("line.power"))
        asked = {"to": "2026-06-30", "aggregation": "mean", "every": "whole"}
        assert usage(world, "gießerei", "line.power", **asked) == [("06-01 00:00", "10")]

    def test_a_state_lasts_from_the_handover_on(self, world: World) -> None:
        sends(world, "line.state", [("2026-05-30T22:00Z", "1"), ("2026-06-01T06:00Z", "2"), ("2026-06-01T22:00Z", "1")])
        hands_over(world, energy("line.state", "machine_hour"))
        asked = {"from": "2026-05-30", "to": "2026-06-01"}
        shown = world.done("gießerei", "GET", "/v1/registers/line.state/states", params=asked)
        assert [
            (local(part["period_from"]), [(state["state"], state["lasted"]) for state in part["states"]])
            for part in shown
        ] == [("06-01 00:00", [("RUN", "8"), ("DOWN", "16")])]

    def test_states_of_a_register_that_only_a_waiting_version_names_are_not_there(self, world: World) -> None:
        agrees(world, "B", "Gießerei", FEE)
        records(world, "B", "Gießerei", FEE, energy("line.state", "machine_hour"))
        assert status(world, "gießerei", "line.state", "states") == 404
        world.done("finance", "POST", "/v1/contracts/B/release")
        assert status(world, "gießerei", "line.state", "states") == 200


class TestAVersionThatNobodyReleased:
    def test_shows_no_register_until_it_is_released(self, world: World) -> None:
        agrees(world, "B", "Gießerei", FEE)
        records(world, "B", "Gießerei", FEE, energy(), in_force_from=HANDOVER)
        assert status(world, "gießerei") == 404
        world.done("finance", "POST", "/v1/contracts/B/release")
        assert usage(world, "gießerei") == [month(number) for number in range(6, 10)]

    def test_of_a_new_contract_shows_no_register(self, world: World) -> None:
        records(world, "B", "Gießerei", FEE, energy())
        assert status(world, "gießerei") == 404

    def test_does_not_hide_a_register_that_it_no_longer_names(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        records(world, "A", "Blechwerke", FEE)
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]

    def test_does_not_end_what_is_shown(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        records(world, "A", "Blechwerke", FEE, energy(), ends=HANDOVER)
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]

    def test_is_not_among_the_versions_of_the_contract(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE)
        records(world, "A", "Blechwerke", FEE, energy(), reason="an offer")
        for who, numbers in (("blechwerke", [1]), ("maker", [1, 2]), ("finance", [1, 2])):
            assert [row["version"] for row in world.done(who, "GET", "/v1/contracts/A")] == numbers
        world.done("finance", "POST", "/v1/contracts/A/release")
        assert [row["version"] for row in world.done("blechwerke", "GET", "/v1/contracts/A")] == [1, 2]

    def test_is_not_listed_as_the_newest(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE)
        records(world, "A", "Blechwerke", FEE, energy())
        newest = {"blechwerke": [("A", 1), ("C-1", 1)], "maker": [("A", 2), ("C-1", 1), ("C-2", 1)], "stranger": []}
        for who, listed in newest.items():
            assert [(row["contract"], row["version"]) for row in world.done(who, "GET", "/v1/contracts")] == listed

    def test_makes_no_contract_that_the_customer_sees(self, world: World) -> None:
        records(world, "A", "Blechwerke", FEE)
        assert [row["contract"] for row in world.done("blechwerke", "GET", "/v1/contracts")] == ["C-1"]
        for path in ("/v1/contracts/A", "/v1/contracts/A/statements"):
            refused = world.ask("blechwerke", "GET", path)
            assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-contract")
            assert world.ask("maker", "GET", path).status_code == 200

    def test_of_an_earlier_number_stays_hidden_when_a_later_one_is_released(self, world: World) -> None:
        records(world, "B", "Gießerei", FEE, energy())
        agrees(world, "B", "Gießerei", FEE, in_force_from="2026-07-01")
        assert [row["version"] for row in world.done("gießerei", "GET", "/v1/contracts/B")] == [2]
        assert status(world, "gießerei") == 404


WEAR = {
    "kind": "severity",
    "unit": "machine_hour",
    "unit_price": "5",
    "agreed_ratio": "1.90",
    "table": [{"from_ratio": "0", "factor": "1"}],
}
OFFICE: dict[str, Any] = read(document("office"))


class TestARegisterThatNoChargePricesByItself:
    def test_beside_a_charge_is_shown(self, world: World) -> None:
        sends(world, "line.strokes", [("2025-12-31T23:00Z", "0"), ("2026-03-10T11:00Z", "7")])
        wear = {"name": "wear", "register": "line.hours", "rule": WEAR, "beside": {"cycles": "line.strokes"}}
        agrees(world, "A", "Blechwerke", wear)
        assert usage(world, "blechwerke", "line.strokes", every="whole") == [("01-01 00:00", "7")]
        assert status(world, "gießerei", "line.strokes") == 404

    def test_in_a_named_use_is_shown(self, world: World) -> None:
        both = [{"name": "both", "registers": ["line.kwh", "office.kwh"]}]
        priced = {"name": "energy", "usage": "both", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "0.5"}}
        agrees(world, "A", "Blechwerke", priced, usages=both)
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]
        assert status(world, "gießerei") == 404

    def test_of_a_saving_is_shown(self, world: World) -> None:
        sends(world, "office.kwh", BY_MONTH)
        sends(world, "weather.degc", [(at, value) for at, value in BY_MONTH if at < HANDOVER])
        parties = {name: OFFICE[name]["name"] for name in ("supplier", "customer")}
        to_ours = {parties["supplier"]: "Nordluft", parties["customer"]: "Blechwerke"}
        (plan,) = OFFICE["savings"]
        signatures = [row | {"party": to_ours[row["party"]]} for row in plan["signatures"]]
        people = {to_ours[name]: persons for name, persons in OFFICE["statement"]["signatories"].items()}
        prices = {"index": "Hamburg business peak", "kind": "price", "values": []}
        world.done("maker", "POST", "/v1/indices", json=prices)
        agrees(
            world,
            "A",
            "Blechwerke",
            *OFFICE["charges"],
            savings=[plan | {"signatures": signatures}],
            statement=OFFICE["statement"] | {"signatories": people},
        )
        assert usage(world, "blechwerke", "office.kwh") == [month(number) for number in range(1, 10)]
        assert usage(world, "blechwerke", "weather.degc", aggregation="last", every="whole") == [("01-01 00:00", "5")]
        assert [status(world, "gießerei", key) for key in ("office.kwh", "weather.degc")] == [404, 404]


class TestTheLifeOfAContract:
    def test_the_days_between_two_contracts_are_not_shown(self, world: World) -> None:
        agrees(world, "A-1", "Blechwerke", FEE, energy(), ends="2026-03-10")
        agrees(world, "A-2", "Blechwerke", FEE, energy(), starts="2026-08-01")
        shown = [month(1), month(2), month(3, None), month(8), month(9)]
        assert usage(world, "blechwerke") == shown

    def test_two_contracts_that_follow_on_each_other_do_not_cut_a_month(self, world: World) -> None:
        agrees(world, "A-1", "Blechwerke", FEE, energy(), ends="2026-03-10")
        agrees(world, "A-2", "Blechwerke", FEE, energy(), starts="2026-03-10")
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]

    def test_a_suspended_contract_still_shows_its_registers(self, world: World) -> None:
        paused = [{"first": "2026-03-01", "after_last": "2026-05-01", "reason": "a planned stop"}]
        agrees(world, "A", "Blechwerke", FEE, energy(), suspensions=paused)
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]

    def test_a_contract_that_is_amended_to_end_early_shows_nothing_beyond_its_end(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        agrees(world, "A", "Blechwerke", FEE, energy(), in_force_from="2026-03-01", ends="2026-05-10")
        assert usage(world, "blechwerke") == [*(month(number) for number in range(1, 5)), month(5, None)]

    def test_a_contract_that_is_over_at_the_end_of_time_is_shown_like_one_without_end(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy(), ends="2199-12-30")
        assert usage(world, "blechwerke") == [month(number) for number in range(1, 10)]

    def test_a_contract_that_has_not_begun_shows_no_row_and_no_refusal(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy(), starts="2027-01-01")
        assert usage(world, "blechwerke") == []

    def test_the_days_are_those_of_the_contracts_zone_where_the_site_has_another(self, world: World) -> None:
        """In Tokyo, seven hours ahead, 1 June in Berlin begins at 07:00."""
        sends(world, "mill.kwh", [("2026-05-31T21:00Z", "3"), ("2026-05-31T22:00Z", "4")])
        hands_over(world, energy("mill.kwh"))
        asked = {"from": "2026-06-01", "to": "2026-06-01", "every": "day"}
        assert usage(world, "maker", "mill.kwh", **asked) == [("05-31 17:00", "7")]
        assert usage(world, "gießerei", "mill.kwh", **asked) == [("06-01 00:00", "4")]
        assert usage(world, "blechwerke", "mill.kwh", **asked) == [("05-31 17:00", "3")]

    def test_days_that_are_no_range_are_refused_as_before(self, world: World) -> None:
        agrees(world, "A", "Blechwerke", FEE, energy())
        for who in ("maker", "blechwerke"):
            asked = {"from": "2026-02-01", "to": "2026-01-31"}
            assert world.ask(who, "GET", "/v1/registers/line.kwh/usage", params=asked).status_code == 422
