"""Files byte by byte, and as code that wrote none of them reads them; refreshed by ``--update-golden``."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.bank.mandates.mandate import DebitScheme, MandateAmendment, SequenceType
from billing.bank.order_files.grouping import (
    ReadyDebit,
    ReadyPayment,
    debit_file,
    message_head,
    payment_file,
    table_file,
)
from billing.bank.orders.batch_table import BatchTableRefuses, UnknownBatchTable, batch_table, batch_tables
from billing.bank.orders.file_content import DebitInFile, OwnAccount, PaymentInFile
from billing.bank.orders.pain001 import NAME as PAIN001
from billing.bank.orders.pain002 import read_status_report
from billing.bank.orders.pain008 import NAME as PAIN008
from billing.bank.orders.payment_to_make import AccountToPay, AddressToPay
from billing.bank.orders.schema import OrderFileFailsSchema, check_schema
from billing.bank.statements.entry import StatementValueInvalid, UnreadableStatement
from tests.billing.bank.orders.oracle import debits_of, payments_of

GOLDEN = Path("tests/golden/bank_orders")
HEAD = message_head("U0123456789abcdef01234567", datetime(2026, 2, 20, 6, 0, 1, 5, UTC), "Nordluft Kälte & Söhne")
OWN = OwnAccount(
    AccountToPay("Nordluft Kälte & Söhne GmbH", "DE89370400440532013000", "COBADEFFXXX"),
    AddressToPay("DE", "Köln", "50667", ("Domkloster 4", "Hof <2>")),
)
NOWHERE = AddressToPay()
DEBIT = DebitInFile(
    "E1", Decimal("178.50"), "M-1", date(2026, 1, 5), None, AccountToPay("Blechwerke", "FR1420041010050500013M02606"),
    NOWHERE, "RF04NORD262026000001", "",
)  # fmt: skip
PAYMENT = PaymentInFile(
    "E1", Decimal("40.00"), AccountToPay("Pumpen AG", "CH9300762011623852957"), NOWHERE, "", "Refund 7"
)


def ready(
    order: int, sequence: SequenceType, day: str, scheme: DebitScheme = DebitScheme.CORE, **of_debit: object
) -> ReadyDebit:
    debit = replace(DEBIT, end_to_end=f"E{order}", **of_debit)  # type: ignore[arg-type] # of any field
    return ReadyDebit(order, scheme, sequence, "DE98ZZZ09999999999", date.fromisoformat(day), debit)


def paid(order: int, day: str, **of_payment: object) -> ReadyPayment:
    payment = replace(PAYMENT, end_to_end=f"E{order}", **of_payment)  # type: ignore[arg-type] # of any field
    return ReadyPayment(order, date.fromisoformat(day), payment)


DEBITS = [
    ready(1, SequenceType.RECURRENT, "2026-03-03"),
    ready(2, SequenceType.FIRST, "2026-03-03", debtor=AccountToPay("Bei Jing", "DE89370400440532013000", "COBADEFFXXX"),
          address=AddressToPay("FR", "Lyon", "69001", ("5 rue Zola",))),
    ready(3, SequenceType.RECURRENT, "2026-03-03", amount=Decimal("0.01"), amendment=MandateAmendment(
        "M-0", "DE00ZZZ00000000000", "Nordluft alt", is_other_account=True)),
    ready(4, SequenceType.ONE_OFF, "2026-03-04", DebitScheme.B2B),
    ready(5, SequenceType.FINAL, "2026-03-04", reference="", text="Rest of 2026-000005"),
    ready(6, SequenceType.RECURRENT, "2026-03-04", amendment=MandateAmendment(is_other_account=True)),
]  # fmt: skip
PAYMENTS = [
    paid(1, "2026-03-03", payee=AccountToPay("Pumpen AG", "CH9300762011623852957", "POFICHBEXXX"),
         address=AddressToPay("CH", "Basel", "4051", ("Rheinsprung 1",))),
    paid(2, "2026-03-04", reference="RF18539007547034", text=""),
    paid(3, "2026-03-03", amount=Decimal("1234567.89")),
]  # fmt: skip
CHINESE = OwnAccount(
    AccountToPay("北风制冷（上海）有限公司", "6222021234567890123", bank="中国工商银行上海分行"), NOWHERE
)
IN_YUAN = [
    paid(1, "2026-03-03", amount=Decimal("1234.5"), payee=AccountToPay("泵业有限公司, “甲”", "6217001234567890", bank="中国建设银行北京分行",
                                                                     bank_code="105100000017")),
    paid(2, "2026-03-04", payee=AccountToPay("王小明", "6217009876543210", bank="招商银行")),
]  # fmt: skip
FILES = {
    "debits.xml": lambda: debit_file(HEAD, OWN, "EUR", DEBITS).content,
    "payments.xml": lambda: payment_file(HEAD, OWN, "EUR", PAYMENTS).content,
    "payments_in_yen.xml": lambda: payment_file(HEAD, OWN, "JPY", [
        paid(1, "2026-03-03", amount=Decimal(5000), payee=AccountToPay("Kaze KK", "1234567", "BOTKJPJTXXX"))]).content,
    "payments_in_yuan.csv": lambda: table_file(HEAD, CHINESE, "CNY", IN_YUAN, batch_table("cnaps")).content,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_the_same_byte_by_byte(name: str, pytestconfig: pytest.Config) -> None:
    content, path = FILES[name](), GOLDEN / name
    if pytestconfig.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert path.read_bytes() == content
    assert FILES[name]() == content


class TestDebits:
    def test_one_batch_for_each_day_scheme_sequence_and_the_first_before_the_further_ones(self) -> None:
        moved = debits_of(FILES["debits.xml"]())
        batches = list(dict.fromkeys((one.day, one.scheme, one.sequence) for one in moved))
        assert batches == [
            ("2026-03-03", "CORE", "FRST"), ("2026-03-03", "CORE", "RCUR"),
            ("2026-03-04", "B2B", "OOFF"), ("2026-03-04", "CORE", "RCUR"), ("2026-03-04", "CORE", "FNAL"),
        ]  # fmt: skip
        assert len({one.batch for one in moved}) == len(batches)

    def test_each_says_what_it_is(self) -> None:
        moved = {one.end_to_end: one for one in debits_of(FILES["debits.xml"]())}
        assert (moved["E1"].reference, moved["E1"].text) == ("RF04NORD262026000001", "")
        assert (moved["E5"].reference, moved["E5"].text) == ("", "Rest of 2026-000005")
        assert (moved["E2"].town, moved["E1"].town) == ("Lyon", "")
        assert moved["E3"].amended == (
            ("OrgnlMndtId", "M-0"), ("OrgnlCdtrSchmeId", "Nordluft alt"), ("OrgnlCdtrSchmeId", "DE00ZZZ00000000000"),
            ("OrgnlDbtrAcct", "SMNDA"),
        )  # fmt: skip
        assert moved["E6"].amended == (("OrgnlDbtrAcct", "SMNDA"),)
        assert moved["E1"].amended == ()

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(1, 10**9), st.sampled_from(list(SequenceType)), st.integers(1, 28)),
            min_size=1,
            max_size=12,
        )
    )
    def test_whatever_the_debits_all_of_them_are_there_once_with_their_amounts(
        self, of: list[tuple[int, SequenceType, int]]
    ) -> None:
        debits = [
            ready(n, sequence, f"2026-03-{day:02}", amount=Decimal(cents).scaleb(-2))
            for n, (cents, sequence, day) in enumerate(of)
        ]
        made = debit_file(HEAD, OWN, "EUR", debits)
        moved = debits_of(made.content)  # which adds up
        assert sorted((one.end_to_end, one.amount, one.day, one.sequence) for one in moved) == sorted(
            (one.debit.end_to_end, one.debit.amount, str(one.day), one.sequence.value) for one in debits
        )
        assert made.amount == sum(one.amount for one in moved)
        assert {one.end_to_end: int(one.batch.rpartition("-")[2]) for one in moved} == {
            f"E{order}": batch for order, batch in made.batches.items()
        }


class TestPayments:
    def test_of_sepa_and_of_yen_which_have_no_places(self) -> None:
        assert {one.scheme for one in payments_of(FILES["payments.xml"]())} == {"SEPA"}
        (yen,) = payments_of(FILES["payments_in_yen.xml"]())
        assert (yen.scheme, yen.written, yen.currency, yen.account) == ("", "5000", "JPY", "1234567")

    def test_a_reference_has_its_own_element_and_words_theirs(self) -> None:
        moved = {one.end_to_end: (one.reference, one.text) for one in payments_of(FILES["payments.xml"]())}
        assert moved == {"E1": ("", "Refund 7"), "E2": ("RF18539007547034", ""), "E3": ("", "Refund 7")}


class TestSchema:
    """Whatever breaks a file is found by the schema before anybody may take it."""

    @pytest.mark.parametrize(("name", "before", "after"), [
        pytest.param(PAIN008, b"<SeqTp>FRST</SeqTp>", b"<SeqTp>FRIST</SeqTp>", id="a code that is none"),
        pytest.param(PAIN008, b"<EndToEndId>E2</EndToEndId>", b"", id="something that has to be there"),
        pytest.param(PAIN008, b"178.50</InstdAmt>", b"178,50</InstdAmt>", id="a comma"),
        pytest.param(PAIN001, b"<Ctry>CH</Ctry>", b"<Ctry>che</Ctry>", id="a country"),
        pytest.param(PAIN001, b"<MsgId>", b"<MsgId>" + b"x" * 35, id="too long"),
    ])  # fmt: skip
    def test_refuses_it(self, name: str, before: bytes, after: bytes) -> None:
        content = FILES["debits.xml" if name == PAIN008 else "payments.xml"]()
        assert before in content
        assert check_schema(content, name).startswith(name)
        with pytest.raises(OrderFileFailsSchema):
            check_schema(content.replace(before, after, 1), name)

    def test_and_the_oracle_finds_a_sum_that_the_schema_cannot(self) -> None:
        content = FILES["debits.xml"]().replace(b">178.50</InstdAmt>", b">178.51</InstdAmt>", 1)
        check_schema(content, PAIN008)
        with pytest.raises(AssertionError):
            debits_of(content)


class TestTables:
    def test_names_stay_as_they_are_in_the_banks_own_characters(self) -> None:
        rows = FILES["payments_in_yuan.csv"]().decode("gb18030").split("\r\n")
        assert rows[0].startswith("序号,付款账号")
        assert '"泵业有限公司, “甲”"' in rows[1]
        assert ",1234.50,CNY," in rows[1]
        assert len(rows) == len(IN_YUAN) + 2

    @pytest.mark.parametrize(("holder", "bank", "found"), [
        pytest.param("王小明", "", "the bank of 王小明 is not known", id="no bank"),
        pytest.param("=1+1", "x", "cannot stand in a table", id="a formula"),
        pytest.param("a\nb", "x", "cannot stand in a table", id="a line break"),
    ])  # fmt: skip
    def test_what_cannot_stand_there_is_refused(self, holder: str, bank: str, found: str) -> None:
        with pytest.raises(BatchTableRefuses, match=found):
            table_file(
                HEAD,
                CHINESE,
                "CNY",
                [paid(1, "2026-03-03", payee=AccountToPay(holder, "62", bank=bank))],
                batch_table("cnaps"),
            )

    def test_no_more_rows_than_the_bank_takes_and_no_table_that_is_none(self) -> None:
        small = batch_table("cnaps").model_copy(update={"rows_max": 1})
        with pytest.raises(BatchTableRefuses, match="2 payments, and cnaps takes 1 at once"):
            table_file(HEAD, CHINESE, "CNY", IN_YUAN, small)
        with pytest.raises(UnknownBatchTable):
            batch_table("icbc")
        assert all(table_file(HEAD, CHINESE, "CNY", IN_YUAN, table).content for table in batch_tables().values())


class TestReports:
    @pytest.mark.parametrize(("raw", "refusal"), [
        pytest.param("<a/>", UnreadableStatement, id="another document"),
        pytest.param("<D><CstmrPmtStsRpt/></D>", StatementValueInvalid, id="about nothing"),
        pytest.param("<D><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>U1</OrgnlMsgId><GrpSts>NO</GrpSts></OrgnlGrpInfAndSts>"
                     "</CstmrPmtStsRpt></D>", StatementValueInvalid, id="a status that is none"),
        pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', UnreadableStatement, id="entities"),
    ])  # fmt: skip
    def test_what_is_none_is_refused(self, raw: str, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            read_status_report(raw.encode())
