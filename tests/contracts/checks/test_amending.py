"""An amendment keeps what billed periods depend on, and states a reason where a saving is measured in another way."""

from typing import Any

import pytest

from contracts.checks.amending import faults_among, faults_of_amending
from tests.contracts.checks.documents import FEE, SAVING, Provoked, a_contract, per_unit, rows

OTHERWISE = {**SAVING, "option": {**SAVING["option"], "before": "40"}}  # type: ignore[dict-item]

FEBRUARY = {"in_force_from": "2026-02-01"}


def ratchet(name: str = "demand", unit: str = "kW", **charge: Any) -> dict[str, Any]:
    rule = {"kind": "demand", "unit": unit, "unit_price": "9", "ratchet": {"percent": "80"}}
    return {"name": name, "register": "kw", "rule": rule, **charge}


def of_the_year(**rule: Any) -> dict[str, Any]:
    terms = {"kind": "per_unit", "unit": "kWh", "unit_price": "1", "per": "year", **rule}
    return {"charges": [{"name": "energy", "register": "kwh", "rule": terms}]}


def pooled(**included: str) -> dict[str, Any]:
    return {"charges": [per_unit(register="kwh", included={"quantity": "9", "unit": "kWh", "per": "year", **included})]}


def hourly(on: str = "2026-01-01", **capacity: str) -> dict[str, Any]:
    committed = {"capacity": {"a_day": "240", "percent": "80", **capacity}}
    rule = {"kind": "commitment", "unit": "kWh", "unit_price": "1", "committed": [committed], "each_hour": "true"}
    return {"charges": [{"name": "energy", "register": "kwh", "rule": rule}], "in_force_from": on}


def capped(cap: dict[str, Any], on: str = "2026-01-01", **settings: str) -> dict[str, Any]:
    """`cap`, or what takes its place, after `least`, which is over `most`, which is over all before it."""
    most = {"name": "most", "rule": {"kind": "maximum_spend", "amount": "600"}}
    least = {"name": "least", "rule": {"kind": "minimum_spend", "of": ["most"], "amount": "900"}}
    return {"charges": [most, least, {"name": "cap", **cap}], "in_force_from": on, "settings": settings}


CAP: dict[str, Any] = {"rule": {"kind": "maximum_spend", "of": ["least"], "amount": "800"}}
A_FEE: dict[str, Any] = {"rule": {"kind": "fixed_fee", "amount": "5"}}


def on_account() -> dict[str, Any]:
    """A use that is billed on account until the end of the year."""
    rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
    return {
        "charges": [{"name": "heat", "register": "kwh", "rule": rule, "instalments": {"amounts": [{"amount": "9"}]}}]
    }


