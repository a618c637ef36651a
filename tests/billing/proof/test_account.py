"""A line over a window explains itself: what it opened with, what is added, and the whole calculation, or why not."""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import Protocol

import pytest

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.documents.explanation import lines_of
from billing.documents.views import ExplanationOut, explanation_out
from billing.invoices import store
from billing.proof.explain import explain
from tests.billing.scene import Scene, on
from tests.conftest import application_pool, world_copy

HEAD = """
contract: C
supplier: {name: S, country: DE}
customer: {name: K, country: DE}
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
"""
#: 80 kWh in January, 50 in February, 70 in March; the highest hour 60, 50 and 40 kW.
READINGS = "2026-01-05 10 60\n2026-01-06 10 20\n2026-02-05 10 50\n2026-02-06 10 0\n2026-03-05 10 40\n2026-03-06 10 30"
MONTHS = ("2026-02-01", "2026-03-01", "2026-04-01")
GRADUATED = "{kind: graduated, unit: kWh, per: year, tiers: [{up_to: '100', unit_price: '0.50'}, {unit_price: '0.20'}]}"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


class Bill(Protocol):
    def __call__(self, contract: str) -> Scene:
        """Deliver the readings under a contract, and bill each month."""


@pytest.fixture
def billed(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Bill]:
    """Bills a contract, and each contract once: who asks again gets a copy."""
    with ExitStack() as copies:

        def copied(contract: str) -> Scene:
            world = f"three months of {contract}"
            access, _ = copies.enter_context(world_copy(server, world, partial(bill, contract), request.node.nodeid))
            return Scene(access, copies.enter_context(application_pool(access)))

        yield copied


def charged(rule: str, **terms: str) -> str:
    """A contract of one charge for what ``kwh`` counts."""
    more = "".join(f", {name}: {text}" for name, text in terms.items())
    return f"{HEAD}charges:\n  - {{name: use, register: kwh, rule: {rule}{more}}}\n"


def bill(contract: str, access: Access) -> None:
    with application_pool(access) as database:
        scene = Scene(access, database).declared(contract)
        scene.delivers(READINGS)
        for day in MONTHS:
            assert scene.bills(day).held == {}


def opened(scene: Scene, number: str, pos: int) -> ExplanationOut:
    with scene.database.transaction(1) as session:
        return explanation_out(explain(session, store.find(session, number), pos))


def sentences(scene: Scene, number: str, pos: int) -> list[str]:
    """What an explanation says of the window, name and text, without the indent."""
    names, told, name = {"window", "opened", "adds", "so far", "before", "hence", "not shown"}, [], ""
    for line in lines_of(opened(scene, number, pos)):
        name = line[2:11].strip() or name
        if name in names:
            told.append(f"{name}: {line[13:]}")
    return told


