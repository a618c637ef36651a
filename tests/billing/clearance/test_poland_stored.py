"""Documents cleared in Poland: each is asked for once, their number stands beside ours, and corrections cite it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from lxml import etree
from sqlalchemy import text

from api.server.database import Access, Database
from billing.clearance.asking.store import Asking
from billing.clearance.ksef.codes import CertificateMissing, ksef_codes
from billing.clearance.ksef.elements import NAMESPACE
from billing.clearance.life import ClearanceMoveRefused
from billing.clearance.refusals import AnswerDiffers, AnswerOfOtherSeller
from billing.clearance.store import (
    Recorder,
    UnknownClearance,
    UnknownClearanceFile,
    find_file,
    ksef_file_of,
    of_invoices,
    with_clearances,
    withdraw_file,
)
from billing.documents.model.load import business_document
from billing.invoices import store as invoices
from billing.voiding.reliance import DocumentCleared
from tests.billing.clearance.cleared import NIP
from tests.billing.clearance.states import (
    KSEF,
    POLISH,
    answers,
    asks,
    clearances,
    cleared_in_poland,
    corrected,
    file_of,
    number_in_ksef,
    receipt,
    statuses,
)
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import asked as ask_void
from tests.billing.voiding.voids import voids
from tests.build import acts

JANUARY = "2026-000001"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(POLISH)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    return scene


def withdraws(scene: Scene, key: int) -> None:
    with scene.database.transaction(1) as session:
        withdraw_file(session, KSEF, key, Recorder(acts(session, "anna"), on("2026-02-03")))


class TestAskedForOnce:
    def test_a_document_goes_out_once(self, scene: Scene) -> None:
        assert [file.documents for file in asks(scene, KSEF).files] == [(JANUARY,)]
        assert asks(scene, KSEF).files == []
        assert statuses(scene) == [("VAT", "asked", JANUARY)]

    @pytest.mark.long
    def test_two_exports_at_once_give_each_document_once(self, scene: Scene) -> None:
        barrier = Barrier(2)

        def asked(_: int) -> list[tuple[str, ...]]:
            barrier.wait()
            return [file.documents for file in asks(scene, KSEF).files]

        with scene.database.transaction(1) as session:
            acts(session, "anna")
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(asked, range(2)))
        assert sorted(outcomes) == [[], [(JANUARY,)]]

    @pytest.mark.long
    def test_what_was_not_handed_in_is_asked_for_anew(self, scene: Scene) -> None:
        (file,) = asks(scene, KSEF).files
        withdraws(scene, file.key)
        assert [one.documents for one in asks(scene, KSEF).files] == [(JANUARY,)]
        assert [status for _, status, _ in statuses(scene)] == ["withdrawn", "asked"]

    @pytest.mark.long
    def test_a_void_document_is_not_asked_for(self, scene: Scene) -> None:
        voids(scene, JANUARY)
        assert asks(scene, KSEF).files == []

    @pytest.mark.long
    def test_another_country_is_not_asked_about(self, access: Access, database: Database) -> None:
        german = Scene(access, database).declared(CONTRACT)
        german.delivers("2026-01-05 10 140\n2026-02-05 10 10")
        german.bills("2026-02-01")
        assert asks(german, KSEF) == type(asks(german, KSEF))()

    @pytest.mark.long
    def test_what_cannot_be_written_is_held_by_name_and_goes_out_later(
        self, access: Access, database: Database
    ) -> None:
        unnumbered = Scene(access, database).declared(POLISH.replace(f", vat_id: PL{NIP}", ""))
        unnumbered.delivers("2026-01-05 10 140\n2026-02-05 10 10")
        unnumbered.bills("2026-02-01")
        outcome = asks(unnumbered, KSEF)
        assert ([(one.code, one.place) for one in outcome.held], outcome.files) == (
            [("seller-number-invalid", "seller.vat_id")],
            [],
        )


class TestAnswered:
    @pytest.mark.long
    def test_their_number_stands_beside_ours(self, scene: Scene) -> None:
        number = cleared_in_poland(scene, JANUARY, 1)
        (one,) = clearances(scene)
        assert (one.row.status, one.row.number, list(one.documents)) == ("confirmed", number, [JANUARY])
        assert [step.step for step in one.steps] == ["asked", "accepted", "confirmed"]
        assert one.row.given_on == date(2026, 2, 3)

    @pytest.mark.long
    def test_an_answer_read_twice_adds_nothing(self, scene: Scene) -> None:
        (file,) = asks(scene, KSEF).files
        answer = receipt(JANUARY, file_of(scene, KSEF, file.key), number_in_ksef(1))
        assert answers(scene, KSEF, answer).accepted == [(JANUARY, number_in_ksef(1))]
        again = answers(scene, KSEF, answer)
        assert (again.accepted, again.known) == ([], [JANUARY])
        assert len(clearances(scene)[0].steps) == 3

    @pytest.mark.long
    def test_what_was_refused_says_why_and_is_asked_for_anew(self, scene: Scene) -> None:
        (file,) = asks(scene, KSEF).files
        digest = (
            receipt(JANUARY, file_of(scene, KSEF, file.key), "x").partition("<SkrotDokumentu>")[2].partition("<")[0]
        )
        session = f'{{"invoices": [{{"invoiceNumber": "{JANUARY}", "invoiceHash": "{digest}", "status": {{"code": 440, "description": "Duplikat"}}}}]}}'
        assert answers(scene, KSEF, session).refused == [(JANUARY, "440 Duplikat")]
        assert clearances(scene)[0].steps[-1].reason == "440 Duplikat"
        assert len(asks(scene, KSEF).files) == 1

    @pytest.mark.parametrize(("document", "nip", "spoil", "refusal"), [
        pytest.param("2026-000999", NIP, b"", UnknownClearance, id="a document that nobody asked about"),
        pytest.param(JANUARY, "5265877635", b"", AnswerOfOtherSeller, id="another seller"),
        pytest.param(JANUARY, NIP, b" ", AnswerDiffers, id="other bytes than ours"),
    ])  # fmt: skip
    @pytest.mark.long
    def test_an_answer_about_something_else_is_refused_and_nothing_recorded(
        self, scene: Scene, document: str, nip: str, spoil: bytes, refusal: type[Exception]
    ) -> None:
        (file,) = asks(scene, KSEF).files
        with pytest.raises(refusal):
            answers(scene, KSEF, receipt(document, file_of(scene, KSEF, file.key) + spoil, number_in_ksef(1, nip), nip))
        assert statuses(scene) == [("VAT", "asked", JANUARY)]

    @pytest.mark.long
    def test_a_second_number_is_refused(self, scene: Scene) -> None:
        (file,) = asks(scene, KSEF).files
        content = file_of(scene, KSEF, file.key)
        answers(scene, KSEF, receipt(JANUARY, content, number_in_ksef(1)))
        with pytest.raises(AnswerDiffers):
            answers(scene, KSEF, receipt(JANUARY, content, number_in_ksef(2)))

    @pytest.mark.long
    def test_what_was_accepted_is_not_withdrawn(self, scene: Scene) -> None:
        cleared_in_poland(scene, JANUARY, 1)
        with pytest.raises(ClearanceMoveRefused):
            withdraws(scene, 1)


class TestCorrections:
    def test_cite_the_number_of_what_they_correct(self, scene: Scene) -> None:
        number = cleared_in_poland(scene, JANUARY, 1)
        note = corrected(scene)
        (file,) = [one for one in asks(scene, KSEF, "2026-03-02").files if note in one.documents]
        root = etree.fromstring(file_of(scene, KSEF, file.key))
        assert [one.text for one in root.iter(f"{{{NAMESPACE}}}NrKSeFFaKorygowanej")] == [number]
        assert [one.text for one in root.iter(f"{{{NAMESPACE}}}RodzajFaktury")] == ["KOR"]

    @pytest.mark.long
    def test_wait_until_what_they_correct_has_its_number(self, scene: Scene) -> None:
        asks(scene, KSEF)
        note = corrected(scene)
        assert [(one.number, one.code) for one in asks(scene, KSEF, "2026-03-02").held] == [
            (note, "corrected-not-cleared")
        ]

    @pytest.mark.long
    def test_a_document_bears_the_numbers_of_those_before_it(self, scene: Scene) -> None:
        number = cleared_in_poland(scene, JANUARY, 1)
        note = corrected(scene)
        with scene.database.transaction(1) as session:
            stored = invoices.find(session, note)
            document = with_clearances(session, business_document(session, stored), stored.row.issuer_id)
        assert [(one.number, one.clearance) for one in document.preceding] == [(JANUARY, number)]


class TestVoidAndCleared:
    @pytest.mark.long
    def test_what_a_state_was_asked_about_is_not_void_any_more(self, scene: Scene) -> None:
        asks(scene, KSEF)
        with pytest.raises(DocumentCleared):
            ask_void(scene, JANUARY)

    @pytest.mark.long
    def test_what_was_withdrawn_may_be_void(self, scene: Scene) -> None:
        (file,) = asks(scene, KSEF).files
        withdraws(scene, file.key)
        assert voids(scene, JANUARY) == (JANUARY,)

    @pytest.mark.parametrize("statement", [
        "update invoice set voided_on = issued_on, counts_until = id",
        "update clearance set status = 'refused'",
        "update clearance set status = 'accepted'",
    ])  # fmt: skip
    @pytest.mark.long
    def test_the_database_refuses_it_as_well(self, scene: Scene, statement: str) -> None:
        cleared_in_poland(scene, JANUARY, 1)
        with (
            pytest.raises(Exception, match=r"void_before_it_is|released_first|a_number_stays|a_clearance_ends_once"),
            scene.database.transaction(1) as session,
        ):
            acts(session, "anna")
            session.execute(text(statement))


@pytest.mark.long
def test_another_tenant_sees_nothing_of_it(scene: Scene) -> None:
    (file,) = asks(scene, KSEF).files
    scene.as_superuser("insert into tenant (name) values ('other') on conflict do nothing")
    with scene.database.transaction(2) as session:
        assert of_invoices(session, [1]) == []
        with pytest.raises(UnknownClearanceFile):
            find_file(session, KSEF, file.key)


class TestOffline:
    @pytest.mark.long
    def test_is_handed_in_by_the_next_working_day_and_has_two_codes(self, scene: Scene) -> None:
        asks(scene, KSEF, asking=Asking(offline=True))
        (one,) = clearances(scene)
        assert one.row.hand_in_by == date(2026, 2, 2), "it was issued on a Sunday"
        with scene.database.transaction(1) as session:
            stored = invoices.find(session, JANUARY)
            file = ksef_file_of(session, stored.row.issued_on or date.min, invoice_id=stored.row.id)
        assert file is not None
        assert (file.nip, file.number, file.offline) == (NIP, "", True)
        with pytest.raises(CertificateMissing):
            ksef_codes(file)

    @pytest.mark.long
    def test_what_is_cleared_has_one_code(self, scene: Scene) -> None:
        number = cleared_in_poland(scene, JANUARY, 1)
        with scene.database.transaction(1) as session:
            stored = invoices.find(session, JANUARY)
            file = ksef_file_of(session, stored.row.issued_on or date.min, invoice_id=stored.row.id)
        assert file is not None
        assert [code.caption for code in ksef_codes(file)] == [number]
