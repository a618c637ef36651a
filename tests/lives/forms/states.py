"""What the states of lives do: KSeF gives its number to each file, the portal numbers each fapiao, until nothing is due."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from itertools import count

from lxml import etree
from python_calamine import CalamineWorkbook
from sqlmodel import Session, col, select

from billing.clearance.answering.store import record_answers
from billing.clearance.asking.store import AskedFile, Asking, ask
from billing.clearance.duty import duty_of
from billing.clearance.fapiao.workbook import DETAIL_SHEET
from billing.clearance.life import Authority
from billing.clearance.store import Recorder, find_file, of_invoices
from billing.invoices import store as invoices
from billing.tables import ClearanceRow
from contracts.invoicing import InvoiceForm
from tests.billing.clearance.states import number_in_ksef, portal_list, receipt
from tests.build import acts
from tests.lives.forms.life_in_form import LifeInForm

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class AskedForLife:
    """What came of asking a state.

    Attributes:
        waiting: by number of a document of ours, why its file could not be written.
        exempt: the numbers of what the state does not clear.
    """

    waiting: dict[str, str] = field(default_factory=dict)
    exempt: set[str] = field(default_factory=set)


def cleared_by_state(life: LifeInForm) -> AskedForLife:
    """Ask a state for all that is due, and let it accept all of it, as often as something new is due."""
    authority = Authority.KSEF if life.dress.form is InvoiceForm.KSEF else Authority.FAPIAO
    while True:
        with life.database.transaction(life.tenant) as session:
            recorder = Recorder(acts(session, "anna"), life.now)
            outcome = ask(session, authority, Asking(), recorder)
            for file in outcome.files:
                _answer(session, authority, file, recorder)
        if not outcome.files:
            break
    waiting, exempt = {one.number: one.code for one in outcome.held}, {one.number for one in outcome.exempt}
    with life.database.transaction(life.tenant) as session:
        stored = invoices.billed(session, invoices.ids_of(session))
        asked = {number for one in of_invoices(session, [one.row.id for one in stored]) for number in one.documents}
    since = duty_of(authority).since
    exempt |= {one.name for one in stored if one.row.issued_on is not None and one.row.issued_on < since}
    for one in stored:  # in China what takes back waits until the buyer confirms it (红字确认), and has no file before
        if authority is Authority.FAPIAO and one.row.document_type == "381" and one.name not in asked | exempt:
            waiting[one.name] = "its red letter is not confirmed"
    return AskedForLife(waiting, exempt)


def _answer(session: Session, authority: Authority, file: AskedFile, recorder: Recorder) -> None:
    content = find_file(session, authority, file.key).content
    if authority is Authority.KSEF:
        (document,) = file.documents
        seller = etree.fromstring(content).findtext("{*}Podmiot1//{*}NIP")
        answer = receipt(document, content, number_in_ksef(next(_numbers), seller), seller)
    else:
        rows = session.exec(select(ClearanceRow).where(col(ClearanceRow.file_id) == file.key)).all()
        refuse_what_the_file_says_otherwise(content, {f"U{row.id:09d}": row.net for row in rows})
        listed = ((f"2631200000{next(_numbers):010d}", str(row.net), str(row.tax), f"U{row.id:09d}") for row in rows)
        answer = portal_list(*listed)
    record_answers(session, authority, "answer", answer.encode(), recorder)


def refuse_what_the_file_says_otherwise(content: bytes, nets: dict[str, Decimal]) -> None:
    """Hold the workbook of the portal, read by another library, to what is asked for: by serial, lines less discounts."""
    cells = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(DETAIL_SHEET).to_python(skip_empty_area=False)  # fmt: skip
    head = [str(cell) for cell in cells[2]]
    serial, amount, discount = (head.index(name) for name in ("发票流水号", "金额", "折扣金额"))
    read: dict[str, Decimal] = defaultdict(Decimal)
    for row in cells[3:]:
        read[str(row[serial])] += Decimal(str(row[amount])) - Decimal(str(row[discount]) or 0)
    if read != nets:
        raise AssertionError(f"the file says {dict(read)}, and {nets} is asked for")
