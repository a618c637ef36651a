"""A dispute of some days: what is priced by days is billed for the others, and what is not is disputed line by line.

The customer's press stood from 16 January on, he says: what it used until then is undisputed, and is billed.
"""

from datetime import date
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.documents.views import invoice_head
from billing.drafts.look import DraftOutdated, issue
from billing.invoices import store
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, adjusting, on

#: 60 kWh before the 16th, 80 from then on; the first 100 kWh of a month at 0.50, further ones at 0.20.
JANUARY = "2026-01-05 10 60\n2026-01-20 10 80\n2026-02-05 10 10\n2026-03-05 10 10\n2026-04-05 10 10"
FROM_THE_16TH = ("2026-01-16", "2026-02-01")
UNTIL_THE_16TH = ("2026-01-01", "2026-01-16")


class Desk(Scene):
    """A contract, its readings, and a dispute that the supplier accepts as it is raised."""

    def agrees(self, *more: str, **settings: str) -> None:
        stated = "".join(f', {name}: "{value}"' for name, value in settings.items())
        terms = CONTRACT.replace('least_coverage: "0"', f'least_coverage: "0"{stated}')
        self.declared(terms + "".join(f"  - {charge}\n" for charge in more))
        self.delivers(JANUARY)

    def disputes(self, charge: str, days: tuple[str, str], day: str = "2026-01-25") -> KnownDispute:
        with self.database.transaction(self.tenant) as session:
            first, after_last = map(date.fromisoformat, days)
            return dispute_store.raise_(
                session, "C-1", charge, first, after_last, reason="it stood", by="bert", at=on(day), accepted=True
            )

    def settles(self, dispute: KnownDispute, day: str, *, due: bool) -> None:
        with self.database.transaction(self.tenant) as session:
            settled_by_two(session, dispute.id, on(day), due=due)

    def billed(self, number: str, charge: str) -> list[tuple[str, str, str]]:
        """The lines of a charge: their first day, quantity and net."""
        with self.database.transaction(self.tenant) as session:
            lines = store.find(session, number).lines
        return [
            (f"{line.service_first:%d %b}", f"{line.quantity.normalize():f}", str(line.net))
            for line in lines
            if line.charge == charge
        ]

    def held(self, number: str) -> str:
        with self.database.transaction(self.tenant) as session:
            (note,) = invoice_head(store.find(session, number)).held_apart
        return f"{note.charge} from {note.period_from} to {note.period_to}: {note.net}"


@pytest.fixture
def desk(access: Access, database: Database) -> Desk:
    return Desk(access, database)