class TestAPriceOverAYear:
    """ "The first 100 kWh of a year cost 0.50, further ones 0.20": a month is the year so far, less the year before."""

    def test_the_first_month_opens_with_nothing(self, billed: Bill) -> None:
        scene = billed(charged(GRADUATED))
        assert sentences(scene, "2026-000001", 1) == [
            "window: 2026-01-01 to 2026-12-31",
            "opened: with nothing carried from before",
            "adds: 80 kWh",
        ]

    def test_the_second_shows_the_year_so_far_and_before(self, billed: Bill) -> None:
        scene = billed(charged(GRADUATED))
        assert sentences(scene, "2026-000002", 2) == [
            "window: 2026-01-01 to 2026-12-31",
            "opened: with 80 kWh used since 2026-01-01",
            "adds: 50 kWh",
            "so far: 0 to 100 kWh: 100 kWh × 0.50 = 50.00",
            "so far: above 100 kWh: 30 kWh × 0.20 = 6.00",
            "before: 0 to 100 kWh: 80 kWh × 0.50 = 40.00",
            "hence: 0 to 100 kWh: 50 − 40 = 10",
            "hence: above 100 kWh: 6 − 0 = 6",
            "hence: together: 56 − 40 = 16",
        ]

    def test_over_http_the_costs_are_numbers(self, billed: Bill) -> None:
        scene = billed(charged(GRADUATED))
        account = opened(scene, "2026-000003", 1).model_dump(mode="json")["account"]
        assert (account["window_from"], account["window_to"]) == ("2026-01-01", "2026-12-31")
        assert [cost["amount"] for cost in account["so_far"]] == ["50.00", "20.00"]
        assert [cost["amount"] for cost in account["before"]] == ["50.00", "6.00"]
        assert account["left_out"] == ""

    def test_a_price_that_falls_takes_the_earlier_price_back(self, billed: Bill) -> None:
        scene = billed(charged(GRADUATED.replace("graduated", "volume")))
        assert "hence: 0 to 100 kWh: 0 − 40 = -40" in sentences(scene, "2026-000002", 1)
        assert "hence: together: 26 − 40 = -14" in sentences(scene, "2026-000002", 2)

    def test_terms_that_change_within_a_month_are_a_window_of_the_month(self, scene: Scene) -> None:
        by_month = charged(GRADUATED.replace("per: year, ", ""))
        scene.declared(by_month)
        scene.amends(by_month.replace("'0.20'", "'0.10'") + "in_force_from: 2026-01-06\n", "2025-12-02")
        scene.delivers("2026-01-05 10 90\n2026-01-06 10 20")
        assert scene.bills("2026-02-01").held == {}
        assert sentences(scene, "2026-000001", 3) == [
            "window: 2026-01-01 to 2026-01-31",
            "opened: with 90 kWh used since 2026-01-01",
            "adds: 20 kWh",
            "so far: 0 to 100 kWh: 100 kWh × 0.50 = 50.00",
            "so far: above 100 kWh: 10 kWh × 0.10 = 1.00",
            "before: 0 to 100 kWh: 90 kWh × 0.50 = 45.00",
            "hence: 0 to 100 kWh: 50 − 45 = 5",
            "hence: above 100 kWh: 1 − 0 = 1",
            "hence: together: 51 − 45 = 6",
        ]

    def test_a_charge_of_the_month_alone_has_no_window_to_tell_of(self, billed: Bill) -> None:
        scene = billed(charged("{kind: per_unit, unit: kWh, unit_price: '1'}"))
        explanation = opened(scene, "2026-000002", 1)
        assert explanation.account is None
        assert "account" not in explanation.model_dump(mode="json")


@pytest.mark.parametrize(
    ("rule", "terms", "pos", "told"),
    [
        pytest.param(
            "{kind: per_unit, unit: kWh, unit_price: '1'}", {"included": "{quantity: '90', unit: kWh, per: quarter}"}, 1,
            ["opened: with 80 kWh drawn on what is included since 2026-01-01", "adds: 40 kWh beyond what is included",
             "hence: included: 90 − 80 used before = 10 kWh left", "hence: of 50 kWh used, 10 kWh are included: 50 − 10 = 40 kWh"],
            id="a pool of 90 kWh a quarter, 80 of them used",
        ),
        pytest.param(
            "{kind: demand, unit: kW, unit_price: '9.80', block_minutes: 60, ratchet: {percent: '90'}}", {}, 1,
            ["opened: with peaks of 60 kW in the periods before", "adds: 50 kW"],
            id="a ratchet on the peak of January",
        ),
        pytest.param(
            "{kind: demand, unit: kW, unit_price: '9.80', block_minutes: 60, peak: year}", {}, 1,
            ["opened: with a highest peak of 60 kW since 2026-01-01", "opened: with periods billed with it: 1",
             "adds: 50 kW", "hence: billed: the highest of 60 before and what is measured, 60 kW"],
            id="the peak of the year",
        ),
        pytest.param(
            "{kind: prepaid, unit: kWh, unit_price: '0.29', blocks: [{name: block 1, units: '100', cost: '24', bought: 2026-01-01}]}", {}, 1,
            ["opened: with 20 kWh left of block 1", "adds: 50 kWh", "hence: charged: 50 − 20 of block 1 = 30 kWh"],
            id="what is left of a block",
        ),
        pytest.param(
            "{kind: commitment, unit: kWh, unit_price: '2', overage_factor: '1.1', committed: [{per: quarter, quantity: '100'}]}", {}, 2,
            ["opened: with 80 kWh used since 2026-01-01 (quarter)", "adds: 50 kWh",
             "hence: used: 80 before + 50 = 130 kWh; 100 kWh are committed",
             "hence: within the commitment: 100 − 80 = 20 kWh", "hence: above the commitment: 50 − 20 = 30 kWh"],
            id="a commitment of a quarter, passed in February",
        ),
    ],
)  # fmt: skip
def test_february_tells_what_january_left(billed: Bill, rule: str, terms: dict[str, str], pos: int, told: list[str]) -> None:  # fmt: skip
    scene = billed(charged(rule, **terms))
    assert [sentence for sentence in sentences(scene, "2026-000002", pos) if "window:" not in sentence] == told


