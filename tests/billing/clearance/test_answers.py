"""What both states answer, as files: read as they come, or refused by name with the place."""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from billing.clearance.answers import ClearanceAnswer
from billing.clearance.fapiao.results import read_fapiao_answer, serial_of
from billing.clearance.ksef.codes import (
    CertificateMissing,
    KsefCode,
    KsefEnvironment,
    KsefFile,
    PemCertificate,
    base64url,
    hand_in_by,
    ksef_codes,
)
from billing.clearance.ksef.number import ksef_number
from billing.clearance.ksef.receipt import read_ksef_answer
from billing.clearance.refusals import AnswerUnreadable, ClearanceNumberInvalid
from tests.billing.clearance.cleared import NIP, USCC

NUMBER = "5265877635-20250826-0100001AF629-AF"
DIGEST = sha256(b"<Faktura/>").digest()
UPO = f"""<?xml version="1.0" encoding="utf-8"?>
<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3" wersjaSchemy="1-0E">
  <NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów</NazwaPodmiotuPrzyjmujacego>
  <NumerReferencyjnySesji>20260402-SO-2F8AC61000-2EDD12F6E0-A5</NumerReferencyjnySesji>
  <Dokument>
    <NipSprzedawcy>{NIP}</NipSprzedawcy>
    <NumerKSeFDokumentu>{NUMBER}</NumerKSeFDokumentu>
    <NumerFaktury>2026-000001</NumerFaktury>
    <DataWystawieniaFaktury>2026-04-02</DataWystawieniaFaktury>
    <DataPrzeslaniaDokumentu>2026-04-02T10:00:00+02:00</DataPrzeslaniaDokumentu>
    <DataNadaniaNumeruKSeF>2026-04-02T10:00:01+02:00</DataNadaniaNumeruKSeF>
    <SkrotDokumentu>{b64encode(DIGEST).decode()}</SkrotDokumentu>
    <TrybWysylki>Online</TrybWysylki>
  </Dokument>
</Potwierdzenie>"""
SESSION = {"invoices": [
    {"invoiceNumber": "2026-000001", "ksefNumber": NUMBER, "invoiceHash": b64encode(DIGEST).decode(),
     "acquisitionDate": "2026-04-02T10:00:01+02:00", "status": {"code": 200, "description": "Sukces"}},
    {"invoiceNumber": "2026-000002", "invoiceHash": b64encode(DIGEST).decode(),
     "status": {"code": 440, "description": "Duplikat faktury", "details": ["2026-000002"]}},
    {"invoiceNumber": "2026-000003", "invoiceHash": b64encode(DIGEST).decode(), "status": {"code": 150, "description": "W toku"}},
]}  # fmt: skip
FAPIAO_NUMBER = "26312000000123456789"
LISTED = f"""数电发票号码,销方识别号,开票日期,金额,税额,发票状态,备注
{FAPIAO_NUMBER},{USCC},2026-04-02 10:00:00,"1,000.00",130.00,正常,U000000012 2026-000001
"""
FAILED = "发票流水号,发票类型,导入失败原因\nU000000013,普通发票,税收编码不存在\n"


class TestReceiptOfKsef:
    def test_says_number_instant_and_the_file(self) -> None:
        (answer,) = read_ksef_answer(UPO.encode())
        assert answer == ClearanceAnswer(
            "Dokument[1]",
            NIP,
            "2026-000001",
            NUMBER,
            date(2026, 4, 2),
            datetime(2026, 4, 2, 8, 0, 1, tzinfo=UTC),
            receipt=True,
            sha256=DIGEST,
        )

    def test_of_a_session_says_what_was_refused_and_leaves_out_what_is_in_process(self) -> None:
        accepted, refused = read_ksef_answer(json.dumps(SESSION).encode())
        assert (accepted.number, accepted.receipt) == (NUMBER, False)
        assert (refused.serial, refused.reason) == ("2026-000002", "440 Duplikat faktury: 2026-000002")

    @pytest.mark.parametrize(("was", "becomes", "refusal"), [
        (NUMBER, NUMBER[:-2] + "00", ClearanceNumberInvalid),
        ("<NumerFaktury>2026-000001</NumerFaktury>", "", AnswerUnreadable),
        ("Potwierdzenie", "Faktura", AnswerUnreadable),
        ("KSeF/v4-3", "other", AnswerUnreadable),
        ("2026-04-02T10:00:01+02:00", "2026-04-02T10:00:01", AnswerUnreadable),
        (b64encode(DIGEST).decode(), "AAAA", AnswerUnreadable),
        ("</Dokument>", "", AnswerUnreadable),
    ])  # fmt: skip
    def test_that_is_none_is_refused(self, was: str, becomes: str, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            read_ksef_answer(UPO.replace(was, becomes).encode())

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "{}",
            '{"invoices": [1]}',
            '{"invoices": [{"status": 1}]}',
            '{"invoices": [{"invoiceNumber": "1", "invoiceHash": "AA", "status": {"code": 200}}]}',
        ],
    )
    def test_a_list_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(AnswerUnreadable):
            read_ksef_answer(text.encode())

    def test_entities_are_not_resolved(self) -> None:
        with_entity = UPO.replace("?>", '?><!DOCTYPE p [<!ENTITY n "2026-000009">]>', 1).replace("2026-000001", "&n;")
        with pytest.raises(AnswerUnreadable):
            read_ksef_answer(with_entity.encode())

    @given(st.integers(0, 31), st.sampled_from("0123456789ABCDEF"))
    def test_one_wrong_sign_of_a_number_is_seen(self, at: int, sign: str) -> None:
        wrong = NUMBER[:at] + sign + NUMBER[at + 1 :]
        if wrong == NUMBER:
            assert ksef_number(wrong) == NUMBER
        else:
            with pytest.raises(ClearanceNumberInvalid):
                ksef_number(wrong)