class TestOfWhatIsPricedByDays:
    def test_the_days_before_are_billed_and_the_note_says_what_is_not(self, desk: Desk) -> None:
        """60 × 0.50 = 30.00 are billed. Of the 80 after them 40 are at 0.50 and 40 at 0.20, that is 28.00."""
        desk.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 28.00"
        assert desk.replays() == []

    def test_the_days_after_are_billed_at_the_tiers_that_they_reach(self, desk: Desk) -> None:
        """The 60 kWh in dispute are the month's first ones whoever pays them: 40 × 0.50 + 40 × 0.20."""
        desk.agrees()
        desk.disputes("energy", UNTIL_THE_16TH)
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("16 Jan", "40", "20.00"), ("16 Jan", "40", "8.00")]
        assert desk.replays() == []

    def test_due_after_all_it_is_billed_to_the_cent_of_the_whole_month(self, desk: Desk) -> None:
        """140 kWh are 100 × 0.50 + 40 × 0.20 = 58.00, of which 30.00 are billed."""
        desk.agrees()
        dispute = desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        desk.settles(dispute, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        assert [row[1:3] for row in adjusting(desk.lines("2026-000002"))] == [("40", "20.00"), ("40", "8.00")]
        assert desk.replays() == []

    def test_waived_once_it_is_issued_it_is_credited(self, desk: Desk) -> None:
        desk.agrees()
        desk.bills("2026-02-01")
        dispute = desk.disputes("energy", FROM_THE_16TH, "2026-02-05")
        desk.settles(dispute, "2026-02-10", due=False)
        desk.bills("2026-03-01")
        assert [row[1:3] for row in adjusting(desk.lines("2026-000002"))] == [("-40", "-20.00"), ("-40", "-8.00")]
        assert desk.replays() == []

    def test_a_late_reading_on_a_disputed_day_waits_and_one_on_another_day_is_billed(self, desk: Desk) -> None:
        """Ten more on the 21st are in dispute; ten more on the 6th are 5.00, and push ten of the 80 into the next tier."""
        desk.agrees()
        dispute = desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        desk.delivers("2026-01-06 10 10\n2026-01-21 10 10", reason="late")
        desk.bills("2026-03-01")
        assert [row[1:3] for row in adjusting(desk.lines("2026-000002"))] == [("10", "5.00")]
        desk.settles(dispute, "2026-03-10", due=True)
        desk.bills("2026-04-01")
        # 160 kWh are 100 × 0.50 + 60 × 0.20 = 62.00, of which 35.00 are billed.
        assert [row[1:3] for row in adjusting(desk.lines("2026-000003"))] == [("30", "15.00"), ("60", "12.00")]
        assert desk.replays() == []

    @pytest.mark.parametrize(("rounding", "before"), [("half_up", "48.39"), ("up", "48.39"), ("down", "48.38")])
    def test_a_fee_is_billed_for_its_days_and_both_parts_add_up_to_it(
        self, desk: Desk, rounding: str, before: str
    ) -> None:
        """15 of 31 days are 48.387…; whichever way that is rounded, the other 16 are what is left of 100.00."""
        desk.agrees(rounding=rounding)
        dispute = desk.disputes("fee", FROM_THE_16TH)
        desk.bills("2026-02-01")
        ((_, _, net),) = desk.billed("2026-000001", "fee")
        assert net == before
        desk.settles(dispute, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        assert [Decimal(row[2]) for row in adjusting(desk.lines("2026-000002"))] == [100 - Decimal(before)]

    def test_two_of_one_month_leave_the_days_between_them(self, desk: Desk) -> None:
        desk.agrees()
        desk.disputes("fee", ("2026-01-06", "2026-01-11"))
        desk.disputes("fee", ("2026-01-26", "2026-02-01"))
        desk.bills("2026-02-01")
        # 5 of 31 days, 16.129…; then 15 days more: 25 of 31 days, 80.645…, less 10 of 31, 32.258….
        assert [net for _, _, net in desk.billed("2026-000001", "fee")] == ["16.13", "48.39"]
        assert desk.replays() == []

    def test_an_amendment_of_another_charge_moves_nothing_of_it(self, desk: Desk) -> None:
        desk.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        dearer = CONTRACT.replace('amount: "100.00"', 'amount: "120.00"') + "in_force_from: 2026-01-10\n"
        desk.amends(dearer, "2026-01-26")
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]

    def test_an_amendment_of_its_price_divides_both_sides(self, desk: Desk) -> None:
        """From the 10th on 0.60: the 60 of the 5th are at 0.50; of the 80, 40 at 0.60 and 40 at 0.20 stay apart."""
        desk.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        desk.amends(CONTRACT.replace("0.50", "0.60") + "in_force_from: 2026-01-10\n", "2026-01-26")
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 32.00"
        assert desk.replays() == []

    def test_an_end_before_the_disputed_days_leaves_nothing_in_dispute(self, desk: Desk) -> None:
        desk.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        ended = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-01-12")
        desk.amends(ended + "in_force_from: 2026-01-11\n", "2026-01-26")
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]
        with desk.database.transaction(1) as session:
            assert invoice_head(store.find(session, "2026-000001")).held_apart == []


