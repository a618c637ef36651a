"""A prepayment is claimed before it is supplied, drawn on what is billed, and names its claim: all to the cent."""

from datetime import date
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.disputes import store as dispute_store
from billing.documents.views import invoice_out
from billing.drafts.look import issue
from billing.invoices.invoice import total
from contracts.rated_line import Nature
from tests.billing.credits.giving import gives
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, on

HEAT = '  - {name: heat, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "1"}}\n'
PRICES = frozenset({Nature.CONSIDERATION, Nature.PRICE_REDUCTION})


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def paid(amount: str, claimed: str = "2026-01-01", of: str = "heat", name: str = "", drawn: str = "") -> str:
    """An amount that is paid before, and what draws on it."""
    claim = f'{{kind: one_off, amount: "{amount}", on: {claimed}, in_advance: "yes"}}'
    drawdown = f'{{kind: drawdown, amount: "{drawn or amount}", claimed: {claimed}, of: [{of}]}}'
    return f"  - {{name: paid before{name}, nature: prepayment, rule: {claim}}}\n  - {{name: drawn{name}, rule: {drawdown}}}\n"


def terms(*charges: str, country: str = "DE", customer: str = "", more: str = "") -> str:
    head, _ = CONTRACT.split("charges:\n")
    head = head.replace("supplier: {name: Nordluft, country: DE}", f"supplier: {{name: Nordluft, country: {country}}}")
    head = head.replace("country: DE}", f"country: {customer or country}}}") if customer or country != "DE" else head
    return f"{head}{more}\ncharges:\n{''.join(charges)}"