class TestListOfThePortal:
    def test_says_number_day_and_amounts(self) -> None:
        (answer,) = read_fapiao_answer(LISTED.encode())
        assert answer == ClearanceAnswer(
            "line 2",
            USCC,
            serial_of(12),
            FAPIAO_NUMBER,
            date(2026, 4, 2),
            net=Decimal("1000.00"),
            tax=Decimal("130.00"),
        )

    def test_says_why_a_row_failed(self) -> None:
        (answer,) = read_fapiao_answer(FAILED.encode("gb18030"))
        assert (answer.serial, answer.reason, answer.number) == (serial_of(13), "税收编码不存在", "")

    def test_is_read_from_a_workbook_as_well(self) -> None:
        out = BytesIO()
        with Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, line in enumerate(["全量发票查询", *LISTED.replace('"1,000.00"', "1000.00").splitlines()]):
                sheet.write_row(at, 0, line.split(","))
        assert read_fapiao_answer(out.getvalue())[0].number == FAPIAO_NUMBER

    @pytest.mark.parametrize(("was", "becomes", "refusal"), [
        (FAPIAO_NUMBER, FAPIAO_NUMBER[1:], ClearanceNumberInvalid),
        ("U000000012", "PO-4711", AnswerUnreadable),
        ("2026-04-02", "soon", AnswerUnreadable),
        ("2026-04-02", "2026-13-02", AnswerUnreadable),
        ("数电发票号码", "号码", AnswerUnreadable),
    ])  # fmt: skip
    def test_that_is_none_is_refused_with_its_line(self, was: str, becomes: str, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            read_fapiao_answer(LISTED.replace(was, becomes).encode())

    @pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xff\xfe\xff", b""])
    def test_a_damaged_file_is_refused(self, content: bytes) -> None:
        with pytest.raises(AnswerUnreadable):
            read_fapiao_answer(content)


FILE = KsefFile(NIP, date(2026, 2, 1), DIGEST, NUMBER)


class TestCodesOnThePage:
    """Of the ministry's documentation: form, environment, caption; and that what is signed can be checked."""

    def test_what_is_cleared_has_one_with_its_number(self) -> None:
        link = f"https://qr.ksef.mf.gov.pl/invoice/{NIP}/01-02-2026/{base64url(DIGEST)}"
        assert ksef_codes(FILE) == (KsefCode(NUMBER, link),)
        assert "=" not in link

    def test_what_waits_is_called_offline(self) -> None:
        (code,) = ksef_codes(KsefFile(NIP, date(2026, 2, 1), DIGEST), KsefEnvironment.TEST)
        assert (code.caption, code.link.startswith("https://qr-test.ksef.mf.gov.pl/invoice/")) == ("OFFLINE", True)

    def test_without_a_certificate_nothing_is_issued_offline(self) -> None:
        with pytest.raises(CertificateMissing):
            ksef_codes(KsefFile(NIP, date(2026, 2, 1), DIGEST, offline=True))

    @pytest.mark.parametrize(
        "make",
        [lambda: rsa.generate_private_key(65537, 2048), lambda: ec.generate_private_key(ec.SECP256R1())],
        ids=["RSA", "P-256"],
    )
    def test_the_second_one_is_signed(self, make: Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]) -> None:
        key = make()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        certificate = PemCertificate("01F20A5D352AE590", ("Nip", NIP), pem)
        first, second = ksef_codes(KsefFile(NIP, date(2026, 2, 1), DIGEST, offline=True), certificate=certificate)
        assert (first.caption, second.caption) == ("OFFLINE", "CERTYFIKAT")
        signed, _, signature = second.link.removeprefix("https://").rpartition("/")
        assert signed == f"qr.ksef.mf.gov.pl/certificate/Nip/{NIP}/{NIP}/01F20A5D352AE590/{base64url(DIGEST)}"
        raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        if isinstance(key, rsa.RSAPrivateKey):
            key.public_key().verify(raw, signed.encode(), padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        else:
            assert len(raw) == 64
            der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            key.public_key().verify(der, signed.encode(), ec.ECDSA(SHA256()))

    @pytest.mark.parametrize(("issued", "until"), [
        ("2026-04-02", "2026-04-03"), ("2026-04-03", "2026-04-07"), ("2026-12-23", "2026-12-28"), ("2026-12-31", "2027-01-04"),
    ])  # fmt: skip
    def test_is_handed_in_by_the_next_working_day(self, issued: str, until: str) -> None:
        assert hand_in_by(date.fromisoformat(issued)) == date.fromisoformat(until)