class TestTogetherWith:
    """Days in dispute and a suspension, an amendment that restarts, another dispute, a currency without cents."""

    def test_a_suspension_whose_days_are_not_due_on_either_side(self, desk: Desk) -> None:
        """Suspended from the 10th to the 19th: 9 of 31 days are billed, 12 are in dispute, together 67.74 of 100.00."""
        desk.agrees()
        dispute = desk.disputes("fee", FROM_THE_16TH)
        paused = CONTRACT + "suspensions: [{first: 2026-01-10, after_last: 2026-01-20}]\nin_force_from: 2026-01-01\n"
        desk.amends(paused, "2026-01-26")
        desk.bills("2026-02-01")
        assert [net for _, _, net in desk.billed("2026-000001", "fee")] == ["29.03"]
        assert desk.held("2026-000001") == "fee from 2026-01-16 to 2026-01-31: 38.71"
        desk.settles(dispute, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        assert [row[2] for row in adjusting(desk.lines("2026-000002"))] == ["38.71"]
        assert desk.replays() == []

    def test_an_amendment_that_restarts_the_tiers_on_another_day(self, desk: Desk) -> None:
        """From the 18th on 0.60 and the tiers begin anew: all of the 80 kWh of the 20th are in the first of them."""
        desk.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        anew = CONTRACT.replace("0.50", "0.60").replace(
            'least_coverage: "0"', 'least_coverage: "0", on_change: restart'
        )
        desk.amends(anew + "in_force_from: 2026-01-18\n", "2026-01-26")
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 48.00"
        assert desk.replays() == []

    def test_another_dispute_of_some_of_its_days_that_ends_otherwise(self, desk: Desk) -> None:
        """Of the 1st to the 10th and the 6th to the 15th the first is waived and the second due: the 11th to 15th are billed."""
        desk.agrees()
        first = desk.disputes("fee", ("2026-01-01", "2026-01-11"))
        second = desk.disputes("fee", ("2026-01-06", "2026-01-16"))
        desk.bills("2026-02-01")
        assert [net for _, _, net in desk.billed("2026-000001", "fee")] == ["51.61"]  # 16 of 31 days, what 48.39 leave
        desk.settles(first, "2026-02-10", due=False)
        desk.settles(second, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        # 21 of 31 days are owed: 100.00 less ten, 32.26, of which the 51.61 are billed already.
        assert sum(Decimal(row[2]) for row in adjusting(desk.lines("2026-000002"))) == Decimal("16.13")
        assert desk.replays() == []

    def test_a_currency_without_cents(self, desk: Desk) -> None:
        """Of 1,000 yen 15 of 31 days are 483.87, billed as 484; the rest are 516."""
        terms = CONTRACT.replace("currency: EUR", "currency: JPY").replace('"100.00"', '"1000"')
        desk.declared(
            terms.replace('unit_price: "0.50"', 'unit_price: "50"').replace('unit_price: "0.20"', 'unit_price: "20"')
        )
        desk.delivers(JANUARY)
        dispute = desk.disputes("fee", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert [net for _, _, net in desk.billed("2026-000001", "fee")] == ["484"]
        desk.settles(dispute, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        assert [row[2] for row in adjusting(desk.lines("2026-000002"))] == ["516"]

    def test_another_tenant_with_the_same_contract_who_disputes_nothing(self, desk: Desk, access: Access) -> None:
        desk.agrees()
        other = Desk(access, desk.database, tenant=2)
        other.agrees()
        desk.disputes("energy", FROM_THE_16TH)
        for bills in (desk, other):
            bills.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]
        assert other.billed("2026-000001", "energy") == [("01 Jan", "100", "50.00"), ("01 Jan", "40", "8.00")]

    def test_days_of_another_zone(self, desk: Desk) -> None:
        """On the 15th at 12:00 of Berlin the 16th begins in Auckland: 10 kWh are before it, and 20 in dispute."""
        desk.declared(CONTRACT.replace("zone: Europe/Berlin", "zone: Pacific/Auckland"))
        desk.delivers("2026-01-15 11 10\n2026-01-15 12 20")
        desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "10", "5.00")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 10.00"

    def test_a_draft_that_was_looked_at_before(self, desk: Desk) -> None:
        desk.agrees()
        (draft,) = desk.looks("2026-02-01").drafts
        desk.disputes("energy", FROM_THE_16TH, "2026-02-02")
        with pytest.raises(DraftOutdated), desk.database.transaction(1) as session:
            issue(session, draft.name, on("2026-02-03"))
        desk.bills("2026-02-03")
        assert desk.billed("2026-000001", "energy") == [("01 Jan", "60", "30.00")]


class TestOfWhatIsNot:
    @pytest.mark.parametrize("charge", [
        '{name: other, rule: {kind: fixed_fee, amount: "50.00", proration: none}}',
        '{name: other, rule: {kind: fixed_fee, amount: "50.00", proration: thirty_days}}',
        '{name: other, rule: {kind: minimum_spend, amount: "200.00", of: [energy]}}',
    ])  # fmt: skip
    def test_the_whole_line_is_disputed(self, desk: Desk, charge: str) -> None:
        desk.agrees(charge)
        dispute = desk.disputes("other", FROM_THE_16TH).dispute
        assert (dispute.first, dispute.after_last) == (date(2026, 1, 1), date(2026, 2, 1))
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "other") == []

    def test_stated_over_two_months_both_lines_are(self, desk: Desk) -> None:
        desk.agrees('{name: other, rule: {kind: fixed_fee, amount: "50.00", proration: none}}')
        desk.bills("2026-02-01")
        dispute = desk.disputes("other", ("2026-01-31", "2026-02-02"), "2026-02-05").dispute
        assert (dispute.first, dispute.after_last) == (date(2026, 1, 1), date(2026, 3, 1))

    def test_by_an_older_arithmetic_of_settings_every_line_is(self, desk: Desk) -> None:
        desk.agrees(arithmetic="2")
        dispute = desk.disputes("energy", FROM_THE_16TH).dispute
        assert (dispute.first, dispute.after_last) == (date(2026, 1, 1), date(2026, 2, 1))
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "energy") == []