def papers(scene: Scene) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Type, net, VAT, and the claims that it names, document by document."""
    rows = [(one.row, one.row.inputs.prepaid_by) for one in scene.invoices() if one.row.number]
    return [(row.document_type, str(row.net), str(row.vat), claims) for row, claims in rows]


def of_nature(scene: Scene, natures: frozenset[Nature]) -> Decimal:
    lines = (line for one in scene.invoices() for line in one.lines)
    return sum((line.net for line in lines if line.nature in natures), Decimal(0))


def prepaid(scene: Scene) -> list[tuple[str, str]]:
    """What is claimed, drawn and given back, in order: charge and net."""
    lines = (line for one in scene.invoices() for line in one.lines)
    return [(line.charge, str(line.net)) for line in lines if line.nature is Nature.PREPAYMENT]


def see_that_it_adds_up(scene: Scene, rate: str = "0.19", left: str = "0") -> None:
    """The tax of all documents is that of the supply, and what is not drawn yet bears its own."""
    assert of_nature(scene, frozenset({Nature.PREPAYMENT})) == Decimal(left)
    vat = sum((one.row.vat for one in scene.invoices()), Decimal(0))
    assert vat == (of_nature(scene, PRICES) + Decimal(left)) * Decimal(rate)
    assert scene.replays() == []


class TestTheFinalDocument:
    def test_bills_the_remainder_by_rate_and_names_the_claim(self, scene: Scene) -> None:
        """Of 35,700 in all 7,140 are prepaid: 24,000 and 4,560, and the tax of both is 5,700, never 6,840."""
        scene.declared(terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 30000")
        scene.bills("2026-02-01")
        assert papers(scene) == [
            ("386", "6000.00", "1140.00", ()),
            ("380", "24000.00", "4560.00", ("2026-000001",)),
        ]
        final = scene.invoices()[-1]
        (group,) = total(final.lines, "EUR").groups
        assert (str(group.taxable), str(group.amount), str(group.tax.rate)) == ("24000.00", "4560.00", "19")
        see_that_it_adds_up(scene)

    def test_says_so_on_its_page(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 2000")
        scene.bills("2026-02-01")
        claim, final = map(invoice_out, scene.invoices())
        assert (claim.prepayments, final.prepayments) == ([], ["2026-000001"])
        assert "prepayments" not in claim.model_dump(mode="json")
        page = scene.page("2026-000002")
        assert "<dt>Prepaid by</dt><dd>2026-000001 (2 Jan 2026)</dd>" in page
        assert "set against heat: 4,000 of 6,000 are left" in page
        assert "Prepaid by" not in scene.page("2026-000001")

    def test_of_each_of_two_rates(self, scene: Scene) -> None:
        """Slovakia: claimed at 20 %, supplied at 23 %. The invoice takes back at 20 what was claimed at 20."""
        more = terms(HEAT, paid("1000", "2024-12-01"), country="SK").replace("starts: 2026", "starts: 2025")
        scene.declared(more.replace("starts: 2025-01-01", "starts: 2024-12-01"))
        scene.bills("2024-12-02")
        scene.delivers("2024-12-05 10 0\n2025-01-05 10 3000")
        scene.bills("2025-02-01")
        assert papers(scene) == [
            ("386", "1000.00", "200.00", ()),
            ("380", "0.00", "0.00", ()),
            ("380", "2000.00", "490.00", ("2024-000001",)),
        ]
        vat = sum((one.row.vat for one in scene.invoices()), Decimal(0))
        assert vat == Decimal("690.00") == Decimal(3000) * Decimal("0.23")
        groups = total(scene.invoices()[-1].lines, "EUR").groups
        assert sorted((str(group.tax.rate), str(group.taxable), str(group.amount)) for group in groups) == [
            ("20", "-1000.00", "-200.00"),
            ("23", "3000.00", "690.00"),
        ]
        assert scene.replays() == []

    def test_that_the_customer_is_taxed_for(self, scene: Scene) -> None:
        """Reverse charge: both documents bear none, and say why."""
        more = terms(HEAT, paid("1000")).replace("Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE129273398")
        scene.declared(more.replace("Blechwerke, country: DE", "Blechwerke, country: FR, vat_id: FR40303265045"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 3000")
        scene.bills("2026-02-01")
        assert papers(scene) == [("386", "1000.00", "0.00", ()), ("380", "2000.00", "0.00", ("2026-000001",))]
        assert {line.tax.category.value for one in scene.invoices() for line in one.lines} == {"AE"}
        assert scene.replays() == []

    def test_in_a_currency_without_cents(self, scene: Scene) -> None:
        """10 units at 33.4 JPY are 334, of 500 that are prepaid; of 20 more the rest."""
        heat = HEAT.replace('"1"', '"33.37"')
        yen = terms(heat, paid("500"), country="JP").replace("currency: EUR", "currency: JPY")
        scene.declared(yen.replace("Europe/Berlin", "Asia/Tokyo"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 10\n2026-02-05 10 20")
        scene.bills("2026-03-02")
        assert [net for _, net, *_ in papers(scene)] == ["500", "0", "501"]
        assert prepaid(scene) == [("paid before", "500"), ("drawn", "-334"), ("drawn", "-166")]
        assert scene.replays() == []


class TestSeveralDocumentsOfOnePieceOfWork:
    def test_each_names_the_claim_that_its_own_lines_draw_on(self, scene: Scene) -> None:
        """France: what corrects January draws on the claim of January, and the invoice of February on that of February."""
        claims = paid("100", name=" first"), paid("1000", "2026-02-01", name=" second")
        scene.declared(terms(HEAT, *claims, country="FR"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 60")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 60\n2026-02-05 10 200")
        scene.bills("2026-03-01")

        drawing = [(row_type, claimed) for row_type, _, _, claimed in papers(scene) if claimed]
        assert drawing == [("380", ("2026-000001",)), ("380", ("2026-000003",)), ("384", ("2026-000001",))]
        assert scene.replays() == []


class TestOverSeveralPeriods:
    def test_each_draws_on_what_is_left(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-05-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 400\n2026-04-05 10 50")
        scene.bills("2026-05-01")
        assert papers(scene) == [
            ("386", "500.00", "95.00", ()),
            ("380", "0.00", "0.00", ("2026-000001",)),
            ("380", "0.00", "0.00", ("2026-000001",)),
            ("380", "200.00", "38.00", ("2026-000001",)),
            ("380", "50.00", "9.50", ()),
        ]
        see_that_it_adds_up(scene)

    def test_what_is_not_drawn_is_given_back_at_the_end(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-03-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100")
        scene.bills("2026-03-01")
        drawn = [("paid before", "500.00"), ("drawn", "-200.00"), ("drawn", "-100.00"), ("drawn", "-200.00")]
        assert prepaid(scene) == drawn
        assert scene.invoices()[-1].lines[-1].label == "not drawn of 500, given back"
        assert papers(scene)[-1] == ("380", "-200.00", "-38.00", ("2026-000001",))
        see_that_it_adds_up(scene)

    def test_while_something_is_left_not_a_cent_is_to_be_paid(self, scene: Scene) -> None:
        """Two tiers, each rounded by itself, less a discount that two charges share: what is drawn is what is billed."""
        tiers = 'tiers: [{up_to: "10", unit_price: "0.3333"}, {unit_price: "0.1117"}]'
        charges = (
            f"  - {{name: heat, register: kwh, rule: {{kind: graduated, unit: kWh, {tiers}}}}}\n"
            '  - {name: fee, rule: {kind: fixed_fee, amount: "3.33"}}\n'
            '  - {name: off, rule: {kind: discount, percent: "7"}}\n'
        )
        scene.declared(terms(charges, paid("20", of="heat, fee"), more="ends: 2026-05-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 15.5\n2026-02-05 10 33.3\n2026-03-05 10 10.1\n2026-04-05 10 70")
        scene.bills("2026-05-01")
        nets = [net for _, net, *_ in papers(scene)]
        assert nets[1:3] == ["0.00", "0.00"]
        assert Decimal(nets[3]) >= 0
        assert of_nature(scene, frozenset({Nature.PREPAYMENT})) == 0
        assert scene.replays() == []

    def test_a_second_one_is_drawn_when_the_first_is_used_up(self, scene: Scene) -> None:
        """Claimed with February's invoice, on a document of its own; each invoice names what it draws on."""
        scene.declared(terms(HEAT, paid("300"), more="ends: 2026-05-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 50\n2026-03-05 10 150\n2026-04-05 10 160")
        scene.bills("2026-02-01")
        both = terms(HEAT, paid("300"), paid("200", "2026-03-01", name=" again"), more="ends: 2026-05-01")
        scene.amends(both.replace("starts:", "in_force_from: 2026-03-01\nstarts:"), "2026-02-10")
        scene.bills("2026-03-01")
        scene.bills("2026-05-01")
        assert papers(scene) == [
            ("386", "300.00", "57.00", ()),
            ("380", "0.00", "0.00", ("2026-000001",)),
            ("380", "0.00", "0.00", ("2026-000001",)),
            ("386", "200.00", "38.00", ()),
            ("380", "0.00", "0.00", ("2026-000001", "2026-000004")),
            ("380", "60.00", "11.40", ("2026-000004",)),
        ]
        see_that_it_adds_up(scene)


class TestTheDayOfTheClaim:
    @pytest.mark.parametrize(
        ("claimed", "papers_of"),
        [
            pytest.param("2025-12-20", ["386", "380", "380", "380"], id="before the start: with the opening"),
            pytest.param("2026-01-01", ["386", "380", "380", "380"], id="the first day: with the opening"),
            pytest.param("2026-01-31", ["386", "380", "380", "380"], id="within the first month: with the opening"),
            pytest.param("2026-02-01", ["380", "386", "380", "380"], id="the second month: with January's invoice"),
            pytest.param("2026-03-31", ["380", "380", "386", "380"], id="the last day: with February's invoice"),
            pytest.param("2026-04-01", ["380", "380", "380"], id="after the end: never"),
        ],
    )
    def test_is_claimed_before_the_period_in_which_it_falls(
        self, scene: Scene, claimed: str, papers_of: list[str]
    ) -> None:
        scene.declared(terms(HEAT, paid("150", claimed), more="ends: 2026-04-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 100\n2026-03-05 10 100")
        for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
            scene.bills(day)
        assert [document_type for document_type, *_ in papers(scene)] == papers_of
        see_that_it_adds_up(scene)
        days = {line.tax_point for one in scene.invoices() for line in one.lines if line.nature is Nature.PREPAYMENT}
        assert days <= {date.fromisoformat(claimed)}

    def test_with_its_own_period_it_is_claimed_and_drawn_at_once(self, scene: Scene) -> None:
        charges = terms(HEAT, paid("150"), more="ends: 2026-03-01").replace(', in_advance: "yes"', "")
        scene.declared(charges)
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 100")
        scene.bills("2026-02-01")
        scene.bills("2026-03-01")
        assert papers(scene) == [
            ("380", "0.00", "0.00", ()),
            ("386", "150.00", "28.50", ()),
            ("380", "50.00", "9.50", ("2026-000002",)),
        ]
        see_that_it_adds_up(scene)


LATE_OFTEN = {("150", "DE"), ("700", "DE"), ("260", "FR"), ("150", "ES"), ("700", "RO"), ("260", "CN")}


class TestWhatIsKnownLater:
    #: Each law once and each reading: less than was billed, more, and more than was prepaid. Any with any is long.
    @pytest.mark.parametrize(("read", "country"), [
        pytest.param(read, country, marks=() if (read, country) in LATE_OFTEN else pytest.mark.long)
        for read in ("150", "260", "700") for country in ("DE", "FR", "ES", "RO", "CN")
    ])  # fmt: skip
    def test_a_late_reading_changes_what_is_drawn_from_then_on(self, scene: Scene, country: str, read: str) -> None:
        """By the law of each country, on whichever documents; at the end nothing is left over and nothing is missing."""
        tax = "tax: {rate: standard}\n" if country == "CN" else ""
        scene.declared(terms(HEAT, paid("500"), country=country, more=f"{tax}ends: 2026-05-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100")
        scene.bills("2026-03-01")
        scene.delivers(f"2026-01-05 10 {read}", reason="meter test", by="jonas")
        scene.delivers("2026-03-05 10 120\n2026-04-05 10 30")
        scene.bills("2026-04-01")
        left = max(Decimal(0), 380 - Decimal(read) - 100)
        assert of_nature(scene, frozenset({Nature.PREPAYMENT})) == max(Decimal(0), 500 - Decimal(read) - 220) >= left
        scene.bills("2026-05-01")
        assert of_nature(scene, frozenset({Nature.PREPAYMENT})) == 0
        assert of_nature(scene, PRICES) == Decimal(read) + 250
        rate = {"DE": "0.19", "FR": "0.2", "ES": "0.21", "RO": "0.21", "CN": "0.13"}[country]
        see_that_it_adds_up(scene, rate)

    def test_twice_and_back_comes_to_what_was_drawn_first(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-04-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 50")
        scene.bills("2026-03-01")
        scene.delivers("2026-01-05 10 450", reason="meter test", by="jonas")
        scene.bills("2026-04-01")
        scene.delivers("2026-01-05 10 200", reason="the test was wrong", by="jonas")
        scene.bills("2026-04-20")
        scene.bills("2026-05-20")
        assert of_nature(scene, PRICES) == 350
        see_that_it_adds_up(scene)

    @pytest.mark.parametrize("known", ["2026-02-10", "2026-03-10", "2026-05-10"])
    def test_an_early_end_gives_back_what_is_left(self, scene: Scene, known: str) -> None:
        scene.declared(terms(HEAT, paid("500")))
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 50")
        ended = terms(HEAT, paid("500"), more="ends: 2026-03-01\nin_force_from: 2026-02-01")
        for day in sorted(("2026-01-02", "2026-02-01", "2026-03-01", "2026-05-01", "2026-05-20", "2026-06-20", known)):
            scene.amends(ended, day) if day == known else scene.bills(day)
        assert of_nature(scene, PRICES) == 300
        see_that_it_adds_up(scene)

    def test_a_longer_life_draws_what_was_given_back(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-03-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 50")
        scene.bills("2026-03-01")
        longer = terms(HEAT, paid("500"), more="ends: 2026-04-01\nin_force_from: 2026-02-01")
        scene.amends(longer, "2026-03-05")
        scene.bills("2026-04-01")
        assert of_nature(scene, PRICES) == 350
        see_that_it_adds_up(scene)

    def test_a_higher_claim_is_drawn_from_the_start(self, scene: Scene) -> None:
        """It was 700 and not 500: claimed by a correction of the claim, and drawn where invoices had to be paid."""
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-04-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 400\n2026-03-05 10 50")
        scene.bills("2026-03-01")
        scene.amends(terms(HEAT, paid("700"), more="ends: 2026-04-01"), "2026-03-10")
        scene.bills("2026-04-01")
        assert of_nature(scene, PRICES) == 650
        see_that_it_adds_up(scene)

    def test_a_charge_renamed_goes_on(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-04-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 50")
        renamed = paid("500").replace("name: drawn", "name: set off, continues: drawn")
        renamed = terms(HEAT, renamed, more="ends: 2026-04-01\nin_force_from: 2026-02-15")
        scene.amends(renamed, "2026-01-10")
        scene.bills("2026-04-01")
        assert of_nature(scene, PRICES) == 350
        see_that_it_adds_up(scene)

    def test_a_charge_that_is_gone_holds_its_period_while_something_is_left(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("500"), more="ends: 2026-04-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-02-05 10 100\n2026-03-05 10 50")
        scene.bills("2026-02-01")
        gone = terms(HEAT, more="ends: 2026-04-01\nin_force_from: 2026-03-01")
        scene.amends(gone, "2026-02-10")
        scene.bills("2026-03-01")
        held = scene.bills("2026-04-01").held
        assert "200 are left of what was paid before" in held["C-1"]


class TestADraft:
    def test_is_issued_as_it_was_looked_at_and_names_the_claim(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("6000")))
        scene.delivers("2026-01-05 10 30000")
        opening, january = scene.looks("2026-02-01").drafts
        assert (str(opening.row.net), str(january.row.net)) == ("6000.00", "24000.00")
        with scene.database.transaction(1) as session:
            claimed = issue(session, opening.name, on("2026-02-02"))
        with scene.database.transaction(1) as session:
            issued = issue(session, january.name, on("2026-02-02"))
        assert (claimed.row.document_type, issued.row.document_type) == ("386", "380")
        assert issued.row.inputs.prepaid_by == ("2026-000001",)
        assert scene.replays() == []


class TestADispute:
    """Nothing is drawn on what is not billed, and nothing of what is paid before is lost however it is settled."""

    def disputed(self, scene: Scene, charge: str, first: str, after_last: str) -> int:
        with scene.database.transaction(1) as session:
            days = date.fromisoformat(first), date.fromisoformat(after_last)
            reason = {"reason": "doubted", "by": "anna", "at": on("2026-01-20"), "accepted": True}
            return dispute_store.raise_(session, "C-1", charge, *days, **reason).id  # type: ignore[arg-type]

    #: Settled either way once for each place of the dispute, and both ways for some days. Any with any is long.
    @pytest.mark.parametrize(("charge", "first", "due"), [
        ("heat", "2026-01-01", False), pytest.param("heat", "2026-01-01", True, marks=pytest.mark.long),
        ("heat", "2026-01-10", True), ("heat", "2026-01-10", False),
        ("drawn", "2026-01-01", True), pytest.param("drawn", "2026-01-01", False, marks=pytest.mark.long),
    ])  # fmt: skip
    def test_however_it_is_settled(self, scene: Scene, charge: str, first: str, due: bool) -> None:  # noqa: FBT001
        off = '  - {name: off, rule: {kind: discount, of: [heat], percent: "10"}}\n'
        scene.declared(terms(HEAT, off, paid("500"), more="ends: 2026-05-01"))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 200\n2026-01-15 10 100\n2026-02-05 10 100\n2026-03-05 10 100\n2026-04-05 10 20")
        number = self.disputed(scene, charge, first, "2026-02-01")
        scene.bills("2026-02-01")
        billed = scene.invoices()[1].lines if len(scene.invoices()) > 1 else ()
        drawn = -sum((line.net for line in billed if line.charge == "drawn"), Decimal(0))
        price = sum((line.net for line in billed if line.nature in PRICES), Decimal(0))
        expected = {"2026-01-01": "0", "2026-01-10": "180.00"}[first] if charge == "heat" else "0"
        assert (drawn, price) == (Decimal(expected), Decimal(expected) if charge == "heat" else Decimal("270.00"))
        scene.bills("2026-03-01")
        with scene.database.transaction(1) as session:
            settled_by_two(session, number, on("2026-03-10"), due=due)
        scene.bills("2026-04-01")
        scene.bills("2026-05-01")
        see_that_it_adds_up(scene)


def test_what_is_given_back_of_a_drawdown_by_hand_names_the_claim_as_well(scene: Scene) -> None:
    scene.declared(terms(HEAT, paid("60")))
    scene.bills("2026-01-02")
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    (drawn,) = (at for at, line in enumerate(scene.invoices()[-1].lines, start=1) if line.charge == "drawn")
    gives(scene, "2026-000002", {"line": drawn, "amount": "10"})
    assert papers(scene)[-1] == ("384", "10.00", "1.90", ("2026-000001",))
    assert scene.replays() == []
