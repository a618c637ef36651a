"""Credit notes by hand through the life of a contract: released by two, kept up when readings come late, replayed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Event

import pytest
from sqlmodel import select

from api.operations.credit_notes import list_credits
from api.server.database import Access, ContradictsStored, Database
from billing.credits import store as credit_notes
from billing.credits.credit import (
    CreditOfCredit,
    LineAskedTwice,
    MoreThanBilled,
    NoLineToCredit,
    NothingToGiveBack,
    PartOfCent,
)
from billing.credits.credit_query import CreditQuery, CreditState
from billing.credits.store import CreditDone, UnknownCredit
from billing.disputes import store as disputes
from billing.invoices import listed, numbering, store
from billing.invoices.invoice_query import InvoiceQuery, InvoiceStanding
from billing.invoices.store import UnknownInvoice
from billing.proof.explain import explain
from billing.tables import CreditRow
from contracts.release.store import OwnWork, releasing
from quantities.errors import UsufructError
from tests.billing.credits.giving import gives, prepared, released, withdrawn
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    """January is billed: the fee of 100, and 100 kWh at 0.50 and 40 at 0.20."""
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers(READ)
    scene.bills("2026-02-01")
    return scene


JANUARY = "2026-000001"
#: 140 kWh in January, and a few in the months after it, which are billed for having been read.
READ = "2026-01-05 10 140\n2026-02-05 10 10\n2026-03-05 10 10"


def of_january(scene: Scene) -> dict[str, Decimal]:
    """What is billed of January in all, by charge."""
    sums: dict[str, Decimal] = {}
    for invoice in scene.invoices():
        for line in invoice.lines:
            if line.service_first.month == 1:
                sums[line.charge] = sums.get(line.charge, Decimal(0)) + line.net
    return sums


def credited(scene: Scene) -> Decimal:
    """What credit notes give back in all, corrections of them included."""
    return sum((line.net for invoice in scene.invoices() for line in invoice.lines if line.proof.credit), Decimal(0))


class TestACreditNote:
    def test_gives_back_what_was_asked_of_each_line(self, scene: Scene) -> None:
        (number,) = gives(
            scene, JANUARY, {"line": 1, "amount": "24.30"}, {"line": 2, "quantity": "10"}, {"line": 3, "rest": True}
        )
        note = scene.invoices()[-1]
        assert (note.row.kind, note.row.document_type, note.row.number) == ("credit", "381", "2026-000002")
        assert scene.lines(number) == [
            ("fee", "-1", "-24.30", JANUARY), ("energy", "-10", "-5.00", JANUARY), ("energy", "-1", "-8.00", JANUARY),
        ]  # fmt: skip
        assert [line.unit for line in note.lines] == ["each", "kWh", "each"]
        assert (note.row.net, note.row.vat, note.row.gross) == (Decimal("-37.30"), Decimal("-7.09"), Decimal("-44.39"))
        assert scene.replays() == []

    def test_is_the_credited_document_s_in_days_and_tax(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 2, "percent": "10"})
        invoice, note = scene.invoices()
        (line,) = note.lines
        assert (line.tax, line.tax_point, line.service_first) == (
            invoice.lines[1].tax, invoice.lines[1].tax_point, invoice.lines[1].service_first,
        )  # fmt: skip
        assert (note.row.first, note.row.after_last, note.names) == (
            invoice.row.first,
            invoice.row.after_last,
            (JANUARY,),
        )

    def test_opens_down_to_the_readings_of_its_line(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 2, "quantity": "10"})
        with scene.database.transaction(1) as session:
            opened = explain(session, store.find(session, "2026-000002"), 1)
        assert (opened.invoice, opened.pos, opened.line.net) == ("2026-000002", 1, Decimal("-5.00"))
        assert [reading.value for reading in opened.readings] == [Decimal(140)]

    def test_is_found_by_its_kind_and_its_document_as_corrected(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 1, "rest": True})
        with scene.database.transaction(1) as session:
            notes = listed.listed(session, InvoiceQuery(kind="credit"), on("2026-04-01")).rows
            corrected = listed.listed(session, InvoiceQuery(state=InvoiceStanding.CORRECTED), on("2026-04-01")).rows
        assert [note.row.number for note in notes] == ["2026-000002"]
        assert [invoice.row.number for invoice in corrected] == [JANUARY]

    @pytest.mark.parametrize(
        ("lines", "refusal"),
        [
            pytest.param([{"line": 1, "amount": "100.01"}], MoreThanBilled, id="more than the line"),
            pytest.param([{"line": 2, "quantity": "100.1"}], MoreThanBilled, id="more than its quantity"),
            pytest.param([{"line": 1, "amount": "1.005"}], PartOfCent, id="part of a cent"),
            pytest.param([{"line": 1, "percent": "0.001"}], NothingToGiveBack, id="less than half a cent"),
            pytest.param([{"line": 4, "rest": True}], NoLineToCredit, id="no such line"),
            pytest.param([{"line": 1, "amount": "1"}, {"line": 1, "rest": True}], LineAskedTwice, id="twice"),
        ],
    )
    def test_is_refused_by_name(
        self, scene: Scene, lines: list[dict[str, object]], refusal: type[UsufructError]
    ) -> None:
        with pytest.raises(refusal) as refused:
            prepared(scene, JANUARY, *lines)
        assert {"found", "expected"} <= refused.value.members.keys()
        assert len(scene.invoices()) == 1

    def test_never_gives_back_more_than_is_left(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 1, "amount": "60"})
        with pytest.raises(MoreThanBilled):
            prepared(scene, JANUARY, {"line": 1, "amount": "40.01"})
        gives(scene, JANUARY, {"line": 1, "at_most": "300"})
        with pytest.raises(NothingToGiveBack):
            prepared(scene, JANUARY, {"line": 1, "rest": True})
        assert of_january(scene)["fee"] == 0
        assert scene.replays() == []

    def test_is_itself_not_given_back(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 1, "amount": "60"})
        with pytest.raises(CreditOfCredit):
            prepared(scene, "2026-000002", {"line": 1, "rest": True})

    def test_of_a_discount_takes_it_back(self, access: Access, database: Database) -> None:
        discount = '  - {name: bonus, rule: {kind: discount, amount: "30.00"}}\n'
        scene = Scene(access, database).declared(CONTRACT.partition("  - name: energy")[0] + discount)
        scene.bills("2026-02-01")
        (number,) = gives(scene, JANUARY, {"line": 2, "amount": "10"})
        assert scene.lines(number) == [("bonus", "1", "10.00", JANUARY)]
        assert scene.invoices()[-1].row.document_type == "384"
        assert scene.replays() == []

    def test_takes_from_each_payee_what_it_had_of_the_line(self, access: Access, database: Database) -> None:
        """Y is 240 of machine time, of which the platform keeps 12 %, and 3 of energy: 10 % of it are 24.30."""
        machine = (
            '  - {name: machine, rule: {kind: fixed_fee, amount: "240.00"}, payees: {owner: "88", platform: "12"}}'
        )
        energy = '  - {name: energy, rule: {kind: fixed_fee, amount: "3.00"}, payees: {owner: "100"}}'
        head = CONTRACT.partition("  - {name: fee")[0]
        scene = Scene(access, database).declared(f"{head}{machine}\n{energy}\n")
        scene.bills("2026-02-01")
        gives(scene, JANUARY, {"line": 1, "percent": "10"}, {"line": 2, "percent": "10"})
        note = scene.invoices()[-1]
        of_each = [sum(Decimal(line.payees.get(name, "0")) for line in note.lines) for name in ("owner", "platform")]
        assert (note.row.net, *of_each) == (Decimal("-24.30"), Decimal("-21.42"), Decimal("-2.88"))
        assert scene.replays() == []


class TestTwoPeople:
    def test_the_same_person_does_not_release(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "rest": True})
        with pytest.raises(OwnWork):
            released(scene, credit, by="carla")
        assert len(scene.invoices()) == 1
        released(scene, credit)
        with pytest.raises(CreditDone):
            released(scene, credit, by="anna")

    def test_a_withdrawn_one_is_never_issued(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "rest": True})
        withdrawn(scene, credit)
        with pytest.raises(CreditDone):
            released(scene, credit)
        with scene.database.transaction(1) as session:
            states = [known.state for known in list_credits(session, CreditQuery()).rows]
        assert (states, len(scene.invoices())) == ([CreditState.WITHDRAWN], 1)

    def test_the_database_refuses_one_alone(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "rest": True})
        monkey = credit_notes.refuse_own_credit
        try:
            credit_notes.refuse_own_credit = lambda *_: None
            with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"):
                released(scene, credit, by="carla")
        finally:
            credit_notes.refuse_own_credit = monkey
        assert len(scene.invoices()) == 1

    def test_the_database_numbers_no_credit_that_is_not_released(self, scene: Scene) -> None:
        prepared(scene, JANUARY, {"line": 1, "rest": True})
        with pytest.raises(ContradictsStored, match="released_first"), scene.database.transaction(1) as session:
            acts(session, "carla")
            row, document = session.exec(select(CreditRow)).one(), store.find(session, JANUARY)
            given = credit_notes._given(session, document, row.asked.lines)
            draft = credit_notes._draft(session, row, given, on("2026-02-10"))
            (saved,) = store.save(session, [draft], on("2026-02-10"))
            numbering.give_numbers(session, numbering.ToNumber.of(saved), on("2026-02-10"))
        assert len(scene.invoices()) == 1

    def test_small_ones_are_one_person_s_up_to_the_limit_together(self, scene: Scene) -> None:
        limits(scene, "30", "EUR")
        released(scene, prepared(scene, JANUARY, {"line": 1, "amount": "20"}), by="carla")
        second = prepared(scene, JANUARY, {"line": 1, "amount": "10.01"})
        with pytest.raises(OwnWork):
            released(scene, second, by="carla")
        released(scene, second)
        assert credited(scene) == Decimal("-30.01")

    def test_a_limit_of_another_currency_is_none(self, scene: Scene) -> None:
        limits(scene, "30", "USD")
        with pytest.raises(OwnWork):
            released(scene, prepared(scene, JANUARY, {"line": 1, "amount": "1"}), by="carla")

    def test_without_four_eyes_it_is_issued_at_once(self, scene: Scene) -> None:
        scene.as_superuser("""update tenant set four_eyes_off = '{"by": "anna"}' where id = 1""")
        prepared(scene, JANUARY, {"line": 1, "amount": "20"})
        assert [invoice.row.kind for invoice in scene.invoices()] == ["period", "credit"]
        assert scene.replays() == []


def limits(scene: Scene, amount: str, currency: str) -> None:
    scene.as_superuser(f"""
        insert into four_eyes_limit (tenant, operation, amount, currency, reason, by, at, released_by, released_at)
        values (1, 'credit_note', {amount}, '{currency}', 'small', 'anna', now(), 'bert', now())""")


class TestALateReading:
    """The line changes after its credit: what was given stays given, up to what the line comes to."""

    def corrected(self, scene: Scene, value: str, day: str = "2026-03-01") -> None:
        scene.delivers(f"2026-01-05 10 {value}", by="jonas", reason="meter test")
        scene.bills(day)

    @pytest.mark.parametrize(
        ("value", "billed", "given"),
        [
            pytest.param("140", "33.00", "-25.00", id="nothing changed"),
            pytest.param("240", "53.00", "-25.00", id="more"),
            pytest.param("60", "5.00", "-25.00", id="less, and still more than was given"),
            pytest.param("40", "0.00", "-20.00", id="less than was given"),
            pytest.param("0", "0.00", "0.00", id="nothing"),
        ],
    )
    def test_after_it(self, scene: Scene, value: str, billed: str, given: str) -> None:
        gives(scene, JANUARY, {"line": 2, "amount": "25"})
        self.corrected(scene, value)
        assert of_january(scene)["energy"] == Decimal(billed)
        assert credited(scene) == Decimal(given)
        assert scene.replays() == []

    def test_that_lowers_the_line_and_raises_it_again_gives_it_again(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 2, "quantity": "50"})
        self.corrected(scene, "40")
        assert credited(scene) == Decimal("-20.00")
        self.corrected(scene, "100", "2026-04-01")
        assert credited(scene) == Decimal("-25.00")
        assert of_january(scene)["energy"] == Decimal("25.00")
        assert scene.replays() == []

    def test_of_several_credits_the_first_are_kept(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 2, "amount": "30"})
        gives(scene, JANUARY, {"line": 2, "rest": True})
        self.corrected(scene, "80")
        assert credited(scene) == Decimal("-40.00")
        assert of_january(scene)["energy"] == 0
        assert scene.replays() == []

    def test_before_it_what_is_billed_by_then_is_given_back(self, scene: Scene) -> None:
        self.corrected(scene, "60")
        with pytest.raises(MoreThanBilled):
            prepared(scene, JANUARY, {"line": 2, "amount": "30.01"})
        gives(scene, JANUARY, {"line": 2, "rest": True}, day="2026-03-02")
        assert of_january(scene)["energy"] == 0
        assert scene.replays() == []

    def test_an_adjustment_is_given_back_as_the_line_that_it_adjusts(self, scene: Scene) -> None:
        self.corrected(scene, "240")
        number = scene.invoices()[-1].row.number or ""
        (position,) = [at for at, line in enumerate(scene.lines(number), start=1) if line[3]]
        (note,) = gives(scene, number, {"line": position, "rest": True}, day="2026-03-02")
        assert scene.lines(note) == [("energy", "-1", "-20.00", number)]
        self.corrected(scene, "140", "2026-04-01")
        assert of_january(scene)["energy"] == Decimal("50.00")
        assert scene.replays() == []


class TestWhatElseHappens:
    def test_an_amendment_that_cuts_the_month_keeps_what_was_given(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 1, "rest": True})
        scene.amends(
            CONTRACT.replace("100.00", "200.00").replace(
                "starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2026-01-17"
            ),
            "2026-02-15",
        )
        scene.bills("2026-03-01")
        assert credited(scene) == Decimal("-100.00")
        assert of_january(scene)["fee"] == Decimal("48.38")  # 16 of 31 days at 100, 15 at 200
        assert scene.replays() == []

    def test_a_dispute_that_is_waived_gives_nothing_back_twice(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 1, "amount": "40"})
        with scene.database.transaction(1) as session:
            who = acts(session, "anna")
            known = disputes.raise_(
                session,
                "C-1",
                "fee",
                date(2026, 1, 1),
                date(2026, 2, 1),
                reason="off",
                by=who,
                at=on("2026-02-12"),
                accepted=True,
            )
        with scene.database.transaction(1) as session:
            settled_by_two(session, known.id, on("2026-02-13"), due=False)
        scene.bills("2026-03-01")
        assert of_january(scene)["fee"] == 0
        assert credited(scene) == 0
        assert scene.replays() == []

    def test_after_the_end_of_the_contract(self, access: Access, database: Database) -> None:
        scene = Scene(access, database).declared(
            CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01")
        )
        scene.delivers(READ)
        scene.bills("2026-02-01")
        gives(scene, JANUARY, {"line": 2, "amount": "25"})
        scene.delivers("2026-01-05 10 40", by="jonas", reason="meter test")
        scene.bills("2026-02-20")
        scene.bills("2026-03-20")
        assert [invoice.row.kind for invoice in scene.invoices()] == ["period", "credit", "correction"]
        assert of_january(scene)["energy"] == 0
        assert scene.replays() == []

    def test_the_next_month_bills_as_without_it(self, scene: Scene) -> None:
        gives(scene, JANUARY, {"line": 2, "amount": "25"})
        scene.bills("2026-03-01")
        assert [line[:3] for line in scene.lines("2026-000003")] == [("fee", "1", "100.00"), ("energy", "10", "5.00")]
        assert scene.replays() == []

    @pytest.mark.parametrize(
        ("country", "series"),
        [pytest.param("ES", "R-2026-000001", id="Spain"), pytest.param("FR", "2026-000002", id="France")],
    )
    def test_by_the_law_of_the_issuer(self, access: Access, database: Database, country: str, series: str) -> None:
        scene = Scene(access, database).declared(CONTRACT.replace("country: DE", f"country: {country}"))
        scene.delivers(READ)
        scene.bills("2026-02-01")
        assert gives(scene, JANUARY, {"line": 2, "amount": "45"}) == (series,)
        scene.delivers("2026-01-05 10 80", by="jonas", reason="meter test")
        scene.bills("2026-03-01")
        assert scene.replays() == []
        assert of_january(scene)["energy"] == 0

    @pytest.mark.parametrize("country", ["RO", "CN"])
    def test_where_documents_are_corrected_in_other_ways(
        self, access: Access, database: Database, country: str
    ) -> None:
        tax = {"CN": "tax: {rate: standard}\n"}.get(country, "")
        scene = Scene(access, database).declared(CONTRACT.replace("country: DE", f"country: {country}") + tax)
        scene.delivers(READ)
        scene.bills("2026-02-01")
        gives(scene, JANUARY, {"line": 2, "amount": "45"})
        for value, day in (("80", "2026-03-01"), ("120", "2026-04-01")):
            scene.delivers(f"2026-01-05 10 {value}", by="jonas", reason="meter test")
            scene.bills(day)
        assert credited(scene) == -45
        assert of_january(scene)["energy"] == Decimal("9.00")
        assert scene.replays() == []

    @pytest.mark.parametrize(
        ("currency", "third", "rest"),
        [pytest.param("JPY", "-33", "-67", id="no decimals"), pytest.param("KWD", "-33.333", "-66.667", id="three")],
    )
    def test_in_the_cents_of_its_currency(
        self, access: Access, database: Database, currency: str, third: str, rest: str
    ) -> None:
        fee = CONTRACT.partition("  - name: energy")[0].replace("EUR", currency).replace('"100.00"', '"100"')
        scene = Scene(access, database).declared(fee)
        scene.bills("2026-02-01")
        gives(scene, JANUARY, {"line": 1, "percent": "33.3333333"})
        gives(scene, JANUARY, {"line": 1, "rest": True})
        assert [str(invoice.lines[0].net) for invoice in scene.invoices()[1:]] == [third, rest]
        assert scene.replays() == []

    def test_another_tenant_sees_and_releases_nothing(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "rest": True})
        other = replace(scene, tenant=2)
        with pytest.raises(UnknownCredit):
            released(other, credit)
        with pytest.raises(UnknownInvoice):
            prepared(other, JANUARY, {"line": 1, "rest": True})


class TestAtOnce:
    def test_two_releases_never_give_back_more_than_is_billed(self, scene: Scene) -> None:
        both = [prepared(scene, JANUARY, {"line": 1, "amount": "60"}) for _ in range(2)]
        assert sorted(at_once(*(lambda credit=credit: released(scene, credit) for credit in both))) == [
            "MoreThanBilled", "issued",
        ]  # fmt: skip
        assert of_january(scene)["fee"] == Decimal("40.00")
        assert scene.replays() == []

    def test_the_same_credit_is_issued_once(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "amount": "60"})
        people = ("bert", "anna")
        for person in people:
            with scene.database.transaction(1) as session:
                acts(session, person)
        done = at_once(*(lambda person=person: released(scene, credit, by=person) for person in people))
        assert sorted(done) == ["CreditDone", "issued"]

    def test_a_run_that_corrects_the_line_and_a_release(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 2, "amount": "45"})
        scene.delivers("2026-01-05 10 80", by="jonas", reason="meter test")
        outcome, _ = at_once(lambda: released(scene, credit), lambda: scene.bills("2026-03-01"))
        scene.bills("2026-04-01")
        # first the run: 40 are left, and 45 are refused; first the release: 5 of it are taken back
        assert of_january(scene)["energy"] == (0 if outcome == "issued" else Decimal("40.00"))
        assert scene.replays() == []

    def test_one_that_is_killed_was_never_there(self, scene: Scene) -> None:
        credit = prepared(scene, JANUARY, {"line": 1, "amount": "60"})
        with pytest.raises(ZeroDivisionError), scene.database.transaction(1) as session:
            credit_notes.release(session, credit, releasing(session, acts(session, "bert"), on("2026-02-10")))
            raise ZeroDivisionError
        assert len(scene.invoices()) == 1
        assert gives_number(scene, credit) == "2026-000002"


def gives_number(scene: Scene, credit: int) -> str:
    return released(scene, credit).documents[0]


def at_once(*acts_: Callable[[], object]) -> list[str]:
    """What comes of acts that begin at once: done, or the name of the refusal."""
    begin = Event()

    def outcome(act_: Callable[[], object]) -> str:
        begin.wait()
        try:
            act_()
        except UsufructError as refusal:
            return type(refusal).__name__
        return "issued"

    with ThreadPoolExecutor(len(acts_)) as pool:
        outcomes = [pool.submit(outcome, one) for one in acts_]
        begin.set()
        return [one.result() for one in outcomes]


def test_a_line_of_a_group_is_given_back_and_its_part_is_any_number(access: Access, database: Database) -> None:
    """The lines of a charge that is split have numbers that follow from names; another of them is not touched."""
    split = """
  - name: rent
    rule: {kind: fixed_fee, amount: "90.00"}
    split: {unit: kWh, parts: [{name: hall, uses: [kwh]}, {name: yard, uses: [kwh]}]}
"""
    scene = Scene(access, database).declared(CONTRACT.rstrip() + split)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    of_rent = [pos for pos, line in enumerate(scene.invoices()[0].lines, start=1) if line.charge == "rent"]
    assert len(of_rent) == 2
    assert min(scene.invoices()[0].lines[pos - 1].part for pos in of_rent) >= 10_000
    gives(scene, JANUARY, {"line": of_rent[0], "amount": "15"})
    scene.delivers("2026-01-05 10 120", reason="meter test", by="jonas")
    scene.delivers("2026-02-05 10 40")
    scene.bills("2026-03-01")
    assert credited(scene) == Decimal("-15.00")
    assert scene.replays() == []