class TestADiscountOffIt:
    def test_of_a_percentage_goes_with_what_it_is_off(self, desk: Desk) -> None:
        """10 % of 58.00 are 5.80: 3.00 off the 30.00 that are billed, 2.80 off the 28.00 in dispute.

        Due after all, the discount is one line again: 3.00 are taken back, and 5.80 off the whole are billed.
        """
        desk.agrees('{name: off, rule: {kind: discount, percent: "10", of: [energy]}}')
        dispute = desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "off") == [("01 Jan", "1", "-3.00")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 25.20"
        desk.settles(dispute, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        of_january = [row[2] for row in adjusting(desk.lines("2026-000002"))]
        assert sorted(of_january) == ["-5.80", "20.00", "3.00", "8.00"]
        assert desk.replays() == []

    def test_of_an_amount_is_what_it_was_and_is_shared_by_what_is_billed(self, desk: Desk) -> None:
        """50 off energy of 58.00: 50 × 30/58 = 25.86 stay with what is billed, and not all 30.00 of it."""
        desk.agrees('{name: off, rule: {kind: discount, amount: "50", of: [energy]}}')
        desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert desk.billed("2026-000001", "off") == [("01 Jan", "1", "-25.86")]
        assert desk.held("2026-000001") == "energy from 2026-01-16 to 2026-01-31: 3.86"
        assert desk.replays() == []

    def test_off_several_charges_is_divided_where_one_is_disputed(self, desk: Desk) -> None:
        """15.80 off 158.00 in proportion: 10.00 off the fee of 100.00, 3.00 and 2.80 off the two parts of the energy."""
        desk.agrees('{name: off, rule: {kind: discount, amount: "15.80", of: [fee, energy]}}')
        desk.disputes("energy", FROM_THE_16TH)
        desk.bills("2026-02-01")
        assert sorted(net for _, _, net in desk.billed("2026-000001", "off")) == ["-10.00", "-3.00"]

    def test_of_a_fee_in_advance_is_divided_by_its_days(self, desk: Desk) -> None:
        """The fee of February is on January's bill, its discount on February's: 10 % of 280.00 are 28.00, one a day."""
        desk.agrees(
            '{name: ahead, rule: {kind: fixed_fee, amount: "280.00", in_advance: true}}',
            '{name: off, rule: {kind: discount, percent: "10", of: [ahead]}}',
        )
        desk.bills("2026-01-05")
        desk.disputes("ahead", ("2026-02-08", "2026-03-01"), "2026-02-01")
        desk.bills("2026-02-02")
        february = [row for row in desk.billed("2026-000002", "ahead") if row[0] == "01 Feb"]
        assert [net for _, _, net in february] == ["70.00"]
        desk.bills("2026-03-01")
        assert desk.billed("2026-000003", "off")[0] == ("01 Feb", "1", "-7.00")
        assert desk.replays() == []

    def test_itself_disputed_is_a_whole_line(self, desk: Desk) -> None:
        desk.agrees('{name: off, rule: {kind: discount, percent: "10", of: [energy]}}')
        dispute = desk.disputes("off", FROM_THE_16TH).dispute
        assert (dispute.first, dispute.after_last) == (date(2026, 1, 1), date(2026, 2, 1))