def test_the_end_of_a_quarters_obligation(billed: Bill) -> None:
    terms = "annual_quantity: '300', take_percent: '85', make_up_years: '3', per: quarter"
    scene = billed(charged(f"{{kind: take_or_pay, unit: kWh, unit_price: '4', {terms}}}"))
    assert sentences(scene, "2026-000003", 2)[1:] == [
        "opened: with 130 kWh used since 2026-01-01",
        "adds: 70 kWh",
        "hence: taken: 130 before + 70 = 200 kWh",
    ]
    scene.delivers("2026-04-05 10 40\n2026-04-06 10 30")
    scene.bills("2026-05-01")
    assert sentences(scene, "2026-000004", 1)[1:3] == [
        "opened: with 55 kWh paid at 4 and not taken, good until quarter 13 of the contract",
        "opened: with 1 quarter settled",
    ]


class TestAChargeOverCharges:
    BOUNDED = charged(GRADUATED).replace("year", "quarter") + "  - {name: ceiling, rule: {kind: maximum_spend, amount: '50', per: quarter}}\n  - {name: floor, rule: {kind: minimum_spend, of: [use], amount: '600', per: quarter}}\n"  # fmt: skip

    def test_a_maximum_that_was_passed_before(self, billed: Bill) -> None:
        scene = billed(self.BOUNDED)
        assert sentences(scene, "2026-000003", 2)[1:] == [
            "opened: with charges of 56 EUR since 2026-01-01",
            "adds: charges of 14 EUR",
            "hence: above 50: 20 so far, 6 before; 20 − 6 = 14",
        ]

    def test_a_minimum_when_its_quarter_ends(self, billed: Bill) -> None:
        scene = billed(self.BOUNDED)
        assert sentences(scene, "2026-000003", 3)[1:] == [
            "opened: with charges of 56 EUR since 2026-01-01",
            "adds: charges of 14 EUR",
            "hence: charges: 56 before + 14 = 70",
        ]

    def test_fees_billed_in_advance_are_among_its_charges(self, billed: Bill) -> None:
        fee = "  - {name: fee, rule: {kind: fixed_fee, amount: '30', in_advance: true}}\n"
        scene = billed(
            charged(GRADUATED) + fee + "  - {name: ceiling, rule: {kind: maximum_spend, amount: '90', per: quarter}}\n",
        )
        assert "adds: charges of 16 + 30 = 46 EUR" in sentences(scene, "2026-000003", 3)


