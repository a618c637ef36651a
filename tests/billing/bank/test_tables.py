"""Tables of banks: each by the columns of its profile; balances after rows are checked; a refusal names the line."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter

from billing.bank.statements.entry import BankEntry, StatementDoesNotAddUp, StatementValueInvalid, UnreadableStatement
from billing.bank.statements.read import UnknownBankProfile, read_statements

SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";'
    '"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";'
    '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n'
    '"DE02";"02.03.26";"03.03.26";"GUTSCHRIFT";"RE 2026-000123";"";"";"E7";"";"";"";"Müller KG";"DE03";"X";"1.190,00";"EUR";"Umsatz gebucht"\n'
    '"DE02";"02.03.26";"03.03.26";"RUECKLASTSCHRIFT";"AC04";"";"M1";"E6";"";"100,00";"3,00";"Meier";"DE04";"X";"-103,00";"EUR";"Umsatz gebucht"\n'
    '"DE02";"03.03.26";"03.03.26";"GUTSCHRIFT";"kommt";"";"";"";"";"";"";"Müller KG";"DE03";"X";"5,00";"EUR";"Umsatz vorgemerkt"\n'
)  # fmt: skip
VR = (
    "Bezeichnung Auftragskonto;IBAN Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;"
    "Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung;Mandatsreferenz\n"
    "Konto;DE02;03.03.2026;03.03.2026;Meier;DE04;Gutschrift;2026-000124;25,50;EUR;1.215,50;\n"
    "Konto;DE02;02.03.2026;02.03.2026;Müller;DE03;Gutschrift;2026-000123;1190,00;EUR;1.190,00;\n"
)
COMMERZBANK = (
    "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Auftraggeberkonto;Kategorie\n"
    "02.03.2026;02.03.2026;Gutschrift;Müller KG 2026-000123;1190,00;EUR;DE02;\n"
)
PLAIN = (
    'account,booked_on,amount,currency,payer,text,bank_id\nGB01,2026-03-02,"1,190.00",GBP,Mill Ltd,INV 2026-000123,T1\n'
)
CHINA = (
    "账号：6222 0200 0000 0001,,,,,,,\n币种：人民币,,,,,,,\n"
    "交易日期,交易时间,借方发生额,贷方发生额,账户余额,对方户名,对方账号,摘要,交易流水号\n"
    '20260302,10:01:02,,"11,900.00","21,900.00",上海机械有限公司,62170001,货款 2026-000123,T1\n'
    '20260303,09:00:00,900.00,,"21,000.00",本公司,62170002,转账,T2\n'
    '合计,,900.00,"11,900.00",,,,,\n'
)  # fmt: skip


def only(raw: bytes, profile: str | None = None) -> tuple[BankEntry, ...]:
    (statement,) = read_statements(raw, profile)
    return statement.entries


def test_sparkasse_in_either_encoding() -> None:
    for encoding in ("utf-8-sig", "cp1252"):
        first, back = only(SPARKASSE.encode(encoding))
        assert (first.amount, first.party.name, first.booked_on) == (Decimal("1190.00"), "Müller KG", date(2026, 3, 2))
        assert first.references.end_to_end == "E7"
        assert back.returned is not None
        assert (back.amount, back.before_charges, back.charges) == (
            Decimal("-103.00"),
            Decimal("-100.00"),
            Decimal("3.00"),
        )
        assert read_statements(SPARKASSE.encode(encoding))[0].left_out == 1


def test_vr_from_the_newest_to_the_oldest() -> None:
    (statement,) = read_statements(VR.encode())
    assert (statement.opening, statement.closing) == (Decimal("0.00"), Decimal("1215.50"))
    assert [entry.amount for entry in statement.entries] == [Decimal("1190.00"), Decimal("25.50")]


def test_commerzbank_has_all_in_one_text() -> None:
    (entry,) = only(COMMERZBANK.encode())
    assert (entry.text, entry.account) == ("Müller KG 2026-000123", "DE02")


def test_a_plain_table() -> None:
    (entry,) = only(PLAIN.encode())
    assert (entry.amount, entry.currency, entry.sum_id) == (Decimal("1190.00"), "GBP", "T1")


def test_a_bank_in_china_as_gb18030_and_as_a_workbook() -> None:
    book = BytesIO()
    workbook = xlsxwriter.Workbook(book)
    sheet = workbook.add_worksheet()
    for place, line in enumerate(
        CHINA.replace('"11,900.00"', "11900")
        .replace('"21,900.00"', "21900")
        .replace('"21,000.00"', "21000")
        .splitlines()
    ):
        for column, cell in enumerate(line.split(",")):
            if cell.replace(".", "").isdigit() and place > 2 and column in {2, 3, 4}:
                sheet.write_number(place, column, int(cell.split(".")[0]))
            elif cell:
                sheet.write_string(place, column, cell)
    workbook.close()
    for raw in (CHINA.encode("gb18030"), CHINA.encode(), book.getvalue()):
        received, paid = only(raw)
        assert (received.amount, received.currency, received.account) == (Decimal(11900), "CNY", "6222020000000001")
        assert (received.party.name, received.booked_on) == ("上海机械有限公司", date(2026, 3, 2))
        assert (paid.amount, paid.references.of_bank) == (Decimal(-900), "T2")


@pytest.mark.parametrize(("raw", "error", "place"), [
    (VR.replace("1.215,50", "1.215,51"), StatementDoesNotAddUp, "line 2"),
    (SPARKASSE.replace("1.190,00", "1,190.00"), StatementValueInvalid, "line 2, Betrag"),
    (SPARKASSE.replace('"02.03.26"', '"31.02.26"', 1), StatementValueInvalid, "line 2, Buchungstag"),
    (SPARKASSE.replace('"EUR"', '"EU"', 1), StatementValueInvalid, "line 2, Waehrung"),
    (COMMERZBANK.replace("1190,00", ""), StatementValueInvalid, "line 2, Betrag"),
    (CHINA.replace("20260303,09:00:00,900.00,", "20260303,09:00:00,900.00,1.00"), StatementValueInvalid, "line 5, 贷方发生额, 借方发生额"),
    (CHINA.replace("账号", "号"), StatementValueInvalid, "line 4, account"),
    (PLAIN.replace(",T1", ""), UnreadableStatement, "line 2"),
    ("a;b\n1;2\n", UnreadableStatement, "line 1"),
    ("", UnreadableStatement, "line 1"),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_its_line(raw: str, error: type[Exception], place: str) -> None:
    with pytest.raises(error) as refusal:
        read_statements(raw.encode())
    assert refusal.value.members["place"] == place  # type: ignore[attr-defined]


def test_a_profile_by_name_reads_only_its_own() -> None:
    assert only(VR.encode(), "vr")
    with pytest.raises(UnreadableStatement):
        read_statements(VR.encode(), "sparkasse")
    with pytest.raises(UnknownBankProfile):
        read_statements(VR.encode(), "vrr")