PROVOKED = [
    Provoked("state-not-opened", "/charges/0/rule/kind", {
        "charges": [{"name": "energy", "rule": {"kind": "minimum_spend", "amount": "1"}}], **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/unit", {**of_the_year(unit="h"), **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/per", {**of_the_year(per="month"), **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/unit",
             {"charges": [ratchet("peak", "h", continues="demand")], **FEBRUARY}, {"charges": [ratchet()]}),
    Provoked("state-not-opened", "/charges/0/included/unit", {**pooled(unit="h"), **FEBRUARY}, pooled()),
    Provoked("state-not-opened", "/charges/0/included/per", {**pooled(per="month"), **FEBRUARY}, pooled()),
    Provoked("unknown-charge", "/charges/0/continues",
             {"charges": [ratchet("peak", continues="demnad")], **FEBRUARY}, {"charges": [ratchet()]}),
    Provoked("continues-itself", "/charges/0/continues",
             {"charges": [ratchet("peak", continues="demand")], **FEBRUARY}, {"charges": [ratchet(), ratchet("peak")]}),
    Provoked("cycle", "/charges/2/rule", capped(A_FEE, "2026-01-15"), capped(CAP)),
    Provoked("undivided-period", "/charges/0/rule/committed/0/capacity/in_service", hourly(in_service="2026-01-15")),
    Provoked("not-settled", "/charges", {"charges": [{"name": "fee", **A_FEE}], **FEBRUARY}, on_account()),
    Provoked("no-first-day", "/in_force_from", {"reason": "an address"}),
    Provoked("party-changed", "/customer/name", {"customer": {"name": "X", "country": "DE"}}),
    Provoked("fixed-term", "/starts", {"starts": "2026-02-01"}),
    Provoked("fixed-term", "/billing", {"billing": {"every": "year"}}),
    Provoked("fixed-term", "/currency", {"currency": "USD"}),
    Provoked("fixed-term", "/settings/edges", {"settings": {"edges": "interpolated"}}),
    Provoked("no-reason", "/reason", {"savings": [OTHERWISE]}, {"savings": [SAVING]}),
    Provoked("out-of-order", "/in_force_from", {"in_force_from": "2026-03-01"}, {"in_force_from": "2026-04-01"}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_what_an_amendment_cannot_change(row: Provoked) -> None:
    earlier: dict[str, Any] = row.more or {}
    parts = (
        row.parts
        if row.code == "no-first-day"
        else {"in_force_from": row.parts.get("starts", "2026-01-01")} | row.parts
    )
    faults = faults_of_amending([a_contract(**earlier)], a_contract(**parts))
    assert [(fault.code, fault.path) for fault in faults] == [(row.code, row.path)]


def test_a_stated_reason_is_enough() -> None:
    amended = a_contract(savings=[OTHERWISE], reason="the hall was measured again", in_force_from="2026-01-01")
    assert not list(faults_of_amending([a_contract(savings=[SAVING])], amended))


def test_the_same_terms_again_need_no_day() -> None:
    assert not list(faults_of_amending([a_contract(settings={"arithmetic": "2"})], a_contract()))


def test_a_new_contract_amends_nothing() -> None:
    assert not list(faults_of_amending([], a_contract()))


@pytest.mark.parametrize(("before", "amended"), [
    pytest.param(of_the_year(), {**of_the_year(unit="MWh"), **FEBRUARY}, id="kWh become MWh"),
    pytest.param(of_the_year(), {**of_the_year(unit="h"), "in_force_from": "2027-01-01"}, id="the year has ended"),
    pytest.param(of_the_year(per="period"), {**of_the_year(unit="h", per="period"), **FEBRUARY}, id="the month has ended"),
    pytest.param(of_the_year(per="month"), {**of_the_year(per="year"), "in_force_from": "2026-01-15"},
                 id="the month and the year began on the same day"),
    pytest.param({"charges": [ratchet()]}, {"charges": [ratchet("peak", continues="demand")], **FEBRUARY}, id="a renamed charge"),
    pytest.param({"charges": [ratchet("peak", continues="old")]},
                 {"charges": [ratchet("peak", continues="old")], **FEBRUARY}, id="one that was renamed before"),
    pytest.param({"charges": [ratchet()]}, {"charges": [ratchet("peak", "h")], **FEBRUARY}, id="a charge of a new name"),
])  # fmt: skip
def test_what_goes_on(before: dict[str, Any], amended: dict[str, Any]) -> None:
    assert not list(faults_of_amending([a_contract(**before)], a_contract(**amended)))


def test_the_version_before_is_the_one_in_force_on_the_day_before() -> None:
    """Of two versions for one day, the second stands in place of the first."""
    kwh, hours = a_contract(**of_the_year()), a_contract(**of_the_year(unit="h"), **FEBRUARY)
    back = a_contract(**of_the_year(unit="MWh"), **FEBRUARY)
    assert list(faults_of_amending([kwh], hours))
    assert not list(faults_of_amending([kwh, hours], back))


def test_a_charge_that_was_gone_for_a_while_goes_on_from_the_last_version_that_had_it() -> None:
    first, without = a_contract(charges=[ratchet()]), a_contract(**FEBRUARY)
    march = {"in_force_from": "2026-03-01"}
    assert not list(faults_of_amending([first, without], a_contract(charges=[ratchet(unit="MW")], **march)))
    assert not list(
        faults_of_amending([first, without], a_contract(charges=[ratchet("p", continues="demand")], **march))
    )
    (fault,) = faults_of_amending([first, without], a_contract(charges=[ratchet(unit="h")], **march))
    assert (fault.code, fault.path) == ("state-not-opened", "/charges/0/rule/unit")


def test_a_version_that_comes_in_between_is_checked_against_the_one_after_it() -> None:
    first, third = a_contract(**of_the_year()), a_contract(**of_the_year(unit="MWh"), in_force_from="2026-04-01")
    second = a_contract(**of_the_year(unit="h"), **FEBRUARY)
    places = [(fault.code, fault.path, fault.found, fault.expected) for fault in faults_among([first, third], second)]
    into, out_of = ("h", "kWh"), ("MWh", "h")
    assert places == [("state-not-opened", "/charges/0/rule/unit", *units) for units in (into, out_of)]


def lease(instalments: str = "20", name: str = "rent", **terms: Any) -> dict[str, Any]:
    rule = {"kind": "lease_rent", "financed": "10000", "percent_a_year": "6", "instalments": instalments}
    charge = {"name": name, "rule": rule | terms.pop("rule", {})} | terms.pop("charge", {})
    return {"charges": [charge], **terms}


def refusals(*versions: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Place, found and expected of each state that the last of some versions cannot go on from."""
    *earlier, amended = (a_contract(**version) for version in versions)
    faults = list(faults_of_amending(earlier, amended))
    assert {fault.code for fault in faults} <= {"state-not-opened"}
    return [(fault.path, fault.found, fault.expected) for fault in faults]


class TestALeaseOfFewerInstalments:
    """An instalment is billed at the end of each month. What is left of the balance needs one more, at least."""

    @pytest.mark.parametrize(("on", "billed", "settings"), [
        pytest.param("2026-04-01", 3, {}, id="January, February and March have ended"),
        pytest.param("2026-04-20", 3, {}, id="April has not"),
        pytest.param("2026-04-20", 3, {"on_change": "restart"}, id="a balance is not begun again"),
        pytest.param("2026-03-31", 2, {}, id="on its last day, March has not ended"),
        pytest.param("2026-04-20", 3, {"on_change": "whole"}, id="all of April is billed by the new terms"),
        pytest.param("2026-02-20", 1, {"arithmetic": "2"}, id="by the arithmetic that divides all charges"),
    ])  # fmt: skip
    def test_needs_more_than_are_billed(self, on: str, billed: int, settings: dict[str, str]) -> None:
        first = lease(settings=settings)
        refused = [("/charges/0/rule/instalments", str(billed), f"more than {billed}")]
        assert refusals(first, lease(str(billed), settings=settings, in_force_from=on)) == refused
        assert refusals(first, lease(str(billed + 1), settings=settings, in_force_from=on)) == []

    def test_counts_those_of_its_earlier_name_and_of_all_versions(self) -> None:
        """Two instalments as `rent` and one as `hire`, at two rates: three."""
        dearer = lease(rule={"percent_a_year": "7"}, in_force_from="2026-02-01")
        renamed = lease(name="hire", charge={"continues": "rent"}, in_force_from="2026-03-01")
        refused = [("/charges/0/rule/instalments", "3", "more than 3")]
        assert refusals(lease(), dearer, renamed, lease("3", "hire", in_force_from="2026-04-01")) == refused
        assert refusals(lease(), dearer, renamed, lease("4", "hire", in_force_from="2026-04-01")) == []

    def test_does_not_count_months_without_it(self) -> None:
        """January alone: in February and March the contract has no lease."""
        without: dict[str, Any] = {"in_force_from": "2026-02-01"}
        again: dict[str, Any] = {"in_force_from": "2026-04-01"}
        assert refusals(lease(), without, lease("2", **again)) == []
        assert refusals(lease(), without, lease("1", **again)) == [("/charges/0/rule/instalments", "1", "more than 1")]

    def test_needs_none_where_nothing_is_left(self) -> None:
        """Three instalments have repaid it in March."""
        assert refusals(lease("3"), lease("2", in_force_from="2026-05-01")) == []

    def test_is_another_lease_by_another_amount_once_an_instalment_is_billed(self) -> None:
        other = {"financed": "9000"}
        assert refusals(lease(), lease(rule=other, in_force_from="2026-01-20")) == []
        refused = [("/charges/0/rule/financed", "9000", "10000")]
        assert refusals(lease(), lease(rule=other, in_force_from="2026-02-20")) == refused

    def test_is_refused_with_its_release_where_versions_are_released_in_another_order(self) -> None:
        """Recorded in April: one instalment fewer. It counts with the version that takes the lease to 3 from June on."""
        first, later = a_contract(**lease()), a_contract(**lease("5", in_force_from="2026-05-01"))
        earlier = a_contract(**lease("2", in_force_from="2026-02-15"))
        assert not list(faults_among([first], later))
        assert not list(faults_among([first], earlier, [later]))
        (fault,) = faults_among([first], a_contract(**lease("2", in_force_from="2026-04-15")), [later])
        assert (fault.path, fault.found) == ("/charges/0/rule/instalments", "2")


IN_THE_WINDOW = [("/charges/1/rule/kind", "discount", "maximum_spend")]


@pytest.mark.parametrize(("day", "ends"), [
    pytest.param("2026-02-01", "2026-02-02", id="the month ends within a week, and with it"),
    pytest.param("2026-02-02", None, id="with the week it is settled"),
    pytest.param("2026-02-09", "2026-03-02", id="the next month is begun"),
    pytest.param("2026-01-01", None, id="from the start nothing was billed"),
])  # fmt: skip
def test_a_charge_on_account_is_gone_once_its_window_is_settled(day: str, ends: str | None) -> None:
    """Billed by the week, on account by the month: a window that ends within a week is settled with the week."""
    (heat,) = on_account()["charges"]
    heat = {**heat, "instalments": {"per": "month", "amounts": [{"amount": "9"}]}}
    terms: dict[str, Any] = {"billing": {"every": "week"}, "ends": "2026-04-06"}
    agreed = a_contract(charges=[heat, {"name": "fee", **A_FEE}], **terms)
    amended = a_contract(charges=[{"name": "fee", **A_FEE}], in_force_from=day, **terms)

    unsettled = [fault for fault in faults_of_amending([agreed], amended) if fault.code == "not-settled"]

    assert [(fault.found, fault.expected) for fault in unsettled] == ([(day, ends)] if ends else [])


class TestAWindowThatClosesWithinAPeriod:
    """Four weeks from 28 September are in the two months that end with September, which close on 26 October with them."""

    @pytest.mark.parametrize(("on", "settings", "refused"), [
        pytest.param("2026-10-17", {}, IN_THE_WINDOW, id="the period goes on, and with it the sums of its window"),
        pytest.param("2026-10-26", {}, [], id="both have ended"),
        pytest.param("2026-10-17", {"arithmetic": "2"}, [], id="arithmetic 2 closes the window with what it divides"),
        pytest.param("2026-10-17", {"on_change": "whole"}, IN_THE_WINDOW, id="the new rule counts from 28 September on"),
        pytest.param("2026-11-01", {"on_change": "whole"}, [], id="from 26 October on, when the window has closed"),
        pytest.param("2026-11-01", {}, IN_THE_WINDOW, id="from within the next two months on"),
        pytest.param("2026-10-17", {"on_change": "restart"}, IN_THE_WINDOW, id="windows longer than a period are not begun again"),
    ])  # fmt: skip
    def test_another_rule_waits_for_its_end(self, on: str, settings: dict[str, str], refused: Any) -> None:
        terms = {
            "starts": "2026-08-31", "ends": "2027-01-18", "settings": settings,
            "billing": {"every": "four_weeks", "anchor_weekday": "mon"},
        }  # fmt: skip
        bound = {"name": "bound", "rule": {"kind": "maximum_spend", "amount": "1149", "per": "two_months"}}
        discount = {"name": "bound", "rule": {"kind": "discount", "percent": "41.3"}}
        first, amended = ({"charges": [FEE, charge], **terms} for charge in (bound, discount))
        assert refusals(first, {**amended, "in_force_from": on}) == refused


def take_or_pay(per: str, **terms: str) -> dict[str, Any]:
    rule = {"kind": "take_or_pay", "unit": "kWh", "unit_price": "1", "annual_quantity": "9", "take_percent": "80"}
    return {"charges": [{"name": "gas", "register": "kwh", "rule": {**rule, "per": per}}], **terms}


@pytest.mark.parametrize(("on", "refused"), [
    pytest.param("2026-02-01", [], id="of the first year nothing is left yet: the half-year began on the same day"),
    pytest.param("2027-02-01", [("/charges/0/rule/per", "half_year", "year")], id="one year has ended"),
])  # fmt: skip
def test_years_of_a_take_or_pay_that_have_ended_are_known(on: str, refused: list[tuple[str, str, str]]) -> None:
    assert refusals(take_or_pay("year"), take_or_pay("half_year", in_force_from=on)) == refused


def test_what_others_cannot_open_without_it_is_no_fault_of_a_version() -> None:
    """Recorded by a release that did not see it: the second version is held, and the third one changes a price."""
    first, second = a_contract(**lease()), a_contract(**lease("2", in_force_from="2026-05-01"))
    third = a_contract(**lease("20", rule={"percent_a_year": "7"}, in_force_from="2026-05-01"))
    assert not list(faults_among([first, second], third))
    other = a_contract(**lease("2"), assets=["press"], in_force_from="2026-06-01")
    assert not list(faults_among([first, second], other))


def test_an_amended_end_is_refused_where_a_version_before_could_not_go_on() -> None:
    """June and July are one period, until the contract goes on: then June has ended before 20 July, with 6 instalments."""
    joined: dict[str, Any] = {"billing": {"every": "month", "trailing": "joined"}}
    first = lease(ends="2026-07-25", **joined)
    second = lease("6", ends="2026-07-25", in_force_from="2026-07-20", **joined)
    prolonged = lease("6", ends="2026-08-31", in_force_from="2026-07-21", **joined)
    assert refusals(first, second) == []
    assert ("/charges/0/rule/instalments", "6", "more than 6") in refusals(first, second, prolonged)


def test_what_a_pool_may_have_left_is_not_carried_into_another_quantity() -> None:
    """In February up to 9 kWh of January are left, and hours cannot use them; in January there is nothing yet."""
    hours = {"included": {"quantity": "9", "unit": "h", "carry_forward": "9"}}
    kwh = {"included": {"quantity": "9", "unit": "kWh", "carry_forward": "9"}}
    first = {"charges": [per_unit(register="kwh", **kwh)]}
    amended = {"charges": [per_unit(register="kwh", **hours)]}
    assert refusals(first, {**amended, "in_force_from": "2026-01-20"}) == []
    assert refusals(first, {**amended, "in_force_from": "2026-02-20"}) == [("/charges/0/included/unit", "h", "kWh")]


class TestAChargeThatWouldBeComputedFromItself:
    """`cap` is over `least`, which is over `most`, which is over all before it. Once `cap` is a fee, `most` sees it."""

    @pytest.mark.parametrize(("on", "settings", "refused"), [
        pytest.param("2026-01-15", {}, True, id="of January, the cap until the 15th is over least of all days"),
        pytest.param("2026-02-01", {}, False, id="January is over: the fee begins with a period"),
        pytest.param("2026-01-15", {"arithmetic": "2"}, False, id="arithmetic 2 divides all three charges"),
        pytest.param("2026-01-15", {"on_change": "whole"}, False, id="all of January has the fee"),
    ])  # fmt: skip
    def test_is_refused_by_its_changed_rule(self, on: str, settings: dict[str, str], *, refused: bool) -> None:
        cap, fee = a_contract(**capped(CAP, **settings)), a_contract(**capped(A_FEE, on, **settings))
        faults = [(fault.code, fault.path, fault.found, fault.expected) for fault in faults_of_amending([cap], fee)]
        assert faults == ([("cycle", "/charges/2/rule", "fixed_fee", "maximum_spend")] if refused else [])

    def test_may_have_a_name_of_its_own(self) -> None:
        fee = capped({**A_FEE, "name": "fee"}, "2026-01-15")
        assert not list(faults_of_amending([a_contract(**capped(CAP))], a_contract(**fee)))

    def test_is_no_fault_of_a_later_version(self) -> None:
        cap, fee = a_contract(**capped(CAP)), a_contract(**capped(A_FEE, "2026-01-15"))
        assert not list(faults_of_amending([cap, fee], a_contract(**capped(A_FEE, "2026-03-15"))))


class TestACapacityThatIsCommittedByHours:
    """Hours do not tell whose days they are: the capacity is in service from the first of billed days on, or from none."""

    IN_SERVICE = "/charges/0/rule/committed/0/capacity/in_service"

    @staticmethod
    def faults(earlier: list[dict[str, Any]], amended: dict[str, Any]) -> list[tuple[str, str, str, str]]:
        listed = faults_of_amending([a_contract(**version) for version in earlier], a_contract(**amended))
        return [(fault.code, fault.path, fault.found, fault.expected) for fault in listed]

    def test_is_in_service_with_a_period(self) -> None:
        january = ("undivided-period", self.IN_SERVICE, "2026-01-15", "2026-01-01 or 2026-02-01")
        assert self.faults([], hourly(in_service="2026-01-15")) == [january]
        assert self.faults([], hourly(in_service="2026-02-01")) == []
        assert self.faults([], hourly(in_service="2025-11-15")) == []

    def test_is_in_service_with_its_terms(self) -> None:
        """The commitment begins by an amendment of that day."""
        assert self.faults([{}], hourly("2026-01-15", in_service="2026-01-15")) == []

    def test_ends_with_a_period(self) -> None:
        """One year from 15 June 2025 on: June 2026 is divided by its end."""
        ends = (
            "undivided-period",
            self.IN_SERVICE.replace("in_service", "years"),
            "2026-06-15",
            "2026-06-01 or 2026-07-01",
        )
        assert self.faults([], hourly(in_service="2025-06-15", years="1")) == [ends]
        assert self.faults([], hourly(in_service="2025-06-01", years="1")) == []

    def test_that_is_recorded_already_is_no_fault_of_an_amendment(self) -> None:
        recorded = hourly(in_service="2026-06-15")
        for on in ("2026-02-01", "2026-07-01"):
            assert self.faults([recorded], {**recorded, "assets": ["press"], "in_force_from": on}) == []