class TestWhatDoesNotComeOutIsNotShown:
    def test_a_line_whose_kept_use_is_another(self, billed: Bill) -> None:
        scene = billed(charged(GRADUATED))
        scene.as_superuser(
            "alter table invoice_line disable trigger all; "
            "update invoice_line set proof = jsonb_set(proof, '{usage,quantity}', '\"51\"') where label like 'above%'"
        )
        assert sentences(scene, "2026-000002", 2) == [
            "opened: with 80 kWh used since 2026-01-01",
            "not shown: what the line keeps does not come to its amount when it is rated once more",
        ]

    def test_a_line_whose_use_was_divided(self, billed: Bill) -> None:
        calendar = "{bands: [{name: day, hours: [{start: '08:00', end: '20:00'}]}], otherwise: night}"
        terms = f"calendar: {calendar}, band: day, committed: [{{per: quarter, quantity: '100'}}]"
        scene = billed(charged(f"{{kind: commitment, unit: kWh, unit_price: '2', {terms}}}"))
        assert sentences(scene, "2026-000002", 1) == [
            "opened: with 80 kWh used since 2026-01-01 (quarter)",
            "not shown: the whole calculation needs the parts of its use, which the line keeps as a sum alone",
        ]


class TestACorrection:
    """What was billed, what is owed, and which part of the difference the line is."""

    def corrected(self, billed: Bill, rule: str) -> list[ExplanationOut]:
        """The adjustments of April's invoice, after 25 kWh more were read in January."""
        scene = billed(charged(rule))
        scene.delivers("2026-01-06 10 45\n2026-04-05 10 40\n2026-04-06 10 30", reason="pulse lost")
        assert scene.bills("2026-05-01").held == {}
        april = [one.name for one in scene.invoices() if one.row.first == on("2026-04-01").date()]
        told = [opened(scene, number, pos) for number in april for pos, _ in enumerate(scene.lines(number), start=1)]
        return [explanation for explanation in told if explanation.line.corrects is not None]

    def test_a_difference_of_quantities(self, billed: Bill) -> None:
        (explanation,) = self.corrected(billed, "{kind: per_unit, unit: kWh, unit_price: '2'}")
        assert explanation.model_dump(mode="json")["adjustment"] == {
            "billed": "160.00",
            "owed": "210.00",
            "difference": "50.00",
            "line": "difference",
        }
        assert "             210.00 − 160.00 = 50.00" in lines_of(explanation)

    def test_what_is_owed_is_accounted_for(self, billed: Bill) -> None:
        told = self.corrected(billed, GRADUATED)
        (of_february,) = [each for each in told if each.line.label == "above 100 kWh" and each.line.net == 4]
        account = of_february.account
        assert account is not None
        assert account.opened == ["105 kWh used since 2026-01-01"]
        assert "above 100 kWh: 11 − 1 = 10" in account.steps
        assert of_february.adjustment is not None
        assert (str(of_february.adjustment.billed), str(of_february.adjustment.owed)) == ("6.00", "10.00")

    def test_another_price_is_taken_back_and_billed_anew(self, billed: Bill) -> None:
        """30 of money cover 23.20 of January, and 30.45 are used: the difference is that of two lines, not of one."""
        block = "{name: purse, amount: '30', bought: 2026-01-01}"
        told = self.corrected(billed, f"{{kind: prepaid, unit: kWh, unit_price: '0.29', blocks: [{block}]}}")
        back, anew = [each for each in told if each.adjustment and each.adjustment.line != "difference"][:2]
        written = "-30.00 − -23.20 = -6.80, at another price"
        assert f"             {written}: this line takes back what was billed, 23.20" in lines_of(back)
        assert f"             {written}: this line bills what is owed, -30.00" in lines_of(anew)
        assert back.line.net + anew.line.net == Decimal("-6.80")

    def test_a_line_that_is_neither_says_so(self, billed: Bill) -> None:
        (explanation,) = self.corrected(billed, "{kind: per_unit, unit: kWh, unit_price: '2'}")
        other = explanation.model_copy(update={"adjustment": None})
        assert any("their difference is not this line's 50.00" in line for line in lines_of(other))
