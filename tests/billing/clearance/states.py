"""Contracts of suppliers in Poland and China, billed; and what their states answer to the files that are made."""

from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from billing.clearance.answering.store import RecordedAnswers, record_answers
from billing.clearance.asking.store import AskedOfState, Asking, ask
from billing.clearance.ksef.number import check_sum
from billing.clearance.life import Authority
from billing.clearance.store import KnownClearance, Recorder, find_file, of_invoices
from billing.invoices import store as invoices
from tests.billing.clearance.cleared import CODE, NIP, USCC
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

POLISH = (
    CONTRACT.replace("C-1", "PL-1")
    .replace(
        "{name: Nordluft, country: DE}", f"{{name: Ciepło, country: PL, vat_id: PL{NIP}, address: [ul. Prosta 1]}}"
    )
    .replace(
        "{name: Blechwerke, country: DE}", "{name: Blacha, country: PL, vat_id: PL5265877635, address: [ul. Krótka 2]}"
    )
    .replace("EUR", "PLN")
)
CHINESE = (
    CONTRACT.replace("C-1", "CN-1")
    .replace("{name: Nordluft, country: DE}", f"{{name: Beifeng, country: CN, vat_id: {USCC}}}")
    .replace("{name: Blechwerke, country: DE}", "{name: Nanfang, country: CN, vat_id: 91110000600037341L}")
    .replace("EUR", "CNY")
    .replace("charges:", "tax: {rate: standard, price_basis: without_tax}\ncharges:")
    .replace("name: fee,", f'name: fee, tax_code: "{CODE}",')
    .replace("- name: energy", f'- name: energy\n    tax_code: "{CODE}"')
)
KSEF, FAPIAO = Authority.KSEF, Authority.FAPIAO


def asks(
    scene: Scene, authority: Authority, day: str = "2026-02-02", asking: Asking | None = None, tenant: int = 1
) -> AskedOfState:
    with scene.database.transaction(tenant) as session:
        return ask(session, authority, asking or Asking(), Recorder(acts(session, "anna"), on(day)))


def file_of(scene: Scene, authority: Authority, key: int) -> bytes:
    with scene.database.transaction(1) as session:
        return find_file(session, authority, key).content


def answers(
    scene: Scene, authority: Authority, content: str | bytes, at: datetime | None = None, tenant: int = 1
) -> RecordedAnswers:
    content = content.encode() if isinstance(content, str) else content
    with scene.database.transaction(tenant) as session:
        recorder = Recorder(acts(session, "anna"), at or on("2026-02-03"))
        return record_answers(session, authority, "answer", content, recorder)


def clearances(scene: Scene) -> list[KnownClearance]:
    with scene.database.transaction(1) as session:
        return of_invoices(session, invoices.ids_of(session))


def statuses(scene: Scene) -> list[tuple[str, str, str]]:
    """Kind, status and our numbers, clearance by clearance."""
    return [(one.row.kind, one.row.status, ", ".join(one.documents)) for one in clearances(scene)]


def number_in_ksef(nth: int, nip: str = NIP) -> str:
    begins = f"{nip}-20260203-{nth:012X}-"
    return begins + check_sum(begins[:32])


def receipt(document: str, file: bytes, number: str, nip: str = NIP) -> str:
    """The receipt of KSeF (UPO) of one document."""
    return (
        '<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3"><Dokument>'
        f"<NipSprzedawcy>{nip}</NipSprzedawcy><NumerKSeFDokumentu>{number}</NumerKSeFDokumentu>"
        f"<NumerFaktury>{document}</NumerFaktury><DataNadaniaNumeruKSeF>2026-02-03T09:00:00Z</DataNadaniaNumeruKSeF>"
        f"<SkrotDokumentu>{b64encode(sha256(file).digest()).decode()}</SkrotDokumentu>"
        "</Dokument></Potwierdzenie>"
    )


def cleared_in_poland(scene: Scene, document: str, nth: int, day: str = "2026-02-02") -> str:
    """Ask for all that is due, and let KSeF accept one document; its number there."""
    (file,) = [one for one in asks(scene, KSEF, day).files if document in one.documents]
    number = number_in_ksef(nth)
    answers(scene, KSEF, receipt(document, file_of(scene, KSEF, file.key), number))
    return number


def portal_list(*rows: tuple[str, str, str, str], seller: str = USCC) -> str:
    """The portal's list: number, net, tax and remark of each fapiao."""
    head = "数电发票号码,销方识别号,开票日期,金额,税额,备注"
    return "\n".join(
        [head, *(f"{number},{seller},2026-02-03,{net},{tax},{remark}" for number, net, tax, remark in rows)]
    )


def fapiao_number(nth: int) -> str:
    return f"2631200000{nth:010d}"


def numbered_by_the_portal(scene: Scene, nth: int = 1) -> list[str]:
    """Let the portal number all that waits, as it was asked for; the numbers."""
    waiting = [one for one in clearances(scene) if one.row.status == "asked"]
    rows = [
        (fapiao_number(nth + at), str(one.row.net), str(one.row.tax), f"U{one.row.id:09d}")
        for at, one in enumerate(waiting)
    ]
    answers(scene, FAPIAO, portal_list(*rows))
    return [number for number, *_ in rows]


def corrected(scene: Scene, day: str = "2026-03-02") -> str:
    """Let January's use be 40 kWh instead of 140, which is given back with February's bill; the number of the credit note."""
    scene.delivers("2026-01-05 10 40", by="jonas", reason="meter test", source="test.csv")
    scene.bills(day)
    (note,) = [one.name for one in scene.invoices() if one.row.document_type == "381"]
    return note


JANUARY_NET = Decimal("158.00")
